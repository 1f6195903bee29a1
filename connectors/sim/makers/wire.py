"""Makers in FIX: R, AJ, D and H of the robot to words, S, AG, j, Z, AI and 8 from rows.

A request has the form that the venue's own requests to the robot have, a quote the form of the
robot's quotes, a deal that of the robot's own reports: the two only change places. The maker is a
party with 452=35.
"""

from __future__ import annotations

from decimal import Decimal

from connectors.sim import wire
from connectors.sim.dialects.fields import Fields, number
from connectors.sim.dialects.fix44 import Fix44
from connectors.sim.makers.rows import AskLife, MakerDeal, TakeLife
from connectors.sim.makers.words import (
    COUNTER,
    HIT,
    PASS,
    CannotOut,
    CounterIn,
    MakerOut,
    MakerWord,
    PassIn,
    PullOut,
    QuoteOut,
    RefuseOut,
    ReportOut,
    RequestIn,
    StatusIn,
    StatusOut,
    TakeIn,
)
from connectors.sim.model import fix_time, text_of
from connectors.sim.products import Product, dealt_currency, is_loan
from connectors.sim.rows import Terms
from connectors.sim.wire import Incoming, WireError

_MAKER, _ORIGIN, _CONTRA_FIRM = "35", "13", "17"  # 452
_PARTY_TAGS = frozenset((447, 452))
_FINAL = "2"  # 39
_NO_ORDER_YET = "NONE"
_OTHER = "99"  # 103


def word_of(message: Incoming, dialect: Fix44) -> MakerWord:
    """What the robot said; raises `WireError` when a field is missing or makes no sense."""
    match message.type:
        case "R":
            return _request(message, dialect)
        case "AJ":
            return _response(message, dialect)
        case "D":
            return _take(message, dialect)
        case "H":
            return StatusIn(
                order_id=message.need(11),
                pair=dialect.pair(message),
                side=message.need(54),
            )
    raise WireError(f"{message.type} is not about makers")


def party_of(message: Incoming, role: str) -> str | None:
    """The party (448) in a role (452)."""
    for member in message.members(453, 448, _PARTY_TAGS):
        if member.get(452) == role:
            return member.need(448)
    return None


def _request(message: Incoming, dialect: Fix44) -> RequestIn:
    if message.need(146) != "1":
        raise WireError(f"R: 146={message.get(146)}, one instrument is asked for at a time")
    product, pair, size = dialect.product(message), dialect.pair(message), message.number(38)
    if size is None or size <= 0:
        raise WireError(f"R: 38={message.get(38)} is no size")
    terms = dialect.terms_in(message, product, pair)
    if not is_loan(product) and terms.far_date is None:
        terms.tenor = message.get(6215)
    return RequestIn(
        request_id=message.need(131),
        maker=party_of(message, _MAKER),
        party=party_of(message, _ORIGIN),
        pair=pair,
        size=size,
        side=dialect.side_in(product, message) if message.get(54) else None,
        value_date=dialect.value_date_in(message, product),
        open_until_ns=message.time(126) or message.time(62),
        terms=terms,
    )


def _response(message: Incoming, dialect: Fix44) -> MakerWord:
    kind, quote_id, response_id = message.need(694), message.need(117), message.need(693)
    if kind == HIT:
        return _take(message, dialect)
    if kind == PASS:
        return PassIn(response_id=response_id, quote_id=quote_id)
    if kind != COUNTER:
        raise WireError(f"AJ: 694={kind} is none of 1, 2 and 6")
    product, pair = dialect.product(message), dialect.pair(message)
    return CounterIn(
        response_id=response_id,
        quote_id=quote_id,
        side=dialect.side_in(product, message),
        size=message.number(38),
        price=dialect.hit_price_in(message, product, pair),
    )


def _take(message: Incoming, dialect: Fix44) -> TakeIn:
    product, pair, size = dialect.product(message), dialect.pair(message), message.number(38)
    if size is None:
        raise WireError(f"{message.type} without 38")
    near = None if product == Product.SPOT else dialect.value_date_in(message, product)
    return TakeIn(
        message=message.type,
        order_id=message.need(11),
        response_id=message.get(693),
        quote_id=message.need(117),
        pair=pair,
        product=product,
        side=dialect.side_in(product, message),
        size=size,
        price=dialect.hit_price_in(message, product, pair),
        currency=message.get(15),
        value_date=near,
        far_date=dialect.terms_in(message, product, pair).far_date,
    )


# What is said


def encode(out: MakerOut, dialect: Fix44, at_ns: int) -> tuple[str, str]:
    """Message type and body."""
    match out:
        case QuoteOut():
            return "S", _quote(out, dialect, at_ns)
        case PullOut():
            quote = out.quote
            fields: Fields = [(131, quote.request_id), (117, quote.quote_id), (298, "1")]
            symbol = dialect.symbol(quote.pair, quote)
            return "Z", wire.body([*fields, (295, "1"), (55, symbol)])
        case RefuseOut():
            return "AG", _refusal(out.ask, dialect)
        case CannotOut():
            ask = out.ask
            return "j", wire.body(
                [(372, "R"), (379, ask.request_id), (380, ask.code), (58, ask.text)]
            )
        case StatusOut():
            return "AI", wire.body(
                [
                    (131, out.request_id),
                    (117, out.quote_id),
                    (693, out.response_id),
                    (55, out.pair if "/" not in out.pair else dialect.symbol(out.pair, Terms())),
                    (60, fix_time(at_ns)),
                    (297, out.status),
                    (58, out.text),
                ]
            )
        case ReportOut():
            return "8", _report(out, dialect, at_ns)


def _refusal(ask: AskLife, dialect: Fix44) -> str:
    symbol = dialect.symbol(ask.pair, ask)
    return wire.body(
        [
            (131, ask.request_id),
            (658, ask.code),
            (146, "1"),
            (55, symbol),
            (38, text_of(ask.size)),
            (58, ask.text),
        ]
    )


def _maker(name: str, role: str) -> Fields:
    return [(453, "1"), (448, name), (447, "D"), (452, role)]


def _quote(out: QuoteOut, dialect: Fix44, at_ns: int) -> str:
    quote = out.quote
    fields: Fields = [
        (131, quote.request_id),
        (117, quote.quote_id),
        (693, quote.response_id),
        (537, quote.quote_type),
        (301, "0"),
        *dialect.instrument(quote.pair, quote),
        (38, text_of(quote.size)),
        *dialect.dates(quote, quote.value_date),
        *dialect.money(quote.pair, quote),
        (40, dialect.order_type(quote.product) if quote.product == Product.SWAP else None),
        (62, fix_time(quote.valid_until_ns)),
        (60, fix_time(at_ns)),
    ]
    if quote.product == Product.NDF:
        fields.append((6218, quote.fixing_date))
    told, legs = dialect.priced(quote)
    tail = wire.body(_maker(quote.maker, _MAKER))
    return wire.body([*fields, *told]) + legs + dialect.pledged(quote) + tail


def _report(out: ReportOut, dialect: Fix44, at_ns: int) -> str:
    take, deal = out.take, out.deal
    status = {"fill": _FINAL, "reject": "8"}.get(take.answer or "", "A")
    kind = "I" if out.asked else "F" if deal is not None else "8"
    head: Fields = [
        (97, "Y" if out.repeated else None),
        (37, take.venue_order_id or _NO_ORDER_YET),
        (11, take.order_id),
        (693, take.response_id),
        (17, out.exec_id),
        (150, kind),
        (39, status),
        (103, _reason(take) if status == "8" else None),
        (58, take.text),
        (60, fix_time(take.answered_at_ns or at_ns)),
    ]
    if deal is not None:
        return wire.body(head) + _dealt(deal, dialect, asked=out.asked)
    terms = Terms(product=take.product)
    open_size = take.size if status == "A" else Decimal(0)
    return wire.body(
        [
            *head,
            *dialect.instrument(take.pair, terms),
            (54, dialect.side(take.product, take.side)),
            (38, text_of(take.size)),
            (151, text_of(open_size)),
            (14, "0"),
            (6, "0"),
        ]
    )


def _reason(take: TakeLife) -> str:
    """103 of a rejection; what was said by AI (297) is 99 here, but for an unknown quote."""
    said_so = take.exec_id is not None and take.code in ("2", "5")
    return take.code or _OTHER if said_so else _OTHER


def _dealt(deal: MakerDeal, dialect: Fix44, *, asked: bool) -> str:
    """The economics of a deal; a status says the totals only."""
    size = text_of(size_of(deal))
    price = dialect.traded_price(deal)
    fields: Fields = [
        *dialect.instrument(deal.pair, deal),
        (54, dialect.side(deal.product, deal.side)),
        (38, size),
        (40, "D" if is_loan(deal.product) else dialect.order_type(deal.product)),
        (44, _price(deal, dialect)),
        (59, "4"),
        (151, "0"),
        (14, size),
        (6, price),
        (75, deal.trade_date),
        *dialect.dates(deal, deal.value_date),
    ]
    if asked:
        return wire.body([*fields, (15, dealt_currency(deal.pair, deal))])
    fields += [*dialect.traded(deal), (15, dealt_currency(deal.pair, deal))]
    tail = wire.body(_maker(deal.maker, _CONTRA_FIRM))
    return wire.body(fields) + dialect.pledged(deal) + dialect.traded_legs(deal) + tail


def _price(deal: MakerDeal, dialect: Fix44) -> str | None:
    """44: what was taken, as a take writes it."""
    if deal.product == Product.SWAP and dialect.writes_points:
        return number(None if deal.points is None else dialect.points(deal.pair, deal.points))
    return text_of(deal.rate)


def size_of(deal: MakerDeal) -> Decimal:
    """The dealt amount, of a swap on the near leg."""
    in_base = is_loan(deal.product) or deal.currency in (None, deal.pair[:3])
    size = deal.base_amount if in_base else deal.counter_amount
    assert size is not None, f"{deal.exec_id} has no amount"
    return size


def trade_report(deal: MakerDeal, dialect: Fix44, head: Fields) -> str:
    """Body of AE without what says which report it is: that is `head`."""
    at_ns = deal.transact_at_ns if deal.transact_at_ns is not None else deal.received_at_ns
    fields: Fields = [
        *head,
        (570, "N"),
        *dialect.instrument(deal.pair, deal),
        *dialect.traded(deal),
        (75, deal.trade_date),
        (60, fix_time(at_ns)),
        *dialect.dates(deal, deal.value_date),
        (15, dealt_currency(deal.pair, deal)),
    ]
    side: Fields = [
        (552, "1"),
        (54, dialect.side(deal.product, deal.side)),
        (37, deal.order_id),
        (11, deal.hit_id),
        *_maker(deal.maker, _CONTRA_FIRM),
    ]
    legs = dialect.traded_legs(deal)
    return wire.body(fields) + dialect.pledged(deal) + legs + wire.body(side)
