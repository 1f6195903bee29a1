"""A typical book over recorded ticks: all evaluators answer the same requests the same way.

The ticks are no part of the project; where they are not beside it, the test says so.
"""

from __future__ import annotations

import csv
import gzip
import random
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from robot.rules.oracle import Row
from robot.rules.tree import Book, FactKey
from robot.rules.types import SCALE, Kind, Value
from tests.kit.rule_agreement import agree
from tests.kit.rule_books import book_of

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "fx_ticks"
FILES = {
    "dukascopy_eurusd_20190204_h00_h10_h23": ("EUR/USD", 100_000, 0.3),
    "dukascopy_gbpjpy_20121203": ("GBP/JPY", 10_000_000, 1.5),
}
MOST = 400
MIO = 10**6 * SCALE[Kind.AMOUNT]

BOOK = """\
book "majors, two-way"
for spot in {pair}
parameter lean = 20 %, between 0 % and 100 %
table margin by tier and size:
            up to 1 mio   up to 5 mio   above
  gold      0.3 pip       0.5 pip       0.8 pip
  silver    0.5 pip       0.8 pip       -
schedule london is Mon to Fri 08:00 to 17:00 Europe/London
schedule night is 21:00 to 02:00 UTC
rule "stale" priority 100
  when market age > 5 s or market is crossed
  then pass "market is stale"
rule "wide" priority 50
  when market spread > {wide} pip and not (tier is gold and size <= 1 mio)
  then quote margin larger of market spread / 2 and 2 x margin[tier, size] valid 1 s
rule "thin"
  when bid size < size or offer size < size
  then quote margin margin[tier, size] x (size / (smaller of bid size and offer size)) valid 2 s
rule "night"
  when now in night
  then quote margin 2 x margin[tier, size] up to 3 mio
rule "london"
  when now in london and tier is one of gold, silver and mid - bid >= offer - mid
  then quote margin margin[tier, size] around mid skew lean x -0.5 pip x position share valid 5 s
otherwise quote margin 1.5 x margin[tier, size] around (mid + market spread x position share)
"""


@pytest.mark.parametrize("name", FILES)
def test_all_evaluators_agree_on_recorded_ticks(name: str) -> None:
    path = FOLDER / f"{name}.csv.gz"
    if not path.is_file():
        pytest.skip(f"{path.name} is no part of the project and is not beside it")
    pair, pip, wide = FILES[name]
    book = book_of(BOOK.format(pair=pair, wide=wide))
    rows = _rows(book, path, pip)
    rulings = agree(book, rows, chunk_rows=100)
    deciding = Counter(ruling.rule for ruling in rulings)
    assert len(deciding) >= 5, deciding
    assert any(ruling.refused for ruling in rulings)


def _rows(book: Book, path: Path, pip: int) -> list[Row]:
    """Requests spread over the ticks of a file."""
    with gzip.open(path, "rt", encoding="utf-8") as text:
        ticks = list(csv.DictReader(text))
    chance = random.Random(path.name)
    every = max(1, len(ticks) // MOST)
    found: list[Row] = []
    for before, tick in zip(ticks[::every], ticks[1::every], strict=False):
        facts = {**_market(before, tick), **_request(chance), "pip": pip}
        found.append(tuple(_value(facts, key) for key in book.slots))
    return found


def _value(facts: dict[str, Value], key: FactKey) -> Value:
    return facts[key.name]


def _market(before: dict[str, str], tick: dict[str, str]) -> dict[str, Value]:
    bid, offer = (int(Decimal(tick[name]) * SCALE[Kind.PRICE]) for name in ("bid", "ask"))
    moment, last = (datetime.fromisoformat(each["ts_utc"]) for each in (tick, before))
    return {
        "bid": bid,
        "offer": offer,
        "mid": (bid + offer) // 2,
        "market spread": offer - bid,
        "market is crossed": bid > offer,
        "market age": int((moment - last).total_seconds() * 1000),
        "bid size": int(Decimal(tick["bid_size"]) * SCALE[Kind.AMOUNT]),
        "offer size": int(Decimal(tick["ask_size"]) * SCALE[Kind.AMOUNT]),
        "instant": int(moment.timestamp() * 1000),
        "time": (moment.hour * 60 + moment.minute) * 60_000,
    }


def _request(chance: random.Random) -> dict[str, Value]:
    share = chance.randint(-SCALE[Kind.SHARE], SCALE[Kind.SHARE])
    return {
        "tier": chance.choice(("gold", "silver", "bronze")),
        "size": chance.choice((MIO // 2, MIO, 3 * MIO, 7 * MIO)),
        "position share": None if chance.random() < 0.05 else share,
    }
