"""The checked tree of a rule book: what parser and checker hand on, and all evaluators read.

Every expression knows its type, every number is a whole number of its type's scale (`types.py`).
Facts arrive as one row for each request: a value for each of `Book.slots`, None = not known.

**Three truths.** A comparison one side of which is not known is neither true nor false: unknown.
Not, and, or: as one expects of true and false; unknown and false = false, unknown and true =
unknown, unknown or true = true, unknown or false = unknown, not unknown = unknown. A rule fires
only where its condition is true. `Known` alone is never unknown.

**Not known** is also: a table without a row for its keys, a quotient by zero, a number of
`VALUE_END` or more. An action whose values are not known is a refusal that names the fact.

Where something stands (`Position`) does not make it another tree: trees compare without it.
"""

from __future__ import annotations

import enum

import msgspec

from robot.basics.zone import Zone
from robot.deals.product import ProductKind
from robot.rules.places import NOWHERE as NOWHERE
from robot.rules.places import Lines as Lines
from robot.rules.places import Position as Position
from robot.rules.types import Type


class Node(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What stands somewhere."""

    at: Position = NOWHERE


# --- expressions


class Expression(Node, frozen=True, kw_only=True):
    """Something with a value."""

    type: Type


class Literal(Expression, frozen=True, kw_only=True):
    """A value that was written down."""

    value: int | str | bool
    said: str = ""
    """Of a tenor as written: `value` may be the bound of all that are as long."""


class FactRef(Expression, frozen=True, kw_only=True):
    """A fact: `row[slot]`."""

    slot: int
    """Index in `Book.slots`."""
    name: str
    """English name in `facts.FACTS`."""
    arguments: tuple[str, ...] = ()
    """As many as the fact takes, in its order; empty where it was not said."""


class ParameterRef(Expression, frozen=True, kw_only=True):
    """`Book.parameters[index]`, whose value a sweep may change."""

    index: int
    name: str


class TableLookup(Expression, frozen=True, kw_only=True):
    """A cell of `Book.tables[index]`; a key for each axis, of its type."""

    index: int
    name: str
    keys: tuple[AnyExpression, ...]


class Operator(enum.StrEnum):
    """What joins two numbers. The scale of the result is its type's."""

    PLUS = "+"
    MINUS = "-"
    TIMES = "*"
    """left x right; one is a NUMBER or a SHARE: divided by that one's scale, unless the result's
    scale differs (count x number = number: nothing to divide).
    """
    OVER = "/"
    """left / right: of one type, the result a NUMBER; or right a NUMBER or a SHARE."""
    LARGER = "larger"
    SMALLER = "smaller"


class Arithmetic(Expression, frozen=True, kw_only=True):
    """Two numbers joined.

    TIMES: left.value * right.value * scale(type) / (scale(left) * scale(right)).
    OVER: left.value * scale(right) * scale(type) / (right.value * scale(left)).
    Both are worked out exactly and rounded once, half to even. The others: both sides have the
    scale of the result, and need nothing.
    """

    operator: Operator
    left: AnyExpression
    right: AnyExpression


class Negative(Expression, frozen=True, kw_only=True):
    """Minus the number."""

    part: AnyExpression


class Absolute(Expression, frozen=True, kw_only=True):
    """The number without its sign."""

    part: AnyExpression


class InPrice(Expression, frozen=True, kw_only=True):
    """Pips as a distance: part.value * pip.value / scale(PIPS), rounded half to even.

    `pip` is the fact of the pair's pip, a distance.
    """

    part: AnyExpression
    pip: FactRef


# --- conditions: expressions of the type TRUTH


class Comparison(enum.StrEnum):
    """How two values of one type are compared; names only for being equal or not."""

    LESS = "<"
    AT_MOST = "<="
    EQUAL = "="
    UNEQUAL = "!="
    AT_LEAST = ">="
    MORE = ">"


class Compare(Expression, frozen=True, kw_only=True):
    """Both sides have one type and scale."""

    comparison: Comparison
    left: AnyExpression
    right: AnyExpression


class Between(Expression, frozen=True, kw_only=True):
    """low <= value <= high; false as soon as one of the two is false."""

    value: AnyExpression
    low: AnyExpression
    high: AnyExpression


class OneOf(Expression, frozen=True, kw_only=True):
    """Whether it is one of these."""

    value: AnyExpression
    choices: tuple[Literal, ...]


class InSchedule(Expression, frozen=True, kw_only=True):
    """Whether the moment is in `Book.schedules[index]`."""

    index: int
    name: str
    instant: FactRef


class Known(Expression, frozen=True, kw_only=True):
    """Whether the fact is known, or `missing` whether it is not."""

    fact: FactRef
    missing: bool = False


class And(Expression, frozen=True, kw_only=True):
    """All of them, two or more."""

    parts: tuple[AnyExpression, ...]


class Or(Expression, frozen=True, kw_only=True):
    """At least one of them, of two or more."""

    parts: tuple[AnyExpression, ...]


class Not(Expression, frozen=True, kw_only=True):
    """The opposite."""

    part: AnyExpression


AnyExpression = (
    Literal
    | FactRef
    | ParameterRef
    | TableLookup
    | Arithmetic
    | Negative
    | Absolute
    | InPrice
    | Compare
    | Between
    | OneOf
    | InSchedule
    | Known
    | And
    | Or
    | Not
)
"""A condition is one whose type is TRUTH: the last eight, a fact, a parameter, or `always`."""


# --- actions: each optional expression is None where nothing was said


class Sides(enum.StrEnum):
    """Which prices are quoted, of those that were asked."""

    BOTH = "both"
    BID = "bid"
    OFFER = "offer"


class Quote(Node, frozen=True, kw_only=True):
    """bid = around - margin + skew, offer = around + margin + skew."""

    margin: AnyExpression
    """DISTANCE; of a loan SPREAD."""
    skew: AnyExpression | None = None
    """The same: both prices are shifted by it, up where it is positive."""
    around: AnyExpression | None = None
    """PRICE; of a swap DISTANCE (its points), of a loan RATE. None = the middle of the market."""
    size: AnyExpression | None = None
    """AMOUNT: the largest that is quoted for; what is over it is passed."""
    valid: AnyExpression | None = None
    """DURATION; None = the desk's own."""
    sides: Sides = Sides.BOTH


class Pass(Node, frozen=True, kw_only=True):
    """No answer of the desk; of a book that looks by the clock: nothing is done."""

    reason: str


class AskBanks(Node, frozen=True, kw_only=True):
    """Ask so many banks for their price."""

    banks: AnyExpression
    """COUNT."""
    group: str = ""
    """Only of that group; empty = of all who may be asked."""
    size: AnyExpression | None = None
    tenor: AnyExpression | None = None
    limit: AnyExpression | None = None
    """PRICE, DISTANCE or RATE: none worse is dealt on; None = a person chooses."""
    verb: str = ""
    """What is wanted, of `DEAL_VERBS`; empty = two-way."""
    game: str = ""
    """The game strategy that leads it; empty = none."""
    within: AnyExpression | None = None
    """DURATION."""


DEAL_VERBS = ("BUY", "SELL", "LEND", "BORROW")


class DealAt(Node, frozen=True, kw_only=True):
    """Deal at a price or better."""

    verb: str
    """Of `DEAL_VERBS`."""
    size: AnyExpression | None = None
    """AMOUNT; None = what was asked."""
    limit: AnyExpression
    """PRICE, DISTANCE (a swap's points) or RATE: the worst that is taken."""
    tenor: AnyExpression | None = None
    """TENOR; None = what was asked."""
    within: AnyExpression | None = None
    """DURATION for which it is tried."""
    until: AnyExpression | None = None
    """TIME until which it is tried; never both."""


class Counter(Node, frozen=True, kw_only=True):
    """Answer their price with this one, on the side they have shown: never worse for them than our
    quote that stands, never better than what they ask for.
    """

    price: AnyExpression
    """PRICE, DISTANCE or RATE."""
    worst: AnyExpression
    """The same: the walk-away. Nothing past it is quoted, now or later in the negotiation."""
    valid: AnyExpression | None = None


class Hedge(Node, frozen=True, kw_only=True):
    """Bring the position back: never over zero, never further away from it."""

    size: AnyExpression | None = None
    """AMOUNT without a sign; None = the whole position."""
    limit: AnyExpression | None = None
    """PRICE: the worst that is taken."""
    within: AnyExpression | None = None


class HandTo(Node, frozen=True, kw_only=True):
    """Another decides: a game, or a strategy in Python."""

    name: str
    game: bool = False


class AskPerson(Node, frozen=True, kw_only=True):
    """A person decides; a request that nobody answers in time is passed."""

    reason: str
    within: AnyExpression | None = None


AnyAction = Quote | Pass | AskBanks | DealAt | Counter | Hedge | HandTo | AskPerson


# --- what a book consists of


class Axis(msgspec.Struct, frozen=True, kw_only=True):
    """One way into a table."""

    fact: str = ""
    """English name of the fact that it is said to be by; a lookup may have another key."""
    type: Type
    labels: tuple[int | str, ...]
    """Each once. Steps: rising, the first that is not less than the key; else the one equal."""
    steps: bool = False
    rest: bool = False
    """Whether one further row or column stands after them, for every other key that is known."""
    said: tuple[str, ...] = ()
    """The labels of tenors, as written."""

    @property
    def size(self) -> int:
        """How many rows or columns."""
        return len(self.labels) + self.rest


class Table(Node, frozen=True, kw_only=True):
    """Values by one to three keys."""

    name: str
    type: Type
    axes: tuple[Axis, ...]
    cells: tuple[int | None, ...]
    """The last axis runs fastest; None = there is none (`-`): not known."""
    lines: Lines = Lines()
    """Of its rows, the row of headings first."""


class Parameter(Node, frozen=True, kw_only=True):
    """A number with bounds that has a name; sweeps and releases may change its value alone."""

    name: str
    type: Type
    value: int
    lowest: int
    highest: int


EVERY_DAY = 0b1111111


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """From a time of day until before another, milliseconds; `until` <= `start` = the next day."""

    days: int = EVERY_DAY
    """Bit 0 = Monday ... bit 6 = Sunday: the days on which it begins."""
    date: int = 0
    """`date.toordinal()` of the only day on which it begins; 0 = by `days`."""
    start: int
    until: int
    zone: str
    """Name in `vocabulary.ZONES`."""


class Schedule(Node, frozen=True, kw_only=True):
    """Named times."""

    name: str
    windows: tuple[Window, ...]
    clocks: tuple[Zone, ...] = ()
    """Of the zones of its windows; the text says only their names (`moments.with_clocks`)."""


class Rule(Node, frozen=True, kw_only=True):
    """When this, then that."""

    name: str
    priority: int = 0
    """The higher are asked first."""
    when: AnyExpression | None = None
    """None = always."""
    action: AnyAction
    alerts: tuple[str, ...] = ()


class Selection(enum.StrEnum):
    """Which of the rules that fire decides. Each looks at the highest priority of those first."""

    FIRST = "first"
    """The first in the file."""
    SPECIFIC = "most specific"
    """The one whose condition says most (`specificity`); of equal ones the first."""
    BEST = "best for the client"
    """Where the first of them quotes: of those that quote, the one with the smallest margin, of
    equal ones the first; a margin that cannot be worked out is a refusal. Else the first.
    """


class Scope(Node, frozen=True, kw_only=True):
    """What a book answers."""

    product: ProductKind
    instruments: tuple[str, ...]
    """Pairs; of loans currencies."""


class FactKey(msgspec.Struct, frozen=True):
    """One fact of a row."""

    name: str
    arguments: tuple[str, ...] = ()


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """A remark of the author, without its `#`."""

    text: str
    at: Position
    alone: bool
    """Whether it has its line for itself."""


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file, checked."""

    name: str
    scope: tuple[Scope, ...]
    every: int = 0
    """Milliseconds from one look to the next; 0 = it answers requests."""
    during: int | None = None
    """Of a book that looks by the clock: the schedule in which it does."""
    selection: Selection = Selection.FIRST
    parameters: tuple[Parameter, ...] = ()
    tables: tuple[Table, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    rules: tuple[Rule, ...] = ()
    """In the order of the file."""
    otherwise: Rule
    """What holds where no rule fires; its condition is None."""
    slots: tuple[FactKey, ...] = ()
    """The facts that the book looks at, each once, in the order of the file."""
    comments: tuple[Comment, ...] = ()
    lines: Lines = Lines()
    """Of `book`, `every` and `choose`; 0 = not written."""

    @property
    def in_order(self) -> tuple[Rule, ...]:
        """The rules as they are asked: by falling priority, then as in the file."""
        return tuple(sorted(self.rules, key=lambda rule: -rule.priority))


def specificity(condition: AnyExpression | None) -> int:
    """How much a condition says: tests that must hold at the same time, the least of an `or`."""
    if condition is None or isinstance(condition, Literal):
        return 0
    if isinstance(condition, And):
        return sum(specificity(part) for part in condition.parts)
    if isinstance(condition, Or):
        return min(specificity(part) for part in condition.parts)
    if isinstance(condition, Not):
        return specificity(condition.part)
    return 1
