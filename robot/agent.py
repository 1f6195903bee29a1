"""The one loop: take a batch of events, stamp, journal, step, journal, release.

One thread at a time turns, and never awaits: whatever waits (sockets, schedule, control) posts into
the inbox. Who posts while nobody turns takes one batch on its own thread, which saves a message the
way to another; what is left then, and the timers, are the main thread's
(docs/decisions/0005). Order of a turn, and why:

1. the inputs are handed to the operating system, so that one that crashes the core is found again;
2. the core steps them;
3. the effects are handed to the operating system, so that nothing is on a wire that is not
journaled;
4. if a hit was answered or an order sent, the journal is synced: a power cut can neither unmake a
deal nor have the ExecID of a refusal used again, for a deal that the venue would then take for a
repetition, nor forget an order; the same if the turn began a block of ids, so that after a power
cut the ids that were lost can be left out;
5. only then the messages are sent.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence

import msgspec

from robot.clock import Clock, ManualClock
from robot.core.engine import Engine
from robot.core.state import snapshot
from robot.errors import RobotError
from robot.inbox import Inbox
from robot.journal import (
    Fault,
    Link,
    RecordKind,
    Snapshot,
    encode,
    encode_effects,
    encode_inputs,
)
from robot.messages.asks import CounterQuote, PassQuote, SendAsk, TakeQuote
from robot.messages.base import Wire
from robot.messages.effects import (
    AnyEffect,
    ConcludeDeal,
    Refused,
    RefuseHit,
    ReplaceOrder,
    SendMassQuote,
    SendOrder,
    SendQuote,
)
from robot.messages.events import (
    AnyEvent,
    DayRolled,
    KillSwitchPulled,
    MarketUpdated,
    RobotStarted,
    RobotStopping,
    SessionKind,
    SessionUp,
    Stamped,
    TimeAdvanced,
)
from robot.ports import Journal, SentMark, StrategyHost, Timers, VenueConnector
from robot.replay import effect_id

BINDING = (
    ConcludeDeal,
    RefuseHit,
    SendOrder,
    ReplaceOrder,
    SendAsk,
    TakeQuote,
    PassQuote,
    CounterQuote,
)
"""What is on the disk before it leaves: our word, and the ids under which orders are known."""
TURN_EVENTS_MAX = 64
IDLE_S = 0.05
_SECOND_NS = 1_000_000_000


class AgentStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """What the loop has done since it started."""

    events: int
    turns: int
    quotes_stepped: int
    quotes_conflated: int
    waiting: int
    now_ns: int


class Agent:
    """Owns the core and the journal's writing end; nothing else touches either."""

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        clock: Clock,
        inbox: Inbox,
        timers: Timers,
        *,
        links: dict[str, Link],
        unsent: dict[str, Wire],
        not_before_ns: int = 0,
        host: StrategyHost | None = None,
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._clock = clock
        self._inbox = inbox
        self._timers = timers
        self._links = links
        self._unsent = unsent
        self._not_before_ns = not_before_ns
        self._host = host
        self._venue: VenueConnector | None = None
        self._turning = threading.Lock()
        self._known_due_ns: int | None = None
        self._failure: BaseException | None = None
        self._turns = 0
        self._events = 0
        self._quotes = 0

    def begin(
        self,
        started: RobotStarted,
        venue: VenueConnector,
        stops: Sequence[KillSwitchPulled] = (),
    ) -> None:
        """Open this run's first segment and step the start, and what is stopped from the start on;
        the venues may then be heard.
        """
        self._venue = venue
        at_ns = max(self._clock.now_ns(), self._engine.state.now_ns, self._not_before_ns)
        self._rotate(started, at_ns)
        self.turn([started, *stops])

    def go_on(self, venue: VenueConnector) -> None:
        """Take up a run that was begun before, in the segment it was journaled to."""
        self._venue = venue

    def run(self, running: Callable[[], bool]) -> None:
        """Turn until told to stop. An exception ends the process: recovery is replay."""
        inbox = self._inbox
        inbox.on_posted = self._turn_at_once
        patience_s = 0.0
        try:
            while running():
                inbox.wait_posted(patience_s)
                with self._turning:
                    self._go_round()
                    patience_s = self._patience_s()
        finally:
            inbox.on_posted = inbox.wake

    def end(self, stopping: RobotStopping) -> None:
        """The last turn of this run."""
        with self._turning:
            self.turn([stopping])

    def _turn_at_once(self) -> None:
        """One batch on the poster's thread, unless another thread is turning: that one, or the main
        thread after it, looks at the inbox again.
        """
        if not self._turning.acquire(blocking=False):
            return
        needed = True
        try:
            self._go_round()
            needed = self._is_due_sooner()
        except BaseException as problem:  # the main thread raises it: the process ends there
            self._failure = problem
        finally:
            self._turning.release()
        if needed or len(self._inbox):
            self._inbox.wake()

    def _go_round(self) -> None:
        if self._failure is not None:
            raise self._failure
        events = self._inbox.take(TURN_EVENTS_MAX)
        if events:
            self.turn(events)
        self.turn_timers()
        self._inbox.finish()

    def _is_due_sooner(self) -> bool:
        """Whether a timer was set that is due before the main thread would look."""
        due_ns = self._engine.next_timer_ns()
        known_ns = self._known_due_ns
        return due_ns is not None and (known_ns is None or due_ns < known_ns)

    def turn(self, events: Sequence[AnyEvent]) -> None:
        """One turn over a batch; the five steps of the module's text, in that order."""
        stamped = self._stamp(events)
        if not stamped:
            return
        at_ns = stamped[-1].at_ns
        self._journal.append(RecordKind.INPUTS, at_ns, encode_inputs(stamped))
        blocks = self._engine.state.id_blocks
        effects = [self._step(item, at_ns) for item in stamped]
        self._journal.append(RecordKind.EFFECTS, at_ns, encode_effects(effects))
        self._turns += 1
        self._events += len(stamped)
        if blocks != self._engine.state.id_blocks or any(
            isinstance(effect, BINDING) for row in effects for effect in row
        ):
            self._journal.sync()
        for item, row in zip(stamped, effects, strict=True):
            self.release(item, row)
            if self._host is not None:
                reference = self._engine.state.configured()
                tried = reference.candidate
                candidate = tried.strategy if tried is not None else None
                self._host.follow(item, row, reference.strategy, candidate)
        if any(isinstance(item.event, KillSwitchPulled) for item in stamped):
            self._journal.sync()  # after the quotes are pulled, before anybody is told that it is
        rolled = next((item.event for item in stamped if isinstance(item.event, DayRolled)), None)
        if rolled is not None:
            self._rotate(rolled, at_ns)

    def on_sent(self, mark: SentMark) -> None:
        """A message got its number in a FIX session; its bytes leave after this returns."""
        self._links.setdefault(mark.session, Link()).outbound = mark.sequence
        self._journal.append(RecordKind.SENT, self._engine.state.now_ns, encode(mark))

    def statistics(self) -> AgentStatistics:
        """Figures for `fxrobot status` and the demo."""
        return AgentStatistics(
            events=self._events,
            turns=self._turns,
            quotes_stepped=self._quotes,
            quotes_conflated=self._inbox.conflated,
            waiting=len(self._inbox),
            now_ns=self._engine.state.now_ns,
        )

    def _stamp(self, events: Sequence[AnyEvent]) -> list[Stamped]:
        state = self._engine.state
        number, last_ns = state.stepped, max(state.now_ns, self._not_before_ns)
        due_ns = self._engine.next_timer_ns()
        stamped = []
        for event in events:
            sent_ns = getattr(event, "sent_at_ns", 0)
            if isinstance(self._clock, ManualClock):
                self._clock.advance_to(sent_ns)
            last_ns = max(last_ns, self._clock.now_ns())
            if isinstance(event, TimeAdvanced) and (due_ns is None or due_ns > last_ns):
                continue
            number += 1
            stamped.append(Stamped(number, last_ns, event))
            self._note(event)
        return stamped

    def _note(self, event: AnyEvent) -> None:
        if isinstance(event, MarketUpdated):
            self._quotes += 1
            return
        origin = getattr(event, "origin", None)
        if origin is not None:
            self._links.setdefault(origin.session, Link()).inbound = origin.sequence

    def _step(self, stamped: Stamped, at_ns: int) -> tuple[AnyEffect, ...]:
        try:
            return self._engine.step(stamped)
        except MemoryError:
            raise  # the machine's fault; if it is the input's, recovery finds out
        except Exception as problem:
            text = f"{type(problem).__name__}: {problem}"
            fault = Fault(number=stamped.number, problem=text)
            self._journal.append(RecordKind.FAULT, at_ns, encode(fault))
            self._journal.sync()
            raise RobotError(
                f"the core failed on event {stamped.number} "
                f"({type(stamped.event).__name__}): {text}; "
                "after the restart it is quarantined and dealing halts"
            ) from problem

    def release(self, stamped: Stamped, effects: Sequence[AnyEffect]) -> None:
        """Send what an event brought; it is journaled."""
        assert self._venue is not None, "released before the venues were connected"
        if isinstance(stamped.event, SessionUp) and stamped.event.kind is SessionKind.DEALING:
            self._send_left_over(stamped.event.venue)
        for index, effect in enumerate(effects):
            if _quoted_until(effect) <= self._clock.now_ns():
                continue  # made by a timer that fired late: over before it could be sent
            if isinstance(effect, Wire):
                name = effect_id(stamped.number, index)
                if not self._venue.send(effect, name) and isinstance(effect, RefuseHit):
                    self._unsent[name] = effect  # somebody waits for it: at the next log-on

    def _send_left_over(self, venue: str) -> None:
        """Refusals that were decided but not sent when the robot died: the venue still waits for
        them.
        """
        assert self._venue is not None, "released before the venues were connected"
        for name, effect in tuple(self._unsent.items()):
            stale = not isinstance(effect, Refused)
            if effect.venue == venue and (stale or self._venue.send(effect, name)):
                del self._unsent[name]

    def turn_timers(self) -> None:
        """Timers of the core and the schedule that are due by now."""
        events: list[AnyEvent] = list(self._timers.due(self._clock.now_ns()))
        due_ns = self._engine.next_timer_ns()
        if due_ns is not None and due_ns <= self._clock.now_ns():
            events.append(TimeAdvanced())
        if events:
            self.turn(events)

    def _patience_s(self) -> float:
        due_ns = self._known_due_ns = self._engine.next_timer_ns()
        if due_ns is None:
            return IDLE_S
        return max(0.0, min(IDLE_S, (due_ns - self._clock.now_ns()) / _SECOND_NS))

    def _rotate(self, event: RobotStarted | DayRolled, at_ns: int) -> None:
        """A new segment that starts from the state as it is now."""
        state = msgspec.Raw(snapshot(self._engine.state))
        left = {name: one for name, one in self._unsent.items() if isinstance(one, Refused)}
        payload = encode(Snapshot(state=state, links=self._links, unsent=left))
        self._journal.open_segment(event.trade_date, at_ns, payload)


def _quoted_until(effect: AnyEffect) -> float:
    """Until when what it quotes, or deals on, is firm; without end where there is no such time."""
    if isinstance(effect, SendQuote | TakeQuote):
        return effect.valid_until_ns
    if isinstance(effect, SendMassQuote):
        return max(quote.valid_until_ns for quote in effect.quotes)
    return math.inf
