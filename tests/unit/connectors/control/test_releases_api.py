"""Releases and what waits for persons over HTTP: the same persons, roles and names of commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from robot.approvals import Kind, Status
from robot.ask_views import request_views
from robot.contents import content_of
from robot.control import Answer, Command
from robot.messages.effects import SendQuote
from robot.release_views import release_view
from tests.kit.days import write_day
from tests.kit.office import PASSWORD, SECOND, Office
from tests.kit.releases import ReleaseDesk

VIEWS = ("/strategy", "/strategy/history", "/strategy/history/1", "/strategy/compare", "/requests")
COMMANDS = ("/strategy/release", "/strategy/promote", "/strategy/rollback", "/requests/1/quote",
            "/requests/1/confirm", "/requests/1/pass", "/requests/1/decline")  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("releases"))


@pytest.fixture
def office(made: Office) -> Iterator[Office]:
    made.now_ns += 120 * SECOND
    made.renew()
    yield made


class Floor:
    """A desk with a suggestion, behind the office's robot."""

    def __init__(self, office: Office) -> None:
        self.desk = ReleaseDesk().begin().climb("SUGGEST")
        self.desk.rfq()
        self.carried_out = 0
        office.approving.ask = self  # type: ignore[method-assign]

    def __call__(self, command: Command) -> Answer:
        state, said = self.desk.state, command.answer
        if said is not None:
            self.carried_out += 1
            self.desk.step(said)
            return {"ok": True, "outcome": state.rules.ended[said.ask]}
        told = {"ok": True, "requests": request_views(state), "releases": release_view(state)}
        return msgspec.json.decode(msgspec.json.encode(told), type=Answer)


def first(office: Office) -> dict[str, Any]:
    """The shipped strategy is approved."""
    content = content_of(office.settings.reference, Kind.STRATEGY)
    body = {"kind": "STRATEGY", "content": content, "reason": "first"}
    assert two(office, "/proposals", body)["status"] == Status.EFFECTIVE
    return content


def two(office: Office, path: str, body: object) -> dict[str, Any]:
    """wang proposes, he.yu approves."""
    reply = office.by("wang").send("POST", path, body)
    assert reply.status == 200, reply.data
    made = reply.data["proposal"]
    approve = f"/proposals/{made['number']}/approve"
    body = {"content_hash": made["content_hash"]}
    told: dict[str, Any] = office.by("he.yu").send("POST", approve, body).data["proposal"]
    return told


def test_a_release_goes_up_and_back_over_http(office: Office) -> None:
    content = first(office)
    newer = {**content["strategy"], "version": "2"}
    bounds = {"size_max": "1000000", "share": "20", "counterparties": ["BANKA"]}
    body = {"strategy": newer, "bounds": bounds, "reason": "wider"}
    assert two(office, "/strategy/release", body)["status"] == Status.EFFECTIVE
    two(office, "/strategy/promote", {"reason": "good", "bounds": {"share": "50"}})
    back = office.by("wang").send("POST", "/strategy/rollback", {"reason": "bad", "to": "SHADOW"})
    assert back.data["proposal"]["status"] == Status.EFFECTIVE
    told = office.by("zhou").send("GET", "/strategy/history").data["history"]
    assert [(one["stage"], one["bounds"].get("share")) for one in told[1:]] == [
        ("SHADOW", "20"),
        ("SUGGEST", "50"),
        ("SHADOW", "50"),
    ]
    assert told[-1]["by"] == ["wang"] and told[-1]["back"]
    path = f"/strategy/history/{told[1]['number']}"
    shown = office.by("zhou").send("GET", path).data
    assert shown["content"]["candidate"]["strategy"]["version"] == "2"


def test_steps_over_http_are_made_once_for_a_key_and_never_without_the_role(
    office: Office,
) -> None:
    content = first(office)
    newer = {**content["strategy"], "version": "2"}
    body = {"strategy": newer, "bounds": {"size_max": "1000000"}, "reason": "wider"}
    client = office.by("wang")
    assert len({client.send("POST", "/strategy/release", body).body for _ in range(2)}) == 1
    number = len(office.approving.log.read().proposals)
    assert office.by("zhou").send("POST", "/strategy/release", body).code == "ROLE"
    assert office.by("zhou").send("POST", "/strategy/rollback", {"reason": "x"}).status in (
        403,
        422,
    )
    assert office.last()[0] == "zhou"
    assert len(office.approving.log.read().proposals) == number
    assert office.by("wang").send("POST", "/strategy/promote", {"reason": "x"}).code == "NOT_DONE"
    assert office.by("wang").send("POST", "/strategy/rollback", {"reason": "x", "to": "BETA"}).code


def test_nobody_sees_or_says_anything(office: Office) -> None:
    for path in VIEWS:
        assert office.by().send("GET", path).status == 401
    for path in COMMANDS:
        assert office.by().send("POST", path, {"reason": "x"}).status == 401


def test_a_suggestion_is_seen_and_confirmed_once_by_a_trader(office: Office) -> None:
    floor = Floor(office)
    (waits,) = office.by("zhou").send("GET", "/requests").data["requests"]
    assert (waits["kind"], waits["bid"], waits["strategy"]) == (
        "SUGGESTION",
        "1.10000",
        "two_way 2",
    )
    for name in ("zhou", "li.wei", "chen"):
        refused = office.by(name).send("POST", "/requests/1/confirm", {})
        assert (refused.status, refused.code) == (403, "ROLE")
        assert office.last() == (name, "ROLE")
    assert floor.carried_out == 0
    client = office.by("wang")
    answers = {client.send("POST", "/requests/1/confirm", {}).body for _ in range(3)}
    assert len(answers) == 1 and b"CONFIRMED" in answers.pop()
    assert floor.carried_out == 1
    answered = floor.desk.stepped[-1].event
    assert (answered.actor, answered.how[:5]) == ("wang", "token")  # type: ignore[union-attr]
    assert floor.desk.one(SendQuote)
    told = office.by("zhou").send("GET", "/strategy").data
    assert (told["candidate"], told["figures"]["decisions"]) == ("two_way 2", "1 of 0")


def test_a_price_of_ones_own_is_exact_and_a_malformed_one_is_refused(office: Office) -> None:
    floor = Floor(office)
    for wrong in ("1.1e3", "NaN", "-", 1.1, "1,1"):
        body = {"bid": wrong, "offer": "1.1003", "reason": "x"}
        assert office.by("wang").send("POST", "/requests/1/quote", body).code == "MALFORMED"
    body = {"bid": "1.0998", "offer": "1.1003", "reason": "x", "actor": "li.wei"}
    assert office.by("wang").send("POST", "/requests/1/quote", body).code == "MALFORMED"
    del body["actor"]
    done = office.by("wang").send("POST", "/requests/1/quote", body)
    assert done.data == {"ok": True, "ask": 1, "outcome": "QUOTED"}
    assert str(floor.desk.one(SendQuote).bid) == "1.0998"


def test_the_comparison_is_read_from_the_journal_as_data_and_as_a_page(office: Office) -> None:
    of = ReleaseDesk().begin()
    of.enter("SHADOW")
    of.rfq()
    write_day(office.settings.journal_folder, of)
    found = office.by("zhou").send("GET", "/strategy/compare").data
    assert found["pairs"][0]["candidate"]["strategy"] == "two_way 2"
    page = office.by("zhou").send("GET", "/strategy/compare?format=html")
    assert b"New against live" in page.body and b"two_way 2 in SHADOW" in page.body


def test_a_page_of_another_site_can_make_nobody_say_anything(office: Office) -> None:
    floor = Floor(office)
    opened = office.by().send("POST", "/session", {"name": "wang", "password": PASSWORD})
    client = office.by()
    client.headers["Cookie"] = opened.headers["set-cookie"].partition(";")[0]
    for path in COMMANDS:
        assert client.send("POST", path, {"reason": "x"}).code == "CSRF"
    assert floor.carried_out == 0
    csrf = opened.data["csrf"]
    assert client.send("POST", "/requests/1/decline", {}, X_CSRF_Key=csrf).data["ok"]
