"""Tables: a row of headings, a heading for each row, a number in each cell."""

from __future__ import annotations

from robot.basics.tenor import parse_tenor
from robot.rules.check_parts import new_name
from robot.rules.check_values import DEFAULTS, Open, counted, settle, value_of
from robot.rules.draft import Declared, Draft, said_type, span
from robot.rules.facts import FACTS
from robot.rules.grammar import Syntax
from robot.rules.parse import Statement, text_of
from robot.rules.tokens import Token
from robot.rules.tree import Axis, Lines, Literal, Table
from robot.rules.types import Kind, Type, tenor_bounds

TABLES_MAX = 200
CELLS_MAX = 2_000
"""Of one table."""
AXES_MAX = 3

_EXACT = frozenset({Kind.TENOR, Kind.COUNT})
"""Counted keys that may also stand without `up to`: then it is this one alone."""


_WORDS = {"BUY": "BUY", "SELL": "SELL", "LEND": "LEND", "BORROW": "BORROW", "BANKS": "bank"}
"""Keywords that are headings, too."""


class _Labels:
    """The labels of one axis while they are read."""

    def __init__(self, fact: str, type: Type) -> None:
        self.fact = fact
        self.type = type
        self.values: list[int | str] = []
        self.said: list[str] = []
        self.written: dict[int | str, str] = {}
        """As they stand in the file, for messages."""
        self.steps: bool | None = None
        self.rest = False

    def axis(self) -> Axis:
        """As it goes into the tree."""
        return Axis(
            fact=self.fact,
            type=self.type,
            labels=tuple(self.values),
            steps=bool(self.steps),
            rest=self.rest,
            said=tuple(self.said) if self.type.kind is Kind.TENOR else (),
        )


class OpenTable:
    """A table whose numbers become whole when its type is known."""

    def __init__(self, declared: Declared, statement: Statement) -> None:
        self.declared = declared
        self.statement = statement
        self.axes: tuple[Axis, ...] = ()
        self.cells: list[Open | Literal | None] = []


def declare_table(draft: Draft, statement: Statement) -> OpenTable:
    """The name, keys and numbers of a table."""
    name, token = new_name(draft, statement)
    if len(draft.tables) >= TABLES_MAX:
        raise draft.wrong("too many", token, what="table", most=TABLES_MAX)
    declared = Declared(name, token, len(draft.tables), "")
    draft.tables[name] = declared
    facts = _keys(draft, statement)
    declared.axes = tuple(FACTS[fact].type for fact in facts)
    table = OpenTable(declared, statement)
    rows = [row for row in statement.syntax.children[2:] if _is_row(row)]
    labels = [_Labels(fact, FACTS[fact].type) for fact in facts]
    cells: dict[tuple[int | str, ...], Open | Literal | None] = {}
    _read(draft, table, rows, labels, cells)
    table.axes = tuple(label.axis() for label in labels)
    table.cells = _in_order(draft, table, labels, cells)
    _settle_unit(draft, table)
    return table


def _is_row(part: Syntax | Token) -> bool:
    return isinstance(part, Syntax) and part.rule == "row"


def _keys(draft: Draft, statement: Statement) -> list[str]:
    axes = statement.syntax.children[2]
    assert isinstance(axes, Syntax)
    if len(axes.children) > AXES_MAX:
        raise draft.wrong("too many", axes, what="key", most=AXES_MAX)
    found = []
    for axis in axes.children:
        assert isinstance(axis, Syntax) and isinstance(axis.children[0], Token)
        fact = text_of(axis.children[0])
        type_ = FACTS[fact].type
        if type_.kind in (Kind.TRUTH, Kind.INSTANT):
            raise draft.wrong("no key", axis, type=said_type(type_))
        found.append(fact)
    return found


_REST = ""
"""Stands for the last row or column, of every other key."""


def _read(
    draft: Draft,
    table: OpenTable,
    rows: list[Syntax | Token],
    labels: list[_Labels],
    cells: dict[tuple[int | str, ...], Open | Literal | None],
) -> None:
    """Labels and cells of all rows."""
    columns: list[int | str] = []
    if len(labels) > 1:
        if not rows:
            raise draft.wrong("no rows", table.declared.token, name=table.declared.name)
        columns = [_label(draft, item, labels[-1]) for item in _items(rows[0])]
        rows = rows[1:]
    if not rows:
        raise draft.wrong("no rows", table.declared.token, name=table.declared.name)
    for row in rows:
        items = _items(row)
        depth = max(1, len(labels) - 1)
        heading = tuple(
            _label(draft, item, label, again=depth > 1)
            for item, label in zip(items[:depth], labels, strict=False)
        )
        values = items[depth:]
        _fits(draft, row, values, columns)
        heads: list[int | str | None] = [*columns] if columns else [None]
        for column, item in zip(heads, values, strict=True):
            key = heading if column is None else (*heading, column)
            if key in cells:
                raise draft.wrong("row twice", row, name=table.declared.name)
            cells[key] = _cell(draft, item)
            if len(cells) > CELLS_MAX:
                raise draft.wrong("too many", row, what="cell", most=CELLS_MAX)


def _items(row: Syntax | Token) -> list[Syntax]:
    assert isinstance(row, Syntax)
    return [item for item in row.children if isinstance(item, Syntax)]


def _fits(
    draft: Draft, row: Syntax | Token, values: list[Syntax], columns: list[int | str]
) -> None:
    wanted = max(1, len(columns))
    if len(values) != wanted:
        raise draft.wrong("cells of a row", row, found=len(values), wanted=wanted)


def _label(draft: Draft, item: Syntax, labels: _Labels, again: bool = False) -> int | str:
    """A heading; rising and new, or (where several keys head a row) one that was there before."""
    if labels.rest and not again:
        raise draft.wrong("after the rest", item)
    if item.rule == "rest":
        labels.rest = True
        labels.written[_REST] = draft.written(item)
        return _REST
    value, said = _heading(draft, item, labels)
    if value in labels.values:
        if again:
            return value
        raise draft.wrong("heading twice", item)
    if labels.rest:
        raise draft.wrong("after the rest", item)
    if labels.steps and labels.values and not labels.values[-1] < value:  # type: ignore[operator]
        raise draft.wrong("not rising", item)
    labels.values.append(value)
    labels.said.append(said)
    labels.written[value] = draft.written(item)
    return value


def _heading(draft: Draft, item: Syntax, labels: _Labels) -> tuple[int | str, str]:
    is_step = item.rule == "step"
    kind = labels.type.kind
    inner = item.children[-1]
    if labels.type.is_counted and not is_step and kind not in _EXACT:
        raise draft.wrong("needs up to", item, type=said_type(labels.type))
    if not labels.type.is_counted and is_step:
        raise draft.wrong("no steps", item, type=said_type(labels.type))
    if labels.type.is_counted:
        if labels.steps is not None and labels.steps != is_step:
            raise draft.wrong("steps or not", item)
        labels.steps = is_step
    literal = _literal(draft, item, inner, labels.type)
    if kind is Kind.TENOR and is_step:
        return _upper(draft, literal), literal.said
    assert not isinstance(literal.value, bool)
    return literal.value, literal.said


def _literal(draft: Draft, item: Syntax, inner: Syntax | Token, type_: Type) -> Literal:
    if item.rule not in ("label", "cell", "step"):
        raise draft.wrong("no heading", item, type=said_type(type_))
    token = inner.children[0] if isinstance(inner, Syntax) else inner
    assert isinstance(token, Token)
    if item.rule == "label":
        kind = "quoted" if token.type == "TEXT" else "name"
        text = _WORDS.get(token.type) or text_of(token)
        found = settle(draft, Open(kind, token, text=text), type_)
    else:
        found = settle(draft, value_of(draft, token), type_)
    if not isinstance(found, Literal) or found.type != type_:
        raise draft.wrong("no heading", item, type=said_type(type_))
    return found


def _upper(draft: Draft, literal: Literal) -> int:
    return tenor_bounds(parse_tenor(literal.said))[1]


def _cell(draft: Draft, item: Syntax) -> Open | Literal | None:
    if item.rule == "none":
        return None
    if item.rule not in ("cell", "minus"):
        raise draft.wrong("no cell", item)
    literal = item.children[-1]
    assert isinstance(literal, Syntax) and isinstance(literal.children[0], Token)
    found = value_of(draft, literal.children[0])
    sign = -1 if item.rule == "minus" else 1
    if isinstance(found, Open) and found.is_number:
        return Open(found.kind, item, found.number * sign)
    if isinstance(found, Literal) and isinstance(found.value, int) and found.type.is_counted:
        return Literal(at=found.at, type=found.type, value=found.value * sign)
    raise draft.wrong("no cell", item)


def _in_order(
    draft: Draft,
    table: OpenTable,
    labels: list[_Labels],
    cells: dict[tuple[int | str, ...], Open | Literal | None],
) -> list[Open | Literal | None]:
    """All cells, the last key running fastest; one that is not there is reported."""
    keys: list[tuple[int | str, ...]] = [()]
    for axis in table.axes:
        ends = [*axis.labels, *([_REST] if axis.rest else [])]
        keys = [(*key, end) for key in keys for end in ends]
    missing = [key for key in keys if key not in cells]
    if missing:
        headings = zip(labels, missing[0], strict=True)
        row = ", ".join(label.written[key] for label, key in headings)
        raise draft.wrong("row missing", table.declared.token, name=table.declared.name, row=row)
    return [cells[key] for key in keys]


def _settle_unit(draft: Draft, table: OpenTable) -> None:
    """One unit in all cells."""
    given = [cell for cell in table.cells if cell is not None]
    if not given:
        raise draft.wrong("no rows", table.declared.token, name=table.declared.name)
    first = given[0]
    if isinstance(first, Open):
        table.declared.unit = first.kind
    else:
        table.declared.type = first.type
    for cell in given:
        same = (
            cell.kind == table.declared.unit
            if isinstance(cell, Open)
            else cell.type == table.declared.type
        )
        if not same:
            where = cell.where if isinstance(cell, Open) else _token_at(table, cell)
            raise draft.wrong("cells of two units", where, name=table.declared.name)


def _token_at(table: OpenTable, cell: Literal) -> Token:
    return next(token for token in table.statement.tokens if token.at.line == cell.at.line
                and token.column == cell.at.column)  # fmt: skip


def row_line(row: Syntax | Token) -> int:
    """On which line a row stands."""
    return span(row)[0].line


def finish_table(draft: Draft, found: OpenTable) -> Table:
    """The table with whole numbers."""
    declared = found.declared
    declared.type = declared.type or DEFAULTS[declared.unit]
    cells = []
    for cell in found.cells:
        if isinstance(cell, Open):
            cells.append(counted(draft, cell, declared.type))
        else:
            assert cell is None or isinstance(cell.value, int)
            cells.append(cell.value if cell is not None else None)  # type: ignore[arg-type]
    return Table(
        at=span(found.statement.syntax)[0].at,
        name=declared.name,
        type=declared.type,
        axes=found.axes,
        cells=tuple(cells),
        lines=Lines(
            tuple(row_line(row) for row in found.statement.syntax.children if _is_row(row))
        ),
    )
