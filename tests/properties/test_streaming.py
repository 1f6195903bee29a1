"""Whatever happens to streamed prices in whatever order: what is reserved is the worst case of what
is live, only the last message's entries are live, and no old price is dealt on.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from robot.basics.ids import QuoteId, VenueId
from robot.invariants import check_state
from robot.limits.exposure import position_limit
from robot.messages.effects import ConcludeDeal, SendMassQuote
from robot.messages.streams import (
    MassQuoteAnswered,
    QuoteFate,
    QuoteStatusTold,
    RejectedEntry,
)
from tests.kit.desk import ORIGIN, Desk
from tests.kit.examples import few

ALPHA = VenueId("ALPHA")
STREAM = {
    "venue": "ALPHA",
    "pair": "EUR/USD",
    "amounts": ["1000000", "3000000", "5000000"],
    "counterparty": "BANKA",
    "life_ms": 1500,
    "interval_min_ms": 100,
}
TIGHT = {"net_open_position": {"EUR": "8000000", "USD": "50000000"}, "messages_per_second": 6}
INDEX = st.integers(0, 4)


class Streaming(RuleBasedStateMachine):
    """The market, the venue and its clients, on a desk whose limits hold two sizes of three."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(limits=TIGHT, streams=[STREAM], orders={"answer_patience_ms": 300}).open()
        self.desk.market()

    @property
    def sent(self) -> list[SendMassQuote]:
        return self.desk.history_of(SendMassQuote)

    def _one_of(self, back: int) -> SendMassQuote:
        return self.sent[-1 - min(back, len(self.sent) - 1)]

    @rule(shift=st.integers(-20, 20), wait=st.sampled_from([0, 50, 100, 400]))
    def market_moves(self, shift: int, wait: int) -> None:
        bid = Decimal("1.10000") + shift * Decimal("0.00001")
        self.desk.after(wait).market(str(bid), str(bid + Decimal("0.00010")))

    @rule(wait=st.sampled_from([1, 100, 300, 1500, 2001]))
    def time_passes(self, wait: int) -> None:
        self.desk.pass_time(wait)

    @rule(back=INDEX, rejected=st.sets(INDEX), accepted=st.sampled_from([True, True, False]))
    def venue_answers(self, back: int, rejected: set[int], accepted: bool) -> None:
        message = self._one_of(back)
        names = [quote.quote_id for place, quote in enumerate(message.quotes) if place in rejected]
        self.desk.step(
            MassQuoteAnswered(
                origin=ORIGIN,
                venue=ALPHA,
                mass_quote_id=message.mass_quote_id,
                accepted=accepted,
                rejected=tuple(RejectedEntry(name, "99") for name in names),
            )
        )

    @rule(back=INDEX, fate=st.sampled_from(list(QuoteFate)))
    def venue_tells_the_fate(self, back: int, fate: QuoteFate) -> None:
        name = QuoteId(self._one_of(back).mass_quote_id)
        self.desk.step(
            QuoteStatusTold(origin=ORIGIN, venue=ALPHA, request_id="x", quote_id=name, fate=fate)
        )

    @rule(back=INDEX, place=INDEX, side=st.sampled_from(["buy", "sell"]))
    def client_hits(self, back: int, place: int, side: str) -> None:
        message = self._one_of(back)
        quote = message.quotes[min(place, len(message.quotes) - 1)]
        live = quote.quote_id in self.desk.state.quotes
        self.desk.hit(quote.quote_id, side, str(quote.amount))
        if self.desk.all(ConcludeDeal):
            assert live and message is self.sent[-1], "an old price was dealt on"

    @rule(back=INDEX)
    def venue_ends_one(self, back: int) -> None:
        self.desk.end_rfq(quote=self._one_of(back).quotes[0].quote_id)

    @rule(odds=st.integers(0, 5), what=st.sampled_from(["kill", "session", "restart", "roll"]))
    def upset(self, odds: int, what: str) -> None:
        if odds:
            return
        if what == "kill":
            self.desk.kill()
            self.desk.release()
        elif what == "session":
            self.desk.log_out()
            self.desk.log_on()
        elif what == "roll":
            self.desk.roll()
        else:
            self.desk.restart()
            for venue in ("ALPHA", "BETA"):
                self.desk.log_on(venue)
                self.desk.open_dealing(venue)

    @invariant()
    def everything_holds(self) -> None:
        state = self.desk.state
        check_state(state)
        last = {quote.quote_id: quote for quote in self.sent[-1].quotes}
        assert set(state.quotes) <= set(last)
        account = state.gate.accounts[position_limit("EUR")]
        live = [last[name] for name in state.quotes]
        assert account.reserved_up == sum(one.amount for one in live if one.bid is not None)
        assert account.reserved_down == sum(one.amount for one in live if one.offer is not None)


@pytest.mark.slow
def test_streamed_prices_keep_their_promises_in_any_order_of_events() -> None:
    machine = few(30, 40)
    run_state_machine_as_test(Streaming, settings=machine)
