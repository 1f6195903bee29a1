"""Quote around the market mid: margin by tier and size, both prices leaned against our position.

    bid   = mid - margin - lean        offer = mid + margin - lean
    lean  = lean_max * position / position_limit   (long -> both prices lower, so that clients buy)

Margins and lean are in pips. Prices are rounded away from the mid to the pair's tick.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from robot.basics.numbers import ZERO, parse_decimal, round_down_to, round_up_to
from robot.deals.party import BUY, SELL
from robot.strategy import Decision, Facts

LEAN_PIPS_MAX = Decimal(1_000)


class SizeStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to this amount of base currency the margin (pips) applies."""

    up_to: Decimal
    margin: Decimal


class TwoWayParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`tiers`: margin ladder per tier, smallest size first. `lean_max` in pips at a full
    position.
    """

    tiers: dict[str, tuple[SizeStep, ...]]
    lean_max: Decimal


class TwoWay:
    """The first shipped strategy. A tier or size without a margin is passed, never guessed."""

    def __init__(self, parameters: Mapping[str, object]) -> None:
        self._parameters = msgspec.convert(_exact(parameters), TwoWayParameters, strict=False)
        lean_max = self._parameters.lean_max
        if not (lean_max.is_finite() and ZERO <= lean_max <= LEAN_PIPS_MAX):
            raise ValueError(f"lean_max {lean_max} is not between 0 and {LEAN_PIPS_MAX} pips")
        for tier, steps in self._parameters.tiers.items():
            _check_ladder(tier, steps)

    def decide(self, facts: Facts) -> Decision:
        """Prices for the side asked, or for both."""
        margin = self._margin(facts)
        if margin is None:
            text = f"no margin for tier {facts.tier} at {facts.amount} {facts.pair}"
            return Decision(passed="NO_MARGIN", because=(text,))
        lean = self._lean(facts)
        bid = round_down_to(facts.mid - (margin + lean) * facts.pip, facts.tick)
        offer = round_up_to(facts.mid + (margin - lean) * facts.pip, facts.tick)
        return Decision(
            bid=bid if facts.side is not SELL else None,
            offer=offer if facts.side is not BUY else None,
            because=(
                f"mid {facts.mid} of {facts.bid}/{facts.offer}, {facts.market_age_ms} ms old",
                f"margin {margin} pips for tier {facts.tier} up to this size",
                f"lean {lean} pips for position {facts.position} of {facts.position_limit}",
            ),
        )

    def _margin(self, facts: Facts) -> Decimal | None:
        for step in self._parameters.tiers.get(facts.tier, ()):
            if facts.amount <= step.up_to:
                return step.margin
        return None

    def _lean(self, facts: Facts) -> Decimal:
        if facts.position_limit <= ZERO:
            return ZERO
        share = max(Decimal(-1), min(Decimal(1), facts.position / facts.position_limit))
        return (self._parameters.lean_max * share).quantize(Decimal("0.01"))


def _exact(value: object) -> object:
    """Every number as an exact decimal, written plainly: `Decimal` itself takes `1_0` and `1e9`."""
    if isinstance(value, Mapping):
        return {str(key): _exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(item) for item in value]
    return parse_decimal(str(value))


def _check_ladder(tier: str, steps: tuple[SizeStep, ...]) -> None:
    if not all(step.up_to.is_finite() and step.margin.is_finite() for step in steps):
        raise ValueError(f"tier {tier}: sizes and margins must be finite")
    sizes = [step.up_to for step in steps]
    if not steps or sizes != sorted(set(sizes)):
        raise ValueError(f"tier {tier}: margins must be listed by rising size, without repeats")
    if any(not step.margin >= ZERO or not step.up_to > ZERO for step in steps):
        raise ValueError(f"tier {tier}: sizes must be positive and margins not negative")
