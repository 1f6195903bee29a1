"""A venue with its clients and its own record: what it knows comes from messages alone."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from random import Random
from typing import TYPE_CHECKING

import msgspec

from connectors.sim.dialogue import ExecutionIn, QuoteIn, RefusalIn, WithdrawalIn
from connectors.sim.rows import Fill, QuoteLife
from connectors.sim.wire import (
    Incoming,
    counter_refusal_in,
    execution_in,
    quote_in,
    refusal_in,
    withdrawal_in,
)
from robot.basics.ids import CounterpartyId, ExecId, HitId, QuoteId, RfqId, VenueId
from robot.deals.party import BUY, SELL, Side
from robot.messages.events import (
    AnyEvent,
    HitReceived,
    MessageRefused,
    RfqEnded,
    RfqEnding,
    RfqReceived,
    TradeReported,
    TradesCounted,
    VenueStatusChanged,
    VenueTrading,
)
from tests.simulation import poison
from tests.simulation.codec import GARBAGE, NO_ORIGIN, Said
from tests.simulation.dialogue import Asked, Hit, Shown, fill_of, orphan_fill, trade_of
from tests.simulation.floor import SimFloor
from tests.simulation.haggling import Haggler

if TYPE_CHECKING:
    from tests.simulation.world import World

MS = 1_000_000
SECOND_NS = 1_000 * MS
SLACK_NS = 100 * MS
ASK_AGAIN_NS = 3 * SECOND_NS
HIT_KINDS = ("good",) * 12 + (
    "late",
    "double",
    "repeated",
    "repeated",
    "size",
    "price",
    "unknown",
    "other",
)


class SimVenue:
    """Everything of one venue; `fills` is what reconciliation goes by."""

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self._chance: Random = world.chance(f"venue {name}")
        self.name = VenueId(name)
        self.requests: dict[str, Asked] = {}
        self.quotes: dict[str, Shown] = {}
        self.hits: dict[str, Hit] = {}
        self.fills: dict[str, Fill] = {}
        self.used_exec_ids: dict[str, str] = {}
        self.used_trade_requests: set[str] = set()
        self.refused_reports: set[str] = set()
        self.orphans: dict[str, TradeReported] = {}
        self.orphan_fills: list[str] = []
        self.halted = False
        self._answered_on = -1
        self.floor = SimFloor(world, self.name)
        self.haggler = Haggler(world, self.name)
        self._numbers = 0

    @property
    def open_hits(self) -> list[str]:
        """Hits that nobody answered yet."""
        return [key for key, hit in self.hits.items() if not hit.answer]

    # --- clients

    def poison(self) -> None:
        """A request that the core does not survive."""
        self._world.poisoned = True
        prefix = self._chance.choice((poison.KILLS, poison.RAISES))
        self.ask(pair="EUR/USD", amount=1_000_000, client="BANKA", side=None, prefix=prefix)

    def ask(self, *, pair: str, amount: int, client: str, side: Side | None, **more: object) -> str:
        """A client asks for a price."""
        self._numbers += 1
        request_id = f"{more.get('prefix', '')}{self.name[0]}R{self._numbers}"
        event = RfqReceived(
            origin=NO_ORIGIN,
            venue=self.name,
            request_id=request_id,
            rfq_id=RfqId(request_id),
            counterparty=CounterpartyId(client),
            pair=pair,
            product="SPOT",
            side=side,
            amount=Decimal(amount),
            streaming_ns=int(str(more.get("streaming_ns", 0))),
        )
        self.requests[request_id] = Asked(event, intent=int(str(more.get("intent", -1))))
        self._send(event)
        return request_id

    def ask_at_random(self) -> None:
        """Any client, pair, side and size."""
        chance = self._chance
        streaming = chance.random() < 0.25
        self.ask(
            pair=chance.choice(self._world.pairs(self.name)),
            amount=chance.choice((1, 2, 3, 5)) * 1_000_000,
            client=chance.choice(("BANKA", "BANKB", "BANKC") * 5 + ("BANKX",)),
            side=chance.choice((None, BUY, SELL)),
            streaming_ns=chance.randint(2, 6) * SECOND_NS if streaming else 0,
        )

    def _react(self, shown: Shown) -> None:
        """What the client does with a price."""
        chance, row = self._chance, shown.row
        asked = self.requests[row.request_id]
        draw = chance.random()
        wanted = 0.25 if asked.event.streaming_ns else 0.75
        delay = chance.randrange(1 * MS, 2_500 * MS)
        for event in self.haggler.says(shown):
            self._later(delay // 2, partial(self._send, event))
        if draw < wanted:
            kind = chance.choice(HIT_KINDS)
            if kind == "late":
                left_ns = (row.valid_until_ns or 0) - self._world.core_ns()
                delay = left_ns + chance.randrange(1, 40) * MS
            self._later(delay, lambda: self._hit_somehow(shown, kind))
        elif draw < wanted + 0.15:
            ending = chance.choice((RfqEnding.PASSED, RfqEnding.WITHDRAWN))
            self._later(delay, lambda: self.end(asked, shown, ending))

    def end(self, asked: Asked, shown: Shown, ending: RfqEnding) -> None:
        """The client passes on the quote, or withdraws the request."""
        if asked.ended:
            return
        asked.ended = True
        self._end(shown)
        self._world.wire.end_request(asked.event.request_id)
        by_quote = ending is RfqEnding.PASSED
        self._send(
            RfqEnded(
                origin=NO_ORIGIN,
                venue=self.name,
                ending=ending,
                quote_id=QuoteId(shown.row.quote_id) if by_quote else None,
                request_id=None if by_quote else asked.event.request_id,
            )
        )

    def _hit_somehow(self, shown: Shown, kind: str) -> None:
        if shown.gone and self._chance.random() < 0.5:
            return
        hit = self.hit(shown, kind)
        if kind == "double":
            self._world.mark("second hit on one quote")
            self.hit(shown, "double")
        elif kind == "repeated":
            self._later(self._chance.randrange(1, 1_500) * MS, lambda: self._repeat(hit))

    def hit(self, shown: Shown, kind: str = "good", hit_id: str = "") -> Hit:
        """Deal on a quote as it stands here, or in a way that must be refused."""
        row = shown.row
        side = shown.side or self._chance.choice((BUY, SELL))
        price = row.bid if side is BUY else row.offer
        assert price is not None, "a client hits a side that was not quoted"
        self._numbers += 1
        amount = row.size * 2 if kind == "size" else row.size
        price += Decimal("0.001") if kind == "price" else Decimal(0)
        client = "BANKC" if kind == "other" and row.client != "BANKC" else row.client
        event = HitReceived(
            origin=NO_ORIGIN,
            venue=self.name,
            hit_id=HitId(hit_id or f"{self.name[0]}H{self._numbers}"),
            quote_id=QuoteId("NOSUCHQUOTE" if kind == "unknown" else row.quote_id),
            counterparty=CounterpartyId(client),
            pair=row.pair,
            side=side,
            amount=amount,
            price=price,
        )
        hit = Hit(event, self._why_never(shown, event), self._world.robot.lives)
        if kind != "unknown":
            shown.hits.append(event.hit_id)
        self.hits[event.hit_id] = hit
        self._send(event)
        self._later(ASK_AGAIN_NS, lambda: self._ask_again(hit))
        return hit

    def _why_never(self, shown: Shown, event: HitReceived) -> str:
        """Why this hit can only be refused, whatever the limits say; empty = it may deal."""
        row, world = shown.row, self._world
        if event.quote_id != row.quote_id or self.quotes.get(row.quote_id) is not shown:
            return "no such quote"
        if (event.amount, event.counterparty) != (row.size, row.client):
            return "not what was quoted"
        if event.price not in (row.bid, row.offer):
            return "not at the price quoted"
        if world.core_ns() > (row.valid_until_ns or 0):
            return "too late"
        if shown.gone:
            return "the quote had ended"
        if shown.life != world.robot.lives:
            world.mark("hit after a restart")
            return "quoted before the robot died"
        return ""

    def _repeat(self, hit: Hit) -> None:
        if hit.life != self._world.robot.lives:
            self._world.mark("repeated hit across a restart")
        self._world.mark("repeated hit")
        self._send(hit.event)

    def _ask_again(self, hit: Hit) -> None:
        """A client whose hit is not answered sends it again, under the same id."""
        if not hit.answer:
            if self._world.links[self.name].up:
                self._repeat(hit)
            self._later(ASK_AGAIN_NS, lambda: self._ask_again(hit))

    # --- what comes from the robot

    def receive(self, text: str, number: int, resent: bool) -> None:
        """One message of the robot, as its number `number`."""
        message = Incoming(text)
        self._world.log(f"{self.name} gets {message.type} {'again' if resent else ''}")
        match message.type:
            case "S":
                self._on_quote(quote_in(message), message.get(448) or "", number, resent)
            case "Z":
                self._on_withdrawal(withdrawal_in(message))
            case "AG":
                self._on_refused_request(refusal_in(message))
            case "8":
                execution = execution_in(message)
                assert execution is not None, f"an execution report of what? {text!a}"
                if not execution.filled:
                    self._on_refused_hit(execution)
                elif self._world.happens("report_refused"):
                    self._refuse_report(execution, number)
                else:
                    self._on_deal(execution)
            case "AD":
                self._on_trades_wanted(message.need(568), message.need(75))
            case "j":
                self._world.mark("message nobody understood rejected")
            case "D" | "F" | "G" | "H" | "q":
                self.floor.receive(message, resent)
            case "R":
                self.floor.makers.on_request(message)
            case "AI":
                self.haggler.turned_down(counter_refusal_in(message))
            case "AJ":
                self.floor.makers.on_response(message)
            case other:
                raise AssertionError(f"the robot does not say {other}")

    def on_logon(self) -> None:
        """A halt is told again; what was said before counts no more."""
        if self.halted:
            self.set_trading(VenueTrading.HALTED)

    def set_trading(self, status: VenueTrading) -> None:
        """Open or halt the venue's own trading."""
        self.halted = self.floor.halted = status is not VenueTrading.OPEN
        self._send(VenueStatusChanged(origin=NO_ORIGIN, venue=self.name, status=status))

    def add_orphan(self) -> None:
        """The venue books a trade the robot never made, by some mistake of its own."""
        world = self._world
        exec_id = f"X{self.name[0]}{len(self.orphans) + 1}"
        self.orphans[exec_id] = TradeReported(
            origin=NO_ORIGIN,
            venue=self.name,
            request_id="unsolicited",
            report_id=f"unsolicited-{exec_id}",
            exec_id=ExecId(exec_id),
            pair="EUR/USD",
            side=BUY,
            base_amount=Decimal(1_000_000),
            rate=Decimal("1.1"),
            trade_date=world.trade_date,
        )
        self._send(self.orphans[exec_id])

    def add_orphan_fill(self) -> None:
        """A report of a trade on an order that the robot never sent."""
        exec_id = f"Y{self.name[0]}{len(self.orphan_fills) + 1}"
        self.orphan_fills.append(exec_id)
        self._world.mark("trade on an order never sent")
        self._send(orphan_fill(self.name, exec_id, self._world.trade_date))

    def not_resent(self, event: AnyEvent) -> bool:
        """Some venues fill the gap instead of repeating old requests for prices."""
        return self._world.faults.gap_fill_requests and isinstance(event, RfqReceived)

    def babble(self) -> None:
        """Something that nobody can understand."""
        self._send(self._chance.choice(GARBAGE))

    def _on_quote(self, quote: QuoteIn, client: str, number: int, resent: bool) -> None:
        world, link = self._world, self._world.links[self.name]
        asked = self.requests.get(quote.request_id)
        if asked is None:
            world.breach("I8", f"{quote.quote_id} answers no request")
            return
        if resent:
            world.breach("I10", f"{quote.quote_id} came again after its time")
            return
        if self._answered_on != link.connection and link.up:
            world.breach("I18", f"{quote.quote_id} before the trades were reconciled")
        if quote.quote_id in self.quotes:
            world.breach("I3", f"{quote.quote_id} is used again")
        row = world.quote_rows[quote.quote_id]
        told = (client, quote.pair, quote.size, quote.bid, quote.offer)
        if told != (row.client, row.pair, row.size, row.bid, row.offer):
            world.breach("I16", f"{quote.quote_id} reads {told}")
        asked.quoted += 1
        if quote.response_id is not None:
            self.haggler.hears(quote, self.quotes.values())
        self._replace_quotes_of(quote.request_id)
        side = asked.event.side
        if quote.bid is None or quote.offer is None:
            side = BUY if quote.offer is None else SELL
        shown = Shown(row, side, link.connection, world.robot.lives)
        self.quotes[quote.quote_id] = shown
        if world.happens("quote_refused"):
            self._refuse_quote(shown, number)
        elif asked.intent >= 0:
            world.on_intent_quoted(self, asked.intent, shown)
        elif not asked.ended:
            self._react(shown)

    def _replace_quotes_of(self, request_id: str) -> None:
        for shown in self.quotes.values():
            if shown.row.request_id == request_id:
                self._end(shown)

    def _refuse_quote(self, shown: Shown, number: int) -> None:
        """The venue rejects our message: by the quote's id, the request's, or by its number only.

        By its number alone the robot does not know it; then nobody is shown that quote. Otherwise
        somebody may have seen it and hits in vain.
        """
        named = self._chance.choice((shown.row.quote_id, shown.row.request_id, ""))
        self._world.mark(f"quote refused by the venue{'' if named else ', by number only'}")
        if named:
            self._end(shown)
            delay = self._chance.randrange(1, 1_500) * MS
            self._later(delay, lambda: self._hit_somehow(shown, "good"))
        refused = MessageRefused(
            origin=NO_ORIGIN,
            venue=self.name,
            message_type="S",
            reference=named,
            reference_sequence=number,
            text="not today",
        )
        self._send(refused)

    def _refuse_report(self, deal: ExecutionIn, number: int) -> None:
        """The deal is not in our books; its client does not know and sends its hit again."""
        self._world.mark("execution report refused by the venue")
        self.refused_reports.add(deal.exec_id)
        refused = MessageRefused(
            origin=NO_ORIGIN,
            venue=self.name,
            message_type="8",
            reference=deal.exec_id,
            reference_sequence=number,
            text="not today",
        )
        self._send(refused)

    def _on_withdrawal(self, withdrawal: WithdrawalIn) -> None:
        for shown in self.quotes.values():
            if withdrawal.quote_id in (None, shown.row.quote_id):
                self._end(shown)

    def _on_refused_request(self, refusal: RefusalIn) -> None:
        world = self._world
        asked = self.requests.get(refusal.request_id)
        if asked is None:
            world.breach("I8", f"refusal of no request {refusal.request_id}")
            return
        asked.refused = refusal.text
        world.mark(f"refused {refusal.text}")
        if refusal.text == "DUPLICATE_REQUEST" and not world.power_was_cut:
            world.breach("I3", f"request {refusal.request_id} was stepped twice")
        if asked.intent >= 0:
            world.on_intent_failed(asked.intent)

    def _on_deal(self, deal: ExecutionIn) -> None:
        world, hit = self._world, self.hits.get(deal.hit_id)
        if not self._first_use(deal.exec_id, f"deal {deal.hit_id}"):
            world.mark("execution report received twice")
            return
        self._judge(deal, hit)
        if hit is None:
            return
        hit.answer, hit.exec_id = "fill", deal.exec_id
        shown = self.quotes.get(hit.event.quote_id)
        if shown is not None:
            self._end(shown)
        self.fills[deal.exec_id] = fill_of(deal, hit.event, self._world.now_ns)

    def _judge(self, deal: ExecutionIn, hit: Hit | None) -> None:
        """Whether the hit could be dealt on, by what the venue knew when it was sent."""
        breach = self._world.breach
        if hit is None:
            breach("I8", f"{deal.exec_id} answers no hit")
            return
        if hit.must_refuse:
            breach("I10", f"{deal.exec_id} on {deal.hit_id}: {hit.must_refuse}")
        if hit.answer:
            breach("I3", f"{deal.hit_id} was answered {hit.answer} {hit.exec_id} before")
        event = hit.event
        told = ("1" if event.side is SELL else "2", event.amount, event.price, event.pair)
        if told != (deal.side, deal.size, deal.rate, deal.pair):
            breach("I1", f"{deal.exec_id} is not what {deal.hit_id} asked")
        if any(fill.quote_id == event.quote_id for fill in self.fills.values()):
            breach("I3", f"{event.quote_id} was dealt on twice")

    def _on_refused_hit(self, refusal: ExecutionIn) -> None:
        hit = self.hits.get(refusal.hit_id)
        if not self._first_use(refusal.exec_id, f"refusal {refusal.hit_id} {refusal.text}"):
            return
        self._world.mark(f"hit refused {refusal.text}")
        if hit is None:
            self._world.breach("I8", f"{refusal.exec_id} refuses no hit")
        elif hit.answer == "fill":
            self._world.breach("I3", f"{refusal.hit_id} was filled, now refused: {refusal.text}")
        else:
            hit.answer, hit.exec_id = "refusal", refusal.exec_id
            intent = self._world.intent_of(refusal.hit_id)
            if intent >= 0:
                self._world.on_intent_failed(intent)

    def _first_use(self, exec_id: str, what: str) -> bool:
        """Everything is done once by its ExecID, as venues do."""
        known = self.used_exec_ids.get(exec_id)
        if known is None:
            self.used_exec_ids[exec_id] = what
        elif known != what:
            self._world.breach("I3", f"{exec_id} was {known} and is {what}")
        return known is None

    def _on_trades_wanted(self, request_id: str, day: str) -> None:
        world = self._world
        if request_id in self.used_trade_requests:
            world.breach("I3", f"trade request {request_id} is used again")
        self.used_trade_requests.add(request_id)
        if world.happens("silent_on_trades"):
            world.mark("venue silent on its trades")
            return
        orphans = [one for one in self.orphans.values() if f"{one.trade_date:%Y%m%d}" == day]
        fills = [fill for fill in self.fills.values() if fill.trade_date == day]
        trades = [*orphans, *map(trade_of, fills), *self.floor.trades_of(day)]
        total = len(trades)
        counted = TradesCounted(
            origin=NO_ORIGIN, venue=self.name, request_id=request_id, total=total
        )
        self._send(counted)
        for trade in trades:
            report_id = f"{request_id}-{trade.exec_id}"
            answer = msgspec.structs.replace(trade, request_id=request_id, report_id=report_id)
            self._send(answer)
        self._answered_on = world.links[self.name].connection

    def _end(self, shown: Shown) -> None:
        shown.gone = True
        self._close(shown.row)

    def _close(self, row: QuoteLife) -> None:
        if row.ended_at_ns is None or row.ended_at_ns > self._world.now_ns:
            row.ended_at_ns = self._world.now_ns

    def _send(self, event: Said) -> None:
        self._world.links[self.name].to_robot(event)

    def _later(self, delay_ns: int, what: Callable[[], None]) -> None:
        self._world.at(max(1, delay_ns), what, relative=True)
