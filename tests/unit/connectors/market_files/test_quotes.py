"""Files of points and rates: what is read and what is refused with its line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal as D
from pathlib import Path

import pytest

from connectors.market_files.quotes import read_quotes
from connectors.market_files.table import MarketFileError
from robot.basics.currency import CurrencyPair
from robot.basics.rate import PointsFactors
from robot.clock import nanoseconds
from robot.market.curve import CurvePoints, CurveQuotes, PointsCurve, PointsQuote, RateQuote
from tests.kit.dates import WeekdayDates

USD_CNY, USD_BRL = CurrencyPair("USD/CNY"), CurrencyPair("USD/BRL")
FACTORS = PointsFactors(
    market={USD_CNY: D(10_000), USD_BRL: D(1)}, providers={"EBS": {USD_BRL: D(10_000)}}
)
HEADER = "kind,name,tenor,bid,offer,at_utc\n"
POINTS = "POINTS,USD/CNY,3M,-478,-475.5,2026-01-14T03:00:00Z\n"
RATE = "RATE,CNY,1W,1.50,1.60,2026-01-14T03:00:00.250Z\n"
NOW = nanoseconds(datetime(2026, 1, 14, 3, 1, tzinfo=UTC))


def file(folder: Path, text: str) -> Path:
    path = folder / "quotes.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_of_quotes_makes_a_curve(tmp_path: Path) -> None:
    book = CurveQuotes()
    for quote in read_quotes(file(tmp_path, HEADER + POINTS + RATE), FACTORS, "ICAP"):
        book.update(quote)

    curve = book.points_curve(USD_CNY, date(2026, 1, 14), WeekdayDates())

    assert isinstance(curve, PointsCurve)
    found = curve.at(date(2026, 4, 16), NOW, 60_000)
    assert isinstance(found, CurvePoints)
    assert (D(-478), D("-475.5"), 60_000) == (found.points.bid, found.points.offer, found.age_ms)
    assert D("1.60") == book.rates["CNY DEPOSIT"]["1W"].offer


def test_the_providers_scale_is_its_own(tmp_path: Path) -> None:
    row = "POINTS,USD/BRL,1M,210,215,2026-01-14T03:00:00Z"
    path = file(tmp_path, f"{HEADER.strip()},factor\n{row},\n{row},1000\n")

    found = [
        quote.factor
        for source in ("EBS", "OTHER")
        for quote in read_quotes(path, FACTORS, source)
        if isinstance(quote, PointsQuote)
    ]

    assert [D(10_000), D(1000), D(1), D(1000)] == found


@pytest.mark.parametrize("factor", ["0", "-5", "10001"])
def test_a_scale_that_is_none_is_refused_with_its_line(tmp_path: Path, factor: str) -> None:
    row = f"{POINTS.strip()},{factor}\n"
    path = file(tmp_path, f"{HEADER.strip()},factor\n{row}")
    with pytest.raises(MarketFileError, match=f"csv:2: points factor {factor} must be a power"):
        list(read_quotes(path, FACTORS, "ICAP"))


def test_rates_are_percent_a_year(tmp_path: Path) -> None:
    (found,) = read_quotes(file(tmp_path, HEADER + RATE), FACTORS, "CFETS")
    assert isinstance(found, RateQuote)
    assert ("1W", D("1.50"), D("1.60")) == (found.tenor, found.bid, found.offer)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (POINTS.replace("-478", "-470"), "bid -470 is above offer -475.5"),
        (POINTS.replace("USD/CNY", "USD/USD"), "a pair needs two currencies"),
        (POINTS.replace("USD/CNY", "USD/JPY"), "no points factor configured for USD/JPY"),
        (POINTS.replace("-478", "four"), "bid 'four' is not a number"),
        (POINTS.replace("Z", ""), "is not a UTC time"),
        (RATE.replace("CNY", "cny"), "not a currency code: 'cny'"),
        (RATE.replace("RATE", "YIELD"), "kind 'YIELD' is none of POINTS, RATE, REPO"),
        (RATE.replace("1W", ""), "column tenor is empty"),
        (POINTS.replace("3M", "3m"), "not a tenor: '3m'; did you mean 3M?"),
        (POINTS.replace("3M", "SPOT"), "POINTS is not quoted for SPOT"),
        (POINTS.replace("3M", "R007"), "POINTS is not quoted for R007"),
        (RATE.replace("1W", "R007"), "RATE is not quoted for R007"),
        (RATE.replace("1.60", "1600"), "rate 1600 % must be between -1000 and 1000 percent"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(tmp_path: Path, row: str, words: str) -> None:
    path = file(tmp_path, HEADER + POINTS + row)
    with pytest.raises(MarketFileError) as caught:
        list(read_quotes(path, FACTORS, "ICAP"))
    assert f"quotes.csv:3: {words}" in str(caught.value) or words in str(caught.value)
    assert "quotes.csv:3:" in str(caught.value)
