"""Lengths of time as people write them: `500ms`, `30s`, `10m`, `1h`, `1d`."""

from __future__ import annotations

import re

from backtest.data.catalogue import DataError

_UNITS = {
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
}
_BARS = "1s 5s 10s 15s 30s 1m 2m 3m 5m 10m 15m 30m 1h 2h 3h 4h 6h 8h 12h 1d 7d"


def parse_period(text: str) -> int:
    """Nanoseconds."""
    found = re.fullmatch(r"(\d{1,9})(ms|s|m|h|d)", text.strip().lower())
    if found is None or not int(found[1]):
        raise DataError(
            f"{text[:20]!r} is no length of time: write it as 500ms, 30s, 10m, 1h or 1d"
        )
    return int(found[1]) * _UNITS[found[2]]


_PERIODS = {parse_period(text): text for text in _BARS.split()}


def period_of(length_ns: int) -> str:
    """A usual length of bars by its name; empty for any other."""
    return _PERIODS.get(length_ns, "")


def said(length_ns: int) -> str:
    """For people: `90 s`, `18 min`, `2.0 days`."""
    seconds = length_ns / 1e9
    for limit, unit, word in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            value = seconds / unit
            return f"{value:.3f} {word}" if unit == 1 and value < 10 else f"{value:.0f} {word}"
    return f"{seconds / 86_400:.1f} days"
