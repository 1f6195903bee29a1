"""A look of a rule book by the clock: when, at what, and what it says; for the live books and for
those of a candidate alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from robot.core.offering import chance_of
from robot.core.quoting import MILLISECOND_NS
from robot.core.rule_books import ReadyBook
from robot.core.rule_view import View
from robot.core.ruled import decide
from robot.core.state import Context, RobotState
from robot.deals.product import ProductKind
from robot.errors import UnknownReference
from robot.messages.effects import AlertRaised
from robot.rules.moments import holds
from robot.rules.ruling import Ruling
from robot.rules.types import Value


def next_look_ns(state: RobotState, ready: ReadyBook) -> int:
    """The next whole interval: so that it is the same whenever the robot was started."""
    every_ns = ready.book.every * MILLISECOND_NS
    return state.now_ns // every_ns * every_ns + every_ns


def looked_at(context: Context, ready: ReadyBook) -> Iterator[tuple[ProductKind, str]]:
    """Each of its instruments, where the book looks at this time of day; none, and it is told,
    where the book's clocks do not reach this day.
    """
    book, now_ms = ready.book, context.state.now_ns // MILLISECOND_NS
    if book.during is not None:
        try:
            if not holds(book.schedules[book.during], now_ms):
                return
        except UnknownReference as problem:
            context.emit(AlertRaised(code="RULE_NOT_DONE", text=f"{ready.file}: {problem}"))
            return
    for scope in book.scope:
        for instrument in scope.instruments:
            yield scope.product, instrument


def decided_on(
    context: Context, ready: ReadyBook, kind: ProductKind, instrument: str
) -> tuple[tuple[Value, ...], Ruling] | str:
    """What the book says of an instrument at this moment; or what was raised."""
    state = context.state
    chance = chance_of(state.configured().seed, f"{ready.file} {instrument}", state.stepped)
    return decide(ready, View(context, kind, instrument, chance))


def acted_key(ready: ReadyBook, ruling: Ruling, instrument: str) -> str:
    """What is done at most once an interval."""
    return f"{ready.file} {ruling.rule} {instrument}"


def rests(state: RobotState, ready: ReadyBook, acted_ns: Mapping[str, int], key: str) -> bool:
    """Whether the rule has done something within the interval."""
    last_ns = acted_ns.get(key, 0)
    return bool(last_ns) and state.now_ns - last_ns < ready.book.every * MILLISECOND_NS
