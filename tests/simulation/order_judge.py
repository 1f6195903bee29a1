"""What the venues know of the robot's orders, judged: nothing sent twice, nothing hedged too far.

`judge.py` asks the same of deals and quotes. The decisions come from the journal, everything else
from the venues' own book.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from robot.deals.party import BUY
from robot.limits.exposure import line_limit
from robot.messages.asks import TakeQuote
from robot.messages.effects import AnyEffect, DealAmended, DealBooked, Decided, SendOrder
from tests.simulation.book import MAKERS, Moment, OrderBook, Trade, What, amounts

if TYPE_CHECKING:
    from tests.simulation.world import World

ZERO = Decimal(0)
IN_FLIGHT_NS = 250_000_000
"""So long what was sent may be under way."""
ROUGH = Decimal("1.01")
"""An amount in the currency that is not dealt, at another price than the limit."""
LINE_SLACK = Decimal("0.02")
_EVERY = ("EUR", "USD", "JPY")


def judge_orders(world: World, history: Sequence[Sequence[AnyEffect]]) -> None:
    """Every promise about orders, at the end of the day."""
    decided = _Decisions(history)
    _each_was_decided_once(world, decided)
    _nothing_worse_than_its_limit(world)
    _lines_are_explained(world)
    for text in over_hedged(world.book, decided, world.reference.hedges):
        world.breach("I4", text)


def beyond_orders(book: OrderBook) -> dict[str, Decimal]:
    """By how much the venues' word alone may have moved a position beyond what was held: trades
    taken back or corrected, and what was dealt better than the limit.
    """
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for trade in book.trades:
        base, counter = trade.order.pair[:3], trade.order.pair[4:]
        first = amounts(trade.order, *trade.first)
        now = amounts(trade.order, trade.size, trade.price) if trade.size else (ZERO, ZERO)
        for name, before, after in zip((base, counter), first, now, strict=True):
            found[name] += abs(after - before)
        limit = trade.order.price
        if limit is not None:
            at_limit = amounts(trade.order, trade.first[0], limit)
            for name, wanted, dealt in zip((base, counter), at_limit, first, strict=True):
                found[name] += max(ZERO, dealt - wanted) + 1
    if found:
        found.update({name: found[name] for name in _EVERY})
    return found


@dataclass
class _Hedge:
    """What was known when a hedge was decided: our own deals before it, and trades changed."""

    net: dict[str, Decimal]
    amended: frozenset[str]


@dataclass
class _Decisions:
    """What the journal says of orders, in its order."""

    history: Sequence[Sequence[AnyEffect]]
    requests: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """What was wanted, in words -> orders that were sent for it."""
    sent: Counter[str] = field(default_factory=Counter)
    hedges: dict[str, _Hedge] = field(default_factory=dict)

    def __post_init__(self) -> None:
        net: Counter[str] = Counter()
        amended: set[str] = set()
        known: dict[str, _Hedge] = {}
        for row in self.history:
            for effect in row:
                if isinstance(effect, DealBooked) and not effect.deal.as_taker:
                    for flow in effect.deal.flows:
                        net[flow.currency] += flow.amount
                elif isinstance(effect, DealAmended):
                    amended.add(f"{effect.deal.venue} {effect.deal.exec_id}")
                elif isinstance(effect, SendOrder | TakeQuote):
                    self.sent[effect.order_id] += 1
                    known[effect.order_id] = _Hedge(dict(net), frozenset(amended))
                elif isinstance(effect, Decided) and effect.kind == "TAKE":
                    if effect.outcome == "SENT":
                        self.requests[f"ask {effect.facts['ask']}"].append(effect.subject)
                elif isinstance(effect, Decided) and effect.kind == "ORDER":
                    self._decided(effect, known)

    def _decided(self, effect: Decided, known: dict[str, _Hedge]) -> None:
        if effect.outcome != "SENT":
            return
        if effect.strategy == "hedge":
            self.hedges[effect.subject] = known[effect.subject]
        else:
            self.requests[effect.because[0].partition(":")[0]].append(effect.subject)


def _each_was_decided_once(world: World, decided: _Decisions) -> None:
    """I3, I8: an id is sent once, a person's request makes one order, an ask one that deals, and
    nothing else is sent.
    """
    explained = {*decided.hedges, *(name for names in decided.requests.values() for name in names)}
    for name in world.book.sent:
        if decided.sent[name] != 1 or name not in explained:
            world.breach("I8", f"order {name} was decided {decided.sent[name]} times")
    dealt = {trade.order.order_id for trade in world.book.trades}
    for request, every in decided.requests.items():
        names = [name for name in every if name in dealt] if request.startswith("ask ") else every
        if len(names) > 1:
            world.breach("I8", f"{request}: {names} were sent for it")


def _nothing_worse_than_its_limit(world: World) -> None:
    """What a venue has of an order is what was sent."""
    for name, order in world.book.orders.items():
        sent = world.book.sent.get(name)
        if sent is None:
            world.breach("I8", f"order {name} was never sent")
            continue
        told = (sent.pair, sent.side, sent.currency or sent.pair[:3], sent.value_date)
        if told != (order.pair, order.side, order.currency, order.value_date):
            world.breach("I16", f"order {name} reads {order}")


def _lines_are_explained(world: World) -> None:
    """I12: at the end of the day the lines of those we deal orders with hold the deals alone."""
    engine = world.robot.engine
    if engine is None:
        return
    rates = {"EUR/USD": world.mids["EUR/USD"], "USD/JPY": Decimal(1)}
    share = world.reference.limits.spot_add_on
    for name in (name for names in MAKERS.values() for name in names):
        fills = [fill for fill in world.book.fills if fill.client == name]
        wanted = sum((fill.base_amount * share * rates[fill.pair] for fill in fills), ZERO)
        used = engine.state.gate.accounts[line_limit(name)].utilisation  # type: ignore[arg-type]
        if abs(used - wanted) > wanted * LINE_SLACK + len(fills) + 1:
            world.breach("I12", f"line of {name}: {used} used, deals explain {wanted:.0f}")


def over_hedged(book: OrderBook, decided: _Decisions, policies: Sequence[object]) -> list[str]:
    """Hedges that could have turned a position: sent while all that was outstanding, dealt in any
    way the venues may, takes more away than there was.
    """
    return _Outstanding(book, decided, policies).found


@dataclass
class _Live:
    """One order as it may still be dealt."""

    pair: str
    side: object
    currency: str
    cases: list[tuple[Decimal, Decimal | None]]
    """Sizes and limits that it has or may get."""
    sent_ns: int
    come: bool = False
    change_sent_ns: int = 0
    trades: list[Trade] = field(default_factory=list)


class _Outstanding:
    """Walks through the moments of a day and looks at each hedge that is sent."""

    def __init__(self, book: OrderBook, decided: _Decisions, policies: Sequence[object]) -> None:
        self.found: list[str] = []
        self._live: dict[str, _Live] = {}
        self._trades: list[Trade] = []
        self._hedged = {
            getattr(row, "pair"): getattr(row, "currency") or getattr(row, "pair")[:3]  # noqa: B009
            for row in policies
        }
        for moment in book.moments:
            self._go(moment)
            if moment.what is What.SENT and moment.order_id in decided.hedges:
                self._look(moment, decided.hedges[moment.order_id])

    def _go(self, moment: Moment) -> None:
        live = self._live.get(moment.order_id)
        if moment.what is What.SENT:
            effect = moment.effect
            assert effect is not None, "what was sent is kept"
            self._live[moment.order_id] = _Live(
                effect.pair,
                effect.side,
                effect.currency or effect.pair[:3],
                [(effect.amount, effect.price)],
                moment.at_ns,
            )
        elif live is None:
            return
        elif moment.what is What.COME:
            live.come = True
        elif moment.what is What.CHANGE_SENT:
            live.cases.append((moment.size, moment.price))
            live.change_sent_ns = moment.at_ns
        elif moment.what is What.CHANGE_COME:
            live.change_sent_ns = 0
        elif moment.what in (What.CHANGED, What.NOT_CHANGED):
            live.cases = [(moment.size, moment.price)]
        elif moment.what is What.TRADE and moment.trade is not None:
            live.trades.append(moment.trade)
            self._trades.append(moment.trade)
        elif moment.what is What.ENDED:
            del self._live[moment.order_id]

    def _look(self, moment: Moment, hedge: _Hedge) -> None:
        effect = moment.effect
        assert effect is not None, "what was sent is kept"
        currency = self._hedged.get(effect.pair, effect.pair[:3])  # a rule hedges its base
        position = hedge.net.get(currency, ZERO)
        for trade in self._trades:
            position += _net(trade, currency, self._known(trade, hedge))
        taken = sum(
            (self._takes(live, currency, position, moment.at_ns, hedge) for live in self._lives()),
            ZERO,
        )
        if taken > abs(position) + 1:
            text = f"{currency} {position}, outstanding orders could take {taken}"
            self.found.append(f"over-hedged by {moment.order_id}: {text}")
        raises = (effect.side is BUY) == (currency == effect.pair[:3])
        if raises == (position > ZERO):
            self.found.append(f"{moment.order_id} makes {currency} {position} larger")

    def _lives(self) -> list[_Live]:
        return list(self._live.values())

    def _known(self, trade: Trade, hedge: _Hedge) -> tuple[Decimal, Decimal]:
        """Size and price as the robot had been told them."""
        if f"{trade.order.venue} {trade.exec_id}" in hedge.amended:
            return trade.size, trade.price
        return trade.first

    def _takes(
        self, live: _Live, currency: str, position: Decimal, at_ns: int, hedge: _Hedge
    ) -> Decimal:
        """How much of a position an order can still take away."""
        if currency not in live.pair or not (live.come or at_ns - live.sent_ns < IN_FLIGHT_NS):
            return ZERO
        raises = (live.side is BUY) == (currency == live.pair[:3])
        if raises == (position > ZERO):
            return ZERO
        cases = live.cases
        if live.change_sent_ns and at_ns - live.change_sent_ns > IN_FLIGHT_NS:
            cases = cases[:1]
        dealt = sum((self._known(trade, hedge)[0] for trade in live.trades), ZERO)
        return max(
            (_converted(size - dealt, price, live, currency) for size, price in cases), default=ZERO
        )


def _converted(amount: Decimal, price: Decimal | None, live: _Live, currency: str) -> Decimal:
    """What an amount of the dealt currency is of `currency`, a little less than at the limit."""
    if amount <= ZERO:
        return ZERO
    if currency == live.currency:
        return amount
    if price is None:
        return ZERO  # at the market: at which price is not known here
    return (amount * price if currency == live.pair[4:] else amount / price) / ROUGH


def _net(trade: Trade, currency: str, version: tuple[Decimal, Decimal]) -> Decimal:
    """What a trade did to our position."""
    base, counter = trade.order.pair[:3], trade.order.pair[4:]
    size, price = version
    if currency not in (base, counter) or not size:
        return ZERO
    in_base, in_counter = amounts(trade.order, size, price)
    sign = trade.order.side.sign
    return sign * in_base if currency == base else -sign * in_counter
