"""The contract of every strategy: decide(facts) -> decision, with reasons.

A strategy sees the facts it is given and nothing else; it is pure, so that replay gives the same
answer. What it returns is checked by the core again: a decision never overrides a limit.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

import msgspec

from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId
from robot.deals.party import Side


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a strategy may know about one request."""

    pair: CurrencyPair
    side: Side | None
    """Our side; None = the counterparty wants both."""
    amount: Decimal
    """Base currency."""
    counterparty: CounterpartyId
    tier: str
    bid: Decimal
    """Best market bid over all fresh venues."""
    offer: Decimal
    mid: Decimal
    market_age_ms: int
    pip: Decimal
    tick: Decimal
    position: Decimal
    """Net position of the base currency, positive = long."""
    position_limit: Decimal
    """Largest net position of the base currency allowed either way."""
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
