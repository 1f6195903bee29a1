"""What a game may learn from: outcomes of our own requests and of our own deals, from a record.

Read are the price that we showed, whether it was dealt on, and where the middle went after our own
deals. What others quoted, and who they are, is never looked at, also where a record has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import msgspec

from backtest.records.columns import Columns, Tables, Value
from backtest.records.recorder import RecordSettings
from backtest.run.flow_log import tables_of
from robot.deals.party import Side
from robot.deals.product import ProductKind, known_kind, price_side
from robot.errors import RobotError
from strategies.games.desk.terms import Applies

HORIZON_S = 60
"""After a deal its client is judged by where the middle is then."""
WON = "DEALT"
LOST = ("PASSED", "EXPIRED", "REJECTED")
"""The other side did not deal on a price that stood; ours that we took away say nothing."""
_SETTINGS = RecordSettings(horizons_s=(HORIZON_S,), entries=False)
_DIGITS = Decimal("0.000001")
_BASIS_POINT = Decimal("0.0001")
_SIZE = Decimal("0.01")
Row = dict[str, Value]


class OwnOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a client's for a price on one side."""

    at_ns: int
    name: str
    counterparty: str
    tier: str
    far: Decimal
    """Of our last price from the middle, in the unit that is asked for, positive = our favour."""
    won: bool


class OwnMove(msgspec.Struct, frozen=True, kw_only=True):
    """How the middle moved after one deal with a client."""

    at_ns: int
    name: str
    counterparty: str
    moved: float
    """In the unit that is asked for, positive = in our favour."""


class OwnDay(msgspec.Struct, frozen=True, kw_only=True):
    """All of one record that a game is meant for, by time."""

    outcomes: tuple[OwnOutcome, ...] = ()
    moves: tuple[OwnMove, ...] = ()


def own_day(place: Path, day: str, applies: Applies, unit: str) -> OwnDay:
    """Of a run's folder or a journal; `unit` is bp or pip."""
    if not place.exists():
        raise RobotError(f"{place}: no such folder; name the folder of a run, or a journal's")
    return own_day_of(tables_of(place, day, settings=_SETTINGS), applies, unit)


def own_day_of(tables: Tables, applies: Applies, unit: str) -> OwnDay:
    """The same of tables."""
    outcomes = sorted(_outcomes(tables, applies, unit), key=lambda one: (one.at_ns, one.name))
    moves = sorted(_moves(tables, applies, unit), key=lambda one: (one.at_ns, one.name))
    return OwnDay(outcomes=tuple(outcomes), moves=tuple(moves))


def _outcomes(tables: Tables, applies: Applies, unit: str) -> Iterator[OwnOutcome]:
    shown: dict[tuple[Value, Value], Row] = {}
    for quote in _rows(tables["quotes"]):
        key = quote["venue"], quote["rfq_id"]
        if quote["request_id"] and not (key in shown and shown[key]["deal_id"]):
            shown[key] = quote  # the one that was dealt on, else the last
    for row in _rows(tables["requests"]):
        found = shown.get((row["venue"], row["rfq_id"]))
        won = row["outcome"] == WON
        if found is None or not (won or row["outcome"] in LOST) or not row["side"]:
            continue
        far = _distance(row, found, unit)
        if far is not None and _is_meant(applies, row):
            yield OwnOutcome(
                at_ns=int(row["at_ns"] or 0),
                name=f"{row['venue']} {row['rfq_id']}",
                counterparty=str(row["counterparty"] or ""),
                tier=str(row["tier"] or ""),
                far=far,
                won=won,
            )


def _distance(row: Row, quote: Row, unit: str) -> Decimal | None:
    """Of the side that was asked; two-way requests do not say which one was meant."""
    at_bid = price_side(str(row["product"]), Side(str(row["side"]))) is Side.BUY
    far, one = quote["bid_distance" if at_bid else "offer_distance"], _unit(quote, unit)
    if not isinstance(far, int) or one is None:
        return None
    return (far / one).quantize(_DIGITS, ROUND_HALF_EVEN)


def _unit(row: Row, unit: str) -> Decimal | None:
    """What a distance of 1 is, in units of a price; as `applying.unit_of`."""
    kind = known_kind(str(row["product"]))
    if unit == "pip" or (kind is not None and kind.is_loan):
        value = row["pip"]
        return Decimal(value) if isinstance(value, int) and value > 0 else None
    value = row["mid"]
    if kind is ProductKind.SWAP or not isinstance(value, int) or value <= 0:
        return None  # of points the spot rate is not beside the quote
    return value * _BASIS_POINT


def _moves(tables: Tables, applies: Applies, unit: str) -> Iterator[OwnMove]:
    deals = {
        row["deal_id"]: row
        for row in _rows(tables["deals"])
        if not row["as_taker"] and not row["void"] and row["spot_only"]
    }
    for mark in _rows(tables["markouts"]):
        deal = deals.get(mark["deal_id"])
        if deal is None or mark["horizon_s"] != HORIZON_S or not _is_meant(applies, deal):
            continue
        one, then, later = _unit(deal, unit), deal["spot_mid"], mark["mid"]
        if one is None or not isinstance(then, int) or not isinstance(later, int):
            continue
        sign = 1 if deal["side"] == "BUY" else -1
        yield OwnMove(
            at_ns=int(deal["at_ns"] or 0),
            name=str(deal["deal_id"]),
            counterparty=str(deal["counterparty"] or ""),
            moved=round(float(sign * (later - then) / one), 6),
        )


def _is_meant(applies: Applies, row: Row) -> bool:
    """As `applying.why_not`, on a row; amounts in the base currency."""
    if applies.role == "taker" or (applies.products and row["product"] not in applies.products):
        return False
    if applies.markets and row["pair"] not in applies.markets:
        return False
    if applies.tiers and row["tier"] not in applies.tiers:
        return False
    if applies.counterparties and row["counterparty"] not in applies.counterparties:
        return False
    if applies.side is not None and row["side"] != applies.side:
        return False
    size, span = row["size"], applies.amount
    if span is not None and not (isinstance(size, int) and span.least <= size * _SIZE <= span.most):
        return False
    return applies.days is None or _days_fit(applies, row)


def _days_fit(applies: Applies, row: Row) -> bool:
    near, far = row.get("value_date"), row.get("far_value_date")
    if applies.days is None or not near or not far:
        return False
    between = (date.fromisoformat(str(far)) - date.fromisoformat(str(near))).days
    return applies.days.least <= between <= applies.days.most


def _rows(columns: Columns) -> Iterator[Row]:
    names = list(columns)
    for row in zip(*columns.values(), strict=True):
        yield dict(zip(names, row, strict=True))
