"""`fxrobot strategy release|promote|rollback|history|show|compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from connectors.access.login import (
    AsOption,
    ConfigOption,
    JsonOption,
    ReasonOption,
    TokenOption,
    access_of,
    desk_of,
    logged_on,
    shown,
)
from connectors.evidence.records import journal_folder
from connectors.evidence.release_compare import compared
from connectors.evidence.release_page import compare_lines, compare_page
from connectors.evidence.words import day_text
from robot import release_steps
from robot.approvals import Kind
from robot.approving import Approving, Outcome
from robot.clock import SystemClock, format_time
from robot.contents import lines, load_content
from robot.control import Command
from robot.errors import RobotError
from robot.release_steps import Told

app = typer.Typer()
SizeOption = Annotated[str, typer.Option(help="Largest request it answers, in base currency.")]
ShareOption = Annotated[str, typer.Option(help="Of the requests it may answer, in percent.")]
WhomOption = Annotated[
    list[str] | None, typer.Option("--counterparty", help="Whose requests; else everybody's.")
]
DaysOption = Annotated[int, typer.Option(help="Least trade dates before the next stage.")]
DecisionsOption = Annotated[int, typer.Option(help="Least decisions before the next stage.")]

ConfirmOption = Annotated[int, typer.Option(help="How long a person may think, milliseconds.")]
MoveOption = Annotated[str, typer.Option(help="How far the market may move meanwhile.")]


@app.command()
def release(
    file: Annotated[Path, typer.Argument(help="A desk.yaml with the new strategy in it.")],
    config: ConfigOption,
    reason: ReasonOption,
    by: AsOption = "",
    token_file: TokenOption = None,
    size_max: SizeOption = "",
    share: ShareOption = "",
    counterparty: WhomOption = None,
    days: DaysOption = -1,
    decisions: DecisionsOption = -1,
    confirm_ms: ConfirmOption = -1,
    move_max_pips: MoveOption = "",
    as_json: JsonOption = False,
) -> None:
    """Propose that a new version shadows the live one: it decides, and nothing of it is sent."""
    approving = _approving(config)
    strategy = load_content(Kind.STRATEGY, file)["strategy"]
    bounds = release_steps.bounds_of(
        size_max, share, counterparty or [], days, decisions, confirm_ms, move_max_pips
    )
    content = release_steps.entered(approving.log.read(), strategy, bounds)
    _propose(approving, config, content, reason, by, token_file, as_json)


@app.command()
def promote(
    config: ConfigOption,
    reason: ReasonOption,
    by: AsOption = "",
    token_file: TokenOption = None,
    size_max: SizeOption = "",
    share: ShareOption = "",
    counterparty: WhomOption = None,
    days: DaysOption = -1,
    decisions: DecisionsOption = -1,
    confirm_ms: ConfirmOption = -1,
    move_max_pips: MoveOption = "",
    as_json: JsonOption = False,
) -> None:
    """Propose the candidate's next stage: SUGGEST, CANARY, LIVE."""
    approving = _approving(config)
    bounds = release_steps.bounds_of(
        size_max, share, counterparty or [], days, decisions, confirm_ms, move_max_pips
    )
    content = release_steps.promoted(approving.log.read(), bounds)
    _propose(approving, config, content, reason, by, token_file, as_json)


@app.command()
def rollback(
    config: ConfigOption,
    reason: ReasonOption,
    to: Annotated[
        str, typer.Option(help="DRAFT, SHADOW or SUGGEST; LIVE = the former live version.")
    ] = "",
    by: AsOption = "",
    token_file: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go back at once, at one person's word: the candidate out or to an earlier stage; without a
    candidate, or with --to LIVE, the version that was live before.
    """
    approving = _approving(config)
    with access_of(desk_of(config)) as access:
        outcome = approving.roll_back(logged_on(access, by, token_file), to, reason=reason)
    _say(outcome, config, as_json)


@app.command()
def history(config: ConfigOption, as_json: JsonOption = False) -> None:
    """Every version that was live or tried, with who agreed to it."""
    found = release_steps.history(_approving(config).log.read())
    if as_json:
        typer.echo(msgspec.json.encode({"history": found}))
    for one in () if as_json else found:
        typer.echo(shown(_history_line(one)))


@app.command()
def show(
    config: ConfigOption,
    number: Annotated[int, typer.Argument(help="As `history` has it; else what runs now.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """What is live and tried now with its figures, or the whole content of one step."""
    approving = _approving(config)
    if number:
        proposal = approving.log.read().proposals.get(number)
        if proposal is None or proposal.kind is not Kind.STRATEGY:
            raise RobotError(f"no step has the number {number}; `fxrobot strategy history`")
        if as_json:
            body = {"step": release_steps.told(proposal), "content": proposal.content}
            typer.echo(msgspec.json.encode(body))
            return
        typer.echo(shown(_history_line(release_steps.told(proposal))))
        typer.echo("\n".join(map(shown, lines(proposal.content))))
        return
    released = _released(approving)
    if as_json:
        typer.echo(msgspec.json.encode(released))
    for line in () if as_json else _now_lines(released):
        typer.echo(shown(line))


@app.command()
def compare(
    folder: Annotated[
        Path | None, typer.Option("--folder", help="A journal, or a data or desk folder.")
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", help="Desk folder.")] = None,
    day: Annotated[str, typer.Option(help="Only this trade date: 2026-11-22.")] = "",
    html: Annotated[Path | None, typer.Option("--html", help="Write a page to this file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """The candidate against the live strategy on the same requests. Exit code 1: none there."""
    if folder is None and config is None:
        raise RobotError("say where the journal is: --config DIR, or --folder DATA")
    place = folder or desk_of(config or Path()).journal_folder
    found = compared(journal_folder(place), day_text(day))
    if html is not None:
        html.write_text(compare_page(found), encoding="utf-8")
    if as_json:
        typer.echo(msgspec.json.encode(found))
    else:
        for line in compare_lines(found):
            typer.echo(shown(line))
    raise typer.Exit(0 if found.pairs else 1)


def _approving(config: Path) -> Approving:
    return Approving(desk_of(config), SystemClock().now_ns)


def _propose(
    approving: Approving,
    config: Path,
    content: dict[str, object],
    reason: str,
    by: str,
    token_file: Path | None,
    as_json: bool,
) -> None:
    with access_of(desk_of(config)) as access:
        who = logged_on(access, by, token_file)
        outcome = approving.propose(who, Kind.STRATEGY, content, reason=reason)
    _say(outcome, config, as_json)


def _say(outcome: Outcome, config: Path, as_json: bool) -> None:
    """What became of it. Exit code 1: it was refused, which is recorded."""
    if as_json:
        typer.echo(msgspec.json.encode({"ok": outcome.ok, **msgspec.to_builtins(outcome)}))
    elif not outcome.ok:
        typer.echo(f"refused: {outcome.code}: {outcome.detail} (recorded)", err=True)
    elif outcome.proposal is not None:
        typer.echo(shown(_history_line(release_steps.told(outcome.proposal))))
        if outcome.detail:
            typer.echo(outcome.detail)
        if not outcome.proposal.approval:
            number = outcome.proposal.number
            typer.echo(f"another person: fxrobot strategy approve {number} --config {config}")
    raise typer.Exit(0 if outcome.ok else 1)


def _released(approving: Approving) -> dict[str, object]:
    """What the running robot says of its releases."""
    return release_steps.now_of(approving.ask(Command(command="status")))


def _history_line(one: Told) -> str:
    stage = f"; {one.candidate} in {one.stage}" if one.candidate else ""
    bounds = ", ".join(f"{name} {value}" for name, value in one.bounds.items() if value)
    how = "put back by" if one.back else "by"
    text = f"live {one.live}{stage}{f' ({bounds})' if bounds else ''}"
    when = format_time(one.at_ns)
    return f"{one.number}  {one.status}  {when}  {text}  {how} {' and '.join(one.by)}: {one.reason}"


def _now_lines(now: dict[str, object]) -> list[str]:
    lines_ = [f"live {now['live']}"]
    if now["candidate"]:
        figures = msgspec.convert(now["figures"], dict[str, str])
        told = ", ".join(f"{name} {value}" for name, value in figures.items())
        lines_.append(f"candidate {now['candidate']} in {now['stage']}: {told}")
    host = now.get("host")
    if isinstance(host, dict):
        lines_.append(f"its process: {host['told']}")
    if now["suspended"]:
        lines_.append(f"it answers no more: {now['suspended']}")
    former = msgspec.convert(now["former"], list[str])
    return [*lines_, f"former: {', '.join(reversed(former)) or 'none'}"]
