"""What a store holds, by series and by import."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from backtest.data.asked import parts_asked
from backtest.data.catalogue import load_existing, order_of
from backtest.data.columns import Kind
from robot.clock import format_time


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One series."""

    kind: str
    venue: str
    name: str
    period: str
    rows: int
    first: str
    last: str
    files: int
    bytes: int


class ImportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One import."""

    batch: str
    kind: str
    file: str
    sha256: str
    imported: str
    rows: int
    zone: str
    source: str
    licence: str
    notes: tuple[str, ...]


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """The store."""

    folder: str
    series: tuple[Row, ...]
    imports: tuple[ImportRow, ...]


def listing(
    folder: Path,
    *,
    kinds: Iterable[Kind] | None = None,
    venues: Iterable[str] | None = None,
    names: Iterable[str] | None = None,
) -> Listing:
    """What there is of the kinds, venues and pairs that are asked for (None = all)."""
    catalogue = load_existing(folder)
    parts = parts_asked(folder, catalogue, kinds=kinds, venues=venues, names=names)
    rows = []
    for series in sorted({part.series for part in parts}, key=order_of):
        own = [part for part in parts if part.series == series]
        rows.append(
            Row(
                kind=str(series.kind),
                venue=series.venue,
                name=series.name,
                period=series.period,
                rows=sum(part.rows for part in own),
                first=format_time(own[0].first_ns),
                last=format_time(own[-1].last_ns),
                files=len(own),
                bytes=sum(part.size for part in own),
            )
        )
    named = {part.batch for part in parts}
    imports = tuple(
        ImportRow(
            batch=one.batch,
            kind=one.kind,
            file=one.file,
            sha256=one.sha256,
            imported=format_time(one.imported_at_ns),
            rows=one.rows,
            zone=one.zone,
            source=one.source,
            licence=one.licence,
            notes=one.notes,
        )
        for one in catalogue.imports
        if one.batch in named
    )
    return Listing(folder=str(folder), series=tuple(rows), imports=imports)


def lines_of(found: Listing) -> list[str]:
    """For people."""
    lines = [
        f"{row.kind:9} {row.venue:10} {f'{row.name} {row.period}'.strip():14} {row.rows:>12,}  "
        f"{row.first[:19]}  {row.last[:19]}  {row.bytes / 1e6:8.1f} MB"
        for row in found.series
    ]
    head = f"{'kind':9} {'venue':10} {'name':14} {'rows':>12}  {'first':19}  {'last':19}"
    told = [
        f"{one.batch}: {one.rows:,} {one.kind} from {one.file}, {one.imported[:19]}"
        + (f", {one.source}" if one.source else "")
        + (f", {one.licence}" if one.licence else "")
        for one in found.imports
    ]
    return [head, *lines, "", "imports:", *told]
