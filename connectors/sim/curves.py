"""The seeded curves: swap points of pairs by covered parity, and money-market rates.

Each venue quotes each tenor afresh about every ten seconds of its time, around what the yields
below make fair, with a small noise of its own. Floats live only inside; what is quoted is in whole
hundredths of a pip or thousandths of a percent. Equal seeds and ticks give equal curves.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from connectors.sim.model import (
    NS_PER_MS,
    NS_PER_SECOND,
    CurveTick,
    Instrument,
    MarketBook,
    Tick,
    pip_of,
)
from connectors.sim.products import LOANS, Product, days_between
from connectors.sim.reference import anchor_rate, spot_date

# Percent a year, of the right size for the years dealt in.
YIELDS = {
    "USD": 4.2,
    "EUR": 2.2,
    "JPY": 0.5,
    "GBP": 4.0,
    "CHF": 0.3,
    "AUD": 3.9,
    "NZD": 3.2,
    "CAD": 2.6,
    "CNY": 1.6,
    "CNH": 1.7,
    "HKD": 3.5,
    "SGD": 2.0,
}
_YIELD_DEFAULT = 3.0
_REPO_CHEAPER = 0.1  # secured money costs this much less, in percent
# Tenor and its days, counted as if every month had its share of the year.
_BEFORE_SPOT = (("ON", 1), ("TN", 1))
_FROM_SPOT = (
    ("SN", 1),
    ("1W", 7),
    ("2W", 14),
    ("1M", 30),
    ("2M", 61),
    ("3M", 91),
    ("6M", 182),
    ("9M", 273),
    ("1Y", 365),
)
DEPOSIT_TENORS = (("ON", 1), ("1W", 7), ("2W", 14), ("1M", 30), ("3M", 91), ("6M", 182))
_CONTRACTS = (("001", 1), ("007", 7), ("014", 14), ("021", 21), ("1M", 30), ("3M", 91))
CODES = {Product.DEPOSIT: "IBO", Product.REPO: "R"}  # of the contracts in renminbi
_T_PLUS_ONE = ("USD/CAD", "USD/TRY")  # no day between tomorrow and spot
_EVERY_MS = (8_000, 12_000)
_CATCH_UP_NS = 12 * NS_PER_SECOND  # a tenor is never quoted further behind the ticks than this
_CENT, _MILLI = Decimal("0.01"), Decimal("0.001")


def tenors_of(instrument: Instrument) -> tuple[tuple[str, int], ...]:
    """The tenors a curve has, with their days."""
    product, name = instrument
    if product not in LOANS:
        before = _BEFORE_SPOT[:1] if name in _T_PLUS_ONE else _BEFORE_SPOT
        return (*before, *_FROM_SPOT)
    if name == "CNY":
        return tuple((CODES[Product(product)] + term, days) for term, days in _CONTRACTS)
    return DEPOSIT_TENORS


@dataclass(slots=True)
class _Line:
    """One tenor of one venue's curve."""

    venue: str
    instrument: Instrument
    tenor: str
    days: int
    noise: float = 0.0


@dataclass(slots=True)
class CurveFeed:
    """Adds the curves of `curves` (venue -> instruments) to a stream of ticks, by time."""

    curves: Mapping[str, Sequence[Instrument]]
    seed: str
    _chance: Random = field(init=False)
    _mids: dict[str, float] = field(init=False, default_factory=dict)

    def among(self, ticks: Iterable[Tick]) -> Iterator[Tick | CurveTick]:
        """The ticks with the curves between them; it ends when they do."""
        self._chance = Random(f"{self.seed}/curves")
        due: list[tuple[int, int, _Line]] = []
        for tick in ticks:
            if not due:
                due = [(tick.at_ns, number, line) for number, line in enumerate(self._lines())]
            while due and due[0][0] <= tick.at_ns:
                at_ns, number, line = due[0]
                at_ns = max(at_ns, tick.at_ns - _CATCH_UP_NS)
                yield self._quote(line, at_ns)
                later = at_ns + self._chance.randint(*_EVERY_MS) * NS_PER_MS
                heapq.heapreplace(due, (later, number, line))
            self._mids[tick.pair] = float(tick.bid + tick.ask) / 2
            yield tick

    def _lines(self) -> list[_Line]:
        return [
            _Line(venue, instrument, tenor, days)
            for venue, instruments in self.curves.items()
            for instrument in instruments
            for tenor, days in tenors_of(instrument)
        ]

    def _quote(self, line: _Line, at_ns: int) -> CurveTick:
        fair, half, unit = self._fair(line, at_ns)
        line.noise = 0.9 * line.noise + self._chance.gauss(0, half / 4)
        middle = fair + line.noise
        steps = max(1, round(2 * half / float(unit)))
        bid = round((middle - half) / float(unit))
        return CurveTick(
            at_ns, line.venue, line.instrument, line.tenor, bid * unit, (bid + steps) * unit
        )

    def _fair(self, line: _Line, at_ns: int) -> tuple[float, float, Decimal]:
        """Fair value, half the spread and smallest step: of points in pips, of loans in percent."""
        product, name = line.instrument
        if product in LOANS:
            rate = YIELDS.get(name, _YIELD_DEFAULT) + 0.1 * (line.days / 365) ** 0.5
            return rate - (_REPO_CHEAPER if product == Product.REPO else 0.0), 0.03, _MILLI
        spot = self._mids.get(name) or _anchor(name, at_ns)
        years = line.days / 360
        base = 1 + YIELDS.get(name[:3], _YIELD_DEFAULT) / 100 * years
        counter = 1 + YIELDS.get(name[4:], _YIELD_DEFAULT) / 100 * years
        pips = spot * (counter / base - 1) / float(pip_of(name))
        return pips, max(0.03, 0.004 * abs(pips)), _CENT


def _anchor(pair: str, at_ns: int) -> float:
    day = datetime.fromtimestamp(at_ns // NS_PER_SECOND, UTC).date()
    return float(anchor_rate(pair, day) or 1)


def middle_of(
    book: MarketBook,
    venue: str,
    what: Instrument,
    dates: tuple[str | None, str | None],
    at_ns: int,
) -> Decimal | None:
    """The venue's own middle for a product: a rate, of a swap the points, of a loan percent a year.

    Between quoted tenors it goes straight; None where something is missing.
    """
    product, name = what
    first, last = dates
    if product in LOANS:
        if first is None or last is None:
            return None
        curve = book.curve(venue, what)
        points = [(days, _middle(curve.get(tenor))) for tenor, days in tenors_of(what)]
        return _between(points, days_between(first, last))
    spot = book.mid(venue, name)
    if product == Product.SPOT or spot is None or first is None:
        return spot
    near = _points(book, venue, name, first, at_ns)
    if product != Product.SWAP:
        return None if near is None else spot + near
    far = None if last is None else _points(book, venue, name, last, at_ns)
    return None if near is None or far is None else far - near


def _points(book: MarketBook, venue: str, pair: str, day: str, at_ns: int) -> Decimal | None:
    """Points from spot to a day, in price units."""
    curve = book.curve(venue, Instrument(Product.SWAP, pair))
    offset = days_between(f"{usual_spot_day(pair, at_ns):%Y%m%d}", day)
    if offset < 0:
        daily = _middle(curve.get("TN") or curve.get("ON"))
        return None if daily is None else daily * offset * pip_of(pair)
    quoted = [(days, _middle(curve.get(tenor))) for tenor, days in _FROM_SPOT]
    found = _between([(0, Decimal(0)), *quoted], offset)
    return None if found is None else found * pip_of(pair)


def usual_spot_day(pair: str, at_ns: int) -> date:
    """The spot day where the calendars here know it, else the second weekday from the day."""
    known = spot_date(pair, at_ns)
    if known is not None:
        return known
    day = datetime.fromtimestamp(at_ns // NS_PER_SECOND, UTC).date()
    for _ in range(1 if pair in _T_PLUS_ONE else 2):
        day += timedelta(days=1)
        while day.weekday() >= 5:
            day += timedelta(days=1)
    return day


def _middle(tick: CurveTick | None) -> Decimal | None:
    return None if tick is None else (tick.bid + tick.ask) / 2


def _between(points: Sequence[tuple[int, Decimal | None]], days: int) -> Decimal | None:
    """Straight between the points on both sides of `days`; the nearest one outside."""
    known = [(at, value) for at, value in points if value is not None]
    if not known:
        return None
    before = [point for point in known if point[0] <= days] or known[:1]
    after = [point for point in known if point[0] >= days] or known[-1:]
    (left, low), (right, high) = before[-1], after[0]
    return low if left == right else low + (high - low) * (days - left) / (right - left)
