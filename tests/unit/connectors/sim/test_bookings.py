"""The simulated back office reads deals by itself, and books each exactly once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mqtt.payload import deal_message
from connectors.sim.bookings import Books, Receipt, read_bookings
from connectors.sim.deal_notice import NOTICE_SIZE_MAX, UnreadableDeal, parse_deal
from robot.basics.ids import DealId
from robot.ledger.posting import entry_for
from robot.messages.effects import DealBooked
from tests.kit.deals import every_product
from tests.unit.connectors.mqtt.sample import ENTITY, ENVIRONMENT, outbox_row

COLUMNS_OF_BEFORE = (
    "payload_hash sequence deal_id version exec_id pair side base_amount counter_amount rate "
    "trade_date value_date counterparty book venue received_count first_received_at_ns "
    "last_received_at_ns acks_sent"
)
ROW = outbox_row(1)
PAYLOAD = ROW.payload.encode()


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    opened = Books(tmp_path / "books" / "backoffice.sqlite")
    yield opened
    opened.close()


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    event = json.loads(ROW.payload)
    change(event)
    return json.dumps(event).encode()


def other_text() -> bytes:
    """The same deal in other bytes."""
    return json.dumps(json.loads(ROW.payload), indent=1).encode()


class TestParsing:
    def test_the_robots_message_is_understood(self) -> None:
        notice = parse_deal(ROW.topic, PAYLOAD)
        assert notice.message_id == ROW.message_id
        assert notice.payload_hash == ROW.payload_hash
        assert (notice.pair, notice.side) == ("EUR/USD", "BUY")
        assert notice.base_amount == Decimal("1000001.00")
        assert notice.counter_amount == Decimal("1386551.39")
        assert notice.value_date == date(2014, 5, 6)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda e: e.update(specversion="0.3"), "specversion"),
            (lambda e: e.pop("type"), "type"),
            (lambda e: e.update(subject="D2"), "does not belong"),
            (lambda e: e["data"].update(version=True), "version"),
            (lambda e: e["data"].update(side="SELL"), "flows"),
            (lambda e: e["data"].update(side="buy"), "KeyError"),
            (lambda e: e["data"].update(rate=1.38655), "rate is not a text"),
            (lambda e: e["data"].update(rate="1e5"), "decimal string"),
            (lambda e: e["data"].update(rate="NaN"), "decimal string"),
            (lambda e: e["data"].update(rate="-1.38655"), "not positive"),
            (lambda e: e["data"].update(rate="1.38755"), "base amount times rate"),
            (lambda e: e["data"].update(pair="USD/EUR"), "differ from the pair"),
            (lambda e: e["data"].update(value_date="2014-05-07"), "flows"),
            (lambda e: e["data"].update(book="MM2"), "topic"),
            (lambda e: e["data"]["flows"].pop(), "flows"),
            (lambda e: e["data"]["flows"][0].update(amount="-1000001.00"), "flows"),
            (lambda e: e["data"]["entry"]["postings"].pop(), "balance"),
            (lambda e: e["data"]["entry"].update(postings=[]), "balance"),
            (lambda e: e["data"].update(entry=None), "entry is not an object"),
        ],
    )
    def test_a_deal_that_contradicts_itself_is_refused(
        self, change: Callable[[dict[str, Any]], object], words: str
    ) -> None:
        with pytest.raises(UnreadableDeal, match=words) as refusal:
            parse_deal(ROW.topic, changed(change))
        assert refusal.value.message_id == ROW.message_id

    @pytest.mark.parametrize(
        "payload",
        [
            b"",
            b"\xff",
            b"[]",
            b"{}",
            b"[" * 60_000,
            b'{"id":"a","id":"b"}',
            b'{"id":"a/b"}',
            b'{"id":"\\ud800"}',
            b'{"id":NaN}',
            b" " * (NOTICE_SIZE_MAX + 1),
        ],
    )
    def test_what_has_no_usable_id_is_refused_without_one(self, payload: bytes) -> None:
        with pytest.raises(UnreadableDeal) as refusal:
            parse_deal(ROW.topic, payload)
        assert refusal.value.message_id is None

    @given(st.binary(max_size=200), st.text(max_size=30))
    def test_no_bytes_raise_anything_else(self, payload: bytes, topic: str) -> None:
        with pytest.raises(UnreadableDeal):
            parse_deal(topic, payload)


class TestBooks:
    def test_a_deal_is_booked_once_however_often_it_comes(
        self, books: Books, tmp_path: Path
    ) -> None:
        receipts = [
            received.receipt
            for _ in range(2)
            for received in books.receive([(ROW.topic, PAYLOAD), (ROW.topic, PAYLOAD)], 5)
        ]
        assert receipts == [Receipt.BOOKED] + [Receipt.REDELIVERED] * 3
        (booking,) = read_bookings(tmp_path / "books" / "backoffice.sqlite")
        assert booking.times_received == 4
        assert booking.exec_id == "E20140502-000001"
        assert booking.counter_amount == Decimal("1386551.39")

    def test_the_same_id_with_other_bytes_changes_nothing_and_is_rejected(
        self, books: Books, tmp_path: Path
    ) -> None:
        books.receive([(ROW.topic, PAYLOAD)], 5)
        (received,) = books.receive([(ROW.topic, other_text())], 6)
        assert received.receipt is Receipt.CONFLICT
        assert received.answer is not None
        assert received.answer.status == "REJECTED"
        assert received.answer.payload_hash == ROW.payload_hash
        (booking,) = read_bookings(tmp_path / "books" / "backoffice.sqlite")
        assert (booking.payload_hash, booking.times_received) == (ROW.payload_hash, 1)
        assert books.counts.conflicts == 1

    def test_what_cannot_be_read_is_kept_and_answered_where_it_has_an_id(
        self, books: Books
    ) -> None:
        wrong = changed(lambda event: event["data"].update(rate="1"))
        first, second = books.receive([("t", b"junk"), (ROW.topic, wrong)], 5)
        assert first.answer is None
        assert second.answer is not None
        assert (second.answer.message_id, second.answer.status) == (ROW.message_id, "REJECTED")
        assert (books.counts.refused, books.counts.booked) == (2, 0)

    def test_a_deal_is_unanswered_until_an_answer_was_counted(self, books: Books) -> None:
        (received,) = books.receive([(ROW.topic, PAYLOAD)], 5)
        assert received.answer is not None
        assert books.unanswered() == [received.answer]
        books.count_answers([received.answer])
        assert books.unanswered() == []

    def test_the_counts_are_the_same_after_opening_again(self, tmp_path: Path) -> None:
        first = Books(tmp_path / "b.sqlite")
        first.begin_run(1)
        first.receive([(ROW.topic, PAYLOAD), (ROW.topic, PAYLOAD), (ROW.topic, other_text())], 5)
        first.receive([("t", b"junk")], 5)
        first.count_answers(first.unanswered())
        counts = first.counts
        first.close()
        second = Books(tmp_path / "b.sqlite")
        assert second.counts == counts
        assert counts.received == 4
        second.close()

    def test_a_batch_that_fails_half_way_leaves_nothing(
        self, books: Books, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise sqlite3.OperationalError("disk I/O error")

        monkeypatch.setattr(books, "_refuse", fail)
        with pytest.raises(sqlite3.OperationalError):
            books.receive([(ROW.topic, PAYLOAD), ("t", b"junk")], 5)
        assert books.unanswered() == []
        assert books.counts.booked == 0

    def test_the_booking_of_a_swap_keeps_its_far_leg_and_a_loan_its_interest(
        self, books: Books, tmp_path: Path
    ) -> None:
        for name in ("swap", "repo", "NDF"):
            deal = every_product()[name]
            agreed = msgspec.structs.replace(deal, deal_id=DealId(f"{deal.deal_id}{name}"))
            booked = DealBooked(deal=agreed, entry=entry_for(agreed), positions=(), pnl={})
            message = deal_message(booked, 1, ENTITY, ENVIRONMENT)
            (received,) = books.receive([(message.topic, message.payload.encode())], 5)
            assert received.receipt is Receipt.BOOKED
        path = tmp_path / "books" / "backoffice.sqlite"
        ndf, repo, swap = sorted(read_bookings(path), key=lambda booking: booking.product)
        assert (date(2026, 4, 16), Decimal("6.9536")) == (swap.far_value_date, swap.far_rate)
        assert Decimal("6953600.00") == swap.far_counter_amount
        assert ("BORROW", Decimal("1486.30")) == (repo.cash_side, repo.interest)
        assert (True, "USD", date(2026, 2, 12)) == (
            ndf.not_paid,
            ndf.settlement_currency,
            ndf.fixing_date,
        )
        with sqlite3.connect(path) as database:
            rows = database.execute("SELECT repayment FROM deals ORDER BY product").fetchall()
        database.close()
        assert [(None,), ("5001486.30",), (None,)] == rows

    def test_a_database_of_before_all_products_goes_on(self, tmp_path: Path) -> None:
        path = tmp_path / "old.sqlite"
        with sqlite3.connect(path) as database:
            columns = ", ".join(f"{name} TEXT NOT NULL" for name in COLUMNS_OF_BEFORE.split())
            database.execute(f"CREATE TABLE deals (message_id TEXT PRIMARY KEY, {columns})")
            values = ["m", *["1"] * 10, "2014-05-02", "2014-05-06", *["1"] * 7]
            marks = ", ".join("?" * len(values))
            database.execute(f"INSERT INTO deals VALUES ({marks})", values)
        database.close()
        opened = Books(path)
        (received,) = opened.receive([(ROW.topic, PAYLOAD)], 5)
        opened.close()
        assert received.receipt is Receipt.BOOKED
        assert ["SPOT", "SPOT"] == [booking.product for booking in read_bookings(path)]

    def test_a_missing_database_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"none\.sqlite"):
            read_bookings(tmp_path / "none.sqlite")
