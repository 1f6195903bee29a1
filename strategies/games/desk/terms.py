"""What a game file says, as exact values: whom it is for, our terms, pace, whom we ask."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.basics.numbers import ZERO
from robot.deals.party import BUY, SELL, Side
from robot.deals.product import ProductKind
from strategies.games.desk.learned import LearnedState
from strategies.games.desk.words import Distance, Level, Span

STYLES = ("firm", "even", "eager", "match their move", "find their limit")
SIDES = {"buy": BUY, "borrow": BUY, "sell": SELL, "lend": SELL}
"""In the market's words -> ours: BUY = at our bid, where we buy or borrow."""


class Applies(msgspec.Struct, frozen=True, kw_only=True):
    """For which deals the game is meant; what is left out holds for all."""

    role: str = ""
    """`maker` = requests of clients, `taker` = asks of ours; empty = both."""
    products: tuple[ProductKind, ...] = ()
    markets: tuple[str, ...] = ()
    """Pairs; of loans currencies."""
    side: Side | None = None
    """Ours; None = both."""
    days: Span | None = None
    """From start to maturity (of FX from today's spot date on is not told: value dates differ)."""
    amount: Span | None = None
    tiers: tuple[str, ...] = ()
    counterparties: tuple[str, ...] = ()


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What we want. Prices of one side, or distances to our favour from the middle."""

    walk_away: Level
    """Nothing worse for us is ever said or dealt at."""
    aim: Level
    open_at: Level


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How fast we give."""

    style: str = "even"
    by_s: int | None = None
    """Seconds after midnight by the desk's clock: nothing is said later."""
    messages: int = 8
    """Prices of ours at most."""
    within_ms: int = 120_000
    """The whole negotiation."""
    step: Distance | None = None
    """The smallest move worth a message; None = one tick."""
    most: Distance | None = None
    """The largest single move; None = any."""


class Accept(msgspec.Struct, frozen=True, kw_only=True):
    """When their price is taken."""

    at_aim: bool = True
    better_than_next: bool = True
    last_minute: bool = True
    """At the end anything inside the walk-away."""


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """When we stop talking: where their price has not come inside the walk-away by then."""

    no_zone_after_ms: int = 0
    """From the beginning of the talk; 0 = never."""
    no_zone_by_s: int | None = None
    """Seconds after midnight by the desk's clock; None = no such time."""


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """Whom we ask."""

    banks: int = 3
    at_most: int = 3
    """In one ask, all rounds together."""
    always: tuple[str, ...] = ()
    """Asked each time."""
    never: tuple[str, ...] = ()
    rotate_least: int = 0
    """So many of them are the ones not asked for longest."""
    at_least: dict[str, int] = {}
    """Banks that are asked at least once in so many asks of this game."""
    leak: Distance = Distance(ZERO, "bp")
    """What it costs that one more bank knows: a price in hand is compared with asking on."""
    no_answer: Distance = Distance(Decimal(3), "bp")
    """What a bank that says nothing is thought to cost."""
    try_out: Decimal = Decimal("0.3")
    """Share of what is not known of a bank that is tried out, 0 to 1."""


class SizeStep(msgspec.Struct, frozen=True, kw_only=True):
    """Over this amount so much is added to the margin."""

    over: Decimal
    more: Distance


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """Against those who know more (`strategies.games.informed.guard`). Names are clients or tiers;
    the empty one stands for all others.
    """

    costs: dict[str, Distance] = {}
    """What the market takes after a deal, where nothing is learned of the client."""
    informed: dict[str, Decimal] = {}
    """Share of requests that come from those who know, 0 to 1."""
    moves: Distance = Distance(ZERO, "bp")
    """How far what they know moves the market, either way."""
    error: Distance = Distance(ZERO, "bp")
    """Standard deviation of the error of our own middle."""
    most: Distance = Distance(ZERO, "bp")
    """The largest addition to a margin."""


class Win(msgspec.Struct, frozen=True, kw_only=True):
    """The margin by what wins against others (`strategies.games.sealed.quote`)."""

    target: Span | None = None
    """Chance to win within which the quote is kept, 0 to 1."""
    least: Distance = Distance(ZERO, "bp")
    """Least margin over what the deal costs us."""
    most: Distance | None = None
    """Largest margin over it."""
    try_out: Decimal = Decimal("0.1")
    """Share of quotes put anywhere between the least margin and the best answer, 0 to 1: news from
    below. Copies of a learner that never looks there drift above the competitive margin together.
    """


class Quoting(msgspec.Struct, frozen=True, kw_only=True):
    """A tiered quote with lean (`strategies.games.quoting.authored`)."""

    margins: dict[str, Distance]
    """By tier, half the spread."""
    sizes: tuple[SizeStep, ...] = ()
    lean: Distance = Distance(ZERO, "bp")
    lean_per: Decimal = Decimal(1_000_000)
    """The lean is for each so much of position, in base currency."""
    lean_most: Distance | None = None
    flat_for: tuple[str, ...] = ()
    """Clients who read our lean from our prices: they see a price without it."""
    guard: Guard | None = None
    asked_with: dict[str, int] = {}
    """How many others are asked beside us, by client or tier; the empty name = all others."""
    win: Win | None = None
    """One of so many: the margin by what is learned, not the tier's."""


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """What may move beside the rate, and what it is worth (`strategies.games.bargaining.package`).
    Everything else is hard: it is never traded for a price.
    """

    amounts: tuple[Decimal, ...] = ()
    """Rising; none = the amount does not move."""
    worth: Distance
    """Of so much more amount: better for us, or worse where it is negative."""
    per: Decimal
    """So much amount."""
    tenors: tuple[str, ...] = ()
    """Among which the tenor of the ask may move; none = it does not."""
    tenor_worth: dict[str, Distance] = {}
    """Of each: by how much better for us it is than the one that is worth 0, at the same distance
    from its own walk-away.
    """
    same_day: bool = False
    """Whether only asks are led, and tenors asked for, that settle or start on the trade date."""
    requests: int = 3
    """Other amounts and tenors that one bank is asked for at most."""


class Hedge(msgspec.Struct, frozen=True, kw_only=True):
    """Hold or hedge: within the band nothing is done, beyond it is brought back. Amounts in the
    base currency.
    """

    pair: str
    comfortable: Decimal
    """Position either way that is held."""
    back_to: Decimal
    """To which a larger one is brought back."""
    clip: Decimal
    """Largest single order."""
    every_ms: int = 1_000
    """Shortest time between two orders."""
    slippage: Distance = Distance(ZERO, "bp")
    """How far from the shown price an order may deal."""
    shown_share: Decimal | None = None
    """Of the size shown at the venue, 0 to 1."""
    overnight: Decimal | None = None
    """Position that is held overnight."""
    no_more_from: Decimal | None = None
    """Position from which requests that would make it larger are not quoted."""


class Game(msgspec.Struct, frozen=True, kw_only=True):
    """One file."""

    name: str
    kind: str
    version: str
    applies: Applies
    terms: Terms | None = None
    pace: Pace = Pace()
    accept: Accept = Accept()
    stop: Stop = Stop()
    panel: Panel | None = None
    quoting: Quoting | None = None
    learned: LearnedState | None = None
    hedge: Hedge | None = None
    package: Package | None = None
    doubts: tuple[str, ...] = ()
    """What may be meant and seldom is, with its line."""
