"""Results as they are told: at the last prices where nobody quotes, and never a silent zero."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

from robot.core.state import restore, snapshot
from robot.messages.basis import PnlBasis
from robot.messages.effects import DayClosed, DealBooked
from robot.messages.events import SessionKind
from tests.kit.desk import Desk
from tests.kit.products import curve_quote, desk_of_all_products

JUNE_5 = date(2014, 6, 5)


def forward_sold(desk: Desk | None = None) -> Desk:
    """A million EUR sold to the 5th of June, a pip over the middle, 100 USD."""
    of = desk if desk is not None else desk_of_all_products()
    of.hit(of.quoted(product="FORWARD", tenor="1M"), "buy", price="1.09964", value_date=JUNE_5)
    return of


def lose_prices(desk: Desk) -> None:
    for venue in desk.reference.venues:
        desk.log_out(venue.id, SessionKind.MARKET_DATA)


def forget_points(desk: Desk) -> None:
    """As if nobody had ever quoted any, as of a state from before they were kept."""
    desk.engine.state.curves.restart()
    desk.engine.state.curves.gone.clear()


def booked(desk: Desk) -> DealBooked:
    return desk.one(DealBooked)


def test_a_deal_at_the_market_of_the_moment_says_nothing_of_ages() -> None:
    desk = forward_sold()
    assert ({"EUR/USD": "100.00"}, {}) == (booked(desk).pnl, booked(desk).pnl_basis)


def test_a_forward_keeps_its_last_points_when_the_day_ends_after_a_lost_session() -> None:
    desk = forward_sold()
    lose_prices(desk)
    desk.after(90_000).roll()
    closed = desk.one(DayClosed)
    assert {"EUR/USD": "100.00"} == closed.pnl, "without the points it would be 410 USD less"
    basis = closed.pnl_basis["EUR/USD"]
    assert (90_000, 90_000, "") == (basis.mid_age_ms, basis.points_age_ms, basis.told)


def test_the_last_points_survive_a_restart_and_a_snapshot() -> None:
    desk = forward_sold()
    desk.after(1_000)
    kept = restore(snapshot(desk.engine.state)).curves
    assert kept == desk.engine.state.curves
    desk.restart()
    desk.after(1_000).roll()
    closed = desk.one(DayClosed)
    assert {"EUR/USD": "100.00"} == closed.pnl
    assert closed.pnl_basis["EUR/USD"].points_age_ms == 2_000


def test_points_too_old_to_deal_on_say_how_old_they_are() -> None:
    desk = forward_sold()
    old_ms = desk.reference.market.curve_stale_after_ms + 5_000
    desk.after(old_ms).market("1.10000", "1.10010")
    desk.hit(desk.quoted(), "buy")
    assert booked(desk).pnl_basis == {"EUR/USD": PnlBasis(points_age_ms=old_ms)}


def test_points_that_were_never_known_make_the_result_incomplete() -> None:
    desk = forward_sold()
    forget_points(desk)
    desk.hit(desk.quoted(), "sell")
    told = booked(desk)
    assert told.pnl_basis == {"EUR/USD": PnlBasis(without_points=(JUNE_5,))}
    assert told.pnl_basis["EUR/USD"].told == "points were never known to 2014-06-05"


def test_fresh_points_come_before_those_of_a_venue_that_is_gone() -> None:
    desk = forward_sold()
    lose_prices(desk)
    desk.log_on()
    desk.market("1.10000", "1.10010")
    curve_quote(desk, "EUR/USD", "1M", "-6.20", "-6.00")
    desk.hit(desk.quoted(), "buy")
    assert {} == booked(desk).pnl_basis
    assert D(booked(desk).pnl["EUR/USD"]) == 100 + 20 + 100, "forward, spot, a point run off"


def test_what_settles_up_to_spot_needs_no_points() -> None:
    desk = desk_of_all_products()
    desk.hit(desk.quoted(product="SWAP", tenor="TOM", far_tenor="1M"), "buy")
    forget_points(desk)
    desk.hit(desk.quoted(), "buy")
    assert booked(desk).pnl_basis == {"EUR/USD": PnlBasis(without_points=(JUNE_5,))}


def lent(desk: Desk, **said: Any) -> Desk:
    """A million CNY lent for a week at 1.61 %: the middle is 1.55 %, a margin of one."""
    desk.hit(desk.quoted(pair="CNY", product="DEPOSIT", far_tenor="1W", **said), "buy", pair="CNY")
    return desk


def test_a_loan_accrues_its_interest_at_the_mid_day_by_day_and_pays_all_of_it() -> None:
    desk = lent(desk_of_all_products())
    deal = booked(desk).deal
    assert {"CNY DEPOSIT": str(deal.edge)} == booked(desk).pnl, "nothing accrues on its first day"
    paid = deal.counter_amount - deal.base_amount
    at_mid = paid - deal.edge
    days = ((deal.far_value_date or date.max) - deal.value_date).days
    results = []
    for _ in range(9):
        desk.after(1_000).roll()
        results.append(D(desk.one(DayClosed).pnl["CNY DEPOSIT"]))
    begun = (deal.value_date - deal.trade_date).days
    for past, result in enumerate(results):
        share = min(max(past - begun, 0), days) * at_mid / days
        assert result == (deal.edge + share).quantize(D("0.01")), f"{past} days later"
    assert results[-1] == paid > deal.edge > 0


def test_what_we_borrow_costs_its_interest() -> None:
    desk = desk_of_all_products()
    desk.hit(desk.quoted(pair="CNY", product="DEPOSIT", far_tenor="1W"), "sell", pair="CNY")
    for _ in range(9):
        desk.after(1_000).roll()
    deal = desk.history_of(DealBooked)[0].deal
    assert D(desk.one(DayClosed).pnl["CNY DEPOSIT"]) == deal.base_amount - deal.counter_amount < 0
