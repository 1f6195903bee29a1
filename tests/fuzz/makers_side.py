"""Makers who are asked by a game of ours and answer anything at any time; and the judge of what the
game asks, says and deals on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from robot.basics.ids import CounterpartyId, ExecId, VenueId
from robot.deals.party import BUY, SELL
from robot.messages.asks import (
    AskCountered,
    AskRefused,
    AskTaken,
    AskWanted,
    AskWithdrawn,
    CounterQuote,
    QuoteReceived,
    QuoteRevoked,
    QuoteRevoking,
    SendAsk,
    TakeQuote,
)
from robot.messages.orders import OrderReport, OrderReported
from tests.fuzz.written_games import WORDS_MAX
from tests.kit.desk import ORIGIN

if TYPE_CHECKING:
    from tests.fuzz.core_dialogues import Table

TICK = Decimal("0.00001")
SECOND_NS = 10**9
NO_PRICES = tuple(
    map(Decimal, ("NaN", "sNaN", "Infinity", "-Infinity", "1e30", "-1e12", "0", "1.1000001"))
)


@dataclass
class Maker:
    """One request to one maker, as the maker knows it."""

    sent: SendAsk
    quotes: dict[str, QuoteReceived] = field(default_factory=dict)
    standing: QuoteReceived | None = None
    counters: list[Decimal] = field(default_factory=list)
    responses: list[str] = field(default_factory=list)


class AskTalk:
    """One ask of ours."""

    def __init__(self, table: Table) -> None:
        self.table = table
        chance = table.chance
        self.buys = chance.random() < 0.5
        self.limit = None
        if chance.random() < 0.3:
            self.limit = TICK * (110_005 + chance.randint(-20, 20))
        self.makers: dict[str, Maker] = {}
        self.taken = ""
        self.hit: TakeQuote | None = None
        """Ours, to which nobody has said anything."""
        self.by_person = False
        self.began_ns = table.desk.at_ns
        self.ask_id = ""
        table.asks[""] = self
        table.desk.step(
            AskWanted(
                actor="trader",
                reason="fuzz",
                request=f"W{table.desk.at_ns}-{table.counts['asks']}",
                pair="EUR/USD",
                side=BUY if self.buys else SELL,
                amount=Decimal(10**6),
                venues=(VenueId("ALPHA"),),
                limit_price=self.limit,
                game="x",
            )
        )
        table.counts["asks"] += 1
        table.judge()
        table.asks.pop("")
        for maker in tuple(self.makers.values()):
            if chance.random() < 0.8:
                self._quote(maker, wild=False)
                table.judge()

    def forget(self) -> None:
        for maker in self.makers.values():
            maker.standing = None

    def say(self) -> None:
        """One of the makers says something."""
        chance, table = self.table.chance, self.table
        if not self.makers or chance.random() < 0.15:
            table.wait(chance.choice((1, 200, 1_100)))
            return
        if self.hit is not None and chance.random() < 0.6:
            self._report(self.hit)
            return
        maker = chance.choice(list(self.makers.values()))
        draw = chance.random()
        if draw < 0.75:
            self._quote(maker)
        elif draw < 0.9:
            self._revoke(maker)
        else:
            maker.standing = None
            table.desk.step(
                AskRefused(
                    origin=ORIGIN,
                    venue=maker.sent.venue,
                    request_id=maker.sent.request_id,
                    reason="99",
                    text="pass",
                )
            )

    def leave(self) -> None:
        """Somebody has no need any more; what was hit is answered at last."""
        if self.hit is not None and self.table.chance.random() < 0.9:
            self._report(self.hit)
        if self.ask_id:
            withdrawn = AskWithdrawn(actor="trader", reason="over", ask_id=self.ask_id)
            self.table.desk.step(withdrawn)

    def _quote(self, maker: Maker, *, wild: bool = True) -> None:
        chance, table = self.table.chance, self.table
        wild = wild and chance.random() < 0.5
        mid = round(table.market.mid * 100_000) + chance.randint(-15, 15)
        bid, offer = TICK * (mid - chance.randint(0, 8)), TICK * (mid + chance.randint(0, 8))
        if wild and chance.random() < 0.25:
            bid = chance.choice((*NO_PRICES, bid))
            offer = chance.choice((*NO_PRICES, offer))
        names = [f"K{chance.randint(1, 4)}", f"Q{table.desk.state.stepped}"]
        event = QuoteReceived(
            origin=ORIGIN,
            venue=maker.sent.venue,
            request_id=maker.sent.request_id,
            quote_id=chance.choice((*names, *list(maker.quotes)[-1:])) if wild else names[1],
            response_id=chance.choice(("", *maker.responses[-2:])),
            maker=CounterpartyId("BANKB") if wild and chance.random() < 0.1 else maker.sent.maker,
            tradeable=not wild or chance.random() < 0.9,
            pair="EUR/USD",
            bid=bid if not wild or chance.random() < 0.9 else None,
            offer=offer if not wild or chance.random() < 0.9 else None,
            amount=Decimal(10**15 if wild and chance.random() < 0.1 else 10**6),
            value_date=maker.sent.terms.value_date,
            valid_until_ns=table.desk.at_ns
            + chance.choice((0, 50, 150, 1_000, 5_000, -5) if wild else (5_000, 20_000))
            * 1_000_000,
        )
        if chance.random() < 0.05 and maker.standing is not None:
            event = maker.standing  # said twice
        maker.quotes[event.quote_id] = event
        maker.standing = event
        table.counts["quotes of makers"] += 1
        table.desk.step(event)

    def _report(self, hit: TakeQuote) -> None:
        """What became of our hit: dealt, not dealt, or told twice."""
        chance, table = self.table.chance, self.table
        dealt = chance.random() < 0.75
        report = OrderReported(
            origin=ORIGIN,
            venue=hit.venue,
            order_id=hit.order_id,
            venue_order_id="V1",
            exec_id=ExecId(f"X{hit.order_id}"),
            report=OrderReport.TRADE if dealt else OrderReport.REJECTED,
            ended=True,
            pair=hit.terms.pair,
            side=hit.side,
            last_amount=hit.terms.amount if dealt else None,
            last_price=hit.price if dealt else None,
            filled=hit.terms.amount if dealt else Decimal(0),
            remaining=Decimal(0),
            value_date=hit.terms.value_date,
            counterparty=hit.maker,
        )
        for _ in range(chance.choice((1, 1, 1, 2))):
            table.desk.step(report)
        table.counts["own deals" if dealt else "own hits turned down"] += 1
        self.hit = None

    def _revoke(self, maker: Maker) -> None:
        chance = self.table.chance
        response, quote_id = "", ""
        why = chance.choice(tuple(QuoteRevoking))
        draw = chance.random()
        if draw < 0.5 and maker.responses:
            response = chance.choice(maker.responses)
        elif draw < 0.9:
            quote_id = chance.choice(("", *maker.quotes))
            if maker.standing is not None and quote_id in ("", maker.standing.quote_id):
                maker.standing = None
        request_id = maker.sent.request_id
        if not response and not quote_id:
            request_id = chance.choice((request_id, ""))
            gone = self.makers.values() if not request_id else (maker,)
            for one in gone:
                one.standing = None
        self.table.desk.step(
            QuoteRevoked(
                origin=ORIGIN,
                venue=maker.sent.venue,
                request_id=request_id,
                quote_id=quote_id,
                response_id=response,
                why=why,
            )
        )

    def interfere(self) -> None:
        """A person takes over: from here on the game says nothing, and its file does not count."""
        chance, table = self.table.chance, self.table
        names = [name for maker in self.makers.values() for name in maker.quotes]
        if not names:
            return
        who = {"actor": "trader", "reason": "fuzz", "ask_id": self.ask_id}
        name = chance.choice(names)
        self.by_person = True
        if chance.random() < 0.5:
            table.desk.step(AskTaken(**who, quote_id=name))
        else:
            price = TICK * (110_005 + chance.randint(-25, 25))
            table.desk.step(AskCountered(**who, quote_id=name, price=price))
        table.judge()

    # --- the judge

    def _late(self, now_ns: int) -> str:
        if self.by_person or self.table.lies:
            return ""
        over_ns = self.began_ns + self.table.written.within_s * SECOND_NS
        return "it is after the time for the talk" if now_ns >= over_ns else ""

    def asked(self, effect: SendAsk, now_ns: int) -> str:
        """What is wrong with a request."""
        self.ask_id = effect.ask_id
        if effect.maker in [one.sent.maker for one in self.makers.values()]:
            return "a bank is asked twice"
        self.makers[effect.request_id] = Maker(effect)
        if len(self.makers) > self.table.written.at_most and not self.table.lies:
            return f"{len(self.makers)} banks of at most {self.table.written.at_most}"
        return self._late(now_ns)

    def _price(self, price: Decimal) -> str:
        """Against the file and the limit of the ask."""
        better = -1 if self.buys else 1
        if self.limit is not None and better * (price - self.limit) < 0:
            return f"{price} is past the limit {self.limit}"
        if self.by_person:
            return "" if price.is_finite() else f"{price} is no price"
        return self.table.written.breach(price, self.table.market, better)

    def countered(self, effect: CounterQuote, now_ns: int) -> str:
        """What is wrong with a price of ours."""
        maker, price, sign = self.makers[effect.request_id], effect.price, 1 if self.buys else -1
        problem = self._price(price) or self._late(now_ns)
        if problem:
            return problem
        if self.taken:
            return "a price after the take"
        if price % TICK:
            return f"{price} is off the tick"
        takes_back = maker.counters and sign * (price - maker.counters[-1]) < 0
        if takes_back and not self.by_person:
            return f"{price} takes back {maker.counters[-1]}"
        maker.counters.append(price)
        maker.responses.append(effect.response_id)
        most = WORDS_MAX
        if not self.table.lies:
            most = min(most, self.table.written.messages)
        if len(maker.counters) > most and not self.by_person:
            return f"{len(maker.counters)} prices to {maker.sent.maker}"
        return self._stands(maker, effect.quote_id, now_ns)

    def took(self, effect: TakeQuote, now_ns: int) -> str:
        """What is wrong with a deal of ours."""
        maker = self.makers[effect.request_id]
        if self.taken:
            return "two quotes of one ask are taken"
        self.taken, self.hit = effect.quote_id, effect
        quote = maker.standing
        price = None if quote is None else quote.offer if self.buys else quote.bid
        if effect.price != price:
            return f"taken at {effect.price}, quoted {price}"
        return (
            self._price(effect.price)
            or self._late(now_ns)
            or self._stands(maker, effect.quote_id, now_ns)
        )

    def _stands(self, maker: Maker, quote_id: str, now_ns: int) -> str:
        quote = maker.standing
        if quote is None or quote.quote_id != quote_id:
            return f"{quote_id} does not stand"
        if not quote.tradeable:
            return f"{quote_id} is indicative"
        if 0 < quote.valid_until_ns <= now_ns:
            return f"{quote_id} is over"
        return ""
