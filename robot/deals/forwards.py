"""Forward points, outrights, swaps, crosses and covered parity: pure and exact.

Rates are price units per base, points as `TwoWayPoints` (in points, with their factor). Bid and
offer are the maker's: he buys the base at the bid. Nothing is rounded but money.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.currency import (
    Currency,
    CurrencyPair,
    base_of,
    counter_of,
    round_amount,
)
from robot.basics.numbers import ZERO
from robot.basics.rate import (
    ONE,
    InterestRate,
    TwoWay,
    TwoWayPoints,
    check_fx_rate,
    turned_to_chain,
)
from robot.deals.flow import check_before
from robot.deals.party import BUY, Side
from robot.errors import Fault, InvalidTerms

_HUNDRED = Decimal(100)


# --- outrights


def outright(spot: TwoWay, points: TwoWayPoints) -> TwoWay:
    """Forward all-in rates for a date after spot: bid + bid points, offer + offer points.

    Signs count: points that fall are negative (`robot.basics.rate.spoken_points`).
    """
    added = points.prices
    return TwoWay(spot.bid + added.bid, spot.offer + added.offer)


def outright_before_spot(
    spot: TwoWay, tom_next: TwoWayPoints, overnight: TwoWayPoints | None = None
) -> TwoWay:
    """All-in rates for tomorrow, or with `overnight` for today: the points are taken off, and with
    the other side's: bid = spot bid - TN offer, offer = spot offer - TN bid (ACI; `domain.md` 3.4).
    """
    back = tom_next.reversed()
    if overnight is not None:
        back = back.plus(overnight.reversed())
    return outright(spot, back)


def points_between(spot: TwoWay, forward: TwoWay, factor: Decimal) -> TwoWayPoints:
    """The points that lead from spot to forward; `outright` of them is the forward again."""
    return TwoWayPoints(
        (forward.bid - spot.bid) * factor, (forward.offer - spot.offer) * factor, factor
    )


def interpolated_points(
    day: date, before: tuple[date, TwoWayPoints], after: tuple[date, TwoWayPoints]
) -> TwoWayPoints:
    """Points of a broken date, linear in calendar days between two quoted dates.

    No adjustment for turns (year end, quarter end): a quoted date on each side of the turn does it.
    """
    (first, left), (last, right) = before, after
    check_before("quoted date", first, "the next one", last)
    if not first <= day <= last:
        raise InvalidTerms(
            Fault.OUT_OF_RANGE, f"{day} is not between the quoted dates {first} and {last}"
        )
    if left.factor != right.factor:
        raise InvalidTerms(
            Fault.WRONG_UNIT, f"points of factor {left.factor} and of {right.factor} do not mix"
        )
    share = Decimal((day - first).days) / (last - first).days
    return TwoWayPoints(
        left.bid + (right.bid - left.bid) * share,
        left.offer + (right.offer - left.offer) * share,
        left.factor,
    )


# --- swaps


class SwapRates(msgspec.Struct, frozen=True):
    """All-in rates of both legs. Only far - near was the price; near is the spot agreed on."""

    near: Decimal
    far: Decimal


def forward_forward_points(near: TwoWayPoints, far: TwoWayPoints) -> TwoWayPoints:
    """Points of a swap between two forward dates, from the points of both against spot.

    bid = far bid - near offer, offer = far offer - near bid.
    """
    return far.plus(near.reversed())


def dealt_points(points: TwoWayPoints, near_side: Side, *, as_maker: bool) -> Decimal:
    """The side of a swap price that is dealt, in price units.

    The maker sells near and buys far on the left, buys near and sells far on the right; a taker who
    buys near and sells far (B/S) therefore deals on the left. `near_side` is ours.
    """
    maker_near = near_side if as_maker else near_side.opposite
    prices = points.prices
    return prices.offer if maker_near is BUY else prices.bid


def swap_rates(near_rate: Decimal, points_price: Decimal) -> SwapRates:
    """Both legs' rates from the near one and the swap points in price units."""
    if not near_rate + points_price > ZERO:
        raise InvalidTerms(
            Fault.RATE_NOT_POSITIVE,
            f"near rate {near_rate} with points {points_price} gives a far rate that is not "
            "above zero",
        )
    return SwapRates(near_rate, near_rate + points_price)


def far_amount_without_spot_risk(
    near_amount: Decimal, currency: Currency, rate: InterestRate, ratio: tuple[int, int]
) -> Decimal:
    """Far amount of an uneven swap whose present values in the dealt currency cancel.

    near x (1 + r t), r and t of the dealt currency from near to far date; rounded once (the idea of
    rateslib's split notional).
    """
    days, year_days = ratio
    return round_amount(near_amount * (ONE + rate.fraction * days / year_days), currency)


# --- covered parity


class Funding(msgspec.Struct, frozen=True):
    """A simple rate over a time: `ratio` is (days, days of a year) in the rate's own day count."""

    rate: InterestRate
    ratio: tuple[int, int]

    @property
    def growth(self) -> Decimal:
        """What 1 becomes."""
        days, year_days = self.ratio
        return ONE + self.rate.fraction * days / year_days


def parity_forward(spot: Decimal, base: Funding, counter: Funding) -> Decimal:
    """F = S x (1 + r_counter t) / (1 + r_base t): the forward at which neither side has a gain."""
    _check_above_zero(
        ("spot", spot), ("base growth", base.growth), ("counter growth", counter.growth)
    )
    return spot * counter.growth / base.growth


def parity_points(spot: Decimal, base: Funding, counter: Funding, factor: Decimal) -> Decimal:
    """The same as points: (F - S) x factor."""
    return (parity_forward(spot, base, counter) - spot) * factor


def implied_counter_yield(
    spot: Decimal, forward: Decimal, base: Funding, ratio: tuple[int, int]
) -> InterestRate:
    """The counter currency's rate that the forward implies: (F / S x (1 + r_base t) - 1) / t.

    `ratio` in the counter currency's day count, which is the caller's choice (CNY: ACT/360 and
    ACT/365 are both in use).
    """
    _check_above_zero(("spot", spot), ("forward", forward), ("base growth", base.growth))
    return _rate_of(forward / spot * base.growth, ratio)


def implied_base_yield(
    spot: Decimal, forward: Decimal, counter: Funding, ratio: tuple[int, int]
) -> InterestRate:
    """The base currency's rate that the forward implies: (S / F x (1 + r_counter t) - 1) / t."""
    _check_above_zero(("spot", spot), ("forward", forward), ("counter growth", counter.growth))
    return _rate_of(spot / forward * counter.growth, ratio)


def _check_above_zero(*values: tuple[str, Decimal]) -> None:
    """Rates, growth and discounts below or at zero would give a forward that cannot be."""
    for name, value in values:
        if not (value.is_finite() and value > ZERO):
            raise InvalidTerms(Fault.RATE_NOT_POSITIVE, f"{name} {value} must be above zero")


def _rate_of(growth: Decimal, ratio: tuple[int, int]) -> InterestRate:
    days, year_days = ratio
    if days <= 0:
        raise InvalidTerms(Fault.OUT_OF_RANGE, f"no yield over {days} days")
    return InterestRate((growth - ONE) * year_days / days * _HUNDRED)


def fair_forward(spot: Decimal, base_discount: Decimal, counter_discount: Decimal) -> Decimal:
    """F = S x DF_base / DF_counter, both from the spot date to the value date."""
    _check_above_zero(
        ("spot", spot), ("base discount", base_discount), ("counter discount", counter_discount)
    )
    return spot * base_discount / counter_discount


def forward_value(
    side: Side, base_amount: Decimal, rate: Decimal, fair: Decimal, base_discount: Decimal
) -> Decimal:
    """What a forward agreed at `rate` is worth today in the base currency (not rounded):
    +-N x (1 - K / F) x DF_base, `base_discount` from today to the value date, side ours.
    """
    _check_above_zero(("rate", rate), ("fair rate", fair), ("base discount", base_discount))
    return side.sign * base_amount * (ONE - rate / fair) * base_discount


# --- crosses


def cross(
    first_pair: CurrencyPair, first: TwoWay, second_pair: CurrencyPair, second: TwoWay
) -> tuple[CurrencyPair, TwoWay]:
    """The pair of the two currencies not shared (the first pair's one is its base), and its price.

    A chain multiplies side by side: EUR/CNY bid = EUR/USD bid x USD/CNY bid. Where a pair has to be
    turned round, its sides change: EUR/GBP bid = EUR/USD bid / GBP/USD offer.
    """
    left_pair, right_pair = turned_to_chain(first_pair, second_pair)
    left = first if left_pair == first_pair else first.inverse()
    right = second if right_pair == second_pair else second.inverse()
    pair = CurrencyPair(f"{base_of(left_pair)}/{counter_of(right_pair)}")
    return pair, TwoWay(left.bid * right.bid, left.offer * right.offer)


# --- cash settlement


def ndf_settlement(
    pair: CurrencyPair,
    side: Side,
    base_amount: Decimal,
    rate: Decimal,
    fixing: Decimal,
    currency: Currency,
) -> Decimal:
    """What we receive (negative = pay) for a non-deliverable forward of `base_amount`, our `side`.

    With N base at `rate` K and fixing S: N x (S - K) in the counter currency, N x (S - K) / S in
    the base currency (`domain.md` 3.4: settled in USD for a USD buyer); rounded once.
    """
    check_fx_rate(pair, rate)
    check_fx_rate(pair, fixing)
    gain = side.sign * base_amount * (fixing - rate)
    if currency == counter_of(pair):
        return round_amount(gain, currency)
    if currency == base_of(pair):
        return round_amount(gain / fixing, currency)
    raise InvalidTerms(Fault.CURRENCY_NOT_IN_PAIR, f"{currency} is no currency of {pair}")
