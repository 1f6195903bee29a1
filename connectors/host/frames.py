"""What trader and host say to each other: four bytes of length, big-endian, then MessagePack.

Trader to host: `Welcome`, then after `Follow` one `From`, then a `Told` for each event of the core
that concerns the strategy, questions among them. Host to trader: `Follow`, `Ready`, an `Answer` to
each question, `Bye` when it has to go; in a backtest `Used` before it.
"""

from __future__ import annotations

import msgspec

from robot.deals.reference import StrategyChoice
from robot.messages.hosting import AskHost, HostDecided
from robot.strategy import DaySeen, DealSeen, Decision, MarketSeen, QuoteOver, QuoteSeen

FRAME_MAX = 1024 * 1024
ANSWER_MAX = 128 * 1024
"""A longer frame is no frame; one from the host, of foreign code, may be that long."""
_LENGTH = 4


class Welcome(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What the host is to run."""

    choice: StrategyChoice
    seed: int


class From(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """All after this event of the core is told here; what came before is in the journal."""

    number: int


Item = MarketSeen | QuoteSeen | QuoteOver | DealSeen | DaySeen | AskHost | HostDecided


class Told(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What one event of the core was for the strategy, in order."""

    number: int
    at_ns: int
    items: tuple[Item, ...]


class End(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The trader stops, or the strategy is another from now on."""


class Follow(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The strategy is loaded; it wants to be told this (names of `robot.strategy.WANTS`)."""

    wants: tuple[str, ...]


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Its state is that of now: it may be asked."""

    told: str


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """To one question: a decision, or why there is none."""

    ask: int
    decision: Decision | None = None
    failure: str = ""
    took_us: int = 0


class Bye(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It ends; empty = because it was asked to."""

    problem: str


class Used(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Of a backtest, last: the files that the strategy's code read itself."""

    files: tuple[str, ...]


ToHost = Welcome | From | Told | End
ToTrader = Follow | Ready | Answer | Used | Bye

_ENCODER = msgspec.msgpack.Encoder()
TO_HOST: msgspec.msgpack.Decoder[ToHost] = msgspec.msgpack.Decoder(ToHost)
TO_TRADER: msgspec.msgpack.Decoder[ToTrader] = msgspec.msgpack.Decoder(ToTrader)


class NoFrame(Exception):
    """What came is not of this protocol."""


def framed(message: ToHost | ToTrader) -> bytes:
    """The bytes of a message."""
    body = _ENCODER.encode(message)
    return len(body).to_bytes(_LENGTH, "big") + body


class Frames:
    """Takes bytes as they come, gives whole frames."""

    def __init__(self, longest: int = FRAME_MAX) -> None:
        self._longest = longest
        self._data = bytearray()

    def take(self, data: bytes) -> list[bytes]:
        """The frames that are whole now; raises NoFrame."""
        self._data += data
        found: list[bytes] = []
        at = 0
        while len(self._data) - at >= _LENGTH:
            length = int.from_bytes(self._data[at : at + _LENGTH], "big")
            if length > self._longest:
                raise NoFrame(f"a frame of {length} bytes, at most {self._longest}")
            if len(self._data) - at - _LENGTH < length:
                break
            found.append(bytes(self._data[at + _LENGTH : at + _LENGTH + length]))
            at += _LENGTH + length
        del self._data[:at]
        return found


def plain(text: str, length: int = 400) -> str:
    """Text of foreign code, safe to encode and to log."""
    return text.encode("ascii", "backslashreplace").decode("ascii")[:length]
