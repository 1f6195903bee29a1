"""Ladders of limits: cash by currency and value date, and what rows count of it on a day.

The sums of `FlowSums` are kept whatever rows there are. What a kind counts follows from them and
from the trade date, so that it is made anew at each day roll: money comes nearer by waiting. All
figures are linear in the flows and exact; what a deal adds is what was held for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from robot.basics.daycount import DAY_COUNTS, CashProduct, DayCount, MoneyMarket
from robot.basics.numbers import ZERO
from robot.basics.rate import BASIS_POINT, ONE
from robot.deals.flow import Leg
from robot.deals.limit_rows import LADDERS, LimitKind, LimitRow, TenorBucket, bucket_of
from robot.deals.product import ProductKind
from robot.limits.measures import EXCHANGED, FOR_EVER, Measure

FlowSums = dict[str, tuple[Decimal, Decimal]]
"""`EUR|2014-05-05|` -> received and paid, both positive; of loans with their rate in percent:
`CNY|2014-05-08|1.80`."""

Figures = dict[tuple[LimitKind, str], Decimal]
"""By kind and key, signed: positive = it raises the figure."""

_CURRENCIES_EXCHANGED = EXCHANGED | {ProductKind.NDF}
_LOANS = frozenset(kind for kind in ProductKind if kind.is_loan)
_FACTOR_DIGITS = Decimal("1E-12")
"""Of the value of one basis point of one unit: 500,000,000 are exact to a hundredth of a cent, and
the sums keep all their digits."""
_HUNDRED = Decimal(100)


def flows_of(legs: Iterable[Leg], *, loan: bool) -> FlowSums:
    """The cash of a deal."""
    sums: FlowSums = {}
    for leg in legs:
        rate = str(leg.rate) if loan else ""
        for flow in leg.flows:
            key = f"{flow.currency}|{flow.value_date.isoformat()}|{rate}"
            received, paid = sums.get(key, (ZERO, ZERO))
            if flow.amount < ZERO:
                paid -= flow.amount
            else:
                received += flow.amount
            sums[key] = received, paid
    return sums


def put_flows(sums: FlowSums, flows: FlowSums, sign: int, today: str) -> FlowSums:
    """Add a deal's cash (`sign` 1) or take it out (-1); what was moved, without what is past."""
    moved: FlowSums = {}
    for key, (received, paid) in flows.items():
        if key.split("|")[1] < today:
            continue
        moved[key] = sign * received, sign * paid
        known = sums.get(key, (ZERO, ZERO))
        left = known[0] + sign * received, known[1] + sign * paid
        if left[0] or left[1]:
            sums[key] = left
        else:
            sums.pop(key, None)
    return moved


def drop_past(sums: FlowSums, today: str) -> None:
    """Cash of value dates that have passed has moved."""
    for key in [key for key in sums if key.split("|")[1] < today]:
        del sums[key]


@lru_cache(maxsize=65_536)
def basis_point_factor(days: int, year_days: int, rate: str) -> Decimal:
    """What one basis point of yield takes from one unit that is received so many days ahead:
    t 1bp / (1 + r t)^2, where r is the loan's rate, and nothing for what stands on no loan.

    Of a loan from today that is N t 1bp / (1 + r t), its PV01 (`domain.md` 3.7, PV-01); of an
    exchange the carry of one basis point (PV-03).
    """
    share = Decimal(days) / year_days
    growth = ONE + (Decimal(rate) / _HUNDRED * share if rate else ZERO)
    if not growth > ZERO:
        raise ValueError(f"a rate of {rate} % over {days} days leaves nothing to discount")
    return (share * BASIS_POINT / (growth * growth)).quantize(_FACTOR_DIGITS)


def year_days(currency: str, product: str) -> int:
    """Days of a year in the currency's money market at home; 360, which counts more, where it has
    none.
    """
    cash = CashProduct.REPO if product == ProductKind.REPO else CashProduct.DEPOSIT
    found = DAY_COUNTS.get((currency, MoneyMarket.DOMESTIC, cash))
    return 365 if found is DayCount.ACT_365F else 360


class Ladder:
    """What the rows of these kinds count of flows on one trade date."""

    __slots__ = ("_buckets", "_horizon", "_kinds", "_places", "_today")

    def __init__(
        self,
        rows: Mapping[LimitKind, tuple[LimitRow, ...]],
        kinds: Iterable[LimitKind],
        today: date,
        buckets: tuple[TenorBucket, ...],
    ) -> None:
        self._kinds = LADDERS.intersection(kinds)
        self._today = today
        self._buckets = buckets
        days = [row.horizon_days for row in rows.get(LimitKind.LIQUIDITY_GAP, ())]
        self._horizon = max(days, default=0)
        self._places: dict[date, tuple[int, str]] = {}

    def figures(self, product: str, flows: FlowSums) -> Figures:
        """What cash of a product comes to, without what is nothing."""
        sums: Figures = {}
        for name, cash in flows.items():
            currency, day, rate = name.split("|")
            for what, amount in self._parts(product, currency, rate, date.fromisoformat(day), cash):
                sums[what] = sums.get(what, ZERO) + amount
        return {what: amount for what, amount in sums.items() if amount}

    def worst(self, product: str, cases: Iterable[tuple[Leg, ...]]) -> tuple[Measure, ...]:
        """One of the cases happens, not known which: each figure's worst either way."""
        ups: Figures = {}
        downs: Figures = {}
        loan = product in _LOANS
        for legs in cases:
            for what, amount in self._of_legs(product, legs, loan=loan).items():
                side, size = (ups, amount) if amount > ZERO else (downs, -amount)
                if size > side.get(what, ZERO):
                    side[what] = size
        return tuple(
            Measure(*what, FOR_EVER, ups.get(what, ZERO), downs.get(what, ZERO))
            for what in dict.fromkeys((*ups, *downs))
        )

    def _of_legs(self, product: str, legs: tuple[Leg, ...], *, loan: bool) -> Figures:
        """The same as `figures` of their flows, without naming these first."""
        sums: Figures = {}
        for leg in legs:
            rate = str(leg.rate) if loan else ""
            for flow in leg.flows:
                received = flow.amount > ZERO
                cash = (flow.amount, ZERO) if received else (ZERO, -flow.amount)
                for what, amount in self._parts(
                    product, flow.currency, rate, flow.value_date, cash
                ):
                    sums[what] = sums.get(what, ZERO) + amount
        return sums

    def _place(self, day: date) -> tuple[int, str]:
        """How far ahead a date is, and its bucket."""
        known = self._places.get(day)
        if known is None:
            days = (day - self._today).days
            known = self._places[day] = days, bucket_of(self._buckets, days)
        return known

    def _parts(
        self, product: str, currency: str, rate: str, day: date, cash: tuple[Decimal, Decimal]
    ) -> Iterator[tuple[tuple[LimitKind, str], Decimal]]:
        """What cash of a date counts as; nothing once the date has passed."""
        days, bucket = self._place(day)
        if days < 0:
            return
        kinds, (received, paid) = self._kinds, cash
        net = received - paid
        if LimitKind.GROSS_POSITION in kinds and product in _CURRENCIES_EXCHANGED:
            yield (LimitKind.GROSS_POSITION, currency), received + paid
        if product != ProductKind.NDF:
            if LimitKind.TENOR_GAP in kinds:
                yield (LimitKind.TENOR_GAP, f"{currency}:{bucket}"), net
            if LimitKind.LIQUIDITY_GAP in kinds:
                for ahead in range(days, self._horizon + 1):
                    on = self._today + timedelta(days=ahead)
                    yield (LimitKind.LIQUIDITY_GAP, f"{currency}:{on.isoformat()}"), -net
        if LimitKind.DV01 in kinds or LimitKind.DV01_TOTAL in kinds:
            value = -net * basis_point_factor(days, year_days(currency, product), rate)
            if LimitKind.DV01 in kinds:
                yield (LimitKind.DV01, f"{currency}:{bucket}"), value
            if LimitKind.DV01_TOTAL in kinds:
                yield (LimitKind.DV01_TOTAL, currency), value
