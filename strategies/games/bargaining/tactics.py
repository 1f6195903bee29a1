"""Tactics of Faratin, Sierra and Jennings (1998): how much is given by time, or for what they gave.

Shares are of the way from the first offer (0) to the limit (1); times of the way to the deadline.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

FIRM, EVEN, EAGER = 0.2, 1.0, 5.0
"""The pace (beta): below 1 little before the end, above 1 nearly all at once."""


def polynomial_share(time: float, pace: float, start: float = 0.0) -> float:
    """Given by `time`: k + (1 - k) t^(1/beta), with `start` k at time 0."""
    at = min(1.0, max(0.0, time))
    return float(start + (1.0 - start) * at ** (1.0 / pace))


def exponential_share(time: float, pace: float, start: float) -> float:
    """Given by `time`: exp((1 - t)^beta ln k), with `start` k > 0 at time 0."""
    if not 0.0 < start <= 1.0:
        raise ValueError(f"start {start}: the exponential tactic begins within (0, 1]")
    at = min(1.0, max(0.0, time))
    return exp((1.0 - at) ** pace * log(start))


def relative_answer(ours: float, theirs: Sequence[float], low: float, high: float) -> float:
    """Ours moved in the same proportion as they moved last (relative tit-for-tat). `theirs` are
    their offers, the latest last; with fewer than two nothing is given.
    """
    if len(theirs) < 2 or theirs[-1] == 0.0:
        return _within(ours, low, high)
    return _within(theirs[-2] / theirs[-1] * ours, low, high)


def absolute_answer(
    ours: float, theirs: Sequence[float], low: float, high: float, noise: float = 0.0
) -> float:
    """Ours moved by as much as they moved last, towards them (random absolute tit-for-tat). `noise`
    is what chance adds to it, drawn by the caller.
    """
    if len(theirs) < 2:
        return _within(ours + noise, low, high)
    return _within(ours + (theirs[-2] - theirs[-1]) + noise, low, high)


def averaged_answer(
    ours: float, theirs: Sequence[float], low: float, high: float, window: int
) -> float:
    """Ours moved in the proportion in which they moved over the last `window` of their offers
    (averaged tit-for-tat); 1 is the relative tactic.
    """
    if window < 1:
        raise ValueError(f"window {window}: at least one of their steps is averaged")
    if len(theirs) <= window or theirs[-1] == 0.0:
        return _within(ours, low, high)
    return _within(theirs[-1 - window] / theirs[-1] * ours, low, high)


def _within(value: float, low: float, high: float) -> float:
    return min(high, max(low, value))
