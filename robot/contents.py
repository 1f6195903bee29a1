"""What proposals hold: from files or JSON into one way of writing, and into the core's events."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from pydantic import ValidationError

from robot.approvals import CONTENTS, Approvals, Kind, Proposal
from robot.basics.ids import CounterpartyId, LimitId
from robot.clock import format_time
from robot.core.rule_books import book_problems
from robot.deals.party import Counterparty
from robot.deals.reference import Candidate, HedgePolicy, Limits, Reference, StrategyChoice
from robot.desk import Desk, HedgeSettings
from robot.errors import ConfigurationError, RobotError
from robot.messages.events import HaltCleared, KillSwitchReleased
from robot.messages.governing import Agreed, OverrideGranted, ReferenceChanged
from robot.messages.releases import StrategyRolledBack
from robot.messages.stops import KILL_SWITCH, read_part
from robot.settings import CounterpartiesFile, LimitsFile
from robot.strategy_settings import StrategySettings, hedge_rows, strategy_row
from robot.yamlfile import Model, load_file, place_of

_LAST = frozenset({"at_maximum", "id", "maximum", "owner", "warn"})
"""Keys of a row of limits that do not say what it is about: written after those that do."""

Governing = (
    ReferenceChanged | OverrideGranted | KillSwitchReleased | HaltCleared | StrategyRolledBack
)
COMMAND = {Kind.LIMITS: "limits", Kind.COUNTERPARTIES: "counterparties", Kind.STRATEGY: "strategy"}
FILE = {
    Kind.LIMITS: "limits.yaml",
    Kind.COUNTERPARTIES: "counterparties.yaml",
    Kind.STRATEGY: "desk.yaml",
}


class StrategyContent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a STRATEGY proposal holds: what answers requests, and what sends orders by itself."""

    strategy: StrategyChoice
    hedges: tuple[HedgePolicy, ...] = ()
    candidate: Candidate | msgspec.UnsetType = msgspec.UNSET
    """Another version in a stage of its release; without one the content does not name it."""

    @property
    def parts(self) -> dict[str, object]:
        """By the reference's names."""
        candidate = self.candidate if isinstance(self.candidate, Candidate) else None
        return {"strategy": self.strategy, "hedges": self.hedges, "candidate": candidate}


class OverrideContent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an OVERRIDE proposal holds."""

    limit_id: LimitId
    maximum: Decimal
    until_ns: int


class ReleaseContent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a RELEASE proposal holds: `kill_switch`, a break or a fault, and the text it has now."""

    halt: str
    text: str


_TYPES: dict[Kind, Any] = {
    Kind.LIMITS: Limits,
    Kind.COUNTERPARTIES: dict[CounterpartyId, Counterparty],
    Kind.STRATEGY: StrategyContent,
    Kind.OVERRIDE: OverrideContent,
    Kind.RELEASE: ReleaseContent,
}


def content_of(reference: Reference, kind: Kind) -> dict[str, object]:
    """What a reference has of a kind, as it is proposed and hashed."""
    parts: dict[Kind, object] = {
        Kind.LIMITS: reference.limits,
        Kind.COUNTERPARTIES: reference.counterparties,
        Kind.STRATEGY: StrategyContent(
            strategy=reference.strategy,
            hedges=reference.hedges,
            candidate=reference.candidate or msgspec.UNSET,
        ),
    }
    return _plain(parts[kind])


def with_content(reference: Reference, kind: Kind, content: Mapping[str, object]) -> Reference:
    """A reference with a content of limits, counterparties or strategy in its place."""
    made = msgspec.convert(content, _TYPES[kind], strict=False)
    parts = made.parts if kind is Kind.STRATEGY else {COMMAND[kind]: made}
    return msgspec.structs.replace(reference, **parts)


def load_content(kind: Kind, path: Path) -> dict[str, object]:
    """The content of a file: limits.yaml, counterparties.yaml, or desk.yaml for the strategy."""
    models: dict[Kind, type[Model]] = {
        Kind.LIMITS: LimitsFile,
        Kind.COUNTERPARTIES: CounterpartiesFile,
        Kind.STRATEGY: Desk,
    }
    model = load_file(path, models[kind])
    loaded = model.model_dump(mode="json")
    if kind is Kind.COUNTERPARTIES:
        loaded = {row["id"]: row for row in loaded["counterparties"]}
    if kind is Kind.STRATEGY:
        assert isinstance(model, Desk), "the strategy stands in desk.yaml"
        strategy = strategy_row(path, model.strategy)
        hedges = hedge_rows(path, loaded["hedges"], strategy)
        loaded = {"strategy": strategy, "hedges": hedges}
    found, problem = plain_content(kind, loaded)
    if problem:
        raise ConfigurationError(f"{path}: {problem}")
    return found


def with_candidate(approvals: Approvals, content: dict[str, object]) -> dict[str, object]:
    """A strategy content of a file, with the candidate there is: a file names none, and to take one
    back is `fxrobot strategy rollback`. Other contents as they are.
    """
    if "strategy" not in content:
        return content
    newest = approvals.newest(Kind.STRATEGY, demo=True)
    candidate = newest.content.get("candidate") if newest is not None else None
    return {**content, "candidate": candidate} if candidate is not None else content


def lines(content: Mapping[str, object]) -> list[str]:
    """A content as text for people, for comparison: each value with all the keys above it, a row of
    a list whole, so that a line that changes says by itself what it is about.
    """
    return list(_lines("", content)) if content else []


def _lines(place: str, value: object) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for key in sorted(value):
            yield from _lines(f"{place}.{key}" if place else key, value[key])
    elif isinstance(value, list) and any(isinstance(row, Mapping) for row in value):
        for number, row in enumerate(value, 1):
            if isinstance(row, Mapping) and row.keys() == {"file", "text"}:  # a rule book
                yield f"{place} {number}: file {row['file']}"
                yield from _book_lines(f"{place} {number}", str(row["text"]))
            else:
                yield f"{place}: {_written(row)}"
    elif place.endswith("_ns") and isinstance(value, int):
        yield f"{place}: {value} ({format_time(value)})"
    else:
        yield f"{place}: {_written(value)}"


def _book_lines(place: str, text: str) -> Iterator[str]:
    """A rule book as it is read, line by line."""
    for line in text.splitlines():
        yield f"{place}: {line}"


def _written(value: object) -> str:
    """On one line: whom a row is about first, then how much, then the rest."""
    if isinstance(value, Mapping):
        value = {key: value[key] for key in sorted(value, key=lambda key: (key in _LAST, key))}
    return json.dumps(value, ensure_ascii=False)


def diff(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """What changes, line by line."""
    before, after = lines(old), lines(new)
    return list(difflib.unified_diff(before, after, "in force", "proposed", n=0, lineterm=""))


def diff_of(
    approvals: Approvals, proposal: Proposal, known_now: Mapping[str, object] | None = None
) -> list[str]:
    """What a proposal changes of what is approved now (before it, when it is approved itself).

    `known_now`: of an override, what the running robot says of the limit.
    """
    if proposal.kind not in CONTENTS:
        return diff(known_now or {}, proposal.content)
    known = [
        one
        for one in approvals.proposals.values()
        if one.kind is proposal.kind and one.approval and one.number != proposal.number
    ]
    if proposal.approval:
        known = [one for one in known if one.approval < proposal.approval]
    base = max(known, key=lambda one: one.approval, default=None)
    return diff(_beside(base.content, proposal.content) if base else {}, proposal.content)


def _beside(before: Mapping[str, object], after: Mapping[str, object]) -> Mapping[str, object]:
    """A new candidate is compared with the strategy that is live."""
    if "candidate" in after and "candidate" not in before:
        return {**before, "candidate": {"strategy": before.get("strategy")}}
    return before


def event_of(proposal: Proposal) -> Governing:
    """What the core is told of an approved proposal."""
    assert proposal.approver is not None, "approved by nobody"
    agreed = Agreed(
        proposal=proposal.number,
        approval=proposal.approval,
        proposer=proposal.proposer.name,
        approver=proposal.approver.name,
        content_hash=proposal.content_hash,
        proposed_ns=proposal.proposed_ns,
        approved_ns=proposal.approved_ns,
        reason=proposal.reason,
    )
    content = msgspec.convert(proposal.content, _TYPES[proposal.kind], strict=False)
    if proposal.back:
        return StrategyRolledBack(
            approval=proposal.approval,
            actor=agreed.proposer,
            reason=proposal.reason,
            content_hash=proposal.content_hash,
            **content.parts,
        )
    if proposal.kind is Kind.RELEASE:
        values = {
            "actor": agreed.proposer,
            "approver": agreed.approver,
            "reason": proposal.reason,
            "proposal": proposal.number,
            "released": content.text,
        }
        if content.halt.startswith(KILL_SWITCH):
            scope, value = read_part(content.halt.removeprefix(KILL_SWITCH))
            return KillSwitchReleased(scope=scope, value=value, **values)
        return HaltCleared(halt=content.halt, **values)
    if proposal.kind is Kind.OVERRIDE:
        return OverrideGranted(agreed=agreed, **msgspec.structs.asdict(content))
    parts = content.parts if proposal.kind is Kind.STRATEGY else {}
    if proposal.kind in (Kind.LIMITS, Kind.COUNTERPARTIES):
        parts = {COMMAND[proposal.kind]: content}
    return ReferenceChanged(
        kind=proposal.kind, agreed=agreed, effective_ns=proposal.from_ns, **parts
    )


def plain_content(kind: Kind, content: Mapping[str, object]) -> tuple[dict[str, object], str]:
    """The content with every value in its one way of writing, and what is wrong with it."""
    plain = dict(content)
    try:
        _check_by_model(kind, plain)
        made = msgspec.convert(plain, _TYPES[kind], strict=False)
        return _plain(made), _problem_of(kind, made)
    except ValidationError as problem:
        error = problem.errors()[0]
        place = ".".join(str(part) for part in place_of(error))
        return plain, f"{place}: {error['msg']}"
    except (msgspec.MsgspecError, ValueError, TypeError, RobotError) as problem:
        return plain, str(problem)


def _plain(made: object) -> dict[str, object]:
    """As JSON has it: lists, texts, numbers."""
    return msgspec.json.decode(msgspec.json.encode(made), type=dict[str, object])


def _check_by_model(kind: Kind, plain: Mapping[str, object]) -> None:
    """By the same models as the files: exact numbers, known keys, nothing negative."""
    if kind is Kind.LIMITS:
        LimitsFile.model_validate(plain)
    elif kind is Kind.COUNTERPARTIES:
        rows = list(plain.values())
        found = CounterpartiesFile.model_validate({"counterparties": rows})
        if [row.id for row in found.counterparties] != list(plain):
            raise ValueError("each counterparty stands under its own id")
    elif kind is Kind.STRATEGY:
        StrategySettings.model_validate(plain.get("strategy"))
        for row in msgspec.convert(plain.get("hedges", ()), list[object]):
            HedgeSettings.model_validate(row)
        candidate = plain.get("candidate")
        if isinstance(candidate, Mapping):
            StrategySettings.model_validate(candidate.get("strategy"))


def _problem_of(kind: Kind, made: Any) -> str:
    if kind is Kind.STRATEGY:
        tried = made.candidate if isinstance(made.candidate, Candidate) else None
        if tried is not None and tried.problem:
            return tried.problem
        for choice in (made.strategy, *([tried.strategy] if tried is not None else [])):
            wrong = book_problems(choice)
            if wrong:
                return "\n".join(wrong)
            if choice.file and not (choice.code_hash and choice.host):
                return (
                    "a strategy's file is approved with the hash of its code and its host's policy"
                )
    if kind is Kind.RELEASE and not made.text:
        return f"nothing is halted by {made.halt!r} now"
    if kind is Kind.RELEASE and made.halt.startswith(KILL_SWITCH):
        read_part(made.halt.removeprefix(KILL_SWITCH))  # ValueError: it is the name of no stop
    if kind is Kind.OVERRIDE and not (made.maximum.is_finite() and made.maximum >= 0):
        return f"a maximum of {made.maximum}"
    return ""
