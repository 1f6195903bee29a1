"""How long a loan runs, by the words of its request."""

from __future__ import annotations

import re

from backtest.run.flow_model import AskedRow

_TENOR = re.compile(r"(\d+)([DWMY])")
_DAYS = {"D": 1, "W": 7, "M": 30, "Y": 365}
_OVERNIGHT = ("ON", "TN", "SN")


def tenor_days(row: AskedRow) -> float | None:
    """From start to maturity as it was said; None = the record does not say."""
    far, near = _after(row.far_tenor), _after(row.tenor)
    if row.far_tenor in _OVERNIGHT:
        return 1.0
    if far is None:
        return None
    return max(1.0, far - (near or 0.0 if row.tenor.startswith("+") else 0.0))


def _after(text: str) -> float | None:
    """`1W`, `+9d`."""
    if text.startswith("+") and text.endswith("d") and text[1:-1].isdigit():
        return float(text[1:-1])
    found = _TENOR.fullmatch(text.upper())
    return float(found[1]) * _DAYS[found[2]] if found is not None else None
