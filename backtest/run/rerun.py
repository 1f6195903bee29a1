"""One pass over a day: the events of a data store through the robot of a backtest, and what it does
compared with what the live robot did, in order.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from backtest.data.columns import AMOUNT_SCALE, PRICE_SCALE, price_of
from backtest.run.day import Day
from backtest.run.inside import NoTimers, Robot
from robot.clock import format_time
from robot.core.state import StrategyLoader
from robot.errors import RobotError
from robot.messages import asks, effects, events, hosting, orders
from robot.messages.effects import AnyEffect
from robot.messages.events import (
    AnyEvent,
    CurveUpdated,
    MarketUpdated,
    RobotStarted,
    Stamped,
    TimeAdvanced,
)

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


class Late(NamedTuple):
    """A timer that fired late live."""

    due_ns: int
    fired_ns: int


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The first place where the two are not the same; empty = there was nothing more."""

    at_ns: int
    """Of the live robot's; where it has nothing more, of the backtest's."""
    until_ns: int
    """What came in by then may have made it."""
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
    matched: int = 0
    """Effects in a row that were the same."""
    difference: Difference | None = None

    @property
    def proven(self) -> bool:
        """Nothing differs."""
        return self.difference is None


class Rerun:
    """One pass. `live_clock`: timers fire when the live robot looked at its clock; else when they
    are due.
    """

    def __init__(
        self, day: Day, loader: StrategyLoader, data: Iterable[Stamped], *, live_clock: bool
    ) -> None:
        self._data = data
        self._live_clock = live_clock
        self._loader = loader
        self._state = day.begins_with
        self._theirs = self._live(day)
        self._mine: deque[tuple[int, AnyEffect]] = deque()
        self._found = Compared()
        self._robot: Robot | None = None
        self.taken: Counter[str] = Counter()
        """Events out of the data, by kind."""
        self.happened: Counter[str] = Counter()
        self.restarts: list[int] = []
        self.unfinished: list[int] = []
        self.late_ns = 0
        """By how much a timer fired late live, at most."""
        self.last_late: Late | None = None

    # --- the day again

    def run(self) -> Compared:
        """To its end or to the first difference."""
        at_ns = 0
        for stamped in self._data:
            at_ns = stamped.at_ns
            self._take(stamped)
            while self._mine and self._found.difference is None:
                self._compare(*self._mine.popleft())
            if self._found.difference is not None:
                return self._found
        left = next(self._theirs, None)
        if left is not None:
            self._differ(left, None, max(at_ns, left[0]))
        return self._found

    def _live(self, day: Day) -> Iterator[tuple[int, AnyEffect]]:
        """What the live robot did."""
        for step in day.steps():
            if not step.finished:
                self.unfinished.append(step.stamped.at_ns)
            for one in step.effects:
                if isinstance(one, COMPARED):
                    yield step.stamped.at_ns, one

    def _take(self, stamped: Stamped) -> None:
        at_ns, event = stamped.at_ns, stamped.event
        self._note(at_ns, event)
        if not self._live_clock and self._robot is not None:
            looks = isinstance(event, TimeAdvanced)
            self._wake_before(at_ns + 1 if looks else at_ns, at_ns)
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
            if at_ns > due_ns:
                self.late_ns = max(self.late_ns, at_ns - due_ns)
                self.last_late = Late(due_ns, at_ns)
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
            raise RobotError("the data begins without the start of a robot")
        return self._robot

    def _hear(self, at_ns: int, event: AnyEvent, row: Sequence[AnyEffect]) -> None:
        self._mine += [(at_ns, one) for one in row if isinstance(one, COMPARED)]

    def _note(self, at_ns: int, event: AnyEvent) -> None:
        """What came, and what of it market and clients do not explain."""
        self.taken[type(event).__name__] += 1
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

    def _compare(self, at_ns: int, mine: AnyEffect) -> None:
        theirs = next(self._theirs, None)
        if theirs is not None and _telling(mine) == _telling(theirs[1]):
            self._count(mine)
        else:
            self._differ(theirs, mine, max(at_ns, theirs[0] if theirs is not None else 0))

    def _differ(
        self, theirs: tuple[int, AnyEffect] | None, mine: AnyEffect | None, until_ns: int
    ) -> None:
        at_ns, effect = theirs if theirs is not None else (until_ns, None)
        live, backtest = _words(effect, mine)
        self._found.difference = Difference(
            at_ns=at_ns, until_ns=until_ns, live=live, backtest=backtest
        )

    def _count(self, one: AnyEffect) -> None:
        found = self._found
        found.matched += 1
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

    def happened_before(self) -> list[str]:
        """What came before the first difference and may have made it."""
        found = []
        if self.restarts:
            last = format_time(self.restarts[-1])
            found.append(f"restart: {len(self.restarts)} before it, the last at {last}")
        if self.unfinished:
            last = format_time(self.unfinished[-1])
            found.append(f"restart: the robot died in a turn, the last time at {last}")
        return found + [
            f"{name}: {count} until then" for name, count in self.happened.items() if count
        ]


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
