"""What people and machines do to limits that they should not: nothing gets past or is lost."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.core.state import restore, snapshot
from robot.invariants import check_state
from robot.messages.effects import ConcludeDeal, Decided, LimitsMoved, SendOrder, SendQuote
from tests.kit import taker
from tests.kit.desk import Desk
from tests.kit.invariants import check_within

MILLION = 1_000_000
CAPS: dict[str, dict[str, Any]] = {
    "deal_size": {"everyone": "all"},
    "order_value": {"everyone": "all"},
    "settlement": {"counterparty": "*"},
    "daily_volume": {"strategy": "*"},
    "net_open_position": {"desk": "FX", "currencies": ["EUR"]},
    "counterparty_line": {"tier": "gold"},
}
"""Every kind that five millions could be too much for; the line counts a fiftieth."""


def desk(*, priced: bool = True, **tree: Any) -> Desk:
    of = Desk(desk="FX", limits={"tree": tree}).open()
    if priced:
        of.market()
    return of


def sound(of: Desk) -> None:
    """No limit is passed, and every figure is what deals and quotes come to."""
    check_state(of.state)
    check_within(of.state)


def cap(kind: str) -> dict[str, Any]:
    """A million, in the unit of the kind."""
    return {**CAPS[kind], "maximum": "22001" if kind == "counterparty_line" else "1100050"}


@pytest.mark.parametrize("kind", CAPS)
@pytest.mark.parametrize("priced", [True, False])
def test_five_millions_do_not_pass_a_cap_of_one_before_or_after_the_first_price(
    kind: str, priced: bool
) -> None:
    of = desk(priced=priced, **{kind: [cap(kind)]})
    of.rfq(5 * MILLION, side="buy")
    assert not of.history_of(SendQuote)
    assert of.one(Decided).reason == (kind.upper() if priced else "NO_MARKET")
    of.market()
    of.rfq(5 * MILLION, side="buy")
    assert not of.history_of(SendQuote)
    assert not of.state.gate.reservations
    of.rfq(MILLION, side="buy")
    assert of.all(SendQuote)
    sound(of)


@pytest.mark.parametrize("kind", ["settlement", "daily_volume", "net_open_position"])
def test_of_five_clips_in_one_burst_as_many_pass_as_fit(kind: str) -> None:
    of = desk(**{kind: [cap(kind)]})
    for _ in range(5):
        of.rfq(900_000, side="buy")
        sound(of)
    assert len(of.history_of(SendQuote)) == 1


def test_a_two_way_quote_is_dealt_on_one_side_only() -> None:
    of = desk(net_open_position=[cap("net_open_position")])
    quote = of.quoted()
    of.hit(quote, "buy")
    of.hit(quote, "sell")
    assert len(of.history_of(ConcludeDeal)) == 1
    assert of.state.gate.accounts["net_open_position:desk=FX:EUR"].utilisation == -MILLION
    sound(of)


@pytest.mark.parametrize(
    ("position", "reducing", "growing"), [("buy", "sell", "buy"), ("sell", "buy", "sell")]
)
def test_over_a_limit_only_what_reduces_passes_and_no_mix_of_quotes_turns_the_position(
    position: str, reducing: str, growing: str
) -> None:
    of = desk(net_open_position=[{"desk": "FX", "currencies": ["EUR"], "maximum": "2000000"}])
    of.hit(of.quoted(2 * MILLION, side=position), position, 2 * MILLION)
    account = of.state.gate.accounts["net_open_position:desk=FX:EUR"]
    account.maximum = D(MILLION)
    account.note_excess()
    for side, amount, passes in (
        (growing, 1, False),
        (None, 1, False),
        (reducing, 2 * MILLION + 1, False),
        (reducing, 1_500_000, True),
        (reducing, 500_001, False),
        (reducing, 500_000, True),
        (reducing, 1, False),
    ):
        of.rfq(amount, side=side)
        assert bool(of.all(SendQuote)) is passes, (side, amount)
        check_state(of.state)


def test_a_thousand_requests_in_one_turn_never_pass_a_limit() -> None:
    of = Desk(
        desk="FX",
        limits={
            "messages_per_second": 10_000,
            "quotes_outstanding": 1_000,
            "quotes_outstanding_per_counterparty": 1_000,
            "tree": {"net_open_position": [{**CAPS["net_open_position"], "maximum": "50000000"}]},
        },
    ).open()
    of.market()
    for _ in range(1_000):
        of.rfq(MILLION)
    sound(of)
    assert len(of.history_of(SendQuote)) == 50
    assert {one.reason for one in of.history_of(Decided)} == {"", "NET_OPEN_POSITION"}


@pytest.mark.parametrize(
    "where",
    [
        "robot.limits.book.TreeBook.uses",
        "robot.limits.tree.LimitTree.applied",
        "robot.limits.gate.judge_alone",
        "robot.limits.gate.measures_quoted",
    ],
)
def test_a_check_that_raises_is_a_refusal(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("broken")

    of = desk(settlement=[cap("settlement")])
    monkeypatch.setattr(where, fail)
    of.rfq()
    assert of.one(Decided).reason == "CHECK_FAILED"
    assert not of.all(SendQuote) and not of.state.gate.reservations


def test_whom_and_what_nobody_knows_is_refused() -> None:
    of = desk()
    of.rfq(client="NOBODY")
    assert of.one(Decided).reason == "UNKNOWN_COUNTERPARTY"
    of.market("1.38000", "1.38010", pair="USD/CAD")
    of.market("0.85000", "0.85010", pair="EUR/GBP")
    of.rfq(pair="XAU/USD")
    assert of.one(Decided).reason == "UNKNOWN_PAIR"


def test_a_currency_that_nothing_converts_is_refused() -> None:
    of = Desk(limits={"line_currency": "CHF"}).open()
    of.market()
    of.rfq()
    assert of.one(Decided).reason == "NO_CONVERSION_RATE"
    assert not of.state.gate.reservations


@pytest.mark.parametrize("hours", [1, 24 * 365])
def test_after_a_jump_of_the_clock_old_prices_are_not_dealt_on(hours: int) -> None:
    of = desk(settlement=[cap("settlement")])
    quote = of.quoted(side="buy")
    of.after(hours * 3_600_000)
    of.hit(quote, "buy")
    assert not of.history_of(ConcludeDeal)
    of.rfq()
    assert not of.all(SendQuote)
    assert not of.state.gate.reservations
    sound(of)


def test_what_is_held_and_used_survives_a_restart_in_the_middle() -> None:
    of = desk(daily_volume=[{"strategy": "*", "maximum": "2200100"}])
    of.hit(of.quoted(side="buy"), "buy")
    of.rfq(side="buy")
    before = dict(of.state.gate.accounts)
    of.engine.state = restore(snapshot(of.state))
    assert of.state.gate.accounts == before
    of.rfq(side="buy")
    assert of.one(Decided).reason == "DAILY_VOLUME"
    sound(of)


def test_a_hit_that_meets_the_kill_switch_deals_nothing_and_holds_nothing() -> None:
    of = desk(settlement=[cap("settlement")])
    quote = of.quoted(side="buy")
    of.kill()
    of.hit(quote, "buy")
    assert not of.history_of(ConcludeDeal)
    assert not of.state.gate.reservations
    account = of.state.gate.accounts["settlement:counterparty=BANKA:2014-05-05"]
    assert (account.utilisation, account.reserved_up) == (0, 0)
    sound(of)


@pytest.mark.parametrize(
    ("kind", "row", "refused"),
    [
        ("clip", {"everyone": "all", "maximum": "1999999"}, "CLIP"),
        ("order_value", {"trader": "*", "maximum": "1"}, ""),  # no person's order: nobody's row
        ("order_value", {"counterparty": "BANKB", "maximum": "2200000"}, "ORDER_VALUE"),
        ("orders_outstanding", {"venue": "ALPHA", "maximum": "0"}, "ORDERS_OUTSTANDING"),
        ("settlement", {"counterparty": "BANKB", "maximum": "2200000"}, "SETTLEMENT"),
    ],
)
def test_an_order_of_the_robot_meets_the_same_rows(
    kind: str, row: dict[str, Any], refused: str
) -> None:
    of = taker.short(taker.desk(limits={"tree": {kind: [row]}}))
    orders = [one for one in of.history_of(Decided) if one.kind == "ORDER"]
    assert [one.reason for one in orders][:1] == [refused]
    assert bool(of.history_of(SendOrder)) is not bool(refused)
    check_state(of.state)


def test_the_reservations_that_are_told_are_those_that_were_made() -> None:
    of = desk(settlement=[cap("settlement")])
    of.quoted(side="buy")
    moved = of.one(LimitsMoved)
    assert "settlement:counterparty=BANKA:2014-05-05" in {one.limit_id for one in moved.moves}


def test_the_same_order_again_within_its_time_is_one_too_many() -> None:
    row = {"trader": "*", "maximum": "1", "within_s": 5}
    of = taker.desk(limits={"tree": {"duplicate": [row]}})
    taker.working(of)
    of.after(4_999)
    of.market()
    assert taker.placed(of) is None
    assert of.one(Decided).reason == "DUPLICATE"
    of.after(2)
    of.market()
    assert taker.placed(of) is not None
