"""What the market did after our deals, and what a strategy's own deals brought."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.core.rule_facts import MAKERS
from robot.core.rule_state import DAY, HOUR, Markouts
from robot.core.rule_view import View
from robot.core.state import Context, restore, snapshot
from robot.deals.product import ProductKind
from robot.messages.effects import SendOrder
from robot.messages.orders import OrderReport
from robot.rules.types import divided
from tests.kit.desk import Desk
from tests.kit.examples import few
from tests.kit.ruled import RulesDesk, book
from tests.kit.taker import report, trade
from tests.unit.robot.test_core_initiative import ANSWERS, LIMITS, VENUES

NAMES_BOTH = book(
    "sour: markout < -2 pip or markout[1 h, 10 s] < -3 pip then pass 'moved against us'".replace(
        "'", '"'
    ),
    "all: always then quote margin 0.5 pip",
)


def fact(desk: Desk, name: str, *said: str, client: str = "BANKA") -> Any:
    class Asking:
        counterparty = client

    context = Context(desk.state, desk.engine._means, desk.at_ns)
    view = View(context, ProductKind.SPOT, "EUR/USD", 0.5, Asking())  # type: ignore[arg-type]
    return MAKERS[name](*said)(view)


def moved(desk: Desk, seconds: int, bid: str, offer: str) -> None:
    """The market moves at last a moment before so many seconds have passed, then time does."""
    desk.after(seconds * 1_000 - 10).market(bid, offer)
    desk.pass_time(10)


def test_the_market_is_looked_at_when_a_deal_is_ten_seconds_and_a_minute_old() -> None:
    desk = RulesDesk(NAMES_BOTH).ready()
    desk.hit(desk.quoted(), "buy")  # we sold at a middle of 1.10005
    assert fact(desk, "markout", "", "") is None
    moved(desk, 10, "1.10010", "1.10020")
    assert fact(desk, "markout", "", "10 s") == -100_000
    assert fact(desk, "markout", "", "") is None
    moved(desk, 50, "1.09985", "1.09995")
    assert fact(desk, "markout", "1 h", "1 min") == 150_000
    assert fact(desk, "markout", "", "", client="BANKC") is None
    assert desk.state.rules.looks_back == {}


def test_a_client_after_whom_the_market_moves_against_us_gets_no_price() -> None:
    desk = RulesDesk(NAMES_BOTH).ready()
    for _ in range(2):
        desk.hit(desk.quoted(), "buy")
    moved(desk, 10, "1.10040", "1.10050")
    desk.rfq()
    assert desk.decided.detail == "moved against us"
    desk.rfq(client="BANKC")
    assert desk.decided.outcome == "QUOTED"


def test_without_a_market_then_nothing_is_made_up() -> None:
    desk = RulesDesk(NAMES_BOTH).ready()
    desk.hit(desk.quoted(), "buy")
    desk.pass_time(61_000)
    assert fact(desk, "markout", "", "10 s") is None and not desk.state.rules.markouts
    assert not desk.state.rules.looks_back


def test_what_is_due_outlives_a_snapshot_and_a_restart() -> None:
    desk = RulesDesk(NAMES_BOTH).ready()
    desk.hit(desk.quoted(), "buy")
    desk.engine.state = restore(snapshot(desk.state))
    moved(desk, 10, "1.10010", "1.10020")
    assert fact(desk, "markout", "", "10 s") == -100_000
    desk.restart()
    moved(desk, 50, "1.10020", "1.10030")
    assert fact(desk, "markout", "", "") == -200_000


def test_no_book_that_asks_no_look_and_of_too_many_deals_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = RulesDesk(ANSWERS).ready()
    desk.hit(desk.quoted(), "buy")
    assert not desk.state.rules.looks_back
    monkeypatch.setattr("robot.core.markouts.LOOKS_BACK_MAX", 1)
    busy = RulesDesk(NAMES_BOTH).ready()
    busy.hit(busy.quoted(), "buy")
    busy.hit(busy.quoted(), "buy")
    assert len(busy.state.rules.looks_back) == 2, "both horizons of the first deal"


@few(60)
@given(
    notes=st.lists(st.tuples(st.integers(0, 90), st.integers(-(10**6), 10**6)), max_size=60),
    later=st.integers(0, 200),
)
def test_a_mean_is_that_of_the_deals_in_the_window(
    notes: list[tuple[int, int]], later: int
) -> None:
    found, minute, known = Markouts(), 1_000, list[tuple[int, int]]()
    assert found.mean(DAY, minute) is None
    for wait, move in notes:
        minute += wait * 20
        found.note(minute, move)
        known.append((minute, move))
        for window in (HOUR, DAY):
            moves = [one for at, one in known if at > minute + later - window]
            wanted = divided(sum(moves), len(moves)) if moves else None
            assert found.mean(window, minute + later) == wanted
    assert len(found.at) <= DAY + HOUR + 2


def test_a_strategys_result_is_that_of_its_own_deals() -> None:
    clock = 'book "flat"\nfor spot in EUR/USD\nevery 1 min'
    text = book(
        "cover: position < -1 mio then buy 1 mio at 1.10015 or better",
        otherwise='pass "nothing"',
        head=clock,
    )
    desk = RulesDesk(ANSWERS, text, venues=VENUES, limits=LIMITS).ready()
    today = "strategy result today"
    assert fact(desk, today) == 0
    desk.hit(desk.quoted(2_000_000), "buy", 2_000_000)  # sold at 1.1001, the middle is 1.10005
    assert fact(desk, today) == 100_00
    order = desk.one(SendOrder)
    trade(desk, order, "X1", 1_000_000, "1.10010")  # bought at 0.5 pip over it
    assert fact(desk, today) == 50_00
    assert fact(desk, "desk result today") == 50_00
    report(desk, order, OrderReport.BUSTED, "X2", reference_exec_id="X1")
    assert fact(desk, today) == 100_00
    desk.roll()
    desk.market()
    assert fact(desk, today) == 0 and fact(desk, "strategy result this month") == 100_00
    assert not [name for name in desk.state.rules.dealers if "D" not in name]
    desk.roll()
    desk.roll()
    assert desk.state.rules.dealers == {}


def test_a_hedge_is_not_the_strategys() -> None:
    hedges = [{"pair": "EUR/USD", "band": "1000000", "clip": "1000000", "slippage_bp": "2"}]
    desk = RulesDesk(ANSWERS, venues=VENUES, limits=LIMITS, hedges=hedges).ready()
    desk.hit(desk.quoted(2_000_000), "buy", 2_000_000)
    order = desk.one(SendOrder)
    trade(desk, order, "X1", 1_000_000, "1.10010")
    assert fact(desk, "strategy result today") == 100_00
    assert fact(desk, "desk result today") == 50_00
    assert set(desk.state.rules.by_strategy) == {"book|EUR/USD", "hedge|EUR/USD"}
