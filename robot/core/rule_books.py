"""The rule books of a reference, compiled: what answers requests, and what looks by the clock.

A book is put in force whole or not at all: whatever it names that the core cannot fill or do is a
problem of loading, told with its line.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from robot.basics.currency import CurrencyPair
from robot.basics.zone import Zone
from robot.deals.product import ProductKind
from robot.deals.reference import Reference, RuleFile, StrategyChoice
from robot.errors import ConfigurationError
from robot.rules.compile import CompiledBook
from robot.rules.facts import FACTS, NOT_AVAILABLE, type_of
from robot.rules.moments import with_clocks
from robot.rules.oracle import parts_of, shown
from robot.rules.ruling import Ruling
from robot.rules.tree import (
    AskBanks,
    Book,
    DealAt,
    FactKey,
    FactRef,
    HandTo,
    Literal,
    Node,
    Rule,
    Scope,
)
from robot.rules.types import HORIZON, HORIZONS_MS, Value
from robot.strategy import Strategy

if TYPE_CHECKING:
    from robot.rules.problems import Problem

Getter = Callable[..., Value]
"""Works one fact out of a view of the state (`rule_view`)."""

SECONDS_FACTS = frozenset({"realised volatility", "range", "move"})
DAY_FACTS = frozenset({"day range", "day high", "day low"})


class ReadyBook:
    """A book in force."""

    __slots__ = ("compiled", "file", "getters", "labels")

    def __init__(self, file: str, compiled: CompiledBook) -> None:
        self.file = file
        self.compiled = compiled
        self.getters: tuple[Getter, ...] | None = None
        """Of its slots; made when it decides for the first time."""
        self.labels = tuple((shown(key), type_of(key)) for key in compiled.book.slots)
        """How its facts are called, and their types."""

    @property
    def book(self) -> Book:
        """Its tree."""
        return self.compiled.book


class Wish(NamedTuple):
    """Something a rule wants done beside an answer."""

    book: ReadyBook
    ruling: Ruling
    asker: str
    """The counterparty whose request it came of; empty = of a look by the clock."""
    product: ProductKind
    instrument: str
    tenor: str = ""
    """As asked."""
    side: str = ""
    """Ours, as asked; empty = both."""
    amount: str = ""
    """As asked, in base currency; empty = nothing was asked."""


class RuleBooks:
    """All of a reference."""

    def __init__(self, books: tuple[ReadyBook, ...], hands: dict[str, Strategy]) -> None:
        self.books = books
        self.hands = hands
        self.answering: dict[tuple[ProductKind, str], ReadyBook] = {}
        for ready in books:
            if not ready.book.every:
                self.answering |= dict.fromkeys(_keys(ready.book), ready)
        self.looking = tuple(ready for ready in books if ready.book.every)
        self.watched = frozenset(pair for ready in books for pair in _watched(ready.book))
        named = {_horizon(key) for ready in books for key in ready.book.slots}
        self.horizons = tuple(horizon for horizon in HORIZONS_MS if horizon in named)
        """How long after a deal the market is looked at again."""

    def __bool__(self) -> bool:
        return bool(self.books)


NO_BOOKS = RuleBooks((), {})


def books_of(
    reference: Reference,
    load_strategy: Callable[[Reference], Strategy],
    games: Mapping[str, Strategy],
) -> RuleBooks:
    """The books of a reference; ConfigurationError with everything that is wrong with them."""
    choice = reference.strategy
    if not choice.rules:
        return NO_BOOKS
    problems = book_problems(choice)
    if problems:
        raise ConfigurationError("\n".join(problems))
    hands = {
        name: load_strategy(
            msgspec.structs.replace(
                reference,
                strategy=StrategyChoice(
                    name=name,
                    version=choice.version,
                    factory=hand.factory,
                    parameters=hand.parameters,
                ),
            )
        )
        for name, hand in choice.hands.items()
    }
    ready = tuple(_ready(row, reference.zones) for row in choice.rules)
    return RuleBooks(ready, {**hands, **games})


def book_problems(choice: StrategyChoice) -> list[str]:
    """Why the rule books of a strategy cannot be in force, `file:line:column` first."""
    problems: list[str] = []
    taken: dict[tuple[ProductKind, str], str] = {}
    names = [row.file for row in choice.rules]
    for row in choice.rules:
        if names.count(row.file) > 1:
            return [f"{row.file}: it is named twice"]
        found = _read(row)
        if isinstance(found, list):
            problems += [problem.shown(row.file) for problem in found]
            continue
        problems += [f"{row.file}:{text}" for text in _not_done(found, choice)]
        for key in () if found.every else _keys(found):
            if key in taken:
                text = f"{key[0].lower()} {key[1]} is answered by {taken[key]} already"
                problems.append(f"{row.file}:{found.scope[0].at.line}: {text}")
            taken.setdefault(key, row.file)
    return problems


def _ready(row: RuleFile, zones: Mapping[str, Zone]) -> ReadyBook:
    """A book with the clocks that the reference has for its schedules."""
    schedules = _checked(row).schedules
    named = dict.fromkeys(window.zone for one in schedules for window in one.windows)
    clocks = tuple(zones[name] for name in named if name in zones)
    return ReadyBook(row.file, _compiled(row, clocks))


@functools.lru_cache(maxsize=32)
def _checked(row: RuleFile) -> Book:
    """Texts are the same at every start, in every process that steps: read once, and compiled."""
    found = _read(row)
    assert isinstance(found, Book), f"{row.file} has problems"
    return found


def _read(row: RuleFile) -> Book | list[Problem]:
    # The parser is slow to import: only where there are books.
    from robot.rules.check import load
    from robot.rules.parameters import with_parameters

    found = load(row.text, row.file, "en")
    if isinstance(found, list) or not row.parameters:
        return found
    return with_parameters(found, dict(row.parameters))


@functools.lru_cache(maxsize=32)
def _compiled(row: RuleFile, clocks: tuple[Zone, ...]) -> CompiledBook:
    return CompiledBook(with_clocks(_checked(row), {clock.name: clock for clock in clocks}))


def hosted_name(choice: StrategyChoice) -> str:
    """How rule books call the strategy in the process of its own; empty = there is none."""
    return choice.file.rpartition("/")[2].removesuffix(".py") if choice.rules else ""


def _keys(book: Book) -> Iterator[tuple[ProductKind, str]]:
    for scope in book.scope:
        for instrument in scope.instruments:
            yield scope.product, instrument


def _watched(book: Book) -> Iterator[CurrencyPair]:
    """The pairs whose seconds it asks about."""
    for key in book.slots:
        if key.name in SECONDS_FACTS | DAY_FACTS:
            pairs = (key.arguments[0],) if key.arguments[0] else _pairs(book.scope)
            yield from (CurrencyPair(pair) for pair in pairs)


def _horizon(key: FactKey) -> str:
    """How long after a deal it asks about; empty = it does not."""
    return key.arguments[1] or HORIZON if key.name == "markout" else ""


def _pairs(scopes: tuple[Scope, ...]) -> tuple[str, ...]:
    return tuple(code for scope in scopes for code in scope.instruments)


def _not_done(book: Book, choice: StrategyChoice) -> Iterator[str]:
    """What it names that the core cannot fill or do: `line:column: text`."""
    told: set[str] = set()
    for rule in (*book.rules, book.otherwise):
        for node in (rule.when, rule.action):
            for part in parts_of(node) if node is not None else ():
                if not isinstance(part, FactRef) or part.name not in NOT_AVAILABLE:
                    continue
                if part.name not in told:
                    why = NOT_AVAILABLE[part.name]
                    yield _said(part, f"{FACTS[part.name].name!r} is not available: {why}")
                told.add(part.name)
        yield from _action_not_done(book, rule, choice)


def _action_not_done(book: Book, rule: Rule, choice: StrategyChoice) -> Iterator[str]:
    action = rule.action
    if isinstance(action, HandTo):
        known = [*choice.hands, *filter(None, [hosted_name(choice)])]
        known += [game.name for game in choice.games]
        if action.name not in known:
            text = f"no strategy {action.name!r} is under strategy.hands or strategy.games"
            yield _said(action, f"{text}; there {'are' if known else 'is'} {_listed(known)}")
    if isinstance(action, AskBanks) and action.game:
        known = [game.name for game in choice.games]
        if action.game not in known:
            text = f"no game {action.game!r} is under strategy.games"
            yield _said(action, f"{text}; there {'are' if known else 'is'} {_listed(known)}")
    if isinstance(action, AskBanks | DealAt):
        spot = {scope.product for scope in book.scope} == {ProductKind.SPOT}
        if book.every and action.size is None:
            yield _said(action, "how much? a book that looks by the clock has no request")
        if book.every and action.tenor is None and not spot:
            yield _said(action, "for how long? say `for 1W`")
        if action.tenor is not None and not isinstance(action.tenor, Literal | FactRef):
            yield _said(action, "the tenor of what is dealt is written down, or the one asked")


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"


def _said(node: Node, text: str) -> str:
    return f"{node.at.line}:{node.at.column}: {text}"
