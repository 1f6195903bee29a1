"""What a pip and a tick of a pair are worth, from the conventions that ship or a desk's own."""

from __future__ import annotations

import functools
from pathlib import Path

import msgspec

from robot.catalogue import ConventionsFile
from robot.package import configuration_folder
from robot.rules.types import SCALE, Kind
from robot.yamlfile import load_file


class Steps(msgspec.Struct, frozen=True):
    """In units of the scale of prices."""

    pip: int
    tick: int


@functools.cache
def steps_of(folder: Path | None = None) -> dict[str, Steps]:
    """Pip and tick of every pair."""
    file = load_file((folder or configuration_folder()) / "conventions.yaml", ConventionsFile)
    assert isinstance(file, ConventionsFile), "conventions.yaml is loaded as one"
    scale = SCALE[Kind.PRICE]
    return {
        row.pair: Steps(int(row.pip * scale), int(row.tick * scale)) for row in file.conventions
    }
