"""What something uses of each kind of limit: pure figures, without any limit in sight.

A measure has a key where the kind is counted for each currency, value date or direction by itself,
and says until when it counts: for ever (positions), to the end of a date, or while it is out.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Protocol

import msgspec

from robot.basics.numbers import ZERO
from robot.deals.flow import Leg
from robot.deals.limit_rows import LimitKind
from robot.deals.product import ProductKind

_CENT = Decimal("0.01")
_ONE = Decimal(1)
# A member looked up in its enum costs as much as two additions of decimals; this runs per price.
_LINE, _VOLUME = LimitKind.COUNTERPARTY_LINE, LimitKind.DAILY_VOLUME
_POSITION, _SETTLEMENT, _QUOTA = (
    LimitKind.NET_OPEN_POSITION,
    LimitKind.SETTLEMENT,
    LimitKind.QUOTA,
)

FOR_EVER = ""
EXCHANGED = frozenset({ProductKind.SPOT, ProductKind.FORWARD, ProductKind.SWAP})
"""Both amounts change hands: we may have paid and not received."""


class Measure(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Up and down are worst cases either way, both positive; of a deal one of them is zero."""

    kind: LimitKind
    key: str
    until: str
    """The last date it counts on; empty = for ever."""
    up: Decimal
    down: Decimal

    @property
    def cell(self) -> str:
        """Where it is added up once it is a deal."""
        return f"{self.kind}|{self.key}|{self.until}"


@functools.lru_cache(maxsize=4096)
def cell_parts(cell: str) -> tuple[LimitKind, str]:
    """Kind and key of what is added up in a cell."""
    kind, key, _ = cell.split("|")
    return LimitKind(kind), key


class Dealt(Protocol):
    """What a deal and what is agreed on for one have in common."""

    @property
    def legs(self) -> tuple[Leg, ...]: ...
    @property
    def base_amount(self) -> Decimal: ...
    @property
    def far_base_amount(self) -> Decimal | None: ...
    @property
    def last_value_date(self) -> date: ...


class Priced(msgspec.Struct, frozen=True):
    """What amounts are worth: one base currency in line currency, and the exposure so converted."""

    line_rate: Decimal
    exposure: Decimal


def measures_of(
    dealt: Dealt, kind: ProductKind, side_lends: bool, trade_date: str, priced: Priced
) -> tuple[Measure, ...]:
    """What a deal uses, signed: up = it raises the figure. Each kind, key and date once."""
    last = day_text(dealt.last_value_date)
    rate = priced.line_rate
    largest = dealt.base_amount
    far = dealt.far_base_amount
    if far is not None and far > largest:
        largest = far
    volume = _worth(largest, rate)
    found = [_one(_LINE, "", last, priced.exposure), _one(_VOLUME, "", trade_date, volume)]
    nets: dict[str, Decimal] = {}
    for leg in dealt.legs:
        for flow in leg.flows:
            nets[flow.currency] = nets.get(flow.currency, ZERO) + flow.amount
    for name, net in nets.items():
        found.append(_one(_POSITION, name, FOR_EVER, net))
    if kind in EXCHANGED:
        for leg in dealt.legs:
            day = day_text(leg.value_date)
            paid = abs(leg.flows[0].amount)
            worth = volume if paid == largest else _worth(paid, rate)
            found.append(_one(_SETTLEMENT, day, day, worth))
    if kind.is_loan:
        direction = "LEND" if side_lends else "BORROW"
        found.append(_one(_QUOTA, direction, last, _worth(dealt.base_amount, rate)))
    return tuple(found)


day_text = functools.lru_cache(maxsize=4096)(date.isoformat)
"""A date as text: few dates, asked for with every price."""


def counted(kind: LimitKind) -> Measure:
    """One more quote or order in the market."""
    return Measure(kind, "", FOR_EVER, _ONE, ZERO)


def worst_of(cases: Iterable[tuple[Measure, ...]]) -> tuple[Measure, ...]:
    """One of the cases happens, not known which: each figure's worst either way."""
    given = tuple(cases)
    if len(given) == 1:
        return given[0]
    if len(given) == 2 and len(given[0]) == len(given[1]):
        alike = _worse_of(*given)
        if alike is not None:
            return alike
    found: dict[tuple[str, str, str], Measure] = {}
    for case in given:
        for one in case:
            key = (one.kind, one.key, one.until)
            known = found.get(key)
            if known is not None:
                up, down = max(known.up, one.up), max(known.down, one.down)
                one = Measure(one.kind, one.key, one.until, up, down)
            found[key] = one
    return tuple(found.values())


def _worse_of(
    first: tuple[Measure, ...], second: tuple[Measure, ...]
) -> tuple[Measure, ...] | None:
    """Of two cases that measure the same one after the other, as a quote's two sides do; None where
    they do not.
    """
    found = []
    for one, other in zip(first, second, strict=True):
        if one.kind is not other.kind or one.key != other.key or one.until != other.until:
            return None
        up, down = one.up, one.down
        if up >= other.up and down >= other.down:
            found.append(one)
            continue
        up = up if up >= other.up else other.up
        down = down if down >= other.down else other.down
        found.append(Measure(one.kind, one.key, one.until, up, down))
    return tuple(found)


def _one(kind: LimitKind, key: str, until: str, amount: Decimal) -> Measure:
    if amount < ZERO:
        return Measure(kind, key, until, ZERO, -amount)
    return Measure(kind, key, until, amount, ZERO)


def _worth(amount: Decimal, rate: Decimal) -> Decimal:
    """In line currency, rounded up to a cent."""
    return (amount * rate).quantize(_CENT, ROUND_CEILING)
