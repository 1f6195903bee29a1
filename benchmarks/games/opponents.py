"""Our own implementations of public bargaining tactics, as opponents in the league.

Everything is told in ticks that a party has given away from its best price: 0 is the best of the
domain for it, `span` the worst, `limit` the last it may agree to. Their offers are in the same
terms, so they fall as they give way. Turn i of n is at time (i + 1) / (n + 1).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from math import floor


@dataclass(slots=True)
class Table:
    """The talk so far, as one party sees it."""

    span: int
    limit: int
    turns: int
    chance: random.Random
    seed: int = 0
    """Of what a party draws once for the whole talk."""
    ours: list[int] = field(default_factory=list)
    theirs: list[int] = field(default_factory=list)

    @property
    def turn(self) -> int:
        return len(self.ours)

    @property
    def time(self) -> float:
        return (len(self.ours) + 1) / (self.turns + 1)

    @property
    def final(self) -> bool:
        """Whether we speak for the last time."""
        return len(self.ours) == self.turns - 1


TAKE, LEAVE = -1, -2
"""Words instead of a price: agree to their last, or break off."""

Party = Callable[[Table], int]
"""The price to say, or TAKE, or LEAVE."""


def timed(pace: float) -> Party:
    """By time alone, at (t)^pace of the way: 4 firm (Boulware), 1 even, 0.25 eager (Conceder)."""

    def say(table: Table) -> int:
        given = table.limit * table.time**pace
        return TAKE if _inside(table, given) else floor(given)

    return say


def mirroring(table: Table) -> int:
    """Naive tit-for-tat: what they offered above our limit, given in turn."""
    share = (table.limit - table.theirs[-1]) / max(1, table.limit) if table.theirs else 0.0
    if share >= 0.5:
        return TAKE
    return min(table.limit, max(0, floor(share * table.span)))


def nice(table: Table) -> int:
    """Nice tit-for-tat, which takes the middle of the domain for fair: at the end it takes that."""
    middle = (table.span - 1) // 2
    if _inside(table, min(table.limit, middle if table.time > 0.94 else 0)):
        return TAKE
    best = min(table.theirs, default=table.span)
    return min(table.limit, max(0, middle - best + middle) if best < middle else 0)


def step_by_step(table: Table) -> int:
    """MiCRO: a tick for each price of theirs that is new; else one of the former again."""
    heard = len(set(table.theirs))
    said = len(set(table.ours))
    following = min(table.limit, said if said <= heard else said - 1)
    if _inside(table, following):
        return TAKE
    return following if said <= heard and said <= table.limit else table.chance.choice(table.ours)


def accepting(table: Table) -> int:
    """CAB-like: a tick at each turn, and anything inside the limit is taken."""
    return TAKE if _inside(table, table.limit) else min(table.limit, table.turn)


_WEIGHTS = {1: (1.0,), 2: (0.25, 0.75), 3: (0.11, 0.22, 0.66), 4: (0.05, 0.15, 0.3, 0.5)}


def hybrid(table: Table) -> int:
    """Half time (a curve to a fifth of the domain), half an answer to their last moves."""
    t = table.time
    last = min(0.2, table.limit / table.span)
    given = 2 * (1 - t) * t * 0.25 + t * t * last
    if len(table.theirs) > 2:
        recent = table.theirs[-5:]
        moves = [a - b for a, b in pairwise(recent)]
        moved = sum(m * w for m, w in zip(moves, _WEIGHTS[len(moves)], strict=True))
        answer = table.ours[-1] / table.span + (0.5 + 0.5 * t) * moved / table.span
        given = (1 - t * t) * answer + t * t * given
    price = min(table.limit, max(0, round(given * table.span)))
    return TAKE if _inside(table, price) else price


def outwaiting(keeps: float, ends: float) -> Party:
    """Gives nearly nothing before the end; then asks for what leaves `keeps` of the domain above
    the limit, or repeats their best, and takes anything that leaves `ends`.
    """

    def say(table: Table) -> int:
        floor_ = max(0, table.limit - round(keeps * table.span))
        if table.final and _inside(table, table.limit - 1 - round(ends * table.span)):
            return TAKE
        if _inside(table, table.limit * table.time**50):
            return TAKE
        if table.turns - table.turn > 2:
            return min(floor_, floor(0.15 * table.span * (table.turn / table.turns) ** 5))
        best = min(table.theirs, default=table.span)
        return max(table.ours[-1], min(floor_, best))

    return say


def rising(keeps: float, pace: float) -> Party:
    """Towards a price fixed at `keeps` of the domain, steeply; at the end anything inside."""

    def say(table: Table) -> int:
        last = min(table.limit, round((1 - keeps) * table.span))
        given = last * ((table.turn + 1) / table.turns) ** pace
        if _inside(table, table.limit - 1 if table.final else given):
            return TAKE
        return floor(given)

    return say


def last_moment(table: Table) -> int:
    """Nothing until its last turn but one; then half of its room, and anything inside."""
    if table.turns - table.turn > 2:
        return 0
    return TAKE if _inside(table, table.limit) else table.limit // 2


def never(table: Table) -> int:
    """Its best price, always; it takes nothing else."""
    return TAKE if _inside(table, 0) else 0


def repeating(table: Table) -> int:
    """The same two prices in turn; it takes what leaves a third of its room."""
    return TAKE if _inside(table, 2 * table.limit // 3) else table.limit // 4 * (table.turn % 2)


def at_random(table: Table) -> int:
    """Any price inside its limit; it takes what is better than the one it was about to say."""
    price = table.chance.randint(0, table.limit)
    return TAKE if _inside(table, price) else price


def lying(table: Table) -> int:
    """Says at first that it cannot go below its best, then falls far and fast, firm at the end."""
    share = 0.0 if table.time < 0.6 else min(0.8, (table.time - 0.6) * 4)
    given = floor(table.limit * share)
    return TAKE if _inside(table, given) else given


def human(table: Table) -> int:
    """A person: 3 to 8 prices, round ones, silence in between (the same again), tired at the end.

    Its manner is drawn once, from the seed of the talk.
    """
    manner = random.Random(table.seed)
    prices, patience = manner.randint(3, 8), manner.uniform(0.6, 1.6)
    said = floor(table.time * prices) / prices
    room = table.limit * manner.uniform(0.8, 1.0)
    given = int(min(table.limit, room * said**patience)) // 5 * 5
    taken = table.limit if table.final else max(given, floor(room * said))
    return TAKE if _inside(table, taken) else given


def _inside(table: Table, given: float) -> bool:
    """Whether their last price is within what we would give."""
    return bool(table.theirs) and table.theirs[-1] <= min(given, table.limit)


DESK: dict[str, Party] = {
    "firm": timed(4.0),
    "even": timed(1.0),
    "eager": timed(0.25),
    "naive tit-for-tat": mirroring,
    "nice tit-for-tat": nice,
    "step by step": step_by_step,
    "hybrid": hybrid,
    "accepting": accepting,
}
"""The tactics of the field `desk` of the external library, in our own words."""

HARD: dict[str, Party] = {
    "outwaiting": outwaiting(0.4, 0.0),
    "outwaiting, dear": outwaiting(0.2, 0.1),
    "rising": rising(0.63, 2.0),
    "stubborn": rising(0.8, 5.0),
    "last moment": last_moment,
    "never": never,
    "repeating": repeating,
    "random": at_random,
    "lying": lying,
    "human": human,
}
"""What else may sit across the table."""
