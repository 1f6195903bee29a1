"""Python syntax nodes for `robot.rules.compile`, each made in one line."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import cast

LOAD, STORE = ast.Load(), ast.Store()
OPERATORS: dict[str, ast.cmpop] = {
    "<": ast.Lt(),
    "<=": ast.LtE(),
    "=": ast.Eq(),
    "!=": ast.NotEq(),
    ">=": ast.GtE(),
    ">": ast.Gt(),
    "in": ast.In(),
    "not in": ast.NotIn(),
    "is": ast.Is(),
    "is not": ast.IsNot(),
}


def constant(value: int | str | bool | tuple[int | str | bool, ...] | None) -> ast.expr:
    """A number, a name, a truth, nothing, or a tuple of them."""
    return ast.Constant(cast("str", value))  # the compiler takes tuples, its types do not say so


def name(called: str) -> ast.expr:
    """A local name or a function."""
    return ast.Name(called, LOAD)


def kept(called: str, value: ast.expr) -> ast.expr:
    """The value, which is from here on known under a name."""
    return ast.NamedExpr(ast.Name(called, STORE), value)


def call(function: str, arguments: Sequence[ast.expr]) -> ast.expr:
    """The value of a function for these."""
    return ast.Call(name(function), list(arguments), [])


def compared(left: ast.expr, operator: str, right: ast.expr) -> ast.expr:
    """One comparison."""
    return ast.Compare(left, [OPERATORS[operator]], [right])


def is_known(value: ast.expr) -> ast.expr:
    """Whether it is not None."""
    return compared(value, "is not", constant(None))


def all_of(parts: Sequence[ast.expr]) -> ast.expr:
    """Whether all of them are so; none need be."""
    return _joined(ast.And(), parts) if parts else constant(True)


def any_of(parts: Sequence[ast.expr]) -> ast.expr:
    """Whether one of them is so."""
    return _joined(ast.Or(), parts) if parts else constant(False)


def _joined(how: ast.boolop, parts: Sequence[ast.expr]) -> ast.expr:
    return parts[0] if len(parts) == 1 else ast.BoolOp(how, list(parts))


def chosen(test: ast.expr, then: ast.expr, otherwise: ast.expr) -> ast.expr:
    """One of two values."""
    return ast.IfExp(test, then, otherwise)


def tuple_of(parts: Sequence[ast.expr]) -> ast.expr:
    """All of them."""
    return ast.Tuple(list(parts), LOAD)


def unpacked(names: Sequence[str], value: str) -> ast.stmt:
    """Give the parts of a value names; ValueError where there are more or fewer."""
    targets: list[ast.expr] = [ast.Name(called, STORE) for called in names]
    return ast.Assign([ast.Tuple(targets, STORE)], name(value))


def returned(value: ast.expr) -> ast.stmt:
    """End with this value."""
    return ast.Return(value)


def returned_if(test: ast.expr, value: ast.expr) -> ast.stmt:
    """End with this value where the test is so."""
    return ast.If(test, [ast.Return(value)], [])


def function(called: str, argument: str, body: Sequence[ast.stmt]) -> ast.Module:
    """A module with one function of one argument."""
    arguments = ast.arguments([], [ast.arg(argument)], None, [], [], None, [])
    made = ast.FunctionDef(called, arguments, list(body), [])
    made.type_params = []  # type: ignore[attr-defined]
    return ast.fix_missing_locations(ast.Module([made], []))
