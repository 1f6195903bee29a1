"""What does an event cost in the core alone, kind by kind?

    .venv/bin/python benchmarks/core_step.py [--updates 100000] [--requests 2000] [--losses]

The shipped configuration, two venues and eight pairs, a seeded walk of prices. Told is processor
time in microseconds, as the median and as the best tenth (what it is where nobody disturbs the
processor): market updates (batches of 100) with nothing open, with quotes open, with streamed
prices open, and each request, hit and pass. With `--losses` limits of losses
are in force, as a comment of the shipped limits shows them. The digest is of all effects: what is
made faster has to leave it as it is. Left out: journal, FIX, stamping.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import random
import statistics
import sys
import time
from decimal import Decimal
from pathlib import Path

import msgspec
from bench import machine

sys.path.insert(0, str(Path(__file__).parents[1]))

from robot.basics.currency import CurrencyPair
from robot.basics.ids import VenueId
from robot.deals.limit_rows import LimitKind, LimitRow
from robot.deals.reference import Reference
from robot.journal import encode_effects
from robot.messages.effects import SendQuote
from robot.messages.events import AnyEvent, MarketUpdated, Stamped
from robot.package import configuration_folder
from robot.settings import load_settings
from tests.kit.desk import Desk

MIDS = {
    "EUR/USD": ("1.10000", "0.00001"), "GBP/USD": ("1.60000", "0.00001"),
    "USD/JPY": ("102.000", "0.001"), "USD/CHF": ("0.88000", "0.00001"),
    "AUD/USD": ("0.92000", "0.00001"), "NZD/USD": ("0.86000", "0.00001"),
    "USD/CAD": ("1.09000", "0.00001"), "USD/CNH": ("6.24000", "0.00001"),
}  # fmt: skip
VENUES = ("ALPHA", "BETA")
BATCH = 100
OPEN = 40
"""Quotes, or streamed prices, that are open meanwhile: five for each pair."""
STREAM_S = 120


class Bench:
    """A desk, its prices and the digest of what it says."""

    def __init__(self, *, losses: bool) -> None:
        self.chance = random.Random(7)
        self.desk = Desk()
        self.desk.reference = _reference(losses=losses)
        self.desk.open()
        self.digest = hashlib.sha256()
        self.pairs = list(MIDS)
        self.bids = {pair: Decimal(bid) for pair, (bid, _) in MIDS.items()}
        self.clients = sorted(self.desk.reference.counterparties)
        for pair in self.pairs:
            for venue in VENUES:
                self.step(self.update(pair, venue))

    def step(self, event: AnyEvent) -> float:
        """One event; microseconds."""
        begun = time.process_time_ns()
        self.desk.step(event)
        taken = time.process_time_ns() - begun
        self._forget()
        return taken / 1e3

    def update(self, pair: str = "", venue: str = "") -> MarketUpdated:
        """The next price of the walk."""
        pair = pair or self.chance.choice(self.pairs)
        step = Decimal(MIDS[pair][1])
        self.bids[pair] += step * self.chance.choice((-1, 0, 0, 1))
        return MarketUpdated(
            venue=VenueId(venue or self.chance.choice(VENUES)),
            pair=CurrencyPair(pair),
            bid=self.bids[pair],
            offer=self.bids[pair] + 8 * step,
            bid_size=Decimal(5_000_000),
            offer_size=Decimal(5_000_000),
        )

    def updates(self, count: int) -> list[float]:
        """Market updates, 2 ms apart; microseconds of one, batch by batch."""
        taken: list[float] = []
        engine, desk = self.desk.engine, self.desk
        for _ in range(max(1, count // BATCH)):
            events = [self.update() for _ in range(BATCH)]
            made = []
            begun = time.process_time_ns()
            for event in events:
                desk.at_ns += 2_000_000
                made.append(engine.step(self._stamped(event)))
            taken.append((time.process_time_ns() - begun) / BATCH / 1e3)
            self.digest.update(encode_effects(made))
        return taken

    def request(self, stream_s: int = 0) -> tuple[float, SendQuote | None]:
        """A two-way request; its microseconds, and the quote."""
        begun = time.process_time_ns()
        effects = self.desk.rfq(
            self.chance.choice((500_000, 1_000_000, 2_000_000)),
            self.chance.choice(self.pairs),
            client=self.chance.choice(self.clients),
            venue=self.chance.choice(VENUES),
            stream_s=stream_s,
        )
        taken = (time.process_time_ns() - begun) / 1e3
        self._forget()
        return taken, next((one for one in effects if isinstance(one, SendQuote)), None)

    def conversations(self, count: int) -> dict[str, list[float]]:
        """Requests, of which a third is hit and the others pass, with prices between."""
        taken: dict[str, list[float]] = {"request": [], "refused": [], "hit": [], "pass": []}
        for number in range(count):
            self.desk.at_ns += 20_000_000
            for _ in range(3):
                self.step(self.update())
            microseconds, quote = self.request()
            taken["request" if quote else "refused"].append(microseconds)
            if quote is None:
                continue
            begun = time.process_time_ns()
            if number % 3 == 0:
                self._hit(quote)
            else:
                self.desk.end_rfq(quote=quote.quote_id, venue=quote.venue)
            taken["pass" if number % 3 else "hit"].append((time.process_time_ns() - begun) / 1e3)
            self._forget()
        return taken

    def _hit(self, quote: SendQuote) -> None:
        side = self.chance.choice(("buy", "sell"))
        self.desk.hit(
            quote.quote_id,
            side,
            quote.amount,
            client=quote.counterparty,
            venue=quote.venue,
            pair=quote.pair,
            price=str(quote.offer if side == "buy" else quote.bid),
        )

    def _stamped(self, event: MarketUpdated) -> Stamped:
        return Stamped(self.desk.state.stepped + 1, self.desk.at_ns, event)

    def _forget(self) -> None:
        self.digest.update(encode_effects(self.desk.history))
        del self.desk.stepped[:], self.desk.history[:]


def _reference(*, losses: bool) -> Reference:
    reference = load_settings(configuration_folder()).reference
    if not losses:
        return reference
    tree = dict(reference.limits.tree)
    tree[LimitKind.LOSS_DAY] = (LimitRow(desk="FX", maximum=Decimal(2_000_000)),)
    tree[LimitKind.LOSS_MONTH] = (LimitRow(desk="FX", maximum=Decimal(10_000_000)),)
    tree[LimitKind.DRAWDOWN] = (LimitRow(strategy="*", maximum=Decimal(3_000_000)),)
    return reference.with_parts({"limits": msgspec.structs.replace(reference.limits, tree=tree)})


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--updates", type=int, default=20_000, help="Of each situation.")
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--losses", action="store_true")
    options = parser.parse_args()
    bench = Bench(losses=options.losses)
    gc.collect()
    gc.freeze()
    figures = {"update, nothing open": spread(bench.updates(options.updates))}
    found = bench.conversations(options.requests)
    figures |= {name: spread(values) for name, values in found.items() if values}
    opened = sum(bench.request()[1] is not None for _ in range(OPEN))
    figures["update, quotes open"] = spread(bench.updates(BATCH * 10))
    bench.desk.at_ns += 10_000_000_000
    bench.updates(BATCH)
    streams = sum(bench.request(STREAM_S)[1] is not None for _ in range(OPEN))
    figures["update, streams open"] = spread(bench.updates(BATCH * 20))
    answer = {
        "microseconds": figures,
        "counts": {name: len(values) for name, values in found.items()},
        "open": {"quotes": opened, "streams": streams},
        "digest": bench.digest.hexdigest()[:16],
        "machine": machine(),
    }
    print(json.dumps(answer))


def spread(microseconds: list[float]) -> dict[str, float]:
    """Median and the best tenth."""
    values = sorted(microseconds)
    best = values[len(values) // 10]
    return {"p50": round(statistics.median(values), 2), "p10": round(best, 2)}


if __name__ == "__main__":
    main()
