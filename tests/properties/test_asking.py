"""Days on which the robot asks: whatever makers say and when, the invariants hold.

Any interleaving of quotes, replaced quotes, refusals, silence, counters, withdrawals, hits dealt
and refused, log-outs, halts and restarts. What is judged is judged from the messages that left.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal as D
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

from robot.core.asked import Ask, MakerQuote
from robot.deals.party import BUY, SELL
from robot.messages.asks import (
    AskEnded,
    AskOpened,
    AskWithdrawn,
    PassQuote,
    QuoteReceived,
    QuoteRevoking,
    SendAsk,
    TakeQuote,
)
from robot.messages.effects import DealBooked, OrderEnded
from robot.messages.orders import OrderReport
from tests.kit.asks import Asking
from tests.kit.desk import ORIGIN
from tests.kit.examples import few

MAKERS = ("BANKA", "BANKB", "BANKC", "BANKB@BETA")
PIP = D("0.0001")
TOLD: Counter[str] = Counter()


class AskingDay(RuleBasedStateMachine):
    """A desk, its makers, and a second look at everything that left."""

    def __init__(self) -> None:
        super().__init__()
        policy = {"patience_ms": 1_500, "open_ms": 6_000, "outstanding_max": 4, "hits_max": 3}
        self.scene = Asking(asks=policy)
        self.checked = 0
        self.opened: dict[str, AskOpened] = {}
        self.sent: dict[str, SendAsk] = {}
        self.taken: dict[str, list[TakeQuote]] = {}
        self.open_hits: dict[str, TakeQuote] = {}
        self.dealt: set[str] = set()
        self.names = 0

    # --- we

    @rule(
        limit=st.sampled_from([None, "1.10005", "1.10012", "1.10030"]),
        buy=st.booleans(),
        two_way=st.booleans(),
        venues=st.sampled_from([(), ("ALPHA",), ("BETA",), ("BETA",)]),
    )
    def ask(self, limit: str | None, buy: bool, two_way: bool, venues: tuple[str, ...]) -> None:
        if limit is not None and not buy:
            limit = str(D("2.2001") - D(limit))
        side = BUY if buy else SELL
        self.scene.ask(limit, side=side, two_way=two_way, venues=venues)

    @precondition(lambda self: self.scene.state.asks)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        ask = self._some_ask(data)
        self.scene.step(AskWithdrawn(actor="t", reason="r", ask_id=ask.ask_id))

    @precondition(lambda self: self._quotes())
    @rule(data=st.data(), counter=st.booleans())
    def wish(self, data: st.DataObject, counter: bool) -> None:
        ask, quote = data.draw(st.sampled_from(self._quotes()), "quote")
        assert quote.price is not None
        self.scene.ask_id = ask.ask_id
        if counter:
            better = quote.price.value - ask.direction * PIP
            self.scene.counter(quote.quote_id, str(better))
        else:
            self.scene.take(quote.quote_id)

    def _quotes(self) -> list[tuple[Ask, MakerQuote]]:
        """Quotes of open asks, live ones thrice."""
        return [
            (ask, quote)
            for ask in self.scene.state.asks.values()
            for maker in ask.makers
            for quote in maker.quotes
            if quote.price is not None
            for _ in range(3 if quote.live else 1)
        ]

    # --- makers

    @precondition(lambda self: self.sent)
    @rule(
        data=st.data(),
        offer=st.integers(-3, 5),
        spread=st.sampled_from([1, 1, 2, -1]),
        life_ms=st.sampled_from([5_000, 5_000, 900, 120, 0]),
        odd=st.sampled_from(["", "", "", "", "", "", "indicative", "half"]),
    )
    def quote(
        self,
        data: st.DataObject,
        offer: int,
        spread: int,
        life_ms: int,
        odd: str,
    ) -> None:
        request = self._request(data)
        self._say(request, D("1.1001") + offer * PIP / 2, spread * PIP, life_ms, odd)

    def _say(self, request: SendAsk, top: D, spread: D, life_ms: int, odd: str) -> None:
        self.names += 1
        responses = [
            maker.counter.response_id
            for ask in self.scene.state.asks.values()
            for maker in ask.makers
            if maker.counter is not None and maker.request_id == request.request_id
        ]
        self.scene.step(
            QuoteReceived(
                origin=ORIGIN,
                venue=request.venue,
                request_id=request.request_id,
                quote_id=f"S{self.names}",
                maker=request.maker,
                response_id=responses[0] if responses else "",
                tradeable=odd != "indicative",
                pair="EUR/USD",
                bid=top - spread,
                offer=top,
                amount=D(500_000 if odd == "half" else 1_000_000),
                valid_until_ns=self.scene.desk.at_ns + life_ms * 1_000_000,
            )
        )

    @precondition(lambda self: self.scene.state.asks)
    @rule(data=st.data(), offers=st.lists(st.integers(0, 3), min_size=4, max_size=4))
    def quote_all(self, data: st.DataObject, offers: list[int]) -> None:
        """Every maker of an ask, one after another."""
        ask = self._some_ask(data)
        for offer, request in zip(offers, tuple(self.sent.values())[::-1], strict=False):
            if request.ask_id == ask.ask_id:
                self._say(request, D("1.1001") + offer * PIP / 2, PIP, 5_000, "")

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def refuse(self, data: st.DataObject) -> None:
        self._name(data)
        self.scene.refuse("some")

    @precondition(lambda self: self.sent)
    @rule(
        data=st.data(),
        why=st.sampled_from(list(QuoteRevoking)),
        by=st.sampled_from(["request", "quote", "response", "all"]),
    )
    def revoke(self, data: st.DataObject, why: QuoteRevoking, by: str) -> None:
        request = self._name(data)
        said: dict[str, Any] = {}
        ask = self.scene.state.asks.get(request.ask_id)
        maker = ask.maker_of(request.request_id) if ask is not None else None
        if by == "request":
            said["request_id"] = request.request_id
        elif by == "quote" and maker is not None and maker.quotes:
            said["quote_id"] = maker.quotes[-1].quote_id
        elif by == "response" and maker is not None and maker.counter is not None:
            said["response_id"] = maker.counter.response_id
        elif by != "all":
            return
        self.scene.revoke("some", why, **said)

    @precondition(lambda self: self.open_hits)
    @rule(
        data=st.data(),
        kind=st.sampled_from(
            [OrderReport.TRADE, OrderReport.TRADE, OrderReport.REJECTED, OrderReport.STATUS]
        ),
        better=st.booleans(),
    )
    def report(self, data: st.DataObject, kind: OrderReport, better: bool) -> None:
        hit = data.draw(st.sampled_from(list(self.open_hits.values())), "hit")
        said: dict[str, Any] = {}
        if kind is OrderReport.TRADE and better:
            said["last_price"] = hit.price - hit.side.sign * PIP
        if kind is OrderReport.STATUS:
            said["venue_order_id"] = ""
        self.scene.report(hit, kind, **said)

    @precondition(lambda self: self.open_hits)
    @rule(data=st.data(), why=st.sampled_from([QuoteRevoking.REJECTED, QuoteRevoking.EXPIRED]))
    def refuse_hit(self, data: st.DataObject, why: QuoteRevoking) -> None:
        hit = data.draw(st.sampled_from(list(self.open_hits.values())), "hit")
        self.scene.requests["some"] = self.sent[hit.request_id]
        self.scene.revoke("some", why, response_id=hit.response_id)

    # --- the world

    @rule(milliseconds=st.sampled_from([10, 100, 300, 1_600]))
    def time(self, milliseconds: int) -> None:
        self.scene.later(milliseconds)

    @rule(what=st.sampled_from(["", "", "", "", "", "log_out", "kill", "restart"]))
    def stop(self, what: str) -> None:
        desk = self.scene.desk
        if not what:
            return
        if what == "log_out":
            desk.log_out().log_on()
        elif what == "kill":
            desk.kill()
            desk.release()
        else:
            desk.restart()
            for venue in ("ALPHA", "BETA"):
                desk.log_on(venue)
                desk.open_dealing(venue)
        desk.market()

    # --- what must hold

    @invariant()
    def everything_holds(self) -> None:
        history = self.scene.desk.history
        for effects in history[self.checked :]:
            for effect in effects:
                TOLD[type(effect).__name__] += 1
                self._look(effect)
        self.checked = len(history)

    def _look(self, effect: object) -> None:
        if isinstance(effect, AskOpened):
            self.opened[effect.ask_id] = effect
        elif isinstance(effect, SendAsk):
            assert effect.side is None or not self.opened[effect.ask_id].two_way
            self.sent[effect.request_id] = effect
        elif isinstance(effect, TakeQuote):
            self._look_at_take(effect)
        elif isinstance(effect, PassQuote):
            every = [hit for hits in self.taken.values() for hit in hits]
            assert effect.quote_id not in {hit.quote_id for hit in every}
        elif isinstance(effect, OrderEnded):
            self._look_at_end_of_hit(effect)
        elif isinstance(effect, DealBooked):
            self._look_at_deal(effect)
        elif isinstance(effect, AskEnded) and effect.outcome != "REFUSED":
            self._look_at_end(effect)

    def _look_at_take(self, hit: TakeQuote) -> None:
        assert hit.ask_id not in self.open_hits, "two hits of an ask are on their way"
        before = self.taken.setdefault(hit.ask_id, [])
        assert len(before) < 3, "more hits than the desk says"
        assert hit.quote_id not in {one.quote_id for one in before}, "one quote is hit twice"
        limit = self.opened[hit.ask_id].limit_price
        assert limit is None or hit.side.sign * (hit.price - limit) <= 0, "worse than the limit"
        TOLD["hits after a rejected one"] += bool(before)
        before.append(hit)
        self.open_hits[hit.ask_id] = hit

    def _look_at_end_of_hit(self, ended: OrderEnded) -> None:
        for ask_id, hit in tuple(self.open_hits.items()):
            if hit.order_id == ended.order_id and not ended.filled:
                assert ended.ending != "UNKNOWN_THERE" or ask_id not in self.scene.state.asks
                del self.open_hits[ask_id]

    def _look_at_deal(self, booked: DealBooked) -> None:
        every = [hit for hits in self.taken.values() for hit in hits]
        hit = next(one for one in every if one.order_id == booked.deal.order_id)
        assert hit.ask_id not in self.dealt, "two deals on one need"
        self.dealt.add(hit.ask_id)
        assert hit.side.sign * (booked.deal.rate - hit.price) <= 0, "dealt worse than taken"
        assert (hit.quote_id, hit.request_id) == (booked.deal.quote_id, booked.deal.rfq_id)
        TOLD["deals"] += 1

    def _look_at_end(self, ended: AskEnded) -> None:
        self.open_hits.pop(ended.ask_id, None)
        rows = Counter((row.venue, row.maker) for row in ended.quotes)
        assert set(rows.values()) == {1}, "a maker has more than one row"
        asked = {(one.venue, one.maker) for one in self.sent.values() if one.ask_id == ended.ask_id}
        assert asked <= set(rows), "a maker has no row"
        assert (ended.outcome == "DEALT") == ("TAKEN" in {row.outcome for row in ended.quotes})
        TOLD.update(str(row.outcome) for row in (*ended.quotes, *ended.earlier))

    def teardown(self) -> None:
        self.scene.desk.kill()
        self.everything_holds()
        for hit in tuple(self.open_hits.values()):
            self.scene.report(hit, OrderReport.REJECTED)
        self.everything_holds()
        state = self.scene.state
        assert not state.asks and not state.orders and not state.gate.reservations
        assert all(not (a.reserved_up or a.reserved_down) for a in state.gate.accounts.values())

    def _some_ask(self, data: st.DataObject) -> Ask:
        asks: list[Ask] = list(self.scene.state.asks.values())
        return data.draw(st.sampled_from(asks), "ask")

    def _request(self, data: st.DataObject) -> SendAsk:
        """Mostly one of an open ask, and there one that has no quote yet."""
        every = list(self.sent.values())
        open_ = [one for one in every if one.ask_id in self.scene.state.asks]
        bare = [
            one
            for one in open_
            if not self.scene.state.asks[one.ask_id].maker_of(one.request_id).quotes
        ]
        pools = [pool for pool in (bare, bare, open_, every) if pool]
        return data.draw(st.sampled_from(data.draw(st.sampled_from(pools))), "request")

    def _name(self, data: st.DataObject) -> SendAsk:
        request = self._request(data)
        self.scene.requests["some"] = request
        return request


DAYS = few(35)


@pytest.mark.slow
def test_days_of_asking_keep_the_invariants() -> None:
    TOLD.clear()
    run_state_machine_as_test(AskingDay, settings=DAYS)
    for name in ("SendAsk", "TakeQuote", "PassQuote", "REPLACED"):
        assert TOLD[name], f"no {name}: {TOLD}"
