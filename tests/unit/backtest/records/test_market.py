"""What records are valued at."""

from __future__ import annotations

from datetime import date

from backtest.report.attribution import results_at_end
from robot.messages.events import SessionKind
from tests.kit.desk import Desk
from tests.kit.products import curve_quote, desk_of_all_products
from tests.kit.recording import recorded

JUNE_5 = date(2014, 6, 5)


def forward_sold() -> Desk:
    """A million EUR sold to the 5th of June, a pip over the middle, 100 USD."""
    desk = desk_of_all_products()
    desk.hit(desk.quoted(product="FORWARD", tenor="1M"), "buy", price="1.09964", value_date=JUNE_5)
    return desk


def test_forwards_are_worth_their_last_points_when_the_venues_are_gone() -> None:
    desk = forward_sold()
    for venue in desk.reference.venues:
        desk.log_out(venue.id, SessionKind.MARKET_DATA)
    end = results_at_end(recorded(desk).tables())["EUR/USD"]
    assert (end["margin"], end["carry"], end["total"]) == (100, 0, 100)


def test_forwards_are_worth_their_last_points_when_a_venue_takes_them_back() -> None:
    desk = forward_sold()
    curve_quote(desk, "EUR/USD", "1M", "-5.30", "-5.10")
    for tenor in ("TN", "1M", "3M"):
        curve_quote(desk, "EUR/USD", tenor, None, None)
    end = results_at_end(recorded(desk).tables())["EUR/USD"]
    assert (end["margin"], end["carry"], end["total"]) == (100, 10, 110)
