"""Handlers of what persons say to requests that rules leave to them, and of their silence.

A person's price passes the same checks as any: the market, stops and hours of this moment, the
side that is asked, the tick, and the limits.
"""

from __future__ import annotations

import msgspec

from robot.basics.numbers import ZERO
from robot.core.hosted import still_wanted, waiting_for_person
from robot.core.negotiation import take_persons_price
from robot.core.offering import Basis, Offered
from robot.core.rule_state import PersonAsk
from robot.core.state import Context, Negotiation
from robot.limits.limit import Reason, Refusal
from robot.messages.effects import AlertRaised, RefuseRfq
from robot.messages.hosting import RequestAnswered
from robot.strategy import Decision, foreign_problem


def on_request_answered(context: Context, event: RequestAnswered) -> None:
    """Quote what the person says, or pass. A price that is none is told, and the request goes on
    waiting: a slip of the finger loses no request.
    """
    ask = context.state.rules.persons.get(event.ask)
    negotiation = waiting_for_person(context.state, ask) if ask is not None else None
    if ask is None or negotiation is None:
        tell_not_taken(context, event, "it waits no longer")
    elif is_meant(context, event, negotiation):
        answer = persons_answer(context, event, negotiation, ask.because, ask.facts)
        if answer is not None:
            _end(context, ask, negotiation, answer)


def is_meant(context: Context, event: RequestAnswered, negotiation: Negotiation) -> bool:
    """Whether it is the request that the person saw; if not, it is told."""
    if (event.venue, event.rfq_id) in (("", ""), (negotiation.venue, negotiation.rfq_id)):
        return True
    tell_not_taken(context, event, f"it is {negotiation.rfq_id} of {negotiation.venue}")
    return False


def persons_answer(
    context: Context,
    event: RequestAnswered,
    negotiation: Negotiation,
    because: tuple[str, ...],
    rules: dict[str, str],
) -> Offered | Refusal | None:
    """What the request is answered with; None = no price was said, which is told."""
    if event.passed:
        detail = f"{event.actor} passes: {event.reason}"
        return Refusal(reason=Reason.STRATEGY_PASSED, detail=detail)
    found = still_wanted(context, negotiation)
    if isinstance(found, Refusal):
        return found
    decision = Decision(
        bid=event.bid,
        offer=event.offer,
        because=(*because, f"quoted by {event.actor}: {event.reason}"),
    )
    problem = foreign_problem(decision, found.facts) or _not_positive(event, found)
    if problem:
        tell_not_taken(context, event, problem)
        return None
    return Offered(facts=found.facts, decision=decision, market=found.market, rules=rules)


def on_person_due(context: Context, key: str) -> None:
    """Nobody answered in time: it is passed."""
    ask = context.state.rules.persons.get(int(key))
    if ask is None:
        return
    negotiation = waiting_for_person(context.state, ask)
    if negotiation is None:
        del context.state.rules.persons[ask.ask]
        context.state.rules.note_end(ask.ask, "ENDED")
        return
    seconds = (ask.due_ns - ask.asked_ns) / 1_000_000_000
    detail = f"nobody answered within {seconds:g} s: {ask.reason}"
    _end(context, ask, negotiation, Refusal(reason=Reason.STRATEGY_PASSED, detail=detail))


def _end(
    context: Context, ask: PersonAsk, negotiation: Negotiation, answer: Offered | Refusal
) -> None:
    del context.state.rules.persons[ask.ask]
    if isinstance(answer, Refusal):
        answer = msgspec.structs.replace(answer, because=ask.because, facts=ask.facts)
    facts = answer.facts if isinstance(answer, Offered) else None
    take_persons_price(context, negotiation, answer, facts)
    note_outcome(context, ask.ask, negotiation, "QUOTED")


def note_outcome(context: Context, ask: int, negotiation: Negotiation, sent: str) -> None:
    """What became of a question whose answer was carried out: `sent`, or why it was not."""
    outcome = sent
    if negotiation.quote_id is None:
        refused = [effect for effect in context.effects if isinstance(effect, RefuseRfq)]
        outcome = f"{refused[-1].reason}: {refused[-1].detail}" if refused else "ENDED"
    context.state.rules.note_end(ask, outcome)


def _not_positive(event: RequestAnswered, found: Basis) -> str:
    prices = [price for price in (event.bid, event.offer) if price is not None]
    if not prices:
        return "no price is said"
    signed = found.facts.product.is_signed
    return "" if signed or all(price > ZERO for price in prices) else "a price is not above zero"


def tell_not_taken(context: Context, event: RequestAnswered, problem: str) -> None:
    """A person's answer that changes nothing."""
    text = f"the answer of {event.actor} to request {event.ask} is not taken: {problem}"
    context.emit(AlertRaised(code="ANSWER_REFUSED", text=text))
