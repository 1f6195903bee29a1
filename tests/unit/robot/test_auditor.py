"""The auditor steps every turn once, killed or not, and leaves snapshots to go on from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from connectors.journal.file import FileTail, JournalFile, read_segment, segment_paths
from robot import auditor as module
from robot.assembly import load_strategy
from robot.auditor import SNAPSHOTS_KEPT, Auditor, newest_snapshot
from robot.core import engine as engine_module
from robot.core import quoting
from robot.core.engine import Engine
from robot.journal import Record, RecordKind, encode_effects, encode_inputs
from robot.messages.effects import SendQuote
from robot.messages.events import Stamped, TimeAdvanced
from robot.replay import Replayer
from tests.kit.days import dealt_day, state_payload, write_day
from tests.kit.desk import Desk

SEGMENT = "20140501-0001"


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


@pytest.fixture
def desk() -> Desk:
    return dealt_day()


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot after every other event, however large."""
    monkeypatch.setattr(module, "SNAPSHOT_EVENTS", 2)
    monkeypatch.setattr(module, "SNAPSHOT_BYTES_AN_EVENT", 10**9)


def started(journal: Path, folder: Path) -> Auditor:
    """An auditor as its process starts it."""
    saved = newest_snapshot(folder)
    place = (saved.segment, saved.sequence) if saved else ("", 0)
    return Auditor(FileTail(journal, *place), load_strategy, folder, saved)


def to_the_end(auditor: Auditor) -> Auditor:
    """Everything that is in the journal."""
    while not auditor.problem and (auditor.catch_up() or auditor.behind()):
        pass
    return auditor


def second_segment(journal: Path, desk: Desk, engine: Engine) -> None:
    """A segment that begins with the state of an engine."""
    file = JournalFile(journal)
    file.open_segment(desk.day, desk.at_ns, state_payload(engine))
    file.close()


def test_the_auditor_follows_and_its_snapshot_leads_to_the_same_state(
    journal: Path, folder: Path, desk: Desk
) -> None:
    write_day(journal, desk)
    auditor = to_the_end(started(journal, folder))
    assert auditor.difference is None
    auditor.save()
    saved = newest_snapshot(folder, SEGMENT)
    assert saved is not None
    resumed = Auditor(FileTail(journal), load_strategy, folder, saved).replayer
    assert resumed.engine.state == desk.state
    assert (resumed.segment, resumed.sequence) == (SEGMENT, saved.sequence)


def test_the_auditor_stops_at_the_first_difference(journal: Path, folder: Path, desk: Desk) -> None:
    at = next(i for i, row in enumerate(desk.history) if any(isinstance(e, SendQuote) for e in row))
    desk.history[at] = ()
    write_day(journal, desk)
    auditor = started(journal, folder)
    auditor.catch_up()
    assert auditor.difference is not None
    assert auditor.catch_up() == 0


def test_a_damaged_snapshot_is_passed_over_for_the_one_before_in_whichever_segment(
    often: None, journal: Path, folder: Path, desk: Desk
) -> None:
    write_day(journal, desk)
    to_the_end(started(journal, folder))
    before = newest_snapshot(folder)
    (folder / f"{SEGMENT}-999999999999.json").write_text("{")
    (folder / "20140502-0001-000000000009.json").write_text("{")
    assert newest_snapshot(folder, "20140502-0001") is None
    found = newest_snapshot(folder)
    assert found is not None and before is not None
    assert (found.segment, found.sequence) == (SEGMENT, before.sequence)


def test_an_auditor_that_is_killed_again_and_again_steps_every_turn_and_gets_to_the_end(
    often: None, journal: Path, folder: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each life reads a few records only. What it did since its last snapshot is done again."""
    write_day(journal, desk)
    second_segment(journal, desk, desk.engine)
    monkeypatch.setattr(module, "BATCH_RECORDS", 6)
    stepped: set[int] = set()
    apply = Replayer.apply

    def noted(replayer: Replayer, record: object) -> object:
        before = replayer.engine.state.stepped
        difference = apply(replayer, record)  # type: ignore[arg-type]
        stepped.update(range(before + 1, replayer.engine.state.stepped + 1))
        return difference

    monkeypatch.setattr(Replayer, "apply", noted)
    for _ in range(len(desk.stepped)):
        auditor = started(journal, folder)
        auditor.catch_up()
        assert auditor.difference is None
    assert to_the_end(auditor).replayer.segment == "20140501-0002"
    assert stepped == {one.number for one in desk.stepped}


def test_the_border_of_segments_is_compared_also_right_after_a_restart(
    journal: Path, folder: Path, desk: Desk
) -> None:
    """Else a state that was changed there would be taken over by trader and auditor alike."""
    write_day(journal, desk)
    to_the_end(started(journal, folder)).save()
    second_segment(journal, desk, dealt_day().after(1).engine)
    equal = to_the_end(started(journal, folder))
    assert equal.difference is None
    other = dealt_day()
    other.kill()
    second_segment(journal, desk, other.engine)
    found = to_the_end(started(journal, folder)).difference
    assert found is not None and found.segment == "20140501-0003"


def test_a_large_state_is_saved_less_often(
    often: None, journal: Path, folder: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_day(journal, desk)
    taken: list[int] = []
    save = Auditor.save

    def counted(auditor: Auditor) -> None:
        taken.append(auditor.replayer.events)
        save(auditor)

    monkeypatch.setattr(Auditor, "save", counted)
    to_the_end(started(journal, folder))
    assert taken[:3] == [2, 4, 6]
    for path in folder.glob("*.json"):
        assert path.stat().st_size > 1_000
        path.unlink()
    taken.clear()
    monkeypatch.setattr(module, "SNAPSHOT_BYTES_AN_EVENT", 10)
    to_the_end(started(journal, folder))
    assert taken == [2]


def test_a_few_snapshots_are_kept_and_what_a_kill_left_half_written_is_not(
    often: None, journal: Path, folder: Path, desk: Desk
) -> None:
    write_day(journal, desk)
    folder.mkdir()
    (folder / f"{SEGMENT}-000000000001.tmp").write_text("{")
    to_the_end(started(journal, folder))
    assert [".json"] * SNAPSHOTS_KEPT == [path.suffix for path in folder.iterdir()]


class Records:
    """A tail that holds everything at once."""

    def __init__(self, journal: Path) -> None:
        found = list(read_segment(segment_paths(journal)[0]))
        self.records: list[Record] = [item for item in found if isinstance(item, Record)]

    def poll(self, count: int) -> list[Record]:
        taken, self.records = self.records[:count], self.records[count:]
        return taken

    def behind(self) -> int:
        return 0


def followed(
    journal: Path, spoil: Callable[[list[Record]], None] = lambda records: None
) -> Auditor:
    """An auditor that has followed the day, after `spoil` had its way with the records."""
    tail = Records(journal)
    spoil(tail.records)
    auditor = Auditor(tail, load_strategy, journal / "snapshots", None)  # type: ignore[arg-type]
    auditor.catch_up()
    return auditor


def test_the_auditor_finds_nothing_wrong_with_a_good_day(journal: Path, desk: Desk) -> None:
    write_day(journal, desk)
    assert not followed(journal).problem


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda records: records.pop(5), "record 7 does not continue the chain of 5"),
        (lambda records: records.insert(5, records.pop(6)), "record 7 does not continue"),
        (
            lambda records: records.__setitem__(
                5, msgspec.structs.replace(records[5], payload=records[5].payload + b" ")
            ),
            "record 6 does not continue the chain of 5",
        ),
    ],
)
def test_the_auditor_stops_at_a_broken_chain(
    journal: Path, desk: Desk, spoil: Callable[[list[Record]], None], told: str
) -> None:
    write_day(journal, desk)
    auditor = followed(journal, spoil)
    assert told in auditor.problem
    assert auditor.catch_up() == 0


def test_the_auditor_stops_when_time_goes_back(journal: Path, desk: Desk) -> None:
    file = JournalFile(journal)
    file.open_segment(desk.day, desk.at_ns, state_payload(Engine(load_strategy)))
    file.append(RecordKind.INPUTS, desk.at_ns - 1, encode_inputs(desk.stepped[:1]))
    file.close()
    assert f"before {desk.at_ns}" in followed(journal).problem


def test_an_auditor_that_comes_back_stops_when_time_goes_back_right_there(
    journal: Path, folder: Path, desk: Desk
) -> None:
    write_day(journal, desk)
    auditor = to_the_end(started(journal, folder))
    auditor.save()
    file = JournalFile(journal)
    file.append(RecordKind.INPUTS, desk.at_ns - 1, encode_inputs(desk.stepped[:1]))
    file.close()
    assert f"before {desk.at_ns}" in to_the_end(started(journal, folder)).problem


def test_the_auditor_stops_at_a_violated_invariant(
    journal: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A core that forgets the expiry of its quotes replays equal, and is wrong all the same."""
    monkeypatch.setitem(
        engine_module.TIMER_HANDLERS, quoting.QUOTE_EXPIRY, lambda context, key: None
    )
    forgetful = dealt_day()
    write_day(journal, forgetful)
    auditor = followed(journal)
    assert auditor.difference is None
    assert "invariant violated after event" in auditor.problem and "I10" in auditor.problem


def test_the_auditor_passes_over_what_a_quarantine_left_standing(journal: Path) -> None:
    desk = Desk().open()
    desk.market()
    desk.quoted()
    write_day(journal, desk)
    file = JournalFile(journal)
    stamped = Stamped(desk.state.stepped + 1, desk.at_ns, TimeAdvanced())
    file.append(RecordKind.INPUTS, desk.at_ns, encode_inputs([stamped]))
    file.append(RecordKind.EFFECTS, desk.at_ns, encode_effects([()], (stamped.number,)))
    file.close()
    auditor = followed(journal)
    assert auditor.replayer.engine.state.halts and auditor.replayer.engine.state.quotes
    assert not auditor.problem
    auditor.save()
    assert newest_snapshot(journal / "snapshots", SEGMENT) is None
