"""Every exception the robot raises on purpose.

RobotError
├── ConfigurationError      a settings, limits or rules file is wrong; carries file, line and a
suggestion
├── JournalError            the journal cannot be written or does not verify; trading stops
│   └── JournalCorrupt      a record is changed, missing, reordered or truncated; names the record
├── HeadDamaged             a line of the audit heads is not what was written there
├── InvariantViolated       the core found itself in an impossible state; trading stops
├── TemporarilyUnavailable  a database, broker or peer is away; the same call may succeed later
├── RemoteProtocolError     a peer sent a message we cannot accept; becomes a FIX reject
├── InvalidTerms            terms that contradict each other or themselves; carries a Fault
├── FixingNotPublished      a benchmark's value was asked for before it was public
├── UnknownReference        a pair, currency, calendar or party that nobody configured
│   └── UnknownTenor        a text that is no tenor; carries the nearest one
├── BeyondHorizon           a calendar was asked about a day that nobody has announced
└── NotAValueDate           a tenor or a date that the instrument cannot be dealt for

Expected refusals (a limit is used up, a market is stale) are values: see
`robot.limits.limit.Refusal`.
"""

from __future__ import annotations

import enum
from datetime import date


class RobotError(Exception):
    """Base of the tree; never raised itself."""


class ConfigurationError(RobotError):
    """A configuration file is wrong. The text starts with `file:line:` where they are known."""


class JournalError(RobotError):
    """The journal cannot be opened, written or synced."""


class JournalCorrupt(JournalError):
    """A journal record does not verify; the text names file, sequence and what is wrong."""


class HeadDamaged(RobotError):
    """A head of a log cannot be read as it was written."""


class InvariantViolated(RobotError):
    """A state that must not exist was reached: stop trading, keep the journal, call a person."""


class TemporarilyUnavailable(RobotError):
    """Something outside is away or busy: wait and try the same again."""


class RemoteProtocolError(RobotError):
    """A peer's message is unacceptable: `tag` is the FIX field at fault (0 where none is)."""

    def __init__(self, text: str, *, tag: int = 0) -> None:
        super().__init__(text)
        self.text = text
        self.tag = tag


class UnknownReference(RobotError, ValueError):
    """A pair, currency or counterparty that does not exist or that nobody configured.

    Also a ValueError, so that a settings file's error keeps its file and line.
    """


class UnknownTenor(UnknownReference):
    """A text that is no tenor; the error names the nearest one that is."""


class BeyondHorizon(RobotError):
    """A calendar does not know `day`; the text says how far it goes and what to do."""

    def __init__(self, text: str, *, calendar: str, day: date) -> None:
        super().__init__(text)
        self.calendar = calendar
        self.day = day


class NotAValueDate(RobotError, ValueError):
    """A tenor that the instrument does not have, or a date that is not good for it."""


class Fault(enum.StrEnum):
    """What is wrong with terms, as a code for programs; the exception's text has the values."""

    AMOUNT_NOT_POSITIVE = "AMOUNT_NOT_POSITIVE"
    AMOUNT_NOT_PAYABLE = "AMOUNT_NOT_PAYABLE"
    """Finer than the currency's minor unit."""
    CURRENCY_TWICE = "CURRENCY_TWICE"
    CURRENCY_NOT_IN_PAIR = "CURRENCY_NOT_IN_PAIR"
    DATES_NOT_ORDERED = "DATES_NOT_ORDERED"
    LEGS_NOT_OPPOSITE = "LEGS_NOT_OPPOSITE"
    WRONG_UNIT = "WRONG_UNIT"
    """Points given in pips where price units are due, a percentage where a fraction is due."""
    RATE_NOT_POSITIVE = "RATE_NOT_POSITIVE"
    SIDES_CROSSED = "SIDES_CROSSED"
    """A bid above its offer where that cannot be meant."""
    COLLATERAL = "COLLATERAL"
    """No collateral, or collateral that cannot carry a loan."""
    CONTRADICTION = "CONTRADICTION"
    """Two different values for one and the same thing."""
    OUT_OF_RANGE = "OUT_OF_RANGE"


class InvalidTerms(RobotError, ValueError):
    """Terms of a deal or a calculation that cannot be meant; `fault` is the code, the text has the
    values and what is expected.
    """

    def __init__(self, fault: Fault, text: str) -> None:
        super().__init__(text)
        self.fault = fault
        self.text = text


class FixingNotPublished(RobotError):
    """A fixing was asked for as of a time at which nobody could know it; or that nobody recorded.

    The text names index, value date, the time asked about and, where known, that of publication.
    """
