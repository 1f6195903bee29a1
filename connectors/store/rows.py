"""Effects to rows: pure, no database here. `HANDLERS` says which effect becomes what.

A batch holds the net result of its turns. Where a table keeps the last known value (positions,
limits, quotes), a later effect of the batch replaces an earlier one, so that the result does not
depend on where batches begin and end.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple, Protocol, TypeAlias

import msgspec

from connectors.store.bulk import Row
from connectors.store.deals import deal_row, part_rows
from connectors.store.errors import ProjectionError
from connectors.store.result_rows import result_rows
from robot.deals.deal import Deal
from robot.messages.allocations import RefuseAllocation
from robot.messages.asks import (
    AskEnded,
    AskOpened,
    CounterQuote,
    PassQuote,
    SendAsk,
    TakeQuote,
)
from robot.messages.counters import RefuseCounter
from robot.messages.effects import (
    AlertRaised,
    AnyEffect,
    AskOrder,
    BreakFound,
    BreakResolved,
    CancelAllOrders,
    CancelOrder,
    ConcludeDeal,
    DayClosed,
    DealAmended,
    DealBooked,
    DealingStateChanged,
    DealTold,
    Decided,
    Entry,
    LimitsMoved,
    OrderChanged,
    OrderEnded,
    QuoteEnded,
    RefuseHit,
    RefuseRfq,
    RejectMessage,
    ReplaceOrder,
    RequestTrades,
    SendMassQuote,
    SendOrder,
    SendQuote,
    SubscribeMarket,
    WithdrawAllQuotes,
    WithdrawQuote,
)
from robot.messages.hosting import AskHost, AskPerson
from robot.messages.orders import OrderKind, TimeInForce
from robot.messages.releases import (
    ReleaseChanged,
    ShadowDecided,
    ShadowWished,
    SuggestionEnded,
    SuggestionMade,
)
from robot.messages.streams import (
    AcknowledgeTrade,
    AskQuote,
    TellQuoteStatus,
    TellTrade,
    TellTradeCount,
)
from robot.ports import ProjectedTurn

asdict = msgspec.structs.asdict

QUOTE_TERMS_IN_JOURNAL = frozenset(
    {
        "settlement_currency",
        "fixing_index",
        "fixing_date",
        "contract_code",
        "collateral",
        "response_id",
    }
)
"""Fields of a quote without a column; a deal made on it has them."""

CHECKS_IN_JOURNAL = frozenset({"checks", "row"})
"""Fields of a decision without a column: twenty figures each, read from the journal on demand."""

QUOTE_COLUMNS = tuple(
    field for field in SendQuote.__struct_fields__ if field not in QUOTE_TERMS_IN_JOURNAL
)


class Outgoing(Protocol):
    """What `encode` makes of a deal: the message for middle and back office."""

    @property
    def message_id(self) -> str:
        """Same deal and version, same id."""
        ...

    @property
    def topic(self) -> str:
        """Where it is published."""
        ...

    @property
    def payload(self) -> str:
        """Its text, byte for byte what goes out."""
        ...

    @property
    def payload_hash(self) -> str:
        """SHA-256 of the payload's UTF-8 bytes, hexadecimal."""
        ...


Encode: TypeAlias = Callable[[DealTold, int], Outgoing]
"""The message of a deal's version and its number in the outbox."""


class Place(NamedTuple):
    """Where an effect stands: turn, and number of the effect in it."""

    turn: ProjectedTurn
    number: int

    def row(self) -> Row:
        """The key of a table that keeps every effect of its kind."""
        turn = self.turn
        return {
            "segment": turn.segment,
            "sequence": turn.sequence,
            "number": self.number,
            "at_ns": turn.at_ns,
        }


class Batch:
    """The rows of some turns, by table: `inserts` are new, the others replace what was there."""

    def __init__(self, outbox_sequence: int, encode: Encode) -> None:
        self.outbox_sequence = outbox_sequence
        self.encode = encode
        self.inserts: dict[str, list[Row]] = {}
        self.positions: dict[tuple[str, str, date], Row] = {}
        self.pnl: dict[str, Row] = {}
        self.limits: dict[str, Row] = {}
        self.quotes: dict[str, Row] = {}
        self.orders: dict[str, Row] = {}
        self.order_changes: dict[str, Row] = {}
        """Replacements of orders that were sent before this batch."""
        self.order_endings: dict[str, Row] = {}
        """Endings of orders that were sent before this batch."""
        self.asks: dict[str, Row] = {}
        self.ask_endings: dict[str, Row] = {}
        """Endings of asks that began before this batch."""
        self.quote_endings: dict[str, Row] = {}
        """Endings of quotes that were sent before this batch."""
        self.break_endings: dict[str, Row] = {}
        """Resolutions of breaks that were found before this batch."""
        self.days: dict[date, tuple[int, DayClosed]] = {}

    def add(self, turn: ProjectedTurn) -> None:
        """Add the rows of one turn."""
        for number, effect in enumerate(turn.effects):
            handler = HANDLERS.get(type(effect))
            if handler is not None:
                handler(self, Place(turn, number), effect)
            elif type(effect) not in NOT_PROJECTED:
                raise ProjectionError(f"unknown effect {type(effect).__name__}: update fxrobot")

    def insert(self, table: str, row: Row) -> None:
        """One more new row."""
        self.inserts.setdefault(table, []).append(row)


def _on_deal(batch: Batch, place: Place, effect: DealBooked) -> None:
    _version(batch, place, effect.deal)
    _enter(batch, place, effect.deal, effect.entry)
    _keep_last(batch, place.turn.at_ns, effect)
    _send(batch, place.turn.at_ns, effect)


def _on_amended(batch: Batch, place: Place, effect: DealAmended) -> None:
    """The next version stands beside the former; its entries take that one out and itself in."""
    _version(batch, place, effect.deal)
    _enter(batch, place, effect.deal, effect.reversal)
    if effect.entry is not None:
        _enter(batch, place, effect.deal, effect.entry)
    _keep_last(batch, place.turn.at_ns, effect)
    _send(batch, place.turn.at_ns, effect)


def _version(batch: Batch, place: Place, deal: Deal) -> None:
    """One version of a deal; of a void one nothing moves."""
    row = deal_row(deal)
    row.update(segment=place.turn.segment, sequence=place.turn.sequence)
    batch.insert("deals", row)
    for table, part in () if deal.void else part_rows(deal):
        batch.insert(table, part)


def _enter(batch: Batch, place: Place, deal: Deal, entry: Entry) -> None:
    row: Row = {"deal_id": deal.deal_id, "version": deal.version}
    row.update(entry_id=entry.entry_id, at_ns=place.turn.at_ns)
    batch.insert("entries", row)
    for line, posting in enumerate(entry.postings, 1):
        batch.insert("postings", {"entry_id": entry.entry_id, "line": line, **asdict(posting)})


def _send(batch: Batch, at_ns: int, effect: DealTold) -> None:
    batch.outbox_sequence += 1
    message = batch.encode(effect, batch.outbox_sequence)
    row: Row = {
        "sequence": batch.outbox_sequence,
        "message_id": message.message_id,
        "topic": message.topic,
        "payload": message.payload,
        "payload_hash": message.payload_hash,
        "at_ns": at_ns,
        "attempts": 0,
        "sent_at_ns": 0,
        "acknowledged_at_ns": None,
        "ack_hash": None,
        "conflicts": 0,
    }
    batch.insert("outbox", row)


def _keep_last(batch: Batch, at_ns: int, effect: DealBooked | DealAmended | DayClosed) -> None:
    for position in effect.positions:
        key = (position.book, position.currency, position.value_date)
        batch.positions[key] = {**asdict(position), "at_ns": at_ns}
    for row in result_rows(effect.pnl, effect.pnl_basis):
        if row["result"] is not None:
            batch.pnl[str(row["pair"])] = {**row, "at_ns": at_ns}


def _on_quote(batch: Batch, place: Place, effect: SendQuote) -> None:
    row: Row = {name: getattr(effect, name) for name in QUOTE_COLUMNS}
    row.update(product=str(effect.product), currency=effect.currency or None)
    row.update(at_ns=place.turn.at_ns, ending=None, ended_at_ns=None)
    batch.quotes[effect.quote_id] = row
    batch.quote_endings.pop(effect.quote_id, None)


def _on_mass_quote(batch: Batch, place: Place, effect: SendMassQuote) -> None:
    for quote in effect.quotes:
        _on_quote(batch, place, quote)


def _on_quote_ended(batch: Batch, place: Place, effect: QuoteEnded) -> None:
    ending: Row = {"ending": effect.ending, "ended_at_ns": place.turn.at_ns}
    row = batch.quotes.get(effect.quote_id)
    if row is not None:
        row.update(ending)
    else:
        batch.quote_endings[effect.quote_id] = {"quote_id": effect.quote_id, **ending}


def _on_order(batch: Batch, place: Place, effect: SendOrder) -> None:
    batch.orders[effect.order_id] = {
        "order_id": effect.order_id,
        "venue": effect.venue,
        "pair": effect.pair,
        "side": effect.side.value,
        "amount": effect.amount,
        "currency": effect.currency or None,
        "kind": effect.kind.value,
        "price": effect.price,
        "time_in_force": effect.time_in_force.value,
        "expires_ns": effect.expires_ns or None,
        "value_date": effect.value_date,
        "at_ns": place.turn.at_ns,
        "ending": None,
        "filled": None,
        "ended_at_ns": None,
    }


def _on_order_changed(batch: Batch, place: Place, effect: OrderChanged) -> None:
    change: Row = {"amount": effect.amount, "price": effect.price}
    row = batch.orders.get(effect.order_id)
    if row is not None:
        row.update(change)
    else:
        batch.order_changes[effect.order_id] = {"order_id": effect.order_id, **change}


def _on_take(batch: Batch, place: Place, effect: TakeQuote) -> None:
    """A quote taken is an order of ours from there on."""
    terms = effect.terms
    order = SendOrder(
        venue=effect.venue,
        order_id=effect.order_id,
        pair=terms.pair,
        side=effect.side,
        amount=terms.amount,
        currency=terms.currency,
        kind=OrderKind.PREVIOUSLY_QUOTED,
        price=effect.price,
        quote_id=effect.quote_id,
        time_in_force=TimeInForce.FOK,
        value_date=terms.value_date,
    )
    _on_order(batch, place, order)


def _on_order_ended(batch: Batch, place: Place, effect: OrderEnded) -> None:
    ending: Row = {
        "ending": effect.ending,
        "filled": effect.filled,
        "ended_at_ns": place.turn.at_ns,
    }
    row = batch.orders.get(effect.order_id)
    if row is not None:
        row.update(ending)
    else:
        batch.order_endings[effect.order_id] = {"order_id": effect.order_id, **ending}


def _on_ask(batch: Batch, place: Place, effect: AskOpened) -> None:
    terms = effect.terms
    batch.asks[effect.ask_id] = {
        "ask_id": effect.ask_id,
        "request": effect.request,
        "actor": effect.actor,
        "reason": effect.reason,
        "product": str(terms.product),
        "pair": terms.pair,
        "side": effect.side.value,
        "amount": terms.amount,
        "currency": terms.currency or None,
        "value_date": terms.value_date,
        "far_value_date": terms.far_value_date,
        "two_way": effect.two_way,
        "limit_price": effect.limit_price,
        "asked": effect.asked,
        "decide_ns": effect.decide_ns,
        "open_until_ns": effect.open_until_ns,
        "at_ns": place.turn.at_ns,
        "ending": None,
        "order_id": None,
        "because": None,
        "ended_at_ns": None,
    }


def _on_ask_ended(batch: Batch, place: Place, effect: AskEnded) -> None:
    ending: Row = {
        "ending": effect.outcome,
        "order_id": effect.order_id or None,
        "because": effect.because,
        "ended_at_ns": place.turn.at_ns,
    }
    row = batch.asks.get(effect.ask_id)
    if row is not None:
        row.update(ending)
    else:
        batch.ask_endings[effect.ask_id] = {"ask_id": effect.ask_id, **ending}
    for number, quote in enumerate((*effect.quotes, *effect.earlier), 1):
        key: Row = {"ask_id": effect.ask_id, "number": number}
        last: Row = {"last_word": number <= len(effect.quotes)}
        batch.insert("ask_quotes", {**key, **last, **asdict(quote)})


def _on_limits(batch: Batch, place: Place, effect: LimitsMoved) -> None:
    for move in effect.moves:
        batch.limits[move.limit_id] = {
            "limit_id": move.limit_id,
            "utilisation": move.utilisation,
            "reserved": move.reserved,
            "maximum": move.maximum,
            "at_ns": place.turn.at_ns,
        }


def _on_break(batch: Batch, place: Place, effect: BreakFound) -> None:
    open_: Row = {"resolved_by": None, "resolution": None, "resolved_at_ns": None}
    batch.insert("breaks", {**place.row(), **asdict(effect), **open_})


def _on_break_resolved(batch: Batch, place: Place, effect: BreakResolved) -> None:
    ending: Row = {
        "resolved_by": effect.actor,
        "resolution": effect.reason,
        "resolved_at_ns": place.turn.at_ns,
    }
    found = [row for row in batch.inserts.get("breaks", ()) if row["break_id"] == effect.break_id]
    if found:
        found[-1].update(ending)
    else:
        batch.break_endings[effect.break_id] = {"break_id": effect.break_id, **ending}


def _on_day(batch: Batch, place: Place, effect: DayClosed) -> None:
    batch.days[effect.trade_date] = (place.turn.at_ns, effect)
    _keep_last(batch, place.turn.at_ns, effect)


def _keep(
    table: str, in_journal: frozenset[str] = frozenset()
) -> Callable[[Batch, Place, AnyEffect], None]:
    def handler(batch: Batch, place: Place, effect: AnyEffect) -> None:
        row = {**place.row(), **asdict(effect)}
        for field in in_journal:
            del row[field]
        batch.insert(table, row)

    return handler


HANDLERS: dict[type[AnyEffect], Callable[[Batch, Place, Any], None]] = {
    DealBooked: _on_deal,
    DealAmended: _on_amended,
    SendQuote: _on_quote,
    SendMassQuote: _on_mass_quote,
    QuoteEnded: _on_quote_ended,
    SendOrder: _on_order,
    OrderChanged: _on_order_changed,
    OrderEnded: _on_order_ended,
    LimitsMoved: _on_limits,
    DayClosed: _on_day,
    Decided: _keep("decisions", CHECKS_IN_JOURNAL),
    BreakFound: _on_break,
    BreakResolved: _on_break_resolved,
    AlertRaised: _keep("alerts"),
    DealingStateChanged: _keep("dealing_states"),
    TakeQuote: _on_take,
    AskOpened: _on_ask,
    AskEnded: _on_ask_ended,
}

NOT_PROJECTED: frozenset[type[AnyEffect]] = frozenset(
    {
        SubscribeMarket,
        RequestTrades,
        WithdrawQuote,
        WithdrawAllQuotes,
        RefuseRfq,
        ConcludeDeal,
        RefuseHit,
        RefuseCounter,
        RejectMessage,
        RefuseAllocation,
        CancelOrder,
        ReplaceOrder,
        AskOrder,
        CancelAllOrders,
        AskQuote,
        TellQuoteStatus,
        AcknowledgeTrade,
        TellTradeCount,
        TellTrade,
        SendAsk,
        PassQuote,
        CounterQuote,
        AskHost,
        AskPerson,
        ShadowDecided,
        ShadowWished,
        SuggestionMade,
        SuggestionEnded,
        ReleaseChanged,
    }
)
"""Messages to a venue, and what a candidate of the strategy decided beside the live one. What a
message means is said by another effect of the same turn (a decision, a booked deal, a quote's
ending); the messages themselves, and a release's stages and figures, are in the journal."""
