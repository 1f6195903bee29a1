"""Where the result came from, by any property of the deals, exact in sum.

Each deal is valued at the middles and points at the end of the record and split as
`backtest.records.results` says. The cells of a table are rounded to the smallest amount of their
currency so that they add up to the ledger's own result: every cell is rounded down and what is left
over goes, one smallest amount each, to those that lost most. What positions from before the record
gained is a line of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import TypeVar

import msgspec

from backtest.records.columns import Columns, Kind, Tables, Value, unscaled
from robot.basics.currency import Currency, minor_unit
from robot.basics.numbers import ZERO
from robot.errors import InvariantViolated
from robot.ledger.ledger import accrued_interest
from robot.limits.results import currency_of

SOURCES = ("margin", "inventory", "carry", "hedging")
BEFORE = "positions from before"
"""The line of what the books held when the record began."""
BY = ("pair", "tier", "counterparty", "strategy", "product")

K = TypeVar("K")
Row = Mapping[str, Value]


class Worth(msgspec.Struct, frozen=True, kw_only=True):
    """One deal, split; exact, in `currency`."""

    row: dict[str, Value]
    name: str
    """Of its result: a pair, of loans currency and product."""
    currency: str
    parts: dict[str, Decimal]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a table of sources, in the reporting currency."""

    key: str
    deals: int
    margin: Decimal
    inventory: Decimal
    carry: Decimal
    hedging: Decimal
    total: Decimal


def rows_of(columns: Columns, *names: str) -> list[dict[str, Value]]:
    """A table row by row; with `names` only these columns of it."""
    chosen = names or tuple(columns)
    rows = zip(*(columns[name] for name in chosen), strict=True)
    return [dict(zip(chosen, row, strict=True)) for row in rows]


def deals_in_force(tables: Tables) -> list[dict[str, Value]]:
    """The last version of every deal that is not void."""
    newest: dict[Value, dict[str, Value]] = {}
    for row in rows_of(tables["deals"]):
        known = newest.get(row["deal_id"])
        if known is not None:  # a venue's correction does not say on what it was dealt
            row["request_id"] = row["request_id"] or known["request_id"]
        newest[row["deal_id"]] = row
    return [row for row in newest.values() if not row["void"]]


def worths(tables: Tables) -> list[Worth]:
    """Every deal in force, valued at the end of the record."""
    marks = {
        (str(row["pair"]), str(row["value_date"])): Decimal(str(row["value"]))
        for row in rows_of(tables["marks"])
    }
    flows: dict[tuple[Value, Value], list[dict[str, Value]]] = {}
    for row in rows_of(tables["flows"]):
        flows.setdefault((row["deal_id"], row["version"]), []).append(row)
    today = about(tables).get("trade_date", "")
    found = []
    for row in deals_in_force(tables):
        loan = "/" not in str(row["pair"])
        of_deal = flows.get((row["deal_id"], row["version"]), [])
        parts = _parts(row, marks, of_deal, loan=loan, today=today)
        name = f"{row['pair']} {row['product']}" if loan else str(row["pair"])
        found.append(Worth(row=row, name=name, currency=str(row["currency"]), parts=parts))
    return found


def _parts(
    row: Row,
    marks: Mapping[tuple[str, str], Decimal],
    flows: list[dict[str, Value]],
    *,
    loan: bool,
    today: str,
) -> dict[str, Decimal]:
    edge = _money(row, "edge")
    parts = dict.fromkeys(SOURCES, ZERO)
    parts["hedging" if row["as_taker"] else "margin"] = edge
    if loan:
        parts["carry"] = _interest(edge, flows, today)
        return parts
    pair = str(row["pair"])
    mid = marks.get((pair, ""))
    if mid is None:
        return parts
    base = _money(row, "base_flow")
    rest = _money(row, "counter_flow") + base * mid - edge
    if row["spot_only"]:
        parts["inventory"] = rest
        return parts
    for flow in flows:
        rest += _money(flow, "base_flow") * marks.get((pair, str(flow["value_date"])), ZERO)
    spot_mid = unscaled(int(row["spot_mid"] or 0), Kind.PRICE)
    parts["inventory"] = base * (mid - spot_mid)
    parts["carry"] = rest - parts["inventory"]
    return parts


def _interest(edge: Decimal, flows: list[dict[str, Value]], today: str) -> Decimal:
    """What a loan has accrued at the mid until the last trade date of the record."""
    days = sorted(date.fromisoformat(str(flow["value_date"])) for flow in flows)
    if len(days) < 2 or not today:
        return ZERO
    paid = sum((_money(flow, "base_flow") for flow in flows), ZERO)
    return accrued_interest(paid - edge, days[0], days[-1], date.fromisoformat(today))


def _money(row: Row, name: str) -> Decimal:
    return unscaled(int(row[name] or 0), Kind.MONEY)


def results_at_end(tables: Tables) -> dict[str, dict[str, Decimal]]:
    """The ledger's split of every pair when the record ended, with `total`."""
    found: dict[str, dict[str, Decimal]] = {}
    for row in rows_of(tables["results"], "pair", *SOURCES, "total"):
        found[str(row["pair"])] = {name: _money(row, name) for name in (*SOURCES, "total")}
    return found


def by_group(
    tables: Tables, deals: list[Worth], key: Callable[[Row], str]
) -> dict[tuple[str, str], dict[str, Decimal]]:
    """(group, result's name) -> sources, to the smallest amount of the currency; for each name they
    add up to the ledger's result. `key` is the group of a deal.
    """
    exact: dict[str, dict[tuple[str, str], Decimal]] = {}
    for one in deals:
        cells = exact.setdefault(one.name, {})
        for source, amount in one.parts.items():
            cell = key(one.row), source
            cells[cell] = cells.get(cell, ZERO) + amount
    table: dict[tuple[str, str], dict[str, Decimal]] = {}
    for name, ledger in results_at_end(tables).items():
        cells = exact.get(name, {})
        unit = minor_unit(currency_of(name))
        for source in SOURCES:
            left = ledger[source] - sum((v for c, v in cells.items() if c[1] == source), ZERO)
            if abs(left) >= unit:
                cells[BEFORE, source] = left
        for (group, source), amount in _by_source(cells, ledger, unit).items():
            parts = table.setdefault((group, name), dict.fromkeys(SOURCES, ZERO))
            parts[source] += amount
    return table


def lines(tables: Tables, deals: list[Worth], by: str, rates: Mapping[str, Decimal]) -> list[Line]:
    """A table of sources in the reporting currency, at one rate per currency; the largest first.

    `rates`: what 1 of a currency is worth, and the reporting currency itself. Results in a currency
    without a rate are left out: `unconverted` says which.
    """

    def key(row: Row) -> str:
        return _group(row, by)

    table = by_group(tables, deals, key)
    unit = minor_unit(Currency(_reporting(tables)))
    cells: dict[tuple[str, str], Decimal] = {}
    for (group, name), parts in table.items():
        rate = rates.get(currency_of(name))
        for source, amount in parts.items():
            if rate is not None:
                cells[group, source] = cells.get((group, source), ZERO) + amount * rate
    total = total_of(tables, rates)
    sums = {
        source: sum((v for c, v in cells.items() if c[1] == source), ZERO) for source in SOURCES
    }
    rounded = _by_source(cells, apportion(sums, total, unit), unit)
    counts: dict[str, int] = {}
    for one in deals:
        counts[key(one.row)] = counts.get(key(one.row), 0) + 1
    groups = dict.fromkeys(group for group, _ in rounded)
    made = [_line(group, counts.get(group, 0), rounded) for group in groups]
    return sorted(made, key=lambda line: (-abs(line.total), line.key))


def _line(group: str, deals: int, cells: Mapping[tuple[str, str], Decimal]) -> Line:
    parts = {source: cells.get((group, source), ZERO) for source in SOURCES}
    return Line(key=group, deals=deals, total=sum(parts.values(), ZERO), **parts)


def total_of(tables: Tables, rates: Mapping[str, Decimal]) -> Decimal:
    """The ledger's result of all pairs in the reporting currency, to its smallest amount."""
    total = ZERO
    for name, ledger in results_at_end(tables).items():
        total += ledger["total"] * rates.get(currency_of(name), ZERO)
    return total.quantize(minor_unit(Currency(_reporting(tables))))


def rates_of(tables: Tables) -> dict[str, Decimal]:
    """What one unit of each currency was worth in the reporting currency at the end."""
    found = {
        key.removeprefix("rate "): Decimal(value)
        for key, value in about(tables).items()
        if key.startswith("rate ")
    }
    return found | {_reporting(tables): Decimal(1)}


def unconverted(tables: Tables, rates: Mapping[str, Decimal]) -> list[str]:
    """Results that no rate could bring into the reporting currency."""
    return [name for name in results_at_end(tables) if currency_of(name) not in rates]


def about(tables: Tables) -> dict[str, str]:
    """What the record says of itself."""
    columns = tables["about"]
    return dict(zip(map(str, columns["key"]), map(str, columns["value"]), strict=True))


def apportion(exact: Mapping[K, Decimal], total: Decimal, unit: Decimal) -> dict[K, Decimal]:
    """Every number rounded to `unit`, up or down, so that they add up to `total` exactly."""
    made = {key: value.quantize(unit, ROUND_FLOOR) for key, value in exact.items()}
    left = int((total - sum(made.values(), ZERO)) / unit)
    if not 0 <= left <= len(made):
        parts = sum(exact.values(), ZERO)
        raise InvariantViolated(f"parts of {parts} do not add up to the ledger's result {total}")
    by_loss = sorted(made, key=lambda key: made[key] - exact[key])
    for key in by_loss[:left]:
        made[key] += unit
    return made


def _by_source(
    exact: Mapping[tuple[str, str], Decimal], sums: Mapping[str, Decimal], unit: Decimal
) -> dict[tuple[str, str], Decimal]:
    """Every source's numbers rounded so that they add up to its own sum."""
    made: dict[tuple[str, str], Decimal] = {}
    for source in SOURCES:
        cells = {cell: value for cell, value in exact.items() if cell[1] == source}
        made |= apportion(cells, sums[source], unit)
    return made


def _group(row: Row, by: str) -> str:
    if row["as_taker"] and by in ("tier", "counterparty"):
        return "our own orders"
    return str(row[by]) or "unknown"


def _reporting(tables: Tables) -> str:
    return about(tables).get("reporting_currency", "USD")
