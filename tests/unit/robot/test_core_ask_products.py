"""Every product asked for, quoted by a maker, taken and booked from our side.

Trade date Thursday 2014-05-01, calendars know weekends only; the market is that of
`tests/kit/products.py`. Figures are worked out by hand beside the case.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from robot.deals.party import BUY, SELL, Side
from robot.messages.asks import SendAsk, TakeQuote
from robot.messages.effects import BreakFound, DealBooked, SendQuote
from tests.kit.asks import Asking
from tests.kit.products import BONDS, desk_of_all_products

JUNE_5 = date(2014, 6, 5)
LIMITS = {
    "orders_outstanding": 2,
    "counterparty_lines": {"BANKA": "90000000", "BANKB": "90000000"},
}
SWAP = {"product": "SWAP", "far_tenor": "1M"}
LOAN = {"pair": "CNY", "product": "DEPOSIT", "far_tenor": "1W"}
REPO = {"pair": "CNY", "product": "REPO", "far_tenor": "R007", "collateral": BONDS}
NDF = {"pair": "USD/CNY", "product": "NDF", "tenor": "1M"}


def desk() -> Asking:
    return Asking(desk_of_all_products(limits=LIMITS))


def asked(scene: Asking, side: Side, limit: str, **said: Any) -> SendAsk:
    if said["pair"] == "CNY":
        said["amount"] = D(10_000_000)
    (sent,) = scene.ask(limit, side=side, makers=("BANKB",), **said)
    return sent


def quoted(scene: Asking, bid: str, offer: str, **said: Any) -> TakeQuote:
    """BANKB's quote on the terms asked; the hit that follows."""
    terms = scene.requests["BANKB"].terms
    dates = {"far_value_date": terms.far_value_date, "product": terms.product}
    scene.quote("BANKB", bid, offer, **(dates | said))
    return scene.desk.one(TakeQuote)


def dealt(scene: Asking, take: TakeQuote, **said: Any) -> DealBooked:
    scene.report(take, product=take.terms.product, **said)
    return scene.desk.one(DealBooked)


def flows(booked: DealBooked) -> list[tuple[str, D, date]]:
    return [(flow.currency, flow.amount, flow.value_date) for flow in booked.deal.flows]


def test_a_forward_is_bought_at_the_offer_and_booked_on_its_date() -> None:
    scene = desk()
    sent = asked(scene, BUY, "1.09970", pair="EUR/USD", product="FORWARD", tenor="1M")
    assert (JUNE_5, None) == (sent.terms.value_date, sent.side)
    take = quoted(scene, "1.09950", "1.09962", bid_spot=D("1.10000"), offer_spot=D("1.10010"))
    assert (D("1.09962"), D("1.10010")) == (take.price, take.spot)
    booked = dealt(scene, take, value_date=JUNE_5)
    assert [("EUR", D(1_000_000), JUNE_5), ("USD", D("-1099620.00"), JUNE_5)] == flows(booked)
    assert (D("1.10010"), D("-0.00048"), True) == (
        booked.deal.spot_rate,
        booked.deal.points,
        booked.deal.as_taker,
    )


def test_a_swap_bought_near_is_dealt_at_the_makers_bid() -> None:
    """We buy near and sell far: the maker bids -5.20 pips; the higher the better for us."""
    scene = desk()
    asked(scene, BUY, "-0.00053", pair="EUR/USD", **SWAP)
    take = quoted(
        scene,
        "-0.00052",
        "-0.00050",
        bid_spot=D("1.10005"),
        offer_spot=D("1.10005"),
        far_amount=D(1_000_000),
    )
    assert (D("-0.00052"), D("1.10005"), D(0)) == (take.price, take.spot, take.near_points)
    booked = dealt(scene, take, near_rate=D("1.10005"), far_rate=D("1.09953"))
    near = date(2014, 5, 5)
    assert [
        ("EUR", D(1_000_000), near),
        ("USD", D("-1100050.00"), near),
        ("EUR", D(-1_000_000), JUNE_5),
        ("USD", D("1099530.00"), JUNE_5),
    ] == flows(booked)


def test_a_swap_worse_than_the_limit_is_not_dealt() -> None:
    """Our limit is -5.10 pips; the maker bids -5.20, which is less for us."""
    scene = desk()
    asked(scene, BUY, "-0.00051", pair="EUR/USD", **SWAP)
    scene.quote("BANKB", "-0.00052", "-0.00050", bid_spot=D("1.10005"), offer_spot=D("1.10005"))
    assert not scene.desk.all(TakeQuote)


def test_swap_points_on_another_spot_rate_than_quoted_are_a_break() -> None:
    scene = desk()
    asked(scene, BUY, "-0.00053", pair="EUR/USD", **SWAP)
    spots = {"bid_spot": D("1.10005"), "offer_spot": D("1.10005")}
    take = quoted(scene, "-0.00052", "-0.00050", **spots)
    scene.report(take, product="SWAP", near_rate=D("1.10015"), far_rate=D("1.09963"))
    assert "near rate 1.10015, we took 1.10005" in scene.desk.one(BreakFound).detail


def test_an_ndf_keeps_its_fixing() -> None:
    scene = desk()
    sent = asked(scene, SELL, "7.0000", **NDF)
    assert ("PARITY USD/CNY", "USD") == (
        sent.terms.fixing_index,
        sent.terms.settlement_currency,
    )
    said = {"settlement_currency": "USD", "fixing_index": "CNY01", "bid_spot": D("7.0010")}
    take = quoted(scene, "7.0020", "7.0030", offer_spot=D("7.0014"), **said)
    booked = dealt(scene, take)
    assert ("NDF", D("7.0020"), SELL) == (booked.deal.product, booked.deal.rate, booked.deal.side)


def test_an_ndf_on_another_fixing_is_not_dealt_on() -> None:
    scene = desk()
    asked(scene, SELL, "7.0000", **NDF)
    scene.quote("BANKB", "7.0020", "7.0030", product="NDF", fixing_index="WMR USD/CNY")
    assert not scene.desk.all(TakeQuote)


def test_money_is_lent_at_the_makers_bid() -> None:
    """10m for a week from 1 May at 1.52 %: 10,000,000 x 0.0152 x 7/360 = 2955.56."""
    scene = desk()
    asked(scene, SELL, "1.50", **LOAN)
    take = quoted(scene, "1.52", "1.60")
    assert D("1.52") == take.price
    booked = dealt(scene, take)
    start, end = date(2014, 5, 1), date(2014, 5, 8)
    assert [
        ("CNY", D(-10_000_000), start),
        ("CNY", D(10_000_000), end),
        ("CNY", D("2955.56"), end),
    ] == flows(booked)


def test_money_is_borrowed_at_the_makers_offer_and_against_bonds() -> None:
    scene = desk()
    sent = asked(scene, BUY, "1.60", **REPO)
    assert BONDS == sent.terms.collateral and "R007" == sent.terms.contract_code
    take = quoted(scene, "1.45", "1.54", collateral=BONDS)
    booked = dealt(scene, take)
    assert (BUY, D("1.54"), "REPO") == (booked.deal.side, booked.deal.rate, booked.deal.product)
    assert booked.deal.legs[0].securities[0].face < 0  # ours go out


def test_lending_beyond_a_makers_line_is_refused_by_the_gate() -> None:
    """10m CNY are 1.4m USD; BANKB's line is 1m."""
    lines = {"BANKA": "90000000", "BANKB": "1000000"}
    scene = Asking(desk_of_all_products(limits={**LIMITS, "counterparty_lines": lines}))
    asked(scene, SELL, "1.50", **LOAN)
    scene.quote("BANKB", "1.52", "1.60", product="DEPOSIT")
    assert not scene.desk.all(TakeQuote)
    scene.desk.pass_time(3_000)
    assert "COUNTERPARTY_LINE" in scene.ended().quotes[0].detail


@pytest.mark.parametrize("said", [{"far_value_date": date(2014, 6, 6)}, {"far_amount": D(2)}])
def test_a_quote_for_another_far_leg_is_not_dealt_on(said: dict[str, Any]) -> None:
    scene = desk()
    asked(scene, BUY, "-0.00060", pair="EUR/USD", **SWAP)
    spots = {"bid_spot": D("1.10005"), "offer_spot": D("1.10005")}
    scene.quote("BANKB", "-0.00052", "-0.00050", **spots, **said)
    assert not scene.desk.all(TakeQuote)


def test_we_quote_clients_as_before_while_we_ask() -> None:
    scene = desk()
    asked(scene, BUY, "1.09970", pair="EUR/USD", product="FORWARD", tenor="1M")
    assert scene.desk.one(SendQuote, scene.desk.rfq())
