"""Four eyes: who proposed and who approved a change of what the robot does. Pure.

A row of records, each about one proposal; `Approvals` is what follows from them, and refuses a row
that breaks a rule, so whatever wrote it: what is in force was approved by another person, who had
the role, had seen this very content, and in time. What was attempted and refused is a record, too.

    propose ──▶ OPEN ──approve──▶ APPROVED ──▶ EFFECTIVE (the robot has it)
                 └─ reject, withdraw, expire ──▶ REJECTED, WITHDRAWN, EXPIRED

Limits, counterparties and strategies are whole contents, proposed against the one that is newest;
of those approved the one approved last is in force, from its `from_ns` on. A strategy goes back at
one person's word, and back only (`robot.backward`).
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterator

import msgspec

from robot.backward import why_not_back
from robot.errors import JournalCorrupt
from robot.messages.governing import two_persons

DEMO = "demo"
"""Actor of the demo, who approves its own; counts only where the robot was started as a demo."""


class Role(enum.StrEnum):
    """What a user may do; one each. Everybody who is logged on may look, and may pull the kill."""

    VIEWER = "viewer"
    TRADER = "trader"
    RISK = "risk"
    OPERATIONS = "operations"
    ADMINISTRATOR = "administrator"
    """Manages users; neither proposes nor approves."""


class Kind(enum.StrEnum):
    """What is proposed."""

    LIMITS = "LIMITS"
    COUNTERPARTIES = "COUNTERPARTIES"
    STRATEGY = "STRATEGY"
    RELEASE = "RELEASE"
    """Dealing resumes after the kill switch, a break or a fault."""
    OVERRIDE = "OVERRIDE"
    """Another maximum of one limit for a time."""


CONTENTS = (Kind.LIMITS, Kind.COUNTERPARTIES, Kind.STRATEGY)
"""Kinds of which one whole content is in force."""

MAY_PROPOSE: dict[Kind, tuple[Role, ...]] = {
    Kind.LIMITS: (Role.RISK,),
    Kind.COUNTERPARTIES: (Role.RISK, Role.OPERATIONS),
    Kind.STRATEGY: (Role.TRADER, Role.RISK),
    Kind.RELEASE: (Role.TRADER, Role.OPERATIONS, Role.RISK),
    Kind.OVERRIDE: (Role.TRADER, Role.RISK),
}
MAY_ROLL_BACK = (Role.TRADER, Role.OPERATIONS, Role.RISK)
MAY_APPROVE: dict[Kind, tuple[Role, ...]] = dict.fromkeys(Kind, (Role.RISK,))

LIFE_S: dict[Kind, int] = {
    Kind.LIMITS: 7 * 86_400,
    Kind.COUNTERPARTIES: 7 * 86_400,
    Kind.STRATEGY: 7 * 86_400,
    Kind.RELEASE: 3_600,
    Kind.OVERRIDE: 86_400,
}
"""Seconds after which a proposal that nobody approved expires, unless it says otherwise."""


class Status(enum.StrEnum):
    """Where a proposal stands."""

    OPEN = "OPEN"
    APPROVED = "APPROVED"
    EFFECTIVE = "EFFECTIVE"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


class Code(enum.StrEnum):
    """Why an attempt was refused."""

    UNKNOWN_PROPOSAL = "UNKNOWN_PROPOSAL"
    ROLE = "ROLE"
    SELF_APPROVAL = "SELF_APPROVAL"
    NOT_OPEN = "NOT_OPEN"
    EXPIRED = "EXPIRED"
    CONTENT_CHANGED = "CONTENT_CHANGED"
    """The approver saw another content than the proposal has now."""
    STALE = "STALE"
    """Another content was approved since it was proposed."""
    NOT_YOURS = "NOT_YOURS"
    NO_REASON = "NO_REASON"
    NOTHING_CHANGES = "NOTHING_CHANGES"
    NOT_VALID = "NOT_VALID"
    """The content cannot be in force: it does not load, or not with the rest."""


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody, as authenticated."""

    name: str
    role: Role
    how: str
    """By what: `password`, `token 3f9a…`, `session`, `demo`."""


class Note(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """Base of all records: place, time and by whom."""

    number: int
    at_ns: int
    who: Who
    proposal: int
    """Number of the record that proposed it."""
    reason: str = ""
    key: str = ""
    """What the caller named its command: told again, it is answered again and not done again."""


class Proposed(Note, frozen=True, kw_only=True):
    """A whole content, against the one that was newest (`base_hash`, "" = none)."""

    kind: Kind
    content: dict[str, object]
    content_hash: str
    base_hash: str
    expires_ns: int
    from_ns: int = 0
    """In force from then on; 0 = from its approval on."""


class Revised(Note, frozen=True, kw_only=True):
    """Its proposer has put another content in its place."""

    content: dict[str, object]
    content_hash: str
    base_hash: str


class Approved(Note, frozen=True, kw_only=True):
    """A second person agrees to this very content."""

    content_hash: str


class RolledBack(Note, frozen=True, kw_only=True):
    """One person puts the strategy back: a candidate to a former stage or out, or the version that
    was live before. It is a content of its own, approved by nobody else.
    """

    kind: Kind = Kind.STRATEGY
    content: dict[str, object]
    content_hash: str
    base_hash: str


class Rejected(Note, frozen=True, kw_only=True):
    """A person with the role says no."""


class Withdrawn(Note, frozen=True, kw_only=True):
    """Its proposer takes it back."""


class Expired(Note, frozen=True, kw_only=True):
    """Nobody approved it in time."""


class Effective(Note, frozen=True, kw_only=True):
    """The robot has it."""


class Refused(Note, frozen=True, kw_only=True):
    """Somebody attempted what the rules forbid; nothing changed."""

    attempt: str
    code: Code
    detail: str


class AccessChange(enum.StrEnum):
    """What was changed of users and tokens."""

    ADDED = "ADDED"
    ROLE = "ROLE"
    DISABLED = "DISABLED"
    PASSWORD = "PASSWORD"
    TOKEN = "TOKEN"
    REVOKED = "REVOKED"


class AccessChanged(Note, frozen=True, kw_only=True):
    """Somebody changes a user or a token; recorded before it is done. No secret is in it."""

    change: AccessChange
    user: str
    """Whose."""
    role: Role | None = None
    """The new one."""
    token: str = ""
    """Its public part."""
    fingerprint: str = ""
    """SHA-256 of the stored hash of a password or token: proves it, opens nothing."""


class AccessUndone(Note, frozen=True, kw_only=True):
    """A change that was recorded could not be done."""

    undone: int
    """Number of its record."""


class AccessAttempt(Note, frozen=True, kw_only=True):
    """Somebody was not let in, or was refused something outside of proposals."""

    claimed: str
    """Who they said they were; empty = nothing was known of them."""
    how: str
    action: str
    code: str
    detail: str
    left_out: int = 0
    """So many before it were only counted: nobody fills the disk by trying."""


class TailCut(Note, frozen=True, kw_only=True):
    """The record before this one was never completely written (a power cut); it was left out."""

    lost_bytes: int


_OfAccess = AccessChanged | AccessUndone | AccessAttempt
_Apart = Refused | TailCut | _OfAccess
"""Records that change no proposal."""
AnyNote = (
    Proposed
    | Revised
    | Approved
    | RolledBack
    | Rejected
    | Withdrawn
    | Expired
    | Effective
    | Refused
    | TailCut
) | _OfAccess


class Proposal(msgspec.Struct, kw_only=True):
    """One proposal as it stands."""

    number: int
    kind: Kind
    status: Status
    content: dict[str, object]
    content_hash: str
    base_hash: str
    proposer: Who
    proposed_ns: int
    expires_ns: int
    from_ns: int
    reason: str
    approver: Who | None = None
    approval: int = 0
    """Number of the record that approved it."""
    approved_ns: int = 0
    closing: str = ""
    """The reason given with its end."""
    back: bool = False
    """One person put it back: `approver` is the one who did."""

    def may_be_in_force(self, at_ns: int, *, demo: bool) -> bool:
        """Whether it was approved and its time has come; the demo's own counts in a demo only."""
        if self.approver is None or (self.approver.how == DEMO and not demo):
            return False
        return self.from_ns <= at_ns


class Approvals:
    """What follows from the records; `apply` takes the next one."""

    def __init__(self) -> None:
        self.proposals: dict[int, Proposal] = {}
        self.keys: dict[tuple[str, str], AnyNote] = {}
        """(who, key) -> what the command led to."""
        self.number = 0
        """Of the last record."""
        self.at_ns = 0

    def apply(self, note: AnyNote) -> None:
        """Take the next record; one that breaks a rule raises `JournalCorrupt`."""
        if note.number != self.number + 1:
            raise JournalCorrupt(f"approvals: record {note.number} follows {self.number}")
        problem = self._problem(note)
        if problem:
            raise JournalCorrupt(f"approvals: record {note.number} breaks a rule: {problem}")
        self.number, self.at_ns = note.number, max(self.at_ns, note.at_ns)
        if note.key:
            self.keys[note.who.name, note.key] = note
        if isinstance(note, Proposed):
            self.proposals[note.number] = _opened(note)
        elif isinstance(note, RolledBack):
            self.proposals[note.number] = _rolled_back(note)
        elif not isinstance(note, _Apart):
            _advance(self.proposals[note.proposal], note)

    def newest(self, kind: Kind, *, demo: bool) -> Proposal | None:
        """The content approved last, in force or not yet."""
        return self._last(kind, at_ns=1 << 63, demo=demo)

    def in_force(self, kind: Kind, at_ns: int, *, demo: bool = False) -> Proposal | None:
        """The content that is in force at a moment by what was approved; None = nothing was."""
        return self._last(kind, at_ns=at_ns, demo=demo)

    def base_hash(self, kind: Kind) -> str:
        """What a proposal of this kind is made against now."""
        wanted = Kind.LIMITS if kind is Kind.OVERRIDE else kind
        found = self.newest(wanted, demo=True) if wanted in CONTENTS else None
        return found.content_hash if found else ""

    def overdue(self, at_ns: int) -> Iterator[Proposal]:
        """Open proposals whose time is over."""
        for proposal in self.proposals.values():
            if proposal.status is Status.OPEN and proposal.expires_ns <= at_ns:
                yield proposal

    def _last(self, kind: Kind, *, at_ns: int, demo: bool) -> Proposal | None:
        found = [
            proposal
            for proposal in self.proposals.values()
            if proposal.kind is kind and proposal.may_be_in_force(at_ns, demo=demo)
        ]
        return max(found, key=lambda proposal: proposal.approval, default=None)

    def _problem(self, note: AnyNote) -> str:
        """The rule that a record breaks; empty = none."""
        if isinstance(note, _Apart):
            return ""
        if isinstance(note, Proposed | RolledBack):
            if note.content_hash != content_hash(note.content):
                return "its hash is not that of its content"
            back = isinstance(note, RolledBack)
            found = self.why_not_back(note) if back else may_propose(note.who, note.kind)  # type: ignore[arg-type]
        else:
            known = self.proposals.get(note.proposal)
            if known is None:
                return f"{Code.UNKNOWN_PROPOSAL} {note.proposal}"
            found = self.why_not(known, note)
        return f"{found[0]}: {found[1]}" if found else ""

    def why_not_back(self, note: RolledBack) -> tuple[Code, str] | None:
        """Why one person may not put this back; None = they may."""
        missing = _lacks_role(note.who, MAY_ROLL_BACK, "put a strategy back")
        if missing is not None:
            return missing
        problem = why_not_back(self.strategies(), note.content)
        return (Code.NOT_VALID, problem) if problem else None

    def strategies(self) -> list[tuple[dict[str, object], bool]]:
        """Every strategy content that was approved, in that order, and whether it was put back."""
        found = [one for one in self.proposals.values() if one.kind is Kind.STRATEGY]
        approved = sorted((one for one in found if one.approval), key=lambda one: one.approval)
        return [(one.content, one.back) for one in approved]

    def why_not(self, proposal: Proposal, note: AnyNote) -> tuple[Code, str] | None:
        """Why this may not be done to a proposal now; None = it may."""
        if isinstance(note, Effective):
            ready = proposal.status is Status.APPROVED
            return None if ready else (Code.NOT_OPEN, f"it is {proposal.status}")
        if proposal.status is not Status.OPEN:
            return Code.NOT_OPEN, f"it is {proposal.status}"
        if isinstance(note, Expired):
            early = note.at_ns < proposal.expires_ns
            return (Code.NOT_OPEN, "its time is not over") if early else None
        if note.at_ns >= proposal.expires_ns:
            return Code.EXPIRED, f"it expired at {proposal.expires_ns}"
        if isinstance(note, Approved):
            return self._why_not_approve(proposal, note)
        if isinstance(note, Rejected):
            return _lacks_role(note.who, MAY_APPROVE[proposal.kind], "reject")
        if note.who.name.casefold() != proposal.proposer.name.casefold():
            return Code.NOT_YOURS, f"{proposal.proposer.name} proposed it"
        if isinstance(note, Revised) and note.content_hash != content_hash(note.content):
            return Code.NOT_VALID, "its hash is not that of its content"
        return None

    def _why_not_approve(self, proposal: Proposal, note: Approved) -> tuple[Code, str] | None:
        who, proposer = note.who, proposal.proposer
        is_demo = who.how == DEMO == proposer.how and who.name == DEMO == proposer.name
        if not is_demo and not two_persons(who.name, proposer.name):
            return Code.SELF_APPROVAL, f"{proposer.name} proposed it: another person approves"
        missing = _lacks_role(who, MAY_APPROVE[proposal.kind], "approve")
        if missing is not None:
            return missing
        if note.content_hash != proposal.content_hash:
            seen, now = note.content_hash[:12], proposal.content_hash[:12]
            return Code.CONTENT_CHANGED, f"approved was {seen}…, it is {now}…: look at it again"
        if proposal.base_hash != self.base_hash(proposal.kind):
            return Code.STALE, "another content was approved since: propose it anew against that"
        return None


def may_propose(who: Who, kind: Kind) -> tuple[Code, str] | None:
    """Why somebody may not propose this; None = they may."""
    return _lacks_role(who, MAY_PROPOSE[kind], f"propose {kind}")


def canonical(content: object) -> bytes:
    """A content as the bytes that are hashed: JSON, keys sorted, no spaces."""
    return msgspec.json.encode(msgspec.to_builtins(content), order="sorted")


def content_hash(content: object) -> str:
    """SHA-256 of the canonical bytes, hexadecimal."""
    return hashlib.sha256(canonical(content)).hexdigest()


def _lacks_role(who: Who, roles: tuple[Role, ...], doing: str) -> tuple[Code, str] | None:
    if who.role in roles:
        return None
    allowed = " or ".join(roles)
    return Code.ROLE, f"{who.name} is {who.role}; to {doing} takes {allowed}"


def _rolled_back(note: RolledBack) -> Proposal:
    return Proposal(
        number=note.number,
        kind=note.kind,
        status=Status.APPROVED,
        content=note.content,
        content_hash=note.content_hash,
        base_hash=note.base_hash,
        proposer=note.who,
        proposed_ns=note.at_ns,
        expires_ns=0,
        from_ns=0,
        reason=note.reason,
        approver=note.who,
        approval=note.number,
        approved_ns=note.at_ns,
        back=True,
    )


def _opened(note: Proposed) -> Proposal:
    return Proposal(
        number=note.number,
        kind=note.kind,
        status=Status.OPEN,
        content=note.content,
        content_hash=note.content_hash,
        base_hash=note.base_hash,
        proposer=note.who,
        proposed_ns=note.at_ns,
        expires_ns=note.expires_ns,
        from_ns=note.from_ns,
        reason=note.reason,
    )


_STATUS: dict[type[Note], Status] = {
    Approved: Status.APPROVED,
    Rejected: Status.REJECTED,
    Withdrawn: Status.WITHDRAWN,
    Expired: Status.EXPIRED,
    Effective: Status.EFFECTIVE,
}


def _advance(proposal: Proposal, note: AnyNote) -> None:
    if isinstance(note, Revised):
        proposal.content, proposal.content_hash = note.content, note.content_hash
        proposal.base_hash, proposal.reason = note.base_hash, note.reason
        return
    proposal.status = _STATUS[type(note)]
    if isinstance(note, Approved):
        proposal.approver, proposal.approval = note.who, note.number
        proposal.approved_ns = note.at_ns
    elif not isinstance(note, Effective):
        proposal.closing = note.reason
