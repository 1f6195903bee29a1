"""Deals and quotes of every product: legs, far dates, points, fixing, interest, collateral."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_DEAL = ("deal_id", "version")
_LEG_OF_DEALS = """
INSERT INTO legs (deal_id, version, number, value_date, rate)
SELECT deal_id, version, 1, value_date, rate FROM deals
"""


def upgrade() -> None:
    """New columns and tables. What was dealt and quoted before is spot: one leg, nothing else."""
    for name in ("currency", "spot_rate", "points"):
        op.add_column("deals", _text(name, nullable=True))
    op.add_column("deals", _date("far_value_date", nullable=True))
    names = ("far_rate", "far_base_amount", "far_counter_amount", "settlement_currency")
    for name in (*names, "fixing_index"):
        op.add_column("deals", _text(name, nullable=True))
    op.add_column("deals", _date("fixing_date", nullable=True))
    for name in ("contract_code", "day_count", "interest"):
        op.add_column("deals", _text(name, nullable=True))
    op.add_column("flows", sa.Column("leg", sa.Integer(), nullable=False, server_default="1"))
    _legs()
    _securities()
    _quotes()


def _legs() -> None:
    op.create_table(
        "legs",
        *_key_columns("version", "number"),
        _date("value_date"),
        _text("rate"),
        sa.PrimaryKeyConstraint(*_DEAL, "number", name="pk_legs"),
        _reference("legs", "deals", _DEAL, _DEAL),
    )
    op.execute(_LEG_OF_DEALS)


def _securities() -> None:
    op.create_table(
        "security_flows",
        *_key_columns("version", "leg", "number"),
        _text("security"),
        _text("face"),
        _date("value_date"),
        sa.PrimaryKeyConstraint(*_DEAL, "leg", "number", name="pk_security_flows"),
        _reference("security_flows", "legs", (*_DEAL, "leg"), (*_DEAL, "number")),
    )
    op.create_table(
        "collateral",
        *_key_columns("version", "number"),
        *(_text(name) for name in ("security", "face", "price", "haircut")),
        sa.PrimaryKeyConstraint(*_DEAL, "number", name="pk_collateral"),
        _reference("collateral", "deals", _DEAL, _DEAL),
    )


def _quotes() -> None:
    op.add_column("quotes", sa.Column("product", _TEXT, nullable=False, server_default="SPOT"))
    for name in ("currency", "bid_spot", "offer_spot", "near_points", "far_amount"):
        op.add_column("quotes", _text(name, nullable=True))
    op.add_column("quotes", _date("far_value_date", nullable=True))


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _TEXT, nullable=nullable)


def _date(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _key_columns(*numbers: str) -> list[sa.Column[Any]]:
    counted = [sa.Column(n, sa.Integer(), autoincrement=False, nullable=False) for n in numbers]
    return [_text("deal_id"), *counted]


def _reference(
    table: str, to: str, columns: tuple[str, ...], targets: tuple[str, ...]
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        list(columns), [f"{to}.{target}" for target in targets], name=f"fk_{table}_{to}"
    )
