"""The status file: a small JSON object, rewritten five times a second, always whole."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

_EVERY_NS = 200_000_000


class StatusFile:
    """Writes to a neighbour file and renames it, so that a reader never sees half of one."""

    def __init__(self, path: Path | None, fixed: dict[str, object]) -> None:
        self._path = path
        self._fixed = fixed
        self._written_ns = 0

    def write_if_due(self, wall_ns: int, values: Callable[[], dict[str, object]]) -> None:
        if self._path is not None and wall_ns - self._written_ns >= _EVERY_NS:
            self._written_ns = wall_ns
            self.write(values)

    def write(self, values: Callable[[], dict[str, object]]) -> None:
        """Without a path nothing is written."""
        if self._path is None:
            return
        neighbour = self._path.with_name(self._path.name + ".new")
        neighbour.write_text(json.dumps({**self._fixed, **values()}) + "\n", encoding="utf-8")
        os.replace(neighbour, self._path)
