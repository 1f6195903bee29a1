"""The trader's process: the real agent, core and recovery on a simulated disk and link."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from robot.agent import Agent
from robot.assembly import load_strategy
from robot.auditor import Auditor
from robot.clock import SystemClock
from robot.core.engine import Engine
from robot.errors import JournalError, RobotError
from robot.inbox import Inbox
from robot.invariants import check_state
from robot.journal import Record
from robot.messages.asks import TakeQuote
from robot.messages.base import Wire
from robot.messages.effects import ConcludeDeal, ReplaceOrder, SendOrder, SubscribeMarket
from robot.messages.events import (
    AnyEvent,
    DealingOpened,
    RobotStarted,
    SessionDown,
    SessionKind,
    SessionUp,
)
from robot.ports import Poster, SentMark
from robot.recovery import recover
from robot.replay import SavedState
from tests.kit.invariants import check_within
from tests.simulation.disk import SimJournal, SimTail
from tests.simulation.faults import Crash, Death
from tests.simulation.host import SimHosts
from tests.simulation.poison import Poisoned

if TYPE_CHECKING:
    from tests.simulation.world import World

MS = 1_000_000


class _Inbox(Inbox):
    """The real one; nobody waits in a world with one thread."""

    def wait_posted(self, timeout_s: float) -> None: ...


class _NoTimers:
    def due(self, at_ns: int) -> tuple[AnyEvent, ...]:
        return ()


class _Auditor(Auditor):
    """The real one; its snapshots go into memory."""

    saved: SavedState | None = None

    def save(self) -> None:
        if self.replayer.segment and self._at_rest():
            self.saved = self.replayer.saved()


class SimVenues:
    """`robot.ports.VenueConnector` of one life of the robot."""

    def __init__(self, world: World, journal: SimJournal) -> None:
        self._world = world
        self._journal = journal
        self.on_sent: Callable[[SentMark], None] = lambda mark: None

    def start(
        self, poster: Poster, on_sent: Callable[[SentMark], None], now_ns: Callable[[], int]
    ) -> None:
        self.on_sent = on_sent

    def send(self, effect: Wire, effect_id: str) -> bool:
        if isinstance(effect, SubscribeMarket):
            return True
        world = self._world
        if self._journal.failed:
            world.breach("I9", "sent after the journal failed")
        binding = isinstance(effect, ConcludeDeal | SendOrder | ReplaceOrder | TakeQuote)
        if binding and not self._journal.deals_are_safe:
            world.breach("I9", f"{effect_id} {type(effect).__name__} before it was on the disk")
        link = world.links[effect.venue]
        if link.up:
            world.officers.note()
            world.wire.sent(effect)
        return link.send(effect, effect_id, self.on_sent)

    def stop(self) -> None:
        pass


class SimRobot:
    """Lives, dies and recovers. `lives` counts the starts."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chance = world.chance("robot")
        self.lives = 0
        self.alive = False
        self.engine: Engine | None = None
        self._agent: Agent | None = None
        self._inbox = _Inbox(may_wait=False)
        self._clock = self._new_clock()
        self._woken_ns = 0
        self._recovering = False
        self._clearing: set[str] = set()
        self.auditor: _Auditor | None = None
        self._checked = 0

    # --- life and death

    def start(self) -> None:
        """What `robot.trader.Trader.run` does, without its threads."""
        world = self._world
        if self.alive:
            return
        self.lives += 1
        self._recovering, self.alive = True, True
        self._inbox, self._clock = _Inbox(may_wait=False), self._new_clock()
        self._woken_ns = 0
        try:
            self._start()
        except Crash as crash:
            if self._recovering:
                world.mark("double crash in recovery")
            world.trader_died(crash.death)
        except JournalError:
            world.trader_died(Death.DISK)
        except Poisoned:
            world.trader_died(Death.FAULT)
        self._recovering = False

    def _start(self) -> None:
        world = self._world
        journal = SimJournal(world.disk, world.point, world.officers.seen)
        if journal.cut_bytes:
            world.mark("torn tail cut at the start")
        saved = self._snapshot()
        tail = SimTail(world.disk, *self._place(saved))
        recovered = recover(_all(tail), saved, journal, load_strategy)
        if any("completed the turn" in told for told in recovered.told):
            world.mark("unfinished turn completed")
        if recovered.replayer.engine.state.gate.reservations:
            world.mark("reservation live at the crash")
        self.engine = recovered.replayer.engine
        self._clock.begin_after(recovered.at_ns)
        links = recovered.replayer.links
        self._agent = Agent(
            self.engine,
            journal,
            self._clock,
            self._inbox,
            _NoTimers(),  # type: ignore[arg-type]
            links=links,
            unsent=recovered.unsent,
            not_before_ns=recovered.at_ns,
            host=SimHosts(world, self),
        )
        for link in world.links.values():
            link.rewind(links)
        venues = SimVenues(world, journal)
        venues.start(self._inbox, self._agent.on_sent, self._clock.now_ns)
        self._agent.begin(self._started(), venues)
        self._recovering = False
        for venue in world.venues.values():
            self._inbox.post(DealingOpened(venue=venue.name, product="SPOT"))
        for event in world.officers.hand_over():
            self._inbox.post(event)
        self.wake()
        world.on_started()

    def _started(self) -> RobotStarted:
        return RobotStarted(
            trade_date=self._world.trade_date,
            reference=self._world.officers.as_approved(self._world.reference),
            code_version="simulated",
            configuration_hash="simulated",
            approvals={"LIMITS": self._world.officers.approval},
        )

    def _place(self, saved: SavedState | None) -> tuple[str, int]:
        if saved is not None:
            return saved.segment, saved.sequence
        segments = self._world.disk.segments
        return (segments[-1].name, 0) if segments else ("", 0)

    def _snapshot(self) -> SavedState | None:
        """The auditor's newest of the newest segment."""
        saved = self.auditor.saved if self.auditor is not None else None
        segments = self._world.disk.segments
        if saved is None or not segments or saved.segment != segments[-1].name:
            return None
        self._world.mark("recovered from a snapshot and the tail")
        return saved

    def _new_clock(self) -> SystemClock:
        world = self._world
        return SystemClock(lambda: world.machine_ns, lambda: world.now_ns)

    @property
    def waiting(self) -> int:
        """Events in the inbox."""
        return len(self._inbox)

    def clock_ns(self) -> int:
        """The core's time."""
        return self._clock.now_ns()

    def die(self) -> None:
        """Everything in memory is gone."""
        self.alive, self._agent, self.engine = False, None, None

    # --- events in, turns

    def receive(self, events: Sequence[AnyEvent]) -> None:
        """What a message of a dealing session said."""
        if self.alive and events:
            self._inbox.post_together(events)
            self._wake_soon()

    def session(self, venue: str, *, up: bool) -> None:
        """Both sessions of a venue came or went."""
        for kind in (SessionKind.MARKET_DATA, SessionKind.DEALING):
            name = self._world.venues[venue].name
            self.post((SessionUp if up else SessionDown)(venue=name, kind=kind))

    def post(self, event: AnyEvent) -> None:
        """Into the inbox; the loop gets to it a little later."""
        if self.alive:
            self._inbox.post(event)
            self._wake_soon()

    def _wake_soon(self) -> None:
        self.wake(self._world.now_ns + self._world.latency_ns(self._chance) // 8)

    def wake(self, at_ns: int = 0) -> None:
        """Have the loop go round once."""
        at_ns = max(at_ns, self._world.now_ns)
        if self._woken_ns > self._world.now_ns and self._woken_ns <= at_ns:
            return
        self._woken_ns = at_ns
        life = self.lives
        self._world.at(at_ns, lambda: self._go_round(life, at_ns))

    def _go_round(self, life: int, at_ns: int) -> None:
        if life != self.lives or at_ns != self._woken_ns or self._agent is None:
            return
        world = self._world
        rounds = iter((True, False))
        self._woken_ns = 0
        try:
            self._agent.run(lambda: next(rounds))
            self._check()
        except Crash as crash:
            world.trader_died(crash.death)
        except JournalError:
            world.trader_died(Death.DISK)
        except (RobotError, AssertionError) as problem:
            if not isinstance(problem.__cause__, Poisoned):
                world.breach("I5", f"the core failed: {problem}")
            world.trader_died(Death.FAULT)
        else:
            for link in world.links.values():
                link.returned()
            self._go_on()

    def _go_on(self) -> None:
        assert self.engine is not None, "went round without a core"
        due_ns = self.engine.next_timer_ns()
        if len(self._inbox):
            self.wake()
        elif due_ns is not None:
            self.wake(self._world.now_ns + self._until(due_ns))
        for halt in self.engine.state.halts:
            if halt.startswith(("break ", "fault")) and halt not in self._clearing:
                self._clearing.add(halt)
                self._world.at(800 * MS, lambda halt=halt: self._clear(halt), relative=True)

    def _until(self, due_ns: int) -> int:
        """How long until the core's time is there; after a step back it goes at half speed."""
        pause_ns = max(0, due_ns - self.clock_ns())
        slow = self.clock_ns() != self._world.machine_ns
        return max(2 * pause_ns, MS) if slow else pause_ns

    def _clear(self, halt: str) -> None:
        """A person has looked at a break, or at an input that the robot died on twice."""
        self._clearing.discard(halt)
        if self.alive:
            self.post(self._world.officers.cleared(halt))

    def _check(self) -> None:
        """The invariants of the state, after every turn."""
        assert self.engine is not None, "went round without a core"
        state = self.engine.state
        if state.stepped == self._checked or len(self._world.points) < self._world.looked_at_from:
            return
        self._checked = state.stepped
        check_state(state)
        check_within(state)
        for halt in state.halts:
            allowed = self._world.planted() | self._world.late_reports
            if halt.startswith("break ") and halt.split()[-1] not in allowed:
                self._world.breach("I1", f"{halt}: {state.halts[halt]}")
            elif halt == "fault" and not self._world.poisoned:
                self._world.breach("I13", f"an innocent input: {state.halts[halt]}")
            else:
                self._world.mark("orphan" if halt.startswith("break ") else f"halt {halt[:8]}")

    def audit(self) -> None:
        """The auditor follows, compares, and now and then takes a snapshot."""
        world = self._world
        if not world.disk.segments:
            return
        if self.auditor is None:
            tail = SimTail(world.disk)
            self.auditor = _Auditor(tail, load_strategy, Path("memory"), None)
        while self.auditor.catch_up():
            pass
        if self.auditor.problem:
            world.breach("I7", f"the auditor: {self.auditor.problem}")
        if self._chance.random() < 0.3:
            self.auditor.save()


def _all(tail: SimTail) -> Sequence[Record]:
    records: list[Record] = []
    while found := tail.poll(1_000):
        records += found
    return records
