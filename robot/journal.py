"""The journal's record format, hash chain and codec. Pure: the file itself is a connector.

A journal is a row of segments (one per trading day and start, named `YYYYMMDD-NNNN`), each a row of
records:

    length u32 | crc32 u32 | kind u8 | sequence u64 | at_ns i64 | chain 32 bytes | payload

big-endian; `length` counts the payload; the CRC covers all that follows it; `chain` is SHA-256
over the
previous record's chain and this record's kind, sequence, time and payload. Payloads are JSON. A
segment
starts with HEADER and SNAPSHOT, so it can be replayed by itself. A turn is an INPUTS record,
appended
before it is stepped, and an EFFECTS record, appended before anything of it reaches a socket.
"""

from __future__ import annotations

import enum
import hashlib
import struct
import zlib
from collections.abc import Iterator, Sequence

import msgspec

from robot.errors import JournalCorrupt
from robot.messages.effects import AnyEffect, Refused
from robot.messages.events import Stamped

FORMAT_VERSION = 1
PAYLOAD_MAX = 256 * 1024 * 1024
NO_CHAIN = bytes(32)

_PREFIX = struct.Struct(">II")
_BODY = struct.Struct(">BQq")
_HEAD = struct.Struct(">IIBQq32s")
_START = struct.Struct(">IIBQ")
"""What of it says how long and which one."""
FRAME_BYTES = _HEAD.size


class RecordKind(enum.IntEnum):
    """What a record holds."""

    HEADER = 1
    SNAPSHOT = 2
    INPUTS = 3
    EFFECTS = 4
    SENT = 5
    FAULT = 6
    RETRY = 7
    APPROVAL = 8
    """Of the approvals log (`robot.approval_log`), never of the journal."""


_KINDS = {int(kind): kind for kind in RecordKind}


class Record(msgspec.Struct, frozen=True):
    """One record as read; `chain` is its own."""

    kind: RecordKind
    sequence: int
    at_ns: int
    chain: bytes
    payload: bytes


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """First record of a segment."""

    format: int
    segment: str
    code_version: str
    about: dict[str, str] = {}
    """What the segment was made under: configuration hash, strategy and its version, seed."""
    previous_segment: str
    previous_chain: str
    """Chain of the previous segment's last record, hexadecimal; zeros for the first segment."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """State at the start of a segment, and where each FIX session stands."""

    state: msgspec.Raw
    links: dict[str, Link]
    unsent: dict[str, Refused] = {}
    """By effect id: refusals of before that no FIX session has taken yet."""


class Link(msgspec.Struct):
    """Last application message journaled from, and sent on, one FIX session."""

    inbound: int = 0
    outbound: int = 0


class TurnEffects(msgspec.Struct, frozen=True, kw_only=True):
    """Effects of a turn, one list per input; `hash` is SHA-256 over the bytes of `effects`."""

    hash: str
    effects: msgspec.Raw
    quarantined: tuple[int, ...] = ()


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """The core failed on an event: never stepped again."""

    number: int
    problem: str


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """Recovery is about to step an unfinished event, or has stepped it and lived."""

    number: int = 0
    survived: bool = False


class Torn(msgspec.Struct, frozen=True):
    """Where a segment ends in a record that was never completely written."""

    offset: int
    lost_bytes: int


class Passed(msgspec.Struct, frozen=True):
    """A row of whole records: where it ends, where its last one begins, that one's number and
    chain (of no record: what was given, and an empty one).
    """

    end: int
    last: int
    sequence: int
    chain: bytes


_STAMPED = msgspec.json.Decoder(list[Stamped])
_EFFECTS = msgspec.json.Decoder(list[list[AnyEffect]])
_ENCODER = msgspec.json.Encoder()


def frame(
    kind: RecordKind, sequence: int, at_ns: int, previous_chain: bytes, payload: bytes
) -> tuple[bytes, bytes]:
    """The bytes of a record, and its chain."""
    body = _BODY.pack(kind, sequence, at_ns)
    chain = hashlib.sha256(previous_chain + body + payload).digest()
    checksum = zlib.crc32(payload, zlib.crc32(chain, zlib.crc32(body)))
    return _PREFIX.pack(len(payload), checksum) + body + chain + payload, chain


def read_records(
    data: bytes, previous_chain: bytes | None = None, *, name: str = "journal", offset: int = 0
) -> Iterator[Record | Torn]:
    """All records of `data` in order; a torn last record ends it as `Torn`.

    With `previous_chain` the chain is verified. Anything wrong that is not a torn tail raises
    `JournalCorrupt` naming the record. `offset` is where `data` begins in its file.
    """
    position, sequence, view = 0, None, memoryview(data)
    while position < len(data):
        record = _parse(data, view, position)
        if record is None:
            if _is_torn(data, position):
                yield Torn(offset + position, len(data) - position)
                return
            place = f"{name}: record after {sequence or 'the start'} at byte {offset + position}"
            raise JournalCorrupt(f"{place} does not match its checksum")
        if sequence is not None and record.sequence != sequence + 1:
            raise JournalCorrupt(f"{name}: record {record.sequence} follows {sequence}")
        if previous_chain is not None:
            _verify_chain(record, previous_chain, name)
            previous_chain = record.chain
        sequence = record.sequence
        yield record
        position += FRAME_BYTES + len(record.payload)


def pass_whole(data: bytes, sequence: int, *, name: str = "journal") -> Passed:
    """Check all that `read_records` checks but for the chain, up to the first record that is not
    whole, and make nothing of it: every start looks at the whole newest segment. `sequence`: the
    number before the first, 0 = not known.
    """
    position, last, size, view = 0, -1, len(data), memoryview(data)
    while position + FRAME_BYTES <= size:
        length, checksum, number, found = _START.unpack_from(data, position)
        end = position + FRAME_BYTES + length
        if end > size or length > PAYLOAD_MAX or number not in _KINDS:
            break
        if zlib.crc32(view[position + _PREFIX.size : end]) != checksum:
            break
        if sequence and found != sequence + 1:
            raise JournalCorrupt(f"{name}: record {found} follows {sequence}")
        sequence, last, position = found, position, end
    chain = _HEAD.unpack_from(data, last)[-1] if last >= 0 else b""
    return Passed(position, max(last, 0), sequence, chain)


def offset_after(data: bytes, sequence: int) -> int:
    """Where in `data` the first whole record after `sequence` begins, or a part of one.

    Looks at lengths and numbers only; damage among them shows when the next record is read.
    """
    position, size = 0, len(data)
    while position + FRAME_BYTES <= size:
        length, _, _, found = _START.unpack_from(data, position)
        end = position + FRAME_BYTES + length
        if found > sequence or end > size:
            break
        position = end
    return position


def _parse(data: bytes, view: memoryview, position: int) -> Record | None:
    start = position + FRAME_BYTES
    if start > len(data):
        return None
    length, checksum, number, sequence, at_ns, chain = _HEAD.unpack_from(data, position)
    end = start + length
    if length > PAYLOAD_MAX or end > len(data):
        return None
    kind = _KINDS.get(number)
    if kind is None or zlib.crc32(view[position + _PREFIX.size : end]) != checksum:
        return None
    return Record(kind, sequence, at_ns, chain, data[start:end])


def _is_torn(data: bytes, position: int) -> bool:
    """Whether the bad record at `position` is the last thing in the file, not damage in its
    middle.
    """
    rest = data[position:]
    if not rest.strip(b"\0"):
        return True
    if len(rest) < FRAME_BYTES:
        return True
    (length, _) = _PREFIX.unpack_from(rest, 0)
    return bool(length > PAYLOAD_MAX or FRAME_BYTES + length >= len(rest))


def _verify_chain(record: Record, previous_chain: bytes, name: str) -> None:
    body = _BODY.pack(record.kind, record.sequence, record.at_ns)
    if hashlib.sha256(previous_chain + body + record.payload).digest() != record.chain:
        raise JournalCorrupt(f"{name}: record {record.sequence} does not continue the hash chain")


def encode(value: object) -> bytes:
    """Any journal payload as JSON."""
    return _ENCODER.encode(value)


def encode_inputs(stamped: Sequence[Stamped]) -> bytes:
    """Payload of an INPUTS record."""
    return _ENCODER.encode(stamped)


def decode_inputs(payload: bytes) -> list[Stamped]:
    """The stamped events of an INPUTS record."""
    return _STAMPED.decode(payload)


def encode_effects(
    effects: Sequence[Sequence[AnyEffect]], quarantined: tuple[int, ...] = ()
) -> bytes:
    """Payload of an EFFECTS record."""
    raw = _ENCODER.encode(effects)
    digest = hashlib.sha256(raw).hexdigest()
    return _ENCODER.encode(
        TurnEffects(hash=digest, effects=msgspec.Raw(raw), quarantined=quarantined)
    )


def decode_turn(payload: bytes) -> TurnEffects:
    """An EFFECTS record without decoding the effects themselves."""
    return msgspec.json.decode(payload, type=TurnEffects)


def decode_effects(turn: TurnEffects) -> list[list[AnyEffect]]:
    """The effects of a turn, one list per input."""
    return _EFFECTS.decode(turn.effects)
