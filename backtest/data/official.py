"""Fixings and quotes of curves as rows of the store: known when the world could know them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl

from backtest.data.catalogue import DataError
from backtest.data.columns import PRICE_DIGITS, Kind, price_of
from backtest.data.figures import exact, problem_of, rounded, scaled
from backtest.data.layouts import KNOWN, layout_of
from backtest.data.moments import UnreadableTime, time_reader
from backtest.data.store import schema_of
from backtest.data.tables import Piece, Source
from backtest.data.wishes import Known, Wish
from connectors.market_files.fixings import BusinessDays, publication_ns
from connectors.market_files.quotes import read_quotes
from connectors.market_files.table import MarketFileError
from robot.basics.currency import CurrencyPair
from robot.basics.holidays import CalendarId
from robot.basics.index import FixingIndex, FixingKind, fixing_index
from robot.basics.rate import PointsFactors
from robot.catalogue import Catalogue as Conventions
from robot.clock import format_time
from robot.errors import RobotError, UnknownReference
from robot.market.curve import PointsQuote, RateQuote

Row = dict[str, str | int | None]
_DATE = "%Y-%m-%d"
_EPOCH = date(1970, 1, 1)
_AHEAD = timedelta(days=7)
"""A rate may be published days before its money moves, hardly a week."""
_NO_TEXT = (b"PAR1", b"\x28\xb5\x2f\xfd")


def official_rows(kind: Kind, source: Source, wish: Wish, known: Known) -> pl.DataFrame:
    """All rows of a file, in its order: the table's columns and `store.KEYS`. These files are
    small: a row is a benchmark's day, or one quote of one tenor.
    """
    if kind is Kind.FIXINGS:
        rows: Iterable[Row] = _fixings(source, wish, known.conventions)
    else:
        rows = _curves(source, wish, known.conventions)
    schema = {**schema_of(kind), "venue": pl.String(), "name": pl.String(), "period": pl.String()}
    found = pl.DataFrame([*rows], schema=schema)
    if kind is Kind.FIXINGS:
        _refuse_two(source, found)
    return found


def _refuse_two(source: Source, rows: pl.DataFrame) -> None:
    """One benchmark, one day, one publication, two values: nobody can say which was known."""
    found = rows.group_by("name", "value_date", "at_ns", maintain_order=True).agg(
        pl.col("value").unique(maintain_order=True)
    )
    for name, day, _, values in found.filter(pl.col("value").list.len() > 1).iter_rows():
        told = " and as ".join(str(price_of(value)) for value in values[:3])
        raise DataError(
            f"{source.path}: {name} of {day} is given as {told}, published at one time: leave one; "
            "nothing was imported"
        )


# --- fixings


@dataclass(frozen=True, slots=True)
class _Column:
    """One benchmark's values in a wide table: the file's column, and what a value is times."""

    name: str
    factor: Decimal


def _fixings(source: Source, wish: Wish, conventions: Conventions) -> Iterator[Row]:
    """A row for each day of each benchmark. Long: columns `index` and `value`; wide: `--columns`
    names a column for each benchmark, as `SHIBOR ON=ON` or `PARITY JPY/CNY=JPYCNY_per100*0.01`.
    """
    wide = {name: _column(text) for name, text in wish.columns.items() if _is_index(name)}
    told = {name: text for name, text in wish.columns.items() if name not in wide}
    header = source.header
    for name in told:
        if name not in KNOWN[Kind.FIXINGS]:
            _refuse_unknown(name)
    if wide:
        missing = [one.name for one in wide.values() if one.name not in header]
        if missing:
            raise DataError(f"{source.path}: no column {missing[0]!r} ({', '.join(header)[:200]})")
        told.setdefault("value_date", next((n for n in header if n.lower() == "date"), header[0]))
        told |= {"index": header[0], "value": header[0]}
    layout = layout_of(str(source.path), Kind.FIXINGS, header, told)
    (day_column,) = layout.columns["value_date"]
    calendars = calendars_of(conventions)
    for piece in source.pieces:
        days = _days(piece, day_column, wish)
        published = _published(piece, layout.columns.get("published_utc"), wish)
        if wide:
            for name, column in wide.items():
                names = pl.Series([name]).new_from_index(0, len(days))
                values = _values(piece, column.name, wish, column.factor)
                yield from _rows(piece, names, days, values, published, wish, calendars)
            continue
        (index_column,), (value_column,) = layout.columns["index"], layout.columns["value"]
        values = _values(piece, value_column, wish, Decimal(1))
        if values.has_nulls() and not wish.missing:
            raise piece.problem(int(values.is_null().arg_true()[0]), f"{value_column} is empty")
        names = piece.rows[index_column]
        yield from _rows(piece, names, days, values, published, wish, calendars)


def _refuse_unknown(name: str) -> None:
    try:
        fixing_index(name)
    except UnknownReference as problem:
        columns = ", ".join(KNOWN[Kind.FIXINGS])
        raise DataError(
            f"--columns {name}=...: {problem}, nor is it one of the columns {columns}"
        ) from None


def _is_index(name: str) -> bool:
    try:
        fixing_index(name)
    except UnknownReference:
        return False
    return True


def _column(text: str) -> _Column:
    name, star, factor = text.partition("*")
    units = scaled(pl.Series([factor or "1"]), PRICE_DIGITS)[0]
    if units is None or (star and not factor):
        raise DataError(f"--columns ...={text}: a column and a number, as PARITY*0.01")
    return _Column(name.strip(), Decimal(units).scaleb(-PRICE_DIGITS))


def _days(piece: Piece, column: str, wish: Wish) -> list[date]:
    texts = piece.rows[column]
    days = texts.str.to_date(wish.time_format or _DATE, strict=False, exact=True)
    if days.has_nulls():
        row = int(days.is_null().arg_true()[0])
        raise piece.problem(row, f"{column} {texts[row]!r} is no date (see --format)")
    found: list[date] = days.to_list()
    return found


def _published(piece: Piece, column: tuple[str, ...] | None, wish: Wish) -> list[int | None]:
    if column is None:
        return [None] * piece.rows.height
    texts = piece.rows[column[0]]
    given = texts.is_not_null().arg_true()
    found: list[int | None] = [None] * len(texts)
    if len(given):
        try:
            reader = time_reader(texts[int(given[0])], zone=wish.zone, fold=wish.fold)
            times = reader.read(texts.gather(given)).to_list()
        except UnreadableTime as problem:
            raise piece.problem(int(given[problem.row]), problem.text) from None
        except ValueError as problem:
            raise piece.problem(int(given[0]), str(problem)) from None
        for row, at_ns in zip(given.to_list(), times, strict=True):
            found[row] = at_ns
    return found


def _values(piece: Piece, column: str, wish: Wish, factor: Decimal) -> pl.Series:
    """In units of the store; null where there is none that day."""
    texts = piece.rows[column]
    texts = texts.set(texts.is_in(list(wish.missing)).fill_null(False), None)
    if wish.round_to is None:
        found = scaled(texts, PRICE_DIGITS, comma=wish.decimal_comma)
    else:
        found, _ = rounded(texts, wish.round_to, comma=wish.decimal_comma)
    wrong = (found.is_null() & texts.is_not_null()).arg_true()
    if len(wrong):
        row = int(wrong[0])
        what = problem_of(texts[row], PRICE_DIGITS, comma=wish.decimal_comma)
        raise piece.problem(row, f"{column} {what}")
    if factor == 1:
        return found
    units = [
        None if unit is None else exact(Decimal(unit).scaleb(-PRICE_DIGITS) * factor, PRICE_DIGITS)
        for unit in found.to_list()
    ]
    scaled_values = pl.Series(column, units, dtype=pl.Int64)
    if scaled_values.null_count() != found.null_count():
        row = int((scaled_values.is_null() & found.is_not_null()).arg_true()[0])
        raise piece.problem(row, f"{column} {texts[row]} times {factor} is finer than 0.000000001")
    return scaled_values


def _rows(
    piece: Piece,
    names: pl.Series,
    days: list[date],
    values: pl.Series,
    published: list[int | None],
    wish: Wish,
    calendars: Callable[[FixingIndex], BusinessDays],
) -> Iterator[Row]:
    for row, (name, day, value, at_ns) in enumerate(
        zip(names.to_list(), days, values.to_list(), published, strict=True)
    ):
        if value is None:
            continue
        try:
            index = fixing_index(name or "")
            known_ns = publication_ns(index, day, calendars) if at_ns is None else at_ns
        except UnknownReference as problem:
            raise piece.problem(row, str(problem)) from None
        except RobotError as problem:
            told = "a column published_utc says when it became known, where no calendar does"
            raise piece.problem(row, f"{problem} ({told})") from None
        if known_ns < (day - _EPOCH - _AHEAD) // timedelta(microseconds=1) * 1000:
            told = f"published at {format_time(known_ns)}, long before its day {day}"
            raise piece.problem(row, f"{index.name} is {told}: are the columns mixed up?")
        yield {
            "at_ns": known_ns,
            "number": 0,
            "value_date": str(day),
            "value": value,
            "source": wish.source or wish.venue or "file",
            "published_ns": known_ns,
            "venue": wish.venue or "FILE",
            "name": index.name,
            "period": "",
        }


def calendars_of(conventions: Conventions) -> Callable[[FixingIndex], BusinessDays]:
    """By which calendar a benchmark's days of publication are counted."""

    def calendar_of(index: FixingIndex) -> BusinessDays:
        name = index.currency if index.kind is FixingKind.RATE else index.currency[:3]
        return conventions.calendars([CalendarId(name)])[CalendarId(name)]

    return calendar_of


# --- curves


def _curves(source: Source, wish: Wish, conventions: Conventions) -> Iterator[Row]:
    """As `fxrobot market quotes` reads them."""
    if wish.zone or wish.columns or wish.time_format:
        raise DataError(
            f"{source.path}: curves have their own columns and UTC times (docs/backtest.md): "
            "--zone, --columns and --format are not for them"
        )
    with source.path.open("rb") as file:
        is_text = not file.read(4).startswith(_NO_TEXT)
    if is_text:
        yield from _curve_rows(source.path, wish, conventions)
        return
    with tempfile.TemporaryDirectory(prefix="fxrobot-") as folder:
        text = Path(folder) / "curves.csv"
        pl.concat([piece.rows for piece in source.pieces]).write_csv(text)
        try:
            yield from _curve_rows(text, wish, conventions)
        except MarketFileError as problem:
            raise DataError(str(problem).replace(str(text), str(source.path))) from None


def _curve_rows(path: Path, wish: Wish, conventions: Conventions) -> Iterator[Row]:
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
