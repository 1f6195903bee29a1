"""Parity: a live day again through the backtest, from what came in from outside alone.

The day is exported into a data store, and the robot of a backtest begins where the day began, with
the day's own reference data. Out of the store it is given the market, in whole numbers, and what
clients, makers, venues and persons said, each at the moment the live robot took it. Everything the
robot does itself is done anew: prices, refusals, reservations, deals, entries, results, orders, and
its own timers. It is compared, in its order, with what the live robot did; at the first difference
it ends, because what others said after that was an answer to something else.

Names of ours are part of what is compared: a client's hit is on a quote that this run has made, or
the day differs.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from backtest.data.columns import AMOUNT_SCALE, PRICE_SCALE, price_of
from backtest.data.places import known_of
from backtest.data.recorded import events_of
from backtest.data.recording import export_journal
from backtest.run.day import Day, Step
from backtest.run.inside import NoTimers, Robot
from robot.assembly import load_strategy
from robot.basics.numbers import set_decimal_context
from robot.clock import format_time
from robot.core.state import StrategyLoader
from robot.errors import RobotError
from robot.messages import asks, effects, events, hosting, orders
from robot.messages.effects import AnyEffect
from robot.messages.events import AnyEvent, CurveUpdated, MarketUpdated, RobotStarted, TimeAdvanced

COMPARED = (
    effects.SendQuote,
    effects.SendMassQuote,
    effects.WithdrawQuote,
    effects.WithdrawAllQuotes,
    effects.RefuseRfq,
    effects.RefuseHit,
    effects.ConcludeDeal,
    effects.DealBooked,
    effects.DealAmended,
    effects.DayClosed,
    effects.SendOrder,
    effects.ReplaceOrder,
    effects.CancelOrder,
    effects.CancelAllOrders,
    effects.OrderEnded,
    effects.BreakFound,
    asks.SendAsk,
    asks.TakeQuote,
    asks.PassQuote,
    asks.CounterQuote,
)
"""Whatever leaves, and whatever is booked with its result. Reasons are compared by their code."""
PERSONS = (
    orders.OrderWanted,
    orders.OrderChangeWanted,
    orders.OrderCancelWanted,
    asks.AskWanted,
    asks.AskTaken,
    asks.AskCountered,
    asks.AskWithdrawn,
    events.KillSwitchPulled,
    events.KillSwitchReleased,
    events.HaltCleared,
    hosting.RequestAnswered,
)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The first place where the two are not the same; empty = there was nothing more."""

    at_ns: int
    live: str
    backtest: str


class Compared(msgspec.Struct, kw_only=True):
    """How far the two were the same."""

    events: int = 0
    deals: int = 0
    refusals: int = 0
    quotes: int = 0
    orders: int = 0
    postings: int = 0
    results: dict[str, str] = {}
    """Pair -> its result after the last deal, the same in both, in its counter currency."""
    difference: Difference | None = None

    @property
    def proven(self) -> bool:
        """Nothing differs."""
        return self.difference is None


class Parity(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about a day."""

    day: str
    compared: Compared
    """With the moments at which the live robot looked at its clock."""
    exact_timers: Compared | None = None
    """The same with timers as a backtest has them, which fire to the nanosecond."""
    late_ms: int = 0
    """How late a timer fired live, at most."""
    causes: tuple[str, ...] = ()
    """Where it is not the same: what may have made it so."""
    restarts: tuple[str, ...] = ()
    """When the live robot started again; the backtest does at the same moments."""
    happened: dict[str, int] = {}
    """What of the day came from outside beside market and clients, and was taken as it was."""
    carried: bool = False
    """Whether the day began with positions or deals of before."""

    @property
    def proven(self) -> bool:
        """The backtest does what the live robot did."""
        return self.compared.proven


def examine(day: Day, loader: StrategyLoader = load_strategy) -> Parity:
    """A whole day; then once more with exact timers, to tell what their lateness did."""
    set_decimal_context()
    with TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        export_journal(store, day.place, known_of(None), now_ns=0, day=day.name)
        return _examined(day, loader, store)


def _examined(day: Day, loader: StrategyLoader, store: Path) -> Parity:
    rerun = Rerun(day, loader, store, live_clock=True)
    exact = Rerun(day, loader, store, live_clock=False)
    compared = rerun.run()
    happened = {name: count for name, count in rerun.happened.items() if count}
    return Parity(
        day=day.name,
        compared=compared,
        exact_timers=exact.run() if compared.proven else None,
        late_ms=exact.late_ns // 1_000_000,
        causes=() if compared.proven else rerun.causes(),
        happened=happened,
        restarts=tuple(format_time(at_ns) for at_ns in rerun.restarts),
        carried=rerun.carried,
    )


class Rerun:
    """One pass over a day."""

    def __init__(self, day: Day, loader: StrategyLoader, store: Path, *, live_clock: bool) -> None:
        self._day, self._store = day, store
        self._live_clock = live_clock
        self._mine: deque[AnyEffect] = deque()
        self._theirs: deque[tuple[int, AnyEffect]] = deque()
        self._found = Compared()
        self.happened: Counter[str] = Counter()
        self.restarts: list[int] = []
        self.unfinished: list[int] = []
        self.late_ns = 0
        """By how much a timer fired late live, at most."""
        self._loader = loader
        self._robot: Robot | None = None
        self._state = day.begins_with

    # --- the day again

    def run(self) -> Compared:
        """To its end or to the first difference."""
        for stamped, step in zip(events_of(self._store), self._day.steps(), strict=True):
            if stamped.number != step.stamped.number:
                text = (
                    f"{self._day.name}: event {step.stamped.number} came out of the data store as"
                )
                raise RobotError(f"{text} {stamped.number}")
            self._take(Step(stamped, step.effects, step.finished))
            self._compare()
            if self._found.difference is not None:
                return self._found
        self._end()
        return self._found

    def _take(self, step: Step) -> None:
        at_ns, event = step.stamped.at_ns, step.stamped.event
        self._note(step)
        if not self._live_clock and self._robot is not None:
            looks = isinstance(event, TimeAdvanced)
            self._wake_before(at_ns + 1 if looks else at_ns, at_ns)
        self._theirs += [(at_ns, one) for one in step.effects if isinstance(one, COMPARED)]
        self._found.events += 1
        if isinstance(event, TimeAdvanced):
            if self._live_clock:
                robot = self._started()
                robot.tick(at_ns)
                robot.said.clear()
        elif isinstance(event, RobotStarted):
            self._start(at_ns, event)
        elif isinstance(event, MarketUpdated):
            self._price(at_ns, event)
        else:
            self._turn(at_ns, _stored(event))

    def _wake_before(self, before_ns: int, at_ns: int) -> None:
        """The timers that are due until then, each at its moment; live they fired at `at_ns`."""
        robot = self._robot
        assert robot is not None, "timers of a robot that has started"
        while (due_ns := robot.next_due_ns()) < before_ns:
            self.late_ns = max(self.late_ns, at_ns - due_ns)
            robot.wake(max(due_ns, robot.clock.now_ns()))
            robot.said.clear()

    def _start(self, at_ns: int, event: RobotStarted) -> None:
        if self._robot is not None:
            self._turn(at_ns, event)
            return
        sessions = {str(venue.id): str(venue.id) for venue in event.reference.venues}
        self._robot = Robot(
            sessions,
            self._hear,
            timers=NoTimers(),
            state=self._state if self._state.stepped else None,
            loader=self._loader,
        )
        self._robot.begin(at_ns, event)

    def _price(self, at_ns: int, event: MarketUpdated) -> None:
        robot = self._started()
        robot.price(
            at_ns,
            event.venue,
            event.pair,
            _scaled(event.bid, PRICE_SCALE),
            _scaled(event.offer, PRICE_SCALE),
            _scaled(event.bid_size, AMOUNT_SCALE),
            _scaled(event.offer_size, AMOUNT_SCALE),
        )
        robot.said.clear()

    def _turn(self, at_ns: int, event: AnyEvent) -> None:
        robot = self._started()
        robot.turn(at_ns, [event])
        robot.said.clear()

    def _started(self) -> Robot:
        if self._robot is None:
            raise RobotError(f"{self._day.paths[0]}: begins without the start of a robot")
        return self._robot

    def _hear(self, at_ns: int, event: AnyEvent, row: Sequence[AnyEffect]) -> None:
        self._mine += [one for one in row if isinstance(one, COMPARED)]

    def _note(self, step: Step) -> None:
        """What happened that market and clients do not explain."""
        event, at_ns = step.stamped.event, step.stamped.at_ns
        if not step.finished:
            self.unfinished.append(at_ns)
        if isinstance(event, RobotStarted) and self._robot is not None:
            self.restarts.append(at_ns)
        if isinstance(event, MarketUpdated | CurveUpdated):
            self.happened["conflated prices"] += event.conflated
        elif isinstance(event, PERSONS):
            self.happened[f"{type(event).__name__} of a person"] += 1
        elif isinstance(event, hosting.HostDecided):
            self.happened["answers of a hosted strategy"] += 1
        elif isinstance(event, events.FollowersLagging) and event.names:
            self.happened["halts by a follower"] += 1

    # --- comparing

    def _compare(self) -> None:
        while self._mine and self._theirs and self._found.difference is None:
            mine, (at_ns, theirs) = self._mine.popleft(), self._theirs.popleft()
            if _telling(mine) == _telling(theirs):
                self._count(mine)
            else:
                self._differ(at_ns, theirs, mine)
        if self._found.difference is None and self._theirs:
            at_ns, theirs = self._theirs[0]
            self._differ(at_ns, theirs, None)

    def _end(self) -> None:
        if self._mine and self._found.difference is None:
            self._differ(self._started().clock.now_ns(), None, self._mine[0])

    def _differ(self, at_ns: int, theirs: AnyEffect | None, mine: AnyEffect | None) -> None:
        live, backtest = _words(theirs, mine)
        self._found.difference = Difference(at_ns=at_ns, live=live, backtest=backtest)

    def _count(self, one: AnyEffect) -> None:
        found = self._found
        match one:
            case effects.DealBooked():
                found.deals += 1
                found.postings += len(one.entry.postings)
                found.results |= one.pnl
            case effects.RefuseRfq() | effects.RefuseHit():
                found.refusals += 1
            case effects.SendQuote():
                found.quotes += 1
            case effects.SendMassQuote():
                found.quotes += len(one.quotes)
            case effects.SendOrder():
                found.orders += 1

    @property
    def carried(self) -> bool:
        """Whether the day began with anything."""
        return bool(self._state.stepped)

    def causes(self) -> tuple[str, ...]:
        """What came before the first difference and may have made it."""
        difference = self._found.difference
        if difference is None:
            return ()
        found = []
        if self.restarts:
            last = format_time(self.restarts[-1])
            found.append(f"restart: {len(self.restarts)} before it, the last at {last}")
        if self.unfinished:
            last = format_time(self.unfinished[-1])
            found.append(f"restart: the robot died in a turn, the last time at {last}")
        found += [f"{name}: {count} until then" for name, count in self.happened.items() if count]
        return tuple(found or ["not known"])


def _stored(event: AnyEvent) -> AnyEvent:
    """An event as it comes out of the data store."""
    if not isinstance(event, CurveUpdated):
        return event
    bid, offer = _scaled(event.bid, PRICE_SCALE), _scaled(event.offer, PRICE_SCALE)
    return msgspec.structs.replace(
        event,
        bid=price_of(bid) if bid is not None else None,
        offer=price_of(offer) if offer is not None else None,
    )


def _scaled(value: Decimal | None, scale: int) -> int | None:
    """Exact, or an error: a data store that rounds would not be the day."""
    if value is None:
        return None
    scaled = value * scale
    if scaled != int(scaled):
        raise RobotError(f"{value}: finer than the data store keeps (1/{scale})")
    return int(scaled)


def _telling(one: AnyEffect) -> object:
    """What of an effect is compared: all of it, but of refusals not the words."""
    if isinstance(one, effects.RefuseRfq | effects.RefuseHit):
        return msgspec.structs.replace(one, detail="")
    return one


def _words(theirs: AnyEffect | None, mine: AnyEffect | None) -> tuple[str, str]:
    """Both in short: the fields that differ where the kind is the same."""
    if theirs is None or mine is None or type(theirs) is not type(mine):
        return _short(theirs), _short(mine)
    names = [
        name
        for name in theirs.__struct_fields__
        if getattr(theirs, name) != getattr(mine, name) and name != "detail"
    ]
    head = f"{type(theirs).__name__} {_name_of(theirs)}"

    def said(one: AnyEffect) -> str:
        return f"{head}: " + ", ".join(f"{name} {getattr(one, name)}" for name in names)

    return said(theirs)[:400], said(mine)[:400]


def _name_of(one: AnyEffect) -> str:
    """What it is about, as far as it has a name."""
    names = ("quote_id", "order_id", "rfq_id", "hit_id", "request_id", "venue")
    return next((str(getattr(one, name)) for name in names if hasattr(one, name)), "")


def _short(one: AnyEffect | None) -> str:
    """Its kind, and what it says beyond the usual."""
    if one is None:
        return ""
    usual = dict(zip(one.__struct_fields__[::-1], one.__struct_defaults__[::-1], strict=False))
    said = ((name, getattr(one, name)) for name in one.__struct_fields__)
    told = [f"{name} {value}" for name, value in said if value != usual.get(name, ())]
    return f"{type(one).__name__}: {', '.join(told)}"[:400]
