"""What a scenario expects: `quote 1.08497/1.08523 valid 5 s because "gold"`."""

from __future__ import annotations

import msgspec

from connectors.rules.scenario_cursor import Cursor, hint
from connectors.rules.situation import Situation
from robot.deals.product import ProductKind
from robot.rules.problems import nearest
from robot.rules.types import (
    AMOUNT,
    COUNT,
    DISTANCE,
    DURATION,
    PRICE,
    RATE,
    SPREAD,
    TENOR,
    TIME,
    Type,
    Value,
)


class Expected(msgspec.Struct, kw_only=True):
    """What is expected; what is not said is not compared."""

    line: int
    text: str = ""
    action: str = ""
    bid: int | None = None
    offer: int | None = None
    has_prices: bool = False
    reason: str | None = None
    """Of a pass, a refusal, a question to a person; the name of whom it is handed to."""
    values: dict[str, tuple[Type, Value]] = {}
    verb: str = ""
    group: str = ""
    game: str = ""
    alerts: list[str] = []
    rule: str = ""


_PLAIN = {"PASS": "pass", "ASK_PERSON": "ask a person", "REFUSED": "refused"}
_VERBS = ("BUY", "SELL", "LEND", "BORROW")
_CLAUSES = {
    "MARGIN": "margin",
    "SKEW": "skew",
    "AROUND": "around",
    "UP_TO": "size",
    "VALID": "valid",
    "WITHIN": "within",
    "UNTIL": "until",
    "AT": "limit",
    "NO_WORSE": "worst",
    "FOR": "tenor",
}


def read_expected(cursor: Cursor, situation: Situation, line: int) -> Expected:
    """All expectations up to the end."""
    found = Expected(line=line, values={}, alerts=[])
    while cursor.here is not None:
        _one(cursor, situation, found)
        if not cursor.takes("COMMA"):
            cursor.takes("AND")
    return found


def _one(cursor: Cursor, situation: Situation, found: Expected) -> None:
    if cursor.takes("BECAUSE"):
        if cursor.takes("OTHERWISE"):
            found.rule = "otherwise"
        else:
            cursor.takes("RULE")
            found.rule = str(cursor.needs("because", "TEXT").value)
            _check_rule(cursor, situation, found.rule)
    elif cursor.takes("ALERT"):
        found.alerts.append(str(cursor.needs("text", "TEXT").value))
    elif cursor.at("PASS", "ASK_PERSON", "REFUSED"):
        key = next(key for key in _PLAIN if cursor.at(key))
        cursor.take()
        found.action = _PLAIN[key]
        reason = cursor.takes("TEXT")
        found.reason = str(reason.value) if reason is not None else None
        _clauses(cursor, situation, found)
    else:
        _action(cursor, situation, found)


def _check_rule(cursor: Cursor, situation: Situation, name: str) -> None:
    names = [rule.name for rule in situation.book.rules]
    if name not in (*names, "otherwise"):
        near = hint(nearest(name, names))
        raise cursor.pages.wrong("no such rule", cursor.last, name=name, hint=near)


def _action(cursor: Cursor, situation: Situation, found: Expected) -> None:
    if cursor.takes("QUOTE"):
        found.action = "quote"
        if cursor.at("QUANTITY", "MINUS"):
            found.has_prices = True
            found.bid = _side(cursor, situation)
            cursor.needs("slash", "SLASH")
            found.offer = _side(cursor, situation)
    elif cursor.takes("ASK"):
        found.action = "ask banks"
        found.values["banks"] = (COUNT, cursor.literal(COUNT))
        cursor.takes("BANKS")
        if cursor.takes("OF_GROUP"):
            found.group = str(cursor.needs("value", "NAME", "TEXT").value)
        if cursor.takes("BY_GAME"):
            found.game = str(cursor.needs("value", "NAME", "TEXT").value)
        if cursor.takes("TO"):
            found.verb = cursor.needs("action", *_VERBS).type
            _amount(cursor, found)
    elif cursor.at(*_VERBS):
        found.action = cursor.take().type.lower()
        _amount(cursor, found)
    elif cursor.takes("HEDGE"):
        found.action = "hedge"
        _amount(cursor, found)
    elif cursor.takes("COUNTER"):
        found.action = "counter"
        cursor.takes("AT")
        found.values["price"] = (_price_type(situation), _price(cursor, situation))
    elif cursor.takes("HAND_GAME", "HAND_STRATEGY"):
        found.action = "hand"
        found.reason = str(cursor.needs("value", "NAME", "TEXT").value)
    else:
        raise cursor.wrong(
            "action",
            ("quote", "pass", "ask a person", "because", "refused", "报价", "拒绝", "因为"),
        )
    _clauses(cursor, situation, found)


def _amount(cursor: Cursor, found: Expected) -> None:
    if cursor.at("QUANTITY"):
        found.values["size"] = (AMOUNT, cursor.literal(AMOUNT))


def _clauses(cursor: Cursor, situation: Situation, found: Expected) -> None:
    while cursor.at(*_CLAUSES):
        name = next(_CLAUSES[key] for key in _CLAUSES if cursor.at(key))
        cursor.take()
        loan = situation.product.is_loan
        if name in ("limit", "around", "worst"):
            found.values[name] = (_price_type(situation), _price(cursor, situation))
        elif name in ("margin", "skew"):
            wanted = SPREAD if loan else DISTANCE
            found.values[name] = (wanted, cursor.literal(wanted, situation.pip))
        else:
            wanted = {"size": AMOUNT, "until": TIME, "tenor": TENOR}.get(name, DURATION)
            found.values[name] = (wanted, cursor.literal(wanted))


def _price_type(situation: Situation) -> Type:
    if situation.product.is_loan:
        return RATE
    return DISTANCE if situation.product is ProductKind.SWAP else PRICE


def _price(cursor: Cursor, situation: Situation) -> int:
    """A price in the terms of what is asked; its unit, percent or pips, may be left out."""
    return cursor.bare(_price_type(situation), situation.pip)


def _side(cursor: Cursor, situation: Situation) -> int | None:
    """One side of a quote; None where it is `-`."""
    if cursor.takes("MINUS"):
        return -_price(cursor, situation) if cursor.at("QUANTITY") else None
    return _price(cursor, situation)
