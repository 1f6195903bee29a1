"""Where a desk's data store is, and what its conventions know."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from backtest.data.wishes import Known
from robot.catalogue import CalendarSettings, Catalogue, ConventionsFile
from robot.kill_file import run_folder_of
from robot.package import configuration_folder
from robot.yamlfile import load_file

NAME = "data"


def store_folder(data: Path | None, config: Path | None) -> Path:
    """The folder that was told, else `data` in the desk's data folder, else `data` here."""
    if data is not None:
        return data
    return Path(NAME) if config is None else run_folder_of(config.resolve()).parent / NAME


@cache
def known_of(config: Path | None) -> Known:
    """What can be dealt by the conventions of a desk's folder; by the shipped ones without it."""
    folder = config.resolve() if config is not None else configuration_folder()
    file = load_file(folder / "conventions.yaml", ConventionsFile)
    assert isinstance(file, ConventionsFile)
    return Known(Catalogue.of(folder, file, CalendarSettings()))
