"""`fxrobot backtest run` and `resume`."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robot.errors import ConfigurationError

if TYPE_CHECKING:
    from backtest.run.result import Result
    from backtest.run.runner import Told
    from backtest.stopping import Stopping

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
app = typer.Typer()

ConfigArgument = Annotated[Path, typer.Argument(metavar="CONFIG", help="A *.backtest.yaml file.")]
FolderArgument = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Another value than the file's: seed=2, flow.hit_ratio=0.3, "
        "desk.strategy.parameters.lean_max=2. Repeatable.",
    ),
]
NameOption = Annotated[str, typer.Option("--name", help="Of the run's folder; else the file's.")]
JsonOption = Annotated[bool, typer.Option("--json", help="The result as one JSON object.")]


@app.command("run")
def run_backtest(
    config: ConfigArgument,
    changes: SetOption = None,
    name: NameOption = "",
    as_json: JsonOption = False,
) -> None:
    """Drive the live core over recorded or imported prices, in their own time."""
    from backtest.run.config import load_config, overridden
    from backtest.run.runner import run

    loaded = load_config(config)
    if name and not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"--name {name}: letters, digits, dot, underscore and hyphen, at most 40; runs: in the "
            "file, or --set runs=FOLDER, says where"
        )
    overrides = dict(_pair(text) for text in changes or ())
    chosen = overridden(loaded, overrides)
    folder = chosen.runs / (name or chosen.name)
    with _interruptible(folder) as stopping, _progress() as told:
        result = run(loaded, overrides, told, folder=folder, stopping=stopping)
    _show(result, as_json)


@app.command("resume")
def resume_backtest(run: FolderArgument, as_json: JsonOption = False) -> None:
    """Go on with a run that was stopped or killed; the result is that of one that never was."""
    from backtest.run.runner import resume

    with _interruptible(run) as stopping, _progress() as told:
        result = resume(run.resolve(), told, stopping=stopping)
    _show(result, as_json)


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise ConfigurationError(f"--set {text}: write KEY=VALUE")
    return key, value


@contextmanager
def _interruptible(folder: Path) -> Iterator[Stopping]:
    """Ctrl-C ends the run at a checkpoint of its own; the second one leaves the last before it."""
    from backtest.run.driver import Stopped
    from backtest.stopping import INTERRUPTED, on_interrupt

    try:
        with on_interrupt("stopping at a checkpoint") as stopping:
            yield stopping
    except (Stopped, KeyboardInterrupt) as how:
        where = "where it was" if isinstance(how, Stopped) else "at its last checkpoint"
        sys.stderr.write(f"\nstopped: kept {where}; go on with: fxrobot backtest resume {folder}\n")
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def _progress() -> Iterator[Told | None]:
    """A bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    words = TextColumn("{task.fields[words]}")
    bar = Progress(BarColumn(), words, TimeRemainingColumn(), console=Console(stderr=True))
    with bar:
        task = bar.add_task("", total=1.0, words="")
        yield _telling(lambda share, text: bar.update(task, completed=share, words=text))


def _telling(show: Callable[[float, str], None]) -> Told:
    from robot.clock import format_time

    def told(progress: object) -> None:
        from backtest.run.runner import Progress

        assert isinstance(progress, Progress), "a run tells its progress"
        moment = format_time(progress.at_ns)[:19]
        show(progress.share, f"{moment}  {progress.quotes:,} prices  {progress.deals:,} deals")

    return told


def _show(result: Result, as_json: bool) -> None:
    import msgspec

    if as_json:
        typer.echo(msgspec.json.encode(result))
        return
    typer.echo(f"{result.name}: {result.folder}")
    for name, figure in result.figures.items():
        typer.echo(f"  {name:<24} {figure}")
    typer.echo("assumed:")
    for line in result.assumptions:
        typer.echo(f"  - {line}")
