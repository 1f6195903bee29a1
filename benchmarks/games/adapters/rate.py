"""Our rate negotiator as a negotiator of the library negmas (AGPL, an environment of one's own).

The domain has one issue, whole ticks, with a utility that rises or falls in them: the side with the
rising one lends. The trader's terms are the least that can be known: the best of the domain to open
and to aim at, the own reservation value as the walk-away, so many messages.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from negmas.sao import ResponseType, SAONegotiator, SAOResponse

from strategies.games.bargaining.negotiator import negotiate
from strategies.games.bargaining.terms import Dialogue, MoveKind, Offer, Style, Terms


class OurRate(SAONegotiator):  # type: ignore[misc]
    """`find their limit`, or another style in a subclass."""

    style = Style.FIND

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._terms: Terms | None = None
        self._offers: tuple[Offer, ...] = ()

    def __call__(self, state: Any, dest: str | None = None) -> SAOResponse:
        terms = self._terms if self._terms is not None else self._made_terms()
        self._terms, heard = terms, state.current_offer
        if heard is not None:
            self._note(False, Decimal(int(heard[0])))
        move = negotiate(Dialogue(self._offers, len(self._offers)), terms)
        if move.kind is MoveKind.ACCEPT:
            return SAOResponse(ResponseType.ACCEPT_OFFER, heard)
        if move.kind is MoveKind.OFFER and move.price is not None:
            self._note(True, move.price)
            return SAOResponse(ResponseType.REJECT_OFFER, (int(move.price),))
        return SAOResponse(ResponseType.END_NEGOTIATION, None)

    def _note(self, ours: bool, price: Decimal) -> None:
        self._offers = (*self._offers, Offer(ours, price, len(self._offers)))

    def _made_terms(self) -> Terms:
        outcomes = [outcome[0] for outcome in self.nmi.outcome_space.enumerate()]
        worth = {tick: float(self.ufun((tick,))) for tick in outcomes}
        best = max(outcomes, key=lambda tick: worth[tick])
        reserved = float(self.ufun.reserved_value)
        inside = [tick for tick in outcomes if worth[tick] >= reserved - 1e-9]
        furthest = max(inside, key=lambda tick: abs(tick - best), default=best)
        return Terms(
            higher_is_better=worth[max(outcomes)] > worth[min(outcomes)],
            open_at=Decimal(best),
            aim=Decimal(best),
            walk_away=Decimal(furthest),
            tick=Decimal(1),
            style=self.style,
            messages_max=2 * self.nmi.n_steps,
        )
