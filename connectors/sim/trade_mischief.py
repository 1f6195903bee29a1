"""Deals of clients that the venue undoes later: told by trade capture alone (AE)."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from random import Random
from typing import NamedTuple

from connectors.sim.desks import Desk
from connectors.sim.log import Log
from connectors.sim.makers.rows import MakerDeal
from connectors.sim.model import NS_PER_MS, Moment, pip_of
from connectors.sim.order_rules import corrected_price
from connectors.sim.products import Product, dealt_currency, other_amount
from connectors.sim.rows import Fill
from connectors.sim.tables import Row

TRADE_MISCHIEFS = ("bust", "correction")
_LATER_MS = (50, 2000)


class _Due(NamedTuple):
    at_ns: int
    exec_id: str
    kind: str
    fill: Fill
    chance: Random


class TradeMischief(Desk):
    """Spot deals only; chance comes from the seed and the deal's 17."""

    def __init__(self, shares: Mapping[str, float], log: Log, seed: str, id_prefix: str) -> None:
        self._shares = shares
        self._log = log
        self._seed = seed
        self._prefix = id_prefix
        self._seen: set[tuple[str, str]] = set()
        self._new: list[Fill] = []
        self._due: list[_Due] = []
        self._number = 0

    def on_row(self, row: Row) -> None:
        """A deal was filed."""
        if isinstance(row, MakerDeal) or not isinstance(row, Fill) or row.product != Product.SPOT:
            return
        if (row.venue, row.exec_id) not in self._seen:
            self._seen.add((row.venue, row.exec_id))
            self._new.append(row)

    def tell(self, now: Moment) -> None:
        new, self._new = self._new, []
        for fill in new:
            chance = Random(f"{self._seed}/trade/{fill.venue}/{fill.exec_id}")
            drawn = chance.random()
            at_ns = now.at_ns + chance.randint(*_LATER_MS) * NS_PER_MS
            for kind in TRADE_MISCHIEFS:
                share = self._shares.get(kind, 0.0)
                if drawn < share:
                    heapq.heappush(self._due, _Due(at_ns, fill.exec_id, kind, fill, chance))
                    break
                drawn -= share

    def next_due_ns(self) -> int | None:
        return self._due[0].at_ns if self._due else None

    def act(self, now: Moment) -> bool:
        acted = False
        while self._due and self._due[0].at_ns <= now.at_ns:
            due = heapq.heappop(self._due)
            self._change(due.fill, due.kind, due.chance)
            acted = True
        return acted

    def finish(self, now: Moment) -> None:
        self._due.clear()

    def _change(self, fill: Fill, kind: str, chance: Random) -> None:
        self._number += 1
        fill.changed_by = f"{fill.venue}-Z{self._prefix}{self._number:06d}"
        fill.state = "busted" if kind == "bust" else "corrected"
        if kind == "correction":
            fill.rate = corrected_price(fill.rate, pip_of(fill.pair) / 10, chance)
            currency = dealt_currency(fill.pair, fill)
            if currency == fill.pair[:3]:
                fill.counter_amount = other_amount(fill.pair, currency, fill.base_amount, fill.rate)
            elif fill.counter_amount is not None:
                fill.base_amount = other_amount(fill.pair, currency, fill.counter_amount, fill.rate)
        self._log.put(fill)
