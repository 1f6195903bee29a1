"""Through a book: every expression in it, and every name that only the desk can know.

A tier, a venue or a counterparty that nobody has is no mistake of the language, but a rule that
looks for it never fires: whoever has the desk's files compares the names with them.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from robot.rules.check_expressions import parts_of
from robot.rules.fact import Argument
from robot.rules.facts import FACTS
from robot.rules.tree import (
    AnyExpression,
    AskBanks,
    Book,
    FactRef,
    HandTo,
    Literal,
    Node,
    Position,
    Rule,
)
from robot.rules.types import Kind

GAME, STRATEGY = "game", "strategy"
_KINDS = {
    Kind.TIER: "tier",
    Kind.COUNTERPARTY: "counterparty",
    Kind.GROUP: "group",
    Kind.COUNTRY: "country",
    Kind.VENUE: "venue",
}


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """One name."""

    what: str
    """tier, counterparty, group, country, venue, game or strategy."""
    name: str
    at: Position


def expressions(rule: Rule) -> list[AnyExpression]:
    """Every expression in the condition and the action of a rule."""
    waiting: list[AnyExpression] = [rule.when] if rule.when is not None else []
    for field in rule.action.__struct_fields__:
        part = getattr(rule.action, field)
        if isinstance(part, Node):
            waiting.append(part)  # type: ignore[arg-type]
    found = []
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting.extend(parts_of(node))
    return found


def names_used(book: Book) -> list[Used]:
    """Each place where such a name stands, in the order of the file."""
    found: list[Used] = []
    for table in book.tables:
        for axis in table.axes:
            what = _KINDS.get(axis.type.kind)
            if what:
                found += [Used(what=what, name=str(name), at=table.at) for name in axis.labels]
    for rule in (*book.rules, book.otherwise):
        for node in expressions(rule):
            found += _in_expression(node)
        action = rule.action
        if isinstance(action, AskBanks) and action.group:
            found.append(Used(what="group", name=action.group, at=action.at))
        if isinstance(action, AskBanks) and action.game:
            found.append(Used(what=GAME, name=action.game, at=action.at))
        if isinstance(action, HandTo):
            what = GAME if action.game else STRATEGY
            found.append(Used(what=what, name=action.name, at=action.at))
    return sorted(found, key=lambda used: (used.at.line, used.at.column))


def _in_expression(node: AnyExpression) -> Iterator[Used]:
    if isinstance(node, Literal) and node.type.kind in _KINDS:
        yield Used(what=_KINDS[node.type.kind], name=str(node.value), at=node.at)
    elif isinstance(node, FactRef):
        for argument, said in zip(FACTS[node.name].arguments, node.arguments, strict=True):
            if argument is Argument.VENUE and said:
                yield Used(what="venue", name=said, at=node.at)
