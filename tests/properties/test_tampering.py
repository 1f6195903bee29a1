"""Whatever is done to a journal or its heads, wherever, verification finds it and says where.

What cannot be found is a test, too: without a head nobody can tell that the end is gone.
"""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.examination import Finding, Kind
from robot.journal import FRAME_BYTES
from robot.verdict import Verdict
from tests.kit.examples import few
from tests.kit.tampering import KEY, OTHER_KEY, PRIVATE, STRANGER, Tampered, forged, lines

UNSIGNED = 2
A, B, C = Tampered().names
PLACES = st.sampled_from(
    [(name, at) for name in (A, B, C) for at in range(len(Tampered().segments[name]))]
)
"""Every record of the journal: segment and index."""
SIGNED = PLACES.filter(lambda place: place[0] != C or place[1] < 9 - UNSIGNED)
"""Those under a signed head."""


def found(verdict: Verdict, *kinds: Kind) -> Finding:
    """The first finding, which is of one of these kinds."""
    assert not verdict.valid, "nothing was found"
    assert verdict.findings[0].kind in kinds, verdict.findings[0].told()
    return verdict.findings[0]


@given(st.lists(st.integers(2, 6), min_size=1, max_size=4), st.integers(0, 1), st.booleans())
@few(30)
def test_an_untouched_journal_verifies(counts: list[int], unsigned: int, synced: bool) -> None:
    journal = Tampered(tuple(counts), unsigned)
    journal.synced = synced
    verdict = journal.judged()
    assert verdict.valid, verdict.findings
    assert verdict.logs[0].not_yet_signed == unsigned
    assert verdict.logs[0].covered == sum(counts) - unsigned


@given(PLACES, st.data())
def test_a_flipped_byte_is_found_in_its_record(place: tuple[str, int], data: st.DataObject) -> None:
    journal, (name, index) = Tampered(), place
    journal.synced = True
    record = bytearray(journal.segments[name][index])
    record[data.draw(st.integers(0, len(record) - 1), "byte")] ^= data.draw(st.integers(1, 255))
    offset = sum(map(len, journal.segments[name][:index]))
    journal.segments[name][index] = bytes(record)
    verdict = journal.judged()
    one = found(verdict, Kind.CHANGED, Kind.TRUNCATED)
    where = (name, index + 1, journal.sequence(name, index), offset)
    assert where == (one.segment, one.record, one.sequence, one.offset)
    assert len(verdict.findings) == 1


@given(PLACES.filter(lambda place: place[1] > 1), st.booleans())
def test_a_record_written_anew_with_a_right_checksum_breaks_the_chain(
    place: tuple[str, int], own_chain: bool
) -> None:
    """With its own chain made anew the break is at the next record: one of the two is changed."""
    journal, (name, index) = Tampered(), place
    other = Tampered()
    other.rechain(name, index, b'{"forged":1}')
    forgery = other.segments[name][index]
    if not own_chain:
        kept = journal.segments[name][index][FRAME_BYTES - 32 : FRAME_BYTES]
        forgery = with_chain(forgery, kept)
    journal.segments[name][index] = forgery
    verdict = journal.judged()
    last_of_all = (name, index) == (C, len(journal.segments[C]) - 1)
    if own_chain and last_of_all:
        assert verdict.valid, "nothing follows it and no head has it"
        return
    sequence = journal.sequence(name, index)
    one = found(verdict, Kind.CHANGED, Kind.REWRITTEN)
    assert one.sequence in (sequence, sequence + 1)


def with_chain(record: bytes, chain: bytes) -> bytes:
    """A record with another chain and a checksum that fits."""
    body = record[8 : FRAME_BYTES - 32] + chain + record[FRAME_BYTES:]
    return record[:4] + zlib.crc32(body).to_bytes(4, "big") + body


def test_a_last_record_under_a_head_that_is_damaged_is_no_torn_tail() -> None:
    journal = Tampered(unsigned=0)
    last = journal.segments[C][-1]
    journal.segments[C][-1] = last[:-1] + b"#"
    one = found(journal.judged(), Kind.TRUNCATED, Kind.CHANGED)
    assert any((Kind.CHANGED, 9) == (each.kind, each.record) for each in journal.judged().findings)
    assert C == one.segment


@pytest.mark.parametrize("gone", [1, 2, 9])
def test_whole_records_gone_from_the_end_are_found_by_the_synced_position(gone: int) -> None:
    journal = Tampered()
    journal.heads, journal.synced = journal.heads[:2], True
    assert journal.judged().valid
    if gone == 9:
        del journal.segments[C]
    else:
        del journal.segments[C][-gone:]
    assert C == found(journal.judged(), Kind.TRUNCATED, Kind.SEGMENT_MISSING).segment


def test_a_head_whose_record_is_in_another_segment_is_found() -> None:
    journal = Tampered((6, 7, 9), 0)
    journal.heads = Tampered().heads[:1]
    assert A == found(journal.judged(), Kind.REWRITTEN).segment


def test_a_head_signed_with_our_key_in_another_chain_of_heads_is_found() -> None:
    journal = Tampered()
    journal.heads[1] = forged(journal.heads[1], PRIVATE, reason="another")
    assert found(journal.judged(), Kind.HEAD_DAMAGED).record == 3


@given(SIGNED)
def test_a_dropped_record_is_named(place: tuple[str, int]) -> None:
    journal, (name, index) = Tampered(), place
    del journal.segments[name][index]
    verdict = journal.judged()
    one = found(verdict, Kind.MISSING, Kind.TRUNCATED)
    assert name == one.segment
    gone = journal.sequence(name, index)
    if one.kind is Kind.MISSING:
        assert f" {gone} " in one.text
        assert one.sequence == gone + 1
    else:
        assert f"record {gone - 1}," in one.text
    assert len(verdict.findings) == 1


@given(st.sampled_from([A, B, C]), st.data())
def test_records_in_another_order_are_named(name: str, data: st.DataObject) -> None:
    journal = Tampered()
    rows = journal.segments[name]
    first = data.draw(st.integers(1, len(rows) - 2), "first")
    second = data.draw(st.integers(first + 1, len(rows) - 1), "second")
    rows[first], rows[second] = rows[second], rows[first]
    findings = journal.judged().findings
    assert {one.kind for one in findings} == {Kind.REORDERED}
    early = journal.sequence(name, first)
    assert early in {one.sequence for one in findings}
    assert {one.segment for one in findings} == {name}


@given(PLACES, st.data())
def test_a_record_that_is_there_twice_is_named(place: tuple[str, int], data: st.DataObject) -> None:
    journal, (name, index) = Tampered(), place
    rows = journal.segments[name]
    at = data.draw(st.integers(index + 1, len(rows)), "where to")
    rows.insert(at, rows[index])
    verdict = journal.judged()
    one = found(verdict, Kind.DUPLICATED)
    assert (name, at + 1, journal.sequence(name, index)) == (one.segment, one.record, one.sequence)
    assert len(verdict.findings) == 1


@given(PLACES.filter(lambda place: place[1] > 1), st.booleans())
def test_an_inserted_record_is_named(place: tuple[str, int], with_its_chain: bool) -> None:
    """One that continues the chain, with the number of the record before which it was put."""
    journal, (name, index) = Tampered(), place
    rows = journal.segments[name]
    rechained = Tampered()
    rechained.rechain(name, index, b'{"forged":1}')
    forgery = rechained.segments[name][index]
    rows.insert(index if with_its_chain else index + 1, forgery)
    verdict = journal.judged()
    one = found(verdict, Kind.INSERTED)
    assert (name, journal.sequence(name, index)) == (one.segment, one.sequence)
    assert one.record in (index + 1, index + 2)


@given(PLACES, st.binary(min_size=1, max_size=200))
def test_bytes_between_records_are_found(place: tuple[str, int], junk: bytes) -> None:
    journal, (name, index) = Tampered(), place
    journal.segments[name].insert(index, junk)
    verdict = journal.judged()
    assert not verdict.valid
    assert verdict.findings[0].segment in (name, "")


@given(st.integers(1, 2_000), st.booleans())
def test_a_truncated_end_is_found_as_far_as_somebody_said_it_was_written(
    cut: int, synced: bool
) -> None:
    journal = Tampered()
    journal.synced = synced
    whole = b"".join(journal.segments[C])
    unsigned = sum(map(len, journal.segments[C][-UNSIGNED:]))
    cut = min(cut, len(whole) - 1)
    journal.segments[C] = [whole[:-cut]]
    verdict = journal.judged()
    if synced or cut > unsigned:
        found(verdict, Kind.TRUNCATED, Kind.CHANGED, Kind.SEGMENT_MISSING)
        assert {one.segment for one in verdict.findings} == {C}
    else:
        assert verdict.valid, verdict.findings
        assert verdict.logs[0].not_yet_signed < UNSIGNED
        assert verdict.logs[0].torn or cut in (len(journal.original[C][-1]), unsigned)


@given(st.sampled_from([A, B, C]))
def test_a_segment_that_is_gone_is_named(name: str) -> None:
    journal = Tampered()
    del journal.segments[name]
    assert name == found(journal.judged(), Kind.SEGMENT_MISSING).segment


@given(st.permutations([A, B, C]))
def test_segments_under_each_others_names_are_named(order: list[str]) -> None:
    journal = Tampered()
    journal.segments = dict(zip(order, [journal.original[one] for one in (A, B, C)], strict=True))
    wrong = {name for name, own in zip(order, (A, B, C), strict=True) if name != own}
    findings = journal.judged().findings
    assert {(Kind.SEGMENT_MISPLACED, name) for name in wrong} == {
        (one.kind, one.segment) for one in findings
    }


def test_a_segment_that_is_there_twice_is_named() -> None:
    journal = Tampered()
    journal.segments["20140509-0001"] = journal.segments[B]
    assert found(journal.judged(), Kind.SEGMENT_MISPLACED).segment == "20140509-0001"


@given(SIGNED.filter(lambda place: place[1] > 1))
def test_a_change_with_all_hashes_made_anew_does_not_fit_the_heads(place: tuple[str, int]) -> None:
    """The forger has everything but the key."""
    journal, (name, index) = Tampered(), place
    journal.rechain(name, index, b'{"forged":1}')
    verdict = journal.judged()
    one = found(verdict, Kind.REWRITTEN)
    assert name == one.segment
    assert {Kind.REWRITTEN} == {each.kind for each in verdict.findings}
    before = [head.head.last.sequence for head in journal.heads if head.head.last.segment < name]
    assert f"records {max(before, default=0) + 1} to" in one.text


@given(SIGNED.filter(lambda place: place[1] > 1), st.sampled_from([KEY, OTHER_KEY, ""]))
def test_heads_made_anew_without_the_key_are_found(place: tuple[str, int], key: str) -> None:
    journal, (name, index) = Tampered(), place
    journal.rechain(name, index, b'{"forged":1}')
    journal.seal(UNSIGNED, STRANGER.sign if key else lambda body: b"", key)
    kinds = {one.kind for one in journal.judged().findings}
    expected = {KEY: Kind.BAD_SIGNATURE, OTHER_KEY: Kind.UNKNOWN_KEY, "": Kind.NOT_SIGNED}
    assert kinds == {expected[key], Kind.NOT_SIGNED}


def test_records_moved_to_another_segment_do_not_fit_the_heads() -> None:
    """Everything in one segment, whole in itself, so that no head's record comes by."""
    journal = Tampered()
    other = Tampered((23,), 0)
    journal.segments = {C: other.segments[A]}
    assert not journal.judged().valid


@pytest.mark.parametrize("gone", [0, 1])
def test_a_head_that_is_gone_is_found(gone: int) -> None:
    journal = Tampered()
    del journal.heads[gone]
    assert found(journal.judged(), Kind.HEAD_MISSING).record == gone + 2


def test_heads_gone_at_the_end_are_found_by_a_copy_or_by_a_hash_that_was_noted() -> None:
    whole, journal = Tampered(), Tampered()
    last = journal.heads.pop()
    assert journal.judged().valid
    found(journal.judged(copies=(lines(whole.heads),)), Kind.HEAD_MISSING)
    found(journal.judged(expected=last.hash), Kind.HEAD_MISSING)
    assert whole.judged(expected=last.hash, copies=(lines(journal.heads),)).valid


def test_a_copy_that_says_otherwise_is_found() -> None:
    journal, other = Tampered(), Tampered()
    other.heads[1] = forged(other.heads[1], STRANGER, reason="another")
    assert found(journal.judged(copies=(lines(other.heads),)), Kind.HEAD_DAMAGED).record == 2


@given(st.integers(0, 2), st.data())
def test_a_flipped_byte_of_a_head_is_found(number: int, data: st.DataObject) -> None:
    journal = Tampered()
    rows = list(lines(journal.heads).lines)
    row = bytearray(rows[number])
    row[data.draw(st.integers(0, len(row) - 1), "byte")] ^= data.draw(st.integers(1, 255))
    rows[number] = bytes(row)
    verdict = journal.judged_with(tuple(rows))
    assert not verdict.valid


@given(st.sampled_from(["first_sequence", "number", "previous", "last"]))
def test_a_head_of_a_stranger_among_ours_is_found(field: str) -> None:
    journal = Tampered()
    mine = journal.heads[1].head
    changes = {
        "first_sequence": {"first_sequence": 1},
        "number": {"number": 7},
        "previous": {"previous": "0" * 64},
        "last": {"last": journal.heads[0].head.last},
    }
    journal.heads[1] = forged(journal.heads[1], STRANGER, **changes[field])
    assert mine != journal.heads[1].head
    kinds = {one.kind for one in journal.judged().findings}
    assert Kind.BAD_SIGNATURE in kinds


def test_heads_in_another_order_are_found() -> None:
    journal = Tampered()
    journal.heads[0], journal.heads[1] = journal.heads[1], journal.heads[0]
    found(journal.judged(), Kind.HEAD_MISSING)


def test_an_older_part_that_is_archived_is_no_finding_when_it_is_said_so() -> None:
    journal = Tampered()
    del journal.segments[A]
    assert not journal.judged().valid
    assert journal.judged(begin=B).valid
    journal.segments = Tampered().segments
    journal.rechain(A, 3, b'{"forged":1}')
    del journal.segments[A]
    del journal.heads[1:]
    assert B == found(journal.judged(begin=B), Kind.REWRITTEN).segment


def test_what_is_after_the_last_head_can_be_made_anew_and_is_counted() -> None:
    """The limit of what hashes and heads can do: it is what `not yet signed` warns of."""
    journal = Tampered()
    journal.rechain(C, 8, b'{"forged":1}')
    verdict = journal.judged()
    assert verdict.valid
    assert "journal: not yet signed: 2 records" in verdict.notes
