"""A new version beside the live one, stage by stage, as the core carries it out."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import msgspec
import pytest

from robot.assembly import load_strategy
from robot.core.engine import Engine
from robot.core.state import restore, snapshot, state_hash
from robot.core.trying import drawn
from robot.deals.reference import StrategyChoice, fingerprint
from robot.errors import ConfigurationError
from robot.invariants import check_state
from robot.messages.effects import AlertRaised, Decided, RefuseRfq, SendQuote, WithdrawQuote
from robot.messages.events import KillSwitchPulled, RobotStopping
from robot.messages.releases import ShadowDecided, SuggestionEnded, SuggestionMade
from robot.messages.stops import StopScope
from tests.kit.desk import encoded, started
from tests.kit.releases import ReleaseDesk, choice

LIVE_BID, NEW_BID, MIDDLE = D("1.10003"), D("1.10000"), D("1.10005")
"""Of gold at 1.10000/1.10010: 0.2 pips under the middle, 0.5 pips under it."""


def desk(**of: Any) -> ReleaseDesk:
    return ReleaseDesk(**of).begin()


def bid(of: ReleaseDesk) -> D | None:
    """Of the quote among the last effects."""
    return of.one(SendQuote).bid


class Broken:
    """A candidate that cannot decide."""

    def __init__(self, parameters: object) -> None:
        pass

    def decide(self, facts: object) -> object:
        raise ValueError("no idea")


BROKEN = "tests.unit.robot.test_core_releases:Broken"


def test_a_shadow_decides_on_the_same_facts_after_the_live_one_and_nothing_of_it_is_sent() -> None:
    of = desk()
    of.enter("SHADOW")
    of.rfq()
    assert bid(of) == LIVE_BID
    shadow = of.one(ShadowDecided)
    assert (shadow.bid, shadow.mid, shadow.of) == (NEW_BID, MIDDLE, "CANDIDATE")
    assert shadow.strategy == "two_way 2"
    assert of.one(Decided).strategy == "two_way 1"
    assert of.one(Decided).facts["mid"] == str(shadow.mid)
    of.hit(of.one(SendQuote).quote_id)
    assert next(iter(of.state.deals.values())).strategy == "two_way 1"
    check_state(of.state)


def test_a_shadow_comes_and_goes_without_a_quote_withdrawn() -> None:
    of = desk()
    quote = of.quoted()
    of.enter("SHADOW")
    of.back()
    assert quote in of.state.quotes
    of.climb("SUGGEST")
    assert of.history_of(WithdrawQuote)[-1].quote_id == quote


def test_a_shadow_that_fails_is_counted_and_the_request_is_answered_as_ever() -> None:
    of = desk()
    of.enter("SHADOW", choice(factory=BROKEN))
    of.rfq()
    assert bid(of) == LIVE_BID
    assert of.one(ShadowDecided).failure == "ValueError: no idea"
    assert (of.state.releases.failures, of.state.releases.decisions) == (1, 0)
    assert not of.all(AlertRaised)


def test_a_shadow_changes_no_effect_of_the_live_strategy() -> None:
    """Whatever it decides: the other effects are the same, byte for byte."""
    plain, shadowed = desk(), desk()
    plain.step(started(plain.reference))
    shadowed.enter("SHADOW", choice("3"))
    shadowed.reference = shadowed.state.reference
    for of in (plain, shadowed):
        of.restart()
        of.log_on()
        of.open_dealing()
        of.market()
        of.hit(of.quoted())
        of.rfq(side="sell", client="BANKC")
    both = [
        [[e for e in row if not isinstance(e, ShadowDecided)] for row in of.history[-5:]]
        for of in (plain, shadowed)
    ]
    assert encoded(both[0]) == encoded(both[1])  # type: ignore[arg-type]
    assert len(shadowed.history_of(ShadowDecided)) == 2


def test_a_canary_answers_its_size_its_counterparties_and_its_share() -> None:
    of = desk().climb("CANARY", counterparties=["BANKA"], size_max="2000000")
    of.rfq(2_000_000)
    assert bid(of) == NEW_BID
    assert of.one(Decided).strategy == "two_way 2"
    assert of.one(ShadowDecided).of == "LIVE" and of.one(ShadowDecided).bid == D("1.10002")
    of.hit(of.one(SendQuote).quote_id, amount=2_000_000)
    assert next(iter(of.state.deals.values())).strategy == "two_way 2"
    of.rfq(2_000_001)
    assert of.one(Decided).strategy == "two_way 1"
    of.rfq(client="BANKB")
    assert of.one(Decided).strategy == "two_way 1"
    of.rfq(stream_s=5)
    assert of.one(Decided).strategy == "two_way 2"
    check_state(of.state)


def test_a_share_is_drawn_by_request_and_a_larger_one_has_all_of_a_smaller_one() -> None:
    small = {n for n in range(400) if drawn(7, "ab", f"ALPHA R{n}") < 20}
    large = {n for n in range(400) if drawn(7, "ab", f"ALPHA R{n}") < 50}
    assert small < large
    assert 50 < len(small) < 110 and 160 < len(large) < 240
    of = desk().climb("CANARY", share="30")
    answered = []
    for n in range(12):
        of.rfq(request=f"S{n}")
        answered.append(bid(of) == NEW_BID)
    print_ = fingerprint(of.state.reference.candidate.strategy)
    assert answered == [drawn(of.reference.seed, print_, f"ALPHA S{n}") < 30 for n in range(12)]
    assert any(answered) and not all(answered)


def test_the_gate_checks_a_canary_as_it_checks_the_live_strategy() -> None:
    of = desk(limits={"price_collar_bp": "1"}).climb("CANARY", choice("50"))
    of.rfq()
    assert of.one(RefuseRfq).reason == "PRICE_COLLAR"
    assert of.one(Decided).strategy == "two_way 2"


def test_a_canary_that_fails_leaves_the_request_to_the_live_one_and_in_the_end_is_suspended() -> (
    None
):
    of = desk(policy={"failures_max": 2}).climb("CANARY", choice(factory=BROKEN))
    for codes in (["CANDIDATE_FAILED"], ["CANDIDATE_FAILED", "CANDIDATE_SUSPENDED"], []):
        of.rfq()
        assert bid(of) == LIVE_BID
        assert of.alerts == codes
    assert "2 failures, the last: ValueError: no idea" in of.state.releases.suspended
    of.promote()
    assert of.version == "1" and "suspended" in of.one(AlertRaised).text


@pytest.mark.parametrize("name", ["two_way", "newer"])
def test_a_stop_of_either_strategy_stops_what_the_candidate_answers(name: str) -> None:
    of = desk().climb("CANARY", choice(name="newer"))
    quote = of.quoted()
    kill = KillSwitchPulled(actor="a", reason="b", scope=StopScope.STRATEGY, value=name)
    of.step(kill)
    assert of.one(WithdrawQuote).quote_id == quote
    of.rfq()
    assert of.one(RefuseRfq).reason == "KILL_SWITCH"
    check_state(of.state)


# --- suggestions


def suggesting(**figures: Any) -> ReleaseDesk:
    return desk().climb("SUGGEST", **figures)


def test_a_suggested_price_waits_for_a_person_and_is_sent_when_confirmed() -> None:
    of = suggesting()
    of.rfq()
    made = of.one(SuggestionMade)
    assert (made.bid, made.strategy, of.all(SendQuote)) == (NEW_BID, "two_way 2", [])
    check_state(of.state)
    of.after(1_900)
    of.answer(made.suggestion)
    assert bid(of) == NEW_BID
    assert of.one(SuggestionEnded).outcome == "CONFIRMED"
    assert of.one(Decided).strategy == "two_way 2"
    assert of.state.releases.decisions == 1
    of.answer(made.suggestion)
    assert of.effects == ()
    check_state(of.state)


@pytest.mark.parametrize("how", ["DECLINED", "LATE", "MOVED"])
def test_without_a_persons_word_in_time_the_live_strategy_answers(how: str) -> None:
    of = suggesting(confirm_ms=1_000)
    of.rfq()
    if how == "MOVED":
        of.after(10)
        of.market("1.10020", "1.10030")
        of.answer(1)
    elif how == "DECLINED":
        of.answer(1, confirmed=False)
    else:
        of.pass_time(1_000)
    assert of.one(SuggestionEnded).outcome == how
    assert bid(of) == LIVE_BID + (D("0.00020") if how == "MOVED" else 0)
    assert of.one(Decided).strategy == "two_way 1"
    check_state(of.state)


def test_a_request_with_a_time_of_its_own_is_answered_within_it() -> None:
    of = suggesting()
    of.rfq(open_ms=1_000)
    of.pass_time(750)
    assert bid(of) == LIVE_BID


def test_what_is_stopped_meanwhile_is_refused_whatever_the_person_says() -> None:
    of = suggesting()
    of.rfq()
    of.kill()
    of.answer(1)
    assert of.one(RefuseRfq).reason == "KILL_SWITCH"
    assert of.one(SuggestionEnded).outcome == "REFUSED"
    check_state(of.state)


def test_a_request_that_the_client_withdraws_waits_no_more() -> None:
    of = suggesting()
    of.rfq(request="R9")
    of.end_rfq(request="R9")
    of.answer(1)
    assert of.one(SuggestionEnded).outcome == "ENDED"
    assert not of.all(SendQuote) and not of.state.releases.suggestions


@pytest.mark.parametrize("how", ["roll", "back", "stop"])
def test_nobody_is_left_waiting_when_the_day_rolls_or_the_release_is_put_back(how: str) -> None:
    of = suggesting()
    of.rfq()
    if how == "roll":
        of.roll()
    elif how == "back":
        of.back()
    else:
        of.step(RobotStopping())
    assert len(of.all(RefuseRfq)) == 1
    assert not of.state.releases.suggestions and not of.state.negotiations
    check_state(of.state)


def test_prices_that_go_on_by_themselves_are_not_suggested() -> None:
    of = suggesting()
    of.rfq(stream_s=5)
    assert bid(of) == LIVE_BID


# --- who agrees to which stage


def test_two_persons_are_needed_forward_and_each_stage_comes_in_its_turn() -> None:
    of = desk()
    of.enter("CANARY")
    assert of.stage == "" and "begins in SHADOW" in of.one(AlertRaised).text
    of.agree(strategy=choice())
    assert of.version == "1" and "was not released" in of.one(AlertRaised).text
    of.enter("SHADOW")
    assert of.moves() == [("2", "DRAFT", "SHADOW")]
    of.enter("CANARY")
    assert of.stage == "SHADOW" and "SUGGEST is next" in of.one(AlertRaised).text
    of.enter("SUGGEST")
    of.promote()
    assert of.version == "1" and "LIVE comes after CANARY" in of.one(AlertRaised).text
    of.enter("CANARY")
    of.promote()
    assert of.moves() == [("1", "LIVE", "FORMER"), ("2", "CANARY", "LIVE")]
    assert (of.version, of.stage) == ("2", "")
    of.rfq()
    assert bid(of) == NEW_BID and not of.all(ShadowDecided)


def test_one_person_alone_brings_nothing_forward() -> None:
    of = desk().climb("SHADOW")
    of.back("CANARY")
    assert of.stage == "SHADOW" and of.alerts == ["ROLLBACK_REFUSED"]
    of.back(strategy=choice())
    assert of.version == "1" and of.alerts == ["ROLLBACK_REFUSED"]
    of.back(actor=" ")
    assert of.stage == "SHADOW" and of.alerts == ["ROLLBACK_REFUSED"]


def test_one_person_puts_the_former_version_back_at_once() -> None:
    of = desk().climb("CANARY")
    live = of.state.reference.strategy
    of.promote()
    quote = of.quoted()
    of.back(strategy=live)
    assert of.one(WithdrawQuote).quote_id == quote
    assert of.moves() == [("2", "LIVE", "DRAFT"), ("1", "FORMER", "LIVE")]
    assert of.alerts == ["ROLLED_BACK"]
    of.rfq()
    assert bid(of) == LIVE_BID
    of.back(strategy=choice())
    assert of.version == "1"  # what was taken back is nothing to go back to


def test_a_promotion_before_its_days_and_decisions_is_refused_with_the_figures() -> None:
    policy = {"shadow": {"days": 2, "decisions": 3}}
    of = desk(policy=policy)
    of.enter("SHADOW")
    for _ in range(3):
        of.rfq()
    of.enter("SUGGEST")
    assert of.stage == "SHADOW"
    assert "it decided on 1 days of at least 2" in of.one(AlertRaised).text
    of.roll()
    of.market()
    of.rfq()
    of.enter("SUGGEST")
    assert of.stage == "SUGGEST"
    assert of.state.releases.decisions == 0
    of.back("SHADOW")
    of.enter("SUGGEST")
    assert of.stage == "SHADOW"  # it begins anew


def test_other_bounds_are_a_change_of_two_persons_and_begin_the_figures_anew() -> None:
    of = desk().climb("CANARY", share="10")
    of.rfq()
    of.enter("CANARY", share="90")
    assert of.moves() == [("2", "CANARY", "CANARY")]
    assert of.state.releases.decisions == 0


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        ({"size_max": None}, "needs size_max"),
        ({"share": "0"}, "share 0"),
        ({"share": "101"}, "share 101"),
        ({"share": "NaN"}, "share NaN"),
        ({"size_max": "-1"}, "size_max -1"),
        ({"size_max": "9000000"}, "over the desk's canary_size_max"),
        ({"counterparties": ["NOBODY"]}, "NOBODY, which is no counterparty"),
        ({"confirm_ms": 0}, "confirm_ms 0"),
        ({"days": -1}, "counts"),
        ({"move_max_pips": "-1"}, "no distance"),
    ],
)
def test_bounds_that_cannot_be_meant_are_refused(figures: dict[str, Any], text: str) -> None:
    of = desk(policy={"canary_size_max": "6000000"}).climb("SUGGEST")
    of.enter("CANARY", **figures)
    assert of.stage == "SUGGEST" and text in of.one(AlertRaised).text


def test_a_version_that_does_not_load_changes_nothing_and_withdraws_nothing() -> None:
    of = desk().climb("CANARY")
    quote = of.quoted()
    before = of.state.reference
    for wrong in (choice(version="3", factory="strategies.two_way:None_"), choice("-1", "3")):
        of.enter("SHADOW", wrong)
        assert of.alerts == ["REFERENCE_NOT_APPLIED"]
    assert of.state.reference is before and quote in of.state.quotes
    check_state(of.state)


def test_the_same_name_and_version_for_another_content_is_refused() -> None:
    of = desk()
    of.enter("SHADOW", choice(version="1"))
    assert "both called two_way 1" in of.one(AlertRaised).text


# --- between turns, over restarts


def test_a_streaming_request_does_not_go_on_under_another_strategy() -> None:
    of = desk().climb("CANARY")
    of.rfq(stream_s=20, client="BANKB")
    of.after(100)
    of.market("1.10020", "1.10030")
    assert bid(of) == NEW_BID + D("0.00020")
    of.promote()
    assert of.all(WithdrawQuote) and not of.state.negotiations
    of.after(100)
    of.market("1.10040", "1.10050")
    assert not of.all(SendQuote)


def test_stage_figures_and_former_versions_outlive_a_restart() -> None:
    of = desk().climb("CANARY")
    of.rfq()
    figures = msgspec.to_builtins(of.state.releases)
    of.reference = of.state.reference
    of.restart()
    assert msgspec.to_builtins(of.state.releases) == figures
    assert of.stage == "CANARY"
    live = of.state.reference.strategy
    of.promote()
    of.reference = of.state.reference
    of.restart()
    of.back(strategy=live)
    assert of.version == "1"


def test_a_start_does_not_go_past_a_stage() -> None:
    """What was approved for it while no robot ran is judged by what the core has seen."""
    of = desk(policy={"canary": {"decisions": 5}}).climb("CANARY")
    promoted = of.state.reference.with_parts({"strategy": choice(), "candidate": None})
    of.reference = promoted
    of.restart()
    assert (of.version, of.stage) == ("1", "CANARY")
    assert "RELEASE_REFUSED" in of.alerts
    of.log_on()
    of.open_dealing()
    of.market()
    of.rfq()
    assert bid(of) == NEW_BID  # the canary goes on
    check_state(of.state)


def test_a_former_version_that_one_person_put_back_while_no_robot_ran_is_in_force() -> None:
    of = desk().climb("CANARY")
    live = of.state.reference.strategy
    of.promote()
    of.reference = of.state.reference.with_parts({"strategy": live, "candidate": None})
    of.restart()
    assert of.version == "1"
    assert of.moves() == [("2", "LIVE", "DRAFT"), ("1", "FORMER", "LIVE")]


def test_a_candidate_that_does_not_load_any_more_does_not_keep_the_robot_from_starting() -> None:
    of = desk().climb("SHADOW")
    of.reference = of.state.reference

    def load(reference: Any) -> Any:
        if reference.strategy.version == "2":
            raise ConfigurationError("gone")
        return load_strategy(reference)

    of.engine = Engine(load, restore(snapshot(of.state)))
    of.step(started(of.reference))
    assert "CANDIDATE_NOT_LOADED" in of.alerts
    assert of.stage == "SHADOW"


def test_a_journal_with_every_stage_replays_to_the_same_bytes_and_state() -> None:
    of = desk().climb("SUGGEST")
    of.rfq()
    of.answer(1)
    of.rfq()
    of.enter("CANARY", share="50")
    for _ in range(4):
        of.rfq()
    of.promote()
    of.back(strategy=StrategyChoice(**msgspec.structs.asdict(of.reference.strategy)))
    again = Engine(load_strategy)
    history = [again.step(stamped) for stamped in of.stepped]
    assert encoded(history) == encoded(of.history)
    assert state_hash(again.state) == state_hash(of.state)
    assert of.version == "1"
