"""A strategy in a process of its own, as the core sees it: asked, waited for, judged, refused."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import msgspec
import pytest

from robot.core.lifecycle import Stage
from robot.invariants import check_tables
from robot.messages.effects import (
    AlertRaised,
    ConcludeDeal,
    Decided,
    RefuseRfq,
    SendQuote,
    WithdrawQuote,
)
from robot.messages.events import (
    KillSwitchPulled,
    KillSwitchReleased,
    RobotStopping,
    SessionKind,
)
from robot.messages.governing import Agreed, ReferenceChanged
from robot.messages.hosting import AskHost, HostDecided
from robot.messages.stops import StopScope
from robot.strategy import Decision
from tests.kit.desk import refusal
from tests.kit.hosted import DEADLINE_MS, HostedDesk

NAN, HUGE = D("NaN"), D("1E+9999")


def desk(**changes: Any) -> HostedDesk:
    return HostedDesk(**changes).open_ready()


def asked(**changes: Any) -> HostedDesk:
    """A two-way request for a million waits."""
    found = desk(**changes)
    found.rfq()
    return found


def stage(of: HostedDesk) -> Stage:
    (negotiation,) = of.state.negotiations.values()
    check_tables(of.state)
    return negotiation.stage


def test_a_request_waits_for_the_host_and_its_answer_is_the_quote() -> None:
    d = desk()
    d.rfq()
    ask = d.one(AskHost)
    assert (ask.facts.bid, ask.facts.offer, ask.facts.amount) == (D("1.1"), D("1.1001"), D(1000000))
    assert ask.deadline_ns == d.at_ns + DEADLINE_MS * 1_000_000
    assert d.all(SendQuote) == d.all(RefuseRfq) == []
    assert stage(d) is Stage.WAITING
    d.after(3).answer("1.09998", "1.10012")
    quote = d.one(SendQuote)
    assert (quote.bid, quote.offer) == (D("1.09998"), D("1.10012"))
    assert d.one(Decided).because == ("as the test says",)
    assert d.one(Decided).strategy == "mine 1"
    assert stage(d) is Stage.QUOTED
    assert d.state.host.pending == {}
    d.hit(quote.quote_id)
    d.one(ConcludeDeal)


GOOD = {"bid": D("1.09990"), "offer": D("1.10020")}


@pytest.mark.parametrize(
    ("answer", "because"),
    [
        (None, "a NoneType was returned"),
        (Decision(), "do not fit side two-way"),
        (Decision(bid=NAN, offer=D("1.1")), "NaN is not a price"),
        (Decision(bid=D("sNaN"), offer=D("1.1")), "sNaN is not a price"),
        (Decision(bid=D("1.1"), offer=D("Infinity")), "Infinity is not a price"),
        (Decision(bid=D("-Infinity"), offer=D("1.1")), "-Infinity is not a price"),
        (Decision(bid=D("1.10020"), offer=D("1.09990")), "bid 1.10020 is over offer 1.09990"),
        (Decision(bid=D("1.09990")), "do not fit side two-way"),
        (Decision(offer=D("1.10020")), "do not fit side two-way"),
        (Decision(bid=D("0"), offer=D("1.1")), "is not a price"),
        (Decision(bid=D("-1.1"), offer=D("1.1")), "is not a price"),
        (Decision(bid=D("1.099901"), offer=D("1.10020")), "not a multiple of the tick"),
        (Decision(bid=D("1.1"), offer=HUGE), "too large or too fine"),
        (Decision(bid=D("1E-9999"), offer=D("1.1")), "too large or too fine"),
        (Decision(bid=D("1.1"), offer=D("1000000000")), "too large or too fine"),
        (Decision(bid=D("1." + "1" * 40), offer=D("1.2")), "too large or too fine"),
        (Decision(bid=1.0999, offer=1.1002), "a float: a price is a Decimal"),  # type: ignore[arg-type]
        (Decision(bid="1.0999", offer=D("1.1")), "a str: a price is a Decimal"),  # type: ignore[arg-type]
        (Decision(bid=True, offer=D("1.1")), "a bool: a price is a Decimal"),  # type: ignore[arg-type]
        (Decision(**GOOD, because=["list"]), "because is no tuple"),  # type: ignore[arg-type]
        (Decision(**GOOD, because=("x",) * 51), "because is no tuple of at most 50"),
        (Decision(**GOOD, because=("x" * 501,)), "texts of at most 500 characters"),
        (Decision(**GOOD, because=(7,)), "texts of at most 500 characters"),  # type: ignore[arg-type]
        (Decision(passed="x" * 501), "texts of at most 500 characters"),
        (("bid", "offer"), "a tuple was returned: return a Decision"),
        ({"bid": D("1.1")}, "a dict was returned: return a Decision"),
    ],
    ids=lambda value: str(value)[:60] if not isinstance(value, Decision) else "",
)
def test_an_answer_that_is_none_is_a_refusal_and_a_failure(answer: Any, because: str) -> None:
    d = asked()
    d.decide(answer)
    assert refusal(d) == "STRATEGY_FAILED"
    assert because in d.one(RefuseRfq).detail
    assert d.alerts() == ["STRATEGY_FAILED"]
    assert d.state.negotiations == {}
    assert d.one(Decided).facts["mid"] == "1.100050", "what the strategy was given is on record"


@pytest.mark.parametrize(
    ("side", "answer"),
    [
        ("buy", Decision(bid=D("1.0999"))),
        ("buy", Decision(bid=D("1.0999"), offer=D("1.1002"))),
        ("sell", Decision(offer=D("1.1002"))),
    ],
)
def test_the_price_of_a_side_that_was_not_asked_is_refused(side: str, answer: Decision) -> None:
    d = desk()
    d.rfq(side=side)
    d.decide(answer)
    assert refusal(d) == "STRATEGY_FAILED"


def test_a_strategy_that_passes_is_no_failure() -> None:
    d = asked()
    d.decide(Decision(passed="NO_APPETITE", because=("long enough",)))
    assert refusal(d) == "STRATEGY_PASSED"
    assert d.one(RefuseRfq).detail == "NO_APPETITE; long enough"
    assert d.alerts() == []
    assert d.state.host.failures == []


@pytest.mark.parametrize("late_ms", [DEADLINE_MS, DEADLINE_MS + 400])
def test_no_answer_by_the_deadline_is_a_refusal_and_what_comes_later_is_of_no_use(
    late_ms: int,
) -> None:
    d = asked()
    d.after(late_ms).answer()
    assert refusal(d) == "STRATEGY_LATE"
    assert d.alerts() == ["STRATEGY_LATE"]
    assert d.all(SendQuote) == []
    assert d.state.negotiations == {}
    d.after(1).answer()
    assert d.effects == ()


def test_an_answer_just_before_the_deadline_counts() -> None:
    d = asked()
    d.after(DEADLINE_MS - 1).answer()
    d.one(SendQuote)


def test_a_second_answer_to_one_question_is_of_no_use() -> None:
    d = asked()
    d.answer("1.10000")
    assert d.answer("1.09990") == ()


@pytest.mark.parametrize("number", [-1, 0, 2, 99])
def test_an_answer_to_a_question_that_nobody_asked_is_a_failure(number: int) -> None:
    d = asked()
    d.step(HostDecided(ask=number, decision=Decision(**GOOD)))
    assert d.alerts() == ["STRATEGY_FAILED"]
    assert stage(d) is Stage.WAITING, "the request waits on for its own answer"
    d.answer()
    d.one(SendQuote)


def test_what_the_host_tells_of_its_own_failure_is_the_refusal() -> None:
    d = asked()
    d.decide(None, failure="ZeroDivisionError: division by zero (mine.py:12)")
    assert refusal(d) == "STRATEGY_FAILED"
    assert "mine.py:12" in d.one(RefuseRfq).detail


def test_before_the_host_has_come_requests_are_refused_with_the_reason() -> None:
    d = HostedDesk().open()
    d.market()
    d.rfq()
    assert refusal(d) == "STRATEGY_ABSENT"
    assert "has not come yet" in d.one(RefuseRfq).detail  # type: ignore[attr-defined]
    d.ready()
    d.rfq()
    d.one(AskHost)


@pytest.mark.parametrize(
    ("failed", "reason", "alert"),
    [(True, "STRATEGY_FAILED", "STRATEGY_FAILED"), (False, "STRATEGY_ABSENT", "STRATEGY_GONE")],
)
def test_what_waits_when_the_host_dies_is_refused(failed: bool, reason: str, alert: str) -> None:
    d = asked()
    d.rfq(2_000_000, "EUR/USD", client="BANKB")
    d.gone("killed by signal 9", failed=failed)
    assert [one.reason for one in d.all(RefuseRfq)] == [reason] * 2
    assert d.alerts() == [alert]
    assert d.state.negotiations == {}
    assert len(d.state.host.failures) == failed
    d.rfq(client="BANKC")
    assert refusal(d) == "STRATEGY_ABSENT"


def fail(d: HostedDesk, *, after_ms: int = 500) -> list[str]:
    d.after(after_ms).market()
    d.rfq()
    d.decide(None, failure="no")
    return d.alerts()


def test_too_many_failures_stop_the_strategy_as_its_kill_switch_would() -> None:
    d = desk(four_eyes=True)
    d.rfq()
    d.answer()
    quote = d.one(SendQuote)
    assert fail(d) == fail(d) == ["STRATEGY_FAILED"]
    assert "STRATEGY_FAILED" in fail(d)
    (stop,) = d.state.stops.values()
    assert (stop.scope, stop.value, stop.actor) == (StopScope.STRATEGY, "mine", "fxrobot")
    assert "3 failures in 60 s" in stop.text
    assert d.one(WithdrawQuote).quote_id == quote.quote_id
    d.rfq()
    assert refusal(d) == "KILL_SWITCH"
    d.step(KillSwitchReleased(actor="li", reason="ok", scope=StopScope.STRATEGY, value="mine"))
    assert d.alerts() == ["RELEASE_REFUSED"], "one person does not let it go on"
    d.step(
        KillSwitchReleased(
            actor="li",
            approver="wang",
            proposal=1,
            released=stop.text,
            reason="mended",
            scope=StopScope.STRATEGY,
            value="mine",
        )
    )
    d.rfq()
    d.answer()
    d.one(SendQuote)


def test_failures_further_apart_than_the_window_do_not_stop_it() -> None:
    d = desk()
    for _ in range(6):
        fail(d, after_ms=30_000)
    assert d.state.stops == {}


def test_what_fails_at_one_moment_is_one_failure() -> None:
    d = desk()
    for client in ("BANKA", "BANKB", "BANKC"):
        d.rfq(client=client)
    d.pass_time(DEADLINE_MS)
    assert [one.reason for one in d.all(RefuseRfq)] == ["STRATEGY_LATE"] * 3
    assert len(d.state.host.failures) == 1
    assert d.state.stops == {}


def test_a_strategy_that_is_stopped_already_is_not_stopped_again() -> None:
    d = desk()
    for _ in range(3):
        fail(d)
    stops = dict(d.state.stops)
    for _ in range(4):
        d.after(1_000).gone()
    assert d.state.stops == stops


@pytest.mark.parametrize("bid", ["1.09991", "1.10010"])
def test_a_market_that_moved_no_further_than_the_policy_is_quoted_on(bid: str) -> None:
    d = asked()
    offer = str(D(bid) + D("0.00010"))
    d.after(1).market(bid, offer)
    d.after(1).answer("1.09990", "1.10020")
    d.one(SendQuote)


def test_a_market_that_moved_further_is_asked_about_once_more_within_the_same_deadline() -> None:
    d = asked()
    first = d.asked[-1]
    d.after(20).market("1.10020", "1.10030")
    d.answer()
    again = d.one(AskHost)
    assert d.all(SendQuote) == []
    assert (again.facts.bid, again.deadline_ns) == (D("1.1002"), first.deadline_ns)
    assert stage(d) is Stage.WAITING
    d.after(1).answer("1.10015", "1.10035")
    assert d.one(SendQuote).bid == D("1.10015")


def test_a_market_that_moves_on_and_on_is_refused() -> None:
    d = asked()
    d.after(10).market("1.10020", "1.10030")
    d.answer()
    d.after(10).market("1.10040", "1.10050")
    d.answer()
    assert refusal(d) == "MARKET_MOVED"
    assert d.alerts() == []
    assert "1.10020/1.10030" in d.one(RefuseRfq).detail


def test_the_second_question_is_late_at_the_deadline_of_the_first() -> None:
    d = asked()
    d.after(40).market("1.10020", "1.10030")
    d.answer()
    d.pass_time(10)
    assert refusal(d) == "STRATEGY_LATE"


@pytest.mark.parametrize(
    ("meanwhile", "reason"),
    [
        (lambda d: d.kill(), "KILL_SWITCH"),
        (lambda d: d.close_dealing(), "DEALING_CLOSED"),
        (lambda d: d.log_out(kind=SessionKind.MARKET_DATA), "NO_MARKET"),
        (
            lambda d: d.step(
                KillSwitchPulled(actor="a", reason="b", scope=StopScope.COUNTERPARTY, value="BANKA")
            ),
            "KILL_SWITCH",
        ),
    ],
)
def test_what_stops_dealing_meanwhile_is_looked_at_again(
    meanwhile: Callable[[HostedDesk], object], reason: str
) -> None:
    d = asked(venues=[{"id": "ALPHA", "pairs": ["EUR/USD"]}])
    meanwhile(d)
    d.answer()
    assert refusal(d) == reason
    assert d.state.negotiations == {}


def test_a_market_that_turned_stale_meanwhile_is_refused() -> None:
    d = asked(policy={"deadline_ms": 5_000})
    d.after(2_500).answer()
    assert refusal(d) == "STALE_MARKET"


def test_the_collar_is_judged_on_the_market_of_the_moment() -> None:
    d = asked()
    d.answer("1.09000", "1.11000")
    assert refusal(d) == "PRICE_COLLAR"


@pytest.mark.parametrize("ending", ["withdrawn", "session", "restart"])
def test_an_answer_for_a_request_that_has_ended_is_of_no_use(ending: str) -> None:
    d = asked()
    if ending == "withdrawn":
        d.end_rfq(request="R1")
    elif ending == "session":
        d.log_out()
    else:
        d.restart()
        assert d.state.host.pending == {}
    assert d.state.negotiations == {}
    d.answer()
    assert d.effects == ()
    d.pass_time(1_000)
    assert d.all(RefuseRfq) == []


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (lambda d: d.roll(), "DEALING_CLOSED"),
        (lambda d: d.step(RobotStopping()), "DEALING_HALTED"),
    ],
)
def test_a_request_that_waits_when_the_robot_stops_or_the_day_rolls_is_refused(
    end: Callable[[HostedDesk], object], reason: str
) -> None:
    d = asked()
    end(d)
    assert refusal(d) == reason
    assert d.state.negotiations == {}


def changed_strategy(d: HostedDesk) -> ReferenceChanged:
    choice = msgspec.structs.replace(d.reference.strategy, version="2")
    agreed = Agreed(
        proposal=1,
        approval=5,
        proposer="li",
        approver="wang",
        content_hash="x",
        proposed_ns=1,
        approved_ns=2,
    )
    return ReferenceChanged(kind="STRATEGY", agreed=agreed, strategy=choice, hedges=())


@pytest.mark.parametrize("answers", [True, False])
def test_a_changed_strategy_is_not_answered_for_by_the_one_before(answers: bool) -> None:
    d = asked()
    d.step(changed_strategy(d))
    assert refusal(d) == "STRATEGY_ABSENT"
    if answers:
        d.answer()
    else:
        d.pass_time(DEADLINE_MS)
    assert d.all(SendQuote) == [] and d.state.host.failures == []
    d.rfq()
    assert refusal(d) == "STRATEGY_ABSENT"
    d.ready()
    d.rfq()
    d.answer()
    assert d.one(Decided).strategy == "mine 2"


def test_an_alert_names_the_strategy() -> None:
    d = asked()
    d.decide(None, failure="boom")
    assert d.one(AlertRaised).text == "strategy mine: boom"
