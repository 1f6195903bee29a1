"""Whom to ask, for one ask of ours (`strategies.games.asking.panel`): what the trader allows first,
then what our own asks have shown.

What was learned stands in the file and is frozen; how long ago a bank was asked is of now, so that
rotation goes on.
"""

from __future__ import annotations

from decimal import Decimal

from robot.bargaining import AskFacts
from robot.basics.ids import CounterpartyId
from strategies.games.asking import panel as asking
from strategies.games.desk.applying import unit_of
from strategies.games.desk.learned import LearnedState
from strategies.games.desk.terms import Panel
from strategies.games.desk.words import Distance

_CHANCES = 1 << 48


class Whom:
    """Made once of its part of the file."""

    def __init__(self, written: Panel, learned: LearnedState | None) -> None:
        self._written = written
        self._unit = one_of(learned)
        self._known = learned.banks if learned is not None else None

    def left(self, facts: AskFacts) -> int:
        """How many more may be asked for this need."""
        asked = len({one.maker for one in facts.makers if one.asked})
        return max(0, min(self._written.at_most - asked, len(self._free(facts))))

    def next(self, facts: AskFacts, wanted: int) -> tuple[tuple[CounterpartyId, ...], list[str]]:
        """The next banks to ask, no more than may be, and why these."""
        free, left = self._free(facts), self.left(facts)
        if not free or not left:
            return (), []
        rules = asking.Panel(
            size=min(wanted, left),
            cap=min(left, max(wanted, self._due(facts, free))),
            must_every=self._must(facts, free),
            leak_cost=in_unit(self._written.leak, self._unit, facts),
            no_answer_cost=in_unit(self._written.no_answer, self._unit, facts),
            explore=float(self._written.try_out),
        )
        seed = int(facts.chance * _CHANCES)
        chosen = asking.choose(free, self._now(facts), rules, seed)
        costs = [one for one in chosen.reasons if not one.startswith("due")]
        told = [f"thought to cost from the middle: {one}" for one in costs]
        told = [one.replace(" bp", f" {self._unit.unit}") for one in told]
        if self._known is None:
            told = ["nothing is learned of banks: by rotation and chance"]
        told += [one for one in chosen.reasons if one.startswith("due")]
        return tuple(CounterpartyId(name) for name in chosen.banks), told

    def _free(self, facts: AskFacts) -> list[str]:
        """Who may be asked, in the order of the configuration."""
        taken = {one.maker for one in facts.makers if one.asked}
        names = [
            one.maker
            for one in facts.makers
            if not one.asked and not one.closed and one.maker not in self._written.never
        ]
        return [name for name in dict.fromkeys(names) if name not in taken]

    def _must(self, facts: AskFacts, free: list[str]) -> dict[str, int]:
        """Who has to be asked at least once in so many asks; those always asked and the ones not
        asked for longest in each.
        """
        must = {name: every for name, every in self._written.at_least.items() if name in free}
        must |= {name: 1 for name in self._written.always if name in free}
        ago = _asked_ago(facts)
        others = [name for name in free if name not in self._written.always]
        others.sort(key=lambda name: -ago.get(name, facts.asks_before + 1))
        first = not any(one.asked for one in facts.makers)
        for name in others[: self._written.rotate_least if first else 0]:
            must[name] = 1
        return must

    def _due(self, facts: AskFacts, free: list[str]) -> int:
        """How many have to be asked now."""
        ago, before = _asked_ago(facts), facts.asks_before + 1
        must = self._must(facts, free)
        return sum(ago.get(name, before) >= every for name, every in must.items())

    def _now(self, facts: AskFacts) -> asking.Learned:
        """What was learned, with the rotation as it stands."""
        ago, needs = _asked_ago(facts), facts.asks_before
        known = self._known.banks if self._known is not None else {}
        banks: dict[str, asking.Seen] = {}
        for name in dict.fromkeys(one.maker for one in facts.makers):
            seen = known.get(name, asking.Seen())
            banks[name] = asking.Seen(
                asked=seen.asked,
                answered=seen.answered,
                cost=seen.cost,
                squares=seen.squares,
                last=needs - ago[name] if name in ago else -1,
            )
        return asking.Learned(needs=needs, banks=banks, frozen=True)


def one_of(learned: LearnedState | None) -> Distance:
    """The unit of what is learned; a basis point where nothing is."""
    return Distance(Decimal(1), learned.unit if learned is not None else "bp")


def in_unit(far: Distance, unit: Distance, facts: AskFacts) -> float:
    """A distance in the unit of another."""
    return float(far.size * unit_of(far, facts) / unit_of(unit, facts))


def cost_of(price: Decimal, unit: Distance, facts: AskFacts) -> float:
    """How far a price is from our middle, in a unit; lower is better for us."""
    return float(facts.better * (facts.mid - price) / unit_of(unit, facts))


def _asked_ago(facts: AskFacts) -> dict[str, int]:
    """How many asks ago each bank was asked last, of those that were."""
    return {one.maker: one.asked_ago for one in facts.makers if one.asked_ago}
