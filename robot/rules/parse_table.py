"""Lark's LALR table walked without Lark's own bookkeeping, in a third of the time.

Only for statements without a mistake; what was expected where is Lark's to say.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from lark.parsers.lalr_analysis import Shift

from robot.rules.grammar import Syntax, parser
from robot.rules.tokens import Token

Reduced = tuple[int, str, Callable[[list[object]], object] | None]
"""Of a reduction: how many parts, what they become, and what makes it; None = the part itself."""


class ParseTable:
    """State by state: what follows which terminal."""

    def __init__(self) -> None:
        automaton: Any = parser().parser.parser.parser
        table, callbacks = automaton.parse_table, automaton.callbacks
        self._start: int = table.start_states["statement"]
        self._end: int = table.end_states["statement"]
        self._states: dict[int, dict[str, tuple[int, Reduced | None]]] = {
            state: {
                sys.intern(str(name)): _entry(action, callbacks) for name, action in row.items()
            }
            for state, row in table.states.items()
        }

    def parse(self, tokens: list[Token]) -> Syntax | None:
        """What the tokens of a statement say; None where they make none."""
        states, stack, values = self._states, [self._start], list[object]()
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
                if make is not None:
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


_END = Token("$END", "", 0, 0, 0)


def _entry(action: tuple[Any, Any], callbacks: Any) -> tuple[int, Reduced | None]:
    what, argument = action
    if what is Shift:
        return argument, None
    size = len(argument.expansion)
    assert size, "no rule of the grammar is empty"
    alone = size == 1 and argument.options.expand1 and not argument.alias
    make = None if alone else callbacks[argument]
    return 0, (size, sys.intern(str(argument.origin.name)), make)


@functools.cache
def parse_table() -> ParseTable:
    """The table; made once in a process."""
    return ParseTable()
