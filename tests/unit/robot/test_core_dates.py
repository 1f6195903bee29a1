"""The core and its calendars: the right dates, refused where unknown, marked where computed."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from robot.basics.holidays import CalendarId, HolidayCalendar
from robot.core.engine import Engine
from robot.core.state import snapshot
from robot.limits.limit import Reason
from robot.messages.effects import ConcludeDeal, DealBooked, RefuseRfq, SendQuote
from tests.kit.desk import THURSDAY, Desk
from tests.kit.reference import CURRENCIES, weekends_only

FRIDAY, MONDAY, TUESDAY = date(2014, 5, 2), date(2014, 5, 5), date(2014, 5, 6)


def desk_on(**calendars: HolidayCalendar | None) -> Desk:
    """An open desk, on Thursday 2014-05-01, some of whose calendars are others (None = missing)."""
    desk = Desk()
    changed: dict[str, Any] = {**desk.reference.calendars, **calendars}
    kept = {CalendarId(name): found for name, found in changed.items() if found is not None}
    desk.reference = msgspec.structs.replace(desk.reference, calendars=kept)
    desk.open()
    desk.market()
    return desk


def calendar(name: str, **changes: Any) -> HolidayCalendar:
    return msgspec.structs.replace(weekends_only(name)[CalendarId(name)], **changes)


def test_the_kits_week_is_the_one_these_tests_count_on() -> None:
    assert date(2014, 5, 1) == THURSDAY
    assert set(CURRENCIES) == set(Desk().reference.calendars)


def test_a_holiday_moves_the_value_date_of_quote_deal_and_entry() -> None:
    desk = desk_on(EUR=calendar("EUR", holidays={MONDAY: "Feast"}))
    quote_id = desk.quoted()
    assert TUESDAY == desk.one(SendQuote).value_date
    desk.hit(quote_id)
    assert TUESDAY == desk.one(ConcludeDeal).deal.value_date
    booked = desk.one(DealBooked)
    assert {TUESDAY} == {posting.value_date for posting in booked.entry.postings}
    assert not booked.deal.provisional


def test_a_usd_holiday_tomorrow_does_not_move_spot() -> None:
    desk = desk_on(USD=calendar("USD", holidays={FRIDAY: "Day off"}))
    desk.quoted()
    assert MONDAY == desk.one(SendQuote).value_date


def test_a_request_whose_value_date_nobody_knows_is_refused_with_the_horizon() -> None:
    desk = desk_on(EUR=calendar("EUR", last_official=FRIDAY))
    desk.rfq()
    refused = desk.one(RefuseRfq)
    assert Reason.BEYOND_HORIZON == refused.reason
    assert "calendar EUR" in refused.detail and "not 2014-05-03" in refused.detail
    desk.rfq(pair="USD/JPY")
    assert Reason.NO_MARKET == desk.one(RefuseRfq).reason, "other pairs go on"


def test_a_calendar_that_is_missing_refuses_and_is_never_a_guess() -> None:
    desk = desk_on(EUR=None)
    desk.rfq()
    assert Reason.UNKNOWN_CALENDAR == desk.one(RefuseRfq).reason


def test_a_deal_that_rests_on_computed_days_is_marked() -> None:
    extended = calendar("EUR", last_official=FRIDAY, provisional_until=date(2014, 12, 31))
    desk = desk_on(EUR=extended)
    quote_id = desk.quoted()
    desk.hit(quote_id)
    booked = desk.one(DealBooked)
    assert (MONDAY, True) == (booked.deal.value_date, booked.deal.provisional)


@pytest.mark.parametrize("asked", [MONDAY, date(2014, 5, 3)])
def test_a_value_date_that_is_not_spot_is_refused(asked: date) -> None:
    desk = desk_on(EUR=calendar("EUR", holidays={MONDAY: "Feast"}))
    desk.rfq(value_date=asked)
    assert Reason.UNKNOWN_VALUE_DATE == desk.one(RefuseRfq).reason


def test_replaying_needs_no_calendar_file() -> None:
    """The calendars' content is in the journaled start."""
    desk = desk_on(EUR=calendar("EUR", holidays={MONDAY: "Feast"}))
    desk.hit(desk.quoted())
    again = Engine(desk.engine._load_strategy)
    for stamped, effects in zip(desk.stepped, desk.history, strict=True):
        copied = msgspec.json.decode(msgspec.json.encode(stamped), type=type(stamped))
        assert effects == again.step(copied)
    assert snapshot(desk.state) == snapshot(again.state)
