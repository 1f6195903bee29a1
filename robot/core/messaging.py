"""May one more message of ours leave? Quotes, orders, changes and requests; cancels always may."""

from __future__ import annotations

from robot.basics.ids import CounterpartyId, VenueId
from robot.core.quoting import note_refusal
from robot.core.state import Context, RobotState
from robot.core.stops import Subject
from robot.deals.limit_rows import LimitKind
from robot.limits import tree
from robot.limits.limit import Refusal
from robot.limits.rates import count_message


def take_message(context: Context, subject: Subject) -> Refusal | None:
    """Count it by venue and second, and by the rows of the tree; the first that has no room
    refuses it.
    """
    state = context.state
    gate = state.gate
    refusal = gate.take_message(VenueId(subject.venue), state.now_ns)
    if refusal is None and LimitKind.MESSAGE_RATE in gate.book.tree.kinds:
        refusal = count_message(gate.book, limit_subject(state, subject), state.now_ns)
    if refusal is not None:
        note_refusal(context, refusal)
    return refusal


def limit_subject(state: RobotState, subject: Subject) -> tree.Subject:
    """What the limit tree knows of it; how long it runs is not said."""
    ours = state.gate.book.ours
    name = CounterpartyId(subject.counterparty)
    party = state.configured().counterparties.get(name)
    return tree.Subject(
        entity=ours.entity,
        desk=ours.desk,
        book=ours.book,
        trader=subject.trader or ours.trader,
        strategy=ours.strategy,
        country=party.country if party is not None else "",
        group=party.group if party is not None else "",
        type=party.type if party is not None else "",
        tier=party.tier if party is not None else "",
        counterparty=subject.counterparty,
        venue=subject.venue,
        product=str(subject.product),
        pair=subject.pair,
    )
