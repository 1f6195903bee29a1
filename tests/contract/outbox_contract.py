"""What every `Outbox` must do: subclass `OutboxContract`, return an empty one, run the tests."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

from robot.ports import AckOutcome, Outbox, OutboxRow

OTHER_HASH = "f" * 64


class OutboxUnderTest(Outbox, Protocol):
    """An outbox that a test can fill."""

    def add(self, row: OutboxRow) -> None:
        """Commit one more row, as the projector would."""
        ...


def make_row(sequence: int, payload: str | None = None) -> OutboxRow:
    """A row that was never sent."""
    text = payload if payload is not None else f'{{"number":{sequence}}}'
    return OutboxRow(
        message_id=f"D20140502-{sequence:06d}.v1",
        sequence=sequence,
        topic=f"fxr/v1/test/deal/MM1/D20140502-{sequence:06d}",
        payload=text,
        payload_hash=hashlib.sha256(text.encode()).hexdigest(),
        attempts=0,
        sent_at_ns=0,
    )


def sequences(rows: Sequence[OutboxRow]) -> list[int]:
    return [row.sequence for row in rows]


class OutboxContract(ABC):
    """The behaviour the relay builds on."""

    @abstractmethod
    def create_outbox(self) -> OutboxUnderTest:
        """An empty outbox."""

    def filled(self, count: int) -> OutboxUnderTest:
        """An outbox with rows 1 to `count`."""
        outbox = self.create_outbox()
        for sequence in range(1, count + 1):
            outbox.add(make_row(sequence))
        return outbox

    def test_an_empty_outbox_has_nothing_pending(self) -> None:
        outbox = self.create_outbox()
        assert list(outbox.pending(0, 10)) == []
        assert outbox.open_count() == 0

    def test_a_row_comes_back_as_it_was_added(self) -> None:
        outbox = self.create_outbox()
        row = make_row(1, payload='{"text":"\\u202e 询价 \\u0000"}')
        outbox.add(row)
        assert list(outbox.pending(0, 10)) == [row]

    def test_pending_rows_come_in_order_of_their_sequence(self) -> None:
        outbox = self.create_outbox()
        for sequence in (2, 10, 1):
            outbox.add(make_row(sequence))
        assert sequences(outbox.pending(0, 10)) == [1, 2, 10]

    def test_pending_starts_after_the_sequence_asked_for_and_keeps_to_the_count(self) -> None:
        outbox = self.filled(6)
        assert sequences(outbox.pending(2, 3)) == [3, 4, 5]
        assert sequences(outbox.pending(6, 3)) == []

    def test_a_row_marked_as_sent_stays_pending_and_counts_the_attempt(self) -> None:
        outbox = self.filled(2)
        outbox.mark_sent([make_row(1).message_id], 111)
        outbox.mark_sent([make_row(1).message_id, make_row(2).message_id], 222)
        rows = outbox.pending(0, 10)
        assert [(row.attempts, row.sent_at_ns) for row in rows] == [(2, 222), (1, 222)]
        assert outbox.open_count() == 2

    def test_an_acknowledgement_with_the_right_hash_closes_the_row(self) -> None:
        outbox, row = self.filled(3), make_row(2)
        outbox.mark_sent([row.message_id], 111)
        outcome = outbox.acknowledge(row.message_id, row.payload_hash, 222)
        assert outcome is AckOutcome.CLOSED
        assert sequences(outbox.pending(0, 10)) == [1, 3]
        assert outbox.open_count() == 2

    def test_an_acknowledgement_may_come_before_the_row_is_marked_as_sent(self) -> None:
        outbox, row = self.filled(1), make_row(1)
        assert outbox.acknowledge(row.message_id, row.payload_hash, 111) is AckOutcome.CLOSED
        outbox.mark_sent([row.message_id], 222)
        assert outbox.open_count() == 0
        assert list(outbox.pending(0, 10)) == []

    def test_a_second_acknowledgement_is_recognised(self) -> None:
        outbox, row = self.filled(1), make_row(1)
        outbox.acknowledge(row.message_id, row.payload_hash, 111)
        second = outbox.acknowledge(row.message_id, row.payload_hash, 222)
        assert second is AckOutcome.ALREADY_CLOSED

    def test_another_hash_keeps_the_row_open(self) -> None:
        outbox, row = self.filled(1), make_row(1)
        outcome = outbox.acknowledge(row.message_id, OTHER_HASH, 111)
        assert outcome is AckOutcome.HASH_DIFFERS
        assert sequences(outbox.pending(0, 10)) == [1]
        assert outbox.acknowledge(row.message_id, row.payload_hash, 222) is AckOutcome.CLOSED

    def test_another_hash_after_closing_is_still_a_difference(self) -> None:
        outbox, row = self.filled(1), make_row(1)
        outbox.acknowledge(row.message_id, row.payload_hash, 111)
        assert outbox.acknowledge(row.message_id, OTHER_HASH, 222) is AckOutcome.HASH_DIFFERS
        assert outbox.open_count() == 0

    def test_an_acknowledgement_of_an_unknown_message_changes_nothing(self) -> None:
        outbox = self.filled(1)
        outcome = outbox.acknowledge("D20990101-000001.v1", OTHER_HASH, 111)
        assert outcome is AckOutcome.UNKNOWN_MESSAGE
        assert outbox.open_count() == 1

    def test_marking_an_unknown_or_no_message_changes_nothing(self) -> None:
        outbox = self.filled(1)
        outbox.mark_sent([], 111)
        outbox.mark_sent(["D20990101-000001.v1"], 111)
        assert [row.attempts for row in outbox.pending(0, 10)] == [0]
