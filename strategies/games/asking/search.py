"""Take it or ask on: the reservation price of search (McCall 1970, Weitzman 1979).

A price costs `cost` to ask for. The best rule takes the first one at or below r, where
integral over x below r of (r - x) dF(x) = cost, and the whole then costs r on average.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from enum import StrEnum
from math import sqrt

import msgspec


def even_price(cost: float) -> float:
    """r where prices are even on [0, 1]: sqrt(2 cost); above 1/2 no second one is worth asking."""
    return sqrt(2.0 * cost) if cost <= 0.5 else cost + 0.5


def reservation_price(prices: Sequence[float], cost: float) -> float:
    """r for prices as likely as these, lower is better. Exact: the gain of asking on is linear
    between two of them.
    """
    if not prices:
        raise ValueError("no price is known: there is nothing to expect from asking on")
    if not cost > 0.0:
        raise ValueError(f"cost {cost}: asking must cost something, or one asks for ever")
    ordered = sorted(prices)
    whole, below = len(ordered), 0.0
    for count, price in enumerate(ordered, 1):
        below += price
        found = (cost * whole + below) / count
        if count == whole or found <= ordered[count]:
            return found
    raise AssertionError("the last price is always an end")


class Seen(msgspec.Struct, kw_only=True):
    """Our own estimate of what a bank says: the latest prices, in bp from our middle."""

    latest: list[float] = []
    ordered: list[float] = []
    kept: int = 200

    def note(self, price: float) -> None:
        """One more, in place of the oldest when there are enough. What is no number is left out."""
        if not abs(price) < 1e6:
            return
        self.latest.append(price)
        insort(self.ordered, price)
        if len(self.latest) > self.kept:
            oldest = self.latest.pop(0)
            self.ordered.pop(bisect_right(self.ordered, oldest) - 1)


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """A price in hand."""

    bank: str
    cost: float
    """Bp from our middle, lower is better."""
    until_ns: int
    """From here on it cannot be taken."""


class Step(StrEnum):
    """What to do now."""

    TAKE = "take"
    ASK_ON = "ask on"
    STOP = "stop"  # nothing to take, nobody to ask, or the need is met


class Next(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, with what a trader reads about it."""

    step: Step
    quote: Quoted | None = None
    reason: str = ""


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """One need, and the rules of asking for it."""

    worst: float
    """Bp from our middle; nothing beyond is taken."""
    ask_cost: float
    """Of one more bank, bp: leak and time."""
    answer_ns: int
    """How long a bank takes to answer."""
    by_ns: int
    """The need is met by then or not at all."""


def next_step(
    quotes: Sequence[Quoted],
    need: Need,
    left: int,
    expected: Sequence[float],
    now_ns: int,
    taken: bool,
) -> Next:
    """Take the best quote in hand or ask one of `left` more banks. A quote that would run out while
    we ask is worth nothing for waiting: it is compared as if it were the only one.
    """
    if taken:
        return Next(step=Step.STOP, reason="the need is met")
    alive = [one for one in quotes if one.until_ns > now_ns and one.cost <= need.worst]
    best = min(alive, key=lambda one: (one.cost, one.until_ns, one.bank), default=None)
    may_ask = left > 0 and now_ns + need.answer_ns < need.by_ns
    if now_ns >= need.by_ns:
        return Next(step=Step.STOP, reason="the time for this need is over")
    if best is None:
        reason = "nothing in hand that may be taken"
        return Next(step=Step.ASK_ON if may_ask else Step.STOP, reason=reason)
    if not may_ask:
        return Next(step=Step.TAKE, quote=best, reason="nobody can be asked in time")
    if not expected:
        return Next(step=Step.TAKE, quote=best, reason="nothing is known of what others say")
    price = reservation_price(expected, need.ask_cost)
    kept = min((q.cost for q in alive if q.until_ns > now_ns + need.answer_ns), default=None)
    if best.cost <= price:
        reason = f"{best.cost:.3f} bp is at or below {price:.3f}, where asking on no longer pays"
        return Next(step=Step.TAKE, quote=best, reason=reason)
    if kept is None and best.cost <= _without_recall(expected, need):
        reason = f"{best.cost:.3f} bp runs out before another can answer"
        return Next(step=Step.TAKE, quote=best, reason=reason)
    return Next(
        step=Step.ASK_ON, reason=f"{best.cost:.3f} bp is above {price:.3f}: one more is worth it"
    )


def _without_recall(expected: Sequence[float], need: Need) -> float:
    """What one more bank costs on average where nothing in hand is left when it answers."""
    return sum(min(price, need.worst) for price in expected) / len(expected) + need.ask_cost
