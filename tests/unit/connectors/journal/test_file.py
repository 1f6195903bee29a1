"""The journal's file: what is written is read again, and what is damaged is told."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors.journal.file import FileTail, JournalFile, read_segment, read_synced, segment_paths
from robot.errors import JournalCorrupt, JournalError
from robot.journal import (
    FRAME_BYTES,
    NO_CHAIN,
    Record,
    RecordKind,
    Torn,
    pass_whole,
    read_records,
)

DAY = date(2014, 5, 1)
INPUTS = RecordKind.INPUTS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def journal(folder: Path) -> Iterator[JournalFile]:
    opened = JournalFile(folder)
    yield opened
    opened.close()


def write(folder: Path, *payloads: bytes, day: date = DAY) -> Path:
    """A closed segment of these payloads."""
    journal = JournalFile(folder)
    name = journal.open_segment(day, 0, b"{}")
    for number, payload in enumerate(payloads):
        journal.append(INPUTS, number, payload)
    journal.close()
    return folder / f"{name}.fxj"


def payloads(path: Path) -> list[bytes]:
    """What a segment holds after its header and snapshot."""
    records = [item for item in read_segment(path, None) if isinstance(item, Record)]
    return [record.payload for record in records[2:]]


def forget_position(folder: Path) -> None:
    """As if the power had gone before anything of it was published."""
    (folder / "synced").unlink()


def test_what_was_appended_is_read_in_order(folder: Path) -> None:
    path = write(folder, b"one", b"two", b"three")
    assert [b"one", b"two", b"three"] == payloads(path)


def test_a_segment_begins_with_its_header_and_its_state(folder: Path) -> None:
    records = list(read_segment(write(folder), NO_CHAIN))
    kinds = [item.kind for item in records if isinstance(item, Record)]
    assert [RecordKind.HEADER, RecordKind.SNAPSHOT] == kinds


def test_records_larger_than_a_piece_are_read_whole(folder: Path) -> None:
    large = [bytes([number]) * (3 * 1024 * 1024) for number in range(4)]
    path = write(folder, *large, b"small")
    assert [*large, b"small"] == payloads(path)


def test_a_tail_torn_at_any_byte_is_cut_and_told_and_the_rest_stays(
    folder: Path, tmp_path: Path
) -> None:
    path = write(folder, b"one", b"two")
    raw, last = path.read_bytes(), FRAME_BYTES + len(b"two")
    forget_position(folder)
    for lost in range(1, last + 1):
        path.write_bytes(raw[: len(raw) - lost])
        journal = JournalFile(folder)
        kept = last - lost
        assert journal.torn == (Torn(len(raw) - last, kept) if kept else None), lost
        journal.append(INPUTS, 9, b"after")
        journal.close()
        assert [b"one", b"after"] == payloads(path)
        assert not [item for item in read_segment(path) if isinstance(item, Torn)]
        forget_position(folder)


def test_a_resumed_journal_goes_on_with_the_number_and_the_chain(folder: Path) -> None:
    path = write(folder, b"one")
    journal = JournalFile(folder)
    assert journal.append(INPUTS, 2, b"two") == 4
    journal.close()
    assert [1, 2, 3, 4] == [r.sequence for r in read_segment(path, NO_CHAIN)]  # type: ignore[union-attr]


@pytest.mark.parametrize("at", ["checksum", "payload", "length"])
def test_damage_before_the_synced_position_refuses_to_start(folder: Path, at: str) -> None:
    path = write(folder, b"one", b"two", b"three")
    raw = bytearray(path.read_bytes())
    record = len(raw) - 3 * FRAME_BYTES - len(b"onetwothree")
    raw[record + {"length": 0, "checksum": 4, "payload": FRAME_BYTES}[at]] ^= 0x7F
    path.write_bytes(raw)
    with pytest.raises(JournalCorrupt, match=r"20140501-0001"):
        JournalFile(folder)


def test_a_cut_before_the_synced_position_refuses_to_start(folder: Path) -> None:
    path = write(folder, b"one", b"two")
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(JournalCorrupt, match="synced"):
        JournalFile(folder)


@pytest.mark.parametrize("share", ["everything", "the last record"])
def test_whole_records_missing_before_the_synced_position_refuse_to_start(
    folder: Path, share: str
) -> None:
    path = write(folder, b"one", b"two")
    size = path.stat().st_size
    os.truncate(path, 0 if share == "everything" else size - FRAME_BYTES - len(b"two"))
    with pytest.raises(JournalCorrupt):
        JournalFile(folder)


def test_a_missing_newest_segment_refuses_to_start(folder: Path) -> None:
    write(folder, b"one")
    write(folder, b"two").unlink()
    with pytest.raises(JournalCorrupt):
        JournalFile(folder)


def test_a_refused_start_changes_nothing(folder: Path) -> None:
    path = write(folder, b"one", b"two")
    os.truncate(path, path.stat().st_size - 1)
    damaged = path.read_bytes()
    with pytest.raises(JournalCorrupt):
        JournalFile(folder)
    assert damaged == path.read_bytes()


def test_a_second_writer_is_refused(journal: JournalFile, folder: Path) -> None:
    with pytest.raises(JournalError, match="another trader"):
        JournalFile(folder)


def test_the_folder_is_free_again_after_closing(folder: Path) -> None:
    JournalFile(folder).close()
    JournalFile(folder).close()


def test_only_what_was_synced_is_published(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.journal.file.GROUP_SYNC_S", 3600)
    journal = JournalFile(folder)
    journal.open_segment(DAY, 0, b"{}")
    before = read_synced(folder)
    journal.append(INPUTS, 1, b"one")
    assert before == read_synced(folder)
    journal.sync()
    after = read_synced(folder)
    assert after is not None and before is not None
    assert (after.sequence, after.offset) == (3, before.offset + FRAME_BYTES + len(b"one"))
    os.close(journal._lock_fd)


def test_what_no_sync_came_for_is_synced_in_a_group(journal: JournalFile, folder: Path) -> None:
    journal.open_segment(DAY, 0, b"{}")
    journal.append(INPUTS, 1, b"one")
    tail = FileTail(folder)
    seen: list[Record] = []
    for _ in range(2_000):
        seen += tail.poll(10)
        if len(seen) == 3:
            break
        threading.Event().wait(0.005)
    assert b"one" == seen[-1].payload
    tail.close()


def test_a_follower_reads_across_segments_and_never_past_the_synced_position(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.journal.file.GROUP_SYNC_S", 3600)
    journal, tail = JournalFile(folder), FileTail(folder)
    assert [] == list(tail.poll(10))
    journal.open_segment(DAY, 0, b"{}")
    journal.append(INPUTS, 1, b"one")
    assert [1, 2] == [record.sequence for record in tail.poll(10)]
    assert [] == list(tail.poll(10))
    journal.open_segment(DAY + timedelta(days=1), 2, b"{}")
    journal.append(INPUTS, 3, b"two")
    journal.sync()
    seen: list[Record] = []
    for _ in range(5):
        seen += tail.poll(1)
    assert [3, 4, 5, 6] == [record.sequence for record in seen]
    assert tail.behind() == 0
    tail.close()
    os.close(journal._lock_fd)


def test_a_follower_may_begin_after_any_record(folder: Path) -> None:
    path = write(folder, b"one", b"two", b"three")
    tail = FileTail(folder, path.stem, 4)
    assert [b"three"] == [record.payload for record in tail.poll(10)]
    tail.close()


def test_a_follower_that_reads_little_at_a_time_reaches_the_place_it_begins_at(
    folder: Path,
) -> None:
    path = write(folder, b"one", b"two", b"three")
    tail = FileTail(folder, path.stem, 4)
    assert [b"three"] == [record.payload for record in tail.poll(1)]
    assert not tail.poll(1)
    tail.close()


def test_what_a_follower_is_behind_counts_all_segments_from_its_own_to_the_newest(
    folder: Path,
) -> None:
    paths = [write(folder, b"x" * size) for size in (100, 200, 300)]
    first, second, third = (path.stat().st_size for path in paths)
    assert first + second + third == FileTail(folder).behind()
    tail = FileTail(folder, paths[1].stem)
    assert second + third == tail.behind()
    tail.poll(10)
    assert third == tail.behind()
    while tail.poll(10) or tail.behind():
        pass
    tail.close()


def test_a_follower_stops_at_damage_in_an_older_segment(folder: Path) -> None:
    path = write(folder, b"one", b"two", b"three")
    write(folder, b"four", day=DAY + timedelta(days=1))
    raw = bytearray(path.read_bytes())
    raw[len(raw) - 3 * FRAME_BYTES - len(b"onetwothree")] ^= 0x7F
    path.write_bytes(raw)
    tail = FileTail(folder)
    with pytest.raises(JournalCorrupt, match="damaged"):
        for _ in range(10):
            tail.poll(10)
    tail.close()


def test_a_follower_says_which_segment_is_missing(folder: Path) -> None:
    write(folder)
    with pytest.raises(JournalError, match=r"20140430-0001.fxj is missing"):
        FileTail(folder, "20140430-0001", 7).poll(1)


def test_segments_of_a_day_are_numbered_and_continue_the_chain(folder: Path) -> None:
    first = write(folder, b"one")
    second = write(folder, b"two")
    assert ["20140501-0001", "20140501-0002"] == [path.stem for path in segment_paths(folder)]
    head = list(read_segment(first, NO_CHAIN))[-1]
    assert isinstance(head, Record)
    assert [4, 5, 6] == [item.sequence for item in read_segment(second, head.chain)]  # type: ignore[union-attr]


def test_a_trade_date_before_the_newest_segment_is_refused(folder: Path) -> None:
    write(folder, day=DAY)
    journal = JournalFile(folder)
    with pytest.raises(JournalError, match="check the clock"):
        journal.open_segment(DAY - timedelta(days=1), 0, b"{}")
    journal.close()


def test_a_start_that_died_while_it_opened_a_segment_leaves_the_one_before(folder: Path) -> None:
    path = write(folder, b"one")
    for aside in ("20140501-0002.new", "20140502-0001.new"):
        (folder / aside).write_bytes(path.read_bytes()[:50])
    assert [path] == segment_paths(folder)
    journal = JournalFile(folder)
    assert "20140501-0002" == journal.open_segment(DAY, 1, b"{}")
    journal.close()
    assert [3 + 1, 3 + 2] == [item.sequence for item in read_segment(segment_paths(folder)[-1])]  # type: ignore[union-attr]


def test_a_damaged_position_file_is_told(folder: Path) -> None:
    write(folder)
    (folder / "synced").write_bytes(b"\xff" * 36)
    with pytest.raises(JournalError, match="synced"):
        read_synced(folder)


def fill_the_disk(folder: Path, results: multiprocessing.Queue[list[str]]) -> None:
    """In a process of its own: a limit on file size stands for the full disk."""
    journal = JournalFile(folder)
    journal.open_segment(DAY, 0, b"{}")
    size = segment_paths(folder)[0].stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, size + 100))
    told = []
    for payload in (b"x" * 200, b"y"):
        try:
            journal.append(INPUTS, 1, payload)
        except JournalError as problem:
            told.append(str(problem))
    try:
        journal.sync()
    except JournalError as problem:
        told.append(str(problem))
    results.put(told)


def test_a_full_disk_stops_the_journal_for_good_and_keeps_what_was_whole(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    process = context.Process(target=fill_the_disk, args=(folder, results))
    process.start()
    told = results.get(timeout=30)
    process.join(30)
    assert len(told) == 3 and all("trading stops" in text for text in told)
    journal = JournalFile(folder)
    assert journal.torn is not None
    journal.close()
    assert [] == payloads(segment_paths(folder)[0])


def test_a_copy_of_a_journal_is_read_like_the_journal(folder: Path, tmp_path: Path) -> None:
    path = write(folder, b"one")
    shutil.copytree(folder, tmp_path / "copy")
    assert payloads(path) == payloads(tmp_path / "copy" / path.name)


def test_a_start_finds_the_end_that_a_reader_finds_wherever_the_file_is_cut(folder: Path) -> None:
    path = write(folder, b"first", b"second", b"the third")
    whole = path.read_bytes()
    for size in range(len(whole) + 1):
        read = list(read_records(whole[:size])) if size else []
        records = [item for item in read if isinstance(item, Record)]
        passed = pass_whole(whole[:size], 0)
        assert passed.end == sum(FRAME_BYTES + len(one.payload) for one in records)
        if records:
            assert (passed.sequence, passed.chain) == (records[-1].sequence, records[-1].chain)


def test_a_start_passes_no_byte_that_is_not_as_it_was_written(folder: Path) -> None:
    whole = write(folder, b"first", b"second").read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        assert pass_whole(bytes(damaged), 0).end <= place
