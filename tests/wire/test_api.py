"""Two persons govern a supervised robot over HTTP; what they did is in its journal and replays."""

from __future__ import annotations

import http.client
import json
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from ruamel.yaml import YAML
from typer.testing import CliRunner

from connectors.passwords import Argon2
from connectors.store.users import SqlUsers
from robot.access import Access
from robot.approvals import CONTENTS, Role, Who
from robot.approving import Approving
from robot.cli import app
from robot.contents import content_of
from robot.inspection import replay_path, show_path
from robot.package import configuration_folder
from robot.settings import Settings, load_settings

PATIENCE_S = 60.0
PASSWORD = "correct horse battery"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Governed:
    """A robot without a venue that answers, its API, and two persons of risk with tokens."""

    def __init__(self, folder: Path) -> None:
        self.settings = self._configured(folder / "desk")
        store = SqlUsers(self.settings.database_url)
        cheap = Argon2(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        access = Access(store, cheap, time.time_ns, secrets.token_bytes)
        chen = access.add_user(None, "chen", Role.ADMINISTRATOR, PASSWORD)
        by = Who(name=chen.name, role=chen.role, how="test")
        self.tokens: dict[str, str] = {}
        people = []
        for name in ("li.wei", "he.yu"):
            user = access.add_user(by, name, Role.RISK, PASSWORD)
            people.append(Who(name=user.name, role=user.role, how="test"))
            self.tokens[name] = access.create_token(people[-1], "test")[1]
        store.close()
        approving = Approving(self.settings, time.time_ns)
        for kind in CONTENTS:
            content = content_of(self.settings.reference, kind)
            made = approving.propose(people[0], kind, content, reason="first").proposal
            assert made is not None
            approving.approve(people[1], made.number, made.content_hash)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "robot", "run", "--config", str(self.settings.folder)]
        )

    def _configured(self, folder: Path) -> Settings:
        shutil.copytree(configuration_folder(), folder, ignore=shutil.ignore_patterns("calendars"))
        path = folder / "desk.yaml"
        desk = YAML().load(path)
        closed, self.port = free_port(), free_port()
        for venue in desk["venues"]:
            venue["port"] = closed
        desk["mqtt"]["port"] = closed
        desk["api"] = {"port": self.port}
        YAML().dump(desk, path)
        return load_settings(folder)

    def send(self, name: str, method: str, path: str, body: object = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {
            "Authorization": f"Bearer {self.tokens[name]}",
            "Idempotency-Key": secrets.token_hex(8),
            "Content-Type": "application/json",
        }
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def two(self, path: str, body: object) -> Any:
        """li.wei proposes, he.yu approves what he sees."""
        made = self.send("li.wei", "POST", path, body)["proposal"]
        seen = self.send("he.yu", "GET", f"/proposals/{made['number']}")["proposal"]
        approve = f"/proposals/{made['number']}/approve"
        return self.send("he.yu", "POST", approve, {"content_hash": seen["content_hash"]})

    def status(self) -> Any:
        try:
            return self.send("li.wei", "GET", "/status")
        except OSError:
            return {}

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


def wait_until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def stop_parts(robot: Governed) -> None:
    """By the API, the command and the signal file, with broker and venues away: each within 2 s."""
    folder = robot.settings.run_folder
    command = ["kill", "--config", str(robot.settings.folder), "--scope", "pair:EURUSD"]

    def by_command() -> None:
        done = CliRunner().invoke(app, [*command, "--actor", "li.wei", "--reason", "drill"])
        assert done.exit_code == 0, done.output

    ways: dict[str, Callable[[], object]] = {
        "kill_switch venue:BETA": lambda: robot.send(
            "he.yu", "POST", "/kill", {"reason": "drill", "scope": "venue:beta"}
        ),
        "kill_switch pair:EUR/USD": by_command,
        "kill_switch counterparty:BANKA": lambda: (folder / "KILL").write_text(
            "counterparty BANKA\n"
        ),
    }
    for name, pull in ways.items():
        began_s = time.monotonic()
        pull()
        wait_until(lambda name=name: name in robot.status()["stops"], name)
        assert time.monotonic() - began_s < 2.0, name
    (folder / "KILL").unlink()
    wrong = robot.send("he.yu", "POST", "/kill", {"reason": "drill", "scope": "venue:BETTA"})
    assert not wrong["ok"] and "there is no venue 'BETTA'" in str(wrong)
    body = {"reason": "over", "halt": "kill_switch venue:BETA"}
    assert robot.two("/release", body)["proposal"]["status"] == "EFFECTIVE"
    assert list(robot.status()["stops"]) == list(ways)[1:] and not robot.status()["halts"]


@pytest.mark.wire
def test_two_persons_govern_a_running_robot_over_http(tmp_path: Path) -> None:
    robot = Governed(tmp_path)
    try:
        wait_until(lambda: robot.status().get("trade_date"), "the robot does not answer")
        limits = content_of(robot.settings.reference, CONTENTS[0])
        wanted = {**limits, "quotes_outstanding": 3}
        change = {"kind": "LIMITS", "content": wanted, "reason": "fewer"}
        done = robot.two("/proposals", change)
        assert done["proposal"]["status"] == "EFFECTIVE", done
        use = {row["limit_id"]: row["maximum"] for row in robot.status()["limits"]}
        assert use["quotes_outstanding"] == "3"
        assert robot.send("he.yu", "POST", "/kill", {"reason": "drill"})["ok"]
        assert "kill_switch" in robot.status()["halts"]
        assert robot.two("/release", {"reason": "over"})["proposal"]["status"] == "EFFECTIVE"
        assert "kill_switch" not in robot.status()["halts"]
        stop_parts(robot)
    finally:
        code = robot.end()
    assert code == 0
    journal = robot.settings.journal_folder
    shown = list(show_path(journal, first=0, count=0, kind="INPUTS", find="he.yu", as_json=True))
    told = "".join(shown)
    assert told.count('"ReferenceChanged"') == 1 and told.count('"KillSwitchReleased"') == 2
    assert '"approver":"he.yu"' in told and '"proposer":"li.wei"' in told
    assert replay_path(journal, compare=True).equal
