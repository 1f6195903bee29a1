"""What a deal is worth moving: basis-point values, delta, swap points, the gap ladder.

Signs: a positive figure gains when the named rate or currency rises. PV01 = PV(rate + 1 bp) -
PV(rate): a lender's is negative. Amounts of money are rounded to the currency's minor unit.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.currency import Currency, CurrencyPair, counter_of, round_amount
from robot.basics.numbers import ZERO
from robot.basics.rate import BASIS_POINT, ONE, InterestRate
from robot.deals.flow import Flow
from robot.deals.party import CashSide
from robot.errors import UnknownReference

Discounts = Mapping[tuple[Currency, date], Decimal]
"""Present value of 1 unit of a currency on a date; what is missing is refused."""


def loan_pv01(
    side: CashSide, amount: Decimal, currency: Currency, rate: InterestRate, ratio: tuple[int, int]
) -> Decimal:
    """Value of one basis point of a deposit or repo: -N t 1bp / (1 + r t) for the lender."""
    share = Decimal(ratio[0]) / ratio[1]
    value = amount * share * BASIS_POINT / (ONE + rate.fraction * share)
    return round_amount(side.sign * value, currency)


def basis_point_carry(amount: Decimal, currency: Currency, ratio: tuple[int, int]) -> Decimal:
    """Interest of one basis point on `amount`, undiscounted: what a swap's carry moves by."""
    return round_amount(amount * ratio[0] * BASIS_POINT / ratio[1], currency)


def point_value(
    pair: CurrencyPair, base_amount: Decimal, factor: Decimal, counter_discount: Decimal = ONE
) -> Decimal:
    """What one swap point of a forward or swap of `base_amount` is worth, in the counter currency:
    N / factor x DF_counter of the far date.
    """
    return round_amount(base_amount / factor * counter_discount, counter_of(pair))


def flow_pv01(flow: Flow, years: Decimal, discount: Decimal) -> Decimal:
    """Value of one basis point of the flow's own currency (continuous rate): -N t DF 1bp."""
    return round_amount(-flow.amount * years * discount * BASIS_POINT, flow.currency)


def spot_equivalent_delta(flows: Iterable[Flow], discounts: Discounts) -> dict[Currency, Decimal]:
    """Present value of all flows per currency; positive = long. Spot risk in one number each.

    A forward that buys N base at K: base N x DF_base, counter -N x K x DF_counter.
    """
    sums: dict[Currency, Decimal] = {}
    for flow in flows:
        discount = discounts.get((flow.currency, flow.value_date))
        if discount is None:
            raise UnknownReference(f"no discount factor for {flow.currency} on {flow.value_date}")
        sums[flow.currency] = sums.get(flow.currency, ZERO) + flow.amount * discount
    return {currency: round_amount(total, currency) for currency, total in sums.items()}


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Cash of one currency in one bucket. `cumulative` = with all earlier buckets; negative = to be
    funded. `bucket` is its last day.
    """

    currency: Currency
    bucket: date
    net: Decimal
    cumulative: Decimal


def gap_ladder(flows: Iterable[Flow], buckets: tuple[date, ...] = ()) -> tuple[Gap, ...]:
    """Net cash per currency and value date, or per bucket that ends on one of the ordered dates;
    what is later than the last goes under its own date. Ordered by currency, then date.
    """
    nets: dict[tuple[Currency, date], Decimal] = {}
    for flow in flows:
        key = (flow.currency, _bucket(flow.value_date, buckets))
        nets[key] = nets.get(key, ZERO) + flow.amount
    rows: list[Gap] = []
    for currency, bucket in sorted(nets):
        same = bool(rows) and rows[-1].currency == currency
        before = rows[-1].cumulative if same else ZERO
        net = nets[currency, bucket]
        rows.append(Gap(currency=currency, bucket=bucket, net=net, cumulative=before + net))
    return tuple(rows)


def _bucket(day: date, buckets: tuple[date, ...]) -> date:
    position = bisect_left(buckets, day)
    return buckets[position] if position < len(buckets) else day
