"""The one loop: what is journaled when, and what is sent only then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import date, timedelta

import msgspec
import pytest

from robot.agent import Agent
from robot.assembly import load_strategy
from robot.basics.ids import RfqId, VenueId
from robot.clock import ManualClock
from robot.core.engine import Engine
from robot.errors import JournalError, RobotError
from robot.inbox import Inbox
from robot.journal import RecordKind, Snapshot, decode_inputs
from robot.messages.base import Wire
from robot.messages.effects import AnyEffect, ConcludeDeal, RefuseRfq, SendQuote
from robot.messages.events import (
    AnyEvent,
    DayRolled,
    KillSwitchPulled,
    SessionKind,
    SessionUp,
    TimeAdvanced,
)
from robot.ports import Poster, SentMark
from robot.replay import recorded_effects
from tests.kit.desk import THURSDAY, Desk, started, time_ns
from tests.kit.stubs import NoTimers


class Diary:
    """Journal and venue in one: everything in the order it happened."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, object]] = []
        self.kept: list[tuple[str, bytes]] = []
        self.full = False
        self.away = False

    def open_segment(self, trade_date: date, at_ns: int, snapshot: bytes) -> str:
        self.entries.append(("segment", trade_date))
        self.kept.append(("segment", snapshot))
        return f"{trade_date:%Y%m%d}-0001"

    def append(self, kind: RecordKind, at_ns: int, payload: bytes) -> int:
        if self.full:
            raise JournalError("the disk is full")
        self.entries.append((kind.name, payload))
        self.kept.append((kind.name, payload))
        return len(self.entries)

    def sync(self) -> None:
        self.entries.append(("sync", None))

    def close(self) -> None:
        self.entries.append(("close", None))

    def start(
        self, poster: Poster, on_sent: Callable[[SentMark], None], now_ns: Callable[[], int]
    ) -> None:
        raise AssertionError("the agent does not start the venues")

    def send(self, effect: Wire, effect_id: str) -> bool:
        if self.away:
            return False
        self.entries.append((f"send {type(effect).__name__}", effect_id))
        return True

    def stop(self) -> None:
        self.entries.append(("stop", None))

    def said(self) -> list[str]:
        """Names of what happened since this was last asked."""
        names = [name for name, _ in self.entries]
        self.entries.clear()
        return names


class Loop:
    """An agent over a desk that is ready to deal."""

    def __init__(self, unsent: dict[str, Wire] | None = None) -> None:
        self.desk = Desk().open()
        self.desk.market()
        self.diary = Diary()
        self.clock = ManualClock(self.desk.at_ns)
        self.inbox = Inbox(may_wait=False)
        self.engine = self.desk.engine
        self.agent = Agent(
            self.engine,
            self.diary,
            self.clock,
            self.inbox,
            NoTimers(),
            links={},
            unsent=unsent if unsent is not None else {},
        )
        self.agent._venue = self.diary

    def event(self, tell: Callable[[Desk], object]) -> AnyEvent:
        """The event that a desk would be told, without telling it."""
        other = Desk().open()
        other.market()
        tell(other)
        return other.stepped[-1].event

    def last_effects(self) -> list[AnyEffect]:
        """Of the last turn."""
        payload = next(found for name, found in reversed(self.diary.kept) if name == "EFFECTS")
        return [effect for row in recorded_effects(payload) for effect in row]

    def turn(self, *events: AnyEvent) -> list[str]:
        self.agent.turn(events)
        return self.diary.said()


@pytest.fixture
def loop() -> Loop:
    return Loop()


def test_a_quote_is_sent_only_after_inputs_and_effects_are_journaled(loop: Loop) -> None:
    first = loop.event(lambda desk: desk.rfq())
    second = msgspec.structs.replace(first, rfq_id=RfqId("R2"), request_id="R2")
    loop.turn(first)
    assert loop.turn(second) == ["INPUTS", "EFFECTS", "send SendQuote"]


def test_the_first_id_of_a_block_is_on_the_disk_before_it_is_sent(loop: Loop) -> None:
    said = loop.turn(loop.event(lambda desk: desk.rfq()))
    assert said == ["INPUTS", "EFFECTS", "sync", "send SendQuote"]


def test_a_deal_is_synced_before_its_execution_report_is_sent(loop: Loop) -> None:
    loop.turn(loop.event(lambda desk: desk.rfq()))
    said = loop.turn(loop.event(lambda desk: desk.hit(desk.quoted())))
    assert said == ["INPUTS", "EFFECTS", "sync", "send ConcludeDeal"]


def test_a_refused_hit_is_synced_so_that_its_exec_id_is_never_used_again(loop: Loop) -> None:
    said = loop.turn(loop.event(lambda desk: desk.hit("NOSUCHQUOTE")))
    assert said == ["INPUTS", "EFFECTS", "sync", "send RefuseHit"]


def test_a_batch_is_one_turn_and_one_sync(loop: Loop) -> None:
    rfq = loop.event(lambda desk: desk.rfq())
    hit = loop.event(lambda desk: desk.hit(desk.quoted()))
    assert loop.turn(rfq, hit, hit) == [
        "INPUTS",
        "EFFECTS",
        "sync",
        "send SendQuote",
        "send ConcludeDeal",
        "send ConcludeDeal",
    ]


def test_what_is_only_recorded_is_not_sent(loop: Loop) -> None:
    said = loop.turn(loop.event(lambda desk: desk.open_dealing()))
    assert said == ["INPUTS", "EFFECTS"]


def test_a_kill_is_synced_after_the_quotes_are_pulled_and_before_anybody_is_told(
    loop: Loop,
) -> None:
    loop.turn(loop.event(lambda desk: desk.rfq()))
    said = loop.turn(KillSwitchPulled(actor="a", reason="b"))
    assert said == ["INPUTS", "EFFECTS", "send WithdrawQuote", "sync"]


def test_a_kill_that_cannot_be_journaled_ends_the_loop_and_nothing_is_dealt_after(
    loop: Loop,
) -> None:
    rfq = loop.event(lambda desk: desk.rfq())
    with Running(loop) as running:
        loop.diary.full = True
        loop.inbox.post(KillSwitchPulled(actor="a", reason="b"))
        wait_until(lambda: running.problem is not None)
        loop.diary.full = False
        loop.inbox.post(rfq)
    assert isinstance(running.problem, JournalError), (
        "the process ends: sessions and quotes with it"
    )
    assert loop.diary.said() == []


def test_a_journal_that_cannot_be_written_lets_nothing_out(loop: Loop) -> None:
    loop.diary.full = True
    with pytest.raises(JournalError):
        loop.turn(loop.event(lambda desk: desk.rfq()))
    assert loop.diary.said() == []


def test_effects_that_cannot_be_journaled_are_not_sent(loop: Loop) -> None:
    append = loop.diary.append

    def only_inputs(kind: RecordKind, at_ns: int, payload: bytes) -> int:
        loop.diary.full = kind is RecordKind.EFFECTS
        return append(kind, at_ns, payload)

    loop.diary.append = only_inputs  # type: ignore[method-assign]
    with pytest.raises(JournalError):
        loop.turn(loop.event(lambda desk: desk.rfq()))
    assert loop.diary.said() == ["INPUTS"]


def test_an_event_that_breaks_the_core_is_recorded_with_its_number(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(stamped: object) -> None:
        raise ZeroDivisionError("by design")

    monkeypatch.setattr(loop.engine, "step", fail)
    number = loop.engine.state.stepped + 1
    with pytest.raises(RobotError, match=f"event {number} .*by design"):
        loop.turn(
            TimeAdvanced(sent_at_ns=loop.clock.now_ns()), KillSwitchPulled(actor="", reason="")
        )
    assert loop.diary.said() == ["INPUTS", "FAULT", "sync"]


def test_numbers_have_no_gaps_and_time_never_goes_back(loop: Loop) -> None:
    first = loop.event(lambda desk: desk.rfq())
    loop.agent.turn([first, first, first])
    (_, payload), *_ = loop.diary.entries
    stamped = decode_inputs(payload)  # type: ignore[arg-type]
    start = loop.desk.stepped[-1].number
    assert [start + 1, start + 2, start + 3] == [item.number for item in stamped]
    assert sorted(item.at_ns for item in stamped) == [item.at_ns for item in stamped]


def test_with_the_venues_clock_the_time_on_a_price_is_the_robots(loop: Loop) -> None:
    later = loop.clock.now_ns() + 1_000_000
    loop.turn(TimeAdvanced(sent_at_ns=later))
    assert loop.clock.now_ns() == later
    loop.turn(TimeAdvanced(sent_at_ns=later - 500))
    assert loop.clock.now_ns() == later


def test_time_alone_is_stepped_only_when_a_timer_is_due(loop: Loop) -> None:
    assert loop.turn(TimeAdvanced()) == []
    loop.turn(loop.event(lambda desk: desk.rfq()))
    loop.clock.advance_to(loop.clock.now_ns() + 3_000_000_000)
    assert loop.turn(TimeAdvanced()) == ["INPUTS", "EFFECTS", "send WithdrawQuote"]


def test_a_quote_that_is_over_when_it_could_be_sent_stays_here(loop: Loop) -> None:
    loop.turn(loop.event(lambda desk: desk.rfq(stream_s=1)))
    move = loop.event(lambda desk: desk.market("1.10020", "1.10030"))
    loop.clock.advance_to(loop.clock.now_ns() + 10_000_000)
    loop.turn(move)
    loop.clock.advance_to(loop.clock.now_ns() + 3_600_000_000_000)
    said = loop.turn(TimeAdvanced())
    assert any(isinstance(e, SendQuote) for e in loop.last_effects()), "the timer made none"
    assert "send SendQuote" not in said


def test_the_start_opens_a_segment_before_its_first_turn() -> None:
    diary = Diary()
    agent = Agent(
        Engine(load_strategy),
        diary,
        ManualClock(time_ns("09:30:00.000")),
        Inbox(may_wait=False),
        NoTimers(),
        links={},
        unsent={},
    )
    agent.begin(started(), diary)
    assert diary.said() == ["segment", "INPUTS", "EFFECTS"]


def test_what_is_stopped_from_the_start_is_stopped_before_anything_else_is_stepped(
    loop: Loop,
) -> None:
    stop = KillSwitchPulled(actor="dead man", reason="it stood still")
    loop.agent.begin(started(loop.desk.reference, loop.desk.day), loop.diary, [stop])
    assert loop.diary.said()[:3] == ["segment", "INPUTS", "EFFECTS"]
    assert "dead man" in loop.engine.state.halts["kill_switch"]


def test_the_day_roll_begins_a_new_segment_after_its_turn(loop: Loop) -> None:
    roll = DayRolled(trade_date=THURSDAY + timedelta(days=1))
    assert loop.turn(roll) == ["INPUTS", "EFFECTS", "segment"]


def test_a_number_in_a_session_is_journaled_and_remembered(loop: Loop) -> None:
    loop.agent.on_sent(SentMark(session="A->B", sequence=12, effect_id="7.0"))
    assert loop.diary.said() == ["SENT"]
    assert loop.agent._links["A->B"].outbound == 12


def test_refusals_left_over_from_a_death_are_sent_at_the_next_log_on() -> None:
    desk = Desk().open()
    desk.rfq(client="BANKX")
    desk.market()
    refused = next(e for row in desk.history for e in row if isinstance(e, RefuseRfq))
    quoted = desk.one(SendQuote, desk.rfq())
    concluded = desk.one(ConcludeDeal, desk.hit(quoted.quote_id))
    loop = Loop({"7.0": refused, "8.0": quoted, "9.0": concluded})
    up = SessionUp(venue=VenueId("ALPHA"), kind=SessionKind.DEALING)
    said = loop.turn(up)
    assert said[2] == "send RefuseRfq"
    assert "send SendQuote" not in said and "send ConcludeDeal" not in said
    assert "send RefuseRfq" not in loop.turn(up)
    elsewhere = SessionUp(venue=VenueId("BETA"), kind=SessionKind.DEALING)
    assert "send RefuseRfq" not in Loop({"7.0": refused}).turn(elsewhere)


def test_a_refused_hit_that_no_session_took_is_answered_at_the_next_log_on(loop: Loop) -> None:
    loop.diary.away = True
    loop.turn(loop.event(lambda desk: desk.hit("NOSUCHQUOTE")))
    up = SessionUp(venue=VenueId("ALPHA"), kind=SessionKind.DEALING)
    assert "send RefuseHit" not in loop.turn(up), "the session was away again"
    loop.diary.away = False
    assert "send RefuseHit" in loop.turn(up)
    assert "send RefuseHit" not in loop.turn(up)


def test_what_is_still_unsent_is_in_the_next_segments_snapshot() -> None:
    desk = Desk().open()
    refused = desk.one(RefuseRfq, desk.rfq(client="BANKX"))
    loop = Loop({"7.0": refused})
    loop.turn(DayRolled(trade_date=THURSDAY + timedelta(days=1)))
    (payload,) = (found for name, found in loop.diary.kept if name == "segment")
    assert {"7.0": refused} == msgspec.json.decode(payload, type=Snapshot).unsent


def test_the_loop_steps_what_is_posted_and_tells_when_it_is_through(loop: Loop) -> None:
    loop.inbox.post(loop.event(lambda desk: desk.rfq()))
    turns = iter([True, False])
    loop.agent.run(lambda: next(turns))
    assert "send SendQuote" in loop.diary.said()
    assert loop.inbox.wait_drained(0)
    assert loop.agent.statistics().events == 1


@pytest.mark.parametrize("step_ns", [-3_600_000_000_000, -1, 3_600_000_000_000])
def test_a_clock_that_jumps_never_takes_the_cores_time_back(loop: Loop, step_ns: int) -> None:
    last_ns = loop.engine.state.now_ns
    loop.agent._clock = ManualClock(last_ns + step_ns)
    loop.turn(KillSwitchPulled(actor="", reason="during the jump"))
    assert loop.engine.state.now_ns == max(last_ns, last_ns + step_ns)
    assert "kill_switch" in loop.engine.state.halts


class Running:
    """The main thread's loop on a thread of its own, until the test ends."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.problem: BaseException | None = None
        self.rounds = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.loop.agent.run(self._go_on)
        except BaseException as problem:
            self.problem = problem

    def _go_on(self) -> bool:
        self.rounds += 1
        return not self._stop.is_set()

    def __enter__(self) -> Running:
        self._thread.start()
        agent = self.loop.agent
        wait_until(lambda: self.loop.inbox.on_posted == agent._turn_at_once)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.loop.inbox.wake()
        self._thread.join(30)
        assert not self._thread.is_alive()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.001)


def test_what_is_posted_is_turned_once_by_whichever_thread_comes_first(loop: Loop) -> None:
    threads: list[int] = []
    send = loop.diary.send

    def note(effect: Wire, effect_id: str) -> bool:
        threads.append(threading.get_ident())
        return send(effect, effect_id)

    loop.diary.send = note  # type: ignore[method-assign]
    rfq = loop.event(lambda desk: desk.rfq())
    with Running(loop):
        wait_until(lambda: not loop.agent._turning.locked())
        loop.inbox.post(rfq)
        assert loop.inbox.wait_drained(30)
    assert loop.diary.said()[:4] == ["INPUTS", "EFFECTS", "sync", "send SendQuote"]
    assert len(threads) == 1


def test_a_post_during_another_threads_turn_returns_at_once_and_is_turned_after(loop: Loop) -> None:
    rfq = loop.event(lambda desk: desk.rfq())
    entered, go_on = threading.Event(), threading.Event()

    def slow(effect: Wire, effect_id: str) -> bool:
        entered.set()
        return go_on.wait(30)

    loop.diary.send = slow  # type: ignore[method-assign]
    with Running(loop):
        poster = threading.Thread(target=loop.inbox.post, args=(rfq,))
        poster.start()
        assert entered.wait(30)
        loop.inbox.post(KillSwitchPulled(actor="a", reason="b"))
        assert "kill_switch" not in loop.engine.state.halts
        go_on.set()
        assert loop.inbox.wait_drained(30)
        poster.join(30)
    assert "kill_switch" in loop.engine.state.halts


def test_a_failure_on_a_posters_thread_ends_the_loop_and_nothing_is_turned_after(
    loop: Loop,
) -> None:
    loop.diary.full = True
    with Running(loop) as running:
        loop.inbox.post(KillSwitchPulled(actor="a", reason="b"))
        loop.diary.full = False
        wait_until(lambda: running.problem is not None)
        loop.inbox.post(KillSwitchPulled(actor="c", reason="d"))
    assert isinstance(running.problem, JournalError)
    assert loop.diary.said() == []


def test_a_timer_set_on_a_posters_thread_is_not_slept_through(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The main thread would sleep for 30 s; the quote's expiry makes it look again."""
    monkeypatch.setattr("robot.agent.IDLE_S", 30.0)
    rfq = loop.event(lambda desk: desk.rfq())
    loop.engine.state.timers.clear()
    with Running(loop) as running:
        wait_until(lambda: running.rounds > 1)
        slept_from = running.rounds
        loop.inbox.post(rfq)
        wait_until(lambda: running.rounds > slept_from)
    assert loop.agent._known_due_ns == loop.engine.next_timer_ns()
