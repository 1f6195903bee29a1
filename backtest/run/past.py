"""What the robot said in the part of a run that is over: so that the venues come to the same state
again without the core being stepped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from backtest.run.inside import NEVER_NS, Sent
from robot.basics.currency import CurrencyPair
from robot.basics.ids import VenueId
from robot.core.state import Timer
from robot.errors import RobotError
from robot.messages.effects import AnyEffect
from robot.messages.events import AnyEvent


class _Row(msgspec.Struct, frozen=True, array_like=True):
    """What the robot said at one moment."""

    at_ns: int
    place: int
    """So many prices and messages it had been given."""
    by_itself: bool
    sent: list[tuple[int, AnyEffect]]
    """Number on its session, and what."""


class SaidLog:
    """The file of it; what is noted is in the system's hands after `flush`."""

    def __init__(self, path: Path, keep_bytes: int = 0) -> None:
        """What is beyond `keep_bytes` is of a part that is run again."""
        self._file = path.open("ab")
        if self._file.tell() < keep_bytes:
            raise RobotError(f"{path}: shorter than its checkpoint says; run it from the beginning")
        os.truncate(path, keep_bytes)
        self._file.seek(keep_bytes)
        self._encoder = msgspec.json.Encoder()

    def note(self, at_ns: int, place: int, by_itself: bool, said: Sequence[Sent]) -> None:
        """One moment."""
        rows = [(sent.sequence, sent.effect) for sent in said]
        self._file.write(self._encoder.encode((at_ns, place, by_itself, rows)) + b"\n")

    def flush(self) -> int:
        """How long it is now."""
        self._file.flush()
        return self._file.tell()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class PastRobot:
    """Says what the log says, at its moments; knows nothing."""

    def __init__(self, path: Path, length: int) -> None:
        self.said: list[Sent] = []
        self.timers: list[Timer] = []
        self._rows = _rows_of(path, length)
        self._row = next(self._rows, None)
        self._place = 0

    def next_due_ns(self) -> int:
        """When it next said something by itself."""
        row = self._row
        return row.at_ns if row is not None and row.by_itself else NEVER_NS

    def wake(self, at_ns: int) -> None:
        """It said that."""
        self._say()

    def turn(self, at_ns: int, events: Sequence[AnyEvent]) -> None:
        """It may have said something to that."""
        self._place += 1
        self._said_at_place()

    def price(
        self,
        at_ns: int,
        venue: VenueId,
        pair: CurrencyPair,
        bid: int | None,
        offer: int | None,
        bid_size: int | None,
        offer_size: int | None,
    ) -> None:
        """It may have said something to that."""
        self._place += 1
        self._said_at_place()

    def begin(self) -> None:
        """What it said at its start."""
        self._said_at_place()

    def _said_at_place(self) -> None:
        row = self._row
        if row is not None and row.place == self._place and not row.by_itself:
            self._say()
        elif row is not None and row.by_itself and not self.timers:
            self._expect(row)

    def _say(self) -> None:
        row = self._row
        assert row is not None, "nothing more was said"
        self.said += [Sent(effect, number) for number, effect in row.sent]  # type: ignore[arg-type]
        self._row = next(self._rows, None)
        self.timers.clear()
        if self._row is not None and self._row.by_itself:
            self._expect(self._row)

    def _expect(self, row: _Row) -> None:
        """The loop looks at the first timer between prices."""
        self.timers.append(Timer(row.at_ns, 1, "said", ""))


def _rows_of(path: Path, length: int) -> Iterator[_Row]:
    decoder = msgspec.json.Decoder(_Row)
    with path.open("rb") as file:
        while file.tell() < length:
            yield decoder.decode(file.readline())
