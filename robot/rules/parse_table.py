"""Lark's LALR table walked without Lark's own bookkeeping, in a third of the time.

Only for statements without a mistake; what was expected where is Lark's to say.
"""

from __future__ import annotations

import functools
import operator
import sys
from collections.abc import Callable
from typing import Any

from lark.parsers.lalr_analysis import Shift

from robot.rules.grammar import Syntax, parser
from robot.rules.tokens import Token

Parts = list[Any]
Reduced = tuple[int, str, Callable[[Parts], object] | None]
"""Of a reduction: how many parts, what they become, and what makes it; None = the part itself."""


class ParseTable:
    """State by state: what follows which terminal."""

    def __init__(self) -> None:
        table: Any = parser().parser.parser.parser.parse_table
        self._start: int = table.start_states["statement"]
        self._end: int = table.end_states["statement"]
        self._states: dict[int, dict[str, tuple[int, Reduced | None]]] = {
            state: {sys.intern(str(name)): _entry(action) for name, action in row.items()}
            for state, row in table.states.items()
        }
        self._chains: dict[tuple[int, int, str], int] = {}

    def parse(self, tokens: list[Token]) -> Syntax | None:
        """What the tokens of a statement say; None where they make none."""
        states, stack, values = self._states, [self._start], list[Any]()
        row = states[self._start]
        for token in (*tokens, _END):
            while True:
                entry = row.get(token.type)
                if entry is None:
                    return None
                target, reduced = entry
                if reduced is None:
                    stack.append(target)
                    values.append(token)
                    row = states[target]
                    break
                size, origin, make = reduced
                if make is None:
                    stack[-1] = self._renamed(stack[-2], stack[-1], token.type)
                    row = states[stack[-1]]
                    continue
                values[-size:] = [make(values[-size:])]
                del stack[-size:]
                target = states[stack[-1]][origin][0]
                stack.append(target)
                row = states[target]
                if target == self._end:
                    found = values[-1]
                    assert isinstance(found, Syntax)
                    return found
        return None

    def _renamed(self, below: int, state: int, terminal: str) -> int:
        """The state after a part has only become another kind of part, through all nine kinds from
        a number to a condition at once: remembered, as it depends on nothing else.
        """
        key = (below, state, terminal)
        found = self._chains.get(key)
        if found is None:
            found = state
            while True:
                reduced = self._states[found].get(terminal, _NOTHING)[1]
                if reduced is None or reduced[2] is not None:
                    break
                found = self._states[below][reduced[1]][0]
            self._chains[key] = found
        return found


_NOTHING: tuple[int, Reduced | None] = (0, None)
_END = Token("$END", "", 0, 0, 0)


def _entry(action: tuple[Any, Any]) -> tuple[int, Reduced | None]:
    what, argument = action
    if what is Shift:
        return argument, None
    return 0, (len(argument.expansion), sys.intern(str(argument.origin.name)), _maker(argument))


def _maker(rule: Any) -> Callable[[Parts], object] | None:
    """What makes the parts of a rule into one: as Lark does, by what its grammar says.

    Repetitions (`__x_star_1`) are lists that go into the rule around them.
    """
    size = len(rule.expansion)
    assert size, "no rule of the grammar is empty"
    kept = [i for i, symbol in enumerate(rule.expansion) if not _is_silent(symbol)]
    inlined = {i for i in kept if _is_inlined(rule.expansion[i])}
    name = sys.intern(str(rule.alias or rule.origin.name))
    alone = rule.options.expand1 and not rule.alias
    if alone and size == 1 and not inlined:
        return None
    repeated = _is_inlined(rule.origin)
    if not inlined and not repeated:
        return _plain_maker("" if alone and len(kept) == 1 else name, kept, size)

    def make(parts: Parts) -> object:
        children: Parts = []
        for index in kept:
            if index in inlined:
                children.extend(parts[index])
            else:
                children.append(parts[index])
        if repeated:
            return children
        return children[0] if alone and len(children) == 1 else Syntax(name, children)

    return make


def _plain_maker(name: str, kept: list[int], size: int) -> Callable[[Parts], object]:
    """Where nothing is a list: most rules, made without looking at each part. Without a name it is
    the only part that is kept.
    """
    if not name:
        return operator.itemgetter(kept[0])
    if len(kept) == size:
        return lambda parts: Syntax(name, parts)
    return lambda parts: Syntax(name, [parts[index] for index in kept])


def _is_silent(symbol: Any) -> bool:
    return bool(symbol.is_term and symbol.name.startswith("_"))


def _is_inlined(symbol: Any) -> bool:
    return not symbol.is_term and bool(symbol.name.startswith("_"))


@functools.cache
def parse_table() -> ParseTable:
    """The table; made once in a process."""
    return ParseTable()
