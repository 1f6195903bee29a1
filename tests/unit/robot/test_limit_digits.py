"""`wrong_digits`: what a collar lets pass though a sign, a place or two digits are wrong."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.limits.digits import _mistake
from robot.messages.effects import Decided
from tests.kit import taker
from tests.kit.desk import Desk
from tests.kit.limit_desk import restored
from tests.kit.products import curve_quote, desk_of_all_products

ROW = {"everyone": "all", "maximum": "1"}


@pytest.mark.parametrize(
    ("price", "reference", "mistake"),
    [
        ("0.00510", "0.00051", "ten times"),
        ("-0.00051", "0.00051", "the wrong sign"),
        ("0.000051", "0.00051", "a tenth"),
        ("2.45", "2.54", "exchanged digits"),
        ("1.1035", "1.1053", "exchanged digits"),
        ("155", "1.55", "a hundred times"),
        ("0.00052", "0.00051", ""),  # near
        ("0.00080", "0.00051", ""),  # far, and no mistake explains it
        ("0.0001", "0.00001", ""),  # of what is next to nothing nothing is ten times
    ],
)
def test_what_is_corrected_by_undoing_a_mistake_is_one(
    price: str, reference: str, mistake: str
) -> None:
    assert _mistake(D(price), D(reference), D("0.0001")) == mistake


def desk(maximum: str = "1", collar: str = "25") -> Desk:
    tree = {"wrong_digits": [{**ROW, "maximum": maximum}]}
    return desk_of_all_products(limits={"price_collar_bp": collar, "tree": tree})


def swap(of: Desk, **asked: Any) -> str:
    of.rfq(product="SWAP", **{"far_tenor": "1M", **asked})
    return of.one(Decided).reason


def test_points_that_came_ten_times_too_high_are_not_dealt_on_after_a_deal_at_the_right_ones() -> (
    None
):
    """-5.20/-5.00 pips for a month, then -52/-50: 45 pips are 41 bp, the middle is as wrong."""
    of = desk()
    assert swap(of) == ""
    quote = next(iter(of.state.quotes))
    of.hit(quote, "buy", far_value_date=None)
    restored(of)
    curve_quote(of, "EUR/USD", "1M", "-52.0", "-50.0")
    assert swap(of) == "WRONG_DIGITS"
    refused = of.one(Decided)
    assert "is ten times of the last deal, -0.000610" in refused.detail
    assert refused.checks[-1].limit_id == "wrong_digits:everyone=all"
    curve_quote(of, "EUR/USD", "1M", "5.00", "5.20")
    assert "is the wrong sign of the last deal" in (swap(of) and of.one(Decided).detail)
    curve_quote(of, "EUR/USD", "1M", "-5.60", "-5.40")
    assert swap(of) == ""
    curve_quote(of, "EUR/USD", "1M", "-52.0", "-50.0")
    of.rfq(product="FORWARD", tenor="1M")
    assert of.one(Decided).reason == "", "another product was not dealt"


def test_what_is_near_is_not_asked() -> None:
    of = desk("500")
    of.hit(of.quoted(product="SWAP", far_tenor="1M"), "buy")
    curve_quote(of, "EUR/USD", "1M", "-52.0", "-50.0")
    assert swap(of) == ""


def test_the_last_deal_is_one_of_the_same_trade_date() -> None:
    of = desk()
    of.hit(of.quoted(product="SWAP", far_tenor="1M"), "buy")
    assert of.state.gate.book.windows.last
    of.roll()
    assert not of.state.gate.book.windows.last


def test_an_order_whose_digits_are_exchanged_is_refused_within_the_collar() -> None:
    """1.10105 for 1.10015: nine pips over the middle of 1.10005, which a collar of 25 bp allows."""
    tree = {"wrong_digits": [{**ROW, "at_maximum": "refuse_and_alert"}]}
    of = taker.desk(limits={"tree": tree})
    of.market("1.10010", "1.10020")
    assert taker.placed(of, price=D("1.10105")) is None
    assert taker.refused(of)[0] == "WRONG_DIGITS"
    assert "1.10105 is exchanged digits of the middle, 1.10015" in taker.refused(of)[1]
    assert taker.placed(of, price=D("1.10115")) is not None
