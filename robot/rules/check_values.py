"""Values as written into typed ones. `3 %` may be a rate or a share, `gold` a tier or a group: such
are open until it is known what they stand beside.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from robot.basics.currency import parse_pair
from robot.basics.tenor import Tenor, Unit, parse_tenor
from robot.errors import UnknownReference, UnknownTenor
from robot.rules.draft import Declared, Draft, Wrong, position, said_type, scaled
from robot.rules.facts import FIXING, key_of, type_of
from robot.rules.grammar import Syntax
from robot.rules.parse import hint, listed, text_of
from robot.rules.problems import WRITTEN, Said, nearest
from robot.rules.tokens import Quantity, Token
from robot.rules.tree import AnyExpression, Literal, ParameterRef, Position, TableLookup
from robot.rules.types import (
    AMOUNT,
    CURRENCY,
    DATE,
    DURATION,
    NUMBER,
    PAIR,
    PIPS,
    SHARE,
    SPREAD,
    TENOR,
    TEXT,
    TIME,
    Kind,
    Type,
    tenor_code,
)
from robot.rules.vocabulary import AMOUNT_UNITS, BP, DURATION_UNITS_MS, PERCENT, PIP, VALUES

NUMBER_KINDS = frozenset({Kind.NUMBER, Kind.COUNT, Kind.PRICE})
PERCENT_KINDS = frozenset({Kind.SHARE, Kind.RATE, Kind.SPREAD, Kind.NUMBER})
AMOUNT_KINDS = frozenset({Kind.AMOUNT})
FITTING = {
    "number": NUMBER_KINDS | AMOUNT_KINDS,
    "percent": PERCENT_KINDS,
    "amount": AMOUNT_KINDS,
}
DEFAULTS = {"number": NUMBER, "percent": SHARE, "amount": AMOUNT}
SAMPLES = {
    Kind.PRICE: "1.0850",
    Kind.DISTANCE: "0.5 pip",
    Kind.PIPS: "0.5 pip",
    Kind.RATE: "1.62 %",
    Kind.SPREAD: "3 bp",
    Kind.AMOUNT: "5 mio",
    Kind.SHARE: "60 %",
    Kind.DURATION: "5 s",
    Kind.TIME: "09:30",
    Kind.DATE: "2026-12-04",
    Kind.TENOR: "1W",
    Kind.NUMBER: "1.5",
    Kind.COUNT: "3",
    Kind.PAIR: "EUR/USD",
    Kind.CURRENCY: "CNY",
}


LEAST = 1_000
"""A bare number that is an amount is as large or zero: `size > 5` is hardly meant."""


class Open:
    """A value whose type what stands beside it decides."""

    __slots__ = ("declared", "keys", "kind", "number", "text", "where")

    def __init__(
        self,
        kind: str,
        where: Token | Syntax,
        number: Decimal = Decimal(0),
        text: str = "",
        declared: Declared | None = None,
        keys: tuple[AnyExpression, ...] = (),
    ) -> None:
        self.kind = kind
        """number, percent, amount; name, word, quoted."""
        self.where = where
        self.number = number
        self.text = text
        self.declared = declared
        self.keys = keys

    @property
    def is_number(self) -> bool:
        """Whether it counts something."""
        return self.kind in FITTING


Found = AnyExpression | Open


def value_of(draft: Draft, token: Token) -> Found:
    """A literal."""
    if isinstance(token.value, Quantity):
        return _quantity(draft, token, token.value)
    kind, text = token.type, token.value
    if kind == "PAIR":
        return Literal(at=token.at, type=PAIR, value=_pair(draft, token, text))
    if kind == "CURRENCY":
        return Open("word", token, text=text)
    if kind == "TENOR":
        return Open("word", token, text=text)
    if kind == "INDEX":
        return Open("index", token, text=text)
    if kind == "DATE":
        return Literal(at=token.at, type=DATE, value=day_of(draft, token))
    return Literal(at=token.at, type=TIME, value=time_of(draft, token))


def _quantity(draft: Draft, token: Token, said: Quantity) -> Found:
    number, unit = said.number, said.unit
    if unit == PERCENT:
        return Open("percent", token, number)
    if unit == BP:
        value = scaled(draft, number / 100, SPREAD, token)
        return Literal(at=token.at, type=SPREAD, value=value)
    if unit == PIP:
        return Literal(at=token.at, type=PIPS, value=scaled(draft, number, PIPS, token))
    if unit in DURATION_UNITS_MS:
        value = scaled(draft, number * DURATION_UNITS_MS[unit] / 1000, DURATION, token)
        return Literal(at=token.at, type=DURATION, value=value)
    number *= AMOUNT_UNITS.get(unit, 1)
    if said.currency:
        type_ = draft.plain(Type(Kind.AMOUNT, said.currency))
        return Literal(at=token.at, type=type_, value=scaled(draft, number, type_, token))
    return Open("amount" if unit else "number", token, number)


def _pair(draft: Draft, token: Token, text: str) -> str:
    try:
        return parse_pair(text)
    except UnknownReference:
        raise draft.wrong("no pair", token, found=text) from None


def day_of(draft: Draft, token: Token) -> int:
    """A date as its ordinal."""
    try:
        return date.fromisoformat(text_of(token)).toordinal()
    except ValueError:
        raise draft.wrong("no date", token, found=text_of(token)) from None


def time_of(draft: Draft, token: Token, end: bool = False) -> int:
    """A time of day in milliseconds after midnight; 24:00 only as an end."""
    hours, minutes, *seconds = (int(part) for part in text_of(token).split(":"))
    second = seconds[0] if seconds else 0
    value = ((hours * 60 + minutes) * 60 + second) * 1000
    if minutes > 59 or second > 59 or value > 86_400_000 or (value == 86_400_000 and not end):
        raise draft.wrong("no time", token, found=text_of(token))
    return value


def default(draft: Draft, found: Found) -> AnyExpression:
    """The value where nothing beside it says of what type it is."""
    if not isinstance(found, Open):
        return found
    if found.is_number:
        return settle(draft, found, DEFAULTS[found.kind])
    if found.kind == "quoted":
        return settle(draft, found, TEXT)
    if found.kind == "index":
        key = key_of(FIXING, index=found.text)
        return draft.fact(key, draft.plain(type_of(key)), position(found.where))
    if found.kind == "word":
        return settle(
            draft, found, CURRENCY if len(found.text) == 3 and found.text.isalpha() else TENOR
        )
    raise unknown_name(draft, found)


def unknown_name(draft: Draft, found: Open) -> Exception:
    """Reports a name that nobody has; one whose own statement is wrong was reported there."""
    if found.text in draft.attempted:
        return Wrong(found.text)
    near = nearest(found.text, draft.names())
    return draft.wrong("unknown name", found.where, name=found.text, hint=hint(near))


def settle(draft: Draft, found: Found, wanted: Type) -> AnyExpression:
    """The value as one of that type."""
    if not isinstance(found, Open):
        return found
    if found.is_number:
        return _number(draft, found, wanted)
    if found.kind == "index" and wanted.is_counted and wanted.kind is not Kind.TENOR:
        return default(draft, found)
    if wanted.kind is Kind.TENOR and found.kind != "name":
        return _tenor(draft, found)
    if not wanted.is_named:
        if found.kind == "name":
            raise unknown_name(draft, found)
        raise draft.wrong(
            "not that type", found.where, found=Said(f"`{found.text}`", f"“{found.text}”"),
            wanted=said_type(wanted), sample=SAMPLES.get(wanted.kind, ""),
        )  # fmt: skip
    return Literal(at=position(found.where), type=wanted, value=_named(draft, found, wanted))


def _number(draft: Draft, found: Open, wanted: Type) -> AnyExpression:
    declared = found.declared
    if wanted.kind not in FITTING[found.kind]:
        if not wanted.is_counted:  # a name has no unit
            raise draft.wrong("wrong type", found.where, found=WRITTEN, wanted=said_type(wanted))
        sample = SAMPLES.get(wanted.kind, "")
        raise draft.wrong("needs a unit", found.where, wanted=said_type(wanted), sample=sample)
    at = position(found.where)
    if declared is None:
        value = counted(draft, found, wanted)
        return Literal(at=at, type=wanted, value=value)
    if declared.type is None:
        declared.type = wanted
    elif declared.type != wanted:
        raise draft.wrong(
            "used as two", found.where, name=declared.name, first=said_type(declared.type),
            second=said_type(wanted),
        )  # fmt: skip
    return reference(declared, found.keys, at)


def reference(
    declared: Declared, keys: tuple[AnyExpression, ...], at: Position
) -> ParameterRef | TableLookup:
    """A parameter or a cell, of the type that was found."""
    type_ = declared.type
    assert type_ is not None
    if declared.axes:
        return TableLookup(
            at=at,
            type=type_,
            index=declared.index,
            name=declared.name,
            keys=keys,
        )
    return ParameterRef(at=at, type=type_, index=declared.index, name=declared.name)


def counted(draft: Draft, found: Open, wanted: Type) -> int:
    """An open number as the whole number of its type; 60 % as a share or number is 0.6."""
    small = found.kind == "number" and wanted.kind is Kind.AMOUNT and 0 < abs(found.number) < LEAST
    if small:
        raise draft.wrong("small amount", found.where, number=f"{found.number:f}")
    hundredths = found.kind == "percent" and wanted.kind in (Kind.SHARE, Kind.NUMBER)
    number = found.number / 100 if hundredths else found.number
    return scaled(draft, number, wanted, found.where)


def _tenor(draft: Draft, found: Open) -> Literal:
    tenor = tenor_of(draft, found.text, found.where)
    return Literal(at=position(found.where), type=TENOR, value=tenor_code(tenor), said=str(tenor))


def tenor_of(draft: Draft, text: str, where: Token | Syntax) -> Tenor:
    """The tenor of that name."""
    try:
        tenor = parse_tenor(text)
    except UnknownTenor:
        raise draft.wrong(
            "not that type", where, found=Said(f"`{text}`", f"“{text}”"),
            wanted=said_type(TENOR), sample=SAMPLES[Kind.TENOR],
        ) from None  # fmt: skip
    if tenor.unit is Unit.IMM:
        raise draft.wrong("imm tenor", where, name=text)
    return tenor


def _named(draft: Draft, found: Open, wanted: Type) -> str:
    text, where = found.text, found.where
    if wanted.kind in VALUES:
        return closed_value(draft, wanted, text, where)
    if wanted.kind is Kind.CURRENCY:
        if found.kind == "word" and len(text) == 3:
            return text
        raise draft.wrong(
            "not that type", where, found=Said(f"`{text}`", f"“{text}”"),
            wanted=said_type(wanted), sample="CNY",
        )  # fmt: skip
    if wanted.kind is Kind.PAIR:
        raise draft.wrong("no pair", where, found=text)
    if wanted.kind is Kind.TEXT and found.kind != "quoted":
        raise draft.wrong("text needs quotes", where, found=text)
    return text


def closed_value(draft: Draft, wanted: Type, text: str, where: Token | Syntax) -> str:
    """What a fact carries for the word `spot`, `buy`, `周一` ..."""
    forms = VALUES[wanted.kind]
    for value, (english, chinese) in forms.items():
        if text.lower() in (form.lower() for form in english) or text in chinese:
            return value
        if text == value:
            return value
    near = nearest(text, [form for pair in forms.values() for form in (*pair[0], *pair[1])])
    known = listed([Said(f"`{pair[0][0]}`", f"“{pair[1][0]}”") for pair in forms.values()])
    raise draft.wrong(
        "not one of", where, found=text, type=said_type(wanted), known=known, hint=hint(near)
    )
