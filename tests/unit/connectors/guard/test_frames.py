"""Cutting bytes into FIX frames: whole frames come out as they came, all else is named and ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.guard.frames import HEAD_BYTES_MAX, FrameError, FrameReader


def frame(kind: str = "0", body: str = "34=1|") -> bytes:
    """A whole frame; its checksum is nobody's matter here."""
    inner = f"35={kind}|{body}".replace("|", "\x01").encode()
    return b"8=FIX.4.4\x019=%d\x01%s10=123\x01" % (len(inner), inner)


@given(
    st.lists(
        st.tuples(st.sampled_from(["A", "0", "AE"]), st.text("ab=|1", max_size=30)), max_size=6
    ),
    st.randoms(use_true_random=False),
)
def test_whole_frames_come_out_as_they_came_however_they_are_cut(frames, chance) -> None:  # type: ignore[no-untyped-def]
    stream = b"".join(frame(kind, f"58={text}|") for kind, text in frames)
    reader, out, kinds = FrameReader(1_000), b"", []
    rest = stream
    while rest:
        size = chance.randint(1, 40)
        whole = reader.feed(rest[:size])
        out, kinds, rest = out + whole.data, kinds + whole.kinds, rest[size:]
    assert (stream, [kind.encode() for kind, _ in frames]) == (out, kinds)
    assert reader.held_bytes == 0


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"GET / HTTP/1.1", "no FIX"),
        (b"8=FIX.4.4\x0135=A\x01", "no 9="),
        (b"8=FIX.4.4\x019=-1\x01", "no 9="),
        (b"8=FIX.4.4\x019=abc\x01", "no 9="),
        (b"8=FIX.4.4\x019=\x01", "no 9="),
        (b"8=FIX.4.4\x019=2000000000\x01", "over the limit of 1000"),
        (b"8=FIX.4.4\x019=" + b"0" * 12 + b"9\x01", "over the limit"),
        (b"8=FIX" + b"4" * HEAD_BYTES_MAX, "no 8= and 9="),
        (b"8=FIX.4.4\x019=" + b"1" * HEAD_BYTES_MAX, "no 8= and 9="),
        (b"8=FIX.4.4\x019=5\x0134=1\x0110=000\x01", "35= does not come"),
        (b"8=FIX.4.4\x019=5\x0135=0\x0134=1\x0110=000\x01", "10= is not where"),
        (frame().replace(b"10=123", b"10=1!3"), "10= is not where"),
        (frame("TOOLONGAKIND"), "35= does not come"),
    ],
)
def test_what_is_no_frame_is_named(data: bytes, says: str) -> None:
    with pytest.raises(FrameError, match=says):
        FrameReader(1_000).feed(data)


def test_a_frame_over_the_limit_is_refused_at_its_head() -> None:
    reader = FrameReader(1_000)
    assert reader.feed(b"8=FIX.4.4\x019=97").kinds == []
    with pytest.raises(FrameError, match="frame_bytes_max"):
        reader.feed(b"8\x01")


def test_a_frame_of_just_the_limit_passes() -> None:
    size = len(frame())
    assert FrameReader(size).feed(frame()).kinds == [b"0"]
    with pytest.raises(FrameError, match="over the limit"):
        FrameReader(size - 1).feed(frame())


def test_no_more_is_held_than_a_frame_that_is_not_finished() -> None:
    reader = FrameReader(1_000)
    for byte in frame("R", "58=" + "x" * 900 + "|")[:-1]:
        assert reader.feed(bytes([byte])).data == b""
    assert reader.held_bytes < 1_000
    assert reader.feed(b"\x01").kinds == [b"R"]
    assert reader.held_bytes == 0
