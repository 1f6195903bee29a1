"""The venue's record: what goes in comes out, once, exactly, also in the next run."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.sim.order_rows import OrderFill, OrderLife, OrderMessage
from connectors.sim.record import FLUSH_EVERY_NS, Record, RecordError, read_record
from connectors.sim.rows import Anomaly, Fill, HitLife, RequestLife


def _request(request_id: str = "ALPHA-R1-000001") -> RequestLife:
    return RequestLife(request_id, "ALPHA", "BANKA", "prompt", 1, 10, 20, 30, None)


def _fill(exec_id: str, trade_date: str = "20261030") -> Fill:
    return Fill(
        venue="ALPHA",
        exec_id=exec_id,
        order_id="O1",
        hit_id="H1",
        response_id=None,
        quote_id="Q1",
        client="BANKA",
        pair="EUR/USD",
        side="1",
        base_amount=Decimal("123456789012.50"),
        rate=Decimal("1.117205"),
        counter_amount=Decimal("137926541234.99"),
        counter_currency="USD",
        value_date="20261103",
        trade_date=trade_date,
        transact_at_ns=5,
        received_at_ns=6,
        received_wall_ns=7,
        mid=None,
        poss_dup=True,
    )


def _hit(hit_no: int, answer: str | None) -> HitLife:
    return HitLife(
        hit_no,
        f"H{hit_no}",
        None,
        "ALPHA",
        "BANKA",
        "R1",
        "Q1",
        "EUR/USD",
        "1",
        Decimal(1_000_000),
        Decimal("1.1"),
        None,
        "AJ",
        "prompt",
        False,
        1,
        2,
        answer,
    )


def test_rows_come_back_exactly_as_they_were_put(tmp_path: Path) -> None:
    path = tmp_path / "venue.sqlite"
    record = Record(path)
    record.put(_fill("E1"))
    record.close(1, 99)

    found = read_record(path)

    assert (_fill("E1"),) == found.fills
    assert found.meta["clock_ns"] == "99"


def test_a_row_that_changes_is_written_again_and_keeps_its_place(tmp_path: Path) -> None:
    path = tmp_path / "venue.sqlite"
    record = Record(path)
    first, second = _request("R1"), _request("R2")
    record.put(first)
    record.put(second)
    record.flush(1, 1)
    first.end_reason = "hit"
    record.put(first)
    record.close(2, 2)

    requests = read_record(path).requests

    assert [("R1", "hit"), ("R2", None)] == [(r.request_id, r.end_reason) for r in requests]


def test_the_file_is_read_while_the_venue_writes_and_follows_within_50_ms(tmp_path: Path) -> None:
    path = tmp_path / "venue.sqlite"
    record = Record(path)
    record.flush_if_due(1_000_000_000, 1)
    record.put(_fill("E1"))
    record.flush_if_due(1_000_000_000 + FLUSH_EVERY_NS - 1, 1)
    assert () == read_record(path).fills

    record.flush_if_due(1_000_000_000 + 50_000_000, 1)

    assert 1 == len(read_record(path).fills)


def test_a_continued_record_knows_its_deals_hits_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "venue.sqlite"
    before = Record(path)
    for row in (_fill("E1"), _fill("E2", "20261102"), _hit(1, "fill"), _hit(2, None)):
        before.put(row)
    before.close(1, 50)

    record = Record(path)

    assert (1, 2) == (before.run, record.run)
    assert {("ALPHA", "E1"), ("ALPHA", "E2")} == record.exec_ids()
    assert (_hit(2, None),) == record.unanswered_hits()
    assert 2 == record.last_number(HitLife)
    assert 0 == record.last_number(Anomaly)
    assert ["E2"] == [f.exec_id for f in record.fills("ALPHA", "20261101", "20261130")]
    assert () == record.fills("BETA", "00000000", "99999999")


def test_text_that_is_no_utf8_is_kept_escaped(tmp_path: Path) -> None:
    path = tmp_path / "venue.sqlite"
    record = Record(path)
    record.put(Anomaly(1, "ALPHA", "unusable_message", "8", "58=\udcb2\udce2", 1, 2))
    record.close(1, 1)

    assert r"58=\udcb2\udce2" == read_record(path).anomalies[0].text


def test_a_file_that_is_no_record_is_refused(tmp_path: Path) -> None:
    text, other = tmp_path / "notes.txt", tmp_path / "other.sqlite"
    text.write_text("not a database, and long enough to be looked at" * 40)
    with sqlite3.connect(other) as base:
        base.execute("CREATE TABLE t (x)")
    base.close()

    with pytest.raises(RecordError, match="cannot be used"):
        Record(text)
    with pytest.raises(RecordError, match="no such file"):
        read_record(tmp_path / "missing.sqlite")
    with pytest.raises(RecordError, match="not a venue's record"):
        read_record(other)


def _order_fill(exec_id: str, trade_date: str, state: str = "done") -> OrderFill:
    return OrderFill(
        venue="ALPHA",
        exec_id=exec_id,
        order_id="A1",
        venue_order_id="O1",
        pair="EUR/USD",
        side="1",
        currency="EUR",
        size=Decimal("1000000.50"),
        rate=Decimal("1.117205"),
        base_amount=Decimal("1000000.50"),
        counter_amount=Decimal("1117205.56"),
        value_date=None,
        trade_date=trade_date,
        mid=None,
        at_ns=5,
        wall_ns=6,
        state=state,
    )


def test_orders_and_their_deals_come_back_also_in_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "venue.sqlite"
    record = Record(path)
    order = OrderLife(
        venue="ALPHA",
        venue_order_id="O1",
        order_id="A2",
        first_order_id="A1",
        pair="EUR/USD",
        side="1",
        currency="EUR",
        size=Decimal(3_000_000),
        kind="2",
        price=Decimal("1.1"),
        time_in_force="0",
        expires_ns=None,
        value_date=None,
        status="1",
        received_at_ns=1,
        received_wall_ns=2,
    )
    said = {"pair": None, "side": None, "size": None, "price": None, "poss_dup": False}
    for number, (kind, order_id) in enumerate([("D", "A1"), ("G", "A2"), ("H", "A1")], start=1):
        record.put(
            OrderMessage(
                message_no=number,
                venue="ALPHA",
                message=kind,
                order_id=order_id,
                original_id=None,
                received_at_ns=1,
                received_wall_ns=2,
                **said,
            )
        )
    record.put(order)
    record.put(_order_fill("X1", "20261029"))
    record.put(_order_fill("X2", "20261030"))
    record.put(_order_fill("X3", "20261030", "busted"))
    record.close(1, 2)

    again = Record(path)

    assert (order,) == again.orders() == read_record(path).orders
    assert {("ALPHA", "A1"), ("ALPHA", "A2")} == again.order_ids()
    found = again.order_fills("ALPHA", "20261030", "20261030")
    assert (_order_fill("X2", "20261030"),) == found
    assert 3 == len(read_record(path).order_fills) == len(read_record(path).order_messages)
    again.close(3, 4)
