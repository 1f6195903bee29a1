"""FIX frames without I/O: bytes in, whole frames out, and nothing held beyond the bound.

A frame is `8=FIX…|9=LENGTH|35=TYPE|…|10=DDD|` (`|` for SOH), LENGTH counting from `35` to the SOH
before `10`. Values and the checksum are QuickFIX's matter.
"""

from __future__ import annotations

from typing import NamedTuple

SOH = 1
_BEGIN = b"8=FIX"
_LENGTH = b"\x019="
HEAD_BYTES_MAX = 32
"""`8` and `9` are there within so many bytes, or it is no FIX."""
KIND_BYTES_MAX = 8
LENGTH_DIGITS_MAX = 9
_TRAILER_BYTES = 7


class FrameError(Exception):
    """The bytes are no frame that we take; the text says why."""


class Whole(NamedTuple):
    """Whole frames, as they came and one behind the other, and the type (35) of each."""

    data: bytes
    kinds: list[bytes]


class FrameReader:
    """Cuts one connection's bytes into frames."""

    def __init__(self, frame_bytes_max: int) -> None:
        self._frame_bytes_max = frame_bytes_max
        self._held = bytearray()
        self._due = 0  # bytes of the frame that has begun, once its head is known
        self._body = 0  # where its body begins

    @property
    def held_bytes(self) -> int:
        """Bytes of a frame that is not finished; at most the bound and one read."""
        return len(self._held)

    def feed(self, data: bytes) -> Whole:
        """Take bytes; raises FrameError, after which nothing more may be fed."""
        self._held += data
        end, kinds = 0, []
        while True:
            if not self._due:
                self._due = self._measure(end)
            if not self._due or len(self._held) - end < self._due:
                break
            kinds.append(self._kind(end))
            end += self._due
            self._due = 0
        whole = bytes(self._held[:end])
        del self._held[:end]
        return Whole(whole, kinds)

    def _measure(self, start: int) -> int:
        """Length of the frame that begins at `start`; 0 = its head is not all there yet."""
        head = bytes(self._held[start : start + HEAD_BYTES_MAX])
        if head[: len(_BEGIN)] != _BEGIN[: len(head)]:
            raise FrameError(f"no FIX: begins with {head[:20]!r}")
        first = head.find(SOH)
        second = head.find(SOH, first + 1) if first >= 0 else -1
        if second < 0:
            if len(head) == HEAD_BYTES_MAX:
                raise FrameError(f"no 8= and 9= within {HEAD_BYTES_MAX} bytes: {head[:20]!r}")
            return 0
        digits = head[first + len(_LENGTH) : second]
        if head[first : first + len(_LENGTH)] != _LENGTH or not digits.isdigit():
            raise FrameError(f"no 9= with a number after 8=: {head[:20]!r}")
        frame_bytes = second + 1 + int(digits) + _TRAILER_BYTES
        if len(digits) > LENGTH_DIGITS_MAX or frame_bytes > self._frame_bytes_max:
            raise FrameError(
                f"a frame with 9={digits.decode()} is over the limit of "
                f"{self._frame_bytes_max} bytes (frame_bytes_max)"
            )
        self._body = second + 1
        return frame_bytes

    def _kind(self, start: int) -> bytes:
        """Type of the whole frame at `start`."""
        body, end = start + self._body, start + self._due
        kind_end = self._held.find(SOH, body, min(body + 3 + KIND_BYTES_MAX + 1, end))
        if self._held[body : body + 3] != b"35=" or kind_end < 0:
            raise FrameError(f"35= does not come after 9=: {bytes(self._held[body : body + 20])!r}")
        trailer = self._held[end - _TRAILER_BYTES - 1 : end]
        if trailer[:4] != b"\x0110=" or not trailer[4:7].isdigit() or trailer[7] != SOH:
            raise FrameError(f"10= is not where 9= says: {bytes(trailer)!r}")
        return bytes(self._held[body + 3 : kind_end])
