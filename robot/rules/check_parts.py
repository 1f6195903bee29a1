"""What a file declares: its scope, parameters, tables and schedules."""

from __future__ import annotations

from robot.deals.product import ProductKind
from robot.rules.check_expressions import declared_name, found_in
from robot.rules.check_values import (
    DEFAULTS,
    Open,
    closed_value,
    counted,
    day_of,
    time_of,
    value_of,
)
from robot.rules.draft import Declared, Draft, Wrong
from robot.rules.grammar import Syntax
from robot.rules.parse import Statement, hint, text_of
from robot.rules.problems import nearest
from robot.rules.tokens import Quantity, Token
from robot.rules.tree import EVERY_DAY, Literal, Parameter, Schedule, Scope, Window
from robot.rules.types import PRODUCT, WEEKDAY, Kind
from robot.rules.vocabulary import DURATION_UNITS_MS, VALUES, ZONES

SCHEDULES_MAX = 200
PARAMETERS_MAX = 500
WINDOWS_MAX = 100
EVERY_MIN_MS, EVERY_MAX_MS = 1_000, 86_400_000
"""Shortest and longest time from one look of a book to the next."""

_DAYS = tuple(VALUES[Kind.WEEKDAY])

# --- for whom


def scope_of(draft: Draft, statement: Statement) -> list[Scope]:
    """The products and instruments of one `for`."""
    _, names, _, instruments = statement.syntax.children
    assert isinstance(names, Syntax) and isinstance(instruments, Syntax)
    found = []
    for name in names.children:
        assert isinstance(name, Syntax) and isinstance(name.children[0], Token)
        word = text_of(name.children[0])
        product = ProductKind(closed_value(draft, PRODUCT, word, name))
        codes = tuple(_instrument(draft, product, part) for part in instruments.children)
        for code, part in zip(codes, instruments.children, strict=True):
            if codes.count(code) > 1 and codes.index(code) != instruments.children.index(part):
                raise draft.wrong("twice in a list", part)
        at = statement.tokens[0].at
        found.append(Scope(at=at, product=product, instruments=codes))
    return found


def _instrument(draft: Draft, product: ProductKind, part: Syntax | Token) -> str:
    assert isinstance(part, Syntax)
    token = part.children[0]
    assert isinstance(token, Token)
    if product.is_loan and token.type != "CURRENCY":
        raise draft.wrong("loans have a currency", token, found=text_of(token))
    if not product.is_loan and token.type != "PAIR":
        raise draft.wrong("deals have a pair", token, found=text_of(token))
    if token.type == "PAIR":
        value = value_of(draft, token)
        assert isinstance(value, Literal)
        return str(value.value)
    return text_of(token)


def every_of(draft: Draft, statement: Statement) -> tuple[int, int | None]:
    """Milliseconds from look to look, and the schedule."""
    token = statement.syntax.children[1]
    assert isinstance(token, Token) and isinstance(token.value, Quantity)
    said = token.value
    milliseconds = int(said.number * DURATION_UNITS_MS.get(said.unit, 0))
    if not EVERY_MIN_MS <= milliseconds <= EVERY_MAX_MS:
        raise draft.wrong("every", token)
    if len(statement.syntax.children) < 3:
        return milliseconds, None
    named = statement.syntax.children[2]
    assert isinstance(named, Syntax)
    name = declared_name(named)
    if name not in draft.schedules and name in draft.attempted:
        raise Wrong(name)
    if name not in draft.schedules:
        near = hint(nearest(name, draft.schedules))
        raise draft.wrong("unknown schedule", named, name=name, hint=near)
    return milliseconds, draft.schedules[name][0]


# --- names


def new_name(draft: Draft, statement: Statement) -> tuple[str, Token]:
    """The name that a statement declares; one that is taken is reported."""
    named = statement.syntax.children[1]
    assert isinstance(named, Syntax) and isinstance(named.children[0], Token)
    name = declared_name(named)
    if name in draft.parameters or name in draft.tables or name in draft.schedules:
        raise draft.wrong("name taken", named, name=name)
    return name, named.children[0]


# --- parameters


class OpenParameter:
    """A parameter whose numbers become whole when its type is known."""

    def __init__(self, declared: Declared, statement: Statement, parts: list[Open | Literal]):
        self.declared = declared
        self.statement = statement
        self.parts = parts


def declare_parameter(draft: Draft, statement: Statement) -> OpenParameter:
    """The name and numbers of a parameter."""
    name, token = new_name(draft, statement)
    if len(draft.parameters) >= PARAMETERS_MAX:
        raise draft.wrong("too many", token, what="parameter", most=PARAMETERS_MAX)
    bounds = statement.syntax.children[4:]
    if not bounds:
        raise draft.wrong("no bounds", token, name=name)
    first = bounds[0]
    assert isinstance(first, Syntax)
    rows = [statement.syntax.children[3], *first.children[1:]]
    parts = [plain_number(draft, row) for row in rows]
    declared = Declared(name, token, len(draft.parameters), _unit(parts[0]))
    if isinstance(parts[0], Literal):
        declared.type = parts[0].type
    for part, row in zip(parts, rows, strict=True):
        if _unit(part) != declared.unit or (
            isinstance(part, Literal) and part.type != declared.type
        ):
            raise draft.wrong("bounds of another unit", row, name=name)
    draft.parameters[name] = declared
    return OpenParameter(declared, statement, parts)


def plain_number(draft: Draft, row: Syntax | Token) -> Open | Literal:
    """A number that is written down, with its unit."""
    found = found_in(draft, row)
    if isinstance(found, Open) and found.is_number and found.declared is None:
        return found
    if isinstance(found, Literal) and found.type.is_counted and found.type.kind is not Kind.TENOR:
        return found
    raise draft.wrong("not a plain number", row)


def _unit(part: Open | Literal) -> str:
    return part.kind if isinstance(part, Open) else ""


def finish_parameter(draft: Draft, found: OpenParameter) -> Parameter:
    """The parameter, its value within its bounds."""
    declared = found.declared
    declared.type = declared.type or DEFAULTS[declared.unit]
    value, lowest, highest = (_whole(draft, declared, part) for part in found.parts)
    if not lowest <= value <= highest:
        raise draft.wrong("out of bounds", found.statement.syntax, name=declared.name)
    return Parameter(
        at=found.statement.tokens[0].at,
        name=declared.name,
        type=declared.type,
        value=value,
        lowest=lowest,
        highest=highest,
    )


def _whole(draft: Draft, declared: Declared, part: Open | Literal) -> int:
    assert declared.type is not None
    if isinstance(part, Open):
        return counted(draft, part, declared.type)
    assert isinstance(part.value, int)
    return part.value


# --- schedules


def schedule_of(draft: Draft, statement: Statement) -> Schedule:
    """A schedule; a zone holds for windows before it, days for windows after it."""
    name, token = new_name(draft, statement)
    if len(draft.schedules) >= SCHEDULES_MAX:
        raise draft.wrong("too many", token, what="schedule", most=SCHEDULES_MAX)
    draft.schedules[name] = (len(draft.schedules), None)
    rows = [row for row in statement.syntax.children[3:] if isinstance(row, Syntax)]
    if len(rows) > WINDOWS_MAX:
        raise draft.wrong("too many", token, what="window", most=WINDOWS_MAX)
    zones = [_zone(draft, row) for row in rows]
    zone = next((found for found in reversed(zones) if found), "")
    if not zone:
        raise draft.wrong("no zone", statement.syntax, name=name)
    windows, days, day = [], EVERY_DAY, 0
    for row, own in zip(reversed(rows), reversed(zones), strict=True):
        zone = own or zone
        windows.append((row, zone))
    made = []
    for row, where in reversed(windows):
        days, day = _days(draft, row, days, day)
        made.append(_window(draft, row, days, day, where))
    return Schedule(at=statement.tokens[0].at, name=name, windows=tuple(made))


def _zone(draft: Draft, row: Syntax) -> str:
    last = row.children[-1]
    if not isinstance(last, Syntax) or last.rule != "zone":
        return ""
    token = last.children[0]
    assert isinstance(token, Token)
    name = text_of(token)
    if name not in ZONES:
        known = [form for forms in ZONES.values() for form in (*forms[0], *forms[1])]
        raise draft.wrong("unknown zone", token, name=name, hint=hint(nearest(name, known)))
    return name


def _days(draft: Draft, row: Syntax, days: int, day: int) -> tuple[int, int]:
    first = row.children[0]
    if not isinstance(first, Syntax) or first.rule != "day":
        return days, day
    inner = first.children[0]
    if isinstance(inner, Token):
        return EVERY_DAY, day_of(draft, inner)
    found = 0
    for weekday in inner.children:
        assert isinstance(weekday, Syntax)
        ends = [_weekday(draft, token) for token in weekday.children]
        number = ends[0]
        found |= 1 << number
        while number != ends[-1]:
            number = (number + 1) % 7
            found |= 1 << number
    return found, 0


def _weekday(draft: Draft, token: Syntax | Token) -> int:
    assert isinstance(token, Token)
    return _DAYS.index(closed_value(draft, WEEKDAY, text_of(token), token))


def _window(draft: Draft, row: Syntax, days: int, day: int, zone: str) -> Window:
    times = [part for part in row.children if isinstance(part, Token) and part.type == "TIME"]
    start, until = time_of(draft, times[0]), time_of(draft, times[1], end=True)
    if start == until:
        raise draft.wrong("empty window", times[1])
    return Window(days=days, date=day, start=start, until=until, zone=zone)
