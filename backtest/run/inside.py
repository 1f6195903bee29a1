"""The robot of a backtest: the live agent and core, with a door of its own instead of sockets.

What the trader does at its start and in its loop, in the market's time and on one thread. Prices
that nobody journals take a short way into the core (`Robot.price`): stamped and stepped as any
event.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

import msgspec

from backtest.run.hosted import Hosts, Soonest
from backtest.run.journals import NoJournal
from connectors.sim.link import DEALING, DROP_COPY, MARKET_DATA
from connectors.timers import VenueTimers
from robot.agent import Agent
from robot.assembly import load_strategy
from robot.basics.currency import CurrencyPair
from robot.basics.ids import VenueId
from robot.clock import ManualClock
from robot.core.engine import Engine
from robot.core.state import RobotState, StrategyLoader, Timer
from robot.errors import InvariantViolated
from robot.inbox import Inbox
from robot.journal import Link
from robot.messages.base import Wire
from robot.messages.effects import AnyEffect
from robot.messages.events import (
    AnyEvent,
    MarketUpdated,
    RobotStarted,
    RobotStopping,
    SessionKind,
    Stamped,
    TimeAdvanced,
)
from robot.ports import Journal, Poster, SentMark
from robot.settings import Settings

NEVER_NS = 2**63 - 1
_SUFFIXES = {
    SessionKind.DEALING: DEALING,
    SessionKind.MARKET_DATA: MARKET_DATA,
    SessionKind.DROP_COPY: DROP_COPY,
}
KEPT_MAX = 200_000
"""Prices whose exact decimals are kept at hand."""
_PRICE_DIGITS, _SIZE_DIGITS = -9, -2
Heard = Callable[[int, AnyEvent, Sequence[AnyEffect]], None]


class TakePrice(Protocol):
    """When, of whom, of what, bid, offer, bid size and offer size."""

    def __call__(
        self,
        at_ns: int,
        venue: VenueId,
        pair: CurrencyPair,
        bid: int | None,
        offer: int | None,
        bid_size: int | None,
        offer_size: int | None,
        /,
    ) -> None: ...


class Sent(msgspec.Struct, frozen=True):
    """One message of the robot, on the way to its venue."""

    effect: Wire
    sequence: int


class _Watched(Engine):
    """The core, with somebody who hears what each event brought."""

    heard: Heard

    def step(self, stamped: Stamped) -> tuple[AnyEffect, ...]:
        effects = super().step(stamped)
        self.heard(stamped.at_ns, stamped.event, effects)
        return effects


class _Door:
    """`robot.ports.VenueConnector`: whatever the robot says is taken, in its order."""

    def __init__(self, on_sent: Callable[[SentMark], None], sessions: dict[str, str]) -> None:
        self._on_sent = on_sent
        self._sessions = sessions
        self.numbers = dict.fromkeys(sessions, 0)
        self.said: list[Sent] = []

    def start(self, *_: object) -> None:
        """Nobody to log on to."""

    def send(self, effect: Wire, effect_id: str) -> bool:
        """Numbered and noted as on a FIX session."""
        number = self.numbers[effect.venue] = self.numbers[effect.venue] + 1
        session = self._sessions[effect.venue]
        self._on_sent(SentMark(session=session, sequence=number, effect_id=effect_id))
        self.said.append(Sent(effect, number))
        return True

    def stop(self) -> None:
        """Nobody to log out from."""


class Robot:
    """One life of it. `said` is what it has said since it was last emptied."""

    def __init__(
        self,
        sessions: dict[str, str],
        heard: Heard,
        *,
        timers: VenueTimers | NoTimers,
        journal: Journal | None = None,
        state: RobotState | None = None,
        links: dict[str, Link] | None = None,
        loader: StrategyLoader = load_strategy,
        hosts: Hosts | None = None,
    ) -> None:
        self._hosts = hosts
        self._journals = journal is not None or (hosts is not None and hosts.wants_market)
        self.clock = ManualClock()
        self.engine = _Watched(loader, state)
        self.engine.heard = heard
        self._heard = heard
        self.links = links if links is not None else {}
        self._timers = timers
        self._agent = Agent(
            self.engine,
            journal if journal is not None else NoJournal(),
            self.clock,
            Inbox(may_wait=False),
            self._timers,
            links=self.links,
            unsent={},
            host=hosts,
        )
        self._door = _Door(self._agent.on_sent, sessions)
        self.said = self._door.said
        due = self.engine.state.timers
        self.timers: Sequence[Timer] = Soonest(due, hosts.answers) if hosts is not None else due
        self._exact: dict[int, Decimal] = {}
        self._sizes: dict[int, Decimal] = {}
        self.price = self._taking()
        """Take a new top of book; prices in units of 1e-9, sizes of 0.01."""

    # --- life

    def begin(self, at_ns: int, started: RobotStarted) -> None:
        """The start of the live robot: the first turn, and what the schedule says is open."""
        self.clock.advance_to(at_ns)
        self._agent.begin(started, self._door)
        self._take_schedule(at_ns)
        for event in self._hosts.ready() if self._hosts is not None else ():
            self.turn(at_ns, [event])

    def go_on(self, at_ns: int, schedule_ns: int) -> None:
        """Take up a run from its state; `schedule_ns` = when the schedule is next due."""
        self.clock.advance_to(at_ns)
        self._agent.go_on(self._door)
        self._timers.start(_Collected([]), schedule_ns - 1_000)

    @property
    def schedule_ns(self) -> int:
        """When the schedule is next due."""
        return self._timers.next_due_ns()

    def _take_schedule(self, at_ns: int) -> None:
        """What is open now is told, once; from now on every change."""
        events: list[AnyEvent] = []
        self._timers.start(_Collected(events), at_ns)
        for event in events:
            self.turn(at_ns, [event])

    def end(self, at_ns: int) -> None:
        """Its last turn."""
        self.clock.advance_to(at_ns)
        self._agent.end(RobotStopping())

    # --- what it does

    def next_due_ns(self) -> int:
        """When it does something by itself: its timers, the desk's schedule."""
        due_ns = self._timers.next_due_ns() or NEVER_NS
        return min(self.timers[0].due_ns, due_ns) if self.timers else due_ns

    def wake(self, at_ns: int) -> None:
        """What is due by now: answers that it waits for, then its timers."""
        self.clock.advance_to(at_ns)
        answers = self._hosts.answers if self._hosts is not None else ()
        while answers and answers[0][0] <= at_ns:
            self._agent.turn([answers.popleft()[1]])
        self._agent.turn_timers()

    def turn(self, at_ns: int, events: Sequence[AnyEvent]) -> None:
        """What one message said."""
        self.clock.advance_to(at_ns)
        self._agent.turn(events)

    def tick(self, at_ns: int) -> None:
        """It looks at its clock."""
        self.clock.advance_to(at_ns)
        stamped = Stamped(self.engine.state.stepped + 1, at_ns, TimeAdvanced())
        self._agent.release(stamped, self.engine.step(stamped))

    def _taking(self) -> TakePrice:
        """How it takes a new top of book; everything that does not change is at hand."""
        exact, sizes, price_of, size_of = self._exact, self._sizes, self._price, self._size
        journals, turn, release, heard = self._journals, self.turn, self._agent.release, self._heard
        tell = self._hosts.tell if self._hosts is not None else None
        state, step, advance = self.engine.state, super(_Watched, self.engine).step, self.clock

        def price(
            at_ns: int,
            venue: VenueId,
            pair: CurrencyPair,
            bid: int | None,
            offer: int | None,
            bid_size: int | None,
            offer_size: int | None,
        ) -> None:
            event = MarketUpdated(
                venue=venue,
                pair=pair,
                bid=exact.get(bid) or price_of(bid),  # type: ignore[arg-type]
                offer=exact.get(offer) or price_of(offer),  # type: ignore[arg-type]
                bid_size=sizes.get(bid_size) or size_of(bid_size),  # type: ignore[arg-type]
                offer_size=sizes.get(offer_size) or size_of(offer_size),  # type: ignore[arg-type]
            )
            if journals:
                turn(at_ns, [event])
                return
            stamped = Stamped(state.stepped + 1, at_ns, event)
            effects = step(stamped)
            if effects:
                advance.advance_to(at_ns)
                heard(at_ns, event, effects)
                release(stamped, effects)
                if tell is not None:
                    tell(stamped, effects)

        return price

    def _price(self, value: int | None) -> Decimal | None:
        return _kept(self._exact, value, _PRICE_DIGITS)

    def _size(self, value: int | None) -> Decimal | None:
        return _kept(self._sizes, value, _SIZE_DIGITS)

    @property
    def numbers(self) -> dict[str, int]:
        """Messages sent per venue, for a checkpoint."""
        return self._door.numbers

    @property
    def trade_date(self) -> date:
        """In force."""
        return self.engine.state.today()


class NoTimers:
    """`robot.ports.Timers` of a robot whose schedule comes as events."""

    def trade_date(self, at_ns: int) -> date:
        """Nobody asks: a record begins with it."""
        raise InvariantViolated(f"the trade date at {at_ns} is the record's, not a schedule's")

    def start(self, poster: Poster, at_ns: int) -> None:
        """Nothing is open or closed by itself."""

    def due(self, at_ns: int) -> Sequence[AnyEvent]:
        return ()

    def next_due_ns(self) -> int:
        return 0

    def stop(self) -> None:
        """Nothing runs."""


class _Collected:
    """A poster into a list."""

    def __init__(self, events: list[AnyEvent]) -> None:
        self._events = events

    def post(self, event: AnyEvent) -> None:
        self._events.append(event)

    def post_together(self, events: Sequence[AnyEvent]) -> None:
        self._events += events

    def observe_time(self, at_ns: int) -> None: ...

    def wait_drained(self, timeout_s: float) -> bool:
        return True


def sessions_of(settings: Settings, kind: SessionKind) -> dict[str, str]:
    """Venue -> the name of its session, as the live journal has it."""
    suffix = _SUFFIXES[kind]
    return {
        venue.id: f"FIX.4.4:{venue.sender}-{suffix}->{venue.target}-{suffix}"
        for venue in settings.desk.venues
    }


def _kept(known: dict[int, Decimal], value: int | None, exponent: int) -> Decimal | None:
    """The decimal of a scaled number, without zeros at its end; remembered."""
    if value is None:
        return None
    if len(known) >= KEPT_MAX:
        known.clear()
    made = Decimal(value).scaleb(exponent).normalize()
    if made.as_tuple().exponent > 0:  # type: ignore[operator]
        made = made.quantize(Decimal(1))
    known[value] = made
    return made
