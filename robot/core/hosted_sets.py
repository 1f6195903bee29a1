"""The sizes of a stream, asked of the strategy's host: all at once, and shown when all are
answered. What is shown stands meanwhile.
"""

from __future__ import annotations

from robot.core.host_asks import HostAsk
from robot.core.hosted import askable, due_ns, judged, policy_of, put, still_wanted
from robot.core.hosts import live_seat
from robot.core.offering import Offered
from robot.core.staging import named
from robot.core.state import Context, Negotiation, StreamSet
from robot.core.stream_sets import PricedSize, price_set
from robot.deals.reference import StreamPolicy
from robot.limits.limit import Reason, Refusal

_ASKED = Refusal(reason=Reason.STRATEGY_ABSENT, detail="its host is asked")


def ask_set(
    context: Context, set_id: str, policy: StreamPolicy, known: StreamSet
) -> list[PricedSize] | Refusal | None:
    """Ask for every size; None = the answers are waited for. Else why there are none to wait
    for.
    """

    seat = live_seat(context.state)

    def ask(context: Context, negotiation: Negotiation, place: str) -> Refusal:
        found = askable(context, negotiation, seat)
        if isinstance(found, Refusal):
            return found
        question = HostAsk(
            ask=0,
            set_id=set_id,
            place=place,
            facts=found.facts,
            deadline_ns=due_ns(context.state, seat),
            strategy=named(seat.choice),
        )
        known.host_asks[place] = put(context, question, negotiation.rfq_id)
        return _ASKED

    known.answers = {}
    found = price_set(context, set_id, policy, ask)
    return None if known.host_asks else found


def answered_set(
    context: Context, set_id: str, policy: StreamPolicy, known: StreamSet
) -> list[PricedSize] | Refusal:
    """The sizes that were asked for, judged on the market of this moment."""

    def judge(context: Context, negotiation: Negotiation, place: str) -> Offered | Refusal:
        answer = known.answers.get(place)
        if answer is None:
            return _ASKED  # it was not asked for: a pause of the venue's has ended since
        if answer.decision is None:
            return Refusal(reason=Reason(answer.reason), detail=answer.detail)
        found = still_wanted(context, negotiation)
        if isinstance(found, Refusal):
            return found
        price = judged(answer.ask, answer.decision, found, policy_of(context.state))
        if isinstance(price, Refusal) and price.reason is Reason.MARKET_MOVED:
            known.ask_again = True
        return price

    found = price_set(context, set_id, policy, judge)
    if isinstance(found, Refusal):
        return found
    return [one for one in found if one.place in known.answers]
