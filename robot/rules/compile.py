"""A rule book as code for one request: what `robot.rules.oracle` says, some hundred times faster.

The code is made of syntax nodes, from the checked tree alone: it holds whole numbers, names as
constants, and calls of the few functions below; no text of the author becomes code. It has no loop.
Two forms of a condition are made, "it is true" and "it is false", so that what is unknown needs no
value of its own. Why something cannot be worked out is left to the oracle to say.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import cast

from robot.rules import oracle
from robot.rules import syntax as py
from robot.rules.moments import Stretch, stretches
from robot.rules.oracle import Row, by_order, fields_of, scales, slots_of
from robot.rules.ruling import Ruling, Seen, Worked
from robot.rules.tree import (
    Absolute,
    And,
    Arithmetic,
    Between,
    Book,
    Compare,
    Comparison,
    Expression,
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
    ParameterRef,
    Quote,
    Rule,
    Schedule,
    Selection,
    Table,
    TableLookup,
)
from robot.rules.types import DAY_MS, SCALE, VALUE_END, Kind, Value, divided

OPPOSITE = {
    Comparison.LESS: Comparison.AT_LEAST,
    Comparison.AT_MOST: Comparison.MORE,
    Comparison.EQUAL: Comparison.UNEQUAL,
    Comparison.UNEQUAL: Comparison.EQUAL,
    Comparison.AT_LEAST: Comparison.LESS,
    Comparison.MORE: Comparison.AT_MOST,
}
_JOINS = {
    Operator.PLUS: "plus",
    Operator.MINUS: "minus",
    Operator.TIMES: "times",
    Operator.OVER: "over",
    Operator.LARGER: "larger",
    Operator.SMALLER: "smaller",
}
_NO_RULE = -1
_DAYS_KEPT = 8

Number = int | None


class CompiledBook:
    """A book ready to decide. `parameters`: other values than the book's own."""

    def __init__(self, book: Book, parameters: Sequence[int] | None = None) -> None:
        self.book = book
        self.parameters = tuple(parameters or (known.value for known in book.parameters))
        self._code = _Code(book, self.parameters)
        self._rules = by_order(book)
        self._ready: dict[int, _Ready] = {}
        best = book.selection is Selection.BEST
        self._firing = self._code.firing(() if best else self._rules)
        self._together = self._code.firing_together(self._rules) if best else None

    def decide(self, row: Row) -> Ruling:
        """What the book says of this request; `not_fired` is the oracle's to tell."""
        if self._together is not None:
            index = self._best_of(self._together(row), row)
        else:
            index = self._firing(row)
        ready = self._ready.get(index)
        if ready is None:
            ready = self._ready[index] = self._made_ready(index)
        values = ready.values(row)
        refused = ""
        if None in values:
            said = oracle.refusal(self.book, ready.rule, row, self.parameters)
            refused = said or oracle.NO_VALUE
        return Ruling(
            rule=ready.rule.name,
            line=ready.rule.at.line,
            action=ready.rule.action,
            values=() if refused else ready.worked(values),
            refused=refused,
            alerts=ready.rule.alerts,
            because=tuple([Seen(slot=slot, value=row[slot]) for slot in ready.slots]),
        )

    def explain(self, row: Row) -> Ruling:
        """The same with the rules that did not fire, and why nothing can be worked out."""
        return oracle.decide(self.book, row, self.parameters)

    def _best_of(self, fired: tuple[int, ...], row: Row) -> int:
        """Of those that fire together, the smallest margin where the first of them quotes."""
        if not fired:
            return _NO_RULE
        if not isinstance(self._rules[fired[0]].action, Quote):
            return fired[0]
        best, least = fired[0], None
        for index in fired:
            if isinstance(self._rules[index].action, Quote):
                ready = self._ready.get(index) or self._made_ready(index)
                self._ready[index] = ready
                margin = ready.values(row)[0]
                if margin is None:
                    return index
                if least is None or margin < least:  # type: ignore[operator]
                    best, least = index, margin
        return best

    def _made_ready(self, index: int) -> _Ready:
        rule = self.book.otherwise if index == _NO_RULE else self._rules[index]
        return _Ready(rule, self._code.values(rule))


class _Ready:
    """A rule whose action can be worked out."""

    def __init__(self, rule: Rule, values: Callable[[Row], tuple[Value, ...]]) -> None:
        self.rule = rule
        self.values = values
        self.fields = tuple((name, inner.type) for name, inner in fields_of(rule.action))
        self.slots = slots_of(rule.when, rule.action)

    def worked(self, values: tuple[Value, ...]) -> tuple[Worked, ...]:
        """The values by the names of their fields, all of them known."""
        return tuple(
            [
                Worked(name=name, type=type_, value=value)
                for (name, type_), value in zip(self.fields, values, strict=True)
                if value is not None
            ]
        )


class _Code:
    """Makes the code of one book."""

    def __init__(self, book: Book, parameters: tuple[int, ...]) -> None:
        self._book = book
        self._parameters = parameters
        self._temporary = 0
        self._names = [f"f{slot}" for slot in range(len(book.slots))]
        self._known: dict[str, object] = {
            **_FUNCTIONS,
            **{f"t{at}": _looked_up(table) for at, table in enumerate(book.tables)},
            **{f"s{at}": _holding(schedule) for at, schedule in enumerate(book.schedules)},
        }

    def firing(self, rules: Sequence[Rule]) -> Callable[[Row], int]:
        """Which of the rules fires first, by its index."""
        body = [py.unpacked(self._names, "row")]
        for index, rule in enumerate(rules):
            body.append(py.returned_if(self._rule(rule), py.constant(index)))
        made = self._made([*body, py.returned(py.constant(_NO_RULE))])
        return cast("Callable[[Row], int]", made)

    def firing_together(self, rules: Sequence[Rule]) -> Callable[[Row], tuple[int, ...]]:
        """All those that fire of the highest priority of which one fires."""
        body = [py.unpacked(self._names, "row")]
        for priority in dict.fromkeys(rule.priority for rule in rules):
            parts = [
                py.chosen(self._rule(rule), py.constant((index,)), py.constant(()))
                for index, rule in enumerate(rules)
                if rule.priority == priority
            ]
            fired = py.kept("fired", py.call("joined", parts))
            body.append(py.returned_if(fired, py.name("fired")))
        made = self._made([*body, py.returned(py.constant(()))])
        return cast("Callable[[Row], tuple[int, ...]]", made)

    def values(self, rule: Rule) -> Callable[[Row], tuple[Value, ...]]:
        """What the action needs, in the order of its fields; None = cannot be worked out."""
        parts = [self._value(inner) for _, inner in fields_of(rule.action)]
        body = [py.unpacked(self._names, "row"), py.returned(py.tuple_of(parts))]
        return cast("Callable[[Row], tuple[Value, ...]]", self._made(body))

    def _made(self, body: list[ast.stmt]) -> object:
        module = py.function("made", "row", body)
        known = {"__builtins__": {}, **self._known}
        exec(compile(module, "<rule book>", "exec"), known)
        return known["made"]

    def _rule(self, rule: Rule) -> ast.expr:
        return py.constant(True) if rule.when is None else self._is(rule.when, holds=True)

    def _is(self, condition: Expression, *, holds: bool) -> ast.expr:
        """Whether a condition is true, or whether it is false; unknown is neither."""
        match condition:
            case Literal():
                return py.constant(condition.value is holds)
            case And() | Or():
                parts = [self._is(part, holds=holds) for part in condition.parts]
                joined = py.all_of if isinstance(condition, And) is holds else py.any_of
                return joined(parts)
            case Not():
                return self._is(condition.part, holds=not holds)
            case Compare():
                return self._compared(condition, holds=holds)
            case Between():
                return self._is(_as_two(condition), holds=holds)
            case OneOf():
                among = py.constant(tuple(choice.value for choice in condition.choices))
                guards, value = self._guarded(condition.value)
                operator = "in" if holds else "not in"
                return py.all_of([*guards, py.compared(value, operator, among)])
            case InSchedule():
                guards, instant = self._guarded(condition.instant)
                inside = py.call(f"s{condition.index}", [instant])
                wanted = py.compared(inside, "is", py.constant(holds))
                return py.all_of([*guards, wanted])
            case Known():
                operator = "is" if condition.missing is holds else "is not"
                return py.compared(self._value(condition.fact), operator, py.constant(None))
            case _:
                return py.compared(self._value(condition), "is", py.constant(holds))

    def _compared(self, condition: Compare, *, holds: bool) -> ast.expr:
        comparison = condition.comparison if holds else OPPOSITE[condition.comparison]
        guards, left = self._guarded(condition.left)
        more, right = self._guarded(condition.right)
        return py.all_of([*guards, *more, py.compared(left, comparison, right)])

    def _guarded(self, expression: Expression) -> tuple[list[ast.expr], ast.expr]:
        """What has to be so for it to be known, and its value once that was asked."""
        value = self._value(expression)
        if isinstance(expression, Literal | ParameterRef):
            return [], value
        if isinstance(expression, FactRef):
            return [py.is_known(value)], value
        self._temporary += 1
        called = f"v{self._temporary}"
        return [py.is_known(py.kept(called, value))], py.name(called)

    def _value(self, expression: Expression) -> ast.expr:
        match expression:
            case Literal():
                return py.constant(expression.value)
            case FactRef():
                return py.name(self._names[expression.slot])
            case ParameterRef():
                return py.constant(self._parameters[expression.index])
            case TableLookup():
                return py.call(
                    f"t{expression.index}", [self._value(key) for key in expression.keys]
                )
            case Arithmetic():
                parts = [self._value(expression.left), self._value(expression.right)]
                if expression.operator in (Operator.TIMES, Operator.OVER):
                    parts += [py.constant(scale) for scale in scales(expression)]
                return py.call(_JOINS[expression.operator], parts)
            case Negative():
                return py.call("negative", [self._value(expression.part)])
            case Absolute():
                return py.call("absolute", [self._value(expression.part)])
            case InPrice():
                parts = [self._value(expression.part), self._value(expression.pip)]
                return py.call("times", [*parts, py.constant(1), py.constant(SCALE[Kind.PIPS])])
            case _:
                no = py.chosen(self._is(expression, holds=False), py.constant(False), _NOTHING)
                return py.chosen(self._is(expression, holds=True), py.constant(True), no)


_NOTHING = py.constant(None)


def _as_two(condition: Between) -> And:
    """low <= value and value <= high."""
    pairs = ((condition.low, condition.value), (condition.value, condition.high))
    return And(
        type=condition.type,
        parts=tuple(
            Compare(type=condition.type, comparison=Comparison.AT_MOST, left=left, right=right)
            for left, right in pairs
        ),
    )


def _looked_up(table: Table) -> Callable[..., Number]:
    """The table as a function of its keys; `robot.rules.tables.cell` says what it means."""
    cells, axes = table.cells, table.axes
    exact = [
        None if axis.steps else {label: place for place, label in enumerate(axis.labels)}
        for axis in axes
    ]

    def found(*keys: Value) -> Number:
        at = 0
        for axis, places, key in zip(axes, exact, keys, strict=True):
            if key is None:
                return None
            place: Number
            if places is None:
                place = bisect_left(axis.labels, key)
                if place == len(axis.labels) and not axis.rest:
                    return None
            else:
                place = places.get(key)
                if place is None:
                    if not axis.rest:
                        return None
                    place = len(axis.labels)
            at = at * axis.size + place
        return cells[at]

    return found


def _holding(schedule: Schedule) -> Callable[[int], bool]:
    """The schedule as a function of the moment; the stretches of a few days are kept."""
    kept: dict[int, tuple[Stretch, ...]] = {}

    def holds(instant: int) -> bool:
        day = instant // DAY_MS
        known = kept.get(day)
        if known is None:
            if len(kept) >= _DAYS_KEPT:
                kept.clear()
            known = kept[day] = stretches(schedule, day)
        return any(start <= instant < until for start, until in known)

    return holds


def _plus(left: Number, right: Number) -> Number:
    if left is None or right is None:
        return None
    found = left + right
    return found if -VALUE_END < found < VALUE_END else None


def _minus(left: Number, right: Number) -> Number:
    if left is None or right is None:
        return None
    found = left - right
    return found if -VALUE_END < found < VALUE_END else None


def _times(left: Number, right: Number, above: int, below: int) -> Number:
    if left is None or right is None:
        return None
    found = divided(left * right * above, below)
    return found if found is not None and -VALUE_END < found < VALUE_END else None


def _over(left: Number, right: Number, above: int, below: int) -> Number:
    if left is None or right is None:
        return None
    found = divided(left * above, right * below)
    return found if found is not None and -VALUE_END < found < VALUE_END else None


def _larger(left: Number, right: Number) -> Number:
    return None if left is None or right is None else left if left > right else right


def _smaller(left: Number, right: Number) -> Number:
    return None if left is None or right is None else left if left < right else right


def _negative(part: Number) -> Number:
    return None if part is None else -part


def _absolute(part: Number) -> Number:
    return None if part is None else abs(part)


def _joined(*parts: tuple[int, ...]) -> tuple[int, ...]:
    return sum(parts, ())


_FUNCTIONS: dict[str, object] = {
    "plus": _plus,
    "minus": _minus,
    "times": _times,
    "over": _over,
    "larger": _larger,
    "smaller": _smaller,
    "negative": _negative,
    "absolute": _absolute,
    "joined": _joined,
}
