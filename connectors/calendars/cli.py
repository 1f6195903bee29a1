"""The command `fxrobot calendars`: rebuild, compare, show, override."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from connectors.calendars.compare import compare, report
from connectors.calendars.packages import LICENCES, package_version
from connectors.calendars.pages import tables, written_into
from connectors.calendars.recipes import RECIPE, Recipe
from robot.basics.holidays import CalendarId
from robot.calendars import (
    calendar_names,
    format_calendar,
    load_calendar,
)
from robot.errors import ConfigurationError, UnknownReference
from robot.package import configuration_folder
from robot.settings import load_settings

app = typer.Typer(
    help="Holiday calendars: rebuild, compare, show, override.",
    no_args_is_help=True,
    add_completion=False,
)
Config = Annotated[
    Path | None, typer.Option("--config", help="Folder with desk.yaml; else the shipped files.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


@app.command("build")
def build_files(
    names: Annotated[list[str] | None, typer.Argument(help="Calendars; all without any.")] = None,
    to: Annotated[Path | None, typer.Option(help="Folder of the files; else the shipped.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; 1 = out of date.")] = False,
    as_json: AsJson = False,
) -> None:
    """Rebuild calendar files from the packages (extra `calendars`)."""
    from connectors.calendars.build import build

    folder = to or configuration_folder() / "calendars"
    changed = []
    for recipe in _recipes(names):
        path, text = folder / f"{recipe.id}.csv", format_calendar(build(recipe))
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            changed.append(recipe.id)
            if not check:
                folder.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if as_json:
        typer.echo(msgspec.json.encode({"folder": str(folder), "changed": changed}))
    else:
        what = "out of date" if check else "written"
        typer.echo(f"{folder}: {what}: {', '.join(changed) or 'none'}")
    raise typer.Exit(1 if check and changed else 0)


@app.command("compare")
def compare_files(
    names: Annotated[list[str] | None, typer.Argument(help="Calendars; all without any.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Compare the files with every package; exit code 0 only if each difference is explained."""
    folder = config or configuration_folder()
    found = [
        difference
        for recipe in _recipes(names)
        for difference in compare(recipe, load_calendar(folder, recipe.id).calendar)
    ]
    unexplained = [row for row in found if not row.why]
    if as_json:
        answer = {"ok": not unexplained, "differences": found}
        typer.echo(msgspec.json.encode(answer))
    else:
        versions = ", ".join(f"{name} {package_version(name)}" for name in LICENCES)
        typer.echo(f"Compared with {versions}, 2019 to 2027.\n")
        typer.echo(report(found))
        typer.echo(f"{len(found)} differences, {len(unexplained)} not explained")
    raise typer.Exit(1 if unexplained else 0)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A calendar, e.g. CNY; without it all.")] = "",
    year: Annotated[int, typer.Option(help="The holidays of this year; 0 = none.")] = 0,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """How far a calendar goes and where it comes from; with --year its days."""
    folder = config or configuration_folder()
    names = [CalendarId(name)] if name else calendar_names(folder)
    files = [load_calendar(folder, known) for known in names]
    if as_json:
        typer.echo(msgspec.json.encode({"calendars": files}))
        return
    for file in files:
        calendar = file.calendar
        until = calendar.provisional_until
        typer.echo(
            f"{calendar.id:<6} {calendar.first_official} to {calendar.last_official}"
            f"{f', provisional until {until}' if until else ''}: {file.remarks.get('about', '')}"
        )
        kinds = (
            ("holiday", calendar.holidays),
            ("workday", calendar.workdays),
            ("provisional", calendar.provisional),
        )
        for kind, days in kinds:
            for day, text in days.items():
                if day.year == year:
                    typer.echo(f"  {day:%Y-%m-%d %a} {kind:<11} {text}")


@app.command("tables")
def print_tables(
    config: Config = None,
    write: Annotated[Path | None, typer.Option(help="A page whose tables to replace.")] = None,
) -> None:
    """The tables of calendars and conventions, as docs/domain.md has them."""
    made = tables(load_settings(config or configuration_folder()).catalogue)
    if write is None:
        typer.echo("\n".join(made.values()))
        return
    write.write_text(written_into(write.read_text(encoding="utf-8"), made), encoding="utf-8")


@app.command()
def override(
    calendar: Annotated[str, typer.Argument(help="The calendar, e.g. GBP.")],
    day: Annotated[datetime, typer.Argument(help="The day.", formats=["%Y-%m-%d"])],
    kind: Annotated[str, typer.Argument(help="holiday or workday.")],
    name: Annotated[str, typer.Option(help="What the day is called; shown in explanations.")],
    config: Annotated[Path, typer.Option(help="Folder with desk.yaml.")],
) -> None:
    """Settle one day for this desk, in its desk.yaml; the robot takes it at its next start."""
    from connectors.calendars.overriding import write_override

    told = write_override(config, CalendarId(calendar), _date_of(day), kind, name)
    typer.echo(told)


def _date_of(moment: datetime) -> date:
    return moment.date()


def _recipes(names: list[str] | None) -> list[Recipe]:
    wanted = [CalendarId(name) for name in names or RECIPE]
    unknown = [name for name in wanted if name not in RECIPE]
    if unknown:
        known = ", ".join(RECIPE)
        raise UnknownReference(f"no recipe for calendar {unknown[0]}; there are: {known}")
    if not wanted:
        raise ConfigurationError("no calendar named")
    return [RECIPE[name] for name in wanted]
