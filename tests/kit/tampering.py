"""A journal of three segments in memory, with signed heads, to be tampered with by the record."""

from __future__ import annotations

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors.audit.keys import verifiers
from robot.examination import places
from robot.frames import Segment
from robot.heads import NO_HEAD, Head, Sign, SignedHead, line_of, signed
from robot.journal import FRAME_BYTES, NO_CHAIN, Header, RecordKind, encode, frame
from robot.verdict import HeadLines, LogFiles, Trust, Verdict, Verify, judge

KEY, OTHER_KEY = "our key", "a stranger's key"
PRIVATE = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
STRANGER = Ed25519PrivateKey.from_private_bytes(b"2" * 32)
FIRST_NS = 1_398_936_600_000_000_000


class Tampered:
    """Segments as lists of whole records; `seal` wrote the heads that vouch for them."""

    def __init__(self, counts: tuple[int, ...] = (7, 6, 9), unsigned: int = 2) -> None:
        self.names = [f"2014050{number}-0001" for number in range(1, len(counts) + 1)]
        self.segments: dict[str, list[bytes]] = {}
        self.heads: list[SignedHead] = []
        self.synced = False
        chain, sequence, before = NO_CHAIN, 0, ""
        for name, count in zip(self.names, counts, strict=True):
            header = header_payload(name, before, chain)
            payloads = [header, b'{"state":{}}', *(payload(name, n) for n in range(2, count))]
            self.segments[name], chain = chained(payloads, sequence, chain)
            sequence, before = sequence + count, name
        self.original = {name: list(rows) for name, rows in self.segments.items()}
        self.seal(unsigned)
        self.end = sum(map(len, self.segments[self.names[-1]]))

    @property
    def last(self) -> str:
        """The newest segment."""
        return self.names[-1]

    def seal(self, unsigned: int, sign: Sign = PRIVATE.sign, key: str = KEY) -> None:
        """A head at the end of each segment; in the last, `unsigned` records before it."""
        self.heads = []
        previous, reached = NO_HEAD, 0
        for name in self.names:
            rows = list(places(self.segment(name)))
            last = rows[-1 - unsigned] if name == self.last else rows[-1]
            head = Head(
                number=len(self.heads) + 1,
                log="journal",
                first_sequence=reached + 1,
                last=last,
                reason="end of segment",
                signed_at_ns=last.at_ns + 1,
                code_version="test",
                key=key,
                previous=previous,
            )
            self.heads.append(signed(head, sign))
            previous, reached = self.heads[-1].hash, last.sequence

    def segment(self, name: str) -> Segment:
        """A segment to be read."""
        return in_memory(name, b"".join(self.segments[name]))

    def sequence(self, name: str, index: int) -> int:
        """The number of a record of the untouched journal."""
        before = sum(len(self.original[one]) for one in self.names if one < name)
        return before + index + 1

    def rechain(self, name: str, index: int, changed: bytes) -> None:
        """Write one record anew and all after it, in every segment: whole in itself again."""
        chain, sequence, before = NO_CHAIN, 0, ""
        for one in self.names:
            payloads = [bytes(record[FRAME_BYTES:]) for record in self.segments[one]]
            payloads[0] = header_payload(one, before, chain)
            if one == name:
                payloads[index] = changed
            self.segments[one], chain = chained(payloads, sequence, chain)
            sequence, before = sequence + len(payloads), one

    def judged(
        self, *, copies: tuple[HeadLines, ...] = (), expected: str = "", begin: str = ""
    ) -> Verdict:
        """What verification says, with our key known."""
        return self._judged(lines(self.heads), copies, expected, begin)

    def judged_with(self, rows: tuple[bytes, ...]) -> Verdict:
        """The same with these lines as heads."""
        return self._judged(HeadLines(name="heads.jsonl", lines=rows), (), "", "")

    def _judged(
        self, heads: HeadLines, copies: tuple[HeadLines, ...], expected: str, begin: str
    ) -> Verdict:
        synced = (self.last, self.end) if self.synced else ("", 0)
        names = sorted(self.segments)
        log = LogFiles(
            name="journal", segments=tuple(self.segment(name) for name in names), synced=synced
        )
        trust = Trust(keys={KEY: checker(PRIVATE)}, named=True, expected=expected, begin=begin)
        return judge([log], heads, copies, trust)


def payload(name: str, number: int) -> bytes:
    """Something as long as a record may be."""
    return encode({"turn": number, "of": name, "text": "x" * (number * 7 % 40)})


def header_payload(name: str, before: str, chain: bytes) -> bytes:
    """First record of a segment."""
    header = Header(
        format=1,
        segment=name,
        code_version="test",
        previous_segment=before,
        previous_chain=chain.hex(),
    )
    return encode(header)


def chained(payloads: list[bytes], sequence: int, chain: bytes) -> tuple[list[bytes], bytes]:
    """The records of these payloads and the chain of the last."""
    rows = []
    kinds = [RecordKind.HEADER, RecordKind.SNAPSHOT]
    for number, content in enumerate(payloads):
        kind = kinds[number] if number < 2 else RecordKind.INPUTS
        at_ns = FIRST_NS + (sequence + number) * 1_000_000_000
        row, chain = frame(kind, sequence + number + 1, at_ns, chain, content)
        rows.append(row)
    return rows, chain


def lines(heads: list[SignedHead]) -> HeadLines:
    """Heads as they stand in their file."""
    return HeadLines(name="heads.jsonl", lines=tuple(line_of(head) for head in heads))


def checker(private: Ed25519PrivateKey) -> Verify:
    """What checks the signatures of a key."""
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return next(iter(verifiers([("test", public)]).values()))


def in_memory(name: str, data: bytes) -> Segment:
    """A segment that is no file."""
    return Segment(name, len(data), lambda offset, count: data[offset : offset + count])


def forged(head: SignedHead, private: Ed25519PrivateKey, **changes: object) -> SignedHead:
    """A head with other content, signed by whoever this is."""
    return signed(msgspec.structs.replace(head.head, **changes), private.sign)
