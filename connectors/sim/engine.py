"""The one thread that owns the venue: its clock, its state and its record.

FIX threads only put things into the inbox. The engine takes them out (`pump`), sends ticks and
client actions when they are due, and keeps the record no more than 50 ms behind. How time passes
is the pacer's business (`pacing.py`): at a speed, or as fast as the robot can follow.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty

from connectors.sim import wire
from connectors.sim.dealing import DealingDesk
from connectors.sim.depth_feed import DepthFeed
from connectors.sim.desks import Desk
from connectors.sim.dialogue import answer_due
from connectors.sim.link import DEALING, MARKET_DATA, Inbound, Link, SessionKey
from connectors.sim.log import Log
from connectors.sim.marketdata import MarketDataDesk
from connectors.sim.model import (
    NS_PER_SECOND,
    CurveTick,
    MarketBook,
    Moment,
    Tick,
    fix_time,
)
from connectors.sim.outlet import Outlet
from connectors.sim.profiles import Profile
from connectors.sim.record import Record
from connectors.sim.status import StatusFile
from connectors.sim.venue import Floor

READY_GRACE_S = 1.0  # how long a venue that is up waits for the others
_DRAIN_S = 2.0  # how long the end waits for answers that are outstanding
_PUMP_BATCH = 512
OPEN, HALTED, CLOSED = "2", "1", "3"


@dataclass(frozen=True, slots=True)
class Halt:
    """A venue stops trading for a while; seconds on the venue's clock since the start."""

    venue: str
    from_s: float
    for_s: float


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Where the clock starts and when the run ends by itself."""

    start_ns: int | None  # None: at the first tick
    seconds: float | None  # wall clock
    ends_with_requests: bool
    deals_max: int | None
    halts: Sequence[Halt] = ()
    run_on_ns: int = 0  # how long prices and orders go on when the clients have done
    halt_every: tuple[float, float] | None = None  # venue seconds between halts, and their length


class Engine:
    """Everything that happens in the venue's process, on one thread."""

    def __init__(
        self,
        settings: EngineSettings,
        profiles: Mapping[str, Profile],
        ticks: Iterator[Tick | CurveTick],
        link: Link,
        outlet: Outlet,
        book: MarketBook,
        floor: Floor,
        desks: Sequence[Desk],
        depth: DepthFeed,
        record: Record,
        log: Log,
        status: StatusFile,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.floor = floor
        self.log = log
        self._wall_ns = wall_ns
        self.phase = "waiting"
        self.stop = threading.Event()
        self._settings = settings
        self.venues = tuple(profiles)
        self._ticks = ticks
        self._tick = next(ticks, None)
        first_ns = self._tick.at_ns if self._tick is not None else 0
        self.clock_ns = first_ns if settings.start_ns is None else settings.start_ns
        self._link = link
        self._book = book
        self._record = record
        self._status = status
        self._outlet = outlet
        self._logged_on = outlet.logged_on
        self._send = outlet.send
        self._market = MarketDataDesk(book, profiles, self._send, depth)
        dialects = {name: profile.dialect for name, profile in profiles.items()}
        self.desks = (*desks, depth)
        self._dealing = DealingDesk(floor, log, self._send, dialects, desks)
        self._echoes: dict[SessionKey, str] = {}  # TestRequests whose echo is still due
        self._echo_no = 0
        self._touched: set[SessionKey] = set()
        self._first_up_s: float | None = None
        self._started_s: float | None = None
        self._until_ns: int | None = None
        self._halts = sorted(_halt_steps(settings.halts, self.clock_ns))
        self._halts_begin_ns = self._next_halt_ns(self.clock_ns)
        self._halted: set[str] = set()

    # Time

    def now(self) -> Moment:
        return Moment(self.clock_ns, self._wall_ns())

    def advance(self, to_ns: int) -> None:
        """Moves the clock forward, never back; halts that fall due happen."""
        if self._halts_begin_ns is not None and self._halts_begin_ns <= to_ns:
            self._halt_all(self._halts_begin_ns)
        while self._halts and self._halts[0][0] <= to_ns:
            at_ns, venue, halted = self._halts.pop(0)
            self.clock_ns = max(self.clock_ns, at_ns)
            self._set_halted(venue, halted)
        self.clock_ns = max(self.clock_ns, to_ns)

    def _next_halt_ns(self, after_ns: int) -> int | None:
        every = self._settings.halt_every
        return None if every is None else after_ns + int(every[0] * NS_PER_SECOND)

    def _halt_all(self, begin_ns: int) -> None:
        """Every venue halts for a while, and will again."""
        every = self._settings.halt_every
        assert every is not None, "there are halts by time"
        halts = [Halt(venue, 0.0, every[1]) for venue in self.venues]
        self._halts = sorted([*self._halts, *_halt_steps(halts, begin_ns)])
        self._halts_begin_ns = self._next_halt_ns(begin_ns + int(every[1] * NS_PER_SECOND))

    def next_tick_ns(self) -> int | None:
        return self._tick.at_ns if self._tick is not None else None

    # The outside

    def pump(self, timeout_s: float) -> bool:
        """Takes what has come in, waiting at most `timeout_s` for the first; keeps files fresh."""
        took = False
        for _ in range(_PUMP_BATCH):
            try:
                inbound = (
                    self._link.inbox.get(timeout=timeout_s)
                    if timeout_s > 0
                    else (self._link.inbox.get_nowait())
                )
            except Empty:
                break
            took, timeout_s = True, 0.0
            self.take(inbound)
        wall_ns = time.time_ns()
        self._record.flush_if_due(wall_ns, self.clock_ns)
        self._status.write_if_due(wall_ns, self._status_values)
        return took

    def take(self, inbound: Inbound) -> None:
        """Something that happened on a session."""
        now = Moment(self.clock_ns, inbound.wall_ns)
        key = inbound.key
        if inbound.kind == "app":
            message = wire.Incoming(inbound.text)
            if key.role == MARKET_DATA:
                self._market_data(key, message, now)
            elif key.role == DEALING:
                self._dealing.handle(key.venue, message, now)
                self._tell()
            else:
                text = "this session is read only"
                self._send(key, "j", wire.business_reject(message, "3", text))
        elif inbound.kind == "admin":
            self._admin(key, wire.Incoming(inbound.text), now)
        elif inbound.kind == "logon":
            self._outlet.log_on(key)
            self.log.event(key.venue, "in", f"logon {key.role}", now)
            if key.role == DEALING:
                self._open(key.venue)
            elif key.role == MARKET_DATA:
                self.tell_clock((key,), "CLOCK")  # the robot's day begins with it
        else:
            self._log_out(key, now)

    def _market_data(self, key: SessionKey, message: wire.Incoming, now: Moment) -> None:
        if message.type != "V":
            text = f"message type {message.type} is not supported here"
            self._send(key, "j", wire.business_reject(message, "3", text))
            return
        try:
            self._market.on_request(key.venue, message, now)
        except wire.WireError as error:
            self._send(key, "j", wire.business_reject(message, "5", str(error)))

    def _admin(self, key: SessionKey, message: wire.Incoming, now: Moment) -> None:
        if message.type == "0":
            if key in self._echoes and self._echoes[key] == message.get(112):
                del self._echoes[key]
        elif message.type == "3":
            text = message.get(58) or ""
            self.log.anomaly(key.venue, "session_reject", text[:80], message.raw, now)

    def _open(self, venue: str) -> None:
        status = HALTED if venue in self._halted else OPEN
        if status == OPEN:
            self.floor.open_venue(venue)
        self._dealing.session_status(venue, status, self.now())
        if status == OPEN:
            for desk in self.desks:
                desk.open_venue(venue, self.now())
            self._tell()

    def _log_out(self, key: SessionKey, now: Moment) -> None:
        self._outlet.log_out(key)
        self._echoes.pop(key, None)
        self.log.event(key.venue, "in", f"logout {key.role}", now)
        if key.role == DEALING:
            self.floor.close_venue(key.venue, "logout", now)
            for desk in self.desks:
                desk.disconnect(key.venue, now)
            self._tell()
        elif key.role == MARKET_DATA:
            self._market.drop(key.venue)

    def _tell(self) -> None:
        """Live trade reports and copies follow what was said on the dealing sessions."""
        now = self.now()
        for desk in self.desks:
            desk.tell(now)

    def _set_halted(self, venue: str, halted: bool) -> None:
        if halted:
            self._halted.add(venue)
            self._market.halt(venue, self.now())
            self.floor.close_venue(venue, "halted", self.now())
            self._dealing.session_status(venue, HALTED, self.now())
            for desk in self.desks:
                desk.halt(venue, self.now())
            self._tell()
        else:
            self._halted.discard(venue)
            if SessionKey(venue, DEALING) in self._logged_on:
                self._open(venue)

    # Ticks, actions, barriers: what a pacer does

    def send_ticks(self, until_ns: int, limit: int) -> int:
        """Sends ticks not later than `until_ns`; the clock follows them. Returns how many."""
        done = 0
        while self._tick is not None and self._tick.at_ns <= until_ns and done < limit:
            tick = self._tick
            self._tick = next(self._ticks, None)
            self.advance(tick.at_ns)
            done += 1
            if tick.venue not in self._halted:
                self._put_tick(tick)
        if self._tick is None:
            self._stop_asking()
        return done

    def _stop_asking(self) -> None:
        self.floor.stop_asking()
        for desk in self.desks:
            desk.stop_asking()

    def feed(self, tick: Tick) -> None:
        """A price that the robot is told in another way than on the market-data session."""
        self._book.put(tick)
        for desk in self.desks:
            desk.on_tick(tick, self.now())
        self._tell()

    @property
    def follows_prices(self) -> bool:
        """Whether any price may have something dealt; else the newest of each pair is enough."""
        return any(desk.follows_prices() for desk in self.desks)

    def _put_tick(self, tick: Tick | CurveTick) -> None:
        if isinstance(tick, CurveTick):
            self.put_curve(tick)
            return
        former = self._book.put(tick)
        if self._market.on_tick(tick, former, self.now()):
            self._book.mark_sent(tick, time.time_ns())
            self.log.statistics.ticks_sent += 1
            self._touched.add(SessionKey(tick.venue, MARKET_DATA))
        for desk in self.desks:
            desk.on_tick(tick, self.now())
        self._tell()

    def put_curve(self, tick: CurveTick) -> None:
        """A new price of one tenor of a curve."""
        self._book.put_curve(tick)
        if self._market.on_curve(tick, self.now()):
            self.log.statistics.curves_sent += 1
            self._touched.add(SessionKey(tick.venue, MARKET_DATA))

    def next_due_ns(self) -> int | None:
        """When a client or a desk next wants to do something."""
        due = [self.floor.next_due_ns(), *(desk.next_due_ns() for desk in self.desks)]
        return min((at_ns for at_ns in due if at_ns is not None), default=None)

    def act(self) -> bool:
        """What clients and desks do now; says whether the robot may react unasked."""
        outs = self.floor.act(self.now())
        self._dealing.say(outs, self.now())
        answered = [desk.act(self.now()) for desk in self.desks]
        self._tell()
        return any(answered) or not all(answer_due(out) for out in outs)

    def to_sync(self) -> list[SessionKey]:
        """The dealing sessions on which the robot may have something to say."""
        keys = self.sessions(DEALING)
        open_ = [key for key in keys if self._has_open(key.venue)]
        for desk in self.desks:
            desk.heard()
        return open_

    def _has_open(self, venue: str) -> bool:
        return self.floor.has_open(venue) or any(desk.has_open(venue) for desk in self.desks)

    def tell_clock(self, keys: Sequence[SessionKey], word: str) -> None:
        """A TestRequest with the venue's time on each session; the echo is remembered as due."""
        self._echo_no += 1
        for key in keys:
            text = f"{word} {self._echo_no} {fix_time(self.clock_ns)}"
            if key in self._logged_on:
                self._echoes[key] = text
                self._send(key, "1", wire.test_request(text))

    def wait_for_echoes(self, keys: Sequence[SessionKey], timeout_s: float) -> None:
        """The barrier: until each session has echoed, or the time is up (counted)."""
        statistics = self.log.statistics
        statistics.barriers += 1
        deadline = time.monotonic() + timeout_s
        while any(key in self._echoes for key in keys) and not self.stop.is_set():
            if time.monotonic() > deadline:
                statistics.barrier_timeouts += 1
                for key in keys:
                    self._echoes.pop(key, None)
                return
            self.pump(0.05)

    def take_touched(self) -> list[SessionKey]:
        """Market-data sessions that received something since the last call."""
        touched, self._touched = sorted(self._touched), set()
        return touched

    def sessions(self, role: str) -> list[SessionKey]:
        return sorted(key for key in self._logged_on if key.role == role)

    @property
    def has_sessions(self) -> bool:
        return bool(self._logged_on)

    # The run

    def is_up(self, venue: str) -> bool:
        """The robot deals at the venue and sees its prices."""
        logged_on = SessionKey(venue, DEALING) in self._logged_on
        return logged_on and self._market.has_subscription(venue)

    def is_ready(self) -> bool:
        """All venues are up, or one has waited long enough for the others."""
        up = [venue for venue in self.venues if self.is_up(venue)]
        if not up:
            self._first_up_s = None
            return False
        if self._first_up_s is None:
            self._first_up_s = time.monotonic()
        return len(up) == len(self.venues) or (time.monotonic() - self._first_up_s >= READY_GRACE_S)

    def begin(self) -> None:
        """The clock starts; clients begin to ask."""
        self.phase = "running"
        self._started_s = time.monotonic()
        self.floor.start(self.clock_ns)
        for desk in self.desks:
            desk.begin(self.now())

    def is_over(self) -> bool:
        """Told to stop; or the clients have done and the market has run on after them."""
        if self.stop.is_set():
            return True
        if self._started_s is None or not self._clients_have_done():
            return False
        if self._until_ns is None:
            self._stop_asking()
            self._until_ns = self.clock_ns + self._settings.run_on_ns
        return self._tick is None or self.clock_ns >= self._until_ns

    def _clients_have_done(self) -> bool:
        """Out of time, out of requests or out of ticks."""
        if self._until_ns is not None:
            return True
        assert self._started_s is not None, "asked of a run that has begun"
        limit = self._settings.seconds
        if limit is not None and time.monotonic() - self._started_s >= limit:
            return True
        deals = self._settings.deals_max
        if deals is not None and self.log.statistics.fills >= deals:
            return True
        if not self.floor.finished:
            return False
        return self._settings.ends_with_requests or self._tick is None

    def finish(self) -> None:
        """Waits a little for answers that are outstanding, ends all requests, files everything."""
        self._stop_asking()
        deadline = time.monotonic() + _DRAIN_S
        while self.floor.waits_for_answers() and time.monotonic() < deadline:
            self.pump(0.02)
        while any(desk.waits() for desk in self.desks) and time.monotonic() < deadline:
            due = (desk.next_due_ns() for desk in self.desks if desk.waits())
            self.advance(min((at_ns for at_ns in due if at_ns is not None), default=self.clock_ns))
            self.act()
            self.pump(0.02)
        self.floor.finish(self.now())
        for desk in self.desks:
            desk.finish(self.now())
        self._tell()
        for key in self.sessions(DEALING):
            self._dealing.session_status(key.venue, CLOSED, self.now())
        self.phase = "finished"
        self._record.flush(time.time_ns(), self.clock_ns)
        self._status.write(self._status_values)

    def leave(self) -> None:
        """Nothing is answered any more; what waits for a logon is left with QuickFIX."""
        self._outlet.leave()

    def _status_values(self) -> dict[str, object]:
        return {
            "phase": self.phase,
            "clock": fix_time(self.clock_ns),
            "clock_ns": self.clock_ns,
            "venues": list(self.venues),
            "sessions": sorted(key.comp_id for key in self._logged_on),
            **self.log.statistics.counters(),
            **self.figures(),
        }

    def figures(self) -> dict[str, object]:
        """What the desks say of themselves beside the counters."""
        return {name: value for desk in self.desks for name, value in desk.figures().items()}


def _halt_steps(halts: Sequence[Halt], start_ns: int) -> list[tuple[int, str, bool]]:
    steps = []
    for halt in halts:
        begin_ns = start_ns + int(halt.from_s * NS_PER_SECOND)
        steps.append((begin_ns, halt.venue, True))
        steps.append((begin_ns + int(halt.for_s * NS_PER_SECOND), halt.venue, False))
    return steps
