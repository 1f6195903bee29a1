"""Fuzz targets: each takes any bytes and may end in its parser's declared error only.

`test_fuzz.py` runs them on the kept corpora and on bytes that hypothesis makes,
`atheris_targets.py` on bytes that atheris finds. A target asserts more than "no crash" where it
can: what a parser lets through must also survive the journal.
"""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import msgspec

from connectors.fix import fields
from connectors.fix.decode import events_from, origin_of
from connectors.fix.dialect import Dialect
from connectors.fix.fields import FixMessage
from connectors.fix.top import VenueBook
from connectors.guard.frames import FrameError, FrameReader
from connectors.host.frames import ANSWER_MAX, TO_TRADER, Answer, Frames
from connectors.host.link import NO_MESSAGE
from connectors.host.samples import facts
from connectors.journal.file import Synced, read_synced
from connectors.mqtt.acknowledgement import parse_acknowledgement
from connectors.sim import wire
from connectors.sim.deal_notice import UnreadableDeal, parse_deal
from connectors.sim.dialects.choice import DIALECTS
from connectors.sim.tickfiles import TickFile, TickFileError, read_ticks
from robot import control
from robot.auditor import newest_snapshot
from robot.basics.ids import VenueId
from robot.errors import ConfigurationError, JournalCorrupt, JournalError, RemoteProtocolError
from robot.journal import (
    NO_CHAIN,
    PAYLOAD_MAX,
    Torn,
    decode_inputs,
    encode_inputs,
    read_records,
)
from robot.messages.events import AnyEvent, Stamped
from robot.messages.hosting import HostDecided
from robot.rules.check import load
from robot.rules.format import format_book
from robot.rules.problems import PROBLEMS_MAX
from robot.rules.tree import Book
from robot.settings import FILES, load_file
from robot.status import Beat, beat_path, read_beat
from robot.strategy import foreign_problem
from tests.kit.fix_products import PRESETS, dialect

ALPHA = VenueId("ALPHA")
SESSION = "BANKCNBJ-DEAL->ALPHA-DEAL"
TICKS_MAX = 10_000


def fix_text(data: bytes) -> str:
    """As QuickFIX hands text over: undecodable bytes as lone surrogates; `|` may stand for SOH."""
    return data.decode("utf-8", "surrogateescape").replace("|", fields.SOH)


def fix_dealing(data: bytes) -> None:
    """One message of the dealing session: events that the journal keeps, or a refusal."""
    message = FixMessage(fix_text(data))
    try:
        events = events_from(message, ALPHA, Dialect(), SESSION)
    except RemoteProtocolError as problem:
        fields.text(problem.text).encode("ascii")
        origin_of(message, SESSION)  # the refused message is kept with its origin
        return
    _survives_the_journal(events)


def fix_market(data: bytes) -> None:
    """A day of prices, a message a line; one that cannot be read empties the book."""
    book = VenueBook(ALPHA, Dialect())
    for line in data.split(b"\n"):
        message = FixMessage(fix_text(line))
        try:
            updates = list(book.apply(message))
        except RemoteProtocolError:
            updates = book.void(message)
        _survives_the_journal(updates)


def fix_products(data: bytes) -> None:
    """The same, and market data, in every dialect that ships."""
    message = FixMessage(fix_text(data))
    for preset in PRESETS:
        spoken = dialect(preset)
        book = VenueBook(ALPHA, spoken)
        events: list[AnyEvent] = []
        try:
            if message.type in ("W", "X"):
                events += book.apply(message)
            else:
                events += events_from(message, ALPHA, spoken, SESSION)
        except RemoteProtocolError as problem:
            assert len(problem.text) < 1_000, "a refusal must not repeat all of the text"
            fields.text(problem.text).encode("ascii")
            events += book.void(message)
        _survives_the_journal(events)


def fix_fields(data: bytes) -> None:
    """Every reader of a value; what a number reader takes is finite and within its bounds."""
    text = fix_text(data)
    readers: tuple[Callable[[str, int], object], ...] = (
        fields.identifier,
        fields.integer,
        fields.number,
        fields.price,
        fields.amount,
        fields.quantity,
        fields.points,
        fields.percent,
        fields.local_date,
        fields.timestamp,
        fields.time_of_day,
    )
    for reader in readers:
        try:
            value = reader(text, 1)
        except RemoteProtocolError as problem:
            assert len(problem.text) < 1_000, "a refusal must not repeat all of the text"
            continue
        assert text.isascii(), f"{reader.__name__} took {value!a}"
    assert fields.text(text).isascii()


def journal_records(data: bytes) -> None:
    """A segment file: whole records, a torn tail or JournalCorrupt; never more than was there."""
    for chain in (None, NO_CHAIN):
        try:
            used = 0
            for item in read_records(data, chain):
                assert used <= len(data) <= PAYLOAD_MAX
                used += item.lost_bytes if isinstance(item, Torn) else len(item.payload) + 1
        except JournalCorrupt:
            continue


def settings_file(data: bytes) -> None:
    """Each configuration file: its model, or an error that names the file."""
    with tempfile.TemporaryDirectory() as folder:
        for name, model in FILES.items():
            path = Path(folder) / name
            path.write_bytes(data)
            try:
                load_file(path, model)
            except ConfigurationError as problem:
                assert str(problem).startswith(str(path))


def acknowledgement(data: bytes) -> None:
    """Topic, newline, payload; never raises."""
    topic, _, payload = data.partition(b"\n")
    parse_acknowledgement(topic.decode("utf-8", "replace"), payload, "demo")


def control_command(data: bytes) -> None:
    """One line on the control socket is answered by one line."""
    line = control.answer_line(
        data, lambda command: {"ok": False, "problem": f"unknown command {command.command!r}"}
    )
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert "ok" in msgspec.json.decode(line, type=control.Answer)


def tick_file(data: bytes) -> None:
    """A tick file, packed or plain: ticks, or an error that names the file."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        path = Path(file.name)
        try:
            for tick in islice(read_ticks(TickFile("ALPHA", "EUR/USD", path)), TICKS_MAX):
                assert tick.bid > 0 and tick.ask > 0
        except TickFileError as problem:
            assert str(problem).startswith(str(path))


def sim_wire(data: bytes) -> None:
    """What the simulated venue reads of a robot, in every dialect."""
    message = wire.Incoming(fix_text(data))
    readers: list[Callable[[wire.Incoming], object]] = [wire.withdrawal_in]
    for kind in DIALECTS.values():
        one = kind()
        readers += [one.quote_in, one.refusal_in, one.execution_in, one.instrument_asked]
    for reader in readers:
        try:
            reader(message)
        except wire.WireError:
            continue


def guard_frames(data: bytes) -> None:
    """Bytes of a hostile peer, cut in two: the same frames as in one piece, or an error."""
    stream = data.replace(b"|", b"\x01")
    found: list[object] = []
    for pieces in ([stream], [stream[: len(stream) // 2], stream[len(stream) // 2 :]]):
        reader, out, kinds = FrameReader(4_096), b"", []
        try:
            for piece in pieces:
                whole = reader.feed(piece)
                out, kinds = out + whole.data, kinds + whole.kinds
                assert reader.held_bytes <= 4_096 + len(piece)
        except FrameError as problem:
            assert len(str(problem)) < 300, "a refusal must not repeat all of the bytes"
            found.append("refused")
            continue
        assert stream.startswith(out) and len(out) + reader.held_bytes == len(stream)
        found.append((out, kinds))
    assert found[0] == found[1]


def beat_file(data: bytes) -> None:
    """A sign of life as a file: one that can be used, or none."""
    with tempfile.TemporaryDirectory() as folder:
        beat_path(Path(folder), "trader").write_bytes(data)
        beat = read_beat(Path(folder), "trader")
        assert beat is None or isinstance(beat, Beat)


def synced_position(data: bytes) -> None:
    """The journal's synced position, as it is and with a checksum that fits."""
    body = data[:32].ljust(32, b"\0")
    with tempfile.TemporaryDirectory() as folder:
        for content in (data, body + struct.pack(">I", zlib.crc32(body))):
            (Path(folder) / "synced").write_bytes(content)
            try:
                found = read_synced(Path(folder))
            except JournalError as problem:
                assert str(problem).startswith(folder)
                continue
            assert found is None or isinstance(found, Synced)


def auditor_snapshot(data: bytes) -> None:
    """A snapshot of the auditor: used whole, or passed over."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "20140502-0001-000000000007.json").write_bytes(data)
        newest_snapshot(Path(folder), "20140502-0001")


def deal_notice(data: bytes) -> None:
    """Topic, newline, payload as the simulated back office reads them."""
    topic, _, payload = data.partition(b"\n")
    try:
        notice = parse_deal(topic.decode("utf-8", "replace"), payload)
    except UnreadableDeal as problem:
        assert len(str(problem)) < 1_000, "a refusal must not repeat all of the payload"
        return
    assert notice.deal_id in topic.decode("utf-8", "replace")


def rule_book(data: bytes) -> None:
    """A rule book in both languages: a book that is written and read again as the same, or its
    problems, in order, each fit to be shown.
    """
    text = data.decode("utf-8", "surrogateescape")
    for language in ("en", "zh"):
        found = load(text, "fuzz.rules", language)
        if isinstance(found, Book):
            assert found == load(format_book(found, language), "again.rules")
            continue
        places = [(problem.line, problem.column) for problem in found]
        assert 0 < len(found) <= PROBLEMS_MAX and places == sorted(places)
        for problem in found:
            problem.shown("fuzz.rules").encode("utf-8")


def _survives_the_journal(events: Sequence[AnyEvent]) -> None:
    stamped = [Stamped(number, 1, event) for number, event in enumerate(events, 1)]
    assert decode_inputs(encode_inputs(stamped)) == stamped


def host_frames(data: bytes) -> None:
    """What a strategy's host says: messages that the journal keeps, or none."""
    try:
        said = [TO_TRADER.decode(body) for body in Frames(ANSWER_MAX).take(data)]
    except NO_MESSAGE:
        return
    for message in said:
        if isinstance(message, Answer):
            event = HostDecided(ask=message.ask, decision=message.decision, failure=message.failure)
            assert isinstance(foreign_problem(event.decision, facts()), str)
            stamped = [Stamped(1, 1, event)]
            assert repr(decode_inputs(encode_inputs(stamped))) == repr(stamped)  # NaN is not NaN


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        fix_dealing,
        fix_market,
        fix_products,
        fix_fields,
        journal_records,
        settings_file,
        acknowledgement,
        control_command,
        tick_file,
        sim_wire,
        guard_frames,
        beat_file,
        synced_position,
        auditor_snapshot,
        deal_notice,
        rule_book,
        host_frames,
    )
}
