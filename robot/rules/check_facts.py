"""Facts as written, with what stands in brackets after them."""

from __future__ import annotations

from robot.basics.index import INDICES, FixingKind
from robot.rules.draft import Draft, position
from robot.rules.fact import Argument, Fact
from robot.rules.facts import FACTS, type_of
from robot.rules.grammar import Syntax
from robot.rules.parse import listed, text_of
from robot.rules.problems import Said
from robot.rules.tokens import Quantity, Token
from robot.rules.tree import FactKey, FactRef
from robot.rules.types import HORIZONS_MS
from robot.rules.vocabulary import DURATION_UNITS_MS

WINDOWS_MS = {60_000: "1 min", 300_000: "5 min", 900_000: "15 min"}
SPANS_MS = {3_600_000: "1 h", 86_400_000: "1 d"}
_DURATIONS = {
    Argument.WINDOW: WINDOWS_MS,
    Argument.SPAN: SPANS_MS,
    Argument.HORIZON: {size: text for text, size in HORIZONS_MS.items()},
}

_SAID = {
    Argument.PAIR: Said("a pair", "货币对"),
    Argument.VENUE: Said("a venue", "平台"),
    Argument.CURRENCY: Said("a currency", "货币"),
    Argument.TENOR: Said("a tenor", "期限"),
    Argument.WINDOW: Said("1 min, 5 min or 15 min", "1 分钟、5 分钟或 15 分钟"),
    Argument.SPAN: Said("1 h or 1 d", "1 小时或 1 天"),
    Argument.HORIZON: Said("10 s or 1 min", "10 秒或 1 分钟"),
    Argument.INDEX: Said("a reference rate", "参考利率"),
}
_PRODUCTS = {
    "SPOT": Said("spot", "即期"),
    "FORWARD": Said("forward", "远期"),
    "SWAP": Said("swap", "掉期"),
    "NDF": Said("ndf", "无本金远期"),
    "DEPOSIT": Said("deposit", "拆借"),
    "REPO": Said("repo", "回购"),
}


def fact_ref(draft: Draft, syntax: Syntax) -> FactRef:
    """The fact, if this book can know it; one without brackets is looked up once for all rules."""
    token = syntax.children[0]
    assert isinstance(token, Token)
    name, alone = text_of(token), len(syntax.children) == 1
    before = draft.facts_alone.get(name) if alone else None
    if before is not None:
        return draft.fact(*before, position(token))
    fact = FACTS[name]
    arguments = _arguments(draft, fact, syntax)
    if draft.by_clock and fact.request:
        raise draft.wrong("no request", token, fact=said_fact(fact))
    if draft.products and not {*fact.products} & {*draft.products}:
        products = listed([_PRODUCTS[product] for product in draft.products])
        raise draft.wrong("never known", token, fact=said_fact(fact), products=products)
    key = FactKey(fact.name, arguments)
    type_ = draft.plain(type_of(key))
    if alone:
        draft.facts_alone[name] = key, type_
    return draft.fact(key, type_, position(token))


def said_fact(fact: Fact) -> Said:
    """A fact in a message."""
    return Said(f"`{fact.name}`", f"“{fact.chinese}”")


def _arguments(draft: Draft, fact: Fact, syntax: Syntax) -> tuple[str, ...]:
    found = ["" for _ in fact.arguments]
    given = syntax.children[1:]
    parts = given[0].children if given and isinstance(given[0], Syntax) else []
    index = 0
    for part in parts:
        token = _token_of(part)
        while index < len(fact.arguments):
            value = _argument(fact.arguments[index], token) if token else ""
            index += 1
            if value:
                found[index - 1] = value
                break
        else:
            raise draft.wrong(
                "no such argument", part, fact=said_fact(fact),
                wanted=listed([_SAID[argument] for argument in fact.arguments])
                if fact.arguments else Said("nothing", "任何内容"),
            )  # fmt: skip
    for argument, value in zip(fact.arguments, found, strict=True):
        if argument in fact.required and not value:
            wanted = _SAID[argument]
            raise draft.wrong("argument missing", syntax, fact=said_fact(fact), wanted=wanted)
    return tuple(found)


def _token_of(part: Syntax | Token) -> Token | None:
    """The only token of an argument; None where it is more than one value."""
    while isinstance(part, Syntax):
        if len(part.children) != 1:
            return None
        part = part.children[0]
    return part


def _argument(argument: Argument, token: Token) -> str:
    """The argument, if the token can be one of that sort; else empty."""
    value = token.value
    if isinstance(value, Quantity):
        if value.unit not in DURATION_UNITS_MS:
            return ""
        milliseconds = int(value.number * DURATION_UNITS_MS[value.unit])
        return _DURATIONS.get(argument, {}).get(milliseconds, "")
    if argument is Argument.INDEX:
        rate = token.type == "INDEX" and INDICES[value].kind is FixingKind.RATE
        return value if rate else ""
    if argument is Argument.VENUE:
        return value if token.type in ("NAME", "TEXT", "CURRENCY") else ""
    return value if token.type == str(argument.name) else ""
