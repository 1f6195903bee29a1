"""Whether logs and their heads are as they were written: the verdict of `fxrobot audit verify`.

`judge` is the whole of it: the heads among themselves, their signatures, each log, and each head
against its log. Without a key nothing protects against somebody who makes all hashes anew; with
one, only the records after the last signed head are without protection, and they are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from robot.clock import format_time
from robot.errors import HeadDamaged
from robot.examination import Examined, Finding, Kind, LogExamination
from robot.frames import Segment
from robot.heads import NO_HEAD, SignedHead, read_line

HEADS = "heads"
"""What findings about the heads name as their log."""

Verify = Callable[[bytes, bytes], bool]
"""Whether a signature is that of a key for a text."""


class LogFiles(msgspec.Struct, frozen=True, kw_only=True):
    """A log as it lies there."""

    name: str
    segments: tuple[Segment, ...]
    synced: tuple[str, int] = ("", 0)
    """Segment and byte up to which its writer said it was on the disk."""


class HeadLines(msgspec.Struct, frozen=True, kw_only=True):
    """A file of heads: its whole lines, and whether a part of one follows."""

    name: str
    lines: tuple[bytes, ...]
    torn: bool = False


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """What the verifier knows from elsewhere."""

    keys: Mapping[str, Verify] = {}
    named: bool = False
    """Whether somebody named these keys, or they only lay beside the heads."""
    expected: str = ""
    """Hash, or its beginning, of a head that was noted elsewhere."""
    begin: str = ""
    """The first segment that is kept here: the journal before it is elsewhere."""


class LogVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """One log."""

    log: str
    segments: int
    records: int
    bytes: int
    chain: str
    """Of the last record."""
    covered: int
    """Records up to the last head that fits and is signed by a known key."""
    not_yet_signed: int
    torn: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The answer; `valid` = no finding."""

    valid: bool
    logs: tuple[LogVerdict, ...]
    heads: int
    heads_signed: int
    """By a known key."""
    keys: tuple[str, ...]
    last_head: str
    """Hash of the last head: note it elsewhere, and later ask for it with --expect."""
    last_signed_at_ns: int
    findings: tuple[Finding, ...]
    findings_left_out: int
    notes: tuple[str, ...]


def judge(
    logs: Sequence[LogFiles],
    heads: HeadLines | None,
    copies: Sequence[HeadLines],
    trust: Trust,
) -> Verdict:
    """Examine everything."""
    chain = HeadChain(heads, trust)
    for copy in copies:
        chain.compare(copy)
    examined: list[Examined] = []
    verdicts: list[LogVerdict] = []
    for log in logs:
        of_log = [one for one in chain.heads if one.head.log == log.name]
        begin = trust.begin if log.name == "journal" else ""
        examination = LogExamination(log.name, of_log, begin=begin)
        found = examination.examine(log.segments, log.synced)
        fitting = [one for one in of_log if examination.fits(one) and one in chain.trusted]
        examined.append(found)
        verdicts.append(_log_verdict(found, fitting))
    gone = {one.head.log for one in chain.heads} - {log.name for log in logs}
    for name in sorted(gone):
        chain.find(Kind.SEGMENT_MISSING, 0, "heads are of this log, and it is not here", log=name)
    return _verdict(chain, examined, verdicts)


def _log_verdict(found: Examined, fitting: Sequence[SignedHead]) -> LogVerdict:
    covered = fitting[-1].head.last.sequence if fitting else 0
    last = found.last.sequence if found.last is not None else 0
    before = max(found.first - 1, 0)
    return LogVerdict(
        log=found.log,
        segments=found.segments,
        records=found.records,
        bytes=found.bytes,
        chain=found.last.chain if found.last is not None else "",
        covered=max(0, covered - before),
        not_yet_signed=last - max(covered, before),
        torn=found.torn,
    )


def _verdict(
    chain: HeadChain, examined: Sequence[Examined], verdicts: Sequence[LogVerdict]
) -> Verdict:
    findings = [*chain.findings, *(one for log in examined for one in log.findings)]
    torn = [f"torn tail, never completely written: {log.torn}" for log in examined if log.torn]
    unsigned = [
        f"{log.log}: not yet signed: {log.not_yet_signed} records"
        for log in verdicts
        if log.not_yet_signed
    ]
    last = chain.heads[-1] if chain.heads else None
    return Verdict(
        valid=not findings,
        logs=tuple(verdicts),
        heads=len(chain.heads),
        heads_signed=len(chain.trusted),
        keys=tuple(sorted({one.head.key for one in chain.trusted})),
        last_head=last.hash if last is not None else "",
        last_signed_at_ns=chain.trusted[-1].head.signed_at_ns if chain.trusted else 0,
        findings=tuple(findings),
        findings_left_out=sum(log.findings_left_out for log in examined),
        notes=(*chain.notes, *torn, *unsigned),
    )


class HeadChain:
    """The heads among themselves. `heads` are those that can be read, `trusted` those with the
    signature of a known key.
    """

    def __init__(self, lines: HeadLines | None, trust: Trust) -> None:
        self.heads: list[SignedHead] = []
        self.trusted: list[SignedHead] = []
        self.findings: list[Finding] = []
        self.notes: list[str] = []
        self._trust = trust
        self._lines = lines
        if lines is not None:
            self._read(lines)
            self._join()
            self._check_signatures()
        self._judge_trust()

    def find(self, kind: Kind, number: int, text: str, *, log: str = HEADS) -> None:
        """Add a finding; `number` is that of the line or head, 0 = none."""
        self.findings.append(Finding(kind=kind, log=log, record=number, sequence=number, text=text))

    def compare(self, copy: HeadLines) -> None:
        """A copy kept elsewhere has the same lines; the one or the other may have some more."""
        mine = self._lines.lines if self._lines is not None else ()
        for number, (one, other) in enumerate(zip(mine, copy.lines, strict=False), 1):
            if one != other:
                self.find(Kind.HEAD_DAMAGED, number, f"is another one in {copy.name}")
                return
        if len(copy.lines) > len(mine):
            gone = f"{len(copy.lines) - len(mine)} heads that {copy.name} has are not here"
            self.find(Kind.HEAD_MISSING, len(mine) + 1, gone)
        elif len(copy.lines) < len(mine):
            self.notes.append(
                f"{copy.name} lacks the last {len(mine) - len(copy.lines)} heads: "
                "it is copied again at the next head"
            )

    def _read(self, lines: HeadLines) -> None:
        for number, line in enumerate(lines.lines, 1):
            try:
                self.heads.append(read_line(line))
            except HeadDamaged as damaged:
                self.find(Kind.HEAD_DAMAGED, number, str(damaged))
        if lines.torn:
            self.notes.append(f"{lines.name}: its last line was never completely written")

    def _join(self) -> None:
        """Each head names the one before it, and continues its log."""
        previous, number = NO_HEAD, 0
        reached: dict[str, int] = {}
        for one in self.heads:
            head = one.head
            if head.number != number + 1:
                text = f"head {head.number} comes after head {number}"
                self.find(Kind.HEAD_MISSING, head.number, text)
            elif head.previous != previous:
                text = f"does not continue head {number}: one of the two was replaced"
                self.find(Kind.HEAD_DAMAGED, head.number, text)
            elif head.first_sequence != reached.get(head.log, 0) + 1:
                text = f"begins at record {head.first_sequence}, not after the head before"
                self.find(Kind.HEAD_DAMAGED, head.number, text)
            previous, number = one.hash, head.number
            reached[head.log] = head.last.sequence

    def _check_signatures(self) -> None:
        unsigned = []
        for one in self.heads:
            head = one.head
            if not head.key:
                unsigned.append(head.number)
            elif head.key not in self._trust.keys:
                text = f"signed by key {head.key}, which is not among those given"
                self.find(Kind.UNKNOWN_KEY, head.number, text)
            elif not self._trust.keys[head.key](one.signature, one.body):
                text = f"its signature is not that of key {head.key}"
                self.find(Kind.BAD_SIGNATURE, head.number, text)
            else:
                self.trusted.append(one)
        if unsigned:
            numbers = f"{len(unsigned)} of {len(self.heads)}, the last is head {unsigned[-1]}"
            self.notes.append(f"heads without a signature: {numbers}")

    def _judge_trust(self) -> None:
        trust = self._trust
        if trust.named and not self.trusted:
            self.find(Kind.NOT_SIGNED, 0, "no head is signed by a key that was given")
        if trust.expected and not any(one.hash.startswith(trust.expected) for one in self.heads):
            self.find(Kind.HEAD_MISSING, 0, f"no head has the hash {trust.expected} that was noted")
        if self.trusted and not trust.named:
            keys = ", ".join(sorted({one.head.key for one in self.trusted}))
            told = "compare it with what was noted when the key was made, or give --key"
            self.notes.append(f"signed by key {keys}, found beside the heads: {told}")
        if not self.heads:
            self.notes.append("no heads: nothing tells a log from one with all hashes made anew")


def told(verdict: Verdict) -> str:
    """In words."""
    logs = [
        f"{log.log}: {log.records} records in {log.segments} segment(s), {log.bytes} bytes, "
        f"{log.covered} under a signed head"
        for log in verdict.logs
    ]
    heads = f"heads: {verdict.heads}, signed by a known key: {verdict.heads_signed}"
    if verdict.last_signed_at_ns:
        heads += f", last signed {format_time(verdict.last_signed_at_ns)}"
    if verdict.last_head:
        heads += f"\nlast head: {verdict.last_head}"
    left = verdict.findings_left_out
    found = [one.told() for one in verdict.findings] + ([f"and {left} more"] if left else [])
    notes = [f"note: {text}" for text in verdict.notes]
    end = "valid" if verdict.valid else f"not valid: {len(verdict.findings) + left} finding(s)"
    return "\n".join([*logs, heads, *notes, *found, end])
