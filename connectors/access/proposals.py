"""Four eyes on the command line: `fxrobot limits|counterparties|strategy propose|diff|…` and
`fxrobot approvals`. An approval shows the difference, line by line, before it asks.
"""

from __future__ import annotations

from collections.abc import Callable
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
    moment_ns,
    shown,
)
from robot.approvals import (
    CONTENTS,
    AccessAttempt,
    Approvals,
    Kind,
    Proposal,
    Refused,
    Status,
    Who,
)
from robot.approving import Approving, Outcome
from robot.clock import SystemClock, utc_datetime
from robot.contents import COMMAND, content_of, diff, diff_of, load_content, with_candidate
from robot.errors import RobotError
from robot.settings import Settings

NumberArgument = Annotated[int, typer.Argument(metavar="NUMBER", help="Of the proposal.")]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The whole new file.")]
FromOption = Annotated[str, typer.Option("--from", help="UTC, as 2026-11-30T22:00:00Z; else now.")]
HashOption = Annotated[str, typer.Option(help="Of the content you have seen, instead of looking.")]
Act = Callable[[Approving, Who], Outcome]


def _app(kind: Kind) -> typer.Typer:
    """The commands for one kind of content."""
    name = COMMAND[kind]
    app = typer.Typer(help=f"Change the {name} by two persons.", no_args_is_help=True)

    @app.command()
    def propose(
        file: FileArgument,
        config: ConfigOption,
        reason: ReasonOption,
        by: AsOption = "",
        token_file: TokenOption = None,
        from_: FromOption = "",
        as_json: JsonOption = False,
    ) -> None:
        """Propose the content of a file; it changes nothing until another person approves it."""
        content = with_candidate(_approvals(desk_of(config)), load_content(kind, file))
        from_ns = moment_ns(from_) if from_ else 0

        def act(approving: Approving, who: Who) -> Outcome:
            return approving.propose(
                who, kind, content, reason=reason, from_ns=from_ns, source=file
            )

        _act(config, by, token_file, act, as_json)

    @app.command()
    def revise(
        number: NumberArgument,
        file: FileArgument,
        config: ConfigOption,
        reason: ReasonOption,
        by: AsOption = "",
        token_file: TokenOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Put the content of another file into a proposal of your own that is still open."""
        content = with_candidate(_approvals(desk_of(config)), load_content(kind, file))

        def act(approving: Approving, who: Who) -> Outcome:
            return approving.revise(who, number, content, reason=reason, source=file)

        _act(config, by, token_file, act, as_json)

    @app.command("diff")
    def show_diff(file: FileArgument, config: ConfigOption, as_json: JsonOption = False) -> None:
        """What a file would change of what is approved. Exit code 1: it differs."""
        settings = desk_of(config)
        found = _approvals(settings).newest(kind, demo=True)
        old = found.content if found is not None else content_of(settings.reference, kind)
        shown = diff(old, with_candidate(_approvals(settings), load_content(kind, file)))
        typer.echo(msgspec.json.encode({"diff": shown}) if as_json else "\n".join(shown))
        raise typer.Exit(1 if shown else 0)

    @app.command("proposals")
    def list_proposals(config: ConfigOption, as_json: JsonOption = False) -> None:
        """All proposals of this kind, also those that were rejected or expired."""
        _list(config, (kind,), as_json)

    app.command("approve")(_approve)
    app.command("reject")(_reject)
    return app


def _approve(
    number: NumberArgument,
    config: ConfigOption,
    by: AsOption = "",
    token_file: TokenOption = None,
    reason: ReasonOption = "",
    seen: HashOption = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needs --seen.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Look at what a proposal changes, and approve it as the second person."""
    settings = desk_of(config)
    approvals = _approvals(settings)
    proposal = _known(approvals, number)
    if not as_json:
        for line in _told(settings, approvals, proposal):
            typer.echo(line)
    if not (yes and seen):
        typer.confirm("Approve this?", abort=True)
    seen = seen or proposal.content_hash

    def act(approving: Approving, who: Who) -> Outcome:
        return approving.approve(who, number, seen, reason=reason)

    _act(config, by, token_file, act, as_json, settings)


def _reject(
    number: NumberArgument,
    config: ConfigOption,
    reason: ReasonOption,
    by: AsOption = "",
    token_file: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say no to a proposal; it is kept."""

    def act(approving: Approving, who: Who) -> Outcome:
        return approving.reject(who, number, reason=reason)

    _act(config, by, token_file, act, as_json)


limits_app = _app(Kind.LIMITS)
counterparties_app = _app(Kind.COUNTERPARTIES)
strategy_app = _app(Kind.STRATEGY)
app = typer.Typer(help="What people proposed and approved.", no_args_is_help=True)
app.command("approve")(_approve)
app.command("reject")(_reject)


@app.command("list")
def list_all(config: ConfigOption, as_json: JsonOption = False) -> None:
    """All proposals."""
    _list(config, tuple(Kind), as_json)


@app.command()
def show(number: NumberArgument, config: ConfigOption, as_json: JsonOption = False) -> None:
    """One proposal with what it changes."""
    settings = desk_of(config)
    approvals = _approvals(settings)
    proposal = _known(approvals, number)
    if as_json:
        told = {"proposal": proposal, "diff": _changes(settings, approvals, proposal)}
        typer.echo(msgspec.json.encode(told))
        return
    for line in _told(settings, approvals, proposal):
        typer.echo(line)


@app.command()
def refused(config: ConfigOption, as_json: JsonOption = False) -> None:
    """Attempts that the rules forbade, and who was not let in."""
    notes = Approving(desk_of(config), SystemClock().now_ns).log.notes()
    found = [note for note in notes if isinstance(note, Refused | AccessAttempt)]
    if as_json:
        typer.echo(msgspec.json.encode({"refused": found}))
    for note in () if as_json else found:
        typer.echo(_refusal_line(note))


def _refusal_line(note: Refused | AccessAttempt) -> str:
    if isinstance(note, AccessAttempt):
        more = f" ({note.left_out} more before it, counted only)" if note.left_out else ""
        who, why = f"{note.claimed or '?'} ({note.how})", f"{note.code}: {note.detail}"
        return shown(f"{_when(note.at_ns)}  {who}  {note.action}: {why}{more}")
    which = f"proposal {note.proposal}" if note.proposal else "a proposal"
    who = f"{note.who.name} ({note.who.role}, {note.who.how})"
    why = f"{note.code}: {note.detail}"
    return shown(f"{_when(note.at_ns)}  {who}  {note.attempt} {which}: {why}")


@app.command()
def withdraw(
    number: NumberArgument,
    config: ConfigOption,
    reason: ReasonOption,
    by: AsOption = "",
    token_file: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back a proposal of your own."""
    _act(config, by, token_file, lambda a, who: a.withdraw(who, number, reason=reason), as_json)


@app.command()
def apply(
    number: NumberArgument,
    config: ConfigOption,
    by: AsOption = "",
    token_file: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand over to the running robot what was approved while it was away."""
    _act(config, by, token_file, lambda approving, who: approving.hand_over(who, number), as_json)


@app.command()
def release(
    config: ConfigOption,
    reason: ReasonOption,
    halt: Annotated[str, typer.Option(help="As `fxrobot status` names it.")] = "kill_switch",
    by: AsOption = "",
    token_file: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose that dealing resumes after the kill switch, a break or a fault."""

    def act(approving: Approving, who: Who) -> Outcome:
        return approving.propose_release(who, halt, reason=reason)

    _act(config, by, token_file, act, as_json)


@app.command()
def override(
    limit: Annotated[str, typer.Argument(help="As `fxrobot status` names it.")],
    maximum: Annotated[str, typer.Argument(help="In the limit's unit.")],
    config: ConfigOption,
    until: Annotated[str, typer.Option(help="UTC, as 2026-11-30T22:00:00Z.")],
    reason: ReasonOption,
    by: AsOption = "",
    token_file: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose another maximum of one limit until a moment; it ends by itself."""
    content = {"limit_id": limit, "maximum": maximum, "until_ns": moment_ns(until)}

    def act(approving: Approving, who: Who) -> Outcome:
        return approving.propose(who, Kind.OVERRIDE, content, reason=reason)

    _act(config, by, token_file, act, as_json)


def _act(
    config: Path,
    by: str,
    token_file: Path | None,
    act: Act,
    as_json: bool,
    settings: Settings | None = None,
) -> None:
    """Log on, do it, say what became of it. Exit code 1: it was refused, which is recorded."""
    settings = settings or desk_of(config)
    with access_of(settings) as access:
        who = logged_on(access, by, token_file)
        outcome = act(Approving(settings, SystemClock().now_ns), who)
    if as_json:
        typer.echo(msgspec.json.encode({"ok": outcome.ok, **msgspec.to_builtins(outcome)}))
    elif not outcome.ok:
        typer.echo(f"refused: {outcome.code}: {outcome.detail} (recorded)", err=True)
    elif outcome.proposal is not None:
        _say(outcome, outcome.proposal, config)
    raise typer.Exit(0 if outcome.ok else 1)


def _say(outcome: Outcome, proposal: Proposal, config: Path) -> None:
    typer.echo(f"proposal {proposal.number} ({proposal.kind}) is {proposal.status}")
    if outcome.detail:
        typer.echo(outcome.detail)
    if proposal.status is Status.OPEN:
        typer.echo(f"another person: fxrobot approvals approve {proposal.number} --config {config}")


def _list(config: Path, kinds: tuple[Kind, ...], as_json: bool) -> None:
    found = [one for one in _approvals(desk_of(config)).proposals.values() if one.kind in kinds]
    if as_json:
        typer.echo(msgspec.json.encode({"proposals": found}))
    for one in () if as_json else found:
        by = f", approved by {one.approver.name}" if one.approver else ""
        line = f"{one.number}  {one.kind}  {one.status}  {_when(one.proposed_ns)} "
        typer.echo(shown(f"{line}by {one.proposer.name}{by}: {one.reason}"))


def _changes(settings: Settings, approvals: Approvals, proposal: Proposal) -> list[str]:
    known_now = Approving(settings, SystemClock().now_ns).known_now(proposal)
    return diff_of(approvals, proposal, known_now)


def _told(settings: Settings, approvals: Approvals, proposal: Proposal) -> list[str]:
    """A proposal as an approver reads it; its texts cannot act on the screen."""
    head = f"proposal {proposal.number}: {proposal.kind}, {proposal.status}"
    who = f"by {proposal.proposer.name} ({proposal.proposer.role})"
    when = f"{_when(proposal.proposed_ns)}, expires {_when(proposal.expires_ns)}"
    from_ = f"in force from {_when(proposal.from_ns)}" if proposal.from_ns else "in force at once"
    changes = _changes(settings, approvals, proposal)
    if not changes and proposal.kind in CONTENTS:
        changes = ["no line changes"]
    told = [head, f"{who}, {when}: {proposal.reason}", from_, f"hash {proposal.content_hash}"]
    return [shown(line) for line in (*told, "", *changes)]


def _known(approvals: Approvals, number: int) -> Proposal:
    found = approvals.proposals.get(number)
    if found is None:
        raise RobotError(f"no proposal has the number {number}; `fxrobot approvals list` has them")
    return found


def _approvals(settings: Settings) -> Approvals:
    return Approving(settings, SystemClock().now_ns).log.read()


def _when(at_ns: int) -> str:
    return f"{utc_datetime(at_ns):%Y-%m-%d %H:%M:%S} UTC"
