"""Bad users over HTTP: refused, and recorded where it cannot be changed unnoticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from connectors.access import proposals, users
from connectors.audit.cli import app as audit_app
from robot.access import IDLE_S, TOKEN_S
from robot.access_record import ATTEMPT_EVERY_S, ATTEMPTS_AT_ONCE, RecordedAccess
from robot.approvals import AccessAttempt, Kind, Refused, Role, Who
from tests.kit.asgi import Client, Reply
from tests.kit.office import PASSWORD, ROLES, SECOND, Office

Attack = Callable[[Office], Reply]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("bad"), witnessed=True)


@pytest.fixture
def office(made: Office) -> Iterator[Office]:
    made.now_ns += max(120, ATTEMPT_EVERY_S * ATTEMPTS_AT_ONCE) * SECOND
    made.begin()
    for name, role in ROLES.items():
        made.store.change_user(name, role=role)
    yield made


def proposed(office: Office) -> tuple[str, str]:
    office.now_ns += SECOND
    made = office.proposal(quotes=office.now_ns // SECOND % 900 + 1)
    return f"/proposals/{made.data['proposal']['number']}", made.data["proposal"]["content_hash"]


def approve(office: Office, name: str) -> Reply:
    path, hashed = proposed(office)
    return office.by(name).send("POST", f"{path}/approve", {"content_hash": hashed})


def approve_changed(office: Office) -> Reply:
    """The proposer puts another content in its place after the approver has looked."""
    path, hashed = proposed(office)
    who = office.access.by_token(office.tokens["li.wei"])
    content = {**office.limits, "quotes_outstanding": 999}
    number = int(path.rpartition("/")[2])
    assert office.approving.revise(who, number, content, reason="more").ok  # type: ignore[arg-type]
    return office.by("he.yu").send("POST", f"{path}/approve", {"content_hash": hashed})


def session(office: Office) -> Client:
    opened = office.by().send("POST", "/session", {"name": "wang", "password": PASSWORD})
    client = office.by()
    client.headers["Cookie"] = opened.headers["set-cookie"].partition(";")[0]
    client.headers["X_CSRF_Key"] = opened.data["csrf"]
    return client


def expired_session(office: Office) -> Reply:
    client = session(office)
    office.now_ns += (IDLE_S + 1) * SECOND
    return client.send("POST", "/kill", {"reason": "x"})


def page_of_another(office: Office) -> Reply:
    """A form on another site: the browser sends the cookie, not the page's own key."""
    client = session(office)
    del client.headers["X_CSRF_Key"]
    return client.send("POST", "/kill", {"reason": "x"})


def token(office: Office, name: str = "wang") -> str:
    who = office.access.by_token(office.tokens[name])
    return office.access.create_token(who, "t")[1]  # type: ignore[arg-type]


def with_token(office: Office, text: str) -> Reply:
    client = Client(office.api.app, Authorization=f"Bearer {text}", Idempotency_Key="k")
    return client.send("POST", "/kill", {"reason": "x"})


def replayed_token(office: Office) -> Reply:
    text = token(office)
    who = office.access.by_token(text)
    office.access.revoke_token(who, text.split("_")[1])  # type: ignore[arg-type]
    return with_token(office, text)


def expired_token(office: Office) -> Reply:
    text = token(office)
    before_ns, office.now_ns = office.now_ns, office.now_ns + TOKEN_S * SECOND
    try:
        return with_token(office, text)
    finally:
        office.now_ns = before_ns


def invented_token(office: Office) -> Reply:
    return with_token(office, f"fxr_{'0' * 12}_{'0' * 64}")


def wrong_password(office: Office) -> Reply:
    return office.by().send("POST", "/session", {"name": "wang", "password": "wrong" * 3})


ATTACKS: dict[str, tuple[Attack, int, str]] = {
    "wrong role approves": (lambda office: approve(office, "wang"), 403, "ROLE"),
    "administrator approves": (lambda office: approve(office, "chen"), 403, "ROLE"),
    "wrong role proposes": (lambda office: office.proposal("zhou"), 403, "ROLE"),
    "self-approval": (lambda office: approve(office, "li.wei"), 403, "SELF_APPROVAL"),
    "approval of a changed proposal": (approve_changed, 409, "CONTENT_CHANGED"),
    "expired session": (expired_session, 401, "SESSION_EXPIRED"),
    "page of another": (page_of_another, 403, "CSRF"),
    "replayed token": (replayed_token, 401, "TOKEN_REVOKED"),
    "expired token": (expired_token, 401, "TOKEN_EXPIRED"),
    "invented token": (invented_token, 401, "NOT_AUTHENTICATED"),
    "wrong password": (wrong_password, 401, "NOT_AUTHENTICATED"),
    "actor in the body": (
        lambda office: office.proposal("wang", actor="li.wei"), 422, "MALFORMED"),
}  # fmt: skip


def recorded(office: Office) -> list[str]:
    """The codes of the refusals in the chained log."""
    notes = office.approving.log.notes()
    return [str(note.code) for note in notes if isinstance(note, Refused | AccessAttempt)]


@pytest.mark.parametrize("name", ATTACKS)
def test_a_bad_user_is_refused_and_recorded_once(office: Office, name: str) -> None:
    attack, status, code = ATTACKS[name]
    before, kinds = recorded(office), office.approving.log.read().in_force
    in_force = kinds(Kind.LIMITS, office.now_ns)
    reply = attack(office)
    assert (reply.status, reply.code) == (status, code)
    assert recorded(office) == [*before, code], "in the chained log, once"
    assert office.last()[1] == code, "and in the table"
    assert office.robot.commands() == []
    assert office.approving.log.read().in_force(Kind.LIMITS, office.now_ns) == in_force


BOMBS = {
    "nested lists": b"[" * 100_000,
    "nested keys": b'{"reason":' * 20_000,
    "a long number": b'{"proposal":' + b"9" * 200_000 + b',"day":"20140501"}',
    "an endless number": b'{"proposal":1e999999999,"day":"20140501"}',
    "not a number": b'{"proposal":NaN,"day":"20140501"}',
    "many keys": b"{" + b",".join(b'"%d":0' % n for n in range(20_000)) + b"}",
    "no text": b'{"reason":"\xff\xfe"}',
    "half a sign": b'{"reason":"\\ud800"}',
    "nothing": b"",
    "an end too early": b'{"reason":"x"',
}


@pytest.mark.parametrize("path", ["/kill", "/proposals", "/what-if", "/session"])
@pytest.mark.parametrize("name", BOMBS)
def test_a_body_that_is_a_bomb_is_refused(office: Office, name: str, path: str) -> None:
    reply = office.by("li.wei").send("POST", path, BOMBS[name])
    assert reply.status in (400, 422) and reply.code == "MALFORMED", reply.body[:200]
    assert len(reply.body) < 2_000 and office.robot.commands() == []


def test_no_secret_is_in_the_database_or_the_record(office: Office) -> None:
    text = token(office)
    client = session(office)
    secrets = [PASSWORD, text.split("_")[2], client.headers["Cookie"].partition("=")[2]]
    secrets.append(client.headers["X_CSRF_Key"])
    data = office.settings.data
    files = [path for path in data.rglob("*") if path.is_file()]
    content = b"".join(path.read_bytes() for path in files)
    assert b"argon2id" in content and text.split("_")[1].encode() in content
    assert [one for one in secrets if one.encode() in content] == []


def differences(office: Office) -> list[str]:
    """What the tables have otherwise than the record."""
    users = office.store.users()
    tokens = [one for user in users for one in office.store.tokens(user.name)]
    return RecordedAccess(office.approving.log.notes()).differences(users, tokens)


def test_the_commands_tell_of_refusals_and_of_tables_that_were_changed(office: Office) -> None:
    invented_token(office)
    config = ["--config", str(office.settings.folder)]
    done = CliRunner().invoke(proposals.app, ["refused", *config])
    assert "NOT_AUTHENTICATED: no such token" in done.stdout.splitlines()[-1]
    verify = ["verify", str(office.settings.data), *config]
    assert CliRunner().invoke(audit_app, verify).exit_code == 0
    office.store.change_user("zhou", role=Role.RISK)
    found = CliRunner().invoke(audit_app, [*verify, "--json"])
    told = msgspec.json.decode(found.stdout)["users"]
    assert (found.exit_code, told) == (1, ["user zhou: is risk, recorded as viewer"])


def test_what_is_changed_in_the_tables_past_the_record_is_named(office: Office) -> None:
    assert differences(office) == []
    held = office.store.user("zhou")
    assert held is not None
    office.store.change_user("zhou", role=Role.RISK)
    assert differences(office) == ["user zhou: is risk, recorded as viewer"]
    office.store.change_user("zhou", role=Role.VIEWER, password_hash="another")
    assert differences(office) == ["user zhou: another password than the recorded one"]
    office.store.change_user("zhou", password_hash=held.password_hash)
    office.store.add_user(msgspec.structs.replace(held, name="ghost", role=Role.RISK))
    assert differences(office) == ["user ghost: in the table, never recorded"]
    with office.store._database.transaction("test") as connection:
        connection.exec_driver_sql("DELETE FROM users WHERE name = 'ghost'")
    text = token(office).split("_")[1]
    office.store.change_token(text, user="li.wei")
    assert differences(office) == [f"token {text}: of li.wei, recorded as wang's"]
    office.store.change_token(text, user="wang", revoked_ns=1)
    assert differences(office) == [f"token {text}: recorded as not revoked, and is otherwise"]
    office.store.change_token(text, revoked_ns=0)
    assert differences(office) == []


def test_who_changed_whom_is_told_by_a_command(office: Office) -> None:
    chen = office.access.by_token(office.tokens["chen"])
    office.access.add_user(chen, "new.one", Role.VIEWER, PASSWORD)  # type: ignore[arg-type]
    office.access.set_role(chen, "new.one", Role.TRADER)  # type: ignore[arg-type]
    office.access.disable(chen, "new.one")  # type: ignore[arg-type]
    done = CliRunner().invoke(users.app, ["changes", "--config", str(office.settings.folder)])
    told = [line.split("  ", 1)[1] for line in done.stdout.splitlines()][-3:]
    how = f"chen ({chen.how})"  # type: ignore[union-attr]
    assert told == [f"{how}  ADDED new.one viewer", f"{how}  ROLE new.one trader",
                    f"{how}  DISABLED new.one"]  # fmt: skip
    assert differences(office) == []


def test_trying_without_end_does_not_fill_the_disk(office: Office) -> None:
    def attempts() -> list[AccessAttempt]:
        notes = office.approving.log.notes()
        return [note for note in notes if isinstance(note, AccessAttempt)]

    before = len(attempts())
    for _ in range(ATTEMPTS_AT_ONCE + 20):
        assert invented_token(office).status == 401
    assert len(attempts()) == before + ATTEMPTS_AT_ONCE
    office.now_ns += ATTEMPT_EVERY_S * SECOND
    invented_token(office)
    assert attempts()[-1].left_out == 20, "those between are counted"


def test_a_change_that_cannot_be_recorded_is_not_done(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    chen = office.access.by_token(office.tokens["chen"])
    path = office.approving.log.path
    aside = path.with_suffix(".aside")
    path.rename(aside)
    path.mkdir()  # nobody can write there
    try:
        with pytest.raises(Exception, match="cannot be"):
            office.access.add_user(chen, "late", Role.VIEWER, PASSWORD)  # type: ignore[arg-type]
        assert office.store.user("late") is None
        assert invented_token(office).status == 401, "refused in any case"
    finally:
        path.rmdir()
        aside.rename(path)


def test_a_change_that_fails_is_recorded_as_not_done(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the database is away")

    chen = office.access.by_token(office.tokens["chen"])
    monkeypatch.setattr(office.store, "add_user", fail)
    with pytest.raises(RuntimeError):
        office.access.add_user(chen, "late", Role.VIEWER, PASSWORD)  # type: ignore[arg-type]
    assert differences(office) == []


def test_users_of_an_older_version_are_recorded_by_an_administrator(tmp_path: Path) -> None:
    office = Office(tmp_path)  # without a record
    who = office.access.by_password("zhou", PASSWORD)
    assert isinstance(who, Who)
    office.access.revoke_token(who, office.tokens["zhou"].split("_")[1])
    office.store.change_user("wang", disabled=True)
    assert len(differences(office)) == 2 * len(ROLES)
    config = ["record", "--config", str(office.settings.folder), "--as"]
    refused = CliRunner().invoke(users.app, [*config, "li.wei"], input=f"{PASSWORD}\n")
    assert refused.exit_code == 1 and "takes an administrator" in str(refused.exception)
    done = CliRunner().invoke(users.app, [*config, "chen"], input=f"{PASSWORD}\n")
    assert done.exit_code == 0 and "recorded: user chen" in done.stdout, done.output
    assert differences(office) == []
    again = CliRunner().invoke(users.app, [*config, "chen"], input=f"{PASSWORD}\n")
    assert (again.exit_code, again.stdout) == (0, "")
