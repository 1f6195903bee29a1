"""A strategy in a process of its own: asked by an effect, answered by an event.

Between the two the negotiation waits, and the world goes on: the answer is judged on the market,
the stops and the hours of the moment it comes. Whatever goes wrong is a refusal; what goes
wrong too often stops the strategy as its kill switch would.
"""

from __future__ import annotations

import msgspec

from robot.core.counters import turn_down
from robot.core.halting import pull, tell_state
from robot.core.host_asks import HostAsk
from robot.core.hosts import Seat, every_ask, live_seat, runs_in_host, seat_of, trial_seat
from robot.core.lifecycle import Step
from robot.core.noting import note
from robot.core.offering import (
    Basis,
    Deferred,
    Offered,
    basis,
    not_now,
    offer,
    passed,
    strategy_name,
    told,
)
from robot.core.quoting import MILLISECOND_NS, close_negotiation, dealing_refusal, subject_of
from robot.core.rule_state import Happened, PersonAsk
from robot.core.ruled import Ruled, with_reasons
from robot.core.staging import named
from robot.core.state import Context, Negotiation, RobotState
from robot.deals.reference import HostPolicy, read_stop_after
from robot.limits.limit import Reason, Refusal
from robot.messages.effects import AlertRaised, Decided, RefuseRfq
from robot.messages.events import KillSwitchPulled
from robot.messages.hosting import AskHost, AskPerson
from robot.messages.stops import StopScope, stop_name
from robot.strategy import Decision, Facts

HOST_DEADLINE = "host_deadline"
PERSON_DUE = "person_due"
STRATEGY = StopScope.STRATEGY
ROBOT = "fxrobot"
"""Who pulls the kill switch of a strategy that fails too often."""


def is_hosted(state: RobotState) -> bool:
    """Whether the strategy in force runs in a process of its own."""
    return runs_in_host(state.configured().strategy)


def policy_of(state: RobotState) -> HostPolicy:
    """How patient we are with the strategy in force."""
    return live_seat(state).policy


def consult(context: Context, negotiation: Negotiation, *, first: bool) -> Offered | Refusal | None:
    """The strategy's price on the market of this moment; None = its host or a person is asked, and
    the negotiation waits.
    """
    suspended = context.state.releases.suspended
    if negotiation.trial and suspended:
        detail = f"the candidate is suspended: {suspended}"
        return Refusal(reason=Reason.STRATEGY_ABSENT, detail=detail)
    seat = trial_seat(context.state) if negotiation.trial else live_seat(context.state)
    if seat is not None and runs_in_host(seat.choice):
        return _consult_host(context, seat, negotiation, first=first)
    offered = offer(context, negotiation, first=first)
    if not isinstance(offered, Deferred):
        return offered
    if not offered.ruled.person:
        live = live_seat(context.state)
        return _consult_host(context, live, negotiation, first=first, ruled=offered.ruled)
    if not first:
        return not_now(offered)
    ask_person(context, negotiation, offered.ruled)
    return None


def _consult_host(
    context: Context,
    seat: Seat,
    negotiation: Negotiation,
    *,
    first: bool,
    ruled: Ruled | None = None,
) -> Refusal | None:
    """Ask it, if it can be asked."""
    found = askable(context, negotiation, seat)
    if isinstance(found, Refusal):
        return with_reasons(found, ruled) if ruled is not None else found
    ask_for(context, seat, negotiation, found, first=first, ruled=ruled)
    return None


def ask_for(
    context: Context,
    seat: Seat,
    negotiation: Negotiation,
    found: Basis,
    *,
    first: bool,
    ruled: Ruled | None = None,
) -> None:
    """Ask a host; the negotiation waits for it."""
    ask = HostAsk(
        ask=0,
        negotiation=negotiation.key,
        facts=found.facts,
        deadline_ns=due_ns(context.state, seat),
        first=first,
        because=ruled.because if ruled is not None else (),
        rules=ruled.facts if ruled is not None else {},
        strategy=named(seat.choice),
        subject=negotiation.rfq_id,
        venue=negotiation.venue,
    )
    negotiation.host_ask = put(context, ask, negotiation.rfq_id)
    negotiation.advance(Step.CONSULT)


def due_ns(state: RobotState, seat: Seat) -> int:
    """When what is asked now has to be answered."""
    return state.now_ns + seat.policy.deadline_ms * MILLISECOND_NS


def ask_person(context: Context, negotiation: Negotiation, ruled: Ruled) -> None:
    """The request waits for a person, as long as the rule says; at most until its own time ends."""
    state, rules = context.state, context.state.rules
    rules.asked += 1
    due_ns = state.now_ns + ruled.within_ms * MILLISECOND_NS
    if negotiation.open_until_ns > 0:
        due_ns = min(due_ns, negotiation.open_until_ns)
    ask = PersonAsk(
        ask=rules.asked,
        negotiation=negotiation.key,
        reason=ruled.person,
        because=ruled.because,
        facts=ruled.facts,
        asked_ns=state.now_ns,
        due_ns=due_ns,
    )
    rules.persons[ask.ask] = ask
    negotiation.person_ask = ask.ask
    negotiation.advance(Step.CONSULT)
    state.schedule(due_ns, PERSON_DUE, str(ask.ask))
    context.emit(
        AskPerson(
            ask=ask.ask,
            venue=negotiation.venue,
            rfq_id=negotiation.rfq_id,
            reason=ask.reason,
            because=ask.because,
            due_ns=due_ns,
            row=ruled.row,
        )
    )
    text = f"request {ask.ask} of {negotiation.counterparty} waits for a person: {ask.reason}"
    context.emit(AlertRaised(code="PERSON_WANTED", text=f"{text} (fxrobot requests list)"))


def askable(context: Context, negotiation: Negotiation, seat: Seat) -> Basis | Refusal:
    """What the host would be asked with, or why it is not asked."""
    if not seat.host.ready:
        detail = f"the strategy cannot be asked: {seat.host.told}"
        return Refusal(reason=Reason.STRATEGY_ABSENT, detail=detail)
    return basis(context, negotiation)


def put(context: Context, ask: HostAsk, subject: str) -> int:
    """Ask the host; the question's number."""
    state, seat = context.state, seat_of(context.state, ask.strategy)
    assert seat is not None, "only a strategy that is live or tried is asked"
    state.host.asked += 1
    ask.ask = state.host.asked
    seat.host.pending[ask.ask] = ask
    state.schedule(ask.deadline_ns, HOST_DEADLINE, str(ask.ask))
    context.emit(
        AskHost(
            ask=ask.ask,
            subject=subject,
            strategy=ask.strategy,
            venue=ask.venue,
            facts=ask.facts,
            deadline_ns=ask.deadline_ns,
        )
    )
    return ask.ask


def ask_once_more(context: Context, ask: HostAsk, negotiation: Negotiation, found: Basis) -> int:
    """The same on the market of now, within the time that is left; the new question's number."""
    more = msgspec.structs.replace(ask, ask=0, facts=found.facts, again=True)
    return put(context, more, negotiation.rfq_id)


def still_wanted(context: Context, negotiation: Negotiation) -> Basis | Refusal:
    """Whether its answer may be dealt on at this moment: nothing that was looked at before it was
    asked is taken as still true.
    """
    state = context.state
    refusal = dealing_refusal(state, subject_of(state, negotiation))
    return refusal if refusal is not None else basis(context, negotiation)


def moved(ask: HostAsk, found: Basis, policy: HostPolicy) -> str:
    """How far the market moved since it was asked, in words; empty = not too far."""
    facts, now = ask.facts, found.facts
    far = max(abs(now.bid - facts.bid), abs(now.offer - facts.offer))
    if far <= policy.move_max_pips * facts.pip and facts.side == now.side:
        return ""
    was, is_ = f"{facts.bid}/{facts.offer}", f"{now.bid}/{now.offer}"
    return f"the market was {was} when the strategy was asked and is {is_}"


def judged(ask: HostAsk, decision: Decision, found: Basis, policy: HostPolicy) -> Offered | Refusal:
    """A sound decision on the market of now."""
    refusal = passed(decision)
    if refusal is None and (far := moved(ask, found, policy)):
        refusal = Refusal(reason=Reason.MARKET_MOVED, detail=far)
    if refusal is not None:
        return msgspec.structs.replace(refusal, because=ask.because, facts=ask.rules)
    if ask.because:
        because = (*ask.because, *decision.because)
        decision = msgspec.structs.replace(decision, because=because)
    return Offered(facts=ask.facts, decision=decision, market=found.market, rules=ask.rules)


def too_late(ask: HostAsk, policy: HostPolicy) -> Refusal:
    """No answer within the deadline."""
    detail = f"no answer within {policy.deadline_ms} ms (question {ask.ask})"
    return Refusal(reason=Reason.STRATEGY_LATE, detail=detail)


def note_failure(context: Context, code: str, text: str) -> None:
    """Tell it; too many within the window stop the strategy, and two persons let it go on."""
    state, host = context.state, context.state.host
    name = state.configured().strategy.name
    context.emit(AlertRaised(code=code, text=f"strategy {name}: {text}"))
    stop_after = read_stop_after(policy_of(state).stop_after)
    from_ns = state.now_ns - stop_after.window_ms * MILLISECOND_NS
    host.failures = [at_ns for at_ns in host.failures if at_ns > from_ns]
    if host.failures[-1:] != [state.now_ns]:
        host.failures.append(state.now_ns)
    if len(host.failures) < stop_after.failures or stop_name(STRATEGY, name) in state.stops:
        return
    host.failures = []
    pull(
        context,
        KillSwitchPulled(
            actor=ROBOT,
            reason=f"{policy_of(state).stop_after}, the last: {text}",
            scope=STRATEGY,
            value=name,
        ),
    )
    tell_state(context)


def refuse(
    context: Context, negotiation: Negotiation, refusal: Refusal, facts: Facts | None = None
) -> None:
    """Tell the venue that a request is not quoted, and record why, with the numbers."""
    state = context.state
    context.emit(
        RefuseRfq(
            venue=negotiation.venue,
            request_id=negotiation.request_id,
            rfq_id=negotiation.rfq_id,
            pair=negotiation.pair,
            amount=negotiation.amount,
            reason=refusal.reason,
            detail=refusal.detail,
        )
    )
    context.emit(
        Decided(
            subject=negotiation.rfq_id,
            kind="RFQ",
            outcome="REFUSED",
            reason=refusal.reason,
            detail=refusal.detail,
            venue=negotiation.venue,
            counterparty=negotiation.counterparty,
            pair=negotiation.pair,
            amount=negotiation.amount,
            side=negotiation.side or "TWO_WAY",
            strategy=strategy_name(context.state, negotiation),
            facts=(told(facts) if facts is not None else {}) | refusal.facts,
            because=refusal.because,
            checks=refusal.checks,
            row=refusal.row,
        )
    )
    note(state, negotiation.counterparty, Happened.REJECT)


def refuse_waiting(context: Context, refusal: Refusal) -> None:
    """Every request that waits for its first answer is refused now."""
    state = context.state
    for ask in every_ask(state):
        negotiation = waiting(state, ask)
        if negotiation is not None and negotiation.bargain is not None:
            _turn_down_waiting(context, negotiation, refusal)
        elif negotiation is not None and ask.first:
            close_negotiation(state, negotiation, Step.REFUSE)
            refuse(context, negotiation, refusal, ask.facts)
    for person_ask in tuple(state.rules.persons.values()):
        negotiation = waiting_for_person(state, person_ask)
        state.rules.note_end(person_ask.ask, f"{refusal.reason}: {refusal.detail}")
        if negotiation is not None and negotiation.bargain is not None:
            _turn_down_waiting(context, negotiation, refusal)
        elif negotiation is not None:
            close_negotiation(state, negotiation, Step.REFUSE)
            refuse(context, negotiation, refusal)
    state.rules.persons.clear()


def _turn_down_waiting(context: Context, negotiation: Negotiation, refusal: Refusal) -> None:
    """Their price waits for its answer: there is none. What we quoted goes on, where it stands."""
    negotiation.host_ask = negotiation.person_ask = 0
    negotiation.advance(Step.ANSWER)
    turn_down(context, negotiation, refusal)
    if negotiation.quote_id is None:
        close_negotiation(context.state, negotiation, Step.REFUSE)


def waiting_for_person(state: RobotState, ask: PersonAsk) -> Negotiation | None:
    """The negotiation that waits for a person; None = it has ended."""
    negotiation = state.negotiations.get(ask.negotiation)
    return negotiation if negotiation is not None and negotiation.person_ask == ask.ask else None


def waiting(state: RobotState, ask: HostAsk) -> Negotiation | None:
    """The negotiation that waits for the answer; None = it has ended."""
    negotiation = state.negotiations.get(ask.negotiation)
    return negotiation if negotiation is not None and negotiation.host_ask == ask.ask else None
