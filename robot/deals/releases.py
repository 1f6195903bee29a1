"""The stages of a strategy's release, as data: which may follow which, and how many agree to it.

`docs/releases.md` draws its diagram from `RELEASES`.
"""

from __future__ import annotations

import enum
from decimal import Decimal

import msgspec

from robot.basics.ids import CounterpartyId


class ReleaseStage(enum.StrEnum):
    """What a version of the strategy may do."""

    DRAFT = "DRAFT"
    """Nothing: it is written, perhaps proposed, or was taken back."""
    SHADOW = "SHADOW"
    """It decides on every request; nothing of it is sent."""
    SUGGEST = "SUGGEST"
    """A person confirms what it would answer to its share of the requests."""
    CANARY = "CANARY"
    """It answers its share of the requests, up to a size."""
    LIVE = "LIVE"
    """It answers."""
    FORMER = "FORMER"
    """It was live; another version is. It comes back at one person's word."""


DRAFT, SHADOW, SUGGEST, CANARY, LIVE, FORMER = ReleaseStage

RELEASES: dict[ReleaseStage, dict[ReleaseStage, int]] = {
    DRAFT: {SHADOW: 2},
    SHADOW: {SUGGEST: 2, DRAFT: 1},
    SUGGEST: {CANARY: 2, SHADOW: 1, DRAFT: 1},
    CANARY: {LIVE: 2, SUGGEST: 1, SHADOW: 1, DRAFT: 1},
    LIVE: {FORMER: 2, DRAFT: 1},
    FORMER: {LIVE: 1},
}
"""From stage to stage: how many persons it takes. FORMER is what LIVE becomes when two persons put
another version in its place; DRAFT, when one person puts the former one back.
"""

ANSWERING = (SUGGEST, CANARY)
"""Stages in which a candidate's price may leave."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a candidate may go in its stage, and how long it must stay there."""

    size_max: Decimal | None = None
    """Largest request, in base currency (of a loan, its own), that it answers; it must be given
    where something of it may leave."""
    share: Decimal = Decimal(100)
    """Of the requests that it may answer, in percent."""
    counterparties: tuple[CounterpartyId, ...] = ()
    """Whose requests it may answer; empty = everybody's."""
    days: int = 0
    """Trade dates on which it must have decided before the next stage."""
    decisions: int = 0
    """Decisions that it must have made before the next stage."""
    confirm_ms: int = 10_000
    """How long a person may think; then the live strategy answers."""
    move_max_pips: Decimal = Decimal(1)
    """How far the market may have moved meanwhile; then the live strategy answers."""

    @property
    def problem(self) -> str:
        """What cannot be meant; empty = nothing."""
        if self.size_max is not None and not (self.size_max.is_finite() and self.size_max > 0):
            return f"size_max {self.size_max} is no size"
        if not (self.share.is_finite() and 0 < self.share <= 100):
            return f"share {self.share} is not over 0 and up to 100 percent"
        if min(self.days, self.decisions) < 0:
            return "days and decisions are counts"
        if not 0 < self.confirm_ms <= CONFIRM_MS_MAX:
            return f"confirm_ms {self.confirm_ms} is not between 1 and {CONFIRM_MS_MAX}"
        if not (self.move_max_pips.is_finite() and self.move_max_pips >= 0):
            return f"move_max_pips {self.move_max_pips} is no distance"
        return ""


CONFIRM_MS_MAX = 120_000


class Least(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a stage asks of every candidate before the next one."""

    days: int = 0
    decisions: int = 0


class ReleasePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the desk releases its strategies."""

    staged: bool = False
    """Whether the live strategy changes by stages only; journals of before there were any: no."""
    shadow: Least = Least()
    suggest: Least = Least()
    canary: Least = Least()
    canary_size_max: Decimal | None = None
    """Largest `size_max` of a candidate of which something may leave."""
    failures_max: int = 3
    """So many failures of a candidate that answers, and it answers no more."""

    def least(self, stage: ReleaseStage, bounds: Bounds) -> Least:
        """What a candidate in a stage must have done: the desk's minimum, or more."""
        of = {SHADOW: self.shadow, SUGGEST: self.suggest, CANARY: self.canary}.get(stage, Least())
        return Least(days=max(of.days, bounds.days), decisions=max(of.decisions, bounds.decisions))
