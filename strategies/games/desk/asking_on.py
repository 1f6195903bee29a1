"""Take it or ask on (`strategies.games.asking.search`): the best price in hand against what one
more bank is expected to say and what asking it costs.

What banks say is what they said to us before (`learned.prices`); where too little is learned, a
normal law through the prices in hand, as wide as they are apart.
"""

from __future__ import annotations

from decimal import Decimal
from statistics import NormalDist, fmean, stdev

from robot.bargaining import AskFacts, MakerSeen
from strategies.games.asking.search import Need, Next, Quoted, next_step
from strategies.games.desk.learned import LearnedState
from strategies.games.desk.terms import Panel
from strategies.games.desk.whom import cost_of, in_unit, one_of

LEAST_LEARNED = 20
"""Prices of earlier asks before they are used."""
QUANTILES = 21
_MILLISECOND_NS = 1_000_000


class AskingOn:
    """Made once of its part of the file."""

    def __init__(self, written: Panel, learned: LearnedState | None) -> None:
        self._leak = written.leak
        self._unit = one_of(learned)
        prices = learned.prices if learned is not None else ()
        self._learned = tuple(sorted(prices)) if len(prices) >= LEAST_LEARNED else ()

    def step(
        self, facts: AskFacts, live: list[MakerSeen], walk_away: Decimal, left: int, by_ns: int
    ) -> tuple[Next, tuple[str, ...]] | None:
        """What pays, and why; None where asking costs nothing, so that there is no comparison."""
        if not self._leak.size:
            return None
        quotes = [
            Quoted(
                bank=one.quote_id, cost=self._cost(one.price, facts), until_ns=one.valid_until_ns
            )
            for one in live
            if one.price is not None
        ]
        expected = self._expected([one.cost for one in quotes])
        need = Need(
            worst=self._cost(walk_away, facts),
            ask_cost=in_unit(self._leak, self._unit, facts),
            answer_ns=facts.patience_ms * _MILLISECOND_NS,
            by_ns=by_ns,
        )
        found = next_step(quotes, need, left, expected, facts.now_ns, taken=False)
        return found, (found.reason, *self._told(quotes, expected, need))

    def _cost(self, price: Decimal, facts: AskFacts) -> float:
        return cost_of(price, self._unit, facts)

    def _expected(self, costs: list[float]) -> tuple[float, ...]:
        """What one more bank may say, from our middle, each as likely."""
        if self._learned:
            return self._learned
        if len(costs) < 2:
            return ()
        middle, wide = fmean(costs), stdev(costs) * (1 + 1 / len(costs)) ** 0.5
        if not wide > 0:
            return (middle,)
        law = NormalDist(middle, wide)
        return tuple(law.inv_cdf((one + 0.5) / QUANTILES) for one in range(QUANTILES))

    def _told(
        self, quotes: list[Quoted], expected: tuple[float, ...], need: Need
    ) -> tuple[str, ...]:
        if not quotes or not expected:
            return ()
        best = min(one.cost for one in quotes)
        gain = fmean(max(0.0, best - one) for one in expected)
        known = "learned" if self._learned else f"from {len(quotes)} prices in hand"
        unit = self._unit.unit
        return (
            f"one more bank: expected gain {gain:.4f} {unit} ({known}) against {need.ask_cost:.4f}",
        )
