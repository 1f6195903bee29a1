"""Our negotiator as a negotiator of the library negmas (AGPL, an environment of one's own).

The trader's terms are the least that can be known: the best outcome to open and to aim at, the own
reserved value as the walk-away, so many turns, or so much time.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from negmas.sao import ResponseType, SAONegotiator, SAOResponse

from benchmarks.games.adapters.player import ALL_MAX, SOME_MAX, Outcome, Player
from strategies.games.bargaining.terms import Style


class OurNegotiator(SAONegotiator):  # type: ignore[misc]
    """`find their limit`, or another style in a subclass."""

    style = Style.FIND

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._player: Player | None = None

    def on_preferences_changed(self, changes: Any) -> None:
        """Another utility is another talk."""
        super().on_preferences_changed(changes)
        self._player = None

    def __call__(self, state: Any, dest: str | None = None) -> SAOResponse:
        """Our turn."""
        player = self._player if self._player is not None else self._made()
        self._player = player
        heard = state.current_offer
        if heard is not None and state.current_proposer == self.id:
            heard = None  # it is ours: they have said nothing
        per_turn = 2 if getattr(self.nmi, "one_offer_per_step", False) else 1
        word = player.answer(heard, int(state.step) // per_turn, float(state.relative_time or 0.0))
        if word.accept:
            return SAOResponse(ResponseType.ACCEPT_OFFER, heard)
        if word.outcome is None:
            return SAOResponse(ResponseType.END_NEGOTIATION, None)
        return SAOResponse(ResponseType.REJECT_OFFER, word.outcome)

    def _made(self) -> Player:
        steps = self.nmi.n_steps
        turns = None if steps is None or not isfinite(steps) else int(steps)
        if turns is not None and getattr(self.nmi, "one_offer_per_step", False):
            turns = (turns + 1) // 2
        reserved = self.ufun.reserved_value
        return Player(self._outcomes(), self.ufun, reserved, turns, self.style)

    def _outcomes(self) -> list[Outcome]:
        """All, or as many as can be looked at, the best of all with them."""
        space = self.nmi.outcome_space
        if space.is_discrete() and space.cardinality <= ALL_MAX:
            return list(space.enumerate())
        drawn = list(dict.fromkeys(space.sample(SOME_MAX, True, False)))
        best = self.ufun.best()
        return drawn if best is None else [*drawn, tuple(best)]
