"""What a game may learn from: outcomes of our own requests and of our own deals, from a record.

Read are the price that we showed, whether it was dealt on, and where the middle went after our own
deals. What others quoted, and who they are, is never looked at, also where a record has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import msgspec

from backtest.games.own_asks import OwnAsk, own_asks_of, without_middle
from backtest.games.own_rows import Row, days_fit, distance_unit, rows_of
from backtest.games.own_sources import HORIZON_S, Source, read_source
from backtest.records.columns import Tables, Value
from robot.deals.party import Side
from robot.deals.product import price_side
from strategies.games.desk.terms import Applies

WON = "DEALT"
LOST = ("PASSED", "EXPIRED", "REJECTED")
"""The other side did not deal on a price that stood; ours that we took away say nothing."""
_DIGITS = Decimal("0.000001")
_SIZE = Decimal("0.01")


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
    asks: tuple[OwnAsk, ...] = ()
    prices_without_middle: int = 0
    """Of banks, in asks of ours: nothing can be learned from them."""
    source: Source | None = None
    """What proves it."""


def own_day(place: Path, day: str, applies: Applies, unit: str) -> OwnDay:
    """Of a run's folder or a journal; `unit` is bp or pip."""
    source, tables = read_source(place, day)
    return own_day_of(tables, applies, unit, source)


def own_day_of(tables: Tables, applies: Applies, unit: str, source: Source | None = None) -> OwnDay:
    """The same of tables."""
    outcomes = sorted(_outcomes(tables, applies, unit), key=lambda one: (one.at_ns, one.name))
    moves = sorted(moves_of(tables, applies, unit), key=lambda one: (one.at_ns, one.name))
    return OwnDay(
        outcomes=tuple(outcomes),
        moves=tuple(moves),
        asks=own_asks_of(tables, applies, unit),
        prices_without_middle=without_middle(tables, applies),
        source=source,
    )


def _outcomes(tables: Tables, applies: Applies, unit: str) -> Iterator[OwnOutcome]:
    shown: dict[tuple[Value, Value], Row] = {}
    for quote in rows_of(tables["quotes"]):
        key = quote["venue"], quote["rfq_id"]
        if quote["request_id"] and not (key in shown and shown[key]["deal_id"]):
            shown[key] = quote  # the one that was dealt on, else the last
    for row in rows_of(tables["requests"]):
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
    far, one = quote["bid_distance" if at_bid else "offer_distance"], distance_unit(quote, unit)
    if not isinstance(far, int) or one is None:
        return None
    return (far / one).quantize(_DIGITS, ROUND_HALF_EVEN)


def moves_of(tables: Tables, applies: Applies, unit: str) -> Iterator[OwnMove]:
    """How the middle moved after each deal that a game is meant for, in the order of the record."""
    deals = {
        row["deal_id"]: row
        for row in rows_of(tables["deals"])
        if not row["as_taker"] and not row["void"] and row["spot_only"]
    }
    for mark in rows_of(tables["markouts"]):
        deal = deals.get(mark["deal_id"])
        if deal is None or mark["horizon_s"] != HORIZON_S or not _is_meant(applies, deal):
            continue
        one, then, later = distance_unit(deal, unit), deal["spot_mid"], mark["mid"]
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
    return days_fit(applies, row)
