"""What a version of the strategy would say, without anything of it being done, and its record."""

from __future__ import annotations

from typing import NamedTuple

from robot.basics.ids import RfqId, VenueId
from robot.core.host_asks import HostAsk
from robot.core.offering import Basis, Offered, ask_strategy, offered_by_rules, passed
from robot.core.rule_words import would
from robot.core.ruled import Ruled, rule_on, with_reasons
from robot.core.staging import named
from robot.core.state import Context, Negotiation
from robot.core.versions import Version
from robot.limits.limit import Refusal
from robot.messages.releases import CANDIDATE_SIDE, ShadowDecided
from robot.strategy import Decision


class Said(NamedTuple):
    """A price or a pass; None = it failed, or leaves it to somebody else, or wants something done
    that answers nobody.
    """

    decision: Decision | None = None
    failure: str = ""
    ruled: Ruled | None = None
    """What its rule book says."""

    @property
    def person(self) -> str:
        """What a person would be asked about."""
        return self.ruled.person if self.ruled is not None else ""

    @property
    def because(self) -> tuple[str, ...]:
        """The rule's reasons, and those of the strategy that it handed the request to."""
        ruled = self.ruled.because if self.ruled is not None else ()
        if self.decision is None:
            return ruled
        own = self.ruled is not None and self.decision is self.ruled.decision
        return self.decision.because if own else (*ruled, *self.decision.because)

    def answer(self, found: Basis) -> Offered | Refusal:
        """A price or a pass as what the request is answered with."""
        decision, ruled = self.decision, self.ruled
        assert decision is not None, "there is nothing to answer with"
        refusal = passed(decision)
        if ruled is None:
            price = Offered(facts=found.facts, decision=decision, market=found.market)
            return refusal or price
        refusal = ruled.refusal or refusal
        if refusal is not None:
            return with_reasons(refusal, ruled)
        return offered_by_rules(ruled, decision, found)


def said_by(context: Context, version: Version, negotiation: Negotiation, found: Basis) -> Said:
    """What it says of a request on these facts."""
    if not version.books:
        return _heard(ask_strategy(version.strategy, found.facts))
    ruled = rule_on(context, version.books, negotiation, found.facts, found.market)
    if ruled.failed:
        return Said(failure=ruled.failed, ruled=ruled)
    if ruled.wishes or ruled.person:
        return Said(ruled=ruled)
    if ruled.handed:
        hand = version.books.hands.get(ruled.handed)
        if hand is None:
            return Said(ruled=ruled)
        return _heard(ask_strategy(hand, found.facts), ruled)
    if ruled.refusal is not None:
        return Said(Decision(passed=ruled.refusal.detail), ruled=ruled)
    return Said(ruled.decision, ruled=ruled)


def tell_shadow(
    context: Context, of: str, name: str, negotiation: Negotiation, found: Basis, said: Said
) -> None:
    """Record what the one of the two that is not heard says."""
    tried = context.state.configured().candidate
    assert tried is not None, "there is nothing to compare with"
    facts, ruled = found.facts, said.ruled
    decision = said.decision or Decision()
    ruling = ruled.ruling if ruled is not None else None
    context.emit(
        ShadowDecided(
            subject=negotiation.rfq_id,
            of=of,
            stage=tried.stage,
            strategy=name,
            venue=negotiation.venue,
            counterparty=negotiation.counterparty,
            pair=negotiation.pair,
            product=facts.product,
            mid=facts.mid,
            pip=facts.pip,
            bid=decision.bid,
            offer=decision.offer,
            passed=decision.passed,
            failure=said.failure,
            because=said.because,
            would=would(ruling, facts.pip) if ruling is not None else (),
            facts=ruled.facts if ruled is not None else {},
            row=ruled.row if ruled is not None else (),
        )
    )


def tell_asked(
    context: Context, of: str, ask: HostAsk, decision: Decision | None, failure: str
) -> None:
    """The same of one that was asked in a process of its own, on the facts it was asked with."""
    reference, facts = context.state.configured(), ask.facts
    tried, said = reference.candidate, decision or Decision()
    assert tried is not None, "there is nothing to compare with"
    choice = tried.strategy if of == CANDIDATE_SIDE else reference.strategy
    context.emit(
        ShadowDecided(
            subject=RfqId(ask.subject),
            of=of,
            stage=tried.stage,
            strategy=named(choice),
            venue=VenueId(ask.venue),
            counterparty=facts.counterparty,
            pair=facts.pair,
            product=facts.product,
            mid=facts.mid,
            pip=facts.pip,
            bid=said.bid,
            offer=said.offer,
            passed=said.passed,
            failure=failure,
            because=said.because,
        )
    )


def _heard(said: Decision | str, ruled: Ruled | None = None) -> Said:
    if isinstance(said, str):
        return Said(failure=said, ruled=ruled)
    return Said(said, ruled=ruled)
