"""Restarts and clocks that jump, in the midst of a day: what is held, used, counted and decided
outlives them (`middle.py` says what there is).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal as D

import pytest

from robot.assembly import load_strategy
from robot.basics.ids import LimitId
from robot.clock import SystemClock
from robot.core.engine import Engine
from robot.core.state import restore, snapshot, state_hash
from robot.invariants import check_state
from robot.messages.effects import AlertRaised, ConcludeDeal, Decided
from robot.messages.governing import OverrideGranted
from tests.abuse.middle import (
    HOUR_MS,
    MILLION,
    PROBES,
    TREE,
    UNTIL_MS,
    agreed,
    copy,
    desk,
    held,
    in_the_midst,
    more_quotes,
    overridden,
    used,
)
from tests.abuse.ways import TAKERS, in_force
from tests.kit import taker
from tests.kit.desk import Desk

MS = 1_000_000
NIGHT_MS = 15 * HOUR_MS
"""From half past nine over midnight."""


def restored(of: Desk) -> None:
    of.engine = Engine(load_strategy, restore(snapshot(of.state)))


def replayed(of: Desk) -> None:
    """From the first event of the journal."""
    again = Engine(load_strategy)
    for stamped in of.stepped:
        again.step(stamped)
    of.engine = again


def snapshot_and_tail(of: Desk) -> None:
    """From the auditor's snapshot of some moment before, and the rest of the journal."""
    again = Engine(load_strategy)
    for number, stamped in enumerate(of.stepped):
        if number == len(of.stepped) - 5:
            again = Engine(load_strategy, restore(snapshot(again.state)))
        again.step(stamped)
    of.engine = again


@pytest.mark.parametrize("again", [restored, replayed, snapshot_and_tail])
def test_a_state_that_is_made_again_is_the_same_and_refuses_the_same(
    again: Callable[[Desk], None],
) -> None:
    of = in_the_midst()
    before = state_hash(of.state)
    again(of)
    assert state_hash(of.state) == before
    for name, (probe, wanted) in PROBES.items():
        assert probe(copy(of)) == wanted, name


def test_a_start_in_the_midst_loses_quotes_and_nothing_else() -> None:
    of = in_the_midst()
    assert len(held(of)) == 2
    kept = used(of), held(of), dict(of.state.stops), overridden(of), [*of.state.coming_changes]
    of.restart()
    of.log_on("ALPHA", trades=0)
    of.state.venues["ALPHA"].reconciled = True
    of.open_dealing("ALPHA")
    of.market()
    now = used(of), held(of), dict(of.state.stops), overridden(of), [*of.state.coming_changes]
    assert now == kept
    assert not of.state.quotes and {*of.state.gate.reservations} == {*of.state.orders}
    check_state(of.state)
    changed = {
        "alike orders": "ORDER_UNKNOWN",
        "orders out": "ORDER_UNKNOWN",
        "override": "3 and QUOTES_OUTSTANDING",
    }
    for name, (probe, wanted) in PROBES.items():
        assert probe(copy(of)) == changed.get(name, wanted), name
    _venue_says_that_they_work(of)
    for name in ("alike orders", "orders out"):
        probe, wanted = PROBES[name]
        assert probe(copy(of)) == wanted, name


def _venue_says_that_they_work(of: Desk) -> None:
    for order in [order for order in of.state.orders.values() if order.venue == "ALPHA"]:
        taker.report(
            of, order, taker.OrderReport.STATUS, f"S{order.order_id}", order_id=order.current_id
        )


def test_an_override_outlives_starts_and_ends_at_its_moment() -> None:
    of = in_the_midst()
    for milliseconds, count in ((UNTIL_MS - 1, "3 and"), (1, "1 and")):
        of.restart()
        of.log_on("ALPHA", trades=0)
        of.state.venues["ALPHA"].reconciled = True
        of.open_dealing("ALPHA")
        of.pass_time(milliseconds)
        of.market()
        assert more_quotes(copy(of)) == f"{count} QUOTES_OUTSTANDING"
    assert not of.state.overrides


@pytest.mark.parametrize("maximum", [D(0), D(1)])
def test_an_override_that_lowers_a_limit_holds_where_nothing_was_counted_before(
    maximum: D,
) -> None:
    """Before the first deal, after a start, and after other limits came."""
    of = desk()
    until_ns = of.at_ns + HOUR_MS * MS
    granted = OverrideGranted(
        agreed=agreed(9),
        limit_id=LimitId("daily_volume:strategy=two_way"),
        maximum=maximum,
        until_ns=until_ns,
    )
    of.step(granted)
    for again in (lambda: None, lambda: restored(of), lambda: in_force(of, tree=TREE)):
        again()
        of.market()
        of.rfq(1_000, client="BANKC", side="buy")
        assert of.one(Decided).reason == "DAILY_VOLUME"


class Clocked:
    """A desk on a machine whose clock is set by somebody."""

    def __init__(self) -> None:
        self.desk = in_the_midst()
        self.machine_ns = self.steady_ns = self.desk.at_ns
        self.clock = SystemClock(lambda: self.machine_ns, lambda: self.steady_ns)
        self.clock.now_ns()

    def pass_time(self, milliseconds: int, *, jump_ms: int = 0) -> Desk:
        """So much passes; the clock says so much more or less."""
        self.steady_ns += milliseconds * MS
        self.machine_ns += (milliseconds + jump_ms) * MS
        self.desk.at_ns = self.clock.now_ns()
        self.desk.pass_time(0)
        check_state(self.desk.state)
        return self.desk


OF_QUOTES = {"override"}
"""It is of quotes, which end sooner or later."""


@pytest.mark.parametrize("jump_ms", [-HOUR_MS, -NIGHT_MS, HOUR_MS // 2, HOUR_MS + HOUR_MS // 2])
def test_a_jump_of_the_clock_frees_nothing_but_quotes_and_counts_go_on(jump_ms: int) -> None:
    of = Clocked()
    before = used(of.desk), held(of.desk), dict(of.desk.state.stops)
    quote = next(iter(of.desk.state.quotes))
    desk = of.pass_time(10, jump_ms=jump_ms)
    assert (used(desk), held(desk), dict(desk.state.stops)) == before
    assert bool(desk.state.quotes) is (jump_ms < 0)
    of.pass_time(20_000)
    desk.market()
    for name, (probe, wanted) in PROBES.items():
        if name not in OF_QUOTES:
            assert probe(copy(desk)) == wanted, name
    of.pass_time(45_000)  # at half the speed after a step back: their time is over
    assert not desk.state.quotes
    assert {*desk.state.gate.reservations} == {*desk.state.orders}
    desk.hit(quote, "buy", client="BANKC")
    assert len(desk.history_of(ConcludeDeal)) == 2
    assert overridden(desk) is (jump_ms < HOUR_MS)


def test_after_a_step_back_an_override_lives_no_longer_than_twice_its_time() -> None:
    of = Clocked()
    of.pass_time(10, jump_ms=-2 * HOUR_MS)
    for _ in range(3):
        assert overridden(of.pass_time(HOUR_MS // 2))
    assert not overridden(of.pass_time(HOUR_MS // 2 + 1_000))


@pytest.mark.parametrize("jump_ms", [0, NIGHT_MS])
def test_midnight_by_the_clock_begins_no_new_day(jump_ms: int) -> None:
    of = Clocked()
    desk = of.pass_time(NIGHT_MS - jump_ms, jump_ms=jump_ms)
    desk.market()
    assert PROBES["volume"][0](copy(desk)) == "DAILY_VOLUME"
    assert PROBES["settlement"][0](copy(desk)) == "SETTLEMENT"
    assert PROBES["orders out"][0](copy(desk)) == "ORDERS_OUTSTANDING"
    assert PROBES["stop of a pair"][0](copy(desk)) == "KILL_SWITCH"
    assert not overridden(desk)


def test_a_day_roll_begins_the_volume_anew_and_keeps_all_else() -> None:
    of = Clocked()
    before = used(of.desk), held(of.desk), dict(of.desk.state.stops)
    desk = of.pass_time(10, jump_ms=HOUR_MS // 2)
    desk.roll()
    check_state(desk.state)
    assert not desk.state.quotes
    gone = "daily_volume:strategy=two_way"
    assert used(desk) == {name: value for name, value in before[0].items() if name != gone}
    assert dict(desk.state.stops) == before[2]
    kept = {name: desk.state.orders[name] for name in held(desk)}
    assert {*kept} == {*before[1]}, "until the venue has said that they ended"
    assert all(order.unwanted for order in kept.values())
    desk.market()
    assert PROBES["volume"][0](copy(desk)) == "", "of this day"


def test_a_change_of_tomorrow_comes_by_a_jump_of_a_day_and_once() -> None:
    of = Clocked()
    desk = of.pass_time(10, jump_ms=24 * HOUR_MS)
    assert not desk.state.coming_changes
    assert [one.code for one in desk.all(AlertRaised)].count("REFERENCE_CHANGED") == 1
    desk.market()
    desk.rfq(client="BANKB")
    assert desk.one(Decided).reason == "DEAL_SIZE"
    of.pass_time(10, jump_ms=-24 * HOUR_MS)
    desk.market()
    desk.rfq(client="BANKB")
    assert desk.one(Decided).reason == "DEAL_SIZE"


@pytest.mark.parametrize("hours", [1, 24 * 365])
def test_after_a_jump_of_the_clock_old_prices_are_not_dealt_on(hours: int) -> None:
    of = Desk(venues=[TAKERS]).open()
    of.market()
    quote = of.quoted(side="buy")
    of.after(hours * HOUR_MS)
    of.hit(quote, "buy")
    assert not of.history_of(ConcludeDeal)
    of.rfq()
    assert of.one(Decided).reason == "STALE_MARKET"
    assert not of.state.gate.reservations
    check_state(of.state)


def test_a_limit_that_was_cut_stays_cut_over_a_restart() -> None:
    """The file may say otherwise: what a start puts in force was looked at by `at_start`."""
    of = in_the_midst()
    row = {"counterparty": "*", "currencies": ["EUR"], "maximum": "400000"}
    in_force(of, tree={"net_open_position": [row]})
    assert "LIMIT_BREACHED" in [one.code for one in of.all(AlertRaised)]
    restored(of)
    of.market()
    of.rfq(MILLION, side="buy")
    assert of.one(Decided).reason == "NET_OPEN_POSITION"
    of.rfq(500_000, side="sell")
    assert of.one(Decided).reason == "", "what reduces passes"
    check_state(of.state)
