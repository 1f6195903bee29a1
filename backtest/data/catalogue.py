"""What a data store holds: its imports, each with its quality report, and its files.

`catalogue.json` is the truth: a file that it does not name is not part of the store. It is replaced
as a whole, so that a reader sees the store before a change or after it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import msgspec

from backtest.data.columns import Kind, Series
from robot.errors import RobotError

FILE = "catalogue.json"
INCOMING = ".incoming"
"""Where an import is kept until it is whole."""
_RESTORE = (
    "restore it from a backup, or import the files anew into another folder (--data); the Parquet "
    "files are left as they are"
)
FORMAT = 1


class DataError(RobotError):
    """Data cannot be imported or read; the text says which file, where in it, and what to do."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the store: some rows of one series within one partition, in order."""

    path: str
    """Relative to the store."""
    kind: Kind
    venue: str
    name: str = ""
    period: str = ""
    rows: int
    first_ns: int
    last_ns: int
    size: int
    """Bytes."""
    sha256: str
    batch: str
    """The import it came with."""

    @property
    def series(self) -> Series:
        """Whose rows they are."""
        return Series(self.kind, self.venue, self.name, self.period)


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """One file, or journal, that was imported."""

    batch: str
    """Its name in the store."""
    kind: str
    """A `Kind`, or `journal`."""
    file: str
    sha256: str
    """Of the file's bytes as they were given."""
    size: int
    imported_at_ns: int
    zone: str = ""
    """What its times were read as; empty = they said it themselves."""
    columns: dict[str, str] = {}
    """Our column -> the file's."""
    options: dict[str, str] = {}
    """What was said on how to read it: the same file read in another way is another import."""
    source: str = ""
    licence: str = ""
    rows: int
    first_ns: int
    last_ns: int
    notes: tuple[str, ...] = ()
    faults: tuple[int, ...] = ()
    """Of a journal: numbers of events that the core failed on, which were never stepped."""
    quality: dict[str, msgspec.Raw] = {}
    """By series, as `backtest.data.quality.Report`."""


class Catalogue(msgspec.Struct, kw_only=True):
    """The whole of `catalogue.json`."""

    format: int = FORMAT
    imports: list[Import] = []
    parts: list[Part] = []

    def parts_of(
        self,
        *,
        kinds: Iterable[Kind] | None = None,
        venues: Iterable[str] | None = None,
        names: Iterable[str] | None = None,
        first_ns: int | None = None,
        end_ns: int | None = None,
    ) -> list[Part]:
        """Files with rows that are wanted, in the order of series and time; None = all. `names`
        leaves out only what has one.
        """
        wanted = [None if some is None else frozenset(some) for some in (kinds, venues, names)]
        found = [
            part
            for part in self.parts
            if (wanted[0] is None or part.kind in wanted[0])
            and (wanted[1] is None or part.venue in wanted[1])
            and (wanted[2] is None or not part.name or part.name in wanted[2])
            and (first_ns is None or part.last_ns >= first_ns)
            and (end_ns is None or part.first_ns < end_ns)
        ]
        return sorted(found, key=lambda part: (order_of(part.series), part.first_ns))


def order_of(series: Series) -> tuple[int, str, str, str]:
    """The order among rows of the same time and number: by table, venue and name."""
    return (_RANKS[series.kind], series.venue, series.name, series.period)


_RANKS = {kind: rank for rank, kind in enumerate(Kind)}


def load_catalogue(folder: Path) -> Catalogue:
    """The store's catalogue; empty where there is no store yet."""
    try:
        text = (folder / FILE).read_bytes()
    except FileNotFoundError:
        _refuse_orphans(folder)
        return Catalogue()
    except OSError as problem:
        raise DataError(f"{folder / FILE}: cannot be read: {problem.strerror}") from problem
    try:
        catalogue = msgspec.json.decode(text, type=Catalogue)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        told = f"is no catalogue of data: {problem}"
        raise DataError(f"{folder / FILE}: {told}; {_RESTORE}") from None
    if any(not _is_inside(part.path) for part in catalogue.parts):
        raise DataError(f"{folder / FILE}: names files outside of the store; {_RESTORE}")
    if catalogue.format != FORMAT:
        raise DataError(
            f"{folder / FILE}: format {catalogue.format}, this version reads {FORMAT}: "
            "import the data anew"
        )
    return catalogue


def load_existing(folder: Path) -> Catalogue:
    """The catalogue of a store that somebody wants to read; DataError where there is none."""
    catalogue = load_catalogue(folder)
    if not catalogue.parts:
        what = "is empty" if folder.is_dir() else "is not there"
        raise DataError(
            f"{folder}: this data store {what}: fxrobot data import brings data in, --data names "
            "another store"
        )
    return catalogue


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path)
    return not parts.is_absolute() and ".." not in parts.parts


def _refuse_orphans(folder: Path) -> None:
    """A store that lost its catalogue is not an empty one; one whose first import died is."""
    if (folder / INCOMING).exists():
        return
    if any(next((folder / kind).rglob("*.parquet"), None) for kind in Kind):
        raise DataError(f"{folder / FILE}: is gone, while files of the store are there; {_RESTORE}")


def save_catalogue(folder: Path, catalogue: Catalogue) -> None:
    """Replace the catalogue; on the disk when this returns."""
    text = msgspec.json.encode(catalogue)
    aside = folder / INCOMING / FILE
    with aside.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(folder / FILE)
    sync(folder)


def sync(path: Path) -> None:
    """Have a file, or a folder's names, on the disk."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def data_hash(parts: Iterable[Part]) -> str:
    """A digest of what is in these files: the same data, the same digest."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{part.series} {part.first_ns} {part.sha256}\n".encode())
    return digest.hexdigest()
