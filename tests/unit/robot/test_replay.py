"""Stepping a journal again: equal, or the first place where it is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from connectors.journal.file import JournalFile, read_segment, segment_paths
from robot.assembly import load_strategy
from robot.auditor import Auditor, newest_snapshot
from robot.core import engine, quoting
from robot.core.engine import Engine
from robot.errors import RobotError
from robot.inspection import replay_path, show_path, verify_path
from robot.journal import Record, RecordKind, encode_effects, encode_inputs
from robot.messages.effects import AnyEffect, SendQuote
from robot.messages.events import Stamped, TimeAdvanced
from robot.replay import Replayer, recorded_effects
from tests.kit.days import dealt_day, state_payload, write_day
from tests.kit.desk import Desk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def desk() -> Desk:
    return dealt_day()


def write_changed(folder: Path, desk: Desk, changed: dict[int, tuple[AnyEffect, ...]]) -> None:
    """The day, but with other effects for some of its turns, their hashes right."""
    desk.history = [changed.get(i, effects) for i, effects in enumerate(desk.history)]
    write_day(folder, desk)


def index_of(desk: Desk, kind: type) -> int:
    """The first event that had an effect of a kind."""
    return next(
        i for i, effects in enumerate(desk.history) if any(isinstance(e, kind) for e in effects)
    )


def test_a_day_replays_equal(folder: Path, desk: Desk) -> None:
    write_day(folder, desk)
    result = replay_path(folder, compare=True)
    assert result.equal, result.told()
    assert (result.segments, result.turns) == (1, len(desk.stepped))


def test_a_day_in_two_segments_replays_equal(folder: Path, desk: Desk) -> None:
    write_day(folder, desk)
    journal = JournalFile(folder)
    journal.open_segment(desk.day, desk.at_ns, state_payload(desk.engine))
    journal.close()
    assert replay_path(folder, compare=True).equal


def test_a_missing_effect_is_the_first_difference(folder: Path, desk: Desk) -> None:
    at = index_of(desk, SendQuote)
    write_changed(folder, desk, {at: desk.history[at][:-1]})
    result = replay_path(folder, compare=True)
    assert not result.equal
    assert result.difference is not None
    assert result.difference.event_number == desk.stepped[at].number
    assert result.difference.sequence == 2 + 2 * (at + 1)


def test_another_price_is_the_first_difference_and_is_shown(folder: Path, desk: Desk) -> None:
    at = index_of(desk, SendQuote)
    later = len(desk.history) - 1
    wrong = tuple(
        SendQuote(**{n: getattr(e, n) for n in e.__struct_fields__} | {"rfq_id": "OTHER"})
        if isinstance(e, SendQuote)
        else e
        for e in desk.history[at]
    )
    write_changed(folder, desk, {at: wrong, later: ()})
    found = replay_path(folder, compare=True).difference
    assert found is not None
    assert found.event_number == desk.stepped[at].number
    assert "OTHER" in found.expected and "OTHER" not in found.actual


def test_a_snapshot_that_differs_from_the_replayed_state_is_a_difference(
    folder: Path, desk: Desk
) -> None:
    write_day(folder, desk)
    journal = JournalFile(folder)
    journal.open_segment(desk.day, desk.at_ns, state_payload(Engine(load_strategy)))
    journal.close()
    assert not replay_path(folder, compare=True).equal


def test_without_comparing_a_changed_effect_does_not_matter(folder: Path, desk: Desk) -> None:
    at = index_of(desk, SendQuote)
    write_changed(folder, desk, {at: ()})
    assert replay_path(folder, compare=False).equal


def test_inputs_at_the_end_without_effects_are_counted(folder: Path, desk: Desk) -> None:
    write_day(folder, desk, turns=len(desk.stepped) - 2)
    journal = JournalFile(folder)
    journal.append(RecordKind.INPUTS, desk.at_ns, encode_inputs(desk.stepped[-2:]))
    journal.close()
    result = replay_path(folder, compare=True)
    assert (result.equal, result.unfinished) == (True, 2)


def test_effects_can_be_read_without_a_core(desk: Desk) -> None:
    assert [list(desk.history[5])] == recorded_effects(encode_effects([desk.history[5]]))


def test_every_effect_of_a_day_survives_the_journal(desk: Desk) -> None:
    for effects in desk.history:
        assert [list(effects)] == recorded_effects(encode_effects([effects]))


def test_a_damaged_day_does_not_verify(folder: Path, desk: Desk) -> None:
    write_day(folder, desk)
    (path,) = segment_paths(folder)
    assert verify_path(folder).valid
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    assert not verify_path(folder).valid
    assert not replay_path(folder, compare=True).equal


def test_two_days_in_the_wrong_order_do_not_verify(folder: Path, desk: Desk) -> None:
    write_day(folder, desk)
    journal = JournalFile(folder)
    journal.open_segment(desk.day, desk.at_ns, state_payload(desk.engine))
    journal.close()
    first, second = segment_paths(folder)
    first.rename(folder / "20140501-0003.fxj")
    assert not verify_path(folder).valid
    assert second.exists()


def test_records_are_shown_readably(folder: Path, desk: Desk) -> None:
    write_day(folder, desk)
    lines = list(
        show_path(folder, first=1, count=0, kind="effects", find="SendQuote", as_json=False)
    )
    assert len(lines) == 2
    assert all("EFFECTS" in line and "Q20140501-00000" in line for line in lines)
    with pytest.raises(RobotError, match="known: HEADER"):
        list(show_path(folder, first=1, count=0, kind="none", find="", as_json=False))


class Records:
    """A tail that holds everything at once."""

    def __init__(self, folder: Path) -> None:
        self.records: list[Record] = list(read_segment(segment_paths(folder)[0]))  # type: ignore[arg-type]

    def poll(self, count: int) -> list[Record]:
        taken, self.records = self.records[:count], self.records[count:]
        return taken

    def behind(self) -> int:
        return 0


def test_the_auditor_follows_and_its_snapshot_leads_to_the_same_state(
    folder: Path, desk: Desk, tmp_path: Path
) -> None:
    write_day(folder, desk)
    auditor = Auditor(Records(folder), load_strategy, tmp_path / "snapshots", None)  # type: ignore[arg-type]
    assert auditor.catch_up() > 0
    assert auditor.difference is None
    auditor.save()
    saved = newest_snapshot(tmp_path / "snapshots", "20140501-0001")
    assert saved is not None
    replayer = Replayer(load_strategy)
    replayer.resume(saved)
    assert replayer.engine.state == desk.state


def test_the_auditor_stops_at_the_first_difference(
    folder: Path, desk: Desk, tmp_path: Path
) -> None:
    at = index_of(desk, SendQuote)
    write_changed(folder, desk, {at: ()})
    auditor = Auditor(Records(folder), load_strategy, tmp_path / "snapshots", None)  # type: ignore[arg-type]
    auditor.catch_up()
    assert auditor.difference is not None
    assert auditor.catch_up() == 0


def test_a_damaged_snapshot_is_passed_over_for_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "20140501-0001-000000000009.json").write_text("{")
    assert newest_snapshot(tmp_path, "20140501-0001") is None


def followed(folder: Path, spoil: Callable[[list[Record]], None] = lambda records: None) -> Auditor:
    """An auditor that has followed the day, after `spoil` had its way with the records."""
    tail = Records(folder)
    spoil(tail.records)
    auditor = Auditor(tail, load_strategy, folder / "snapshots", None)  # type: ignore[arg-type]
    auditor.catch_up()
    return auditor


def test_the_auditor_finds_nothing_wrong_with_a_good_day(folder: Path, desk: Desk) -> None:
    write_day(folder, desk)
    assert not followed(folder).problem


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
    folder: Path, desk: Desk, spoil: Callable[[list[Record]], None], told: str
) -> None:
    write_day(folder, desk)
    auditor = followed(folder, spoil)
    assert told in auditor.problem
    assert auditor.catch_up() == 0


def test_the_auditor_stops_when_time_goes_back(folder: Path, desk: Desk) -> None:
    journal = JournalFile(folder)
    journal.open_segment(desk.day, desk.at_ns, state_payload(Engine(load_strategy)))
    journal.append(RecordKind.INPUTS, desk.at_ns - 1, encode_inputs(desk.stepped[:1]))
    journal.close()
    assert f"before {desk.at_ns}" in followed(folder).problem


def test_the_auditor_stops_at_a_violated_invariant(
    folder: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A core that forgets the expiry of its quotes replays equal, and is wrong all the same."""
    monkeypatch.setitem(engine.TIMER_HANDLERS, quoting.QUOTE_EXPIRY, lambda context, key: None)
    forgetful = dealt_day()
    write_day(folder, forgetful)
    auditor = followed(folder)
    assert auditor.difference is None
    assert "invariant violated after event" in auditor.problem and "I10" in auditor.problem


def test_the_auditor_passes_over_what_a_quarantine_left_standing(folder: Path) -> None:
    desk = Desk().open()
    desk.market()
    desk.quoted()
    write_day(folder, desk)
    journal = JournalFile(folder)
    stamped = Stamped(desk.state.stepped + 1, desk.at_ns, TimeAdvanced())
    journal.append(RecordKind.INPUTS, desk.at_ns, encode_inputs([stamped]))
    journal.append(RecordKind.EFFECTS, desk.at_ns, encode_effects([()], (stamped.number,)))
    journal.close()
    auditor = followed(folder)
    assert auditor.replayer.engine.state.halts and auditor.replayer.engine.state.quotes
    assert not auditor.problem
    auditor.save()
    assert newest_snapshot(folder / "snapshots", "20140501-0001") is None
