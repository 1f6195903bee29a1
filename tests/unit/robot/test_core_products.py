"""Every product through the whole core: asked, dated, priced, limited, hit, booked.

Trade date Thursday 2014-05-01, calendars know weekends only: spot of EUR/USD is Monday 5 May, 1M
from it Thursday 5 June, 3M Tuesday 5 August. Figures are worked out by hand beside the case.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from robot.deals.collateral import Collateral
from robot.invariants import check_state
from robot.messages.effects import (
    AlertRaised,
    ConcludeDeal,
    DealBooked,
    Decided,
    SendQuote,
    SubscribeMarket,
    WithdrawQuote,
)
from robot.messages.events import FixingPublished
from tests.kit.desk import Desk, refusal
from tests.kit.products import BONDS, curve_quote, desk_of_all_products

JUNE_5, AUGUST_5 = date(2014, 6, 5), date(2014, 8, 5)


def booked(of: Desk) -> DealBooked:
    """The deal among the last effects; everything that must hold still does."""
    check_state(of.state)
    return of.one(DealBooked)


def flows(of: DealBooked) -> list[tuple[str, D, date]]:
    return [(flow.currency, flow.amount, flow.value_date) for flow in of.deal.flows]


def test_a_forward_is_quoted_at_spot_and_points_and_booked_on_its_date() -> None:
    """1.10000/1.10010 with -5.20/-5.00 is 1.09948/1.09960, mid 1.09954, margin 1 pip."""
    robot = desk_of_all_products()

    quote = robot.one(SendQuote, robot.rfq(product="FORWARD", tenor="1M"))

    assert (D("1.09944"), D("1.09964")) == (quote.bid, quote.offer)
    assert (D("1.10000"), D("1.10010"), JUNE_5) == (
        quote.bid_spot,
        quote.offer_spot,
        quote.value_date,
    )
    robot.hit(quote.quote_id, "buy", price="1.09964", value_date=JUNE_5)
    deal = booked(robot)
    assert [("EUR", D(-1_000_000), JUNE_5), ("USD", D("1099640.00"), JUNE_5)] == flows(deal)
    assert (D("1.10010"), D("-0.00046")) == (deal.deal.spot_rate, deal.deal.points)
    assert D("100.00") == deal.deal.edge  # 1.09964 against 1.09954 on a million
    # Sold at 1.09964, worth 1.10005 - 5.10 pips = 1.09954: the same 100 in the running result.
    assert {"EUR/USD": D(100)} == {name: D(result) for name, result in deal.pnl.items()}


def test_the_points_of_a_broken_date_lie_between_those_of_its_neighbours() -> None:
    """7 July is 32 of the 61 days from 5 June (-5.20/-5.00) to 5 August (-15.60/-15.20)."""
    robot = desk_of_all_products()
    quote = robot.one(SendQuote, robot.rfq(product="FORWARD", value_date=date(2014, 7, 7)))
    # Bid points -5.2 - 10.4 x 32/61 = -10.6557; offer -5.0 - 10.2 x 32/61 = -10.3508
    # 1.10000 - 0.00106557 -> 1.098934 down; 1.1001 - 0.00103508 -> 1.099065 up; mid 1.0989995
    assert (D("1.09889"), D("1.09910")) == (quote.bid, quote.offer)


def test_a_swap_is_quoted_in_points_and_its_legs_are_opposite() -> None:
    """1M: -5.20/-5.00, mid -5.10; a pip of margin: -6.10/-4.10. Even: both at the spot middle."""
    robot = desk_of_all_products()

    quote = robot.one(SendQuote, robot.rfq(product="SWAP", far_tenor="1M"))

    assert (D("-0.000610"), D("-0.000410")) == (quote.bid, quote.offer)
    assert (D("1.10005"), D("1.10005"), 0) == (
        quote.bid_spot,
        quote.offer_spot,
        quote.near_points,
    )
    # The client buys near and sells far: at our bid.
    robot.hit(
        quote.quote_id,
        "buy",
        near_rate=D("1.10005"),
        far_rate=D("1.09944"),
        far_value_date=JUNE_5,
    )
    deal = booked(robot)
    assert [
        ("EUR", D(-1_000_000), date(2014, 5, 5)),
        ("USD", D("1100050.00"), date(2014, 5, 5)),
        ("EUR", D(1_000_000), JUNE_5),
        ("USD", D("-1099440.00"), JUNE_5),
    ] == flows(deal)
    assert ("SELL", D("-0.000610"), D("1.09944")) == (
        deal.deal.side,
        deal.deal.points,
        deal.deal.far_rate,
    )
    # Points sold at -5.10 are 510 paid to us; at -6.10 they are 610.
    assert D("100.00") == deal.deal.edge
    assert 0 == robot.state.ledger.net_position("EUR")


def test_a_swap_said_in_words_of_the_day_before_spot_deals_from_there() -> None:
    """TN: tomorrow (2 May) against spot. Its points reversed are those from spot to tomorrow."""
    robot = desk_of_all_products()
    quote = robot.one(
        SendQuote, robot.rfq(product="SWAP", tenor="TOM", far_tenor="SPOT", side="sell")
    )
    # Far from near: TN -0.20/-0.10 again, and a pip of margin around -0.15. The client sells near:
    # we buy near and sell far, at the offer.
    assert (None, D("0.000085")) == (quote.bid, quote.offer)
    assert (date(2014, 5, 2), date(2014, 5, 5)) == (quote.value_date, quote.far_value_date)
    # Spot to tomorrow is +0.10/+0.20, middle 0.15 pips.
    assert D("0.000015") == quote.near_points


@pytest.mark.parametrize(
    ("tenor", "near", "far"),
    [
        ("ON", date(2014, 5, 1), date(2014, 5, 2)),
        ("TN", date(2014, 5, 2), date(2014, 5, 5)),
        ("SN", date(2014, 5, 5), date(2014, 5, 6)),
    ],
)
def test_one_word_names_both_dates_of_a_short_swap(tenor: str, near: date, far: date) -> None:
    robot = desk_of_all_products()
    curve_quote(robot, "EUR/USD", "ON", "-0.10", "-0.05")

    quote = robot.one(SendQuote, robot.rfq(product="SWAP", far_tenor=tenor))

    assert (near, far) == (quote.value_date, quote.far_value_date)


def test_an_uneven_swap_pays_the_spread_on_the_difference() -> None:
    """Far 1.5m against near 1m: at our bid we end up 500,000 longer, bought at the spot bid."""
    robot = desk_of_all_products()
    quote = robot.one(SendQuote, robot.rfq(product="SWAP", far_tenor="1M", far_amount=D(1_500_000)))
    assert (D("1.10000"), D("1.10010")) == (quote.bid_spot, quote.offer_spot)
    robot.hit(quote.quote_id, "buy", far_amount=D(1_500_000))
    booked(robot)
    assert D(500_000) == robot.state.ledger.net_position("EUR")


def test_a_deal_in_the_counter_currency_fixes_that_amount() -> None:
    """The client buys EUR for USD 1,099,640: at the offer 1.09964 that is a million of them."""
    robot = desk_of_all_products()
    quote = robot.one(
        SendQuote, robot.rfq("1099640", product="FORWARD", tenor="1M", currency="USD")
    )
    robot.hit(quote.quote_id, "buy", "1099640", currency="USD")
    deal = booked(robot)
    assert [("EUR", D("-1000000.00"), JUNE_5), ("USD", D(1_099_640), JUNE_5)] == flows(deal)
    assert "USD" == deal.deal.currency


def test_an_ndf_names_its_fixing_and_books_the_dealt_amounts() -> None:
    """7.0010/7.0014 with 10/14 is 7.0020/7.0028; margin 1 pip around 7.0024."""
    robot = desk_of_all_products()
    quote = robot.one(
        SendQuote,
        robot.rfq(product="NDF", pair="USD/CNY", tenor="1M", settlement_currency="USD"),
    )
    assert (D("7.0023"), D("7.0025")) == (quote.bid, quote.offer)
    assert ("PARITY USD/CNY", date(2014, 6, 3), "USD") == (
        quote.fixing_index,
        quote.fixing_date,
        quote.settlement_currency,
    )
    robot.hit(quote.quote_id, "sell", pair="USD/CNY")
    deal = booked(robot)
    assert [("USD", D(1_000_000), JUNE_5), ("CNY", D("-7002300.00"), JUNE_5)] == flows(deal)


def test_a_deposit_lent_brings_its_interest_and_uses_the_line_in_full() -> None:
    """USD 1M from 5 May to 5 June, 31 days ACT/360 at 4.16 %: 1m x 0.0416 x 31/360 = 3582.22."""
    robot = desk_of_all_products()
    quote = robot.one(
        SendQuote, robot.rfq(product="DEPOSIT", pair="USD", side="buy", far_tenor="1M")
    )
    assert (None, D("4.1600")) == (quote.bid, quote.offer)
    robot.hit(quote.quote_id, "buy", pair="USD", price="4.16")
    deal = booked(robot)
    assert [
        ("USD", D(-1_000_000), date(2014, 5, 5)),
        ("USD", D(1_000_000), JUNE_5),
        ("USD", D("3582.22"), JUNE_5),
    ] == flows(deal)
    assert D("1003582.22") == deal.deal.counter_amount
    assert D("1003582.22") == robot.state.gate.accounts["counterparty_line:BANKA"].utilisation
    assert D("8.61") == deal.deal.edge  # one hundredth of a percent of a million for 31 days


def test_a_two_way_deposit_that_is_hit_at_our_bid_uses_no_line() -> None:
    robot = desk_of_all_products()
    quote = robot.one(SendQuote, robot.rfq(product="DEPOSIT", pair="USD", far_tenor="1M"))
    held = robot.state.gate.accounts["counterparty_line:BANKA"].reserved_up
    assert D("1003582.23") >= held >= D("1003582.22")  # the worse side: we lend
    robot.hit(quote.quote_id, "sell", pair="USD", price="4.14")
    assert 0 == robot.state.gate.accounts["counterparty_line:BANKA"].utilisation
    assert "BUY" == booked(robot).deal.side


def test_a_repo_lends_against_bonds_and_says_the_contract() -> None:
    """R007 ACT/365, 10m at 1.51 %: 10m x 0.0151 x 7/365 = 2895.89; 11m bonds less 5 % carry it."""
    robot = desk_of_all_products()
    quote = robot.one(
        SendQuote,
        robot.rfq(
            "10000000",
            product="REPO",
            pair="CNY",
            side="buy",
            far_tenor="R007",
            collateral=BONDS,
        ),
    )
    assert ("R007", D("1.5100"), date(2014, 5, 8)) == (
        quote.contract_code,
        quote.offer,
        quote.far_value_date,
    )
    robot.hit(quote.quote_id, "buy", "10000000", pair="CNY", price="1.51")
    deal = booked(robot)
    assert D("10002895.89") == deal.deal.counter_amount
    first, second = deal.deal.legs
    assert [("170013", D(11_000_000))] == [(s.security, s.face) for s in first.securities]
    assert [("170013", D(-11_000_000))] == [(s.security, s.face) for s in second.securities]
    # 11m x 95 % = 10.45m covers what is owed: nothing of the line is used.
    assert 0 == robot.state.gate.accounts["counterparty_line:BANKA"].utilisation


def test_the_venue_is_asked_for_the_curves_of_what_is_dealt_there() -> None:
    robot = desk_of_all_products()
    asked = [
        effect for turn in robot.history for effect in turn if isinstance(effect, SubscribeMarket)
    ]
    assert (
        "EUR/USD",
        "USD/JPY",
        "USD/CNY",
        "USD DEPOSIT",
        "CNY DEPOSIT",
        "CNY REPO",
    ) == asked[0].curves


REFUSALS: list[tuple[str, dict[str, Any]]] = [
    ("UNKNOWN_VALUE_DATE", {"product": "FORWARD", "tenor": "13X"}),
    ("UNKNOWN_VALUE_DATE", {"product": "FORWARD", "tenor": "1M", "value_date": date(2014, 6, 6)}),
    ("UNKNOWN_VALUE_DATE", {"product": "FORWARD", "value_date": date(2014, 6, 7)}),
    ("UNKNOWN_VALUE_DATE", {"product": "FORWARD", "value_date": date(2014, 4, 30)}),
    ("BEYOND_HORIZON", {"product": "FORWARD", "value_date": date(2035, 1, 5)}),
    ("MALFORMED", {"product": "FORWARD"}),
    ("MALFORMED", {"product": "SWAP"}),
    ("MALFORMED", {"product": "SWAP", "far_tenor": "1M", "far_amount": D(0)}),
    ("UNKNOWN_VALUE_DATE", {"product": "SWAP", "tenor": "3M", "far_tenor": "1M"}),
    ("UNKNOWN_VALUE_DATE", {"product": "SWAP", "tenor": "1M", "far_tenor": "1M"}),
    ("UNKNOWN_CURRENCY", {"product": "SWAP", "far_tenor": "1M", "currency": "GBP"}),
    ("BEYOND_CURVE", {"product": "FORWARD", "tenor": "6M"}),
    ("UNKNOWN_PRODUCT", {"product": "NDF", "tenor": "1M"}),
    (
        "UNKNOWN_CURRENCY",
        {"product": "NDF", "pair": "USD/CNY", "tenor": "1M", "settlement_currency": "EUR"},
    ),
    (
        "INVALID_TERMS",
        {"product": "NDF", "pair": "USD/CNY", "tenor": "1M", "fixing_index": "PARITY EUR/CNY"},
    ),
    ("UNKNOWN_CURRENCY", {"product": "DEPOSIT", "pair": "EUR", "far_tenor": "1M"}),
    (
        "UNKNOWN_CURRENCY",
        {"product": "DEPOSIT", "pair": "USD", "far_tenor": "1M", "currency": "EUR"},
    ),
    ("NO_CURVE", {"product": "DEPOSIT", "pair": "USD", "far_tenor": "ON"}),
    ("BEYOND_CURVE", {"product": "DEPOSIT", "pair": "USD", "far_tenor": "3M"}),
    ("INVALID_TERMS", {"product": "REPO", "pair": "CNY", "far_tenor": "R007"}),
    ("UNKNOWN_CURRENCY", {"product": "REPO", "pair": "USD", "far_tenor": "1W"}),
    ("DEAL_SIZE", {"product": "FORWARD", "tenor": "1M", "amount": "20000001"}),
    ("DEAL_SIZE", {"product": "SWAP", "far_tenor": "1M", "far_amount": D(20_000_001)}),
    ("UNKNOWN_PRODUCT", {"product": "OUTRIGHT_REPO", "pair": "CNY"}),
]


@pytest.mark.parametrize(("reason", "request_"), REFUSALS)
def test_terms_that_cannot_be_dealt_are_refused_with_the_reason(
    reason: str, request_: dict[str, Any]
) -> None:
    robot = desk_of_all_products()
    robot.rfq(**{"side": "buy", **request_})
    assert reason == refusal(robot)
    assert robot.one(Decided).detail


def test_a_bond_with_too_small_a_haircut_is_not_taken() -> None:
    robot = desk_of_all_products()
    thin = (Collateral(security="170013", face=D(11_000_000), price=D(100), haircut=D(1)),)
    asked = {"product": "REPO", "pair": "CNY", "far_tenor": "R007", "collateral": thin}
    robot.rfq(side="buy", **asked)
    assert "HAIRCUT" == refusal(robot)
    assert robot.one(SendQuote, robot.rfq(side="sell", **asked))  # our own bonds, our own haircut


def test_a_deal_longer_than_the_add_ons_go_is_refused() -> None:
    robot = desk_of_all_products(limits={"forward_add_ons": [{"days": 35, "share": "0.03"}]})
    robot.rfq(product="FORWARD", tenor="3M")
    assert "NO_ADD_ON" == refusal(robot)


def test_a_forward_uses_the_line_by_its_length() -> None:
    """A million EUR at mid 1.10005 x 5 % for 96 days at most, 3 % for 35."""
    robot = desk_of_all_products()
    robot.rfq(product="FORWARD", tenor="3M", side="buy")
    assert "NO_ADD_ON" == refusal(robot)  # 96 days from 1 May to 5 August, the grid ends at 95
    robot.rfq(product="FORWARD", tenor="1M", side="buy")
    account = robot.state.gate.accounts["counterparty_line:BANKA"]
    assert D("33001.50") == account.reserved_up


def test_a_loan_without_a_collar_is_refused() -> None:
    robot = desk_of_all_products(limits={"rate_collar_bp": None})
    robot.rfq(product="DEPOSIT", pair="USD", far_tenor="1M")
    assert "PRICE_COLLAR" == refusal(robot)


HITS: list[tuple[str, dict[str, Any]]] = [
    ("near rate", {"near_rate": D("1.10006")}),
    ("far rate", {"far_rate": D("1.09945")}),
    ("points in pips", {"price": "-6.10"}),
    ("far amount", {"far_amount": D(2_000_000)}),
    ("far date", {"far_value_date": date(2014, 6, 6)}),
    ("product", {"product": "FORWARD"}),
    ("currency", {"currency": "USD"}),
]


@pytest.mark.parametrize(("what", "hit"), HITS)
def test_a_hit_that_is_not_on_the_swap_quoted_is_refused(what: str, hit: dict[str, Any]) -> None:
    robot = desk_of_all_products()
    quote = robot.one(SendQuote, robot.rfq(product="SWAP", far_tenor="1M"))
    robot.hit(quote.quote_id, "buy", **hit)
    assert "QUOTE_MISMATCH" == refusal(robot), what


def test_a_curve_that_turns_stale_is_not_dealt_on() -> None:
    robot = desk_of_all_products()
    quote = robot.one(SendQuote, robot.rfq(product="DEPOSIT", pair="USD", far_tenor="1M"))
    robot.after(2_000).rfq(product="DEPOSIT", pair="USD", far_tenor="1M")
    robot.after(58_500)
    robot.rfq(product="DEPOSIT", pair="USD", far_tenor="1M")
    assert "STALE_CURVE" == refusal(robot)
    assert quote.quote_id not in robot.state.quotes


def test_a_tenor_quoted_no_more_pulls_what_stands_on_it_and_leaves_spot_alone() -> None:
    robot = desk_of_all_products()
    spot = robot.quoted()
    forward = robot.quoted(product="FORWARD", tenor="1M")
    curve_quote(robot, "EUR/USD", "1M", None, None)
    curve_quote(robot, "EUR/USD", "3M", None, None)
    pulled = [
        effect.quote_id
        for turn in robot.history[-2:]
        for effect in turn
        if isinstance(effect, WithdrawQuote)
    ]
    assert [forward] == pulled
    assert spot in robot.state.quotes


def test_a_streamed_swap_follows_its_curve() -> None:
    robot = desk_of_all_products()
    first = robot.quoted(product="SWAP", far_tenor="1M", stream_s=30)
    robot.after(100)
    curve_quote(robot, "EUR/USD", "1M", "-5.40", "-5.20")
    second = robot.one(SendQuote)
    assert (first, D("-0.000630")) == (second.replaces, second.bid)


def test_a_price_of_a_curve_that_cannot_be_one_is_told_and_not_taken() -> None:
    robot = desk_of_all_products()
    for curve, tenor, bid, offer in (
        ("EUR/USD", "13X", "1", "2"),
        ("EUR/USD", "1M", "2", "1"),
        ("EUR/SEK", "1M", "1", "2"),
    ):
        curve_quote(robot, curve, tenor, bid, offer)
        assert "CURVE_REFUSED" == robot.one(AlertRaised).code


def test_a_fixing_is_kept_with_both_its_days_and_a_contradiction_is_told() -> None:
    robot = desk_of_all_products()
    said = FixingPublished(
        index="CNY01",
        value_date=date(2014, 5, 1),
        value=D("6.1580"),
        published_at_ns=robot.at_ns,
        source="CFETS",
    )
    robot.step(said)
    known = robot.state.fixings.fixing("CNY01", date(2014, 5, 1), robot.at_ns)
    assert D("6.1580") == known.value
    robot.step(
        FixingPublished(
            index="CNY01",
            value_date=date(2014, 5, 1),
            value=D("6.2"),
            published_at_ns=robot.at_ns,
            source="OTHER",
        )
    )
    assert "FIXING_REFUSED" == robot.one(AlertRaised).code


def test_what_the_venue_recorded_of_a_swap_otherwise_is_a_break() -> None:
    robot = desk_of_all_products()
    quote = robot.one(SendQuote, robot.rfq(product="SWAP", far_tenor="1M"))
    robot.hit(quote.quote_id, "buy")
    deal = robot.one(ConcludeDeal).deal
    robot.report_trade(deal.exec_id, far_rate=deal.far_rate, far_value_date=JUNE_5)
    assert not robot.state.breaks
    robot.report_trade(deal.exec_id, far_rate=D("1.09"))
    assert robot.state.breaks


def test_a_restart_carries_deals_lines_and_positions_of_every_product() -> None:
    robot = desk_of_all_products()
    for request in (
        {"product": "SWAP", "far_tenor": "1M"},
        {"product": "DEPOSIT", "pair": "USD", "far_tenor": "1M"},
    ):
        quote = robot.one(SendQuote, robot.rfq(**request))
        robot.hit(quote.quote_id, "buy", pair=request.get("pair", "EUR/USD"))
    before = dict(robot.state.ledger.positions)
    robot.restart()
    assert before == robot.state.ledger.positions
    check_state(robot.state)


def test_a_quota_counts_lent_and_borrowed_each_by_itself_and_warns_at_ninety_percent() -> None:
    row = {"everyone": "all", "products": ["DEPOSIT"], "maximum": "2000000", "warn": ["0.9"]}
    lines = {"line_currency": "CNY", "counterparty_lines": {"BANKA": "90000000"}}
    robot = desk_of_all_products(limits={**lines, "tree": {"quota": [row]}})

    def ask(amount: str, side: str) -> tuple[str, list[str]]:
        robot.rfq(amount, "CNY", product="DEPOSIT", far_tenor="1W", side=side)
        check_state(robot.state)
        return robot.one(Decided).reason, [one.code for one in robot.all(AlertRaised)]

    assert ask("1700000", "buy") == ("", [])  # 85 %
    assert ask("100000", "buy") == ("", ["LIMIT_WARNING"])  # 90 %
    assert ask("200000.01", "buy")[0] == "QUOTA"
    assert ask("200000", "buy") == ("", [])
    assert ask("2000000", "sell")[0] == "", "borrowed is another balance"
    assert ask("1", "sell")[0] == "QUOTA"
    for key in ("LEND", "BORROW"):
        account = robot.state.gate.accounts[f"quota:everyone=all[DEPOSIT]:{key}"]
        assert account.reserved_up == 2_000_000
