"""SQL over the store, read-only: one table for each kind, with venue and pair as columns."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from backtest.data.asked import near
from backtest.data.catalogue import DataError, load_existing
from backtest.data.columns import TABLES, Kind
from backtest.data.tabular import as_floats, scan

_READS = ("select", "with", "show", "explain")
_OUTSIDE = re.compile(r"(read|scan)_\w+", re.IGNORECASE)
"""Functions that would read other files, wherever they stand, in a text or a comment too: nothing
in the store is called so, and a text that is not parsed here cannot be trusted to be one.
"""
_DAMAGED = " (fxrobot data check says what is wrong with the store)"
_UNKNOWN = re.compile(
    r"relation '(?P<table>[^']+)' was not found|find column \"(?P<column>[^\"]+)\""
)


def query(folder: Path, text: str) -> pl.DataFrame:
    """The rows that a SELECT gives. Prices are floats here: to count with, not to deal on."""
    plain = re.sub(r"^(\s|\(|--[^\n]*\n)+", "", text)
    words = plain.strip(";").split()
    if not words or words[0].lower() not in _READS:
        raise DataError(f"only queries: select ... from {', '.join(Kind)}; nothing else is done")
    if outside := _OUTSIDE.search(text):
        raise DataError(f"{outside[0]}: a query reads tables of the store only ({', '.join(Kind)})")
    parts = load_existing(folder).parts
    tables = {str(kind): as_floats(scan(folder, parts, kind), kind) for kind in Kind}
    try:
        found = pl.SQLContext(tables).execute(text.strip().strip(";"), eager=True)
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise DataError(_told(str(problem))) from None
    return found


def _told(problem: str) -> str:
    """Its first lines, and the nearest name where one is not known."""
    said = f"sql: {problem.partition('Resolved plan')[0].strip()[:500]}"
    unknown = _UNKNOWN.search(problem)
    if unknown is None:
        return said + (_DAMAGED if "parquet" in problem else "")
    if table := unknown["table"]:
        return f"sql: no table {table}{near(table, list(Kind))}"
    columns = {name for table in TABLES.values() for name in (*table.keys, *table.names)}
    return f"sql: no column {unknown['column']}{near(unknown['column'], sorted(columns))}"
