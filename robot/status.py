"""Small files by which the processes see each other: heartbeats and positions, written
atomically.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from robot.clock import format_time


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """One process's sign of life. `at_ns` is the machine's time of writing."""

    name: str
    at_ns: int
    pid: int
    healthy: bool = True
    problem: str = ""
    segment: str = ""
    sequence: int = 0
    behind_bytes: int = 0
    figures: dict[str, float | int | str] = {}


def audit_status(beat: Beat | None) -> dict[str, object]:
    """What the auditor's sign of life says of the signed heads, for people."""
    if beat is None or "head" not in beat.figures:
        return {"problem": "the auditor gives no sign of life"}
    figures = beat.figures
    signed_ns, problem = int(figures["signed_at_ns"]), str(figures["head_problem"])
    if not problem and not figures["key"]:
        problem = "heads are not signed: no audit key is configured"
    return {
        "last_head": figures["head"],
        "up_to_record": figures["head_sequence"],
        "hash": figures["head_hash"],
        "last_signed_head": figures["signed_head"],
        "last_signed_at": format_time(signed_ns) if signed_ns else "never",
        "key": figures["key"],
        "problem": problem,
    }


def beat_path(folder: Path, name: str) -> Path:
    """Where a process writes its sign of life."""
    return folder / f"{name}.json"


def write_beat(folder: Path, beat: Beat) -> None:
    """Replace the file; a reader sees the old or the new one, whole."""
    folder.mkdir(parents=True, exist_ok=True)
    path = beat_path(folder, beat.name)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_bytes(msgspec.json.encode(beat))
    os.replace(temporary, path)


def read_beat(folder: Path, name: str) -> Beat | None:
    """The last sign of life, or None when there is none that can be read."""
    try:
        return msgspec.json.decode(beat_path(folder, name).read_bytes(), type=Beat)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
