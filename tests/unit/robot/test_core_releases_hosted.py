"""A candidate in the core beside a live strategy in a process of its own."""

from __future__ import annotations

import msgspec
import pytest

from robot.deals.reference import Candidate
from robot.deals.releases import ReleaseStage
from robot.invariants import check_state
from robot.messages.effects import Decided, RefuseRfq, SendQuote
from robot.messages.governing import Agreed, ReferenceChanged
from robot.messages.hosting import AskHost
from robot.messages.releases import ShadowDecided, StrategyRolledBack
from tests.kit.hosted import HostedDesk
from tests.kit.releases import bounds, choice


def desk(stage: str, **figures: object) -> HostedDesk:
    candidate = Candidate(strategy=choice(), stage=ReleaseStage(stage), bounds=bounds(**figures))
    return HostedDesk(candidate=msgspec.to_builtins(candidate)).open_ready()


def test_a_shadow_decides_when_the_host_is_asked_and_the_host_answers() -> None:
    of = desk("SHADOW")
    of.rfq()
    assert of.one(AskHost) and of.one(ShadowDecided).of == "CANDIDATE"
    of.answer()
    assert of.one(Decided).strategy == "mine 1"
    check_state(of.state)


def test_a_canary_answers_at_once_and_the_host_is_asked_for_the_record() -> None:
    of = desk("CANARY")
    of.rfq()
    assert of.one(SendQuote) and of.one(AskHost) and not of.all(ShadowDecided)
    of.answer("1.09990", "1.10020")
    shadow = of.one(ShadowDecided)
    assert (shadow.of, shadow.strategy, str(shadow.bid)) == ("LIVE", "mine 1", "1.09990")
    assert not of.all(SendQuote)
    check_state(of.state)


def test_what_the_host_does_with_questions_for_the_record_does_not_stop_the_live_strategy() -> None:
    of = desk("CANARY")
    for _ in range(3):
        of.rfq()
        of.pass_time(60)
        assert "STRATEGY_LATE" in of.one(ShadowDecided).failure
        of.rfq()
        of.decide(None, failure="ValueError: no")
    assert not of.state.host.failures and not of.state.stops
    of.rfq(6_000_000)
    of.answer()
    assert of.one(Decided).strategy == "mine 1"
    check_state(of.state)


@pytest.mark.parametrize("ready", [True, False])
def test_what_a_person_does_not_confirm_is_asked_of_the_host(ready: bool) -> None:
    of = desk("SUGGEST", confirm_ms=500)
    of.rfq()
    if not ready:
        of.gone(failed=False)
    of.pass_time(500)
    if ready:
        assert of.one(AskHost)
        of.answer()
        assert of.one(Decided).strategy == "mine 1"
    else:
        assert of.one(RefuseRfq).reason == "STRATEGY_ABSENT"
    check_state(of.state)


def test_a_candidate_that_comes_while_the_host_is_asked_leaves_nobody_waiting() -> None:
    of = desk("SHADOW")
    of.rfq()
    agreed = Agreed(
        proposal=1,
        approval=2,
        proposer="wang",
        approver="he.yu",
        content_hash="ab",
        proposed_ns=1,
        approved_ns=2,
    )
    now = of.state.reference
    candidate = msgspec.structs.replace(now.candidate, stage=ReleaseStage.SUGGEST)
    of.step(
        ReferenceChanged(
            kind="STRATEGY",
            agreed=agreed,
            strategy=now.strategy,
            hedges=now.hedges,
            candidate=candidate,
        )
    )
    assert of.one(RefuseRfq).reason == "STRATEGY_ABSENT"
    assert of.state.host.ready, "the host's strategy is the same"
    of.answer()
    assert not of.all(SendQuote)
    check_state(of.state)


@pytest.mark.parametrize("how", ["answer", "late", "gone"])
def test_what_was_asked_for_the_record_is_forgotten_with_the_candidate(how: str) -> None:
    of = desk("CANARY")
    of.rfq()
    assert of.one(AskHost)
    now = of.state.reference
    back = StrategyRolledBack(
        approval=9,
        actor="wang",
        reason="test",
        content_hash="ab",
        strategy=now.strategy,
        hedges=now.hedges,
    )
    of.step(back)
    assert of.state.reference.candidate is None and not of.state.host.pending
    if how == "answer":
        of.answer()
    elif how == "late":
        of.pass_time(60)
    else:
        of.gone(failed=False)
    assert not of.all(ShadowDecided) and not of.state.host.failures
    check_state(of.state)
