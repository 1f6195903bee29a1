"""What is given in a scenario: `market EUR/USD 1.0850/1.0852, position 20 mio, tier is gold`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.rules.scenario_cursor import Cursor, fact_names, hint
from connectors.rules.scenario_words import WORDS
from connectors.rules.situation import Situation
from robot.deals.product import ProductKind
from robot.rules.check_values import day_of, time_of
from robot.rules.facts import FACTS, key_of
from robot.rules.problems import nearest
from robot.rules.tree import FactKey
from robot.rules.types import DISTANCE, PRICE, RATE, TRUTH, Kind, Value
from robot.rules.vocabulary import ZONES

_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))
_TIME = "time"


def read_given(cursor: Cursor, situation: Situation) -> None:
    """All facts up to the end."""
    while not cursor.is_done():
        _item(cursor, situation)
        if not cursor.is_done() and not cursor.takes("COMMA", "AND"):
            raise cursor.wrong("more")
        cursor.takes("AND")


def _item(cursor: Cursor, situation: Situation) -> None:
    if cursor.takes("MARKET"):
        _two_prices(cursor, situation)
    elif cursor.takes("POINTS"):
        _two(cursor, situation, "points", "PAIR")
    elif cursor.takes("RATES"):
        _two(cursor, situation, "rate", "CURRENCY")
    elif cursor.takes("NOT", "NO"):
        found = cursor.fact()
        if found is None or found[1] != TRUTH:
            raise cursor.wrong("fact", fact_names())
        situation.put(found[0], False)
    else:
        _fact(cursor, situation)


def _two_prices(cursor: Cursor, situation: Situation) -> None:
    pair = cursor.takes("PAIR")
    tenor = cursor.takes("TENOR")
    name = str(pair.value) if pair is not None else ""
    loans = situation.product.is_loan
    swaps = situation.product is ProductKind.SWAP and not name
    if loans or swaps:
        _pair_of_values(
            cursor, situation, "rate" if loans else "points", "", str(tenor.value) if tenor else ""
        )
        return
    bid = cursor.literal(PRICE)
    cursor.needs("slash", "SLASH")
    offer = cursor.literal(PRICE)
    venue = ""
    if cursor.takes("AT", "ON"):
        venue = str(cursor.needs("value", "NAME", "TEXT").value)
    pair_said = name if name != situation.pair or situation.product is not ProductKind.SPOT else ""
    situation.put(key_of("bid", pair=pair_said, venue=venue), bid)
    situation.put(key_of("offer", pair=pair_said, venue=venue), offer)


def _two(cursor: Cursor, situation: Situation, what: str, terminal: str) -> None:
    code = cursor.takes(terminal)
    tenor = cursor.takes("TENOR")
    _pair_of_values(
        cursor,
        situation,
        what,
        str(code.value) if code is not None else "",
        str(tenor.value) if tenor is not None else "",
    )


def _pair_of_values(cursor: Cursor, situation: Situation, what: str, code: str, tenor: str) -> None:
    said = {"tenor": tenor, "pair" if what == "points" else "currency": code}
    low, high = key_of(f"{what} bid", **said), key_of(f"{what} offer", **said)
    wanted = DISTANCE if what == "points" else RATE
    pip = cursor.pip_of(situation, low)
    situation.put(low, cursor.bare(wanted, pip))
    cursor.needs("slash", "SLASH")
    situation.put(high, cursor.bare(wanted, pip))


def _fact(cursor: Cursor, situation: Situation) -> None:
    found = cursor.fact()
    if found is None:
        known = [*fact_names(), *(form for forms in WORDS.values() for form in forms[0])]
        raise cursor.wrong("fact", known)
    key, type_ = found
    if key.name == _TIME and cursor.at("DATE"):
        situation.put_now(_moment(cursor, situation))
        return
    if cursor.takes("IS_MISSING"):
        situation.put(key, None)
        return
    is_not = cursor.takes("IS_NOT")
    said = cursor.takes("IS", "EQUAL") or is_not
    if type_ == TRUTH:
        situation.put(key, _truth(cursor) is (is_not is None) if said else True)
        return
    situation.put(key, cursor.literal(type_, cursor.pip_of(situation, key)))


def _truth(cursor: Cursor) -> bool:
    token = cursor.takes("NAME", "NO", "IS")
    words = {"yes": True, "true": True, "是": True, "no": False, "false": False, "否": False}
    text = str(token.value).lower() if token is not None else ""
    if token is not None and token.type == "IS":
        return True
    if text not in words:
        raise cursor.wrong("value", words)
    return words[text]


def _moment(cursor: Cursor, situation: Situation) -> int:
    """`2026-12-04 13:30 UTC`: milliseconds since 1970 UTC; without a zone in the desk's own."""
    draft = cursor.pages.draft
    day = day_of(draft, cursor.take())
    clock = time_of(draft, cursor.needs("time", "TIME"))
    zone = situation.zone
    token = cursor.takes("ZONE")
    if token is not None:
        zone = str(token.value)
        if zone not in ZONES:
            near = hint(nearest(zone, ZONES))
            raise cursor.pages.wrong("no such zone", token, found=zone, hint=near)
    shown = datetime.combine(date.fromordinal(day), datetime.min.time()) + timedelta(
        milliseconds=clock
    )
    return (shown.replace(tzinfo=ZoneInfo(zone)) - _EPOCH_UTC) // timedelta(milliseconds=1)


def put_text(situation: Situation, cursor: Cursor, name: str) -> Value:
    """The value of a fact that is named apart from it, as in the column of a table."""
    key = key_of(name)
    wanted = FACTS[name].type
    if wanted.kind is Kind.TRUTH:
        value: Value = _truth(cursor)
    elif cursor.takes("IS_MISSING"):
        value = None
    else:
        value = cursor.literal(wanted, cursor.pip_of(situation, key))
    situation.put(FactKey(key.name, key.arguments), value)
    return value
