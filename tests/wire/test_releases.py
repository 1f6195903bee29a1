"""A release on the command line, against a running trader: over its control socket, through the
approvals log and into the journal, from the first shadow to live and back.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import nullcontext
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from connectors import strategy
from connectors.access import login, proposals, releases, requests
from robot.approvals import Kind, Role, Who
from robot.approving import Approving
from robot.contents import content_of
from robot.control import ControlServer
from robot.inspection import replay_path
from robot.messages.effects import SendQuote
from robot.settings import load_settings
from robot.trader import Trader
from tests.kit.host_robot import HostRobot, configure

pytestmark = pytest.mark.wire
PERSONS = {
    "wang": Who(name="wang", role=Role.TRADER, how="test"),
    "he.yu": Who(name="he.yu", role=Role.RISK, how="test"),
}


class Unrecorded:
    """Where refusals would be recorded."""

    def note(self, *told: str) -> None:
        pass


class Floor:
    """A running trader without a venue behind it, and what is typed."""

    def __init__(self, folder: Path) -> None:
        settings = configure(folder, "")
        self.settings, self.robot = settings, HostRobot(settings)
        trader = Trader(settings)
        trader._engine, trader._agent = self.robot.engine, self.robot.agent
        trader._inbox, trader._begun = self.robot.inbox, True
        settings.run_folder.mkdir(parents=True, exist_ok=True)
        self.control = ControlServer(settings.run_folder / "control", trader._answer)
        self.approving = Approving(settings, self.robot.clock.now_ns)
        for kind in (Kind.LIMITS, Kind.COUNTERPARTIES, Kind.STRATEGY):
            by = Who(name="li.wei", role=Role.RISK, how="test")
            content = content_of(settings.reference, kind)
            made = self.approving.propose(by, kind, content, reason="first").proposal
            assert made is not None
            done = self.approving.approve(PERSONS["he.yu"], made.number, made.content_hash)
            assert done.ok

    def type(self, *words: str, by: str = "", fails: bool = False) -> str:
        app = strategy.app
        if words[0] == "requests":
            app, words = requests.app, words[1:]
        who = ["--as", by] if by else []
        arguments = [*words, *who, "--config", str(self.settings.folder)]
        done = CliRunner().invoke(app, arguments)
        assert (done.exit_code != 0) is fails, done.output
        return done.output

    def agreed(self, *words: str) -> None:
        """One proposes, another approves what they have seen."""
        told = msgspec.json.decode(self.type(*words, "--reason", "test", "--json", by="wang"))
        number, seen = str(told["proposal"]["number"]), told["proposal"]["content_hash"]
        said = self.type("approve", number, "--yes", "--seen", seen, by="he.yu")
        assert "EFFECTIVE" in said, said

    def distance(self) -> Decimal:
        """How far from the middle the robot's bid is, in pips."""
        quote, _ = self.robot.ask(1_000_000)
        assert isinstance(quote, SendQuote) and quote.bid is not None, quote
        self.robot.hit(quote)
        return (Decimal("1.10005") - quote.bid) * 10_000

    def stop(self) -> None:
        self.control.close()
        self.robot.stop()


@pytest.fixture
def floor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Floor]:
    monkeypatch.setattr(login, "load_settings", cache(load_settings))
    for module in (releases, proposals, requests):
        monkeypatch.setattr(module, "access_of", lambda settings: nullcontext(Unrecorded()))
        monkeypatch.setattr(module, "logged_on", lambda access, by, token: PERSONS[by])
    made = Floor(tmp_path)
    yield made
    made.stop()


def newer(folder: Path) -> str:
    """The desk's file with a wider margin as version 2."""
    yaml = YAML()
    desk = yaml.load(folder / "desk.yaml")
    desk["strategy"]["version"] = "2"
    desk["strategy"]["parameters"] = {
        "lean_max": 0,
        "tiers": {"gold": [{"up_to": 5_000_000, "margin": 2}]},
    }
    path = folder / "newer.yaml"
    yaml.dump(desk, path)
    return str(path)


def test_a_release_from_shadow_to_live_and_back(floor: Floor, tmp_path: Path) -> None:
    assert floor.distance() < 1
    new = newer(floor.settings.folder)
    direct = floor.type("propose", new, "--reason", "now", by="wang", fails=True)
    assert "begins in SHADOW" in direct
    floor.agreed("release", new, "--size-max", "2000000", "--decisions", "1")
    assert "made 0 decisions of at least 1" in floor.type(
        "promote", "--reason", "too early", by="wang", fails=True
    )
    assert floor.distance() < 1
    assert "two_way 2 in SHADOW: days 1 of 0, decisions 1 of 1" in floor.type("show")
    floor.agreed("promote")
    confirmed_a_suggestion(floor)
    floor.agreed("promote", "--decisions", "0")
    assert floor.distance() == 2
    floor.agreed("promote")
    assert floor.distance() == 2
    back = floor.type("rollback", "--reason", "losing", by="wang")
    assert "live two_way 1  put back by wang" in back
    assert floor.distance() < 1
    told = floor.type("history")
    assert [line.split()[1] for line in told.splitlines()] == ["EFFECTIVE"] * 6, told
    page = tmp_path / "compare.html"
    found = msgspec.json.decode(
        floor.type("compare", "--html", str(page), "--json"), type=dict[str, Any]
    )
    sent = {one["stage"]: one["candidate"]["sent"] for one in found["pairs"]}
    assert sent == {"SHADOW": 0, "SUGGEST": 1, "CANARY": 1}
    assert "two_way 2 in CANARY against two_way 1" in page.read_text(encoding="utf-8")
    floor.robot.stop()
    assert replay_path(floor.settings.journal_folder, compare=True).equal


def confirmed_a_suggestion(floor: Floor) -> None:
    """A client asks, a person looks and says yes, the client is quoted."""
    found: list[Decimal] = []
    client = threading.Thread(target=lambda: found.append(floor.distance()))
    client.start()
    floor.robot.wait(lambda: floor.robot.engine.state.releases.suggestions)
    assert "1.09985/1.10025  suggested by two_way 2" in floor.type("requests", "list")
    assert "request 1: CONFIRMED" in floor.type("requests", "confirm", "1", by="wang")
    client.join(20)
    assert found == [2]
    assert "any more: CONFIRMED" in floor.type("requests", "decline", "1", by="wang", fails=True)
