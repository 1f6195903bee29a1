"""Whether the venue takes an order at all, and how it behaves with it: the first answer to a D."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from connectors.sim.model import NS_PER_DAY, NS_PER_MS, Side
from connectors.sim.options import OptionError, shares_of
from connectors.sim.orders import (
    DAY,
    FOK,
    GTD,
    IOC,
    LIMIT,
    MARKET,
    PREVIOUSLY_QUOTED,
    OrderIn,
    Rejection,
)
from connectors.sim.products import Product
from connectors.sim.reference import spot_date

MISCHIEFS = ("duplicate", "bust", "correction", "silence")
_LATENCY_MS = (1.0, 30.0)
_PENDING_SHARE = 0.1  # of orders that are acknowledged as pending first
_DAY_END_NS = 21 * 3_600_000_000_000  # 21:00 UTC: about 17:00 in New York


class Refused(NamedTuple):
    """Why not: 103 and 58."""

    code: Rejection
    text: str


@dataclass(frozen=True, slots=True)
class Mischief:
    """Which share of the orders is answered wrongly: any way, or each way with its own share."""

    any_way: float = 0.0
    shares: tuple[tuple[str, float], ...] = ()

    def drawn(self, number: float, kind: str) -> str | None:
        """What a number between 0 and 1 means; `kind` where any way will do."""
        reached = 0.0
        for name, share in self.shares:
            reached += share
            if number < reached:
                return name
        return kind if number < reached + self.any_way else None


NO_MISCHIEF = Mischief()


def parse_mischief(text: str) -> Mischief:
    """`0.1`, of any kind; or `bust=0.05,correction=0.1`."""
    if "=" in text:
        text = text.replace("correct=", "correction=")
        named = shares_of("--order-mischief", text, MISCHIEFS)
        total = sum(named.values())
        if total > 1:
            raise OptionError(f"--order-mischief {text!r}: the shares add up to {total:g}, over 1")
        return Mischief(shares=tuple(named.items()))
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise OptionError(
            f"--order-mischief {text!r}: write a share between 0 and 1, or shares by name such as "
            f"bust=0.05 of {', '.join(MISCHIEFS)}"
        )
    return Mischief(share)


@dataclass(slots=True)
class Manner:
    """How the venue deals with one order; drawn from the seed and the order's id alone."""

    chance: Random
    pending_first: bool
    last_look: bool
    mischief: str | None

    def latency_ns(self) -> int:
        """How long the venue takes for the next message about the order."""
        return int(self.chance.uniform(*_LATENCY_MS) * NS_PER_MS)

    def later_ns(self) -> int:
        """How long after a trade a mischief follows."""
        return int(self.chance.uniform(50, 2000) * NS_PER_MS)


def draw_manner(seed: str, last_look_share: float, mischief: Mischief) -> Manner:
    """Always the same number of draws, so that one share does not change what others decide."""
    chance = Random(seed)
    pending, look, drawn = (chance.random() for _ in range(3))
    kind = chance.choice(MISCHIEFS)
    return Manner(
        chance,
        pending < _PENDING_SHARE,
        look < last_look_share,
        mischief.drawn(drawn, kind),
    )


def refused(order: OrderIn, pairs: frozenset[str], at_ns: int) -> Refused | None:
    """What is wrong with the order itself, whatever the market does."""
    if order.product != Product.SPOT:
        return Refused(Rejection.UNSUPPORTED, f"PRODUCT {order.product}: only spot is dealt so")
    if order.pair not in pairs:
        return Refused(Rejection.UNKNOWN_SYMBOL, f"UNKNOWN_SYMBOL {order.pair}")
    if order.currency not in order.pair.split("/"):
        return Refused(Rejection.OTHER, f"CURRENCY {order.currency} is not of {order.pair}")
    if order.side not in tuple(Side):
        return Refused(Rejection.UNSUPPORTED, f"SIDE {order.side}")
    if order.size <= 0:
        return Refused(Rejection.SIZE, f"SIZE {order.size}")
    return _refused_kind(order) or _refused_time(order, at_ns)


def _refused_kind(order: OrderIn) -> Refused | None:
    if order.kind == PREVIOUSLY_QUOTED:
        return Refused(Rejection.OTHER, "PREVIOUSLY_QUOTED: no quote of this venue is open")
    if order.kind not in (MARKET, LIMIT):
        return Refused(Rejection.UNSUPPORTED, f"ORDER_TYPE {order.kind}")
    if order.kind == LIMIT and (order.price is None or order.price <= 0):
        return Refused(Rejection.OTHER, f"PRICE {order.price}")
    return None


def _refused_time(order: OrderIn, at_ns: int) -> Refused | None:
    if order.time_in_force not in (DAY, IOC, FOK, GTD):
        return Refused(Rejection.UNSUPPORTED, f"TIME_IN_FORCE {order.time_in_force}")
    if order.time_in_force == GTD and order.expires_ns is None:
        return Refused(Rejection.UNSUPPORTED, "TIME_IN_FORCE 6 without 126")
    due = spot_date(order.pair, at_ns)
    if order.value_date is not None and due is not None and order.value_date != f"{due:%Y%m%d}":
        return Refused(Rejection.OTHER, f"VALUE_DATE {order.value_date}: spot is {due:%Y%m%d}")
    return None


def day_end_ns(at_ns: int) -> int:
    """When the venue's day ends that `at_ns` belongs to: DAY orders expire then."""
    day, rest = divmod(at_ns, NS_PER_DAY)
    return (day + (rest >= _DAY_END_NS)) * NS_PER_DAY + _DAY_END_NS


def expiry_ns(time_in_force: str, expires_ns: int | None, at_ns: int) -> int | None:
    """When an order ends by itself, None when it does not rest."""
    if time_in_force == GTD:
        return expires_ns
    return day_end_ns(at_ns) if time_in_force == DAY else None


def is_resting(kind: str, time_in_force: str) -> bool:
    """Whether what is not dealt at once stays in the book."""
    return kind == LIMIT and time_in_force in (DAY, GTD)


def corrected_price(rate: Decimal, tenth: Decimal, chance: Random) -> Decimal:
    """What a trade should have been dealt at: up to half a pip off."""
    return rate + tenth * chance.choice((-5, -3, -2, 2, 3, 5))


def trade_date_of(at_ns: int) -> str:
    """75: the day of the moment, from 21:00 UTC the next one; never a weekend."""
    day = date.fromordinal(day_end_ns(at_ns) // NS_PER_DAY + date(1970, 1, 1).toordinal())
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return f"{day:%Y%m%d}"
