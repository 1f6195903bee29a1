"""A live journal in the store: every event once, as it was, with what became of requests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from backtest.data.catalogue import DataError, load_catalogue
from backtest.data.columns import Kind
from backtest.data.importing import Imported
from backtest.data.places import known_of
from backtest.data.reading import Stream
from backtest.data.recorded import events_of
from backtest.data.recording import export_journal
from connectors.journal.file import segment_paths
from robot.errors import RobotError
from robot.messages.events import CurveUpdated, FixingPublished, MarketUpdated, Stamped
from tests.kit.days import dealt_day, write_day
from tests.kit.desk import Desk
from tests.kit.market_data import DAY_NS, files, rows


def exported(folder: Path, desk: Desk, day: str = "") -> Imported:
    """The desk's day, from a journal, in the store."""
    journal = folder / "journal"
    if not journal.exists():
        write_day(journal, desk)
    return export_journal(folder / "store", journal, known_of(None), now_ns=DAY_NS, day=day)


def encoded(events: list[Stamped]) -> list[bytes]:
    """As the journal writes them."""
    return [msgspec.json.encode(stamped) for stamped in events]


def test_every_event_comes_out_byte_for_byte_as_it_went_in(tmp_path: Path) -> None:
    desk = dealt_day()
    at_ns = desk.stepped[-1].at_ns
    for event in (
        MarketUpdated(venue="ALPHA", pair="EUR/USD", bid=Decimal("1.10"), conflated=3),
        MarketUpdated(venue="ALPHA", pair="EUR/USD", offer=Decimal("1.1E-9")),
        MarketUpdated(venue="ALPHA", pair="EUR/USD", bid=Decimal("1.12345678901234")),
        CurveUpdated(venue="ALPHA", curve="EUR/USD", tenor="1M", bid=Decimal("-0.50")),
        FixingPublished(
            index="SOFR",
            value_date=date(2014, 4, 30),
            value=Decimal("5.310"),
            published_at_ns=7,
            source="NY",
        ),
    ):
        desk.stepped.append(Stamped(desk.stepped[-1].number + 1, at_ns, event))
        desk.history.append(())
    done = exported(tmp_path, desk)
    assert len(desk.stepped) == done.rows
    assert encoded(desk.stepped) == encoded(list(events_of(tmp_path / "store")))


def test_reading_goes_on_within_many_events_of_one_time(tmp_path: Path) -> None:
    """Most of this day's events have the same stamp and take turns between the tables."""
    exported(tmp_path, dealt_day())
    columns = dict.fromkeys(Kind, ("number",))
    stream = Stream(tmp_path / "store", columns=columns)
    numbers = [row[2] for batch in stream for row in batch.rows()]
    assert sorted(numbers) == numbers
    places = [batch.position(row) for batch in stream for row in range(len(batch))]
    for index, place in enumerate(places):
        assert numbers[index + 1 :] == [
            row[2] for row in rows(tmp_path, columns=columns, position=place)
        ], place


def test_a_request_says_what_became_of_it(tmp_path: Path) -> None:
    desk = dealt_day()
    desk.market()
    desk.end_rfq(quote=desk.quoted())
    exported(tmp_path, desk)
    names = ("counterparty", "tier", "outcome", "reason", "bid", "offer", "price")
    found = [
        row[2:] for row in rows(tmp_path, columns={Kind.REQUESTS: names}, kinds=[Kind.REQUESTS])
    ]
    assert [
        ("BANKA", "gold", "DEALT", None, 1_100_030_000, 1_100_070_000, 1_100_070_000),
        ("BANKA", "gold", "EXPIRED", "EXPIRED", 1_100_030_000, 1_100_080_000, None),
        ("BANKX", None, "REFUSED", "UNKNOWN_COUNTERPARTY", None, None, None),
    ] == found[:3]
    assert ("PASSED", "PASSED") == found[3][2:4]


def test_the_same_journal_twice_is_told_and_a_longer_one_replaces_it(tmp_path: Path) -> None:
    desk = dealt_day()
    exported(tmp_path, desk)
    before = files(tmp_path)
    assert exported(tmp_path, desk).already
    assert before == files(tmp_path)
    (segment,) = segment_paths(tmp_path / "journal")
    segment.write_bytes(segment.read_bytes()[:-3])
    with pytest.raises(DataError, match="--replace"):
        exported(tmp_path, desk)
    done = export_journal(tmp_path / "store", segment, known_of(None), now_ns=DAY_NS, replace=True)
    assert "ends torn" in done.notes[0]
    assert len(desk.stepped) == len(list(events_of(tmp_path / "store")))
    assert 1 == len(load_catalogue(tmp_path / "store").imports)


def test_a_journal_that_is_damaged_or_not_there_is_refused(tmp_path: Path) -> None:
    desk = dealt_day()
    write_day(tmp_path / "journal", desk)
    with pytest.raises(RobotError, match="no segment of 20140507; there are 20140501"):
        exported(tmp_path, desk, day="2014-05-07")
    (segment,) = segment_paths(tmp_path / "journal")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    with pytest.raises(DataError, match="checksum"):
        exported(tmp_path, desk, day="2014-05-01")
    assert {} == files(tmp_path)
