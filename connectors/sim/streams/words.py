"""What robot and venue say about streamed quotes, free of FIX."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.sim.dialogue import HitOut, QuoteIn

ACCEPTED, REJECTED, REMOVED, EXPIRED, NOT_FOUND = "0", "5", "6", "7", "9"  # 297
UNKNOWN_SYMBOL, CLOSED, TOO_LATE, DUPLICATE = "1", "2", "4", "6"  # 300 and 368
SPREAD, PRICE, OTHER = "7", "8", "99"


@dataclass(frozen=True, slots=True)
class EntryIn:
    """One entry of a set; its quote's `quote_id` is 299, its request the set's id (302)."""

    set_id: str
    quote: QuoteIn


@dataclass(frozen=True, slots=True)
class MassIn:
    """i: whole sets, each of which replaces what it had before."""

    quote_id: str  # 117
    answer_wanted: str  # 301: 0 none, 1 only errors, 2 all
    client: str | None  # whom the stream is for
    entries: tuple[EntryIn, ...]


@dataclass(frozen=True, slots=True)
class StatusIn:
    """a of the robot: what does the venue think of a quote?"""

    status_id: str  # 649
    quote_id: str
    pair: str


@dataclass(frozen=True, slots=True)
class StatusAnswerIn:
    """AI of the robot, to an a of the venue."""

    status_id: str
    quote_id: str
    status: str


StreamWord = MassIn | StatusIn | StatusAnswerIn


@dataclass(frozen=True, slots=True)
class MassOut:
    """b: whether a mass quote is taken; entries that are not, by set, each with its 368."""

    venue: str
    quote_id: str
    status: str
    code: str | None = None  # 300, when all of it is rejected
    text: str | None = None
    rejected: tuple[tuple[str, str, str], ...] = ()  # 302, 299, 368


@dataclass(frozen=True, slots=True)
class StatusOut:
    """AI: what the venue thinks of a quote of the robot or of a maker."""

    venue: str
    status_id: str
    quote_id: str
    pair: str
    status: str


@dataclass(frozen=True, slots=True)
class StatusAskOut:
    """a: the venue wants to know what the robot thinks of one of its quotes."""

    venue: str
    status_id: str
    quote_id: str
    pair: str


StreamOut = MassOut | StatusOut | StatusAskOut | HitOut


def venue_of(out: StreamOut) -> str:
    """The venue whose dealing session says it."""
    return out.hit.venue if isinstance(out, HitOut) else out.venue
