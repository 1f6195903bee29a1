"""What was in force at a moment, and who had agreed to it: from the journal, and the approvals log
where it is there.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from connectors.evidence.records import SegmentView, Turn
from connectors.evidence.steps import Step
from connectors.evidence.words import plain, safe
from robot.approval_log import ApprovalLog
from robot.approvals import Approvals, Kind, Proposal, content_hash
from robot.clock import format_time
from robot.contents import content_of
from robot.deals.reference import Reference
from robot.errors import RobotError
from robot.journal import RecordKind, Snapshot
from robot.messages.events import RobotStarted, Stamped
from robot.messages.governing import Agreed, OverrideGranted, ReferenceChanged
from robot.messages.releases import StrategyRolledBack

_NEEDLES = (
    '"type":"RobotStarted"',
    '"type":"ReferenceChanged"',
    '"type":"OverrideGranted"',
    '"type":"StrategyRolledBack"',
)
_KINDS = (Kind.LIMITS, Kind.COUNTERPARTIES, Kind.STRATEGY)


class _Start(msgspec.Struct):
    """Of a segment's first state only what governs."""

    reference: Reference | None = None
    governed: dict[str, int] = {}
    overrides: dict[str, OverrideGranted] = {}


class _Known(msgspec.Struct):
    """What governs after so many events."""

    reference: Reference | None = None
    approvals: dict[str, int] = {}
    agreed: dict[str, Agreed] = {}
    overrides: dict[str, OverrideGranted] = {}
    code_version: str = ""
    configuration_hash: str = ""


class Governance:
    """Of one segment."""

    def __init__(self, view: SegmentView, data: Path | None) -> None:
        self._view = view
        self.problems: list[str] = []
        self._approvals = self._read_approvals(data)
        self._events = self._governing()

    def venues(self, index: int) -> tuple[str, ...]:
        """The venues that are dealt at."""
        reference = self.at(index).reference
        return tuple(venue.id for venue in reference.venues) if reference is not None else ()

    def at(self, index: int) -> _Known:
        """What governs just after the turn at `index` began."""
        known = _Known()
        start = self._start()
        if start is not None:
            known.reference, known.approvals = start.reference, dict(start.governed)
            known.overrides = dict(start.overrides)
        until_ns = self._view.record(index).at_ns if index < len(self._view) else 2**63
        coming = [(at, one) for at, one in self._events if at <= index]
        for _, stamped in coming:
            _apply(known, stamped, until_ns)
        known.overrides = {
            name: one for name, one in known.overrides.items() if one.until_ns > until_ns
        }
        return known

    def steps(self, index: int) -> list[Step]:
        """The limits, counterparties and strategy in force, with their approvals."""
        found = self._view.turn_at(index)
        known = self.at(index)
        if found is None or known.reference is None:
            return []
        turn = found[1]
        steps = [self._step(turn, known, known.reference, kind) for kind in _KINDS]
        steps += [_override_step(turn, one) for one in known.overrides.values()]
        return steps

    def _step(self, turn: Turn, known: _Known, reference: Reference, kind: Kind) -> Step:
        content = content_of(reference, kind)
        digest = content_hash(content)
        lines = [f"content hash {digest}"]
        if kind is Kind.STRATEGY:
            chosen = reference.strategy
            lines.insert(0, f"strategy {chosen.name} version {chosen.version}")
        agreed = known.agreed.get(kind)
        number = agreed.approval if agreed is not None else known.approvals.get(kind, 0)
        proposal = self._proposal(number)
        if agreed is not None:
            lines += _agreed_lines(agreed)
        elif proposal is not None:
            lines += _proposal_lines(proposal, digest)
        elif number:
            lines.append(f"approved by record {number} of the approvals log, which is not here")
        else:
            lines.append("the journal names no approval of it: from before there were any")
        title = f"{kind} in force"
        data: dict[str, object] = {"kind": kind, "content_hash": digest, "approval": number}
        if proposal is not None:
            data["proposal"] = plain(msgspec.structs.replace(proposal, content={}))
        return _placed(turn, title, lines, data)

    def _proposal(self, approval: int) -> Proposal | None:
        if self._approvals is None or not approval:
            return None
        known = self._approvals.proposals.values()
        return next((one for one in known if one.approval == approval), None)

    def _start(self) -> _Start | None:
        if len(self._view) < 2 or self._view.kinds[1] != RecordKind.SNAPSHOT:
            return None
        found = msgspec.json.decode(self._view.record(1).payload, type=Snapshot)
        return msgspec.json.decode(found.state, type=_Start)

    def _governing(self) -> list[tuple[int, Stamped]]:
        indices = sorted({at for text in _NEEDLES for at in self._view.find(text)})
        found = []
        for index in indices:
            at = self._view.turn_at(index)
            if at is not None and at[0] == index:
                found += [(index, stamped) for stamped in at[1].inputs if _governs(stamped)]
        return found

    def _read_approvals(self, data: Path | None) -> Approvals | None:
        if data is None or not ApprovalLog(data).path.exists():
            return None
        try:
            return ApprovalLog(data).read()
        except RobotError as problem:
            self.problems.append(f"the approvals log cannot be used: {problem}")
            return None


def _governs(stamped: Stamped) -> bool:
    return isinstance(
        stamped.event, RobotStarted | ReferenceChanged | OverrideGranted | StrategyRolledBack
    )


def _apply(known: _Known, stamped: Stamped, until_ns: int) -> None:
    event = stamped.event
    if isinstance(event, RobotStarted):
        known.reference, known.approvals = event.reference, dict(event.approvals)
        known.agreed = {}
        known.code_version = event.code_version
        known.configuration_hash = event.configuration_hash
    elif isinstance(event, ReferenceChanged) and known.reference is not None:
        newer = event.agreed.approval > known.approvals.get(event.kind, 0)
        if event.agreed.by_two and newer and event.effective_ns <= until_ns:
            known.reference = _changed(known.reference, event)
            known.approvals[event.kind] = event.agreed.approval
            known.agreed[event.kind] = event.agreed
    elif isinstance(event, StrategyRolledBack) and known.reference is not None:
        names = ("strategy", "hedges", "candidate")
        known.reference = known.reference.with_parts({one: getattr(event, one) for one in names})
        known.approvals[Kind.STRATEGY] = event.approval
        known.agreed.pop(Kind.STRATEGY, None)
    elif isinstance(event, OverrideGranted) and event.agreed.by_two:
        known.overrides[event.limit_id] = event


def _changed(reference: Reference, event: ReferenceChanged) -> Reference:
    return reference.with_parts(event.parts)


def _agreed_lines(agreed: Agreed) -> list[str]:
    return [
        f"proposal {agreed.proposal} by {agreed.proposer} at {format_time(agreed.proposed_ns)}: "
        f"{agreed.reason}",
        f"approved by {agreed.approver} at {format_time(agreed.approved_ns)}, "
        f"content hash {agreed.content_hash}",
    ]


def _proposal_lines(proposal: Proposal, digest: str) -> list[str]:
    approver = proposal.approver
    lines = [
        f"proposal {proposal.number} by {proposal.proposer.name} ({proposal.proposer.role}, "
        f"{proposal.proposer.how}) at {format_time(proposal.proposed_ns)}: {proposal.reason}"
    ]
    if proposal.back:
        lines.append("put back by this one person: what goes back takes no second one")
    elif approver is not None:
        lines.append(
            f"approved by {approver.name} ({approver.role}, {approver.how}) "
            f"at {format_time(proposal.approved_ns)}"
        )
    if proposal.content_hash != digest:
        lines.append(f"its content hash is {proposal.content_hash}: NOT what is in force")
    return lines


def _override_step(turn: Turn, granted: OverrideGranted) -> Step:
    lines = [
        f"maximum {granted.maximum} until {format_time(granted.until_ns)}",
        *_agreed_lines(granted.agreed),
    ]
    return _placed(turn, f"Override of {granted.limit_id} in force", lines, plain(granted))


def _placed(turn: Turn, title: str, lines: list[str], data: dict[str, object]) -> Step:
    step = Step.of(turn, turn.inputs[0], 0, "approval", title)
    return msgspec.structs.replace(step, lines=tuple(map(safe, lines)), data=data)
