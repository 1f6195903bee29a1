"""Clocks of time zones as content: what the machine knows, and that the core does not ask it."""

from __future__ import annotations

import struct
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot.assembly import load_strategy
from robot.core import rule_books
from robot.core.engine import Engine
from robot.machine_zones import KNOWN_S, clocked, machine_zone, machine_zones
from robot.messages.effects import SendQuote
from robot.messages.events import Stamped
from robot.rules.moments import stretches
from robot.rules.vocabulary import ZONES
from tests.kit.desk import encoded, refusal
from tests.kit.rule_books import book_of
from tests.kit.ruled import RulesDesk, book

_EPOCH = datetime.fromtimestamp(0, UTC).replace(tzinfo=None)
RULES = book(
    "schedule morning is Mon to Fri 10:00 to 11:00 London time",
    "in it: now in morning and session is london then quote margin 0.5 pip",
    otherwise='pass "not in the morning"',
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(tuple(ZONES)), st.integers(*KNOWN_S))
def test_a_clock_shows_what_the_machine_says(name: str, at_s: int) -> None:
    zone, known = machine_zones()[name], ZoneInfo(name)
    shown = datetime.fromtimestamp(at_s, known).replace(tzinfo=None)
    local_s = zone.local_s(at_s * 10**9)
    assert local_s == (shown - _EPOCH) // timedelta(seconds=1) or at_s >= KNOWN_S[1]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(tuple(ZONES)), st.integers(0, 200), st.integers(-8_000, 8_000))
def test_when_a_clock_shows_a_time_is_what_the_machine_says(
    name: str, change: int, away_s: int
) -> None:
    zone, known = machine_zones()[name], ZoneInfo(name)
    place = change % len(zone.since)
    local_s = zone.since[place] + zone.east[place] + away_s  # beside a change of the clock
    shown = (_EPOCH + timedelta(seconds=local_s)).replace(tzinfo=known)
    wanted = int(shown.timestamp())
    assert zone.moment_s(local_s) == (wanted if wanted >= KNOWN_S[0] else None)


def test_beyond_what_is_known_nothing_is_shown() -> None:
    zone = machine_zone("Europe/London")
    assert zone.moment_s(KNOWN_S[0] - 1) is None
    assert zone.moment_s(KNOWN_S[0]) == KNOWN_S[0]
    assert zone.moment_s(KNOWN_S[1]) is None


@pytest.fixture
def other_machine(tmp_path: Path) -> Iterator[None]:
    """Every zone of it is five hours east of Greenwich."""
    head = b"TZif\0" + bytes(15) + struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    for name in ZONES:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(head + struct.pack(">lbb", 5 * 3600, 0, 0) + b"XYZ\0")
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[str(tmp_path)])
    _forget()
    yield
    zoneinfo.reset_tzpath(to=before)
    _forget()


def _forget() -> None:
    ZoneInfo.clear_cache()
    for kept in (machine_zone, stretches, rule_books._checked, rule_books._compiled):
        kept.cache_clear()  # type: ignore[attr-defined]


@pytest.fixture
def day() -> RulesDesk:
    """Asked at 10:30 and at 11:30 of London."""
    desk = RulesDesk(RULES).ready()
    desk.rfq(1_000_000)
    desk.one(SendQuote)
    desk.at("10:30:00.000").market()
    desk.rfq(1_000_000)
    assert refusal(desk) == "STRATEGY_PASSED"
    return desk


def test_a_replay_where_the_machine_knows_other_time_zones_is_the_same(
    day: RulesDesk, other_machine: None
) -> None:
    assert machine_zone("Europe/London").east == (5 * 3600,)
    lines = [msgspec.json.encode(one) for one in day.stepped]
    again = Engine(load_strategy)
    for line, effects in zip(lines, day.history, strict=True):
        found = again.step(msgspec.json.decode(line, type=Stamped))
        assert encoded([found]) == encoded([effects])


def test_a_desk_that_starts_there_sees_its_own_time(other_machine: None) -> None:
    desk = RulesDesk(RULES, at="05:30:00.000").ready()  # 10:30 there, in London as in Tokyo
    desk.rfq(1_000_000)
    desk.one(SendQuote)


def test_a_schedule_without_a_clock_decides_nothing() -> None:
    desk = RulesDesk(RULES)
    desk.reference = msgspec.structs.replace(desk.reference, zones={})
    desk.ready()
    desk.rfq(1_000_000)
    assert refusal(desk) == "STRATEGY_FAILED"
    assert "nobody said how the clock of Europe/London goes" in desk.decided.detail
    looking = book(
        "schedule morning is Mon to Fri 10:00 to 11:00 London time",
        "every 10 s during morning",
        'all: always then pass "x" and alert "looked"',
        head='book "test"\nfor spot in EUR/USD\n',
    )
    desk = RulesDesk(looking)
    desk.reference = msgspec.structs.replace(desk.reference, zones={})
    desk.ready()
    desk.pass_time(30_000)
    assert set(desk.alerts) == {"RULE_NOT_DONE"}


def test_clocks_that_a_book_has_are_kept(other_machine: None) -> None:
    theirs = clocked(book_of(RULES))
    assert theirs.schedules[0].clocks[0].east == (5 * 3600,)
    assert clocked(theirs) is theirs
