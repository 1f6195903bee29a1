"""An ask of ours as its game strategy sees it, and the game asked for its move.

Nothing is done here: a move that cannot be meant, and a game that fails, come back as text.
"""

from __future__ import annotations

from robot.bargaining import AskFacts, AskMove, MakerSeen, move_problem
from robot.basics.ids import CounterpartyId
from robot.core.asked import Ask, AskedMaker
from robot.core.games import public_fixings
from robot.core.offering import chance_of
from robot.core.otherwise import tenors_seen
from robot.core.said import value_dates
from robot.core.state import Context, RobotState
from robot.market.pricing import Priced
from robot.strategy import price_problem

PROBLEM_MAX = 500
"""Characters that are told of what is wrong with a move."""


def ask_facts(context: Context, ask: Ask, market: Priced) -> AskFacts:
    """What the game may know at this moment."""
    state, policy = context.state, context.state.configured().asks
    near, far = value_dates(ask.terms)
    before = _before(state, ask)
    return AskFacts(
        ask_id=ask.ask_id,
        pair=ask.pair,
        product=ask.kind,
        side=ask.side,
        better=-ask.direction,
        amount=ask.amount,
        value_date=near,
        far_value_date=far,
        limit=ask.limit_price,
        bid=market.bid,
        offer=market.offer,
        mid=market.mid,
        pip=market.pip,
        tick=market.tick,
        spot=market.spot,
        begun_ns=ask.begun_ns,
        now_ns=state.now_ns,
        open_until_ns=ask.open_until_ns,
        patience_ms=policy.patience_ms,
        answers_left=policy.counters_max,
        makers=tuple(_seen(state, ask, maker, before) for maker in ask.makers),
        chance=chance_of(state.configured().seed, ask.ask_id, state.stepped),
        clock_s=state.configured().zone.clock_s(state.now_ns),
        **public_fixings(state, context.live)._asdict(),
        asks_before=len(before),
        trade_date=ask.terms.trade_date,
        amount_most=ask.amount if ask.strategy else None,
        tenors=tenors_seen(context, ask),
    )


def _before(state: RobotState, ask: Ask) -> list[set[CounterpartyId]]:
    """Who was asked in each earlier ask of this game that is remembered, the latest first."""
    ended = [one.ask for one in state.ended_asks.values() if one.ask is not None]
    asked = [
        {maker.maker for maker in one.makers if maker.asked}
        for one in ended
        if one.game == ask.game
    ]
    return asked[::-1]


def _seen(
    state: RobotState, ask: Ask, maker: AskedMaker, before: list[set[CounterpartyId]]
) -> MakerSeen:
    margin_ns = state.configured().asks.margin_ms * 1_000_000
    quote = maker.live
    if quote is not None and not quote.valid_until_ns > state.now_ns + margin_ns:
        quote = None
    return MakerSeen(
        venue=maker.venue,
        maker=maker.maker,
        asked=maker.asked,
        amount=maker.amount,
        tenor=maker.tenor,
        quote_id=ask.name_of(maker, quote) if quote is not None else "",
        price=quote.price.value if quote is not None and quote.price is not None else None,
        valid_until_ns=quote.valid_until_ns if quote is not None else 0,
        counters=sum(one.ours for one in maker.said),
        closed=_why_closed(maker),
        refused=quote.refusal if quote is not None else "",
        said=maker.said,
        asked_ago=next((ago for ago, names in enumerate(before, 1) if maker.maker in names), 0),
    )


def _why_closed(maker: AskedMaker) -> str:
    """Why no quote of it is to come; empty = one may."""
    if maker.closed is not None:
        return f"{maker.closed}: {maker.detail}"
    refused = maker.turned_down
    return f"{refused.outcome}: {refused.detail}" if refused is not None else ""


def first_move(context: Context, ask: Ask, market: Priced) -> AskMove | str:
    """Whom the game wants to ask first; what is wrong where it fails or says nonsense."""
    return _asked(context, ask, ask_facts(context, ask, market), first=True)


def next_move(context: Context, ask: Ask, market: Priced) -> AskMove | str:
    """What the game wants now; what is wrong where it fails or says nonsense."""
    return _asked(context, ask, ask_facts(context, ask, market), first=False)


def _asked(context: Context, ask: Ask, facts: AskFacts, *, first: bool) -> AskMove | str:
    game = context.live.games.get(ask.game)
    if game is None:
        return f"no game strategy {ask.game!r} is in force"
    method = getattr(game, "choose" if first else "bargain", None)
    if not callable(method):
        return f"game {ask.game!r} leads no asks"
    try:
        move = method(facts)
        return _problem(move, facts, first=first) or move
    except Exception as error:  # whatever a strategy raises must not stop the robot
        return f"{type(error).__name__}: {error}"[:PROBLEM_MAX]


def _problem(move: AskMove, facts: AskFacts, *, first: bool) -> str:
    problem = move_problem(move, facts)
    if not problem and first and not (move.ask or move.end):
        problem = "before anybody was asked there is nothing but ask or end"
    if problem:
        return problem[:PROBLEM_MAX]
    problem = price_problem(move.price, facts.tick)
    return f"price {problem}" if problem else ""
