"""Who is let in: by password, token or session; bad users are not, and that is recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from connectors.passwords import Argon2
from connectors.store.users import SqlUsers
from robot.access import (
    FAILURES_FREE,
    IDLE_S,
    PAUSE_MAX_S,
    SESSION_S,
    TOKEN_S,
    Access,
    AccessRefused,
    Denied,
    Opened,
    pause_s,
)
from robot.approvals import Role, Who

SECOND = 10**9
PASSWORD = "correct horse battery"
CHEAP = Argon2(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class Door:
    """An administrator, a trader, a clock."""

    def __init__(self, folder: Path) -> None:
        self.now_ns = 1_700_000_000 * SECOND
        self._drawn = 0
        self.store = SqlUsers(f"sqlite:///{folder / 'fxrobot.sqlite'}")
        self.access = Access(self.store, CHEAP, lambda: self.now_ns, self._draw)
        self.access.add_user(None, "chen", Role.ADMINISTRATOR, PASSWORD)
        self.chen = self.let_in("chen")
        self.access.add_user(self.chen, "wang", Role.TRADER, PASSWORD)
        self.wang = self.let_in("wang")

    def _draw(self, count: int) -> bytes:
        self._drawn += 1
        return self._drawn.to_bytes(count, "big")

    def let_in(self, name: str) -> Who:
        found = self.access.by_password(name, PASSWORD)
        assert isinstance(found, Who)
        return found

    def wait(self, seconds: int) -> None:
        self.now_ns += seconds * SECOND

    def session(self) -> Opened:
        found = self.access.open_session("wang", PASSWORD)
        assert isinstance(found, Opened)
        return found

    def last(self) -> tuple[str, str]:
        """Who was refused with what, in the newest record."""
        newest = self.store.attempts(1)[-1]
        return newest.user, newest.code


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Door:
    return Door(tmp_path_factory.mktemp("door"))


@pytest.fixture
def door(made: Door) -> Door:
    """The same people for all tests, let in again after what the test before did to them."""
    made.store.change_user("wang", role=Role.TRADER, disabled=False, failures=0, locked_until_ns=0)
    made.access.set_password(made.chen, "wang", PASSWORD)
    return made


def code(found: Who | Opened | Denied) -> str:
    return found.code if isinstance(found, Denied) else ""


def test_a_password_lets_in_with_the_role_of_the_user(door: Door) -> None:
    assert door.let_in("wang").role is Role.TRADER
    assert door.let_in("WANG").name == "wang"
    assert door.last() == ("wang", "")


@pytest.mark.parametrize("name", ["wang", "nobody"])
def test_a_wrong_password_or_name_is_refused_alike_and_recorded(door: Door, name: str) -> None:
    assert code(door.access.by_password(name, "wrong")) == "NOT_AUTHENTICATED"
    assert door.last() == (name, "NOT_AUTHENTICATED")


def test_after_some_wrong_passwords_the_user_waits_and_longer_each_time(door: Door) -> None:
    for _ in range(FAILURES_FREE + 1):
        assert code(door.access.by_password("wang", "wrong")) == "NOT_AUTHENTICATED"
    assert code(door.access.by_password("wang", PASSWORD)) == "LOCKED"
    assert door.last() == ("wang", "LOCKED")
    door.wait(pause_s(FAILURES_FREE + 1))
    assert code(door.access.by_password("wang", PASSWORD)) == ""
    waits = [pause_s(failures) for failures in range(40)]
    assert waits == sorted(waits)
    assert (waits[FAILURES_FREE], waits[-1]) == (0, PAUSE_MAX_S)


def revoked(door: Door) -> str:
    token, text = door.access.create_token(door.wang, "revoked")
    door.access.revoke_token(door.wang, token.token_id)
    return text


def expired(door: Door) -> str:
    text = door.access.create_token(door.wang, "expired")[1]
    door.wait(TOKEN_S)
    return text


def disabled(door: Door) -> str:
    text = door.access.create_token(door.wang, "of a disabled user")[1]
    door.access.disable(door.chen, "wang")
    return text


def guessed(door: Door) -> str:
    return door.access.create_token(door.wang, "guessed")[1][:-1] + "x"


def made_up(door: Door) -> str:
    token = door.access.create_token(door.wang, "another secret")[0]
    return f"fxr_{token.token_id}_{'0' * 64}"


@pytest.mark.parametrize(
    ("bad", "refused"),
    [
        (revoked, "TOKEN_REVOKED"),
        (expired, "TOKEN_EXPIRED"),
        (disabled, "NOT_AUTHENTICATED"),
        (guessed, "NOT_AUTHENTICATED"),
        (made_up, "NOT_AUTHENTICATED"),
    ],
)
def test_a_bad_token_is_refused_and_recorded(
    door: Door, bad: Callable[[Door], str], refused: str
) -> None:
    assert code(door.access.by_token(bad(door))) == refused
    assert door.last()[1] == refused


def test_a_token_lets_in_and_is_nowhere_stored(door: Door) -> None:
    token, text = door.access.create_token(door.wang, "mine")
    found = door.access.by_token(text)
    assert isinstance(found, Who) and found.how == f"token {token.token_id}"
    assert text.rpartition("_")[2] not in str(door.store.tokens("wang"))


def void(_: object) -> None:
    """What was done gives something that is not looked at."""


def test_a_session_ends_by_itself_when_idle_at_log_off_and_with_the_password(door: Door) -> None:
    ends: list[Callable[[Opened], None]] = [
        lambda opened: door.wait(IDLE_S + 1),
        lambda opened: door.wait(SESSION_S),
        lambda opened: door.access.end_session(opened.key),
        lambda opened: void(door.access.set_password(door.wang, "wang", PASSWORD)),
        lambda opened: void(door.access.set_role(door.chen, "wang", Role.VIEWER)),
    ]
    for end in ends:
        opened = door.session()
        assert code(door.access.by_session(opened.key)) == ""
        end(opened)
        assert code(door.access.by_session(opened.key)) == "SESSION_EXPIRED"
        assert door.last() == ("wang", "SESSION_EXPIRED")


def test_a_command_by_a_session_needs_the_pages_own_key(door: Door) -> None:
    opened = door.session()
    assert code(door.access.by_session(opened.key, opened.csrf)) == ""
    assert code(door.access.by_session(opened.key, "guessed")) == "CSRF"
    assert code(door.access.by_session("guessed", opened.csrf)) == "NOT_AUTHENTICATED"


def test_only_an_administrator_manages_users_and_nobody_themselves(door: Door) -> None:
    attempts: list[Callable[[], object]] = [
        lambda: door.access.add_user(door.wang, "friend", Role.RISK, PASSWORD),
        lambda: door.access.set_role(door.wang, "chen", Role.VIEWER),
        lambda: door.access.disable(door.wang, "chen"),
        lambda: door.access.set_password(door.wang, "chen", PASSWORD),
    ]
    for attempt in attempts:
        with pytest.raises(AccessRefused, match="takes an administrator"):
            attempt()
        assert door.last() == ("wang", "ROLE")
    with pytest.raises(AccessRefused, match="their own role"):
        door.access.set_role(door.chen, "chen", Role.RISK)
    with pytest.raises(AccessRefused, match="only the first"):
        door.access.add_user(None, "friend", Role.ADMINISTRATOR, PASSWORD)


@pytest.mark.parametrize("name", ["demo", "system", "Li.Wei", "x", "a b", "wang", "a" * 41])
def test_a_name_that_cannot_be_one_is_refused(door: Door, name: str) -> None:
    with pytest.raises(AccessRefused):
        door.access.add_user(door.chen, name, Role.RISK, PASSWORD)


@pytest.mark.parametrize("password", ["short", "x" * 257, "wangs password"])
def test_a_password_that_cannot_be_one_is_refused(door: Door, password: str) -> None:
    with pytest.raises(AccessRefused):
        door.access.set_password(door.wang, "wang", password)


def test_passwords_are_hashed_with_argon2id(door: Door) -> None:
    user = door.store.user("wang")
    assert user is not None and user.password_hash.startswith("$argon2id$")
    assert not CHEAP.verify("no hash", PASSWORD)
