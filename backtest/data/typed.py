"""Rows of text as rows of the store's tables: quotes, bars, requests. Each error names its line."""

from __future__ import annotations

import difflib
import functools
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from backtest.data.catalogue import DataError
from backtest.data.columns import AMOUNT_DIGITS, PRICE_DIGITS, TABLES, Kind, Outcome, Unit
from backtest.data.figures import problem_of, rounded, scaled
from backtest.data.layouts import Layout
from backtest.data.moments import TimeReader, UnreadableTime, time_reader
from backtest.data.periods import parse_period, period_of
from backtest.data.store import KEYS, schema_of
from backtest.data.tables import Piece
from backtest.data.wishes import Known, Wish, pair_text
from robot.basics.currency import CurrencyPair, parse_currency, parse_pair
from robot.deals.product import ProductKind
from robot.errors import UnknownReference

_VENUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.&-]{0,39}")
_DAY = r"^\d{4}-\d\d-\d\d$"
_SIDES = {
    **dict.fromkeys(("BUY", "B", "1", "BOUGHT"), "BUY"),
    **dict.fromkeys(("SELL", "S", "2", "SOLD"), "SELL"),
    **dict.fromkeys(("TWO-WAY", "TWO_WAY", "TWOWAY", "BOTH", "7"), None),
}
_TURNED = {"BUY": "SELL", "SELL": "BUY", None: None}
_WORDS = {
    Outcome.DEALT: "DEALT DONE DEAL HIT FILLED TRADED WON ACCEPTED",
    Outcome.PASSED: "PASSED PASS DONE_AWAY LOST MISSED COVER COVERED WITHDRAWN CANCELLED",
    Outcome.EXPIRED: "EXPIRED EXPIRY TIMEOUT TIMED_OUT",
    Outcome.REFUSED: "REFUSED REJECTED NO_QUOTE DECLINED NOT_QUOTED",
    Outcome.OPEN: "OPEN UNKNOWN",
}
_OUTCOMES = {word: outcome for outcome, words in _WORDS.items() for word in words.split()}
_LOANS = (ProductKind.DEPOSIT, ProductKind.REPO)


@dataclass(slots=True)
class RowMaker:
    """Makes typed rows of a file's pieces; what the first one shows holds for all."""

    kind: Kind
    wish: Wish
    layout: Layout
    known: Known
    notes: list[str] = field(default_factory=list)
    rounded: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """Rows of each series with a price that `--round-to` changed, by `store.KEYS`."""
    _changed: list[pl.Series] = field(default_factory=list)
    """Of the piece at hand: for each column of prices, which rows were rounded."""
    _reader: TimeReader | None = None
    _period_ns: int = 0
    _venue: str = ""

    def rows(self, piece: Piece) -> pl.DataFrame:
        """The columns of the table and `store.KEYS`, in the piece's order."""
        make: Mapping[Kind, Callable[[Piece, dict[str, pl.Series]], None]] = {
            Kind.QUOTES: self._quotes,
            Kind.BARS: self._bars,
            Kind.REQUESTS: self._requests,
        }
        columns = {
            "at_ns": self._times(piece, "at"),
            "number": pl.zeros(piece.rows.height, dtype=pl.Int64, eager=True),
        }
        columns["venue"] = self._venues(piece)
        self._changed.clear()
        make[self.kind](piece, columns)
        whole = pl.DataFrame(columns)
        absent = [
            pl.lit(None, dtype).alias(name)
            for name, dtype in schema_of(self.kind).items()
            if name not in whole.columns
        ]
        keys = [pl.lit("").alias(name) for name in ("name", "period") if name not in columns]
        made = whole.with_columns(absent + keys)
        if self._changed:
            rows = functools.reduce(operator.or_, self._changed)
            counted = made.select(*KEYS).filter(rows).group_by(*KEYS).len()
            for *key, count in counted.iter_rows():
                self.rounded[tuple(key)] += count
        return made

    # --- cells

    def _text(self, piece: Piece, name: str) -> pl.Series:
        """A column of ours as text; null where it says nothing."""
        theirs = self.layout.columns.get(name)
        if theirs is None:
            return pl.Series(name, [None], dtype=pl.String).new_from_index(0, piece.rows.height)
        if len(theirs) > 1:
            cells = piece.rows.select(pl.concat_str(theirs, separator=" ")).to_series()
        else:
            cells = piece.rows[theirs[0]]
        if self.wish.missing:
            cells = cells.set(cells.is_in(list(self.wish.missing)).fill_null(False), None)
        return cells.alias(name)

    def _required(self, piece: Piece, name: str) -> pl.Series:
        cells = self._text(piece, name)
        if cells.has_nulls():
            row = int(cells.is_null().arg_true()[0])
            raise piece.problem(row, f"{name} is empty")
        return cells

    def _times(self, piece: Piece, name: str) -> pl.Series:
        texts = self._required(piece, name) if name == "at" else self._text(piece, name)
        given = texts.is_not_null()
        if not given.any():
            return pl.Series(name, [None], dtype=pl.Int64).new_from_index(0, len(texts))
        try:
            if self._reader is None:
                self._reader = time_reader(
                    texts.drop_nulls()[0],
                    wanted=self.wish.time_format,
                    zone=self.wish.zone,
                    fold=self.wish.fold,
                )
            if given.all():
                return self._reader.read(texts)
            rows = given.arg_true()
            empty = pl.Series(name, [None], dtype=pl.Int64).new_from_index(0, len(texts))
            return empty.scatter(rows, self._reader.read(texts.gather(rows)))
        except UnreadableTime as problem:
            raise piece.problem(problem.row, problem.text) from None
        except ValueError as problem:
            raise piece.problem(0, str(problem)) from None

    def _figures(self, piece: Piece, name: str, digits: int) -> pl.Series:
        texts = self._text(piece, name)
        comma = self.wish.decimal_comma
        found = self._scaled(texts, digits)
        bad = found.is_null() & texts.is_not_null()
        if bad.any():
            row = int(bad.arg_true()[0])
            raise piece.problem(row, f"{name} {problem_of(texts[row], digits, comma=comma)}")
        return found.alias(name)

    def _scaled(self, texts: pl.Series, digits: int) -> pl.Series:
        """Whole numbers; of prices that are rounded, which rows changed is remembered."""
        step = self.wish.round_to
        if step is None or digits != PRICE_DIGITS:
            return scaled(texts, digits, comma=self.wish.decimal_comma)
        found, changed = rounded(texts, step, comma=self.wish.decimal_comma)
        self._changed.append(changed)
        return found

    def _prices(self, piece: Piece, name: str) -> pl.Series:
        found = self._figures(piece, name, PRICE_DIGITS)
        wrong = (found <= 0).fill_null(False).arg_true()
        if len(wrong):
            row = int(wrong[0])
            text = self._text(piece, name)[row]
            raise piece.problem(row, f"{name} {text} is not above zero")
        return found

    def _amounts(self, piece: Piece, name: str) -> pl.Series:
        found = self._figures(piece, name, AMOUNT_DIGITS)
        _refuse(piece, found < 0, f"{name} is negative")
        unit = int(self.wish.size_unit)
        if unit != 1:
            _refuse(piece, found > 2**62 // unit, f"{name} is too large")
            found = found * unit
        return found.alias(name)

    # --- whose rows

    def _venues(self, piece: Piece) -> pl.Series:
        cells = self._text(piece, "venue").drop_nulls() if self.layout.has("venue") else None
        if self.wish.venue:
            named = self.wish.venue
            several = sorted(set(cells.unique().to_list())) if cells is not None else []
            if len(several) > 1:
                raise DataError(
                    f"{piece.path}: names several venues ({', '.join(several[:5])}): leave out "
                    "--venue, or import them apart"
                )
            if not _VENUE.fullmatch(named):
                raise DataError(f"--venue: {_venue_problem(named)}")
            return pl.Series("venue", [named]).new_from_index(0, piece.rows.height)
        if cells is None:
            raise DataError(
                f"{piece.path}: no column says the venue: give --venue NAME, as in desk.yaml"
            )
        found = self._required(piece, "venue")
        for name in found.unique(maintain_order=True).to_list():
            if not _VENUE.fullmatch(name):
                raise piece.problem(int((found == name).arg_true()[0]), _venue_problem(name))
        return found

    def _pairs(
        self, piece: Piece, texts: pl.Series, *, loans: pl.Series | None = None
    ) -> pl.Series:
        """Each as `EUR/USD`; known to the conventions. `loans`: rows that name a currency."""
        found: dict[str, str] = {}
        for text in texts.unique().to_list():
            try:
                found[text] = self._pair(text)
            except UnknownReference as problem:
                row = int((texts == text).arg_true()[0])
                if loans is not None and loans[row] and len(text) == 3:
                    found[text] = parse_currency(text.upper())
                    continue
                raise piece.problem(row, str(problem)) from None
        return texts.replace_strict(found, return_dtype=pl.String)

    def _pair(self, text: str) -> str:
        pair = parse_pair(pair_text(text))
        if pair not in self.known.pairs and (turned := CurrencyPair(f"{pair[4:]}/{pair[:3]}")) in (
            self.known.pairs
        ):
            raise UnknownReference(
                f"no pair {pair} in conventions.yaml: the market quotes {turned}; turn the prices "
                "first (bid = 1 / offer, offer = 1 / bid)"
            )
        try:
            self.known.conventions.convention(pair)
        except UnknownReference as problem:
            more = "a pair of your own belongs into conventions.yaml of the folder of --config"
            raise UnknownReference(f"{problem} ({more})") from None
        return pair

    def _named_pairs(self, piece: Piece) -> pl.Series:
        if not self.wish.pair:
            if not self.layout.has("pair"):
                raise DataError(f"{piece.path}: no column says the pair: give --pair EUR/USD")
            return self._pairs(piece, self._required(piece, "pair"))
        try:
            told = self._pair(self.wish.pair)
        except UnknownReference as problem:
            raise DataError(f"--pair {self.wish.pair}: {problem}") from None
        if self.layout.has("pair"):
            found = self._pairs(piece, self._required(piece, "pair"))
            _refuse(piece, found != told, f"the row's pair is not --pair {told}")
        return pl.Series("pair", [told]).new_from_index(0, piece.rows.height)

    # --- the tables

    def _quotes(self, piece: Piece, columns: dict[str, pl.Series]) -> None:
        self._check_sides(piece)
        columns["name"] = self._named_pairs(piece)
        for name in ("bid", "offer"):
            columns[name] = self._prices(piece, name)
        for name in ("bid_size", "offer_size"):
            columns[name] = self._amounts(piece, name)
        empty = columns["bid"].is_null() & columns["offer"].is_null()
        if not self.wish.missing:
            _refuse(piece, empty, "neither bid nor offer (--na WORD where that is meant)")

    def _check_sides(self, piece: Piece) -> None:
        """A column that was overlooked must not look like a market without offers."""
        lacks = [name for name in ("bid", "offer") if not self.layout.has(name)]
        if not lacks or self.wish.one_sided:
            return
        unread = ", ".join(self.layout.unused) or "none"
        raise DataError(
            f"{piece.path}: no column for the {lacks[0]} (columns not read: {unread}): name it, "
            f"--columns {lacks[0]}=NAME; or --one-sided, if there is none: each quote then has one "
            "side, and nobody can be dealt with on the other; nothing was imported"
        )

    def _bars(self, piece: Piece, columns: dict[str, pl.Series]) -> None:
        columns["name"] = self._named_pairs(piece)
        one = [name for name in ("open", "high", "low", "close") if self.layout.has(name)]
        if one and self.wish.bar_side not in ("bid", "offer", "mid"):
            raise DataError(
                f"{piece.path}: the bars have one price: say which, --bar-side bid, offer or mid"
            )
        for column in TABLES[Kind.BARS].columns:
            if column.unit is Unit.PRICE:
                side, _, name = column.name.partition("_")
                ours = name if name in one and side == self.wish.bar_side else column.name
                columns[column.name] = self._prices(piece, ours).alias(column.name)
        columns["volume"] = self._amounts(piece, "volume")
        told = columns["at_ns"]
        if not self._period_ns:
            self._period_ns = self._period(piece, told)
        if self.wish.bars_at_end:
            columns["from_ns"] = told - self._period_ns
        else:
            columns["from_ns"], columns["at_ns"] = told, told + self._period_ns
        period = period_of(self._period_ns)
        columns["period"] = pl.Series("period", [period]).new_from_index(0, len(told))

    def _period(self, piece: Piece, times: pl.Series) -> int:
        if self.wish.bar_period:
            return parse_period(self.wish.bar_period)
        if self.layout.has("period"):
            told = self._required(piece, "period").unique().to_list()
            if len(told) > 1:
                raise DataError(f"{piece.path}: bars of {told[0]} and of {told[1]} in one file")
            return parse_period(told[0])
        steps = times.diff().drop_nulls()
        usual = steps.filter(steps > 0).mode().sort()
        if usual.is_empty() or not period_of(int(usual[0])):
            raise DataError(
                f"{piece.path}: how long a bar is cannot be seen from its times: --bar-period 1m"
            )
        self.notes.append(f"bars of {period_of(int(usual[0]))}, seen from their times")
        return int(usual[0])

    def _requests(self, piece: Piece, columns: dict[str, pl.Series]) -> None:
        if self.wish.sides not in ("ours", "client"):
            raise DataError(
                f"{piece.path}: whose BUY and SELL are these? --sides ours, or --sides client "
                "(a client who buys makes us sell)"
            )
        for name in ("request_id", "counterparty", "tier", "currency", "tenor", "far_tenor"):
            columns[name] = self._text(piece, name)
        self._required(piece, "counterparty")
        columns["product"] = self._products(piece)
        loans = columns["product"].is_in([str(one) for one in _LOANS])
        texts = (
            self._required(piece, "pair") if self.layout.has("pair") else self._named_pairs(piece)
        )
        columns["pair"] = self._pairs(piece, texts, loans=loans).alias("pair")
        columns["side"] = self._sides(piece)
        columns["amount"] = self._amounts(piece, "amount")
        _refuse(
            piece, columns["amount"].is_null() | (columns["amount"] == 0), "amount is not there"
        )
        columns["far_amount"] = self._amounts(piece, "far_amount")
        for name in ("value_date", "far_value_date"):
            columns[name] = self._text(piece, name)
            _refuse(piece, ~columns[name].str.contains(_DAY), f"{name} is not like 2026-01-14")
        columns["outcome"] = self._outcomes(piece)
        columns["reason"] = self._text(piece, "reason")
        is_spot = columns["product"] == str(ProductKind.SPOT)
        for name in ("bid", "offer", "price", "rival_bid", "rival_offer"):
            columns[name] = self._figures(piece, name, PRICE_DIGITS)
            _refuse(piece, is_spot & (columns[name] <= 0), f"{name} of a spot is not above zero")
        columns["rivals"] = self._figures(piece, "rivals", 0)
        columns["ended_ns"] = self._times(piece, "ended").alias("ended_ns")

    def _products(self, piece: Piece) -> pl.Series:
        texts = self._text(piece, "product").fill_null(str(ProductKind.SPOT)).str.to_uppercase()
        known = [str(kind) for kind in ProductKind]
        return self._translated(piece, "product", texts, {name: name for name in known})

    def _sides(self, piece: Piece) -> pl.Series:
        texts = self._text(piece, "side").fill_null("BOTH").str.to_uppercase()
        known = _SIDES
        if self.wish.sides == "client":
            known = {word: _TURNED[side] for word, side in known.items()}
        return self._translated(piece, "side", texts, known)

    def _outcomes(self, piece: Piece) -> pl.Series:
        texts = self._text(piece, "outcome").fill_null("OPEN").str.to_uppercase()
        plain = texts.str.replace_all(r"[ -]", "_")
        told = {word.upper(): outcome for word, outcome in self.wish.outcomes.items()}
        wrong = [outcome for outcome in told.values() if outcome not in list(Outcome)]
        if wrong:
            raise DataError(f"--outcomes {wrong[0]}: one of {', '.join(Outcome)}")
        known = {word: str(outcome) for word, outcome in {**_OUTCOMES, **told}.items()}
        return self._translated(piece, "outcome", plain, known)

    def _translated(
        self, piece: Piece, name: str, texts: pl.Series, known: Mapping[str, str | None]
    ) -> pl.Series:
        unknown = ~texts.is_in(list(known))
        if unknown.any():
            row = int(unknown.arg_true()[0])
            raise piece.problem(
                row, f"{name} {texts[row]!r} is not known{_near(texts[row], known)}"
            )
        used: Sequence[str] = texts.unique().to_list()
        return texts.replace_strict(
            {word: known[word] for word in used}, return_dtype=pl.String
        ).alias(name)


def _refuse(piece: Piece, rows: pl.Series, text: str) -> None:
    """An error for the first row of which it holds."""
    found = rows.fill_null(False).arg_true()
    if len(found):
        raise piece.problem(int(found[0]), text)


def _venue_problem(name: str) -> str:
    return f"venue {name[:50]!r}: letters, digits, blanks and _.&- only, at most 40"


def _near(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else f" (one of {', '.join(known)})"
