"""How many quotes a second does a backtest get through, beside NautilusTrader's BacktestEngine?

Both run the same EMA cross in plain Python (`ema_cross.py`) over the same ticks of EUR/USD, in
turn, and must have sent the same orders at the same quotes. Ours does all that a live robot does
with a price and an order: the core's step, limits before the order, the simulated venue's book,
entries, positions and results. Time is taken of the loop over the quotes alone, not of loading.

    python benchmarks/backtest_speed.py [--quotes 300000] [--rounds 3] [--nautilus PYTHON]

`--nautilus`: a Python that has nautilus_trader; without it pip makes an environment in a scratch
folder. What is left out: FIX text of prices (both), the journal (`journal: none`), records.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import subprocess
import sys
import tempfile
import time
import venv
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from bench import machine
from ema_cross import SIZE, START_NS, EmaCross, read_ticks, write_ticks
from ruamel.yaml import YAML

from backtest.run.config import BacktestConfig
from backtest.run.driver import Driver
from backtest.run.feed import ListFeed, Prices
from backtest.run.inside import Robot
from backtest.run.runner import Running
from robot.basics.ids import VenueId
from robot.clock import format_time
from robot.deals.party import BUY, SELL
from robot.messages.orders import OrderKind, OrderWanted, TimeInForce
from robot.package import configuration_folder

HERE = Path(__file__).resolve().parent
PACKAGE = "nautilus_trader"
BATCH = 65_536
SEED = 11


def main() -> None:
    """Both engines in turn, then the profile of ours."""
    asked = _arguments()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        ticks = scratch / "ticks.bin"
        write_ticks(ticks, asked.quotes, SEED)
        python = asked.nautilus or _environment(scratch / "nautilus")
        ours, theirs = [], []
        for number in range(asked.rounds):
            ours.append(run_ours(ticks, scratch / f"run{number}"))
            theirs.append(run_theirs(python, ticks))
        profile = _profile(ticks, scratch / "profile")
    same = all(one["orders"] == other["orders"] for one in ours for other in theirs)
    mine, other = _best(ours), _best(theirs)
    print(
        json.dumps(
            {
                "machine": machine(),
                "quotes": asked.quotes,
                "same_orders": same,
                "fxrobot": mine,
                PACKAGE: {**other, "version": theirs[0]["version"]},
                "ratio_cpu": round(mine["quotes_per_cpu_s"] / other["quotes_per_cpu_s"], 2),
                "ratio_wall": round(mine["quotes_per_s"] / other["quotes_per_s"], 2),
                "where_the_time_goes": profile,
            },
            indent=1,
        )
    )
    if not same:
        sys.exit("the two did not send the same orders: nothing is compared")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--quotes", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--nautilus", default="")
    return parser.parse_args()


def _best(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """The medians of the rounds."""
    quotes = rounds[0]["quotes"]
    cpu_s, seconds = (median(one[name] for one in rounds) for name in ("cpu_s", "seconds"))
    return {
        "cpu_s": round(cpu_s, 3),
        "seconds": round(seconds, 3),
        "quotes_per_cpu_s": round(quotes / cpu_s),
        "quotes_per_s": round(quotes / seconds),
        "orders": len(rounds[0]["orders"]),
        "fills": rounds[0]["fills"],
    }


# --- the other one


def _environment(folder: Path) -> str:
    """An environment of its own with what pip gives for this Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", PACKAGE], check=True)
    return str(python)


def run_theirs(python: str, ticks: Path) -> dict[str, Any]:
    """One run in a process of its own environment."""
    command = [python, str(HERE / "nautilus_run.py"), str(ticks)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    found["orders"] = [tuple(order) for order in found["orders"]]
    return found


# --- ours


class Crossing(Running):
    """A run whose orders are wanted by the shared strategy, at each quote."""

    def begin_crossing(self) -> None:
        """Before anything is run."""
        self.cross, self.orders, self.seen = EmaCross(), list[tuple[int, int]](), 0

    def _make_robot(self, point: Any) -> Robot:
        made = super()._make_robot(point)
        take = made.price
        on_quote = self.cross.on_quote

        def price(
            at_ns: int, venue: Any, pair: Any, bid: Any, offer: Any, bid_size: Any, size: Any
        ) -> None:
            take(at_ns, venue, pair, bid, offer, bid_size, size)
            self.seen += 1
            sign = on_quote(bid // 10_000, offer // 10_000)
            if sign:
                self.orders.append((self.seen, sign))
                made.turn(at_ns, [_wanted(self.seen, venue, pair, sign)])

        made.price = price
        return made

    def _live(self, progress: Any, point: Any, stopping: Any) -> None:
        self.timed = [0.0, 0.0]
        original = Driver.run

        def timed(driver: Driver, end_ns: int) -> None:
            begun, cpu = time.perf_counter(), time.process_time()
            original(driver, end_ns)
            self.timed = [time.perf_counter() - begun, time.process_time() - cpu]

        Driver.run = timed  # type: ignore[method-assign]
        try:
            super()._live(progress, point, stopping)
        finally:
            Driver.run = original  # type: ignore[method-assign]


def _wanted(number: int, venue: str, pair: str, sign: int) -> OrderWanted:
    return OrderWanted(
        actor="ema",
        reason="cross",
        request=f"E{number}",
        venue=VenueId(venue),
        pair=pair,
        side=BUY if sign > 0 else SELL,
        amount=_SIZE,
        kind=OrderKind.MARKET,
        time_in_force=TimeInForce.IOC,
    )


def run_ours(ticks: Path, folder: Path) -> dict[str, Any]:
    """One run in this process."""
    running = Crossing(_config(ticks, folder), folder / "out", {}, feed=_feed(ticks))
    running.begin_crossing()
    result = running.run(None, None)
    return {
        "seconds": running.timed[0],
        "cpu_s": running.timed[1],
        "quotes": running.seen,
        "orders": running.orders,
        "fills": result.figures["deals"],
    }


def _feed(ticks: Path) -> ListFeed:
    rows = [
        (at_ns, 0, bid * 10_000, offer * 10_000, 100_000_000, 100_000_000)
        for at_ns, bid, offer in read_ticks(ticks)
    ]
    parts = [
        Prices(*zip(*rows[begin : begin + BATCH], strict=True))
        for begin in range(0, len(rows), BATCH)
    ]
    return ListFeed((("ALPHA", "EUR/USD"),), parts)


def _config(ticks: Path, folder: Path) -> BacktestConfig:
    """The shipped desk, allowed to deal by orders at ALPHA."""
    last_ns = read_ticks(ticks)[-1][0]
    yaml, desk = YAML(), folder / "desk"
    desk.mkdir(parents=True)
    files = {name: yaml.load(configuration_folder() / name) for name in _FILES}
    files["desk.yaml"]["venues"][0]["counterparty"] = "ALPHA"
    files["limits.yaml"]["orders_outstanding"] = 8
    files["limits.yaml"]["counterparty_lines"]["ALPHA"] = 900_000_000
    files["counterparties.yaml"]["counterparties"].append(
        {"id": "ALPHA", "name": "Venue ALPHA", "tier": "gold"}
    )
    for name, content in files.items():
        yaml.dump(content, desk / name)
    return BacktestConfig.model_validate(
        {
            "name": "speed",
            "desk": desk,
            "data": folder,
            "span": {
                "begin": format_time(START_NS)[:19] + "Z",
                "end": format_time(last_ns + 1_000_000_000)[:19] + "Z",
            },
            "pairs": ["EUR/USD"],
            "venues": ["ALPHA"],
            "flow": {"mode": "none"},
            "conduct": {"last_look": "0"},
            "checkpoint_minutes": 100_000,
        }
    )


def _profile(ticks: Path, folder: Path) -> list[str]:
    """The functions that take the most of our run."""
    profile = cProfile.Profile()
    profile.enable()
    run_ours(ticks, folder)
    profile.disable()
    rows = pstats.Stats(profile).stats.items()  # type: ignore[attr-defined]
    total = sum(row[1][2] for row in rows)
    most = sorted(rows, key=lambda row: -row[1][2])[:12]
    return [
        f"{figures[2] / total:5.1%} {Path(place[0]).name}:{place[2]}" for place, figures in most
    ]


_FILES = ("desk.yaml", "limits.yaml", "counterparties.yaml", "conventions.yaml")
_SIZE = Decimal(SIZE)

if __name__ == "__main__":
    main()
