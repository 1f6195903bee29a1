"""A made-up day of quotes, to try things with: a seeded walk, no market's prices."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from pathlib import Path

from backtest.data.catalogue import DataError
from robot.clock import NANOS_PER_MILLISECOND, format_time, nanoseconds

_OPENS_S, _CLOSES_S = 7 * 3600, 17 * 3600
_MID = 138_700
"""In 1e-5, as the steps."""
_SPREADS = (1, 2, 2, 3, 4)
_SIZES = (1, 1, 2, 3, 5)


def write_example(target: Path, *, rows: int, seed: int, day: date) -> None:
    """Quotes of EUR/USD from 7:00 to 17:00 UTC as CSV: `time,bid,ask,bid_size,ask_size`."""
    if not 1 <= rows <= 10_000_000:
        raise DataError(f"{rows} rows: from 1 to 10,000,000")
    chance = random.Random(seed)
    begins_ns = nanoseconds(datetime(day.year, day.month, day.day, tzinfo=UTC))
    first_ms, last_ms = _OPENS_S * 1000, _CLOSES_S * 1000
    times = sorted(chance.randrange(first_ms, last_ms) for _ in range(rows))
    mid = _MID
    try:
        with target.open("w", encoding="ascii") as file:
            file.write("time,bid,ask,bid_size,ask_size\n")
            for at_ms in times:
                mid += chance.choice((-1, 0, 0, 1))
                bid = mid - chance.choice(_SPREADS)
                ask = mid + chance.choice(_SPREADS)
                sizes = ",".join(f"{chance.choice(_SIZES)}000000" for _ in range(2))
                time = format_time(begins_ns + at_ms * NANOS_PER_MILLISECOND)
                file.write(f"{time},{_price(bid)},{_price(ask)},{sizes}\n")
    except OSError as problem:
        raise DataError(f"{target}: cannot be written: {problem.strerror or problem}") from None


def _price(units: int) -> str:
    return f"{units // 100_000}.{units % 100_000:05d}"
