"""What deals brought, of a day as it was and as it would have been."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from robot.basics.numbers import ZERO
from robot.messages.effects import AnyEffect, DealBooked


class PairResult(msgspec.Struct, frozen=True, kw_only=True):
    """The deals in one pair (of loans: in a currency)."""

    pair: str
    deals: int = 0
    edge: Decimal = ZERO
    """Gain against the middle of the market when each was made, in the counter currency (of a loan
    in its own); positive = in our favour.
    """
    pnl: str = ""
    """Of the whole book after the last of them, as its record says; a word beside it where points
    or a middle that it needs were never known.
    """


class Results:
    """Collects them from effects."""

    def __init__(self) -> None:
        self._deals: Counter[str] = Counter()
        self._edge: dict[str, Decimal] = {}
        self._pnl: dict[str, str] = {}

    def follow(self, effects: Iterable[AnyEffect]) -> None:
        """The effects of one event."""
        for effect in effects:
            if isinstance(effect, DealBooked) and not effect.deal.void:
                pair = str(effect.deal.pair)
                self._deals[pair] += 1
                self._edge[pair] = self._edge.get(pair, ZERO) + effect.deal.edge
                for name, value in effect.pnl.items():
                    basis = effect.pnl_basis.get(name)
                    incomplete = basis is not None and basis.told
                    self._pnl[name] = f"{value} (incomplete)" if incomplete else value

    def of(self, pair: str) -> PairResult:
        """Of one pair."""
        return PairResult(
            pair=pair,
            deals=self._deals[pair],
            edge=self._edge.get(pair, ZERO),
            pnl=self._pnl.get(pair, ""),
        )

    @property
    def pairs(self) -> set[str]:
        """Those with deals."""
        return set(self._deals)
