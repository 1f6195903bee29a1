"""Rows of `message_rate`: at most so many messages of a scope within so many seconds."""

from __future__ import annotations

import random
from decimal import Decimal as D
from typing import Any

import pytest

from robot.limits.rates import figures
from robot.limits.windows import Rate
from robot.messages.effects import CancelOrder, Decided, SendAsk, SendOrder, WithdrawQuote
from tests.kit import taker
from tests.kit.asks import Asking
from tests.kit.desk import Desk
from tests.kit.limit_desk import ask, codes, desk, restored


def rate(maximum: int = 2, within_s: int = 10, **scope: Any) -> list[dict[str, Any]]:
    scope = scope or {"everyone": "all"}
    return [{**scope, "maximum": str(maximum), "within_s": within_s}]


def test_so_many_pass_and_one_more_does_not_until_the_first_is_out_of_its_time() -> None:
    of = desk(message_rate=rate())
    assert [ask(of), ask(of)] == ["", ""]
    assert ask(of) == "MESSAGE_RATE"
    refused = of.one(Decided)
    assert refused.detail == (
        "message_rate:everyone=all: 2 messages within 10 s already, at most 2"
    )
    last = refused.checks[-1]
    assert (last.limit_id, last.used, last.headroom) == ("message_rate:everyone=all", 2, -1)
    of.after(9_999).market()
    assert ask(of) == "MESSAGE_RATE"
    of.after(101).market()
    assert ask(of) == "", "a hundredth of its time later at the latest"


@pytest.mark.parametrize(
    ("scope", "same", "other"),
    [
        ({"counterparty": "*"}, "BANKA", "BANKB"),
        ({"group": "G1"}, "BANKB", "BANKC"),
        ({"group": "*"}, "BANKB", "BANKC"),
        ({"venue": "*"}, "BANKB", ""),
        ({"strategy": "two_way"}, "BANKB", ""),
        ({"country": "CN", "pairs": ["EUR/USD"]}, "BANKB", ""),
        ({"everyone": "all", "products": ["SWAP"]}, "", "BANKB"),
    ],
)
def test_each_scope_counts_what_it_is_about(scope: dict[str, Any], same: str, other: str) -> None:
    of = desk(message_rate=rate(1, **scope))
    assert ask(of) == ""
    if same:
        assert ask(of, who=same) == "MESSAGE_RATE"
    if other:
        assert ask(of, who=other) == ""


def test_a_thousand_requests_in_a_burst_get_no_more_than_that() -> None:
    of = Desk(limits={"messages_per_second": 10_000, "tree": {"message_rate": rate(7)}}).open()
    of.market()
    reasons = [ask(of, 1_000) for _ in range(1_000)]
    assert reasons == [""] * 7 + ["MESSAGE_RATE"] * 993


def test_what_was_counted_outlives_a_restart_and_a_day() -> None:
    of = desk(message_rate=rate(1, within_s=86_400))
    assert ask(of) == ""
    restored(of).restart()
    of.log_on(), of.open_dealing(), of.roll(), of.market()
    assert ask(of) == "MESSAGE_RATE"
    shown = {one.limit_id: one for one in figures(of.state.gate, of.at_ns)}
    assert shown["message_rate:everyone=all"].utilisation == D(1)
    shown = {one.limit_id: one for one in figures(of.state.gate, of.at_ns + 10**15)}
    assert shown["message_rate:everyone=all"].utilisation == D(0)


def test_a_stream_that_may_not_be_replaced_is_pulled() -> None:
    of = desk(message_rate=rate(1))
    of.rfq(stream_s=30)
    assert of.state.quotes
    of.after(100).market("1.10020", "1.10030")
    assert [one.reason for one in of.all(WithdrawQuote)] == ["MESSAGE_RATE"]


def test_orders_and_their_changes_count_and_cancels_pass() -> None:
    of = taker.desk(limits={"tree": {"message_rate": rate(2, trader="*")}})
    order = taker.working(of)
    assert taker.changed(of, order, amount=D(2_000_000)) is not None
    assert taker.placed(of) is None
    assert taker.refused(of)[0] == "MESSAGE_RATE"
    assert ask(of) == "", "a quote is no trader's"
    of.kill()
    assert of.state.orders[order.order_id].unwanted
    other = taker.desk(limits={"tree": {"message_rate": rate(1, trader="*")}})
    order = taker.working(other)
    taker.canceled(other, order.order_id)
    assert other.all(CancelOrder)


def test_requests_for_prices_count_each_maker() -> None:
    of = Asking(limits={"tree": {"message_rate": rate(2, everyone="all")}})
    of.ask()
    sent = of.desk.all(SendAsk)
    assert len(sent) == 2
    told = next(iter(of.desk.state.asks.values()))
    assert next(one.detail for one in told.makers if one.closed).startswith("MESSAGE_RATE")


def test_one_too_many_stops_its_scope_where_the_row_says_so() -> None:
    rows = [{**rate(1, counterparty="*")[0], "at_maximum": "stop"}]
    of = desk(message_rate=rows)
    assert [ask(of), ask(of)] == ["", "MESSAGE_RATE"]
    assert codes(of) == ["LIMIT_REFUSED", "KILL_FLAT", "LIMIT_STOPPED"]
    assert list(of.state.stops) == ["kill_switch counterparty:BANKA"]
    assert not of.all(SendOrder) and not of.state.quotes


def test_never_more_in_any_window_and_never_held_back_for_longer_than_a_hundredth_more() -> None:
    chance, width = random.Random(7), 10_000_000
    window, most = 100 * width, 5
    counted, let = Rate(D(most), width), list[int]()
    at_ns = 10**18
    for _ in range(5_000):
        at_ns += chance.choice((0, 1, width, width - 1, window // 4, window))
        count = counted.forget(width, at_ns)
        inside = sum(one > at_ns - window for one in let)
        late = sum(one > at_ns - window - width for one in let)
        assert inside <= count <= late
        if count < most:
            counted.add(at_ns)
            let.append(at_ns)
    assert len(counted.parts) <= 101
