"""The desk's own asks in a demo: makers at the venues are asked now and then."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from decimal import Decimal
from itertools import count, cycle
from typing import Any

import msgspec

from connectors.demo.games import ASK_EVERY_S, GAMES, banks_for, game_of
from connectors.demo.world import World
from connectors.sim.makers.rows import MakerDeal
from connectors.sim.products import Product
from connectors.sim.record import VenueRecord
from robot.ask_words import read_words
from robot.control import Command, ask
from robot.deals.product import ProductKind
from robot.errors import RobotError
from robot.messages.asks import AskWanted

EVERY_S = 2.0
FAR = {"BUY": Decimal(9), "SELL": Decimal("0.001")}
"""A limit that only the price collar of the limits makes meaningful."""
FAR_POINTS = {"BUY": Decimal(-1_000), "SELL": Decimal(1_000)}
"""The same of a swap, by its near leg: who buys that sells the far one, at the points' bid."""

SPOT = ("buy 1 mio EUR/USD spot", "sell 1 mio EUR/USD spot")
BEYOND = (
    "buy 2 mio EUR/USD 1M",
    "sell 2 mio EUR/USD 1M",
    "lend 5 mio USD 1W",
    "borrow 5 mio USD 1W",
    "buy 2 mio EUR/USD swap 1M",
    "sell 2 mio EUR/USD swap 1M",
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the desk's asks, by the venue's record."""

    requests: int
    quotes: int
    deals: int
    makers: dict[str, int]
    """Deals by maker."""


class Asker:
    """Asks on a thread of its own: a trader that was just killed does not hold up the demo."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._words = cycle(words_for(world.options.products))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="asker", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Nothing more is asked."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        games = self._world.options.strategy == GAMES
        every_s = ASK_EVERY_S if games else EVERY_S
        for number in count(1):
            if self._stop.wait(every_s):
                return
            settings = self._world.settings
            if settings is None:
                continue
            said = next(self._words)
            game = game_of(said)
            led = {"game": game, "makers": banks_for(number)} if games else {}
            wanted = msgspec.convert(wish(said, number) | led, AskWanted)
            try:
                ask(settings.run_folder / "control", Command(command="ask", wish=wanted))
            except RobotError:
                continue  # killed a moment ago: what it had not begun is not asked


def words_for(products: Sequence[Product]) -> list[str]:
    """What is asked for, one after the other, where these are dealt; spot where none of it is."""
    dealt = [words for words in (*SPOT, *BEYOND) if read_words(words)["product"] in products]
    return dealt or [*SPOT]


def wish(words: str, number: int) -> dict[str, Any]:
    """The fields of an ask in words."""
    said = read_words(words)
    far = FAR_POINTS if said["product"] == ProductKind.SWAP else FAR
    return {
        **said,
        "actor": "demo",
        "reason": "the desk's own business",
        "request": f"demo-{number}",
        "limit_price": far[str(said["side"])],
    }


def asked(record: VenueRecord) -> Asked | None:
    """None where no maker was asked."""
    if not record.asks:
        return None
    return Asked(
        requests=len(record.asks),
        quotes=len(record.maker_quotes),
        deals=len(record.maker_deals),
        makers=_by_maker(record.maker_deals),
    )


def _by_maker(deals: Sequence[MakerDeal]) -> dict[str, int]:
    makers = sorted({deal.maker for deal in deals})
    return {maker: sum(deal.maker == maker for deal in deals) for maker in makers}
