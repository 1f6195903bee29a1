"""The types of the rule language: what carries which unit, and as which whole number.

Every value that is counted is one whole number: units of 1/SCALE of what is said. Names (tier,
venue, product ...) are text; a truth is True or False; what is not known is None in every type.

    price ± distance = price          price - price = distance       distance / distance = number
    rate ± spread = rate              rate - rate = spread           amount / amount = number
    number x anything = the same      share x anything = the same    count / count = number

A product or quotient is rounded half to even to the scale of its result; division by zero has no
value (in a condition: unknown, so the rule does not fire; in an action: it cannot be worked out).
"""

from __future__ import annotations

import enum

import msgspec

from robot.basics.tenor import ALONE, Tenor, Unit


class Kind(enum.StrEnum):
    """What a value is."""

    PRICE = "price"
    """Counter currency for one unit of the base currency."""
    DISTANCE = "distance"
    """Difference of two prices, swap points too, in price units."""
    PIPS = "pips"
    """A distance said in pips: the pair's convention says what one is worth."""
    RATE = "rate"
    """Percent a year."""
    SPREAD = "spread"
    """Difference of two rates."""
    AMOUNT = "amount"
    """Of the currency in the type."""
    NUMBER = "number"
    SHARE = "share"
    """1 = the whole = 100 %."""
    COUNT = "count"
    DURATION = "duration"
    TIME = "time of day"
    """In the desk's own time zone."""
    INSTANT = "instant"
    """Only schedules look at it."""
    DATE = "date"
    TENOR = "tenor"
    TRUTH = "truth"
    TIER = "tier"
    COUNTERPARTY = "counterparty"
    GROUP = "group"
    COUNTRY = "country"
    PARTY_TYPE = "type of counterparty"
    PAIR = "pair"
    CURRENCY = "currency"
    PRODUCT = "product"
    SIDE = "side"
    VENUE = "venue"
    CHANNEL = "channel"
    SESSION = "session"
    WEEKDAY = "weekday"
    TEXT = "text"


SCALE: dict[Kind, int] = {
    Kind.PRICE: 10**9,
    Kind.DISTANCE: 10**9,
    Kind.PIPS: 10**6,
    Kind.RATE: 10**6,  # millionths of a percent: 1.62 % = 1_620_000
    Kind.SPREAD: 10**6,  # millionths of a percent: 3 bp = 30_000
    Kind.AMOUNT: 100,
    Kind.NUMBER: 10**6,
    Kind.SHARE: 10**6,  # 60 % = 600_000
    Kind.COUNT: 1,
    Kind.DURATION: 1000,  # said in seconds, counted in milliseconds
    Kind.TIME: 1000,  # seconds after midnight, counted in milliseconds
    Kind.INSTANT: 1000,  # seconds since 1970 UTC, counted in milliseconds
    Kind.DATE: 1,  # `date.toordinal()`
    Kind.TENOR: 1,  # `tenor_code`
}
"""How many units of the whole number are one of what is said; a kind that is not here is text, or
a truth."""

BASE, HOME = "base", "home"
"""Currencies of amounts that are not named: the base currency of the pair asked (of a loan its
own), and the currency the desk reports in."""


class Type(msgspec.Struct, frozen=True):
    """A kind, and what it is of."""

    kind: Kind
    of: str = ""
    """Of an amount its currency: a code, `BASE` or `HOME`. Of a price, a distance and pips their
    pair; empty = the pair asked.
    """

    @property
    def is_counted(self) -> bool:
        """Whether its values are whole numbers."""
        return self.kind in SCALE

    @property
    def is_named(self) -> bool:
        """Whether its values are text."""
        return self.kind not in SCALE and self.kind is not Kind.TRUTH


PRICE, DISTANCE, PIPS = Type(Kind.PRICE), Type(Kind.DISTANCE), Type(Kind.PIPS)
RATE, SPREAD = Type(Kind.RATE), Type(Kind.SPREAD)
AMOUNT, HOME_AMOUNT = Type(Kind.AMOUNT, BASE), Type(Kind.AMOUNT, HOME)
NUMBER, SHARE, COUNT = Type(Kind.NUMBER), Type(Kind.SHARE), Type(Kind.COUNT)
DURATION, TIME, INSTANT = Type(Kind.DURATION), Type(Kind.TIME), Type(Kind.INSTANT)
DATE, TENOR, TRUTH = Type(Kind.DATE), Type(Kind.TENOR), Type(Kind.TRUTH)
TIER, COUNTERPARTY, GROUP = Type(Kind.TIER), Type(Kind.COUNTERPARTY), Type(Kind.GROUP)
COUNTRY, PARTY_TYPE = Type(Kind.COUNTRY), Type(Kind.PARTY_TYPE)
PAIR, CURRENCY, PRODUCT = Type(Kind.PAIR), Type(Kind.CURRENCY), Type(Kind.PRODUCT)
SIDE, VENUE, CHANNEL = Type(Kind.SIDE), Type(Kind.VENUE), Type(Kind.CHANNEL)
SESSION, WEEKDAY, TEXT = Type(Kind.SESSION), Type(Kind.WEEKDAY), Type(Kind.TEXT)

Value = int | str | bool | None
"""A whole number in units of its scale, a name, a truth, or None: not known."""

VALUE_END = 10**24
"""No whole number is as large: 10^22 of a currency's units. One that is has no value."""

DAY_MS = 86_400_000

HORIZONS_MS = {"10 s": 10_000, "1 min": 60_000}
"""How long after a deal `markout` looks at the market."""
HORIZON = "1 min"
"""Which is meant where none is named."""

_CODES_PER_DAY = 32
_UNIT_CODES = {unit: code for code, unit in enumerate((*ALONE, *"DWMY"))}
_TERM_CODES = {"R": 16, "IBO": 17, "OR": 18}
_TERM_IN_MONTHS = 4


def tenor_code(tenor: Tenor) -> int:
    """A tenor as a number: longer ones are larger, and no two have the same (ON is not TOM).

    Of IMM dates, which have no fixed place, KeyError: they are no literal of the language, and the
    fact is missing for them.
    """
    if tenor.unit is Unit.TERM:
        code = _TERM_CODES[tenor.market] + (_TERM_IN_MONTHS if tenor.in_months else 0)
    else:
        code = _UNIT_CODES[tenor.unit]
    return tenor.approximate_days * _CODES_PER_DAY + code


def tenor_bounds(tenor: Tenor) -> tuple[int, int]:
    """The smallest and largest code of all tenors as long as this one: what `<` and `<=` compare
    with, so that 4W is neither longer nor shorter than 28D.
    """
    first = tenor.approximate_days * _CODES_PER_DAY
    return first, first + _CODES_PER_DAY - 1


def divided(numerator: int, denominator: int) -> int | None:
    """The quotient rounded half to even; None for division by zero.

    All evaluators round here or exactly so.
    """
    if denominator == 0:
        return None
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    whole, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and whole % 2):
        return whole + 1
    return whole
