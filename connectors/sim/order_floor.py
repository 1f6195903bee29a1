"""Where the robot's orders are dealt, as taker against the venue itself. Pure, in virtual time.

What the robot says comes in by `say`, prices by `on_tick`; what is due later happens in `act`. All
return what the venue says. The venue takes 1 to 30 ms for each message, so an order may be filled
while its cancel is on the way. Chance comes from the seed and the order's id, so that one order
does not change what happens to another.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import NamedTuple

from connectors.sim.log import Log
from connectors.sim.matching import DepthBook, Take, commit
from connectors.sim.model import Moment, Tick, pip_of
from connectors.sim.order_answers import Answers, Order, Said, life_of
from connectors.sim.order_rows import OrderFill, OrderLife
from connectors.sim.order_rules import (
    NO_MISCHIEF,
    Mischief,
    Refused,
    corrected_price,
    draw_manner,
    expiry_ns,
    is_resting,
    refused,
)
from connectors.sim.orders import (
    ALL_ORDERS,
    DUPLICATE,
    ENDED,
    FOK,
    LIMIT,
    NOT_POSSIBLE,
    ORDERS_OF_PAIR,
    TOO_LATE,
    UNKNOWN,
    AskIn,
    CancelAllIn,
    CancelIn,
    OrderIn,
    OrderWord,
    Rejection,
    ReplaceIn,
    Report,
    Status,
)
from connectors.sim.products import other_amount

Action = Callable[[Moment], list[Said]]


@dataclass(frozen=True, slots=True)
class OrderSettings:
    """What is dealt by orders, and how."""

    pairs: Mapping[str, frozenset[str]]  # of spot, by venue
    id_prefix: str = ""  # makes ids differ between runs of one record
    seed: str = "1"
    last_look: float = 0.0  # share of orders that are rejected although the price is there
    mischief: Mischief = NO_MISCHIEF  # orders that are answered wrongly
    cancel_on_disconnect: bool = True
    cancel_on_halt: bool = True  # False = resting orders wait for the end of the halt
    pending_changes: bool = False  # F and G are first answered with 150=6 and 150=E


class _Due(NamedTuple):
    at_ns: int
    number: int
    answers: bool  # whether the robot waits for it
    action: Action


class OrderFloor:
    """All venues' orders. One thread owns it."""

    def __init__(
        self,
        settings: OrderSettings,
        log: Log,
        known: Iterable[OrderLife] = (),
        used_ids: Iterable[tuple[str, str]] = (),
    ) -> None:
        """`known` and `used_ids` (venue and 11) are of earlier runs; what worked is canceled."""
        self._settings = settings
        self._log = log
        self._answers = Answers(log, settings.id_prefix)
        self._depth = DepthBook(f"{settings.seed}/depth")
        self._used = set(used_ids)
        self._ids: dict[tuple[str, str], Order] = {}
        self._live: dict[str, dict[str, Order]] = {name: {} for name in settings.pairs}
        self._resting: dict[tuple[str, str], dict[str, Order]] = {}
        self._due: list[_Due] = []
        self._number = count()
        self._halted: set[str] = set()
        self._gone: set[str] = set()  # venues that the robot is not logged on to
        self._closed = False
        self._left_over: dict[str, list[Order]] = {}
        for row in known:
            self._remember(row)

    def _remember(self, row: OrderLife) -> None:
        order = Order(row, draw_manner("", 0, NO_MISCHIEF))
        self._ids[(row.venue, row.first_order_id)] = order
        self._ids[(row.venue, row.order_id)] = order
        if row.status not in ENDED:
            self._left_over.setdefault(row.venue, []).append(order)

    # What the engine asks

    def next_due_ns(self) -> int | None:
        """When something happens next by itself; None when nothing will."""
        return self._due[0].at_ns if self._due else None

    def has_open(self, venue: str) -> bool:
        """Whether an order may still be filled at the venue."""
        return bool(self._live.get(venue))

    @property
    def has_resting(self) -> bool:
        """Whether an order waits for a price."""
        return any(self._resting.values())

    @property
    def depth(self) -> DepthBook:
        """The books that orders are dealt against."""
        return self._depth

    def waits(self) -> bool:
        """Whether the robot still waits for an answer that is on its way."""
        return any(due.answers for due in self._due)

    # What happens to the venue

    def on_tick(self, tick: Tick, now: Moment) -> list[Said]:
        """A new price; resting orders that it comes through to are filled at their own price."""
        self._depth.put(tick)
        resting = self._resting.get((tick.venue, tick.pair))
        if not resting:
            return []
        return [said for order in list(resting.values()) for said in self._match(order, now)]

    def act(self, now: Moment) -> list[Said]:
        """Everything that is due by now."""
        said: list[Said] = []
        while self._due and self._due[0].at_ns <= now.at_ns:
            said += heapq.heappop(self._due).action(now)
        return said

    def open_venue(self, venue: str, now: Moment) -> list[Said]:
        """The robot is logged on and the venue trades; orders of an earlier run are canceled."""
        self._halted.discard(venue)
        self._gone.discard(venue)
        left_over = self._left_over.pop(venue, [])
        return [said for order in left_over for said in self._cancel(order, "RESTARTED", now)]

    def halt(self, venue: str, now: Moment) -> list[Said]:
        """Trading stops: working orders are canceled (or wait), those on their way rejected."""
        self._halted.add(venue)
        self._depth.drop(venue)
        if not self._settings.cancel_on_halt:
            return []
        return self._cancel_working(venue, "HALTED", now)

    def disconnect(self, venue: str, now: Moment) -> list[Said]:
        """The robot has logged out; it hears of this when it is back."""
        self._gone.add(venue)
        if not self._settings.cancel_on_disconnect:
            return []
        return self._cancel_working(venue, "DISCONNECTED", now)

    def finish(self, now: Moment) -> list[Said]:
        """The run is over: what is on its way is carried out at once, the rest is canceled."""
        self._closed = True
        said = [each for venue in self._live for each in self._cancel_working(venue, "CLOSED", now)]
        while self._due:
            said += heapq.heappop(self._due).action(now)
        return said

    def _cancel_working(self, venue: str, text: str, now: Moment) -> list[Said]:
        orders = [order for order in self._live.get(venue, {}).values() if order.working]
        return [said for order in orders for said in self._cancel(order, text, now)]

    # What the robot says

    def say(
        self, venue: str, word: OrderWord, now: Moment, *, poss_dup: bool = False
    ) -> list[Said]:
        """One message of the robot."""
        self._answers.note(venue, word, now, poss_dup=poss_dup)
        match word:
            case OrderIn():
                return self._on_order(venue, word, now)
            case CancelIn() | ReplaceIn():
                return self._on_change(venue, word, now)
            case AskIn():
                return self._on_ask(venue, word, now)
            case CancelAllIn():
                return self._on_cancel_all(venue, word, now)

    def _on_order(self, venue: str, word: OrderIn, now: Moment) -> list[Said]:
        settings, key = self._settings, (venue, word.order_id)
        self._log.statistics.orders += 1
        seed = f"{settings.seed}/order/{venue}/{word.order_id}"
        manner = draw_manner(seed, settings.last_look, settings.mischief)
        row = life_of(venue, self._answers.venue_order_id(venue), word, now)
        order = Order(row, manner)
        self._log.put(order.row)
        if key in self._used:
            return self._reject(order, Refused(Rejection.DUPLICATE, "DUPLICATE"), now)
        self._used.add(key)
        self._ids[key] = order
        wrong = self._shut(venue) or refused(word, settings.pairs[venue], now.at_ns)
        if wrong is not None:
            return self._reject(order, wrong, now)
        self._live[venue][order.row.venue_order_id] = order
        if manner.mischief == "silence":
            self._note_mischief(order)
            order.silent = True
        self._later(order, lambda at: self._decide(order, at), now)
        return self._answers.report(order, Report.PENDING, now) if manner.pending_first else []

    def _shut(self, venue: str) -> Refused | None:
        if self._closed or venue in self._halted:
            return Refused(Rejection.CLOSED, "CLOSED" if self._closed else "HALTED")
        return None

    def _on_change(self, venue: str, word: CancelIn | ReplaceIn, now: Moment) -> list[Said]:
        key, order = (venue, word.order_id), self._ids.get((venue, word.original_id))
        if key in self._used:
            text = f"DUPLICATE {word.order_id}"
            return self._answers.not_changed(venue, word, order, DUPLICATE, text, now)
        self._used.add(key)
        if order is None:
            text = f"UNKNOWN_ORDER {word.original_id}"
            return self._answers.not_changed(venue, word, None, UNKNOWN, text, now)
        self._ids[key] = order
        if self._closed:  # time has stopped, but the robot is answered
            return self._change(order, word, now)
        self._later(order, lambda at: self._change(order, word, at), now)
        return self._pending_change(order, word, now)

    def _pending_change(self, order: Order, word: CancelIn | ReplaceIn, now: Moment) -> list[Said]:
        """150=6 or E, where the venue acknowledges what it is asked before it answers."""
        if not self._settings.pending_changes or order.row.order_id != word.original_id:
            return []
        cancel = isinstance(word, CancelIn)
        report = Report.PENDING_CANCEL if cancel else Report.PENDING_REPLACE
        if not order.working:
            return []
        return self._answers.report(
            order, report, now, order_id=word.order_id, original_id=word.original_id
        )

    def _on_ask(self, venue: str, word: AskIn, now: Moment) -> list[Said]:
        order = self._ids.get((venue, word.order_id))
        if order is None:
            return self._answers.unknown(venue, word, now)
        order.silent = False
        status = self._answers.report(order, Report.STATUS, now)
        return status + self._answers.release(order, now)

    def _on_cancel_all(self, venue: str, word: CancelAllIn, now: Moment) -> list[Said]:
        if word.scope not in (ALL_ORDERS, ORDERS_OF_PAIR):
            return self._answers.all_cancelled(venue, word, None, now)
        whole = word.scope == ALL_ORDERS
        orders = [o for o in self._live[venue].values() if whole or o.row.pair == word.pair]
        for order in orders:
            self._later(order, self._cancel_later(order, "MASS_CANCEL"), now)
        return self._answers.all_cancelled(venue, word, len(orders), now)

    def _cancel_later(self, order: Order, text: str) -> Action:
        return lambda at: self._cancel(order, text, at)

    # What becomes of an order

    def _later(self, order: Order, action: Action, now: Moment) -> None:
        """In the venue's own time, and never before what came earlier about the same order."""
        at_ns = max(now.at_ns + order.manner.latency_ns(), order.busy_until_ns + 1)
        order.busy_until_ns = at_ns
        self._at(at_ns, action, answers=True)

    def _at(self, at_ns: int, action: Action, *, answers: bool) -> None:
        heapq.heappush(self._due, _Due(at_ns, next(self._number), answers, action))

    def _decide(self, order: Order, now: Moment) -> list[Said]:
        """The order is taken or not; what can be dealt at once is."""
        row = order.row
        row.decided_at_ns = now.at_ns
        takes = self._plan(order)
        wrong = self._shut(row.venue) or self._refused_now(order, takes, now)
        if wrong is not None:
            return self._reject(order, wrong, now)
        row.status = Status.NEW
        self._log.put(row)
        said = self._answers.report(order, Report.NEW, now)
        said += self._deal(order, takes, now)
        if not order.working:
            return said
        if not is_resting(row.kind, row.time_in_force):
            return said + self._cancel(order, "NOT_FILLED: no more at this price", now)
        if row.venue in self._gone and self._settings.cancel_on_disconnect:
            return said + self._cancel(order, "DISCONNECTED", now)
        self._rest(order)
        return said

    def _plan(self, order: Order) -> list[Take]:
        row = order.row
        return self._depth.plan(
            row.venue,
            row.pair,
            row.side,
            size=order.left,
            currency=row.currency,
            limit=row.price,
        )

    def _refused_now(self, order: Order, takes: list[Take], now: Moment) -> Refused | None:
        row = order.row
        resting = is_resting(row.kind, row.time_in_force)
        if row.expires_ns is not None and resting and row.expires_ns <= now.at_ns:
            return Refused(Rejection.TOO_LATE, "TOO_LATE: its time was over")
        if not resting and self._depth.mid(row.venue, row.pair) is None:
            return Refused(Rejection.OTHER, f"NO_PRICE {row.pair}")
        there = sum((take.size for take in takes), Decimal(0))
        if row.time_in_force == FOK and there < row.size:
            return Refused(Rejection.EXCEEDS, f"FOK: {there} of {row.size} is there")
        if takes and order.manner.last_look:
            return Refused(Rejection.OTHER, "LAST_LOOK")
        return None

    def _rest(self, order: Order) -> None:
        row = order.row
        self._resting.setdefault((row.venue, row.pair), {})[row.venue_order_id] = order
        ends_ns = expiry_ns(row.time_in_force, row.expires_ns, row.received_at_ns)
        if ends_ns is not None:
            self._at(ends_ns, lambda at: self._expire(order, ends_ns, at), answers=False)

    def _expire(self, order: Order, ends_ns: int, now: Moment) -> list[Said]:
        row = order.row
        current = expiry_ns(row.time_in_force, row.expires_ns, row.received_at_ns)
        if not order.working or current != ends_ns or now.at_ns < ends_ns:
            return []
        self._end(order, Status.EXPIRED, "EXPIRED", now)
        return self._answers.report(order, Report.EXPIRED, now, text="EXPIRED")

    def _match(self, order: Order, now: Moment) -> list[Said]:
        """A resting order is filled at its own price, not better."""
        return self._deal(order, self._plan(order), now, price=order.row.price)

    def _deal(
        self, order: Order, takes: list[Take], now: Moment, price: Decimal | None = None
    ) -> list[Said]:
        said = []
        for take in takes:
            commit(take)
            said += self._trade(order, take.size, take.price if price is None else price, now)
        return said

    def _trade(self, order: Order, size: Decimal, rate: Decimal, now: Moment) -> list[Said]:
        row = order.row
        first = not row.filled and row.mischief is None
        row.filled += size
        row.value += size * rate
        row.status = Status.PARTLY_FILLED if order.left > 0 else Status.FILLED
        if row.status == Status.FILLED:
            self._end(order, Status.FILLED, "FILLED", now)
        self._log.put(row)
        mid = self._depth.mid(row.venue, row.pair)
        fill = self._answers.fill(row, size, rate, mid, now)
        said = self._answers.report(order, Report.TRADE, now, fill=fill)
        if first and order.manner.mischief not in (None, "silence"):
            self._plan_mischief(order, fill, said, now)
        return said

    def _reject(self, order: Order, why: Refused, now: Moment) -> list[Said]:
        self._end(order, Status.REJECTED, why.text, now)
        return self._answers.report(order, Report.REJECTED, now, code=why.code, text=why.text)

    def _cancel(
        self, order: Order, text: str, now: Moment, asked: CancelIn | None = None
    ) -> list[Said]:
        """Out of the market; nothing when it has ended already."""
        if order.row.status in ENDED:
            return []
        self._end(order, Status.CANCELED, text, now)
        return self._answers.report(
            order,
            Report.CANCELED,
            now,
            text=text,
            order_id=None if asked is None else asked.order_id,
            original_id=None if asked is None else asked.original_id,
        )

    def _end(self, order: Order, status: Status, reason: str, now: Moment) -> None:
        row = order.row
        row.status, row.end_reason, row.ended_at_ns = status, reason, now.at_ns
        self._live.get(row.venue, {}).pop(row.venue_order_id, None)
        self._resting.get((row.venue, row.pair), {}).pop(row.venue_order_id, None)
        self._log.put(row)

    # Cancel and replace

    def _change(self, order: Order, word: CancelIn | ReplaceIn, now: Moment) -> list[Said]:
        row, no = order.row, self._answers.not_changed
        if row.status in ENDED:
            text = f"TOO_LATE: {row.end_reason}"
            return no(row.venue, word, order, TOO_LATE, text, now)
        if row.order_id != word.original_id:
            text = f"UNKNOWN_ORDER: it is {row.order_id} now"
            return no(row.venue, word, order, UNKNOWN, text, now)
        if isinstance(word, CancelIn):
            return self._cancel(order, "CANCELED", now, word)
        wrong = _not_replaceable(row, word)
        if wrong is not None:
            return no(row.venue, word, order, NOT_POSSIBLE, wrong, now)
        return self._replace(order, word, now)

    def _replace(self, order: Order, word: ReplaceIn, now: Moment) -> list[Said]:
        """The order goes on under its new id; it may be filled at once."""
        row = order.row
        row.order_id, row.size, row.price = word.order_id, word.size, word.price
        if word.expires_ns is not None and word.expires_ns != row.expires_ns:
            row.expires_ns = word.expires_ns
            self._rest(order)
        self._log.put(row)
        said = self._answers.report(order, Report.REPLACED, now, original_id=word.original_id)
        return said + self._deal(order, self._plan(order), now)

    # Mischief

    def _note_mischief(self, order: Order) -> None:
        order.row.mischief = order.manner.mischief
        self._log.statistics.order_mischiefs += 1
        self._log.put(order.row)

    def _plan_mischief(self, order: Order, fill: OrderFill, said: list[Said], now: Moment) -> None:
        self._note_mischief(order)
        actions: dict[str, Action] = {
            "duplicate": lambda at: self._answers.again(said[0].answer),
            "bust": lambda at: self._bust(order, fill, at),
            "correction": lambda at: self._correct(order, fill, at),
        }
        action = actions[order.manner.mischief or ""]
        self._at(now.at_ns + order.manner.later_ns(), action, answers=False)

    def _bust(self, order: Order, fill: OrderFill, now: Moment) -> list[Said]:
        """The trade never was. An order that has ended does not come back to life by it."""
        row = order.row
        row.filled -= fill.size
        row.value -= fill.size * fill.rate
        if order.working:
            row.status = Status.PARTLY_FILLED if row.filled else Status.NEW
        elif row.status == Status.FILLED:
            row.status = Status.CANCELED
        return self._undo(order, fill, Report.BUST, "busted", now)

    def _correct(self, order: Order, fill: OrderFill, now: Moment) -> list[Said]:
        """The trade was at another price."""
        row, former = order.row, fill.rate
        fill.rate = corrected_price(former, pip_of(fill.pair) / 10, order.manner.chance)
        row.value += fill.size * (fill.rate - former)
        other = other_amount(fill.pair, fill.currency, fill.size, fill.rate)
        if fill.currency == fill.pair[:3]:
            fill.counter_amount = other
        else:
            fill.base_amount = other
        return self._undo(order, fill, Report.CORRECTION, "corrected", now)

    def _undo(
        self, order: Order, fill: OrderFill, report: Report, state: str, now: Moment
    ) -> list[Said]:
        self._log.put(order.row)
        said = self._answers.report(order, report, now, fill=fill, text=state.upper())
        fill.state, fill.changed_by = state, said[0].answer.exec_id if said else None
        self._log.put(fill)
        return said


def _not_replaceable(row: OrderLife, word: ReplaceIn) -> str | None:
    """Why the order cannot become what is asked for."""
    if row.kind != LIMIT or word.price is None or word.price <= 0:
        return f"PRICE {word.price}: only limit orders are replaced"
    if word.size <= row.filled:
        return f"SIZE {word.size}: {row.filled} is filled already"
    return None
