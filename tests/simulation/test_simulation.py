"""Simulated days hold every invariant, and each planted bug is noticed by one of them."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.simulation.__main__ import kept_seeds
from tests.simulation.day import simulate
from tests.simulation.mutants import MUTANTS
from tests.simulation.noticing import noticed_on

DAYS = 200

PATHS = (
    "acknowledgement lost",
    "asked for an order: 4",
    "asked for an order: dealt",
    "asked for an order: unknown there",
    "asked for an order: works",
    "back office died before its answer",
    "back office died before its commit",
    "broker restarted",
    "cancel came too late",
    "cancel not answered",
    "cancel refused",
    "clock jump forward",
    "commit of unknown fate repeated",
    "crash right after a deal was sent",
    "crash right after a order was sent",
    "crash right after a refusal was sent",
    "crash right after a replacement was sent",
    "crash right after a take was sent",
    "D lost with its session",
    "day roll with open quotes",
    "delivered after the sender's death",
    "died by DISK",
    "died by FAULT",
    "died by POISON",
    "died with an order open",
    "died within a callback",
    "disk full",
    "double crash in recovery",
    "duplicate acknowledgement",
    "execution report received twice",
    "execution report refused by the venue",
    "fill raced a cancel",
    "fill raced a mass cancel",
    "fill raced a replacement",
    "FIX number rewound to the journal",
    "FIX store lost in a power cut",
    "gap after logon, robot resends",
    "halt fault",
    "hash conflict",
    "hit after a restart",
    "hit refused DUPLICATE_HIT",
    "link cut with a hit under way",
    "limits changed by one",
    "limits changed by two",
    "logon refused for a low number",
    "maker is silent",
    "maker quotes anew",
    "maker refuses",
    "maker withdraws",
    "mass cancel refused",
    "message lost at the broker",
    "message nobody understood rejected",
    "order canceled at a log-out",
    "order canceled unasked",
    "order expired",
    "order not answered",
    "order refused by a business reject",
    "order rejected",
    "order replaced",
    "order works while logged out",
    "orphan",
    "outbox continued by a new relay",
    "outbox row sent again",
    "override granted",
    "override granted by one",
    "part released by two",
    "part stopped: counterparty",
    "part stopped: pair",
    "part stopped: product",
    "part stopped: strategy",
    "part stopped: trader",
    "part stopped: venue",
    "power cut with a lost tail",
    "power cut with a torn tail",
    "projector died at commit",
    "projector died at committed",
    "quote of a maker dealt on",
    "quote of a maker passed",
    "quote refused by the venue",
    "quote refused by the venue, by number only",
    "recovered from a snapshot and the tail",
    "release asked for alone",
    "repeated hit across a restart",
    "replacement refused",
    "replacement refused after a fill",
    "report of a fill sent twice",
    "request of a person repeated across a restart",
    "resend after crash",
    "reservation live at the crash",
    "second hit on one quote",
    "take of a quote that was expired",
    "take of a quote that was replaced",
    "take of a quote that was withdrawn",
    "torn tail cut at the start",
    "trade corrected",
    "trade on an order never sent",
    "trade taken back",
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
    assert noticed_on(name, DAYS)
