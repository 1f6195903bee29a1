"""Basis-point values, deltas and the ladder of gaps."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.rate import parse_rate
from robot.deals.flow import Flow
from robot.deals.party import BORROW, BUY, LEND
from robot.deals.resolved import FxLeg
from robot.deals.risk import (
    Gap,
    flow_pv01,
    gap_ladder,
    loan_pv01,
    point_value,
    spot_equivalent_delta,
)
from robot.errors import UnknownReference

USD, CNY, JPY = Currency("USD"), Currency("CNY"), Currency("JPY")
NEAR, FAR = date(2026, 1, 16), date(2026, 4, 16)


def test_a_borrower_gains_what_a_lender_loses() -> None:
    terms = (D(500_000_000), CNY, parse_rate("1.80%"), (90, 360))
    assert D("12444.00") == loan_pv01(BORROW, *terms) == -loan_pv01(LEND, *terms)


def test_a_point_is_worth_less_when_it_is_paid_later() -> None:
    pair = CurrencyPair("USD/JPY")
    assert D(100_000) == point_value(pair, D(10_000_000), D(100))
    assert D(99_000) == point_value(pair, D(10_000_000), D(100), D("0.99"))


def test_a_flow_received_loses_when_its_rate_rises() -> None:
    flow = Flow(USD, D(10_000_000), FAR)
    assert D("-247.50") == flow_pv01(flow, D("0.25"), D("0.99"))


def test_a_bought_forward_is_long_base_and_short_counter() -> None:
    """N x DF_base, -N x K x DF_counter (`domain.md` 3.8)."""
    pair = CurrencyPair("USD/CNY")
    leg = FxLeg(pair=pair, side=BUY, currency=USD, amount=D(10_000_000), value_date=FAR)
    discounts = {(USD, FAR): D("0.9894"), (CNY, FAR): D("0.9963")}

    found = spot_equivalent_delta(leg.at(D("6.9536")).flows, discounts)

    assert {USD: D("9894000.00"), CNY: D("-69278716.80")} == found
    with pytest.raises(UnknownReference, match="no discount factor for USD on 2026-04-16"):
        spot_equivalent_delta(leg.at(D("6.9536")).flows, {})


def test_the_ladder_nets_by_currency_and_date_and_runs_on() -> None:
    flows = [
        Flow(USD, D(10), FAR),
        Flow(CNY, D(-70), NEAR),
        Flow(USD, D(-4), NEAR),
        Flow(USD, D(1), NEAR),
    ]

    assert (
        Gap(currency=CNY, bucket=NEAR, net=D(-70), cumulative=D(-70)),
        Gap(currency=USD, bucket=NEAR, net=D(-3), cumulative=D(-3)),
        Gap(currency=USD, bucket=FAR, net=D(10), cumulative=D(7)),
    ) == gap_ladder(flows)


def test_buckets_end_on_their_day_and_what_is_later_stands_alone() -> None:
    days = [date(2026, 1, 16), date(2026, 1, 23), date(2026, 1, 24), date(2026, 5, 1)]
    week, month = date(2026, 1, 23), date(2026, 2, 16)

    ladder = gap_ladder([Flow(USD, D(1), day) for day in days], (week, month))

    assert [(week, D(2)), (month, D(1)), (days[-1], D(1))] == [(g.bucket, g.net) for g in ladder]
    assert D(4) == ladder[-1].cumulative
