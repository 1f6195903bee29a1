"""Asks as a person sees them: open ones as they stand, ended ones as they are on the record; and
requests of clients that wait for a person.
"""

from __future__ import annotations

from robot.core.asked import Ask
from robot.core.asking_ends import last_word
from robot.core.release_state import Suggestion
from robot.core.staging import named
from robot.core.state import EndedAsk, Negotiation, RobotState

View = dict[str, object]


def ask_views(state: RobotState) -> list[View]:
    """The last ones that ended, then the open ones; each with a row for every maker."""
    # Copies: the core may go on while somebody looks.
    ended = [_ended(one) for one in tuple(state.ended_asks.values())]
    return ended + [_open(ask) for ask in tuple(state.asks.values())]


def _said(ask: Ask | None) -> View:
    if ask is None:
        return {}
    return {
        "product": str(ask.kind),
        "pair": ask.pair,
        "side": str(ask.side),
        "amount": str(ask.amount),
        "limit_price": str(ask.limit_price) if ask.limit_price is not None else None,
    }


def _open(ask: Ask) -> View:
    taken = ask.quote_taken()
    return {
        "ask_id": ask.ask_id,
        "request": ask.request,
        **_said(ask),
        "stage": str(ask.stage),
        "outcome": "",
        "order_id": ask.order_id,
        "quotes": [last_word(maker, taken) for maker in tuple(ask.makers)],
        "because": list(ask.because),
    }


def _ended(ended: EndedAsk) -> View:
    record = ended.record
    return {
        "ask_id": record.ask_id,
        "request": record.request,
        **_said(ended.ask),
        "stage": "ENDED",
        "outcome": record.outcome,
        "order_id": record.order_id,
        "quotes": list(record.quotes),
        "because": list(record.because),
    }


def request_views(state: RobotState) -> list[View]:
    """Requests that wait for persons, the oldest first, whether a rule leaves them to a person
    (RULE) or a candidate's price is suggested (SUGGESTION); times in nanoseconds UTC.
    """
    found: list[View] = []
    for ask in tuple(state.rules.persons.values()):
        one = state.negotiations.get(ask.negotiation)
        if one is not None and one.person_ask == ask.ask:
            asked = {"kind": "RULE", "strategy": one.trial or _live(state), "reason": ask.reason}
            told = {"because": list(ask.because), "facts": dict(ask.facts), "due_ns": ask.due_ns}
            found.append({"ask": ask.ask, **asked, "bid": None, "offer": None, **told}
                         | _asked_for(state, one))  # fmt: skip
    for number, suggestion in tuple(state.releases.suggestions.items()):
        one = state.negotiations.get(suggestion.negotiation)
        if one is not None and one.suggestion == number:
            found.append(_suggested(number, suggestion) | _asked_for(state, one))
    return sorted(found, key=lambda view: int(str(view["ask"])))


def _suggested(number: int, suggestion: Suggestion) -> View:
    decision, facts = suggestion.decision, suggestion.facts
    return {
        "ask": number,
        "kind": "SUGGESTION",
        "strategy": suggestion.trial,
        "reason": f"suggested by {suggestion.trial}",
        "bid": str(decision.bid) if decision.bid is not None else None,
        "offer": str(decision.offer) if decision.offer is not None else None,
        "because": list(decision.because),
        "facts": {"mid": str(facts.mid), **suggestion.rules},
        "due_ns": suggestion.deadline_ns,
    }


def _asked_for(state: RobotState, one: Negotiation) -> View:
    return {
        "venue": one.venue,
        "rfq_id": one.rfq_id,
        "counterparty": one.counterparty,
        "tier": one.tier,
        "product": str(one.kind),
        "pair": one.pair,
        "side": str(one.wanted_side) if one.wanted_side is not None else "two-way",
        "their_price": str(one.bargain.theirs) if one.bargain is not None else None,
        "our_price": str(one.bargain.ours) if one.bargain is not None else None,
        "amount": str(one.amount),
        "tenor": one.tenor,
        "now_ns": state.now_ns,
    }


def _live(state: RobotState) -> str:
    return named(state.configured().strategy)
