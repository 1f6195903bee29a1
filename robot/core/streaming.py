"""Prices streamed without being asked for: mass quotes, one set for each stream of the desk.

Each price is a live quote with a negotiation of its own, so that hits, reservations, staleness,
expiry and every kind of withdrawal are those of any other quote. What is here keeps a set in one
message: priced together, replaced together, and answered for together.
"""

from __future__ import annotations

from robot.basics.ids import VenueId
from robot.core.host_asks import HostAsk, SizeAnswer
from robot.core.hosted import is_hosted
from robot.core.hosted_sets import answered_set, ask_set
from robot.core.messaging import take_message
from robot.core.quoting import (
    MILLISECOND_NS,
    STREAM_SET,
    dealing_refusal,
)
from robot.core.state import (
    Context,
    Pause,
    RobotState,
    StreamSet,
)
from robot.core.stops import Subject
from robot.core.stream_sets import (
    PricedSize,
    end_quotes,
    listen,
    live_of,
    nothing_new,
    patience_ns,
    price_set,
    replace_set,
    sets,
    take_back,
    tell_gone,
)
from robot.deals.product import ProductKind
from robot.deals.reference import StreamPolicy
from robot.limits.limit import Refusal
from robot.messages.effects import AlertRaised
from robot.messages.streams import AskQuote, MassQuoteAnswered, QuoteFate, QuoteStatusTold

PAUSE_NS = 1_000_000_000
PAUSE_DOUBLED_MAX = 6
"""What the venue rejects is tried again after 1 s, then 2 s, and so on up to 64 s."""
_WHOLE = ""


def is_streamed(state: RobotState, pair: str) -> bool:
    """Whether anything of a pair is."""
    return any(policy.pair == pair for policy in state.configured().streams)


def refresh_streams(context: Context, market: str, *, spot: bool = True) -> None:
    """Bring what is streamed on a market to its new price."""
    for set_id, policy in sets(context.state):
        if policy.pair == market and (spot or policy.product is not ProductKind.SPOT):
            refresh_set(context, set_id)


def on_stream_set(context: Context, set_id: str) -> None:
    """The shortest time between two messages of a set, or a pause, is over."""
    known = context.state.stream_sets.get(set_id)
    if known is not None:
        known.due = False
        refresh_set(context, set_id)


def renew(state: RobotState, set_id: str) -> None:
    """A price of a set was dealt on or has ended: show the set anew as soon as that may be."""
    known = state.stream_sets.get(set_id)
    if known is not None and not known.due:
        known.due = True
        state.schedule(max(_due_ns(state, set_id, known), state.now_ns), STREAM_SET, set_id)


def refresh_set(context: Context, set_id: str) -> None:
    """Price every size of a set; if anything is new, the whole set is replaced."""
    state = context.state
    policy = dict(sets(state)).get(set_id)
    if policy is None or dealing_refusal(state, _subject(state, policy)) is not None:
        return
    known = state.stream_sets.setdefault(set_id, StreamSet())
    if state.now_ns < _due_ns(state, set_id, known):
        renew(state, set_id)
        return
    if not is_hosted(state):
        _show(context, set_id, policy, price_set(context, set_id, policy))
    elif known.host_asks:
        known.ask_again = True
    elif (priced := ask_set(context, set_id, policy, known)) is not None:
        _show(context, set_id, policy, priced)


def take_size(context: Context, ask: HostAsk, answer: SizeAnswer) -> None:
    """What came of asking the strategy's host for one size; after the last the set is shown."""
    state = context.state
    known, policy = state.stream_sets.get(ask.set_id), dict(sets(state)).get(ask.set_id)
    if known is None or known.host_asks.get(ask.place) != ask.ask:
        return
    del known.host_asks[ask.place]
    known.answers[ask.place] = answer
    if known.host_asks or policy is None:
        return
    again, known.ask_again = known.ask_again, False
    if dealing_refusal(state, _subject(state, policy)) is None:
        _show(context, ask.set_id, policy, answered_set(context, ask.set_id, policy, known))
    known.answers = {}
    if again or known.ask_again:
        known.ask_again = False
        renew(state, ask.set_id)


def _show(
    context: Context, set_id: str, policy: StreamPolicy, priced: list[PricedSize] | Refusal
) -> None:
    state, known = context.state, context.state.stream_sets[set_id]
    if isinstance(priced, Refusal):
        take_back(context, known, policy, priced.reason)
    elif not nothing_new(state, known, priced):
        refusal = take_message(context, _subject(state, policy))
        if refusal is None:
            replace_set(context, set_id, policy, priced)
        else:
            take_back(context, known, policy, refusal.reason)
            known.sent_ns = state.now_ns  # else it would be tried again at once, without end
            renew(state, set_id)


def _subject(state: RobotState, policy: StreamPolicy) -> Subject:
    return Subject(
        venue=policy.venue,
        product=policy.product,
        pair=policy.pair,
        counterparty=policy.counterparty,
        strategy=state.configured().strategy.name,
    )


def on_mass_quote_answered(context: Context, event: MassQuoteAnswered) -> None:
    """All of it is dead, or what the venue rejects is, and the rest lives."""
    found = _of_mass_quote(context.state, event.venue, event.mass_quote_id)
    if found is None:
        return  # of a message that has been replaced since: what it showed is dead already
    set_id, known = found
    known.unanswered_ns, known.asked = 0, 0
    if event.accepted:
        _reject_entries(context, set_id, known, event)
        known.former = {}
    else:
        _reject(context, set_id, known, event.text or "the whole mass quote")


def on_quote_status_told(context: Context, event: QuoteStatusTold) -> None:
    """What we asked about: live as we thought, or gone."""
    state = context.state
    found = _of_mass_quote(state, event.venue, event.quote_id)
    if found is None or event.fate is QuoteFate.PENDING:
        return
    set_id, known = found
    known.unanswered_ns, known.asked = 0, 0
    if event.fate is not QuoteFate.LIVE:
        _reject(context, set_id, known, f"{event.fate} {event.text}".strip())


def refuse_mass_quote(context: Context, venue: VenueId, mass_quote_id: str, text: str) -> None:
    """The venue cannot take the message at all (j)."""
    found = _of_mass_quote(context.state, venue, mass_quote_id)
    if found is not None:
        _reject(context, *found, text)


def on_stream_silence(context: Context, set_id: str) -> None:
    """A mass quote is not answered. It is held as live, and the venue is asked."""
    state = context.state
    known = state.stream_sets.get(set_id)
    if known is None:
        return
    known.listening = False
    policy = dict(sets(state)).get(set_id)
    if policy is None or not known.unanswered_ns or not live_of(state, known):
        return
    if state.now_ns < known.unanswered_ns + patience_ns(state, 0):
        listen(state, set_id, known, known.unanswered_ns + patience_ns(state, 0))
        return
    known.asked += 1
    request_id = f"{known.mass_quote_id}-{known.asked}"
    text = f"{policy.venue} has not answered {known.mass_quote_id}: asked what became of it"
    context.emit(AlertRaised(code="MASS_QUOTE_UNANSWERED", text=text))
    context.emit(
        AskQuote(
            venue=policy.venue,
            request_id=request_id,
            quote_id=known.mass_quote_id,
            pair=policy.pair,
        )
    )
    listen(state, set_id, known, state.now_ns + patience_ns(state, known.asked))


def forget_streams(state: RobotState, venue: VenueId) -> None:
    """The session is gone or new: no answer is due, nothing is paused."""
    for set_id, policy in sets(state):
        known = state.stream_sets.get(set_id)
        if policy.venue == venue and known is not None:
            state.stream_sets[set_id] = StreamSet(due=known.due, listening=known.listening)


def _of_mass_quote(
    state: RobotState, venue: VenueId, mass_quote_id: str
) -> tuple[str, StreamSet] | None:
    for set_id, policy in sets(state):
        known = state.stream_sets.get(set_id)
        if known is not None and (policy.venue, known.mass_quote_id) == (venue, mass_quote_id):
            return set_id, known
    return None


def _due_ns(state: RobotState, set_id: str, known: StreamSet) -> int:
    """When the set may be sent again."""
    policy = state.configured().streams[int(set_id) - 1]
    paused = known.pauses.get(_WHOLE, Pause()).until_ns
    return max(known.sent_ns + policy.interval_min_ms * MILLISECOND_NS, paused)


def _reject(context: Context, set_id: str, known: StreamSet, text: str) -> None:
    """None of it stands at the venue; what it was to replace may, and is taken back."""
    state = context.state
    policy = state.configured().streams[int(set_id) - 1]
    known.unanswered_ns, known.asked = 0, 0
    end_quotes(context, [quote.quote_id for quote in live_of(state, known).values()], "REJECTED")
    tell_gone(context, policy, known.former.values(), "REJECTED")
    known.former, known.left_out = {}, {}
    waits_s = _pause(state, known, _WHOLE)
    told_ = f"{policy.venue} rejects the stream of {policy.pair}: {text}; again in {waits_s} s"
    context.emit(AlertRaised(code="MASS_QUOTE_REJECTED", text=told_))
    renew(state, set_id)


def _reject_entries(
    context: Context, set_id: str, known: StreamSet, event: MassQuoteAnswered
) -> None:
    state = context.state
    policy = state.configured().streams[int(set_id) - 1]
    places = {quote_id: place for place, quote_id in known.entries.items()}
    rejected = {places[row.quote_id]: row for row in event.rejected if row.quote_id in places}
    known.pauses = {place: pause for place, pause in known.pauses.items() if place in rejected}
    for place, row in rejected.items():
        if row.quote_id in state.quotes:
            end_quotes(context, [row.quote_id], "REJECTED")
        if place in known.former:
            tell_gone(context, policy, [known.former[place]], "REJECTED")
        waits_s = _pause(state, known, place)
        text = f"{event.venue} rejects {policy.amounts[int(place)]} {policy.pair}: {row.reason}"
        text += f"; again in {waits_s} s"
        context.emit(AlertRaised(code="QUOTE_ENTRY_REJECTED", text=text))


def _pause(state: RobotState, known: StreamSet, place: str) -> int:
    """Wait longer each time; how long now, in seconds."""
    pause = known.pauses.setdefault(place, Pause())
    wait_ns: int = PAUSE_NS * 2 ** min(pause.rejects, PAUSE_DOUBLED_MAX)
    pause.rejects += 1
    pause.until_ns = state.now_ns + wait_ns
    return wait_ns // PAUSE_NS
