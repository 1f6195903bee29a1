"""What a maker quotes: the venue's own market for the product, plus a margin on each side.

Every price adds up exactly: all-in rates are spot plus points, of a swap the far points minus the
near ones. Points have two decimals of a pip, spot rates one, rates of loans three of a percent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from connectors.sim.curves import middle_of, usual_spot_day
from connectors.sim.makers.rows import AskLife
from connectors.sim.model import Instrument, MarketBook, pip_of
from connectors.sim.products import Product, day_of, days_between, deals_at_offer, is_loan
from connectors.sim.reference import is_open

_LOAN_UNIT = Decimal("0.001")
_POINTS_SHARE = Decimal("0.5")  # of the margin that goes on the points beside the spot rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Both sides, and what they are made of."""

    bid: Decimal
    offer: Decimal
    mid: Decimal
    value_date: str
    far_date: str | None = None
    fixing_date: str | None = None
    bid_spot: Decimal | None = None
    offer_spot: Decimal | None = None
    near_points: Decimal | None = None

    def at(self, product: str, side: str) -> Decimal:
        """What a taker on this side deals at."""
        return self.offer if deals_at_offer(product, side) else self.bid


def unit_of(product: str, pair: str) -> Decimal:
    """What a margin of one is: a tenth of a pip, or 0.001 percent."""
    return _LOAN_UNIT if is_loan(product) else pip_of(pair) / 10


def step_of(product: str, pair: str) -> Decimal:
    """The step in which a maker gives way: of a swap a hundredth of a pip."""
    return pip_of(pair) / 100 if product == Product.SWAP else unit_of(product, pair)


def price_of(book: MarketBook, ask: AskLife, margin: Decimal, at_ns: int) -> Price | None:
    """The price for what is asked; None where the market or a date is missing."""
    maker = _PRICERS.get(ask.product)
    return None if maker is None else maker(book, ask, margin, at_ns)


def _spot(book: MarketBook, ask: AskLife, margin: Decimal, at_ns: int) -> Price | None:
    found = _spot_sides(book, ask, margin)
    if found is None:
        return None
    bid, offer, mid = found
    date = ask.value_date or f"{usual_spot_day(ask.pair, at_ns):%Y%m%d}"
    return Price(bid=bid, offer=offer, mid=mid, value_date=date, bid_spot=bid, offer_spot=offer)


def _spot_sides(
    book: MarketBook, ask: AskLife, margin: Decimal
) -> tuple[Decimal, Decimal, Decimal] | None:
    """Bid, offer and mid. A margin below zero goes inside the spread, but never across."""
    tick = book.latest(ask.venue, ask.pair)
    if tick is None:
        return None
    unit, mid = pip_of(ask.pair) / 10, (tick.bid + tick.ask) / 2
    away = margin * unit
    bid = min(_to(tick.bid, unit), _to(tick.ask, unit)) - away
    offer = max(_to(tick.bid, unit), _to(tick.ask, unit)) + away
    if bid >= offer:
        bid, offer = _to(mid, unit) - unit, _to(mid, unit) + unit
    return bid, offer, mid


def _forward(book: MarketBook, ask: AskLife, margin: Decimal, at_ns: int) -> Price | None:
    sides, points = _spot_sides(book, ask, margin), _points(book, ask, ask.value_date, at_ns)
    if sides is None or points is None or ask.value_date is None:
        return None
    bid_spot, offer_spot, mid = sides
    away = _to(margin * _POINTS_SHARE * pip_of(ask.pair) / 10, pip_of(ask.pair) / 100)
    fixing = ask.fixing_date or _fixing_day(ask) if ask.product == Product.NDF else None
    return Price(
        bid=bid_spot + points - away,
        offer=offer_spot + points + away,
        mid=mid + points,
        value_date=ask.value_date,
        fixing_date=fixing,
        bid_spot=bid_spot,
        offer_spot=offer_spot,
    )


def _swap(book: MarketBook, ask: AskLife, margin: Decimal, at_ns: int) -> Price | None:
    """Points, far minus near; both sides stand on one spot rate, the mid."""
    mid, near_date = book.mid(ask.venue, ask.pair), ask.value_date
    near = _points(book, ask, near_date, at_ns)
    far = _points(book, ask, ask.far_date, at_ns)
    if mid is None or near is None or far is None or near_date is None or ask.far_date is None:
        return None
    spot, points = _to(mid, pip_of(ask.pair) / 10), far - near
    away = (margin + 1) * pip_of(ask.pair) / 100
    return Price(
        bid=points - away,
        offer=points + away,
        mid=points,
        value_date=near_date,
        far_date=ask.far_date,
        bid_spot=spot,
        offer_spot=spot,
        near_points=near,
    )


def _loan(book: MarketBook, ask: AskLife, margin: Decimal, at_ns: int) -> Price | None:
    dates = ask.value_date, ask.far_date
    if dates[0] is None or dates[1] is None or days_between(dates[0], dates[1]) <= 0:
        return None
    what = Instrument(ask.product, ask.pair)
    mid = middle_of(book, ask.venue, what, dates, at_ns)
    if mid is None:
        return None
    middle, away = _to(mid, _LOAN_UNIT), (margin + 20) * _LOAN_UNIT
    return Price(
        bid=middle - away,
        offer=middle + away,
        mid=mid,
        value_date=dates[0],
        far_date=dates[1],
    )


def _points(book: MarketBook, ask: AskLife, day: str | None, at_ns: int) -> Decimal | None:
    """From spot to a day, in price units."""
    mid = book.mid(ask.venue, ask.pair)
    if day is None or mid is None:
        return None
    what = Instrument(Product.FORWARD, ask.pair)
    all_in = middle_of(book, ask.venue, what, (day, None), at_ns)
    return None if all_in is None else _to(all_in - mid, pip_of(ask.pair) / 100)


def _fixing_day(ask: AskLife) -> str | None:
    """Two open days before the value date, as far as the calendars here know."""
    if ask.value_date is None:
        return None
    day, left = day_of(ask.value_date), 2
    while left:
        day -= timedelta(days=1)
        shut = day.weekday() >= 5 or not all(is_open(name, day) for name in ask.pair.split("/"))
        left -= not shut
    return f"{day:%Y%m%d}"


def _to(value: Decimal, unit: Decimal) -> Decimal:
    """To the nearest multiple of the unit."""
    return (value / unit).quantize(Decimal(1), ROUND_HALF_EVEN) * unit


_PRICERS: dict[str, Callable[[MarketBook, AskLife, Decimal, int], Price | None]] = {
    Product.SPOT: _spot,
    Product.FORWARD: _forward,
    Product.NDF: _forward,
    Product.SWAP: _swap,
    Product.DEPOSIT: _loan,
    Product.REPO: _loan,
}
