"""`rules coverage` and `rules what-if`: a recorded day, from the journal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from connectors.evidence.records import journal_folder
from connectors.evidence.whatif_page import bounded, what_if_page
from connectors.evidence.words import day_text
from connectors.rules import changed, coverage
from connectors.rules.files import read_book, with_values
from connectors.rules.recorded import rulings_of
from connectors.rules.shown import show
from robot.errors import RobotError
from robot.settings import load_settings

app = typer.Typer()
_ON_PAGE = 5_000

BookArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A *.rules file.")]
DayOption = Annotated[str, typer.Option(help="Trade date: 2026-11-22.")]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Folder with desk.yaml: its journal.")
]
FolderOption = Annotated[
    Path | None, typer.Option("--folder", help="Instead of --config: a journal or data folder.")
]
HtmlOption = Annotated[Path | None, typer.Option("--html", help="Write a page to this file.")]
LanguageOption = Annotated[
    str, typer.Option("--language", help="en or zh; without it the file's own.")
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="A parameter: 'base margin = 0.5 pip'.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


@app.command("coverage")
def tell_coverage(
    file: BookArgument,
    day: DayOption,
    config: ConfigOption = None,
    folder: FolderOption = None,
    html: HtmlOption = None,
    language: LanguageOption = "",
    as_json: JsonOption = False,
) -> None:
    """How often each rule decided on a recorded day, and which never did."""
    book_file = read_book(file, language)
    rulings = rulings_of(journal_of(config, folder), day_text(day))
    found = coverage.covered(book_file, rulings, day)
    if html is not None:
        html.write_text(coverage.coverage_page(found), encoding="utf-8")
    if as_json:
        typer.echo(msgspec.json.encode(found))
    elif html is not None:
        typer.echo(f"written to {html}")
    else:
        show(coverage.lines_of(found, book_file.language))


@app.command("what-if")
def ask_what_if(
    file: BookArgument,
    day: DayOption,
    config: ConfigOption = None,
    folder: FolderOption = None,
    html: HtmlOption = None,
    settings: SetOption = None,
    language: LanguageOption = "",
    as_json: JsonOption = False,
) -> None:
    """A recorded day again under a changed book: which requests would have been answered
    otherwise, with what the deals brought and the limits beside. Exit code 1: something would
    have been.
    """
    book_file = with_values(read_book(file, language), settings or ())
    found = changed.what_if_rules(journal_of(config, folder), day_text(day), book_file)
    if html is not None:
        html.write_text(what_if_page(bounded(found, _ON_PAGE)), encoding="utf-8")
    if as_json:
        typer.echo(msgspec.json.encode(found))
    elif html is not None:
        typer.echo(f"written to {html}")
    else:
        show(changed.lines_of(found, book_file.language))
    raise typer.Exit(0 if found.same else 1)


def journal_of(config: Path | None, folder: Path | None) -> Path:
    """The journal that is meant."""
    if config is not None:
        return journal_folder(load_settings(config.resolve()).journal_folder)
    if folder is None:
        raise RobotError("say where the journal is: --config DIR, or --folder DATA")
    return journal_folder(folder)
