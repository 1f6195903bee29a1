"""Heads: how far a chained log went, who says so, and when. Pure: files and keys are connectors.

A record's chain stands for every record before it, so one signed head vouches for a whole log up to
a place. Heads are a chain of their own, one line of JSON each in `heads.jsonl`:

    {"head":{...},"hash":"SHA-256 of the head's bytes","signature":"Ed25519 of the same bytes"}

A line is exactly what `line_of` writes; the bytes of `{...}` are what was hashed and signed. Each
head names the hash of the one before it, whichever log that is of. Read `Head` first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import msgspec

from robot.errors import HeadDamaged
from robot.journal import FRAME_BYTES, Record, RecordKind

WHAT = "fxrobot audit head 1"
"""First thing in what is signed: no other signature of the same key can be taken for one."""
NO_HEAD = "0" * 64
LOGS = {"journal": "journal", "approvals": "approvals"}
"""Chained logs by name, as a folder of segments or one file in the data folder; a log that is not
there is left out. All are of the journal's frame format."""


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One record of a log, and by its chain all before it."""

    segment: str
    record: int
    """Its number in the segment, from 1."""
    sequence: int
    offset: int
    """Where it begins in the segment, in bytes."""
    end: int
    """Where the next one begins."""
    at_ns: int
    chain: str
    """Hexadecimal."""


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed: the log held exactly these records up to this place."""

    what: str = WHAT
    number: int
    """1, 2, 3 … over all logs."""
    log: str
    first_sequence: int
    """The first record that no head of this log covered before."""
    last: Place
    reason: str
    signed_at_ns: int
    """The machine's time; the time of the record is in `last`."""
    code_version: str
    key: str
    """Id of the key; empty = not signed."""
    previous: str
    """Hash of the head before, zeros for the first."""


class SignedHead(msgspec.Struct, frozen=True, kw_only=True):
    """A head as read: `body` is what was signed."""

    head: Head
    body: bytes
    hash: str
    signature: bytes


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    head: msgspec.Raw
    hash: str
    signature: str


Sign = Callable[[bytes], bytes]


def signed(head: Head, sign: Sign | None) -> SignedHead:
    """A head with its hash and, if there is a key, its signature."""
    body = msgspec.json.encode(head)
    signature = sign(body) if sign is not None else b""
    return SignedHead(
        head=head, body=body, hash=hashlib.sha256(body).hexdigest(), signature=signature
    )


def line_of(head: SignedHead) -> bytes:
    """The line of a head, without its end."""
    return msgspec.json.encode(_Line(msgspec.Raw(head.body), head.hash, head.signature.hex()))


def read_line(line: bytes) -> SignedHead:
    """The inverse of `line_of`; a line that says the same otherwise is damage."""
    try:
        found = msgspec.json.decode(line, type=_Line)
        body = bytes(found.head)
        head = msgspec.json.decode(body, type=Head)
        signature = bytes.fromhex(found.signature)
    except (msgspec.MsgspecError, ValueError, RecursionError) as problem:
        raise HeadDamaged(f"it is not a head: {problem}") from problem
    known = SignedHead(
        head=head, body=body, hash=hashlib.sha256(body).hexdigest(), signature=signature
    )
    if head.what != WHAT or msgspec.json.encode(head) != body:
        raise HeadDamaged("it is not written as fxrobot writes heads")
    if found.hash != known.hash:
        raise HeadDamaged(f"its hash is {found.hash}, but its content has {known.hash}")
    if line_of(known) != line:
        raise HeadDamaged("it is not written as fxrobot writes heads")
    return known


class Progress:
    """The place of a log that is followed record by record."""

    def __init__(self, place: Place | None = None) -> None:
        self.place = place

    def follow(self, record: Record, segment: str) -> None:
        """The next record, of this segment. Unknown until a segment begins."""
        begins = record.kind is RecordKind.HEADER
        before = self.place
        if before is None and not begins:
            return
        offset, number = (0, 1) if begins or before is None else (before.end, before.record + 1)
        self.place = Place(
            segment=segment,
            record=number,
            sequence=record.sequence,
            offset=offset,
            end=offset + FRAME_BYTES + len(record.payload),
            at_ns=record.at_ns,
            chain=record.chain.hex(),
        )
