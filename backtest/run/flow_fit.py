"""Fits a model of clients to a log, and says how well a model tells one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from backtest.run.flow_hits import Priced, fit_hits, goodness
from backtest.run.flow_model import (
    BIN_NS,
    BINS,
    AskedRow,
    Dealing,
    FlowModel,
    Goodness,
    Markout,
    RivalsSeen,
    Share,
    Toxicity,
    bin_of,
)
from robot.errors import ConfigurationError

_RIVALS_MIN = 30
"""So many prices must know their rivals, and half of all, for the model to look at them."""
_QUANTILES = 41
_WAITED_MS = 500.0
_KEY = ("venue", "counterparty", "tier", "pair", "side", "product", "tenor", "far_tenor")


def fit(
    rows: Sequence[AskedRow],
    begin_ns: int,
    end_ns: int,
    markouts: Sequence[Markout] = (),
    data_hash: str = "",
    left_out: Sequence[str] = (),
) -> FlowModel:
    """The model of a log of requests over a span; ConfigurationError where it is too short."""
    dealing, without = _dealing(rows)
    if not dealing:
        raise ConfigurationError("; ".join(without) or "no request is recorded")
    known = {one.product for one in dealing}
    rows = sorted((row for row in rows if row.product in known), key=lambda row: row.at_ns)
    exposure = exposure_s(begin_ns, end_ns)
    counts = np.bincount([bin_of(row.at_ns) for row in rows], minlength=BINS)
    rates = [int(n) / s if s else 0.0 for n, s in zip(counts, exposure, strict=True)]
    errors = [math.sqrt(int(n)) / s if s else 0.0 for n, s in zip(counts, exposure, strict=True)]
    distance, probability = _ks(rows, rates, begin_ns)
    return FlowModel(
        data_hash=data_hash,
        begin_ns=begin_ns,
        end_ns=end_ns,
        requests=len(rows),
        rates=tuple(rates),
        rate_errors=tuple(errors),
        ks_distance=distance,
        ks_probability=probability,
        shares=_shares(rows),
        dealing=dealing,
        toxicity=_toxicity(markouts),
        left_out=(*left_out, *without),
    )


def check(model: FlowModel, rows: Sequence[AskedRow]) -> dict[str, Goodness]:
    """How well a model tells a log that it was not fitted to, by product."""
    found = {}
    for one in model.dealing:
        quoted = [
            row
            for row in rows
            if row.product == one.product
            and row.distance is not None
            and (row.behind is not None or not one.hits.knows_rivals)
            and (row.other is None or row.other_behind is not None or not one.hits.knows_rivals)
        ]
        if quoted:
            priced = Priced(quoted, rivals=one.hits.knows_rivals)
            found[one.product] = goodness(priced, one.hits, fitted=False)
    return found


# --- by product


def _dealing(rows: Sequence[AskedRow]) -> tuple[tuple[Dealing, ...], list[str]]:
    """Of the products that can be fitted, and why the others cannot."""
    by_product: dict[str, list[AskedRow]] = {}
    for row in rows:
        by_product.setdefault(row.product, []).append(row)
    found, without = [], []
    for product, own in sorted(by_product.items(), key=lambda item: (-len(item[1]), item[0])):
        quoted = [row for row in own if row.distance is not None]
        deals = sum(row.dealt for row in quoted)
        if 0 < deals < len(quoted):
            found.append(_dealing_of(product, own, quoted))
            continue
        text = f"{product}: {len(quoted)} prices and {deals} deals: a model needs prices that were"
        without.append(f"{text} dealt on and prices that were not")
    return tuple(found), without


def _dealing_of(product: str, rows: Sequence[AskedRow], quoted: Sequence[AskedRow]) -> Dealing:
    knowing = _knowing(quoted)
    priced = Priced(knowing or quoted, rivals=bool(knowing))
    hits = fit_hits(priced)
    waited = [row.waited_ns for row in quoted if row.dealt and row.waited_ns > 0]
    return Dealing(
        product=product,
        requests=len(rows),
        sizes=_sizes(rows),
        waited_ms=float(np.mean(waited)) / 1e6 if waited else _WAITED_MS,
        hits=hits,
        rivals=_rivals(knowing) if knowing else None,
        goodness=goodness(priced, hits, fitted=True),
    )


def _knowing(quoted: Sequence[AskedRow]) -> list[AskedRow]:
    """The prices whose rivals are known, where they are enough to look at them alone."""
    found = [
        row
        for row in quoted
        if row.behind is not None and (row.other is None or row.other_behind is not None)
    ]
    deals = sum(row.dealt for row in found)
    enough = len(found) >= max(_RIVALS_MIN, len(quoted) / 2) and 0 < deals < len(found)
    return found if enough else []


def _rivals(knowing: Sequence[AskedRow]) -> RivalsSeen:
    distances = [(row.distance or 0.0) - (row.behind or 0.0) for row in knowing]
    distances += [
        row.other - row.other_behind
        for row in knowing
        if row.other is not None and row.other_behind is not None
    ]
    counts = [row.rivals for row in knowing if row.rivals]
    return RivalsSeen(
        quotes=len(knowing),
        count=int(np.median(counts)) if counts else 1,
        distances=tuple(map(float, np.quantile(distances, np.linspace(0, 1, _QUANTILES)))),
    )


# --- arrivals


def exposure_s(begin_ns: int, end_ns: int) -> list[float]:
    """Seconds of a span that lie in each half hour of the day."""
    seconds = [0.0] * BINS
    at_ns = begin_ns
    while at_ns < end_ns:
        until_ns = min(end_ns, (at_ns // BIN_NS + 1) * BIN_NS)
        seconds[bin_of(at_ns)] += (until_ns - at_ns) / 1e9
        at_ns = until_ns
    return seconds


def _shares(rows: Sequence[AskedRow]) -> tuple[Share, ...]:
    counts: dict[tuple[str, ...], int] = {}
    for row in rows:
        key = tuple(getattr(row, name) for name in _KEY)
        counts[key] = counts.get(key, 0) + 1
    return tuple(
        Share(**dict(zip(_KEY, key, strict=True)), count=counts[key]) for key in sorted(counts)
    )


def _sizes(rows: Sequence[AskedRow]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for row in sorted(rows, key=lambda row: (row.tier, row.size)):
        sizes = found.setdefault(row.tier, {})
        sizes[str(row.size)] = sizes.get(str(row.size), 0) + 1
    return found


def _toxicity(markouts: Sequence[Markout]) -> tuple[Toxicity, ...]:
    found: dict[tuple[str, int], list[float]] = {}
    for one in markouts:
        found.setdefault((one.counterparty, one.horizon_s), []).append(one.moved_bp)
    return tuple(
        Toxicity(
            counterparty=name,
            horizon_s=horizon_s,
            deals=len(moves),
            mean_bp=float(np.mean(moves)),
            error_bp=float(np.std(moves, ddof=1) / math.sqrt(len(moves))) if moves[1:] else 0.0,
        )
        for (name, horizon_s), moves in sorted(found.items())
    )


# --- how good it is


def _ks(rows: Sequence[AskedRow], rates: Sequence[float], begin_ns: int) -> tuple[float, float]:
    """Of the times between requests, each in units of what the rates expect."""
    from scipy import stats

    expected, last_ns = [], begin_ns
    for row in rows:
        expected.append(_expected(rates, last_ns, row.at_ns))
        last_ns = row.at_ns
    found = stats.kstest(expected, "expon")
    return float(found.statistic), float(found.pvalue)


def _expected(rates: Sequence[float], since_ns: int, until_ns: int) -> float:
    """Requests that the rates expect between two moments."""
    total, at_ns = 0.0, since_ns
    while at_ns < until_ns:
        next_ns = min(until_ns, (at_ns // BIN_NS + 1) * BIN_NS)
        total += rates[bin_of(at_ns)] * (next_ns - at_ns) / 1e9
        at_ns = next_ns
    return total
