"""The rules that may catch everything of a rule are found without looking at all of them."""

from __future__ import annotations

import random

from robot.rules.boxes import Allowed, Box
from robot.rules.caught import Before
from robot.rules.tree import Pass, Rule

RULES = 200
NAMES = ("gold", "silver", "BANKA", "BANKB")


def _allowed(chance: random.Random) -> Allowed:
    kind = chance.randrange(6)
    if kind == 0:
        return Allowed(missing=True)
    if kind == 1:
        return Allowed(without=frozenset(chance.sample(NAMES, chance.randrange(3))))
    if kind == 2:
        return Allowed(names=frozenset({chance.random() < 0.5}))
    if kind == 3:
        low, size = chance.randrange(-3, 3), chance.randrange(3)
        return Allowed(low=low, high=low + size, without=frozenset(chance.sample(range(9), 2)))
    return Allowed(
        names=frozenset(chance.sample(NAMES, chance.randrange(1, 4))),
        without=frozenset(chance.sample(NAMES, chance.randrange(2))),
    )


def _box(chance: random.Random) -> Box:
    slots = chance.sample(range(3), chance.randrange(3))
    facts = {slot: _allowed(chance) for slot in slots}
    return Box({slot: allowed for slot, allowed in facts.items() if not allowed.is_empty})


def test_every_rule_that_holds_a_box_is_among_those_that_are_compared() -> None:
    chance, before, added, held = random.Random(7), Before(), [], 0
    for number in range(RULES):
        box = _box(chance)
        holding = [row for row in added if any(box.within(other) for other in row[1])]
        around = list(before.around(box))
        assert [row for row in around if row in holding] == holding, box
        held += len(holding)
        rule = Rule(name=str(number), action=Pass(reason="none"))
        added.append((rule, [_box(chance) for _ in range(chance.randrange(1, 3))]))
        before.add(*added[-1])
    assert held > RULES


def test_of_rules_for_one_group_each_none_is_compared_with_those_of_other_groups() -> None:
    before, gold = Before(), Allowed(names=frozenset({"gold"}))
    for number in range(RULES):
        box = Box({0: gold, 1: Allowed(names=frozenset({f"G{number}"}))})
        assert len(list(before.around(box))) <= 1, number
        before.add(Rule(name=str(number), action=Pass(reason="none")), [box])
