"""Rates and prices, exact: interest in percent, FX rates, swap points, two-way prices.

Units, once for all: an interest rate is in percent a year (`1.55` = 1.55 %); an FX rate is what one
base costs in the counter currency; swap points are forward minus spot, in *points* of the pair's
scale (`-476.4`), and `points / factor` in *price units* (`-0.04764`, factor 10000), which is what
FIX carries. Nothing here rounds; prices are rounded where they are shown or dealt.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from robot.basics.currency import CurrencyPair, base_of, check_pair, counter_of, parse_pair
from robot.basics.numbers import ZERO, parse_decimal
from robot.errors import Fault, InvalidTerms, UnknownReference

BASIS_POINT = Decimal("0.0001")
"""One hundredth of a percent, as a fraction."""
ONE = Decimal(1)
_HALF = Decimal("0.5")
_PERCENT_END = Decimal(1000)
_YEAR = Decimal(365)
FX_RATE_MIN, FX_RATE_MAX = Decimal("0.000000001"), Decimal(1_000_000_000)
"""Wider than any pair; keeps amounts within the digits of the decimal context."""
POINTS_YEARLY_MAX = Decimal(2)
"""Points worth more than this share of spot a year are taken to be in the wrong unit."""


class InterestRate(msgspec.Struct, frozen=True, order=True):
    """A yearly rate. `percent` 1.55 = 1.55 %; may be negative, is below 1000 either way."""

    percent: Decimal

    def __post_init__(self) -> None:
        if not (self.percent.is_finite() and abs(self.percent) < _PERCENT_END):
            raise InvalidTerms(
                Fault.OUT_OF_RANGE, f"rate {self.percent} % must be between -1000 and 1000 percent"
            )

    @property
    def fraction(self) -> Decimal:
        """The rate as a number: 1.55 % = 0.0155."""
        return self.percent.scaleb(-2)

    def __str__(self) -> str:
        return f"{self.percent:f}%"


def parse_rate(text: str) -> InterestRate:
    """`1.55%`, as `str()` writes it; the percent sign is required, it is the unit."""
    if not text.endswith("%"):
        raise InvalidTerms(Fault.WRONG_UNIT, f"rate {text[:20]!r}: write it in percent, as 1.55%")
    try:
        return InterestRate(parse_decimal(text[:-1]))
    except InvalidTerms:
        raise
    except ValueError:
        raise InvalidTerms(Fault.OUT_OF_RANGE, f"not a rate in percent: {text[:20]!r}") from None


class FxRate(msgspec.Struct, frozen=True):
    """1 base = `rate` counter; above zero."""

    pair: CurrencyPair
    rate: Decimal

    def __post_init__(self) -> None:
        check_pair(self.pair)
        check_fx_rate(self.pair, self.rate)

    def inverse(self) -> FxRate:
        """The same rate said the other way round: 1 counter = 1/rate base."""
        return FxRate(inverse_pair(self.pair), ONE / self.rate)

    def cross(self, other: FxRate) -> FxRate:
        """The rate of the two currencies that the pairs do not share, this one's first."""
        first, second = turned_to_chain(self.pair, other.pair)
        left = self if first == self.pair else self.inverse()
        right = other if second == other.pair else other.inverse()
        pair = CurrencyPair(f"{base_of(left.pair)}/{counter_of(right.pair)}")
        return FxRate(pair, left.rate * right.rate)

    def __str__(self) -> str:
        return f"{self.pair} {self.rate:f}"


def parse_fx_rate(text: str) -> FxRate:
    """`EUR/USD 1.1700`, as `str()` writes it."""
    pair, _, rate = text.partition(" ")
    try:
        return FxRate(parse_pair(pair), parse_decimal(rate))
    except (InvalidTerms, UnknownReference):
        raise
    except ValueError:
        raise InvalidTerms(Fault.RATE_NOT_POSITIVE, f"not an FX rate: {text[:40]!r}") from None


def check_fx_rate(pair: CurrencyPair, rate: Decimal) -> Decimal:
    """`rate` itself when it is a positive number that money can be reckoned at, else an error."""
    if not (rate.is_finite() and rate > ZERO):
        raise InvalidTerms(Fault.RATE_NOT_POSITIVE, f"rate {rate} of {pair} must be above zero")
    if not FX_RATE_MIN <= rate <= FX_RATE_MAX:
        raise InvalidTerms(
            Fault.OUT_OF_RANGE,
            f"rate {rate} of {pair} must be between {FX_RATE_MIN:f} and {FX_RATE_MAX:f}",
        )
    return rate


def inverse_pair(pair: CurrencyPair) -> CurrencyPair:
    """`USD/EUR` for `EUR/USD`."""
    return CurrencyPair(f"{counter_of(pair)}/{base_of(pair)}")


def turned_to_chain(first: CurrencyPair, second: CurrencyPair) -> tuple[CurrencyPair, CurrencyPair]:
    """The pairs turned so that the first ends in the currency in which the second begins.

    `EUR/USD`, `USD/CNY` are such a chain; `USD/JPY`, `USD/CNY` becomes `JPY/USD`, `USD/CNY`.
    """
    ours, theirs = {base_of(first), counter_of(first)}, {base_of(second), counter_of(second)}
    shared = ours & theirs
    if len(shared) != 1:
        raise InvalidTerms(
            Fault.CURRENCY_NOT_IN_PAIR,
            f"a cross needs two pairs that share one currency, not {first} and {second}",
        )
    common = min(shared)
    left = first if counter_of(first) == common else inverse_pair(first)
    right = second if base_of(second) == common else inverse_pair(second)
    return left, right


class TwoWay(msgspec.Struct, frozen=True):
    """Bid and offer together, in price units. The bid buys the base currency, the offer sells it.

    A bid above its offer is allowed: feeds cross. Whoever shows a price checks it.
    """

    bid: Decimal
    offer: Decimal

    @property
    def mid(self) -> Decimal:
        """Half-way between them."""
        return (self.bid + self.offer) * _HALF

    def inverse(self) -> TwoWay:
        """The price of the pair said the other way round: the sides change places."""
        if not (self.bid > ZERO and self.offer > ZERO):
            raise InvalidTerms(
                Fault.RATE_NOT_POSITIVE, f"rates {self.bid}/{self.offer} must be above zero"
            )
        return TwoWay(ONE / self.offer, ONE / self.bid)


class SwapPoints(msgspec.Struct, frozen=True):
    """Forward minus spot, in points; `points / factor` = price units."""

    points: Decimal
    factor: Decimal

    def __post_init__(self) -> None:
        check_factor(self.factor)

    @property
    def price(self) -> Decimal:
        """In price units, as FIX carries them (tags 189, 191, 195, 642, 1071)."""
        return self.points / self.factor

    @classmethod
    def from_price(cls, price: Decimal, factor: Decimal) -> SwapPoints:
        """From a difference in price units."""
        return cls(price * check_factor(factor), factor)


class TwoWayPoints(msgspec.Struct, frozen=True):
    """Bid and offer in points. Left = the maker sells near and buys far, right = buys near, sells
    far.
    """

    bid: Decimal
    offer: Decimal
    factor: Decimal

    def __post_init__(self) -> None:
        check_factor(self.factor)

    @property
    def prices(self) -> TwoWay:
        """Both in price units."""
        return TwoWay(self.bid / self.factor, self.offer / self.factor)

    def reversed(self) -> TwoWayPoints:
        """The points from the far date back to the near one: signs and sides change."""
        return TwoWayPoints(-self.offer, -self.bid, self.factor)

    def plus(self, other: TwoWayPoints) -> TwoWayPoints:
        """Points of two swaps that follow each other."""
        if self.factor != other.factor:
            raise InvalidTerms(
                Fault.WRONG_UNIT,
                f"points of factor {self.factor} and of factor {other.factor} do not add",
            )
        return TwoWayPoints(self.bid + other.bid, self.offer + other.offer, self.factor)


def spoken_points(left: Decimal, right: Decimal, factor: Decimal) -> TwoWayPoints:
    """Points as dealers say them, without signs: `23/28` rises and is added, `28/23` falls and is
    subtracted (-28/-23). Where a sign is given (`-2/3`, around par) both are taken as they stand.
    """
    signed = left.is_signed() or right.is_signed()
    if signed and left > right:
        raise InvalidTerms(
            Fault.SIDES_CROSSED, f"signed points {left}/{right}: the bid is above the offer"
        )
    if signed or left <= right:
        return TwoWayPoints(left, right, factor)
    return TwoWayPoints(-left, -right, factor)


def check_factor(factor: Decimal) -> Decimal:
    """`factor` itself when it is a power of ten, 1 or more: points in one price unit."""
    digits = factor.normalize().as_tuple() if factor.is_finite() else None
    if digits is None or digits.sign or digits.digits != (1,) or factor < ONE:
        raise InvalidTerms(
            Fault.WRONG_UNIT, f"points factor {factor} must be a power of ten, e.g. 10000"
        )
    return factor


class PointsFactors(msgspec.Struct, frozen=True, kw_only=True):
    """How many points make one price unit: per pair, and where a provider differs, per provider
    (BRL, MXN and PHP are quoted in several scales).
    """

    market: Mapping[CurrencyPair, Decimal]
    providers: Mapping[str, Mapping[CurrencyPair, Decimal]] = {}

    def factor(self, pair: CurrencyPair, provider: str = "") -> Decimal:
        """The provider's own factor, else the market's; a pair without one is refused."""
        own = self.providers.get(provider, {}).get(pair)
        found = own if own is not None else self.market.get(pair)
        if found is None:
            raise UnknownReference(f"no points factor configured for {pair}")
        return check_factor(found)


def check_points_unit(
    price: Decimal,
    *,
    spot: Decimal,
    days: int,
    factor: Decimal,
    yearly_max: Decimal = POINTS_YEARLY_MAX,
) -> Decimal:
    """`price`, points in price units over `days`, unless they must have been meant as pips.

    Bound: |price| / spot x 365 / days <= `yearly_max`, i.e. an interest difference of 200 % a year.
    Pairs of factor 1 have one unit only. A bound, no proof: points near zero pass in either unit.
    """
    if not (spot.is_finite() and FX_RATE_MIN <= spot <= FX_RATE_MAX and price.is_finite()):
        raise InvalidTerms(Fault.OUT_OF_RANGE, f"points {price} on spot {spot}: not both can be")
    allowed = spot * yearly_max * max(days, 1) / _YEAR
    if factor > ONE and not abs(price) <= allowed:
        raise InvalidTerms(
            Fault.WRONG_UNIT,
            f"points {price} over {days} days are too many for spot {spot}: price units are "
            f"expected, at most {allowed:.6f} either way; as pips they would be {price / factor}",
        )
    return price
