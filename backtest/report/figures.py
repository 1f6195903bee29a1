"""The figures of a tear sheet, from the tables of records."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from backtest.records.columns import Columns, Kind, Tables, Value
from backtest.report.attribution import SOURCES, Row, rows_of
from backtest.report.sheet import (
    Conversations,
    Curve,
    Hedging,
    Inventory,
    LimitPeak,
    Mark,
    Points,
    Ratio,
    Refused,
)
from backtest.report.statistics import buckets, mean_interval, wilson
from robot.deals.product import ProductKind

Floats = npt.NDArray[np.float64]

MINUTE_NS = 60_000_000_000
PARTS = 240
"""Into so many parts the time is cut in the picture of limits."""
SIZES_M = (1, 2, 5, 10, 20, 50)
"""Upper edges of sizes, in millions of the base currency."""
CURVES_MAX = 8
LIMITS_MAX = 40
_BP = 10_000.0
_MILLION = 1e6


def number(value: Value, kind: Kind) -> float:
    """A field for statistics; not a number where it is not known."""
    if not isinstance(value, int):
        return math.nan
    assert kind.unit is not None, f"{kind} is no scaled number"
    return value * float(kind.unit)


# --- results over time


def equity(tables: Tables, rates: Mapping[str, Decimal]) -> dict[str, Points]:
    """The result and its sources minute by minute, in the reporting currency at the last rates."""
    columns = tables["results"]
    money = float(Kind.MONEY.unit or 1)
    last = {key: place for place, key in enumerate(_moments(columns))}
    lines: dict[str, dict[int, float]] = {name: {} for name in (*SOURCES, "total")}
    for place in last.values():  # of two rows of one moment the later counts
        at_ns = int(columns["at_ns"][place] or 0)
        factor = float(rates.get(str(columns["currency"][place]), 0)) * money
        for name, line in lines.items():
            line[at_ns] = line.get(at_ns, 0.0) + factor * int(columns[name][place] or 0)
    return {name: sorted(line.items()) for name, line in lines.items()}


def _moments(columns: Columns) -> Iterator[tuple[Value, Value]]:
    return zip(columns["at_ns"], columns["pair"], strict=True)


# --- hit ratios


def hit_ratios(tables: Tables) -> tuple[list[Ratio], list[Ratio], list[Ratio]]:
    """By tier, size and distance: of the requests that got a price and are over."""
    names = ("venue", "rfq_id", "tier", "size", "quotes", "outcome", "distance")
    asked = [
        row
        for row in rows_of(tables["requests"], *names)
        if row["quotes"] and row["outcome"] != "OPEN"
    ]
    pips = _pips_of_first(tables["quotes"])
    distances = [
        number(row["distance"], Kind.PRICE) / pips.get(f"{row['venue']} {row['rfq_id']}", math.nan)
        for row in asked
    ]
    known = [one for one in distances if not math.isnan(one)]
    edges = buckets([round(one, 3) for one in known], 6)
    by_tier = ratios(asked, distances, [str(row["tier"]) or "unknown" for row in asked])
    by_size = ratios(asked, distances, [size_bucket(row["size"]) for row in asked])
    buckets_of = [_distance_bucket(one, edges) for one in distances]
    order = [_distance_bucket(edge, edges) for edge in edges]
    by_distance = ratios(asked, distances, buckets_of)
    by_distance.sort(key=lambda one: order.index(one.key) if one.key in order else len(order))
    sizes = [size_bucket(None), *_size_names()]
    by_size.sort(key=lambda one: sizes.index(one.key))
    return by_tier, by_size, by_distance


def ratios(asked: Sequence[Row], distances: Sequence[float], keys: Sequence[str]) -> list[Ratio]:
    """Of requests in groups by `keys`; a distance may be no number."""
    quoted: Counter[str] = Counter(keys)
    dealt: Counter[str] = Counter()
    away: dict[str, list[float]] = defaultdict(list)
    for row, pips, key in zip(asked, distances, keys, strict=True):
        dealt[key] += row["outcome"] == "DEALT"
        if not math.isnan(pips):
            away[key].append(pips)
    made = []
    for key, count in sorted(quoted.items()):
        low, high = wilson(dealt[key], count)
        mean = float(np.mean(away[key])) if away[key] else None
        made.append(
            Ratio(
                key=key,
                quoted=count,
                dealt=dealt[key],
                ratio=dealt[key] / count,
                low=low,
                high=high,
                distance_pips=mean,
            )
        )
    return made


def _pips_of_first(quotes: Columns) -> dict[str, float]:
    return {
        f"{venue} {rfq_id}": number(pip, Kind.PRICE)
        for venue, rfq_id, pip, first in zip(
            *(quotes[name] for name in ("venue", "rfq_id", "pip", "first")), strict=True
        )
        if first
    }


def mean_distances(tables: Tables) -> dict[str, float]:
    """By product, how far the first prices were from the middle in the mean: in pips, of loans in
    hundredths of a percent.
    """
    pips = _pips_of_first(tables["quotes"])
    found: dict[str, list[float]] = defaultdict(list)
    for row in rows_of(tables["requests"], "venue", "rfq_id", "product", "distance"):
        pip = pips.get(f"{row['venue']} {row['rfq_id']}", math.nan)
        distance = number(row["distance"], Kind.PRICE) / pip
        if not math.isnan(distance):
            found[str(row["product"])].append(distance)
    return {product: float(np.mean(found[product])) for product in sorted(found)}


def size_bucket(size: Value) -> str:
    """The name of a size's bucket."""
    if not isinstance(size, int):
        return "size not known"
    millions = number(size, Kind.SIZE) / _MILLION
    place = next((at for at, edge in enumerate(SIZES_M) if millions <= edge), len(SIZES_M))
    return _size_names()[place]


def _size_names() -> list[str]:
    between = [f"{low} to {high} M" for low, high in pairwise(SIZES_M)]
    return [f"up to {SIZES_M[0]} M", *between, f"over {SIZES_M[-1]} M"]


def _distance_bucket(pips: float, edges: Sequence[float]) -> str:
    if math.isnan(pips):
        return "middle not known"
    place = next((at for at, edge in enumerate(edges) if round(pips, 3) <= edge), len(edges) - 1)
    return f"up to {edges[place]:g} pips"


# --- markouts


def markouts(tables: Tables, deals: Sequence[Row], by: str) -> list[Curve]:
    """Mean gain of deals on our quotes against their own price, at the deal and after each horizon;
    the groups with most deals first. Of swaps there is none: what is left of their two legs is no
    measure of what they earned, and the spot middle not what they are about.
    """
    mids: dict[Value, list[tuple[int, float]]] = defaultdict(list)
    columns = tables["markouts"]
    for deal_id, horizon_s, mid in zip(
        columns["deal_id"], columns["horizon_s"], columns["mid"], strict=True
    ):
        if mid is not None:
            mids[deal_id].append((int(horizon_s or 0), number(mid, Kind.PRICE)))
    gains: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in deals:
        if row["as_taker"] or row["spot_mid"] is None or not row["base_flow"]:
            continue
        if row["product"] == ProductKind.SWAP:
            continue
        spot, base = number(row["spot_mid"], Kind.PRICE), number(row["base_flow"], Kind.MONEY)
        edge = number(row["edge"], Kind.MONEY)
        group = gains[str(row[by]) or "unknown"]
        group[0].append(edge / abs(base) / spot * _BP)
        for horizon_s, later in mids.get(row["deal_id"], ()):
            group[horizon_s].append((edge + base * (later - spot)) / abs(base) / spot * _BP)
    curves = [Curve(key=key, marks=_marks(of)) for key, of in gains.items()]
    return sorted(curves, key=lambda curve: (-curve.marks[0].deals, curve.key))[:CURVES_MAX]


def _marks(gains: Mapping[int, list[float]]) -> tuple[Mark, ...]:
    made = []
    for horizon_s in sorted(gains):
        mean, low, high = mean_interval(gains[horizon_s])
        made.append(
            Mark(
                horizon_s=horizon_s,
                deals=len(gains[horizon_s]),
                bp=mean,
                low=None if math.isnan(low) else low,
                high=None if math.isnan(high) else high,
            )
        )
    return tuple(made)


# --- limits, refusals, positions


def limit_peaks(tables: Tables, begin_ns: int, end_ns: int) -> list[LimitPeak]:
    """The fullest limits over the record; shares from movements, so a limit that did not move
    keeps what it had.
    """
    step = max(MINUTE_NS, -(-(end_ns - begin_ns) // PARTS))
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in rows_of(tables["limits"], "at_ns", "limit_id", "maximum", "peak_share"):
        if row["peak_share"] is not None:
            rows[str(row["limit_id"])].append(row)
    made = []
    for limit_id, moved in rows.items():
        top = max(moved, key=lambda row: int(row["peak_share"] or 0))
        made.append(
            LimitPeak(
                limit_id=limit_id,
                peak_share=number(top["peak_share"], Kind.SHARE),
                peak_ns=int(top["at_ns"] or 0),
                maximum=number(moved[-1]["maximum"], Kind.MONEY),
                points=_in_parts(moved, begin_ns, step),
            )
        )
    return sorted(made, key=lambda one: (-(one.peak_share or 0), one.limit_id))[:LIMITS_MAX]


def _in_parts(moved: Sequence[Row], begin_ns: int, step: int) -> Points:
    parts: dict[int, float] = {}
    for row in moved:
        at = (int(row["at_ns"] or 0) - begin_ns) // step * step + begin_ns
        parts[at] = max(parts.get(at, -math.inf), number(row["peak_share"], Kind.SHARE))
    return list(parts.items())


def refusals(tables: Tables) -> list[Refused]:
    """By reason and limit, the most frequent first."""
    columns = tables["refusals"]
    counts = Counter(
        zip(
            map(str, columns["decided"]),
            map(str, columns["reason"]),
            map(str, columns["refused_by"]),
            strict=True,
        )
    )
    return [
        Refused(decided=decided, reason=reason, refused_by=by, count=count)
        for (decided, reason, by), count in sorted(counts.items(), key=lambda row: (-row[1], row))
    ]


def inventory(tables: Tables) -> list[Inventory]:
    """Of every pair with a position, at the minutes' ends."""
    positions: dict[str, list[float]] = defaultdict(list)
    columns = tables["results"]
    for pair, position in zip(columns["pair"], columns["position"], strict=True):
        if "/" in str(pair):
            positions[str(pair)].append(number(position, Kind.SIZE))
    made = []
    for pair, values in positions.items():
        array = np.asarray(values)
        if not np.any(array):
            continue
        counts, edges = np.histogram(array, bins=_edges(array))
        p5, median, p95 = np.quantile(array, [0.05, 0.5, 0.95])
        made.append(
            Inventory(
                pair=pair,
                minutes=len(values),
                low=float(array.min()),
                p5=float(p5),
                median=float(median),
                p95=float(p95),
                high=float(array.max()),
                flat=float(np.mean(array == 0)),
                edges=edges.tolist(),
                counts=counts.tolist(),
            )
        )
    return made


def _edges(values: Floats) -> Floats:
    """Round edges, 0 among them, so that long and short are told apart."""
    widest = float(np.abs(values).max())
    step = 10.0 ** math.floor(math.log10(widest / 5))
    step *= next(factor for factor in (1, 2, 5, 10) if widest / (step * factor) <= 10)
    low = math.floor(float(values.min()) / step)
    high = math.floor(float(values.max()) / step) + 1
    return np.arange(min(low, 0), max(high, 1) + 1, dtype=np.float64) * step


def hedging(tables: Tables, deals: Sequence[Row]) -> list[Hedging]:
    """What our own orders dealt and cost, by pair."""
    orders, rejected, in_part = _fates(tables)
    taken: dict[str, list[Row]] = defaultdict(list)
    volumes: dict[str, float] = defaultdict(float)
    for row in deals:
        volumes[str(row["pair"])] += number(row["size"], Kind.SIZE)
        if row["as_taker"]:
            taken[str(row["pair"])].append(row)
    made = []
    for pair in dict.fromkeys((*orders, *taken)):
        rows = taken.get(pair, [])
        volume = sum(number(row["size"], Kind.SIZE) for row in rows)
        cost = sum(number(row["edge"], Kind.MONEY) for row in rows)
        at_mid = sum(
            number(row["size"], Kind.SIZE) * number(row["spot_mid"], Kind.PRICE)
            for row in rows
            if row["spot_mid"] is not None
        )
        made.append(
            Hedging(
                pair=pair,
                orders=orders[pair],
                rejected=rejected[pair],
                in_part=in_part[pair],
                deals=len(rows),
                volume=volume,
                cost=cost,
                currency=str(rows[0]["currency"]) if rows else pair[4:],
                cost_bp=cost / at_mid * _BP if at_mid else None,
                share=volume / volumes[pair] if volumes[pair] else 0.0,
            )
        )
    return made


def _fates(tables: Tables) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Orders of ours by pair: all, rejected, dealt in part."""
    orders: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    in_part: Counter[str] = Counter()
    for row in rows_of(tables["orders"], "pair", "outcome", "filled"):
        pair, outcome = str(row["pair"]), row["outcome"]
        orders[pair] += 1
        rejected[pair] += outcome == "REJECTED"
        in_part[pair] += outcome != "FILLED" and bool(row["filled"])
    return orders, rejected, in_part


def conversations(tables: Tables, in_force: Sequence[Row]) -> Conversations:
    """Counts from the request to the deal."""
    requests = tables["requests"]
    outcomes = Counter(map(str, requests["outcome"]))
    prices = len(tables["quotes"]["at_ns"])
    streamed = sum(not one for one in tables["quotes"]["request_id"])
    deals = sum(not row["as_taker"] for row in in_force)
    return Conversations(
        requests=len(requests["at_ns"]),
        quoted=sum(bool(one) for one in requests["quotes"]),
        refused=outcomes["REFUSED"],
        dealt=outcomes["DEALT"],
        prices=prices,
        streamed=streamed,
        deals=deals,
        prices_per_deal=prices / deals if deals else None,
        outcomes=dict(sorted(outcomes.items(), key=lambda row: -row[1])),
    )


def volume(
    deals: Sequence[Row], rates: Mapping[str, Decimal], *, chosen: Callable[[Row], bool]
) -> float:
    """What was dealt, in the reporting currency at the middle of each deal and the last rates."""
    total = 0.0
    for row in deals:
        if not chosen(row):
            continue
        worth = number(row["size"], Kind.SIZE)
        if row["spot_mid"] is not None:
            worth *= number(row["spot_mid"], Kind.PRICE)
        total += worth * float(rates.get(str(row["currency"]), 0))
    return total
