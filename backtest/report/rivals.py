"""Hit ratios by how far our first price was behind the best of others', where that is known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import cast

from backtest.records.columns import Tables, Value
from backtest.report.attribution import Row, rows_of
from backtest.report.figures import ratios
from backtest.report.sheet import Ratio
from backtest.report.statistics import buckets

_ASKED = ("venue", "rfq_id", "quotes", "outcome", "rival_bid", "rival_offer")
_SHOWN = ("venue", "rfq_id", "first", "bid", "offer", "pip")
_BUCKETS = 6
Key = tuple[Value, Value]


def hit_by_rival(tables: Tables) -> list[Ratio]:
    """Of the requests that got a price and are over, those whose rivals are known; pips behind,
    below zero = we were better; of a two-way price the mean of both sides.
    """
    first = {
        (row["venue"], row["rfq_id"]): row
        for row in rows_of(tables["quotes"], *_SHOWN)
        if row["first"]
    }
    asked = [
        row
        for row in rows_of(tables["requests"], *_ASKED)
        if row["quotes"] and row["outcome"] != "OPEN"
    ]
    known = [(row, behind) for row in asked if not math.isnan(behind := _behind(row, first))]
    if not known:
        return []
    edges = buckets([round(behind, 3) for _, behind in known], _BUCKETS)
    keys = [_bucket(behind, edges) for _, behind in known]
    found = ratios([row for row, _ in known], [behind for _, behind in known], keys)
    order = [_bucket(edge, edges) for edge in edges]
    return sorted(found, key=lambda one: order.index(one.key))


def rivals_told(tables: Tables, known: int) -> str:
    """How much of it is known; empty = all."""
    asked = tables["requests"]
    pairs = zip(asked["quotes"], asked["outcome"], strict=True)
    priced = sum(bool(quotes) and outcome != "OPEN" for quotes, outcome in pairs)
    if not priced or known == priced:
        return ""
    if not known:
        return "what others showed clients is not known: there is no hit ratio by rivals' distance"
    return f"what others showed clients is known of {known} of {priced} requests that got a price"


def _behind(row: Row, first: Mapping[Key, Row]) -> float:
    """Pips; not a number where it is not known."""
    shown = first.get((row["venue"], row["rfq_id"]))
    if shown is None or not shown["pip"]:
        return math.nan
    sides = [
        sign * (cast(int, row[f"rival_{name}"]) - cast(int, shown[name])) / cast(int, shown["pip"])
        for name, sign in (("bid", 1), ("offer", -1))
        if row[f"rival_{name}"] is not None and shown[name] is not None
    ]
    return sum(sides) / len(sides) if sides else math.nan


def _bucket(pips: float, edges: list[float]) -> str:
    place = next((at for at, edge in enumerate(edges) if round(pips, 3) <= edge), len(edges) - 1)
    return f"up to {edges[place]:g} pips behind"
