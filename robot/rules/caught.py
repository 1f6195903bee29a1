"""The rules before a rule, found by what a box that catches it has to say.

A box holds another only if whatever it demands of a fact the other demands, too: one that wants the
group G0042 catches only boxes of that group. Each box that is kept stands under one such demand of
its own, the one with the fewest others, so that of thousands of rules only a few are compared.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot.rules.boxes import Allowed, Box
from robot.rules.tree import Rule

Demand = tuple[int, str, int | str | bool]
"""A fact's slot, what is demanded of it (`is`, `is not`, `any`), and the value."""

_ALWAYS: Demand = (-1, "any", "")
"""Of a box that demands nothing of any fact."""


class Before:
    """Rules with the boxes that they catch, in the order in which they were added."""

    def __init__(self) -> None:
        self._rules: list[tuple[Rule, list[Box]]] = []
        self._under: dict[Demand, list[int]] = {}
        self._excluded: dict[int, set[int | str | bool]] = {}
        """By slot the values of the demands `is not`."""

    def add(self, rule: Rule, boxes: list[Box]) -> None:
        """One more."""
        number = len(self._rules)
        self._rules.append((rule, boxes))
        for box in boxes:
            for demand in self._rarest(box):
                self._under.setdefault(demand, []).append(number)
                if demand[1] == "is not":
                    self._excluded.setdefault(demand[0], set()).add(demand[2])

    def around(self, box: Box) -> Iterator[tuple[Rule, list[Box]]]:
        """Those one of whose boxes may hold this one, the first first."""
        numbers = set(self._under.get(_ALWAYS, ()))
        for slot, allowed in box.facts.items():
            for demand in self._met(slot, allowed):
                numbers.update(self._under.get(demand, ()))
        for number in sorted(numbers):
            yield self._rules[number]

    def _met(self, slot: int, allowed: Allowed) -> Iterator[Demand]:
        """The demands that such values meet, and maybe some that they do not."""
        yield slot, "any", ""
        if allowed.names is not None:
            for name in allowed.names - allowed.without:
                yield slot, "is", name
                break  # all of them have to be among the demanded ones, so one finds the list
        if allowed.names is None:
            for value in allowed.without:
                yield slot, "is not", value
        for value in self._excluded.get(slot, ()):
            if allowed.names is not None or isinstance(value, int):
                yield slot, "is not", value

    def _rarest(self, box: Box) -> list[Demand]:
        """The demands under which fewest boxes stand so far: any of them has to be met."""
        best, least = [_ALWAYS], -1
        for slot, allowed in box.facts.items():
            for demands in _demanded(slot, allowed):
                count = sum(len(self._under.get(demand, ())) for demand in demands)
                if least < 0 or count < least:
                    best, least = demands, count
        return best


def _demanded(slot: int, allowed: Allowed) -> Iterator[list[Demand]]:
    """What the values of a fact have to be: of each list one is met by every box inside."""
    if allowed.names is not None:
        yield [(slot, "is", name) for name in allowed.names]
    elif allowed.without:
        for value in allowed.without:
            yield [(slot, "is not", value)]
    else:
        yield [(slot, "any", "")]
