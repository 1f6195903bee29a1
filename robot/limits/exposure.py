"""What a quote would use of each limit, in the worst case of each side that can be hit.

Net open position: bought amounts raise, sold amounts lower. Counterparty line: pre-settlement
exposure (grid method for FX, the loan itself for money lent), in line currency.
"""

from __future__ import annotations

import functools
from decimal import ROUND_CEILING, Decimal

import msgspec

from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId, LimitId
from robot.basics.numbers import ZERO
from robot.deals.agreed import Agreed
from robot.deals.collateral import lending_value
from robot.deals.party import LEND, Side
from robot.deals.product import ProductKind
from robot.deals.reference import Limits
from robot.deals.resolved import AnyResolved, ResolvedDeposit, ResolvedFxSpot, ResolvedRepo
from robot.limits.limit import Use
from robot.market.fixing import Fixing

_CENT = Decimal("0.01")


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What is agreed if one side of a quote is hit."""

    side: Side
    """BUY = at our bid, SELL = at our offer."""
    price: Decimal
    agreed: Agreed
    exposure: Decimal
    """Pre-settlement exposure to the counterparty, in base currency (of a loan its own)."""


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """A price about to be shown: what the gate judges. A side that is not quoted has no case."""

    counterparty: CounterpartyId
    tier: str
    kind: ProductKind
    pair: CurrencyPair
    """Of a loan its currency."""
    cases: tuple[Case, ...]
    mid: Decimal
    """Middle of the market in the terms of the price."""
    spot: Decimal | None
    """Middle of the spot market; None for loans."""
    venue: str = ""
    trader: str = ""
    """Whose order it is; empty = the strategy's."""
    group: str = ""
    country: str = ""
    type: str = ""
    days: int = 0
    """From the trade date to the last value date."""
    limit_price: Decimal | None = None
    """Of an order of ours what it is sent with; what is held for it is a tick worse."""
    local_s: int | None = None
    """What the desk's clock says, where a limit asks for it; seconds since 1970 there."""
    parity: Fixing | None = None
    """The pair's central parity of the trade date, where a limit asks for it and it is known."""

    @property
    def first_days(self) -> int:
        """From the trade date to the first money that moves."""
        agreed = self.cases[0].agreed
        return self.days - (agreed.last_value_date - agreed.value_date).days

    @property
    def amount(self) -> Decimal:
        """The largest base amount that may be dealt, of a swap on either leg."""
        return max([case.agreed.largest_base_amount for case in self.cases])


@functools.lru_cache(maxsize=1024)
def position_limit(currency: str) -> LimitId:
    """Id of the net open position limit of a currency."""
    return LimitId(f"net_open_position:{currency}")


@functools.lru_cache(maxsize=4096)
def line_limit(counterparty: str) -> LimitId:
    """Id of a counterparty's line."""
    return LimitId(f"counterparty_line:{counterparty}")


def outstanding_limit(counterparty: str = "") -> LimitId:
    """Id of the quotes-outstanding limit, of one counterparty or of all together."""
    return LimitId(f"quotes_outstanding:{counterparty}" if counterparty else "quotes_outstanding")


def in_line_currency(exposure: Decimal, line_rate: Decimal) -> Decimal:
    """Rounded up to a cent."""
    return (exposure * line_rate).quantize(_CENT, ROUND_CEILING)


def exposure_of(terms: AnyResolved, agreed: Agreed, limits: Limits) -> Decimal | None:
    """What the counterparty's failure before the last value date could cost, in base currency (of a
    loan its own); None = the limits have no add-on for so long a deal.

    FX: the larger base amount x the add-on of its length (`domain.md` 4.2). Money lent: principal
    and interest, less what its collateral is lent on. Money borrowed: what the collateral given is
    worth beyond it.
    """
    if isinstance(terms, ResolvedDeposit):
        return agreed.counter_amount if terms.side is LEND else ZERO
    if isinstance(terms, ResolvedRepo):
        if terms.side is LEND:
            covered = lending_value(terms.collateral, terms.currency)
            return max(ZERO, agreed.counter_amount - covered)
        worth = sum((row.market_value for row in terms.collateral), ZERO)
        return max(ZERO, worth - terms.amount)
    share = _add_on(terms, agreed, limits)
    return None if share is None else agreed.largest_base_amount * share


def _add_on(terms: AnyResolved, agreed: Agreed, limits: Limits) -> Decimal | None:
    if isinstance(terms, ResolvedFxSpot):
        return limits.spot_add_on
    days = (agreed.last_value_date - terms.trade_date).days
    for row in limits.forward_add_ons:
        if days <= row.days:
            return row.share
    return None


ORDERS_OUTSTANDING = LimitId("orders_outstanding")


def order_use() -> Use:
    """One more order in the market."""
    return Use(ORDERS_OUTSTANDING, Decimal(1), ZERO)


@functools.lru_cache(maxsize=4096)
def outstanding_uses(counterparty: CounterpartyId) -> tuple[Use, Use]:
    """One more quote in the market."""
    one = Decimal(1)
    return (
        Use(outstanding_limit(), one, ZERO),
        Use(outstanding_limit(counterparty), one, ZERO),
    )
