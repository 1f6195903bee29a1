"""The obvious evaluator of rule books: slow, exact, and it says why. All others must agree with it.

What it means is in `robot.rules.tree`; here it is done word by word, one request at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from robot.rules.moments import holds
from robot.rules.ruling import NotFired, Ruling, Seen, Worked
from robot.rules.tables import cell
from robot.rules.tree import (
    Absolute,
    And,
    AnyExpression,
    Arithmetic,
    Between,
    Book,
    Compare,
    Comparison,
    Expression,
    FactKey,
    FactRef,
    InPrice,
    InSchedule,
    Known,
    Literal,
    Negative,
    Node,
    Not,
    OneOf,
    Operator,
    Or,
    ParameterRef,
    Quote,
    Rule,
    Selection,
    TableLookup,
    specificity,
)
from robot.rules.types import SCALE, VALUE_END, Kind, Value, divided

Row = Sequence[Value]
"""A value for each of `Book.slots`; None = not known."""
NO_VALUE = "it cannot be worked out"


def decide(book: Book, row: Row, parameters: Sequence[int] | None = None) -> Ruling:
    """What the book says of this request. `parameters`: other values than the book's own."""
    return _Evaluation(book, row, parameters).ruling()


def refusal(book: Book, rule: Rule, row: Row, parameters: Sequence[int] | None = None) -> str:
    """Why the action of this rule cannot be worked out; empty where it can."""
    return _Evaluation(book, row, parameters).worked(rule)[1]


def truth(
    book: Book, condition: AnyExpression | None, row: Row, parameters: Sequence[int] | None = None
) -> bool | None:
    """Whether a condition holds; None = unknown."""
    return _Evaluation(book, row, parameters).truth(condition)


def value(
    book: Book, expression: Expression, row: Row, parameters: Sequence[int] | None = None
) -> Value:
    """What an expression is worth; None = not known."""
    return _Evaluation(book, row, parameters).value(expression)


def parts_of(node: Node) -> Iterator[Expression]:
    """Every expression below a node and itself, in the order of the text."""
    if isinstance(node, Expression):
        yield node
    for name in node.__struct_fields__:
        value = getattr(node, name)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Expression):
                yield from parts_of(inner)


def slots_of(*nodes: Node | None) -> tuple[int, ...]:
    """The slots of the facts that these look at, each once, in the order of the text."""
    found: dict[int, bool] = {}
    for node in nodes:
        for part in parts_of(node) if node is not None else ():
            if isinstance(part, FactRef):
                found[part.slot] = True
    return tuple(found)


def by_order(book: Book) -> tuple[Rule, ...]:
    """The rules as they are looked at: by priority, then by how much they say where the book wants
    that, then as in the file.
    """
    if book.selection is not Selection.SPECIFIC:
        return book.in_order
    return tuple(sorted(book.in_order, key=lambda rule: (-rule.priority, -specificity(rule.when))))


def shown(key: FactKey) -> str:
    """A fact with its arguments, as a rule names it."""
    said = ", ".join(argument for argument in key.arguments if argument)
    return f"{key.name}[{said}]" if said else key.name


def fields_of(action: Node) -> tuple[tuple[str, Expression], ...]:
    """What of an action has to be worked out, by the names of its fields."""
    found = []
    for name in action.__struct_fields__:
        value = getattr(action, name)
        if isinstance(value, Expression):
            found.append((name, value))
    return tuple(found)


class _Evaluation:
    """One request."""

    def __init__(self, book: Book, row: Row, parameters: Sequence[int] | None) -> None:
        if len(row) != len(book.slots):
            raise ValueError(f"{len(row)} facts, but {book.name} looks at {len(book.slots)}")
        self.book = book
        self.row = row
        self.parameters = tuple(parameters or (known.value for known in book.parameters))

    def ruling(self) -> Ruling:
        not_fired = []
        fired: list[Rule] = []
        for rule in by_order(self.book):
            if fired and (
                self.book.selection is not Selection.BEST or rule.priority < fired[0].priority
            ):
                break
            if self.truth(rule.when) is True:
                fired.append(rule)
            elif not fired:
                not_fired.append(self.not_fired(rule))
        rule, trouble = self.chosen(fired)
        values, problem = self.worked(rule)
        return Ruling(
            rule=rule.name,
            line=rule.at.line,
            action=rule.action,
            values=() if trouble or problem else values,
            refused=trouble or problem,
            alerts=rule.alerts,
            because=self.seen(rule.when, rule.action),
            not_fired=tuple(not_fired),
        )

    def chosen(self, fired: list[Rule]) -> tuple[Rule, str]:
        """Which of those that fire decides, and why it cannot."""
        if not fired:
            return self.book.otherwise, ""
        if self.book.selection is not Selection.BEST or not isinstance(fired[0].action, Quote):
            return fired[0], ""
        best, least = fired[0], None
        for rule in fired:
            if not isinstance(rule.action, Quote):
                continue
            margin = self.value(rule.action.margin)
            if margin is None:
                return rule, f"margin: {self.reason(rule.action.margin)}"
            if least is None or margin < least:  # type: ignore[operator]
                best, least = rule, margin
        return best, ""

    def worked(self, rule: Rule) -> tuple[tuple[Worked, ...], str]:
        """The values of the action, or which of them cannot be worked out and why."""
        found = []
        for name, expression in fields_of(rule.action):
            value = self.value(expression)
            if value is None:
                return (), f"{name}: {self.reason(expression)}"
            found.append(Worked(name=name, type=expression.type, value=value))
        return tuple(found), ""

    def reason(self, expression: Expression) -> str:
        """Why it has no value."""
        for slot in slots_of(expression):
            if self.row[slot] is None:
                return f"{shown(self.book.slots[slot])} is not known"
        for part in parts_of(expression):
            if isinstance(part, TableLookup) and self.value(part) is None:
                return f"table {part.name} has nothing for it"
        return NO_VALUE

    def seen(self, *nodes: Node | None) -> tuple[Seen, ...]:
        return tuple(Seen(slot=slot, value=self.row[slot]) for slot in slots_of(*nodes))

    def not_fired(self, rule: Rule) -> NotFired:
        part = rule.when
        assert part is not None, "a rule without a condition fires"
        while isinstance(part, And):
            part = next(inner for inner in part.parts if self.truth(inner) is not True)
        return NotFired(
            rule=rule.name,
            line=rule.at.line,
            at=part.at,
            unknown=self.truth(part) is None,
            seen=self.seen(part),
        )

    def truth(self, condition: AnyExpression | None) -> bool | None:
        """Of a condition; None = unknown."""
        if condition is None:
            return True
        value = self.value(condition)
        assert value is None or isinstance(value, bool), "a condition is a truth"
        return value

    def value(self, expression: Expression) -> Value:
        """Of any expression; None = not known."""
        match expression:
            case Literal():
                return expression.value
            case FactRef():
                return self.row[expression.slot]
            case ParameterRef():
                return self.parameters[expression.index]
            case TableLookup():
                keys = [self.value(key) for key in expression.keys]
                return cell(self.book.tables[expression.index], keys)
            case Arithmetic():
                return self.arithmetic(expression)
            case Negative():
                part = self.number(expression.part)
                return None if part is None else -part
            case Absolute():
                part = self.number(expression.part)
                return None if part is None else abs(part)
            case InPrice():
                part, pip = self.number(expression.part), self.number(expression.pip)
                return None if part is None or pip is None else in_price(part, pip)
            case _:
                return self.condition(expression)

    def number(self, expression: Expression) -> int | None:
        value = self.value(expression)
        assert value is None or (isinstance(value, int) and not isinstance(value, bool))
        return value

    def arithmetic(self, expression: Arithmetic) -> int | None:
        left, right = self.number(expression.left), self.number(expression.right)
        if left is None or right is None:
            return None
        match expression.operator:
            case Operator.PLUS:
                return bounded(left + right)
            case Operator.MINUS:
                return bounded(left - right)
            case Operator.LARGER:
                return max(left, right)
            case Operator.SMALLER:
                return min(left, right)
        above, below = scales(expression)
        if expression.operator is Operator.TIMES:
            return bounded(divided(left * right * above, below))
        return bounded(divided(left * above, right * below))

    def condition(self, expression: Expression) -> bool | None:
        match expression:
            case Compare():
                left, right = self.value(expression.left), self.value(expression.right)
                return compared(expression.comparison, left, right)
            case Between():
                value = self.value(expression.value)
                low = compared(Comparison.AT_MOST, self.value(expression.low), value)
                high = compared(Comparison.AT_MOST, value, self.value(expression.high))
                return _all(low, high)
            case OneOf():
                value = self.value(expression.value)
                choices = [choice.value for choice in expression.choices]
                return None if value is None else value in choices
            case InSchedule():
                instant = self.number(expression.instant)
                schedule = self.book.schedules[expression.index]
                return None if instant is None else holds(schedule, instant)
            case Known():
                return (self.value(expression.fact) is None) is expression.missing
            case And():
                return _all(*(self.truth(part) for part in expression.parts))
            case Or():
                return _any(*(self.truth(part) for part in expression.parts))
            case Not():
                part = self.truth(expression.part)
                return None if part is None else not part
        raise AssertionError(f"{type(expression).__name__} is no expression of the language")


def compared(comparison: Comparison, left: Value, right: Value) -> bool | None:
    """One comparison; unknown where a side is not known."""
    if left is None or right is None:
        return None
    match comparison:
        case Comparison.EQUAL:
            return left == right
        case Comparison.UNEQUAL:
            return left != right
    assert isinstance(left, int) and isinstance(right, int), "names have no order"
    match comparison:
        case Comparison.LESS:
            return left < right
        case Comparison.AT_MOST:
            return left <= right
        case Comparison.AT_LEAST:
            return left >= right
        case Comparison.MORE:
            return left > right


def scales(expression: Arithmetic) -> tuple[int, int]:
    """Of TIMES: left x right x first / second. Of OVER: left x first / (right x second)."""
    left, right = SCALE[expression.left.type.kind], SCALE[expression.right.type.kind]
    result = SCALE[expression.type.kind]
    if expression.operator is Operator.TIMES:
        return result, left * right
    return right * result, left


def in_price(pips: int, pip: int) -> int | None:
    """Pips as a distance in price units."""
    return bounded(divided(pips * pip, SCALE[Kind.PIPS]))


def bounded(number: int | None) -> int | None:
    """The number, unless it is one that has no value."""
    return number if number is not None and -VALUE_END < number < VALUE_END else None


def _all(*truths: bool | None) -> bool | None:
    if False in truths:
        return False
    return None if None in truths else True


def _any(*truths: bool | None) -> bool | None:
    if True in truths:
        return True
    return None if None in truths else False
