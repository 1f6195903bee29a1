"""Rows of a record's tables, and what a distance in them is in the units of a game file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from backtest.records.columns import Columns, Value
from robot.deals.product import ProductKind, known_kind
from strategies.games.desk.terms import Applies

Row = dict[str, Value]
_BASIS_POINT = Decimal("0.0001")


def rows_of(columns: Columns) -> Iterator[Row]:
    """One after the other."""
    names = list(columns)
    for row in zip(*columns.values(), strict=True):
        yield dict(zip(names, row, strict=True))


def as_decimal(value: Value) -> Decimal | None:
    """A number of a row, in the units of its column."""
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else None


def distance_unit(row: Row, unit: str, spot: str = "") -> Decimal | None:
    """What a distance of 1 is, in units of a price; as `applying.unit_of`. `spot` names the column
    with the spot rate that points stand on; None = the row does not say.
    """
    kind = known_kind(str(row["product"]))
    if unit == "pip" or (kind is not None and kind.is_loan):
        pip = as_decimal(row["pip"])
        return pip if pip is not None and pip > 0 else None
    if kind is ProductKind.SWAP and not spot:
        return None
    around = as_decimal(row[spot if kind is ProductKind.SWAP else "mid"])
    return around * _BASIS_POINT if around is not None and around > 0 else None


def days_fit(applies: Applies, row: Row) -> bool:
    """Whether a row is of the tenor that a game is meant for."""
    if applies.days is None:
        return True
    near, far = row.get("value_date"), row.get("far_value_date")
    if not near or not far:
        return False
    between = (date.fromisoformat(str(far)) - date.fromisoformat(str(near))).days
    return applies.days.least <= between <= applies.days.most
