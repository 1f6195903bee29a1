"""What a game strategy (博弈策略) is told beyond a request, and what it may want of an ask of ours.

Part of the strategy contract (`robot.strategy`): pure, from facts to a move with reasons. What is
moved is checked by the core again (`robot.core.ask_games`): nothing past the walk-away leaves, and
nothing that was said is made worse.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Protocol

import msgspec

from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId, VenueId
from robot.deals.party import Side
from robot.deals.product import ProductKind

WAIT_MS_MAX = 600_000
LINES_MAX = 50
LINE_MAX = 500
"""Of `because`, and the length of each."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One price in a negotiation, in the terms of the quote."""

    at_ns: int
    ours: bool
    price: Decimal


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """A negotiation in which they have said a price of their own, as it stands."""

    said: tuple[Said, ...]
    """Oldest first, on the side that is talked about; the last one is theirs."""
    now_ns: int
    until_ns: int
    """Nothing is answered later."""
    answers_left: int
    """How many prices of ours may still be said, this one too."""


class OtherTenor(msgspec.Struct, frozen=True, kw_only=True):
    """What an ask would be for a tenor that its game may ask for, and the market for that."""

    tenor: str
    value_date: date
    far_value_date: date | None
    bid: Decimal
    """In the terms of the prices."""
    offer: Decimal
    mid: Decimal


class MakerSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One bank in an ask of ours."""

    venue: VenueId
    maker: CounterpartyId
    asked: bool
    """Whether it has our request; False = it may still be asked."""
    amount: Decimal | None = None
    """What it was asked for, where that is another amount than the ask's."""
    tenor: str = ""
    """The same of the tenor."""
    quote_id: str = ""
    """Of the quote that may be dealt on or answered now; empty = there is none."""
    price: Decimal | None = None
    """Of that quote, on our side."""
    valid_until_ns: int = 0
    counters: int = 0
    """Prices of ours so far."""
    closed: str = ""
    """Why no quote of it is to come; empty = one may."""
    refused: str = ""
    """Why the limits would not let us deal on its quote; empty = not tried, or they would."""
    said: tuple[Said, ...] = ()
    """Its prices on our side and ours, oldest first."""
    asked_ago: int = 0
    """So many asks of this game ago it was asked last, 1 = in the last one; 0 = not in any that is
    remembered.
    """


class AskFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An ask of ours at a moment when there is something to decide."""

    ask_id: str
    pair: CurrencyPair
    """Of a loan its currency."""
    product: ProductKind
    side: Side
    """Ours: BUY = we buy the base currency; of a loan we borrow."""
    better: int
    """+1 = a higher price is better for us, -1 = a lower one is."""
    amount: Decimal
    """Of the dealt currency."""
    value_date: date
    far_value_date: date | None
    limit: Decimal | None
    """The worst price the asker allows; None = only the game's own terms hold."""
    bid: Decimal
    """The market, in the terms of the prices."""
    offer: Decimal
    mid: Decimal
    pip: Decimal
    tick: Decimal
    spot: Decimal | None = None
    """Middle of the spot market; None for loans."""
    begun_ns: int
    now_ns: int
    open_until_ns: int
    """The ask ends then, whatever stands."""
    patience_ms: int
    """How long a bank has for an answer."""
    answers_left: int
    """How many prices of ours may be said to one bank in all."""
    makers: tuple[MakerSeen, ...]
    """All that are asked or may be, in the order of the configuration."""
    chance: float
    """In [0, 1), from the journaled seed; the only chance there is."""
    clock_s: int | None = None
    """Seconds after midnight by the desk's clock; None = nobody knows."""
    fixings: dict[str, Decimal] = {}
    """As in `robot.strategy.Facts`, as the next two."""
    fixing_days: dict[str, date] = {}
    no_fixings: dict[str, str] = {}
    asks_before: int = 0
    """Asks of this game that ended and are remembered."""
    trade_date: date | None = None
    """None = nobody knows."""
    amount_most: Decimal | None = None
    """The most that may be asked for: what the rule wants that asks; None = only the game's own
    `amounts` hold.
    """
    tenors: tuple[OtherTenor, ...] = ()
    """Those of the game's `tenors` that have dates and a market now; the one with the dates of the
    ask is the ask's own. None where that is not among them.
    """


class AskMove(msgspec.Struct, frozen=True, kw_only=True):
    """One of: deal on a quote, answer it with a price of ours, ask more banks, wait, end."""

    take: str = ""
    """Quote to deal on."""
    counter: str = ""
    """Quote to answer, with `price`."""
    price: Decimal | None = None
    ask: tuple[CounterpartyId, ...] = ()
    """Banks to ask now."""
    amount: Decimal | None = None
    """With `ask`: for another amount than the ask's, within `amounts` of the game's program."""
    tenor: str = ""
    """With `ask`: for another tenor than the ask's, one of `tenors` of the game's program."""
    end: bool = False
    """Walk away: nothing is dealt."""
    wait_ms: int = 0
    """Ask the game again after so long, or earlier where something comes."""
    walk_away: Decimal | None = None
    """The worst price for us; from here on the core lets nothing past it."""
    walk_aways: dict[str, Decimal] = {}
    """The same for other tenors, by tenor; `walk_away` holds for one that is not here."""
    because: tuple[str, ...] = ()


class Bargainer(Protocol):
    """A strategy that can also lead an ask of ours."""

    def choose(self, facts: AskFacts) -> AskMove:
        """Whom to ask first, before anything has left: `ask`, or `end` with the reasons."""
        ...

    def bargain(self, facts: AskFacts) -> AskMove:
        """What to do now."""
        ...


def move_problem(move: object, facts: AskFacts) -> str:
    """What is wrong with a move; empty = nothing. Whether its price may leave is another matter."""
    if not isinstance(move, AskMove):
        return f"a {type(move).__name__} was returned: return an AskMove"
    shape = _shape_problem(move)
    if shape:
        return shape
    kinds = (bool(move.take), bool(move.counter), bool(move.ask), move.end, move.wait_ms > 0)
    if sum(kinds) != 1:
        return "a move is one of: take, counter, ask, end, wait_ms"
    if (move.price is not None) is not bool(move.counter):
        return f"price {move.price} without a quote that it answers, or the other way round"
    if not 0 <= move.wait_ms <= WAIT_MS_MAX:
        return f"wait_ms {move.wait_ms} is not between 0 and {WAIT_MS_MAX}"
    live = {one.quote_id for one in facts.makers if one.quote_id}
    for name in filter(None, (move.take, move.counter)):
        if name not in live:
            return f"no quote {name} stands"
    unasked = {one.maker for one in facts.makers if not one.asked and not one.closed}
    if move.amount is not None or move.tenor:
        what = (move.amount, move.tenor)
        if not move.ask:
            return "another amount or tenor is without banks to ask for it"
        if move.amount == facts.amount:
            return f"amount {move.amount} is the ask's own"
        heard = {one.maker for one in facts.makers if one.asked and (one.amount, one.tenor) == what}
        unasked = {one.maker for one in facts.makers if not one.closed} - heard
    strange = [name for name in move.ask if name not in unasked]
    return f"{', '.join(strange)} cannot be asked now" if strange else ""


def texts_problem(because: object) -> str:
    """What is wrong with reasons that foreign code gave: they are journaled; empty = nothing."""
    if not isinstance(because, tuple) or len(because) > LINES_MAX:
        return f"because is no tuple of at most {LINES_MAX} texts"
    for line in because:
        if not isinstance(line, str) or len(line) > LINE_MAX:
            return f"because: texts of at most {LINE_MAX} characters are due"
    return ""


def _shape_problem(move: AskMove) -> str:
    """Fields that are not what they must be: nothing checks them when a move is made."""
    fields: tuple[tuple[str, object, type], ...] = (
        ("take", move.take, str),
        ("counter", move.counter, str),
        ("ask", move.ask, tuple),
        ("tenor", move.tenor, str),
        ("walk_aways", move.walk_aways, dict),
        ("end", move.end, bool),
        ("wait_ms", move.wait_ms, int),
    )
    for name, value, kind in fields:
        if not isinstance(value, kind):
            return f"{name} is a {type(value).__name__}, a {kind.__name__} is due"
    if move.amount is not None and not _is_number(move.amount):
        return f"amount {str(move.amount)[:40]} is no amount"
    told = () if move.walk_away is None else (move.walk_away,)
    for worst in (*told, *move.walk_aways.values()):
        if not _is_number(worst):
            return f"walk_away {str(worst)[:40]} is not a price"
    names: tuple[object, ...] = tuple(move.walk_aways)
    if not all(isinstance(name, str) for name in names):
        return "walk_aways are by tenor"
    return texts_problem(move.because)


def _is_number(value: object) -> bool:
    return isinstance(value, Decimal) and value.is_finite()
