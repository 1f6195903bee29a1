"""The command `fxrobot audit`: keys, heads, verification, bundles."""

from __future__ import annotations

import time
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from connectors.audit.bundle import Made, Wanted, export
from connectors.audit.folder import data_folder, heads_at, heads_path, log_files, public_keys
from connectors.audit.headfile import HeadFile, Locked, request_path
from connectors.audit.keys import new_key, read_public, verifiers
from connectors.audit.users import user_findings
from robot.clock import format_time, nanoseconds, steady_ns
from robot.errors import RobotError
from robot.examination import places
from robot.heads import Head, read_line
from robot.settings import Settings, load_settings
from robot.status import read_beat
from robot.verdict import LogFiles, Trust, Verdict, judge, told

app = typer.Typer(
    help="Prove that the journal is what was written: sign, verify, export.",
    no_args_is_help=True,
    add_completion=False,
)

ConfigOption = Annotated[Path, typer.Option("--config", help="Folder with desk.yaml and the rest.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="A data folder, a desk's folder, or a journal.")
]
KeyOption = Annotated[
    list[Path] | None,
    typer.Option("--key", help="Public key to believe; may be given again for older keys."),
]
CopyOption = Annotated[
    list[Path] | None, typer.Option("--copy", help="A copy of heads.jsonl kept elsewhere.")
]
ExpectOption = Annotated[
    str, typer.Option("--expect", help="Hash of a head, noted earlier, that must be there.")
]
BeginOption = Annotated[
    str, typer.Option("--begin", help="First segment kept here; older ones are in an archive.")
]
PATIENCE_S = 10.0
EXPECT_MIN = 16


@app.command("new-key")
def make_key(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="New file; .pub comes beside it.")],
    as_json: JsonOption = False,
) -> None:
    """Make an Ed25519 key: FILE for this user only, FILE.pub for everybody who verifies."""
    key = new_key(path)
    if as_json:
        typer.echo(msgspec.json.encode({"key": key, "file": str(path), "public": f"{path}.pub"}))
        return
    typer.echo(f"private key: {path} (mode 0600; name it as audit.key_file in desk.yaml)")
    typer.echo(f"public key:  {path}.pub\nid:          {key}")
    typer.echo("Note the id elsewhere: whoever verifies compares it.")


@app.command()
def sign(config: ConfigOption, as_json: JsonOption = False) -> None:
    """Write a head now: by the auditor if the robot runs, else after verifying everything here."""
    settings = load_settings(config.resolve())
    try:
        head = _sign_here(settings)
    except Locked:
        head = _ask_auditor(settings)
    if as_json:
        typer.echo(msgspec.json.encode(head))
    else:
        by = f"signed by key {head.key}" if head.key else "NOT signed: no key is configured"
        at = f"record {head.last.sequence} in {head.last.segment}"
        typer.echo(f"head {head.number} of {format_time(head.signed_at_ns)}, up to {at}, {by}")
    raise typer.Exit(0 if head.key else 1)


@app.command()
def verify(
    folder: FolderArgument,
    keys: KeyOption = None,
    copies: CopyOption = None,
    expect: ExpectOption = "",
    begin: BeginOption = "",
    config: Annotated[
        Path | None, typer.Option("--config", help="Desk folder: its users' tables, too.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Find and name every record that is changed, missing, inserted, moved, doubled or cut off,
    and every head that does not fit; with --config also every user, role and token that was changed
    past the record. Exit code 0: nothing found; 1: something.
    """
    if expect and len(expect) < EXPECT_MIN:
        raise RobotError(f"--expect {expect}: give at least {EXPECT_MIN} digits of the hash")
    began_ns = steady_ns()
    verdict = examine(folder, keys or (), copies or (), expect=expect, begin=begin)
    users = user_findings(config) if config is not None else None
    seconds = max(steady_ns() - began_ns, 1) / 1e9
    speed = sum(log.bytes for log in verdict.logs) / 1e6 / seconds
    if as_json:
        figures = {"seconds": round(seconds, 3), "mb_per_second": round(speed, 1)}
        found = msgspec.to_builtins(verdict) | figures | {"users": users}
        typer.echo(msgspec.json.encode(found))
    else:
        typer.echo(f"{told(verdict)}\nread in {seconds:.2f} s, {speed:.0f} MB/s")
        for line in users or ():
            typer.echo(f"USERS: {line}")
        if users == []:
            typer.echo("users, roles and tokens are those of the record")
    raise typer.Exit(0 if verdict.valid and not users else 1)


@app.command("export")
def export_bundle(
    folder: FolderArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="The bundle, a new .zip file.")],
    from_: Annotated[str, typer.Option("--from", help="Date or time, UTC.")] = "",
    until: Annotated[str, typer.Option("--until", help="Date (to its end) or time, UTC.")] = "",
    deal: Annotated[str, typer.Option("--deal", help="Only what belongs to this deal.")] = "",
    keys: KeyOption = None,
    begin: BeginOption = "",
    even_if_broken: Annotated[
        bool, typer.Option("--even-if-broken", help="Also what does not verify; it is said in it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a bundle that anybody can verify without fxrobot; its README.md says how."""
    if bool(deal) == bool(from_ or until):
        raise RobotError("say what to export: --from and --until, or --deal")
    wanted = Wanted(from_ns=_moment(from_), until_ns=_moment(until, end=True), deal=deal)
    verdict = examine(folder, keys or (), (), begin=begin)
    if not verdict.valid and not even_if_broken:
        typer.echo(told(verdict), err=True)
        raise RobotError(
            "not exported: it does not verify (--even-if-broken exports it, saying so)"
        )
    where = data_folder(folder)
    made = export(where, log_files(where), wanted, verdict, output)
    typer.echo(msgspec.json.encode(made) if as_json else _told_of(made))


def examine(
    folder: Path,
    keys: list[Path] | tuple[Path, ...],
    copies: list[Path] | tuple[Path, ...],
    *,
    expect: str = "",
    begin: str = "",
) -> Verdict:
    """The verdict on a folder."""
    where = data_folder(folder)
    named = [(str(path), read_public(path)[1]) for path in keys]
    trust = Trust(
        keys=verifiers(named or public_keys(where)),
        named=bool(named),
        expected=expect,
        begin=begin,
    )
    others = []
    for path in copies:
        found = heads_at(path / "heads.jsonl" if path.is_dir() else path)
        if found is None:
            raise RobotError(f"{path}: no copy of the heads there")
        others.append(found)
    # Before the logs: an auditor may be at work, and what it signed is then surely in them.
    heads = heads_at(heads_path(where))
    return judge(log_files(where), heads, others, trust)


def _sign_here(settings: Settings) -> Head:
    """Nobody else writes heads: verify what is new, and what the heads say of the rest."""
    heads = HeadFile(settings, patience_s=0.0)
    try:
        verdict = examine(settings.data, (), (), begin=_oldest(settings))
        if not verdict.valid:
            raise RobotError(f"not signed, because it does not verify:\n{told(verdict)}")
        journal = next(log for log in log_files(settings.data) if log.name == "journal")
        return _sign_end(heads, journal)
    finally:
        heads.close()


def _sign_end(heads: HeadFile, journal: LogFiles) -> Head:
    last = heads.last()
    segment = journal.segments[-1]
    known = last.last if last is not None and last.last.segment == segment.name else None
    for place in deque(places(segment, known), maxlen=1):
        heads.sign(place, "asked for")
        problem = str(heads.figures()["head_problem"])
        if problem:
            raise RobotError(problem)
    newest = heads.last()
    if newest is None:
        raise RobotError("the journal is empty: there is nothing to sign")
    return newest


def _oldest(settings: Settings) -> str:
    """The oldest segment: what an archive has, this command does not ask about."""
    journal = [log for log in log_files(settings.data) if log.name == "journal"]
    segments = journal[0].segments if journal else ()
    return segments[0].name if segments else ""


def _ask_auditor(settings: Settings) -> Head:
    """Have the auditor write one, and wait for it."""
    beat = read_beat(settings.run_folder, "auditor")
    before = beat.figures.get("head", 0) if beat is not None else 0
    request = request_path(settings)
    request.touch()
    until_ns = steady_ns() + int(PATIENCE_S * 1e9)
    answered_ns = 0
    while steady_ns() < until_ns:
        time.sleep(0.05)
        beat = read_beat(settings.run_folder, "auditor")
        number = beat.figures.get("head", 0) if beat is not None else 0
        if not request.exists():
            answered_ns = answered_ns or steady_ns()
        # The robot stands still: no record is new, and the newest head is still the one to have.
        stands = answered_ns and steady_ns() - answered_ns > 1e9
        if number != before or stands:
            return _newest(settings)
    problem = str(beat.figures.get("head_problem") or beat.problem) if beat is not None else ""
    raise RobotError(f"the auditor wrote no head within {PATIENCE_S:.0f} s; {problem or 'see log'}")


def _newest(settings: Settings) -> Head:
    found = heads_at(heads_path(settings.data))
    for line in reversed(found.lines if found is not None else ()):
        head = read_line(line).head
        if head.log == "journal":
            return head
    raise RobotError("there is no head yet: the journal is empty")


def _moment(text: str, *, end: bool = False) -> int:
    """Nanoseconds of `2014-05-01` or `2014-05-01T09:30:00`, UTC; a date's end with `end`."""
    if not text:
        return 2**63 - 1 if end else 0
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise RobotError(f"{text}: write 2014-05-01 or 2014-05-01T09:30:00") from problem
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if end and len(text) == len("2014-05-01"):
        moment += timedelta(days=1)
        return nanoseconds(moment) - 1
    return nanoseconds(moment)


def _told_of(made: Made) -> str:
    broken = [f"it says that it does not verify: {len(made.problems)} finding(s)"]
    unsigned = [f"{made.unsigned} records in it are after the last head: `fxrobot audit sign`"]
    lines = [f"{made.bundle}: {made.records} records, {made.bytes} bytes, {made.files} files"]
    return "\n".join(
        lines + (broken if made.problems else []) + (unsigned if made.unsigned else [])
    )
