"""What a ruling means for whoever asked: the prices, or what is done instead, in words."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from connectors.rules.situation import Situation
from robot.basics.tenor import parse_tenor
from robot.deals.product import ProductKind
from robot.rules.facts import INSTANT_FACT, PIP, key_of, type_of
from robot.rules.format_words import Words, plain
from robot.rules.ruling import Ruling, Worked
from robot.rules.tree import (
    AskBanks,
    AskPerson,
    Book,
    Counter,
    DealAt,
    HandTo,
    Hedge,
    Pass,
    Quote,
    Sides,
)
from robot.rules.types import SCALE, Kind, Type, Value, tenor_code
from robot.rules.vocabulary import CHINESE, LANGUAGES

_RATE_TICK = 100
"""Rates are quoted in steps of 0.0001 %, as `robot.market.pricing` rounds them."""
_POINTS_PER_PIP = 100
_TENORS = (
    "TODAY", "TOM", "SPOT", "ON", "TN", "SN", "1D", "7D", "14D", "21D", "1W", "2W", "3W",
    *(f"{months}M" for months in range(1, 13)), "18M", *(f"{years}Y" for years in range(1, 6)),
)  # fmt: skip


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One decision. Prices are whole numbers of their type's scale, rounded to the tick away from
    the middle, as live quotes are.
    """

    action: str
    """quote, pass, ask banks, buy, sell, lend, borrow, counter, hedge, hand, ask a person, or
    refused: it could not be worked out.
    """
    ruling: Ruling
    bid: int | None = None
    offer: int | None = None
    reason: str = ""
    """Of a pass, a question to a person, a refusal; the name of whom it is handed to."""


def outcome_of(situation: Situation, ruling: Ruling) -> Outcome:
    """The outcome of a ruling."""
    if ruling.refused:
        return Outcome(action="refused", ruling=ruling, reason=ruling.refused)
    match ruling.action:
        case Quote():
            return _quoted(situation, ruling, ruling.action)
        case Pass(reason=reason):
            return Outcome(action="pass", ruling=ruling, reason=reason)
        case AskPerson(reason=reason):
            return Outcome(action="ask a person", ruling=ruling, reason=reason)
        case AskBanks():
            return Outcome(action="ask banks", ruling=ruling, reason=ruling.action.group)
        case DealAt(verb=verb):
            return Outcome(action=verb.lower(), ruling=ruling)
        case Counter():
            return _countered(situation, ruling)
        case Hedge():
            return Outcome(action="hedge", ruling=ruling)
        case HandTo(name=name):
            return Outcome(action="hand", ruling=ruling, reason=name)


def _quoted(situation: Situation, ruling: Ruling, quote: Quote) -> Outcome:
    values = numbers(ruling)
    size, cap = situation.value(key_of("size")), values.get("size")
    if cap is not None and isinstance(size, int) and size > cap:
        return Outcome(action="pass", ruling=ruling, reason="over the size quoted for")
    middle = values.get("around", _middle(situation))
    if middle is None:
        return Outcome(action="refused", ruling=ruling, reason="the market is not known")
    margin, skew, tick = values["margin"], values.get("skew", 0), _tick(situation)
    if margin < 0:
        return Outcome(action="pass", ruling=ruling, reason="the margin is below 0")
    bid, offer = middle - margin + skew, middle + margin + skew
    side = situation.value(key_of("side"))
    # A swap whose near leg we buy is dealt at the offer of the points: its far leg is sold.
    turned = situation.product is ProductKind.SWAP
    bid_sides = ("SELL" if turned else "BUY", "BORROW", "BOTH", None)
    offer_sides = ("BUY" if turned else "SELL", "LEND", "BOTH", None)
    wants_bid = quote.sides is not Sides.OFFER and side in bid_sides
    wants_offer = quote.sides is not Sides.BID and side in offer_sides
    if not (wants_bid or wants_offer):
        reason = f"only our {quote.sides} is quoted"
        return Outcome(action="pass", ruling=ruling, reason=reason)
    return Outcome(
        action="quote",
        ruling=ruling,
        bid=bid // tick * tick if wants_bid else None,
        offer=-(-offer // tick) * tick if wants_offer else None,
    )


def _countered(situation: Situation, ruling: Ruling) -> Outcome:
    """What would be said: the price of the rule, kept from the walk-away, from what is better than
    they ask for and from what is worse for them than we said before.
    """
    product, values = situation.product, numbers(ruling)
    name = "rate" if product.is_loan else "points" if product is ProductKind.SWAP else "price"
    theirs, ours = (_whole(situation.value(key_of(f"{who} {name}"))) for who in ("their", "our"))
    side = situation.value(key_of("side"))
    if theirs is None or side not in _AT_BID | _AT_OFFER:
        return Outcome(action="pass", ruling=ruling, reason="they have said no price")
    bid = side in (_AT_OFFER if product is ProductKind.SWAP else _AT_BID)
    if not bid:  # seen from the other side: a higher price is worse for us at our bid alone
        theirs, ours = -theirs, -ours if ours is not None else None
        values = {name: -value for name, value in values.items()}
    worst, tick = values["worst"], _tick(situation)
    price = min(values["price"], worst) // tick * tick
    price = min(price if ours is None else max(price, ours), theirs)
    if price > worst:
        return Outcome(action="pass", ruling=ruling, reason="what we said before is past it")
    return Outcome(
        action="counter",
        ruling=ruling,
        bid=price if bid else None,
        offer=None if bid else -price,
    )


_AT_BID, _AT_OFFER = frozenset({"BUY", "BORROW"}), frozenset({"SELL", "LEND"})


def _whole(value: Value) -> int | None:
    return value if isinstance(value, int) else None


def _middle(situation: Situation) -> int | None:
    if situation.product.is_loan:
        key = key_of("rate mid")
    else:
        key = key_of("points mid" if situation.product is ProductKind.SWAP else "mid")
    value = situation.value(key)
    return value if isinstance(value, int) else None


def _tick(situation: Situation) -> int:
    if situation.product.is_loan:
        return _RATE_TICK
    steps = situation.steps.get(situation.pair)
    if steps is None:
        return 1
    return steps.pip // _POINTS_PER_PIP if situation.product is ProductKind.SWAP else steps.tick


def numbers(ruling: Ruling) -> dict[str, int]:
    """The numbers that were worked out, by the names of their fields."""
    return {row.name: row.value for row in ruling.values if isinstance(row.value, int)}


# --- in words


def told(situation: Situation, found: Outcome, language: str) -> str:
    """`quote 1.08497/1.08523 margin 1.3 pip valid 5 s` and the like."""
    words, ruling = Words(LANGUAGES[language]), found.ruling
    more = [_clause(words, situation, row) for row in ruling.values]
    said = " ".join(part for part in more if part)
    match found.action:
        case "quote":
            text = f"{words.key('QUOTE')} {prices(situation, found)}"
        case "pass":
            return f"{words.key('PASS')} {words.text(found.reason)}"
        case "refused":
            name = "无法得出" if words.language == CHINESE else "refused"
            return f"{name}{'：' if words.language == CHINESE else ': '}{found.reason}"
        case "ask a person":
            text = f"{words.key('ASK_PERSON')} {words.text(found.reason)}"
        case "ask banks":
            action = ruling.action
            assert isinstance(action, AskBanks)
            count = numbers(ruling).get("banks", "")
            text = f"{words.key('ASK')} {count} {words.key('BANKS')}"
            if action.group:
                text += f" {words.key('OF_GROUP')} {words.name(action.group)}"
            if action.game:
                text += f" {words.key('BY_GAME')} {words.name(action.game)}"
            if action.verb:
                text += f" {words.key('TO')} {words.key(action.verb)}"
        case "hand":
            action = ruling.action
            assert isinstance(action, HandTo)
            key = "HAND_GAME" if action.game else "HAND_STRATEGY"
            text = f"{words.key(key)} {words.name(found.reason)}"
        case "counter":
            price = found.offer if found.bid is None else found.bid
            type_ = next(row.type for row in ruling.values if row.name == "price")
            said = " ".join(part for part in more[1:] if part)
            text = f"{words.key('COUNTER')} {said_value(words, situation, type_, price)}"
        case other:
            text = words.key(other.upper())
    return f"{text} {said}".rstrip()


_CLAUSES = {
    "margin": "MARGIN",
    "skew": "SKEW",
    "around": "AROUND",
    "valid": "VALID",
    "within": "WITHIN",
    "until": "UNTIL",
    "limit": "AT",
    "worst": "NO_WORSE",
    "tenor": "FOR",
}


def _clause(words: Words, situation: Situation, row: Worked) -> str:
    if row.name == "banks":
        return ""
    value = said_value(words, situation, row.type, row.value)
    if row.name in ("size", "price"):
        return value
    form = 1 if row.name == "tenor" and words.language == CHINESE else 0
    return f"{words.key(_CLAUSES[row.name], form)} {value}"


def prices(situation: Situation, found: Outcome) -> str:
    """`1.08497/1.08523`; `-` where that side is not quoted. Points in pips, rates in percent."""
    kind = Kind.RATE if situation.product.is_loan else Kind.PRICE
    per = SCALE[kind]
    if situation.product is ProductKind.SWAP and situation.pip:
        per = situation.pip
    sides = [
        "-" if side is None else plain(Decimal(side) / per) for side in (found.bid, found.offer)
    ]
    return "/".join(sides)


def said_value(words: Words, situation: Situation, type_: Type, value: Value) -> str:
    """A value as it would be written; distances in pips, what is not known as such."""
    if value is None:
        return "未知" if words.language == CHINESE else "not known"
    if type_.kind is Kind.TRUTH:
        return (
            ("no", "yes")[bool(value)] if words.language != CHINESE else ("否", "是")[bool(value)]
        )
    if type_.kind is Kind.DISTANCE and isinstance(value, int):
        pip = situation.pip
        if pip is None:
            return plain(Decimal(value) / SCALE[Kind.DISTANCE])
        return words.value(Type(Kind.PIPS), round(Decimal(value) * SCALE[Kind.PIPS] / pip))
    if type_.kind is Kind.TENOR:
        return _tenor(value)
    if type_.kind is Kind.INSTANT and isinstance(value, int):
        return _instant(value)
    return words.value(type_, value)


def _tenor(value: Value) -> str:
    for name in _TENORS:
        if tenor_code(parse_tenor(name)) == value:
            return name
    return str(value)


def _instant(value: int) -> str:
    return datetime.fromtimestamp(value / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def facts_told(situation: Situation, book: Book, ruling: Ruling, language: str) -> list[str]:
    """The facts that decided, with their values."""
    words = Words(LANGUAGES[language])
    return [
        seen_told(words, situation, book, seen.slot, seen.value)
        for seen in ruling.because
        if book.slots[seen.slot].name not in (PIP, INSTANT_FACT)
    ]


def seen_told(words: Words, situation: Situation, book: Book, slot: int, value: Value) -> str:
    """`hit ratio = 40 %`."""
    key = book.slots[slot]
    said = said_value(words, situation, type_of(key), value)
    return f"{words.fact(key.name, key.arguments)} = {said}"
