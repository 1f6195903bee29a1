"""Runs the Alembic migrations that lie beside this file, on a connection that is open already."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_FOLDER = Path(__file__).parent / "migrations"


def run(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to the newest revision, inside the caller's transaction."""
    configuration = _configuration()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, revision)


def known_revisions() -> tuple[str, ...]:
    """All revisions this program can start from, newest first."""
    scripts = ScriptDirectory.from_config(_configuration())
    return tuple(script.revision for script in scripts.walk_revisions())


def _configuration() -> Config:
    configuration = Config()
    # Alembic reads `%` in its settings as a reference; a folder may have one in its name.
    configuration.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    return configuration
