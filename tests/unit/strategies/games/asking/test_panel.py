"""Whom to ask: allowed banks only, no more than the cap, nobody starved; better with time."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.games.asking.panel import Choice, Learned, Method, Panel, choose, learn

BANKS = tuple("ABCDEFGHIJ")


def after(costs: dict[str, float], panel: Panel, needs: int, seed: int = 1) -> Learned:
    """What is learned where each bank always says the same."""
    learned = Learned()
    for _ in range(needs):
        asked = choose(BANKS, learned, panel, seed).banks
        learned = learn(learned, asked, {bank: costs[bank] for bank in asked}, panel)
    return learned


@pytest.mark.parametrize("method", Method)
def test_the_cheapest_banks_are_found(method: Method) -> None:
    costs = {bank: 0.2 + 0.2 * number for number, bank in enumerate(BANKS)}
    panel = Panel(size=3, cap=3, method=method, memory=0.995)
    learned = after(costs, panel, 300)
    chosen = [set(choose(BANKS, learned, panel, seed).banks) for seed in range(20)]
    hits = sum(len(one & {"A", "B", "C"}) for one in chosen)
    assert hits >= 45, f"the three best are {hits} of 60"


@pytest.mark.parametrize("method", Method)
def test_a_bank_that_became_better_is_found_again(method: Method) -> None:
    panel = Panel(size=2, cap=2, method=method, memory=0.97, explore=1.0)
    learned = after(dict.fromkeys(BANKS, 1.0) | {"A": 0.1}, panel, 150)
    better = dict.fromkeys(BANKS, 1.0) | {"J": 0.1, "A": 2.0}
    asked: tuple[str, ...] = ()
    for seed in range(400):
        asked = choose(BANKS, learned, panel, seed).banks
        learned = learn(learned, asked, {bank: better[bank] for bank in asked}, panel)
    assert "J" in asked and "A" not in asked


def test_who_never_answers_is_not_worth_asking() -> None:
    panel, learned = Panel(size=3, cap=3), Learned()
    for seed in range(200):
        asked = choose(BANKS, learned, panel, seed).banks
        learned = learn(learned, asked, {bank: 0.5 for bank in asked if bank not in "AB"}, panel)
    chosen = [bank for seed in range(20) for bank in choose(BANKS, learned, panel, seed).banks]
    assert sum(bank in "AB" for bank in chosen) <= 2


def test_a_bank_of_the_rotation_is_asked_in_time_however_dear_it_is() -> None:
    panel = Panel(size=2, cap=2, must_every={"J": 7})
    learned, last = Learned(), -1
    for need in range(200):
        asked = choose(BANKS, learned, panel, 3).banks
        costs = {bank: 9.0 if bank == "J" else 0.1 for bank in asked}
        learned = learn(learned, asked, costs, panel)
        if "J" in asked:
            last = need
        assert need - last < 7


def test_the_cap_holds_where_more_are_due_and_those_come_next() -> None:
    panel = Panel(size=2, cap=2, must_every=dict.fromkeys("ABCD", 2))
    learned, asked_at = Learned(), dict.fromkeys("ABCD", 0)
    for need in range(1, 41):
        asked = choose(BANKS, learned, panel, 1).banks
        assert len(asked) <= 2
        learned = learn(learned, asked, {}, panel)
        asked_at.update({bank: need for bank in asked if bank in asked_at})
    assert min(asked_at.values()) >= 38


@given(
    allowed=st.lists(st.sampled_from(BANKS), max_size=12),
    size=st.integers(0, 12),
    cap=st.integers(0, 6),
    must=st.dictionaries(st.sampled_from(BANKS), st.integers(1, 5)),
    seed=st.integers(0, 1000),
)
@settings(max_examples=100, deadline=None)
def test_nobody_outside_the_list_and_never_more_than_the_cap(
    allowed: list[str], size: int, cap: int, must: dict[str, int], seed: int
) -> None:
    panel = Panel(size=size, cap=cap, must_every=must)
    learned, chance = Learned(), random.Random(seed)
    for _ in range(6):
        choice = choose(allowed, learned, panel, seed)
        assert choice == choose(allowed, learned, panel, seed)
        assert len(choice.banks) <= cap and set(choice.banks) <= set(allowed)
        assert len(set(choice.banks)) == len(choice.banks)
        prices = {bank: chance.choice((float("nan"), 1e300, 0.3)) for bank in choice.banks}
        learned = learn(learned, choice.banks, prices, panel)


def test_what_is_learned_goes_through_a_file() -> None:
    panel = Panel(size=3, cap=3)
    learned = after(dict.fromkeys(BANKS, 0.4), panel, 30)
    again = msgspec.json.decode(msgspec.json.encode(learned), type=Learned)
    assert again == learned
    assert choose(BANKS, again, panel, 7) == choose(BANKS, learned, panel, 7)


def test_frozen_means_that_nothing_is_learned_and_rotation_goes_on() -> None:
    panel = Panel(size=2, cap=2, must_every={"J": 5})
    learned = after(dict.fromkeys(BANKS, 0.4), panel, 30)
    frozen = msgspec.structs.replace(learned, frozen=True)
    seen = {name: one.cost for name, one in frozen.banks.items()}
    rounds: list[Choice] = []
    for _ in range(10):
        rounds.append(choose(BANKS, frozen, panel, 1))
        frozen = learn(frozen, rounds[-1].banks, dict.fromkeys(rounds[-1].banks, 9.0), panel)
    assert {name: one.cost for name, one in frozen.banks.items() if name in seen} == seen
    assert sum("J" in one.banks for one in rounds) >= 2
