"""Simulated days hold every invariant, and each planted bug is noticed by one of them."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.simulation.__main__ import kept_seeds
from tests.simulation.day import simulate
from tests.simulation.mutants import MUTANTS, planted

DAYS = 200

PATHS = (
    "FIX number rewound to the journal",
    "died within a callback",
    "FIX store lost in a power cut",
    "acknowledgement lost",
    "back office died before its answer",
    "back office died before its commit",
    "broker restarted",
    "commit of unknown fate repeated",
    "clock jump forward",
    "crash right after a deal was sent",
    "crash right after a refusal was sent",
    "day roll with open quotes",
    "delivered after the sender's death",
    "died by DISK",
    "died by FAULT",
    "died by POISON",
    "disk full",
    "double crash in recovery",
    "duplicate acknowledgement",
    "execution report received twice",
    "execution report refused by the venue",
    "gap after logon, robot resends",
    "halt fault",
    "hash conflict",
    "hit after a restart",
    "hit refused DUPLICATE_HIT",
    "link cut with a hit under way",
    "logon refused for a low number",
    "message lost at the broker",
    "message nobody understood rejected",
    "orphan",
    "outbox continued by a new relay",
    "outbox row sent again",
    "power cut with a lost tail",
    "power cut with a torn tail",
    "projector died at commit",
    "projector died at committed",
    "quote refused by the venue",
    "quote refused by the venue, by number only",
    "recovered from a snapshot and the tail",
    "repeated hit across a restart",
    "resend after crash",
    "reservation live at the crash",
    "second hit on one quote",
    "torn tail cut at the start",
    "unfinished turn completed",
    "venue halted",
    "venue sent while logged out",
    "venue silent on its trades",
)
"""Taken at least once in 200 days, or the simulation has gone idle somewhere."""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_hundred_days_hold_every_invariant_and_take_every_rare_path() -> None:
    marks: Counter[str] = Counter()
    for seed in [*kept_seeds(), *range(1, DAYS + 1)]:
        verdict = simulate(seed)
        assert not verdict.breaches, verdict.text()
        marks += verdict.marks
    assert not [path for path in PATHS if not marks[path]]


def test_the_same_seed_gives_the_same_day() -> None:
    for seed in (3, 8):
        assert simulate(seed) == simulate(seed)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_bug_is_noticed(name: str) -> None:
    with planted(name):
        assert any(simulate(seed).breaches for seed in range(1, 201))
