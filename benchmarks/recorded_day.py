"""A long journal, quickly: the real agent, core and journal file in this process, on a made-up day.

Prices, two-way requests, quotes, passes and every tenth time a deal, as the robot of `bench.py`
would journal them: inputs, effects and the numbers of the messages sent.
"""

from __future__ import annotations

import time
from decimal import Decimal

from connectors.assembly import make_journal, make_timers
from connectors.sim.rows import Fill
from robot.agent import Agent
from robot.assembly import load_strategy
from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId, HitId, RfqId, VenueId
from robot.clock import ManualClock
from robot.core.engine import Engine
from robot.deals.deal import Deal
from robot.deals.party import BUY, SELL
from robot.inbox import Inbox
from robot.journal import Link
from robot.messages.base import Origin, Wire
from robot.messages.effects import ConcludeDeal, RequestTrades, SendQuote
from robot.messages.events import (
    AnyEvent,
    DealingOpened,
    HitReceived,
    MarketUpdated,
    RfqEnded,
    RfqEnding,
    RfqReceived,
    RobotStarted,
    SessionKind,
    SessionUp,
    TradesCounted,
)
from robot.ports import SentMark
from robot.settings import Settings

SESSION = "BANKCNBJ-DEAL->ALPHA-DEAL"
ALPHA, PAIR, CLIENTS = VenueId("ALPHA"), CurrencyPair("EUR/USD"), ("BANKA", "BANKB", "BANKD")
RECORDS_A_ROUND = 7.1
ROUND_NS = 100_000_000
DEAL_EVERY = 10


class _Venue:
    """Numbers what is sent, as QuickFIX would, and keeps it."""

    def __init__(self) -> None:
        self.agent: Agent | None = None
        self.sent: list[Wire] = []

    def start(self, poster: object, on_sent: object, now_ns: object) -> None: ...
    def stop(self) -> None: ...

    def send(self, effect: Wire, effect_id: str) -> bool:
        assert self.agent is not None, "the day has begun"
        self.sent.append(effect)
        self.agent.on_sent(SentMark(SESSION, len(self.sent), effect_id))
        return True


class Day:
    """The day while it is made."""

    def __init__(self, settings: Settings, records: int) -> None:
        self._rounds = int(records / RECORDS_A_ROUND)
        self._now_ns = time.time_ns() - (self._rounds + 100) * ROUND_NS
        self._inbound = 0
        self._venue = _Venue()
        self._links: dict[str, Link] = {}
        self._journal = make_journal(settings)
        timers = make_timers(settings)
        clock = ManualClock(self._now_ns)
        engine, inbox = Engine(load_strategy), Inbox(may_wait=False)
        self._agent = Agent(
            engine, self._journal, clock, inbox, timers, links=self._links, unsent={}
        )
        self._venue.agent = self._agent
        started = RobotStarted(
            trade_date=timers.trade_date(time.time_ns()),
            reference=settings.reference,
            code_version="benchmark",
            configuration_hash=settings.hash,
        )
        self._agent.begin(started, self._venue)

    def make(self) -> tuple[list[Deal], Link]:
        """All of it, synced and closed; the deals, and where the FIX session stands."""
        self._open()
        for number in range(self._rounds):
            self._round(number)
        self._journal.close()
        deals = [effect.deal for effect in self._venue.sent if isinstance(effect, ConcludeDeal)]
        return deals, self._links[SESSION]

    def _open(self) -> None:
        for kind in SessionKind:
            self._turn(SessionUp(venue=ALPHA, kind=kind))
        self._turn(DealingOpened(venue=ALPHA, product="SPOT"))
        request = next(item for item in self._venue.sent if isinstance(item, RequestTrades))
        self._turn(
            TradesCounted(
                origin=self._origin(), venue=ALPHA, request_id=request.request_id, total=0
            )
        )

    def _round(self, number: int) -> None:
        self._now_ns += ROUND_NS
        bid = Decimal("1.10000") + Decimal(number % 7) / 100_000
        offer, at_ns, client = bid + Decimal("0.00004"), self._now_ns, CLIENTS[number % 3]
        self._turn(MarketUpdated(venue=ALPHA, pair=PAIR, bid=bid, offer=offer, sent_at_ns=at_ns))
        self._turn(
            RfqReceived(
                origin=self._origin(),
                venue=ALPHA,
                request_id=f"R{number}",
                rfq_id=RfqId(f"R{number}"),
                counterparty=CounterpartyId(client),
                pair=PAIR,
                product="SPOT",
                amount=Decimal(1_000_000),
                sent_at_ns=at_ns,
            )
        )
        quote = self._venue.sent[-1]
        if not isinstance(quote, SendQuote):
            return
        if number % DEAL_EVERY == 0:
            self._hit(number, quote, client)
        else:
            self._turn(
                RfqEnded(
                    origin=self._origin(),
                    venue=ALPHA,
                    ending=RfqEnding.PASSED,
                    quote_id=quote.quote_id,
                )
            )

    def _hit(self, number: int, quote: SendQuote, client: str) -> None:
        side = BUY if number % (2 * DEAL_EVERY) else SELL
        self._turn(
            HitReceived(
                origin=self._origin(),
                venue=ALPHA,
                hit_id=HitId(f"H{number}"),
                quote_id=quote.quote_id,
                counterparty=CounterpartyId(client),
                pair=PAIR,
                side=side,
                amount=quote.amount,
                price=quote.bid if side is BUY else quote.offer,
                sent_at_ns=self._now_ns,
            )
        )

    def _turn(self, event: AnyEvent) -> None:
        self._agent.turn([event])

    def _origin(self) -> Origin:
        self._inbound += 1
        raw = f"8=FIX.4.4|9=300|35=R|34={self._inbound}|49=ALPHA-DEAL|56=BANKCNBJ-DEAL|" + "x" * 220
        return Origin(session=SESSION, sequence=self._inbound, raw=raw)


def fill_of(deal: Deal) -> Fill:
    """The deal as the venue has it in its own record."""
    return Fill(
        venue="ALPHA",
        exec_id=deal.exec_id,
        order_id=deal.order_id,
        hit_id=deal.hit_id,
        response_id=None,
        quote_id=deal.quote_id,
        client=deal.counterparty,
        pair=deal.pair,
        side="1" if deal.side is SELL else "2",
        base_amount=deal.base_amount,
        rate=deal.rate,
        counter_amount=deal.counter_amount,
        counter_currency=deal.pair[4:],
        value_date=f"{deal.value_date:%Y%m%d}",
        trade_date=f"{deal.trade_date:%Y%m%d}",
        transact_at_ns=deal.at_ns,
        received_at_ns=deal.at_ns,
        received_wall_ns=deal.at_ns,
        mid=None,
        poss_dup=False,
    )
