"""`fxrobot games`: what a game file says, and what its numbers should be."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import msgspec
import typer

from robot.errors import ConfigurationError, RobotError

if TYPE_CHECKING:
    from backtest.games.numbers import Numbers

app = typer.Typer(help="Game strategies (博弈策略).", no_args_is_help=True)

FilesArgument = Annotated[list[Path], typer.Argument(metavar="FILE...", help="*.game.yaml")]
PlaceArgument = Annotated[
    Path, typer.Argument(metavar="RUN|JOURNAL", help="Folder of a run; or a journal's, a desk's.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


class Language(StrEnum):
    """In which a game is told back."""

    EN = "en"
    ZH = "zh"


@app.callback()
def games() -> None:
    """Game strategies (博弈策略)."""


@app.command()
def explain(
    files: FilesArgument,
    language: Annotated[Language, typer.Option("--language", help="en or zh.")] = Language.EN,
    as_json: JsonOption = False,
) -> None:
    """Read files and tell in plain words what they say, or everything that is wrong with them."""
    from strategies.games.desk.file import read_game
    from strategies.games.desk.read_back import read_back
    from strategies.games.desk.read_back_zh import read_back_zh

    told_in = read_back_zh if language is Language.ZH else read_back
    told: dict[str, list[str]] = {}
    wrong: dict[str, list[str]] = {}
    for file in files:
        try:
            told[str(file)] = told_in(read_game(_text_of(file), str(file)))
        except ConfigurationError as problem:
            wrong[str(file)] = str(problem).splitlines()
    if as_json:
        typer.echo(msgspec.json.encode({"ok": not wrong, "games": told, "problems": wrong}))
    else:
        if told:
            typer.echo("\n\n".join("\n".join(lines) for lines in told.values()))
        for lines in wrong.values():
            typer.echo("\n".join(lines), err=True)
    raise typer.Exit(1 if wrong else 0)


@app.command()
def calibrate(
    place: PlaceArgument,
    numbers: Annotated[
        list[Path] | None,
        typer.Option(
            "--numbers",
            help="A quote *.game.yaml, or a desk with two_way; and a hedge *.game.yaml.",
        ),
    ] = None,
    day: Annotated[str, typer.Option("--day", help="Of a journal only this: 2026-10-21.")] = "",
    product: Annotated[
        str, typer.Option("--product", help="SPOT, FORWARD, NDF; DEPOSIT, REPO.")
    ] = "",
    pair: Annotated[
        str, typer.Option("--pair", help="EUR/USD, CNY; else what was asked most.")
    ] = "",
    sigma: Annotated[
        float | None, typer.Option(min=1e-6, help="bp the middle moves in a day; else measured.")
    ] = None,
    half_spread: Annotated[float, typer.Option(min=0, help="bp a hedge costs.")] = 0.1,
    speed_cost: Annotated[
        float, typer.Option(min=1e-12, help="bp a hedge costs more, for each m a day of speed.")
    ] = 1e-5,
    impact: Annotated[float, typer.Option(min=0, help="bp that 1m moves the market.")] = 5e-3,
    risk: Annotated[float, typer.Option(min=1e-12, help="Risk aversion, 1 / (bp m).")] = 2e-3,
    html: Annotated[Path | None, typer.Option(help="Write the page with the pictures.")] = None,
    write: Annotated[Path | None, typer.Option(help="Write the proposal, a new game file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Margins, lean and hedge band from own requests, beside the trader's and the best there is."""
    from backtest.games.calibrating import calibrated
    from backtest.games.calibration_page import calibration_page
    from backtest.games.calibration_text import lines_of
    from backtest.games.numbers import read_numbers
    from backtest.games.own_requests import LOANS, own_requests
    from backtest.games.proposal_file import proposal_text, write_proposal
    from connectors.evidence.words import day_text
    from robot.basics.numbers import set_decimal_context
    from strategies.games.calibration.score import Market

    set_decimal_context()
    own = read_numbers(numbers) if numbers else None
    if product.upper() in LOANS:
        _calibrate_loans(place, day_text(day), product, pair, own, html, write, as_json)
        return
    tiers = own.tiers if own is not None else ()
    of = own_requests(place, day_text(day), product=product, pair=pair, tiers=tiers)
    moves = sigma if sigma is not None else of.sigma
    if moves is None:
        raise RobotError(f"{place}: too few prices of {of.pair} to tell how it moves: give --sigma")
    market = Market(sigma=moves, psi=half_spread, eta=speed_cost, impact=impact, gamma=risk)
    found = calibrated(str(place), of, market, own)
    text, difference = proposal_text(found, own)
    if write is not None:
        write_proposal(write, text)
    if html is not None:
        _write(html, calibration_page(found))
    if as_json:
        typer.echo(msgspec.json.encode(found.report))
        return
    typer.echo("\n".join((*lines_of(found.report), *_written(write, difference, html))))


def _calibrate_loans(
    place: Path,
    day: str,
    product: str,
    currency: str,
    own: Numbers | None,
    html: Path | None,
    write: Path | None,
    as_json: bool,
) -> None:
    from backtest.games.calibrating_loans import loans_calibrated
    from backtest.games.loans_told import loan_lines, loan_page
    from backtest.games.own_requests import own_loans
    from backtest.games.proposal_file import loans_text, write_proposal

    tiers = own.tiers if own is not None else ()
    of = own_loans(place, day, product.upper(), currency.upper(), tiers)
    found = loans_calibrated(str(place), of, own)
    text, difference = loans_text(found, own)
    if write is not None:
        write_proposal(write, text)
    if html is not None:
        _write(html, loan_page(found))
    if as_json:
        typer.echo(msgspec.json.encode(found.report))
    else:
        typer.echo("\n".join((*loan_lines(found.report), *_written(write, difference, html))))


def _written(write: Path | None, difference: str, html: Path | None) -> Iterator[str]:
    if write is not None:
        yield from ("", difference, "", f"written: {write}")
    if html is not None:
        yield f"written: {html}"


@app.command()
def learn(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A *.game.yaml with win, guard or ask.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help="Where the new version is written.")
    ] = None,
    sources: Annotated[
        list[Path] | None,
        typer.Option("--from", help="A run's folder, or a journal's, a desk's. Repeatable."),
    ] = None,
    day: Annotated[str, typer.Option("--day", help="Of journals only this: 2026-10-21.")] = "",
    freeze: Annotated[
        bool, typer.Option("--freeze", help="Nothing more is learned in it: it can be released.")
    ] = False,
    by: Annotated[
        str, typer.Option("--by", help="Who freezes it; else the name you are logged in by.")
    ] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Learn FILE again from --from, and compare.")
    ] = False,
    before: Annotated[
        Path | None, typer.Option("--before", help="With --check: the version it was begun from.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """A new version of a game, which has learned from own outcomes of days. FILE stays as it is."""
    from robot.basics.numbers import set_decimal_context

    set_decimal_context()
    if check:
        _check(file, sources or [], before, as_json)
    if out is None:
        raise RobotError("--out: say where the new version is to be written")
    from backtest.games.learning_steps import learned_version
    from backtest.games.proposal_file import write_proposal
    from connectors.evidence.words import day_text

    named = by or (_logged_in() if freeze else "")
    version = learned_version(
        _text_of(file), str(file), sources or (), day_text(day), freeze=freeze, by=named
    )
    write_proposal(out, version.text)
    if as_json:
        typer.echo(msgspec.json.encode(version.report))
    else:
        typer.echo("\n".join([*version.lines(), f"written: {out}"]))


def _check(file: Path, sources: list[Path], before: Path | None, as_json: bool) -> NoReturn:
    from backtest.games.learning_check import checked

    begun = _text_of(before) if before is not None else ""
    report = checked(_text_of(file), str(file), sources, begun)
    if as_json:
        typer.echo(msgspec.json.encode(report))
    else:
        typer.echo("\n".join(report.lines()))
    raise typer.Exit(0 if report.equal else 1)


def _logged_in() -> str:
    """By the operating system; empty where it does not know."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _text_of(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigurationError(f"{file}: cannot be read: {problem}") from None


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as problem:
        raise RobotError(f"{path}: cannot be written: {problem.strerror}") from problem
