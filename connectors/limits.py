"""The command `fxrobot limits`: use now, over time and by day, differences, and what-if.

Proposing and approving limits is `connectors.access`'s; its commands are here under the same name.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from connectors.access.login import ConfigOption, JsonOption, desk_of
from connectors.access.proposals import limits_app
from connectors.audit.cli import examine
from connectors.audit.users import user_findings
from connectors.evidence.days import history
from connectors.evidence.now import limits_now
from connectors.evidence.pack import make_pack, write_pack
from connectors.evidence.records import journal_folder
from connectors.evidence.report import write_report
from connectors.evidence.use import percent
from connectors.evidence.whatif import Differs, Other, WhatIf, what_if
from connectors.evidence.whatif_page import bounded, other_of, what_if_page
from connectors.evidence.words import day_text, safe
from robot.approval_log import ApprovalLog
from robot.approvals import Kind
from robot.clock import SystemClock, format_time
from robot.contents import content_of, diff, load_content
from robot.errors import RobotError
from robot.settings import Settings, load_settings

app = typer.Typer(help="Limits: use, reports, changes by two persons.", no_args_is_help=True)
app.registered_commands += [one for one in limits_app.registered_commands if one.name != "diff"]

DayOption = Annotated[str, typer.Option(help="Trade date: 2026-11-22.")]
FolderOption = Annotated[
    Path | None, typer.Option("--folder", help="Instead of --config: a journal or data folder.")
]
DeskOption = Annotated[Path | None, typer.Option("--config", help="Folder with desk.yaml.")]
_SHOWN = 50
_ON_PAGE = 5_000
_HASH_MIN = 6


@app.command()
def show(config: ConfigOption, as_json: JsonOption = False) -> None:
    """Used, reserved and headroom of every limit now, the fullest first."""
    found = limits_now(desk_of(config), SystemClock().now_ns())
    if as_json:
        typer.echo(msgspec.json.encode(found))
        return
    typer.echo(f"{found.source}, as of {format_time(found.at_ns)}")
    typer.echo(f"{'limit':44} {'share':>9} {'used':>20} {'reserved':>18} {'maximum':>18}  headroom")
    for one in found.limits:
        over = f"  OVER by {one.excess:f}" if one.excess else ""
        over += f"  NOT VALUED: {safe(one.unknown)}" if one.unknown else ""
        typer.echo(
            f"{safe(one.limit_id):44} {percent(one.share):>9} {one.used:>20f} "
            f"{one.reserved:>18f} {one.maximum:>18f}  {one.headroom:f}{over}"
        )


@app.command()
def report(
    day: DayOption,
    config: DeskOption = None,
    folder: FolderOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder; else data/reports.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Use, peaks, warnings, refusals, overrides, stops and changes of a day, as HTML and CSV."""
    journal = _journal(config, folder)
    where = output if output is not None else journal.parent / "reports"
    files = write_report(journal, day_text(day), where)
    names = [str(path) for path in files]
    typer.echo(msgspec.json.encode({"files": names}) if as_json else "\n".join(names))


@app.command("history")
def show_history(
    limit_id: Annotated[str, typer.Argument(metavar="LIMIT", help="As `limits show` names it.")],
    config: DeskOption = None,
    folder: FolderOption = None,
    day: DayOption = "",
    as_json: JsonOption = False,
) -> None:
    """Every movement of one limit, oldest first."""
    journal = _journal(config, folder)
    found = history(journal, limit_id, day_text(day))
    first = next(found, None)
    if first is None:
        raise RobotError(f"{safe(limit_id)!r} never moved; `fxrobot limits show` names the limits")
    if as_json:
        typer.echo(msgspec.json.encode({"movements": [first, *found]}))
        return
    for one in chain((first,), found):
        typer.echo(
            f"{format_time(one.at_ns)}  {one.verb:<8} {safe(one.reservation_id):<20} "
            f"requested {one.requested:f}, used {one.used:f}, reserved {one.reserved:f}, "
            f"maximum {one.maximum:f}, headroom {one.headroom:f}"
        )


@app.command("diff")
def show_diff(
    old: Annotated[str, typer.Argument(metavar="FILE|HASH", help="A file or an approved content.")],
    new: Annotated[
        str, typer.Argument(metavar="FILE|HASH", help="None: `old` is the new one.")
    ] = "",
    config: DeskOption = None,
    as_json: JsonOption = False,
) -> None:
    """What differs between two contents; with one, what it would change of what is approved.

    Exit code 1: they differ.
    """
    settings = load_settings(config.resolve()) if config is not None else None
    if new:
        shown = diff(_content(old, settings), _content(new, settings))
    else:
        shown = diff(_approved(settings), _content(old, settings))
    typer.echo(msgspec.json.encode({"diff": shown}) if as_json else "\n".join(map(safe, shown)))
    raise typer.Exit(1 if shown else 0)


@app.command("what-if")
def ask_what_if(
    day: DayOption,
    limits: Annotated[Path | None, typer.Option("--limits", help="Another limits.yaml.")] = None,
    strategy: Annotated[
        Path | None, typer.Option("--strategy", help="Another desk.yaml: its strategy, hedges.")
    ] = None,
    config: DeskOption = None,
    folder: FolderOption = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page to this file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """A recorded day again under other limits or another strategy: what would have been otherwise.

    Exit code 1: something would have been.
    """
    if limits is None and strategy is None:
        raise RobotError("say what is to be otherwise: --limits FILE or --strategy FILE")
    found = what_if(_journal(config, folder), day_text(day), _other(limits, strategy))
    if html is not None:
        html.write_text(what_if_page(bounded(found, _ON_PAGE)), encoding="utf-8")
    if as_json:
        typer.echo(msgspec.json.encode(found))
    elif html is not None:
        typer.echo(f"written to {html}")
    else:
        for line in told(found):
            typer.echo(line)
    raise typer.Exit(0 if found.same else 1)


@app.command("pack")
def write_self_assessment(
    config: ConfigOption,
    since: Annotated[str, typer.Option("--from", help="First trade date: 2026-01-01.")] = "",
    until: Annotated[str, typer.Option("--until", help="Last trade date.")] = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder; else data/reports.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """The pack for the yearly self-assessment: strategies, owners, limits, breaches, incidents,
    changes, controls with their tests, and whether the logs verify. HTML and JSON.
    """
    settings = desk_of(config)
    verdict = examine(settings.data, (), ())
    findings = [one.told() for one in verdict.findings] + user_findings(config)
    now_ns = SystemClock().now_ns()
    made = make_pack(settings, day_text(since), day_text(until), now_ns, findings)
    where = output if output is not None else settings.data / "reports"
    names = [str(path) for path in write_pack(made, where)]
    typer.echo(msgspec.json.encode({"files": names}) if as_json else "\n".join(names))


def told(found: WhatIf) -> list[str]:
    """A what-if in words."""
    lines = [f"{found.day}: {found.requests} requests and {found.deals} deals on quotes"]
    lines += [f"assumed: {text}" for text in found.assumptions]
    if found.changes_left_out:
        lines.append(f"{found.changes_left_out} change(s) of the day are left out")
    if found.problem:
        lines.append(f"NOT TO THE END: {safe(found.problem)}")
    for name, rows in (
        ("quoted on the day, refused now", found.newly_refused),
        ("refused on the day, quoted now", found.newly_quoted),
        ("deals not made", found.deals_lost),
        ("hits refused on the day, dealt on now", found.deals_gained),
        ("hits on quotes that would be worse for the client, not judged", found.apart),
    ):
        lines.append(f"{name}: {len(rows)}")
        lines += [f"  {_row(row)}" for row in rows[:_SHOWN]]
        if len(rows) > _SHOWN:
            lines.append(f"  … {len(rows) - _SHOWN} more (--json has all)")
    lines.append(f"refused for another reason: {found.refused_otherwise}")
    lines.append(f"quoted at another price: {found.quoted_otherwise}")
    lines.append(f"our own orders otherwise: {found.own_orders_otherwise}")
    lines.append("peaks, on the day and now:")
    for then, now in found.peaks:
        one = now or then
        assert one is not None, "one of them has it"
        before = f"{then.peak:f} ({percent(then.peak_share)})" if then else "unused"
        after = f"{now.peak:f} of {now.maximum:f} ({percent(now.peak_share)})" if now else "unused"
        lines.append(f"  {safe(one.limit_id):44} {before:>32} -> {after}")
    return lines


def _row(row: Differs) -> str:
    who = f"{row.subject} {row.counterparty} {row.side} {row.amount:f} {row.pair}"
    return safe(f"{format_time(row.at_ns)} {row.venue} {who}: {row.recorded} -> {row.now}")


def _other(limits: Path | None, strategy: Path | None) -> Other:
    return other_of(
        load_content(Kind.LIMITS, limits) if limits is not None else None,
        load_content(Kind.STRATEGY, strategy) if strategy is not None else None,
    )


def _journal(config: Path | None, folder: Path | None) -> Path:
    if config is not None:
        return journal_folder(load_settings(config.resolve()).journal_folder)
    if folder is None:
        raise RobotError("say where the journal is: --config DIR, or --folder DATA")
    return journal_folder(folder)


def _content(text: str, settings: Settings | None) -> dict[str, object]:
    path = Path(text)
    if path.exists():
        return load_content(Kind.LIMITS, path)
    if settings is None:
        raise RobotError(f"{safe(text)}: no such file; for a hash say --config DIR")
    found = [
        one
        for one in ApprovalLog(settings.data).read().proposals.values()
        if one.kind is Kind.LIMITS and one.content_hash.startswith(text.lower())
    ]
    if len(text) < _HASH_MIN or len({one.content_hash for one in found}) != 1:
        raise RobotError(
            f"{safe(text)}: no such file, and not the beginning (at least {_HASH_MIN} digits) of "
            "the hash of one content; `fxrobot limits proposals` has them"
        )
    return found[0].content


def _approved(settings: Settings | None) -> dict[str, object]:
    if settings is None:
        raise RobotError("say --config DIR, or give two files")
    found = ApprovalLog(settings.data).read().newest(Kind.LIMITS, demo=True)
    return content_of(settings.reference, Kind.LIMITS) if found is None else found.content
