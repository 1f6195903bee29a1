"""An ask that a game strategy leads: what it wants is looked at again, and done or refused.

Rules no game can relax: nothing past the walk-away is said or dealt on, nothing said to a maker is
made worse for it later, no maker hears more than `asks.counters_max` prices, and a game that fails
ends its ask without a deal.
"""

from __future__ import annotations

from decimal import Decimal

from robot.bargaining import AskMove
from robot.basics.ids import QuoteId, VenueId
from robot.core.ask_facts import next_move
from robot.core.asked import Ask, AskedMaker, MakerQuote
from robot.core.asking_counters import counter_refusal, send_counter
from robot.core.asking_ends import end_ask, middle_fact
from robot.core.asking_open import ask_more
from robot.core.asking_take import take
from robot.core.games import public_fixings, told_fixings
from robot.core.otherwise import otherwise
from robot.core.quoting import ASK_DECIDE, MILLISECOND_NS
from robot.core.state import Context
from robot.limits.limit import Reason, Refusal
from robot.market.snapshot import NoMarket
from robot.messages.effects import AlertRaised, Decided

MOVES_MAX = 200
"""Of one ask: a game that moves more often is one that goes round in circles."""
NO_MARKET_MS = 500
"""After so long a game whose market is not fit to deal on is looked at again."""


def play(context: Context, ask: Ask) -> None:
    """Ask the game until it waits for somebody, or the ask has ended."""
    while ask.ask_id in context.state.asks:
        market = context.priced(ask.terms)
        if isinstance(market, NoMarket):
            _look_later(context, ask, NO_MARKET_MS)
            return
        move = next_move(context, ask, market)
        ask.moves += 1
        if not isinstance(move, str) and ask.moves > MOVES_MAX:
            move = f"more than {MOVES_MAX} moves"
        if isinstance(move, str):
            _fail(context, ask, move)
            return
        ask.tighten(move.walk_away, move.walk_aways)
        if _do(context, ask, move):
            return


def _do(context: Context, ask: Ask, move: AskMove) -> bool:
    """Do it; whether somebody else is to speak now (else the game is asked again)."""
    if move.end:
        _tell(context, ask, "WALKED_AWAY", move.because)
        end_ask(context, ask, "NOT_DEALT", f"game {ask.game!r} walks away", *move.because)
        return True
    if move.wait_ms:
        _look_later(context, ask, move.wait_ms)
        return True
    if move.ask:
        return _ask(context, ask, move)
    meant = _meant(ask, move.take or move.counter)
    if len(meant) != 1:
        _fail(context, ask, f"{len(meant)} quotes are called {move.take or move.counter}")
        return True
    if move.take:
        return _take(context, ask, *meant[0], move)
    assert move.price is not None, "checked with the move"
    return _counter(context, ask, *meant[0], move, move.price)


def _ask(context: Context, ask: Ask, move: AskMove) -> bool:
    """Ask these banks, for another amount or tenor only where the game's own bounds have it."""
    if move.amount is None and not move.tenor:
        _tell(context, ask, "ASKED", move.because)
        ask_more(context, ask, move.ask, move.because)
        return True
    other = otherwise(context, ask, move.amount, move.tenor)
    if isinstance(other, str):
        _fail(context, ask, other)
        return True
    before = len(ask.makers)
    ask_more(context, ask, move.ask, move.because, other)
    asked: dict[str, AskedMaker] = {}
    for maker in ask.makers[before:]:
        if maker.asked:
            asked.setdefault(maker.maker, maker)  # told once, at however many venues
    for maker in asked.values():
        _tell(context, ask, "ASKED", move.because, maker)
    return True


def _take(context: Context, ask: Ask, maker: AskedMaker, quote: MakerQuote, move: AskMove) -> bool:
    """Deal on it; where the limits refuse, the game is asked again and sees why."""
    if quote.refusal:
        _fail(context, ask, f"{quote.quote_id} cannot be dealt on: {quote.refusal}")
        return True
    of_days = [f"fixings: {text}" for text in _fixings(context, ask).values()]
    refusal = take(context, ask, maker, quote, f"game {ask.game!r}", *move.because, *of_days)
    if refusal is not None:
        _tell_past(context, ask, maker, refusal)
        quote.refusal = f"{refusal.reason}: {refusal.detail}"
    return refusal is None


def _tell_past(context: Context, ask: Ask, maker: AskedMaker, refusal: Refusal) -> None:
    """Somebody is told that the game wanted to go past its walk-away."""
    if refusal.reason is Reason.WALK_AWAY:
        told = f"{ask.ask_id} to {maker.maker}: {refusal.detail}; it is not sent"
        context.emit(AlertRaised(code="WALK_AWAY", text=told))


def _counter(
    context: Context,
    ask: Ask,
    maker: AskedMaker,
    quote: MakerQuote,
    move: AskMove,
    wanted: Decimal,
) -> bool:
    """Say it, held to what was said to that maker before."""
    state = context.state
    said = [one.price for one in maker.said if one.ours]
    price, because = wanted, move.because
    if said and ask.is_worse(said[-1], wanted):
        price, because = said[-1], (*because, f"{wanted} is worse for them than our {said[-1]}")
    refusal = counter_refusal(context, ask, maker, quote, price)
    heard = sum(
        one.ours
        for row in ask.makers
        if (row.venue, row.maker) == (maker.venue, maker.maker)
        for one in row.said
    )
    if refusal is None and heard >= state.configured().asks.counters_max:
        detail = f"{heard} prices were said to {maker.maker} (asks.counters_max)"
        refusal = Refusal(reason=Reason.NOT_NEGOTIABLE, detail=detail)
    if refusal is not None:
        _tell_past(context, ask, maker, refusal)
        _fail(context, ask, f"{refusal.reason}: {refusal.detail}", refusal.reason)
        return True
    ask.decide_ns = state.now_ns  # what it waited for before is over: from here on an answer
    send_counter(context, ask, maker, quote, price, f"by game {ask.game!r}")
    _tell(context, ask, f"COUNTERED at {price}", because, maker, quote)
    return True


def _fixings(context: Context, ask: Ask) -> dict[str, str]:
    """The benchmarks that the game of an ask names, and of which day each was."""
    named = getattr(context.live.games.get(ask.game), "fixings", ())
    told = public_fixings(context.state, context.live)
    own = {name: value for name, value in told.fixings.items() if name in named}
    return told_fixings(own, told.fixing_days)


def _meant(ask: Ask, name: str) -> list[tuple[AskedMaker, MakerQuote]]:
    """The live quotes that the game was told under this name: one, whatever makers call theirs."""
    named = ask.quotes_named(name)
    return [
        (maker, quote)
        for maker, quote in named
        if quote is maker.live and ask.name_of(maker, quote) == name
    ]


def _look_later(context: Context, ask: Ask, wait_ms: int) -> None:
    state = context.state
    due_ns = min(state.now_ns + wait_ms * MILLISECOND_NS, ask.open_until_ns)
    ask.decide_ns = due_ns
    state.schedule(due_ns, ASK_DECIDE, ask.ask_id)


def _fail(
    context: Context, ask: Ask, problem: str, reason: Reason = Reason.STRATEGY_FAILED
) -> None:
    """The ask ends without a deal, and somebody is told."""
    text = f"game {ask.game!r} in ask {ask.ask_id}: {problem}"
    if reason is Reason.STRATEGY_FAILED:
        context.emit(AlertRaised(code="STRATEGY_FAILED", text=text))
    _tell(context, ask, "REFUSED", (problem,), reason=reason)
    end_ask(context, ask, "NOT_DEALT", text)


def _tell(
    context: Context,
    ask: Ask,
    outcome: str,
    because: tuple[str, ...],
    maker: AskedMaker | None = None,
    quote: MakerQuote | None = None,
    reason: str = "",
) -> None:
    """The move on the record, with all that was said to that maker."""
    name, _, detail = outcome.partition(" ")
    said = maker.said if maker is not None else ()
    worst = ask.walk_aways.get(maker.tenor if maker is not None else "", ask.walk_away)
    talk = " ".join(f"{'we' if one.ours else 'they'}:{one.price}" for one in said)
    context.emit(
        Decided(
            subject=ask.ask_id,
            kind="GAME",
            outcome=name,
            reason=reason,
            detail=detail,
            venue=maker.venue if maker is not None else VenueId(""),
            counterparty=maker.maker if maker is not None else "",
            pair=ask.pair,
            amount=ask.amount_of(maker) if maker is not None else ask.amount,
            side=ask.side,
            quote_id=QuoteId(quote.quote_id) if quote is not None else None,
            strategy=ask.game,
            facts={
                "limit": str(ask.limit_price) if ask.limit_price is not None else "",
                "walk_away": str(worst) if worst is not None else "",
                "said": talk,
                **_fixings(context, ask),
                **middle_fact(context, ask.terms if maker is None else ask.terms_of(maker)),
                **(ask.asked_otherwise(maker) if maker is not None else {}),
            },
            because=because,
        )
    )
