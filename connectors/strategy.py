"""The command `fxrobot strategy`: a new one from a template, a check of a file.

Proposing and approving the strategy is `connectors.access.proposals`', the stages of its release
are `connectors.access.releases`'; their commands are here under the same name.
"""

from __future__ import annotations

import keyword
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from connectors.access.login import JsonOption
from connectors.access.proposals import strategy_app
from connectors.access.releases import app as release_app
from connectors.host import templates
from connectors.host.checking import Checked, check_file
from robot.errors import ConfigurationError

app = typer.Typer(
    help="Strategies: releases stage by stage, Python strategies.", no_args_is_help=True
)
app.registered_commands += strategy_app.registered_commands
app.registered_commands += release_app.registered_commands
TEMPLATES = ("basic", "inventory")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Of the file and, in capitals, of the class.")],
    template: Annotated[str, typer.Option(help="basic or inventory.")] = "basic",
    folder: Annotated[Path, typer.Option(help="Where to write it.")] = Path(),
) -> None:
    """Write a strategy that runs as it is, with its test, to go on from."""
    if template not in TEMPLATES:
        raise ConfigurationError(f"no template {template!r}; there are: {', '.join(TEMPLATES)}")
    if not (name.isascii() and name.isidentifier()) or keyword.iskeyword(name):
        raise ConfigurationError(f"{name!r}: letters, digits and _ make the name of a file")
    files = {f"{name}.py": f"{template}.py", f"test_{name}.py": f"test_{template}.py"}
    taken = [str(folder / target) for target in files if (folder / target).exists()]
    if taken:
        raise ConfigurationError(f"{', '.join(taken)}: there already; nothing was written")
    folder.mkdir(parents=True, exist_ok=True)
    for target, source in files.items():
        text = (Path(templates.__path__[0]) / source).read_text(encoding="utf-8")
        text = text.replace(template.capitalize(), _class_name(name))
        text = text.replace(f"{template}.py", f"{name}.py")
        (folder / target).write_text(text, encoding="utf-8")
    typer.echo(f"{folder / name}.py and its test are written; next:")
    typer.echo(f"  python -m pytest {folder / f'test_{name}'}.py")
    typer.echo(f"  fxrobot strategy check {folder / name}.py")
    typer.echo("and in desk.yaml, the file relative to its folder:")
    typer.echo(f'  strategy: {{name: {name}, version: "1", file: {name}.py}}')


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The strategy's Python file.")],
    parameters: Annotated[
        str, typer.Option(help='As desk.yaml has them, as JSON: \'{"margin": "0.5"}\'.')
    ] = "{}",
    as_json: JsonOption = False,
) -> None:
    """Run it on sample facts and tell what is wrong. Exit code 1: it could not be dealt with."""
    try:
        given = msgspec.json.decode(parameters, type=dict[str, object])
    except msgspec.DecodeError as problem:
        raise ConfigurationError(f"--parameters {parameters!r}: {problem}") from problem
    found = check_file(file, given)
    if as_json:
        typer.echo(msgspec.json.encode({"ok": found.ok, **msgspec.to_builtins(found)}))
    else:
        for line in told(found):
            typer.echo(line)
    raise typer.Exit(0 if found.ok else 1)


def told(found: Checked) -> list[str]:
    """What a check found, as text."""
    wants = ", ".join(found.wants) or "nothing"
    lines = [f"{found.file}: {found.name or 'not loaded'}, is told: {wants}"]
    lines += [f"  {row.sample:24} {row.answer}  ({row.took_us} us)" for row in found.tried]
    lines += [f"warning: {text}" for text in found.warnings]
    lines += [f"problem: {text}" for text in found.problems]
    return [*lines, "ready to be dealt with" if found.ok else "not ready"]


def _class_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_") if part) or "Strategy"
