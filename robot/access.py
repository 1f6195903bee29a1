"""Who is there: users with one role each, passwords, API tokens, sessions. Refusals are recorded.

Pure but for what it is given: the store of the rows, the hasher of passwords, the clock, and where
random bytes come from. Secrets are never stored: passwords as argon2 hashes, tokens and session
keys (256 random bits) as SHA-256, compared in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import msgspec

from robot.approvals import DEMO, AccessChange, Role, Who
from robot.clock import NANOS_PER_SECOND, format_time
from robot.errors import RobotError

PASSWORD_MIN = 12
PASSWORD_MAX = 256
"""Characters. Length is the only rule: others make passwords worse."""
FAILURES_FREE = 4
"""Wrong passwords in a row before the user has to wait; each further one doubles the wait."""
PAUSE_MAX_S = 900
SESSION_S = 8 * 3_600
IDLE_S = 1_800
TOKEN_S = 90 * 86_400
SECRET_BYTES = 32
USED_EVERY_NS = 60 * NANOS_PER_SECOND
"""How exactly the last use is kept: not a write for each request."""
RESERVED = (DEMO, "system", "robot")
_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
_TOKEN = re.compile(r"fxr_([0-9a-f]{12})_([0-9a-f]{64})")


class User(msgspec.Struct, frozen=True, kw_only=True):
    """One person."""

    name: str
    role: Role
    password_hash: str
    created_ns: int
    created_by: str
    disabled: bool = False
    failures: int = 0
    """Wrong passwords in a row."""
    locked_until_ns: int = 0


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """An API token; `token_id` is the part that may be shown."""

    token_id: str
    user: str
    secret_hash: str
    label: str
    created_ns: int
    expires_ns: int
    used_ns: int = 0
    revoked_ns: int = 0


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A log-on by password; `session_id` is the hash of what the browser holds."""

    session_id: str
    user: str
    csrf_hash: str
    created_ns: int
    expires_ns: int
    used_ns: int
    ended_ns: int = 0


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A log-on, or something refused to somebody."""

    at_ns: int
    user: str
    """As claimed."""
    how: str
    action: str
    code: str
    """Empty = let in."""
    detail: str = ""


class Denied(msgspec.Struct, frozen=True, kw_only=True):
    """Not let in. `detail` is for the record; the one who asked learns the code only."""

    code: str
    detail: str


class UserStore(Protocol):
    """Where the rows are; connectors implement it. A change is of the columns that it names, so
    that nobody who is just being let in takes back what an administrator does meanwhile.
    """

    def user(self, name: str) -> User | None: ...
    def users(self) -> Sequence[User]: ...
    def add_user(self, user: User) -> None: ...
    def change_user(self, name: str, **values: object) -> None: ...
    def count_failure(self, name: str) -> int: ...
    def token(self, token_id: str) -> Token | None: ...
    def tokens(self, user: str) -> Sequence[Token]: ...
    def add_token(self, token: Token) -> None: ...
    def change_token(self, token_id: str, **values: object) -> None: ...
    def session(self, session_id: str) -> Session | None: ...
    def sessions(self, user: str) -> Sequence[Session]: ...
    def add_session(self, session: Session) -> None: ...
    def change_session(self, session_id: str, **values: object) -> None: ...
    def record(self, attempt: Attempt) -> None: ...
    def attempts(self, newest: int) -> Sequence[Attempt]: ...
    def close(self) -> None: ...


class Hasher(Protocol):
    """Passwords to hashes."""

    def hash(self, password: str) -> str: ...
    def verify(self, hashed: str, password: str) -> bool: ...


class Witness(Protocol):
    """Where it is recorded that cannot be changed unnoticed; `robot.access_record`."""

    def changes(
        self,
        by: Who | None,
        change: AccessChange,
        user: str,
        role: Role | None = None,
        token: str = "",
        secret: str = "",
    ) -> int: ...
    def undone(self, record: int) -> None: ...
    def refused(self, attempt: Attempt) -> None: ...


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A new session: what only the browser gets."""

    who: Who
    key: str
    csrf: str
    expires_ns: int


class Access:
    """Lets people in, or says why not."""

    def __init__(
        self,
        store: UserStore,
        hasher: Hasher,
        now_ns: Callable[[], int],
        random: Callable[[int], bytes],
        witness: Witness | None = None,
    ) -> None:
        self.store = store
        self._witness = witness
        self._hasher = hasher
        self._now_ns = now_ns
        self._random = random
        self._nobody = ""

    # --- letting in

    def by_password(self, name: str, password: str) -> Who | Denied:
        """A person with a password. Unknown names take as long as wrong passwords."""
        now_ns, user = self._now_ns(), self.store.user(name.casefold())
        if user is None or user.disabled:
            self._hasher.verify(self._somebodys_hash(), password[:PASSWORD_MAX])
            problem = "disabled" if user else "no such user"
            return self._denied(name, "password", "NOT_AUTHENTICATED", problem)
        if now_ns < user.locked_until_ns:
            return self._denied(name, "password", "LOCKED", f"until {user.locked_until_ns}")
        if not self._hasher.verify(user.password_hash, password[: PASSWORD_MAX + 1]):
            failures = self.store.count_failure(user.name)
            until_ns = now_ns + pause_s(failures) * NANOS_PER_SECOND
            self.store.change_user(user.name, locked_until_ns=until_ns)
            text = f"wrong password, {failures} in a row"
            return self._denied(name, "password", "NOT_AUTHENTICATED", text)
        if user.failures:
            self.store.change_user(user.name, failures=0, locked_until_ns=0)
        self.note(user.name, "password", "log on", "")
        return Who(name=user.name, role=user.role, how="password")

    def by_token(self, text: str) -> Who | Denied:
        """A program with a token."""
        found = _TOKEN.fullmatch(text.strip())
        if found is None:
            return self._denied("", "token", "NOT_AUTHENTICATED", "not of a token's form")
        token_id, secret = found.groups()
        token, now_ns = self.store.token(token_id), self._now_ns()
        how = f"token {token_id}"
        if token is None or not hmac.compare_digest(token.secret_hash, hashed(secret)):
            return self._denied("", how, "NOT_AUTHENTICATED", "no such token")
        if token.revoked_ns:
            at = f"at {format_time(token.revoked_ns)}"
            return self._denied(token.user, how, "TOKEN_REVOKED", at)
        if now_ns >= token.expires_ns:
            at = f"at {format_time(token.expires_ns)}"
            return self._denied(token.user, how, "TOKEN_EXPIRED", at)
        if now_ns - token.used_ns > USED_EVERY_NS:
            self.store.change_token(token_id, used_ns=now_ns)
        return self._active(token.user, how)

    def by_session(self, key: str, csrf: str | None = None) -> Who | Denied:
        """A browser with a session; with `csrf` for what changes something."""
        now_ns, session = self._now_ns(), self.store.session(hashed(key))
        if session is None:
            return self._denied("", "session", "NOT_AUTHENTICATED", "no such session")
        idle_ns = now_ns - session.used_ns
        over = session.ended_ns or now_ns >= session.expires_ns
        if over or idle_ns > IDLE_S * NANOS_PER_SECOND:
            return self._denied(session.user, "session", "SESSION_EXPIRED", "it is over")
        if csrf is not None and not hmac.compare_digest(session.csrf_hash, hashed(csrf)):
            return self._denied(session.user, "session", "CSRF", "the page's own key is missing")
        if idle_ns > USED_EVERY_NS:
            self.store.change_session(session.session_id, used_ns=now_ns)
        return self._active(session.user, "session")

    def open_session(self, name: str, password: str) -> Opened | Denied:
        """Log on."""
        who = self.by_password(name, password)
        if isinstance(who, Denied):
            return who
        key, csrf, now_ns = self._secret(), self._secret(), self._now_ns()
        session = Session(
            session_id=hashed(key),
            user=who.name,
            csrf_hash=hashed(csrf),
            created_ns=now_ns,
            expires_ns=now_ns + SESSION_S * NANOS_PER_SECOND,
            used_ns=now_ns,
        )
        self.store.add_session(session)
        return Opened(who=who, key=key, csrf=csrf, expires_ns=session.expires_ns)

    def end_session(self, key: str) -> None:
        """Log off."""
        session = self.store.session(hashed(key))
        if session is not None and not session.ended_ns:
            self.store.change_session(session.session_id, ended_ns=self._now_ns())

    # --- managing users, by an administrator

    def add_user(self, by: Who | None, name: str, role: Role, password: str) -> User:
        """A new user; `by` None only for the very first, who is an administrator."""
        if by is None:
            if self.store.users() or role is not Role.ADMINISTRATOR:
                self.note("", "first", f"add {name} as {role}", "ROLE", "not the first user")
                raise AccessRefused("only the first user, an administrator, is added by nobody")
        else:
            self._administers(by, f"add {name}")
        if not _NAME.fullmatch(name) or name in RESERVED:
            raise AccessRefused(
                f"{name!r} is no name for a user: small letters, digits, . _ -, 2 to 40 of them, "
                f"and none of {', '.join(RESERVED)}"
            )
        if self.store.user(name) is not None:
            raise AccessRefused(f"a user {name} is there already; names are never used again")
        user = User(
            name=name,
            role=role,
            password_hash=self._hasher.hash(checked_password(name, password)),
            created_ns=self._now_ns(),
            created_by=by.name if by else "nobody",
        )
        with self._witnessed(by, AccessChange.ADDED, name, role, secret=user.password_hash):
            self.store.add_user(user)
        self.note(user.created_by, by.how if by else "first", f"add {name} as {role}", "")
        return user

    def set_role(self, by: Who, name: str, role: Role) -> User:
        """Another role, at once; not one's own."""
        return self._change(by, name, f"make {name} {role}", AccessChange.ROLE, role=role)

    def disable(self, by: Who, name: str) -> User:
        """Never let in again; sessions and tokens end with it."""
        what = f"disable {name}"
        return self._change(by, name, what, AccessChange.DISABLED, disabled=True)

    def set_password(self, by: Who, name: str, password: str) -> User:
        """One's own, or an administrator another's; all sessions of the user end."""
        if by.name != name:
            self._administers(by, f"set the password of {name}")
        user = self._known(name)
        new = self._hasher.hash(checked_password(name, password))
        changes = {"password_hash": new, "failures": 0, "locked_until_ns": 0}
        with self._witnessed(by, AccessChange.PASSWORD, name, secret=new):
            self.store.change_user(name, **changes)
        user = msgspec.structs.replace(user, **changes)
        self._end_sessions(name)
        self.note(by.name, by.how, f"set the password of {name}", "")
        return user

    def create_token(self, by: Who, label: str, life_s: int = TOKEN_S) -> tuple[Token, str]:
        """A token of one's own, and its text, which is shown once."""
        token_id, secret, now_ns = self._random(6).hex(), self._secret(), self._now_ns()
        token = Token(
            token_id=token_id,
            user=by.name,
            secret_hash=hashed(secret),
            label=label,
            created_ns=now_ns,
            expires_ns=now_ns + life_s * NANOS_PER_SECOND,
        )
        with self._witnessed(
            by, AccessChange.TOKEN, by.name, token=token_id, secret=token.secret_hash
        ):
            self.store.add_token(token)
        self.note(by.name, by.how, f"create token {token_id}", "")
        return token, f"fxr_{token_id}_{secret}"

    def revoke_token(self, by: Who, token_id: str) -> None:
        """At once; one's own, or an administrator anybody's."""
        token = self.store.token(token_id)
        if token is None:
            raise AccessRefused(f"no token begins with {token_id}")
        if token.user != by.name:
            self._administers(by, f"revoke a token of {token.user}")
        with self._witnessed(by, AccessChange.REVOKED, token.user, token=token_id):
            self.store.change_token(token_id, revoked_ns=self._now_ns())
        self.note(by.name, by.how, f"revoke token {token_id}", "")

    def note(
        self,
        user: str,
        how: str,
        action: str,
        code: str,
        detail: str = "",
        *,
        witnessed: bool = False,
    ) -> None:
        """Record something; `code` empty = it was done. A refusal is also witnessed, unless it is
        in that record already.
        """
        attempt = Attempt(
            at_ns=self._now_ns(), user=user, how=how, action=action, code=code, detail=detail
        )
        if code and self._witness is not None and not witnessed:
            self._witness.refused(attempt)
        self.store.record(attempt)

    @contextmanager
    def _witnessed(
        self,
        by: Who | None,
        change: AccessChange,
        user: str,
        role: Role | None = None,
        token: str = "",
        secret: str = "",
    ) -> Iterator[None]:
        """A change is recorded before it is done, and that it was not, where it fails."""
        witness = self._witness
        if witness is None:
            yield
            return
        number = witness.changes(by, change, user, role, token, secret)
        try:
            yield
        except BaseException:
            witness.undone(number)
            raise

    def _change(self, by: Who, name: str, what: str, change: AccessChange, **changes: Any) -> User:
        self._administers(by, what)
        if by.name == name:
            self.note(by.name, by.how, what, "ROLE", "nobody changes their own")
            raise AccessRefused("nobody changes their own role or disables themselves")
        user = msgspec.structs.replace(self._known(name), **changes)
        with self._witnessed(by, change, name, changes.get("role")):
            self.store.change_user(name, **changes)
        self._end_sessions(name)
        self.note(by.name, by.how, what, "")
        return user

    def _administers(self, by: Who, what: str) -> None:
        if by.role is not Role.ADMINISTRATOR:
            self.note(by.name, by.how, what, "ROLE", f"is {by.role}")
            raise AccessRefused(f"{by.name} is {by.role}; to {what} takes an administrator")

    def _known(self, name: str) -> User:
        user = self.store.user(name)
        if user is None:
            raise AccessRefused(f"no user is called {name}")
        return user

    def _end_sessions(self, name: str) -> None:
        for session in self.store.sessions(name):
            if not session.ended_ns:
                self.store.change_session(session.session_id, ended_ns=self._now_ns())

    def _active(self, name: str, how: str) -> Who | Denied:
        user = self.store.user(name)
        if user is None or user.disabled:
            return self._denied(name, how, "NOT_AUTHENTICATED", "disabled")
        return Who(name=user.name, role=user.role, how=how)

    def _denied(self, user: str, how: str, code: str, detail: str) -> Denied:
        self.note(user, how, "log on", code, detail)
        return Denied(code=code, detail=detail)

    def _secret(self) -> str:
        return self._random(SECRET_BYTES).hex()

    def _somebodys_hash(self) -> str:
        self._nobody = self._nobody or self._hasher.hash(self._secret())
        return self._nobody


class AccessRefused(RobotError):
    """What an administrator or a user asked for is against the rules of access."""


def pause_s(failures: int) -> int:
    """How long a user waits after so many wrong passwords in a row."""
    over = failures - FAILURES_FREE
    return min(1 << over, PAUSE_MAX_S) if 0 < over < 12 else (PAUSE_MAX_S if over > 0 else 0)


def checked_password(name: str, password: str) -> str:
    """The password if it may be one."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise AccessRefused(f"a password has {PASSWORD_MIN} to {PASSWORD_MAX} characters")
    if name in password.casefold():
        raise AccessRefused("the password holds the user's name")
    return password


def hashed(secret: str) -> str:
    """SHA-256 of a random secret, hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
