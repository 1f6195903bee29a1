"""Makers who are asked by a game of ours and answer anything at any time; and the judge of what the
game asks, says and deals on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from robot.basics.ids import CounterpartyId, ExecId, VenueId
from robot.deals.party import BUY, SELL
from robot.messages.asks import (
    AskCountered,
    AskedTerms,
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
from tests.fuzz.kinds import Market
from tests.fuzz.written_games import AMOUNT, WORDS_MAX, Written
from tests.kit.desk import ORIGIN

if TYPE_CHECKING:
    from tests.fuzz.core_dialogues import Table

SECOND_NS = 10**9
LATER_DATE = date(2014, 7, 7)
"""Two months from spot, which is a Saturday."""
MAKERS_MAX = 10
"""`asks.makers_max`."""
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


def _date(terms: AskedTerms) -> date:
    return terms.far_value_date or terms.value_date


def _what(sent: SendAsk) -> tuple[str, Decimal, date]:
    return sent.maker, sent.terms.amount, _date(sent.terms)


class AskTalk:
    """One ask of ours."""

    def __init__(self, table: Table) -> None:
        self.table = table
        chance = table.chance
        self.buys = chance.random() < 0.5
        self.limit = None
        if chance.random() < 0.3:
            self.limit = table.kind.near(chance, 20)
        self.makers: dict[str, Maker] = {}
        self.date: date | None = None
        """That it is for, as its first request says it."""
        self.taken = ""
        self.hit: TakeQuote | None = None
        """Ours, to which nobody has said anything."""
        self.by_person = False
        """Whether the file does not count, as a person leads."""
        self.silenced = False
        """Whether a person was seen to lead: the game says nothing any more."""
        self.began_ns = table.desk.at_ns
        self.ask_id = ""
        table.asks[""] = self
        table.desk.step(
            AskWanted(
                actor="trader",
                reason="fuzz",
                request=f"W{table.desk.at_ns}-{table.counts['asks']}",
                side=BUY if self.buys else SELL,
                amount=Decimal(AMOUNT),
                **table.kind.said,
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
        kind, terms, spot = table.kind, maker.sent.terms, table.market.spot
        mid = round(self._market(terms).mid / Fraction(kind.grain)) + chance.randint(-15, 15)
        bid = kind.price(mid - chance.randint(0, 8))
        offer = kind.price(mid + chance.randint(0, 8))
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
            pair=terms.pair,
            product=terms.product,
            bid=bid if not wild or chance.random() < 0.9 else None,
            offer=offer if not wild or chance.random() < 0.9 else None,
            bid_spot=spot[0] if spot is not None else None,
            offer_spot=spot[1] if spot is not None else None,
            amount=Decimal(10**15) if wild and chance.random() < 0.1 else terms.amount,
            value_date=terms.value_date,
            far_value_date=terms.far_value_date,
            settlement_currency=terms.settlement_currency or None,
            fixing_index=terms.fixing_index,
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
            product=hit.terms.product,
            side=hit.side,
            last_amount=hit.terms.amount if dealt else None,
            last_price=hit.price if dealt else None,
            filled=hit.terms.amount if dealt else Decimal(0),
            remaining=Decimal(0),
            value_date=hit.terms.value_date,
            counterparty=hit.maker,
        )
        self.hit = None
        if not dealt:
            self.taken = ""  # what still stands may be dealt on
        for _ in range(chance.choice((1, 1, 1, 2))):
            table.desk.step(report)
        table.counts["own deals" if dealt else "own hits turned down"] += 1

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
        """A person takes a quote or names a price. Where that can be meant, the person leads from
        here on: the game says nothing more, and its file does not count.
        """
        chance, table = self.table.chance, self.table
        names = [name for maker in self.makers.values() for name in maker.quotes]
        live = [maker.standing.quote_id for maker in self.makers.values() if maker.standing]
        names = live if live and chance.random() < 0.8 else names
        if not names:
            return
        who = {"actor": "trader", "reason": "fuzz", "ask_id": self.ask_id}
        name = chance.choice(names)
        before = self.by_person
        self.by_person = True  # what leaves of it at once is the person's
        price = table.kind.near(chance, 25)
        if chance.random() < 0.7:  # one that may be better than what they say
            off = chance.randint(1, 12) * (-1 if self.buys else 1)
            price = table.kind.price(round(table.market.mid / Fraction(table.kind.grain)) + off)
        takes = chance.random() < 0.5
        event = AskTaken if takes else AskCountered
        said = {} if takes else {"price": price}
        done = table.desk.step(event(**who, quote_id=name, **said))
        table.judge()
        if any(isinstance(effect, TakeQuote | CounterQuote) for effect in done):
            self.silenced = True
            table.counts["persons took over"] += not before
        ask = table.desk.state.asks.get(self.ask_id)
        self.by_person = before or self.silenced or ask is None or not ask.game

    # --- the judge

    def _late(self, now_ns: int) -> str:
        if self.by_person or self.table.lies:
            return ""
        over_ns = self.began_ns + self.table.written.within_s * SECOND_NS
        return "it is after the time for the talk" if now_ns >= over_ns else ""

    def asked(self, effect: SendAsk, now_ns: int) -> str:
        """What is wrong with a request."""
        self.ask_id = effect.ask_id
        written, before = self._written, list(self.makers.values())
        self.date = self.date or _date(effect.terms)
        heard = [_what(one.sent) for one in before]
        if _what(effect) in heard:
            return "a bank is asked twice"
        names = {one.sent.maker for one in before} | {effect.maker}
        self.makers[effect.request_id] = Maker(effect)
        problem = self._otherwise(effect)
        if problem or self.table.lies:
            return problem or (f"{len(names)} banks" if len(names) > MAKERS_MAX else "")
        if effect.maker == written.panel.never:
            return f"{effect.maker} is never to be asked"
        if len(names) > written.panel.at_most:
            return f"{len(names)} banks of at most {written.panel.at_most}"
        return self._late(now_ns)

    @property
    def _written(self) -> Written:
        written = self.table.written
        assert isinstance(written, Written), "only these lead asks"
        return written

    def _is_later(self, terms: AskedTerms) -> bool:
        return _date(terms) != self.date

    def _market(self, terms: AskedTerms) -> Market:
        return self.table.market.of(later=self._is_later(terms))

    def _otherwise(self, effect: SendAsk) -> str:
        """Another amount or tenor than the ask's; other terms are never other."""
        package, amount = self._written.package, effect.terms.amount
        later = self._is_later(effect.terms)
        if amount == AMOUNT and not later:
            return ""
        if package is None or not (amount == AMOUNT or package.least <= amount <= package.most):
            return f"asked for {amount}"
        if later and (package.later is None or _date(effect.terms) != LATER_DATE):
            return f"asked for {_date(effect.terms)}"
        others = [
            one
            for one in self.makers.values()
            if one.sent.maker == effect.maker and _what(one.sent)[1:] != (AMOUNT, self.date)
        ]
        self.table.counts["other tenors" if later else "other amounts"] += 1
        if len(others) > package.requests and not self.table.lies:
            return f"{len(others)} other amounts and tenors, at most {package.requests}"
        return ""

    def _worth(self, price: Decimal, terms: AskedTerms) -> str:
        """A package is worth no less than the walk-away at the amount and tenor of the ask."""
        package, market = self._written.package, self._market(terms)
        if package is None or self.table.lies or self.by_person:
            return ""
        better = -1 if self.buys else 1
        worst = self._written.walk_away.at(market, better)
        assert worst is not None, "looked at with the price"
        more = package.worth(terms.amount, market, later=self._is_later(terms))
        worth = better * (Fraction(price) - worst) + more
        return f"{price} for {terms.amount} is worth {float(worth)}" if worth < 0 else ""

    def _price(self, price: Decimal, terms: AskedTerms) -> str:
        """Against the file and the limit of the ask."""
        better = -1 if self.buys else 1
        if self.limit is not None and better * (price - self.limit) < 0:
            return f"{price} is past the limit {self.limit}"
        if self.by_person:
            return "" if price.is_finite() else f"{price} is no price"
        problem = self._written.breach(price, self._market(terms), better)
        return problem or self._worth(price, terms)

    def countered(self, effect: CounterQuote, now_ns: int) -> str:
        """What is wrong with a price of ours."""
        maker, price, sign = self.makers[effect.request_id], effect.price, 1 if self.buys else -1
        problem = self._price(price, effect.terms) or self._late(now_ns)
        if problem:
            return problem
        if self.taken:
            return "a price after the take"
        if price % self.table.kind.tick:
            return f"{price} is off the tick"
        takes_back = bool(maker.counters) and sign * (price - maker.counters[-1]) < 0
        if takes_back and not self.by_person:
            return f"{price} takes back {maker.counters[-1]}"
        maker.counters.append(price)
        maker.responses.append(effect.response_id)
        most = WORDS_MAX
        if not self.table.lies:
            most = min(most, self._written.messages)
        rows = [one for one in self.makers.values() if one.sent.maker == maker.sent.maker]
        heard = sum(len(one.counters) for one in rows)  # whatever amounts it was asked for
        if heard > most and not self.by_person:
            return f"{heard} prices to {maker.sent.maker}"
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
            self._price(effect.price, effect.terms)
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
