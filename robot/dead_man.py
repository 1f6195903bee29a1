"""The dead man's switch: dealing stops when the trader stood still, or when nobody looks after it.

A trader that stands still cannot stop itself: the supervisor ends it and leaves a note, and the one
that starts next begins with the kill switch pulled.
"""

from __future__ import annotations

import os
from pathlib import Path

from robot.clock import NANOS_PER_SECOND
from robot.messages.events import KillSwitchPulled

ACTOR = "dead man"
_NOTE_BYTES_MAX = 1_000


def note_path(run_folder: Path) -> Path:
    """Where the supervisor leaves its note."""
    return run_folder / "dead_man"


def leave_note(run_folder: Path, text: str) -> None:
    """Say that a trader stood still; on the disk before it is ended."""
    path = note_path(run_folder)
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def noted(run_folder: Path) -> list[KillSwitchPulled]:
    """The stop with which a start begins after such a note; none where there is none."""
    path = note_path(run_folder)
    if not os.path.lexists(path):
        return []
    try:
        with path.open("rb") as file:
            text = file.read(_NOTE_BYTES_MAX).decode(errors="replace").strip()
    except OSError as problem:
        text = f"its note cannot be read: {problem}"
    return [KillSwitchPulled(actor=ACTOR, reason=text or "the trader stood still")]


def forget_note(run_folder: Path) -> None:
    """Once the stop is journaled."""
    note_path(run_folder).unlink(missing_ok=True)


class Presence:
    """When a person was last heard of; `patience_s` 0 = nobody has to be."""

    def __init__(self, patience_s: float, now_ns: int) -> None:
        self._patience_ns = int(patience_s * NANOS_PER_SECOND)
        self._heard_ns = now_ns
        self._told = False

    def heard(self, now_ns: int) -> None:
        """Somebody did something under a name."""
        self._heard_ns, self._told = now_ns, False

    def left_s(self, now_ns: int) -> float | None:
        """How long until dealing stops; None = it does not."""
        if not self._patience_ns:
            return None
        return (self._heard_ns + self._patience_ns - now_ns) / NANOS_PER_SECOND

    def look(self, now_ns: int) -> KillSwitchPulled | None:
        """The stop that is due because nobody was heard of, once for each absence."""
        left_s = self.left_s(now_ns)
        if left_s is None or left_s > 0 or self._told:
            return None
        self._told = True
        patience_s = self._patience_ns // NANOS_PER_SECOND
        return KillSwitchPulled(actor=ACTOR, reason=f"nobody was present for {patience_s} s")
