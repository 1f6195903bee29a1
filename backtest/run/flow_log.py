"""The log that a model of clients is fitted to: the records of a run or of live days."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from backtest.records.columns import Columns, Tables, Value
from backtest.records.journal import record_journal
from backtest.records.parts import read_tables
from backtest.run.flow_model import AskedRow, FlowModel, Markout, fit
from robot.errors import ConfigurationError

HORIZONS_S = (1, 10, 60, 300)
"""At which the toxicity of counterparties is told."""
_TABLES = ("requests", "quotes", "deals", "markouts")
_BASIS_POINTS = 10_000.0
Row = dict[str, Value]


def fit_place(place: Path, day: str = "", *, exclude: Sequence[str] = ()) -> FlowModel:
    """The model of a run's folder, or of a journal; counterparties in `exclude` are left out."""
    tables = tables_of(place, day)
    rows = [row for row in asked_rows(tables) if row.counterparty not in exclude]
    if not rows:
        raise ConfigurationError(f"{place}: no spot request is recorded there")
    begin_ns, end_ns = rows[0].at_ns, rows[-1].at_ns + 1
    digest = hashlib.sha256(msgspec.json.encode(rows)).hexdigest()
    return fit(rows, begin_ns, end_ns, markouts_of(tables), digest)


def tables_of(place: Path, day: str = "") -> Tables:
    """The tables that are needed."""
    records = place / "records"
    if records.is_dir():
        return read_tables(records, _TABLES)
    recorder, _ = record_journal(place, day)
    return recorder.tables()


def asked_rows(tables: Tables) -> list[AskedRow]:
    """Requests for spot, by time, with our first price and whether it was dealt on."""
    first = {str(row["rfq_id"]): row for row in _rows(tables["quotes"]) if row["first"]}
    found = [
        _asked(row, first.get(str(row["rfq_id"])))
        for row in _rows(tables["requests"])
        if row["product"] == "SPOT"
    ]
    return sorted(found, key=lambda row: row.at_ns)


def _asked(row: Row, quote: Row | None) -> AskedRow:
    mid = _float(quote["mid"]) if quote is not None else None
    distance = _float(row["distance"])
    priced = distance is not None and bool(mid)
    dealt = row["outcome"] == "DEALT"
    ended, quoted = row["ended_ns"], row["first_quote_ns"]
    waited = ended - quoted if isinstance(ended, int) and isinstance(quoted, int) and dealt else 0
    return AskedRow(
        at_ns=int(row["at_ns"] or 0),
        venue=str(row["venue"]),
        counterparty=str(row["counterparty"] or ""),
        tier=str(row["tier"] or ""),
        pair=str(row["pair"]),
        side=str(row["side"] or ""),
        size=int(row["size"] or 0),
        distance_bp=(distance or 0.0) / (mid or 1.0) * _BASIS_POINTS if priced else None,
        behind_bp=_behind(row, quote, mid) if priced else None,
        dealt=dealt,
        waited_ns=waited,
    )


def _behind(row: Row, quote: Row | None, mid: float | None) -> float | None:
    """How far our price is behind the best rival's, of the side asked."""
    if quote is None or not mid:
        return None
    behind = [
        sign * (theirs - ours) / mid * _BASIS_POINTS
        for side, name, sign in (("BUY", "bid", 1), ("SELL", "offer", -1))
        if row["side"] in ("", None, side)
        and (ours := _float(quote[name])) is not None
        and (theirs := _float(row[f"rival_{name}"])) is not None
    ]
    return sum(behind) / len(behind) if behind else None


def markouts_of(tables: Tables) -> list[Markout]:
    """Of the deals with clients: how the middle moved from the deal on."""
    deals = {
        str(row["deal_id"]): row
        for row in _rows(tables["deals"])
        if not row["as_taker"] and row["product"] == "SPOT"
    }
    found = []
    for row in _rows(tables["markouts"]):
        deal, horizon = deals.get(str(row["deal_id"])), row["horizon_s"]
        later = _float(row["mid"])
        then = _float(deal["spot_mid"]) if deal is not None else None
        if deal is None or horizon not in HORIZONS_S or later is None or not then:
            continue
        sign = 1 if deal["side"] == "BUY" else -1
        moved = sign * (later - then) / then * _BASIS_POINTS
        name = str(deal["counterparty"])
        found.append(Markout(counterparty=name, horizon_s=int(horizon), moved_bp=moved))
    return found


def _rows(columns: Columns) -> list[Row]:
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _float(value: Value) -> float | None:
    return float(value) if isinstance(value, int) else None
