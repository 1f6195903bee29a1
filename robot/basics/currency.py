"""Currencies, pairs and exact amounts.

A pair is written `EUR/USD`: base, slash, counter; 1 base = rate counter. Rounding of amounts to a
currency's minor unit happens here and nowhere else (half up: `domain.md` 3.6 convention of the
market).
"""

from __future__ import annotations

import functools
from decimal import Decimal
from typing import NewType

from robot.basics.numbers import ZERO, round_half_up
from robot.errors import Fault, InvalidTerms, UnknownReference

Currency = NewType("Currency", str)
"""ISO 4217 code, three capital letters."""

CurrencyPair = NewType("CurrencyPair", str)
"""`EUR/USD`: base currency, slash, counter currency."""

AMOUNT_END = Decimal(10) ** 16
"""No single amount is as large: ten thousand times a million million."""

_CODES_BY_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN "
        "BZD CAD CDF CHF CNH CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL "
        "GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP "
        "LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR "
        "NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
        "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND XAG XAU XPD XPT",
    4: "CLF UYW",
}
"""Digits after the point, ISO 4217 list one (2024). Not from that list: CNH (the renminbi dealt
offshore, as CNY) and the metals, which have none there and are dealt in thousandths of an ounce.
"""

_DIGITS = {code: digits for digits, codes in _CODES_BY_DIGITS.items() for code in codes.split()}
_UNITS = {code: Decimal(1).scaleb(-digits) for code, digits in _DIGITS.items()}


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


@functools.lru_cache(maxsize=1024)
def base_of(pair: CurrencyPair) -> Currency:
    """The base (first) currency."""
    return Currency(pair[:3])


@functools.lru_cache(maxsize=1024)
def counter_of(pair: CurrencyPair) -> Currency:
    """The counter (second) currency."""
    return Currency(pair[4:])


def minor_unit(currency: Currency) -> Decimal:
    """The smallest amount that is paid: 0.01 for most, 1 for JPY, 0.001 for KWD (ISO 4217).

    A code that is in no list is refused: guessing two digits would be wrong a hundredfold for some.
    """
    unit = _UNITS.get(currency)
    if unit is None:
        raise UnknownReference(f"no minor unit known for currency {currency!r} (ISO 4217)")
    return unit


def round_amount(amount: Decimal, currency: Currency) -> Decimal:
    """`amount` rounded half up to the minor unit of `currency`."""
    return round_half_up(amount, minor_unit(currency))


def counter_amount(pair: CurrencyPair, base_amount: Decimal, rate: Decimal) -> Decimal:
    """What `base_amount` is worth in the counter currency at `rate`, rounded once."""
    return round_amount(base_amount * rate, counter_of(pair))


def contra_amount(pair: CurrencyPair, dealt: Currency, amount: Decimal, rate: Decimal) -> Decimal:
    """The other currency's amount for `amount` of the dealt one at `rate`, rounded once.

    Base dealt: amount x rate in the counter currency. Counter dealt: amount / rate in the base.
    """
    if dealt == pair[:3]:
        return round_amount(amount * rate, counter_of(pair))
    if dealt == pair[4:]:
        return round_amount(amount / rate, base_of(pair))
    raise InvalidTerms(Fault.CURRENCY_NOT_IN_PAIR, f"{dealt} is no currency of {pair}")


def check_pair(pair: CurrencyPair) -> CurrencyPair:
    """`pair` itself when it is well formed with two different currencies, else an error."""
    if len(pair) != 7 or pair[3] != "/":
        raise UnknownReference(f"not a currency pair: {pair[:20]!r} (write it as EUR/USD)")
    if pair[:3] == pair[4:]:
        raise InvalidTerms(Fault.CURRENCY_TWICE, f"a pair needs two currencies: {pair!r}")
    return pair


def check_amount(amount: Decimal, currency: Currency, what: str = "amount") -> Decimal:
    """`amount` itself when it is positive and payable in `currency`, else an error."""
    if not (amount.is_finite() and amount > ZERO):
        raise InvalidTerms(
            Fault.AMOUNT_NOT_POSITIVE, f"{what} {amount} {currency} must be above zero"
        )
    if amount >= AMOUNT_END:
        raise InvalidTerms(
            Fault.OUT_OF_RANGE, f"{what} {amount} {currency} must be below {AMOUNT_END}"
        )
    unit = minor_unit(currency)
    if amount % unit:
        raise InvalidTerms(
            Fault.AMOUNT_NOT_PAYABLE,
            f"{what} {amount} {currency} is finer than the smallest unit, {unit} {currency}",
        )
    return amount
