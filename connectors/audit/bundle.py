"""Bundles: a part of the logs with everything to verify it elsewhere, without fxrobot.

A piece is a run of whole records of one segment, byte for byte, with the chain of the record before
it. It goes on to the next signed head, so that what was asked for is under a signature.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

import robot
from connectors.audit.folder import HEADS_FILE, KEYS, heads_path, public_keys
from robot.clock import NANOS_PER_SECOND
from robot.errors import HeadDamaged, RobotError
from robot.examination import header_of
from robot.frames import CHUNK, Frame, Segment, frames
from robot.heads import Head, read_line
from robot.journal import NO_CHAIN
from robot.verdict import LogFiles, Verdict

WHAT = "fxrobot audit bundle 1"
CONTEXT_S = 60
"""How much of the journal before a deal's first record goes with it: the market that was seen."""
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_TEXTS = {"verify.py": "verify_bundle.py", "README.md": "README.bundle.md"}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for: records of a time, or those of one deal."""

    from_ns: int = 0
    until_ns: int = 2**63 - 1
    deal: str = ""


class Span(msgspec.Struct, frozen=True):
    """First and last sequence of a log that go into the bundle."""

    first: int
    last: int


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A run of records, as the manifest names it."""

    file: str
    log: str
    segment: str
    offset: int
    """Where it begins in its segment."""
    record: int
    """Number of its first record in the segment."""
    first: int
    last: int
    chain_before: str
    size: int


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What was exported."""

    bundle: str
    files: int
    records: int
    bytes: int
    """Of the records, unpacked."""
    unsigned: int
    """Records after the last head in it."""
    problems: tuple[str, ...]


def export(
    folder: Path, logs: Sequence[LogFiles], wanted: Wanted, verdict: Verdict, output: Path
) -> Made:
    """Write the bundle. `verdict` is that of the whole folder."""
    heads = _heads(folder)
    pieces: list[tuple[Piece, Segment]] = []
    for log in logs:
        span = _span(log, wanted) if log.name == "journal" else Span(1, 2**63)
        if span is not None:
            ends = [one.last.sequence for one in heads if one.log == log.name]
            last = min((end for end in ends if end >= span.last), default=2**63)
            pieces += _pieces(log, Span(span.first, last))
    if not any(piece.log == "journal" for piece, _ in pieces):
        raise RobotError("no record of the journal is what was asked for")
    problems = tuple(finding.told() for finding in verdict.findings)
    manifest = _write(folder, pieces, wanted, problems, output)
    covered = max((one.last.sequence for one in heads if one.log == "journal"), default=0)
    end = max(piece.last for piece, _ in pieces if piece.log == "journal")
    return Made(
        bundle=str(output),
        files=len(manifest["files"]),
        records=sum(piece.last - piece.first + 1 for piece, _ in pieces),
        bytes=sum(piece.size for piece, _ in pieces),
        unsigned=max(0, end - covered),
        problems=problems,
    )


def _heads(folder: Path) -> list[Head]:
    found = []
    path = heads_path(folder)
    for line in path.read_bytes().split(b"\n")[:-1] if path.exists() else ():
        try:
            found.append(read_line(line).head)
        except HeadDamaged:
            continue
    return found


# --- which records


def _span(log: LogFiles, wanted: Wanted) -> Span | None:
    return _span_of_deal(log, wanted.deal) if wanted.deal else _span_of_time(log, wanted)


def _span_of_time(log: LogFiles, wanted: Wanted) -> Span | None:
    """Whole segments from their beginning on, so that they can be replayed."""
    first = last = 0
    for segment in log.segments:
        begin = 0
        for frame in _records(segment):
            begin = begin or frame.sequence
            if frame.at_ns > wanted.until_ns:
                break
            if frame.at_ns >= wanted.from_ns:
                first, last = first or begin, frame.sequence
    return Span(first, last) if last else None


def _span_of_deal(log: LogFiles, deal: str) -> Span:
    """From a minute before the first record that names the deal, its quote, order or execution to
    the last one.
    """
    ids = _ids_of(log, deal)
    first_ns, first, last = 0, 0, 0
    for segment in log.segments:
        for frame in _records(segment):
            payload = bytes(frame.payload)
            # A segment begins with the whole state, in which everything is named.
            if frame.kind > 2 and any(name in payload for name in ids):
                first_ns, last = first_ns or frame.at_ns, frame.sequence
                first = first or frame.sequence
    for segment in log.segments:
        for frame in _records(segment):
            if frame.at_ns >= first_ns - CONTEXT_S * NANOS_PER_SECOND:
                return Span(min(frame.sequence, first), last)
    return Span(first, last)


def _ids_of(log: LogFiles, deal: str) -> list[bytes]:
    named = b'"deal_id":' + msgspec.json.encode(deal)
    for segment in log.segments:
        for frame in _records(segment):
            if frame.kind > 2 and named in bytes(frame.payload):
                found = _find_deal(msgspec.json.decode(frame.payload), deal)
                names = ("deal_id", "exec_id", "quote_id", "order_id")
                return [msgspec.json.encode(found[name]) for name in names if found.get(name)]
    raise RobotError(f"no deal {deal} in this journal; `fxrobot journal show --find` looks for it")


def _find_deal(value: object, deal: str) -> dict[str, Any]:
    """The first object with that deal's id, wherever it is."""
    waiting = [value]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, dict):
            if one.get("deal_id") == deal:
                return one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return {"deal_id": deal}


def _records(segment: Segment) -> Iterator[Frame]:
    return (item for item in frames(segment) if isinstance(item, Frame))


def _pieces(log: LogFiles, span: Span) -> Iterator[tuple[Piece, Segment]]:
    """The runs of records of a span, segment by segment."""
    chain = NO_CHAIN
    for segment in log.segments:
        begun: tuple[Frame, int, bytes] | None = None
        end = last = 0
        for number, item in enumerate(frames(segment), 1):
            if not isinstance(item, Frame):
                continue
            if begun is None and span.first <= item.sequence <= span.last:
                begun = (item, number, _chain_before(item, chain))
            if begun is not None and item.sequence <= span.last:
                end, last = item.end, item.sequence
            chain = item.chain
        if begun is not None:
            first, number, before = begun
            yield (
                Piece(
                    file=f"{log.name}/{segment.name}.fxj",
                    log=log.name,
                    segment=segment.name,
                    offset=first.offset,
                    record=number,
                    first=first.sequence,
                    last=last,
                    chain_before=before.hex(),
                    size=end - first.offset,
                ),
                segment,
            )


def _chain_before(frame: Frame, chain: bytes) -> bytes:
    """Of the record before: a segment that begins what is here tells it itself."""
    header = header_of(frame)
    return bytes.fromhex(header.previous_chain) if header is not None else chain


# --- the file


def _write(
    folder: Path,
    pieces: Sequence[tuple[Piece, Segment]],
    wanted: Wanted,
    problems: tuple[str, ...],
    output: Path,
) -> dict[str, Any]:
    texts = {name: (Path(__file__).parent / file).read_bytes() for name, file in _TEXTS.items()}
    path = heads_path(folder)
    texts[HEADS_FILE] = path.read_bytes() if path.exists() else b""
    for where, text in public_keys(folder):
        texts[f"{KEYS}/{Path(where).name}"] = text
    files: dict[str, str] = {}
    with _new_zip(output) as bundle:
        for piece, segment in pieces:
            files[piece.file] = _add_piece(bundle, piece, segment)
        for name, text in texts.items():
            files[name] = hashlib.sha256(text).hexdigest()
            bundle.writestr(zipfile.ZipInfo(name, _ZIP_TIME), text, zipfile.ZIP_DEFLATED)
        manifest = {
            "what": WHAT,
            "fxrobot": robot.__version__,
            "asked": msgspec.to_builtins(wanted),
            "problems": problems,
            "files": files,
            "pieces": [msgspec.to_builtins(piece) for piece, _ in pieces],
        }
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        bundle.writestr(zipfile.ZipInfo("manifest.json", _ZIP_TIME), text, zipfile.ZIP_DEFLATED)
    return manifest


@contextmanager
def _new_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """A new file that is there whole, or not at all."""
    try:
        bundle = zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED)
    except FileExistsError:
        raise RobotError(f"{path} is there already; name a new file") from None
    except OSError as problem:
        raise RobotError(f"{path}: cannot be written: {problem.strerror}") from problem
    try:
        with bundle:
            yield bundle
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _add_piece(bundle: zipfile.ZipFile, piece: Piece, segment: Segment) -> str:
    """Copy its bytes as they are; their SHA-256."""
    digest = hashlib.sha256()
    entry = zipfile.ZipInfo(piece.file, _ZIP_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with bundle.open(entry, "w", force_zip64=True) as file:
        at, end = piece.offset, piece.offset + piece.size
        while at < end:
            data = segment.read(at, min(CHUNK, end - at))
            if not data:
                raise RobotError(f"{segment.name}: became shorter while it was exported")
            digest.update(data)
            file.write(data)
            at += len(data)
    return digest.hexdigest()
