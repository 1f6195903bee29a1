"""Effect -> FIX message fields, one function per effect, in one table. Pure.

A refusal tells the counterparty its code only: the numbers behind it (limits, use, position) are
the desk's own and stay in the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from connectors.fix.dialect import Dialect
from connectors.fix.fields import Fields, format_timestamp
from robot.basics.currency import base_of, counter_of
from robot.deals.party import SELL, Side
from robot.limits.limit import Reason
from robot.messages.effects import (
    ConcludeDeal,
    RefuseHit,
    RefuseRfq,
    RejectMessage,
    RequestTrades,
    SendQuote,
    SubscribeMarket,
    Wire,
    WithdrawAllQuotes,
    WithdrawQuote,
)

TEXT_MAX = 200


class Group(msgspec.Struct, frozen=True):
    """A repeating group: the tag that counts, and the fields of each entry (first one delimits)."""

    count_tag: int
    entries: list[Fields]


class Encoded(msgspec.Struct, frozen=True):
    """A message to be built by the session: type, fields and groups."""

    type: str
    fields: Fields
    groups: tuple[Group, ...] = ()


def message_for(effect: Wire, dialect: Dialect, at_ns: int) -> Encoded:
    """The FIX message of an effect; `at_ns` becomes TransactTime where the message has one."""
    return ENCODERS[type(effect)](effect, dialect, at_ns)


def plain(value: Decimal) -> str:
    """A decimal as FIX writes it: no exponent."""
    return format(value, "f")


def taker_side(side: Side) -> str:
    """Side (54) is the taker's: when we sell, the taker buys."""
    return "1" if side is SELL else "2"


def _subscribe(effect: SubscribeMarket, dialect: Dialect, at_ns: int) -> Encoded:
    return Encoded(
        "V",
        [(262, effect.subscription_id), (263, "1"), (264, "1"), (265, "1")],
        (
            Group(267, [[(269, "0")], [(269, "1")]]),
            Group(146, [[(55, pair)] for pair in effect.pairs]),
        ),
    )


def _request_trades(effect: RequestTrades, dialect: Dialect, at_ns: int) -> Encoded:
    fields: Fields = [(568, effect.request_id), (569, "0"), (263, "0")]
    return Encoded("AD", fields, (Group(580, [[(75, f"{effect.trade_date:%Y%m%d}")]]),))


def _quote(effect: SendQuote, dialect: Dialect, at_ns: int) -> Encoded:
    fields: Fields = [
        (131, effect.request_id),
        (117, effect.quote_id),
        (537, "1"),
        (301, "0"),
        (55, effect.pair),
        (167, "FOR"),
        (38, plain(effect.amount)),
        (64, f"{effect.value_date:%Y%m%d}"),
        (15, base_of(effect.pair)),
        (62, format_timestamp(effect.valid_until_ns)),
        (60, format_timestamp(at_ns)),
    ]
    if effect.bid is not None:
        price, size = plain(effect.bid), plain(effect.amount)
        fields += [(132, price), (134, size), (188, price)]
    if effect.offer is not None:
        price, size = plain(effect.offer), plain(effect.amount)
        fields += [(133, price), (135, size), (190, price)]
    return Encoded("S", fields, (_parties(effect.counterparty, dialect),))


def _withdraw(effect: WithdrawQuote, dialect: Dialect, at_ns: int) -> Encoded:
    fields: Fields = [(131, effect.request_id), (117, effect.quote_id), (298, "1")]
    return Encoded("Z", fields, (Group(295, [[(55, effect.pair)]]),))


def _withdraw_all(effect: WithdrawAllQuotes, dialect: Dialect, at_ns: int) -> Encoded:
    return Encoded("Z", [(117, "*"), (298, "4")])


def _refuse_rfq(effect: RefuseRfq, dialect: Dialect, at_ns: int) -> Encoded:
    fields: Fields = [
        (131, effect.request_id),
        (658, _REQUEST_REJECT_REASON.get(effect.reason, "99")),
        (58, effect.reason),
    ]
    entry: Fields = [(55, effect.pair or "[N/A]"), (38, plain(effect.amount))]
    return Encoded("AG", fields, (Group(146, [entry]),))


def _fill(effect: ConcludeDeal, dialect: Dialect, at_ns: int) -> Encoded:
    deal = effect.deal
    amount, rate = plain(deal.base_amount), plain(deal.rate)
    fields: Fields = [
        (37, deal.order_id),
        (11, deal.hit_id),
        (17, deal.exec_id),
        (150, "F"),
        (39, "2"),
        (64, f"{deal.value_date:%Y%m%d}"),
        (55, deal.pair),
        (167, "FOR"),
        (54, taker_side(deal.side)),
        (38, amount),
        (40, "D"),
        (44, rate),
        (15, base_of(deal.pair)),
        (59, "4"),
        (32, amount),
        (31, rate),
        (194, rate),
        (151, "0"),
        (14, amount),
        (6, rate),
        (75, f"{deal.trade_date:%Y%m%d}"),
        (60, format_timestamp(deal.at_ns)),
        (119, plain(deal.counter_amount)),
        (120, counter_of(deal.pair)),
    ]
    if deal.response_id:
        fields.append((693, deal.response_id))
    return Encoded("8", fields, (_parties(deal.counterparty, dialect),))


def _refuse_hit(effect: RefuseHit, dialect: Dialect, at_ns: int) -> Encoded:
    fields: Fields = [
        (37, effect.order_id),
        (11, effect.hit_id),
        (17, effect.exec_id),
        (150, "8"),
        (39, "8"),
        (103, _ORDER_REJECT_REASON.get(effect.reason, "99")),
        (58, effect.reason),
        (55, effect.pair),
        (54, taker_side(effect.side)),
        (38, plain(effect.amount)),
        (151, "0"),
        (14, "0"),
        (6, "0"),
        (60, format_timestamp(at_ns)),
    ]
    if effect.response_id:
        fields.append((693, effect.response_id))
    groups = (_parties(effect.counterparty, dialect),) if effect.counterparty else ()
    return Encoded("8", fields, groups)


def _reject(effect: RejectMessage, dialect: Dialect, at_ns: int) -> Encoded:
    return Encoded(
        "j",
        [
            (45, str(effect.reference_sequence)),
            (372, effect.message_type or "?"),
            (380, "0"),
            (58, effect.text[:TEXT_MAX]),
        ],
    )


def _parties(counterparty: str, dialect: Dialect) -> Group:
    party: Fields = [
        (448, counterparty),
        (447, dialect.party_source),
        (452, dialect.counterparty_role_out),
    ]
    return Group(453, [party])


_REQUEST_REJECT_REASON: dict[str, str] = {
    Reason.UNKNOWN_PAIR: "1",
    Reason.UNKNOWN_PRODUCT: "1",
    Reason.DEALING_CLOSED: "2",
    Reason.DEAL_SIZE: "3",
    Reason.COUNTERPARTY_LINE: "3",
    Reason.NET_OPEN_POSITION: "3",
    Reason.QUOTES_OUTSTANDING: "3",
    Reason.REQUEST_EXPIRED: "4",
    Reason.PRICE_COLLAR: "5",
    Reason.UNKNOWN_COUNTERPARTY: "6",
    Reason.NO_MARKET: "8",
    Reason.STALE_MARKET: "8",
    Reason.CROSSED_MARKET: "8",
    Reason.MARKET_JUMP: "8",
    Reason.STRATEGY_PASSED: "10",
}
"""QuoteRequestRejectReason (658); everything else is 99, other. The code itself is in Text (58)."""

_ORDER_REJECT_REASON: dict[str, str] = {
    Reason.UNKNOWN_PAIR: "1",
    Reason.DEALING_CLOSED: "2",
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
    RejectMessage: _reject,
}
