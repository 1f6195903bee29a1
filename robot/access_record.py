"""What is done to users and tokens, and who was refused, in the approvals log: chained and signed.

The tables of users can be written by whoever administers the database. So each change is recorded
here before it is done, without any secret, and `differences` compares the tables with the record:
`fxrobot audit verify --config` names what was changed past it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Lock

import msgspec

from robot.access import Attempt, Token, User, hashed
from robot.approval_log import ApprovalLog
from robot.approvals import (
    AccessAttempt,
    AccessChange,
    AccessChanged,
    AccessUndone,
    AnyNote,
    Role,
    Who,
)
from robot.clock import NANOS_PER_SECOND
from robot.errors import RobotError

ATTEMPTS_AT_ONCE = 30
ATTEMPT_EVERY_S = 600
"""One more is recorded by itself after so long; between them they are counted."""
NOBODY = Who(name="nobody", role=Role.VIEWER, how="the first user")
_SYSTEM = Who(name="system", role=Role.VIEWER, how="access")


class AccessRecord:
    """The witness of `robot.access.Access`, in the log of one data folder."""

    def __init__(self, data: Path, now_ns: Callable[[], int]) -> None:
        self._log = ApprovalLog(data)
        self._now_ns = now_ns
        self._lock = Lock()
        self._left = float(ATTEMPTS_AT_ONCE)
        self._looked_ns = now_ns()
        self._left_out = 0

    def changes(
        self,
        by: Who | None,
        change: AccessChange,
        user: str,
        role: Role | None = None,
        token: str = "",
        secret: str = "",
    ) -> int:
        """Record what is about to be done; the number of the record. JournalError: do not do it."""
        print_of = hashed(secret) if secret else ""
        with self._log.writing(self._now_ns()) as writer:
            note = writer.append(
                lambda number, at_ns: AccessChanged(
                    number=number,
                    at_ns=at_ns,
                    who=by or NOBODY,
                    proposal=0,
                    change=change,
                    user=user,
                    role=role,
                    token=token,
                    fingerprint=print_of,
                )
            )
        return note.number

    def take_over(self, by: Who, users: Sequence[User], tokens: Sequence[Token]) -> list[str]:
        """Record, in the name of an administrator, users and tokens that were never recorded: an
        older version made them. Who does it comes first; what is taken over is told.
        """
        known = RecordedAccess(self._log.notes())
        taken: list[str] = []
        for user in sorted(users, key=lambda one: (one.name != by.name, one.name)):
            if user.name in known.users:
                continue
            first = not known.users and not taken
            who = None if first else by
            self.changes(who, AccessChange.ADDED, user.name, user.role, "", user.password_hash)
            if user.disabled:
                self.changes(by, AccessChange.DISABLED, user.name)
            taken.append(f"user {user.name}")
        for token in tokens:
            if token.token_id in known.tokens:
                continue
            name = token.token_id
            self.changes(by, AccessChange.TOKEN, token.user, None, name, token.secret_hash)
            if token.revoked_ns:
                self.changes(by, AccessChange.REVOKED, token.user, None, name)
            taken.append(f"token {name} of {token.user}")
        return taken

    def undone(self, record: int) -> None:
        """It could not be done."""
        with self._log.writing(self._now_ns()) as writer:
            writer.append(
                lambda number, at_ns: AccessUndone(
                    number=number, at_ns=at_ns, who=_SYSTEM, proposal=0, undone=record
                )
            )

    def refused(self, attempt: Attempt) -> None:
        """Somebody was refused; told on standard error where the log cannot be written: they are
        refused in any case.
        """
        left_out = self._counted(attempt.at_ns)
        if left_out is None:
            return
        try:
            with self._log.writing(attempt.at_ns) as writer:
                writer.append(
                    lambda number, at_ns: AccessAttempt(
                        number=number,
                        at_ns=at_ns,
                        who=_SYSTEM,
                        proposal=0,
                        claimed=attempt.user[:80],
                        how=attempt.how[:80],
                        action=attempt.action[:200],
                        code=attempt.code,
                        detail=attempt.detail[:500],
                        left_out=left_out,
                    )
                )
        except RobotError as problem:
            sys.stderr.write(f"access: a refusal is not recorded: {problem}\n")

    def _counted(self, at_ns: int) -> int | None:
        """How many were left out before this one; None = this one is, too."""
        with self._lock:
            gained = (at_ns - self._looked_ns) / (ATTEMPT_EVERY_S * NANOS_PER_SECOND)
            self._left = min(ATTEMPTS_AT_ONCE, self._left + max(0.0, gained))
            self._looked_ns = at_ns  # also when the clock was set back
            if self._left < 1:
                self._left_out += 1
                return None
            self._left -= 1
            left_out, self._left_out = self._left_out, 0
            return left_out


class _KnownUser(msgspec.Struct):
    role: Role
    fingerprint: str
    disabled: bool = False


class _KnownToken(msgspec.Struct):
    user: str
    fingerprint: str
    revoked: bool = False


class RecordedAccess:
    """Users and tokens as the record has them."""

    def __init__(self, notes: Iterable[AnyNote]) -> None:
        self.users: dict[str, _KnownUser] = {}
        self.tokens: dict[str, _KnownToken] = {}
        self.problems: list[str] = []
        every = list(notes)
        undone = {note.undone for note in every if isinstance(note, AccessUndone)}
        for note in every:
            if isinstance(note, AccessChanged) and note.number not in undone:
                self._apply(note)

    def _apply(self, note: AccessChanged) -> None:
        problem = self._problem(note)
        if problem:
            self.problems.append(f"record {note.number}: {problem}")
        known = self.users.get(note.user)
        if note.change is AccessChange.ADDED:
            role = note.role or Role.VIEWER
            self.users[note.user] = _KnownUser(role=role, fingerprint=note.fingerprint)
        elif note.change is AccessChange.TOKEN:
            self.tokens[note.token] = _KnownToken(user=note.user, fingerprint=note.fingerprint)
        elif note.change is AccessChange.REVOKED and note.token in self.tokens:
            self.tokens[note.token].revoked = True
        elif known is not None and note.change is AccessChange.ROLE and note.role is not None:
            known.role = note.role
        elif known is not None and note.change is AccessChange.DISABLED:
            known.disabled = True
        elif known is not None and note.change is AccessChange.PASSWORD:
            known.fingerprint = note.fingerprint

    def _problem(self, note: AccessChanged) -> str:
        """The rule of access that a record breaks."""
        by = self.users.get(note.who.name)
        if note.change is AccessChange.ADDED and note.who.name == NOBODY.name:
            return "a user added by nobody, who is not the first" if self.users else ""
        own = note.who.name == note.user
        if note.change in (AccessChange.ROLE, AccessChange.DISABLED) and own:
            return f"{note.user} changed themselves"
        if own and note.change in (
            AccessChange.PASSWORD,
            AccessChange.TOKEN,
            AccessChange.REVOKED,
        ):
            return ""
        if by is None or by.role is not Role.ADMINISTRATOR or by.disabled:
            return f"{note.change} of {note.user} by {note.who.name}, who was no administrator"
        return ""

    def differences(self, users: Sequence[User], tokens: Sequence[Token]) -> list[str]:
        """What the tables have otherwise, a line each."""
        found = list(self.problems)
        rows = {user.name: user for user in users}
        for name in sorted({*rows, *self.users}):
            row, known = rows.get(name), self.users.get(name)
            if row is None or known is None:
                found.append(f"user {name}: {_only(row is not None)}")
                continue
            if row.role is not known.role:
                found.append(f"user {name}: is {row.role}, recorded as {known.role}")
            if row.disabled is not known.disabled:
                state = "disabled" if known.disabled else "not disabled"
                found.append(f"user {name}: recorded as {state}, and is otherwise")
            if hashed(row.password_hash) != known.fingerprint:
                found.append(f"user {name}: another password than the recorded one")
        return found + self._of_tokens({token.token_id: token for token in tokens})

    def _of_tokens(self, rows: dict[str, Token]) -> list[str]:
        found = []
        for name in sorted({*rows, *self.tokens}):
            row, known = rows.get(name), self.tokens.get(name)
            if row is None or known is None:
                found.append(f"token {name}: {_only(row is not None)}")
            elif row.user != known.user:
                found.append(f"token {name}: of {row.user}, recorded as {known.user}'s")
            elif hashed(row.secret_hash) != known.fingerprint:
                found.append(f"token {name}: another secret than the recorded one")
            elif bool(row.revoked_ns) is not known.revoked:
                state = "revoked" if known.revoked else "not revoked"
                found.append(f"token {name}: recorded as {state}, and is otherwise")
        return found


def _only(in_table: bool) -> str:
    return "in the table, never recorded" if in_table else "recorded, and not in the table"
