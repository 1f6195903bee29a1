"""A client who asks, names prices of its own and deals, in any order and with any nonsense; and the
judge of what it is answered.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from robot.messages.effects import ConcludeDeal, SendQuote
from robot.messages.events import RfqEnding
from tests.fuzz.written_games import AMOUNT, WORDS_MAX, Written

if TYPE_CHECKING:
    from tests.fuzz.core_dialogues import Table

NO_PRICES = tuple(
    map(Decimal, ("NaN", "sNaN", "Infinity", "-Infinity", "1e30", "-1e12", "0", "1.100001", "-1.1"))
)
SECOND_NS = 10**9


class ClientTalk:
    """One request; sides are the client's, as on the wire."""

    def __init__(self, table: Table) -> None:
        self.table = table
        chance = table.chance
        self.side = chance.choice(("buy", "sell", None))
        self.client = chance.choice(("BANKA", "BANKA", "BANKB", "BANKB", "BANKC"))
        self.request = f"F{len(table.clients) + 1}"
        self.quotes: dict[str, SendQuote] = {}
        self.dealt_once: ConcludeDeal | None = None
        self.standing: SendQuote | None = None
        self.began_ns = 0
        """When our price was shown that they answered first; 0 = they did not."""
        self.shown_ns: dict[str, int] = {}
        self.answers = 0
        self.hits: list[str] = []
        self.responses: list[str] = []
        self.theirs: tuple[str, Decimal] | None = None
        """Side and price of theirs that waits for an answer."""
        table.clients[self.request] = self
        table.desk.rfq(
            AMOUNT,
            **table.kind.said,
            side=self.side,
            client=self.client,
            request=self.request,
            open_ms=chance.choice((0, 60_000)),
        )
        table.judge()

    def say(self) -> None:
        """A price, a hit, the end, or time passes."""
        chance = self.table.chance
        draw = chance.random()
        if draw < 0.72 and self.quotes:
            self._counter()
        elif draw < 0.84 and self.quotes:
            self._hit()
        elif draw < 0.87:
            ending = chance.choice((RfqEnding.PASSED, RfqEnding.WITHDRAWN))
            self.standing = None
            self.table.desk.end_rfq(request=self.request, ending=ending)
        else:
            self.table.wait(chance.choice((1, 100, 1_500)))

    def leave(self) -> None:
        """It is over."""
        self.standing = None
        self.table.desk.end_rfq(request=self.request)

    def _counter(self) -> None:
        table, chance = self.table, self.table.chance
        quote = chance.choice(list(self.quotes.values()))
        if chance.random() < 0.8:
            quote = list(self.quotes.values())[-1]
        side = self.side or chance.choice(("buy", "sell"))
        if chance.random() < 0.05:
            side = chance.choice(("buy", "sell"))
        shown = quote.offer if side == "buy" else quote.bid
        better = chance.choice((1, 2, 5, 10, 20, 0, -1)) * table.kind.grain
        better = -better if side == "buy" else better
        price = (shown if shown is not None else table.kind.price(table.kind.middle)) + better
        wild = chance.random() < 0.25
        if wild and chance.random() < 0.4:
            price = chance.choice(NO_PRICES)
        response = f"{self.request}-{len(self.responses) + 1}"
        if self.responses and chance.random() < 0.07:
            response = chance.choice(self.responses)
        else:
            self.responses.append(response)
        # Only the price that waits counts: what is turned down is not answered.
        self.theirs = side, price
        if not self.began_ns and quote is self.standing:
            self.began_ns = self.shown_ns[quote.quote_id]
        table.counts["prices of clients"] += 1
        table.desk.counter(
            quote.quote_id,
            price,
            side=side,
            amount=chance.choice((AMOUNT, AMOUNT, 2 * AMOUNT, 10**15)) if wild else AMOUNT,
            pair=table.kind.pair,
            client=chance.choice((self.client, self.client, "BANKC", None))
            if wild
            else self.client,
            response=response,
            venue=chance.choice(("ALPHA", "ALPHA", "BETA")) if wild else "ALPHA",
        )

    def _hit(self) -> None:
        table, chance = self.table, self.table.chance
        quote = chance.choice(list(self.quotes.values()))
        side = self.side or chance.choice(("buy", "sell"))
        shown = quote.offer if side == "buy" else quote.bid
        price = shown if shown is not None and chance.random() < 0.7 else None
        hit = f"{self.request}H{len(self.hits)}"
        if self.hits and chance.random() < 0.15:
            hit = chance.choice(self.hits)
        else:
            self.hits.append(hit)
        off = chance.choice((0, 0, 0, 1)) * table.kind.grain
        table.desk.hit(
            quote.quote_id,
            side,
            chance.choice((AMOUNT,) * 9 + (10**15,)),
            client=chance.choice((self.client,) * 4 + ("BANKC",)),
            price=str(price + off) if price is not None else None,
            hit=hit,
            pair=table.kind.pair,
        )

    # --- the judge

    def knows(self, quote_id: str) -> bool:
        return quote_id in self.quotes

    def shown(self, quote: SendQuote, now_ns: int) -> str:
        """What is wrong with a quote; empty = nothing."""
        before = self.standing
        if before is not None and now_ns >= before.valid_until_ns:
            before = None
        problem = self._prices(quote) or self._step(quote, before, now_ns)
        self.quotes[quote.quote_id] = self.standing = quote
        self.shown_ns[quote.quote_id] = now_ns
        return problem

    def _prices(self, quote: SendQuote) -> str:
        table = self.table
        sides = ((quote.bid, -1, "buy"), (quote.offer, 1, "sell"))
        for price, better, wrong_side in sides:
            if price is None:
                continue
            if self.side == wrong_side:
                return f"{price} on the side that was not asked"
            problem = self._price(quote, price, better) or table.off_band(price)
            if problem:
                return problem
        if quote.bid is not None and quote.offer is not None and quote.bid > quote.offer:
            return "crossed"
        return "" if quote.bid is not None or quote.offer is not None else "no price"

    def _price(self, quote: SendQuote, price: Decimal, better: int) -> str:
        table = self.table
        if isinstance(table.written, Written):
            return table.written.breach(price, table.market, better)
        if quote.response_id or table.lies:  # what stood is said again, whatever the middle is now
            return "" if price.is_finite() else f"{price} is no price"
        return table.written.breach(price, table.market, better, self.client)

    def _step(self, quote: SendQuote, before: SendQuote | None, now_ns: int) -> str:
        if not quote.response_id:
            return ""
        written, self.answers = self.table.written, self.answers + 1
        self.table.counts["prices of clients answered"] += 1
        if self.theirs is None or quote.response_id not in self.responses:
            return "it answers nothing"
        side, theirs = self.theirs
        price = quote.offer if side == "buy" else quote.bid
        stood = (before.offer if side == "buy" else before.bid) if before is not None else None
        sign = 1 if side == "buy" else -1
        if price is None:
            return "it is not on the side that they have shown"
        if not theirs.is_finite() or sign * (price - theirs) < 0:
            return f"{price} is better for them than {theirs}"
        if stood is not None and sign * (price - stood) > 0:
            return f"{price} is worse for them than {stood}, which stands"
        if self.table.lies:
            return (
                "" if self.answers <= WORDS_MAX else f"answer {self.answers} of at most {WORDS_MAX}"
            )
        if self.answers >= max(1, written.messages):
            return f"answer {self.answers} of at most {written.messages} prices"
        if self.began_ns and now_ns >= self.began_ns + written.within_s * SECOND_NS:
            return "it is after the time for the talk"
        return ""

    def dealt(self, effect: ConcludeDeal, now_ns: int) -> str:
        """What is wrong with a deal."""
        deal = effect.deal
        quote = self.quotes[deal.quote_id]
        if self.dealt_once is not None:
            return "two deals on one request"
        self.dealt_once = effect
        if deal.rate not in (quote.bid, quote.offer):
            return f"dealt at {deal.rate}, which {quote.quote_id} does not say"
        if now_ns >= quote.valid_until_ns:
            return "dealt after the quote's time"
        if quote is not self.standing:
            return "dealt on a quote that does not stand"
        return ""
