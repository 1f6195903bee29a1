"""What a backtest reads: one order of time over all files, and the same from any place in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backtest.data.columns import Kind
from backtest.data.merging import row_group
from backtest.data.reading import Position, Stream
from tests.kit.market_data import DAY_NS, SECOND_NS, imported, rows, ticks, written

LOG = "time,client,pair,side,qty\n"
REQUESTS = LOG + "".join(
    f"2014-05-01T00:00:{second:02d}.000Z,BANKA,EUR/USD,BUY,1000000\n" for second in (3, 3, 7, 20)
)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Two venues with the same times, a third one day later, and requests at times of quotes."""
    imported(tmp_path, written(tmp_path, ticks(30), "a.csv"))
    imported(tmp_path, written(tmp_path, ticks(30), "b.csv"), venue="BETA")
    next_day = ticks(10).replace("05-01T", "05-02T")
    imported(tmp_path, written(tmp_path, next_day, "c.csv"), venue="GAMMA")
    imported(tmp_path, written(tmp_path, REQUESTS, "r.csv"), pair="", sides="client")
    return tmp_path


def told(store: Path, **asked: Any) -> list[tuple[Kind, int, str]]:
    """Kind, time and venue of every row."""
    stream = Stream(store / "store", **asked)
    return [
        (batch.kind, row[0], stream.series[row[1]].venue)
        for batch in stream
        for row in batch.rows()
    ]


def test_rows_come_in_the_order_of_time_then_of_tables_and_venues(store: Path) -> None:
    found = told(store)
    assert 74 == len(found)
    at_ns = DAY_NS + 3 * SECOND_NS
    three = [(kind, venue) for kind, time, venue in found if time == at_ns]
    asked = (Kind.REQUESTS, "ALPHA")
    assert [(Kind.QUOTES, "ALPHA"), (Kind.QUOTES, "BETA"), asked, asked] == three
    times = [time for _, time, _ in found]
    assert sorted(times) == times


def test_reading_goes_on_after_any_row_as_if_it_had_not_stopped(store: Path) -> None:
    whole = told(store)
    stream = Stream(store / "store")
    places = [batch.position(row) for batch in stream for row in range(len(batch))]
    assert Position(DAY_NS + 3 * SECOND_NS, 4) in places
    for index, place in enumerate(places):
        assert whole[index + 1 :] == told(store, position=place), place


def test_a_span_or_a_venue_is_chosen(store: Path) -> None:
    first, end = DAY_NS + 5 * SECOND_NS, DAY_NS + 8 * SECOND_NS
    found = told(store, first_ns=first, end_ns=end)
    assert {5, 6, 7} == {(time - DAY_NS) // SECOND_NS for _, time, _ in found}
    assert 7 == len(found)
    assert 10 == len(told(store, venues=["GAMMA"]))
    assert 4 == len(told(store, kinds=[Kind.REQUESTS]))


def test_a_pair_is_chosen_and_what_belongs_to_no_pair_stays(store: Path) -> None:
    curves = "kind,name,tenor,bid,offer,at_utc\n" + "".join(
        f"{row},2014-05-01T00:00:00Z\n"
        for row in ("POINTS,EUR/USD,1M,1,2", "POINTS,USD/JPY,1M,1,2", "RATE,USD,1M,1,2")
    )
    imported(store, written(store, curves, "c.csv"), pair="")
    fixings = "index,value_date,value,published_utc\nSOFR,2014-04-30,5,2014-05-01T13:00:00Z\n"
    imported(store, written(store, fixings, "f.csv"), pair="")
    names = [series.name for series in Stream(store / "store", pairs=["USD/JPY"]).series]
    assert ["SOFR", "USD DEPOSIT", "USD/JPY", ""] == names
    sources = [series.venue for series in Stream(store / "store", venues=["GAMMA"]).series]
    assert ["GAMMA", "ALPHA"] == sources, "the fixing is of ALPHA and stays"


def test_the_hash_of_the_data_is_that_of_what_is_read(store: Path) -> None:
    whole, alpha = (Stream(store / "store", venues=v).data_hash for v in (None, ["ALPHA"]))
    assert whole != alpha
    imported(store, written(store, ticks(3, begin=100), "d.csv"), venue="BETA")
    assert alpha == Stream(store / "store", venues=["ALPHA"]).data_hash
    assert whole != Stream(store / "store").data_hash
    assert 77 == Stream(store / "store").rows_max


def test_many_rows_come_in_pieces_of_a_bounded_size(tmp_path: Path) -> None:
    count = 2 * row_group(Kind.QUOTES) + 5
    imported(tmp_path, written(tmp_path, ticks(count), "a.csv"))
    imported(tmp_path, written(tmp_path, ticks(count), "b.csv"), venue="BETA")
    sizes = [len(batch) for batch in Stream(tmp_path / "store", batch_rows=1)]
    assert 2 * count == sum(sizes)
    assert max(sizes) <= 2 * row_group(Kind.QUOTES)
    times = [row[0] for row in rows(tmp_path)]
    assert sorted([*range(count), *range(count)]) == [(t - DAY_NS) // SECOND_NS for t in times]


def test_there_is_nothing_in_an_empty_store(tmp_path: Path) -> None:
    assert [] == list(Stream(tmp_path))
