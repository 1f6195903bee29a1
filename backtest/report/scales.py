"""Axes: round numbers and times at which a line is drawn, and how they are written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
_TIME_STEPS_S = (
    *(1, 2, 5, 10, 15, 30),
    *(MINUTE_S * n for n in (1, 2, 5, 10, 15, 30)),
    *(HOUR_S * n for n in (1, 2, 3, 6, 12)),
    *(DAY_S * n for n in (1, 2, 7, 14, 28, 91, 182, 365)),
)
_NS = 1_000_000_000


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from below `low` to above `high`."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        high = low + 1.0 if math.isfinite(low) else 1.0
        low = high - 1.0
    raw = (high - low) / about
    step = 10.0 ** math.floor(math.log10(raw))
    step *= next(factor for factor in (1, 2, 2.5, 5, 10) if raw <= step * factor * 1.0001)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


def time_ticks(begin_ns: int, end_ns: int, about: int = 6) -> list[int]:
    """Round times within a span, UTC."""
    length_s = max(1.0, (end_ns - begin_ns) / _NS)
    step_s = next((one for one in _TIME_STEPS_S if length_s / one <= about), _TIME_STEPS_S[-1])
    step = step_s * _NS
    first = -(-begin_ns // step)
    return [place * step for place in range(first, end_ns // step + 1)]


def time_text(at_ns: int, span_ns: int) -> str:
    """A time on an axis of that length."""
    when = datetime.fromtimestamp(at_ns // _NS, UTC)
    if span_ns > 3 * DAY_S * _NS:
        return when.strftime("%d %b")
    if span_ns > DAY_S * _NS:
        return when.strftime("%d %H:%M")
    return when.strftime("%H:%M" if span_ns > 10 * MINUTE_S * _NS else "%H:%M:%S")


def moment(at_ns: int) -> str:
    """A time in a text, UTC, to the second."""
    if not at_ns:
        return "-"
    return datetime.fromtimestamp(at_ns // _NS, UTC).strftime("%Y-%m-%d %H:%M:%S")


def short(value: float) -> str:
    """A number on an axis: 12.5k, 3M."""
    size = abs(value)
    for unit, name in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if size >= unit:
            return f"{value / unit:.6g}{name}".replace("-", "−")
    return f"{value:.6g}".replace("-", "−")


def amount(value: float, digits: int = 0) -> str:
    """A number in a table: 1,234,567."""
    if not math.isfinite(value):
        return "-"
    text = f"{value:,.{digits}f}"
    return "0" if text in ("-0", "0") else text.replace("-", "−")


def thinned(points: Sequence[tuple[int, float]], most: int = 500) -> list[tuple[int, float]]:
    """A line with as many points at most: of each part its lowest and its highest, in order."""
    if len(points) <= most:
        return list(points)
    part = -(-len(points) * 2 // most)
    kept: list[tuple[int, float]] = []
    for begin in range(0, len(points), part):
        piece = points[begin : begin + part]
        ends = {min(piece, key=lambda one: one[1]), max(piece, key=lambda one: one[1])}
        kept += sorted(ends)
    if kept[-1] != points[-1]:
        kept.append(points[-1])
    return kept
