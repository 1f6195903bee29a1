"""How a client carries out its plan: when it decides, whether it deals, and how it leaves.

The overall share of quotes that become deals is steered towards a target: honest clients deal a
little more often when deals are behind it and a little less when they are ahead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from random import Random

from connectors.sim.bargain import Bargain, Word
from connectors.sim.clients import HONEST, REFUSED_WHEN_ASKED, Behaviour, Leaving
from connectors.sim.curves import middle_of
from connectors.sim.dialogue import CounterOut, HitOut, Out, PassOut, WithdrawOut
from connectors.sim.floor_settings import Outbid, never_outbid
from connectors.sim.haggling import Haggling
from connectors.sim.hits import HitBook, leg_rates, must_be_refused, terms_of
from connectors.sim.log import Log
from connectors.sim.model import NS_PER_MS, Instrument, MarketBook, Moment
from connectors.sim.products import Product, deals_at_offer, is_loan
from connectors.sim.quotes import terms_of_quote
from connectors.sim.requests import OpenRequest, price_for
from connectors.sim.rows import HitLife, QuoteLife

HIT_RATIO_MAX = 0.40
_STEERED_FROM = 20  # quotes before the maximum is enforced
_LAST_CHANCE_NS = 300 * NS_PER_MS  # before a stream's end
_MARGIN_NS = 100 * NS_PER_MS  # a client that means to be in time hits this much before the end
# Behaviours that may still decide after their request has run out.
LATE = (Behaviour.LATE_HIT, Behaviour.SLOW)
_NEVER_HIT = (
    Behaviour.OVERSIZE,
    Behaviour.FROM_UNKNOWN_CLIENT,
    Behaviour.FOR_UNKNOWN_PAIR,
    Behaviour.HIT_WITHDRAWN,
    *REFUSED_WHEN_ASKED,
)
_LOAN_TOLERANCE = Decimal("0.05")  # percent a year for each basis point of a price

Step = Callable[[OpenRequest, Moment], list[Out]]


@dataclass(slots=True)
class Decision:
    """What a client does now, what it will do later, and whether its request ends with it."""

    outs: list[Out] = field(default_factory=list)
    later: list[tuple[int, Step]] = field(default_factory=list)
    end_reason: str | None = None


class Conduct:
    """Decisions of all clients; holds what they must agree on (ids, the hit ratio)."""

    def __init__(
        self,
        book: MarketBook,
        log: Log,
        chance: Random,
        hits: HitBook,
        hit_ratio: float,
        id_prefix: str,
        haggling: Haggling,
        outbid: Outbid = never_outbid,
    ) -> None:
        self._book = book
        self._log = log
        self._chance = chance
        self._hits = hits
        self._target = hit_ratio
        self._prefix = id_prefix
        self._haggling = haggling
        self._outbid = outbid
        self._pending = 0  # honest hits without an answer
        self._responses = 0
        self._new_hits: list[HitLife] = []

    def take_new_hits(self) -> list[HitLife]:
        """Hits sent since the last call that the robot has to answer."""
        taken, self._new_hits = self._new_hits, []
        return taken

    def adopt(self, hit: HitLife) -> None:
        """A hit on a streamed quote is sent: the robot has to answer it as any other."""
        self._hits.add(hit)
        self._new_hits.append(hit)

    def settled(self, hit: HitLife) -> None:
        """The robot has answered the hit."""
        if hit.request_id and not hit.must_be_refused:  # those on streamed quotes are not steered
            self._pending -= 1

    def decision_at(self, request: OpenRequest, quote: QuoteLife, now: Moment) -> int | None:
        """When the client decides, if this quote is what makes it decide."""
        plan = request.plan
        if request.decided:
            return None
        if plan.stream_seconds is not None:
            watched = 1 if plan.behaviour is Behaviour.HIT_REPLACED else plan.replacements
            if request.replacements == watched:
                return now.at_ns + self._chance.randint(20, 150) * NS_PER_MS
        if request.deciding:
            return None
        request.deciding = True
        if plan.stream_seconds is not None:
            return max(now.at_ns, request.row.open_until_ns - _LAST_CHANCE_NS)
        end_ns = quote.valid_until_ns or now.at_ns
        match plan.behaviour:
            case Behaviour.LATE_HIT:
                return end_ns + self._chance.randint(50, 1500) * NS_PER_MS
            case Behaviour.SLOW:
                return max(now.at_ns, end_ns + self._chance.randint(-700, 250) * NS_PER_MS)
        return max(now.at_ns, min(now.at_ns + plan.decision_ns, end_ns - _MARGIN_NS))

    def decide(self, request: OpenRequest, now: Moment) -> Decision:
        """What the client does with the quotes it has."""
        behaviour = request.plan.behaviour
        if behaviour in HONEST:
            return self._haggle(request, now) or self._decide_honestly(request, now)
        quote = request.latest_quote()
        if behaviour in _NEVER_HIT or quote is None:
            return self._leave(request)
        match behaviour:
            case Behaviour.HIT_REPLACED:
                if request.replaced is None:
                    return self._leave(request)
                return self._hit_once(request, request.replaced, now)
            case Behaviour.HIT_AFTER_PASS:
                decision = Decision([self._pass(request, quote)], end_reason="pass")
                decision.later = [self._soon(now, self.hit_step(quote, behaviour, again=True))]
                return decision
            case Behaviour.DOUBLE_HIT:
                decision = self._hit_once(request, quote, now)
                decision.later = [self._soon(now, self.hit_step(quote, behaviour, again=True))]
                return decision
            case Behaviour.REPEATED_HIT:
                return self._hit_twice(request, quote, now)
        return self._hit_once(request, quote, now)

    def _decide_honestly(self, request: OpenRequest, now: Moment) -> Decision:
        quotes = request.live_quotes(now.at_ns)
        latest = request.latest_quote()
        if not quotes and request.plan.behaviour is Behaviour.SLOW and latest is not None:
            quotes = [latest] if latest.end in ("live", "expired") else []
        if not quotes:
            return self._leave(request)
        quote = self._chance.choice(quotes)
        wants = self._wants_to_deal()
        if request.plan.behaviour is Behaviour.PRICE_SENSITIVE:
            wants = wants and self._likes(request, quote, now)
        wants = wants and not self._outbid(quote, request.plan.side)
        return self._hit_once(request, quote, now) if wants else self._leave(request)

    def _haggle(self, request: OpenRequest, now: Moment) -> Decision | None:
        """What a client that haggles says to the quote that it has; None = this one does not."""
        quote = request.latest_quote()
        if quote is None:
            return None
        if not request.drawn:
            middle = self._middle(quote, now)
            tolerance = self._tolerated(quote, middle or Decimal(0), request.plan.tolerance_bp)
            self._haggling.begin(request, quote, middle, tolerance)
        bargain, price = request.bargain, price_for(quote, request.plan.side)
        if bargain is None:
            return None
        if quote.end != "live" or (quote.valid_until_ns or 0) < now.at_ns or price is None:
            return self._leave(request)
        if not bargain.heard:
            bargain.heard.append(price)
        return self._say(request, bargain, quote, price, now)

    def _say(
        self, request: OpenRequest, bargain: Bargain, quote: QuoteLife, price: Decimal, now: Moment
    ) -> Decision:
        """Another price, the deal, or the end."""
        word, wanted = bargain.answer(price)
        match word:
            case Word.NOTHING:
                return Decision()
            case Word.WALK_AWAY:
                return Decision([self._pass(request, quote)], end_reason="pass")
            case Word.PRICE:
                hits = self._haggling.offers(request, quote, wanted, now)
                return Decision([CounterOut(hit) for hit in hits])
            case Word.DEAL:
                return self._hit_once(request, quote, now)
            case Word.LEAVE:
                return self._leave(request)

    def _wants_to_deal(self) -> bool:
        """A draw whose chance leans towards the target; never beyond the maximum ratio."""
        statistics = self._log.statistics
        deals = statistics.asked_fills + self._pending
        over = deals + 1 > HIT_RATIO_MAX * statistics.quoted
        if statistics.quoted >= _STEERED_FROM and over:
            return False
        behind = self._target * statistics.quoted - deals
        return self._chance.random() < min(0.95, max(0.02, self._target + 0.1 * behind))

    def _likes(self, request: OpenRequest, quote: QuoteLife, now: Moment) -> bool:
        """Whether the price is no further from the venue's own mid than the client tolerates."""
        mid = self._middle(quote, now)
        price = price_for(quote, request.plan.side)
        if mid is None or price is None:
            return False
        at_offer = deals_at_offer(quote.product, request.plan.side)
        worse_by = price - mid if at_offer else mid - price
        return worse_by <= self._tolerated(quote, mid, request.plan.tolerance_bp)

    def _middle(self, quote: QuoteLife, now: Moment) -> Decimal | None:
        what = Instrument(quote.product, quote.pair)
        dates = (quote.value_date, quote.far_date)
        return middle_of(self._book, quote.venue, what, dates, now.at_ns)

    def _tolerated(self, quote: QuoteLife, mid: Decimal, tolerance_bp: Decimal) -> Decimal:
        """In the terms of the price: of a loan percent, of a swap a share of the spot rate."""
        if is_loan(quote.product):
            return tolerance_bp * _LOAN_TOLERANCE
        spot = self._book.mid(quote.venue, quote.pair) if quote.product == Product.SWAP else mid
        return (spot or mid) * tolerance_bp / 10_000

    def _leave(self, request: OpenRequest) -> Decision:
        quote = request.latest_quote()
        leaving = request.plan.leaving
        if quote is None or leaving is Leaving.SILENT or request.row.ended_at_ns is not None:
            return Decision()
        if leaving is Leaving.PASS:
            return Decision([self._pass(request, quote)], end_reason="pass")
        out = WithdrawOut(quote.venue, quote.request_id, quote.quote_id, quote.pair)
        return Decision([out], end_reason="withdrawn")

    def _pass(self, request: OpenRequest, quote: QuoteLife) -> Out:
        side = request.plan.side.value if request.plan.shows_side else None
        return PassOut(quote, self._response_id(quote.venue), side)

    def _soon(self, now: Moment, step: Step) -> tuple[int, Step]:
        return now.at_ns + self._chance.randint(2, 60) * NS_PER_MS, step

    def hit_step(self, quote: QuoteLife, behaviour: Behaviour, *, again: bool) -> Step:
        """A hit to be sent later; `again` when the robot must refuse it in any case."""

        def step(request: OpenRequest, now: Moment) -> list[Out]:
            return [HitOut(self._hit(request, quote, now, behaviour, again=again))]

        return step

    def _hit_once(self, request: OpenRequest, quote: QuoteLife, now: Moment) -> Decision:
        hit = self._hit(request, quote, now, request.plan.behaviour, again=False)
        return Decision([HitOut(hit)], end_reason="hit")

    def _hit_twice(self, request: OpenRequest, quote: QuoteLife, now: Moment) -> Decision:
        """The same hit with the same id again; the robot need not answer the second."""
        first = self._hit(request, quote, now, request.plan.behaviour, again=False)

        def repeat(request: OpenRequest, now: Moment) -> list[Out]:
            hit = self._hit(request, quote, now, request.plan.behaviour, again=True, like=first)
            return [HitOut(hit, answer_due=False)]

        return Decision([HitOut(first)], [self._soon(now, repeat)], "hit")

    def _hit(
        self,
        request: OpenRequest,
        quote: QuoteLife,
        now: Moment,
        behaviour: Behaviour,
        *,
        again: bool,
        like: HitLife | None = None,
    ) -> HitLife:
        price = price_for(quote, request.plan.side)
        assert price is not None, f"{quote.quote_id} has no price for side {request.plan.side}"
        terms = terms_of(request, quote, price, behaviour)
        number = self._hits.next_number()
        by_order = request.plan.client.hits_with_order
        hit = HitLife(
            hit_no=number,
            hit_id=like.hit_id if like else f"{quote.venue}-H{self._prefix}{number:06d}",
            response_id=None if by_order else self._response_id(quote.venue),
            venue=quote.venue,
            client=terms.client,
            request_id=quote.request_id,
            quote_id=terms.quote_id,
            pair=quote.pair,
            side=terms.side,
            size=terms.size,
            price=terms.price,
            value_date=quote.value_date,
            message="D" if by_order else "AJ",
            behaviour=behaviour,
            must_be_refused=must_be_refused(request, quote, terms, now, again=again),
            sent_at_ns=now.at_ns,
            sent_wall_ns=now.wall_ns,
            **asdict(terms_of_quote(quote)),
        )
        hit.far_size = terms.far_size
        if hit.product == Product.SWAP:
            hit.near_rate, hit.far_rate = leg_rates(quote, terms)
        self._count(hit, waits=like is None)
        return hit

    def _count(self, hit: HitLife, *, waits: bool) -> None:
        statistics = self._log.statistics
        statistics.hits += 1
        statistics.misbehaviours += hit.must_be_refused
        self._pending += not hit.must_be_refused
        self._hits.add(hit)
        self._log.put(hit)
        if waits:
            self._new_hits.append(hit)

    def _response_id(self, venue: str) -> str:
        self._responses += 1
        return f"{venue}-P{self._prefix}{self._responses:06d}"
