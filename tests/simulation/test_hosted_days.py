"""Days of a desk whose strategy runs in a process of its own, with all the other faults besides."""

from __future__ import annotations

from collections import Counter

from tests.simulation.day import simulate
from tests.simulation.host import HOSTED

DAYS = 8


def test_days_with_a_hosted_strategy_hold_every_invariant() -> None:
    marks: Counter[str] = Counter()
    deals = 0
    for seed in range(1, DAYS + 1):
        verdict = simulate(seed, strategy=HOSTED)
        assert not verdict.breaches, verdict.text()
        marks += verdict.marks
        deals += verdict.deals
    assert deals > DAYS
    kinds = ("silent", "late", "raises", "nonsense", "twice", "crash")
    assert not [kind for kind in kinds if not marks[f"host: {kind}"]]
