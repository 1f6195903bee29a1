"""A benchmark counts for a time: games and rule books say nothing by one of three weeks ago.

Today is Thursday, 1 May 2014; the calendars here know weekends only.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import msgspec
import pytest

from robot.basics.holidays import CalendarId
from robot.core.benchmarks import latest_fixing
from robot.market.fixing import Fixing
from robot.messages.asks import SendAsk
from robot.messages.effects import Decided, RefuseRfq, SendQuote
from robot.messages.events import FixingPublished
from tests.kit.asks import Asking
from tests.kit.desk import Desk
from tests.kit.games import game_strategy
from tests.kit.reference import reference, weekends_only
from tests.kit.ruled import RulesDesk, book

GAME = """
game: {name: fixed, kind: negotiate}
applies: {amount: up to 900m}
my terms: {walk-away: DR007, aim: DR007, open at: DR007}
"""
FRESH, OLD = date(2014, 4, 30), date(2014, 4, 10)


def publish(desk: Desk, day: date, value: str = "1.10005") -> None:
    desk.step(
        FixingPublished(
            index="DR007",
            value_date=day,
            value=D(value),
            published_at_ns=desk.at_ns,
            source="test",
        )
    )


def known(index: str, day: date, *, days: int | None = 1, closed: date | None = None) -> bool:
    """Whether a value of that day counts on Thursday."""
    calendars = weekends_only("CAD", "EUR", "GBP", "JPY", "USD", "CNYMM")
    for name in ("USD", "CNYMM") if closed is not None else ():
        row = calendars[CalendarId(name)]
        calendars[CalendarId(name)] = msgspec.structs.replace(row, holidays={closed: "made up"})
    desk = Desk()
    desk.reference = reference(market={"fixing_days": days}, calendars=calendars)
    desk.start()
    fixing = Fixing(index=index, value_date=day, value=D(1), published_ns=desk.at_ns, source="test")
    desk.state.fixings.record(fixing)
    desk.pass_time(1)
    return not isinstance(latest_fixing(desk.state, index), str)


@pytest.mark.parametrize(
    ("index", "days", "oldest"),
    [
        ("DR007", 0, date(2014, 5, 1)),
        ("DR007", 1, date(2014, 4, 30)),
        ("DR007", 4, date(2014, 4, 25)),  # over a weekend
        ("SOFR", 1, date(2014, 4, 29)),  # of yesterday it is not public before today
        ("LPR 1Y", 1, date(2014, 3, 31)),  # the next one is due in a month
        ("KRW02", 1, date(2014, 4, 30)),  # a calendar that the desk has not
    ],
)
def test_a_value_counts_until_the_next_is_due_and_so_many_days(
    index: str, days: int, oldest: date
) -> None:
    before = date.fromordinal(oldest.toordinal() - 1)
    before = date.fromordinal(before.toordinal() - max(0, before.weekday() - 4))

    assert known(index, oldest, days=days)
    assert not known(index, before, days=days)


@pytest.mark.parametrize("index", ["DR007", "SOFR"])
def test_holidays_of_its_own_calendar_do_not_make_a_value_old(index: str) -> None:
    day = date(2014, 4, 29) if index == "DR007" else date(2014, 4, 28)

    assert not known(index, day)
    assert known(index, day, closed=date(2014, 4, 30))


def test_journals_of_before_have_no_age() -> None:
    assert known("DR007", date(2013, 1, 7), days=None)


def led(day: date, value: str = "1.10005") -> Asking:
    scene = Asking(strategy=game_strategy(GAME, "fixed"), market={"fixing_days": 1})
    publish(scene.desk, day, value)
    scene.ask("1.10020", game="fixed")
    return scene


def test_a_game_asks_nobody_by_an_old_benchmark_and_says_why() -> None:
    scene = led(OLD)

    assert not scene.desk.all(SendAsk)
    told = scene.desk.history_of(Decided)[-1].detail
    assert "the last DR007 is of 2014-04-10, it counts for 1 business days" in told


def test_what_a_game_decides_says_which_benchmark_of_which_day_it_had() -> None:
    scene = led(FRESH)
    for maker in scene.requests:
        scene.quote(maker, "1.09990", "1.10009")

    moves = [one for one in scene.desk.history_of(Decided) if one.kind == "GAME"]
    assert {one.facts["fixings"] for one in moves} == {"DR007 1.10005 of 2014-04-30"}


def test_a_benchmark_that_becomes_old_while_an_ask_is_open_stops_its_game() -> None:
    scene = led(FRESH)
    scene.state.trade_date = date(2014, 5, 2)
    for maker in scene.requests:
        scene.quote(maker, "1.09990", "1.10004")

    assert "it counts for 1 business days" in scene.ended().because[-1]


@pytest.mark.parametrize(("day", "quoted"), [(FRESH, True), (OLD, False)])
def test_clients_are_answered_by_a_benchmark_that_counts_only(day: date, quoted: bool) -> None:
    desk = Desk(strategy=game_strategy(GAME, "fixed"), market={"fixing_days": 1}).open()
    desk.market()
    publish(desk, day)

    desk.rfq(side="buy")

    assert bool(desk.all(SendQuote)) is quoted
    told = desk.history_of(Decided)[-1]
    if quoted:
        assert told.facts["fixings"] == "DR007 1.10005 of 2014-04-30"
    else:
        assert desk.one(RefuseRfq) and "the last DR007 is of" in told.detail


RULE = "fixed: DR007 is known then quote margin 1 pip valid 3 s"


@pytest.mark.parametrize(("day", "quoted"), [(FRESH, True), (OLD, False)])
def test_to_a_rule_book_an_old_benchmark_is_not_known(day: date, quoted: bool) -> None:
    desk = RulesDesk(book(RULE), market={"fixing_days": 1}).ready()
    publish(desk, day)

    desk.rfq()

    assert bool(desk.all(SendQuote)) is quoted


@pytest.mark.parametrize(("former", "quoted"), [(date(2014, 4, 29), True), (OLD, False)])
def test_a_change_since_long_ago_is_no_change_since_yesterday(former: date, quoted: bool) -> None:
    rule = "moved: change[DR007] > 1 bp then quote margin 1 pip valid 3 s"
    desk = RulesDesk(book(rule), market={"fixing_days": 1}).ready()
    publish(desk, former, "1.5")
    publish(desk, FRESH, "1.6")

    desk.rfq()

    assert bool(desk.all(SendQuote)) is quoted
