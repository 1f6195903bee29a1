"""Counters: what a maker says to a price of the robot's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal

from connectors.sim.bargain import Bargain, Tactic, Word
from connectors.sim.log import Log
from connectors.sim.makers.prices import Price, price_of, step_of
from connectors.sim.makers.rows import AskLife, CounterLife, MakerQuote
from connectors.sim.makers.styles import HALF_WAY
from connectors.sim.makers.talk import Talk, keep_side, price_on
from connectors.sim.makers.words import NOT_FOUND, REJECTED, CounterIn, MakerOut, StatusOut
from connectors.sim.model import MarketBook, Moment
from connectors.sim.products import deals_at_offer


@dataclass(frozen=True, slots=True)
class Answered:
    """A better price, or what is said instead; neither = nothing is said."""

    price: Price | None = None
    outs: list[MakerOut] = field(default_factory=list)
    walks_away: bool = False


def fresh_price(book: MarketBook, talk: Talk, margin: Decimal, now: Moment) -> Price | None:
    """What the maker would quote now."""
    return price_of(book, talk.ask, margin, now.at_ns)


class Haggling:
    """Makers that negotiate give way as their tactic says, or meet the robot half way, down to
    their floor; the others refuse.
    """

    def __init__(self, book: MarketBook, log: Log) -> None:
        self._book = book
        self._log = log

    def note(self, venue: str, word: CounterIn, ask: AskLife | None, now: Moment) -> CounterLife:
        """Files a counter."""
        row = CounterLife(
            counter_no=self._log.next_number(CounterLife),
            venue=venue,
            response_id=word.response_id,
            quote_id=word.quote_id,
            request_id=None if ask is None else ask.request_id,
            maker=None if ask is None else ask.maker,
            side=word.side,
            price=word.price,
            received_at_ns=now.at_ns,
            received_wall_ns=now.wall_ns,
        )
        self._log.put(row)
        return row

    def refuse(
        self, row: CounterLife, pair: str, text: str, now: Moment, *, unknown: bool = False
    ) -> list[MakerOut]:
        """AI: the counter is not taken; what was quoted before stands as it did."""
        row.answer, row.answered_at_ns = row.answer or "refused", now.at_ns
        self._log.put(row)
        status = NOT_FOUND if unknown else REJECTED
        ids = row.quote_id, row.response_id, row.request_id
        return [StatusOut(row.venue, *ids, pair or "[N/A]", status, text)]

    def answer(
        self, row: CounterLife, word: CounterIn, talk: Talk, quote: MakerQuote, now: Moment
    ) -> Answered:
        """A price nearer to the robot's, or its own when the floor allows it, or an end."""
        last = price_on(quote, word.side)
        row.tactic = talk.style.tactic if talk.style.rounds else None
        if quote.end != "live" or quote.valid_until_ns < now.at_ns:
            return Answered(outs=self.refuse(row, quote.pair, quote.end.upper(), now))
        if not talk.style.rounds or word.price is None or last is None:
            return Answered(outs=self.refuse(row, quote.pair, "NO_COUNTER", now))
        floor = fresh_price(self._book, talk, Decimal(talk.style.floor), now)
        if talk.style.tactic != HALF_WAY and floor is not None:
            return self._by_tactic(row, talk, quote, last, word.price, floor, now)
        talk.counters += 1
        if floor is None or talk.counters > talk.style.rounds:
            return self._walk_away(row, quote, now)
        price = self._meet(quote, word.side, last, word.price, floor)
        if price is None:
            return self._walk_away(row, quote, now)
        return Answered(price=price)

    def _by_tactic(
        self,
        row: CounterLife,
        talk: Talk,
        quote: MakerQuote,
        last: Decimal,
        wanted: Decimal,
        floor: Price,
        now: Moment,
    ) -> Answered:
        """As a client that haggles does: its opening price was the first that it said."""
        bargain = self._bargain(talk, quote, row.side, last, floor)
        bargain.heard.append(wanted)
        word, price = bargain.answer(wanted)
        match word:
            case Word.NOTHING:
                row.answer = "silent"
                self._log.put(row)
                return Answered()
            case Word.LEAVE | Word.WALK_AWAY:
                return self._walk_away(row, quote, now)
        bargain.said += 1
        if not bargain.is_better(last, price):
            row.answer = "stays"
            return Answered(outs=self.refuse(row, quote.pair, "STAYS", now))
        bargain.last = price
        at_offer = deals_at_offer(quote.product, row.side)
        moved = price - floor.at(quote.product, row.side)
        return Answered(price=_shifted(floor, moved, at_offer=at_offer))

    def _bargain(
        self, talk: Talk, quote: MakerQuote, side: str, last: Decimal, floor: Price
    ) -> Bargain:
        """The maker's side of it. Its floor goes with the market."""
        if talk.bargain is None:
            talk.bargain = Bargain(
                tactic=Tactic(talk.style.tactic),
                aim=last,
                limit=last,
                towards=-1 if deals_at_offer(quote.product, side) else 1,
                rounds=talk.style.rounds + 1,
                unit=step_of(quote.product, quote.pair),
                said=1,
                last=last,
            )
        talk.bargain.limit = floor.at(quote.product, side)
        return talk.bargain

    def _walk_away(self, row: CounterLife, quote: MakerQuote, now: Moment) -> Answered:
        row.answer = "walked_away"
        return Answered(outs=self.refuse(row, quote.pair, "WALKED_AWAY", now), walks_away=True)

    def _meet(
        self, quote: MakerQuote, side: str, last: Decimal, wanted: Decimal, floor: Price
    ) -> Price | None:
        """None when the floor leaves nothing better than the last price."""
        at_offer = deals_at_offer(quote.product, side)
        better = -1 if at_offer else 1  # which way the taker's good lies
        least = floor.at(quote.product, side)
        unit = step_of(quote.product, quote.pair)
        half = ((last + wanted) / 2 / unit).quantize(Decimal(1), ROUND_HALF_EVEN) * unit
        meets = wanted if (wanted - least) * better <= 0 else half
        if (meets - least) * better > 0:
            meets = least
        if (meets - last) * better <= 0:
            return None
        return _shifted(floor, meets - least, at_offer=at_offer)

    def met(self, row: CounterLife, better: MakerQuote, word: CounterIn) -> None:
        """The quote that answers a counter: on the taker's side only, which is known now."""
        better.response_id = row.response_id
        keep_side(better, word.side)
        agreed = price_on(better, word.side) == word.price
        row.answer = "accepted" if agreed else "met"
        row.answer_quote_id, row.answered_at_ns = better.quote_id, better.made_at_ns
        self._log.put(row)


def _shifted(price: Price, by: Decimal, *, at_offer: bool) -> Price:
    """The price with one side moved. What is not a swap's moves with its spot rate."""
    swap = price.near_points is not None
    if at_offer:
        spot = price.offer_spot if swap or price.offer_spot is None else price.offer_spot + by
        return replace(price, offer=price.offer + by, offer_spot=spot)
    spot = price.bid_spot if swap or price.bid_spot is None else price.bid_spot + by
    return replace(price, bid=price.bid + by, bid_spot=spot)
