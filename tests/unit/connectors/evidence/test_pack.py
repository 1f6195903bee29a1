"""The pack for the yearly self-assessment."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors.evidence.pack import Pack, make_pack, pack_page
from connectors.limits import app
from robot.approvals import CONTENTS, Kind, Role, Who
from robot.approving import Approving
from robot.contents import content_of
from robot.errors import RobotError
from robot.package import configuration_folder
from robot.settings import Settings, load_settings
from tests.kit.days import write_day
from tests.kit.desk import Desk

LI, HE = (Who(name=name, role=Role.RISK, how="test") for name in ("li.wei", "he.yu"))
NOON = 1_398_945_600 * 10**9


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("pack") / "desk"
    shutil.copytree(configuration_folder(), folder, ignore=shutil.ignore_patterns("calendars"))
    settings = load_settings(folder)
    approving = Approving(settings, lambda: NOON)
    for kind in CONTENTS:
        content = content_of(settings.reference, kind)
        if kind is Kind.LIMITS:
            row = {"maximum": "5", "everyone": "all", "owner": "<b>chen"}
            content["tree"] = {"clip": [row, {"maximum": "4", "book": "FXSPOT"}]}
        made = approving.propose(LI, kind, content, reason="first").proposal
        assert made is not None
        assert not approving.approve(LI, made.number, made.content_hash).ok
        assert approving.approve(HE, made.number, made.content_hash).ok
    desk = Desk().open()
    desk.market()
    desk.hit(desk.quoted())
    desk.rfq(client="BANKX")
    desk.kill()
    write_day(settings.journal_folder, desk)
    return settings


@pytest.fixture(scope="module")
def pack(settings: Settings) -> Pack:
    return make_pack(settings, "", "", NOON, ())


def test_it_has_what_ran_who_agreed_and_what_happened(pack: Pack) -> None:
    (strategy,) = pack.strategies
    assert (strategy.name, strategy.proposer, strategy.approver) == ("two_way", "li.wei", "he.yu")
    (day,) = pack.days
    assert (day.day, day.deals, day.refusals) == ("20140501", 1, 1)
    assert [one.what for one in pack.changes] == ["KillSwitchPulled"]
    assert (pack.proposals, pack.refused) == ({"APPROVED": 3}, {"SELF_APPROVAL": 3})
    assert len(pack.controls) == 48 and pack.peaks
    assert [(row.maximum, row.owner) for row in pack.limits] == [("5", "<b>chen"), ("4", "")]
    assert pack.without_owner == 1


def test_nothing_in_it_acts_on_the_page(settings: Settings, pack: Pack) -> None:
    page = pack_page(pack)
    assert "Controls: " in page and "SELF_APPROVAL" in page and "<b>" not in page


def test_the_command_writes_page_and_data_and_says_what_does_not_verify(
    settings: Settings, tmp_path: Path
) -> None:
    arguments = ["pack", "--config", str(settings.folder), "-o", str(tmp_path)]
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    files = [Path(name) for name in json.loads(done.stdout)["files"]]
    data = json.loads(files[1].read_bytes())
    assert data["verified"] == [] and data["days"][0]["deals"] == 1
    segment = next(settings.journal_folder.glob("*.fxj"))
    whole = segment.read_bytes()
    segment.write_bytes(whole[:-200] + b"x" + whole[-199:])
    try:
        done = CliRunner().invoke(app, [*arguments, "--json"])
        assert done.exit_code == 0, done.output
        found = json.loads(files[1].read_bytes())["verified"]
        assert any("CHANGED" in one for one in found)
        (day,) = json.loads(files[1].read_bytes())["days"]
        assert "is damaged" in day["problems"][0]
        assert "not as it was written" in files[0].read_text()
    finally:
        segment.write_bytes(whole)


def test_a_period_without_a_day_is_an_error(settings: Settings) -> None:
    with pytest.raises(RobotError, match="no trade date from 20200101"):
        make_pack(settings, "20200101", "20201231", NOON, ())
