"""Where the files that ship with the robot are, installed or in a checkout."""

from __future__ import annotations

from pathlib import Path

from robot.errors import ConfigurationError


def configuration_folder() -> Path:
    """The shipped configuration: `robot/_config` in a wheel, `config` in a checkout."""
    here = Path(__file__).resolve().parent
    for folder in (here / "_config", here.parent / "config"):
        if (folder / "desk.yaml").is_file():
            return folder
    raise ConfigurationError(f"the shipped configuration is missing beside {here}; install again")


def fix_dictionary(name: str = "FIX44.xml") -> Path:
    """One of the FIX dictionaries that ship (see docs/connectors.md)."""
    return configuration_folder() / "fix" / name
