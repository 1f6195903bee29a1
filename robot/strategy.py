"""The contract of every strategy: decide(facts) -> decision, with reasons.

A strategy sees the facts it is given and nothing else; it is pure, so that replay gives the same
answer. What it returns is checked by the core again: a decision never overrides a limit.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Protocol

import msgspec

from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId
from robot.deals.party import Side
from robot.deals.product import ProductKind


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a strategy may know about one request."""

    pair: CurrencyPair
    """Of a loan its currency."""
    product: ProductKind
    side: Side | None
    """Which price is asked: BUY = our bid, SELL = our offer, None = both. A rate; of a swap points,
    far minus near (at our bid we sell near and buy far); of a loan percent a year (at our bid we
    borrow).
    """
    amount: Decimal
    """Base currency; of a loan its own."""
    counterparty: CounterpartyId
    tier: str
    bid: Decimal
    """Best market bid over all fresh venues, in the terms of the price asked."""
    offer: Decimal
    mid: Decimal
    market_age_ms: int
    pip: Decimal
    """What a margin of 1 is worth: a pip of the pair; of a loan a hundredth of a percent."""
    tick: Decimal
    """Smallest step of our own price."""
    value_date: date
    """Of a swap the near leg's; of a loan its start."""
    far_value_date: date | None
    """Of a swap the far leg's; of a loan its maturity."""
    spot: Decimal | None
    """Middle of the spot market; None for loans."""
    position: Decimal
    """Net position of the base currency, positive = long; 0 for loans."""
    position_limit: Decimal
    """Largest net position of the base currency allowed either way; 0 for loans."""
    gap: Decimal
    """Net amount of the base currency (of a loan its own) that we receive on the last value date of
    what is asked; negative = we pay.
    """
    chance: float
    """A number in [0, 1) drawn from the journaled seed for this request; the only chance there is.
    """


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Prices to quote, or none with the reason. `because` is what the trader reads."""

    bid: Decimal | None = None
    offer: Decimal | None = None
    passed: str = ""
    because: tuple[str, ...] = ()


class Strategy(Protocol):
    """What the core asks for a price."""

    def decide(self, facts: Facts) -> Decision:
        """Both prices, or those of the one side asked; or pass with a reason."""
        ...
