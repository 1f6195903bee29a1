"""How long from pulling the kill switch to the quotes withdrawn and to the first refusal?

    .venv/bin/python benchmarks/kill_latency.py [--rounds 20] [--waiting 1000]

Trader, projector and auditor are real processes, on loopback FIX; broker and database are never
asked, the broker is not even there. Before each pull a quote is live at the venue. Measured from
just before the command, the write, the call: until the venue has the withdrawal (Z) of that quote
in its hands; the first refusal (AG, KILL_SWITCH) of anything; the last quote (S) that came after
the pull, 0 where none did; and the refusal of a request that the venue sent right after the
withdrawal. By the control socket, by the signal file, by the API (log-on apart), by the command
(whose start of an interpreter is in it), and by the socket right behind so many requests: there the
last figure has the refusals of all of them in it, which the venue gets in the order it asked. Left
out: other programs, a slow disk, a slow venue.
"""

from __future__ import annotations

import argparse
import http.client
import json
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bench import Venue, caught_up, configure, end, machine, percentiles_ms, spawn, wait_for

from connectors.passwords import Argon2
from connectors.sim import wire
from connectors.sim.link import DEALING, Inbound, SessionKey
from connectors.store.users import SqlUsers
from robot.access import Access
from robot.approvals import Role, Who
from robot.control import Command, ask
from robot.settings import Settings

ALPHA = "ALPHA"
PASSWORD = "correct horse battery"
MEASURED = ("withdrawn", "first_refused", "last_quote", "refused")
WHY = {"actor": "bench", "reason": "bench"}


class Robot:
    """The processes of one robot, its venue, and every way to pull the switch."""

    def __init__(self, folder: Path, api_port: int) -> None:
        self.venue = Venue((ALPHA,))
        self.settings = configure(
            folder, self.venue.start(), 1, four_eyes=False, api={"port": api_port}
        )
        self.token = _token(self.settings)
        self.port = api_port
        self.requests = 0
        names = ("projector", "auditor", "api")
        self.running = {name: self._spawn(folder, name) for name in names}
        for name in names[:2]:
            process = self.running[name]
            wait_for(name, lambda n=name, p=process: caught_up(self.settings, n, p))
        self.running["trader"] = self._spawn(folder, "trader", "--demo")

    def _spawn(self, folder: Path, name: str, *options: str) -> subprocess.Popen[bytes]:
        return spawn(folder, name, "-m", "robot.process", name, str(self.settings.folder), *options)

    def quote(self) -> None:
        """Ask until there is a live quote."""
        for _ in range(2_000):
            self.venue.pump(0.005)
            if ALPHA not in self.venue.subscriptions or ALPHA not in self.venue.reconciled:
                continue
            self.venue.tick(ALPHA)
            if self._answer() == "S":
                return
        sys.exit("no quote")

    def _answer(self) -> str:
        self.requests += 1
        self.venue.ask(ALPHA, f"R{self.requests}", stream_s=60)
        found = self.venue.quote(ALPHA, 2.0)
        return found[0].type if found is not None else ""

    def measure(self, pull: Callable[[], object], waiting: int) -> dict[str, int]:
        """Nanoseconds from the pull to each of what is measured."""
        for number in range(waiting):
            self.venue.ask(ALPHA, f"W{time.time_ns()}-{number}")
        key, seen = SessionKey(ALPHA, DEALING), dict[str, int]()
        began_ns = time.time_ns()

        def comes(wanted: Callable[[wire.Incoming], bool]) -> Callable[[Inbound], bool]:
            def look(item: Inbound) -> bool:
                message = wire.Incoming(item.text)
                if item.key == key and item.wall_ns > began_ns:
                    if message.type == "AG" and "KILL_SWITCH" in (message.get(58) or ""):
                        seen.setdefault("first_refused", item.wall_ns - began_ns)
                    if message.type == "S":
                        seen["last_quote"] = item.wall_ns - began_ns
                return item.key == key and wanted(message)

            return look

        pulling = threading.Thread(target=pull)
        pulling.start()
        found = self.venue.expect(comes(lambda message: message.type == "Z"), 10.0)
        if found is None:
            sys.exit("no withdrawal")
        self.requests += 1
        name = f"R{self.requests}"
        self.venue.ask(ALPHA, name)
        refused = self.venue.expect(comes(lambda message: message.get(131) == name), 10.0)
        if refused is None or "KILL_SWITCH" not in (refused[0].get(58) or ""):
            sys.exit(f"not refused: {refused}")
        pulling.join()
        taken = {"withdrawn": found[1] - began_ns, "refused": refused[1] - began_ns}
        return {"last_quote": 0, **seen, **taken}

    def let_go(self) -> None:
        (self.settings.run_folder / "KILL").unlink(missing_ok=True)
        time.sleep(0.1)  # the trader sees that the file is gone
        answer = ask(self.settings.run_folder / "control", Command(command="release", **WHY))
        if not answer.get("ok"):
            sys.exit(str(answer))

    def by_socket(self) -> object:
        return ask(self.settings.run_folder / "control", Command(command="kill", **WHY))

    def by_file(self) -> object:
        return (self.settings.run_folder / "KILL").write_bytes(b"")

    def by_command(self) -> object:
        options = ["--actor", "bench", "--reason", "bench", "--config", str(self.settings.folder)]
        return subprocess.run(
            [sys.executable, "-m", "robot", "kill", *options], check=True, capture_output=True
        )

    def by_api(self) -> object:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": secrets.token_hex(8),
            "Content-Type": "application/json",
        }
        connection.request("POST", "/kill", '{"reason": "bench"}', headers)
        answer = connection.getresponse().read()
        connection.close()
        return answer

    def stop(self) -> None:
        for process in self.running.values():
            end(process)


def main() -> None:
    """Pull, measure, release; print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--waiting", type=int, default=1_000)
    options = parser.parse_args()
    before = machine()
    with tempfile.TemporaryDirectory(prefix="fxrobot-bench-") as name:
        robot = Robot(Path(name), _free_port())
        try:
            result = {"machine": before, **_measured(robot, options.rounds, options.waiting)}
        finally:
            robot.stop()
    print(json.dumps({**result, "load_after": machine()["load"]}))


def _measured(robot: Robot, rounds: int, waiting: int) -> dict[str, object]:
    ways: dict[str, tuple[Callable[[], object], int]] = {
        "socket": (robot.by_socket, 0),
        "signal_file": (robot.by_file, 0),
        "api": (robot.by_api, 0),
        "command": (robot.by_command, 0),
        f"socket_behind_{waiting}_requests": (robot.by_socket, waiting),
    }
    robot.quote()
    robot.by_api()  # the first one opens what the later ones use
    robot.let_go()
    result: dict[str, object] = {}
    for way, (pull, before) in ways.items():
        taken = []
        for _ in range(rounds):
            robot.quote()
            taken.append(robot.measure(pull, before))
            robot.let_go()
            robot.venue.pump(0.05)
        result[way] = {
            f"{name}_ms": percentiles_ms([one[name] for one in taken]) for name in MEASURED
        }
    return result


def _token(settings: Settings) -> str:
    settings.data.mkdir(parents=True, exist_ok=True)
    store = SqlUsers(settings.database_url)
    access = Access(store, Argon2(), time.time_ns, secrets.token_bytes)
    chen = access.add_user(None, "chen", Role.ADMINISTRATOR, PASSWORD)
    token = access.create_token(Who(name=chen.name, role=chen.role, how="bench"), "bench")[1]
    store.close()
    return token


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
