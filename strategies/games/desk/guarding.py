"""The guard against those who know more, for one request (`strategies.games.informed`).

What is learned of a client stands before what the trader wrote of it; nothing is added beyond the
trader's largest, and where more would be needed the reasons say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from strategies.games.desk.learned import LearnedState
from strategies.games.desk.terms import Guard
from strategies.games.informed.glosten_milgrom import least_margin
from strategies.games.informed.guard import Guarded, guard
from strategies.games.informed.markout import Markout, shrunk
from strategies.games.informed.winners_curse import correction

Found = TypeVar("Found")


class Whom(NamedTuple):
    """Who asks, and how many others are asked beside us."""

    client: str
    tier: str
    others: int | None


class Guarding:
    """Made once of its part of the file. Distances are in the unit of the file."""

    def __init__(self, written: Guard, learned: LearnedState | None) -> None:
        self._written = written
        self._markouts = shrunk(learned.clients) if learned is not None else {}

    def extra(self, whom: Whom) -> tuple[float, tuple[str, ...]]:
        """What is added whatever the distance, as far as the largest addition goes, and why."""
        curse, markout, told = self._parts(whom)
        kept = guard(0.0, None, curse=curse, markout=markout, floor=0.0, maximum=self._most)
        assert kept.bid is not None, "a distance goes in"
        return kept.bid, (*told, *self._capped(kept, "guard adds"))

    def at_least(self, far: float, spent: float, whom: Whom) -> tuple[float, tuple[str, ...]]:
        """A distance lifted to what an informed client costs, where `spent` was added already."""
        share = named(self._written.informed, whom)
        if share is None:
            return far, ()
        floor = least_margin(float(share), float(self._written.moves.size))
        kept = guard(
            far, None, curse=0.0, markout=None, floor=floor, maximum=max(0.0, self._most - spent)
        )
        assert kept.bid is not None, "a distance goes in"
        if not kept.bid_needed:
            return far, ()
        known = f"{(100 * share).normalize():f} %"
        who = f"{known} of {whom.client}'s requests know {self._written.moves}"
        return kept.bid, (f"{who}: no closer than {_told(floor)}", *self._capped(kept, "lifted by"))

    @property
    def _most(self) -> float:
        return float(self._written.most.size)

    def _parts(self, whom: Whom) -> tuple[float, Markout | None, tuple[str, ...]]:
        told: list[str] = []
        sigma, curse = float(self._written.error.size), 0.0
        if sigma and whom.others is not None:
            curse = correction(sigma, whom.others + 1)
            told.append(f"the best of {whom.others + 1} errors costs {_told(curse)}")
        learned = self._markouts.get(whom.client)
        if learned is not None and learned.weight > 0:
            told.append(
                f"after deals with {whom.client} the middle moves {_told(learned.mean)} our way"
                f" (learned, error {_told(learned.error)})"
            )
            return curse, learned, tuple(told)
        cost = named(self._written.costs, whom)
        if cost is None:
            return curse, None, tuple(told)
        told.append(f"informed flow of {whom.client} costs {cost}")
        return curse, Markout(-float(cost.size), 0.0, 0.0), tuple(told)

    def _capped(self, kept: Guarded, word: str) -> tuple[str, ...]:
        if not kept.bid_needed:
            return ()
        if kept.capped:
            return (f"{word} {_told(kept.maximum)} of {_told(kept.bid_needed)} needed: the cap",)
        return (f"{word} {_told(kept.bid_needed)}",)


def named(table: Mapping[str, Found], whom: Whom) -> Found | None:
    """Of the client, else of the tier, else of all others."""
    for name in (whom.client, whom.tier, ""):
        if name in table:
            return table[name]
    return None


def _told(far: float) -> str:
    return f"{far:.6f}".rstrip("0").rstrip(".")
