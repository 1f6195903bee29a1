"""Arithmetic: what may be added, multiplied and compared, and of what type the result is."""

from __future__ import annotations

from robot.rules.check_values import Found, Open, default, settle, unknown_name
from robot.rules.draft import Draft, position, said_type
from robot.rules.facts import PIP, key_of, type_of
from robot.rules.grammar import Syntax
from robot.rules.problems import WRITTEN
from robot.rules.tree import AnyExpression, Arithmetic, InPrice, Literal, Operator
from robot.rules.types import BASE, COUNT, DISTANCE, NUMBER, SHARE, Kind, Type

_SUMMED = frozenset(
    {
        Kind.DISTANCE, Kind.PIPS, Kind.SPREAD, Kind.AMOUNT, Kind.NUMBER, Kind.SHARE, Kind.COUNT,
        Kind.DURATION,
    }
)  # fmt: skip
SCALED = _SUMMED | {Kind.RATE, Kind.PRICE}
_FACTORS = frozenset({Kind.NUMBER, Kind.SHARE, Kind.COUNT})
_DIFFERENCES = {Kind.PRICE: Kind.DISTANCE, Kind.RATE: Kind.SPREAD}


def _check_named(draft: Draft, syntax: Syntax, *parts: Found) -> None:
    """A name beside a sign of arithmetic was meant as one name: BANK-A."""
    for part in parts:
        if isinstance(part, Open) and part.kind in ("name", "quoted", "word"):
            raise draft.wrong("sign in a name", syntax, found=WRITTEN)


def added(
    draft: Draft, operator: Operator, left: Found, right: Found, syntax: Syntax
) -> AnyExpression:
    _check_named(draft, syntax, left, right)
    if isinstance(left, Open) and not isinstance(right, Open):
        left = settle(draft, left, right.type)
    elif isinstance(right, Open) and not isinstance(left, Open):
        other = (
            Type(_DIFFERENCES[left.type.kind], left.type.of)
            if left.type.kind in _DIFFERENCES
            else left.type
        )
        right = settle(draft, right, other)
    first, second = default(draft, left), default(draft, right)
    first, second = same_scale(draft, first, second)
    type_ = _sum_type(operator, first.type, second.type)
    if type_ is None:
        code = "no sum" if operator is Operator.PLUS else "no difference"
        raise draft.wrong(code, syntax, left=said_type(first.type), right=said_type(second.type))
    return Arithmetic(at=position(syntax), type=type_, operator=operator, left=first, right=second)


def same_scale(
    draft: Draft, first: AnyExpression, second: AnyExpression
) -> tuple[AnyExpression, AnyExpression]:
    """Pips beside a price or distance become a distance, counts beside numbers numbers."""
    if first.type is second.type:
        return first, second
    kinds = {first.type.kind, second.type.kind}
    if Kind.PIPS in kinds and kinds & {Kind.PRICE, Kind.DISTANCE}:
        pair = (first if second.type.kind is Kind.PIPS else second).type.of
        return as_distance(draft, first, pair), as_distance(draft, second, pair)
    if kinds == {Kind.COUNT, Kind.NUMBER}:
        return _as_number(first), _as_number(second)
    return first, second


def as_distance(draft: Draft, part: AnyExpression, pair: str = "") -> AnyExpression:
    if part.type.kind is not Kind.PIPS:
        return part
    key = key_of(PIP, pair=pair)
    pip = draft.fact(key, type_of(key), part.at)
    return InPrice(
        at=part.at, type=Type(Kind.DISTANCE, pair) if pair else DISTANCE, part=part, pip=pip
    )


def _as_number(part: AnyExpression) -> AnyExpression:
    if part.type.kind is not Kind.COUNT:
        return part
    if isinstance(part, Literal):
        assert isinstance(part.value, int)
        return Literal(at=part.at, type=NUMBER, value=part.value * 10**6)
    one = Literal(at=part.at, type=NUMBER, value=10**6)
    return Arithmetic(at=part.at, type=NUMBER, operator=Operator.TIMES, left=part, right=one)


def _sum_type(operator: Operator, left: Type, right: Type) -> Type | None:
    plus = operator is Operator.PLUS
    if left == right:
        if left.kind in _DIFFERENCES:
            return None if plus else Type(_DIFFERENCES[left.kind], left.of)
        return left if left.kind in _SUMMED else None
    if left.of == right.of:
        if _DIFFERENCES.get(left.kind) is right.kind:
            return left
        if plus and _DIFFERENCES.get(right.kind) is left.kind:
            return right
    return None


def multiplied(
    draft: Draft, operator: Operator, left: Found, right: Found, syntax: Syntax
) -> Found:
    first, second = default(draft, left), default(draft, right)
    if operator is Operator.OVER:
        first, second = same_scale(draft, first, second)
    one, other = first.type, second.type
    if operator is Operator.TIMES:
        type_ = _product_type(one, other)
    else:
        type_ = _quotient_type(one, other)
        if isinstance(second, Literal) and second.value == 0:
            raise draft.wrong("by zero", syntax)
    if type_ is None:
        code = "no product" if operator is Operator.TIMES else "no quotient"
        raise draft.wrong(code, syntax, left=said_type(one), right=said_type(other))
    return Arithmetic(at=position(syntax), type=type_, operator=operator, left=first, right=second)


def _product_type(one: Type, other: Type) -> Type | None:
    if one.kind in _FACTORS and other.kind in _FACTORS:
        return SHARE if SHARE in (one, other) and COUNT not in (one, other) else NUMBER
    if one.kind in _FACTORS and other.kind in SCALED:
        return other
    if other.kind in _FACTORS and one.kind in SCALED:
        return one
    return None


def _quotient_type(one: Type, other: Type) -> Type | None:
    if one == other and one.kind in SCALED:
        return NUMBER
    if other.kind in _FACTORS and one.kind in SCALED:
        return NUMBER if one == COUNT else one
    return None


def alike(
    draft: Draft, left: Found, right: Found, syntax: Syntax
) -> tuple[AnyExpression, AnyExpression]:
    """Both sides as values of one type."""
    if isinstance(left, Open) and isinstance(right, Open):
        if left.kind == "index":
            left = default(draft, left)
        elif right.kind == "index":
            right = default(draft, right)
        else:
            left, right = _both_open(draft, left, right)
    if isinstance(left, Open):
        assert not isinstance(right, Open)
        left = settle(draft, left, right.type)
    if isinstance(right, Open):
        right = settle(draft, right, left.type)
    first, second = same_scale(draft, left, right)
    if first.type != second.type:
        code = "two units" if first.type.kind is second.type.kind else "not comparable"
        raise draft.wrong(code, syntax, left=said_type(first.type), right=said_type(second.type))
    return first, second


def _both_open(draft: Draft, left: Open, right: Open) -> tuple[Found, Found]:
    for part in (left, right):
        if part.kind == "name":
            raise unknown_name(draft, part)
    if left.is_number and right.is_number and left.kind != right.kind:
        kinds = {left.kind, right.kind}
        wanted = Type(Kind.AMOUNT, BASE) if "amount" in kinds else NUMBER
        return settle(draft, left, wanted), settle(draft, right, wanted)
    return default(draft, left), default(draft, right)
