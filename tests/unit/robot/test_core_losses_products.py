"""Limits of losses on forwards, swaps, loans and persons' orders, and in another line currency."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from robot.deals.party import BUY, SELL
from robot.invariants import check_state
from robot.messages.effects import SendOrder, SendQuote
from tests.kit import taker
from tests.kit.desk import Desk
from tests.kit.losses import ALL, again, alerts, ask, deal, losing, lost, mid
from tests.kit.products import curve_quote, desk_of_all_products

JUNE_5 = date(2014, 6, 5)
PARTS = ("realised", "unrealised", "both")
ROWS = [{**ALL, "counts": name, "maximum": "100000", "id": name} for name in PARTS]


def products() -> Desk:
    return desk_of_all_products(limits={"tree": {"loss_day": ROWS}})


def figures(of: Desk) -> list[D]:
    check_state(of.state)
    return [lost(of, name) for name in PARTS]


def forward(of: Desk) -> None:
    """A client buys 1m EUR 1M at 1.09964: worth 1.10005 - 5.10 pips, 100 are won."""
    quote = of.one(SendQuote, of.rfq(product="FORWARD", tenor="1M"))
    of.hit(quote.quote_id, "buy", price="1.09964", value_date=JUNE_5)


def test_a_forward_is_worth_spot_and_the_points_to_its_date() -> None:
    """Of the 100, 50 are from spot (sold at 1.10010, not 1.10005): none of it is realised."""
    of = products()
    forward(of)
    assert figures(of) == [D(0), D(-100), D(-100)]
    curve_quote(of.after(500), "EUR/USD", "1M", "-3.20", "-3.00")
    assert figures(of) == [D(0), D(100), D(100)]
    curve_quote(of.after(500), "EUR/USD", "1M", None, None)
    assert figures(of)[2] == D("-108.91")  # 31 of the 92 days to 3M, -15.40: -5.189 pips
    curve_quote(of.after(500), "EUR/USD", "3M", None, None)
    assert alerts(of) == ["LIMIT_NOT_VALUED"] * 3
    assert ask(of) == "NOT_VALUED"
    curve_quote(of.after(500), "EUR/USD", "1M", "-5.20", "-5.00")
    assert figures(of) == [D(0), D(-100), D(-100)]


def test_points_are_realised_when_their_date_has_passed() -> None:
    """Sold at 1.10010 with -4.6 pips: 460 less were paid to us than at spot."""
    of = products()
    forward(of)
    of.roll(36)  # 6 June; the day before ended with 100 won
    curve_quote(of.after(500), "EUR/USD", "TN", "-0.20", "-0.10")
    mid(of, "1.10005")
    # Against spot: sold 5 pips over it, and 460 paid: 410 lost since 100 were won.
    assert figures(of) == [D(460), D(50), D(510)]


def test_a_swap_turns_to_loss_by_its_points_alone() -> None:
    """Bought and sold back at -6.10 pips, the middle is -5.10: 100 are won, whatever spot does."""
    of = products()
    quote = of.one(SendQuote, of.rfq(product="SWAP", far_tenor="1M"))
    of.hit(
        quote.quote_id,
        "buy",
        near_rate=D("1.10005"),
        far_rate=D("1.09944"),
        far_value_date=JUNE_5,
    )
    assert figures(of) == [D(0), D(-100), D(-100)]
    mid(of, "1.10205")
    assert figures(of) == [D(0), D(-100), D(-100)]
    curve_quote(of.after(500), "EUR/USD", "1M", "-7.20", "-7.00")
    assert figures(of) == [D(0), D(100), D(100)]


def test_a_loan_counts_with_what_it_gained_when_it_was_dealt() -> None:
    of = products()
    quote = of.quoted(product="DEPOSIT", pair="USD", side="buy", far_tenor="1M")
    of.hit(quote, "buy", pair="USD", price="4.16")
    assert figures(of) == [D("-8.61"), D(0), D("-8.61")]


# --- whose


def test_what_a_person_deals_is_his_and_stops_him_alone() -> None:
    """Wang Fang sells 1m at 1.09995 and pays 100; at 1.10105 he has lost 1,100."""
    rows = [{"trader": "*", "maximum": "1000", "at_maximum": "stop"}]
    of = taker.desk(trader="li.ming", limits={"tree": {"loss_day": rows}})
    order = taker.placed(of, side=SELL, price=D("1.09990"))
    assert order is not None
    taker.trade(of, order, "X1", 1_000_000, "1.09995")
    mid(of, "1.10105")
    assert lost(of, "loss_day:trader=wang.fang") == D(1100)
    assert "loss_day:trader=li.ming" not in of.state.gate.accounts
    assert ["kill_switch trader:wang.fang"] == list(of.state.stops)
    assert taker.placed(of, price=D("1.10100")) is None
    assert taker.refused(of)[0] == "KILL_SWITCH"
    assert ask(of) == ""


def test_an_order_between_two_risky_currencies_may_not_make_the_other_larger() -> None:
    """Short EUR against USD: EUR bought with GBP would only move the risk."""
    of = Desk().changed(
        venues=[{"id": "ALPHA", "pairs": ["EUR/USD", "EUR/GBP"], "counterparty": "BANKB"}],
        limits={
            "orders_outstanding": 4,
            "line_rates": {"GBP": "1.68"},
            "tree": {"loss_day": [{**ALL, "maximum": "4000"}]},
        },
    )
    of.open().market()
    of.market("0.65470", "0.65480", "EUR/GBP")
    mid(taker.short(of), "1.10090")  # 5m at 82 pips
    of.market("0.65470", "0.65480", "EUR/GBP")
    bought: dict[str, Any] = {"side": BUY, "amount": D(1_000_000)}
    assert taker.placed(of, pair="EUR/GBP", price=D("0.65480"), **bought) is None
    assert taker.refused(of)[0] == "LOSS_DAY"
    assert isinstance(taker.placed(of, price=D("1.10095"), **bought), SendOrder)


# --- in what


def test_in_another_line_currency_every_loss_begins_anew() -> None:
    rows = {"loss_day": [{**ALL, "maximum": "100000"}], "drawdown": [{**ALL, "maximum": "100000"}]}
    of = mid(deal(losing(**rows)), "1.10105")
    of.changed(desk="FX", limits={"tree": rows, "line_currency": "EUR"})
    again(of)
    mid(of, "1.10105")
    assert [D(0), D(0)] == [lost(of, f"{kind}:everyone=all") for kind in rows]
    mid(of, "1.10205")  # 1,980 USD lost are 1,796.66 EUR now, 980 were 890.06
    assert D("906.60") == lost(of, "loss_day:everyone=all")


@pytest.mark.parametrize(("quoted", "rate"), [(True, "1.70"), (False, "1.68")])
def test_a_rate_that_is_quoted_comes_before_the_official_one(quoted: bool, rate: str) -> None:
    changes = {"desk": "FX", "conventions": {"GBP/USD": _POUND}} if quoted else {"desk": "FX"}
    rows = {"loss_day": [{**ALL, "maximum": "1000"}]}
    of = Desk(limits={"tree": rows, "line_rates": {"GBP": "1.68"}}, **changes).open()
    of.market()
    if quoted:
        of.market("1.69995", "1.70005", "GBP/USD")
    of.market("0.81990", "0.82000", "EUR/GBP")
    deal(of, pair="EUR/GBP")
    mid(of, "0.82037", "EUR/GBP")
    assert lost(of, "loss_day:everyone=all") == 400 * D(rate)


_POUND = {"pair": "GBP/USD", "spot_lag": 2, "pip": "0.0001", "tick": "0.00001"}
