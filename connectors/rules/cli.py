"""The command `fxrobot rules`: rule books written, checked, tested and understood."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from connectors.evidence.words import day_text
from connectors.rules.checking import checked, desk_names
from connectors.rules.checking import told as told_check
from connectors.rules.conventions import steps_of
from connectors.rules.day_cli import app as day_app
from connectors.rules.day_cli import journal_of
from connectors.rules.deciding import compare, random_requests
from connectors.rules.diff_words import lines_of_diff
from connectors.rules.diffing import changes
from connectors.rules.files import RULES, formatted, read_book, with_values
from connectors.rules.journaled import explain_id
from connectors.rules.library import FIRST, library, write_new
from connectors.rules.reading import read_back
from connectors.rules.recorded import recorded_requests
from connectors.rules.running import decided, from_table, situations_of, typed
from connectors.rules.running import lines_of as lines_of_decision
from connectors.rules.scenario_run import lines_of
from connectors.rules.shown import Line, plain, show
from connectors.rules.testing import play_file, scenario_files
from robot.errors import ConfigurationError

app = typer.Typer(help="Rule books: new, check, test, explain, compare.", no_args_is_help=True)
app.registered_commands += day_app.registered_commands

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
LanguageOption = Annotated[
    str, typer.Option("--language", help="en or zh; without it the file's own.")
]
BookArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A *.rules file.")]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Desk folder: its conventions.yaml, its journal.")
]


SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="A parameter: 'base margin = 0.5 pip'.")
]


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="*.rules files.")],
    language: LanguageOption = "",
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail, too.")] = False,
    config: Annotated[
        Path | None, typer.Option("--config", help="Desk folder: its tiers, clients, venues.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Everything that is wrong, rules that can never decide, and what a decision costs at most.

    Exit code 1: a file is no rule book, or not one that the robot can put in force.
    """
    names = desk_names(config) if config is not None else None
    found = [checked(read_book(path, language), names) for path in files]
    if as_json:
        typer.echo(msgspec.json.encode({"files": found}))
    else:
        for one in found:
            show(told_check(one))
    bad = any(not one.ready or (strict and one.warnings + one.unknown) for one in found)
    raise typer.Exit(1 if bad else 0)


@app.command("format")
def format_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="*.rules files.")],
    language: Annotated[
        str, typer.Option("--language", help="Write it in en or zh; without it as it is.")
    ] = "",
    only_check: Annotated[bool, typer.Option("--check", help="Change nothing.")] = False,
    output: Annotated[bool, typer.Option("--stdout", help="To standard output instead.")] = False,
) -> None:
    """Write books the one way they are written, comments kept. `--check`: exit code 1 where that
    would change something.
    """
    changed = []
    for path in files:
        file = read_book(path, language)
        text = formatted(file)
        if output:
            typer.echo(text, nl=False)
        elif text != file.text.replace("\r\n", "\n"):
            changed.append(path)
            if not only_check:
                path.write_text(text, encoding="utf-8")
    word = "would be rewritten" if only_check else "rewritten"
    if not output:
        show([f"{path}: {word}" for path in changed])
        same = len(files) - len(changed)
        show([f"{same} file{'' if same == 1 else 's'} unchanged"])
    raise typer.Exit(1 if only_check and changed else 0)


@app.command()
def test(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="*.scenarios, *.rules or folders.")
    ],
    settings: SetOption = None,
    language: LanguageOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Play the scenarios beside a book; what failed is shown with what was false. Exit code 1: a
    scenario failed.
    """
    steps = steps_of(config)
    found = [play_file(path, steps, language, settings or ()) for path in scenario_files(files)]
    ok = all(one.ok for one in found)
    if as_json:
        typer.echo(msgspec.json.encode({"ok": ok, "files": found}))
    else:
        for one in found:
            show(lines_of(one.file, one.played, one.language))
            if one.never_decided:
                names = ", ".join(f'"{name}"' for name in one.never_decided)
                text = f"未覆盖：{names}" if one.language == "zh" else f"no scenario for: {names}"
                show([Line(text, "yellow")])
    raise typer.Exit(0 if ok else 1)


@app.command()
def run(
    file: BookArgument,
    request: Annotated[
        str,
        typer.Argument(help="As in a scenario: 'gold client BANKA asks 5 mio EUR/USD two-way'."),
    ] = "",
    given: Annotated[
        list[str] | None,
        typer.Option(
            help="Facts as in a scenario: 'market EUR/USD 1.0850/1.0852, position 20 mio'."
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option("--csv", help="Requests, a row each: columns when, given, or names of facts."),
    ] = None,
    settings: SetOption = None,
    language: LanguageOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide one request that is typed, or each row of a CSV file, and tell why."""
    book_file = with_values(read_book(file, language), settings or ())
    book, steps = book_file.good(), steps_of(config)
    if table is not None:
        if request or given:
            raise ConfigurationError("a request or --csv, not both")
        found = [
            decided(situation, book_file.language, number)
            for number, situation in enumerate(
                from_table(table, book, steps, book_file.language), 1
            )
        ]
    else:
        if not request and not book.every:
            raise ConfigurationError("say a request, such as 'client BANKA asks 5 mio EUR/USD'")
        found = [
            decided(
                typed(book, steps, request, given or (), book_file.language), book_file.language
            )
        ]
    if as_json:
        typer.echo(msgspec.json.encode({"decisions": found}))
    elif table is not None:
        show([f'{row.number:>5}  {row.answer}  "{row.rule}"' for row in found])
    else:
        show(lines_of_decision(found[0], book_file.language))


@app.command()
def explain(
    what: Annotated[
        str, typer.Argument(metavar="FILE|ID", help="A *.rules file, or the id of a decision.")
    ],
    rule: Annotated[str, typer.Argument(help="Only this rule.")] = "",
    language: LanguageOption = "",
    config: ConfigOption = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Of an id: a journal or data folder.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read a book back in plain words; of an id, tell how it was decided, from the journal."""
    path = Path(what)
    if path.suffix == RULES or path.is_file():
        book_file = read_book(path, language)
        lines = read_back(book_file.good(), book_file.language, rule)
        if as_json:
            typer.echo(msgspec.json.encode({"file": what, "lines": plain(lines)}))
        else:
            show(lines)
        return
    explain_id(what, config, folder, as_json=as_json)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Of the two files: NAME.rules, NAME.scenarios.")] = "",
    source: Annotated[str, typer.Option("--from", help="A book of the library.")] = FIRST,
    folder: Annotated[Path, typer.Option(help="Where to write them.")] = Path(),
    language: LanguageOption = "",
    only_list: Annotated[bool, typer.Option("--list", help="What there is to begin with.")] = False,
) -> None:
    """A new book with scenarios that pass, to change step by step."""
    if only_list or not name:
        show([f"{stem:<28} {read_book(path).good().name}" for stem, path in library().items()])
        return
    rules, scenarios = write_new(name, source, folder, language)
    if language == "zh":
        lines = [f"已写好 {rules} 和 {scenarios}；接下来："]
    else:
        lines = [f"{rules} and {scenarios} are written; next:"]
    lines += [
        f"  fxrobot rules check {rules}",
        f"  fxrobot rules test {scenarios}",
        f"  fxrobot rules explain {rules}",
    ]
    show(lines)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A *.rules file.")],
    new_file: Annotated[Path, typer.Argument(metavar="NEW", help="Another.")],
    requests: Annotated[int, typer.Option(help="So many random requests are tried.")] = 2000,
    table: Annotated[
        Path | None, typer.Option("--csv", help="These requests instead, as in `rules run`.")
    ] = None,
    scenarios: Annotated[
        Path | None, typer.Option("--scenarios", help="Those of this file instead.")
    ] = None,
    day: Annotated[
        str, typer.Option(help="Those that the old book decided on this trade date.")
    ] = "",
    seed: Annotated[int, typer.Option(help="Of the random requests.")] = 1,
    language: LanguageOption = "",
    config: ConfigOption = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="With --day: a journal or data folder.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """What another book says otherwise, and which requests it would decide otherwise.

    Exit code 1: they differ.
    """
    old_file, other = read_book(old, language), read_book(new_file, language)
    books, steps = (old_file.good(), other.good()), steps_of(config)
    told_in = other.language
    differences = changes(*books, told_in)
    compared = None
    if table is not None:
        named = enumerate(from_table(table, books[0], steps, told_in), 1)
        compared = compare(*books, ((f"{table}:{n}", row) for n, row in named), told_in)
    elif scenarios is not None:
        compared = compare(*books, situations_of(old_file, steps, scenarios), told_in)
    elif day:
        recorded = recorded_requests(old_file, steps, journal_of(config, folder), day_text(day))
        compared = compare(*books, recorded, told_in)
    elif requests > 0:
        compared = compare(*books, random_requests(books, steps, requests, seed), told_in)
    if as_json:
        typer.echo(msgspec.json.encode({"changes": differences, "compared": compared}))
    else:
        show(lines_of_diff(differences, compared, told_in))
    otherwise = compared is not None and compared.otherwise > 0
    raise typer.Exit(1 if differences or otherwise else 0)
