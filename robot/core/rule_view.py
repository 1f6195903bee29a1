"""What facts are worked out from: the state at one moment, and the request that is decided on."""

from __future__ import annotations

from decimal import Decimal

from robot.basics.currency import CurrencyPair, base_of, counter_of
from robot.core.state import Context, Negotiation, RobotState
from robot.deals.product import ProductKind
from robot.limits.headroom import Room
from robot.market.pricing import Priced
from robot.rules.types import VALUE_END
from robot.strategy import Facts

SECOND_NS, MILLISECOND_NS = 1_000_000_000, 1_000_000
_NANO, _MICRO, _CENT = Decimal(10**9), Decimal(10**6), Decimal(100)


class View:
    """One request, or one look by the clock at one instrument (then without `request`)."""

    __slots__ = (
        "chance",
        "context",
        "facts",
        "instrument",
        "kind",
        "market",
        "request",
        "room",
        "state",
    )

    def __init__(
        self,
        context: Context,
        kind: ProductKind,
        instrument: str,
        chance: float,
        request: Negotiation | None = None,
        market: Priced | None = None,
        facts: Facts | None = None,
    ) -> None:
        self.context = context
        self.state: RobotState = context.state
        self.kind = kind
        self.instrument = instrument
        """The pair; of loans the currency."""
        self.chance = chance
        self.request = request
        self.market = market
        """Of what is asked; None = by the clock."""
        self.facts = facts
        self.room: Room | None = None
        """What the limits would take, once a fact has asked for it."""

    @property
    def base(self) -> str:
        """The base currency; of a loan its own."""
        return base_of(CurrencyPair(self.instrument))

    def pair(self, named: str) -> CurrencyPair | None:
        """The pair that is named, else the one asked; None = a loan is asked."""
        if named:
            return CurrencyPair(named)
        return None if self.kind.is_loan else CurrencyPair(self.instrument)

    @property
    def counter(self) -> str | None:
        """The second currency of the pair."""
        return None if self.kind.is_loan else counter_of(CurrencyPair(self.instrument))


def in_price(value: Decimal | None) -> int | None:
    """A price or distance in units of 1e-9, half to even."""
    return None if value is None else known(round(value * _NANO))


def in_rate(value: Decimal | None) -> int | None:
    """Percent in millionths."""
    return None if value is None else known(round(value * _MICRO))


def in_amount(value: Decimal | None) -> int | None:
    """An amount in hundredths."""
    return None if value is None else known(round(value * _CENT))


def known(value: int) -> int | None:
    """The number, unless it is one that has no value."""
    return value if -VALUE_END < value < VALUE_END else None
