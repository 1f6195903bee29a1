"""Kill switches in force: what each stops, who pulled it, why and when, and what it still empties.

Whether something new may be dealt is asked with a `Subject`; one stop that covers it is enough.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from robot.deals.product import ProductKind
from robot.deals.reference import Reference
from robot.messages.stops import StopScope, stop_name

HEDGE_STRATEGY = "hedge"
"""What the orders that bring positions back are called where strategies are stopped."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be dealt; empty = has none, or is not known yet and will be asked again."""

    venue: str
    product: str = ""
    pair: str = ""
    counterparty: str = ""
    strategy: str = ""
    trial: str = ""
    """Of the candidate where it answers for the strategy: a stop of either stops it."""
    game: str = ""
    """The game strategy that prices or leads it: a stop of it stops it, too."""
    trader: str = ""


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A kill switch that was pulled."""

    scope: StopScope
    value: str = ""
    """As the reference writes it; of ALL empty."""
    actor: str
    reason: str
    event: int
    """Number of the event that pulled it: of two pulls in the same words one is not the other."""
    at_ns: int

    @property
    def name(self) -> str:
        """`kill_switch`, or `kill_switch venue:ALPHA`."""
        return stop_name(self.scope, self.value)

    @property
    def key(self) -> str:
        """Of this pull: what it empties is kept under it."""
        return f"{self.name} {self.event}"

    @property
    def text(self) -> str:
        """For people, and for whoever approves its release."""
        what = self.name.replace("_", " ")
        return f"{what}: {self.reason} ({self.actor}, event {self.event})"

    def covers(self, subject: Subject) -> bool:
        """Whether it stops this. Entity, desk and book are those of all that the robot deals."""
        match self.scope:
            case StopScope.ALL | StopScope.ENTITY | StopScope.DESK | StopScope.BOOK:
                return True
            case StopScope.VENUE:
                return self.value == subject.venue
            case StopScope.COUNTERPARTY:
                return self.value == subject.counterparty
            case StopScope.PRODUCT:
                return self.value == subject.product
            case StopScope.PAIR:
                return self.value == subject.pair
            case StopScope.STRATEGY:
                return self.value in (subject.strategy, subject.trial, subject.game)
            case StopScope.TRADER:
                return self.value.casefold() == subject.trader.strip().casefold()


class Emptying(msgspec.Struct, kw_only=True):
    """Orders of a stopped part that the venues have not ended yet."""

    text: str
    asked_ns: int
    orders: dict[str, Decimal]
    """By first id -> what was dealt of it when it was stopped."""
    dealt: dict[str, Decimal] = {}
    """What was dealt since then of those that have ended."""


def known_value(reference: Reference, scope: StopScope, value: str) -> str | None:
    """The value as the reference writes it; None = there is no such part. Capitals and the stroke
    of a pair do not matter; traders are whoever gives orders, so any name is one.
    """
    if scope in (StopScope.ALL, StopScope.TRADER):
        return value
    for name in values_of(reference, scope):
        if _plain(name) == _plain(value):
            return name
    return None


def values_of(reference: Reference, scope: StopScope) -> tuple[str, ...]:
    """The parts that can be stopped; of traders none is known beforehand."""
    match scope:
        case StopScope.ENTITY:
            return (reference.entity,)
        case StopScope.DESK:
            return (reference.desk or reference.entity,)
        case StopScope.BOOK:
            return (reference.book,)
        case StopScope.STRATEGY:
            tried = (reference.candidate.strategy,) if reference.candidate else ()
            choices = (reference.strategy, *tried)
            games = (game.name for one in choices for game in one.games)
            names = (*(one.name for one in choices), HEDGE_STRATEGY, *games)
            return tuple(dict.fromkeys(names))
        case StopScope.VENUE:
            return tuple(venue.id for venue in reference.venues)
        case StopScope.COUNTERPARTY:
            return tuple(reference.counterparties)
        case StopScope.PRODUCT:
            return tuple(ProductKind)
        case StopScope.PAIR:
            loans = (name for venue in reference.venues for name in venue.currencies)
            return tuple(dict.fromkeys((*reference.conventions, *loans)))
        case _:
            return ()


def parts_of(reference: Reference, scope: str, value: str) -> tuple[tuple[StopScope, str], ...]:
    """What a limit of this scope stops (`robot.deals.limit_rows.SCOPES`).

    Groups, countries, types and tiers have no kill switch of their own: each of their
    counterparties is stopped, and everything where there is none. What a strategy's limit is about
    is dealt by its quotes and its hedges; a trader's is, where the strategy is his, too.
    """
    strategy = (StopScope.STRATEGY, reference.strategy.name), (StopScope.STRATEGY, HEDGE_STRATEGY)
    match scope:
        case "strategy":
            return strategy
        case "trader":
            own = strategy if value.casefold() == reference.trader.casefold() else ()
            return ((StopScope.TRADER, value), *own)
        case "country" | "group" | "type" | "tier":
            parties = reference.counterparties.values()
            names = [party.id for party in parties if getattr(party, scope) == value]
            found = tuple((StopScope.COUNTERPARTY, name) for name in names)
            return found or ((StopScope.ALL, ""),)
        case "entity" | "desk" | "book" | "venue" | "counterparty":
            return ((StopScope(scope), value),)
        case _:
            return ((StopScope.ALL, ""),)


def first_over(stops: Iterable[Stop], subject: Subject) -> Stop | None:
    """The first stop that covers it; None = it is not stopped."""
    return next((stop for stop in stops if stop.covers(subject)), None)


def _plain(name: str) -> str:
    return name.replace("/", "").casefold()
