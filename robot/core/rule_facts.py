"""The row of facts that a rule book looks at, filled from the state: those and no others.

What is not known is None: nothing is estimated here.
"""

from __future__ import annotations

from robot.core.rule_books import Getter, ReadyBook
from robot.core.rule_facts_desk import DESK_MAKERS
from robot.core.rule_facts_market import MARKET_MAKERS, Maker
from robot.core.rule_facts_request import REQUEST_MAKERS
from robot.core.rule_facts_result import RESULT_MAKERS
from robot.core.rule_facts_room import ROOM_MAKERS
from robot.core.rule_view import View
from robot.rules.tree import FactKey
from robot.rules.types import Value

MAKERS: dict[str, Maker] = {
    **MARKET_MAKERS,
    **REQUEST_MAKERS,
    **DESK_MAKERS,
    **RESULT_MAKERS,
    **ROOM_MAKERS,
}
"""By the name in the registry."""


def getter_of(key: FactKey) -> Getter:
    """How one fact is worked out."""
    return MAKERS[key.name](*key.arguments)


def row_of(ready: ReadyBook, view: View) -> tuple[Value, ...]:
    """A value for each slot of the book."""
    if ready.getters is None:
        ready.getters = tuple(getter_of(key) for key in ready.book.slots)
    return tuple([get(view) for get in ready.getters])
