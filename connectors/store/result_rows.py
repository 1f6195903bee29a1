"""Rows of results, and of what they stand on."""

from __future__ import annotations

from decimal import Decimal

from connectors.store.bulk import Row
from robot.messages.basis import PnlBasis


def result_rows(pnl: dict[str, str], basis: dict[str, PnlBasis]) -> list[Row]:
    """A row for each name; without a result where there never was a middle."""
    return [
        {
            "pair": name,
            "result": Decimal(pnl[name]) if name in pnl else None,
            **_basis(basis.get(name, PnlBasis())),
        }
        for name in dict.fromkeys((*pnl, *basis))
    ]


def _basis(basis: PnlBasis) -> Row:
    return {
        "mid_age_ms": basis.mid_age_ms,
        "points_age_ms": basis.points_age_ms,
        "incomplete": basis.told or None,
    }
