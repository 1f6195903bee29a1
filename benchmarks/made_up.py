"""Made-up quotes as a CSV file, for benchmarks of importing, reading and running."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl


def write_quotes(path: Path, begin_ms: int, span_ms: int, rows: int, *, seed: int) -> None:
    """So many within the span (milliseconds since 1970 UTC): a walk of the bid, sizes 1 to 5 M."""
    chance = np.random.default_rng(seed)
    times = np.sort(chance.integers(begin_ms, begin_ms + span_ms, rows))
    bid = 138_700 + np.cumsum(chance.integers(-1, 2, rows)) % 1_000
    sizes = chance.integers(1, 6, (2, rows)) * 1_000_000
    pl.DataFrame({"at": times, "bid": bid, "offer": bid + 2}).select(
        pl.from_epoch("at", time_unit="ms").dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"),
        pl.concat_str(pl.lit("1."), pl.col("bid").cast(pl.String).str.slice(1)).alias("bid"),
        pl.concat_str(pl.lit("1."), pl.col("offer").cast(pl.String).str.slice(1)).alias("offer"),
        pl.Series("bid_size", sizes[0]),
        pl.Series("offer_size", sizes[1]),
    ).write_csv(path)
