"""The HTTP API: what people may do over it, and bad users, who are refused and recorded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.control.bounds import BODY_MAX
from connectors.control.identity import KNOWN_S, LOG_ONS_A_MINUTE, REQUESTS_A_MINUTE
from connectors.store.errors import StoreUnavailable
from robot.access import IDLE_S
from robot.approvals import Kind, Refused, Status
from tests.kit.asgi import Client, Reply
from tests.kit.office import PASSWORD, SECOND, Office

OPENAPI = Path(__file__).resolve().parents[4] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("api"))


@pytest.fixture
def office(made: Office) -> Iterator[Office]:
    made.now_ns += 120 * SECOND
    made.renew()
    yield made


def test_two_persons_change_a_limit_over_http(office: Office) -> None:
    made = office.proposal()
    number, hashed = (made.data["proposal"][name] for name in ("number", "content_hash"))
    shown = office.by("he.yu").send("GET", f"/proposals/{number}").data
    assert shown["proposal"]["content_hash"] == hashed
    assert any("quotes_outstanding: 3" in line for line in shown["diff"])
    path = f"/proposals/{number}/approve"
    done = office.by("he.yu").send("POST", path, {"content_hash": hashed})
    assert (done.status, done.data["proposal"]["status"]) == (200, Status.EFFECTIVE)
    assert office.robot.commands() == ["apply"]
    assert office.by("zhou").send("GET", "/limits").data["approved"]["content_hash"] == hashed


def approve(office: Office, name: str, hashed: str = "") -> Reply:
    made = office.proposal().data["proposal"]
    path = f"/proposals/{made['number']}/approve"
    return office.by(name).send("POST", path, {"content_hash": hashed or made["content_hash"]})


@pytest.mark.parametrize(
    ("attempt", "status", "code"),
    [
        (lambda office: approve(office, "li.wei"), 403, "SELF_APPROVAL"),
        (lambda office: approve(office, "wang"), 403, "ROLE"),
        (lambda office: approve(office, "chen"), 403, "ROLE"),
        (lambda office: approve(office, "he.yu", "0" * 64), 409, "CONTENT_CHANGED"),
        (lambda office: office.proposal("zhou"), 403, "ROLE"),
    ],
)
def test_what_four_eyes_forbid_is_refused_and_recorded(
    office: Office, attempt: Callable[[Office], Reply], status: int, code: str
) -> None:
    reply = attempt(office)
    assert (reply.status, reply.code) == (status, code)
    notes = office.approving.log.notes()
    assert [note.code for note in notes if isinstance(note, Refused)] == [code]
    assert office.last()[1] == code
    assert office.approving.log.read().in_force(Kind.LIMITS, office.now_ns) is None
    assert office.robot.commands() == []


def test_an_actor_in_the_body_is_refused_and_recorded(office: Office) -> None:
    reply = office.proposal("wang", actor="li.wei")
    assert (reply.status, reply.code) == (422, "MALFORMED")
    assert office.last() == ("wang", "MALFORMED")
    assert not office.approving.log.path.exists()


def test_nobody_and_a_revoked_token_are_refused_and_recorded(office: Office) -> None:
    for path in ("/status", "/limits", "/proposals", "/proposals/1"):
        assert office.by().send("GET", path).status == 401
    for path in ("/kill", "/proposals", "/release", "/proposals/1/approve"):
        assert office.by().send("POST", path, {}).status == 401
    assert office.last() == ("", "NOT_AUTHENTICATED")
    who = office.access.by_token(office.tokens["wang"])
    token, text = office.access.create_token(who, "short")  # type: ignore[arg-type]
    office.access.revoke_token(who, token.token_id)  # type: ignore[arg-type]
    office.tokens["revoked"] = text
    reply = office.by("revoked").send("POST", "/kill", {"reason": "?"})
    assert (reply.status, reply.code) == (401, "TOKEN_REVOKED")
    assert office.last() == ("wang", "TOKEN_REVOKED")
    assert office.robot.commands() == []


def test_a_replayed_command_is_done_once_and_answered_alike(office: Office) -> None:
    client = office.by("li.wei")
    body = {"kind": "LIMITS", "content": {**office.limits, "quotes_outstanding": 3}, "reason": "x"}
    answers = {client.send("POST", "/proposals", body).body for _ in range(3)}
    assert len(answers) == 1
    assert len(office.approving.log.read().proposals) == 1
    killer = office.by("zhou")
    assert len({killer.send("POST", "/kill", {"reason": "x"}).body for _ in range(3)}) == 1
    assert office.robot.commands() == ["kill"]
    nameless = Client(office.api.app, Authorization=f"Bearer {office.tokens['zhou']}")
    assert nameless.send("POST", "/kill", {"reason": "x"}).code == "NO_KEY"


def test_a_session_needs_its_cookie_for_looking_and_its_key_for_acting(office: Office) -> None:
    opened = office.by().send("POST", "/session", {"name": "wang", "password": PASSWORD})
    cookie = opened.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie
    client = office.by()
    client.headers["Cookie"] = cookie.partition(";")[0]
    assert client.send("GET", "/status").data["running"] is True
    assert client.send("POST", "/kill", {"reason": "x"}).code == "CSRF"
    csrf = opened.data["csrf"]
    assert client.send("POST", "/kill", {"reason": "x"}, X_CSRF_Key=csrf).data["ok"]
    office.now_ns += (IDLE_S + 1) * SECOND
    again = client.send("POST", "/kill", {"reason": "x"}, X_CSRF_Key=csrf)
    assert (again.status, again.code) == (401, "SESSION_EXPIRED")
    assert office.last() == ("wang", "SESSION_EXPIRED")
    assert office.robot.commands() == ["kill"]


def test_a_session_ends_at_log_off(office: Office) -> None:
    opened = office.by().send("POST", "/session", {"name": "wang", "password": PASSWORD})
    client = office.by()
    client.headers["Cookie"] = opened.headers["set-cookie"].partition(";")[0]
    assert client.send("DELETE", "/session").status == 200
    assert client.send("GET", "/status").code == "SESSION_EXPIRED"


def test_a_release_over_http_takes_two_persons(office: Office) -> None:
    office.by("zhou").send("POST", "/kill", {"reason": "drill"})
    made = office.by("wang").send("POST", "/release", {"reason": "over"}).data["proposal"]
    path = f"/proposals/{made['number']}/approve"
    body = {"content_hash": made["content_hash"]}
    assert office.by("wang").send("POST", path, body).code == "SELF_APPROVAL"
    assert office.robot.commands() == ["kill"]
    assert office.by("li.wei").send("POST", path, body).status == 200
    assert office.robot.commands() == ["kill", "apply"]


class Away:
    """A database that is away."""

    def __getattr__(self, name: str) -> Callable[..., object]:
        def call(*_: object) -> object:
            raise StoreUnavailable("the database is away")

        return call


def test_with_the_database_away_whoever_was_let_in_lately_can_still_kill(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.by("zhou").send("GET", "/status")
    monkeypatch.setattr(office.access, "store", Away())
    assert office.by("zhou").send("GET", "/status").status == 503
    assert office.by("wang").send("POST", "/kill", {"reason": "x"}).status == 503
    assert office.by("zhou").send("POST", "/kill", {"reason": "x"}).data["ok"]
    office.now_ns += KNOWN_S * SECOND
    assert office.by("zhou").send("POST", "/kill", {"reason": "x"}).status == 503
    assert office.robot.commands() == ["kill"]


def test_a_kill_that_stopped_nothing_is_an_error_and_recorded(office: Office) -> None:
    office.robot.problem = "there is no venue 'GAMMA'; nothing was done; known: ALPHA"
    reply = office.by("zhou").send("POST", "/kill", {"reason": "x", "scope": "venue:GAMMA"})
    assert (reply.status, reply.code) == (422, "NOTHING_DONE")
    assert "known: ALPHA" in reply.data["detail"]
    assert "NOTHING_DONE" in [one.code for one in office.store.attempts(9)]


def test_an_override_is_shown_beside_the_maximum_in_force(office: Office) -> None:
    row = {"limit_id": "counterparty_line:BANKA", "maximum": "60", "utilisation": "7"}
    office.robot.limits = [{**row, "limit_id": "counterparty_line:BANKB"}, row]
    content = {"limit_id": row["limit_id"], "maximum": "90", "until_ns": 10**19}
    body = {"kind": "OVERRIDE", "content": content, "reason": "client"}
    number = office.by("wang").send("POST", "/proposals", body).data["proposal"]["number"]
    diff = office.by("he.yu").send("GET", f"/proposals/{number}").data["diff"]
    assert {'-maximum: "60"', '+maximum: "90"', '-utilisation: "7"'} <= set(diff)
    office.robot.runs = False
    diff = office.by("he.yu").send("GET", f"/proposals/{number}").data["diff"]
    assert '+maximum: "90"' in diff and '-maximum: "60"' not in diff


def test_a_kill_with_the_trader_away_is_a_signal_file(office: Office) -> None:
    office.robot.runs = False
    assert office.by("zhou").send("POST", "/kill", {"reason": "x"}).data["ok"]
    assert (office.settings.run_folder / "KILL").exists()
    assert office.by("zhou").send("GET", "/status").code == "NOT_DONE"


def test_a_part_is_killed_over_http_also_with_the_trader_away(office: Office) -> None:
    body = {"reason": "x", "scope": "venue:ALPHA"}
    assert office.by("zhou").send("POST", "/kill", body).data["ok"]
    assert office.robot.asked[-1].scope == "venue:ALPHA"
    office.robot.runs = False
    assert office.by("zhou").send("POST", "/kill", body).data["ok"]
    path = office.settings.run_folder / "KILL"
    assert path.read_text() == "venue ALPHA\n"
    wrong = office.by("zhou").send("POST", "/kill", {"reason": "x", "scope": "everything"})
    assert wrong.code == "NOT_DONE" or not wrong.data["ok"]
    assert path.read_text() == "venue ALPHA\n"


def test_too_large_a_body_and_too_many_requests_are_refused(office: Office) -> None:
    assert office.by("zhou").send("POST", "/kill", b"x" * (BODY_MAX + 1)).status == 413
    wrong = {"name": "nobody", "password": "x"}
    codes = [
        office.by().send("POST", "/session", wrong).status for _ in range(LOG_ONS_A_MINUTE + 1)
    ]
    assert codes == [401] * LOG_ONS_A_MINUTE + [429]
    for _ in range(REQUESTS_A_MINUTE):
        office.api._pace.take("127.0.0.1")
    assert office.by("zhou").send("GET", "/status").code == "RATE"
    assert office.by("zhou").send("POST", "/kill", {"reason": "x"}).data["ok"], "never paced"


def test_the_document_of_the_api_is_as_committed(office: Office) -> None:
    """Write what `document` gives to docs/openapi.json when this fails."""
    document = json.dumps(office.api.app.openapi(), indent=1, sort_keys=True) + "\n"
    served = office.by().send("GET", "/openapi.json").data
    assert json.loads(document) == served
    assert document == OPENAPI.read_text(encoding="utf-8")
