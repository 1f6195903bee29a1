"""A release on the command line, against a running trader: over its control socket, through the
approvals log and into the journal, from the first shadow to live and back.
"""

from __future__ import annotations

import re
import shlex
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from decimal import Decimal
from functools import cache
from pathlib import Path

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
ROOT = Path(__file__).resolve().parents[2]
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
        configure(folder, "")
        config = folder / "config"
        gold = "gold     0.2 pip       0.3 pip "
        write_desk(config, "eur", "1")
        write_desk(config, "eur2", "2", (gold, "gold     2 pip         2 pip   "))
        write_desk(config, "broken", "3", ("margin 2 x margin", "marign 2 x margin"))
        (config / "eur.yaml").replace(config / "desk.yaml")
        (config / "eur2.yaml").rename(config / "newer.yaml")
        settings = load_settings(config)
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

    def play(self, command: str) -> str:
        """A command of a page: with this desk, and the token's owner as who it is."""
        words = shlex.split(command)[1:]
        newest = max((one for one in self.approving.log.read().proposals), default=0)
        for old, new in (("desk", str(self.settings.folder)), ("NUMBER", str(newest))):
            words = [new if word == old else word for word in words]
        words = [word.replace("desk/", f"{self.settings.folder}/") for word in words]
        app = requests.app if words[0] == "requests" else strategy.app
        done = CliRunner().invoke(app, words[1:], input="y\n")
        assert done.exit_code == 0 or "broken" in command, done.output
        return done.output + str(done.exception or "")

    def distance(self) -> Decimal:
        """How far from the middle the robot's bid is, in pips."""
        quote, _ = self.robot.ask(1_000_000)
        assert isinstance(quote, SendQuote) and quote.bid is not None, quote
        self.robot.hit(quote)
        return (Decimal("1.10005") - quote.bid) * 10_000

    def near(self) -> bool:
        """Whether the client gets the price of version 1, 0.2 pips from the middle."""
        return self.distance() < 1

    def far(self) -> bool:
        """Whether it is that of version 2, 2 pips from it."""
        return Decimal("1.9") < self.distance() < Decimal("2.2")

    def stop(self) -> None:
        self.control.close()
        self.robot.stop()


@pytest.fixture
def floor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Floor]:
    monkeypatch.setattr(login, "load_settings", cache(load_settings))
    for module in (releases, proposals, requests):
        monkeypatch.setattr(module, "access_of", lambda settings: nullcontext(Unrecorded()))
        monkeypatch.setattr(module, "logged_on", lambda _, by, token: PERSONS[by or token.stem])
    made = Floor(tmp_path)
    yield made
    made.stop()


def write_desk(folder: Path, name: str, version: str, *changes: tuple[str, str]) -> None:
    """`NAME.yaml` and `NAME.rules` beside it: version so and so of the book."""
    text = (ROOT / "strategies/rulebooks/two-way-by-tier.rules").read_text(encoding="utf-8")
    for old, new in (("Mon to Fri 07:00 to 18:00", "Mon to Sun 00:00 to 24:00"), *changes):
        assert old in text
        text = text.replace(old, new)
    (folder / f"{name}.rules").write_text(text, encoding="utf-8")
    yaml = YAML()
    desk = yaml.load(folder / "desk.yaml")
    desk["strategy"] = {"name": "majors", "version": version, "rules": f"{name}.rules"}
    yaml.dump(desk, folder / f"{name}.yaml")


def commands() -> list[str]:
    """Of the walkthrough, in its order."""
    page = (ROOT / "docs/releases.md").read_text(encoding="utf-8")
    text = page.split("<!-- walkthrough -->")[1].split("<!-- /walkthrough -->")[0]
    lines = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
    return [re.sub(r"\s{2,}#.*", "", line).strip() for line in lines]


def test_the_walkthrough_of_the_page_from_the_file_to_live_and_back(
    floor: Floor,
) -> None:
    said, far = [""], list[bool]()
    play = iter(commands())

    def go(until: str) -> str:
        """The page's commands up to this one; what it says."""
        for command in play:
            said.append(floor.play(command))
            if until in command:
                return said[-1]
        raise AssertionError(f"the page has no {until}")

    assert floor.near()
    go("approve")
    changed = [line for line in said[-1].splitlines() if line[:1] in ("-", "+")][2:]
    assert any("gold     2 pip" in line for line in changed) and len(changed) < 16, changed
    assert "majors 2 in SHADOW" in floor.type("show")
    assert floor.near()
    assert "majors 2 in SHADOW: days 1 of 0, decisions 1 of 0" in go("show")
    go("approve")
    client = threading.Thread(target=lambda: far.append(floor.far()))
    client.start()
    floor.robot.wait(lambda: floor.robot.engine.state.releases.suggestions)
    assert "suggested by majors 2" in go("list") and "eur2.rules:37" in said[-1]
    assert go("confirm") == "request 1: CONFIRMED\n"
    client.join(20)
    assert far == [True]
    late = floor.type("requests", "decline", "1", by="wang", fails=True)
    assert "any more: CONFIRMED" in late
    go("approve")
    assert floor.far()
    told = go("compare")
    assert [line.split()[3] for line in told.splitlines() if "against" in line] == [
        "SHADOW",
        "SUGGEST",
        "CANARY",
    ]
    go("approve")
    assert floor.far()
    assert "broken.rules:31:14: expected" in go("broken") and "did you mean `margin`" in said[-1]
    assert floor.far(), "the good one goes on"
    assert "live majors 1  put back by wang" in go("rollback")
    assert floor.near()
    assert [line.split()[1] for line in go("history").splitlines()] == ["EFFECTIVE"] * 6
    assert next(play, None) is None
    floor.robot.stop()
    assert replay_path(floor.settings.journal_folder, compare=True).equal


def test_a_step_too_early_and_one_past_the_stages_are_refused(floor: Floor) -> None:
    new = str(floor.settings.folder / "newer.yaml")
    direct = floor.type("propose", new, "--reason", "now", by="wang", fails=True)
    assert "begins in SHADOW" in direct
    approve = "strategy approve NUMBER --config desk --token-file he.yu.token"
    floor.play(f"fxrobot strategy release {new} --config desk --size-max 2000000 --decisions 1 "
               "--reason x --token-file wang.token")  # fmt: skip
    floor.play(f"fxrobot {approve}")
    early = floor.type("promote", "--reason", "too early", by="wang", fails=True)
    assert "made 0 decisions of at least 1" in early
