"""Who types a command: by a token in a file, or by name and password (asked for, or from stdin)."""

from __future__ import annotations

import getpass
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from connectors.assembly import make_access
from robot.access import Access, AccessRefused, Denied
from robot.approvals import Who
from robot.clock import nanoseconds
from robot.errors import ConfigurationError
from robot.settings import Settings, load_settings

ConfigOption = Annotated[Path, typer.Option("--config", help="Folder with desk.yaml and the rest.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
AsOption = Annotated[str, typer.Option("--as", help="Who you are; the password is asked for.")]
TokenOption = Annotated[
    Path | None, typer.Option("--token-file", help="Instead of --as: a file with an API token.")
]
ReasonOption = Annotated[str, typer.Option(help="Why; it is recorded.")]


def desk_of(config: Path) -> Settings:
    """The desk's settings."""
    return load_settings(config.resolve())


@contextmanager
def access_of(settings: Settings) -> Iterator[Access]:
    """The desk's users."""
    access = make_access(settings)
    try:
        yield access
    finally:
        access.store.close()


def logged_on(access: Access, name: str, token_file: Path | None) -> Who:
    """Who it is, or AccessRefused."""
    if token_file is not None:
        found = access.by_token(read_secret(token_file))
    elif name:
        found = access.by_password(name, ask_password(f"password of {name}: "))
    else:
        raise AccessRefused("say who you are: --as NAME, or --token-file FILE")
    if isinstance(found, Denied):
        raise AccessRefused(f"{found.code}: not let in; the attempt is recorded")
    return found


def ask_password(prompt: str) -> str:
    """From the terminal without showing it, else the next line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(prompt)
    return sys.stdin.readline().rstrip("\r\n")


def read_secret(path: Path) -> str:
    """The text of a file that only its owner may read."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise AccessRefused(f"{path}: others may read it; chmod 600 {path}")
            return file.read(4096).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise AccessRefused(f"{path}: no token can be read from it: {problem}") from problem


def moment_ns(text: str) -> int:
    """A moment as people write it: `2026-11-30T22:00:00Z`."""
    try:
        return nanoseconds(datetime.fromisoformat(text))
    except ValueError as problem:
        raise ConfigurationError(
            f"{text!r} is no moment: write it as 2026-11-30T22:00:00Z"
        ) from problem


def write_secret(path: Path, text: str) -> None:
    """A new file for its owner only."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as problem:
        raise AccessRefused(f"{path}: cannot be made: {problem.strerror}") from problem
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(text + "\n")


def shown(text: str) -> str:
    """A line in which nothing that somebody else wrote acts on the screen."""
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)
