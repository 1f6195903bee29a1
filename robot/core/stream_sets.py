"""A set of streamed prices: priced together, reserved one by one, sent as one message.

When that happens and what the venue says of it is in `streaming`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

import msgspec

from robot.basics.currency import base_of
from robot.basics.ids import QuoteId, RfqId
from robot.core.offering import (
    Offered,
    growing_side,
    live_quote,
    offer_at_once,
    strategy_name,
    told_of,
)
from robot.core.quoting import (
    MILLISECOND_NS,
    STREAM_SILENCE,
    end_negotiation,
    judge,
    show_quote,
)
from robot.core.said import quote_message
from robot.core.state import (
    NEGOTIATIONS_MAX,
    Context,
    LiveQuote,
    Negotiation,
    Pause,
    RobotState,
    StreamSet,
)
from robot.deals.agreed import with_side
from robot.deals.party import BUY, SIDES
from robot.deals.product import FxForward, FxSpot, ProductKind, When
from robot.deals.reference import StreamPolicy
from robot.deals.resolve import Unresolved, resolve_request
from robot.deals.resolved import AnyResolved, ResolvedFxForward, ResolvedFxSpot
from robot.limits.limit import Reason, Refusal
from robot.messages.effects import Decided, SendMassQuote, SendQuote, WithdrawQuote

ASKED_DOUBLED_MAX = 5
"""So often the patience with a silent venue doubles."""


class PricedSize(msgspec.Struct, frozen=True):
    """One size of a set: its place, and a price or why there is none."""

    place: str
    negotiation: Negotiation
    offered: Offered | Refusal


def sets(state: RobotState) -> Iterator[tuple[str, StreamPolicy]]:
    for number, policy in enumerate(state.configured().streams, 1):
        yield str(number), policy


PriceSize = Callable[[Context, Negotiation, str], Offered | Refusal]
"""Given the conversation that a price would be, and its place among the sizes."""


def _offer(context: Context, negotiation: Negotiation, place: str) -> Offered | Refusal:
    return offer_at_once(context, negotiation)


def price_set(
    context: Context, set_id: str, policy: StreamPolicy, price: PriceSize = _offer
) -> list[PricedSize] | Refusal:
    """Every size at the market of this moment; those that the venue rejected wait."""
    state, known = context.state, context.state.stream_sets[set_id]
    product = _product(policy)
    terms = resolve_request(product, state.today(), state.configured().conventions, context.dates)
    if isinstance(terms, Unresolved):
        return Refusal(reason=Reason.UNKNOWN_VALUE_DATE, detail=terms.detail)
    if len(state.negotiations) + len(policy.amounts) > NEGOTIATIONS_MAX:
        return Refusal(reason=Reason.OVERLOADED, detail="too many negotiations are open")
    found = []
    for place, amount in enumerate(policy.amounts):
        if state.now_ns < known.pauses.get(str(place), Pause()).until_ns:
            continue
        negotiation = _negotiation(state, set_id, policy, place, _with_amount(terms, amount))
        offered = price(context, negotiation, str(place))
        found.append(PricedSize(str(place), negotiation, offered))
    return found


def _product(policy: StreamPolicy) -> FxSpot | FxForward:
    currency, amount = base_of(policy.pair), policy.amounts[0]
    if policy.product is ProductKind.SPOT:
        return FxSpot(pair=policy.pair, side=BUY, currency=currency, amount=amount)
    return FxForward(
        pair=policy.pair, side=BUY, currency=currency, amount=amount, value=When(policy.tenor)
    )


def _with_amount(terms: AnyResolved, amount: Decimal) -> AnyResolved:
    assert isinstance(terms, ResolvedFxSpot | ResolvedFxForward), "spot and forwards are streamed"
    leg = msgspec.structs.replace(terms.leg, amount=amount)
    return msgspec.structs.replace(terms, leg=leg)


def _negotiation(
    state: RobotState, set_id: str, policy: StreamPolicy, place: int, terms: AnyResolved
) -> Negotiation:
    """The conversation that a price would be. A side that hedging has to bring back is not made
    larger: then only the other one is shown.
    """
    larger = growing_side(state, policy.pair)
    side = larger.opposite if larger is not None else None
    return Negotiation(
        key=f"{policy.venue} stream {set_id}.{place} {state.now_ns}",
        venue=policy.venue,
        request_id="",
        rfq_id=RfqId(f"STREAM-{set_id}.{place}"),
        counterparty=policy.counterparty,
        tier=state.configured().counterparties[policy.counterparty].tier,
        pair=policy.pair,
        side=side,
        amount=policy.amounts[place],
        terms=with_side(terms, side or BUY),
        open_until_ns=state.now_ns + policy.life_ms * MILLISECOND_NS,
        streaming_until_ns=0,
        stream=set_id,
    )


def live_of(state: RobotState, known: StreamSet) -> dict[str, LiveQuote]:
    """Place -> quote of the set that is firm now."""
    found = {place: state.quotes.get(quote_id) for place, quote_id in known.entries.items()}
    return {place: quote for place, quote in found.items() if quote is not None}


def nothing_new(state: RobotState, known: StreamSet, priced: Sequence[PricedSize]) -> bool:
    """Whether the venue shows just this, or what is not shown was refused just so."""
    live = live_of(state, known)
    for one in priced:
        quote = live.pop(one.place, None)
        if quote is None:
            if known.left_out.get(one.place) != _as_text(one.offered):
                return False
        elif isinstance(one.offered, Refusal) or _prices(one.offered) != (quote.bid, quote.offer):
            return False
    return not live


def _prices(offered: Offered) -> tuple[Decimal | None, Decimal | None]:
    return offered.decision.bid, offered.decision.offer


def _as_text(offered: Offered | Refusal) -> str:
    if isinstance(offered, Refusal):
        return offered.reason
    return "{}/{}".format(*_prices(offered))


def replace_set(
    context: Context, set_id: str, policy: StreamPolicy, priced: Sequence[PricedSize]
) -> None:
    """What the set showed is dead, then what the gate holds of the new prices is shown."""
    state, known = context.state, context.state.stream_sets[set_id]
    known.former = {place: quote.quote_id for place, quote in live_of(state, known).items()}
    end_quotes(context, known.former.values(), "REPLACED")
    quotes, because = _shown(context, known, priced)
    known.sent_ns = state.now_ns
    if not quotes:
        tell_gone(context, policy, known.former.values(), "NOTHING_SHOWN")
        known.former = {}
        for decided in because:
            context.emit(decided)
        return
    known.mass_quote_id = state.next_id("Q")
    context.emit(
        SendMassQuote(
            venue=policy.venue,
            mass_quote_id=known.mass_quote_id,
            set_id=set_id,
            pair=policy.pair,
            quotes=quotes,
        )
    )
    for decided in because:
        context.emit(decided)
    known.unanswered_ns = known.unanswered_ns or state.now_ns
    if not known.listening:
        listen(state, set_id, known, state.now_ns + patience_ns(state, 0))


def _shown(
    context: Context, known: StreamSet, priced: Sequence[PricedSize]
) -> tuple[tuple[SendQuote, ...], list[Decided]]:
    """Each price reserved and entered as live; what is refused is left out, told once."""
    state = context.state
    before, known.entries, known.left_out = known.left_out, {}, {}
    quotes: list[SendQuote] = []
    because: list[Decided] = []
    for one in priced:
        result = _show(context, one.negotiation, one.offered)
        if isinstance(result, LiveQuote):
            known.entries[one.place] = result.quote_id
            quotes.append(quote_message(one.negotiation, result, None))
            because.append(_decided(state, one, result))
            continue
        known.left_out[one.place] = _as_text(one.offered)
        if before.get(one.place) != known.left_out[one.place]:
            because.append(_decided(state, one, result))
    return tuple(quotes), because


def _show(
    context: Context, negotiation: Negotiation, offered: Offered | Refusal
) -> LiveQuote | Refusal:
    if isinstance(offered, Refusal):
        return offered
    state = context.state
    quote = live_quote(state, negotiation, QuoteId(state.next_id("Q")), offered)
    prices = {side: price for side in SIDES if (price := quote.price(side)) is not None}
    refusal = judge(context, negotiation, quote.quote_id, prices, offered.market)
    if refusal is not None:
        return refusal
    state.negotiations[negotiation.key] = negotiation
    show_quote(state, negotiation, quote)
    return quote


def _decided(state: RobotState, one: PricedSize, result: LiveQuote | Refusal) -> Decided:
    negotiation, offered = one.negotiation, one.offered
    refused = result if isinstance(result, Refusal) else None
    made = offered if isinstance(offered, Offered) else None
    passed = offered if isinstance(offered, Refusal) else None
    facts = told_of(made) if made is not None else {}
    because = made.decision.because if made is not None else ()
    if passed is not None:
        facts, because = passed.facts, passed.because
    return Decided(
        subject=negotiation.rfq_id,
        kind="STREAM",
        outcome="REFUSED" if refused is not None else "QUOTED",
        reason=refused.reason if refused is not None else "",
        detail=refused.detail if refused is not None else _as_text(offered),
        venue=negotiation.venue,
        counterparty=negotiation.counterparty,
        pair=negotiation.pair,
        amount=negotiation.amount,
        side=negotiation.side or "TWO_WAY",
        quote_id=result.quote_id if isinstance(result, LiveQuote) else None,
        strategy=strategy_name(state) if made is not None or because else "",
        facts=facts,
        because=because,
        row=offered.row,
        checks=refused.checks if refused is not None else state.gate.checks,
    )


def take_back(context: Context, known: StreamSet, policy: StreamPolicy, reason: str) -> None:
    """Nothing can be shown in its place: what is shown ends here, and the venue is told."""
    quotes = [quote.quote_id for quote in live_of(context.state, known).values()]
    end_quotes(context, quotes, "WITHDRAWN")
    tell_gone(context, policy, quotes, reason)


def end_quotes(context: Context, quotes: Iterable[QuoteId], ending: str) -> None:
    state = context.state
    for quote_id in quotes:
        end_negotiation(context, state.negotiations[state.quotes[quote_id].negotiation], ending)


def tell_gone(
    context: Context, policy: StreamPolicy, quotes: Iterable[QuoteId], reason: str
) -> None:
    for quote_id in quotes:
        context.emit(
            WithdrawQuote(
                venue=policy.venue,
                quote_id=quote_id,
                request_id="",
                pair=policy.pair,
                reason=reason,
            )
        )


def listen(state: RobotState, set_id: str, known: StreamSet, due_ns: int) -> None:
    known.listening = True
    state.schedule(due_ns, STREAM_SILENCE, set_id)


def patience_ns(state: RobotState, asked: int) -> int:
    patience_ms: int = state.configured().orders.answer_patience_ms * 2 ** min(
        asked, ASKED_DOUBLED_MAX
    )
    return patience_ms * MILLISECOND_NS
