"""What the core says to those who decide elsewhere, and they to it, as the journal has it: the
strategy in a process of its own, and persons.
"""

from __future__ import annotations

from decimal import Decimal

from robot.basics.ids import RfqId, VenueId
from robot.messages.base import Effect, Event
from robot.strategy import Decision, Facts


class AskHost(Effect, frozen=True, kw_only=True):
    """The strategy is asked for a price in its own process; the answer is a `HostDecided`."""

    ask: int
    """Counts up over the life of the journal; no two questions have the same."""
    subject: str
    """RfqId, or the stream, it is asked for."""
    strategy: str = ""
    """Name and version of the strategy that is asked; empty = the live one, whatever it was."""
    venue: str = ""
    """Of the request."""
    facts: Facts
    deadline_ns: int
    """What comes later is not dealt on."""


class HostDecided(Event, frozen=True, kw_only=True):
    """What the strategy answered, or why it did not."""

    ask: int
    strategy: str = ""
    """Name and version of the strategy that says it; empty = the live one."""
    decision: Decision | None = None
    failure: str = ""
    """Raised, crashed, or its answer is none; then there is no decision."""
    took_us: int = 0
    """How long `decide` took in the host, in microseconds of its machine's clock."""


class HostChanged(Event, frozen=True, kw_only=True):
    """The host is ready to be asked, or is gone."""

    ready: bool
    strategy: str = ""
    """Name and version of the strategy that it runs; empty = the live one."""
    told: str = ""
    """Ready: what its state was rebuilt from. Gone: why, for people."""
    failed: bool = False
    """Whether it went by a fault of its own."""


class AskPerson(Effect, frozen=True, kw_only=True):
    """A rule leaves a request to a person; the answer is a `RequestAnswered`."""

    ask: int
    """Counts up over the life of the journal; no two questions have the same."""
    venue: VenueId
    rfq_id: RfqId
    reason: str
    because: tuple[str, ...] = ()
    due_ns: int
    """Then it is passed."""
    row: tuple[int | str | bool | None, ...] = ()
    """All facts that the rule book looked at, by its slots."""


class RequestAnswered(Event, frozen=True, kw_only=True):
    """A person answers a request that waits: both prices, or that of the one side asked; or passes
    it. Prices are in the terms of what is asked, as in `Decision`.
    """

    actor: str
    how: str = ""
    """How the person was known: `password`, `token …`, `session`."""
    reason: str
    ask: int
    venue: str = ""
    rfq_id: str = ""
    """Of the request that is meant, where the person saw it."""
    bid: Decimal | None = None
    offer: Decimal | None = None
    passed: bool = False
