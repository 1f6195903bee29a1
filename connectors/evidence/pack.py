"""The pack for the yearly self-assessment: what runs, who answers for it, what it was allowed, what
happened, and which control is proven by which test. Gathered from the journal, the approvals log
and the configuration; judging it is a person's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

import robot
from connectors.evidence.catalogue import CONTROLS
from connectors.evidence.days import Change, DayReport, Warned, report_day
from connectors.evidence.page import escaped, heading, page, paragraph, table
from connectors.evidence.records import segments_of
from connectors.evidence.use import LimitUse, percent
from robot.approval_log import ApprovalLog
from robot.approvals import CONTENTS, AccessAttempt, AnyNote, Kind, Proposal, Refused
from robot.clock import format_time
from robot.contents import with_content
from robot.deals.limit_rows import LimitKind, row_id
from robot.deals.reference import Reference
from robot.errors import RobotError
from robot.settings import Settings

_BREACHES = ("LIMIT_BREACHED", "LIMIT_EXCEEDED")
_INCIDENTS = ("KILL", "CHECK_FAILED", "MARKET_JUMP", "LIMIT_STOP")


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One trade date in figures."""

    day: str
    quotes: int
    deals: int
    refusals: int
    warnings: int
    problems: tuple[str, ...]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the limit tree, and the fullest that one of its limits was."""

    name: str
    maximum: str
    at_maximum: str
    holds: str
    owner: str


class Strategy(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy that was in force, or is."""

    name: str
    version: str
    factory: str
    proposer: str
    approver: str
    approved_ns: int
    content_hash: str


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """A control and the tests that prove it."""

    id: str
    name: str
    state: str
    missing: str
    tests: tuple[str, ...]


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; days as `20140502`."""

    since: str
    until: str
    made_ns: int
    code_version: str
    desk: dict[str, str]
    configuration_hash: str
    strategies: tuple[Strategy, ...]
    limits: tuple[Row, ...]
    without_owner: int
    """Rows of the tree for which nobody answers by name."""
    peaks: tuple[LimitUse, ...]
    """Of each limit the most that was used of it in the period."""
    days: tuple[Day, ...]
    breaches: tuple[Warned, ...]
    incidents: tuple[Warned, ...]
    changes: tuple[Change, ...]
    proposals: dict[str, int]
    """Status -> how many were proposed in the period."""
    refused: dict[str, int]
    """Code -> how many attempts the rules forbade, or were not let in."""
    controls: tuple[Proven, ...]
    verified: tuple[str, ...]
    """What verifying the logs found; nothing = they are what was written."""


def make_pack(
    settings: Settings,
    since: str,
    until: str,
    made_ns: int,
    verified: Iterable[str],
    progress: Callable[[str], None] | None = None,
) -> Pack:
    """The pack of the trade dates from `since` to `until`."""
    names = {path.stem[:8] for path in segments_of(settings.journal_folder, since, until)}
    if not names:
        raise RobotError(f"{settings.journal_folder}: no trade date from {since} to {until}")
    reports, damaged = [], []
    for name in sorted(names):
        if progress is not None:
            progress(name)
        try:
            reports.append(report_day(settings.journal_folder, name))
        except RobotError as problem:
            damaged.append(_unread(name, str(problem)))
    first_ns = min((one.first_ns for one in reports), default=0)
    last_ns = max((made_ns, *(one.last_ns for one in reports)))
    log = ApprovalLog(settings.data)
    approvals = log.read()
    known = tuple(approvals.proposals.values())
    reference = settings.reference
    for kind in CONTENTS:
        newest = approvals.in_force(kind, made_ns, demo=True)
        if newest is not None:
            reference = with_content(reference, kind, newest.content)
    rows = tuple(_rows(reference.limits.tree))
    return Pack(
        since=since or min(names),
        until=until or max(names),
        made_ns=made_ns,
        code_version=robot.__version__,
        desk=_desk(reference, settings),
        configuration_hash=settings.hash,
        strategies=tuple(_strategies(known, reference)),
        limits=rows,
        without_owner=sum(not row.owner for row in rows),
        peaks=_peaks(reports),
        days=tuple(sorted([*map(_day, reports), *damaged], key=lambda one: one.day)),
        breaches=_warned(reports, _BREACHES),
        incidents=_warned(reports, _INCIDENTS),
        changes=tuple(change for one in reports for change in one.changes),
        proposals=_counted(
            str(one.status) for one in known if first_ns <= one.proposed_ns <= last_ns
        ),
        refused=_counted(_codes(log.notes(), first_ns, last_ns)),
        controls=tuple(
            Proven(id=one.id, name=one.name, state=one.state, missing=one.missing, tests=one.tests)
            for one in CONTROLS
        ),
        verified=tuple(verified),
    )


def _desk(reference: Reference, settings: Settings) -> dict[str, str]:
    names = ("entity", "desk", "book", "trader", "reporting_currency")
    found = {name: str(getattr(reference, name)) for name in names}
    venues = ", ".join(venue.id for venue in reference.venues)
    return found | {"environment": settings.desk.environment, "venues": venues}


def _rows(tree: Mapping[LimitKind, Iterable[object]]) -> Iterable[Row]:
    for kind, rows in tree.items():
        for row in rows:
            begin, end = getattr(row, "from_date", None), getattr(row, "until_date", None)
            maximum = getattr(row, "maximum", None)
            yield Row(
                name=row_id(kind, row),  # type: ignore[arg-type]
                maximum="" if maximum is None else f"{maximum:f}",
                at_maximum=str(getattr(row, "at_maximum", "")),
                holds=f"{begin or ''} to {end or ''}" if begin or end else "always",
                owner=str(getattr(row, "owner", "")),
            )


def _strategies(known: Iterable[Proposal], reference: Reference) -> Iterable[Strategy]:
    """Every strategy that two persons agreed to, or one put back (then nobody approved it), oldest
    first; that of the files where none was.
    """
    found = False
    for one in known:
        if one.kind is not Kind.STRATEGY or one.approver is None:
            continue
        found, choice = True, one.content.get("strategy")
        named = choice if isinstance(choice, dict) else {}
        yield Strategy(
            name=str(named.get("name", "")),
            version=str(named.get("version", "")),
            factory=str(named.get("factory", "")),
            proposer=one.proposer.name,
            approver=one.approver.name if not one.back else "",
            approved_ns=one.approved_ns,
            content_hash=one.content_hash,
        )
    if not found:
        choice = reference.strategy
        yield Strategy(
            name=choice.name,
            version=choice.version,
            factory=choice.factory,
            proposer="",
            approver="",
            approved_ns=0,
            content_hash="",
        )


def _peaks(reports: Iterable[DayReport]) -> tuple[LimitUse, ...]:
    worst: dict[str, LimitUse] = {}
    for one in (limit for report in reports for limit in report.limits):
        held = worst.get(one.limit_id)
        if held is None or (one.peak_share or 0) > (held.peak_share or 0):
            worst[one.limit_id] = one
    return tuple(sorted(worst.values(), key=lambda one: (-(one.peak_share or 0), one.limit_id)))


def _day(report: DayReport) -> Day:
    return Day(
        day=report.day,
        quotes=report.quotes,
        deals=report.deals,
        refusals=report.refusals,
        warnings=sum(one.count for one in report.warnings),
        problems=report.problems,
    )


def _unread(day: str, problem: str) -> Day:
    """A day of which the journal cannot be read."""
    return Day(day=day, quotes=0, deals=0, refusals=0, warnings=0, problems=(problem,))


def _warned(reports: Iterable[DayReport], codes: tuple[str, ...]) -> tuple[Warned, ...]:
    return tuple(one for report in reports for one in report.warnings if one.code.startswith(codes))


def _codes(notes: Iterable[AnyNote], first_ns: int, last_ns: int) -> Iterable[str]:
    for note in notes:
        if isinstance(note, Refused | AccessAttempt) and first_ns <= note.at_ns <= last_ns:
            yield str(note.code)


def _counted(names: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in names:
        found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items()))


def pack_page(pack: Pack) -> str:
    """As HTML."""
    built = sum(one.state == "built" for one in pack.controls)
    dealt = sum(one.deals for one in pack.days)
    parts = [
        f"<h1>Self-assessment {escaped(pack.since)} to {escaped(pack.until)}</h1>",
        paragraph(f"{len(pack.days)} trade dates, {dealt} deals, {len(pack.breaches)} breaches"),
        paragraph(f"made {format_time(pack.made_ns)} by fxrobot {pack.code_version}", "quiet"),
        *(paragraph(f"not as it was written: {one}", "problem") for one in pack.verified),
        heading("Desk"),
        table(("What", "Value"), [*pack.desk.items(), ("files", pack.configuration_hash)]),
        heading("Strategies"),
        table(
            ("Name", "Version", "Program", "Proposed by", "Approved by", "Approved"),
            [
                (one.name, one.version, one.factory, one.proposer, one.approver or "nobody",
                 format_time(one.approved_ns) if one.approved_ns else "")
                for one in pack.strategies
            ],
        ),
        heading("Limits of the tree and who answers for them"),
        paragraph(f"{pack.without_owner} rows without an owner", "quiet"),
        table(
            ("Limit", "Owner", "Holds", "At the maximum", "Maximum"),
            [(one.name, one.owner or "nobody", one.holds, one.at_maximum, one.maximum)
             for one in pack.limits],
            numbers=1,
        ),
        heading("Fullest in the period"),
        table(
            ("Limit", "At", "Share", "Peak", "Maximum"),
            [(one.limit_id, format_time(one.peak_ns), percent(one.peak_share), one.peak,
              one.peak_maximum) for one in pack.peaks],
            numbers=3,
        ),
        heading("Breaches"), _of_warned(pack.breaches),
        heading("Incidents"), _of_warned(pack.incidents),
        heading("Changes, overrides, stops and releases"),
        table(
            ("Time", "What", "By", "Agreed", "Why"),
            [(format_time(one.at_ns), one.what, one.actor, one.agreed, one.reason)
             for one in pack.changes],
        ),
        heading("Four eyes"),
        table(("Proposals", "Count"), list(pack.proposals.items()), numbers=1),
        table(("Refused", "Count"), list(pack.refused.items()), numbers=1),
        heading(f"Controls: {built} of {len(pack.controls)} built"),
        table(
            ("Control", "Name", "State", "Missing", "Tests"),
            [(one.id, one.name, one.state, one.missing, ", ".join(one.tests))
             for one in pack.controls],
        ),
        heading("Days"),
        table(
            ("Day", "Problems", "Quotes", "Deals", "Refusals", "Warnings"),
            [(one.day, "; ".join(one.problems), one.quotes, one.deals, one.refusals, one.warnings)
             for one in pack.days],
            numbers=4,
        ),
    ]  # fmt: skip
    return page(f"Self-assessment {pack.since} to {pack.until}", parts)


def _of_warned(rows: Iterable[Warned]) -> str:
    return table(
        ("Code", "What", "First", "Last", "Count"),
        [
            (one.code, one.text, format_time(one.first_ns), format_time(one.last_ns), one.count)
            for one in rows
        ],
        numbers=1,
    )


def write_pack(pack: Pack, folder: Path) -> tuple[Path, Path]:
    """As page and as data; a new pack takes the place of the one of the same period."""
    files = tuple(folder / f"pack-{pack.since}-{pack.until}.{end}" for end in ("html", "json"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files[0].write_text(pack_page(pack), encoding="utf-8")
        files[1].write_bytes(msgspec.json.format(msgspec.json.encode(pack), indent=1))
    except OSError as problem:
        raise RobotError(f"{folder}: the pack cannot be written: {problem}") from problem
    return files[0], files[1]
