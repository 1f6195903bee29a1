"""`fxrobot games`: what a game file says, and what its numbers should be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from robot.errors import ConfigurationError

app = typer.Typer(help="Game strategies (博弈策略).", no_args_is_help=True)

FilesArgument = Annotated[list[Path], typer.Argument(metavar="FILE...", help="*.game.yaml")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


@app.callback()
def games() -> None:
    """Game strategies (博弈策略)."""


@app.command()
def explain(files: FilesArgument, as_json: JsonOption = False) -> None:
    """Read files and tell in plain words what they say, or everything that is wrong with them."""
    from strategies.games.desk.file import read_game
    from strategies.games.desk.read_back import read_back

    told: dict[str, list[str]] = {}
    wrong: dict[str, list[str]] = {}
    for file in files:
        try:
            told[str(file)] = read_back(read_game(_text_of(file), str(file)))
        except ConfigurationError as problem:
            wrong[str(file)] = str(problem).splitlines()
    if as_json:
        typer.echo(msgspec.json.encode({"ok": not wrong, "games": told, "problems": wrong}))
    else:
        typer.echo("\n\n".join("\n".join(lines) for lines in told.values()))
        for lines in wrong.values():
            typer.echo("\n".join(lines), err=True)
    raise typer.Exit(1 if wrong else 0)


def _text_of(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigurationError(f"{file}: cannot be read: {problem}") from None
