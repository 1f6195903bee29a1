"""Results worked out by hand: average cost, points, and what they are worth in line currency."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import msgspec
import pytest

from robot.deals.limit_rows import Counts
from robot.limits.results import Average, Rate, Traded, Worth, traded_of, worth_of
from tests.kit.deals import every_product

JUNE_5 = date(2014, 6, 5)

A_DAY = """
buy  2000000 1.1000 |  2000000 | 2200000 |     0
buy  1000000 1.1030 |  3000000 | 3303000 |     0
sell 1000000 1.1050 |  2000000 | 2202000 |  4000
sell 3000000 1.0990 | -1000000 |-1099000 |     0
sell 1000000 1.1010 | -2000000 |-2200000 |     0
buy  2000000 1.0980 |        0 |       0 |  4000
buy        3 1.1000 |        3 |    3.30 |  4000
sell       1 1.2000 |        2 |    2.20 |  4000.10
"""
"""What is dealt | what is open | what it cost | what is realised."""


def test_a_position_is_carried_at_average_cost() -> None:
    held = Average()
    for line in A_DAY.strip().splitlines():
        told, open_, cost, realised = line.split("|")
        side, amount, rate = told.split()
        base = D(amount) if side == "buy" else -D(amount)
        held.take(Traded(base, -base * D(rate)), "EUR/USD")
        assert (D(open_), D(cost), D(realised)) == (held.base, held.cost, held.counter + held.cost)
        assert held.counter + held.base * D("1.1") == worth_of(held, D("1.1"), {}, Rate()).total


def test_the_parts_of_a_cost_are_of_the_smallest_amount_and_none_of_it_is_lost() -> None:
    """3 EUR cost 10.00 USD: two cost 6.67, one 3.34, none nothing."""
    held = Average()
    held.take(Traded(D(3), D("-10.00")), "EUR/USD")
    for cost in ("6.67", "3.34", "0"):
        held.take(Traded(D(-1), D("3.33")), "EUR/USD")
        assert D(cost) == held.cost
    assert D("-0.01") == held.counter + held.cost


def test_points_are_not_realised_before_their_value_date() -> None:
    """Sold a million forward at 1.1000 - 5 pips; spot 1.10005, points to the day -5.1 pips."""
    held = Average()
    held.take(
        Traded(D(-1_000_000), D(1_100_000), {JUNE_5: D(-1_000_000)}, {JUNE_5: D(-500)}), "EUR/USD"
    )
    points = {JUNE_5: D("-0.00051")}
    assert Worth(D(0), D(-40)) == worth_of(held, D("1.10005"), points, Rate())
    held.settle(JUNE_5)
    assert Worth(D(0), D(-40)) == worth_of(held, D("1.10005"), points, Rate())
    held.settle(date(2014, 6, 6))
    assert Worth(D(-500), D(-550)) == worth_of(held, D("1.10005"), {}, Rate())


@pytest.mark.parametrize(
    ("rate", "worth"),
    [
        (Rate(times=D("0.00981")), Worth(D("-9.81"), D("971.19"))),
        (Rate(over=D(102)), Worth(D("-9.81"), D("970.58"))),
    ],
)
def test_a_result_in_another_currency_is_rounded_down_to_a_cent(rate: Rate, worth: Worth) -> None:
    """Bought 1,000,000 USD at 101.900, mid 102.000, and 1,000 JPY were lost before."""
    held = Average()
    held.take(Traded(D(0), D(-1_000)), "USD/JPY")
    held.take(Traded(D(1_000_000), D(-101_900_000)), "USD/JPY")
    assert worth == worth_of(held, D(102), {}, rate)
    assert worth.total - worth.realised == worth.counted(Counts.UNREALISED)


def test_the_base_of_a_position_in_line_currency_is_worth_itself() -> None:
    held = Average(base=D(1_000_000), counter=D(0), cost=D(0))
    assert D(1_000_000) == worth_of(held, D("101.937"), {}, Rate(over=D("101.937"))).total


@pytest.mark.parametrize("name", sorted(every_product()))
def test_what_a_deal_did_is_its_cash_and_a_void_one_did_nothing(name: str) -> None:
    deal = every_product()[name]
    traded = traded_of(deal)
    cash = traded.counter + sum(traded.points.values())
    if deal.kind.is_loan:
        assert (D(0), D("25.00")) == (traded.base, cash)
    else:
        nets = [D(0), D(0)]
        for flow in deal.flows:
            nets[flow.currency != deal.pair[:3]] += flow.amount
        assert [traded.base, cash] == nets
    assert Traded() == traded_of(msgspec.structs.replace(deal, void=True))


def test_a_swap_is_nothing_but_points() -> None:
    """Bought 1m USD near at 7.0012, sold far 476 pips lower: no position, 47,600.00 CNY paid."""
    traded = traded_of(every_product()["swap"])
    assert (0, 0) == (traded.base, traded.counter)
    assert [D(0), D("-47600.00")] == list(traded.points.values())
