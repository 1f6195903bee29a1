"""Whether the terms of a game file can be meant: their order, and what bounds the walk-away."""

from __future__ import annotations

import itertools
from decimal import Decimal

from robot.basics.numbers import ZERO
from robot.deals.party import BUY
from strategies.games.desk.reading import Section
from strategies.games.desk.terms import Applies, Terms
from strategies.games.desk.words import FAVOUR, Level


def check_terms(part: Section, applies: Applies, terms: Terms) -> None:
    """The `my terms` section; what cannot be meant is a problem of the file."""
    better = _better(applies, terms)
    if better and not part.failed:
        _check_order(part, terms, better)
        _check_bound(part, terms.walk_away, better)


def _better(applies: Applies, terms: Terms) -> int:
    """+1 = higher is better for us, -1 = lower is, 0 = the file is for both sides."""
    if terms.walk_away.anchor == FAVOUR:
        return 1
    if applies.side is None:
        return 0
    return -1 if applies.side is BUY else 1


def _check_order(part: Section, terms: Terms, better: int) -> None:
    """Each is no worse for us than the one before."""
    rows = (("walk-away", terms.walk_away), ("aim", terms.aim), ("open at", terms.open_at))
    for (other, than), (key, level) in itertools.pairwise(rows):
        far = _apart(level, than)
        if far is not None and better * far < ZERO:
            part.wrong(key, f"{level} is worse for us than {other}, {than}")


def _apart(level: Level, than: Level) -> Decimal | None:
    """How much higher a level is, bounds aside; None = that hangs on the market."""
    fars = [one.offset for one in (level, than) if one.offset.size]
    if level.anchor != than.anchor or len({far.unit for far in fars}) > 1:
        return None
    if level.fixed != than.fixed and fars:
        return None
    return level.fixed - than.fixed + level.offset.size - than.offset.size


def _check_bound(part: Section, walk_away: Level, better: int) -> None:
    """A bound of the walk-away holds it where the market moves against us."""
    loose = walk_away.never_above if better > 0 else walk_away.never_below
    if loose is not None:
        wrong, right = ("above", "below") if better > 0 else ("below", "above")
        text = f"'never {wrong}' lets it go to prices worse for us; write 'never {right}'"
        part.wrong("walk-away", text)
