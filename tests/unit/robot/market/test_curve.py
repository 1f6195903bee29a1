"""Curves: what is between quotes, before spot and beyond them, how old, from where."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import msgspec
import pytest

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.daycount import DayCount
from robot.basics.rate import TwoWay, TwoWayPoints
from robot.deals.forwards import outright, outright_before_spot
from robot.errors import InvalidTerms
from robot.market.curve import (
    CurvePoints,
    CurveQuotes,
    CurveRate,
    MoneyMarketCurve,
    NoCurve,
    PointsCurve,
    PointsQuote,
    RateQuote,
)
from tests.kit.dates import WeekdayDates

USD_CNY, CNY = CurrencyPair("USD/CNY"), Currency("CNY")
TODAY = date(2026, 1, 14)
SPOT, MONTH, QUARTER = date(2026, 1, 16), date(2026, 2, 16), date(2026, 4, 16)
DATES, FACTOR = WeekdayDates(), D(10_000)
SECOND = 1_000_000_000
NOW, FRESH = 1_000 * SECOND, 60_000


def quoted(
    tenor: str, bid: str, offer: str, at_ns: int = NOW, *, factor: D = FACTOR, source: str = "ICAP"
) -> PointsQuote:
    return PointsQuote(
        pair=USD_CNY,
        tenor=tenor,
        bid=D(bid),
        offer=D(offer),
        factor=factor,
        at_ns=at_ns,
        source=source,
    )


def lent(tenor: str, bid: str, offer: str, at_ns: int = NOW) -> RateQuote:
    return RateQuote(
        currency=CNY, tenor=tenor, bid=D(bid), offer=D(offer), at_ns=at_ns, source="CFETS"
    )


def curve_of(*quotes: PointsQuote) -> PointsCurve:
    book = CurveQuotes()
    for quote in quotes:
        book.update(quote)
    curve = book.points_curve(USD_CNY, TODAY, DATES)
    assert isinstance(curve, PointsCurve)
    return curve


def rates_of(*quotes: RateQuote) -> MoneyMarketCurve:
    book = CurveQuotes()
    for quote in quotes:
        book.update(quote)
    curve = book.money_market_curve(CNY, TODAY, DayCount.ACT_360, DATES)
    assert isinstance(curve, MoneyMarketCurve)
    return curve


MONTHS = (quoted("1M", "-145", "-140"), quoted("3M", "-478", "-475"))
SHORT = (quoted("ON", "-5.2", "-5.0"), quoted("TN", "-5.4", "-5.1"))


def at(curve: PointsCurve, day: date, at_ns: int = NOW) -> TwoWayPoints:
    found = curve.at(day, at_ns, FRESH)
    assert isinstance(found, CurvePoints), found
    return found.points


def test_a_quoted_date_has_the_quoted_points() -> None:
    assert TwoWayPoints(D(-145), D(-140), FACTOR) == at(curve_of(*MONTHS), MONTH)


def test_spot_itself_has_none_and_needs_no_quote() -> None:
    found = curve_of(*MONTHS).at(SPOT, NOW + 10**18, FRESH)
    assert isinstance(found, CurvePoints)
    assert TwoWayPoints(D(0), D(0), FACTOR) == found.points


def test_between_two_quotes_points_run_straight() -> None:
    """2026-03-05 is 17 of the 59 days between 1M and 3M; 2026-01-26 is 10 of 31 from spot."""
    curve = curve_of(*MONTHS)
    assert D("-240.9492") == round(at(curve, date(2026, 3, 5)).bid, 4)
    assert D("-46.7742") == round(at(curve, date(2026, 1, 26)).bid, 4)


def test_before_spot_the_curve_gives_what_the_formula_for_it_gives() -> None:
    curve, spot = curve_of(*MONTHS, *SHORT), TwoWay(D("7.0010"), D("7.0014"))
    overnight, tom_next = (TwoWayPoints(q.bid, q.offer, FACTOR) for q in SHORT)

    assert outright_before_spot(spot, tom_next) == outright(spot, at(curve, date(2026, 1, 15)))
    assert outright_before_spot(spot, tom_next, overnight) == outright(spot, at(curve, TODAY))


def test_today_cannot_be_told_without_tomorrow() -> None:
    found = curve_of(SHORT[0], *MONTHS).at(TODAY, NOW, FRESH)
    assert (
        NoCurve("BEYOND_CURVE", "USD/CNY quoted from 2026-01-16 to 2026-04-16, not 2026-01-14")
        == found
    )


@pytest.mark.parametrize("day", [date(2026, 1, 15), date(2026, 4, 17)])
def test_nothing_is_said_beyond_the_quotes(day: date) -> None:
    found = curve_of(*MONTHS).at(day, NOW, FRESH)
    assert isinstance(found, NoCurve)
    assert "BEYOND_CURVE" == found.reason and str(day) in found.detail


def test_a_curve_is_as_old_as_the_oldest_quote_it_stands_on() -> None:
    curve = curve_of(quoted("1M", "-145", "-140", NOW - 50 * SECOND), MONTHS[1])

    found = curve.at(date(2026, 3, 5), NOW, FRESH)
    late = curve.at(date(2026, 3, 5), NOW + 11 * SECOND, FRESH)

    assert isinstance(found, CurvePoints)
    assert (50_000, ("1M", "3M"), ("ICAP",)) == (found.age_ms, found.tenors, found.sources)
    assert (
        NoCurve("STALE_CURVE", "USD/CNY 1M/3M last quoted 61000 ms ago, allowed 60000 ms") == late
    )
    assert isinstance(curve.at(QUARTER, NOW + 11 * SECOND, FRESH), CurvePoints)


def test_today_is_as_old_as_the_older_of_the_two_short_swaps() -> None:
    old = quoted("TN", "-5.4", "-5.1", NOW - 70 * SECOND)
    found = curve_of(old, SHORT[0], *MONTHS).at(TODAY, NOW, FRESH)
    assert isinstance(found, NoCurve) and "STALE_CURVE" == found.reason


def test_a_provider_with_another_scale_says_the_same_points() -> None:
    other = quoted("3M", "-4.78", "-4.75", NOW - 1, factor=D(100), source="BANK")
    assert D(-478) == at(curve_of(other, MONTHS[0]), QUARTER).bid


def test_the_newest_quote_of_a_tenor_counts_and_an_older_one_changes_nothing() -> None:
    book = CurveQuotes()
    assert book.update(quoted("1M", "-145", "-140"))
    assert not book.update(quoted("1M", "-1", "0", NOW - 1))
    assert book.update(lent("1W", "1.5", "1.6"))
    assert not book.update(lent("1W", "9", "9", NOW - 1))
    assert D(-145) == book.points[USD_CNY]["1M"].bid


def test_a_source_that_is_gone_leaves_no_quote_behind() -> None:
    book = CurveQuotes()
    for quote in (*MONTHS, lent("1W", "1.5", "1.6")):
        book.update(quote)
    book.forget("ICAP")
    book.forget("CFETS")

    missing = NoCurve("NO_CURVE", "nobody quotes points of USD/CNY")
    assert missing == book.points_curve(USD_CNY, TODAY, DATES)
    assert NoCurve("NO_CURVE", "nobody quotes DEPOSIT rates of CNY") == (
        book.money_market_curve(CNY, TODAY, DayCount.ACT_360, DATES)
    )


def test_rates_run_straight_between_maturities_and_discount_at_the_mid() -> None:
    """CNY counts from today: 1W ends 2026-01-21, 1M 2026-02-16 (26 days later)."""
    curve = rates_of(lent("1W", "1.50", "1.60"), lent("1M", "1.76", "1.86"))

    found = curve.at(date(2026, 1, 31), NOW, FRESH)

    assert isinstance(found, CurveRate)
    assert TwoWay(D("1.60"), D("1.70")) == found.rates
    assert D("1.65") == found.mid.percent
    assert round(1 / (1 + D("0.0165") * 17 / 360), 20) == round(found.discount, 20)


@pytest.mark.parametrize("day", [date(2026, 1, 20), date(2026, 3, 1)])
def test_no_rate_is_made_up_beyond_the_maturities(day: date) -> None:
    found = rates_of(lent("1W", "1.50", "1.60"), lent("1M", "1.76", "1.86")).at(day, NOW, FRESH)
    assert isinstance(found, NoCurve) and "BEYOND_CURVE" == found.reason


def test_a_stale_rate_is_refused_with_its_age() -> None:
    found = rates_of(lent("1W", "1.5", "1.6")).at(date(2026, 1, 21), NOW + 61 * SECOND, FRESH)
    assert NoCurve("STALE_CURVE", "CNY 1W/1W last quoted 61000 ms ago, allowed 60000 ms") == found


def test_terms_that_start_earlier_are_no_part_of_a_curve_from_spot() -> None:
    book, usd = CurveQuotes(), Currency("USD")
    for quote in (lent("ON", "4.3", "4.4"), lent("1W", "4.2", "4.3"), lent("1M", "4.1", "4.2")):
        book.update(msgspec.structs.replace(quote, currency=usd))

    curve = book.money_market_curve(usd, TODAY, DayCount.ACT_360, DATES)

    assert isinstance(curve, MoneyMarketCurve)
    assert (SPOT, ["1W", "1M"]) == (curve.start, [node.tenor for node in curve.nodes])


@pytest.mark.parametrize(
    "quote",
    [
        quoted("1M", "-140", "-145"),
        quoted("1M", "NaN", "1"),
        quoted("1M", "1", "Infinity"),
        quoted("1M", "1", "2", factor=D(3)),
        lent("1M", "2", "1"),
        lent("1M", "1", "1000"),
    ],
)
def test_a_quote_that_cannot_be_one_is_refused(quote: PointsQuote | RateQuote) -> None:
    book = CurveQuotes()
    with pytest.raises(InvalidTerms):
        book.update(quote)
    assert CurveQuotes() == book


def test_quotes_pass_through_a_snapshot_of_the_state() -> None:
    book = CurveQuotes()
    for quote in (*MONTHS, lent("1W", "1.5", "1.6")):
        book.update(quote)
    assert book == msgspec.json.decode(msgspec.json.encode(book), type=CurveQuotes)
