"""The signal file: one named KILL in the run folder pulls the kill switch when nothing else works.

Each line is a part, `venue ALPHA` or `venue:ALPHA`; an empty file is everything, and so is one that
cannot be read or has a line that says no part. Removing it releases nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from robot.errors import ConfigurationError, RobotError
from robot.messages.stops import StopScope, read_part, stop_name

if TYPE_CHECKING:
    from robot.messages.events import KillSwitchPulled

ACTOR = "signal file"
BYTES_MAX = 65_536
SETTLE_S = 0.01
"""A shell that writes a line makes the file empty first: what is empty is read once more."""

Part = tuple[StopScope, str]
EVERYTHING: Part = (StopScope.ALL, "")


def kill_path(run_folder: Path) -> Path:
    """Where the signal file is looked for."""
    return run_folder / "KILL"


def run_folder_of(configuration: Path) -> Path:
    """The run folder of a robot, from the one key of its desk.yaml that says where it is: a mistake
    anywhere else must not keep anybody from stopping it, and no time is lost on reading the rest.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    path = configuration / "desk.yaml"
    try:
        desk = YAML(typ="safe", pure=True).load(path)
        return (configuration / str(desk["data"])).resolve() / "run"
    except (OSError, YAMLError, ValueError, KeyError, TypeError) as problem:
        raise ConfigurationError(
            f"{path} does not say where the data folder is ({problem!r}); nothing was done; "
            "make a file named KILL in the folder run of the data folder"
        ) from problem


class KillFile:
    """Tells of each part once, as long as the file stays."""

    def __init__(self, run_folder: Path, wait: Callable[[float], object] = time.sleep) -> None:
        self._path = kill_path(run_folder)
        self._wait = wait
        self._told: tuple[Part, ...] = ()

    def look(self) -> list[KillSwitchPulled]:
        """What the file stops that it did not stop at the last look."""
        from robot.messages.events import KillSwitchPulled

        parts = self._parts() if os.path.lexists(self._path) else ()
        new = [part for part in parts if part not in self._told]
        self._told = parts
        return [
            KillSwitchPulled(actor=ACTOR, reason=self._path.name, scope=scope, value=value)
            for scope, value in new
        ]

    def _parts(self) -> tuple[Part, ...]:
        try:
            text = self._read()
            if not text.strip():
                self._wait(SETTLE_S)
                text = self._read()
            lines = [line for line in text.splitlines() if line.strip()]
            return tuple(dict.fromkeys(read_part(line) for line in lines)) or (EVERYTHING,)
        except FileNotFoundError:
            return self._told or (EVERYTHING,)  # it was there, and may have said anything
        except (OSError, ValueError):
            return (EVERYTHING,)

    def _read(self) -> str:
        with self._path.open("rb") as file:
            data = file.read(BYTES_MAX + 1)
        if len(data) > BYTES_MAX:
            raise ValueError("too long to be read")
        return data.decode()


def pull_by_file(run_folder: Path, part: Part) -> Path:
    """Write the signal file; what it stops already stays stopped. Where it cannot be written, an
    empty one is tried, which stops everything. RobotError where that fails, too.
    """
    path = kill_path(run_folder)
    line = "all" if part == EVERYTHING else f"{part[0]} {part[1]}"
    try:
        run_folder.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8") if path.exists() else None
        if before is not None and not before.strip():
            return path  # everything is stopped by it already
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(f"{before or ''}\n{line}\n".lstrip(), encoding="utf-8")
        os.replace(temporary, path)
    except (OSError, ValueError):
        try:
            path.write_bytes(b"")
        except OSError as problem:
            raise RobotError(
                f"{stop_name(*part)}: the signal file {path} cannot be written either ({problem}); "
                "end the processes in run/processes by their pids"
            ) from problem
    return path
