"""Opening an ask: the product is read as a client's would be, and each maker gets its request.

Whoever cannot be asked stands in the comparison with the reason; where nobody can, the ask is
refused with the first one.
"""

from __future__ import annotations

from collections.abc import Iterable

from robot.basics.ids import CounterpartyId, VenueId
from robot.basics.numbers import ZERO
from robot.core.ask_facts import first_move
from robot.core.asked import Ask, AskedMaker, Outcome
from robot.core.asking_ends import asked_terms, middle_fact, remember, subject_of_ask
from robot.core.asking_take import ASK
from robot.core.games import words_of
from robot.core.intake import SaidTerms, said_terms
from robot.core.messaging import take_message
from robot.core.otherwise import Otherwise
from robot.core.quoting import ASK_DECIDE, ASK_OVER, MILLISECOND_NS, dealing_refusal
from robot.core.state import Context, EndedAsk, RobotState
from robot.core.stops import Subject
from robot.deals.agreed import kind_of, with_side
from robot.deals.reference import VenueReference
from robot.limits.exposure import line_limit
from robot.limits.limit import Reason, Refusal
from robot.market.snapshot import NoMarket
from robot.messages.asks import AskEnded, AskOpened, AskWanted, SendAsk
from robot.messages.effects import AlertRaised, Decided


def on_ask_wanted(context: Context, event: AskWanted) -> None:
    """Say it once, date it once, ask each maker that may be asked."""
    state = context.state
    ask_id = state.next_id("A")
    opened = _open(context, event, ask_id)
    if isinstance(opened, Refusal):
        _refuse(context, event, ask_id, opened)
        return
    state.asks[ask_id] = opened
    asked = [maker for maker in opened.makers if maker.asked and maker.closed is None]
    context.emit(
        AskOpened(
            ask_id=ask_id,
            request=event.request,
            actor=event.actor,
            reason=event.reason,
            terms=asked_terms(opened),
            side=opened.side,
            two_way=opened.two_way,
            limit_price=opened.limit_price,
            asked=len(asked),
            decide_ns=opened.decide_ns,
            open_until_ns=opened.open_until_ns,
            game=opened.game,
        )
    )
    for maker in asked:
        _send(context, opened, maker)
    _decide(context, event, ask_id, None, middle_fact(context, opened.terms), opened.because)
    state.schedule(opened.decide_ns, ASK_DECIDE, ask_id)
    state.schedule(opened.open_until_ns, ASK_OVER, ask_id)


def _open(context: Context, event: AskWanted, ask_id: str) -> Ask | Refusal:
    """The ask with everybody whom it is for, or the first reason against it."""
    state = context.state
    refusal = _first_refusal(state, event)
    if refusal is not None:
        return refusal
    state.seen_asks[event.request] = True
    found = _makers(context, event)
    if isinstance(found, Refusal):
        return found
    ask = _ask(context, event, ask_id, *found)
    refusal = _number(context, ask, ask.makers) if not ask.game else _choose(context, ask)
    return refusal if refusal is not None else ask


def _ask(
    context: Context, event: AskWanted, ask_id: str, said: SaidTerms, makers: list[AskedMaker]
) -> Ask:
    state = context.state
    policy = state.configured().asks
    return Ask(
        ask_id=ask_id,
        request=event.request,
        actor=event.actor,
        strategy=event.strategy,
        game=event.game,
        begun_ns=state.now_ns,
        pair=said.pair,
        side=event.side,
        amount=event.amount,
        terms=with_side(said.terms, event.side),
        two_way=event.two_way,
        limit_price=event.limit_price,
        decide_ns=state.now_ns + (event.patience_ms or policy.patience_ms) * MILLISECOND_NS,
        open_until_ns=state.now_ns + policy.open_ms * MILLISECOND_NS,
        makers=makers,
    )


def _makers(context: Context, event: AskWanted) -> tuple[SaidTerms, list[AskedMaker]] | Refusal:
    """The product, and who may be asked for it: the others are closed with the reason."""
    said: SaidTerms | None = None
    makers: list[AskedMaker] = []
    first: Refusal | None = None
    for venue in _venues(context.state, event):
        read = said_terms(context, venue, event)
        if not isinstance(read, Refusal):
            said = said or read
        for name in venue.asked:
            if not event.makers or name in event.makers:
                maker = AskedMaker(venue=venue.id, maker=name)
                against = (
                    read
                    if isinstance(read, Refusal)
                    else dealing_refusal(context.state, _subject(event, read, maker))
                    or _not_admitted(context.state, name)
                )
                if against is not None:
                    first = first or against
                    maker.close(Outcome.NOT_ASKED, f"{against.reason}: {against.detail}")
                makers.append(maker)
    if said is not None and any(maker.closed is None for maker in makers):
        return said, makers
    detail = "no venue has makers (desk.yaml)"
    return first or Refusal(reason=Reason.UNKNOWN_COUNTERPARTY, detail=detail)


def _subject(event: AskWanted, said: SaidTerms, maker: AskedMaker) -> Subject:
    return Subject(
        venue=maker.venue,
        product=kind_of(said.terms),
        pair=said.pair,
        counterparty=maker.maker,
        strategy=event.strategy,
        trader="" if event.strategy else event.actor,
    )


def _not_admitted(state: RobotState, maker: CounterpartyId) -> Refusal | None:
    """Whether we could not deal with a maker at all."""
    if maker not in state.configured().counterparties:
        detail = f"maker {maker} is not admitted"
        return Refusal(reason=Reason.UNKNOWN_COUNTERPARTY, detail=detail)
    line = state.gate.accounts.get(line_limit(maker))
    if line is None or not line.maximum > ZERO:
        return Refusal(reason=Reason.COUNTERPARTY_LINE, detail=f"{maker} has no line")
    return None


def _choose(context: Context, ask: Ask) -> Refusal | None:
    """The game says whom to ask first; its walk-away in words is kept for the whole ask."""
    words = words_of(context.live, ask.game)
    if isinstance(words, str):
        return _failed(context, ask, words)
    ask.words = words
    market = context.priced(ask.terms)
    if isinstance(market, NoMarket):
        return Refusal(reason=Reason(market.reason), detail=market.detail)
    move = first_move(context, ask, market)
    if isinstance(move, str):
        return _failed(context, ask, move)
    if move.end:
        detail = "; ".join((f"game {ask.game!r} asks nobody", *move.because))
        return Refusal(reason=Reason.STRATEGY_PASSED, detail=detail)
    ask.tighten(move.walk_away, move.walk_aways)
    ask.because += move.because
    return _number(context, ask, [one for one in ask.makers if one.maker in move.ask])


def _failed(context: Context, ask: Ask, problem: str) -> Refusal:
    text = f"game {ask.game!r}: {problem}"
    context.emit(AlertRaised(code="STRATEGY_FAILED", text=text))
    return Refusal(reason=Reason.STRATEGY_FAILED, detail=text)


def ask_more(
    context: Context,
    ask: Ask,
    names: tuple[CounterpartyId, ...],
    because: tuple[str, ...],
    other: Otherwise | None = None,
) -> None:
    """Requests of the same ask to further makers, or to the same ones for another amount or tenor;
    the patience for answers begins anew. Whatever is quoted, one quote is dealt on at most.
    """
    state = context.state
    further = _further(ask, names, other)
    refusal = _number(context, ask, further)
    ask.because += because
    if refusal is not None:
        ask.because.append(f"nobody more is asked: {refusal.reason}: {refusal.detail}")
    for maker in further:
        if maker.asked and maker.closed is None:
            _send(context, ask, maker)
    patience_ns = state.configured().asks.patience_ms * MILLISECOND_NS
    ask.decide_ns = min(state.now_ns + patience_ns, ask.open_until_ns)
    state.schedule(ask.decide_ns, ASK_DECIDE, ask.ask_id)


def _further(
    ask: Ask, names: tuple[CounterpartyId, ...], other: Otherwise | None
) -> list[AskedMaker]:
    """The rows of these makers that are not asked yet; for another amount or tenor new ones."""
    if other is None:
        return [one for one in ask.makers if one.maker in names and not one.asked]
    terms, amount, tenor = other
    places = dict.fromkeys(
        (one.venue, one.maker) for one in ask.makers if one.maker in names and one.closed is None
    )
    further = [
        AskedMaker(venue=venue, maker=name, terms=terms, amount=amount, tenor=tenor)
        for venue, name in places
    ]
    ask.makers += further
    return further


def _number(context: Context, ask: Ask, makers: list[AskedMaker]) -> Refusal | None:
    """A request id for each that is asked, as far as the message rate goes."""
    state = context.state
    most = state.configured().asks.makers_max
    asked = [maker for maker in makers if maker.closed is None]
    if len(asked) + sum(maker.asked for maker in ask.makers) > most:
        detail = f"{len(asked)} makers, at most {most} are asked at once: name them"
        return Refusal(reason=Reason.OVERLOADED, detail=detail)
    refusal = None
    for maker in asked:
        subject = subject_of_ask(ask, maker.venue, maker.maker)
        refusal = (
            dealing_refusal(state, subject)
            or _not_admitted(state, maker.maker)  # a line may have been cut since it was opened
            or take_message(context, subject)
        )
        if refusal is not None:
            maker.close(Outcome.NOT_ASKED, f"{refusal.reason}: {refusal.detail}")
        else:
            maker.request_id = state.next_id("A")
    return refusal if all(maker.closed is not None for maker in asked) else None


def _first_refusal(state: RobotState, event: AskWanted) -> Refusal | None:
    """What can be said against an ask before its product is read."""
    policy = state.configured().asks
    if event.request in state.seen_asks:
        detail = f"ask {event.request} came before"
        return Refusal(reason=Reason.DUPLICATE_REQUEST, detail=detail)
    if len(state.asks) >= policy.outstanding_max:
        detail = f"{len(state.asks)} asks are open already"
        return Refusal(reason=Reason.OVERLOADED, detail=detail)
    limit, patience = event.limit_price, event.patience_ms
    if (limit is not None and not limit.is_finite()) or not 0 <= patience <= policy.open_ms:
        detail = f"limit {limit}, patience {patience} ms of at most {policy.open_ms}"
        return Refusal(reason=Reason.MALFORMED, detail=detail)
    venues = {venue.id: venue for venue in state.configured().venues}
    for name in event.venues:
        if name not in venues:
            return Refusal(reason=Reason.UNKNOWN_VENUE, detail=f"venue {name} is not configured")
    known = {maker for venue in _venues(state, event) for maker in venue.asked}
    for maker in event.makers:
        if maker not in known:
            detail = f"{maker} is no maker at {', '.join(event.venues) or 'any venue'}"
            return Refusal(reason=Reason.UNKNOWN_COUNTERPARTY, detail=detail)
    return None


def _venues(state: RobotState, event: AskWanted) -> list[VenueReference]:
    """Whom to ask: in the order of the configuration."""
    return [
        venue
        for venue in state.configured().venues
        if venue.asked and (not event.venues or venue.id in event.venues)
    ]


def _send(context: Context, ask: Ask, maker: AskedMaker) -> None:
    context.state.ask_of_request[maker.request_id] = ask.ask_id
    context.emit(
        SendAsk(
            venue=maker.venue,
            ask_id=ask.ask_id,
            request_id=maker.request_id,
            maker=maker.maker,
            terms=asked_terms(ask, maker),
            side=None if ask.two_way else ask.side,
            open_until_ns=ask.open_until_ns,
        )
    )


def _refuse(context: Context, event: AskWanted, ask_id: str, refusal: Refusal) -> None:
    _decide(context, event, ask_id, refusal)
    because = (f"{refusal.reason}: {refusal.detail}",)
    record = AskEnded(
        ask_id=ask_id, request=event.request, outcome="REFUSED", quotes=(), because=because
    )
    context.emit(record)
    remember(context.state, EndedAsk(record))


def _decide(
    context: Context,
    event: AskWanted,
    ask_id: str,
    refusal: Refusal | None,
    more: dict[str, str] | None = None,
    because: Iterable[str] = (),
) -> None:
    limit = event.limit_price
    context.emit(
        Decided(
            subject=ask_id,
            kind="ASK",
            outcome="REFUSED" if refusal is not None else "SENT",
            reason=refusal.reason if refusal is not None else "",
            detail=refusal.detail if refusal is not None else "",
            venue=VenueId(",".join(event.venues)),
            counterparty=",".join(event.makers),
            pair=event.pair,
            amount=event.amount,
            side=event.side,
            strategy=ASK,
            facts={
                "request": event.request,
                "product": event.product,
                "two_way": str(event.two_way),
                "limit": str(limit) if limit is not None else "",
                **({"game": event.game} if event.game else {}),
                **(more or {}),
            },
            because=(f"wanted by {event.actor}: {event.reason}", *because),
        )
    )
