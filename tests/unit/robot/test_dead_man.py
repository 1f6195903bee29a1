"""The dead man's switch: the note of a stall, and the absence of persons."""

from __future__ import annotations

from pathlib import Path

from robot.dead_man import Presence, forget_note, leave_note, note_path, noted

SECOND = 10**9


def test_a_start_after_a_stall_begins_stopped_until_the_note_is_forgotten(tmp_path: Path) -> None:
    assert noted(tmp_path) == []
    leave_note(tmp_path, "the trader stood still for 15 s")
    for _ in range(2):
        (stop,) = noted(tmp_path)
        assert (stop.scope, stop.actor) == ("all", "dead man")
        assert stop.reason == "the trader stood still for 15 s"
    forget_note(tmp_path)
    assert noted(tmp_path) == []


def test_a_note_that_cannot_be_read_stops_all_the_same(tmp_path: Path) -> None:
    note_path(tmp_path).mkdir()
    (stop,) = noted(tmp_path)
    assert "cannot be read" in stop.reason
    other = tmp_path / "other"
    other.mkdir()
    note_path(other).write_bytes(b"\xff")
    assert len(noted(other)) == 1


def test_nobody_present_for_too_long_stops_dealing_once_for_each_absence() -> None:
    presence = Presence(60, 0)
    assert presence.look(59 * SECOND) is None
    stop = presence.look(60 * SECOND)
    assert stop is not None and stop.reason == "nobody was present for 60 s"
    assert presence.look(61 * SECOND) is None
    presence.heard(70 * SECOND)
    assert presence.left_s(100 * SECOND) == 30
    assert presence.look(129 * SECOND) is None
    assert presence.look(130 * SECOND) is not None


def test_without_the_setting_nobody_has_to_be_present() -> None:
    presence = Presence(0, 0)
    assert presence.look(10**6 * SECOND) is None and presence.left_s(1) is None
