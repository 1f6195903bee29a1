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
    from backtest.studies.study import begin

    _go_on(begin(file), workers, cluster, as_json)


@app.command()
def resume(
    folder: FolderArgument,
    workers: WorkersOption = 1,
    cluster: ClusterOption = "",
    as_json: JsonOption = False,
) -> None:
    """Go on with a study that was interrupted; the result is as if it had not been."""
    _go_on(folder, workers, cluster, as_json)


@app.command()
def show(folder: FolderArgument, as_json: JsonOption = False) -> None:
    """What a study that has ended says."""
    from backtest.studies.result import read_result

    _tell(read_result(folder), as_json)


def _go_on(folder: Path, workers: int, cluster: str, as_json: bool) -> None:
    from backtest.studies.study import go_on, trials_of
    from backtest.studies.workers import workers_of

    with workers_of(workers, cluster) as evaluating, _progress(trials_of(folder)) as told:
        _tell(go_on(folder, evaluating, told), as_json)


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
