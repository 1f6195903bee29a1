"""What a quote would use of each limit, in the worst case of each side that can be hit.

Net open position: bought amounts raise, sold amounts lower. Counterparty line: pre-settlement
exposure = amount in line currency x add-on (grid method, `limits.yaml` says which add-on).
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

import msgspec

from robot.basics.currency import CurrencyPair, base_of, counter_amount, counter_of
from robot.basics.ids import CounterpartyId, LimitId
from robot.basics.numbers import ZERO
from robot.limits.limit import Use

_CENT = Decimal("0.01")


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """A price about to be shown: what the gate judges. `bid` None = we cannot be made to buy."""

    counterparty: CounterpartyId
    tier: str
    pair: CurrencyPair
    amount: Decimal
    bid: Decimal | None
    offer: Decimal | None


def position_limit(currency: str) -> LimitId:
    """Id of the net open position limit of a currency."""
    return LimitId(f"net_open_position:{currency}")


def line_limit(counterparty: str) -> LimitId:
    """Id of a counterparty's line."""
    return LimitId(f"counterparty_line:{counterparty}")


def outstanding_limit(counterparty: str = "") -> LimitId:
    """Id of the quotes-outstanding limit, of one counterparty or of all together."""
    return LimitId(f"quotes_outstanding:{counterparty}" if counterparty else "quotes_outstanding")


def position_uses(quoted: Quoted) -> tuple[Use, Use]:
    """Worst case of both currencies' net positions."""
    buys = quoted.amount if quoted.bid is not None else ZERO
    sells = quoted.amount if quoted.offer is not None else ZERO
    paid = counter_amount(quoted.pair, buys, quoted.bid) if quoted.bid is not None else ZERO
    received = (
        counter_amount(quoted.pair, sells, quoted.offer) if quoted.offer is not None else ZERO
    )
    return (
        Use(position_limit(base_of(quoted.pair)), buys, sells),
        Use(position_limit(counter_of(quoted.pair)), received, paid),
    )


def line_use(quoted: Quoted, amount_in_line_currency: Decimal, add_on: Decimal) -> Use:
    """Pre-settlement exposure of the deal, rounded up to a cent."""
    exposure = (amount_in_line_currency * add_on).quantize(_CENT, ROUND_CEILING)
    return Use(line_limit(quoted.counterparty), exposure, ZERO)


def outstanding_uses(counterparty: CounterpartyId) -> tuple[Use, Use]:
    """One more quote in the market."""
    one = Decimal(1)
    return (
        Use(outstanding_limit(), one, ZERO),
        Use(outstanding_limit(counterparty), one, ZERO),
    )
