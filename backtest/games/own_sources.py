"""The records that a game learns from, each with what proves it: where in the journal's hash chain
it ends. Whoever has the journal can read the same records again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from backtest.records.columns import Tables
from backtest.records.journal import record_segments
from backtest.records.parts import read_tables
from backtest.records.recorder import RecordSettings
from connectors.evidence.records import journal_folder, segments_of_day, views_of
from connectors.journal.file import read_segment, segment_paths
from robot.errors import JournalCorrupt, RobotError
from robot.journal import Header, Record, RecordKind

HORIZON_S = 60
"""After a deal its client is judged by where the middle is then."""
RUN = "run"
"""What a record is called that is no journal's: nothing proves it."""
_SETTINGS = RecordSettings(horizons_s=(HORIZON_S,), entries=False, limits=False)
_TABLES = ("requests", "quotes", "deals", "markouts", "asks", "about")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One record of days; as `strategies.games.desk.learned.HeardFrom` tells it."""

    first: str
    last: str = ""
    record: int = 0
    chain: str = ""
    seed: int = 0

    def __str__(self) -> str:
        if not self.last:
            return "a backtest's run"
        name = self.first if self.last == self.first else f"{self.first} to {self.last}"
        return f"{name} as far as record {self.record}"


def read_source(place: Path, day: str = "") -> tuple[Source, Tables]:
    """A run's folder, or a journal: of all its days, or of one."""
    if not place.exists():
        raise RobotError(f"{place}: no such folder; name the folder of a run, or a journal's")
    records = place / "records"
    if records.is_dir():
        tables = read_tables(records, _TABLES)
        return Source(first=RUN, seed=_seed(tables)), tables
    journal = journal_folder(place)
    return _of_journal(journal, segments_of_day(journal, day))


def find_source(places: Sequence[Path], wanted: Source) -> tuple[Source, Tables] | str:
    """The same record of a journal again, out of one of these places; text = why there is none."""
    why = f"{wanted}: in none of the places given (--from)"
    for place in places:
        paths = _journal_paths(place, wanted)
        if paths:
            found = _of_journal(paths[0].parent, paths, wanted.record)
            if found[0].chain == wanted.chain:
                return found
            why = _another(found[0], wanted)
    return why


def _another(found: Source, wanted: Source) -> str:
    told = f"its hash is {found.chain[:16]}, learned from was {wanted.chain[:16]}"
    return f"{wanted} is another journal, or was changed: {told}"


def _journal_paths(place: Path, wanted: Source) -> list[Path]:
    try:
        journal = journal_folder(place)
    except RobotError:
        return []
    paths = [one for one in segment_paths(journal) if wanted.first <= one.stem <= wanted.last]
    whole = bool(paths) and (paths[0].stem, paths[-1].stem) == (wanted.first, wanted.last)
    return paths if whole else []


def _of_journal(journal: Path, paths: list[Path], record: int = 0) -> tuple[Source, Tables]:
    """The records, each verified against the chain as it is read; whole turns only."""
    last, chain = _verified(journal, paths, record)
    recorder, names = record_segments(journal, paths, _SETTINGS, through=last)
    tables = recorder.tables()
    source = Source(
        first=names[0], last=names[-1], record=last, chain=chain.hex(), seed=_seed(tables)
    )
    return source, tables


def _verified(journal: Path, paths: list[Path], record: int) -> tuple[int, bytes]:
    """The last record of effects that is on the disk (no later than `record`, 0 = any), and its
    hash; JournalCorrupt where the chain is broken before it.
    """
    ends = {view.name: view.last_sequence for view in views_of(journal, paths)}
    chain: bytes | None = None
    found = (0, b"")
    for path in paths:
        is_last = path is paths[-1]
        until = min(record, ends[path.stem]) if is_last and record else ends[path.stem]
        for one in read_segment(path, _before(path, chain)):
            if not isinstance(one, Record) or one.sequence > until:
                break
            chain = one.chain
            if is_last and one.kind is RecordKind.EFFECTS:
                found = one.sequence, one.chain
    if not found[0]:
        raise RobotError(f"{journal}: nothing happened in {paths[-1].stem}")
    return found


def _before(path: Path, chain: bytes | None) -> bytes:
    """What a segment's first record continues: as its header says, and as the one before ended."""
    first = next(read_segment(path), None)
    if not isinstance(first, Record) or first.kind is not RecordKind.HEADER:
        raise JournalCorrupt(f"{path.name}: it does not begin with a header")
    said = bytes.fromhex(msgspec.json.decode(first.payload, type=Header).previous_chain)
    if chain is not None and said != chain:
        raise JournalCorrupt(f"{path.name}: it does not continue the segment before it")
    return said


def _seed(tables: Tables) -> int:
    about = dict(zip(tables["about"]["key"], tables["about"]["value"], strict=True))
    return int(str(about.get("seed") or 0))
