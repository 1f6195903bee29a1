"""Ours against the agents of negmas, in an environment of one's own (README.md beside this file).

    python -m benchmarks.games.adapters.field rate|package desk|strong [--scenes 80] [--seed 777]
        [--turns 20] [--alone]

`--alone` plays the field without ours: whether the scenes are the published ones.
"""

from __future__ import annotations

import argparse
import copy
import importlib.machinery
import math
import random
import sys
import types
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from negmas.outcomes import make_issue, make_os
from negmas.preferences import LinearAdditiveUtilityFunction
from negmas.preferences.value_fun import TableFun
from negmas.sao import SAOMechanism
from negmas.sao import negotiators as library

from benchmarks.games.adapters.negotiator import OurNegotiator

SPAN, AMOUNTS, OURS = 60, 10, "ours"
DESK = {
    "BoulwareTB": library.BoulwareTBNegotiator,
    "LinearTB": library.LinearTBNegotiator,
    "ConcederTB": library.ConcederTBNegotiator,
    "NaiveTFT": library.NaiveTitForTatNegotiator,
    "NiceTFT": library.NiceTitForTatNegotiator,
    "MiCRO": library.MiCRONegotiator,
    "Hybrid": library.HybridNegotiator,
    "CAB": library.CABNegotiator,
}
LEAGUE = {
    "takafam.shochan": "Shochan",
    "team_moto.uoagent": "UOAgent",
    "team_205.kosagent": "KosAgent",
}
PORTS = ("AgentK", "HardHeaded", "PonPokoAgent", "AgreeableAgent2018", "AgentGG")


class Scene(NamedTuple):
    """Outcomes, the lender's and the borrower's utility; what a unit of it is in the table."""

    space: Any
    lender: Any
    borrower: Any
    unit: float


def strong() -> dict[str, Any]:
    """Seven of the desk, five ports, three of the league of 2024."""
    import negmas_genius_agents as ports

    for name in ("anl_agents", "anl_agents.anl2024"):
        _without_init(name)
    agents = {name: DESK[name] for name in DESK if name != "CAB"}
    agents |= {name: getattr(ports, name) for name in PORTS}
    for module, name in LEAGUE.items():
        _without_init(f"anl_agents.anl2024.{module.partition('.')[0]}")
        agents[name] = getattr(importlib.import_module(f"anl_agents.anl2024.{module}"), name)
    return agents


def _without_init(name: str) -> None:
    """A package whose own beginning, which wants torch and tensorflow, is not run."""
    parent, _, last = name.rpartition(".")
    paths: Iterable[str] = sys.modules[parent].__path__ if parent else sys.path
    found = importlib.machinery.PathFinder.find_spec(last if not parent else name, list(paths))
    assert found is not None, f"{name} is not installed"
    module = types.ModuleType(name)
    module.__path__ = list(found.submodule_search_locations or ())
    module.__spec__ = found
    sys.modules[name] = module


def rates(seed: int, count: int) -> list[Scene]:
    """61 ticks of half a basis point."""
    drawn = np.random.default_rng(seed)
    space = make_os([make_issue(SPAN + 1, "rate")])
    scenes = []
    for _ in range(count):
        low, high = int(drawn.integers(5, 36)), int(drawn.integers(25, 56))
        lender = _additive(space, [(1.0, _rising(SPAN))], low / SPAN)
        borrower = _additive(space, [(1.0, _falling(SPAN))], (SPAN - high) / SPAN)
        scenes.append(Scene(space, lender, borrower, SPAN / 2))
    return scenes


def packages(seed: int, count: int) -> list[Scene]:
    """The rate and ten amounts; utilities of 0 to 1."""
    drawn = np.random.default_rng(seed)
    space = make_os([make_issue(SPAN + 1, "rate"), make_issue(AMOUNTS, "amount")])
    scenes = []
    for _ in range(count):
        ours, theirs = drawn.uniform(0.5, 0.9), drawn.uniform(0.5, 0.9)
        liked = int(drawn.integers(0, AMOUNTS))
        low, high = drawn.uniform(0.2, 0.55), drawn.uniform(0.2, 0.55)
        near = {at: 1 - abs(at - liked) / (AMOUNTS - 1) for at in range(AMOUNTS)}
        sizes = [(ours, _rising(SPAN)), (1 - ours, _rising(AMOUNTS - 1))]
        lender = _additive(space, sizes, low)
        borrower = _additive(space, [(theirs, _falling(SPAN)), (1 - theirs, near)], high)
        scenes.append(Scene(space, lender, borrower, 1.0))
    return scenes


def _rising(last: int) -> dict[int, float]:
    return {at: at / last for at in range(last + 1)}


def _falling(last: int) -> dict[int, float]:
    return {at: (last - at) / last for at in range(last + 1)}


def _additive(space: Any, parts: list[tuple[float, dict[int, float]]], least: float) -> Any:
    names = [issue.name for issue in space.issues]
    return LinearAdditiveUtilityFunction(
        {name: TableFun(table) for name, (_, table) in zip(names, parts, strict=True)},
        weights={name: share for name, (share, _) in zip(names, parts, strict=True)},
        outcome_space=space,
        reserved_value=float(least),
    )


def met(
    lender: Any, borrower: Any, scene: Scene, turns: int, seed: int
) -> tuple[float, float, bool]:
    """What each gains over its limit, and whether they agreed. The lender speaks first."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    talk = SAOMechanism(outcome_space=scene.space, n_steps=turns, sync_calls=True)
    talk.add(_made(lender, scene.borrower), ufun=scene.lender)
    talk.add(_made(borrower, scene.lender), ufun=scene.borrower)
    talk.run()
    deal = talk.agreement
    if deal is None:
        return 0.0, 0.0, False
    sides = (scene.lender, scene.borrower)
    one, other = (float(side(deal)) - side.reserved_value for side in sides)
    return one * scene.unit, other * scene.unit, True


def _made(agent: Any, theirs: Any) -> Any:
    if not agent.__module__.startswith("anl_agents"):
        return agent()
    shown = copy.deepcopy(theirs)
    shown.reserved_value = 0.0
    return agent(private_info={"opponent_ufun": shown})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("domain", choices=("rate", "package"))
    parser.add_argument("field", choices=("desk", "strong"))
    parser.add_argument("--scenes", type=int, default=80)
    parser.add_argument("--seed", type=int, default=777)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--alone", action="store_true")
    wanted = parser.parse_args()
    agents = dict(DESK) if wanted.field == "desk" else strong()
    if not wanted.alone:
        agents[OURS] = OurNegotiator
    scenes = (rates if wanted.domain == "rate" else packages)(wanted.seed, wanted.scenes)
    gains: dict[str, list[tuple[float, bool]]] = {name: [] for name in agents}
    for one, lender in agents.items():
        for other, borrower in agents.items():
            for number, scene in enumerate(scenes):
                seed = wanted.seed * 1000 + number
                left, right, agreed = met(lender, borrower, scene, wanted.turns, seed)
                gains[one].append((left, agreed))
                gains[other].append((right, agreed))
    for name, rows in sorted(gains.items(), key=lambda item: -sum(gain for gain, _ in item[1])):
        values = [gain for gain, _ in rows]
        error = float(np.std(values)) / math.sqrt(len(values))
        agreed_share = sum(agreed for _, agreed in rows) / len(rows)
        bad = sum(value < -1e-9 for value in values)
        line = (
            f"{name:20} {np.mean(values):7.3f} ({error:.3f})  deals {agreed_share:.3f}  bad {bad}"
        )
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
