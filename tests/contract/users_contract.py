"""What the tables of users must do, on every database."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from connectors.passwords import Argon2
from connectors.store.database import open_database
from connectors.store.errors import StoreError
from connectors.store.schema import access_attempts, api_tokens, sessions, users
from connectors.store.users import SqlUsers
from robot.access import Access, Attempt, Denied, Opened, User
from robot.approvals import Role, Who

SECOND = 10**9
PASSWORD = "correct horse battery 口令"
CHEAP = Argon2(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class UsersContract:
    """Every class that inherits it gives `create_url`."""

    def create_url(self) -> str:
        raise NotImplementedError

    @pytest.fixture
    def url(self) -> Iterator[str]:
        made = self.create_url()
        yield made
        with open_database(made) as database, database.transaction("empty") as connection:
            for table in (users, api_tokens, sessions, access_attempts):
                connection.execute(table.delete())

    @pytest.fixture
    def store(self, url: str) -> Iterator[SqlUsers]:
        made = SqlUsers(url)
        yield made
        made.close()

    @pytest.fixture
    def access(self, store: SqlUsers) -> Access:
        drawn = iter(range(1, 1_000))
        made = Access(
            store, CHEAP, lambda: SECOND, lambda count: next(drawn).to_bytes(count, "big")
        )
        made.add_user(None, "chen", Role.ADMINISTRATOR, PASSWORD)
        return made

    def chen(self, access: Access) -> Who:
        found = access.by_password("chen", PASSWORD)
        assert isinstance(found, Who)
        return found

    def test_a_user_is_let_in_by_password_session_and_token_until_disabled(
        self, access: Access
    ) -> None:
        chen = self.chen(access)
        access.add_user(chen, "wang", Role.TRADER, PASSWORD)
        opened = access.open_session("wang", PASSWORD)
        assert isinstance(opened, Opened)
        wang = access.by_session(opened.key, opened.csrf)
        assert isinstance(wang, Who) and wang.role is Role.TRADER
        token, text = access.create_token(wang, "标签")
        assert isinstance(access.by_token(text), Who)
        assert access.set_role(chen, "wang", Role.VIEWER).role is Role.VIEWER
        assert isinstance(access.by_session(opened.key), Denied), "another role ends sessions"
        found = access.by_token(text)
        assert isinstance(found, Who) and found.role is Role.VIEWER
        access.revoke_token(wang, token.token_id)
        assert isinstance(access.by_token(text), Denied)
        access.disable(chen, "wang")
        assert isinstance(access.by_password("wang", PASSWORD), Denied)
        codes = [one.code for one in access.store.attempts(100) if one.code]
        assert codes == ["SESSION_EXPIRED", "TOKEN_REVOKED", "NOT_AUTHENTICATED"]

    def test_rows_come_back_as_they_were_put(self, store: SqlUsers) -> None:
        user = User(
            name="wang", role=Role.TRADER, password_hash="h", created_ns=2**62, created_by="陈"
        )
        store.add_user(user)
        assert (store.user("wang"), list(store.users())) == (user, [user])
        with pytest.raises(StoreError):
            store.add_user(user)
        attempt = Attempt(at_ns=1, user="w", how="h", action="a", code="c", detail="'; DROP TABLE")
        store.record(attempt)
        assert list(store.attempts(5)) == [attempt]

    def test_what_an_administrator_does_meanwhile_is_not_taken_back(
        self, access: Access, url: str
    ) -> None:
        """A log-on that read the user before writes its count of failures after."""
        other = SqlUsers(url)
        access.add_user(self.chen(access), "wang", Role.TRADER, PASSWORD)

        class Meanwhile:
            def hash(self, password: str) -> str:
                return "h"

            def verify(self, hashed: str, password: str) -> bool:
                other.change_user("wang", disabled=True, role=Role.VIEWER)
                return False

        late = Access(access.store, Meanwhile(), lambda: SECOND, lambda count: b"0" * count)
        assert isinstance(late.by_password("wang", "wrong"), Denied)
        user = other.user("wang")
        other.close()
        assert user is not None and (user.disabled, user.role) == (True, Role.VIEWER)
        assert user.failures == 1

    def test_two_at_once_lose_no_attempt_and_no_failure(self, store: SqlUsers, url: str) -> None:
        store.add_user(
            User(name="w", role=Role.VIEWER, password_hash="", created_ns=0, created_by="")
        )
        other, problems, many = SqlUsers(url), list[BaseException](), 25

        def work(one: SqlUsers) -> None:
            try:
                for number in range(many):
                    one.record(Attempt(at_ns=number, user="", how="", action="", code=""))
                    one.count_failure("w")
            except BaseException as problem:
                problems.append(problem)

        threads = [threading.Thread(target=work, args=(one,)) for one in (store, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        user = store.user("w")
        other.close()
        assert not problems and user is not None
        assert (len(store.attempts(100)), user.failures) == (2 * many, 2 * many)
