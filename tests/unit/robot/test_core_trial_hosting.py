"""A candidate in a process of its own: whatever that does, the live strategy answers as ever."""

from __future__ import annotations

from decimal import Decimal as D

import msgspec
import pytest

from robot.assembly import load_strategy
from robot.core.engine import Engine
from robot.invariants import check_state
from robot.messages.effects import Decided, RefuseRfq, SendQuote
from robot.messages.hosting import AskHost, HostChanged
from robot.messages.releases import ShadowDecided, SuggestionMade
from robot.release_views import release_view
from robot.strategy import Decision
from tests.kit.desk import encoded
from tests.kit.hosted import DEADLINE_MS, HostedCandidateDesk

LIVE, CANDIDATE = "two_way 1", HostedCandidateDesk.NAME


def desk(stage: str, **figures: object) -> HostedCandidateDesk:
    made = HostedCandidateDesk(policy={"failures_max": 2})
    return made.tried(stage, **{"confirm_ms": 1_000, **figures})


def replays(of: HostedCandidateDesk) -> None:
    check_state(of.state)
    engine = Engine(load_strategy)
    assert encoded([engine.step(one) for one in of.stepped]) == encoded(of.history)


def answered_by(of: HostedCandidateDesk) -> str:
    return of.one(Decided).strategy if of.all(SendQuote) else ""


def failed(of: HostedCandidateDesk, how: str) -> None:
    """The candidate's host does not answer as it should."""
    if how == "late":
        of.pass_time(DEADLINE_MS)
    elif how == "crash":
        of.gone()
    elif how == "garbage":
        of.host_says("1.2", "1.1")
    else:
        of.host_says(failure="ValueError: no")


FAILURES = ("late", "crash", "garbage", "raises")


def test_a_shadow_is_asked_after_the_live_answer_and_its_answer_is_recorded() -> None:
    of = desk("SHADOW")
    of.rfq()
    assert answered_by(of) == LIVE and not of.all(ShadowDecided)
    asked = of.one(AskHost)
    assert (asked.strategy, asked.facts.amount) == (CANDIDATE, 1_000_000)
    of.market("1.2", "1.2001")
    of.host_says()
    told = of.one(ShadowDecided)
    assert (told.of, told.strategy, told.subject) == ("CANDIDATE", CANDIDATE, "R1")
    assert (told.bid, told.offer, told.mid) == (D("1.09990"), D("1.10020"), asked.facts.mid)
    assert told.because == ("as the test says",)
    assert (of.state.releases.decisions, of.state.releases.failures) == (1, 0)
    replays(of)


@pytest.mark.parametrize("how", FAILURES)
def test_a_shadow_that_fails_is_counted_and_nothing_else(how: str) -> None:
    of = desk("SHADOW")
    of.rfq()
    quoted = of.one(SendQuote)
    failed(of, how)
    assert of.one(ShadowDecided).failure
    assert (of.state.releases.decisions, of.state.releases.failures) == (0, 1)
    assert quoted.quote_id in of.state.quotes and not of.state.stops
    of.host_says()
    assert not of.all(ShadowDecided), "an answer that comes later is of no use"
    replays(of)


def test_a_shadow_whose_host_is_not_there_is_on_the_record() -> None:
    of = desk("SHADOW")
    of.gone(failed=False)
    assert of.alerts == ["CANDIDATE_GONE"]
    of.rfq()
    assert answered_by(of) == LIVE and not of.all(AskHost)
    assert of.one(ShadowDecided).failure.startswith("STRATEGY_ABSENT")
    assert of.state.releases.failures == 0
    host = release_view(of.state)["host"]
    assert host is not None and not host.ready  # type: ignore[attr-defined]
    replays(of)


def test_a_canary_s_request_waits_for_its_host_and_the_live_decision_is_on_the_record() -> None:
    of = desk("CANARY")
    of.rfq()
    assert of.one(AskHost).strategy == CANDIDATE and not of.all(SendQuote)
    of.host_says()
    assert (answered_by(of), of.one(SendQuote).bid) == (CANDIDATE, D("1.09990"))
    assert (of.one(ShadowDecided).of, of.one(ShadowDecided).strategy) == ("LIVE", LIVE)
    assert of.state.releases.decisions == 1
    of.rfq()
    of.host_says(decision=Decision(passed="NO"))
    assert of.one(RefuseRfq).reason == "STRATEGY_PASSED"
    of.rfq(6_000_000)
    assert answered_by(of) == LIVE, "larger than its bounds"
    replays(of)


@pytest.mark.parametrize("stage", ["SUGGEST", "CANARY"])
@pytest.mark.parametrize("how", FAILURES)
def test_where_the_host_fails_the_live_strategy_answers_on_the_market_of_then(
    stage: str, how: str
) -> None:
    of = desk(stage)
    of.rfq()
    of.market("1.10100", "1.10110")
    failed(of, how)
    assert answered_by(of) == LIVE
    assert of.one(SendQuote).bid > D("1.1009")
    assert of.one(ShadowDecided).failure and "CANDIDATE_FAILED" in of.alerts
    assert of.state.releases.failures == 1
    of.ready()
    of.rfq()
    failed(of, how)
    assert answered_by(of) == LIVE and "CANDIDATE_SUSPENDED" in of.alerts
    of.ready()
    of.rfq()
    assert answered_by(of) == LIVE, "a suspended one is only asked for the record"
    replays(of)


@pytest.mark.parametrize("stage", ["SUGGEST", "CANARY"])
def test_where_the_host_is_not_there_the_live_strategy_answers_at_once(stage: str) -> None:
    of = desk(stage)
    of.gone(failed=False)
    of.rfq()
    assert answered_by(of) == LIVE and of.state.releases.failures == 0
    replays(of)


def test_a_candidate_suspended_meanwhile_answers_nothing_that_waits() -> None:
    of = desk("CANARY")
    for _ in range(3):
        of.rfq()
    first, second, third = [one.ask for one in of.asked]
    of.host_says(ask=first, failure="no")
    of.host_says(ask=second, failure="no")
    of.host_says(ask=third)
    assert answered_by(of) == LIVE and of.one(ShadowDecided).bid == D("1.09990")
    replays(of)


def test_a_market_that_moved_is_asked_about_once_more_then_the_live_strategy_answers() -> None:
    of = desk("CANARY")
    of.rfq()
    of.market("1.10100", "1.10110")
    of.host_says()
    assert of.one(AskHost).facts.bid == D("1.10100") and not of.all(SendQuote)
    of.market("1.10200", "1.10210")
    of.host_says("1.10090", "1.10120")
    assert answered_by(of) == LIVE and "MARKET_MOVED" in of.one(ShadowDecided).failure
    assert of.state.releases.failures == 0, "that is nobody's fault"
    replays(of)


def test_what_the_host_says_is_suggested_to_a_person() -> None:
    of = desk("SUGGEST")
    of.rfq()
    of.host_says()
    made = of.one(SuggestionMade)
    assert (made.strategy, made.bid) == (CANDIDATE, D("1.09990"))
    assert [one.of for one in of.all(ShadowDecided)] == ["CANDIDATE", "LIVE"]
    of.answer(made.suggestion)
    assert (answered_by(of), of.one(SendQuote).bid) == (CANDIDATE, D("1.09990"))
    of.rfq()
    of.host_says(decision=Decision(passed="NO"))
    assert answered_by(of) == LIVE
    of.rfq()
    of.host_says()
    of.pass_time(1_000)
    assert answered_by(of) == LIVE, "nobody confirmed it"
    replays(of)


def test_a_price_of_theirs_and_a_fresh_price_are_asked_of_the_host_that_answered() -> None:
    of = desk("CANARY")
    of.rfq(stream_s=20)
    of.host_says()
    of.after(1_500).market("1.10004", "1.10014")
    assert of.one(AskHost).strategy == CANDIDATE
    of.host_says("1.09994", "1.10024")
    assert answered_by(of) == CANDIDATE
    of.after(1_500).market("1.10008", "1.10018")
    of.pass_time(DEADLINE_MS)
    assert not of.state.quotes, "what is not fresh is withdrawn"
    assert of.state.releases.failures == 1
    replays(of)


def test_a_candidate_that_becomes_live_brings_its_host_along() -> None:
    of = desk("CANARY")
    of.rfq()
    of.host_says()
    of.rfq()
    of.promote()
    assert of.version == "2" and of.one(RefuseRfq).reason == "STRATEGY_ABSENT"
    assert of.state.host.ready, "its process is the same"
    of.rfq()
    assert of.one(AskHost).ask == 3 and of.one(AskHost).strategy == CANDIDATE
    of.host_says()
    assert answered_by(of) == CANDIDATE
    of.back(strategy=of.reference.strategy)
    of.rfq()
    assert answered_by(of) == LIVE and not of.all(AskHost)
    of.gone()
    assert not of.alerts and not of.state.host.failures, "it is nobody's host any more"
    replays(of)


def test_two_hosted_versions_are_each_asked_by_their_name() -> None:
    of = desk("CANARY")
    of.promote()
    newer = msgspec.structs.replace(of.state.reference.strategy, version="3")
    of.enter("SHADOW", newer)
    of.ready("mine 3")
    of.rfq()
    first, second = of.all(AskHost)
    assert (first.strategy, second.strategy) == ("mine 2", "mine 3")
    of.host_says("1.09980", "1.10030", ask=second.ask, strategy="mine 3")
    assert of.one(ShadowDecided).strategy == "mine 3" and not of.all(SendQuote)
    of.host_says(ask=first.ask)
    assert answered_by(of) == "mine 2"
    of.rfq()
    mine, other = of.asked[-2:]
    of.step(HostChanged(ready=False, strategy="mine 3", told="it crashed", failed=True))
    assert of.state.host.ready and not of.state.host.failures
    of.host_says(ask=mine.ask)
    assert answered_by(of) == "mine 2"
    of.host_says(ask=other.ask, strategy="mine 3")
    replays(of)


def test_a_candidate_that_is_taken_back_and_comes_again_starts_anew() -> None:
    of = desk("SHADOW")
    of.rfq()
    question = of.asked[-1].ask
    chosen = of.state.reference.candidate.strategy
    of.back()
    of.host_says(ask=question)
    of.step(HostChanged(ready=False, strategy=CANDIDATE, told="gone", failed=True))
    assert not of.all(ShadowDecided) and not of.alerts
    of.enter("SHADOW", chosen)
    of.rfq()
    assert of.one(ShadowDecided).failure.startswith("STRATEGY_ABSENT")
    of.reference = of.state.reference
    of.restart()
    of.log_on()
    of.open_dealing()
    of.market()
    of.ready()
    of.rfq()
    of.host_says()
    assert of.one(ShadowDecided).bid == D("1.09990")
    replays(of)


def test_an_answer_to_a_question_that_nobody_asked_is_the_candidate_s_failure() -> None:
    of = desk("CANARY")
    of.host_says(ask=99)
    assert of.alerts == ["CANDIDATE_FAILED"] and not of.state.host.failures
    of.rfq()
    of.host_says(strategy="mine 7")
    assert not of.all(SendQuote), "of a version that is not there"
    of.host_says(strategy="")
    assert not of.all(SendQuote) and not of.state.host.failures
    replays(of)


def test_a_kill_switch_refuses_what_waits_for_the_candidate_s_host() -> None:
    of = desk("CANARY")
    of.rfq()
    of.kill()
    of.host_says()
    assert of.one(RefuseRfq).reason == "KILL_SWITCH"
    replays(of)
