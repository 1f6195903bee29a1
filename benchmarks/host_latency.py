"""What does it cost to have the strategy in a process of its own, request to quote?

    .venv/bin/python benchmarks/host_latency.py [--count 1000] [--rate 50]

Two robots over loopback FIX against the acceptor in this process, in turn, one request under way at
a time. Both are real (`fxrobot run`: trader with journal, projector, auditor, relay) and run the
same strategy, one inside the core, the other in its host. Times are taken before a request is given
to QuickFIX and when the quote's callback begins. `in_host` is the time within `decide`, and
`asked_to_answered` the time between question and answer in the core, both from the journal. Left
out: the machine's other programs (the load is printed), the first requests.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from bench import ALWAYS, PAIR, Venue, configure, end, machine, percentiles_ms, ratios, spawn
from ruamel.yaml import YAML

from connectors.journal.file import FileTail
from connectors.mqtt.broker import start_broker
from robot.journal import RecordKind, decode_effects, decode_inputs, decode_turn
from robot.messages.events import Stamped
from robot.messages.hosting import AskHost, HostDecided
from robot.settings import Settings

INSIDE, HOSTED = "ALPHA", "BETA"
WARM_UP = 50
TICK_S = 0.5
CODE = """
from strategies.two_way import TwoWay


class Hosted:
    def start(self, parameters, seed):
        self.two_way = TwoWay(parameters)

    def decide(self, facts):
        return self.two_way.decide(facts)
"""


def main() -> None:
    """Start both, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=1000, help="Requests for each.")
    parser.add_argument("--rate", type=float, default=50.0, help="Requests per second for each.")
    options = parser.parse_args()
    before = machine()
    with tempfile.TemporaryDirectory(prefix="fxrobot-bench-") as name:
        folder = Path(name)
        venue = Venue((INSIDE, HOSTED))
        port = venue.start()
        with start_broker(folder / "broker") as broker:
            desks = {
                robot: _configured(folder / robot.lower(), robot, port, broker.port)
                for robot in (INSIDE, HOSTED)
            }
            robots = [
                spawn(folder, robot, "-m", "robot", "run", "--demo", "--config", str(desk.folder))
                for robot, desk in desks.items()
            ]
            try:
                _wait_ready(venue)
                taken = _requests(venue, options.count, options.rate)
            finally:
                for robot in robots:
                    end(robot)
        between, within = _recorded(desks[HOSTED])
    inside, hosted = percentiles_ms(taken[INSIDE]), percentiles_ms(taken[HOSTED])
    result = {
        "machine": before,
        "load_after": machine()["load"],
        "request_to_quote_ms": {"in_core": inside, "hosted": hosted},
        "ratio": ratios(hosted, inside),
        "asked_to_answered_ms": percentiles_ms(between),
        "in_host_ms": percentiles_ms(within),
        "processes": "two robots of five and six processes; the venue",
    }
    print(json.dumps(result))


def _configured(folder: Path, robot: str, port: int, broker_port: int) -> Settings:
    """The desk of one robot; of the hosted one with the same parameters."""
    settings = configure(folder, port, broker_port)
    path = settings.folder / "desk.yaml"
    yaml = YAML()
    desk = yaml.load(path)
    desk["venues"][0].update({"id": robot, "target": robot})
    desk["mqtt"]["client_id"] = f"relay-{robot}"
    for row in desk["schedule"]["dealing"]:
        row.update(ALWAYS)
    if robot == HOSTED:
        del desk["strategy"]["factory"]
        desk["strategy"]["file"] = "hosted.py"
        desk["strategy"]["host"] = {"deadline_ms": 1_000}
        (settings.folder / "hosted.py").write_text(CODE, encoding="utf-8")
    yaml.dump(desk, path)
    from robot.settings import load_settings

    return load_settings(settings.folder)


def _wait_ready(venue: Venue) -> None:
    """Until both answer a request with a quote."""
    deadline = time.monotonic() + 90
    ready: set[str] = set()
    number = 0
    while time.monotonic() < deadline:
        venue.pump(0.2)
        for robot in (INSIDE, HOSTED):
            if robot not in venue.subscriptions or robot not in venue.reconciled:
                continue
            venue.tick(robot)
            number += 1
            venue.ask(robot, f"ready{number}")
            found = venue.quote(robot)
            if found is not None and found[0].type == "S":
                venue.let_go(robot, found[0].need(117))
                ready.add(robot)
        if len(ready) == 2:
            return
    sys.exit("the robots do not quote")


def _requests(venue: Venue, count: int, rate: float) -> dict[str, list[int]]:
    taken: dict[str, list[int]] = {INSIDE: [], HOSTED: []}
    ticked_s, due_s = 0.0, time.monotonic()
    for number in range(WARM_UP + count):
        for robot in (INSIDE, HOSTED):
            if time.monotonic() - ticked_s > TICK_S:
                ticked_s = time.monotonic()
                venue.tick(INSIDE)
                venue.tick(HOSTED)
                venue.pump(0.005)
            sent_ns = venue.ask(robot, f"r{number}")
            found = venue.quote(robot)
            if found is None or found[0].type != "S":
                sys.exit(f"{robot}: {PAIR} {number} was answered by {found and found[0].raw}")
            if number >= WARM_UP:
                taken[robot].append(found[1] - sent_ns)
            venue.let_go(robot, found[0].need(117))
            due_s += 0.5 / rate
            venue.pump(max(0.001, due_s - time.monotonic()))
    return taken


def _recorded(desk: Settings) -> tuple[list[int], list[int]]:
    """Between question and answer, and within `decide`, in nanoseconds, by the journal."""
    tail = FileTail(desk.journal_folder)
    asked_ns: dict[int, int] = {}
    between: list[int] = []
    within: list[int] = []
    inputs: list[Stamped] = []
    while records := tail.poll(1_000):
        for record in records:
            if record.kind is RecordKind.INPUTS:
                inputs = decode_inputs(record.payload)
                for stamped in inputs:
                    if isinstance(stamped.event, HostDecided) and stamped.event.ask in asked_ns:
                        between.append(stamped.at_ns - asked_ns[stamped.event.ask])
                        within.append(stamped.event.took_us * 1_000)
            elif record.kind is RecordKind.EFFECTS:
                effects = decode_effects(decode_turn(record.payload))
                for stamped, row in zip(inputs, effects, strict=True):
                    for effect in row:
                        if isinstance(effect, AskHost):
                            asked_ns[effect.ask] = stamped.at_ns
    tail.close()
    return between[WARM_UP:], within[WARM_UP:]


if __name__ == "__main__":
    main()
