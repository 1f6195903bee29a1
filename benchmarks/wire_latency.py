"""What does our robot add to a bare QuickFIX echo, request to quote and tick to replaced quote?

    .venv/bin/python benchmarks/wire_latency.py [--count 1000] [--rate 100] [--guard]

Both over loopback FIX against the same acceptor in this process, in turn, one message under way at
a time. The robot is the real one: `fxrobot run` with trader (journal, group sync), projector,
auditor and relay. Times are taken before a message is given to QuickFIX and when the answer's
callback begins. Left out: the machine's other programs (the load is printed), the first messages.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from bench import Venue, configure, end, machine, percentiles_ms, ratios, spawn

from connectors.mqtt.broker import start_broker

ROBOT, ECHO = "ALPHA", "ECHO"
WARM_UP = 50
TICK_S = 0.5
STREAM_INTERVAL_S = 0.025
"""Above the desk's smallest interval between two quotes of a stream."""
STREAM_LIFE_S = 100


def main() -> None:
    """Start both, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=1000, help="Requests, and ticks, for each.")
    parser.add_argument("--rate", type=float, default=100.0, help="Requests per second for each.")
    parser.add_argument(
        "--guard", action="store_true", help="The robot calls through its guard (`guard: on`)."
    )
    options = parser.parse_args()
    before = machine()
    with tempfile.TemporaryDirectory(prefix="fxrobot-bench-") as name:
        folder = Path(name)
        venue = Venue((ROBOT, ECHO))
        port = venue.start()
        with start_broker(folder / "broker") as broker:
            settings = configure(folder, port, broker.port, guard=options.guard)
            command = ("run", "--demo", "--config", str(settings.folder))
            robot = spawn(folder, "robot", "-m", "robot", *command)
            echo_script = str(Path(__file__).with_name("echo.py"))
            echo = spawn(folder, "echo", echo_script, str(port), str(folder / "echo-fix"))
            try:
                _wait_ready(venue)
                requests = _requests(venue, options.count, options.rate)
                ticks = _ticks(venue, options.count)
            finally:
                end(robot)
                end(echo)
    result = {"machine": before, "load_after": machine()["load"]}
    result["guard"] = options.guard
    result["request_to_quote"] = _compared(requests)
    result["tick_to_replaced_quote"] = _compared(ticks)
    result["processes"] = "trader, projector, auditor, relay and supervisor; echo; the venue"
    print(json.dumps(result))


def _compared(taken: dict[str, list[int]]) -> dict[str, object]:
    ours, theirs = percentiles_ms(taken[ROBOT]), percentiles_ms(taken[ECHO])
    return {"robot_ms": ours, "echo_ms": theirs, "ratio": ratios(ours, theirs)}


def _wait_ready(venue: Venue) -> None:
    """Until both answer a request with a quote."""
    deadline = time.monotonic() + 60
    number = 0
    while time.monotonic() < deadline:
        venue.pump(0.2)
        if {ROBOT, ECHO} <= set(venue.subscriptions) and ROBOT in venue.reconciled:
            venue.tick(ROBOT)
            number += 1
            venue.ask(ROBOT, f"ready{number}")
            found = venue.quote(ROBOT)
            if found is not None and found[0].type == "S":
                venue.let_go(ROBOT, found[0].need(117))
                return
    sys.exit("the robot does not quote")


def _requests(venue: Venue, count: int, rate: float) -> dict[str, list[int]]:
    taken: dict[str, list[int]] = {ROBOT: [], ECHO: []}
    ticked_s, due_s = 0.0, time.monotonic()
    for number in range(WARM_UP + count):
        for name in (ROBOT, ECHO):
            if time.monotonic() - ticked_s > TICK_S:
                ticked_s = time.monotonic()
                venue.tick(ROBOT)
                venue.tick(ECHO)
                venue.pump(0.005)
            sent_ns = venue.ask(name, f"r{number}")
            found = venue.quote(name)
            if found is None or found[0].type != "S":
                sys.exit(f"{name}: request {number} was answered by {found and found[0].raw}")
            if number >= WARM_UP:
                taken[name].append(found[1] - sent_ns)
            venue.let_go(name, found[0].need(117))
            due_s += 0.5 / rate
            venue.pump(max(0.001, due_s - time.monotonic()))
    return taken


def _ticks(venue: Venue, count: int) -> dict[str, list[int]]:
    taken: dict[str, list[int]] = {ROBOT: [], ECHO: []}
    bid, step = venue.bid, Decimal("0.00002")
    begun_s = -float(STREAM_LIFE_S)
    due_s = time.monotonic()
    for number in range(WARM_UP + count):
        if time.monotonic() - begun_s > STREAM_LIFE_S - 5:
            begun_s = time.monotonic()
            venue.tick(ROBOT, bid)
            for name in (ROBOT, ECHO):
                venue.ask(name, f"s{number}", STREAM_LIFE_S)
                venue.quote(name)
            venue.pump(STREAM_INTERVAL_S)
        step = -step
        bid += step
        for name in (ROBOT, ECHO):
            sent_ns = venue.tick(name, bid)
            found = venue.quote(name)
            if found is None or found[0].type != "S":
                sys.exit(f"{name}: tick {number} was answered by {found and found[0].raw}")
            if number >= WARM_UP:
                taken[name].append(found[1] - sent_ns)
        due_s = max(due_s + STREAM_INTERVAL_S, time.monotonic() - STREAM_INTERVAL_S)
        venue.pump(max(0.001, due_s - time.monotonic()))
    return taken


if __name__ == "__main__":
    main()
