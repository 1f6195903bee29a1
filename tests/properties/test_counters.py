"""Random dialogues: whatever is said in whatever order, no price past the walk-away is put out, no
offer is made worse or better than it may be, and nothing is dealt twice.
"""

from __future__ import annotations

import random
from decimal import Decimal as D

from robot.basics.ids import QuoteId
from robot.deals.party import BUY
from robot.invariants import check_state
from robot.messages.counters import RefuseCounter
from robot.messages.effects import ConcludeDeal, SendQuote
from robot.messages.events import RfqEnding
from robot.strategy import Decision, Facts
from tests.kit.desk import Desk
from tests.kit.examples import TIMES

WALK_AWAY = D("1.10005")
TICK = D("0.00001")
DIALOGUES, STEPS = 250 * TIMES, 60
PRICES = (
    *(str(WALK_AWAY + TICK * away) for away in (-9, -4, -3, -2, -1, 0, 1, 2, 3, 4, 9) * 2),
    *("1.100055", "NaN", "-Infinity", "0", "-1.1", "1E+40", "1.2", "0.9"),
)


class Wild:
    """Says anything, now and then that it passes; only its walk-away is what it was told."""

    def __init__(self, parameters: object) -> None:
        pass

    def decide(self, facts: Facts) -> Decision:
        if facts.side is None:
            return Decision(bid=D("1.10000"), offer=D("1.10010"))
        if facts.their_price is not None and facts.chance < 0.1:
            return Decision(passed="ENOUGH")
        price = WALK_AWAY + TICK * (int(facts.chance * 40) - 20)
        if facts.side is BUY:
            return Decision(bid=price, walk_away=WALK_AWAY)
        return Decision(offer=price, walk_away=WALK_AWAY)


class Dialogues:
    """One desk, and everything that was said to it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        factory = "tests.properties.test_counters:Wild"
        strategy = {"factory": factory, "parameters": {}}
        self.desk = Desk(strategy=strategy, quotes={"counters_max": 1 + seed % 4}).open()
        self.desk.market("1.10000", "1.10010")
        self.quotes: dict[str, SendQuote] = {}
        self.said: dict[str, D] = {}
        self.responses = 0
        self.answered = 0
        self.turned_down: set[str] = set()
        self.dealt: set[str] = set()

    def go_on(self) -> None:
        """One more thing happens, and what came of it is looked at."""
        kinds = (self.asks, self.counters, self.hits, self.passes, self.time, self.market)
        self.chance.choices(kinds, weights=(4, 12, 2, 1, 3, 2))[0]()
        for effect in self.desk.effects:
            if isinstance(effect, SendQuote):
                self.quoted(effect)
            elif isinstance(effect, RefuseCounter):
                self.turned_down.add(effect.reason)
            elif isinstance(effect, ConcludeDeal):
                self.concluded(effect)
        check_state(self.desk.state)
        live, held = set(self.desk.state.quotes), set(self.desk.state.gate.reservations)
        assert live == held

    def asks(self) -> None:
        self.desk.rfq(1_000_000, side=self.chance.choice((None, "buy", "sell")))

    def counters(self) -> None:
        self.responses += self.chance.random() > 0.1
        response, price = f"c{self.responses}", self.chance.choice(PRICES)
        self.said.setdefault(response, D(price))
        self.desk.counter(
            self.some_quote(),
            price,
            self.chance.choice(("buy", "sell")),
            self.chance.choice((1_000_000,) * 9 + (2_000_000,)),
            client=self.chance.choice(("BANKA",) * 9 + ("BANKB",)),
            response=response,
        )

    def hits(self) -> None:
        quote = self.quotes.get(self.some_quote())
        prices = [price for price in (quote.bid, quote.offer) if price] if quote else []
        price = str(self.chance.choice(prices)) if prices else None
        side = self.chance.choice(("buy", "sell"))
        self.desk.hit(quote.quote_id if quote else "Q0", side, price=price)

    def passes(self) -> None:
        self.desk.end_rfq(quote=self.some_quote(), ending=RfqEnding.PASSED)

    def time(self) -> None:
        self.desk.after(self.chance.choice((1, 1, 50, 900)))
        self.desk.market("1.10000", "1.10010")

    def market(self) -> None:
        self.desk.after(20)
        bid = D("1.10000") + TICK * self.chance.randint(-4, 4)
        self.desk.market(str(bid), str(bid + TICK * 10))

    def some_quote(self) -> str:
        live = list(self.desk.state.quotes)
        if live and self.chance.random() < 0.8:
            return str(self.chance.choice(live))
        return str(self.chance.choice(list(self.quotes))) if self.quotes else "Q0"

    def quoted(self, quote: SendQuote) -> None:
        assert quote.quote_id not in self.quotes
        self.quotes[quote.quote_id] = quote
        if quote.bid is not None and quote.offer is not None:
            return
        assert quote.bid is None or quote.bid <= WALK_AWAY
        assert quote.offer is None or quote.offer >= WALK_AWAY
        if not quote.response_id:
            return
        self.answered += 1
        theirs = self.said[quote.response_id]
        before = self.quotes[QuoteId(quote.replaces or "")]
        if quote.bid is not None:
            assert before.bid is not None and before.bid <= quote.bid <= theirs
        else:
            assert quote.offer is not None and before.offer is not None
            assert before.offer >= quote.offer >= theirs

    def concluded(self, effect: ConcludeDeal) -> None:
        deal = effect.deal
        assert deal.rfq_id not in self.dealt
        self.dealt.add(deal.rfq_id)
        quote = self.quotes[deal.quote_id]
        assert deal.rate == (quote.bid if deal.side is BUY else quote.offer)


def test_nothing_past_the_walk_away_and_nothing_dealt_twice() -> None:
    answered, dealt, reasons = 0, 0, set()
    for seed in range(DIALOGUES):
        dialogues = Dialogues(seed)
        for _ in range(STEPS):
            dialogues.go_on()
        answered += dialogues.answered
        dealt += len(dialogues.dealt)
        reasons |= dialogues.turned_down
    assert answered > 2 * DIALOGUES and dealt > DIALOGUES, f"{answered} answers, {dealt} deals"
    assert reasons >= {
        "COUNTER_PRICE",
        "DUPLICATE_COUNTER",
        "NOT_NEGOTIABLE",
        "QUOTE_MISMATCH",
        "QUOTE_REPLACED",
        "QUOTE_USED",
        "STRATEGY_PASSED",
        "WALK_AWAY",
    }
