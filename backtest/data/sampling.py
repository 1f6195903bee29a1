"""A piece of the store as a file of its own: the first rows of a span, or a thinned one by seed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import polars as pl

from backtest.data.asked import parts_asked, spans
from backtest.data.catalogue import DataError, Part, load_existing
from backtest.data.columns import TABLES, Kind
from backtest.data.merging import merged_frames
from backtest.data.tabular import as_texts

_MIX = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0x9E3779B97F4A7C15)
"""Constants of SplitMix64."""
_FULL = 2**64


class Sampled(msgspec.Struct, frozen=True, kw_only=True):
    """What was written."""

    file: str
    kind: str
    rows: int
    of: int
    """Rows of the span that were looked at."""


def sample(
    folder: Path,
    target: Path,
    kind: Kind,
    *,
    venues: list[str] | None = None,
    names: list[str] | None = None,
    first_ns: int | None = None,
    end_ns: int | None = None,
    rows_max: int = 0,
    keep: float = 1.0,
    seed: int = 0,
) -> Sampled:
    """Write rows of one table as CSV or Parquet, in the order of time; `rows_max` 0 = all, `keep`
    the share of rows that stay, the same ones for the same seed. The file can be imported.
    """
    if not 0 < keep <= 1:
        raise DataError(f"a share of {keep}: more than 0, at most 1")
    parts = parts_asked(
        folder,
        load_existing(folder),
        kinds=[kind],
        venues=venues,
        names=names,
        first_ns=first_ns,
        end_ns=end_ns,
    )
    rows, of = _rows(folder, parts, (first_ns, end_ns), rows_max, keep, seed)
    if rows.is_empty():
        raise DataError(f"{folder}: no {kind} in this span; {spans(parts)}")
    _write(as_texts(rows, kind), target)
    return Sampled(file=str(target), kind=str(kind), rows=rows.height, of=of)


def _rows(
    folder: Path,
    parts: list[Part],
    bounds: tuple[int | None, int | None],
    rows_max: int,
    keep: float,
    seed: int,
) -> tuple[pl.DataFrame, int]:
    kind = parts[0].kind
    found: list[pl.DataFrame] = []
    seen = count = 0
    for frame in merged_frames(folder, parts, bounds):
        chosen = frame.filter(_is_kept(seen, seed, keep)) if keep < 1 else frame
        seen += frame.height
        if rows_max:
            chosen = chosen.head(rows_max - count)
        count += chosen.height
        found.append(chosen)
        if rows_max and count >= rows_max:
            break
    keys = TABLES[kind].keys
    return pl.concat(found).select(*keys, *TABLES[kind].names), seen


def _is_kept(first: int, seed: int, keep: float) -> pl.Expr:
    """Whether a row stays: by its place in the span and the seed, whatever the pieces it is read
    in.
    """
    number = pl.int_range(first, first + pl.len(), dtype=pl.UInt64) + (seed * _MIX[2]) % _FULL
    mixed = (number ^ (number // 2**30)) * pl.lit(_MIX[0], pl.UInt64)
    mixed = (mixed ^ (mixed // 2**27)) * pl.lit(_MIX[1], pl.UInt64)
    return (mixed ^ (mixed // 2**31)) < pl.lit(min(_FULL - 1, int(keep * _FULL)), pl.UInt64)


def _write(rows: pl.DataFrame, target: Path) -> None:
    if target.is_dir():
        raise DataError(f"{target}: is a folder; name a .csv or .parquet file")
    aside = target.with_name(f".{target.name}.part")
    try:
        if target.suffix == ".csv":
            rows.write_csv(aside)
        elif target.suffix == ".parquet":
            rows.write_parquet(aside)
        else:
            raise DataError(f"{target}: name it .csv or .parquet")
        aside.replace(target)
    except OSError as problem:
        raise DataError(f"{target}: cannot be written: {problem.strerror or problem}") from None
    finally:
        aside.unlink(missing_ok=True)
