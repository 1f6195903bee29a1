"""Limits of losses: what cannot be valued, and what else than a price moves a figure."""

from __future__ import annotations

from decimal import Decimal as D

from robot.invariants import check_state
from robot.messages.effects import (
    Decided,
    LimitsMoved,
    SendOrder,
)
from robot.messages.governing import Agreed, OverrideGranted
from robot.messages.orders import OrderReport
from tests.kit import taker
from tests.kit.desk import Desk
from tests.kit.losses import ALL, again, alerts, ask, deal, losing, lost, mid, taker_desk

# --- what cannot be valued


def test_silence_of_a_pair_that_is_held_stops_every_other_until_it_is_heard() -> None:
    of = losing(loss_day=[{"desk": "FX", "maximum": "1000000"}])
    of.market("101.990", "102.000", "USD/JPY")
    deal(of, pair="USD/JPY")
    for _ in range(12):
        mid(of.after(4_500), "1.10005")
    assert ask(of, stream_s=30) == ""
    mid(of, "1.10005")
    assert ask(of) == "NOT_VALUED"
    assert "USD/JPY last quoted" in of.one(Decided).detail
    assert not of.state.quotes
    mid(of, "101.995", "USD/JPY")
    mid(of, "1.10005")
    assert ask(of) == ""


def test_a_position_that_only_time_makes_worthless_to_know_is_pulled_by_the_clock() -> None:
    of = deal(losing(loss_day=[{**ALL, "maximum": "1000000"}]))
    of.pass_time(60_000)
    assert alerts(of) == []
    of.pass_time(1)
    assert alerts(of) == ["LIMIT_NOT_VALUED"]


def test_a_pair_whose_result_has_no_rate_is_not_dealt_before_it_has_one() -> None:
    """GBP is worth nothing in USD here: no pair and no official rate."""
    row = {"loss_day": [{**ALL, "maximum": "1000"}]}
    for rates, reason in (({}, "NOT_VALUED"), ({"GBP": "1.68"}, "")):
        of = Desk(desk="FX", limits={"tree": row, "line_rates": rates}).open()
        of.market()
        of.market("0.81990", "0.82000", "EUR/GBP")
        assert ask(of, pair="EUR/GBP") == reason
        assert ask(of) == ""
    deal(of, pair="EUR/GBP")  # sold at 0.81997
    mid(of, "0.82037", "EUR/GBP")
    assert lost(of, "loss_day:everyone=all") == D("672.00")  # 400 GBP


def test_a_pair_that_is_crossed_is_worth_what_it_was_for_a_minute() -> None:
    of = losing(loss_day=[{"desk": "FX", "maximum": "1000000"}])
    of.market("101.990", "102.000", "USD/JPY")
    deal(of, pair="USD/JPY")
    of.after(500).market("102.010", "102.000", "USD/JPY")
    for seconds, reason in ((30, ""), (29, ""), (2, "NOT_VALUED")):
        of.after(seconds * 1_000).market("102.010", "102.000", "USD/JPY")
        of.market()
        assert ask(of) == reason


def test_what_cannot_be_valued_now_and_then_is_pulled_each_time_and_told_once_a_minute() -> None:
    of = deal(losing(loss_day=[{**ALL, "maximum": "1000000"}]))
    told = []
    for _ in range(4):
        of.rfq(side=None, stream_s=60)
        mid(of, "1.14005")
        told += alerts(of)
        assert not of.state.quotes
        mid(of.after(20_000), "1.10005")
        assert ask(of) == ""
    assert told.count("LIMIT_NOT_VALUED") == 2


def test_a_market_that_jumps_is_worth_nobody_knows_what() -> None:
    of = deal(losing(loss_day=[{**ALL, "maximum": "1000000"}]))
    mid(of, "1.14005")
    assert "LIMIT_NOT_VALUED" in alerts(of)
    assert lost(of, "loss_day:everyone=all") == D(-20)


# --- what else moves it


def test_a_deal_taken_back_or_corrected_counts_as_if_it_had_been_so_from_the_start() -> None:
    """Short 5m at 1.10008; the hedge that the venue takes back has bought 2m at 1.10030."""
    row = {"maximum": "100000", "id": "L"}
    of = taker_desk(**row)
    (hedge,) = [one for line in of.history for one in line if isinstance(one, SendOrder)]
    before = lost(of, "L")
    taker.trade(of, hedge, "X1", 2_000_000, "1.10030")
    assert lost(of, "L") - before == D(500)
    said = {"last_amount": D(2_000_000), "last_price": D("1.10010"), "filled": D(2_000_000)}
    corrected = {"reference_exec_id": "X1", "ended": True, **said}
    taker.report(of, hedge, OrderReport.CORRECTED, "X2", **corrected)
    assert lost(of, "L") - before == D(100)
    taker.report(of, hedge, OrderReport.BUSTED, "X3", reference_exec_id="X2", ended=True)
    assert lost(of, "L") == before


def test_a_restart_changes_no_figure_but_deals_on_none_before_it_has_prices() -> None:
    tree = {kind: [{**ALL, "maximum": "99999"}] for kind in ("loss_day", "loss_month", "drawdown")}
    of = mid(deal(losing(**tree)), "1.10105")
    names = [f"{kind}:everyone=all" for kind in tree]
    before = [lost(of, name) for name in names]
    again(of)
    of.market("1.20000", "1.20010", "USD/CAD")
    assert ask(of, pair="USD/CAD") == "NOT_VALUED"
    mid(of, "1.10105")
    assert before == [lost(of, name) for name in names]
    assert ask(of) == ""


def test_a_row_that_is_new_counts_what_was_dealt_before_it_was_there() -> None:
    of = mid(deal(losing()), "1.10105")
    of.changed(desk="FX", limits={"tree": {"loss_day": [{"desk": "FX", "maximum": "900"}]}})
    again(of)
    mid(of, "1.10105")
    assert lost(of, "loss_day:desk=FX") == D(980)
    assert ask(of) == "LOSS_DAY"


def test_an_override_lets_dealing_resume_for_its_time() -> None:
    of = mid(deal(losing(loss_day=[{**ALL, "maximum": "900"}])), "1.10105")
    name = "loss_day:everyone=all"
    agreed = Agreed(
        proposal=1,
        approval=2,
        proposer="a",
        approver="b",
        content_hash="h",
        proposed_ns=1,
        approved_ns=2,
    )
    until = of.at_ns + 1_000_000_000
    of.step(OverrideGranted(agreed=agreed, limit_id=name, maximum=D(2000), until_ns=until))
    assert ask(of) == ""
    assert of.state.quotes
    of.pass_time(1_000)
    check_state(of.state)
    assert not of.state.quotes
    mid(of, "1.10105")
    assert ask(of) == "LOSS_DAY"


def test_what_was_lost_is_on_record_as_it_moves() -> None:
    of = deal(losing(loss_day=[{**ALL, "maximum": "1000"}]))
    for middle in ("1.100054", "1.10055", "1.10105"):  # half a hundredth is not worth a record
        mid(of, middle)
    moves = [
        (one.verb, move.limit_id, move.requested, move.utilisation)
        for one in of.history_of(LimitsMoved)
        for move in one.moves
        if move.limit_id.startswith("loss_day")
    ]
    name = "loss_day:everyone=all"
    assert moves == [
        ("value", name, D(-20), D(-20)),
        ("value", name, D(500), D(480)),
        ("value", name, D(500), D(980)),
    ]


def test_without_such_rows_nothing_is_looked_at() -> None:
    of = mid(deal(losing()), "1.10105")
    assert not of.state.gate.losses.valued_ns
    assert not [one for one in of.state.timers if one.kind == "losses"]
    assert not of.state.gate.losses.marks.asked
