"""What is streamed without being asked for, as the state keeps it."""

from __future__ import annotations

import msgspec

from robot.basics.ids import QuoteId
from robot.core.host_asks import SizeAnswer


class Pause(msgspec.Struct):
    """Rejections in a row, and until when nothing is tried again."""

    rejects: int = 0
    until_ns: int = 0


class StreamSet(msgspec.Struct, kw_only=True):
    """What is streamed of a `StreamPolicy`."""

    mass_quote_id: str = ""
    """Of the message sent last."""
    entries: dict[str, QuoteId] = {}
    """Of that message: place among the sizes -> quote."""
    former: dict[str, QuoteId] = {}
    """What it replaced: if it is rejected these may still stand at the venue."""
    left_out: dict[str, str] = {}
    """Place -> why it is not quoted, and at which price that was."""
    sent_ns: int = 0
    due: bool = False
    """Whether a timer will look at it."""
    unanswered_ns: int = 0
    """When the first message was sent that is not answered; 0 = all are."""
    listening: bool = False
    """Whether a timer will look at the venue's silence."""
    asked: int = 0
    pauses: dict[str, Pause] = {}
    """By place; of the whole set under an empty one."""
    host_asks: dict[str, int] = {}
    """Place -> the question to the strategy's host that is open; shown when all are answered."""
    answers: dict[str, SizeAnswer] = {}
    ask_again: bool = False
    """Whether the market moved meanwhile."""
