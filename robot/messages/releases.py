"""Messages about a strategy's release: what a candidate decided, what a person said of it, and
what changed.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId, VenueId
from robot.deals.product import ProductKind
from robot.deals.reference import Candidate, HedgePolicy, StrategyChoice
from robot.deals.releases import ReleaseStage
from robot.messages.base import Effect, Event

LIVE_SIDE = "LIVE"
CANDIDATE_SIDE = "CANDIDATE"


class StrategyRolledBack(Event, frozen=True, kw_only=True):
    """One person puts a candidate back, or the live strategy's former version in force; the whole
    content, at once.
    """

    approval: int
    """Number of its record in the approvals log."""
    actor: str
    reason: str
    content_hash: str
    strategy: StrategyChoice
    hedges: tuple[HedgePolicy, ...]
    candidate: Candidate | None = None


class SuggestionAnswered(Event, frozen=True, kw_only=True):
    """A person says whether the candidate's price is sent."""

    ask: int
    """Number of the question to a person."""
    confirmed: bool
    actor: str
    how: str = ""
    """How the person was known: `password`, `token …`, `session`."""
    reason: str = ""


class ShadowDecided(Effect, frozen=True, kw_only=True):
    """What the other strategy decides on the same facts; it is not sent."""

    subject: str
    """RfqId."""
    of: str
    """CANDIDATE or LIVE: whose decision it is."""
    stage: ReleaseStage
    """Of the candidate."""
    strategy: str
    """Name and version."""
    venue: VenueId
    counterparty: CounterpartyId
    pair: CurrencyPair
    product: ProductKind
    mid: Decimal
    pip: Decimal
    bid: Decimal | None = None
    offer: Decimal | None = None
    passed: str = ""
    failure: str = ""
    """It raised, or decided nonsense."""
    because: tuple[str, ...] = ()
    would: tuple[str, ...] = ()
    """What else a rule would do: alert, ask a person, deal; nothing of it is done."""
    facts: dict[str, str] = msgspec.field(default_factory=dict)
    """Of a rule book: the rule, its line, and the facts that decided."""
    row: tuple[int | str | bool | None, ...] = ()
    """All facts that the rule book looked at, by its slots."""


class ShadowWished(Effect, frozen=True, kw_only=True):
    """What a candidate's rule would do by itself at a look by the clock; it is not done."""

    strategy: str
    stage: ReleaseStage
    product: ProductKind
    instrument: str
    """The pair; of loans the currency."""
    would: tuple[str, ...] = ()
    failure: str = ""
    because: tuple[str, ...] = ()
    facts: dict[str, str] = msgspec.field(default_factory=dict)
    row: tuple[int | str | bool | None, ...] = ()


class SuggestionMade(Effect, frozen=True, kw_only=True):
    """The candidate's price for a request waits for a person."""

    suggestion: int
    subject: str
    strategy: str
    venue: VenueId
    counterparty: CounterpartyId
    pair: CurrencyPair
    amount: Decimal
    bid: Decimal | None
    offer: Decimal | None
    because: tuple[str, ...]
    until_ns: int


class SuggestionEnded(Effect, frozen=True, kw_only=True):
    """What became of it: CONFIRMED, QUOTED (a person's own price), PASSED, DECLINED, LATE, MOVED,
    REFUSED, or ENDED with its request.
    """

    suggestion: int
    subject: str
    outcome: str
    actor: str = ""
    detail: str = ""


class ReleaseChanged(Effect, frozen=True, kw_only=True):
    """A version of the strategy is in another stage, or in the same with other bounds."""

    strategy: str
    fingerprint: str
    """Of its whole content, hexadecimal."""
    before: ReleaseStage
    after: ReleaseStage
    by: str
    """Both persons, or the one who put it back."""
    figures: dict[str, str] = msgspec.field(default_factory=dict)
    """Of the stage that it leaves: days, decisions, failures."""
