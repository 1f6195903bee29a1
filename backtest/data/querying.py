"""SQL over the store, read-only: one table for each kind, with venue and pair as columns."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from backtest.data.catalogue import DataError, load_catalogue
from backtest.data.columns import Kind
from backtest.data.tabular import as_floats, scan

_READS = ("select", "with", "show", "explain", "describe")


def query(folder: Path, text: str) -> pl.DataFrame:
    """The rows that a SELECT gives. Prices are floats here: to count with, not to deal on."""
    words = text.strip().strip(";").split()
    if not words or words[0].lower() not in _READS:
        raise DataError("only queries: select ... from quotes, bars, fixings, curves, requests ...")
    parts = load_catalogue(folder).parts
    if not parts:
        raise DataError(f"{folder}: no data there (fxrobot data import)")
    tables = {str(kind): as_floats(scan(folder, parts, kind), kind) for kind in Kind}
    try:
        found = pl.SQLContext(tables).execute(text.strip().strip(";"), eager=True)
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise DataError(f"sql: {problem}") from None
    return found
