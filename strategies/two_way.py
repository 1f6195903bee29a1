"""Quote around the market mid: margin by tier and size, both prices leaned against our position.

    bid   = mid - margin - lean        offer = mid + margin - lean
    lean  = lean_max * position / position_limit   (long -> both prices lower, so that clients buy)

Margins and lean are in pips; of a loan, which has no lean, in hundredths of a percent. Prices are
rounded away from the mid to the tick. `tiers` are the margins of spot; every other product has a
ladder of its own under `products`, and one without is passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from robot.basics.numbers import ZERO, parse_decimal, round_down_to, round_up_to
from robot.deals.party import BUY, SELL
from robot.deals.product import ProductKind
from robot.strategy import Decision, Facts

LEAN_PIPS_MAX = Decimal(1_000)
MARGIN_PIPS_MAX = Decimal(10_000)


class SizeStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to this amount of base currency the margin (pips) applies."""

    up_to: Decimal
    margin: Decimal


Ladders = dict[str, tuple[SizeStep, ...]]
"""Margin ladder per tier, smallest size first."""


class TwoWayParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`lean_max` in pips at a full position, for spot; points and forwards do not lean."""

    tiers: Ladders
    products: dict[ProductKind, Ladders] = {}
    lean_max: Decimal


class TwoWay:
    """The first shipped strategy. A tier or size without a margin is passed, never guessed."""

    def __init__(self, parameters: Mapping[str, object]) -> None:
        self._parameters = msgspec.convert(_exact(parameters), TwoWayParameters)
        lean_max = self._parameters.lean_max
        if not ZERO <= lean_max <= LEAN_PIPS_MAX:
            raise ValueError(f"lean_max {lean_max} is not between 0 and {LEAN_PIPS_MAX} pips")
        if ProductKind.SPOT in self._parameters.products:
            raise ValueError("the margins of SPOT stand under tiers, not under products")
        self._ladders = {**self._parameters.products, ProductKind.SPOT: self._parameters.tiers}
        for product, ladders in self._ladders.items():
            for tier, steps in ladders.items():
                name = tier if product is ProductKind.SPOT else f"{tier} of {product}"
                _check_ladder(name, steps)

    @property
    def parameters(self) -> TwoWayParameters:
        """As they are written."""
        return self._parameters

    def decide(self, facts: Facts) -> Decision:
        """Prices for the side asked, or for both."""
        margin = self._margin(facts)
        if margin is None:
            what = "" if facts.product is ProductKind.SPOT else f" for {facts.product}"
            text = f"no margin{what} for tier {facts.tier} at {facts.amount} {facts.pair}"
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
        for step in self._ladders.get(facts.product, {}).get(facts.tier, ()):
            if facts.amount <= step.up_to:
                return step.margin
        return None

    def _lean(self, facts: Facts) -> Decimal:
        if facts.position_limit <= ZERO or facts.product is not ProductKind.SPOT:
            return ZERO
        share = max(Decimal(-1), min(Decimal(1), facts.position / facts.position_limit))
        return (self._parameters.lean_max * share).quantize(Decimal("0.01"))


def _exact(value: object, where: str = "parameters") -> object:
    """Parameters with every number read as the configuration reads its own: no exponents, no
    underscores, nothing that is not finite.
    """
    if isinstance(value, Mapping):
        return {key: _exact(inner, f"{where}.{key}") for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(inner, f"{where}[{index}]") for index, inner in enumerate(value)]
    try:
        return parse_decimal(str(value))
    except ValueError as problem:
        raise ValueError(f"{where}: {problem}") from problem


def _check_ladder(tier: str, steps: tuple[SizeStep, ...]) -> None:
    sizes = [step.up_to for step in steps]
    if not steps or sizes != sorted(set(sizes)):
        raise ValueError(f"tier {tier}: margins must be listed by rising size, without repeats")
    if any(not ZERO <= step.margin <= MARGIN_PIPS_MAX or not step.up_to > ZERO for step in steps):
        text = f"sizes must be positive and margins between 0 and {MARGIN_PIPS_MAX} pips"
        raise ValueError(f"tier {tier}: {text}")
