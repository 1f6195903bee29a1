"""Makers at a venue, who answer requests of the robot: they quote, quote anew, withdraw, refuse,
stay silent, and deal on a quote or not. Sides are the robot's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from connectors.sim.wire import Incoming
from robot.basics.ids import CounterpartyId, VenueId
from robot.messages.asks import AskRefused, QuoteReceived, QuoteRevoked, QuoteRevoking
from tests.simulation.book import TICKS, Worked
from tests.simulation.codec import NO_ORIGIN, Said

if TYPE_CHECKING:
    from tests.simulation.world import World

MS = 1_000_000


@dataclass
class Offer:
    """A maker's quote. `over` = why nobody can deal on it any more."""

    quote_id: str
    event: QuoteReceived
    over: str = ""


@dataclass
class Request:
    """One request of the robot to one maker."""

    request_id: str
    maker: str
    pair: str
    amount: Decimal
    currency: str
    value_date: date
    offers: list[Offer] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    """Orders that came for it."""
    ours: dict[bool, Decimal] = field(default_factory=dict)
    """The robot's last price, by whether it buys."""


class SimMakers:
    """All makers of one venue."""

    def __init__(self, world: World, name: VenueId) -> None:
        self._world = world
        self._chance = world.chance(f"makers {name}")
        self.name = name
        self.requests: dict[str, Request] = {}
        self._numbers = 0

    def on_request(self, message: Incoming) -> None:
        """R: one of them is asked."""
        world, chance, request_id = self._world, self._chance, message.need(131)
        if request_id in self.requests:
            world.breach("I3", f"{self.name}: request {request_id} came twice")
            return
        request = self.requests[request_id] = Request(
            request_id,
            message.all(448)[-1],
            message.need(55),
            message.number(38) or Decimal(0),
            message.need(15),
            date.fromisoformat(message.need(64)),
        )
        if message.get(54) is not None:
            world.breach("I16", f"{request_id} shows our side")
        draw = chance.random() if world.faulty and world.intents is None else 0.0
        if draw > 0.85:
            world.mark("maker is silent")
        elif draw > 0.7:
            world.mark("maker refuses")
            self._later(chance.randrange(1, 300) * MS, lambda: self._refuse(request))
        else:
            self._later(chance.randrange(1, 600) * MS, lambda: self._quote(request))
            if draw > 0.4:
                self._later(chance.randrange(50, 1_500) * MS, lambda: self._quote(request))
            if 0.3 < draw < 0.5:
                self._later(chance.randrange(50, 1_500) * MS, lambda: self._withdraw(request))

    def on_response(self, message: Incoming) -> None:
        """AJ: a price of the robot's (694=2), or it lets a quote go (694=6)."""
        if message.need(694) == "2":
            self._on_counter(message)
            return
        self._world.mark("quote of a maker passed")
        for request in self.requests.values():
            for offer in request.offers:
                if offer.quote_id == message.need(117):
                    offer.over = offer.over or "passed"

    def _on_counter(self, message: Incoming) -> None:
        """They come to meet us, stand, say no, say nothing, or withdraw what they quoted."""
        world, chance, quote_id = self._world, self._chance, message.need(117)
        price, buys = message.number(44), message.need(54) == "1"
        found = [
            request
            for request in self.requests.values()
            if any(one.quote_id == quote_id for one in request.offers)
        ]
        if not found or price is None:
            world.breach("I23", f"{quote_id} is countered at {price}, which nobody quoted")
            return
        request, response = found[0], message.need(693)
        world.mark("price of ours heard by a maker")
        before = request.ours.setdefault(buys, price)
        if (price < before) if buys else (price > before):
            world.mark("price of ours taken back")
        request.ours[buys] = price
        after_ns, draw = chance.randrange(1, 400) * MS, chance.random()
        if draw < 0.5:
            self._later(after_ns, lambda: self._quote(request, response, price, buys=buys))
        elif draw < 0.7:
            self._later(after_ns, lambda: self._turn_down(request, quote_id, response))
        elif draw < 0.8:
            self._later(after_ns, lambda: self._withdraw(request))

    def _turn_down(self, request: Request, quote_id: str, response: str) -> None:
        self._world.mark("price of ours turned down")
        self._send(
            QuoteRevoked(
                origin=NO_ORIGIN,
                venue=self.name,
                request_id=request.request_id,
                quote_id=quote_id,
                response_id=response,
                why=QuoteRevoking.REJECTED,
            )
        )

    def why_not(self, order: Worked, quote_id: str) -> str:
        """Why nobody deals on this quote; empty = it is dealt."""
        world = self._world
        for request in self.requests.values():
            for offer in request.offers:
                if offer.quote_id != quote_id:
                    continue
                request.taken.append(order.order_id)
                price = offer.event.offer if order.side.sign > 0 else offer.event.bid
                if (order.price, order.size, order.pair) != (price, request.amount, request.pair):
                    world.breach("I16", f"{order.order_id} is not what {quote_id} says")
                if not offer.over and world.core_ns() >= offer.event.valid_until_ns:
                    offer.over = "expired"
                if offer.over:
                    world.mark(f"take of a quote that was {offer.over}")
                over, offer.over = offer.over, offer.over or "taken"
                return over
        world.breach("I8", f"{order.order_id} takes {quote_id}, which nobody quoted")
        return "unknown"

    def maker_of(self, quote_id: str) -> str:
        """Whose quote it is."""
        for request in self.requests.values():
            if any(offer.quote_id == quote_id for offer in request.offers):
                return request.maker
        return ""

    def _quote(
        self,
        request: Request,
        response_id: str = "",
        ours: Decimal | None = None,
        *,
        buys: bool = True,
    ) -> None:
        world, chance = self._world, self._chance
        self._numbers += 1
        for former in request.offers:
            former.over = former.over or "replaced"
        if len(request.offers):
            world.mark("maker quotes anew")
        tick = TICKS[request.pair]
        mid = world.mids[request.pair].quantize(tick)
        event = QuoteReceived(
            origin=NO_ORIGIN,
            venue=self.name,
            request_id=request.request_id,
            quote_id=f"{self.name[0]}K{self._numbers}",
            maker=CounterpartyId(request.maker),
            tradeable=world.intents is not None or chance.random() < 0.9,
            pair=request.pair,
            bid=mid - tick * (2 if world.intents is not None else chance.randint(1, 8)),
            offer=mid + tick * (2 if world.intents is not None else chance.randint(1, 8)),
            amount=request.amount,
            currency=request.currency,
            value_date=request.value_date,
            valid_until_ns=(world.core_ns() + chance.randrange(400, 4_000) * MS) // MS * MS,
        )
        if ours is not None and event.bid is not None and event.offer is not None:
            event = _met(event, response_id, ours, buys=buys)
        request.offers.append(Offer(event.quote_id, event, "" if event.tradeable else "indicative"))
        self._send(event)

    def _withdraw(self, request: Request) -> None:
        live = [offer for offer in request.offers if not offer.over]
        if not live:
            return
        live[-1].over = "withdrawn"
        self._world.mark("maker withdraws")
        self._send(
            QuoteRevoked(
                origin=NO_ORIGIN,
                venue=self.name,
                request_id=request.request_id,
                quote_id=live[-1].quote_id,
                why=QuoteRevoking.WITHDRAWN,
            )
        )

    def _refuse(self, request: Request) -> None:
        self._send(
            AskRefused(
                origin=NO_ORIGIN,
                venue=self.name,
                request_id=request.request_id,
                reason="99",
                text="not today",
            )
        )

    def _send(self, said: Said) -> None:
        self._world.links[self.name].to_robot(said)

    def _later(self, delay_ns: int, what: Callable[[], None]) -> None:
        self._world.at(delay_ns, what, relative=True)


def _met(event: QuoteReceived, response_id: str, ours: Decimal, *, buys: bool) -> QuoteReceived:
    """A quote half-way to a price of the robot's."""
    assert event.bid is not None and event.offer is not None, "a whole quote"
    tick = TICKS[event.pair]
    theirs = event.offer if buys else event.bid
    price = (theirs + (ours - theirs) / 2).quantize(tick)
    bid = min(event.bid, price) if buys else price
    offer = price if buys else max(event.offer, price)
    return msgspec.structs.replace(event, response_id=response_id, bid=bid, offer=offer)
