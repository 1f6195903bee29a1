"""A journal record is read as it was written, and no damage to it goes unseen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.errors import JournalCorrupt
from robot.journal import NO_CHAIN, Record, RecordKind, Torn, frame, read_records
from tests.kit.examples import few

PAYLOADS = st.lists(st.binary(max_size=40), min_size=1, max_size=6)


def journal(payloads: list[bytes]) -> list[bytes]:
    """The records of these payloads, chained."""
    frames, chain = [], NO_CHAIN
    for number, payload in enumerate(payloads, 1):
        data, chain = frame(RecordKind.INPUTS, number, number * 1000, chain, payload)
        frames.append(data)
    return frames


def read(data: bytes) -> list[Record | Torn]:
    """Everything in `data`, the chain verified."""
    return list(read_records(data, NO_CHAIN))


@given(PAYLOADS)
def test_records_are_read_as_they_were_written(payloads: list[bytes]) -> None:
    found = read(b"".join(journal(payloads)))
    assert payloads == [item.payload for item in found if isinstance(item, Record)]
    assert [number * 1000 for number in range(1, len(payloads) + 1)] == [
        item.at_ns for item in found if isinstance(item, Record)
    ]


@given(PAYLOADS, st.data())
def test_a_tail_cut_anywhere_leaves_the_whole_records_and_says_torn(
    payloads: list[bytes], data: st.DataObject
) -> None:
    frames = journal(payloads)
    whole = b"".join(frames[:-1])
    kept = data.draw(st.integers(0, len(frames[-1]) - 1), "bytes kept of the last record")
    found = read(whole + frames[-1][:kept])
    assert payloads[:-1] == [item.payload for item in found if isinstance(item, Record)]
    torn = [item for item in found if isinstance(item, Torn)]
    assert torn == ([Torn(len(whole), kept)] if kept else [])


@few(200)
@given(PAYLOADS, st.data())
def test_a_flipped_byte_is_damage_or_a_torn_tail_and_never_another_record(
    payloads: list[bytes], data: st.DataObject
) -> None:
    raw = bytearray(b"".join(journal(payloads)))
    raw[data.draw(st.integers(0, len(raw) - 1), "byte")] ^= data.draw(st.integers(1, 255), "flip")
    try:
        found = read(bytes(raw))
    except JournalCorrupt:
        return
    assert isinstance(found[-1], Torn), "the damage was not seen"
    kept = [item.payload for item in found[:-1] if isinstance(item, Record)]
    assert payloads[: len(kept)] == kept


@given(st.lists(st.binary(max_size=20), min_size=2, max_size=6), st.data())
def test_a_dropped_record_is_seen(payloads: list[bytes], data: st.DataObject) -> None:
    frames = journal(payloads)
    gone = data.draw(st.integers(0, len(frames) - 2), "dropped")
    with pytest.raises(JournalCorrupt):
        read(b"".join(frames[:gone] + frames[gone + 1 :]))


@given(st.lists(st.binary(max_size=20), min_size=3, max_size=6), st.data())
def test_a_follower_that_does_not_verify_the_chain_sees_a_dropped_record(
    payloads: list[bytes], data: st.DataObject
) -> None:
    frames = journal(payloads)
    gone = data.draw(st.integers(1, len(frames) - 2), "dropped")
    with pytest.raises(JournalCorrupt, match="follows"):
        list(read_records(b"".join(frames[:gone] + frames[gone + 1 :])))


@given(st.lists(st.binary(max_size=20), min_size=2, max_size=6), st.data())
def test_swapped_records_are_seen(payloads: list[bytes], data: st.DataObject) -> None:
    frames = journal(payloads)
    at = data.draw(st.integers(0, len(frames) - 2), "swapped with the next")
    frames[at], frames[at + 1] = frames[at + 1], frames[at]
    with pytest.raises(JournalCorrupt):
        read(b"".join(frames))


@given(PAYLOADS, st.binary(max_size=40), st.data())
def test_a_record_written_anew_with_a_right_checksum_breaks_the_chain(
    payloads: list[bytes], other: bytes, data: st.DataObject
) -> None:
    frames = journal([*payloads, b"the end"])
    at = data.draw(st.integers(0, len(payloads) - 1), "rewritten")
    if other == payloads[at]:
        return
    previous = read(b"".join(frames[:at]))[-1].chain if at else NO_CHAIN  # type: ignore[union-attr]
    frames[at], _ = frame(RecordKind.INPUTS, at + 1, (at + 1) * 1000, previous, other)
    with pytest.raises(JournalCorrupt):
        read(b"".join(frames))


def test_zeros_after_the_last_record_are_a_torn_tail() -> None:
    frames = journal([b"one", b"two"])
    found = read(b"".join(frames) + bytes(4096))
    assert found[-1] == Torn(len(b"".join(frames)), 4096)
