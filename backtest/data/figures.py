"""Texts as exact whole numbers, whole columns at a time: prices in 1e-9, amounts in 1e-2.

A number never becomes a float: its digits are moved as text. What cannot be said exactly is no
number here; the caller names its line.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

import polars as pl

from backtest.data.columns import PRICE_DIGITS

_PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)$"
_EXPONENT = r"^[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d{1,3}$"
_INT64_END = 2**63
_THOUSANDS = re.compile(r"[+-]?\d{1,3}((,\d{3})+(\.\d+)?|(\.\d{3}){2,}(,\d+)?|([ '’]\d{3})+)")
_NOISE = Decimal("1e-12")
"""Relative: a float has 15 to 17 digits, and some are lost in a computation."""
_PLACES_MIN = 5
"""Of a step that is suggested: one that fits a price such as 1.1 would cut others short."""


def scaled(texts: pl.Series, digits: int, *, comma: bool = False) -> pl.Series:
    """Each text x 10^`digits` as a whole number of 64 bits; null where there is no text or where
    it is none: not a plain decimal number, too large, finer than one unit. `comma` stands before
    the decimals, else a point.
    """
    if comma:
        texts = texts.str.replace_all(".", "x", literal=True).str.replace(",", ".", literal=True)
    found = _moved(texts, digits)
    rows = (found.is_null() & texts.is_not_null()).arg_true()
    if rows.is_empty():
        return found
    rest = texts.gather(rows)
    return found.scatter(rows, _with_exponents(rest, _cut(rest, digits), digits))


def _moved(texts: pl.Series, digits: int) -> pl.Series:
    """The usual case: no more decimals than there are, so that the point is left out and zeros are
    put behind.
    """
    frame = pl.DataFrame({"text": texts}).select(
        number=pl.col("text").str.replace(".", "", literal=True).cast(pl.Int64, strict=False),
        zeros=digits
        - pl.when(pl.col("text").str.contains(".", literal=True))
        .then(
            pl.col("text").str.len_bytes().cast(pl.Int64)
            - 1
            - pl.col("text").str.find(".", literal=True).cast(pl.Int64)
        )
        .otherwise(0),
    )
    factor = pl.lit(10, pl.Int64).pow(pl.col("zeros"))
    fits = pl.col("zeros").is_between(0, digits) & pl.col("number").is_between(
        -(_INT64_END // 10**digits), _INT64_END // 10**digits - 1
    )
    return frame.select(pl.when(fits).then(pl.col("number") * factor).alias(texts.name)).to_series()


def _cut(texts: pl.Series, digits: int) -> pl.Series:
    """The same for any number of decimals: those that are left out must be zeros."""
    parts = pl.DataFrame({"text": texts}).select(
        pl.col("text"),
        negative=pl.col("text").str.starts_with("-"),
        whole=pl.col("text").str.extract(r"^[+-]?(\d*)\.?\d*$"),
        fraction=pl.col("text").str.extract(r"^[+-]?\d*\.?(\d*)$").fill_null(""),
        plain=pl.col("text").str.contains(_PLAIN),
    )
    fraction = (
        pl.when(pl.col("text").str.contains(".", literal=True))
        .then("fraction")
        .otherwise(pl.lit(""))
    )
    kept = fraction.str.slice(0, digits).str.pad_end(digits, "0") if digits else pl.lit("")
    finer = fraction.str.slice(digits).str.strip_chars("0") != ""
    number = pl.concat_str(pl.col("whole"), kept).cast(pl.Int64, strict=False)
    return parts.select(
        pl.when(pl.col("plain") & ~finer)
        .then(pl.when("negative").then(-number).otherwise(number))
        .alias(texts.name)
    ).to_series()


def _with_exponents(texts: pl.Series, found: pl.Series, digits: int) -> pl.Series:
    """The same with the few that are written as 1e-5, as programs do with small numbers."""
    rows = (found.is_null() & texts.str.contains(_EXPONENT)).fill_null(False).arg_true()
    if rows.is_empty():
        return found
    values = [_exact(text, digits) for text in texts.gather(rows).to_list()]
    return found.scatter(rows, pl.Series(values, dtype=pl.Int64))


def _exact(text: str, digits: int) -> int | None:
    try:
        return exact(Decimal(text), digits)
    except InvalidOperation:
        return None


def exact(value: Decimal, digits: int) -> int | None:
    """A number x 10^`digits` where that is a whole one of 64 bits; else None."""
    try:
        scaled_value = value.scaleb(digits)
        whole = int(scaled_value)
    except (InvalidOperation, OverflowError, ValueError):
        return None
    return whole if whole == scaled_value and abs(whole) < _INT64_END else None


def texts_of(units: pl.Expr, digits: int) -> pl.Expr:
    """The inverse of `scaled`: each as a plain decimal, without zeros at its end."""
    size = units.abs()
    whole = (size // 10**digits).cast(pl.String)
    rest = (size % 10**digits).cast(pl.String).str.pad_start(digits, "0").str.strip_chars_end("0")
    sign = pl.when(units < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    point = pl.when(rest == "").then(pl.lit("")).otherwise(pl.lit("."))
    return pl.concat_str(sign, whole, point, rest)


def problem_of(text: str, digits: int, *, comma: bool = False) -> str:
    """Why `scaled` gave null for a text."""
    plain = text.strip()
    if not plain.isascii() or "_" in plain:
        return f"{text[:40]!r} is no number: digits from 0 to 9 and a point only"
    if plain.lower() in ("nan", "inf", "-inf", "infinity", "null", "none", "n/a", "na", "#n/a"):
        return f"{text!r} is no number (--na {plain} takes it as not there)"
    if _THOUSANDS.fullmatch(plain):
        meant = f", or --decimal-comma if it is {plain.replace(',', '.')}"
        return f"{text!r} separates thousands: save it without that" + (
            meant if not comma and plain.count(",") == 1 and "." not in plain else ""
        )
    if not comma and "," in plain and plain.replace(",", "").lstrip("+-").isdigit():
        return f"{text!r} has a comma where a point is due (--decimal-comma if that is meant)"
    if comma and "." in plain:
        return f"{text!r} has a point, with --decimal-comma"
    try:
        value = Decimal(plain.replace(",", ".") if comma else plain)
    except InvalidOperation:
        return f"{text[:40]!r} is no number"
    if not value.is_finite():
        return f"{text!r} is no number (--na {plain} takes it as not there)"
    if abs(value) >= Decimal(_INT64_END).scaleb(-digits):
        return f"{text[:40]} is too large: the largest is {_INT64_END // 10**digits}"
    if plain != text:
        return f"{text!r} has blanks around it"
    finer = f"{text[:40]} is finer than {Decimal(1).scaleb(-digits):f}, the unit of the store"
    return finer + (_rounding_hint(value) if digits == PRICE_DIGITS else "")


def _rounding_hint(value: Decimal) -> str:
    """The coarsest step that changes nothing but a float's noise; else the unit."""
    for places in range(PRICE_DIGITS + 1):
        near = round(value, places)
        if abs(value - near) <= max(abs(value), Decimal(1)) * _NOISE:
            what = "noise of a computation in floats?"
            step = Decimal(1).scaleb(-max(places, _PLACES_MIN))
            return f" ({what} --round-to {step:f} takes it as {near:f})"
    return f" (--round-to {Decimal(1).scaleb(-PRICE_DIGITS):f} rounds it)"


def rounded(texts: pl.Series, step: Decimal, *, comma: bool = False) -> tuple[pl.Series, pl.Series]:
    """Prices as `scaled`, each to a multiple of `step`, half to even; and which of them changed.
    Null where there is no text or no number.
    """
    exactly = scaled(texts, PRICE_DIGITS, comma=comma)
    finer = (exactly.is_null() & texts.is_not_null()).arg_true()
    found = _stepped(exactly, int(step.scaleb(PRICE_DIGITS)))
    changed = (found != exactly).fill_null(False)
    if finer.is_empty():
        return found, changed
    values = [_nearest(text, step, comma) for text in texts.gather(finer).to_list()]
    made = pl.Series(values, dtype=pl.Int64)
    return found.scatter(finer, made), changed.scatter(finer, made.is_not_null())


def _stepped(units: pl.Series, step: int) -> pl.Series:
    below, rest = units // step, units % step
    up = (rest * 2 > step) | ((rest * 2 == step) & (below % 2 == 1))
    return (below + up.cast(pl.Int64)) * step


def _nearest(text: str, step: Decimal, comma: bool) -> int | None:
    if not text.isascii() or "_" in text or (comma and "." in text):
        return None
    try:
        value = Decimal(text.replace(",", ".") if comma else text)
        return exact(value.quantize(step, ROUND_HALF_EVEN), PRICE_DIGITS)
    except InvalidOperation:
        return None
