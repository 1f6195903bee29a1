"""The loop of a backtest: prices, venues, clients and the robot, each at its moment.

At one moment what has happened comes before what is decided: prices first, then what arrives at the
robot, what it does by itself, what arrives at the venues, what is done there. Between prices
nothing is looked at but the time of the next thing that is due.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Protocol

from backtest.run.feed import Feed, Other, Prices
from backtest.run.inside import NEVER_NS, Sent, TakePrice
from backtest.run.simulated import Delivered, Row
from robot.basics.currency import CurrencyPair
from robot.basics.ids import VenueId
from robot.core.state import Timer
from robot.messages.events import (
    AnyEvent,
    CurveUpdated,
    SessionKind,
    SessionUp,
)


class RobotSide(Protocol):
    """The robot, or the record of what it said."""

    said: list[Sent]

    @property
    def timers(self) -> Sequence[Timer]:
        """What it does by itself next, first."""
        ...

    def next_due_ns(self) -> int: ...

    def wake(self, at_ns: int) -> None: ...

    def turn(self, at_ns: int, events: Sequence[AnyEvent]) -> None: ...

    @property
    def price(self) -> TakePrice: ...


class VenueSide(Protocol):
    """Whoever deals with the robot."""

    venues: tuple[str, ...]
    rows: list[Row | None]

    def log_on(self, at_ns: int) -> list[Delivered]: ...

    def take(self, at_ns: int, sent: Sent) -> list[Delivered]: ...

    def next_due_ns(self) -> int: ...

    def act(self, at_ns: int) -> list[Delivered]: ...

    @property
    def follows_prices(self) -> bool: ...

    def price(self, at_ns: int) -> list[Delivered]: ...

    def curve(self, at_ns: int, event: CurveUpdated) -> list[Delivered]: ...


class Watch(Protocol):
    """Who looks on: records, progress, checkpoints. `due_ns` = when it wants to look next."""

    @property
    def due_ns(self) -> int: ...

    def look(self, at_ns: int) -> None:
        """Called before anything of `at_ns` or later is stepped."""
        ...


class Stopped(Exception):
    """Raised by a watch: the run ends here."""


class Log(Protocol):
    """Where what the robot says is kept, so that a run can be taken up again."""

    def note(self, at_ns: int, place: int, by_itself: bool, said: Sequence[Sent]) -> None: ...


class Driver:
    """One run. `quotes` = prices read so far; `robot` may become another one on the way."""

    def __init__(
        self,
        robot: RobotSide,
        venues: VenueSide,
        feed: Feed,
        watches: Iterable[Watch] = (),
        *,
        to_robot_ns: int = 0,
        to_venue_ns: int = 0,
        log: Log | None = None,
    ) -> None:
        self.robot = robot
        self.log = log
        self._venues = venues
        self._feed = feed
        self.watches = list(watches)
        self._to_robot_ns, self._to_venue_ns = to_robot_ns, to_venue_ns
        self._keys = [(VenueId(venue), CurrencyPair(pair)) for venue, pair in feed.keys]
        self._arriving: list[tuple[int, int, tuple[AnyEvent, ...]]] = []
        self._leaving: list[tuple[int, int, Sent]] = []
        self._order = count()
        self._late: deque[Row] = deque()
        self._wake_ns = 0
        self._eager = False
        self.now_ns = 0
        self.quotes = 0
        self.stimuli = 0
        """Prices and messages that the robot was given: the place of what it says then."""

    # --- the run

    def begin(self, at_ns: int, sessions: Sequence[tuple[str, SessionKind]]) -> None:
        """The robot has started and logs on."""
        self.now_ns = at_ns
        self._send(by_itself=False)
        for venue, kind in sessions:
            self._turn((SessionUp(venue=VenueId(venue), kind=kind),))
        self._deliver(self._venues.log_on(at_ns))

    def run(self, end_ns: int) -> None:
        """Everything before `end_ns`."""
        for batch in self._feed.batches():
            if isinstance(batch, list):
                self._tell(batch)
            elif self._to_robot_ns:
                self._follow_late(batch)
            else:
                self._follow(batch)
        self._price_late(end_ns - 1)
        self._catch_up(end_ns)
        self.now_ns = max(self.now_ns, end_ns)

    # --- prices

    def _follow(self, batch: Prices) -> None:
        """Prices that the robot has when the venue has them: the loop that speed hangs on. What it
        counts it counts in locals, and tells before anybody else looks.
        """
        keys, rows = self._keys, self._venues.rows
        robot = self.robot
        price, said, timers = robot.price, robot.said, robot.timers
        wake_ns, eager, last_ns, taken = self._wake_ns, self._eager, self.now_ns, 0
        for row in zip(*batch, strict=True):
            at_ns, key, bid, offer, bid_size, offer_size = row
            if at_ns >= wake_ns:
                self._take(last_ns, taken)
                self._catch_up(at_ns)
                robot, taken = self.robot, 0
                price, said, timers = robot.price, robot.said, robot.timers
                wake_ns, eager = self._wake_ns, self._eager
            rows[key] = row
            last_ns = at_ns
            taken += 1
            venue, pair = keys[key]
            price(at_ns, venue, pair, bid, offer, bid_size, offer_size)
            if said or eager:
                self._take(last_ns, taken)
                taken = 0
                self._send(by_itself=False)
                if eager:
                    self._deliver(self._venues.price(at_ns))
                wake_ns, eager = self._wake_ns, self._eager
            if timers and timers[0].due_ns < wake_ns:
                wake_ns = self._wake_ns = timers[0].due_ns + 1
        self._take(last_ns, taken)

    def _take(self, last_ns: int, taken: int) -> None:
        self.now_ns = max(self.now_ns, last_ns)
        self.quotes += taken
        self.stimuli += taken

    def _follow_late(self, batch: Prices) -> None:
        """The same where prices are under way for a while."""
        rows, late = self._venues.rows, self._late
        for row in zip(*batch, strict=True):
            at_ns = row[0]
            self._price_late(at_ns)
            if at_ns >= self._wake_ns:
                self._catch_up(at_ns)
            rows[row[1]] = row
            self.now_ns = at_ns
            self.quotes += 1
            late.append(row)
            if self._eager:
                self._deliver(self._venues.price(at_ns))

    def _price_late(self, until_ns: int) -> None:
        """The prices that arrive until a moment."""
        late, under_way_ns = self._late, self._to_robot_ns
        while late and late[0][0] + under_way_ns <= until_ns:
            self._price(late.popleft(), under_way_ns)

    def _price(self, row: Row, under_way_ns: int) -> None:
        """One price arrives at the robot."""
        sent_ns, key, *rest = row
        at_ns = sent_ns + under_way_ns
        if at_ns >= self._wake_ns:
            self._catch_up(at_ns)
        self.now_ns = at_ns
        self.stimuli += 1
        self.robot.price(at_ns, *self._keys[key], *rest)
        self._send(by_itself=False)
        self._wake_ns = min(self._wake_ns, self.robot.next_due_ns() + 1)

    # --- everything else

    def _catch_up(self, before_ns: int) -> None:
        """All that is due before a moment, in its order. Who looks on may put another robot in
        place, which has something to do sooner.
        """
        while True:
            at_ns, robot = max(self._next_ns(), self.now_ns), self.robot
            self._look(min(at_ns, before_ns))
            if self.robot is not robot:
                continue
            if at_ns >= before_ns:
                break
            self.now_ns = at_ns
            self._do(at_ns)
        looks = min((watch.due_ns for watch in self.watches), default=NEVER_NS)
        self._wake_ns = min(at_ns + 1, looks)

    def _next_ns(self) -> int:
        due = [self._venues.next_due_ns(), self.robot.next_due_ns()]
        if self._arriving:
            due.append(self._arriving[0][0])
        if self._leaving:
            due.append(self._leaving[0][0])
        return min(due)

    def _look(self, at_ns: int) -> None:
        for watch in tuple(self.watches):
            if watch.due_ns <= at_ns:
                watch.look(at_ns)

    def _do(self, at_ns: int) -> None:
        """One thing that is due now."""
        if self._arriving and self._arriving[0][0] <= at_ns:
            self._turn(heapq.heappop(self._arriving)[2])
        elif self.robot.next_due_ns() <= at_ns:
            self.robot.wake(at_ns)
            self._send(by_itself=True)
        elif self._leaving and self._leaving[0][0] <= at_ns:
            self._deliver(self._venues.take(at_ns, heapq.heappop(self._leaving)[2]))
        else:
            self._deliver(self._venues.act(at_ns))

    def _tell(self, others: Iterable[Other]) -> None:
        """Curves go to their venues, which tell the robot; fixings are public."""
        for at_ns, event in others:
            self._price_late(at_ns)
            if at_ns >= self._wake_ns:
                self._catch_up(at_ns)
            self.now_ns = max(self.now_ns, at_ns)
            if isinstance(event, CurveUpdated):
                self._deliver(self._venues.curve(self.now_ns, event))
            else:
                self._arrive(self.now_ns, (event,))

    def _turn(self, events: tuple[AnyEvent, ...]) -> None:
        self.stimuli += 1
        self.robot.turn(self.now_ns, events)
        self._send(by_itself=False)

    def _send(self, *, by_itself: bool) -> None:
        """What the robot has said is on its way."""
        said = self.robot.said
        if not said:
            return
        if self.log is not None:
            self.log.note(self.now_ns, self.stimuli, by_itself, said)
        at_ns = self.now_ns + self._to_venue_ns
        for sent in said:
            heapq.heappush(self._leaving, (at_ns, next(self._order), sent))
        said.clear()
        self._wake_ns = min(self._wake_ns, at_ns + 1)

    def _deliver(self, delivered: Iterable[Delivered]) -> None:
        """What the venues have said is on its way."""
        for _, events in delivered:
            self._arrive(self.now_ns + self._to_robot_ns, events)
        self._eager = self._venues.follows_prices

    def _arrive(self, at_ns: int, events: tuple[AnyEvent, ...]) -> None:
        heapq.heappush(self._arriving, (at_ns, next(self._order), events))
        self._wake_ns = min(self._wake_ns, at_ns + 1)
