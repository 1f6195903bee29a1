"""Logs and heads as they lie in a data folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from connectors.journal.file import SUFFIX, read_synced
from robot.errors import RobotError
from robot.examination import places
from robot.frames import Segment
from robot.heads import LOGS, Place
from robot.verdict import HeadLines, LogFiles

HEADS_FILE = "heads.jsonl"
KEYS = "keys"
HEAD_BYTES_MAX = 64 * 1024 * 1024
"""Some 80,000 heads: more than three years of one every twenty minutes."""


def data_folder(path: Path) -> Path:
    """The data folder that is meant by it, by its journal, or by the desk's folder."""
    for folder in (path, path / "data", path.parent):
        if any((folder / name).exists() for name in LOGS.values()):
            return folder
    if path.is_dir() and any(path.glob(f"*{SUFFIX}")):
        return path
    raise RobotError(f"{path}: no log there ({', '.join(LOGS.values())} of a data folder)")


def log_files(folder: Path) -> list[LogFiles]:
    """All logs of a data folder. A folder with nothing but segments is a journal (a copy)."""
    found = []
    for name, place in LOGS.items():
        path = folder / place
        if path.exists():
            found.append(log_at(name, path))
    if not found:
        found.append(log_at("journal", folder))
    return found


def log_at(name: str, path: Path) -> LogFiles:
    """One log: a folder of segments, or one file."""
    if path.is_file():
        return LogFiles(name=name, segments=(segment_at(path),))
    # In this order: a writer may be at work, and what it synced is then surely in the segments.
    synced = read_synced(path)
    segments = tuple(segment_at(each) for each in sorted(path.glob(f"*{SUFFIX}")))
    if synced is None:
        return LogFiles(name=name, segments=segments)
    return LogFiles(name=name, segments=segments, synced=(synced.segment, synced.offset))


def segment_at(path: Path) -> Segment:
    """A file as a segment; it is opened for each piece, so that many cost no handles."""

    def read(offset: int, count: int) -> bytes:
        with path.open("rb") as file:
            return os.pread(file.fileno(), count, offset)

    return Segment(path.stem, path.stat().st_size, read)


def heads_at(path: Path) -> HeadLines | None:
    """The lines of a file of heads, or None where there is none."""
    try:
        with path.open("rb") as file:
            data = file.read(HEAD_BYTES_MAX + 1)
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise RobotError(f"{path}: cannot be read: {problem.strerror}") from problem
    if len(data) > HEAD_BYTES_MAX:
        raise RobotError(
            f"{path}: larger than {HEAD_BYTES_MAX} bytes; it cannot be a file of heads"
        )
    *lines, rest = data.split(b"\n")
    return HeadLines(name=str(path), lines=tuple(lines), torn=bool(rest))


def heads_path(folder: Path) -> Path:
    """Where the heads of a data folder are."""
    inside = folder / "audit" / HEADS_FILE
    beside = folder / HEADS_FILE
    return beside if beside.exists() and not inside.exists() else inside


def public_keys(folder: Path) -> list[tuple[str, bytes]]:
    """The public keys that lie beside the heads: (where, PEM)."""
    keys = heads_path(folder).parent / KEYS
    return [(str(path), path.read_bytes()) for path in sorted(keys.glob("*.pub"))]


def place_in(
    segments: Iterable[Segment], segment: str, sequence: int, after: Place | None = None
) -> Place | None:
    """The place of one record, or None where it is not; looked for after a place before it."""
    known = after if after is not None and after.segment == segment else None
    if known is not None and known.sequence == sequence:
        return known
    if known is not None and known.sequence > sequence:
        known = None
    for one in segments:
        if one.name == segment:
            return next((at for at in places(one, known) if at.sequence == sequence), None)
    return None
