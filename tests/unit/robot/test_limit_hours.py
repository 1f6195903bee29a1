"""Hours of limits, by the clock of the desk: of what is permitted, and of what `hours` names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from robot.clock import nanoseconds
from robot.deals.limit_rows import LimitRow
from robot.desk import ScheduleSettings
from robot.limits.hours import is_open
from robot.messages.effects import CancelOrder, ConcludeDeal, Decided, RefuseHit, WithdrawQuote
from tests.kit import taker
from tests.kit.desk import Desk
from tests.kit.limit_desk import ask, codes, deal, restored
from tests.kit.products import desk_of_all_products

ALL = {"everyone": "all"}


def desk(at: str = "09:30:00.000", east_s: int = 0, **tree: Any) -> Desk:
    """A Thursday, 1 May 2014; times of events are UTC."""
    zone = {"name": "there", "since": [0], "east": [east_s]}
    of = Desk(at=at).changed(desk="FX", zone=zone, limits={"tree": tree}).open()
    of.market()
    return of


def hours(*windows: str, **row: Any) -> list[dict[str, Any]]:
    return [{**ALL, "hours": list(windows), **row}]


@pytest.mark.parametrize(
    ("at", "opened"),
    [
        ("07:59:59.999", False),
        ("08:00:00.000", True),
        ("16:49:59.999", True),
        ("16:50:00.000", False),
    ],
)
@pytest.mark.parametrize("kind", ["hours", "permitted"])
def test_from_the_first_second_to_just_before_the_last(kind: str, at: str, opened: bool) -> None:
    of = desk(at, **{kind: hours("08:00-16:50")})
    assert ask(of) == ("" if opened else kind.upper())
    if not opened:
        name = f"{kind}:everyone=all"
        assert of.one(Decided).detail == f"{name}: outside 08:00-16:50 of the desk's clock"
        assert of.one(Decided).checks[-1].limit_id == name


def test_by_the_desks_clock_and_not_by_utc() -> None:
    assert ask(desk("00:00:00.000", 8 * 3_600, hours=hours("08:00-16:50"))) == ""
    assert ask(desk("09:00:00.000", 8 * 3_600, hours=hours("08:00-16:50"))) == "HOURS"


THURSDAY = 16_191 * 86_400
"""2014-05-01 00:00."""


@pytest.mark.parametrize(
    ("row", "at_s", "opened"),
    [
        ({"hours": ("22:00-03:00",)}, 23 * 3_600, True),
        ({"hours": ("22:00-03:00",)}, 2 * 3_600, True),
        ({"hours": ("22:00-03:00",)}, 3 * 3_600, False),
        ({"hours": ("22:00-03:00",), "weekdays": ("wed",)}, 2 * 3_600, True),
        ({"hours": ("22:00-03:00",), "weekdays": ("wed",)}, 23 * 3_600, False),
        ({"hours": ("22:00-03:00",), "weekdays": ("thu",)}, 2 * 3_600, False),
        ({"hours": ("08:00-12:00", "13:30-16:50")}, 12 * 3_600, False),
        ({"hours": ("08:00-12:00", "13:30-16:50")}, 14 * 3_600, True),
        ({"hours": ("20:00-24:00",)}, 86_399, True),
        ({"weekdays": ("thu", "fri")}, 0, True),
        ({"weekdays": ("mon", "wed")}, 0, False),
    ],
)
def test_windows_over_midnight_belong_to_the_day_they_began_on(
    row: dict[str, Any], at_s: int, opened: bool
) -> None:
    assert is_open(LimitRow(**row), THURSDAY + at_s) is opened
    assert not is_open(LimitRow(**row), None), "what nobody knows is not open"


def test_what_stands_when_the_hours_end_is_pulled_and_a_late_hit_deals_nothing() -> None:
    of = desk("16:49:58.000", hours=hours("08:00-16:50", counterparty="*", everyone=""))
    quote = of.quoted(side="buy")
    of.after(1_999)
    deal(of)
    of.pass_time(1)
    assert [one.reason for one in of.all(WithdrawQuote)] == ["HOURS"]
    of.hit(quote, "buy")
    assert len(of.history_of(ConcludeDeal)) == 1 and of.all(RefuseHit)
    of.market()
    assert ask(of) == "HOURS"
    of.after(15 * 3_600_000 + 600_000).market()
    assert ask(of) == "", "they begin again"


def test_orders_are_taken_out_when_the_hours_of_their_row_end_and_others_stay() -> None:
    rows = hours("08:00-09:31", trader="wang.fang", everyone="")
    of = taker.desk(limits={"tree": {"hours": rows}})
    order, other = taker.working(of), taker.working(of, actor="zhou")
    restored(of).pass_time(60_000)
    assert [one.original_id for one in of.all(CancelOrder)] == [order.order_id]
    assert not of.state.orders[other.order_id].unwanted
    of.market()
    assert taker.placed(of) is None and taker.refused(of)[0] == "HOURS"


def test_a_cut_off_is_about_what_settles_so_soon() -> None:
    """Repos and deposits of CNY settle today, EUR/USD on Monday, in four days."""
    cut = hours("08:00-09:30", settles_within=0)
    of = desk_of_all_products(limits={"tree": {"hours": cut}})
    of.rfq("1000000", "CNY", product="DEPOSIT", far_tenor="1W")
    assert of.one(Decided).reason == "HOURS"
    of.rfq()
    assert of.one(Decided).reason == ""
    for days, reason in ((3, ""), (4, "HOURS")):
        rows = hours("08:00-09:30", settles_within=days)
        of = desk_of_all_products(limits={"tree": {"hours": rows}})
        of.rfq()
        assert of.one(Decided).reason == reason


def test_a_filter_says_what_the_hours_are_about_and_of_permitted_what_is_permitted() -> None:
    late = {"products": ["SWAP"], "weekdays": ["mon"]}
    assert ask(desk(hours=[{**ALL, **late}])) == ""
    assert ask(desk(permitted=[{**ALL, **late}])) == "PERMITTED"


def test_a_row_may_stop_its_scope_and_a_long_silence_is_caught_up_with() -> None:
    of = desk(hours=hours("08:00-16:50", at_maximum="stop", everyone="", venue="ALPHA"))
    of.after(400 * 86_400_000 + 8 * 3_600_000).market()
    assert of.state.hours_looked_at
    assert ask(of) == "HOURS"
    assert codes(of)[-1] == "LIMIT_STOPPED" and list(of.state.stops) == ["kill_switch venue:ALPHA"]


@pytest.mark.parametrize("name", ["America/New_York", "Asia/Shanghai", "Africa/Casablanca"])
def test_a_zone_is_written_out_as_its_clock_was_and_will_be(name: str) -> None:
    settings = ScheduleSettings.model_construct(time_zone=name)
    zone, known = settings.zone(), ZoneInfo(name)
    for month in range(1, 13):
        for hour in range(24):
            moment = datetime(2027, month, 14, hour, 59, 59, tzinfo=UTC)
            there = moment.astimezone(known).replace(tzinfo=UTC)
            assert zone.local_s(nanoseconds(moment)) == int(there.timestamp())
    for place, since in enumerate(zone.since[1:], 1):
        before, after = zone.local_s((since - 1) * 10**9), zone.local_s(since * 10**9)
        assert after - before - 1 == zone.east[place] - zone.east[place - 1] != 0  # type: ignore[operator]
    assert zone.local_s(0) is None and zone.local_s(zone.until_s * 10**9) is None
