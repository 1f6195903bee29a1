"""What a day used of its limits, what was refused, and who changed what: from the journal alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec

from connectors.evidence.records import SegmentView, segments_of, segments_of_day, views_of
from connectors.evidence.steps import checks_of
from connectors.evidence.use import LimitUse, Peaks, headroom_of
from connectors.evidence.words import fields_line
from robot.clock import format_time
from robot.journal import RecordKind
from robot.messages.effects import (
    AlertRaised,
    AnyEffect,
    DealBooked,
    Decided,
    LimitsMoved,
)
from robot.messages.events import (
    HaltCleared,
    KillSwitchPulled,
    KillSwitchReleased,
    Stamped,
)
from robot.messages.governing import OverrideGranted, ReferenceChanged
from robot.messages.releases import StrategyRolledBack
from robot.replay import recorded_effects

_CHANGES = (
    "ReferenceChanged",
    "OverrideGranted",
    "KillSwitchPulled",
    "KillSwitchReleased",
    "HaltCleared",
    "StrategyRolledBack",
)
WARNED = "warn"
"""Result of a check that let it pass and warned."""
_LIMIT_ALERTS = (
    *("LIMIT", "OVERRIDE", "REFERENCE", "KILL", "MARKET_JUMP", "CHECK_FAILED"),
    *("RELEASE_REFUSED", "ROLLED_BACK", "ROLLBACK_REFUSED", "CANDIDATE"),
)


class Refused(msgspec.Struct, kw_only=True):
    """Refusals of one kind for one reason and, where it is known, by one limit."""

    kind: str
    reason: str
    limit_id: str
    count: int
    first_ns: int
    last_ns: int


class Warned(msgspec.Struct, kw_only=True):
    """A warning, and how often: of a limit that was near, or an alert."""

    code: str
    text: str
    count: int
    first_ns: int
    last_ns: int


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What people did to the robot: by whom, agreed by whom."""

    at_ns: int
    what: str
    actor: str
    approver: str
    reason: str
    detail: str

    @property
    def is_override(self) -> bool:
        """Whether it is another maximum of one limit for a time."""
        return self.what == OverrideGranted.__name__

    @property
    def agreed(self) -> str:
        """By whom; stopping takes one person."""
        if self.approver:
            return f"approved by {self.approver}"
        stops = self.what == KillSwitchPulled.__name__
        return "alone, as anybody may" if stops else "approved by nobody"


class DayReport(msgspec.Struct, frozen=True, kw_only=True):
    """One trade date."""

    day: str
    segments: tuple[str, ...]
    first_ns: int
    last_ns: int
    quotes: int
    deals: int
    refusals: int
    limits: tuple[LimitUse, ...]
    refused: tuple[Refused, ...]
    warnings: tuple[Warned, ...]
    changes: tuple[Change, ...]
    problems: tuple[str, ...]


class _Tally:
    """What is counted while the day is read."""

    def __init__(self) -> None:
        self.peaks = Peaks()
        self.refused: dict[tuple[str, str, str], Refused] = {}
        self.warned: dict[tuple[str, str], Warned] = {}
        self.changes: list[Change] = []
        self.quotes = self.deals = self.refusals = 0
        self.first_ns = self.last_ns = 0

    def take(self, at_ns: int, effects: list[AnyEffect]) -> None:
        """The effects of one turn."""
        self.first_ns = self.first_ns or at_ns
        self.last_ns = max(self.last_ns, at_ns)
        self.peaks.follow(at_ns, effects)
        for effect in effects:
            if isinstance(effect, Decided):
                self._decided(at_ns, effect)
            elif isinstance(effect, DealBooked):
                self.deals += 1
            elif isinstance(effect, AlertRaised) and effect.code.startswith(_LIMIT_ALERTS):
                self._warn(at_ns, effect.code, effect.text)

    def _decided(self, at_ns: int, decided: Decided) -> None:
        self.quotes += decided.outcome == "QUOTED"
        for check in checks_of(decided):
            if check["result"] == WARNED:
                self._warn(at_ns, "LIMIT_WARNING", f"{check['limit_id']} ({check['kind']})")
        if decided.outcome != "REFUSED":
            return
        self.refusals += 1
        key = (decided.kind, decided.reason, limit_of(decided))
        found = self.refused.get(key)
        if found is None:
            self.refused[key] = Refused(
                kind=key[0], reason=key[1], limit_id=key[2], count=1, first_ns=at_ns, last_ns=at_ns
            )
        else:
            found.count, found.last_ns = found.count + 1, at_ns

    def _warn(self, at_ns: int, code: str, text: str) -> None:
        found = self.warned.get((code, text))
        if found is None:
            self.warned[code, text] = Warned(
                code=code, text=text, count=1, first_ns=at_ns, last_ns=at_ns
            )
        else:
            found.count, found.last_ns = found.count + 1, at_ns


def limit_of(decided: Decided) -> str:
    """The limit that refused, where the record says it."""
    refusing = [
        one["limit_id"] for one in checks_of(decided) if one["result"].startswith("refused")
    ]
    if refusing:
        return refusing[-1]
    limit_id, found, _ = decided.detail.partition(" maximum ")
    return limit_id if found and " " not in limit_id else ""


def report_day(folder: Path, day: str) -> DayReport:
    """The report of a trade date (`20140502`); RobotError where the journal has none."""
    paths = segments_of_day(folder, day)
    tally, problems = _Tally(), []
    for view in views_of(folder, paths):
        if view.problem:
            problems.append(view.problem)
        for at_ns, effects in effects_of(view):
            tally.take(at_ns, effects)
        tally.changes += changes_of(view)
    return DayReport(
        day=day,
        segments=tuple(path.stem for path in paths),
        first_ns=tally.first_ns,
        last_ns=tally.last_ns,
        quotes=tally.quotes,
        deals=tally.deals,
        refusals=tally.refusals,
        limits=tuple(tally.peaks.by_share()),
        refused=tuple(sorted(tally.refused.values(), key=lambda one: (-one.count, one.reason))),
        warnings=tuple(tally.warned.values()),
        changes=tuple(tally.changes),
        problems=tuple(problems),
    )


def effects_of(view: SegmentView) -> Iterator[tuple[int, list[AnyEffect]]]:
    """All effects of a segment, a turn at a time, with the time they were written."""
    for index, kind in enumerate(view.kinds):
        if kind == RecordKind.EFFECTS:
            record = view.record(index)
            yield record.at_ns, [one for row in recorded_effects(record.payload) for one in row]


def changes_of(view: SegmentView) -> list[Change]:
    """What people changed, stopped and released."""
    indices = sorted({at for name in _CHANGES for at in view.find(f'"type":"{name}"')})
    found = []
    for index in indices:
        if view.kinds[index] == RecordKind.INPUTS:
            at = view.turn_at(index)
            found += [_change(one) for one in at[1].inputs if _is_change(one)] if at else []
    return found


def _is_change(stamped: Stamped) -> bool:
    return type(stamped.event).__name__ in _CHANGES


def _change(stamped: Stamped) -> Change:
    event = stamped.event
    name = type(event).__name__
    if isinstance(event, ReferenceChanged | OverrideGranted):
        agreed = event.agreed
        if isinstance(event, OverrideGranted):
            detail = f"{event.limit_id} {event.maximum} until {format_time(event.until_ns)}"
        else:
            detail = f"{event.kind} content hash {agreed.content_hash}"
        return Change(
            at_ns=stamped.at_ns,
            what=name,
            actor=agreed.proposer,
            approver=agreed.approver,
            reason=agreed.reason,
            detail=f"{detail}, proposal {agreed.proposal}",
        )
    if isinstance(event, StrategyRolledBack):
        chosen = f"{event.strategy.name} {event.strategy.version}"
        stage = event.candidate.stage if event.candidate is not None else "no candidate"
        return Change(
            at_ns=stamped.at_ns,
            what=name,
            actor=event.actor,
            approver="",
            reason=event.reason,
            detail=f"live {chosen}, {stage}, content hash {event.content_hash}",
        )
    assert isinstance(event, KillSwitchPulled | KillSwitchReleased | HaltCleared)
    return Change(
        at_ns=stamped.at_ns,
        what=name,
        actor=event.actor,
        approver=getattr(event, "approver", ""),
        reason=event.reason,
        detail=fields_line(event, "actor", "reason", "approver"),
    )


# --- one limit over time


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """One limit after one movement."""

    at_ns: int
    segment: str
    sequence: int
    """Of the record of effects."""
    verb: str
    reservation_id: str
    requested: Decimal
    used: Decimal
    reserved: Decimal
    maximum: Decimal
    headroom: Decimal


def history(folder: Path, limit_id: str, day: str = "") -> Iterator[Movement]:
    """Every movement of a limit, oldest first."""
    needle = b'"limit_id":' + msgspec.json.encode(limit_id)
    for view in views_of(folder, segments_of(folder, since=day, until=day)):
        for index in view.find(needle):
            if view.kinds[index] != RecordKind.EFFECTS:
                continue
            record = view.record(index)
            for effect in (one for row in recorded_effects(record.payload) for one in row):
                if isinstance(effect, LimitsMoved):
                    yield from _movements(
                        view.name, record.sequence, record.at_ns, effect, limit_id
                    )


def _movements(
    segment: str, sequence: int, at_ns: int, moved: LimitsMoved, limit_id: str
) -> Iterator[Movement]:
    for move in moved.moves:
        if move.limit_id == limit_id:
            yield Movement(
                at_ns=at_ns,
                segment=segment,
                sequence=sequence,
                verb=moved.verb,
                reservation_id=moved.reservation_id,
                requested=move.requested,
                used=move.utilisation,
                reserved=move.reserved,
                maximum=move.maximum,
                headroom=headroom_of(move, moved.verb),
            )


# --- as a table for other programs


def as_csv(report: DayReport) -> str:
    """The whole report, one row a fact; the first column says which kind it is."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["section", "name", "time", "count", "value", "maximum", "share", "detail"])
    for name in ("quotes", "deals", "refusals"):
        writer.writerow(_cells("summary", name, report.last_ns, getattr(report, name), ""))
    for problem in report.problems:
        writer.writerow(_cells("problem", "journal", report.last_ns, 1, problem))
    for one in report.limits:
        share = "" if one.peak_share is None else one.peak_share
        row = ["peak", one.limit_id, format_time(one.peak_ns), one.movements]
        writer.writerow([*row, one.peak, one.peak_maximum, share, ""])
        share = "" if one.share is None else one.share
        row = ["end", one.limit_id, format_time(report.last_ns), one.movements]
        writer.writerow([*row, one.used, one.maximum, share, f"reserved {one.reserved}"])
    for two in report.refused:
        writer.writerow(
            _cells("refused", two.reason, two.last_ns, two.count, f"{two.kind} {two.limit_id}")
        )
    for three in report.warnings:
        writer.writerow(_cells("warning", three.code, three.last_ns, three.count, three.text))
    for four in report.changes:
        who = f"{four.actor}, {four.agreed}: {four.reason}"
        section = "override" if four.is_override else "change"
        writer.writerow(_cells(section, four.what, four.at_ns, 1, f"{who}; {four.detail}"))
    return out.getvalue()


def _cells(section: str, name: str, at_ns: int, count: int, detail: str) -> list[object]:
    """Text that a spreadsheet would take for a formula is marked as text."""
    shown = [f"'{text}" if text[:1] in "=+-@\t\r" and text else text for text in (name, detail)]
    return [section, shown[0], format_time(at_ns), count, "", "", "", shown[1]]
