"""Intervals, so that no figure stands without how sure it is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

Z95 = 1.959963984540054
"""97.5 % quantile of the normal distribution: intervals are of 95 %."""


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """Interval of a share (Wilson 1927), which keeps within 0 and 1 with few tries."""
    if tries == 0:
        return 0.0, 1.0
    share, z2 = hits / tries, Z95 * Z95
    middle = (share + z2 / (2 * tries)) / (1 + z2 / tries)
    half = (
        Z95 / (1 + z2 / tries) * math.sqrt(share * (1 - share) / tries + z2 / (4 * tries * tries))
    )
    return max(0.0, middle - half), min(1.0, middle + half)


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and its interval by the normal law; of fewer than two the interval is not a number."""
    if not values:
        return math.nan, math.nan, math.nan
    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, math.nan, math.nan
    half = Z95 * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return mean, mean - half, mean + half


class Drawdown:
    """The deepest fall from a peak of a line."""

    def __init__(self, at_ns: Sequence[int], values: Sequence[float]) -> None:
        line = np.asarray([0.0, *values])
        peaks = np.maximum.accumulate(line)
        self.depth: list[float] = (line - peaks)[1:].tolist()
        """At each point, 0 or negative."""
        low = int(np.argmin(line - peaks))
        top = int(np.argmax(line[: low + 1]))
        self.worst = float((line - peaks)[low])
        times = [at_ns[0] if at_ns else 0, *at_ns]
        self.from_ns, self.to_ns = times[top], times[low]
        after = np.nonzero(line[low:] >= peaks[low])[0]
        self.recovered_ns = times[low + int(after[0])] if self.worst < 0 and len(after) else None
        """When the peak was reached again; None = not yet, or it never fell."""


def buckets(values: Sequence[float], count: int) -> list[float]:
    """Upper edges that put about as many values into each bucket; each value its own where there
    are no more than `count` of them.
    """
    distinct = sorted(set(values))
    if len(distinct) <= count:
        return distinct
    edges = np.quantile(np.asarray(values), [(i + 1) / count for i in range(count)])
    rounded = [_three_digits(float(edge)) for edge in edges[:-1]]
    return sorted({*rounded, distinct[-1]})


def _three_digits(value: float) -> float:
    return float(f"{value:.2g}") if value else 0.0
