"""A margin around the middle, leaned against what this strategy has dealt itself.

desk.yaml, under `strategy`: `parameters: {margin: 0.5, lean_max: 1.5, full: 20000000}`: pips, pips
at a full position, and what a full position is in base currency. Long: both prices lower, so that
clients buy.

Its own deals of the newest trade dates (`host: {rebuild_days: 1}`) are its state: after a restart
it is told them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from robot.basics.numbers import round_down_to, round_up_to
from robot.strategy import DealSeen, Decision, Facts, Seen

ZERO = Decimal(0)


class Inventory:
    """State changes in `on_event` and nowhere else."""

    wants = ("deals",)

    def start(self, parameters: Mapping[str, object], seed: int) -> None:
        """Numbers of desk.yaml are text, and become exact decimals here."""
        self.margin = Decimal(str(parameters.get("margin", "0.5")))
        self.lean_max = Decimal(str(parameters.get("lean_max", "1.5")))
        self.full = Decimal(str(parameters.get("full", "20000000")))
        self.dealt: dict[str, tuple[str, Decimal]] = {}
        self.positions: dict[str, Decimal] = {}

    def on_event(self, event: Seen) -> None:
        """A deal that is told again (taken back, corrected) takes the place of what it was."""
        if not isinstance(event, DealSeen):
            return
        pair, amount = self.dealt.get(event.deal_id, (event.pair, ZERO))
        self.positions[pair] = self.positions.get(pair, ZERO) - amount
        signed = ZERO if event.void else event.side.sign * event.base_amount
        self.dealt[event.deal_id] = (event.pair, signed)
        self.positions[event.pair] = self.positions.get(event.pair, ZERO) + signed

    def decide(self, facts: Facts) -> Decision:
        """Both prices, or the one that is asked, rounded away from the middle to the tick."""
        position = self.positions.get(facts.pair, ZERO)
        share = max(Decimal(-1), min(Decimal(1), position / self.full))
        lean = (self.lean_max * share).quantize(Decimal("0.01"))
        bid = round_down_to(facts.mid - (self.margin + lean) * facts.pip, facts.tick)
        offer = round_up_to(facts.mid + (self.margin - lean) * facts.pip, facts.tick)
        return Decision(
            bid=bid if facts.side != "SELL" else None,
            offer=offer if facts.side != "BUY" else None,
            because=(
                f"mid {facts.mid}, margin {self.margin} pips",
                f"lean {lean} pips for {position} {facts.pair} of my own",
            ),
        )
