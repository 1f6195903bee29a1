"""What a position won and lost: average cost, and what it is worth in line currency.

Realised + unrealised is what all flows are worth at the market's middle; average cost says how much
of it is realised. Buying more changes the average, selling realises the difference to it, and a
position that is turned begins anew at the deal's price (IAS 2.25, the weighted average cost
formula, for stock of one currency in another). Signs: base and counter as in the flows, positive =
we have it; a result is positive when it is a gain.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_FLOOR, Decimal

import msgspec

from robot.basics.currency import Currency, base_of, counter_of, round_amount
from robot.basics.numbers import ZERO
from robot.deals.deal import Deal
from robot.deals.limit_rows import Counts
from robot.deals.product import ProductKind

_CENT = Decimal("0.01")
_ONE = Decimal(1)


class Traded(msgspec.Struct, frozen=True):
    """What one deal did to a position; nothing of a void one."""

    base: Decimal = ZERO
    counter: Decimal = ZERO
    """At the spot rate in the price; of a loan its gain against the market's middle."""
    forward: dict[date, Decimal] = {}
    """Of the base, what is not spot, by value date."""
    points: dict[date, Decimal] = {}
    """Counter currency that the points in the price make more, by value date."""


class Average(msgspec.Struct):
    """A position in one pair at average cost."""

    base: Decimal = ZERO
    counter: Decimal = ZERO
    cost: Decimal = ZERO
    """What the open base amount cost: base x its average rate, to the smallest amount."""
    forward: dict[date, Decimal] = {}
    points: dict[date, Decimal] = {}
    """The same as of a deal; what has passed its value date is in `counter`."""

    def take(self, traded: Traded, name: str) -> None:
        """One more deal in the pair (or kind of loans) `name`."""
        held, moved = self.base, traded.base
        after = held + moved
        if moved and (not held or (held > ZERO) == (moved > ZERO)):
            self.cost -= traded.counter
        elif moved and abs(moved) <= abs(held):
            self.cost = round_amount(self.cost * after / held, currency_of(name))
        elif moved:
            self.cost = round_amount(-traded.counter * after / moved, currency_of(name))
        self.base = after
        self.counter += traded.counter
        for day, amount in traded.forward.items():
            self.forward[day] = self.forward.get(day, ZERO) + amount
        for day, amount in traded.points.items():
            self.points[day] = self.points.get(day, ZERO) + amount

    def settle(self, today: date) -> None:
        """Points whose value date has passed are realised; what was exchanged then is spot now."""
        for day in [day for day in self.points if day < today]:
            self.counter += self.points.pop(day)
        for day in [day for day in self.forward if day < today]:
            del self.forward[day]

    @property
    def is_open(self) -> bool:
        """Whether the market moves what it is worth in its counter currency."""
        return bool(self.base) or any(self.forward.values())

    @property
    def cash(self) -> Decimal:
        """All of the counter currency."""
        return self.counter + sum(self.points.values(), ZERO)

    @property
    def is_nothing(self) -> bool:
        """Whether it is worth nothing wherever the market is."""
        return not (self.is_open or self.counter or self.cost or any(self.points.values()))


class Rate(msgspec.Struct, frozen=True):
    """What one of a currency is worth in line currency: `times` / `over`, one of them 1, so that an
    inverse rate is exact.
    """

    times: Decimal = _ONE
    over: Decimal = _ONE


class Worth(msgspec.Struct, frozen=True):
    """A result in line currency, each figure rounded down to a cent."""

    realised: Decimal = ZERO
    total: Decimal = ZERO

    def counted(self, counts: Counts) -> Decimal:
        """The part that a row looks at."""
        match counts:
            case Counts.REALISED:
                return self.realised
            case Counts.UNREALISED:
                return self.total - self.realised
            case Counts.BOTH:
                return self.total


def worth_of(held: Average, mid: Decimal, points: dict[date, Decimal], rate: Rate) -> Worth:
    """(counter + base x mid + forward x points to its date) x rate; of it, (counter + cost) x rate
    is realised. `mid` and `points` are of no use where nothing is open.
    """
    total = held.cash + held.base * mid
    for day, amount in held.forward.items():
        if amount:
            total += amount * points[day]
    return Worth(_down(held.counter + held.cost, rate), _down(total, rate))


def _down(amount: Decimal, rate: Rate) -> Decimal:
    return (amount * rate.times / rate.over).quantize(_CENT, ROUND_FLOOR)


def currency_of(name: str) -> Currency:
    """In which currency a pair's result is, or that of loans (`CNY REPO`)."""
    return Currency(name[4:] if name[3:4] == "/" else name[:3])


def result_name(deal: Deal) -> str:
    """Under which name its result is kept: the pair; of loans currency and product."""
    return f"{deal.pair} {deal.product}" if deal.kind.is_loan else deal.pair


def traded_of(deal: Deal) -> Traded:
    """What a deal did. Legs that are not spot count at the spot rate in their price, and what the
    points make of it apart; a loan counts with its gain when it was dealt and is not revalued.
    """
    if deal.void:
        return Traded()
    if deal.kind.is_loan:
        return Traded(counter=deal.edge)
    base, counter = base_of(deal.pair), counter_of(deal.pair)
    spot_rate = None if deal.kind is ProductKind.SPOT else deal.spot_rate or deal.rate
    bought = paid = ZERO
    forward: dict[date, Decimal] = {}
    points: dict[date, Decimal] = {}
    for leg in deal.legs:
        amount = sum((flow.amount for flow in leg.flows if flow.currency == base), ZERO)
        cash = sum((flow.amount for flow in leg.flows if flow.currency == counter), ZERO)
        at_spot = cash
        if spot_rate is not None:
            at_spot = -round_amount(amount * spot_rate, counter)
            day = leg.value_date
            forward[day] = forward.get(day, ZERO) + amount
            points[day] = points.get(day, ZERO) + cash - at_spot
        bought += amount
        paid += at_spot
    return Traded(bought, paid, forward, points)
