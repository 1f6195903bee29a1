"""Limits of losses: what they count, when they are looked at, and what they stop. The figures are
those of `tests/kit/losses.py`.
"""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.core.state import restore, snapshot
from robot.deals.party import BUY, SELL
from robot.messages.effects import (
    CancelOrder,
    Decided,
    SendOrder,
    WithdrawQuote,
)
from robot.messages.events import KillSwitchReleased
from robot.messages.orders import OrderReport
from robot.messages.stops import StopScope
from tests.kit import taker
from tests.kit.losses import ALL, again, alerts, ask, deal, losing, lost, mid, taker_desk

# --- below, equal, above


@pytest.mark.parametrize(
    ("kind", "equal", "below"),
    [
        ("loss_day", "980", "980.01"),
        ("loss_month", "980", "980.01"),
        ("drawdown", "1000", "1000.01"),
    ],
)
@pytest.mark.parametrize("scope", ["everyone", "entity", "desk", "book", "strategy", "trader"])
def test_a_loss_below_the_maximum_is_dealt_on_and_one_equal_to_it_is_not(
    kind: str, equal: str, below: str, scope: str
) -> None:
    """1.10105 loses 980; from the 20 that were won it is 1,000."""
    whose = ALL if scope == "everyone" else {scope: "*"}
    of = mid(deal(losing(**{kind: [{**whose, "maximum": below}]})), "1.10105")
    assert ask(of) == ""
    of = mid(deal(losing(**{kind: [{**whose, "maximum": equal}]})), "1.10105")
    assert ask(of) == kind.upper()
    (check,) = [one for one in of.one(Decided).checks if one.kind == kind.upper()]
    assert (D(equal), D(equal), D(0), "refused") == (
        check.used,
        check.maximum,
        check.headroom,
        check.result,
    )


def test_where_nothing_may_be_lost_nothing_is_dealt_at_all() -> None:
    assert ask(losing(loss_day=[{**ALL, "maximum": "0"}])) == "LOSS_DAY"


# market's middle | what a client does | lost and realised | not realised
A_DAY = """
1.10005 | buy  1000000 |    0 |   -20
1.10105 |              |    0 |   980
1.10105 | sell 1000000 |  960 |     0
1.10105 | buy  1000000 |  960 |   -20
1.10005 |              |  960 | -1020
1.10005 | sell 2000000 |  -90 |   -30
1.09905 |              |  -90 |   970
"""


def test_what_counts_is_what_the_row_says() -> None:
    """A client's price is 0.2 pips from the middle, 0.3 of 2m. At last 1m of 2m bought at 1.10002
    closes what was sold at 1.10107: 1,050 of the 960 lost come back.
    """
    rows = [
        {**ALL, "maximum": "100000", "counts": name, "id": name}
        for name in ("realised", "unrealised", "both")
    ]
    of = losing(loss_day=rows)
    for line in A_DAY.strip().splitlines():
        middle, dealt, realised, unrealised = (part.strip() for part in line.split("|"))
        mid(of, middle)
        if dealt:
            side, amount = dealt.split()
            deal(of, side, int(amount))
        figures = [lost(of, name) for name in ("realised", "unrealised", "both")]
        assert [D(realised), D(unrealised), D(realised) + D(unrealised)] == figures, line


def test_a_filter_counts_its_pair_or_currency_and_nothing_else() -> None:
    of = losing(
        loss_day=[
            {"desk": "FX", "pairs": ["EUR/USD"], "maximum": "500", "id": "P"},
            {"desk": "FX", "currencies": ["JPY"], "maximum": "500", "id": "C"},
        ]
    )
    of.market("101.990", "102.000", "USD/JPY")
    deal(of)
    mid(deal(of, pair="USD/JPY"), "102.035", "USD/JPY")  # sold at 101.997: 38,000 JPY are lost
    assert (D("-20.00"), D("372.43")) == (lost(of, "P"), lost(of, "C"))
    mid(of, "102.053", "USD/JPY")
    assert (ask(of), ask(of, pair="USD/JPY")) == ("", "LOSS_DAY")


# --- when it is looked at


def test_a_price_alone_pulls_what_is_open_and_tells_it_once() -> None:
    of = deal(losing(loss_day=[{**ALL, "maximum": "980"}]))
    of.rfq(side=None, stream_s=30)
    assert not of.all(WithdrawQuote)
    mid(of, "1.10105")
    assert of.all(WithdrawQuote)[0].reason == "LOSS_DAY"
    assert alerts(of) == ["LIMIT_WARNING", "LIMIT_REACHED"]
    assert not of.state.quotes
    assert alerts(mid(of, "1.10106")) == []
    assert not of.state.quotes


def test_a_price_soon_after_another_is_looked_at_a_quarter_of_a_second_later() -> None:
    of = mid(deal(losing(loss_day=[{**ALL, "maximum": "980"}])), "1.10006")
    of.after(100).market("1.10100", "1.10110")
    assert lost(of, "loss_day:everyone=all") == D("-10.00")
    assert alerts(of) == []
    of.pass_time(149)
    assert alerts(of) == []
    of.pass_time(1)
    assert alerts(of) == ["LIMIT_WARNING", "LIMIT_REACHED"]


def test_a_deal_is_counted_at_once_and_ends_what_it_leaves_no_room_for() -> None:
    """Long 1m at 1.10003, lost 980; a client buys it back and 20 more are won: not in a hurry."""
    of = losing(loss_day=[{**ALL, "counts": "realised", "maximum": "960"}])
    mid(deal(of, "sell"), "1.09905")
    first, second = of.quoted(side="buy"), of.quoted(side="buy", client="BANKB")
    of.hit(first, "buy")
    assert "LIMIT_REACHED" in alerts(of)
    of.hit(second, "buy", client="BANKB")
    assert of.one(Decided).reason == "QUOTE_WITHDRAWN"


def test_it_is_told_at_its_shares_and_dealing_resumes_clearly_below_the_maximum() -> None:
    of = deal(losing(loss_day=[{**ALL, "maximum": "1000"}]))
    told = []
    for middle in ("1.10081", "1.10083", "1.10097", "1.10108", "1.10106", "1.10108", "1.10097"):
        mid(of, middle)  # lost 740, 760, 900, 1010, 990, 1010, 900
        told.append((alerts(of), ask(of, client="BANKB")))
    assert told == [
        ([], ""),
        (["LIMIT_WARNING"], ""),
        (["LIMIT_WARNING"], ""),
        (["LIMIT_REACHED"], "LOSS_DAY"),
        ([], "LOSS_DAY"),
        ([], "LOSS_DAY"),
        ([], ""),
    ]


# --- days and months


def test_a_day_begins_with_what_it_was_worth_when_the_day_before_ended() -> None:
    """Thursday 1 May loses 980, Friday 500 more, which is told; Monday nothing."""
    of = losing(
        loss_day=[{**ALL, "maximum": "9999"}],
        loss_month=[{**ALL, "maximum": "9999"}],
        drawdown=[{**ALL, "maximum": "9999"}],
    )
    mid(deal(of), "1.10105")
    names = [f"{kind}:everyone=all" for kind in ("loss_day", "loss_month", "drawdown")]
    for middle, figures in (("1.10105", "0 980 1000"), ("1.10155", "500 1480 1500")):
        if middle == "1.10105":
            of.roll()
        mid(of, middle)
        assert [D(one) for one in figures.split()] == [lost(of, name) for name in names]
    of.roll(3)
    mid(of, "1.10165")
    assert [D(100), D(1580), D(1600)] == [lost(of, name) for name in names]


def test_a_month_begins_with_its_first_trade_date_and_a_drawdown_goes_on() -> None:
    of = losing(
        loss_month=[{**ALL, "maximum": "9999", "id": "M"}],
        drawdown=[{**ALL, "maximum": "9999", "id": "D"}],
    )
    mid(deal(of), "1.10105")
    of.roll(29)  # 30 May
    mid(of, "1.10205")
    assert (D(1980), D(2000)) == (lost(of, "M"), lost(of, "D"))
    of.roll(3)  # 2 June
    mid(of, "1.10215")
    assert (D(100), D(2100)) == (lost(of, "M"), lost(of, "D"))
    of.roll(365)  # 2 June of the next year is another month
    mid(of, "1.10225")
    assert (D(100), D(2200)) == (lost(of, "M"), lost(of, "D"))


def test_a_day_that_ends_in_silence_ends_at_the_last_middle_that_was_accepted() -> None:
    of = mid(deal(losing()), "1.10105")
    of.after(3_600_000).roll()
    of.state.gate.losses.marks.mids.clear()
    of.changed(desk="FX", limits={"tree": {"loss_day": [{**ALL, "maximum": "100"}]}})
    again(of)
    mid(of, "1.10105")
    assert lost(of, "loss_day:everyone=all") == D(0)


def test_a_drawdown_is_from_the_highest_result_there_was() -> None:
    of = deal(losing(drawdown=[{**ALL, "maximum": "600"}]))
    mid(of, "1.09905")  # 1,020 are won
    assert lost(of, "drawdown:everyone=all") == 0
    mid(of, "1.09964")
    assert ask(of) == ""
    mid(of, "1.09965")
    assert ask(of) == "DRAWDOWN"


def test_a_first_deal_that_loses_is_a_fall_from_nothing() -> None:
    of = taker.desk(limits={"tree": {"drawdown": [{**ALL, "maximum": "600"}]}})
    order = taker.placed(of, price=D("1.10050"))
    assert order is not None
    taker.trade(of, order, "X1", 1_000_000, "1.10025")
    assert lost(of, "drawdown:everyone=all") == D(200)


# --- what only brings a position back


def test_at_the_maximum_a_hedge_goes_on_and_nothing_else_does() -> None:
    of = taker_desk()
    (first,) = [one for row in of.history for one in row if isinstance(one, SendOrder)]
    mid(of, "1.10055")  # 5m at 47 pips: 2,350 are lost
    assert "LIMIT_REACHED" in alerts(of)
    assert [one.original_id for one in of.all(CancelOrder)] == [first.order_id]
    taker.report(of, first, OrderReport.CANCELED, "X1")
    hedge = of.one(SendOrder)
    assert (BUY, D(2_000_000)) == (hedge.side, hedge.amount)
    (check,) = [one for one in of.all(Decided)[-1].checks if one.kind == "LOSS_DAY"]
    assert (check.result, check.headroom) == ("ok", D(2000) - D(2350))
    assert ask(of, "sell") == ask(of, "buy") == "LOSS_DAY"  # no price to clients, either way


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"side": BUY, "amount": D(3_000_000)}, ""),
        ({"side": BUY, "amount": D(3_001_000)}, "LOSS_DAY"),  # 2m are in a hedge: beyond flat
        ({"side": SELL, "amount": D(1_000), "price": D("1.10100")}, "LOSS_DAY"),
    ],
)
def test_at_the_maximum_an_order_only_brings_a_position_back_and_not_beyond_flat(
    said: dict[str, Any], reason: str
) -> None:
    of = taker_desk()
    (first,) = [one for row in of.history for one in row if isinstance(one, SendOrder)]
    mid(of, "1.10055")
    taker.report(of, first, OrderReport.CANCELED, "X1")
    taker.placed(of, **said)
    assert reason == taker.refused(of)[0]


def test_a_row_that_stops_lets_no_hedge_through_and_takes_two_to_end() -> None:
    of = taker_desk(at_maximum="stop")
    (first,) = [one for row in of.history for one in row if isinstance(one, SendOrder)]
    mid(of, "1.10055")
    (stop,) = of.state.stops.values()
    assert (StopScope.ALL, "loss_day:everyone=all") == (stop.scope, stop.actor)
    taker.report(of, first, OrderReport.CANCELED, "X1")
    assert not of.all(SendOrder)
    of.step(KillSwitchReleased(actor="compliance", reason="looked"))
    assert not of.state.stops
    of.after(1_000).market("1.10050", "1.10060")
    assert [first] == of.history_of(SendOrder)  # still at its maximum
    assert ask(of) == "LOSS_DAY"


# --- what stops


@pytest.mark.parametrize(
    ("scope", "stopped"),
    [
        ({"strategy": "*"}, ["kill_switch strategy:two_way", "kill_switch strategy:hedge"]),
        ({"book": "FXSPOT"}, ["kill_switch book:FXSPOT"]),
        ({"everyone": "all"}, ["kill_switch"]),
    ],
)
def test_a_row_that_stops_pulls_the_kill_switch_of_its_scope(
    scope: dict[str, str], stopped: list[str]
) -> None:
    of = deal(losing(loss_day=[{**scope, "maximum": "980", "at_maximum": "stop"}]))
    mid(of, "1.10104")
    assert not of.state.stops
    mid(of, "1.10105")
    assert stopped == list(of.state.stops)
    assert ask(of) == "KILL_SWITCH"
    of.engine.state = restore(snapshot(of.state))
    assert ask(of) == "KILL_SWITCH"


@pytest.mark.parametrize("scope", [{"strategy": "two_way"}, {"trader": "li.ming"}])
def test_at_a_fifth_more_than_the_maximum_the_desk_is_stopped(scope: dict[str, str]) -> None:
    """C-28."""
    of = deal(losing(loss_day=[{**scope, "maximum": "900"}]))
    mid(of, "1.10114")  # 1,070 are lost
    assert ask(of) == "LOSS_DAY"
    assert not of.state.stops
    mid(of, "1.10115")
    (stop,) = of.state.stops.values()
    assert (stop.scope, stop.event) == (StopScope.DESK, of.state.stepped)
    assert ask(of) == "KILL_SWITCH"
    assert mid(of, "1.10125").state.stops == {stop.name: stop}


def test_the_example_of_the_documentation() -> None:
    of = deal(losing(loss_day=[{"desk": "FX", "maximum": "980"}]))
    told = [(D(970), "1.10104", ""), (D(980), "1.10105", "LOSS_DAY")]
    told += [(D(1175), "1.101245", "LOSS_DAY"), (D(1180), "1.10125", "KILL_SWITCH")]
    for loss, middle, reason in told:
        mid(of, middle)
        assert (loss, reason) == (lost(of, "loss_day:desk=FX"), ask(of))
