"""What something uses of each kind of limit: pure figures, without any limit in sight.

A measure has a key where the kind is counted for each currency, value date or direction by itself,
and says until when it counts: for ever (positions), to the end of a date, or while it is out.
"""

from __future__ import annotations

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

FOR_EVER = ""
EXCHANGED = frozenset({ProductKind.SPOT, ProductKind.FORWARD, ProductKind.SWAP})
"""Both amounts change hands: we may have paid and not received."""


class Measure(msgspec.Struct, frozen=True, array_like=True):
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
    """What a deal uses, signed: up = it raises the figure."""
    last = dealt.last_value_date.isoformat()
    rate = priced.line_rate
    largest = max(dealt.base_amount, dealt.far_base_amount or ZERO)
    found = [
        _one(LimitKind.COUNTERPARTY_LINE, "", last, priced.exposure),
        _one(LimitKind.DAILY_VOLUME, "", trade_date, _worth(largest, rate)),
    ]
    nets: dict[str, Decimal] = {}
    for leg in dealt.legs:
        for flow in leg.flows:
            nets[flow.currency] = nets.get(flow.currency, ZERO) + flow.amount
    found += [_one(LimitKind.NET_OPEN_POSITION, name, FOR_EVER, net) for name, net in nets.items()]
    if kind in EXCHANGED:
        for leg in dealt.legs:
            day = leg.value_date.isoformat()
            paid = _worth(abs(leg.flows[0].amount), rate)
            found.append(_one(LimitKind.SETTLEMENT, day, day, paid))
    if kind.is_loan:
        direction = "LEND" if side_lends else "BORROW"
        found.append(_one(LimitKind.QUOTA, direction, last, _worth(dealt.base_amount, rate)))
    return tuple(found)


def counted(kind: LimitKind) -> Measure:
    """One more quote or order in the market."""
    return Measure(kind, "", FOR_EVER, _ONE, ZERO)


def worst_of(cases: Iterable[tuple[Measure, ...]]) -> tuple[Measure, ...]:
    """One of the cases happens, not known which: each figure's worst either way."""
    found: dict[tuple[str, str, str], Measure] = {}
    for case in cases:
        for one in case:
            key = (one.kind, one.key, one.until)
            known = found.get(key)
            if known is not None:
                up, down = max(known.up, one.up), max(known.down, one.down)
                one = Measure(one.kind, one.key, one.until, up, down)
            found[key] = one
    return tuple(found.values())


def _one(kind: LimitKind, key: str, until: str, amount: Decimal) -> Measure:
    if amount < ZERO:
        return Measure(kind, key, until, ZERO, -amount)
    return Measure(kind, key, until, amount, ZERO)


def _worth(amount: Decimal, rate: Decimal) -> Decimal:
    """In line currency, rounded up to a cent."""
    return (amount * rate).quantize(_CENT, ROUND_CEILING)
