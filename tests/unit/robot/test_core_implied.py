"""The rate that a swap implies, and the book that raises renminbi where it is the lower one."""

from __future__ import annotations

from decimal import Decimal as D
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import strategies
from robot.core.rule_facts import MAKERS
from robot.core.rule_view import View
from robot.core.state import Context
from robot.deals.party import SELL
from robot.deals.product import ProductKind
from robot.messages.asks import AskOpened, SendAsk
from robot.messages.effects import AlertRaised, Decided
from robot.messages.events import FixingPublished
from tests.kit.desk import Desk
from tests.kit.products import curve_quote, desk_of_all_products
from tests.kit.ruled import rules

BOOK = Path(strategies.__file__).parent / "rulebooks" / "swap-for-funding.rules"


def implied(desk: Any, currency: str, tenor: str) -> Any:
    context = Context(desk.state, desk.engine._means, desk.at_ns)
    return MAKERS["implied rate"](currency, tenor)(View(context, ProductKind.SWAP, "USD/CNY", 0.5))


def percent(
    forward: str, spot: str, rate: str, other: tuple[int, int], own: tuple[int, int]
) -> int:
    """Millionths of a percent, half to even, by whole numbers alone."""
    growth = Fraction(forward) / Fraction(spot) * (1 + Fraction(rate) / 100 * Fraction(*other))
    return round((growth - 1) / Fraction(*own) * 100 * 10**6)


def test_a_swap_implies_a_rate_in_its_currencys_own_days() -> None:
    desk = desk_of_all_products()
    curve_quote(desk, "USD/CNY", "3M", "-440", "-430")
    curve_quote(desk, "USD DEPOSIT", "3M", "4.15", "4.25")
    # spot 7.0012, -435 points, 4.20 %, 5 May to 5 August: 92 days
    wanted = percent("6.9577", "7.0012", "4.20", (92, 360), (92, 360))
    assert implied(desk, "CNY", "3M") == wanted
    repo_days = desk_of_all_products(usd_cny={"counter_implied": "ACT/365F"})
    curve_quote(repo_days, "USD/CNY", "3M", "-440", "-430")
    curve_quote(repo_days, "USD DEPOSIT", "3M", "4.15", "4.25")
    assert implied(repo_days, "CNY", "3M") == percent(
        "6.9577", "7.0012", "4.20", (92, 360), (92, 365)
    )


def test_the_base_currencys_rate_is_the_other_way_round() -> None:
    desk = desk_of_all_products()
    curve_quote(desk, "USD/CNY", "1W", "-41", "-39")
    # CNY 1.50/1.60 of the 1W deposit; 5 to 12 May
    assert implied(desk, "USD", "1W") == percent("7.0012", "6.9972", "1.55", (7, 360), (7, 360))


def test_a_swap_that_ends_at_spot_goes_from_its_own_day() -> None:
    desk = desk_of_all_products()
    curve_quote(desk, "USD/CNY", "TN", "-3", "-1")
    curve_quote(desk, "USD DEPOSIT", "TN", "4.0", "4.2")
    # tomorrow, Friday, to Monday: 3 days; the outright for tomorrow is 2 points over spot
    assert implied(desk, "CNY", "TN") == percent("7.0012", "7.0014", "4.1", (3, 360), (3, 360))


def test_what_is_missing_or_old_implies_nothing() -> None:
    desk = desk_of_all_products()
    assert implied(desk, "CNY", "1W") is None, "no points"
    curve_quote(desk, "USD/CNY", "1W", "-41", "-39")
    assert implied(desk, "CNY", "1W") is None, "no rate of the dollar for a week"
    curve_quote(desk, "USD DEPOSIT", "1W", "4.0", "4.2")
    assert implied(desk, "CNY", "1W") is not None
    assert implied(desk, "KRW", "1W") is None
    assert implied(desk, "CNY", "99Y") is None
    assert implied(desk, "CNY", "") is None, "nothing is asked, and no tenor named"
    desk.after(61_000).market("7.0010", "7.0014", pair="USD/CNY")
    assert implied(desk, "CNY", "1W") is None, "a minute old"


def funding_desk(dollars: str) -> Desk:
    """At 10:30 in Beijing, with renminbi missing."""
    text = BOOK.read_text(encoding="utf-8")
    desk = desk_of_all_products(
        strategy=rules(text),
        nostro={"CNY": "-200000000", "USD": "80000000"},
        limits={"counterparty_lines": {"BANKA": "9000000", "BANKB": "9000000"}},
    )
    desk.roll()
    desk.at("02:29:59.000")
    desk.step(
        FixingPublished(
            index="DR007",
            value_date=desk.day,
            value=D("1.60"),
            published_at_ns=desk.at_ns - 3_600 * 10**9,
            source="test",
        )
    )
    curve_quote(desk, "USD/CNY", "1W", "-41", "-39.5")
    curve_quote(desk, "USD DEPOSIT", "1W", *dollars.split("/"))
    desk.market("7.1200", "7.1205", pair="USD/CNY")
    return desk


@pytest.mark.parametrize(
    ("dollars", "outcome"),
    [("4.35/4.45", "swap"), ("4.40/4.52", "person"), ("4.60/4.70", "nothing")],
)
def test_renminbi_are_raised_by_a_swap_where_that_is_clearly_cheaper(
    dollars: str, outcome: str
) -> None:
    desk = funding_desk(dollars)
    desk.at("02:30:00.000")
    desk.market("7.1200", "7.1205", pair="USD/CNY")
    told = [one for one in desk.history_of(Decided) if one.kind == "RULE"]
    if outcome == "swap":
        opened = desk.one(AskOpened)
        assert {one.maker for one in desk.all(SendAsk)} == {"BANKA", "BANKB"}
        assert (opened.side, opened.terms.amount) == (SELL, D(30_000_000))
        assert opened.limit_price == D("-0.00395")
        assert told[-1].facts["rule"] == "the swap is cheaper"
        assert 0 < float(told[-1].facts["implied rate[CNY, 1W]"].split()[0]) < 1.55
    else:
        assert not desk.history_of(AskOpened)
        wanted = [one.text for one in desk.history_of(AlertRaised) if one.code == "PERSON_WANTED"]
        assert (outcome == "person") is bool(wanted)
        assert all("swap and repo cost about the same" in text for text in wanted)
