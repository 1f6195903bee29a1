"""Effect -> FIX message fields, one function per effect, in one table. Pure.

Spot, which is most of what leaves, is written here; the other products of quotes and fills in
`quote_fields.py` and `fill_fields.py`, orders of ours in `orders_out.py`, what we say to makers in
`asks_out.py`.

A refusal tells the counterparty its code only: the numbers behind it (limits, use, position) are
the desk's own and stay in the journal.
"""

from __future__ import annotations

from collections.abc import Callable

from connectors.fix.allocations import refuse_allocation
from connectors.fix.asks_out import counter_quote, pass_quote, send_ask, take_quote
from connectors.fix.dialect import Dialect
from connectors.fix.encoded import Encoded, Group, plain, taker_side
from connectors.fix.fields import Fields, format_timestamp
from connectors.fix.fill_fields import fill_fields, spot_fill_fields
from connectors.fix.orders_out import (
    ask_order,
    cancel_all_orders,
    cancel_order,
    new_order,
    replace_order,
)
from connectors.fix.parties import parties_group
from connectors.fix.quote_fields import quote_fields, spot_quote_fields
from connectors.fix.streams_out import (
    acknowledge_trade,
    ask_quote,
    mass_quote,
    tell_quote_status,
    tell_trade,
    tell_trade_count,
)
from robot.deals.product import ProductKind
from robot.limits.limit import Reason
from robot.messages.allocations import RefuseAllocation
from robot.messages.asks import CounterQuote, PassQuote, SendAsk, TakeQuote
from robot.messages.base import Wire
from robot.messages.counters import RefuseCounter
from robot.messages.effects import (
    AskOrder,
    CancelAllOrders,
    CancelOrder,
    ConcludeDeal,
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
from robot.messages.streams import (
    AcknowledgeTrade,
    AskQuote,
    TellQuoteStatus,
    TellTrade,
    TellTradeCount,
)

TEXT_MAX = 200
MARKED = (SendQuote, SendMassQuote, SendOrder, ReplaceOrder, SendAsk, CounterQuote, TakeQuote)
"""What offers or asks for a deal: it says that a robot sends it, where the venue requires that."""


def message_for(effect: Wire, dialect: Dialect, at_ns: int) -> Encoded:
    """The FIX message of an effect; `at_ns` becomes TransactTime where the message has one."""
    encoded = ENCODERS[type(effect)](effect, dialect, at_ns)
    if dialect.robot_marks and isinstance(effect, MARKED):
        marks = [*dialect.robot_marks.items()]
        return Encoded(encoded.type, [*encoded.fields, *marks], encoded.groups)
    return encoded


def _subscribe(effect: SubscribeMarket, dialect: Dialect, at_ns: int) -> Encoded:
    return Encoded(
        "V",
        [(262, effect.subscription_id), (263, "2" if effect.ends else "1"), (264, "1"), (265, "1")],
        (
            Group(267, [[(269, "0")], [(269, "1")]]),
            Group(146, [*_spot_entries(effect, dialect), *_curve_entries(effect, dialect)]),
        ),
    )


def _spot_entries(effect: SubscribeMarket, dialect: Dialect) -> list[Fields]:
    return [[(55, dialect.symbol(pair))] for pair in effect.pairs]


def _curve_entries(effect: SubscribeMarket, dialect: Dialect) -> list[Fields]:
    """All tenors of each curve: of `EUR/USD` its swap points, of `CNY REPO` the repo rates."""
    entries: list[Fields] = []
    for curve in effect.curves:
        name, _, product = curve.partition(" ")
        kind = ProductKind(product) if product else ProductKind.SWAP
        entries.append([(55, dialect.symbol(name)), *dialect.curve_marker(kind)])
    return entries


def _request_trades(effect: RequestTrades, dialect: Dialect, at_ns: int) -> Encoded:
    fields: Fields = [(568, effect.request_id), (569, "0"), (263, "1" if effect.live else "0")]
    dates: Fields = [(75, f"{effect.trade_date:%Y%m%d}")]
    if effect.since_ns:
        dates.append((60, format_timestamp(effect.since_ns)))
    return Encoded("AD", fields, (Group(580, [dates]),))


def _quote(effect: SendQuote, dialect: Dialect, at_ns: int) -> Encoded:
    fields: Fields = [
        (131, effect.request_id),
        (117, effect.quote_id),
        (537, dialect.counter_quote_type if effect.response_id else "1"),
        (301, "0"),
        (38, plain(effect.amount)),
        (62, format_timestamp(effect.valid_until_ns)),
        (60, format_timestamp(at_ns)),
    ]
    if effect.response_id:
        fields.append((693, effect.response_id))
    groups: tuple[Group, ...] = ()
    if effect.product == ProductKind.SPOT:
        told = spot_quote_fields(effect, dialect)
    else:
        told, groups = quote_fields(effect, dialect)
    return Encoded("S", fields + told, (*groups, parties_group(effect.counterparty, dialect)))


def _withdraw(effect: WithdrawQuote, dialect: Dialect, at_ns: int) -> Encoded:
    fields: Fields = [(117, effect.quote_id), (298, "1")]
    if effect.request_id:
        fields.insert(0, (131, effect.request_id))
    return Encoded("Z", fields, (Group(295, [[(55, dialect.symbol(effect.pair))]]),))


def _withdraw_all(effect: WithdrawAllQuotes, dialect: Dialect, at_ns: int) -> Encoded:
    return Encoded("Z", [(117, "*"), (298, "4")])


def _refuse_rfq(effect: RefuseRfq, dialect: Dialect, at_ns: int) -> Encoded:
    fields: Fields = [
        (131, effect.request_id),
        (658, _REQUEST_REJECT_REASON.get(effect.reason, "99")),
        (58, _NOT_TOLD.get(effect.reason, effect.reason)),
    ]
    entry: Fields = [(55, dialect.symbol(effect.pair) or "[N/A]"), (38, plain(effect.amount))]
    return Encoded("AG", fields, (Group(146, [entry]),))


def _fill(effect: ConcludeDeal, dialect: Dialect, at_ns: int) -> Encoded:
    deal = effect.deal
    fields: Fields = [
        (37, deal.order_id),
        (11, deal.hit_id),
        (17, deal.exec_id),
        (150, "F"),
        (39, "2"),
        (59, "4"),
        (151, "0"),
        (75, f"{deal.trade_date:%Y%m%d}"),
        (60, format_timestamp(deal.at_ns)),
    ]
    if deal.response_id:
        fields.append((693, deal.response_id))
    groups: tuple[Group, ...] = ()
    if deal.product == ProductKind.SPOT:
        told = spot_fill_fields(deal, dialect)
    else:
        told, groups = fill_fields(deal, dialect)
    return Encoded("8", fields + told, (*groups, parties_group(deal.counterparty, dialect)))


def _refuse_hit(effect: RefuseHit, dialect: Dialect, at_ns: int) -> Encoded:
    is_pair = "/" in effect.pair
    side = taker_side(effect.side) if is_pair else dialect.taker_loan_side(effect.side)
    fields: Fields = [
        (37, effect.order_id),
        (11, effect.hit_id),
        (17, effect.exec_id),
        (150, "8"),
        (39, "8"),
        (103, _ORDER_REJECT_REASON.get(effect.reason, "99")),
        (58, _NOT_TOLD.get(effect.reason, effect.reason)),
        (55, dialect.symbol(effect.pair)),
        (54, side),
        (38, plain(effect.amount)),
        (151, "0"),
        (14, "0"),
        (6, "0"),
        (60, format_timestamp(at_ns)),
    ]
    if effect.response_id:
        fields.append((693, effect.response_id))
    groups = (parties_group(effect.counterparty, dialect),) if effect.counterparty else ()
    return Encoded("8", fields, groups)


def _refuse_counter(effect: RefuseCounter, dialect: Dialect, at_ns: int) -> Encoded:
    fields: Fields = [
        (117, effect.quote_id),
        (693, effect.response_id),
        (55, dialect.symbol(effect.pair) or "[N/A]"),
        (60, format_timestamp(at_ns)),
        (297, _COUNTER_STATUS.get(effect.reason, "5")),
        (58, _NOT_TOLD.get(effect.reason, effect.reason)),
    ]
    if effect.request_id:
        fields.insert(0, (131, effect.request_id))
    return Encoded("AI", fields)


def _reject(effect: RejectMessage, dialect: Dialect, at_ns: int) -> Encoded:
    fields: Fields = [
        (45, str(effect.reference_sequence)),
        (372, effect.message_type or "?"),
        (380, "0"),
        (58, effect.text[:TEXT_MAX]),
    ]
    if effect.request_id:
        fields.append((379, effect.request_id))
    return Encoded("j", fields)


_REQUEST_REJECT_REASON: dict[str, str] = {
    Reason.UNKNOWN_PAIR: "1",
    Reason.UNKNOWN_PRODUCT: "1",
    Reason.DEALING_CLOSED: "2",
    Reason.HOURS: "2",
    Reason.DEAL_SIZE: "3",
    Reason.COUNTERPARTY_LINE: "3",
    Reason.NET_OPEN_POSITION: "3",
    Reason.QUOTES_OUTSTANDING: "3",
    Reason.OVERNIGHT_POSITION: "3",
    Reason.GROSS_POSITION: "3",
    Reason.TENOR_GAP: "3",
    Reason.LIQUIDITY_GAP: "3",
    Reason.DV01: "3",
    Reason.DV01_TOTAL: "3",
    Reason.REQUEST_EXPIRED: "4",
    Reason.PRICE_COLLAR: "5",
    Reason.OFFICIAL_BAND: "5",
    Reason.WRONG_DIGITS: "5",
    Reason.UNKNOWN_COUNTERPARTY: "6",
    Reason.NO_MARKET: "8",
    Reason.STALE_MARKET: "8",
    Reason.CROSSED_MARKET: "8",
    Reason.MARKET_JUMP: "8",
    Reason.STRATEGY_PASSED: "10",
}
"""QuoteRequestRejectReason (658); everything else is 99, other. The code itself is in Text (58)."""

_NOT_TOLD: dict[str, str] = dict.fromkeys(
    (Reason.LOSS_DAY, Reason.LOSS_MONTH, Reason.DRAWDOWN, Reason.NOT_VALUED), "LIMIT"
)
"""What we have lost is nobody else's business."""

_COUNTER_STATUS: dict[str, str] = {
    Reason.QUOTE_EXPIRED: "7",
    Reason.UNKNOWN_QUOTE: "9",
    Reason.QUOTE_REPLACED: "9",
    Reason.STRATEGY_PASSED: "11",
}
"""QuoteStatus (297) of a counter-offer that is turned down; everything else is 5, rejected."""

_ORDER_REJECT_REASON: dict[str, str] = {
    Reason.UNKNOWN_PAIR: "1",
    Reason.DEALING_CLOSED: "2",
    Reason.HOURS: "2",
    Reason.COUNTERPARTY_LINE: "3",
    Reason.QUOTE_EXPIRED: "4",
    Reason.UNKNOWN_QUOTE: "5",
    Reason.DUPLICATE_HIT: "6",
}
"""OrdRejReason (103); everything else is 99, other."""

ENCODERS: dict[type[Wire], Callable[..., Encoded]] = {
    SubscribeMarket: _subscribe,
    RequestTrades: _request_trades,
    SendQuote: _quote,
    WithdrawQuote: _withdraw,
    WithdrawAllQuotes: _withdraw_all,
    RefuseRfq: _refuse_rfq,
    ConcludeDeal: _fill,
    RefuseHit: _refuse_hit,
    RefuseCounter: _refuse_counter,
    RejectMessage: _reject,
    SendOrder: new_order,
    CancelOrder: cancel_order,
    ReplaceOrder: replace_order,
    AskOrder: ask_order,
    CancelAllOrders: cancel_all_orders,
    SendMassQuote: mass_quote,
    AskQuote: ask_quote,
    TellQuoteStatus: tell_quote_status,
    AcknowledgeTrade: acknowledge_trade,
    TellTradeCount: tell_trade_count,
    TellTrade: tell_trade,
    SendAsk: send_ask,
    TakeQuote: take_quote,
    CounterQuote: counter_quote,
    PassQuote: pass_quote,
    RefuseAllocation: refuse_allocation,
}
