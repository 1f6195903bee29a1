"""Our package negotiator as a negotiator of the library negmas.

The domain has a rate and further issues; the utility is additive, a share times a table of each
issue. Worth is told in hundredths of it, the first issue is the one whose direction both know.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from negmas.sao import ResponseType, SAONegotiator, SAOResponse

from strategies.games.bargaining.package import (
    Issue,
    PackageOffer,
    PackageTerms,
    negotiate_package,
)
from strategies.games.bargaining.terms import MoveKind


class OurPackage(SAONegotiator):  # type: ignore[misc]
    """`find their limit` on the worth of packages."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._terms: PackageTerms | None = None
        self._offers: tuple[PackageOffer, ...] = ()
        self._values: tuple[list[Any], ...] = ()

    def __call__(self, state: Any, dest: str | None = None) -> SAOResponse:
        terms = self._terms if self._terms is not None else self._made_terms()
        self._terms, heard = terms, state.current_offer
        if heard is not None:
            self._note(False, tuple(v.index(x) for v, x in zip(self._values, heard, strict=True)))
        move = negotiate_package(self._offers, len(self._offers), terms)
        if move.kind is MoveKind.ACCEPT:
            return SAOResponse(ResponseType.ACCEPT_OFFER, heard)
        if move.kind is MoveKind.OFFER and move.choice is not None:
            self._note(True, move.choice)
            said = tuple(v[at] for v, at in zip(self._values, move.choice, strict=True))
            return SAOResponse(ResponseType.REJECT_OFFER, said)
        return SAOResponse(ResponseType.END_NEGOTIATION, None)

    def _note(self, ours: bool, choice: tuple[int, ...]) -> None:
        self._offers = (*self._offers, PackageOffer(ours, choice, len(self._offers)))

    def _made_terms(self) -> PackageTerms:
        space = self.nmi.outcome_space
        self._values = tuple(list(issue.all) for issue in space.issues)
        issues = []
        for at, issue in enumerate(space.issues):
            value, share = self.ufun.values[at], float(self.ufun.weights[at])
            worth = [share * float(value(one)) for one in self._values[at]]
            known = 0 if at else (-1 if worth[-1] > worth[0] else 1)
            exact = tuple(Decimal(str(round(one * 100, 6))) for one in worth)
            issues.append(Issue(name=issue.name, worth=exact, they_like=known))
        best = sum((max(issue.worth) for issue in issues), Decimal(0))
        return PackageTerms(
            issues=tuple(issues),
            walk_away=Decimal(str(round(float(self.ufun.reserved_value) * 100, 6))),
            aim=best,
            step=Decimal(1),
            messages_max=2 * self.nmi.n_steps,
        )
