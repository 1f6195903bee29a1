"""`collar_over_time`: what deals within a time cost against the middle of the market.

EUR/USD is 1.10000/1.10010, middle 1.10005; lines are in USD. An order of 1m bought at the offer of
1.10010 costs 0.00005 x 1,000,000 = 50 USD, converted at the deal's own rate and back at the middle:
50 / 1.10010 x 1.10005 = 49.9977, a cent up 50.00.
"""

from __future__ import annotations

import random
from decimal import Decimal as D
from typing import Any

import pytest

from robot.invariants import check_state
from robot.messages.effects import AlertRaised, Decided, SendOrder
from robot.messages.orders import OrderReport, TimeInForce
from tests.kit import taker
from tests.kit.desk import Desk
from tests.kit.invariants import check_told
from tests.kit.limit_desk import ask, codes, deal, restored
from tests.kit.limit_desk import desk as maker

NAME = "collar_over_time:everyone=all"


def rows(maximum: str, within_s: int = 60, **row: Any) -> dict[str, Any]:
    row = row if "trader" in row or "counterparty" in row else {"everyone": "all", **row}
    return {"collar_over_time": [{**row, "maximum": maximum, "within_s": within_s}]}


def desk(maximum: str, within_s: int = 60, **row: Any) -> Desk:
    return taker.desk(limits={"tree": rows(maximum, within_s, **row)})


def buy(of: Desk, price: str = "1.10010", dealt: str = "", **said: Any) -> str:
    """A person buys a million at once; the reason why not."""
    order = taker.placed(of, price=D(price), time_in_force=TimeInForce.IOC, **said)
    if order is None:
        return taker.refused(of)[0]
    taker.trade(of, order, f"X{order.order_id}", 1_000_000, dealt or price)
    check_state(of.state)
    check_told(of.state, of.effects)
    return ""


def used(of: Desk, name: str = NAME) -> D:
    return D(of.state.gate.accounts[name].utilisation)


# an order with a limit of 1.10010 is held a tick worse, at 1.10011: 60 / 1.10005 x 1.10005 = 60.00


@pytest.mark.parametrize(("maximum", "reason"), [("110.00", ""), ("109.99", "COLLAR_OVER_TIME")])
def test_what_was_dealt_and_the_worst_of_what_is_wanted_may_be_equal_to_the_maximum(
    maximum: str, reason: str
) -> None:
    of = desk(maximum)
    assert buy(of) == "" and used(of) == D("50.00")
    assert buy(of) == reason
    assert used(of) == (D("100.00") if not reason else D("50.00"))


def test_a_burst_of_orders_is_held_in_its_worst_case_until_it_ends() -> None:
    of = desk("119.99")
    first = taker.placed(of, price=D("1.10010"))
    assert first is not None and taker.placed(of, price=D("1.10010")) is None
    assert taker.refused(of)[0] == "COLLAR_OVER_TIME"
    taker.report(of, first, OrderReport.CANCELED, "C1")
    assert taker.placed(of, price=D("1.10010")) is not None


def test_it_falls_away_when_its_time_is_over_also_over_a_restart() -> None:
    of = desk("60.00")
    assert buy(of) == ""
    restored(of).after(59_999).market()
    assert buy(of) == "COLLAR_OVER_TIME"
    of.after(1).market()
    assert used(of) == 0
    assert buy(of) == ""
    restored(of).restart()
    check_state(of.state)
    of.pass_time(60_000)
    assert used(of) == 0


def test_a_gain_takes_nothing_of_what_another_deal_has_cost() -> None:
    of = desk("1000")
    assert buy(of) == ""
    assert buy(of, dealt="1.09000") == ""
    assert used(of) == D("50.00")


def test_a_client_who_hits_after_the_market_has_moved_costs_as_much_and_then_nothing_is_open() -> (
    None
):
    of = maker(**rows("100"))
    quote = of.quoted(side="buy")  # we sell at 1.10007
    of.quoted(side="sell")
    of.after(100).market("1.10030", "1.10040")  # 0.00028 x 1m, at the rate of quoting
    of.hit(quote, "buy")
    assert used(of) == D("280.00")
    assert codes(of) == ["LIMIT_WARNING", "LIMIT_EXCEEDED"] and not of.state.quotes
    check_state(of.state)
    assert ask(of) == "COLLAR_OVER_TIME"
    of.after(60_000).market("1.10030", "1.10040")
    assert ask(of) == ""


def test_a_quote_on_the_right_side_of_the_middle_holds_nothing() -> None:
    of = maker(**rows("0"))
    assert ask(of, side=None) == ""
    deal(of)
    assert used(of) == 0
    assert ask(of) == ""


def test_one_over_stops_its_scope_where_the_row_says_so() -> None:
    of = desk("60", trader="*", at_maximum="stop")
    assert buy(of) == ""
    assert buy(of) == "COLLAR_OVER_TIME"
    assert list(of.state.stops) == ["kill_switch trader:wang.fang"]
    assert buy(of) == "KILL_SWITCH" and buy(of, actor="zhou") == ""
    of = maker(**rows("100", counterparty="*", at_maximum="stop"))
    quote = of.quoted(side="buy")
    of.after(100).market("1.10030", "1.10040")
    of.hit(quote, "buy")
    assert list(of.state.stops) == ["kill_switch counterparty:BANKA"]
    assert ask(of) == "KILL_SWITCH" and ask(of, who="BANKB") == ""


def test_a_deal_that_comes_when_there_is_no_market_costs_what_was_held_for_it() -> None:
    of = desk("1000")
    order = taker.placed(of, price=D("1.10010"), time_in_force=TimeInForce.IOC)
    assert order is not None
    of.after(5_000)  # the market is stale
    taker.trade(of, order, "X1", 400_000, "1.10010", ended=False)
    assert used(of) == D("60.00")
    taker.trade(of, order, "X2", 600_000, "1.10010")
    check_state(of.state)
    assert used(of) >= D("60.00")


def test_a_warning_comes_before() -> None:
    of = desk("120", warn=["0.5"])
    taker.placed(of, price=D("1.10010"))
    assert [one.code for one in of.all(AlertRaised)] == ["LIMIT_WARNING"]


def test_rows_of_different_times_each_count_their_own_and_nothing_is_lost() -> None:
    """Against a count of its own over a random day."""
    tree = {
        "collar_over_time": [
            {"everyone": "all", "maximum": "100000", "within_s": 60},
            {"trader": "*", "maximum": "100000", "within_s": 7},
        ]
    }
    of = taker.desk(hedge={"band": "900000000"}, limits={"tree": tree})
    chance, dealt = random.Random(3), list[tuple[int, D, str]]()
    for number in range(45):
        of.pass_time(chance.choice((1, 500, 3_000, 20_000)))
        of.market()
        if number % 9 == 0:
            restored(of)
        price = chance.choice(("1.10010", "1.10005", "1.10002"))
        who, before = chance.choice(("li", "wu")), used(of) if dealt else D(0)
        assert buy(of, dealt=price, actor=who) == ""
        dealt.append((of.at_ns, used(of) - before, who))
        for name, within_s, whose in (
            (NAME, 60, ("li", "wu")),
            (f"collar_over_time:trader={who}", 7, (who,)),
        ):
            since = of.at_ns - within_s * 10**9
            wanted = sum(cost for at, cost, name_ in dealt if at > since and name_ in whose)
            account = of.state.gate.accounts.get(name)
            assert (account.utilisation if account else 0) == wanted
    assert {cost for _, cost, _ in dealt} == {D("50.00"), D(0)}
    of.pass_time(60_000)
    assert used(of) == 0 and not of.state.gate.book.windows.spent


def test_the_hedge_that_costs_too_much_is_not_sent_again_and_again() -> None:
    of = taker.short(desk("60"))
    assert not of.history_of(SendOrder), "2m two basis points away would cost 460"
    of.after(2_000).market()
    reasons = {one.reason for one in of.history_of(Decided) if one.kind == "ORDER"}
    assert reasons == {"COLLAR_OVER_TIME"}
