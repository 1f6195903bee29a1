"""Clients of a simulated day that answer quotes with prices of their own, some of them nonsense."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from connectors.sim.dialogue import CounterRefusalIn, QuoteIn
from robot.basics.ids import CounterpartyId, QuoteId, VenueId
from robot.deals.party import BUY, SELL, Side
from robot.messages.counters import CounterReceived
from tests.simulation.codec import NO_ORIGIN
from tests.simulation.dialogue import Shown

if TYPE_CHECKING:
    from tests.simulation.world import World

SHARE = 0.2
"""Of quotes that are answered so."""
_TICK = Decimal("0.001")


class Haggler:
    """What clients at one venue say, and whether the answers may be."""

    def __init__(self, world: World, name: VenueId) -> None:
        self._world = world
        self._name = name
        self._chance: Random = world.chance(f"haggling {name}")
        self._said: dict[str, tuple[CounterReceived, Decimal]] = {}

    def says(self, shown: Shown) -> tuple[CounterReceived, ...]:
        """To a quote: nothing, a price, or a price twice."""
        if self._chance.random() >= SHARE:
            return ()
        side = shown.side or self._chance.choice((BUY, SELL))
        price = shown.row.bid if side is BUY else shown.row.offer
        assert price is not None, "the side that is quoted"
        better = self._chance.choice((1, 1, 2, 5, 0, -1, Decimal("0.0005"))) * _TICK
        number = len(self._said) + 1
        event = CounterReceived(
            origin=NO_ORIGIN,
            venue=self._name,
            response_id=f"{self._name[0]}C{number}",
            quote_id=QuoteId(shown.row.quote_id),
            counterparty=CounterpartyId(shown.row.client),
            pair=shown.row.pair,
            side=side,
            amount=shown.row.size * self._chance.choice((1, 1, 1, 1, 2)),
            price=price + better if side is BUY else price - better,
        )
        self._said[event.response_id] = event, price
        self._world.mark("counter-offer")
        return (event,) * self._chance.choice((1, 1, 1, 2))

    def hears(self, quote: QuoteIn, quotes: Iterable[Shown]) -> None:
        """I22: the answer gives way or stays, and never past what was asked."""
        now_ns = self._world.core_ns()
        before = None
        for shown in quotes:
            row = shown.row
            mine = row.request_id == quote.request_id and now_ns < (row.valid_until_ns or 0)
            before = shown if mine and not shown.gone else before
        told = self._said.get(quote.response_id or "")
        if told is None:
            self._world.breach("I22", f"{quote.quote_id} answers {quote.response_id}, unsaid")
            return
        event, _ = told
        price = quote.bid if event.side is BUY else quote.offer
        other = quote.offer if event.side is BUY else quote.bid
        if price is None or other is not None or event.price is None:
            self._world.breach("I22", f"{quote.quote_id} is not on the side of {event.response_id}")
            return
        self._world.mark("counter-offer answered")
        if _is_better(price, event.price, event.side):
            self._world.breach("I22", f"{quote.quote_id} at {price}, asked for {event.price}")
        stood = None
        if before is not None:
            stood = before.row.bid if event.side is BUY else before.row.offer
        if stood is not None and _is_better(stood, price, event.side):
            self._world.breach("I22", f"{quote.quote_id} at {price}, {stood} stood")

    def turned_down(self, word: CounterRefusalIn) -> None:
        """AI."""
        if word.response_id not in self._said:
            self._world.breach("I22", f"{word.response_id} turned down, unsaid")
        self._world.mark(f"counter-offer turned down: {word.text}")


def _is_better(price: Decimal, than: Decimal, side: Side) -> bool:
    """For them: who sells to us (we BUY) wants more."""
    return price > than if side is BUY else price < than
