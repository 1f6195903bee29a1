"""How a decision in the journal was made: the evidence of its id, the decision's part of it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import typer

from connectors.evidence.chain import explain
from connectors.evidence.records import journal_folder
from connectors.rules.shown import Line, show
from robot.errors import RobotError
from robot.settings import load_settings

_DECISIONS = "decision"
"""Group of the steps in which the strategy decided (`connectors.evidence.steps`)."""


def explain_id(wanted: str, config: Path | None, folder: Path | None, *, as_json: bool) -> None:
    """Tells the decisions about one id: which rule, which line, which facts."""
    if config is not None:
        settings = load_settings(config.resolve())
        journal = journal_folder(folder or settings.journal_folder)
        chain = explain(
            journal,
            wanted,
            data=settings.data,
            database_url=settings.database_url,
            venue="",
            day="",
        )
    elif folder is not None:
        journal = journal_folder(folder)
        chain = explain(journal, wanted, data=journal.parent, venue="", day="")
    else:
        raise RobotError(
            f"{wanted}: no such file; of the id of a decision say where the journal is: "
            "--config DIR or --folder DATA"
        )
    steps = [step for step in chain.steps if step.group == _DECISIONS]
    if as_json:
        typer.echo(msgspec.json.encode({"id": chain.id, "outcome": chain.outcome, "steps": steps}))
        return
    lines = [Line(chain.id, "bold"), Line(chain.outcome)]
    for step in steps:
        lines.append(Line(f"{step.at}  {step.title}", "bold"))
        lines += [Line(text, indent=4) for text in step.lines]
    if not steps:
        lines.append(Line("the journal has no decision about it; `fxrobot explain` shows the rest"))
    show(lines)
