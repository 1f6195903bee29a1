"""The tables of docs/domain.md are the code's; its worked example comes out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from robot.basics.currency import Currency
from robot.basics.daycount import DAY_COUNTS, CashProduct, DayCount, MoneyMarket
from robot.basics.index import INDICES, FixingIndex, FixingKind
from robot.basics.rate import parse_rate
from robot.deals.interest import interest
from robot.errors import Fault

PAGE = Path(__file__).resolve().parents[2] / "docs" / "domain.md"


def shown(marker: str) -> list[str]:
    """The rows of a table between its markers."""
    text = PAGE.read_text(encoding="utf-8")
    return text.split(f"<!-- {marker} -->\n")[1].split(f"<!-- /{marker} -->")[0].splitlines()[2:]


def currencies(market: MoneyMarket, product: CashProduct, counted: DayCount) -> str:
    keys = [key for key, value in DAY_COUNTS.items() if value is counted]
    return " ".join(sorted(key[0] for key in keys if key[1:] == (market, product)))


def of(index: FixingIndex) -> str:
    return index.currency if index.kind is FixingKind.RATE else "the pair"


def fixing_row(indices: list[FixingIndex]) -> str:
    first = indices[0]
    names = ", ".join(index.name for index in indices)
    hour = first.published_at or "in the file"
    return f"| {names} | {of(first)} | {first.published_days} | {hour} | {first.zone} |"


def test_the_day_counts_are_the_codes() -> None:
    """Regenerate the rows between the markers when this fails."""
    a360, a365 = DayCount.ACT_360, DayCount.ACT_365F
    rows = [
        f"| {market} | {product} | {currencies(market, product, a360)} "
        f"| {currencies(market, product, a365)} |"
        for market in MoneyMarket
        for product in CashProduct
    ]
    assert rows == shown("day counts")


def test_every_fault_is_explained() -> None:
    assert list(Fault) == [row.split("|")[1].strip() for row in shown("faults")]


def test_every_benchmark_is_in_the_table() -> None:
    """Regenerate the rows between the markers when this fails."""
    groups: dict[tuple[str, int, str, str], list[FixingIndex]] = {}
    for index in INDICES.values():
        key = (of(index), index.published_days, index.published_at, index.zone)
        groups.setdefault(key, []).append(index)
    assert [fixing_row(group) for group in groups.values()] == shown("fixings")


def test_the_example_of_the_repo_over_spring_festival() -> None:
    ratio = DayCount.ACT_365F.ratio(date(2026, 2, 13), date(2026, 2, 24))
    found = interest(Decimal(500_000_000), Currency("CNY"), parse_rate("1.55%"), ratio)
    assert (11, 365) == ratio
    assert f"{found:,}" in PAGE.read_text(encoding="utf-8")
