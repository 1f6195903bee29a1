"""Currencies, pairs and exact amounts.

A pair is written `EUR/USD`: base, slash, counter; 1 base = rate counter. Rounding of amounts to a
currency's minor unit happens here and nowhere else (half up: `domain.md` 3.6 convention of the
market).
"""

from __future__ import annotations

from decimal import Decimal
from typing import NewType

from robot.basics.numbers import round_half_up
from robot.errors import UnknownReference

Currency = NewType("Currency", str)
"""ISO 4217 code, three capital letters."""

CurrencyPair = NewType("CurrencyPair", str)
"""`EUR/USD`: base currency, slash, counter currency."""

_NO_MINOR_UNIT = frozenset({"JPY", "KRW", "CLP", "VND", "ISK"})
_THREE_DIGITS = frozenset({"KWD", "BHD", "JOD", "OMR", "TND"})
_UNITS = {0: Decimal(1), 2: Decimal("0.01"), 3: Decimal("0.001")}


def parse_currency(text: str) -> Currency:
    """`EUR` from `EUR`; anything that is not three capital letters is refused."""
    if len(text) != 3 or not (text.isascii() and text.isalpha() and text.isupper()):
        raise UnknownReference(
            f"not a currency code: {text[:20]!r} (three capital letters, e.g. EUR)"
        )
    return Currency(text)


def parse_pair(text: str) -> CurrencyPair:
    """A pair from `EUR/USD`, `EURUSD` or `EUR.USD`; a currency against itself is refused."""
    plain = text.replace("/", "").replace(".", "")
    if len(text) not in (6, 7) or len(plain) != 6:
        raise UnknownReference(f"not a currency pair: {text[:20]!r} (write it as EUR/USD)")
    base, counter = parse_currency(plain[:3]), parse_currency(plain[3:])
    if base == counter:
        raise UnknownReference(f"a pair needs two currencies: {text[:20]!r}")
    return CurrencyPair(f"{base}/{counter}")


def base_of(pair: CurrencyPair) -> Currency:
    """The base (first) currency."""
    return Currency(pair[:3])


def counter_of(pair: CurrencyPair) -> Currency:
    """The counter (second) currency."""
    return Currency(pair[4:])


def minor_unit(currency: Currency) -> Decimal:
    """The smallest amount that is paid: 0.01 for most, 1 for JPY, 0.001 for KWD."""
    digits = 0 if currency in _NO_MINOR_UNIT else 3 if currency in _THREE_DIGITS else 2
    return _UNITS[digits]


def round_amount(amount: Decimal, currency: Currency) -> Decimal:
    """`amount` rounded half up to the minor unit of `currency`."""
    return round_half_up(amount, minor_unit(currency))


def counter_amount(pair: CurrencyPair, base_amount: Decimal, rate: Decimal) -> Decimal:
    """What `base_amount` is worth in the counter currency at `rate`, rounded once."""
    return round_amount(base_amount * rate, counter_of(pair))
