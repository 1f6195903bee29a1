"""Clients that are told by a record or by a model: they ask, look at our price, and deal or not.

What they say reaches the robot as events; FIX text is not made of it. The venue at which they deal
is the simulated one, which records their deals and reports them as those of its own clients.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import count
from random import Random
from typing import Protocol

import msgspec

from backtest.run.config import BacktestConfig
from backtest.run.inside import Sent
from backtest.run.rivals import Rivals, RivalTop
from backtest.run.simulated import Delivered, SimulatedVenues
from robot.basics.ids import CounterpartyId, HitId, QuoteId, RfqId, VenueId
from robot.deals.party import BUY, SELL, Side
from robot.deals.product import price_side
from robot.messages.base import Origin
from robot.messages.effects import (
    ConcludeDeal,
    RefuseHit,
    RefuseRfq,
    SendQuote,
    WithdrawAllQuotes,
    WithdrawQuote,
)
from robot.messages.events import AnyEvent, HitReceived, RfqEnded, RfqEnding, RfqReceived
from robot.settings import Settings

SESSION = "clients of the backtest"
SOON_NS = 200_000_000
"""After which a client of a record decides that is not known to have waited longer."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request, and what its client will do."""

    at_ns: int
    event: RfqReceived
    dealt: bool = False
    """Of a record: whether it was dealt on."""
    price: Decimal | None = None
    """Of a record: at which price."""
    side: Side | None = None
    """Of a two-way request: ours, if the client deals."""
    rivals: RivalTop | None = None
    """Of a record: what others showed, where it says so."""
    waits_ns: int = 0
    """Of a model: from our first price to its decision; 0 = not drawn yet."""
    decides_ns: int = 0
    """Of a record: when it ended; 0 = not known."""


class Seen(msgspec.Struct, frozen=True):
    """What a client sees beside our price."""

    middle: Decimal | None = None
    """Of the market."""
    unit: Decimal | None = None
    """A distance of one in the product's own terms (`rivals.unit_of`)."""
    rivals: RivalTop | None = None


class Terms(Protocol):
    """On what a client deals."""

    def decides_ns(self, asked: Asked, quoted_ns: int) -> int:
        """When, after its first price."""
        ...

    def deals(self, asked: Asked, quote: SendQuote, side: Side, seen: Seen) -> bool:
        """Whether it does, at the price it has."""
        ...


class AsRecorded:
    """A deal of the record stands where our price is at least as good for the client."""

    def decides_ns(self, asked: Asked, quoted_ns: int) -> int:
        """When it did, or soon."""
        return max(asked.decides_ns, quoted_ns + 1) if asked.decides_ns else quoted_ns + SOON_NS

    def deals(self, asked: Asked, quote: SendQuote, side: Side, seen: Seen) -> bool:
        """As `Terms`."""
        price = price_of(quote, side)
        if not asked.dealt or price is None:
            return False
        if asked.price is None:
            return True
        at_bid = price_side(quote.product, side) is BUY
        return price >= asked.price if at_bid else price <= asked.price


def price_of(quote: SendQuote, side: Side) -> Decimal | None:
    """What is dealt at when our side is that one."""
    return quote.bid if price_side(quote.product, side) is BUY else quote.offer


class Fates(msgspec.Struct):
    """What became of the requests that were dealt on in the record."""

    recorded: int = 0
    dealt: int = 0
    refused: int = 0
    """By us, this time."""
    renewed: int = 0
    """Our price had been good enough, and was another when the client answered."""
    worse: int = 0
    """No price of ours was."""
    worse_bp: list[Decimal] = []
    """By how much, where both are known."""

    def missed(self, open_: _Open, quote: SendQuote, side: Side) -> None:
        """One that was not done again."""
        asked = open_.asked
        if any(AsRecorded().deals(asked, former, side, Seen()) for former in open_.former):
            self.renewed += 1
        else:
            self.worse += 1
        price = price_of(quote, side)
        if price and asked.price:
            self.worse_bp.append(abs(price - asked.price) / abs(asked.price) * 10_000)

    def told(self) -> tuple[str, ...]:
        """In words; nothing where no deal is recorded."""
        if not self.recorded:
            return ()
        rest = self.recorded - self.dealt - self.refused - self.worse - self.renewed
        far = sorted(self.worse_bp)
        by = f", by {far[len(far) // 2]:.2f} bp in the middle, {far[-1]:.2f} at most" if far else ""
        return (
            f"Of {self.recorded} recorded deals {self.dealt} were done again, and none was won: "
            f"{self.worse} not done because our price was worse for the client (another position, "
            f"or another market than live), {self.renewed} because it had been renewed when the "
            f"client answered{by}; {self.refused} because we refused it, {rest} because we showed "
            "no price then.",
        )


class _Open(msgspec.Struct, kw_only=True):
    """A request that is not over."""

    asked: Asked
    quote: SendQuote | None = None
    seen: Seen = Seen()
    """When its newest price came."""
    former: list[SendQuote] = []
    """Of a deal of the record: what we showed before."""
    decides_ns: int = 0


class AskingClients(SimulatedVenues):
    """The simulated venues, with clients of our own telling."""

    def __init__(
        self,
        settings: Settings,
        config: BacktestConfig,
        keys: Sequence[tuple[str, str]],
        requests: Iterable[Asked],
        terms: Terms,
        rivals: Rivals | None = None,
    ) -> None:
        super().__init__(settings, config, keys, rivals)
        self._requests: Iterator[Asked] = iter(requests)
        self._next = next(self._requests, None)
        self._terms = terms
        self._chance = Random(f"{config.seed}/clients")
        self._open: dict[str, _Open] = {}
        self._of_quote: dict[str, str] = {}
        self._due: list[tuple[int, int, str]] = []
        self._order = count()
        self._said = 0
        self._fates = Fates()

    def next_due_ns(self) -> int:
        """As the venues', and when a client asks or decides."""
        due_ns = super().next_due_ns()
        if self._next is not None:
            due_ns = min(due_ns, self._next.at_ns)
        return min(due_ns, self._due[0][0]) if self._due else due_ns

    def act(self, at_ns: int) -> list[Delivered]:
        """What is due: of the clients first."""
        found: list[Delivered] = []
        while self._next is not None and self._next.at_ns <= at_ns:
            found.append(self._ask(self._next))
            self._next = next(self._requests, None)
        while self._due and self._due[0][0] <= at_ns:
            found += self._decide(heapq.heappop(self._due)[2], at_ns)
        return found + (super().act(at_ns) if super().next_due_ns() <= at_ns else [])

    def take(self, at_ns: int, sent: Sent) -> list[Delivered]:
        """Prices are looked at by the clients, deals are recorded by the venue."""
        effect = sent.effect
        match effect:
            case SendQuote() if effect.rfq_id in self._open:
                self._quoted(effect, at_ns)
                return []
            case WithdrawQuote() if effect.quote_id in self._of_quote:
                self._gone(effect.quote_id)
                return []
            case RefuseRfq() if effect.rfq_id in self._open:
                self._fates.refused += self._open[effect.rfq_id].asked.dealt
                self._end(effect.rfq_id)
                return []
            case RefuseHit() if effect.hit_id.startswith("BH"):
                return []
            case WithdrawAllQuotes():
                for quote_id in tuple(self._of_quote):
                    self._gone(quote_id)
            case ConcludeDeal():
                pass
        return super().take(at_ns, sent)

    def told(self) -> tuple[str, ...]:
        """What became of the deals of a record."""
        return self._fates.told() if isinstance(self._terms, AsRecorded) else ()

    # --- one request

    def _ask(self, asked: Asked) -> Delivered:
        self._said += 1
        self._fates.recorded += asked.dealt
        origin = Origin(session=SESSION, sequence=self._said)
        event = msgspec.structs.replace(asked.event, origin=origin)
        self._open[event.rfq_id] = _Open(asked=asked)
        return event.venue, (event,)

    def _quoted(self, quote: SendQuote, at_ns: int) -> None:
        open_ = self._open[quote.rfq_id]
        if open_.quote is not None:
            self._of_quote.pop(open_.quote.quote_id, None)
            open_.former += [open_.quote] if open_.asked.dealt else []
        open_.quote = quote
        self._feed(at_ns)
        middle = self.middles.of(quote, at_ns)
        rivals = self._hear(quote, open_.asked.rivals)
        open_.seen = Seen(middle, self.middles.unit(quote, middle), rivals)
        self._of_quote[quote.quote_id] = quote.rfq_id
        if not open_.decides_ns:
            open_.decides_ns = self._terms.decides_ns(open_.asked, at_ns)
            heapq.heappush(self._due, (open_.decides_ns, next(self._order), quote.rfq_id))

    def _gone(self, quote_id: str) -> None:
        open_ = self._open.get(self._of_quote.pop(quote_id))
        if open_ is not None and open_.quote is not None and open_.quote.quote_id == quote_id:
            open_.quote = None

    def _end(self, rfq_id: str) -> None:
        open_ = self._open.pop(rfq_id)
        if open_.quote is not None:
            self._of_quote.pop(open_.quote.quote_id, None)

    def _decide(self, rfq_id: str, at_ns: int) -> list[Delivered]:
        open_ = self._open.get(rfq_id)
        if open_ is None or open_.quote is None:
            return []
        asked, quote = open_.asked, open_.quote
        self._end(rfq_id)
        side = asked.event.side or asked.side or self._chance.choice((BUY, SELL))
        deals = self._terms.deals(asked, quote, side, open_.seen)
        if asked.dealt and deals:
            self._fates.dealt += 1
        elif asked.dealt:
            self._fates.missed(open_, quote, side)
        event = self._hit(asked, quote, side) if deals else self._pass(quote)
        return [(quote.venue, (event,))]

    def _hit(self, asked: Asked, quote: SendQuote, side: Side) -> AnyEvent:
        self._said += 1
        return HitReceived(
            origin=Origin(session=SESSION, sequence=self._said),
            venue=quote.venue,
            hit_id=HitId(f"BH{self._said}"),
            quote_id=quote.quote_id,
            counterparty=asked.event.counterparty,
            pair=asked.event.pair,
            product=asked.event.product,
            side=side,
            amount=quote.amount,
            price=price_of(quote, side),
            currency=asked.event.currency,
        )

    def _pass(self, quote: SendQuote) -> AnyEvent:
        self._said += 1
        return RfqEnded(
            origin=Origin(session=SESSION, sequence=self._said),
            venue=quote.venue,
            ending=RfqEnding.PASSED,
            quote_id=QuoteId(quote.quote_id),
        )


def request_event(
    venue: str,
    request_id: str,
    counterparty: str,
    pair: str,
    product: str,
    side: str,
    amount: Decimal,
    **terms: str,
) -> RfqReceived:
    """A request from the columns of a log; `terms` = currency, tenors and value dates as text."""
    return RfqReceived(
        origin=Origin(session=SESSION, sequence=0),
        venue=VenueId(venue),
        request_id=request_id,
        rfq_id=RfqId(request_id),
        counterparty=CounterpartyId(counterparty) if counterparty else None,
        pair=pair,
        product=product or "SPOT",
        side=Side(side) if side else None,
        amount=amount,
        currency=terms.get("currency") or None,
        tenor=terms.get("tenor", ""),
        far_tenor=terms.get("far_tenor", ""),
        value_date=_day(terms.get("value_date")),
        far_value_date=_day(terms.get("far_value_date")),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
