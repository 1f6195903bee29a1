"""Two parties talk in turns about one price, in ticks; who speaks first is told."""

from __future__ import annotations

import random
from dataclasses import dataclass

from benchmarks.games.opponents import LEAVE, TAKE, Party, Table


@dataclass(frozen=True, slots=True)
class Scene:
    """One need: a domain of 0 .. `span` ticks, what the lender and the borrower may agree to."""

    lender: int
    """Least."""
    borrower: int
    """Most."""
    span: int
    seed: int

    @property
    def surplus(self) -> int:
        """Of both, in ticks; below 0 there is no zone."""
        return self.borrower - self.lender


def talk(
    first: Party, second: Party, scene: Scene, turns: int, *, lender_first: bool
) -> int | None:
    """The rate they agree on, in ticks; None = none. A price is dealt at when the other side takes
    it, past whose limit it may be: the parties' own care is what is measured.
    """
    given = {True: scene.span - scene.lender, False: scene.borrower}
    tables = [
        Table(scene.span, given[side], turns, random.Random(scene.seed * 4 + side), scene.seed)
        for side in (lender_first, not lender_first)
    ]
    for message in range(2 * turns):
        who = message % 2
        table, other = tables[who], tables[1 - who]
        lends = lender_first if who == 0 else not lender_first
        said = (first, second)[who](table)
        if said == LEAVE:
            return None
        if said == TAKE:
            price = table.theirs[-1]
            return scene.span - price if lends else price
        table.ours.append(said)
        other.theirs.append(scene.span - said)
    return None
