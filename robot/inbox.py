"""The only door into the brain: a bounded inbox between the connectors' threads and the one core.

Market prices are conflated when the robot is behind (the newest per venue and pair, or tenor of a
curve, stays, and says how many it replaced); requests beyond the bound are marked so that they are
refused; nothing else is ever dropped. What stops dealing, what lets it resume, and the answers of a
strategy's host do not queue with them: they are taken first, in their own order. With the venue's
clock time stands still while we work, so posting a price waits instead.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from robot.messages.events import (
    AnyEvent,
    CurveUpdated,
    FollowersLagging,
    HaltCleared,
    KillSwitchPulled,
    KillSwitchReleased,
    MarketUpdated,
    RfqReceived,
    SessionDown,
    SessionUp,
    TimeAdvanced,
)
from robot.messages.hosting import HostDecided

BEHIND_AT = 256
"""Events waiting from which on prices are conflated (or, with the venue's clock, waited for)."""

OVERLOADED_AT = 4_096
"""Events waiting from which on requests are refused."""

POST_PATIENCE_S = 1.0

URGENT = KillSwitchPulled | KillSwitchReleased | HaltCleared | FollowersLagging | HostDecided
"""Taken before all that waits: a kill switch is not behind thousands of requests, and a request
that was taken is answered before the next: behind them its time would be over.
"""


class Inbox:
    """Thread-safe; `take` is called only by the thread that turns."""

    def __init__(self, *, may_wait: bool) -> None:
        self._may_wait = may_wait
        self._cells: deque[list[AnyEvent]] = deque()
        self._urgent: deque[AnyEvent] = deque()
        self._prices: dict[tuple[str, str], list[AnyEvent]] = {}
        self._changed = threading.Condition()
        self._posted = 0
        self._finished = 0
        self._taken = 0
        self._urgent_posted = 0
        self._urgent_taken = 0
        self._urgent_finished = 0
        self._first_time_ns = 0
        self._woken = False
        self.conflated = 0
        self.on_posted: Callable[[], None] = self.wake
        """Called on the poster's thread after each posting: wakes whoever turns, or turns itself"""

    def post(self, event: AnyEvent) -> None:
        """Put an event in; a price may replace an older one that still waits."""
        with self._changed:
            if isinstance(event, URGENT):
                self._urgent.append(event)
                self._urgent_posted += 1
            elif isinstance(event, MarketUpdated | CurveUpdated):
                self._put_price(event)
            else:
                self._put(event)
        self.on_posted()

    def post_together(self, events: Sequence[AnyEvent]) -> None:
        """Put in what one message said: it is taken, and so journaled, in one turn."""
        with self._changed:
            if len(self._cells) >= OVERLOADED_AT:
                events = [_overloaded(event) for event in events]
            self._append(*events)
        self.on_posted()

    def observe_time(self, at_ns: int) -> None:
        """A peer told its time."""
        with self._changed:
            self._first_time_ns = self._first_time_ns or at_ns
            self._append(TimeAdvanced(sent_at_ns=at_ns))
        self.on_posted()

    def wait_first_time(self, timeout_s: float) -> int:
        """The first time a peer told, 0 if none did within `timeout_s` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._first_time_ns > 0, timeout_s)
            return self._first_time_ns

    def wait_posted(self, timeout_s: float) -> None:
        """Until something waits, somebody calls `wake`, or `timeout_s` seconds are over."""
        with self._changed:
            if not (self._cells or self._urgent or self._woken):
                self._changed.wait(timeout_s)
            self._woken = False

    def wake(self) -> None:
        """End a `wait_posted` now, or the next one at once."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def take(self, count: int) -> list[AnyEvent]:
        """Up to `count` waiting messages' events, in order; what is urgent first and by itself, so
        that no other event's step holds it up. None when nothing waits.
        """
        with self._changed:
            if self._urgent:
                urgent = list(self._urgent)
                self._urgent.clear()
                self._urgent_taken += len(urgent)
                return urgent
            cells = [self._take_one() for _ in range(min(count, len(self._cells)))]
            self._taken += len(cells)
            return [event for cell in cells for event in cell]

    def finish(self) -> None:
        """Everything taken so far has been dealt with."""
        with self._changed:
            self._finished = self._taken
            self._urgent_finished = self._urgent_taken
            self._changed.notify_all()

    def wait_drained(self, timeout_s: float) -> bool:
        """Whether what was posted before this call is dealt with within `timeout_s` seconds."""
        with self._changed:
            target, urgent = self._posted, self._urgent_posted
            return self._changed.wait_for(
                lambda: self._finished >= target and self._urgent_finished >= urgent, timeout_s
            )

    def wait_urgent(self, timeout_s: float) -> bool:
        """The same of what is urgent only, whatever else waits."""
        with self._changed:
            urgent = self._urgent_posted
            return self._changed.wait_for(lambda: self._urgent_finished >= urgent, timeout_s)

    def __len__(self) -> int:
        return len(self._cells) + len(self._urgent)

    def _put(self, event: AnyEvent) -> None:
        if len(self._cells) >= OVERLOADED_AT:
            event = _overloaded(event)
        if isinstance(event, SessionUp | SessionDown):
            self._prices.clear()  # a price must not move in front of a log-on or a log-off
        self._append(event)

    def _put_price(self, event: MarketUpdated | CurveUpdated) -> None:
        if self._may_wait and len(self._cells) >= BEHIND_AT:
            self._changed.wait_for(lambda: len(self._cells) < BEHIND_AT, POST_PATIENCE_S)
        key = _price_key(event)
        cell = self._prices.get(key)
        if cell is not None and len(self._cells) >= BEHIND_AT:
            older = cell[0]
            assert isinstance(older, MarketUpdated | CurveUpdated), "a price cell holds another"
            cell[0] = msgspec.structs.replace(event, conflated=older.conflated + 1)
            self.conflated += 1
            return
        self._prices[key] = self._append(event)

    def _take_one(self) -> list[AnyEvent]:
        cell = self._cells.popleft()
        event = cell[0]
        if isinstance(event, MarketUpdated | CurveUpdated):
            key = _price_key(event)
            if self._prices.get(key) is cell:
                del self._prices[key]
        return cell

    def _append(self, *events: AnyEvent) -> list[AnyEvent]:
        cell = list(events)
        self._cells.append(cell)
        self._posted += 1
        return cell


def _price_key(event: MarketUpdated | CurveUpdated) -> tuple[str, str]:
    """What a newer price replaces: the same venue's of the same pair, or tenor of a curve."""
    if isinstance(event, MarketUpdated):
        return event.venue, event.pair
    return event.venue, f"{event.curve} {event.tenor}"


def _overloaded(event: AnyEvent) -> AnyEvent:
    """A request is answered with a refusal and nothing else; all other events stay as they are."""
    if isinstance(event, RfqReceived):
        return msgspec.structs.replace(event, overloaded=True)
    return event
