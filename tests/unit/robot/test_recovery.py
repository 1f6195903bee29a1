"""A start goes on from what the journal holds, whatever the robot died of and wherever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.journal.file import FileTail, JournalFile, read_segment, segment_paths
from robot.agent import Agent
from robot.assembly import load_strategy
from robot.clock import ManualClock
from robot.core.engine import Engine
from robot.core.state import snapshot, state_hash
from robot.inbox import Inbox
from robot.journal import Fault, RecordKind, Snapshot, encode, encode_effects, encode_inputs
from robot.messages.effects import AlertRaised, RefuseHit, RefuseRfq
from robot.messages.events import KillSwitchPulled, Stamped
from robot.messages.stops import StopScope
from robot.ports import SentMark
from robot.recovery import DEATHS_MAX, Recovered, recover
from robot.replay import Replayer, SavedState
from tests.kit.days import dealt_day, state_payload, write_day, write_turn
from tests.kit.desk import Desk, refusal
from tests.kit.desk import started as started_event
from tests.kit.stubs import NoTimers, NoVenues


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def desk() -> Desk:
    return dealt_day()


class Death(BaseException):
    """The process is gone: nothing catches it."""


def started(folder: Path) -> tuple[Recovered, JournalFile]:
    """What a start does: open the journal, recover from its newest segment."""
    journal = JournalFile(folder)
    names = [path.stem for path in segment_paths(folder)]
    tail = FileTail(folder, names[-1] if names else "")
    records = []
    while found := tail.poll(100):
        records += found
    tail.close()
    return recover(records, None, journal, load_strategy), journal


def kinds(folder: Path) -> list[RecordKind]:
    """Kinds of the newest segment's records."""
    return [item.kind for item in read_segment(segment_paths(folder)[-1])]  # type: ignore[union-attr]


@pytest.fixture
def cut_off(folder: Path, desk: Desk) -> Iterator[Path]:
    """A journal whose last turn has inputs and no effects."""
    write_day(folder, desk, turns=len(desk.stepped) - 1)
    journal = JournalFile(folder)
    write_turn(journal, desk.stepped[-1], None)
    journal.close()
    yield folder


def test_an_empty_journal_gives_a_fresh_robot(folder: Path) -> None:
    recovered, journal = started(folder)
    assert recovered.replayer.engine.state.stepped == 0
    journal.close()


def test_a_whole_day_gives_the_state_it_ended_in(folder: Path, desk: Desk) -> None:
    write_day(folder, desk)
    recovered, journal = started(folder)
    assert state_hash(desk.state) == state_hash(recovered.replayer.engine.state)
    journal.close()


def test_a_second_segment_starts_from_its_own_snapshot(folder: Path, desk: Desk) -> None:
    write_day(folder, desk)
    journal = JournalFile(folder)
    journal.open_segment(desk.day, desk.at_ns, state_payload(desk.engine))
    journal.close()
    recovered, journal = started(folder)
    assert state_hash(desk.state) == state_hash(recovered.replayer.engine.state)
    journal.close()


def test_inputs_without_effects_are_completed(cut_off: Path, desk: Desk) -> None:
    recovered, journal = started(cut_off)
    journal.close()
    assert state_hash(desk.state) == state_hash(recovered.replayer.engine.state)
    marks = [RecordKind.RETRY, RecordKind.RETRY]
    assert [RecordKind.INPUTS, *marks, RecordKind.EFFECTS] == kinds(cut_off)[-4:]
    last = list(read_segment(segment_paths(cut_off)[-1]))[-1]
    assert encode_effects([desk.history[-1]]) == last.payload  # type: ignore[union-attr]


@pytest.mark.parametrize("effects", [False, True])
def test_a_kill_between_journal_and_wire_is_in_force_after_the_restart(
    folder: Path, desk: Desk, effects: bool
) -> None:
    """Dead before any quote was withdrawn: the log-on withdraws them, nothing new is dealt."""
    desk.market()
    desk.quoted(1_000)
    desk.step(KillSwitchPulled(actor="a", reason="b", scope=StopScope.PAIR, value="EUR/USD"))
    write_day(folder, desk, turns=len(desk.stepped) - 1)
    journal = JournalFile(folder)
    write_turn(journal, desk.stepped[-1], desk.history[-1] if effects else None)
    journal.close()

    recovered, journal = started(folder)
    journal.close()
    again = Desk()
    again.engine, again.at_ns = recovered.replayer.engine, desk.at_ns
    again.start()
    again.log_on()
    again.open_dealing()
    again.market()
    assert not again.state.quotes
    again.rfq(1_000)
    assert refusal(again) == "KILL_SWITCH"


def test_a_completed_turn_is_not_completed_again(cut_off: Path) -> None:
    started(cut_off)[1].close()
    before = kinds(cut_off)
    started(cut_off)[1].close()
    assert before == kinds(cut_off)


def test_what_was_decided_and_never_sent_is_kept_for_sending(cut_off: Path, desk: Desk) -> None:
    recovered, journal = started(cut_off)
    journal.close()
    (unsent,) = recovered.unsent.values()
    assert unsent == desk.one(RefuseRfq)
    assert list(recovered.unsent) == [f"{desk.stepped[-1].number}.0"]


def test_what_got_its_number_is_not_kept_for_sending(folder: Path, desk: Desk) -> None:
    write_day(folder, desk)
    journal = JournalFile(folder)
    number = desk.stepped[-1].number
    mark = SentMark(session="A->B", sequence=7, effect_id=f"{number}.0")
    journal.append(RecordKind.SENT, desk.at_ns, encode(mark))
    journal.close()
    recovered, journal = started(folder)
    journal.close()
    assert {} == recovered.unsent
    assert recovered.replayer.links["A->B"].outbound == 7


def test_where_each_session_stands_is_known_again(folder: Path, desk: Desk) -> None:
    write_day(folder, desk)
    recovered, journal = started(folder)
    journal.close()
    assert recovered.replayer.links["BANKCNBJ-DEAL->ALPHA-DEAL"].inbound == 1


def test_an_event_the_core_failed_on_is_quarantined_and_dealing_halts(
    cut_off: Path, desk: Desk
) -> None:
    number = desk.stepped[-1].number
    journal = JournalFile(cut_off)
    journal.append(RecordKind.FAULT, desk.at_ns, encode(Fault(number=number, problem="ValueError")))
    journal.close()
    recovered, journal = started(cut_off)
    journal.close()
    state = recovered.replayer.engine.state
    assert state.stepped == number
    assert "ValueError" in state.halts["fault"]
    assert "quarantined" in " ".join(recovered.told)


def test_a_quarantined_event_is_passed_over_in_every_replay(cut_off: Path, desk: Desk) -> None:
    journal = JournalFile(cut_off)
    fault = Fault(number=desk.stepped[-1].number, problem="ValueError")
    journal.append(RecordKind.FAULT, desk.at_ns, encode(fault))
    journal.close()
    first, journal = started(cut_off)
    journal.close()
    second, journal = started(cut_off)
    journal.close()
    states = [found.replayer.engine.state for found in (first, second)]
    assert state_hash(states[0]) == state_hash(states[1])


class Fragile:
    """Starts that may die: at the Nth append of recovery, or whenever they step one event."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.poison = 0
        step, append = Engine.step, JournalFile.append

        def dying_step(engine: Engine, stamped: Stamped) -> object:
            if stamped.number == self.poison:
                raise Death
            return step(engine, stamped)

        def dying_append(journal: JournalFile, *record: Any) -> int:
            self.appends_left -= 1
            if self.appends_left < 0:
                raise Death
            return append(journal, *record)

        monkeypatch.setattr(Engine, "step", dying_step)
        monkeypatch.setattr(JournalFile, "append", dying_append)

    def start(self, appends: int = 1_000) -> Recovered | None:
        """A start that dies before its Nth append; None = it died."""
        self.appends_left = appends
        journal = JournalFile(self.folder)
        records = list(read_segment(segment_paths(self.folder)[-1]))
        try:
            return recover(records, None, journal, load_strategy)  # type: ignore[arg-type]
        except Death:
            return None
        finally:
            journal.close()


def test_kills_outside_the_step_never_quarantine_an_innocent_event(
    cut_off: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fragile = Fragile(cut_off, monkeypatch)
    for _ in range(DEATHS_MAX + 2):
        assert fragile.start(appends=0) is None, "before the mark"
        assert fragile.start(appends=2) is None, "after the step"
    recovered = fragile.start()
    assert recovered is not None
    assert state_hash(desk.state) == state_hash(recovered.replayer.engine.state)


def test_kills_within_the_step_are_forgotten_once_it_is_survived(
    cut_off: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fragile = Fragile(cut_off, monkeypatch)
    for _ in range(3):
        for _ in range(DEATHS_MAX - 1):
            assert fragile.start(appends=1) is None, "after the mark, before the step is survived"
        assert fragile.start(appends=2) is None, "survived"
    recovered = fragile.start()
    assert recovered is not None
    assert not recovered.replayer.engine.state.halts


def test_an_event_that_ends_every_process_is_quarantined_alone(
    folder: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_day(folder, desk, turns=len(desk.stepped) - 3)
    journal = JournalFile(folder)
    journal.append(RecordKind.INPUTS, desk.at_ns, encode_inputs(desk.stepped[-3:]))
    journal.close()
    fragile = Fragile(folder, monkeypatch)
    fragile.poison = desk.stepped[-2].number
    for _ in range(DEATHS_MAX):
        assert fragile.start() is None
    recovered = fragile.start()
    assert recovered is not None
    assert f"quarantined [{fragile.poison}]" in " ".join(recovered.told)
    assert "again and again" in recovered.replayer.engine.state.halts["fault"]
    assert recovered.replayer.engine.state.stepped == desk.stepped[-1].number


def test_running_out_of_memory_is_held_against_no_event_at_once(
    cut_off: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(self: Engine, stamped: Stamped) -> object:
        if stamped.number == desk.stepped[-1].number:
            raise MemoryError
        return step(self, stamped)

    step = Engine.step
    with monkeypatch.context() as patched:
        patched.setattr(Engine, "step", exhausted)
        with pytest.raises(MemoryError):
            started(cut_off)
    assert RecordKind.FAULT not in kinds(cut_off)


def test_effects_that_cannot_be_journaled_are_a_fault_of_their_event(
    cut_off: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unspeakable(self: Engine, stamped: Stamped) -> object:
        effects = step(self, stamped)
        last = stamped.number == desk.stepped[-1].number
        return (AlertRaised(code="ODD", text="\ud800"),) if last else effects

    step = Engine.step
    monkeypatch.setattr(Engine, "step", unspeakable)
    with pytest.raises(UnicodeEncodeError):
        started(cut_off)
    assert kinds(cut_off)[-1] is RecordKind.FAULT


def test_a_failure_during_recovery_is_recorded_and_ends_the_start(
    cut_off: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Engine, stamped: object) -> object:
        if getattr(stamped, "number", 0) == desk.stepped[-1].number:
            raise ZeroDivisionError("a fault of the core")
        return step(self, stamped)

    step = Engine.step
    with monkeypatch.context() as patched:
        patched.setattr(Engine, "step", fail)
        with pytest.raises(ZeroDivisionError):
            started(cut_off)
    # Whoever died let go of the folder: only here it is the same process.
    assert kinds(cut_off)[-1] is RecordKind.FAULT


def test_a_turn_of_several_events_is_completed_as_one(folder: Path, desk: Desk) -> None:
    write_day(folder, desk, turns=len(desk.stepped) - 3)
    journal = JournalFile(folder)
    journal.append(RecordKind.INPUTS, desk.at_ns, encode_inputs(desk.stepped[-3:]))
    journal.close()
    recovered, journal = started(folder)
    journal.close()
    assert state_hash(desk.state) == state_hash(recovered.replayer.engine.state)
    last = list(read_segment(segment_paths(folder)[-1]))[-1]
    assert encode_effects(desk.history[-3:]) == last.payload  # type: ignore[union-attr]


def refused_hit(folder: Path) -> Desk:
    """A day whose last turn refused a hit, cut before that was sent."""
    desk = dealt_day()
    desk.hit("NOSUCHQUOTE")
    write_day(folder, desk)
    return desk


def followed(folder: Path) -> Replayer:
    """A core at the end of the newest segment."""
    replayer = Replayer(load_strategy)
    for record in read_segment(segment_paths(folder)[-1]):
        replayer.apply(record)  # type: ignore[arg-type]
    return replayer


def test_a_refusal_in_the_auditors_snapshot_is_still_sent(folder: Path) -> None:
    desk = refused_hit(folder)
    saved = msgspec.json.decode(encode(followed(folder).saved()), type=SavedState)
    journal = JournalFile(folder)
    recovered = recover([], saved, journal, load_strategy)
    journal.close()
    assert [desk.one(RefuseHit)] == list(recovered.unsent.values())


def test_a_refusal_survives_a_second_death_before_it_is_sent(folder: Path) -> None:
    desk = refused_hit(folder)
    first, journal = started(folder)
    payload = Snapshot(
        state=msgspec.Raw(snapshot(first.replayer.engine.state)),
        links={},
        unsent=first.replayer.refusals_unsent(),
    )
    journal.open_segment(desk.day, desk.at_ns, encode(payload))
    desk.restart()
    write_turn(journal, desk.stepped[-1], desk.effects)
    journal.close()
    second, journal = started(folder)
    number = desk.stepped[-2].number
    assert f"{number}.0" in second.unsent
    mark = SentMark(session="A->B", sequence=7, effect_id=f"{number}.0")
    journal.append(RecordKind.SENT, desk.at_ns, encode(mark))
    journal.close()
    third, journal = started(folder)
    journal.close()
    assert {} == third.replayer.refusals_unsent()


def test_a_start_is_not_before_the_segment_that_the_last_one_opened(
    folder: Path, desk: Desk
) -> None:
    """It died right after it opened its segment; then somebody put the clock back."""
    write_day(folder, desk)
    opened_ns = desk.at_ns + 60_000_000_000
    journal = JournalFile(folder)
    journal.open_segment(desk.day, opened_ns, state_payload(desk.engine))
    journal.close()
    recovered, journal = started(folder)
    assert recovered.at_ns == opened_ns > recovered.replayer.engine.state.now_ns
    agent = Agent(
        recovered.replayer.engine,
        journal,
        ManualClock(desk.at_ns),
        Inbox(may_wait=False),
        NoTimers(),
        links={},
        unsent={},
        not_before_ns=recovered.at_ns,
    )
    agent.begin(started_event(desk.reference), NoVenues())
    journal.close()
    times = [item.at_ns for path in segment_paths(folder) for item in read_segment(path)]  # type: ignore[union-attr]
    assert times == sorted(times)


def test_a_start_from_the_auditors_snapshot_of_that_moment_is_not_before_it_either(
    folder: Path, desk: Desk
) -> None:
    write_day(folder, desk)
    opened_ns = desk.at_ns + 60_000_000_000
    journal = JournalFile(folder)
    journal.open_segment(desk.day, opened_ns, state_payload(desk.engine))
    saved = followed(folder).saved()
    assert recover([], saved, journal, load_strategy).at_ns == opened_ns > desk.state.now_ns
    journal.close()


def test_what_is_marked_in_a_turn_has_the_turns_time(
    folder: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_day(folder, desk, turns=len(desk.stepped) - 3)
    journal = JournalFile(folder)
    at_ns = desk.stepped[-1].at_ns
    journal.append(RecordKind.INPUTS, at_ns, encode_inputs(desk.stepped[-3:]))
    journal.close()
    assert desk.stepped[-3].at_ns < at_ns
    started(folder)[1].close()
    last = [item.at_ns for item in read_segment(segment_paths(folder)[-1])][-8:]  # type: ignore[union-attr]
    assert last == [at_ns] * 8
