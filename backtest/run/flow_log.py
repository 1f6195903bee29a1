"""The log that a model of clients is fitted to: the records of a run or of live days."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from backtest.records.columns import Columns, Tables, Value
from backtest.records.journal import record_journal
from backtest.records.parts import read_tables
from backtest.records.recorder import RecordSettings
from backtest.run.flow_fit import check, fit
from backtest.run.flow_model import AskedRow, FlowModel, Goodness, Markout
from backtest.run.rivals import in_own_pips
from robot.deals.party import BUY, SELL, Side
from robot.deals.product import price_side
from robot.errors import ConfigurationError

HORIZONS_S = (1, 10, 60, 300)
"""At which the toxicity of counterparties is told."""
MODELLED = ("SPOT", "FORWARD", "SWAP", "NDF", "DEPOSIT")
"""Products of which a model can be fitted and drawn."""
NOT_MODELLED = {"REPO": "what is pledged is not on the records, so it cannot be asked for again"}
_TABLES = ("requests", "quotes", "deals", "markouts")
_BASIS_POINTS = 10_000.0
Row = dict[str, Value]
_Side = tuple[float | None, float | None]
"""Distance and how far behind."""
_UNKNOWN: _Side = (None, None)


def fit_place(
    place: Path, day: str = "", *, exclude: Sequence[str] = (), products: Sequence[str] = ()
) -> FlowModel:
    """The model of a run's folder, or of a journal. Counterparties in `exclude` are left out;
    `products` empty = all that can be modelled.
    """
    rows, tables = rows_of_place(place, day, exclude)
    _check_products(place, rows, products)
    wanted = [row for row in rows if row.product in (products or MODELLED)]
    if not wanted:
        raise ConfigurationError(f"{place}: no request is recorded there that can be modelled")
    begin_ns, end_ns = wanted[0].at_ns, wanted[-1].at_ns + 1
    digest = hashlib.sha256(msgspec.json.encode(wanted)).hexdigest()
    markouts = [one for one in markouts_of(tables) if one.counterparty not in exclude]
    return fit(wanted, begin_ns, end_ns, markouts, digest, left_out(rows, products))


def check_place(
    model: FlowModel, place: Path, day: str = "", *, exclude: Sequence[str] = ()
) -> dict[str, Goodness]:
    """How well a model tells another log, by product."""
    rows, _ = rows_of_place(place, day, exclude)
    found = check(model, rows)
    if not found:
        names = ", ".join(one.product for one in model.dealing)
        raise ConfigurationError(f"{place}: no price is recorded there in {names}")
    return found


def rows_of_place(
    place: Path, day: str = "", exclude: Sequence[str] = ()
) -> tuple[list[AskedRow], Tables]:
    """Its requests, and the tables they are from."""
    tables = tables_of(place, day)
    return [row for row in asked_rows(tables) if row.counterparty not in exclude], tables


def _check_products(place: Path, rows: Sequence[AskedRow], products: Sequence[str]) -> None:
    """A product that is asked for is there and can be modelled."""
    for product in products:
        if product not in MODELLED:
            why = NOT_MODELLED.get(product, "no product of that name is modelled")
            raise ConfigurationError(f"--product {product}: {why}; known: {', '.join(MODELLED)}")
        if all(row.product != product for row in rows):
            raise ConfigurationError(f"{place}: no {product} request is recorded there")


def left_out(rows: Sequence[AskedRow], products: Sequence[str]) -> list[str]:
    """Which requests are not modelled, and why."""
    counts = Counter(row.product for row in rows)
    found = []
    for product, count in sorted(counts.items()):
        if product not in MODELLED:
            why = NOT_MODELLED.get(product, "not a product that is dealt")
            found.append(f"{count} requests for {product}: {why}")
        elif products and product not in products:
            found.append(f"{count} requests for {product}: not asked for")
    return found


def tables_of(
    place: Path,
    day: str = "",
    also: tuple[str, ...] = (),
    settings: RecordSettings | None = None,
) -> Tables:
    """The tables that are needed, and others; `settings`: how closely a journal is looked at."""
    records = place / "records"
    if records.is_dir():
        return read_tables(records, (*_TABLES, *also))
    recorder, _ = record_journal(place, day, settings)
    return recorder.tables()


def asked_rows(tables: Tables) -> list[AskedRow]:
    """Requests by time, with our first price and whether it was dealt on, and on which side."""
    quotes = _rows(tables["quotes"])
    first = {_key(row): row for row in quotes if row["first"]}
    sides = {row["deal_id"]: row["side"] for row in _rows(tables["deals"])}
    dealt = {_key(row): sides.get(row["deal_id"]) for row in quotes if row["deal_id"]}
    found = [
        _asked(row, first.get(_key(row)), dealt.get(_key(row))) for row in _rows(tables["requests"])
    ]
    return sorted(found, key=lambda row: row.at_ns)


def _key(row: Row) -> tuple[Value, Value]:
    return row["venue"], row["rfq_id"]


def _asked(row: Row, quote: Row | None, side: Value) -> AskedRow:
    (one, behind), (other, other_behind) = _sides(row, quote, side)
    at_ns, rivals = int(row["at_ns"] or 0), row["rivals"]
    dealt = row["outcome"] == "DEALT"
    ended, quoted = row["ended_ns"], row["first_quote_ns"]
    waited = ended - quoted if isinstance(ended, int) and isinstance(quoted, int) and dealt else 0
    return AskedRow(
        at_ns=at_ns,
        venue=str(row["venue"]),
        counterparty=str(row["counterparty"] or ""),
        tier=str(row["tier"] or ""),
        pair=str(row["pair"]),
        side=str(row["side"] or ""),
        size=int(row["size"] or 0),
        product=str(row["product"]),
        tenor=_tenor(row, "tenor", "value_date", at_ns),
        far_tenor=_tenor(row, "far_tenor", "far_value_date", at_ns),
        distance=one,
        behind=behind,
        other=other,
        other_behind=other_behind,
        rivals=rivals if isinstance(rivals, int) else None,
        dealt=dealt,
        waited_ns=waited,
    )


def _unit(quote: Row) -> float | None:
    """What a distance of one is in the product's own terms, in units of a price."""
    if in_own_pips(str(quote["product"])):
        return _float(quote["pip"])
    mid = _float(quote["mid"])
    return mid / _BASIS_POINTS if mid else None


def _tenor(row: Row, tenor: str, day: str, at_ns: int) -> str:
    """As it was said; a date as days after the day it was asked on. Of spot there is none."""
    said, value_date = str(row.get(tenor) or ""), str(row.get(day) or "")
    if said or not value_date or row["product"] == "SPOT":
        return said if row["product"] != "SPOT" else ""
    asked = datetime.fromtimestamp(at_ns // 1_000_000_000, UTC).date()
    return f"{(date.fromisoformat(value_date) - asked).days:+d}d"


def _sides(row: Row, quote: Row | None, dealt: Value) -> tuple[_Side, _Side]:
    """Distance of our price on each side that we showed and how far it is behind the best rival, in
    the product's own terms: first that which was dealt on.
    """
    unit = _unit(quote) if quote is not None else None
    if quote is None or not unit:
        return _UNKNOWN, _UNKNOWN
    asked = row["side"] or dealt
    at = price_side(str(row["product"]), Side(str(asked))) if asked else BUY
    found = []
    for name, sign in (("bid", 1), ("offer", -1)):
        ours, theirs = _float(quote[name]), _float(row[f"rival_{name}"])
        distance = _float(quote[f"{name}_distance"])
        if ours is not None and distance is not None:
            behind = sign * (theirs - ours) / unit if theirs is not None else None
            found.append((distance / unit, behind))
    if at is SELL:
        found.reverse()
    if row["side"]:
        del found[1:]
    return (found[0] if found else _UNKNOWN), (found[1] if found[1:] else _UNKNOWN)


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
