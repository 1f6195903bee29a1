"""The HTTP API with users of every role, a clock, and a trader's end of the control socket."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from connectors.control.app import Api
from connectors.evidence.serving import Serving
from connectors.evidence.worker import answered
from connectors.passwords import Argon2
from connectors.store.users import SqlUsers
from robot.access import Access
from robot.access_record import AccessRecord
from robot.approvals import Kind, Role
from robot.approving import Approving
from robot.contents import content_of
from robot.control import Answer, Command
from robot.errors import RobotError
from robot.package import configuration_folder
from robot.settings import load_settings
from tests.kit.asgi import Client, Reply

SECOND = 10**9
ROLES = {
    "chen": Role.ADMINISTRATOR,
    "li.wei": Role.RISK,
    "he.yu": Role.RISK,
    "wang": Role.TRADER,
    "zhou": Role.VIEWER,
}
PASSWORD = "correct horse battery"


class Robot:
    """The trader's end of the control socket."""

    def __init__(self) -> None:
        self.asked: list[Command] = []
        self.runs = True
        self.halts: dict[str, str] = {}
        self.problem = ""
        self.limits: list[dict[str, str]] = []

    def __call__(self, command: Command) -> Answer:
        if not self.runs:
            raise RobotError("no trader answers")
        self.asked.append(command)
        if self.problem:
            return {"ok": False, "problem": self.problem}
        if command.command == "kill":
            self.halts["kill_switch"] = f"kill switch: {command.reason} ({command.actor})"
        return {"ok": True, "halts": self.halts, "limits": self.limits}

    def commands(self) -> list[str]:
        return [one.command for one in self.asked if one.command != "status"]


class Office:
    """The API with users of every role, and a clock."""

    def __init__(self, folder: Path, *, witnessed: bool = False) -> None:
        left = shutil.ignore_patterns("calendars")
        shutil.copytree(configuration_folder(), folder / "desk", ignore=left)
        self.settings = load_settings(folder / "desk")
        self.now_ns = 1_700_000_000 * SECOND
        self._drawn = 0
        self.store = SqlUsers(self.settings.database_url)
        cheap = Argon2(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        data = self.settings.data
        witness = AccessRecord(data, lambda: self.now_ns) if witnessed else None
        self.access = Access(self.store, cheap, lambda: self.now_ns, self._draw, witness)
        self.access.add_user(None, "chen", Role.ADMINISTRATOR, PASSWORD)
        self.tokens: dict[str, str] = {}
        for name, role in ROLES.items():
            who = self.access.by_password("chen", PASSWORD)
            if name != "chen":
                self.access.add_user(who, name, role, PASSWORD)  # type: ignore[arg-type]
            who = self.access.by_password(name, PASSWORD)
            self.tokens[name] = self.access.create_token(who, "test")[1]  # type: ignore[arg-type]
        self.begin()

    def _draw(self, count: int) -> bytes:
        self._drawn += 1
        return self._drawn.to_bytes(count, "big")

    def renew(self) -> None:
        """Nothing proposed yet, the robot runs."""
        shutil.rmtree(self.settings.data / "approvals", ignore_errors=True)
        self.begin()

    def begin(self) -> None:
        """The robot runs, the API begins."""
        shutil.rmtree(self.settings.run_folder, ignore_errors=True)
        self.settings.run_folder.mkdir(parents=True)
        self.robot = Robot()
        self.approving = Approving(self.settings, lambda: self.now_ns)
        self.approving.ask = self.robot  # type: ignore[method-assign]
        self.evidence = Serving(self.settings, lambda: self.now_ns, lambda ask, _: answered(ask))
        self.api = Api(
            self.access,
            self.approving,
            self.evidence,
            self.settings.run_folder,
            lambda: self.now_ns,
            secure=False,
        )
        self.limits = content_of(self.settings.reference, Kind.LIMITS)

    def by(self, name: str = "") -> Client:
        """Somebody with a token; nobody without a name."""
        token = {"Authorization": f"Bearer {self.tokens[name]}"} if name else {}
        self._drawn += 1
        return Client(self.api.app, **token, Idempotency_Key=f"k{self._drawn}")

    def proposal(self, name: str = "li.wei", quotes: int = 3, **more: Any) -> Reply:
        content = {**self.limits, "quotes_outstanding": quotes}
        body = {"kind": "LIMITS", "content": content, "reason": "test", **more}
        return self.by(name).send("POST", "/proposals", body)

    def last(self) -> tuple[str, str]:
        newest = self.store.attempts(1)[-1]
        return newest.user, newest.code
