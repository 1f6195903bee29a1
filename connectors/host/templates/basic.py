"""A margin around the middle of the market, by the counterparty's tier.

desk.yaml, under `strategy`: `parameters: {margins: {gold: 0.3, silver: 0.6}}`, in pips.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from robot.basics.numbers import round_down_to, round_up_to
from robot.strategy import Decision, Facts

MARGINS = {"gold": "0.3", "silver": "0.6", "bronze": "1.0"}


class Basic:
    """No state: the same facts give the same price."""

    def start(self, parameters: Mapping[str, object], seed: int) -> None:
        """Parameters as desk.yaml has them: numbers are text, and become exact decimals here."""
        margins = parameters.get("margins", MARGINS)
        assert isinstance(margins, Mapping), "margins: {TIER: PIPS}"
        self.margins = {tier: Decimal(str(pips)) for tier, pips in margins.items()}

    def decide(self, facts: Facts) -> Decision:
        """Both prices, or the one that is asked, rounded away from the middle to the tick."""
        margin = self.margins.get(facts.tier)
        if margin is None:
            return Decision(passed="NO_MARGIN", because=(f"no margin for tier {facts.tier}",))
        bid = round_down_to(facts.mid - margin * facts.pip, facts.tick)
        offer = round_up_to(facts.mid + margin * facts.pip, facts.tick)
        return Decision(
            bid=bid if facts.side != "SELL" else None,
            offer=offer if facts.side != "BUY" else None,
            because=(f"mid {facts.mid}", f"margin {margin} pips for tier {facts.tier}"),
        )
