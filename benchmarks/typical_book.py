"""A typical book of 60 rules, and a day's facts for it: what the benchmarks of rules decide on.

Guards first, then what is special, then tier by pair by size. The facts are drawn from a seed; the
shares of the rules that decide come out as on a desk: the ordinary quote most of the time, guards
and special cases now and then.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from backtest.columns import Column, Columns
from robot.machine_zones import clocked
from robot.rules.check import load
from robot.rules.facts import type_of
from robot.rules.tree import Book, FactKey
from robot.rules.types import SCALE, Kind, Value

HEAD = """\
book "majors, two-way"
for spot in EUR/USD, GBP/USD, USD/JPY, AUD/USD
parameter base margin = 0.4 pip, between 0.1 pip and 2 pip
parameter lean = 20 %, between 0 % and 100 %
table margin by tier and size:
            up to 1 mio   up to 5 mio   up to 10 mio
  gold      0.3 pip       0.5 pip       0.8 pip
  silver    0.5 pip       0.8 pip       1.2 pip
  bronze    0.8 pip       1.2 pip       2 pip
schedule london is Mon to Fri 08:00 to 17:00 Europe/London
schedule payrolls is 2026-12-04 13:25 to 13:40 UTC and 2026-11-06 13:25 to 13:40 UTC
"""
GUARDS = """\
rule "stale" priority 100
  when market age > 500 ms or market is crossed or fresh venues < 2
  then pass "market is stale"
rule "no line" priority 100
  when line headroom is missing or line headroom < 3 x size
  then pass "no line"
rule "payrolls" priority 90
  when now in payrolls and size <= 5 mio
  then quote margin 3 x margin[tier, size] valid 2 s
rule "payrolls, large" priority 90
  when now in payrolls
  then pass "figures"
rule "jumping" priority 80
  when market is jumping and not (tier is gold and size <= 1 mio)
  then quote margin 2 x margin[tier, size] valid 1 s
rule "too large" priority 80
  when size > 10 mio
  then ask a person "over 10 mio" within 20 s
rule "volatile" priority 70
  when realised volatility[5 min] > 6 pip and size > 1 mio
  then quote margin larger of 2 x margin[tier, size] and 3 x base margin valid 2 s
rule "never deals" priority 60
  when requests[1 d] >= 50 and hit ratio with counterparty < 5 %
  then quote margin margin[tier, size] + 0.3 pip valid 2 s
"""
SPECIAL = """\
rule "bank {0}"
  when counterparty is BANK{0} and size between 2 mio and 8 mio and position share < {1} %
  then quote margin margin[tier, size] - 0.1 pip skew -0.2 pip x position share valid 4 s
"""
TIERS = """\
rule "{0} {1} london {2}"
  when tier is {0} and pair is {1} and now in london and size <= {2} mio
    and hit ratio with counterparty < {3} %
  then quote margin larger of margin[tier, size] and base margin
    skew lean x -0.5 pip x position share valid 5 s
rule "{0} {1} {2}"
  when tier is {0} and pair is {1} and size <= {2} mio and position between -40 mio and 40 mio
  then quote margin margin[tier, size] + 0.1 pip skew -0.2 pip x position share valid 5 s
"""
LAST = """\
rule "anyone"
  when tier is one of gold, silver, bronze and market spread < 5 pip
  then quote margin 1.5 x margin[tier, size] valid 3 s
otherwise pass "no rule for this"
"""
TIER_NAMES = ("gold", "silver", "bronze", "none")
PAIRS = ("EUR/USD", "GBP/USD", "USD/JPY", "AUD/USD")
RULES = 60
SEED = 7
START_MS = 1_793_577_600_000  # Monday 2 November 2026
DAYS = 5
DAY_MS = 86_400_000


def typical_text() -> str:
    """The book as a trader writes it."""
    tiers = [
        TIERS.format(tier, pair, size, 30 + 5 * size)
        for tier in TIER_NAMES[:3]
        for pair in PAIRS
        for size in ((1, 10) if pair in PAIRS[:2] else (10,))
    ]
    said = RULES - GUARDS.count("rule ") - 2 * len(tiers) - 1
    special = [SPECIAL.format(n, 50 + n) for n in range(said)]
    return "".join((HEAD, GUARDS, *special, *tiers, LAST))


def typical_book() -> Book:
    """The book."""
    found = load(typical_text(), "typical.rules")
    assert isinstance(found, Book), [problem.shown("typical.rules") for problem in found]
    assert len(found.rules) == RULES
    return clocked(found)


def typical_columns(book: Book, rows: int) -> Columns:
    """So many requests of one week."""
    chance = np.random.default_rng(SEED)
    return Columns([_column(key, rows, chance) for key in book.slots], rows)


def typical_rows(book: Book, rows: int) -> list[tuple[Value, ...]]:
    """The same as rows, for whoever decides one at a time."""
    columns = typical_columns(book, rows)
    names = {code: name for name, code in columns.codes.items()}
    found = []
    for row in range(rows):
        values: list[Value] = []
        for key, column in zip(book.slots, columns.columns, strict=True):
            kind, number = type_of(key).kind, column.at(row)
            named = kind not in SCALE and kind is not Kind.TRUTH and number is not None
            truth = kind is Kind.TRUTH and number is not None
            values.append(names[number or 0] if named else bool(number) if truth else number)
        found.append(tuple(values))
    return found


def _column(key: FactKey, rows: int, chance: np.random.Generator) -> Column:
    names: dict[str, tuple[str, ...]] = {
        "tier": (*TIER_NAMES[:3] * 5, "none"),
        "pair": PAIRS,
        "counterparty": tuple(f"BANK{n}" for n in range(60)),
    }
    if key.name in names:
        return Column(_whole(chance.integers(0, len(names[key.name]), rows)), None, names[key.name])
    if type_of(key).kind is Kind.TRUTH:
        return Column(_whole(chance.random(rows) < 0.02))
    if key.name == "instant":
        return Column(_whole(START_MS + np.sort(chance.integers(0, DAYS * DAY_MS, rows))))
    low, high = _ranges()[key.name]
    known = chance.random(rows) < 0.99
    return Column(_whole(chance.uniform(low, high, rows)), known)


def _whole(values: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    return values.astype(np.int64)


def _ranges() -> dict[str, tuple[float, float]]:
    """Smallest and largest of each fact, in units of its scale."""
    mio = 1e6 * SCALE[Kind.AMOUNT]
    pip = 1e-4 * SCALE[Kind.PRICE]
    return {
        "market age": (0, 510),
        "fresh venues": (2, 6),
        "line headroom": (30 * mio, 500 * mio),
        "size": (0.1 * mio, 10.2 * mio),
        "pip": (pip, pip + 1),
        "time": (0, DAY_MS),
        "realised volatility": (0.2 * pip, 6.2 * pip),
        "requests": (0, 60),
        "hit ratio": (0, SCALE[Kind.SHARE]),
        "position": (-60 * mio, 60 * mio),
        "position share": (-SCALE[Kind.SHARE], SCALE[Kind.SHARE]),
        "market spread": (0.2 * pip, 6 * pip),
    }
