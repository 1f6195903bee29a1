"""Evidence over HTTP: who may look at it, what they are told, and that it holds nobody up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from connectors.evidence.serving import (
    KEPT_MAX,
    READS_MAX,
    WAITING_MAX,
    Busy,
    Serving,
    in_a_process,
)
from connectors.evidence.worker import Request, answered
from robot.approvals import Kind
from robot.contents import content_of, plain_content
from robot.errors import RobotError
from tests.kit.days import write_day
from tests.kit.desk import Desk
from tests.kit.office import Office
from tests.kit.reference import reference

DAY = "20140501"
EVIL = "<script>alert(1)</script>"


def dealt() -> Desk:
    desk = Desk().open()
    desk.market()
    desk.rfq(20_000_001, request=EVIL)
    desk.hit(desk.quoted(15_000_000, client="BANKB", request="R-big"), "sell", 15_000_000,
             client="BANKB", hit="H-big")  # fmt: skip
    return desk


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(tmp_path_factory.mktemp("evidence"))
    write_day(office.settings.journal_folder, dealt())
    return office


@pytest.fixture
def office(made: Office) -> Iterator[Office]:
    made.now_ns += 120 * 10**9
    made.renew()
    yield made


def test_whoever_is_let_in_is_told_why_as_data_and_as_a_page(office: Office) -> None:
    told = office.by("zhou").send("GET", "/explain/R-big").data
    assert told["id"] == "R-big" and "D20140501-000001" in told["deals"]
    page = office.by("zhou").send("GET", "/explain/R-big?format=html")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert b"<h2>What happened</h2>" in page.body


def test_what_a_peer_wrote_does_not_act_on_the_page(office: Office) -> None:
    page = office.by("zhou").send("GET", "/explain/%3Cscript%3Ealert(1)%3C/script%3E?format=html")
    assert page.status == 200 and b"<script" not in page.body


def test_nobody_is_told_anything(office: Office) -> None:
    paths = ("/explain/R-big", "/limits", "/limits/history/x", f"/limits/report/{DAY}", "/what-if")
    for path in (*paths, "/what-if/1"):
        assert office.by().send("GET", path).status == 401
    assert office.by().send("POST", "/what-if", {"proposal": 1, "day": DAY}).status == 401


@pytest.mark.parametrize(
    "path",
    ["/explain/nothing-of-that-name", "/explain/../../../etc/passwd", "/explain/%00",
     "/limits/history/no%20limit", "/limits/report/20200101", "/what-if/7"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(office: Office, path: str) -> None:
    assert office.by("zhou").send("GET", path).status == 404


@pytest.mark.parametrize("path", ["/limits/report/..%2f..%2fdesk", f"/limits/report/{DAY}?format=x",
                                  "/explain/R-big?day=today"])  # fmt: skip
def test_what_means_nothing_is_refused(office: Office, path: str) -> None:
    assert office.by("zhou").send("GET", path).status in (404, 422)


def test_a_day_is_reported_as_data_page_and_table(office: Office) -> None:
    told = office.by("zhou").send("GET", f"/limits/report/{DAY}").data
    assert (told["deals"], told["refusals"]) == (1, 1)
    page = office.by("zhou").send("GET", f"/limits/report/{DAY}?format=html")
    assert b"<h2>Refusals</h2>" in page.body
    table = office.by("zhou").send("GET", f"/limits/report/{DAY}?format=csv")
    assert table.headers["content-type"].startswith("text/csv") and b"refused," in table.body


def test_the_movements_of_a_limit_are_told(office: Office) -> None:
    report = office.by("zhou").send("GET", f"/limits/report/{DAY}").data
    name = report["limits"][0]["limit_id"].replace("/", "%2F")
    told = office.by("zhou").send("GET", f"/limits/history/{name}").data
    assert told["movements"] and told["more"] is False


def test_limits_are_told_with_what_is_proposed(office: Office) -> None:
    row = {"limit_id": "a", "utilisation": "3", "maximum": "4", "reserved_up": "1"}
    office.robot.limits = [{**row, "limit_id": "b", "maximum": "9"}, row]
    number = office.proposal().data["proposal"]["number"]
    told = office.by("zhou").send("GET", "/limits").data
    assert [one["limit_id"] for one in told["use"]] == ["a", "b"], "the fullest first"
    assert (told["use"][0]["headroom"], told["approved"]) == ("0", None)
    (proposed,) = told["proposed"]
    assert proposed["proposal"]["number"] == number
    assert any("quotes_outstanding: 3" in line for line in proposed["diff"])
    office.robot.runs = False
    assert office.by("zhou").send("GET", "/limits").data["use"] is None


def proposed(office: Office, maximum: str) -> int:
    """A proposal of limits as they were on the day, but for the size of deals of BANKB."""
    sizes = [{"pair": "EUR/USD", "tier": tier, "maximum": maximum} for tier in ("gold", "silver")]
    content = plain_content(Kind.LIMITS, msgspec.to_builtins(
        reference(limits={"deal_size": sizes}).limits))[0]  # fmt: skip
    body = {"kind": "LIMITS", "content": content, "reason": "what if"}
    reply = office.by("li.wei").send("POST", "/proposals", body)
    assert reply.status == 200, reply.body
    return int(reply.data["proposal"]["number"])


def test_a_proposal_is_tried_on_a_recorded_day(office: Office) -> None:
    number = proposed(office, "1000000")
    client = office.by("wang")
    asked = [client.send("POST", "/what-if", {"proposal": number, "day": DAY}) for _ in range(2)]
    assert [one.status for one in asked] == [202, 202]
    job = asked[0].data["job"]["id"]
    assert asked[1].data["job"]["id"] == job, "the same command again is the same job"
    ended = office.evidence.wait(job, 60)
    assert ended is not None and (ended.state, ended.same) == ("DONE", False), ended
    told = office.by("zhou").send("GET", f"/what-if/{job}").data
    assert told["job"]["asked_by"] == "wang" and f"proposal {number}" in told["job"]["about"]
    assert told["result"]["counts"]["deals_lost"] == 1
    assert told["result"]["found"]["assumptions"]
    page = office.by("zhou").send("GET", f"/what-if/{job}?format=html")
    assert b"Deals not made: 1" in page.body and b"stands only if" in page.body
    listed = office.by("zhou").send("GET", "/what-if").data["jobs"]
    assert [one["id"] for one in listed] == [job]


def test_a_what_if_takes_a_role_and_a_proposal(office: Office) -> None:
    number = proposed(office, "1000000")
    for name in ("zhou", "chen"):
        reply = office.by(name).send("POST", "/what-if", {"proposal": number, "day": DAY})
        assert (reply.status, reply.code) == (403, "ROLE")
        assert office.last() == (name, "ROLE")
    reply = office.by("wang").send("POST", "/what-if", {"proposal": 99, "day": DAY})
    assert (reply.status, reply.code) == (404, "UNKNOWN_PROPOSAL")


def test_a_program_that_nobody_approved_is_not_run_to_try_it(office: Office) -> None:
    content = content_of(office.settings.reference, Kind.STRATEGY)
    for factory, status in (("strategies.two_way:TwoWay", 202), ("os:getcwd", 403)):
        strategy = {**content["strategy"], "factory": factory, "version": factory[-3:]}  # type: ignore[dict-item]
        body = {"kind": "STRATEGY", "content": {**content, "strategy": strategy}, "reason": "x"}
        made = office.by("wang").send("POST", "/proposals", body)
        wanted = {"proposal": made.data["proposal"]["number"], "day": DAY}
        assert office.by("wang").send("POST", "/what-if", wanted).status == status
    assert office.last() == ("wang", "NOT_APPROVED")


class Slow:
    """Work that does not end before it is let go."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.begun = threading.Semaphore(0)

    def __call__(self, request: Request, timeout_s: float) -> bytes:
        self.begun.release()
        self.go_on.wait(30)
        raise RobotError("it was nothing")


def test_no_more_is_read_and_tried_at_once_than_bounded(office: Office) -> None:
    slow = Slow()
    serving = Serving(office.settings, lambda: 1, slow)

    def read() -> None:
        with pytest.raises(RobotError, match="it was nothing"):
            serving.read("report", "json", day=DAY)

    readers = [threading.Thread(target=read) for _ in range(READS_MAX)]
    for one in readers:
        one.start()
        assert slow.begun.acquire(timeout=30)
    with pytest.raises(Busy):
        serving.read("report", "json", day=DAY)
    serving.begin("wang", "x", DAY)
    assert slow.begun.acquire(timeout=30), "one is at work"
    for _ in range(WAITING_MAX):
        serving.begin("wang", "x", DAY)
    with pytest.raises(Busy):
        serving.begin("wang", "x", DAY)
    slow.go_on.set()
    last = serving.wait(str(WAITING_MAX + 1), 30)
    assert last is not None and (last.state, last.problem) == ("FAILED", "it was nothing")
    for _ in range(KEPT_MAX):
        serving.wait(serving.begin("wang", "x", DAY).id, 30)
    assert len(serving.jobs()) == KEPT_MAX, "the oldest are forgotten"
    for one in readers:
        one.join(30)


def test_a_worker_answers_like_the_function_and_ends_in_time(office: Office) -> None:
    folder = str(office.settings.journal_folder)
    request = Request(what="report", journal=folder, day=DAY)
    assert in_a_process(request, 60) == answered(request)
    with pytest.raises(RobotError, match="no segment of 20200101"):
        in_a_process(msgspec.structs.replace(request, day="20200101"), 60)
    with pytest.raises(RobotError, match="longer than 0 s"):
        in_a_process(request, 0.01)


def test_a_journal_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RobotError, match="no journal there"):
        answered(Request(what="report", journal=str(tmp_path), day=DAY))
