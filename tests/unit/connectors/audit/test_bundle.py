"""A bundle verifies with a bare Python and openssl, by the steps that its README says."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from connectors.journal.file import segment_paths
from robot.heads import read_line
from robot.inspection import replay_path
from robot.journal import FRAME_BYTES, NO_CHAIN, Record, frame, read_records
from robot.messages.effects import DealBooked
from tests.kit.audited import AuditedDesk, run


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> AuditedDesk:
    """Three segments, each under a signed head."""
    desk = AuditedDesk(tmp_path_factory.mktemp("audited"))
    desk.begin_segment()
    desk.begin_segment()
    desk.audit()
    return desk


@pytest.fixture(scope="module")
def deal(desk: AuditedDesk) -> str:
    """The deal of the day."""
    booked = [one for row in desk.day.history for one in row if isinstance(one, DealBooked)]
    return booked[0].deal.deal_id


def unpacked(desk: AuditedDesk, folder: Path, *options: str) -> Path:
    """A bundle of this desk, unpacked."""
    bundle = folder / "bundle.zip"
    code, told = run("export", str(desk.data), "-o", str(bundle), *options)
    assert code == 0, told
    with zipfile.ZipFile(bundle) as file:
        file.extractall(folder / "bundle")
    return folder / "bundle"


def verified(folder: Path, *options: str, path: str | None = None) -> tuple[int, str]:
    """What the bundle's own verifier says, without anything of ours to import."""
    command = [sys.executable, "-I", "-S", "verify.py", *options]
    environment = None if path is None else {"PATH": path}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_the_steps_of_the_readme_verify_a_bundle(
    desk: AuditedDesk, deal: str, tmp_path: Path
) -> None:
    folder = unpacked(desk, tmp_path, "--deal", deal, "--key", str(desk.public))
    steps = re.findall(r"^       (\S.*)$", (folder / "README.md").read_text(), re.M)
    assert len(steps) == 3
    line = (folder / "heads.jsonl").read_bytes().splitlines()[0]
    (folder / "head.json").write_bytes(line[len(b'{"head":') : line.rindex(b',"hash":')])
    (folder / "head.sig").write_bytes(read_line(line).signature)
    answers = []
    for step in steps:
        command = step.replace("ID", desk.key).replace("python3", f"{sys.executable} -I -S")
        done = subprocess.run(
            command, shell=True, cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        answers.append(done.stdout)
    assert desk.key in answers[0]
    assert answers[1].endswith("all holds\n")
    assert "signed up to" in answers[1]


def test_a_bundle_of_a_deal_holds_the_deal_and_what_was_before_it_and_is_signed(
    desk: AuditedDesk, deal: str, tmp_path: Path
) -> None:
    folder = unpacked(desk, tmp_path, "--deal", deal)
    piece = folder / "journal" / "20140501-0001.fxj"
    assert b'"DealBooked"' in piece.read_bytes()
    assert b'"RfqReceived"' in piece.read_bytes()
    code, told = verified(folder)
    assert code == 0, told
    assert "keys taken from the bundle itself" in told


def test_a_bundle_of_a_time_has_whole_segments_that_replay(
    desk: AuditedDesk, tmp_path: Path
) -> None:
    folder = unpacked(desk, tmp_path, "--from", "2014-05-01", "--until", "2014-05-01")
    assert verified(folder, "--key", str(desk.public))[0] == 0
    for path in segment_paths(desk.journal):
        assert path.read_bytes() == (folder / "journal" / path.name).read_bytes()
    assert replay_path(folder / "journal", compare=True).equal


def test_every_damage_to_a_bundle_is_found_by_its_own_verifier(
    desk: AuditedDesk, tmp_path: Path
) -> None:
    """With the manifest made to fit: hashes in it protect against accidents only."""
    whole = unpacked(desk, tmp_path, "--from", "2014-05-01")
    piece = "journal/20140501-0001.fxj"
    data = (whole / piece).read_bytes()
    heads = (whole / "heads.jsonl").read_bytes()
    lines = heads.splitlines(keepends=True)
    cases = {
        "does not match its checksum": (piece, data[:700] + b"#" + data[701:]),
        "cut off": (piece, data[:-1]),
        "not the file that was exported": ("README.md", b"trust me"),
        "does not continue head": ("heads.jsonl", b"".join(lines[1:])),
        "its signature is not that": ("heads.jsonl", forged(lines)),
        "no record is signed by the key": ("heads.jsonl", b""),
        "does not continue the hash chain": (piece, rewritten(data, keep_chain=True)),
        "says otherwise of record": (piece, rewritten(data, keep_chain=False)),
    }
    for number, (problem, (name, content)) in enumerate(cases.items()):
        folder = tmp_path / str(number)
        shutil.copytree(whole, folder)
        (folder / name).write_bytes(content)
        if name != "README.md":
            fit_manifest(folder, name)
        code, told = verified(folder, "--key", str(desk.public))
        assert code == 1, problem
        assert problem in told


def forged(lines: list[bytes]) -> bytes:
    """The last head with another reason, its hash made to fit."""
    row = lines[-1].rstrip(b"\n")
    old = row[len(b'{"head":') : row.rindex(b',"hash":')]
    new = old.replace(b'"stop"', b'"time"')
    digests = [hashlib.sha256(body).hexdigest().encode() for body in (old, new)]
    return b"".join(lines[:-1]) + row.replace(old, new).replace(*digests) + b"\n"


def rewritten(data: bytes, *, keep_chain: bool) -> bytes:
    """The tenth record changed: only its checksum made to fit, or the whole chain after it."""
    rows = [item for item in read_records(data) if isinstance(item, Record)]
    done, chain = b"", NO_CHAIN
    for number, row in enumerate(rows, 1):
        payload = row.payload.replace(b"1", b"2") if number == 10 else row.payload
        old, new = frame(row.kind, row.sequence, row.at_ns, chain, payload)
        if keep_chain:
            body = old[8 : FRAME_BYTES - 32] + row.chain + payload
            old, new = old[:4] + zlib.crc32(body).to_bytes(4, "big") + body, row.chain
        done, chain = done + old, new
    return done


def fit_manifest(folder: Path, name: str) -> None:
    """Have the manifest name the file as it is now."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    path.write_text(json.dumps(manifest))


def test_without_openssl_a_key_that_was_named_cannot_be_checked_and_that_is_a_problem(
    desk: AuditedDesk, tmp_path: Path
) -> None:
    folder = unpacked(desk, tmp_path, "--from", "2014-05-01")
    code, told = verified(folder, "--key", str(desk.public), path="/nowhere")
    assert code == 1
    assert "signatures are NOT checked" in told
    code, told = verified(folder, path="/nowhere")
    assert code == 0
    assert "none is under a signed head" in told


def test_what_does_not_verify_is_exported_only_on_demand_and_says_so(
    desk: AuditedDesk, tmp_path: Path
) -> None:
    shutil.copytree(desk.data, tmp_path / "data")
    path = segment_paths(tmp_path / "data" / "journal")[0]
    data = bytearray(path.read_bytes())
    data[500] ^= 1
    path.write_bytes(data)
    output = tmp_path / "bundle.zip"
    command = ("export", str(tmp_path / "data"), "--from", "2014-05-01", "-o", str(output))
    code, told = run(*command)
    assert code != 0
    assert "not exported" in told
    assert not output.exists()
    code, told = run(*command, "--even-if-broken")
    assert code == 0
    assert "does not verify" in told
    with zipfile.ZipFile(output) as file:
        file.extractall(tmp_path / "bundle")
    code, told = verified(tmp_path / "bundle")
    assert code == 1
    assert "when it was exported: CHANGED" in told


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--deal", "D-none"], "no deal D-none"),
        (["--from", "2030-01-01"], "no record of the journal"),
        (["--from", "yesterday"], "write 2014-05-01"),
        ([], "say what to export"),
    ],
)
def test_what_is_not_there_is_not_exported(
    desk: AuditedDesk, tmp_path: Path, options: list[str], problem: str
) -> None:
    code, told = run("export", str(desk.data), "-o", str(tmp_path / "bundle.zip"), *options)
    assert code != 0
    assert problem in told
    assert not (tmp_path / "bundle.zip").exists()
