"""What people do with proposals: checked, recorded, and handed to the robot when it runs.

The command line and the HTTP API are the callers; they have authenticated who is acting. The rules
are `robot.approvals`'; here are the contents (from files or JSON), the log, and the way to the
robot. A start asks `at_start` whether what it is configured with was approved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from robot.approval_log import ApprovalLog, Writer
from robot.approvals import (
    CONTENTS,
    DEMO,
    LIFE_S,
    AnyNote,
    Approvals,
    Approved,
    Code,
    Effective,
    Expired,
    Kind,
    Proposal,
    Proposed,
    Refused,
    Rejected,
    Revised,
    Role,
    RolledBack,
    Status,
    Who,
    Withdrawn,
    content_hash,
    may_propose,
)
from robot.backward import back_content
from robot.clock import NANOS_PER_SECOND
from robot.contents import (
    COMMAND,
    FILE,
    Governing,
    content_of,
    event_of,
    plain_content,
    with_content,
)
from robot.control import Answer, Command, ask
from robot.core.release_state import ReleaseState
from robot.deals.reference import Reference
from robot.errors import ConfigurationError, RobotError
from robot.fitting import is_known_program, misfit, stage_problem
from robot.settings import Settings

_Rows = tuple[dict[str, object], ...]
_DEMO = Who(name=DEMO, role=Role.RISK, how=DEMO)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an attempt. `code` is empty when it was done."""

    code: str = ""
    detail: str = ""
    proposal: Proposal | None = None

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return not self.code


class Approving:
    """The proposals of one robot, by its data folder."""

    def __init__(self, settings: Settings, now_ns: Callable[[], int]) -> None:
        self._settings = settings
        self._now_ns = now_ns
        self.log = ApprovalLog(settings.data)

    # --- proposals

    def propose(
        self,
        who: Who,
        kind: Kind,
        content: Mapping[str, object],
        *,
        reason: str,
        from_ns: int = 0,
        expires_ns: int = 0,
        key: str = "",
        source: Path | None = None,
    ) -> Outcome:
        """Somebody wants this content in force. `source`: the file that it was read from."""

        def attempt(writer: Writer) -> AnyNote:
            at_ns = writer.at_ns
            wanted, problem = plain_content(kind, content)
            hashed, base = content_hash(wanted), writer.approvals.base_hash(kind)
            refused = may_propose(who, kind)
            if refused is None:
                problem = problem or self._misfit(writer, kind, wanted, source)
                refused = _why_not_valid(problem, reason)
            if refused is None and kind in CONTENTS and hashed == base:
                refused = Code.NOTHING_CHANGES, "this content is approved already"
            if refused is not None:
                return _refuse(writer, who, "propose", 0, refused, key)
            ends_ns = expires_ns or at_ns + LIFE_S[kind] * NANOS_PER_SECOND
            return writer.append(
                lambda number, at_ns: Proposed(
                    number=number,
                    at_ns=at_ns,
                    who=who,
                    proposal=number,
                    reason=reason,
                    key=key,
                    kind=kind,
                    content=wanted,
                    content_hash=hashed,
                    base_hash=base,
                    expires_ns=ends_ns,
                    from_ns=from_ns,
                )
            )

        return self._attempt(who, key, attempt)

    def revise(
        self,
        who: Who,
        number: int,
        content: Mapping[str, object],
        *,
        reason: str,
        key: str = "",
        source: Path | None = None,
    ) -> Outcome:
        """Its proposer puts another content in its place; approvals of the old one do not count."""

        def attempt(writer: Writer) -> AnyNote:
            known = writer.approvals.proposals.get(number)
            wanted, problem = plain_content(known.kind if known else Kind.LIMITS, content)
            base = writer.approvals.base_hash(known.kind) if known else ""
            if known and not problem:
                problem = self._misfit(writer, known.kind, wanted, source)
            refused = _why_not_valid(problem, reason)
            if known is not None and refused is not None:
                return _refuse(writer, who, "revise", number, refused, key)
            return _try(
                writer,
                Revised(
                    **_place(writer, who, number, reason, key),
                    content=wanted,
                    content_hash=content_hash(wanted),
                    base_hash=base,
                ),
            )

        return self._attempt(who, key, attempt)

    def approve(
        self, who: Who, number: int, hash_seen: str, *, reason: str = "", key: str = ""
    ) -> Outcome:
        """A second person agrees to the content with this hash; the robot gets it if it runs."""

        def attempt(writer: Writer) -> AnyNote:
            note = Approved(**_place(writer, who, number, reason, key), content_hash=hash_seen)
            known = writer.approvals.proposals.get(number)
            if known is not None and writer.approvals.why_not(known, note) is None:
                # Something else may have been approved since it was proposed.
                problem = self._misfit(writer, known.kind, known.content)
                if problem:
                    why = Code.NOT_VALID, problem
                    return _refuse(writer, who, "approved", number, why, key)
            return _try(writer, note)

        done = self._attempt(who, key, attempt)
        if done.ok and done.proposal is not None and done.proposal.status is Status.APPROVED:
            return self.hand_over(who, number)
        return done

    def reject(self, who: Who, number: int, *, reason: str, key: str = "") -> Outcome:
        """A person with the role says no."""

        def attempt(writer: Writer) -> AnyNote:
            return _try(writer, Rejected(**_place(writer, who, number, reason, key)))

        return self._attempt(who, key, attempt)

    def withdraw(self, who: Who, number: int, *, reason: str, key: str = "") -> Outcome:
        """Its proposer takes it back."""

        def attempt(writer: Writer) -> AnyNote:
            return _try(writer, Withdrawn(**_place(writer, who, number, reason, key)))

        return self._attempt(who, key, attempt)

    def roll_back(self, who: Who, to: str, *, reason: str, key: str = "") -> Outcome:
        """One person puts the candidate back to a stage (DRAFT: out), or with `LIVE` the version
        that was live before in force; the robot gets it at once if it runs.
        """

        def attempt(writer: Writer) -> AnyNote:
            content = back_content(writer.approvals.strategies(), to)
            if isinstance(content, str) or not reason.strip():
                why = (Code.NO_REASON, "say why") if not reason.strip() else None
                refused = why or (Code.NOT_VALID, str(content))
                return _refuse(writer, who, "roll back", 0, refused, key)
            place = _place(writer, who, writer.approvals.number + 1, reason, key)
            note = RolledBack(
                **place,
                content=content,
                content_hash=content_hash(content),
                base_hash=writer.approvals.base_hash(Kind.STRATEGY),
            )
            refused_ = writer.approvals.why_not_back(note)
            if refused_ is not None:
                return _refuse(writer, who, "roll back", 0, refused_, key)
            return writer.append(lambda number, at_ns: note)

        done = self._attempt(who, key, attempt)
        if done.ok and done.proposal is not None and done.proposal.status is Status.APPROVED:
            return self.hand_over(who, done.proposal.number)
        return done

    def propose_release(self, who: Who, halt: str, *, reason: str, key: str = "") -> Outcome:
        """Somebody wants dealing to resume after what halts it now, as the running robot says."""
        answer = self.ask(Command(command="status"))
        halts = msgspec.convert(answer.get("halts", {}), dict[str, str])
        stops = msgspec.convert(answer.get("stops", {}), dict[str, dict[str, object]])
        halts |= {name: str(stop.get("text", "")) for name, stop in stops.items()}
        content = {"halt": halt, "text": halts.get(halt, "")}
        return self.propose(who, Kind.RELEASE, content, reason=reason, key=key)

    def known_now(self, proposal: Proposal) -> dict[str, object]:
        """Of an open override: the limit's maximum and use as the running robot has them."""
        if proposal.kind is not Kind.OVERRIDE or proposal.status is not Status.OPEN:
            return {}
        try:
            rows = msgspec.convert(self.ask(Command(command="status")).get("limits", ()), _Rows)
        except (RobotError, msgspec.ValidationError):
            return {}
        wanted = proposal.content.get("limit_id")
        found = next((row for row in rows if row.get("limit_id") == wanted), {})
        return {
            name: found[name] for name in ("limit_id", "maximum", "utilisation") if name in found
        }

    def hand_over(self, who: Who, number: int) -> Outcome:
        """Give the running robot what was approved, and record that it has it.

        Without a robot that runs, contents come into force with its next start; releases and
        overrides are handed over later, by the same call, until they expire.
        """
        proposal = self.log.read().proposals.get(number)
        if proposal is None or proposal.status is not Status.APPROVED:
            state = proposal.status if proposal else "not known"
            return Outcome(code=Code.NOT_OPEN, detail=f"proposal {number} is {state}")
        try:
            answer = self.ask(Command(command="apply", proposal=number, actor=who.name))
        except RobotError as problem:
            then = "it is handed over by fxrobot approvals apply"
            if proposal.kind is not Kind.RELEASE:
                then = "it is in force from its next start on"
            later = f"approved; the robot does not have it yet, {then}: {problem}"
            return Outcome(detail=later, proposal=proposal)
        if not answer.get("ok"):
            later = f"approved; the robot did not take it: {answer.get('problem')}"
            return Outcome(detail=later, proposal=proposal)
        return self.mark_effective(who, (number,))

    def event(self, number: int) -> Governing | str:
        """What the core is to be told of an approved proposal, or why it may not be."""
        proposal = self.log.read().proposals.get(number)
        if proposal is None or not proposal.approval:
            return f"proposal {number} is not approved"
        if proposal.kind is Kind.RELEASE and proposal.expires_ns <= self._now_ns():
            return f"proposal {number} expired; propose it anew"
        return event_of(proposal)

    def mark_effective(self, who: Who, numbers: tuple[int, ...]) -> Outcome:
        """Record that the robot has these."""
        done = Outcome()
        for number in numbers:

            def attempt(writer: Writer, number: int = number) -> AnyNote:
                return _try(writer, Effective(**_place(writer, who, number, "", "")))

            done = self._attempt(who, "", attempt)
        return done

    def may_be_tried(self, proposal: Proposal) -> bool:
        """Whether a day may be stepped under it before it is approved: not with a program that only
        one person wants run.
        """
        if proposal.kind is Kind.STRATEGY:
            return is_known_program(self._settings, self.log.read(), proposal.content)
        return proposal.kind is Kind.LIMITS

    def ask(self, command: Command) -> Answer:
        """The running trader's answer; RobotError when none runs."""
        return ask(self._settings.run_folder / "control", command)

    def _misfit(
        self,
        writer: Writer,
        kind: Kind,
        content: Mapping[str, object],
        source: Path | None = None,
    ) -> str:
        """What keeps a content from being in force with the rest; empty = nothing."""
        found = misfit(self._settings, writer.approvals, kind, content, writer.at_ns)
        if found is not None or kind is not Kind.STRATEGY:
            return found.told(source) if found is not None else ""
        problem = stage_problem(self._settings, writer.approvals, content, self.released())
        return problem if source is None or not problem else f"{source}: {problem}"

    def released(self) -> ReleaseState | None:
        """What the running robot has seen of its candidate; None = none runs."""
        try:
            answer = self.ask(Command(command="status"))
        except RobotError:
            return None
        found = answer.get("releases")
        seen = found.get("state") if isinstance(found, dict) else None
        return msgspec.convert(seen, ReleaseState, strict=False) if seen is not None else None

    def _attempt(self, who: Who, key: str, attempt: Callable[[Writer], AnyNote]) -> Outcome:
        """Once for each (who, key): the same command again gets the answer that it got."""
        with self.log.writing(self._now_ns()) as writer:
            _expire(writer)
            note = writer.approvals.keys.get((who.name, key)) if key else None
            note = note or attempt(writer)
            proposal = writer.approvals.proposals.get(note.proposal)
        if isinstance(note, Refused):
            return Outcome(code=note.code, detail=note.detail, proposal=proposal)
        return Outcome(proposal=proposal)


# --- records


def _why_not_valid(problem: str, reason: str) -> tuple[Code, str] | None:
    if problem:
        return Code.NOT_VALID, problem
    return None if reason.strip() else (Code.NO_REASON, "say why")


def _place(writer: Writer, who: Who, number: int, reason: str, key: str) -> dict[str, Any]:
    return {
        "number": writer.approvals.number + 1,
        "at_ns": writer.at_ns,
        "who": who,
        "proposal": number,
        "reason": reason,
        "key": key,
    }


def _try(writer: Writer, note: AnyNote) -> AnyNote:
    """The record, or that of its refusal."""
    attempt = type(note).__name__
    proposal = writer.approvals.proposals.get(note.proposal)
    if proposal is None:
        unknown = Code.UNKNOWN_PROPOSAL, f"no proposal has the number {note.proposal}"
        return _refuse(writer, note.who, attempt, 0, unknown, note.key)
    refused = writer.approvals.why_not(proposal, note)
    if refused is not None:
        return _refuse(writer, note.who, attempt, note.proposal, refused, note.key)
    return writer.append(lambda number, at_ns: note)


def _refuse(
    writer: Writer, who: Who, attempt: str, number: int, why: tuple[Code, str], key: str
) -> AnyNote:
    code, detail = why
    place = _place(writer, who, number, "", key)
    note = Refused(**place, attempt=attempt.lower(), code=code, detail=detail)
    return writer.append(lambda number, at_ns: note)


def _expire(writer: Writer) -> None:
    for proposal in tuple(writer.approvals.overdue(writer.at_ns)):
        by = Who(name="system", role=Role.VIEWER, how="time")
        note = Expired(**_place(writer, by, proposal.number, "nobody approved it in time", ""))
        writer.append(lambda number, at_ns, note=note: note)  # type: ignore[misc]


# --- the start


class AtStart(msgspec.Struct, frozen=True, kw_only=True):
    """What a start goes on with."""

    reference: Reference
    approvals: dict[str, int]
    told: tuple[str, ...]
    left_over: tuple[Proposal, ...]
    """Approved while the robot was not running; the core is told of them."""


def at_start(settings: Settings, now_ns: int, *, demo: bool = False) -> AtStart:
    """What is in force, or ConfigurationError: nobody approved what the files say."""
    if demo and settings.desk.environment == "production":
        raise ConfigurationError(
            f"{settings.folder / 'desk.yaml'}: --demo approves its own configuration and is "
            "refused where environment is production"
        )
    if demo:  # nobody else is there to agree to the stages of a release
        policy = msgspec.structs.replace(settings.reference.releases, staged=False)
        unstaged = settings.reference.with_parts({"releases": policy})
        settings = msgspec.structs.replace(settings, reference=unstaged)
    log = ApprovalLog(settings.data)
    told = _approve_own(settings, now_ns) if demo else ()
    approvals = log.read()
    reference, numbers, refused = settings.reference, {}, []
    for kind in CONTENTS:
        content = content_of(settings.reference, kind)
        newest = approvals.in_force(kind, now_ns, demo=demo)
        if newest is None or not _was_approved(approvals, kind, content, demo):
            refused.append(_how_to_approve(settings, kind, newest))
            continue
        numbers[str(kind)] = newest.approval
        if newest.content_hash != content_hash(content):
            path = settings.folder / FILE[kind]
            told += (f"{path} is older than proposal {newest.number}: that one is in force",)
            reference = with_content(reference, kind, newest.content)
    if refused:
        demo_only = f"fxrobot run --config {settings.folder} --demo"
        raise ConfigurationError(
            "\n".join((*refused, f"or, for a demonstration only: {demo_only}"))
        )
    waiting = (one for one in approvals.proposals.values() if one.status is Status.APPROVED)
    left_over = tuple(
        one
        for one in waiting
        if one.kind in (*CONTENTS, Kind.OVERRIDE) and (demo or one.approver != _DEMO)
    )
    return AtStart(reference=reference, approvals=numbers, told=told, left_over=left_over)


def _approve_own(settings: Settings, now_ns: int) -> tuple[str, ...]:
    """The demo proposes and approves what it is configured with, unless it has already."""
    approving = Approving(settings, lambda: now_ns)
    for kind in CONTENTS:
        content = content_of(settings.reference, kind)
        newest = approving.log.read().newest(kind, demo=True)
        if newest is None or newest.content_hash != content_hash(content):
            path = settings.folder / FILE[kind]
            done = approving.propose(_DEMO, kind, content, reason="demo", source=path)
            made = done.proposal
            if made is None:
                raise ConfigurationError(f"the demo's {kind} cannot be proposed: {done.detail}")
            with approving.log.writing(now_ns) as writer:
                place = _place(writer, _DEMO, made.number, "demo", "")
                _try(writer, Approved(**place, content_hash=made.content_hash))
    return ("DEMO: limits, counterparties and strategy were approved by nobody but the demo",)


def _was_approved(
    approvals: Approvals, kind: Kind, content: Mapping[str, object], demo: bool
) -> bool:
    hashed = content_hash(content)
    return any(
        one.content_hash == hashed and one.may_be_in_force(1 << 63, demo=demo)
        for one in approvals.proposals.values()
        if one.kind is kind
    )


def _how_to_approve(settings: Settings, kind: Kind, newest: Proposal | None) -> str:
    path, name = settings.folder / FILE[kind], COMMAND[kind]
    what = f"it differs from proposal {newest.number}, which is" if newest else "no content is"
    return (
        f"{path}: nobody approved its {name} ({what} approved for {settings.data}). "
        f"Have it approved by two persons:\n"
        f"  fxrobot {name} propose {path} --config {settings.folder} --reason WHY\n"
        f"  fxrobot {name} approve NUMBER --config {settings.folder}"
    )
