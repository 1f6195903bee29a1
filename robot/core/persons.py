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
from robot.messages.effects import AlertRaised
from robot.messages.hosting import RequestAnswered
from robot.strategy import Decision, Facts, foreign_problem


def on_request_answered(context: Context, event: RequestAnswered) -> None:
    """Quote what the person says, or pass. A price that is none is told, and the request goes on
    waiting: a slip of the finger loses no request.
    """
    ask = context.state.rules.persons.get(event.ask)
    negotiation = waiting_for_person(context.state, ask) if ask is not None else None
    if ask is None or negotiation is None:
        _tell(context, event, "it waits no longer")
        return
    if (event.venue, event.rfq_id) not in (("", ""), (negotiation.venue, negotiation.rfq_id)):
        _tell(context, event, f"it is {negotiation.rfq_id} of {negotiation.venue}")
        return
    if event.passed:
        refusal = _refusal(ask, f"{event.actor} passes: {event.reason}")
        _end(context, ask, negotiation, refusal, None)
        return
    found = still_wanted(context, negotiation)
    if isinstance(found, Refusal):
        _end(context, ask, negotiation, found, None)
        return
    decision = Decision(
        bid=event.bid,
        offer=event.offer,
        because=(*ask.because, f"quoted by {event.actor}: {event.reason}"),
    )
    problem = foreign_problem(decision, found.facts) or _not_positive(event, found)
    if problem:
        _tell(context, event, problem)
        return
    offered = Offered(facts=found.facts, decision=decision, market=found.market, rules=ask.facts)
    _end(context, ask, negotiation, offered, found.facts)


def on_person_due(context: Context, key: str) -> None:
    """Nobody answered in time: it is passed."""
    ask = context.state.rules.persons.get(int(key))
    if ask is None:
        return
    negotiation = waiting_for_person(context.state, ask)
    if negotiation is None:
        del context.state.rules.persons[ask.ask]
        return
    seconds = (ask.due_ns - ask.asked_ns) / 1_000_000_000
    refusal = _refusal(ask, f"nobody answered within {seconds:g} s: {ask.reason}")
    _end(context, ask, negotiation, refusal, None)


def _end(
    context: Context,
    ask: PersonAsk,
    negotiation: Negotiation,
    answer: Offered | Refusal,
    facts: Facts | None,
) -> None:
    del context.state.rules.persons[ask.ask]
    if isinstance(answer, Refusal):
        answer = msgspec.structs.replace(answer, because=ask.because, facts=ask.facts)
    take_persons_price(context, negotiation, answer, facts)


def _refusal(ask: PersonAsk, detail: str) -> Refusal:
    return Refusal(reason=Reason.STRATEGY_PASSED, detail=detail)


def _not_positive(event: RequestAnswered, found: Basis) -> str:
    prices = [price for price in (event.bid, event.offer) if price is not None]
    if not prices:
        return "no price is said"
    signed = found.facts.product.is_signed
    return "" if signed or all(price > ZERO for price in prices) else "a price is not above zero"


def _tell(context: Context, event: RequestAnswered, problem: str) -> None:
    text = f"the answer of {event.actor} to request {event.ask} is not taken: {problem}"
    context.emit(AlertRaised(code="ANSWER_REFUSED", text=text))
