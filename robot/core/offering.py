"""A price for a negotiation: the market of this moment, what the strategy says, and why.

Requests and streams are priced here alike; whether the gate holds what is offered is for the
caller.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import NamedTuple

import msgspec

from robot.bargaining import Talk
from robot.basics.currency import CurrencyPair, base_of, round_amount
from robot.basics.ids import QuoteId
from robot.basics.numbers import ZERO
from robot.core.games import by_game, public_fixings, told_fixings
from robot.core.quoting import MILLISECOND_NS
from robot.core.ruled import Ruled, do_beside, rule_on, tell_failed, with_reasons
from robot.core.said import dealt_currency, value_dates
from robot.core.state import Context, LiveQuote, Negotiation, RobotState
from robot.core.versions import Version
from robot.deals.party import BUY, SELL, Side
from robot.deals.product import ProductKind, price_side
from robot.limits.exposure import position_limit
from robot.limits.limit import Reason, Refusal
from robot.market.pricing import Priced
from robot.market.snapshot import NoMarket
from robot.messages.effects import AlertRaised
from robot.rules.types import Value
from robot.strategy import Decision, Facts, Strategy, foreign_problem


class Basis(NamedTuple):
    """What the strategy may know, and the market it is of."""

    facts: Facts
    market: Priced


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A price the strategy proposes and the facts it saw."""

    facts: Facts
    decision: Decision
    market: Priced
    valid_ms: int = 0
    """How long it is firm; 0 = as the desk's policy says."""
    rules: dict[str, str] = {}
    """The rule that decided and its facts, as text."""
    row: tuple[Value, ...] = ()
    """All facts that the rule book looks at."""


class Deferred(NamedTuple):
    """Somebody else decides: a person, or the strategy in a process of its own."""

    ruled: Ruled
    basis: Basis


def basis(context: Context, negotiation: Negotiation) -> Basis | Refusal:
    """What a price is worked out from at this moment."""
    state = context.state
    if not valid_until(state, negotiation) > state.now_ns:
        return Refusal(reason=Reason.REQUEST_EXPIRED, detail="the request's own time is over")
    market = context.priced(negotiation.terms)
    if isinstance(market, NoMarket):
        return Refusal(reason=Reason(market.reason), detail=market.detail)
    facts = _facts(state, negotiation, market)
    # Both versions decide on the same facts: a candidate that shadows, too.
    playing = [one for one in (context.live, context.candidate) if one is not None and one.games]
    if playing:
        facts = msgspec.structs.replace(
            facts,
            **public_fixings(state, *playing)._asdict(),
            clock_s=state.configured().zone.clock_s(state.now_ns),
        )
    return Basis(facts, market)


def offer(
    context: Context, negotiation: Negotiation, *, first: bool = False
) -> Offered | Deferred | Refusal:
    """The price, on the market of this moment, of the strategy that answers this. `first` =
    somebody asks for it now.
    """
    found = basis(context, negotiation)
    if isinstance(found, Refusal):
        return found
    version = (context.candidate if negotiation.trial else None) or context.live
    if version.books:
        return _offer_by_rules(context, version, negotiation, found, first=first)
    return offer_on(context, version, found)


def offer_on(context: Context, version: Version, found: Basis) -> Offered | Refusal:
    """The price of a version without rule books."""
    decision = _decide(context, version.strategy, found.facts)
    if isinstance(decision, Refusal):
        return decision
    refusal = passed(decision)
    if refusal is None:
        return Offered(facts=found.facts, decision=decision, market=found.market)
    return msgspec.structs.replace(refusal, facts=told(found.facts)) if decision.game else refusal


def offer_at_once(context: Context, negotiation: Negotiation) -> Offered | Refusal:
    """The same where nobody can be waited for."""
    found = offer(context, negotiation)
    return not_now(found) if isinstance(found, Deferred) else found


def not_now(deferred: Deferred) -> Refusal:
    """Nobody else is asked for a price that is only to be kept fresh."""
    who = "a person" if deferred.ruled.person else deferred.ruled.handed
    detail = f"{who} would have to be asked"
    refusal = Refusal(reason=Reason.STRATEGY_PASSED, detail=detail)
    return with_reasons(refusal, deferred.ruled)


def _offer_by_rules(
    context: Context, version: Version, negotiation: Negotiation, found: Basis, *, first: bool
) -> Offered | Deferred | Refusal:
    books = version.books
    ruled = rule_on(context, books, negotiation, found.facts, found.market)
    if ruled.failed:
        tell_failed(context, ruled.failed)
    if first:
        do_beside(context, negotiation, found.facts, ruled)
    decision: Decision | Refusal | None = ruled.decision
    if ruled.refusal is not None:
        return with_reasons(ruled.refusal, ruled)
    if ruled.handed in books.hands:
        decision = _decide(context, books.hands[ruled.handed], found.facts)
        if isinstance(decision, Decision) and ruled.handed in version.games:
            decision = by_game(ruled.handed, decision)
        decision = passed(decision) or decision if isinstance(decision, Decision) else decision
    if decision is None:
        return Deferred(ruled, found)
    if isinstance(decision, Refusal):
        return with_reasons(decision, ruled)
    return offered_by_rules(ruled, decision, found)


def offered_by_rules(ruled: Ruled, decision: Decision, found: Basis) -> Offered:
    """A price with what the rule says of it."""
    if decision is not ruled.decision:
        because = (*ruled.because, *decision.because)
        decision = msgspec.structs.replace(decision, because=because)
    return Offered(
        facts=found.facts,
        decision=decision,
        market=found.market,
        valid_ms=ruled.valid_ms,
        rules=ruled.facts,
        row=ruled.row,
    )


def passed(decision: Decision) -> Refusal | None:
    """The refusal that a decision is; a game's with its reasons, as they are told of its prices."""
    if not decision.passed:
        return None
    detail = "; ".join((decision.passed, *decision.because))
    because = decision.because if decision.game else ()
    return Refusal(reason=Reason.STRATEGY_PASSED, detail=detail, because=because)


def ask_strategy(strategy: Strategy, facts: Facts) -> Decision | str:
    """What it decides; what is wrong where it fails or answers nonsense."""
    try:
        decision = strategy.decide(facts)
        return foreign_problem(decision, facts) or decision
    except (
        Exception
    ) as error:  # a strategy is foreign code: whatever it raises must not stop the robot
        return f"{type(error).__name__}: {error}"


def _decide(context: Context, strategy: Strategy, facts: Facts) -> Decision | Refusal:
    """Ask it; a failure is a refusal and an alert, never a quote."""
    decision = ask_strategy(strategy, facts)
    if isinstance(decision, str):
        problem = decision
        context.emit(AlertRaised(code="STRATEGY_FAILED", text=f"strategy failed: {problem}"))
        return Refusal(reason=Reason.STRATEGY_FAILED, detail=problem)
    return decision


def _facts(state: RobotState, negotiation: Negotiation, market: Priced) -> Facts:
    reference, terms, kind = state.configured(), negotiation.terms, negotiation.kind
    base = base_of(negotiation.pair)
    account = state.gate.accounts.get(position_limit(base)) if not kind.is_loan else None
    near, far = value_dates(terms)
    side, bargain = negotiation.wanted_side, negotiation.bargain
    return Facts(
        pair=negotiation.pair,
        product=kind,
        side=price_side(kind, side) if side is not None else None,
        amount=_base_amount(negotiation, market),
        counterparty=negotiation.counterparty,
        tier=negotiation.tier,
        bid=market.bid,
        offer=market.offer,
        mid=market.mid,
        market_age_ms=market.age_ms,
        pip=market.pip,
        tick=market.tick,
        value_date=near,
        far_value_date=far,
        spot=market.spot,
        position=state.ledger.net_position(base) if account is not None else ZERO,
        position_limit=account.maximum if account is not None else ZERO,
        gap=state.ledger.gap(reference.book, base, far or near),
        chance=chance_of(reference.seed, negotiation.key, state.stepped),
        their_price=bargain.theirs if bargain is not None else None,
        our_price=bargain.ours if bargain is not None else None,
        rounds=negotiation.rounds,
        talk=_talk(state, negotiation),
    )


def _talk(state: RobotState, negotiation: Negotiation) -> Talk | None:
    bargain = negotiation.bargain
    if bargain is None:
        return None
    return Talk(
        said=bargain.said,
        now_ns=state.now_ns,
        until_ns=bargain.until_ns,
        answers_left=state.configured().quotes.counters_max - bargain.counters + 1,
    )


def _base_amount(negotiation: Negotiation, market: Priced) -> Decimal:
    """The amount asked in base currency, at the middle of the spot market where it is dealt in the
    counter currency.
    """
    base = base_of(negotiation.pair)
    if market.spot is None or dealt_currency(negotiation.terms) == base:
        return negotiation.amount
    return round_amount(negotiation.amount / market.spot, base)


def chance_of(seed: int, key: str, draw: int) -> float:
    """A number in [0, 1) that depends on the journaled seed, the request and the event only."""
    digest = hashlib.sha256(f"{seed}|{key}|{draw}".encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48


def growing_side(state: RobotState, pair: CurrencyPair) -> Side | None:
    """The side that would make a position larger that hedging has not brought back yet."""
    for policy in state.configured().hedges:
        if policy.pair == pair and policy.widen_from is not None:
            base = base_of(pair)
            position = state.ledger.net_position(policy.currency or base)
            if abs(position) > policy.widen_from:
                return BUY if (position > ZERO) == (policy.currency in ("", base)) else SELL
    return None


def unhedged(state: RobotState, negotiation: Negotiation) -> Refusal | None:
    """Whether the request could do that."""
    longer = growing_side(state, negotiation.pair)
    if longer is None or negotiation.wanted_side not in (None, longer):
        return None
    policy = next(row for row in state.configured().hedges if row.pair == negotiation.pair)
    position = state.ledger.net_position(policy.currency or base_of(negotiation.pair))
    detail = f"position {position} is not hedged back under {policy.widen_from} yet"
    return Refusal(reason=Reason.UNHEDGED, detail=detail)


def live_quote(
    state: RobotState, negotiation: Negotiation, quote_id: QuoteId, offered: Offered
) -> LiveQuote:
    decision, market = offered.decision, offered.market
    return LiveQuote(
        quote_id=quote_id,
        negotiation=negotiation.key,
        bid=decision.bid,
        offer=decision.offer,
        bid_spot=market.bid_spot,
        offer_spot=market.offer_spot,
        near_points=market.near_points,
        valid_until_ns=valid_until(state, negotiation, offered.valid_ms),
    )


def valid_until(state: RobotState, negotiation: Negotiation, valid_ms: int = 0) -> int:
    """Until when a quote of this moment would be firm; `valid_ms` 0 = as the desk's policy says."""
    if negotiation.stream:
        return negotiation.open_until_ns  # the stream says how long
    life_ms = valid_ms or state.configured().quotes.life_ms
    until_ns = state.now_ns + life_ms * MILLISECOND_NS
    bargain = negotiation.bargain
    bargain_ns = bargain.until_ns if bargain is not None else 0
    for other_ns in (negotiation.open_until_ns, negotiation.streaming_until_ns, bargain_ns):
        if other_ns > 0:
            until_ns = min(until_ns, other_ns)
    return until_ns


def strategy_name(state: RobotState, negotiation: Negotiation | None = None) -> str:
    """Name and version of what answers this: the live strategy, or the candidate."""
    if negotiation is not None and negotiation.trial:
        return negotiation.trial
    choice = state.configured().strategy
    return f"{choice.name} {choice.version}"


def told_of(offered: Offered) -> dict[str, str]:
    """What a price was decided on, as text."""
    return told(offered.facts) | offered.rules


def told(facts: Facts) -> dict[str, str]:
    """The facts that changed the answer, as text."""
    told = {} if facts.product is ProductKind.SPOT else _told_terms(facts)
    return told | {
        "tier": facts.tier,
        "bid": str(facts.bid),
        "offer": str(facts.offer),
        "mid": str(facts.mid),
        "market_age_ms": str(facts.market_age_ms),
        "position": str(facts.position),
        "position_limit": str(facts.position_limit),
        **told_fixings(facts.fixings, facts.fixing_days),
        **_told_bargain(facts),
    }


def _told_bargain(facts: Facts) -> dict[str, str]:
    if facts.their_price is None:
        return {}
    return {
        "their_price": str(facts.their_price),
        "our_price": str(facts.our_price),
        "rounds": str(facts.rounds),
    }


def _told_terms(facts: Facts) -> dict[str, str]:
    told = {"product": str(facts.product), "value_date": str(facts.value_date)}
    if facts.far_value_date is not None:
        told["far_value_date"] = str(facts.far_value_date)
    if facts.spot is not None:
        told["spot"] = str(facts.spot)
    return told | {"gap": str(facts.gap)}
