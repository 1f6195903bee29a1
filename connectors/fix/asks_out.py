"""What we say to makers (R, and AJ or D on their quotes) -> FIX message fields. Pure.

We are the taker, so side (54) is ours. A request has the form in which clients ask us in the same
dialect; beside us (role 13) it names the maker that it is for (role 35).
"""

from __future__ import annotations

from datetime import date

from connectors.fix.dialect import Dialect, LoanSymbol, SwapHit, SwapSide, SwapStyle, TakeBy
from connectors.fix.encoded import Encoded, Group, collateral_group, day, plain
from connectors.fix.fields import Fields, format_timestamp
from robot.basics.currency import base_of
from robot.basics.index import market_name
from robot.deals.party import BUY, Side
from robot.deals.product import ProductKind
from robot.messages.asks import AskedTerms, CounterQuote, PassQuote, SendAsk, TakeQuote

_OUR_ROLE, _MAKER_ROLE = "13", "35"
"""PartyRole (452): order origination firm, liquidity provider."""
_HIT, _COUNTER, _PASS = "1", "2", "6"
"""QuoteRespType (694)."""


def send_ask(effect: SendAsk, dialect: Dialect, at_ns: int) -> Encoded:
    """R: one entry, one maker."""
    terms = effect.terms
    entry: Fields = [
        *_instrument(terms, dialect),
        (303, "2"),
        (537, "1"),
        *_side(terms, effect.side, dialect),
        (38, plain(terms.amount)),
        *_dates(terms, dialect),
        *_money(terms, dialect),
        (40, _order_type(terms, dialect)),
        (126, format_timestamp(effect.open_until_ns)),
        (60, format_timestamp(at_ns)),
    ]
    inner = [_parties(effect.maker, dialect), *_legs(terms, effect.side, dialect)]
    if terms.collateral:
        inner.append(collateral_group(terms.collateral, dialect))
    for group in inner:
        entry.append((group.count_tag, str(len(group.entries))))
        entry += [field for row in group.entries for field in row]
    return Encoded("R", [(131, effect.request_id)], (Group(146, [entry]),))


def take_quote(effect: TakeQuote, dialect: Dialect, at_ns: int) -> Encoded:
    """AJ or D, as the venue wants it."""
    terms = effect.terms
    what = [*_about(terms, effect.side, dialect, at_ns), *_price(effect, dialect)]
    groups = (
        _parties(effect.maker, dialect),
        *_legs(terms, effect.side, dialect),
    )
    if dialect.take_quote is TakeBy.ORDER:
        order: Fields = [(11, effect.order_id), (117, effect.quote_id), (59, "4"), *what]
        return Encoded("D", order, groups)
    head = _response(effect, _HIT)
    return Encoded("AJ", [*head, (11, effect.order_id), *what], groups)


def counter_quote(effect: CounterQuote, dialect: Dialect, at_ns: int) -> Encoded:
    """AJ with a price of ours."""
    fields = _response(effect, _COUNTER)
    fields += [
        *_about(effect.terms, effect.side, dialect, at_ns),
        *_price(effect, dialect),
    ]
    legs = _legs(effect.terms, effect.side, dialect)
    return Encoded("AJ", fields, (_parties(effect.maker, dialect), *legs))


def pass_quote(effect: PassQuote, dialect: Dialect, at_ns: int) -> Encoded:
    """AJ that lets a quote go; the side stays hidden where the request hid it."""
    terms = effect.terms
    fields: Fields = [
        *_response(effect, _PASS),
        *_instrument(terms, dialect),
        *_side(terms, effect.side, dialect),
        (38, plain(terms.amount)),
        *_dates(terms, dialect),
        *_money(terms, dialect),
        (60, format_timestamp(at_ns)),
    ]
    legs = _legs(terms, effect.side, dialect)
    return Encoded("AJ", fields, (_parties(effect.maker, dialect), *legs))


def taker_code(product: str, side: Side, dialect: Dialect) -> str:
    """Side (54) of a message in which we are the taker."""
    if ProductKind(product).is_loan:
        return dialect.taker_loan_side(side.opposite)
    if product == ProductKind.SWAP and dialect.swap_side is SwapSide.FAR:
        side = side.opposite
    return "1" if side is BUY else "2"


def _response(effect: TakeQuote | CounterQuote | PassQuote, kind: str) -> Fields:
    return [(693, effect.response_id), (117, effect.quote_id), (694, kind)]


def _about(terms: AskedTerms, side: Side, dialect: Dialect, at_ns: int) -> Fields:
    """What is dealt, on which side, for when."""
    return [
        *_instrument(terms, dialect),
        *_side(terms, side, dialect),
        (38, plain(terms.amount)),
        *_dates(terms, dialect),
        *_money(terms, dialect),
        (60, format_timestamp(at_ns)),
        (40, _order_type(terms, dialect)),
    ]


def _instrument(terms: AskedTerms, dialect: Dialect) -> Fields:
    symbol = dialect.symbol(terms.pair)
    code = terms.contract_code
    if code and dialect.loan_symbol is LoanSymbol.CONTRACT:
        symbol = code
    fields: Fields = [(55, symbol), *dialect.marker(terms.product)]
    return [*fields, (48, code)] if code else fields


def _side(terms: AskedTerms, side: Side | None, dialect: Dialect) -> Fields:
    return [(54, taker_code(terms.product, side, dialect))] if side is not None else []


def _dates(terms: AskedTerms, dialect: Dialect) -> Fields:
    if terms.product == ProductKind.SWAP:
        if dialect.swap_style is SwapStyle.LEGS:
            return []
        return [
            (64, day(terms.value_date)),
            (193, day(_far(terms))),
            (192, plain(terms.far_amount or terms.amount)),
        ]
    fields: Fields = [(64, day(terms.value_date))]
    if ProductKind(terms.product).is_loan:
        fields.append((541, day(_far(terms))))
    return fields


def _far(terms: AskedTerms) -> date:
    assert terms.far_value_date is not None, f"{terms.product} in {terms.pair} has no far date"
    return terms.far_value_date


def _money(terms: AskedTerms, dialect: Dialect) -> Fields:
    if ProductKind(terms.product).is_loan:
        return [(15, terms.pair), (120, terms.pair), (423, "1")]
    fields: Fields = [(15, terms.currency or base_of(terms.pair))]
    if terms.product == ProductKind.NDF:
        index = market_name(terms.fixing_index)
        fields += [(120, terms.settlement_currency), (dialect.fixing_index_tag, index)]
    return fields


def _order_type(terms: AskedTerms, dialect: Dialect) -> str:
    return dialect.swap_order_type if terms.product == ProductKind.SWAP else "D"


def _price(effect: TakeQuote | CounterQuote, dialect: Dialect) -> Fields:
    """What we deal at: of a swap the points, or the rates of both legs."""
    terms, price = effect.terms, effect.price
    if terms.product != ProductKind.SWAP:
        return [(44, plain(price))]
    if dialect.swap_style is SwapStyle.LEGS or dialect.swap_hit is SwapHit.POINTS:
        return [(44, plain(dialect.points_out(terms.pair, price)))]
    assert effect.spot is not None, f"swap points of {effect.quote_id} without a spot rate"
    near = effect.spot + effect.near_points
    return [(44, plain(near)), (640, plain(near + price))]


def _legs(terms: AskedTerms, side: Side | None, dialect: Dialect) -> list[Group]:
    """The legs of a swap, where they are written."""
    if terms.product != ProductKind.SWAP or dialect.swap_style is not SwapStyle.LEGS:
        return []
    far_side = side.opposite if side is not None else None
    near_kind = "FXSPOT" if terms.value_date == terms.spot_date else "FXFWD"
    rows = (
        (near_kind, side, terms.amount, terms.value_date, "N"),
        ("FXFWD", far_side, terms.far_amount or terms.amount, _far(terms), "F"),
    )
    legs: list[Fields] = []
    for kind, leg_side, amount, value_date, name in rows:
        leg: Fields = [(600, dialect.symbol(terms.pair)), (609, kind)]
        if leg_side is not None:
            leg.append((624, "1" if leg_side is BUY else "2"))
        legs.append([*leg, (687, plain(amount)), (654, name), (588, day(value_date))])
    return [Group(555, legs)]


def _parties(maker: str, dialect: Dialect) -> Group:
    """We, and the maker that is meant."""
    named = ((dialect.entity, _OUR_ROLE), (maker, _MAKER_ROLE))
    return Group(
        453,
        [[(448, name), (447, dialect.party_source), (452, role)] for name, role in named if name],
    )
