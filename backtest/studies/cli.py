"""The command `fxrobot backtest study`: searches that are seeded, resumable and judged."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from backtest.studies.result import StudyResult
    from backtest.studies.study import Told
    from backtest.studies.workers import Workers

app = typer.Typer(
    help="Searches over parameters, with the statistics that keep them honest.",
    no_args_is_help=True,
    add_completion=False,
)

FileArgument = Annotated[Path, typer.Argument(metavar="STUDY.yaml", help="What is searched.")]
FolderArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="Of a study.")]
WorkersOption = Annotated[
    int, typer.Option("--workers", min=1, max=256, help="Processes of this machine that evaluate.")
]
ClusterOption = Annotated[
    str, typer.Option("--cluster", metavar="ADDRESS", help="Of a Dask scheduler: tcp://host:8786.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


@app.command()
def run(
    file: FileArgument,
    workers: WorkersOption = 1,
    cluster: ClusterOption = "",
    as_json: JsonOption = False,
) -> None:
    """Begin a study and search to its end; the result is the same on any number of workers."""
    from backtest.studies.study import begin_planned, planned
    from backtest.studies.workers import workers_of

    plan = planned(file)
    with workers_of(workers, cluster) as evaluating:
        folder = begin_planned(plan, evaluating)
        _tell(_go_on(folder, evaluating, _whose(workers, cluster)), as_json)


@app.command()
def resume(
    folder: FolderArgument,
    workers: WorkersOption = 1,
    cluster: ClusterOption = "",
    as_json: JsonOption = False,
) -> None:
    """Go on with a study that was interrupted; the result is as if it had not been."""
    from backtest.studies.workers import workers_of

    with workers_of(workers, cluster) as evaluating:
        _tell(_go_on(folder, evaluating, _whose(workers, cluster)), as_json)


@app.command()
def show(folder: FolderArgument, as_json: JsonOption = False) -> None:
    """What a study that has ended says."""
    from backtest.studies.result import read_result

    _tell(read_result(folder), as_json)


def _whose(workers: int, cluster: str) -> str:
    """The options again that say who evaluates."""
    if cluster:
        return f" --cluster {cluster}"
    return f" --workers {workers}" if workers > 1 else ""


def _go_on(folder: Path, evaluating: Workers, whose: str) -> StudyResult:
    """To the result, or to Ctrl-C: then what is kept, and how to go on."""
    from backtest.stopping import INTERRUPTED, on_interrupt
    from backtest.studies.search import Stopped
    from backtest.studies.study import go_on, kept_of, trials_of
    from backtest.studies.workers import NoWorkers

    saying = "stopping: the evaluations under way are brought to their end"
    try:
        with on_interrupt(saying) as stopping, _progress(trials_of(folder)) as told:
            return go_on(folder, evaluating, told, stopping)
    except (Stopped, KeyboardInterrupt, NoWorkers) as how:
        kept = kept_of(folder)
        lost = "" if isinstance(how, Stopped) else "; what was under way is done again"
        lines = (
            *([str(how)] if isinstance(how, NoWorkers) else ()),
            f"stopped: {kept.ended} of {kept.trials} trials have ended, of {kept.opened} more "
            f"{kept.parts} parts are evaluated: that is kept{lost}",
            f"go on with: fxrobot backtest study resume {folder}{whose}",
        )
        typer.echo("\n".join(lines), err=True)
        raise typer.Exit(2 if isinstance(how, NoWorkers) else INTERRUPTED) from None


def _tell(result: StudyResult, as_json: bool) -> None:
    import msgspec

    from backtest.studies.shown import lines_of

    typer.echo(msgspec.json.encode(result).decode() if as_json else "\n".join(lines_of(result)))


@contextmanager
def _progress(trials: int) -> Iterator[Told | None]:
    """A bar on a terminal; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("trials", total=trials)
        yield lambda name, tried: bar.update(task, advance=1, description=name)
