"""What the robot answers to counter-offers, held against what it may."""

from __future__ import annotations

from connectors.sim.bargain import answer_problem
from connectors.sim.dialogue import CounterRefusalIn
from connectors.sim.haggling import Haggling
from connectors.sim.log import Log
from connectors.sim.model import Moment
from connectors.sim.requests import OpenRequest, RequestBook, price_for
from connectors.sim.rows import CounterOffer, QuoteLife

_AGAIN = "DUPLICATE"  # in the text: of two with one id the second is meant
Waiting = dict[tuple[str, str, int], str]


class CounterAnswers:
    """`waiting` has what the robot still has to answer; what it has answered is taken out."""

    def __init__(
        self, haggling: Haggling, log: Log, requests: RequestBook, waiting: Waiting
    ) -> None:
        self._haggling = haggling
        self._log = log
        self._requests = requests
        self._waiting = waiting

    def hear(self, request: OpenRequest, quote: QuoteLife, now: Moment) -> None:
        """A quote that answers a counter-offer; the client will say something to it."""
        price, bargain = price_for(quote, request.plan.side), request.bargain
        row = self._haggling.take(quote.venue, quote.response_id or "", wrong=False)
        if row is None or bargain is None:
            text = f"{quote.quote_id} on {quote.response_id}"
            self._log.anomaly(quote.venue, "unknown_counter_answered", quote.quote_id, text, now)
            return
        problem = answer_problem(bargain, request.quotes.get(quote.entry), price)
        if row.flaw is not None:
            problem = f"{row.flaw}: it had to be turned down"
        if problem:
            text = f"{row.response_id} for {row.price}: {problem}"
            self._log.anomaly(quote.venue, "bad_counter_answer", quote.quote_id, text, now)
        row.answer_quote_id, row.answer_price = quote.quote_id, price
        self._log.statistics.counter_quotes += 1
        self._settle(row, "quote", now)
        if bargain.open is row and price is not None:
            bargain.open = None
            bargain.heard.append(price)
            request.decided = request.deciding = False

    def turned_down(self, venue: str, word: CounterRefusalIn, now: Moment) -> OpenRequest | None:
        """AI: the request whose client thinks again; None = nobody does."""
        again = _AGAIN in word.text
        row = self._haggling.take(venue, word.response_id, wrong=again)
        if row is None:
            self._log.anomaly(venue, "unknown_counter_answered", word.response_id, word.text, now)
            return None
        row.code, row.text = word.code, word.text
        self._log.statistics.counter_refusals += 1
        if row.answer is not None:  # the request had ended meanwhile
            self._log.put(row)
            return None
        self._settle(row, "refused", now)
        request = self._requests.open(venue, row.request_id)
        if request is None or request.bargain is None or request.bargain.open is not row:
            return None
        request.bargain.open, request.bargain.turned_down = None, True
        request.decided = False
        return request

    def drop(self, request: OpenRequest, why: str, now: Moment) -> None:
        """No answer to a price is due any more."""
        bargain = request.bargain
        if bargain is not None and bargain.open is not None:
            self._settle(bargain.open, why, now)
            bargain.open = None

    def _settle(self, row: CounterOffer, answer: str, now: Moment) -> None:
        row.answer, row.answered_at_ns, row.answered_wall_ns = answer, *now
        self._waiting.pop(("counter", row.venue, row.counter_no), None)
        self._log.put(row)
