"""Worst cases of several: the short way of two that are alike gives what the long way gives."""

from __future__ import annotations

from decimal import Decimal as D

from robot.deals.limit_rows import LimitKind
from robot.limits.measures import Measure, worst_of

EUR = Measure(LimitKind.NET_OPEN_POSITION, "EUR", "", D(5), D(0))
EUR_SOLD = Measure(LimitKind.NET_OPEN_POSITION, "EUR", "", D(0), D(7))
LINE = Measure(LimitKind.COUNTERPARTY_LINE, "", "2026-10-23", D(3), D(0))
LINE_LATER = Measure(LimitKind.COUNTERPARTY_LINE, "", "2026-10-30", D(4), D(0))
LARGER = Measure(LimitKind.COUNTERPARTY_LINE, "", "2026-10-23", D(9), D(0))


def test_of_two_sides_measured_alike_each_figure_is_the_worse_one() -> None:
    both = Measure(LimitKind.NET_OPEN_POSITION, "EUR", "", D(5), D(7))
    assert worst_of([(LINE, EUR), (LARGER, EUR_SOLD)]) == (LARGER, both)


def test_in_another_order_the_same_comes_out() -> None:
    alike = worst_of([(LINE, EUR), (LARGER, EUR_SOLD)])
    assert set(worst_of([(LINE, EUR), (EUR_SOLD, LARGER)])) == set(alike)


def test_what_only_one_of_the_cases_measures_is_kept() -> None:
    assert worst_of([(LINE, EUR), (LINE_LATER, EUR)]) == (LINE, EUR, LINE_LATER)
    assert worst_of([(LINE, EUR), (LINE,)]) == (LINE, EUR)
