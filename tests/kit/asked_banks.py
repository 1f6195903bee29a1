"""Days on which a game asks eight banks of different quality, and the journal of each.

Each bank's offers are so many pips over the middle, and its bids as far under it; BANKF answers
only some of the time, BANKG has no line, BANKH is on the game's list of banks never to be asked.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal as D
from pathlib import Path
from random import Random
from typing import TypeVar

from robot.deals.party import BUY, SELL
from robot.messages.asks import AskEnded, SendAsk, TakeQuote
from tests.kit.asks import Asking
from tests.kit.days import write_day
from tests.kit.desk import Desk
from tests.kit.games import game_strategy

E = TypeVar("E")
MID, HALF, PIP = D("1.10005"), D("0.00005"), D("0.0001")
QUALITY = {
    "BANKA": 0.1, "BANKB": 1.2, "BANKC": 0.2, "BANKD": 1.5, "BANKE": 1.0, "BANKF": 0.1,
    "BANKG": 0.0, "BANKH": 0.0,
}  # fmt: skip
"""Pips from the middle on average; drawn half to one and a half times as far."""
GOOD = ("BANKA", "BANKC")
SILENT = {"BANKF": 0.8}
GAME = """
game: {name: buyer, kind: negotiate}
applies: {role: taker, product: spot}
my terms: {walk-away: -9 pip, aim: -5 pip, open at: -5 pip}
ask: {banks: 3, at least longest not asked: 1, never: BANKH}
"""
CHANGES = {
    "venues": [{"id": "ALPHA", "pairs": ["EUR/USD", "USD/JPY"], "makers": list(QUALITY)}],
    "counterparties": {
        name: {"id": name, "name": name.title(), "tier": "gold"} for name in QUALITY
    },
    "asks": {"open_ms": 60_000, "patience_ms": 1_000},
}
LIMITS = {
    "orders_outstanding": 4,
    "counterparty_lines": {name: "0" if name == "BANKG" else "900000000" for name in QUALITY},
}


class AskedDay:
    """So many asks of one game file, one after the other; each is dealt on the best answer."""

    def __init__(self, text: str, asks: int = 60, seed: int = 1, hour: int = 9) -> None:
        desk = Desk(f"{hour:02}:30:00.000").changed(
            strategy=game_strategy(text, "buyer"), limits=LIMITS, **CHANGES
        )
        desk.open()
        self.scene = Asking(desk)
        self._chance = Random(seed)
        self.asked: list[tuple[str, ...]] = []
        """Whom, by ask."""
        self.costs: list[float] = []
        """Pips from the middle to the price dealt at."""
        for number in range(asks):
            self._ask(number)

    @property
    def share_of_good(self) -> float:
        """Of all requests to banks, those to the good ones."""
        counts = Counter(name for names in self.asked for name in names)
        return sum(counts[name] for name in GOOD) / counts.total()

    def write(self, folder: Path) -> Path:
        """Its journal."""
        write_day(folder / "journal", self.scene.desk)
        return folder

    def _ask(self, number: int) -> None:
        scene, side = self.scene, (BUY, SELL)[number % 2]
        scene.step_market()
        begin = len(scene.desk.history)
        sent = scene.ask(None, game="buyer", side=side)
        self.asked.append(tuple(one.maker for one in sent))
        for one in sent:
            self._answer(one, number)
        if not self._since(begin, TakeQuote):
            scene.later(1_100)
        for hit in self._since(begin, TakeQuote):
            self.costs.append(float((hit.price - MID) / PIP) * side.sign)
            scene.report(hit)
        assert self._since(begin, AskEnded), "each ask is over before the next"
        scene.desk.after(5_000)

    def _since(self, begin: int, kind: type[E]) -> list[E]:
        rows = self.scene.desk.history[begin:]
        return [one for row in rows for one in row if isinstance(one, kind)]

    def _answer(self, one: SendAsk, number: int) -> None:
        if self._chance.random() < SILENT.get(one.maker, 0.0):
            return
        far = D(str(round(QUALITY[one.maker] * self._chance.uniform(0.5, 1.5), 1))) * PIP
        away = HALF + far
        name = f"Q{number}-{one.maker}"
        self.scene.quote(one.maker, f"{MID - away}", f"{MID + away}", name)
