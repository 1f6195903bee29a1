"""The command `fxrobot explain`: everything there is about one id, from the journal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from connectors.evidence.chain import Chain, explain
from connectors.evidence.chain_page import chain_page, remarks
from connectors.evidence.records import journal_folder
from connectors.evidence.steps import Step
from connectors.evidence.words import day_text, safe
from robot.errors import RobotError
from robot.settings import load_settings

app = typer.Typer(
    add_completion=False,
    context_settings={"allow_interspersed_args": True},
    invoke_without_command=True,
)


@app.callback()
def run(
    wanted: Annotated[
        str, typer.Argument(metavar="ID", help="Of a deal, request, quote, hit, order, ask.")
    ],
    folder: Annotated[
        Path | None, typer.Option("--folder", help="A journal, or a data or desk folder.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="Desk folder: its database and approvals too.")
    ] = None,
    venue: Annotated[str, typer.Option(help="Where the id is of somebody else's making.")] = "",
    day: Annotated[str, typer.Option(help="Only this trade date: 2026-11-22.")] = "",
    html: Annotated[Path | None, typer.Option("--html", help="Write a page to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead.")] = False,
) -> None:
    """Explain a deal, request, quote, hit, order or refusal: what was known, checked and sent."""
    chain = _found(wanted, folder, config, venue, day_text(day))
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    if html is not None:
        html.write_text(chain_page(chain), encoding="utf-8")
    if as_json:
        typer.echo(msgspec.json.encode(chain))
    elif html is not None:
        typer.echo(f"{len(chain.steps)} steps written to {html}")
    else:
        for line in told(chain):
            typer.echo(line)


def _found(wanted: str, folder: Path | None, config: Path | None, venue: str, day: str) -> Chain:
    progress = _progress if sys.stderr.isatty() else None
    if config is not None:
        settings = load_settings(config.resolve())
        return explain(
            journal_folder(folder or settings.journal_folder),
            wanted,
            data=settings.data,
            database_url=settings.database_url,
            venue=venue,
            day=day,
            progress=progress,
        )
    if folder is None:
        raise RobotError("say where the journal is: --config DIR, or --folder DATA")
    journal = journal_folder(folder)
    return explain(journal, wanted, data=journal.parent, venue=venue, day=day, progress=progress)


def told(chain: Chain) -> list[str]:
    """A chain as text."""
    lines = [safe(chain.id), safe(chain.outcome), *map(safe, remarks(chain)), ""]
    for one in chain.tables():
        lines += one.text()
    lines += ["IN FORCE"]
    for step in chain.in_force:
        lines += _step_lines(step)
    lines += ["", "WHAT HAPPENED"]
    for step in chain.steps:
        lines += _step_lines(step)
    return lines


def _step_lines(step: Step) -> list[str]:
    place = f"{step.segment} {step.sequence}" if step.segment else "database"
    head = f"{step.at}  {step.group:<9} {step.title}  [{place}]"
    return [head, *(f"    {line}" for line in step.lines)]


def _progress(text: str) -> None:
    sys.stderr.write(f"\r\x1b[K{text}")
    sys.stderr.flush()
