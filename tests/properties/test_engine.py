"""Whatever happens to the core in whatever order, its invariants hold and its journal replays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from robot.assembly import load_strategy
from robot.core.engine import Engine
from robot.core.state import restore, snapshot, state_hash
from robot.invariants import check_state
from robot.messages.effects import AnyEffect, QuoteEnded, RefuseHit, RefuseRfq, SendQuote
from robot.messages.events import FollowersLagging, RfqEnding, SessionKind
from tests.kit.desk import Desk, encoded
from tests.kit.examples import few
from tests.kit.invariants import (
    check_books,
    check_told,
    check_within,
)

CLIENTS = st.sampled_from(["BANKA", "BANKB", "BANKC", "BANKX"])
VENUES = st.sampled_from(["ALPHA", "BETA"])
PAIRS = st.sampled_from(["EUR/USD", "USD/JPY"])
SIDES = st.sampled_from([None, "buy", "sell"])
AMOUNTS = st.sampled_from(["0.01", "1000000", "1000000.01", "3000000", "5000000", "25000000"])
TIGHT = {
    "net_open_position": {"EUR": "4000000", "USD": "6000000", "JPY": "900000000"},
    "counterparty_lines": {"BANKA": "400000", "BANKB": "150000", "BANKC": "50000"},
    "quotes_outstanding": 6,
    "quotes_outstanding_per_counterparty": 4,
    "messages_per_second": 20,
}


SEEN: Counter[str] = Counter()
"""How often each path was taken over all examples: an idle machine proves nothing."""


def marks(effects: Sequence[AnyEffect]) -> list[str]:
    """What happened, in words to count."""
    found = [type(effect).__name__ for effect in effects]
    found += [f"ended {effect.ending}" for effect in effects if isinstance(effect, QuoteEnded)]
    found += [str(effect.reason) for effect in effects if isinstance(effect, RefuseRfq | RefuseHit)]
    return found


class TradingDay(RuleBasedStateMachine):
    """Clients, venues, switches and crashes in any order, on a desk with tight limits."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(limits=TIGHT).open()
        self.desk.market()
        self.desk.market("102.300", "102.310", "USD/JPY")
        self.known: list[SendQuote] = []
        self.checked = 0

    @rule(shift=st.integers(-30, 30))
    def quiet_market(self, shift: int) -> None:
        for venue in ("ALPHA", "BETA"):
            self._price("EUR/USD", venue, shift, 10)
            self._price("USD/JPY", venue, shift, 10)

    @rule(pair=PAIRS, venue=VENUES, shift=st.integers(-30, 30), spread=st.integers(-4, 12))
    def any_price(self, pair: str, venue: str, shift: int, spread: int) -> None:
        self._price(pair, venue, shift, spread)

    @rule(pair=PAIRS, venue=VENUES, bid=st.sampled_from([None, "1.1", "100"]))
    def price_of_one_side(self, pair: str, venue: str, bid: str | None) -> None:
        self.desk.market(bid, None, pair, venue)

    @rule(
        amount=st.sampled_from(["1000000", "1000000.01", "3000000"]),
        pair=PAIRS,
        client=st.sampled_from(["BANKA", "BANKB"]),
        side=st.sampled_from(["buy", "sell"]),
        hit=st.booleans(),
    )
    def usual_business(self, amount: str, pair: str, client: str, side: str, hit: bool) -> None:
        self.quiet_market(0)
        self.desk.rfq(amount, pair, client=client)
        for quote in self.desk.all(SendQuote):
            self.known.append(quote)
            if hit:
                self.desk.hit(quote.quote_id, side, amount, client=client, pair=pair)

    @rule(
        amount=AMOUNTS,
        pair=PAIRS,
        client=CLIENTS,
        side=SIDES,
        venue=VENUES,
        stream_s=st.sampled_from([0, 2, 10, 60]),
        open_ms=st.sampled_from([0, 0, 1, 700]),
    )
    def ask(self, amount: str, pair: str, client: str, side: str | None, **options: Any) -> None:
        self.desk.rfq(amount, pair, client=client, side=side, **options)

    @precondition(lambda self: self.known)
    @rule(
        data=st.data(),
        other=st.sampled_from([{}, {}, {}, {"amount": 2}, {"price": "9"}, {"client": "BANKC"}]),
        hit=st.sampled_from([None, None, "SAME"]),
    )
    def deal(self, data: st.DataObject, other: dict[str, Any], hit: str | None) -> None:
        quote = data.draw(st.sampled_from(self.known[-8:]), "quote")
        side = data.draw(st.sampled_from(["buy", "sell"]), "side")
        terms: dict[str, Any] = {
            "amount": str(quote.amount),
            "client": quote.counterparty,
            "venue": quote.venue,
            "pair": quote.pair,
        }
        self.desk.hit(quote.quote_id, side, hit=hit, **{**terms, **other})

    @precondition(lambda self: self.known)
    @rule(data=st.data(), ending=st.sampled_from(list(RfqEnding)))
    def end(self, data: st.DataObject, ending: RfqEnding) -> None:
        quote = data.draw(st.sampled_from(self.known[-8:]), "quote")
        self.desk.end_rfq(quote=quote.quote_id, ending=ending, venue=quote.venue)

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def withdraw_or_reject(self, data: st.DataObject) -> None:
        quote = data.draw(st.sampled_from(self.known[-8:]), "quote")
        if data.draw(st.booleans(), "rejected by the venue"):
            named = data.draw(st.sampled_from([quote.quote_id, quote.request_id]), "by")
            self.desk.reject(named, venue=quote.venue)
        else:
            self.desk.end_rfq(request=quote.request_id, venue=quote.venue)

    @rule(milliseconds=st.sampled_from([0, 1, 5, 20, 100, 999, 1001, 2001, 3000]))
    def wait(self, milliseconds: int) -> None:
        self.desk.pass_time(milliseconds)

    @rule(
        what=st.sampled_from(["kill", "lag", "close", "roll", "die", *SessionKind]),
        venue=VENUES,
        odds=st.integers(0, 2),
    )
    def upset(self, what: str, venue: str, odds: int) -> None:
        """Once in three: what ends quotes for reasons of its own, and back to business."""
        if odds:
            return
        desk = self.desk
        match what:
            case "kill":
                desk.kill()
                desk.rfq()
                desk.release()
            case "lag":
                desk.step(FollowersLagging(names=("auditor", "projector"), detail="behind"))
                desk.step(FollowersLagging())
            case "close":
                desk.close_dealing(venue)
                desk.open_dealing(venue)
            case "roll":
                desk.roll()
            case "die":
                self._die_and_start()
            case _:
                desk.log_out(venue, SessionKind(what))
                self._everything_holds()
                desk.log_on(venue)
                self._resend_known(venue)

    def _resend_known(self, venue: str) -> None:
        """The venue has every deal: its reports come as announced."""
        for exec_id, deal in tuple(self.desk.state.deals.items()):
            if deal.venue == venue:
                self.desk.report_trade(exec_id, venue=venue)

    def _die_and_start(self) -> None:
        assert state_hash(self.desk.state) == state_hash(restore(snapshot(self.desk.state)))
        self.desk.restart()
        for venue in ("ALPHA", "BETA"):
            self.desk.log_on(venue)
            self.desk.open_dealing(venue)

    def _price(self, pair: str, venue: str, shift: int, spread: int) -> None:
        middle, tick = ("1.10005", "0.00001") if pair == "EUR/USD" else ("102.305", "0.001")
        bid = Decimal(middle) + Decimal(tick) * shift
        self.desk.market(str(bid), str(bid + Decimal(tick) * spread), pair, venue)

    @invariant()
    def holds(self) -> None:
        self._everything_holds()

    def _everything_holds(self) -> None:
        history = self.desk.history[self.checked :]
        self.checked = len(self.desk.history)
        for effects in history:
            self.known += [effect for effect in effects if isinstance(effect, SendQuote)]
            SEEN.update(marks(effects))
        state = self.desk.state
        check_state(state)
        check_within(state)
        if history:
            check_told(state, history[-1])

    def teardown(self) -> None:
        desk = self.desk
        desk.pass_time(120_000)
        assert not desk.state.quotes
        check_state(desk.state)
        check_within(desk.state)
        assert all(not a.reserved_up and not a.reserved_down for a in self._accounts())
        assert not desk.state.negotiations
        check_books(desk.state, desk.history)
        self._replays_equal()

    def _accounts(self) -> list[Any]:
        return list(self.desk.state.gate.accounts.values())

    def _replays_equal(self) -> None:
        """Stepped again by a core that never died, and by one that is restored halfway."""
        again = Engine(load_strategy)
        effects = []
        for number, stamped in enumerate(self.desk.stepped):
            if number == len(self.desk.stepped) // 2:
                again = Engine(load_strategy, restore(snapshot(again.state)))
            effects.append(again.step(stamped))
        assert encoded(self.desk.history) == encoded(effects)
        assert state_hash(self.desk.state) == state_hash(again.state)


DAYS = few(40, 60)


@pytest.mark.slow
def test_every_day_keeps_the_invariants_and_replays_equal() -> None:
    SEEN.clear()
    run_state_machine_as_test(TradingDay, settings=DAYS)
    for name in ("DealBooked", "ended DEALT", "ended WITHDRAWN", "QUOTE_USED", "NET_OPEN_POSITION"):
        assert SEEN[name], f"no {name}: the machine was idle; {SEEN}"
