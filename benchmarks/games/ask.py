"""Whom to ask, and when to take what is in hand (section 3e of the sheet; McCall, Weitzman).

The published world's parameters were not printed. This one is rebuilt from its anchors: ten banks
whose quality drifts, prices with an exponential part, some silence; the levels were fitted so that
knowing all, asking at random and asking all cost what was published.

    .venv/bin/python -m benchmarks.games.ask [--seed 1] [--scale 1] [--json]
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np

from benchmarks.games import AT_LEAST, WITHIN, Figure, main
from strategies.games.asking.panel import Learned, Method, Panel, choose, learn
from strategies.games.asking.search import Seen, even_price, reservation_price

TITLE = "Whom to ask, take it or ask on"
SEED = 1
BANKS = tuple(f"BANK{number}" for number in range(10))
NEEDS, WORLDS = 2000, 40
MIDDLE, SPREAD, NOISE, ANSWERS, NOBODY, DRIFT = LEVELS = (
    0.4656,
    0.3584,
    0.9334,
    0.8457,
    2.8971,
    0.005,
)
"""Bp: mean level, spread of levels, exponential part; least chance of an answer; what nobody's
answer costs; step of the drift, which is three steps a need.
"""
LEAK = 0.03
SOURCE = "sheet 3e"
Picker = Callable[["World", int], list[int]]


class World:
    """One world: what every bank would say to every need."""

    def __init__(self, seed: int, needs: int) -> None:
        chance = np.random.default_rng(seed)
        levels = chance.normal(0.0, SPREAD, 10)
        self.answers = chance.uniform(ANSWERS, 1.0, 10)
        drift = np.cumsum(chance.normal(0.0, DRIFT * sqrt(3.0), (needs, 10)), 0)
        self.levels = MIDDLE + levels - levels.mean() + drift
        prices = self.levels + chance.exponential(NOISE, (needs, 10))
        says = chance.random((needs, 10)) < self.answers
        self.prices = np.where(says, prices, np.inf)
        self.order = np.argsort(chance.random((needs, 10)), 1)

    def cost(self, need: int, asked: list[int]) -> float:
        """Of one need, bp."""
        best = float(self.prices[need, asked].min())
        return (best if np.isfinite(best) else NOBODY) + LEAK * len(asked)

    def best(self, need: int, size: int) -> list[int]:
        """Who is really best, knowing levels and silence."""
        worth = self.answers * self.levels[need] + (1.0 - self.answers) * NOBODY
        return [int(bank) for bank in np.argsort(worth)[:size]]


def played(world: World, pick: Picker) -> float:
    """Mean cost of a need, as gain: negative bp."""
    needs = len(world.prices)
    return -sum(world.cost(need, pick(world, need)) for need in range(needs)) / needs


def learning(world: World, size: int, method: Method, seed: int) -> float:
    """The same of our panel, which learns as it asks."""
    panel = Panel(size=size, cap=size, leak_cost=LEAK, no_answer_cost=NOBODY, method=method)
    learned, total = Learned(), 0.0
    for need in range(len(world.prices)):
        asked = [BANKS.index(bank) for bank in choose(BANKS, learned, panel, seed).banks]
        total += world.cost(need, asked)
        told = {BANKS[bank]: float(world.prices[need, bank]) for bank in asked}
        heard = {bank: price for bank, price in told.items() if np.isfinite(price)}
        learned = learn(learned, [BANKS[bank] for bank in asked], heard, panel)
    return -total / len(world.prices)


PUBLISHED = {
    3: {"oracle": -0.355, "thompson": -0.374, "ucb": -0.378, "start": -0.423, "random": -0.776},
    1: {"oracle": -0.854, "thompson": -0.939, "ucb": -0.918, "random": -1.55},
}
ALL = -0.492
GOALS = {3: -0.385, 1: -0.95}


def measure(seed: int, scale: float) -> list[Figure]:
    """All figures of the world."""
    worlds = [World(seed * 1000 + number, NEEDS) for number in range(max(2, round(WORLDS * scale)))]
    figures = [
        _figure("ask all ten", [played(w, lambda _, __: list(range(10))) for w in worlds], ALL)
    ]
    for size, published in PUBLISHED.items():
        rows = {
            "oracle": [played(w, _knowing(size)) for w in worlds],
            "random": [played(w, _drawing(size)) for w in worlds],
            "start": [_at_start(w, size) for w in worlds],
            "thompson": [learning(w, size, Method.THOMPSON, seed) for w in worlds],
            "ucb": [learning(w, size, Method.UCB, seed) for w in worlds],
        }
        lost = [best - own for best, own in zip(rows["oracle"], rows["thompson"], strict=True)]
        known = round(published["oracle"] - published["thompson"], 3)
        figures.append(_figure(f"ask {size} of 10, thompson behind oracle", lost, known))
        for name, values in rows.items():
            goal = GOALS[size] if name == "thompson" else None
            figures.append(_figure(f"ask {size} of 10, {name}", values, published.get(name), goal))
    return figures + searched(seed, scale)


def _knowing(size: int) -> Picker:
    return lambda world, need: world.best(need, size)


def _drawing(size: int) -> Picker:
    return lambda world, need: [int(bank) for bank in world.order[need, :size]]


def _at_start(world: World, size: int) -> float:
    banks = world.best(0, size)
    return played(world, lambda _, __: banks)


def _figure(
    what: str, values: list[float], published: float | None, goal: float | None = None
) -> Figure:
    error = float(np.std(values, ddof=1)) / sqrt(len(values))
    return Figure(
        what=what,
        measured=round(float(np.mean(values)), 4),
        published=published,
        unit="bp per need",
        error=round(error, 4),
        source=SOURCE,
        goal=AT_LEAST if goal is not None else "",
        bound=goal,
    )


def searched(seed: int, scale: float) -> list[Figure]:
    """The search rule with its own estimate of the prices, which are even on [0, 1]."""
    figures = []
    for cost in (0.005, 0.02, 0.08):
        chance, seen, total = np.random.default_rng(seed), Seen(kept=1000), 0.0
        for price in chance.random(1000):
            seen.note(float(price))
        needs = round(200_000 * scale)
        limit = reservation_price(seen.ordered, cost)
        for need in range(needs):
            if need % 2000 == 0:
                limit = reservation_price(seen.ordered, cost)
            price = 2.0
            while price > limit:
                price = float(chance.random())
                total += cost
            total += price
            if need % 10 == 0:
                seen.note(float(chance.random()))
        figures.append(
            Figure(
                what=f"search at cost {cost}: mean total cost",
                measured=round(total / needs, 5),
                published=round(even_price(cost), 6),
                source="sqrt(2c)",
                goal=WITHIN,
                bound=round(even_price(cost) * 0.01, 6),
            )
        )
    return figures


main(__name__)
