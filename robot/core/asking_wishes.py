"""What a person wants of an open ask: take a quote, answer it with a price of ours, end it.

Every check that holds for the robot's own choice holds here, too.
"""

from __future__ import annotations

from robot.basics.ids import VenueId
from robot.basics.numbers import ZERO
from robot.core.ask_states import TAKING
from robot.core.asked import Ask, AskedMaker, MakerQuote, Outcome
from robot.core.asking_counters import counter_refusal, send_counter
from robot.core.asking_ends import end_ask, try_no_more
from robot.core.asking_quotes import comparison
from robot.core.asking_take import ASK, take
from robot.core.state import Context, RobotState
from robot.limits.limit import Reason, Refusal
from robot.messages.asks import AskCountered, AskTaken, AskWithdrawn
from robot.messages.effects import Decided

_KINDS = {AskTaken: "TAKE", AskCountered: "COUNTER", AskWithdrawn: "WITHDRAW"}
_REASONS = {
    Outcome.REPLACED: Reason.QUOTE_REPLACED,
    Outcome.EXPIRED: Reason.QUOTE_EXPIRED,
    Outcome.INVALID: Reason.QUOTE_MISMATCH,
}


def on_ask_taken(context: Context, event: AskTaken) -> None:
    """A person chooses the quote; every check holds for it as for the one we would choose."""
    found = _named(context.state, event.ask_id, event.quote_id)
    if isinstance(found, Refusal):
        _refuse(context, event, found)
        return
    ask, maker, quote = found
    _take_over(ask, event.actor)
    why = (f"taken by {event.actor}: {event.reason}", *comparison(ask, context.state.now_ns))
    take(context, ask, maker, quote, *why)


def on_ask_countered(context: Context, event: AskCountered) -> None:
    """A price of ours goes to the maker; its quote is not dealt on until it answers."""
    found = _named(context.state, event.ask_id, event.quote_id)
    if isinstance(found, Refusal):
        _refuse(context, event, found)
        return
    ask, maker, quote = found
    _take_over(ask, event.actor)
    refusal = counter_refusal(context, ask, maker, quote, event.price)
    if refusal is not None:
        _refuse(context, event, refusal)
        return
    send_counter(context, ask, maker, quote, event.price, f"by {event.actor}: {event.reason}")


def _take_over(ask: Ask, actor: str) -> None:
    """A person speaks: the game says nothing more here."""
    if ask.game:
        ask.because.append(f"{actor} took over from game {ask.game!r}")
        ask.game, ask.walk_away, ask.walk_aways, ask.words = "", None, {}, None


def on_ask_withdrawn(context: Context, event: AskWithdrawn) -> None:
    """A person ends it; a hit that is on its way is the maker's to answer."""
    ask = context.state.asks.get(event.ask_id)
    if ask is None:
        detail = f"no ask {event.ask_id} is open"
        _refuse(context, event, Refusal(reason=Reason.UNKNOWN_QUOTE, detail=detail))
    elif ask.stage is TAKING:
        try_no_more(context, ask, f"withdrawn by {event.actor}: {event.reason}")
        detail = f"{ask.order_id} is on its way: the maker's word decides, nothing else is hit"
        _refuse(context, event, Refusal(reason=Reason.QUOTE_USED, detail=detail))
    else:
        end_ask(context, ask, "WITHDRAWN", f"by {event.actor}: {event.reason}")


def _named(
    state: RobotState, ask_id: str, quote_id: str
) -> tuple[Ask, AskedMaker, MakerQuote] | Refusal:
    """The quote that a person means, if it may be dealt on now."""
    ask = state.asks.get(ask_id)
    if ask is None:
        return Refusal(reason=Reason.UNKNOWN_QUOTE, detail=f"no ask {ask_id} is open")
    if ask.stage is TAKING:
        detail = f"{ask.order_id} of {ask_id} is on its way: the maker's word decides"
        return Refusal(reason=Reason.QUOTE_USED, detail=detail)
    found = ask.quotes_named(quote_id)
    if not found:
        detail = f"no quote {quote_id} came on {ask_id}"
        return Refusal(reason=Reason.UNKNOWN_QUOTE, detail=detail)
    live = [ask.name_of(*pair) for pair in found if pair[1].live]
    if len(live) > 1:
        detail = f"{len(live)} makers call a quote {quote_id}: say {' or '.join(live)}"
        return Refusal(reason=Reason.QUOTE_MISMATCH, detail=detail)
    maker, quote = found[0]
    if not quote.live:
        reason = _REASONS.get(quote.outcome, Reason.QUOTE_WITHDRAWN)
        detail = f"{quote_id} is {quote.outcome}: {quote.detail or 'it is not in force'}"
        return Refusal(reason=reason, detail=detail)
    if quote.valid_until_ns <= state.now_ns:
        return Refusal(reason=Reason.QUOTE_EXPIRED, detail=f"the time of {quote_id} is over")
    return ask, maker, quote


def _refuse(
    context: Context, event: AskTaken | AskCountered | AskWithdrawn, refusal: Refusal
) -> None:
    """A person's wish that is not carried out, with the reason."""
    ask = context.state.asks.get(event.ask_id)
    context.emit(
        Decided(
            subject=event.ask_id,
            kind=_KINDS[type(event)],
            outcome="REFUSED",
            reason=refusal.reason,
            detail=refusal.detail,
            venue=VenueId(""),
            counterparty="",
            pair=ask.pair if ask is not None else "",
            amount=ask.amount if ask is not None else ZERO,
            side=ask.side if ask is not None else "",
            strategy=ASK,
            facts={},
            because=(f"wanted by {event.actor}: {event.reason}",),
        )
    )
