"""The report of a day, and one limit over time: the figures are counted here once more."""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from connectors import limits
from connectors.evidence.days import DayReport, as_csv, history, report_day
from connectors.evidence.report import report_page, write_report
from connectors.evidence.use import Peaks, account_of, share_of
from robot.basics.ids import LimitId
from robot.errors import RobotError
from robot.messages.effects import Decided, LimitMove, LimitsMoved
from tests.kit.days import write_day
from tests.kit.desk import Desk
from tests.unit.connectors.evidence.test_chain import busy

EUR = "net_open_position:EUR"
LINE = "counterparty_line:BANKA"


@pytest.fixture(scope="module")
def desk() -> Desk:
    made = busy()
    made.kill()
    return made


@pytest.fixture(scope="module")
def journal(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "journal"
    write_day(folder, desk)
    return folder


@pytest.fixture(scope="module")
def report(journal: Path) -> DayReport:
    return report_day(journal, "20140501")


def moves(desk: Desk, limit_id: str) -> list[LimitMove]:
    rows = (move for moved in desk.history_of(LimitsMoved) for move in moved.moves)
    return [move for move in rows if move.limit_id == limit_id]


def test_peaks_are_the_largest_of_all_movements(desk: Desk, report: DayReport) -> None:
    found = {one.limit_id: one for one in report.limits}
    line = [move.utilisation + move.reserved for move in moves(desk, LINE)]
    assert found[LINE].peak == max(line)
    assert found[EUR].peak == max(abs(move.utilisation) for move in moves(desk, EUR))
    for limit_id, one in found.items():
        last = moves(desk, limit_id)[-1]
        assert (one.used, one.reserved, one.maximum) == (
            last.utilisation,
            last.reserved,
            last.maximum,
        )
        assert one.movements == len(moves(desk, limit_id))


def test_refusals_are_counted_by_reason(desk: Desk, report: DayReport) -> None:
    decided = [one for one in desk.history_of(Decided) if one.outcome == "REFUSED"]
    assert report.refusals == len(decided)
    found = {(one.kind, one.reason): one.count for one in report.refused}
    assert found == Counter((one.kind, one.reason) for one in decided)


def test_who_changed_stopped_and_agreed_is_in_it(report: DayReport) -> None:
    assert [(one.what, one.actor, one.approver) for one in report.changes] == [
        ("ReferenceChanged", "li.wei", "he.yu"),
        ("OverrideGranted", "li.wei", "he.yu"),
        ("KillSwitchPulled", "compliance", ""),
    ]
    assert {one.code for one in report.warnings} >= {"REFERENCE_CHANGED", "OVERRIDE_GRANTED"}


def test_history_is_every_movement_in_order(desk: Desk, journal: Path) -> None:
    found = [(one.requested, one.used, one.reserved, one.maximum) for one in history(journal, EUR)]
    assert found == [
        (one.requested, one.utilisation, one.reserved, one.maximum) for one in moves(desk, EUR)
    ]
    assert not list(history(journal, "net_open_position:EU"))


def test_the_files_hold_it_all_and_nothing_that_acts(report: DayReport, journal: Path) -> None:
    html, table = write_report(journal, "20140501", journal.parent / "reports")
    assert html.read_text(encoding="utf-8") == report_page(report)
    rows = list(csv.DictReader(StringIO(as_csv(report))))
    assert table.read_text(encoding="utf-8").splitlines() == as_csv(report).splitlines()
    assert {row["name"] for row in rows if row["section"] == "peak"} == {
        one.limit_id for one in report.limits
    }
    assert not [row for row in rows if row["detail"][:1] in set("=+-@")]


def test_every_part_is_on_the_page_and_in_the_table(report: DayReport) -> None:
    rows = list(csv.DictReader(StringIO(as_csv(report))))
    found = Counter(row["section"] for row in rows)
    assert set(found) == {"summary", "peak", "end", "refused", "warning", "override", "change"}
    (override,) = (row for row in rows if row["section"] == "override")
    assert "li.wei, approved by he.yu" in override["detail"] and EUR in override["detail"]
    page = report_page(report)
    names = ("Use and peaks", "Refusals", "Warnings", "Overrides", "Changes, stops and releases")
    places = [page.index(f"<h2>{name}</h2>") for name in names]
    assert places == sorted(places)
    assert places[3] < page.index("OverrideGranted") < places[4] < page.index("KillSwitchPulled")
    assert "alone, as anybody may" in page and "approved by nobody" not in page


def test_a_day_that_is_not_there_is_an_error(journal: Path) -> None:
    with pytest.raises(RobotError, match="no segment of 20140502"):
        report_day(journal, "20140502")


def test_a_damaged_record_is_told_and_not_read_past(journal: Path, tmp_path: Path) -> None:
    copy = tmp_path / "journal"
    copy.mkdir()
    (path,) = journal.glob("*.fxj")
    data = path.read_bytes()
    (copy / path.name).write_bytes(data[:-100])
    assert "are no records" in report_day(copy, "20140501").problems[0]


def test_the_worse_side_of_a_position_is_its_share() -> None:
    row = {
        "limit_id": EUR,
        "maximum": "100",
        "two_sided": True,
        "utilisation": "-30",
        "reserved_up": "50",
        "reserved_down": "20",
    }
    found = account_of(row)
    assert (found.share, found.headroom) == (Decimal("0.5"), Decimal(50))
    assert share_of(Decimal(1), Decimal(0)) is None


def test_the_commands_answer(journal: Path, tmp_path: Path) -> None:
    where = ["--folder", str(journal.parent)]
    run = CliRunner().invoke
    assert EUR not in run(limits.app, ["history", LINE, *where]).stdout
    answer = run(limits.app, ["history", EUR, *where, "--json"]).stdout
    assert msgspec.json.decode(answer)["movements"]
    made = run(
        limits.app, ["report", "--day", "2014-05-01", *where, "-o", str(tmp_path), "--json"]
    ).stdout
    assert all(Path(name).exists() for name in msgspec.json.decode(made)["files"])


def test_what_was_won_is_room_and_no_use_of_a_limit_of_losses() -> None:
    peaks = Peaks()
    for lost in ("-500", "120", "-700"):
        move = LimitMove(LimitId("DAY"), Decimal(0), Decimal(lost), Decimal(0), Decimal(1000))
        peaks.follow(1, [LimitsMoved(verb="value", reservation_id="result", moves=(move,))])
    (found,) = peaks.by_share()
    assert (found.peak, found.used, found.headroom) == (120, -700, 1700)


def test_a_peak_stands_beside_the_maximum_of_its_time_and_a_cut_one_comes_first() -> None:
    peaks = Peaks()
    for verb, used, maximum in (("commit", 90, 1000), ("maximum", 90, 60)):
        cut = LimitMove(LimitId(LINE), Decimal(0), Decimal(used), Decimal(0), Decimal(maximum))
        peaks.follow(1, [LimitsMoved(verb=verb, reservation_id="", moves=(cut,))])
    full = LimitMove(
        LimitId("counterparty_line:OTHER"), Decimal(9), Decimal(9), Decimal(0), Decimal(10)
    )
    peaks.follow(2, [LimitsMoved(verb="commit", reservation_id="Q", moves=(full,))])
    first = peaks.by_share()[0]
    assert (first.limit_id, first.share, first.maximum) == (LINE, Decimal("1.5"), 60)
    assert (first.peak, first.peak_maximum, first.peak_share) == (90, 1000, Decimal("0.09"))
