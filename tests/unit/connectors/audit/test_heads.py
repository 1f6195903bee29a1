"""The auditor writes heads, signs them, and does not go on where the journal is another one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from connectors.audit import cli, folder, headfile
from connectors.audit.headfile import HeadFile, Locked, request_path
from connectors.audit.keys import KEY_VARIABLE, new_key, signer_of
from connectors.doctor.audit import audit_checks
from connectors.doctor.check import State, examine
from connectors.journal.file import JournalFile, Synced, segment_paths
from robot.errors import ConfigurationError
from robot.examination import Kind
from robot.heads import read_line
from robot.status import Beat, audit_status
from robot.verdict import HeadLines
from tests.kit.audited import AuditedDesk, run
from tests.kit.days import write_day, write_turn


@pytest.fixture
def desk(tmp_path: Path) -> AuditedDesk:
    return AuditedDesk(tmp_path, copy=True)


def flip(path: Path, at: int) -> None:
    """Change one byte of a file."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def audit_state(heads: HeadFile) -> dict[str, object]:
    """What `fxrobot status` says of them."""
    return audit_status(Beat(name="auditor", at_ns=1, pid=1, figures=heads.figures()))


# --- what is written


def test_a_head_is_signed_at_each_segments_end_and_at_the_stop_and_all_verifies(
    desk: AuditedDesk,
) -> None:
    desk.begin_segment()
    desk.begin_segment()
    assert not desk.audit().problem
    heads = [read_line(line).head for line in desk.heads.read_bytes().splitlines()]
    assert ["end of segment", "end of segment", "stop"] == [head.reason for head in heads]
    assert {desk.key} == {head.key for head in heads}
    code, verdict = desk.verify("--copy", str(desk.copy))
    assert (0, True, 3) == (code, verdict.valid, verdict.heads_signed)
    assert verdict.logs[0].not_yet_signed == 0
    assert verdict.notes == ()


def test_the_copy_elsewhere_is_the_same_and_shows_when_heads_are_gone_here(
    desk: AuditedDesk,
) -> None:
    desk.begin_segment()
    desk.audit()
    assert desk.heads.read_bytes() == (desk.copy / "heads.jsonl").read_bytes()
    first = desk.heads.read_bytes().splitlines(keepends=True)[0]
    desk.heads.write_bytes(first)
    assert desk.verify()[1].valid
    code, verdict = desk.verify("--copy", str(desk.copy))
    assert (1, Kind.HEAD_MISSING) == (code, verdict.findings[0].kind)


def test_an_auditor_that_comes_back_goes_on_where_it_was_and_writes_no_head_for_nothing(
    desk: AuditedDesk,
) -> None:
    desk.audit()
    desk.audit()
    assert len(desk.heads.read_bytes().splitlines()) == 1
    desk.begin_segment()
    desk.audit()
    assert [1, 2] == [read_line(line).head.number for line in desk.heads.read_bytes().splitlines()]
    assert desk.verify()[0] == 0


def test_an_auditor_killed_before_any_head_takes_its_place_from_the_journal(
    desk: AuditedDesk,
) -> None:
    auditor, heads = desk.auditor()
    auditor.catch_up()
    auditor.save()
    heads.close()
    desk.audit()
    code, verdict = desk.verify()
    assert (0, 0) == (code, verdict.logs[0].not_yet_signed)


def test_a_line_that_was_never_completely_written_is_cut_off(desk: AuditedDesk) -> None:
    desk.audit()
    whole = desk.heads.read_bytes()
    desk.heads.write_bytes(whole + b'{"head":{"what"')
    code, verdict = desk.verify()
    assert (0, True) == (code, any("never completely" in note for note in verdict.notes))
    desk.audit()
    assert whole == desk.heads.read_bytes()


def test_without_a_key_heads_are_written_unsigned_and_it_is_said(tmp_path: Path) -> None:
    desk = AuditedDesk(tmp_path, key=False)
    desk.audit()
    code, verdict = desk.verify()
    assert (0, 1, 0) == (code, verdict.heads, verdict.heads_signed)
    assert any("without a signature" in note for note in verdict.notes)
    heads = HeadFile(desk.settings)
    assert audit_state(heads)["problem"] == "heads are not signed: no audit key is configured"
    heads.close()
    states = {one.name: one.state for one in examine(audit_checks(desk.settings)).checks}
    assert {"audit key": State.WARNING, "audit heads": State.WARNING} == states


def test_status_and_doctor_tell_the_last_signed_head(desk: AuditedDesk) -> None:
    desk.audit()
    heads = HeadFile(desk.settings)
    told = audit_state(heads)
    heads.close()
    assert (1, desk.key, "") == (told["last_signed_head"], told["key"], told["problem"])
    assert told["hash"] == desk.verify()[1].last_head
    assert {State.OK} == {one.state for one in examine(audit_checks(desk.settings)).checks}


def test_a_robot_that_runs_meanwhile_makes_no_finding(
    desk: AuditedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It synced and signed more just when the synced position, or the heads, were read."""
    read_synced, read_heads = folder.read_synced, cli.heads_at

    def synced_meanwhile(path: Path) -> Synced | None:
        desk.begin_segment()
        return read_synced(path)

    def signed_meanwhile(path: Path) -> HeadLines | None:
        desk.begin_segment()
        desk.audit()
        return read_heads(path)

    monkeypatch.setattr(folder, "read_synced", synced_meanwhile)
    assert {Kind.NOT_SIGNED} == {one.kind for one in desk.verify()[1].findings}
    monkeypatch.undo()
    monkeypatch.setattr(cli, "heads_at", signed_meanwhile)
    assert desk.verify()[0] == 0


# --- what is wrong is told, and what is dangerous stops dealing


def test_a_journal_that_was_made_anew_since_its_head_stops_dealing(desk: AuditedDesk) -> None:
    desk.audit()
    shutil.rmtree(desk.journal)
    desk.day.at_ns += 1
    desk.day.market()
    desk.day.stepped.insert(3, desk.day.stepped.pop(4))
    write_day(desk.journal, desk.day, turns=17)
    assert "does not fit head 1" in desk.audit().problem


def test_a_head_that_was_changed_stops_dealing(desk: AuditedDesk) -> None:
    desk.audit()
    flip(desk.heads, 40)
    assert "line 1 is damaged" in desk.audit().problem


@pytest.mark.parametrize("call", ["fsync", "write"])
def test_a_disk_that_takes_no_head_is_told_and_the_next_head_is_whole(
    desk: AuditedDesk, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    auditor, heads = desk.auditor()
    auditor.catch_up()
    write = os.write

    def full(fd: int, data: bytes = b"") -> int:
        if data:
            return write(fd, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(headfile.os, call, full)
        auditor.sign("time")
    assert "no head can be written" in str(audit_state(heads)["problem"])
    assert not auditor.problem, "dealing does not stop for it"
    auditor.sign("stop")
    heads.close()
    code, verdict = desk.verify()
    assert (0, 1, 0) == (code, verdict.heads, verdict.logs[0].not_yet_signed)


def test_a_copy_that_cannot_be_written_or_is_another_one_is_told(desk: AuditedDesk) -> None:
    (desk.copy / "heads.jsonl").write_bytes(b"other\n")
    auditor, heads = desk.auditor()
    auditor.catch_up()
    auditor.sign("stop")
    heads.close()
    assert "one of the two was changed" in str(heads.figures()["head_problem"])
    (desk.copy / "heads.jsonl").unlink()
    desk.copy.rmdir()
    heads = HeadFile(desk.settings)
    heads.close()
    assert "no copy of the heads" in str(heads.figures()["head_problem"])


# --- keys


def test_a_new_key_is_for_its_owner_only_and_openssl_tells_the_same_id(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    key = new_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    pub = ["openssl", "pkey", "-pubin", "-in", f"{path}.pub", "-outform", "DER"]
    der = subprocess.run(pub, capture_output=True, check=True).stdout
    told = subprocess.run(["openssl", "sha256"], input=der, capture_output=True, check=True).stdout
    assert key == told.decode().split()[-1]
    with pytest.raises(ConfigurationError, match="already"):
        new_key(path)


def test_a_key_that_others_may_read_is_refused(desk: AuditedDesk, tmp_path: Path) -> None:
    (tmp_path / "audit.key").chmod(0o640)
    with pytest.raises(ConfigurationError, match="0640"):
        HeadFile(desk.settings)


def test_a_key_that_is_none_is_refused_without_telling_what_is_in_it(
    desk: AuditedDesk, tmp_path: Path
) -> None:
    (tmp_path / "audit.key").write_text("canary-7788")
    with pytest.raises(ConfigurationError, match="no private key") as refused:
        HeadFile(desk.settings)
    assert "canary" not in str(refused.value)


def test_a_key_in_the_environment_goes_first(
    desk: AuditedDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = new_key(tmp_path / "other.key")
    monkeypatch.setenv(KEY_VARIABLE, (tmp_path / "other.key").read_text())
    signer = signer_of(desk.settings)
    assert signer is not None
    assert other == signer.key != desk.key


# --- fxrobot audit sign


def test_without_a_running_robot_the_command_verifies_and_signs(desk: AuditedDesk) -> None:
    desk.write_configuration()
    code, told = run("sign", "--config", str(desk.folder))
    assert code == 0, told
    assert "signed by key" in told
    code, verdict = desk.verify()
    assert (0, 0) == (code, verdict.logs[0].not_yet_signed)
    assert "head 1 " in run("sign", "--config", str(desk.folder))[1]


def test_the_command_does_not_sign_what_does_not_verify(desk: AuditedDesk) -> None:
    desk.write_configuration()
    flip(segment_paths(desk.journal)[0], 500)
    code, told = run("sign", "--config", str(desk.folder))
    assert code != 0
    assert "does not verify" in told
    assert desk.heads.read_bytes() == b""


def test_while_the_auditor_writes_the_command_asks_it(desk: AuditedDesk) -> None:
    auditor, heads = desk.auditor()
    with pytest.raises(Locked):
        HeadFile(desk.settings, patience_s=0.0)
    auditor.catch_up()
    auditor.sign_if_due(0, 0)
    assert heads.last() is None
    desk.settings.run_folder.mkdir()
    request_path(desk.settings).touch()
    auditor.sign_if_due(0, 0)
    last = heads.last()
    heads.close()
    assert last is not None
    assert last.reason == "asked for"
    assert not os.path.exists(request_path(desk.settings))


def test_no_head_is_written_within_a_turn(desk: AuditedDesk) -> None:
    file = JournalFile(desk.journal)
    write_turn(file, desk.day.stepped[-1], None)
    file.close()
    auditor, heads = desk.auditor()
    auditor.catch_up()
    auditor.sign_if_due(10**18, 60)
    assert heads.last() is None
    heads.close()


def test_heads_come_by_the_clock_too(desk: AuditedDesk) -> None:
    auditor, heads = desk.auditor()
    auditor.catch_up()
    auditor.sign_if_due(59 * 60 * 10**9, 60)
    assert heads.last() is None
    auditor.sign_if_due(60 * 60 * 10**9, 60)
    last = heads.last()
    heads.close()
    assert last is not None
    assert last.reason == "time"
