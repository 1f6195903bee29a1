"""What the tables of scenarios do not say: failures inside, limits changed, the order of things."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from robot.assembly import load_strategy
from robot.basics.ids import VenueId
from robot.core import engine as engine_module
from robot.core.engine import HANDLERS, Engine
from robot.core.lifecycle import LIFECYCLE, Stage, Step, next_stage
from robot.core.state import ID_BLOCK, restore, snapshot, state_hash
from robot.errors import InvariantViolated
from robot.invariants import check_limits, check_tables
from robot.limits.limit import Reason
from robot.messages import events
from robot.messages.effects import (
    AlertRaised,
    BreakFound,
    ConcludeDeal,
    DealBooked,
    Decided,
    LimitsMoved,
    RefuseRfq,
    RequestTrades,
    SendQuote,
)
from robot.messages.events import RobotStarted, SessionKind, SessionUp, Stamped, TimeAdvanced
from robot.strategy import Decision, Facts
from tests.kit.desk import Desk, refusal, started, time_ns
from tests.kit.reference import reference


class Quotes:
    """A strategy that says whatever it is told to."""

    def __init__(self, say: Callable[[Facts], Decision]) -> None:
        self.decide = say


def desk_with(say: Callable[[Facts], Any]) -> Desk:
    """A desk whose strategy is foreign."""
    desk = Desk()
    desk.engine = Engine(lambda reference: Quotes(say))
    desk.open()
    desk.market()
    return desk


def boom(facts: Facts) -> Decision:
    raise ZeroDivisionError("in the strategy")


def decision(bid: Any, offer: Any) -> Callable[[Facts], Decision]:
    return lambda facts: Decision(bid=bid, offer=offer)


NONSENSE = [
    boom,
    decision(Decimal("1.1001"), Decimal("1.1000")),
    decision(Decimal("1.1"), None),
    decision(None, None),
    decision(Decimal("NaN"), Decimal("1.1")),
    decision(Decimal("Infinity"), Decimal("Infinity")),
    decision(Decimal(0), Decimal("1.1")),
    decision(Decimal(-1), Decimal("1.1")),
    decision(1.1, 1.2),
    decision("1.1", "1.2"),
    lambda facts: None,
    lambda facts: (1, 2),
]


@pytest.mark.parametrize("say", NONSENSE, ids=range(len(NONSENSE)))
def test_a_strategy_that_fails_or_talks_nonsense_is_a_refusal_and_an_alert(say: Any) -> None:
    desk = desk_with(say)
    desk.rfq()
    assert refusal(desk) == Reason.STRATEGY_FAILED
    assert desk.one(AlertRaised).code == "STRATEGY_FAILED"
    desk.rfq()
    assert refusal(desk) == Reason.STRATEGY_FAILED, "the robot goes on"


def test_a_strategy_that_passes_is_refused_with_its_words() -> None:
    desk = desk_with(lambda facts: Decision(passed="NEWS", because=("payrolls in 5 s",)))
    desk.rfq()
    assert desk.one(RefuseRfq).reason == Reason.STRATEGY_PASSED
    assert "NEWS; payrolls in 5 s" in desk.one(RefuseRfq).detail


def test_a_strategy_cannot_talk_the_gate_out_of_the_collar() -> None:
    desk = desk_with(decision(Decimal("1.0"), Decimal("1.2")))
    desk.rfq()
    assert refusal(desk) == Reason.PRICE_COLLAR


def test_a_strategy_sees_the_same_chance_when_the_day_is_replayed() -> None:
    seen: list[float] = []

    def say(facts: Facts) -> Decision:
        seen.append(facts.chance)
        return Decision(bid=facts.bid, offer=facts.offer)

    desk = desk_with(say)
    desk.rfq()
    desk.rfq()
    live, again = seen[:], Engine(lambda reference: Quotes(say))
    seen.clear()
    for stamped in desk.stepped:
        again.step(stamped)
    assert live == seen
    assert len(set(live)) == 2 and all(0 <= chance < 1 for chance in live)


def test_another_seed_is_another_chance() -> None:
    def chance(seed: int) -> float:
        seen: list[float] = []
        desk = Desk(seed=seed)
        desk.engine = Engine(
            lambda reference: Quotes(lambda f: seen.append(f.chance) or Decision(passed="NO"))  # type: ignore[func-returns-value]
        )
        desk.open()
        desk.market()
        desk.rfq()
        return seen[0]

    assert chance(1) != chance(2)


def test_a_stream_whose_strategy_fails_is_pulled() -> None:
    answers = iter([decision(Decimal("1.1"), Decimal("1.1001")), boom])
    desk = desk_with(lambda facts: next(answers)(facts))
    quote = desk.quoted(stream_s=10)
    desk.after(100).market("1.10010", "1.10020")
    assert quote not in desk.state.quotes
    assert not desk.state.gate.reservations


def test_a_check_that_fails_is_a_refusal_and_an_alert(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk().open()
    desk.market()

    def fail(*arguments: object) -> None:
        raise ArithmeticError("no figure")

    monkeypatch.setattr("robot.limits.gate.measures_quoted", fail)
    desk.rfq()
    assert refusal(desk) == Reason.CHECK_FAILED
    assert desk.one(AlertRaised).code == "CHECK_FAILED"
    monkeypatch.undo()
    desk.quoted()


def test_a_request_marked_by_the_full_inbox_is_refused_as_overloaded() -> None:
    desk = Desk().open()
    desk.market()
    desk.rfq(overloaded=True)
    assert refusal(desk) == Reason.OVERLOADED


def test_too_many_open_requests_are_refused_as_overloaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("robot.core.intake.NEGOTIATIONS_MAX", 1)
    desk = Desk().open()
    desk.market()
    desk.quoted()
    desk.rfq()
    assert refusal(desk) == Reason.OVERLOADED


def test_reports_that_answer_an_earlier_question_show_that_the_venue_is_at_it() -> None:
    """After a kill the answer to the dead one's question comes first, once more and for long."""
    desk = Desk().open()
    desk.market()
    desk.hit(desk.quoted())
    exec_id = desk.one(ConcludeDeal).deal.exec_id
    desk.log_out()
    desk.step(SessionUp(venue=VenueId("ALPHA"), kind=SessionKind.DEALING))
    for _ in range(20):
        desk.after(4_000).report_trade(exec_id, request_id="T-OF-BEFORE")
        assert [] == desk.all(RequestTrades)
    assert not desk.state.venues["ALPHA"].reconciled
    assert [] == desk.all(RequestTrades, desk.pass_time(5_009))
    assert desk.one(RequestTrades, desk.pass_time(1))


def test_a_market_gone_mad_between_quote_and_hit_does_not_stop_the_robot() -> None:
    desk = Desk().open()
    desk.market()
    quote = desk.quoted()
    desk.market("99999999", "99999999")
    desk.hit(quote)
    assert desk.state.stepped == len(desk.stepped)
    check_tables(desk.state)


def test_a_market_that_jumped_over_a_restart_is_not_dealt_on() -> None:
    desk = Desk().open()
    desk.market()
    desk.quoted()
    desk.restart()
    desk.open()
    desk.market("110.000", "110.010")
    desk.rfq()
    assert refusal(desk) == Reason.MARKET_JUMP
    desk.after(500).market()
    desk.quoted()


def test_a_jump_is_refused_with_both_mids() -> None:
    desk = Desk().open()
    desk.market()
    desk.market("110.000", "110.010")
    detail = desk.one(RefuseRfq, desk.rfq()).detail
    for figure in ("110.005", "1.10005", "990000 bp"):
        assert figure in detail


def test_a_refusal_tells_the_numbers_behind_it() -> None:
    desk = Desk(limits={"counterparty_lines": {"BANKA": "22000.99"}}).open()
    desk.market()
    detail = desk.one(RefuseRfq, desk.rfq()).detail
    for figure in ("22000.99", "22001.00", "0.01", "counterparty_line"):
        assert figure in detail


def test_every_answer_is_explained_by_one_decision_with_its_facts() -> None:
    desk = Desk().open()
    desk.market()
    quote = desk.quoted()
    told = desk.one(Decided)
    assert (told.kind, told.outcome, told.strategy) == ("RFQ", "QUOTED", "two_way 1")
    assert Decimal(told.facts["mid"]) == Decimal("1.10005")
    assert (told.facts["tier"], told.facts["position"]) == ("gold", "0")
    assert any("margin 0.2 pips" in line for line in told.because)
    desk.hit(quote)
    assert (desk.one(Decided).kind, desk.one(Decided).outcome) == ("HIT", "DEALT")
    desk.hit(quote)
    assert desk.one(Decided).reason == Reason.QUOTE_USED


def test_a_limit_lowered_below_its_use_refuses_more_and_lets_a_position_be() -> None:
    desk = Desk().open()
    desk.market()
    desk.hit(desk.quoted(side="buy"), "buy")
    desk.changed(limits={"net_open_position": {"EUR": "500000"}})
    desk.restart()
    for venue in ("ALPHA", "BETA"):
        desk.log_on(venue, trades=0)
        desk.open_dealing(venue)
    desk.market()
    desk.rfq(side="buy")
    assert refusal(desk) == Reason.NET_OPEN_POSITION
    assert desk.state.gate.accounts["net_open_position:EUR"].utilisation == -1_000_000


def test_a_currency_that_left_the_limits_has_no_headroom() -> None:
    desk = Desk().open()
    desk.market()
    limits = msgspec.structs.replace(desk.reference.limits, net_open_position={})
    desk.reference = msgspec.structs.replace(desk.reference, limits=limits)
    desk.restart()
    for venue in ("ALPHA", "BETA"):
        desk.log_on(venue)
        desk.open_dealing(venue)
    desk.market()
    desk.rfq()
    assert refusal(desk) == Reason.NET_OPEN_POSITION


def test_the_result_is_realised_and_unrealised_against_the_mid() -> None:
    desk = Desk().open()
    desk.market()
    desk.hit(desk.quoted(side="buy"), "buy")
    # Sold 1m at 1.10007, mid 1.10005: 20 USD.
    assert Decimal(desk.one(DealBooked).pnl["EUR/USD"]) == 20
    assert desk.one(DealBooked).deal.edge == 20
    desk.market("1.10020", "1.10030")
    # Short 1m: lean -0.04 pips, bid 1.10023(4) down to 1.10023. Loss of 16 USD, now flat.
    desk.hit(desk.quoted(side="sell"), "sell")
    booked = desk.one(DealBooked)
    assert booked.deal.rate == Decimal("1.10023")
    assert Decimal(booked.pnl["EUR/USD"]) == 1_100_070 - 1_100_230
    assert [p.amount for p in booked.positions] == [0, Decimal("-160.00")]


def test_an_entry_books_each_flow_off_balance_against_the_contra_account() -> None:
    desk = Desk().open()
    desk.market()
    desk.hit(desk.quoted(side="buy"), "buy")
    day = date(2014, 5, 5)
    assert [
        ("contingent_fx_payable", "EUR", day, Decimal(-1_000_000)),
        ("contingent_contra", "EUR", day, Decimal(1_000_000)),
        ("contingent_fx_receivable", "USD", day, Decimal("1100070.00")),
        ("contingent_contra", "USD", day, Decimal("-1100070.00")),
    ] == [
        (p.account, p.currency, p.value_date, p.amount) for p in desk.one(DealBooked).entry.postings
    ]


def test_a_deal_commits_what_its_quote_reserved() -> None:
    desk = Desk().open()
    desk.market()
    quote = desk.quoted()
    assert desk.one(LimitsMoved).verb == "reserve"
    desk.hit(quote)
    moved = desk.one(LimitsMoved)
    assert (moved.verb, moved.reservation_id) == ("commit", quote)
    assert all(move.reserved == 0 for move in moved.moves)
    check_limits(desk.state)


@pytest.mark.parametrize("seconds", [-1, 0])
def test_numbers_must_follow_each_other_and_time_must_not_go_back(seconds: int) -> None:
    desk = Desk().open()
    number = desk.state.stepped + (1 if seconds else 2)
    with pytest.raises(InvariantViolated):
        desk.engine.step(Stamped(number, desk.at_ns + seconds, TimeAdvanced()))


def test_timers_fire_at_their_own_time_before_the_event_that_is_later() -> None:
    desk = Desk().open()
    desk.market()
    desk.rfq(stream_s=60)
    desk.after(1_990).market()
    desk.after(3_000)
    desk.rfq("5000000")
    renewed, *_ = desk.all(SendQuote)
    assert renewed.valid_until_ns == time_ns("09:30:06.000"), "renewed when the first one ran out"


def test_a_state_restored_is_the_state_that_was_saved() -> None:
    desk = Desk().open()
    desk.market()
    desk.hit(desk.quoted())
    desk.quoted(stream_s=10)
    data = snapshot(desk.state)
    assert data == snapshot(restore(data))
    assert state_hash(desk.state) == state_hash(restore(data))


def test_what_a_quarantined_event_leaves_behind_is_a_halt_and_its_number() -> None:
    desk = Desk().open()
    desk.engine.quarantine(Stamped(desk.state.stepped + 1, desk.at_ns, TimeAdvanced()), "KeyError")
    desk.market()
    desk.rfq()
    assert refusal(desk) == Reason.DEALING_HALTED


def test_every_event_has_a_handler_and_every_timer_is_known() -> None:
    assert set(HANDLERS) == set(events.AnyEvent.__args__)  # type: ignore[attr-defined]
    assert all(callable(handler) for handler in engine_module.TIMER_HANDLERS.values())


def test_an_unknown_event_is_no_event() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'[1,2,{"type":"Nothing"}]', type=Stamped)


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("step", list(Step))
def test_a_negotiation_moves_along_the_table_or_not_at_all(stage: Stage, step: Step) -> None:
    if step in LIFECYCLE[stage]:
        assert next_stage(stage, step) is LIFECYCLE[stage][step]
    else:
        with pytest.raises(InvariantViolated, match=f"{stage} cannot {step}"):
            next_stage(stage, step)


def test_what_is_dealt_or_closed_stays_so() -> None:
    assert {} == LIFECYCLE[Stage.DEALT] == LIFECYCLE[Stage.CLOSED]


def test_the_start_carries_the_whole_reference_data() -> None:
    event = started(reference(seed=9))
    again = msgspec.json.decode(msgspec.json.encode(event), type=RobotStarted)
    assert event == again


def test_ids_sent_and_lost_with_a_power_cut_are_not_used_again() -> None:
    desk = Desk().open()
    desk.market()
    desk.quoted()
    kept = snapshot(desk.state)  # the disk has this, the rest of the day is lost
    lost = {desk.quoted() for _ in range(3)}
    lost |= {effect.request_id for row in desk.history for effect in desk.all(RequestTrades, row)}
    desk.engine = Engine(load_strategy, restore(kept))
    desk.restart()
    used = set(desk.state.venues["ALPHA"].requests)
    for venue in ("ALPHA", "BETA"):
        desk.log_on(venue)
        used |= {request.request_id for request in desk.all(RequestTrades)}
        desk.open_dealing(venue)
    desk.market()
    used |= {desk.quoted() for _ in range(4)}
    assert not lost & used


def test_a_block_of_ids_begins_with_its_first_and_at_each_start() -> None:
    state = Desk().start().state
    before = state.id_blocks
    first = [state.next_id("Q") for _ in range(ID_BLOCK)]
    assert state.id_blocks == before + 1
    state.next_id("Q")
    assert state.id_blocks == before + 2
    state.leave_out_ids()
    assert state.next_id("Q") == f"Q20140501-{2 * ID_BLOCK + 1:06d}"
    assert state.id_blocks == before + 3
    assert len(set(first)) == ID_BLOCK


def test_ids_of_deals_have_no_gaps() -> None:
    state = Desk().start().state
    assert state.next_id("D") == "D20140501-000001"
    before = state.id_blocks
    state.leave_out_ids()
    assert (state.next_id("D"), state.id_blocks) == ("D20140501-000002", before)


@pytest.mark.parametrize("kind", ["SWAP", "TENOR 13M", ""])
def test_a_product_nobody_deals_is_told_as_such_in_and_out_of_hours(kind: str) -> None:
    desk = Desk().open()
    desk.market()
    desk.rfq(product=kind)
    assert refusal(desk) == Reason.UNKNOWN_PRODUCT
    desk.close_dealing()
    desk.rfq(product=kind)
    assert refusal(desk) == Reason.DEALING_CLOSED


@pytest.mark.parametrize("name", ["exec_id", "order_id", "hit_id", "nothing"])
def test_an_execution_report_that_the_venue_rejects_stops_dealing(name: str) -> None:
    desk = Desk().open()
    desk.market()
    desk.hit(desk.quoted())
    (deal,) = desk.state.deals.values()
    desk.quoted()
    desk.reject(getattr(deal, name, ""), "8")
    found = desk.one(BreakFound)
    assert found.kind == "REPORT_REFUSED"
    assert name == "nothing" or found.exec_id == deal.exec_id
    assert not desk.state.quotes
    desk.rfq()
    assert refusal(desk) == Reason.DEALING_HALTED
    desk.reject(getattr(deal, name, ""), "8")
    assert name == "nothing" or not desk.all(BreakFound), "told again it is no news"


def test_a_rejected_report_of_a_refused_hit_is_an_alert_only() -> None:
    desk = Desk().open()
    desk.market()
    desk.hit("NOSUCHQUOTE")
    desk.reject("E20140501-000001", "8")
    assert desk.one(AlertRaised).code == "MESSAGE_REFUSED"
    assert not desk.state.halts


def test_a_spot_date_that_was_asked_for_before_is_not_that_of_another_day() -> None:
    desk = Desk().open()
    desk.market()
    first = desk.one(SendQuote, desk.rfq()).value_date
    desk.roll()
    desk.open_dealing()
    desk.market()
    assert desk.one(SendQuote, desk.rfq()).value_date > first
