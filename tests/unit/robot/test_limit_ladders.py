"""Limits by value date: gross position, tenor gap, liquidity gap and DV01, worked out by hand.

Trade date Thursday 2014-05-01; spot of EUR/USD is Monday 5 May, 1M from it Thursday 5 June, which
are 4 and 35 days. A client buys 1,000,000 EUR at 1.10007.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from robot.basics.currency import Currency
from robot.basics.numbers import round_half_up
from robot.basics.rate import InterestRate
from robot.core.state import restore, snapshot
from robot.deals.flow import Flow, Leg
from robot.deals.limit_rows import TENOR_BUCKETS, LimitKind, LimitRow
from robot.deals.party import CashSide
from robot.deals.risk import basis_point_carry, loan_pv01
from robot.errors import InvariantViolated
from robot.invariants import check_recomputed, check_state
from robot.limits.ladders import Ladder, basis_point_factor, flows_of, year_days
from robot.limits.tree import LimitTree
from robot.messages.effects import AlertRaised, Decided, LimitsMoved
from robot.messages.orders import OrderReport
from tests.kit import taker
from tests.kit.desk import Desk
from tests.kit.products import desk_of_all_products

FORWARD = {"product": "FORWARD", "tenor": "1M"}
SWAP = {"product": "SWAP", "far_tenor": "1M"}
LOAN = {"product": "DEPOSIT", "pair": "USD", "far_tenor": "1M"}
CENT = D("0.01")


def desk(**tree: Any) -> Desk:
    return desk_of_all_products(limits={"tree": tree})


def ask(of: Desk, side: str | None = "buy", amount: int = 1_000_000, **request: Any) -> str:
    """What a request comes to; empty = it is quoted."""
    of.rfq(amount, side=side, **request)
    check_state(of.state)
    return of.one(Decided).reason


def deal(of: Desk, side: str, amount: int = 1_000_000, **request: Any) -> None:
    quote = of.quoted(amount, side=side, **request)
    of.hit(quote, side, amount, pair=request.get("pair", "EUR/USD"))
    check_state(of.state)


def figure(of: Desk, name: str) -> D:
    account = of.state.gate.accounts.get(name)
    return account.utilisation if account is not None else D(0)


EQUAL_AND_ONE_MORE = [
    ("gross_position", {"currencies": ["EUR"]}, {}, "1000000", "999999"),
    ("gross_position", {"currencies": ["USD"]}, {}, "1100070", "1100069.99"),
    ("gross_position", {"currencies": ["EUR"]}, SWAP, "2000000", "1999999"),
    ("tenor_gap", {"currencies": ["EUR"]}, {}, "1000000", "999999"),
    ("tenor_gap", {"currencies": ["EUR"], "tenors": ["3M"]}, SWAP, "1000000", "999999"),
    ("liquidity_gap", {"currencies": ["EUR"], "horizon_days": 4}, {}, "1000000", "999999"),
    # 4 days of 360: 0.000001111111 of 1,000,000
    ("dv01", {"currencies": ["EUR"]}, {}, "1.111111", "1.111110"),
    ("dv01_total", {"currencies": ["EUR"]}, {}, "1.111111", "1.111110"),
    # paid after 4 days and received after 35: 0.000009722222 - 0.000001111111
    ("dv01_total", {"currencies": ["EUR"]}, SWAP, "8.611111", "8.611110"),
    ("dv01", {"currencies": ["EUR"], "tenors": ["3M"]}, SWAP, "9.722222", "9.722221"),
]


@pytest.mark.parametrize(("kind", "row", "request_", "fits", "refuses"), EQUAL_AND_ONE_MORE)
def test_what_is_equal_to_the_maximum_fits_and_the_smallest_unit_more_does_not(
    kind: str, row: dict[str, Any], request_: dict[str, Any], fits: str, refuses: str
) -> None:
    of = desk(**{kind: [{"everyone": "all", **row, "maximum": fits}]})
    assert ask(of, **request_) == ""
    assert ask(of, **request_) == kind.upper()  # all of it is held
    of.pass_time(3_000)
    of.market("1.10000", "1.10010")
    assert ask(of, **request_) == ""
    of = desk(**{kind: [{"everyone": "all", **row, "maximum": refuses}]})
    assert ask(of, **request_) == kind.upper()


def test_the_value_of_a_basis_point_is_that_of_the_books() -> None:
    """Goldens PV-01 (CNY 500m, 90 days, 1.80 %) and PV-03 (USD 10m, 91 days)."""
    back = D("502250000.00")  # 500m and its interest, 2.25m
    lent = -back * basis_point_factor(90, year_days("CNY", "DEPOSIT"), "1.80")
    assert D("-12444.00") == round_half_up(lent, CENT)
    rate, ratio, cny = InterestRate(D("1.80")), (90, 360), Currency("CNY")
    assert loan_pv01(CashSide.LEND, D(500_000_000), cny, rate, ratio) == round_half_up(lent, CENT)
    carry = D(10_000_000) * basis_point_factor(91, year_days("USD", "SWAP"), "")
    assert D("252.78") == round_half_up(carry, CENT)
    assert basis_point_carry(D(10_000_000), Currency("USD"), (91, 360)) == D("252.78")
    assert (year_days("GBP", "SPOT"), year_days("CNY", "REPO"), year_days("XXX", "SPOT")) == (
        365,
        365,
        360,
    )


def test_what_is_bought_and_sold_back_is_gross_and_not_net() -> None:
    of = desk(
        gross_position=[{"everyone": "all", "currencies": ["EUR"], "maximum": "2000000"}],
        tenor_gap=[{"everyone": "all", "currencies": ["EUR"], "maximum": "1000000"}],
    )
    deal(of, "buy")
    deal(of, "sell")
    assert figure(of, "gross_position:everyone=all[EUR]:EUR") == 2_000_000
    assert figure(of, "tenor_gap:everyone=all[EUR]:EUR:1W") == 0
    assert ask(of, amount=1) == "GROSS_POSITION"
    of.roll(5)  # past the value date
    of.market()
    assert ask(of) == ""


def test_loans_are_not_bought_and_a_fixing_pays_no_principal() -> None:
    row = {"everyone": "all", "maximum": "0"}
    assert ask(desk(gross_position=[row]), **LOAN) == ""
    request = {"product": "NDF", "pair": "USD/CNY", "tenor": "1M", "settlement_currency": "USD"}
    for kind, reason in (("tenor_gap", ""), ("dv01", "DV01"), ("gross_position", "GROSS_POSITION")):
        assert ask(desk(**{kind: [row]}), **request) == reason
    of = desk(liquidity_gap=[{**row, "horizon_days": 60}])
    assert ask(of, **request) == ""


def test_a_two_way_quote_holds_both_ways_and_each_currency_and_bucket_by_itself() -> None:
    of = desk(tenor_gap=[{"everyone": "all", "maximum": "9000000"}])
    assert ask(of, None, **SWAP) == ""
    held = {
        name.removeprefix("tenor_gap:everyone=all:"): (account.reserved_up, account.reserved_down)
        for name, account in of.state.gate.accounts.items()
        if name.startswith("tenor_gap")
    }
    million = D(1_000_000)
    assert set(held) == {"EUR:1W", "EUR:3M", "USD:1W", "USD:3M"}
    assert held["EUR:1W"] == held["EUR:3M"] == (million, million)


def test_money_comes_nearer_by_waiting_and_is_told() -> None:
    """35 days are 3M, four days later it is 31 and 1M; there it is over."""
    rows = [
        {"everyone": "all", "currencies": ["EUR"], "tenors": ["1M"], "maximum": "500000"},
        {"everyone": "all", "currencies": ["EUR"], "tenors": ["3M"], "maximum": "2000000"},
    ]
    of = desk(tenor_gap=rows, dv01_total=[{"everyone": "all", "maximum": "50"}])
    deal(of, "buy", **FORWARD)
    far, near = "tenor_gap:everyone=all[EUR,3M]:EUR:3M", "tenor_gap:everyone=all[EUR,1M]:EUR:1M"
    total = "dv01_total:everyone=all:EUR"
    assert (figure(of, far), figure(of, near)) == (-1_000_000, 0)
    assert figure(of, total) == D("9.722222")  # we pay: it gains when the rate rises
    of.roll(4)
    check_state(of.state)
    assert (figure(of, far), figure(of, near)) == (0, -1_000_000)
    assert figure(of, total) == D("8.611111")
    moved = {move.limit_id: move for one in of.all(LimitsMoved) for move in one.moves}
    assert (moved[near].requested, moved[near].utilisation) == (-1_000_000, -1_000_000)
    assert (moved[far].requested, moved[far].utilisation) == (1_000_000, 0)
    (alert,) = [one for one in of.all(AlertRaised) if one.code == "LIMIT_BREACHED"]
    assert f"{near}: utilisation -1000000" in alert.text
    assert of.state.gate.accounts[near].excess == 500_000


def test_over_the_maximum_only_what_reduces_passes_and_not_beyond_flat() -> None:
    of = desk()
    deal(of, "buy", **FORWARD)
    tree = {"tenor_gap": [{"everyone": "all", "currencies": ["EUR"], "maximum": "400000"}]}
    of = _changed(of, tree)
    assert ask(of, "buy", 1, **FORWARD) == "TENOR_GAP"
    assert ask(of, None, 1, **FORWARD) == "TENOR_GAP"
    assert ask(of, "sell", 1_000_001, **FORWARD) == "TENOR_GAP"
    assert ask(of, "sell", 600_000, **FORWARD) == ""
    assert ask(of, "sell", 400_001, **FORWARD) == "TENOR_GAP"  # together beyond flat


def _changed(of: Desk, tree: dict[str, Any]) -> Desk:
    """The same desk started again with another tree."""
    limits = desk(**tree).reference.limits
    made = type(of.reference)(
        **{
            **{name: getattr(of.reference, name) for name in of.reference.__struct_fields__},
            "limits": limits,
        }
    )
    of.reference = made
    of.restart()
    fresh = desk_of_all_products()
    for event in [one.event for one in fresh.stepped][1:]:
        of.step(event)
    for venue in of.state.venues.values():
        venue.reconciled = True
    return of


def test_lending_for_a_date_without_cash_is_refused_and_borrowing_passes() -> None:
    """At most 300,000 USD short on any date of the next 60 days, the settled ones left out."""
    row = {"everyone": "all", "currencies": ["USD"], "horizon_days": 60, "maximum": "300000"}
    of = desk(liquidity_gap=[row])
    assert ask(of, "buy", 300_001, **LOAN) == "LIQUIDITY_GAP"  # the client borrows, we pay
    deal(of, "buy", 300_000, **LOAN)
    name = "liquidity_gap:everyone=all[USD]:USD:"
    assert figure(of, f"{name}2014-05-04") == 0
    assert figure(of, f"{name}2014-05-05") == figure(of, f"{name}2014-06-04") == 300_000
    assert figure(of, f"{name}2014-06-05") < 0  # back with its interest: more than is needed
    assert ask(of, "buy", 1, **LOAN) == "LIQUIDITY_GAP"
    deal(of, "sell", 1_000_000, **LOAN)  # borrowed until the same day
    assert figure(of, f"{name}2014-05-05") == -700_000
    assert ask(of, "buy", 1_000_000, **LOAN) == ""
    assert ask(of, "buy", 1, **LOAN) == "LIQUIDITY_GAP"


def test_what_brings_cash_passes_where_it_is_short_by_a_fact() -> None:
    of = desk()
    deal(of, "buy", 1_000_000, **LOAN)
    row = {"everyone": "all", "currencies": ["USD"], "horizon_days": 10, "maximum": "300000"}
    of = _changed(of, {"liquidity_gap": [row]})
    assert (
        of.state.gate.accounts["liquidity_gap:everyone=all[USD]:USD:2014-05-05"].excess == 700_000
    )
    assert ask(of, "buy", 1, **LOAN) == "LIQUIDITY_GAP"
    assert ask(of, None, 1, **LOAN) == "LIQUIDITY_GAP"
    assert ask(of, "sell", 100_000, **LOAN) == ""
    deal(of, "sell", 800_000, **LOAN)
    assert of.state.gate.accounts["liquidity_gap:everyone=all[USD]:USD:2014-05-05"].excess == 0


def test_a_horizon_ends_where_its_row_says_and_another_row_looks_farther() -> None:
    rows = [
        {"everyone": "all", "currencies": ["USD"], "horizon_days": days, "maximum": "9000000"}
        for days in (3, 6)
    ]
    rows[0]["id"], rows[1]["id"] = "near", "far"
    of = desk(liquidity_gap=rows)
    deal(of, "sell")  # we pay USD after four days
    names = {name for name in of.state.gate.accounts if name.startswith(("near", "far"))}
    assert names == {f"far:USD:2014-05-0{day}" for day in (5, 6, 7)}
    of.roll()
    assert figure(of, "near:USD:2014-05-05") == 1_100_030


def test_a_trade_that_is_corrected_or_void_counts_as_what_it_is_now() -> None:
    tree = {
        kind: [{"venue": "ALPHA", "maximum": "90000000", **more}]
        for kind, more in (
            ("gross_position", {}),
            ("tenor_gap", {}),
            ("dv01", {}),
            ("dv01_total", {}),
            ("liquidity_gap", {"horizon_days": 7}),
        )
    }
    of = taker.short(taker.desk(limits={"tree": tree}))
    (order,) = of.state.orders.values()
    sent = next(
        one for row in of.history for one in row if getattr(one, "order_id", "") == order.order_id
    )
    before = figure(of, "gross_position:venue=ALPHA:EUR")
    taker.trade(of, sent, "X1", 1_000_000, "1.10010")
    check_state(of.state)
    assert figure(of, "gross_position:venue=ALPHA:EUR") == before + 1_000_000
    said = {"last_amount": D(500_000), "last_price": D("1.10010"), "filled": D(500_000)}
    taker.report(of, sent, OrderReport.CORRECTED, "X2", reference_exec_id="X1", **said)
    check_state(of.state)
    assert figure(of, "gross_position:venue=ALPHA:EUR") == before + 500_000
    taker.report(of, sent, OrderReport.BUSTED, "X3", reference_exec_id="X1")
    check_state(of.state)
    assert figure(of, "gross_position:venue=ALPHA:EUR") == before


def test_an_order_of_unknown_fate_is_held_over_the_day_roll_in_its_new_bucket() -> None:
    tree = {"tenor_gap": [{"everyone": "all", "maximum": "90000000"}]}
    of = taker.short(
        taker.desk(limits={"tree": tree, "tenor_buckets": [{"name": "3D", "days": 3}]})
    )
    account = of.state.gate.accounts["tenor_gap:everyone=all:EUR:BEYOND"]
    assert (account.utilisation, account.reserved_up) == (-5_000_000, 2_000_000)
    of.log_out()
    of.roll()
    check_state(of.state)
    assert of.state.orders
    account = of.state.gate.accounts["tenor_gap:everyone=all:EUR:3D"]
    assert (account.utilisation, account.reserved_up) == (-5_000_000, 2_000_000)


def test_cash_of_a_date_that_has_passed_is_not_held_any_more() -> None:
    tree = {kind: [{"everyone": "all", "maximum": "90000000"}] for kind in ("tenor_gap", "dv01")}
    of = taker.short(taker.desk(limits={"tree": tree}))
    of.log_out()
    of.roll(5)
    check_state(of.state)
    assert of.state.orders
    assert not [name for name in of.state.gate.accounts if name.startswith(("tenor_gap", "dv01"))]


@pytest.mark.parametrize("amount", [500_000, 1_500_000])
def test_an_order_that_is_to_be_replaced_holds_the_worse_of_both_by_value_date(amount: int) -> None:
    tree = {"tenor_gap": [{"everyone": "all", "currencies": ["EUR"], "maximum": "1500000"}]}
    of = taker.desk(limits={"tree": tree})
    order = taker.working(of, amount=D(1_000_000))
    assert taker.changed(of, order, amount=D(amount))
    check_state(of.state)
    account = of.state.gate.accounts["tenor_gap:everyone=all[EUR]:EUR:1W"]
    assert max(amount, 1_000_000) in (account.reserved_up, account.reserved_down)
    assert ask(of, None, 1_000_000) == "TENOR_GAP"


def test_a_restart_in_the_middle_finds_the_same_figures() -> None:
    row = {"everyone": "all", "maximum": "3400000"}
    of = desk(tenor_gap=[row], gross_position=[row], dv01=[row], dv01_total=[row])
    deal(of, "buy")
    assert ask(of, **SWAP) == ""
    before = dict(of.state.gate.accounts)
    of.engine.state = restore(snapshot(of.state))
    assert of.state.gate.accounts == before
    assert ask(of, "buy", 500_000) == "GROSS_POSITION"
    check_recomputed(of.state)


def test_cash_that_was_tampered_with_is_found() -> None:
    of = desk()
    deal(of, "buy", **FORWARD)
    (held,) = of.state.gate.book.subjects.values()
    received, paid = held.flows["EUR|2014-06-05|"]
    held.flows["EUR|2014-06-05|"] = received, paid - 1
    with pytest.raises(InvariantViolated, match="2014-06-05"):
        check_recomputed(of.state)


def test_no_rows_no_ladder_and_rows_without_a_day_are_refused() -> None:
    row = LimitRow(everyone="all", maximum=D(1))
    assert LimitTree({LimitKind.SETTLEMENT: (row,)}, None).ladder is None
    with pytest.raises(InvariantViolated, match="trade date"):
        LimitTree({LimitKind.DV01: (row,)}, None)


def test_a_rate_that_leaves_nothing_cannot_be_counted() -> None:
    day, later = date(2014, 5, 1), date(2015, 5, 1)
    flow = Flow(Currency("USD"), D(1), later)
    legs = (Leg(value_date=later, rate=D(-100), flows=(flow,)),)
    row = LimitRow(everyone="all", maximum=D(1))
    ladder = Ladder({LimitKind.DV01: (row,)}, {LimitKind.DV01}, day, TENOR_BUCKETS)
    with pytest.raises(ValueError, match="nothing to discount"):
        ladder.figures("DEPOSIT", flows_of(legs, loan=True))
