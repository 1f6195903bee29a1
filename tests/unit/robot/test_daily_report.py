"""A day that is over is reported once, by itself."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connectors.evidence.report import main
from connectors.journal.file import JournalFile
from robot import daily_report
from robot.clock import NANOS_PER_SECOND
from robot.daily_report import LOOK_EVERY_S, DailyReport
from tests.kit.days import dealt_day, state_payload, write_day

SOON = (LOOK_EVERY_S + 1) * NANOS_PER_SECOND


def settings(data: Path) -> Any:
    return SimpleNamespace(data=data, journal_folder=data / "journal")


def test_the_day_that_is_over_is_reported_once(tmp_path: Path) -> None:
    desk = dealt_day()
    write_day(tmp_path / "journal", desk)
    report = DailyReport(settings(tmp_path))
    report.look(0)
    assert report.process is None, "the day is not over"

    desk.roll()
    file = JournalFile(tmp_path / "journal")
    file.open_segment(desk.day, desk.at_ns, state_payload(desk.engine))
    file.close()
    report.look(1)
    assert report.process is None, "it looks now and then only"
    report.look(SOON)
    assert report.process is not None
    assert report.process.wait(30) == 0, (tmp_path / "log" / "report.log").read_text()
    names = {path.name for path in (tmp_path / "reports").iterdir()}
    assert names == {"limits-20140501.html", "limits-20140501.csv"}

    first = report.process
    report.look(2 * SOON)
    assert report.process is first, "it is there"


def test_a_report_that_fails_is_told_and_not_tried_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily_report, "_WRITER", "no_such_module")
    journal = tmp_path / "journal"
    journal.mkdir()
    for name in ("20140501-0001", "20140502-0001"):
        (journal / f"{name}.fxj").write_bytes(b"")
    report = DailyReport(settings(tmp_path))
    report.look(0)
    first = report.process
    assert first is not None and first.wait(30) == 1
    assert "no_such_module" in (tmp_path / "log" / "report.log").read_text(encoding="utf-8")
    report.look(SOON)
    assert report.process is first
    report.stop()


def test_what_cannot_be_written_is_an_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_day(tmp_path / "journal", dealt_day())
    (tmp_path / "reports").write_text("no folder", encoding="utf-8")
    arguments = [str(tmp_path / "journal"), "20140501", str(tmp_path / "reports")]
    assert main(arguments) == 1
    assert "cannot be written" in capsys.readouterr().err
