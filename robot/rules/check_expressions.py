"""Expressions and conditions: what may be added to, multiplied with and compared with what."""

from __future__ import annotations

from collections.abc import Callable

from robot.rules.check_arithmetic import SCALED, added, alike, as_distance, multiplied
from robot.rules.check_facts import fact_ref
from robot.rules.check_values import (
    Found,
    Open,
    default,
    reference,
    settle,
    tenor_of,
    unknown_name,
    value_of,
)
from robot.rules.draft import Declared, Draft, Wrong, position, said_type
from robot.rules.facts import INSTANT_FACT, key_of, type_of
from robot.rules.grammar import Syntax
from robot.rules.parse import hint, text_of
from robot.rules.problems import nearest
from robot.rules.tokens import Token
from robot.rules.tree import (
    Absolute,
    And,
    AnyExpression,
    Arithmetic,
    Between,
    Compare,
    Comparison,
    FactRef,
    InPrice,
    InSchedule,
    Known,
    Literal,
    Negative,
    Not,
    OneOf,
    Operator,
    Or,
)
from robot.rules.types import (
    TENOR,
    TRUTH,
    Kind,
    Type,
    tenor_bounds,
)

DEPTH_MAX = 50
"""How deep a tree of expressions may be: `a + b + c` is three deep."""

_COMPARISONS = {
    "IS": Comparison.EQUAL,
    "EQUAL": Comparison.EQUAL,
    "IS_NOT": Comparison.UNEQUAL,
    "UNEQUAL": Comparison.UNEQUAL,
    "LESS": Comparison.LESS,
    "AT_MOST": Comparison.AT_MOST,
    "AT_LEAST": Comparison.AT_LEAST,
    "MORE": Comparison.MORE,
}
_EQUALITY = frozenset({Comparison.EQUAL, Comparison.UNEQUAL})
_OPERATORS = {
    "PLUS": Operator.PLUS,
    "MINUS": Operator.MINUS,
    "TIMES": Operator.TIMES,
    "SLASH": Operator.OVER,
}


# --- conditions


def condition_of(draft: Draft, syntax: Syntax | Token) -> AnyExpression:
    """A condition; of an `and` or `or` each part is checked, whatever is wrong with the others."""
    found = found_in(draft, syntax)
    if isinstance(found, Open):
        raise draft.wrong("no condition", syntax) if found.is_number else unknown_name(draft, found)
    if found.type is not TRUTH and found.type != TRUTH:
        raise draft.wrong("no condition", syntax)
    return found


def _joined(draft: Draft, syntax: Syntax) -> AnyExpression:
    _check_list(draft, syntax)
    parts: list[AnyExpression] = []
    wrong: Wrong | None = None
    for child in syntax.children:
        try:
            parts.append(condition_of(draft, child))
        except Wrong as problem:
            wrong = problem
    if wrong is not None:
        raise wrong
    kind = And if syntax.rule == "all" else Or
    return kind(at=position(syntax), type=TRUTH, parts=_flat(kind, parts))


def _check_list(draft: Draft, syntax: Syntax) -> None:
    """`tier is gold or silver` says a list in the wrong way."""
    left, *others = syntax.children
    compares = isinstance(left, Syntax) and left.rule in ("compare", "one_of")
    for child in others:
        if compares and isinstance(child, Syntax) and child.rule == "name":
            name = declared_name(child)
            if name not in draft.parameters and name not in draft.attempted:
                raise draft.wrong("list of names", child, name=name)


def _flat(kind: type[And] | type[Or], parts: list[AnyExpression]) -> tuple[AnyExpression, ...]:
    """The parts without brackets that say nothing."""
    flat: list[AnyExpression] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    return tuple(flat)


def _not(draft: Draft, syntax: Syntax) -> AnyExpression:
    part = condition_of(draft, syntax.children[1])
    return Not(at=position(syntax), type=TRUTH, part=part)


def _compare(draft: Draft, syntax: Syntax) -> AnyExpression:
    left, sign, right = syntax.children
    assert isinstance(sign, Syntax)
    comparison = _COMPARISONS[span_type(sign)]
    first, second = alike(draft, found_in(draft, left), found_in(draft, right), syntax)
    if first.type == TRUTH:
        raise draft.wrong("compares truths", syntax)
    if comparison not in _EQUALITY and not first.type.is_counted:
        raise draft.wrong("no order", syntax, type=said_type(first.type))
    if first.type == TENOR and comparison not in _EQUALITY:
        second = _bound(draft, second, comparison in (Comparison.AT_MOST, Comparison.MORE))
    return Compare(at=position(syntax), type=TRUTH, comparison=comparison, left=first, right=second)


def span_type(sign: Syntax) -> str:
    """The terminal of a sign of comparison."""
    token = sign.children[0]
    assert isinstance(token, Token)
    return token.type


def _bound(draft: Draft, part: AnyExpression, upper: bool) -> AnyExpression:
    """A tenor to be compared with as the first or last of all that are as long."""
    if not isinstance(part, Literal):
        return part
    tenor = tenor_of(draft, part.said, Token("TENOR", part.said, part.at.line, part.at.column, 1))
    value = tenor_bounds(tenor)[upper]
    return Literal(at=part.at, type=TENOR, value=value, said=part.said)


def _between(draft: Draft, syntax: Syntax) -> AnyExpression:
    value, _, low, high = syntax.children
    first = found_in(draft, value)
    left, lowest = alike(draft, first, found_in(draft, low), syntax)
    left, highest = alike(draft, left, found_in(draft, high), syntax)
    if not left.type.is_counted:
        raise draft.wrong("no order", syntax, type=said_type(left.type))
    if left.type != lowest.type:
        _, lowest = alike(draft, left, lowest, syntax)
    if left.type == TENOR:
        lowest, highest = _bound(draft, lowest, False), _bound(draft, highest, True)
    plain = isinstance(lowest, Literal) and isinstance(highest, Literal)
    if plain and not lowest.value <= highest.value:  # type: ignore[union-attr,operator]
        raise draft.wrong("turned round", syntax)
    return Between(at=position(syntax), type=TRUTH, value=left, low=lowest, high=highest)


def _one_of(draft: Draft, syntax: Syntax) -> AnyExpression:
    value, sign, rows = syntax.children
    assert isinstance(sign, Token) and isinstance(rows, Syntax)
    left = default(draft, found_in(draft, value))
    if left.type == TRUTH:
        raise draft.wrong("compares truths", syntax)
    choices: list[Literal] = []
    for row in rows.children:
        _, choice = alike(draft, left, found_in(draft, row), syntax)
        if not isinstance(choice, Literal):
            raise draft.wrong("not a plain value", row)
        if choice in choices:
            raise draft.wrong("twice in a list", row)
        choices.append(choice)
    at = position(syntax)
    found = OneOf(at=at, type=TRUTH, value=left, choices=tuple(choices))
    return found if sign.type == "ONE_OF" else Not(at=at, type=TRUTH, part=found)


def _in_schedule(draft: Draft, syntax: Syntax) -> AnyExpression:
    value, sign, named = syntax.children
    assert isinstance(sign, Token) and isinstance(named, Syntax)
    left = found_in(draft, value)
    if not isinstance(left, FactRef) or left.name != "time":
        raise draft.wrong("only now", value)
    token = named.children[0]
    assert isinstance(token, Token)
    name = declared_name(named)
    if name not in draft.schedules and name in draft.attempted:
        raise Wrong(name)
    if name not in draft.schedules:
        raise draft.wrong(
            "unknown schedule", token, name=name, hint=hint(nearest(name, draft.schedules))
        )
    at = position(syntax)
    key = key_of(INSTANT_FACT)
    instant = draft.fact(key, type_of(key), left.at)
    index = draft.schedules[name][0]
    found = InSchedule(at=at, type=TRUTH, index=index, name=name, instant=instant)
    return found if sign.type == "IN" else Not(at=at, type=TRUTH, part=found)


def declared_name(syntax: Syntax) -> str:
    """The name of a parameter, table or schedule; a keyword that is one as it is in English."""
    token = syntax.children[0]
    assert isinstance(token, Token)
    return text_of(token).lower() if token.type != "NAME" else text_of(token)


def _known(draft: Draft, syntax: Syntax) -> AnyExpression:
    value, sign = syntax.children
    assert isinstance(sign, Token)
    fact = default(draft, found_in(draft, value))
    if not isinstance(fact, FactRef):
        raise draft.wrong("only facts are known", value)
    missing = sign.type == "IS_MISSING"
    return Known(at=position(syntax), type=TRUTH, fact=fact, missing=missing)


# --- values


def expression_of(draft: Draft, syntax: Syntax | Token, wanted: Type) -> AnyExpression:
    """An expression of that type; pips are worked out where a distance is wanted."""
    found = found_in(draft, syntax)
    part = settle(draft, found, wanted) if isinstance(found, Open) else found
    part = as_distance(draft, part) if wanted.kind is Kind.DISTANCE else part
    if part.type != wanted:
        raise draft.wrong(
            "wrong type", syntax, found=said_type(part.type), wanted=said_type(wanted)
        )
    if draft.words > DEPTH_MAX and depth_of(part) > DEPTH_MAX:
        raise draft.wrong("too deep", syntax, most=DEPTH_MAX)
    return part


def found_in(draft: Draft, syntax: Syntax | Token) -> Found:
    """What a piece of syntax says."""
    assert isinstance(syntax, Syntax)
    return _READERS[syntax.rule](draft, syntax)


def _literal(draft: Draft, syntax: Syntax) -> Found:
    token = syntax.children[0]
    assert isinstance(token, Token)
    return value_of(draft, token)


def _always(draft: Draft, syntax: Syntax) -> Found:
    return Literal(at=position(syntax), type=TRUTH, value=True)


def _fact(draft: Draft, syntax: Syntax) -> Found:
    return fact_ref(draft, syntax)


def _word(draft: Draft, syntax: Syntax) -> Found:
    verb = syntax.children[0]
    assert isinstance(verb, Syntax) and isinstance(verb.children[0], Token)
    return Open("name", syntax, text=str(verb.children[0].type))


def _bank(draft: Draft, syntax: Syntax) -> Found:
    return Open("name", syntax, text="bank")


def _text(draft: Draft, syntax: Syntax) -> Found:
    token = syntax.children[0]
    assert isinstance(token, Token)
    return Open("quoted", token, text=text_of(token))


def _name(draft: Draft, syntax: Syntax) -> Found:
    name = declared_name(syntax)
    declared = draft.parameters.get(name)
    if declared is None:
        if name in draft.tables:
            raise draft.wrong("table without keys", syntax, name=name)
        return Open("name", syntax, text=name)
    return _declared(declared, syntax, ())


def _declared(declared: Declared, syntax: Syntax, keys: tuple[AnyExpression, ...]) -> Found:
    if declared.unit:
        return Open(declared.unit, syntax, declared=declared, keys=keys)
    return reference(declared, keys, position(syntax))


def _lookup(draft: Draft, syntax: Syntax) -> Found:
    named, rows = syntax.children
    assert isinstance(named, Syntax) and isinstance(rows, Syntax)
    name = declared_name(named)
    declared = draft.tables.get(name)
    if declared is None and name in draft.attempted:
        raise Wrong(name)
    if declared is None:
        near = hint(nearest(name, [*draft.tables, *draft.names()]))
        raise draft.wrong("unknown table", named, name=name, hint=near)
    if len(rows.children) != len(declared.axes):
        raise draft.wrong(
            "number of keys", syntax, name=name, wanted=len(declared.axes),
            found=len(rows.children),
        )  # fmt: skip
    keys = tuple(
        expression_of(draft, row, type_)
        for row, type_ in zip(rows.children, declared.axes, strict=True)
    )
    return _declared(declared, syntax, keys)


def _negative(draft: Draft, syntax: Syntax) -> Found:
    found = found_in(draft, syntax.children[1])
    if isinstance(found, Open) and found.is_number and found.declared is None:
        return Open(found.kind, syntax, -found.number)
    part = default(draft, found)
    if part.type.kind not in SCALED:
        raise draft.wrong("cannot be negative", syntax, type=said_type(part.type))
    if isinstance(part, Literal):
        return Literal(at=position(syntax), type=part.type, value=-part.value)  # type: ignore[operator]
    return Negative(at=position(syntax), type=part.type, part=part)


def _absolute(draft: Draft, syntax: Syntax) -> Found:
    part = default(draft, found_in(draft, syntax.children[1]))
    if part.type.kind not in SCALED:
        raise draft.wrong("cannot be negative", syntax, type=said_type(part.type))
    return Absolute(at=position(syntax), type=part.type, part=part)


def _extreme(draft: Draft, syntax: Syntax) -> Found:
    sign, left, right = syntax.children
    assert isinstance(sign, Token)
    first, second = alike(draft, found_in(draft, left), found_in(draft, right), syntax)
    if not first.type.is_counted or first.type == TENOR:
        raise draft.wrong("no order", syntax, type=said_type(first.type))
    operator = Operator.LARGER if sign.type == "LARGER" else Operator.SMALLER
    return Arithmetic(
        at=position(syntax), type=first.type, operator=operator, left=first, right=second
    )


def _chain(draft: Draft, syntax: Syntax) -> Found:
    """`a + b - c` and `a x b / c`, from the left."""
    if len(syntax.children) > 2 * DEPTH_MAX:
        raise draft.wrong("too deep", syntax, most=DEPTH_MAX)
    total = found_in(draft, syntax.children[0])
    for index in range(1, len(syntax.children), 2):
        sign, part = syntax.children[index], syntax.children[index + 1]
        assert isinstance(sign, Token)
        operator = _OPERATORS[sign.type]
        right = found_in(draft, part)
        join = added if sign.type in ("PLUS", "MINUS") else multiplied
        total = join(draft, operator, total, right, syntax)
    return total


# --- two sides of one type


def depth_of(expression: AnyExpression) -> int:
    """How deep a tree is."""
    deepest, waiting = 0, [(expression, 1)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting.extend((part, depth + 1) for part in parts_of(node))
    return deepest


def parts_of(node: AnyExpression) -> tuple[AnyExpression, ...]:
    """The expressions right under this one."""
    if isinstance(node, Arithmetic | Compare):
        return node.left, node.right
    if isinstance(node, And | Or):
        return node.parts
    if isinstance(node, Between):
        return node.value, node.low, node.high
    if isinstance(node, OneOf):
        return (node.value, *node.choices)
    if isinstance(node, InPrice):
        return node.part, node.pip
    if isinstance(node, Negative | Absolute | Not):
        return (node.part,)
    if isinstance(node, InSchedule):
        return (node.instant,)
    if isinstance(node, Known):
        return (node.fact,)
    return getattr(node, "keys", ())


_READERS: dict[str, Callable[[Draft, Syntax], Found]] = {
    "any": _joined,
    "all": _joined,
    "test": _not,
    "compare": _compare,
    "between": _between,
    "one_of": _one_of,
    "in_schedule": _in_schedule,
    "known": _known,
    "literal": _literal,
    "always": _always,
    "fact": _fact,
    "word": _word,
    "bank": _bank,
    "text": _text,
    "name": _name,
    "lookup": _lookup,
    "negative": _negative,
    "absolute": _absolute,
    "extreme": _extreme,
    "added": _chain,
    "term": _chain,
}
