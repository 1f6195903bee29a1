"""Fixings and quotes of curves as rows of the store, read as `fxrobot market` reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path

import polars as pl

from backtest.data.catalogue import DataError
from backtest.data.columns import PRICE_DIGITS, Kind
from backtest.data.figures import exact
from backtest.data.store import schema_of
from backtest.data.wishes import Known, Wish
from connectors.market_files.fixings import OWN, BusinessDays, read_fixings
from connectors.market_files.quotes import read_quotes
from robot.basics.currency import CurrencyPair
from robot.basics.holidays import CalendarId
from robot.basics.index import FixingIndex, FixingKind
from robot.basics.rate import PointsFactors
from robot.catalogue import Catalogue as Conventions
from robot.market.curve import PointsQuote, RateQuote

Row = dict[str, str | int | None]


def official_rows(kind: Kind, path: Path, wish: Wish, known: Known) -> pl.DataFrame:
    """All rows of a file, in its order: the table's columns and `store.KEYS`. These files are
    small: a row is a benchmark's day, or one quote of one tenor.
    """
    if wish.zone or wish.columns or wish.time_format:
        raise DataError(
            f"{path}: {kind} are read with their own columns and in UTC (docs/backtest.md): "
            "--zone, --columns and --format are not for them"
        )
    if kind is Kind.FIXINGS:
        rows: Iterable[Row] = _fixings(path, wish.venue or "FILE", known.conventions)
    else:
        rows = _curves(path, wish, known.conventions)
    schema = {**schema_of(kind), "venue": pl.String(), "name": pl.String(), "period": pl.String()}
    return pl.DataFrame([*rows], schema=schema)


def _fixings(path: Path, venue: str, conventions: Conventions) -> Iterable[Row]:
    for fixing in read_fixings(path, OWN, _calendars(conventions)):
        yield {
            "at_ns": fixing.published_ns,
            "number": 0,
            "value_date": str(fixing.value_date),
            "value": _exact(path, fixing.value),
            "source": fixing.source,
            "published_ns": fixing.published_ns,
            "venue": venue,
            "name": fixing.index,
            "period": "",
        }


def _calendars(conventions: Conventions) -> Callable[[FixingIndex], BusinessDays]:
    def calendar_of(index: FixingIndex) -> BusinessDays:
        name = index.currency if index.kind is FixingKind.RATE else index.currency[:3]
        return conventions.calendars([CalendarId(name)])[CalendarId(name)]

    return calendar_of


def _curves(path: Path, wish: Wish, conventions: Conventions) -> Iterable[Row]:
    source = wish.venue or "FILE"
    factors = _factors(conventions)
    for quote in read_quotes(path, factors, source):
        if isinstance(quote, PointsQuote):
            conventions.convention(quote.pair)
            curve, scale = str(quote.pair), factors.factor(quote.pair, source) / quote.factor
        else:
            assert isinstance(quote, RateQuote)
            curve, scale = f"{quote.currency} {quote.product}", Decimal(1)
        yield {
            "at_ns": quote.at_ns,
            "number": 0,
            "tenor": quote.tenor,
            "bid": _exact(path, quote.bid * scale),
            "offer": _exact(path, quote.offer * scale),
            "as_of_ns": quote.at_ns,
            "venue": source,
            "name": curve,
            "period": "",
        }


def _factors(conventions: Conventions) -> PointsFactors:
    providers: dict[str, dict[CurrencyPair, Decimal]] = {}
    for pair, convention in conventions.conventions.items():
        for provider, factor in convention.provider_points_factors.items():
            providers.setdefault(provider, {})[pair] = factor
    market = {pair: row.points_factor for pair, row in conventions.conventions.items()}
    return PointsFactors(market=market, providers=providers)


def _exact(path: Path, value: Decimal) -> int:
    found = exact(value, PRICE_DIGITS)
    if found is None:
        raise DataError(f"{path}: {value} is finer than 0.000000001, the unit of the store")
    return found
