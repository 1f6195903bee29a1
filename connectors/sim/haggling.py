"""Clients that answer a quote of the robot's with a price of their own, and how they give way.

Each has a price that it would like and one that it would still deal at, both by the venue's own
middle; between them it moves as its tactic says. Nothing here sends: `conduct.py` does.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from random import Random

from connectors.sim.bargain import Bargain, Flaw, Tactic
from connectors.sim.clients import Behaviour
from connectors.sim.hits import UNKNOWN_QUOTE_ID, HitTerms, leg_rates
from connectors.sim.log import Log
from connectors.sim.model import Moment, pip_of
from connectors.sim.products import Product, deals_at_offer, is_loan
from connectors.sim.quotes import terms_of_quote
from connectors.sim.requests import OpenRequest
from connectors.sim.rows import CounterOffer, HitLife, QuoteLife

_LOAN_UNIT = Decimal("0.001")  # percent a year
_HAGGLERS = (Behaviour.PROMPT, Behaviour.PRICE_SENSITIVE)


class Haggling:
    """Who haggles, and every counter-offer that waits for its answer."""

    def __init__(self, share: float, misbehaviour: float, log: Log, prefix: str, seed: str) -> None:
        self._share = share
        self._misbehaviour = misbehaviour
        self._log = log
        self._prefix = prefix
        self._chance = Random(f"{seed}/haggling")
        self._open: dict[tuple[str, str], list[CounterOffer]] = {}
        self._new: list[CounterOffer] = []
        self._responses = 0

    def take_new(self) -> list[CounterOffer]:
        """Those sent since the last call."""
        taken, self._new = self._new, []
        return taken

    def begin(
        self, request: OpenRequest, quote: QuoteLife, middle: Decimal | None, tolerance: Decimal
    ) -> None:
        """Draws whether this client haggles, once for each request."""
        plan = request.plan
        plain = plan.behaviour in _HAGGLERS and plan.stream_seconds is None
        if request.drawn or not self._share or not plain or len(plan.sizes) > 1:
            return
        request.drawn = True
        if middle is None or self._chance.random() >= self._share:
            return
        towards = 1 if deals_at_offer(quote.product, plan.side) else -1
        unit = _unit_of(quote)
        down = ROUND_FLOOR if towards > 0 else ROUND_CEILING
        limit = ((middle + towards * tolerance) / unit).quantize(Decimal(1), down) * unit
        request.bargain = Bargain(
            tactic=self._chance.choice(tuple(Tactic)),
            aim=middle,
            limit=limit,
            towards=towards,
            rounds=self._chance.randint(2, 5),
            unit=unit,
        )

    def offers(
        self, request: OpenRequest, quote: QuoteLife, price: Decimal, now: Moment
    ) -> list[HitLife]:
        """The counter-offer at this price in the form of a hit, perhaps with one that is wrong."""
        bargain, flaw = request.bargain, None
        assert bargain is not None, "only who haggles says a price"
        bargain.said, bargain.last = bargain.said + 1, price
        if self._chance.random() < self._misbehaviour:
            flaw = self._chance.choice(tuple(Flaw))
            if flaw is Flaw.OFF_TICK and quote.product == Product.SWAP:
                flaw = Flaw.NOT_BETTER  # points in pips have no more digits than our own
        plain = HitTerms(
            request.plan.shown_id,
            quote.quote_id,
            quote.size,
            price,
            request.plan.side.value,
            quote.far_size,
        )
        honest = self._offer(request, quote, plain, None, self._next_id(quote.venue), now)
        bargain.open = honest[0]
        if flaw is None:
            return [honest[1]]
        response = honest[0].response_id if flaw is Flaw.REPEATED else self._next_id(quote.venue)
        wrong = self._offer(
            request, quote, _bent(request, quote, plain, flaw, bargain), flaw, response, now
        )[1]
        return [honest[1], wrong] if flaw is Flaw.REPEATED else [wrong, honest[1]]

    def _next_id(self, venue: str) -> str:
        self._responses += 1
        return f"{venue}-C{self._prefix}{self._responses:06d}"

    def _offer(
        self,
        request: OpenRequest,
        quote: QuoteLife,
        terms: HitTerms,
        flaw: Flaw | None,
        response_id: str,
        now: Moment,
    ) -> tuple[CounterOffer, HitLife]:
        bargain = request.bargain
        assert bargain is not None, "only who haggles says a price"
        row = CounterOffer(
            counter_no=self._log.next_number(CounterOffer),
            venue=quote.venue,
            response_id=response_id,
            client=terms.client,
            request_id=quote.request_id,
            quote_id=terms.quote_id,
            pair=quote.pair,
            product=quote.product,
            side=terms.side,
            size=terms.size,
            price=terms.price,
            tactic=bargain.tactic,
            round=bargain.said,
            flaw=flaw,
            sent_at_ns=now.at_ns,
            sent_wall_ns=now.wall_ns,
        )
        self._log.statistics.counter_offers += 1
        self._log.put(row)
        self._open.setdefault((row.venue, response_id), []).append(row)
        self._new.append(row)
        return row, _as_hit(quote, terms, response_id, now)

    def take(self, venue: str, response_id: str, *, wrong: bool) -> CounterOffer | None:
        """The one that an answer is to: of two with the same id the `wrong` one, or the other."""
        rows = self._open.get((venue, response_id), [])
        found = next((row for row in rows if (row.flaw is not None) is wrong), None)
        found = found if found is not None or not rows else rows[0]
        if found is not None:
            rows.remove(found)
            if not rows:
                del self._open[(venue, response_id)]
        return found


def _unit_of(quote: QuoteLife) -> Decimal:
    """The step in which prices are said: as fine as the robot's own, not finer than is usual."""
    usual = _LOAN_UNIT if is_loan(quote.product) else pip_of(quote.pair) / 10
    own = max(
        Decimal(1).scaleb(int(price.as_tuple().exponent))
        for price in (quote.bid, quote.offer)
        if price is not None
    )
    return max(usual, own)


def _bent(
    request: OpenRequest, quote: QuoteLife, terms: HitTerms, flaw: Flaw, bargain: Bargain
) -> HitTerms:
    match flaw:
        case Flaw.OFF_TICK:
            return replace(terms, price=terms.price + bargain.unit / 1000)
        case Flaw.OTHER_SIDE if request.plan.shows_side:
            return replace(terms, side="2" if terms.side == "1" else "1")
        case Flaw.NOT_BETTER:
            ours = quote.offer if deals_at_offer(quote.product, terms.side) else quote.bid
            return replace(terms, price=ours if ours is not None else terms.price)
        case Flaw.UNKNOWN_QUOTE:
            return replace(terms, quote_id=UNKNOWN_QUOTE_ID)
        case Flaw.OTHER_CLIENT:
            return replace(terms, client="BANKA" if terms.client != "BANKA" else "BANKB")
        case Flaw.REPEATED:
            return terms
    return replace(terms, size=terms.size * 2)


def _as_hit(quote: QuoteLife, terms: HitTerms, response_id: str, now: Moment) -> HitLife:
    """A counter-offer has the fields of a hit."""
    hit = HitLife(
        hit_no=0,
        hit_id=response_id,
        response_id=response_id,
        venue=quote.venue,
        client=terms.client,
        request_id=quote.request_id,
        quote_id=terms.quote_id,
        pair=quote.pair,
        side=terms.side,
        size=terms.size,
        price=terms.price,
        value_date=quote.value_date,
        message="AJ",
        behaviour="",
        must_be_refused=False,
        sent_at_ns=now.at_ns,
        sent_wall_ns=now.wall_ns,
        **asdict(terms_of_quote(quote)),
    )
    hit.far_size = terms.far_size
    if hit.product == Product.SWAP:
        hit.near_rate, hit.far_rate = leg_rates(quote, terms)
    return hit
