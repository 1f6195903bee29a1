"""What rules do beside answering: ask banks, deal at a limit, bring a position back.

Of a request (the rule that passed it wants something done instead), and of a look by the clock: a
book with `every` looks at each of its instruments at that interval and after a deal, and a rule
does something at most once an interval. All of it goes the ways that persons' wishes go, through
the same gate; what is refused there stays refused.
"""

from __future__ import annotations

from decimal import Decimal

from robot.basics.currency import Currency, CurrencyPair, base_of
from robot.basics.ids import CounterpartyId, VenueId
from robot.basics.numbers import ZERO, round_down_to, round_up_to
from robot.core.asking_open import on_ask_wanted
from robot.core.book_looks import acted_key, decided_on, looked_at, next_look_ns, rests
from robot.core.hedging import best_venue, reduce_position
from robot.core.offering import strategy_name
from robot.core.orders import Wanted, send_order
from robot.core.quoting import MILLISECOND_NS, stop_refusal
from robot.core.rule_books import ReadyBook, Wish
from robot.core.rule_state import HedgeTried
from robot.core.rule_words import headline
from robot.core.ruled import facts_told, tell_alerts, tell_failed
from robot.core.state import Context, RobotState
from robot.core.stops import Subject
from robot.core.trial_looks import follow_candidate
from robot.deals.party import BUY, SELL, Side
from robot.deals.product import ProductKind, price_side
from robot.deals.reference import VenueReference
from robot.limits.limit import Reason, Refusal
from robot.market.pricing import RATE_TICK
from robot.messages.asks import AskWanted
from robot.messages.effects import AlertRaised, DealBooked, Decided
from robot.messages.orders import OrderKind, TimeInForce
from robot.rules.ruling import Ruling
from robot.rules.tree import AskBanks, AskPerson, DealAt, HandTo, Hedge, Literal, Pass
from robot.rules.types import DAY_MS, SCALE, Kind

BOOK_LOOK = "book_look"
_SIDES: dict[str, Side] = {"BUY": BUY, "BORROW": BUY, "SELL": SELL, "LEND": SELL}
_POINTS_STEPS = Decimal("0.01")
_TRIED_EVERY_NS = 1_000 * MILLISECOND_NS
"""Shortest time between two orders of a hedge that is tried for a while."""


def follow_up(context: Context) -> None:
    """After an event: what rules wished for, and looks that are due because a deal was made."""
    if context.state.rules.hedges:
        _try_hedges(context)
    wishes, context.wishes = context.wishes, ()
    for wish in wishes:
        carry_out(context, wish)
    looking = context.books.looking
    if context.state.reference is None:
        return
    looks = context.state.rules.looks
    dealt = any(isinstance(effect, DealBooked) for effect in context.effects)
    for ready in looking:
        if ready.file not in looks:
            _schedule(context.state, ready)
        elif dealt:
            _look(context, ready)
    follow_candidate(context, dealt=dealt)


def on_book_look(context: Context, key: str) -> None:
    """The interval of a book is over; of a book that is in force no more, nothing follows."""
    file, _, due = key.rpartition(" ")
    state = context.state
    if state.rules.looks.get(file) != int(due):
        return
    for ready in context.books.looking:
        if ready.file == file:
            _look(context, ready)
            _schedule(state, ready)
            return
    del state.rules.looks[file]


def _schedule(state: RobotState, ready: ReadyBook) -> None:
    due_ns = next_look_ns(state, ready)
    state.rules.looks[ready.file] = due_ns
    state.schedule(due_ns, BOOK_LOOK, f"{ready.file} {due_ns}")


def _look(context: Context, ready: ReadyBook) -> None:
    for kind, instrument in looked_at(context, ready):
        _look_at(context, ready, kind, instrument)


def _look_at(context: Context, ready: ReadyBook, kind: ProductKind, instrument: str) -> None:
    acted_ns, now_ns = context.state.rules.acted_ns, context.state.now_ns
    decided = decided_on(context, ready, kind, instrument)
    if isinstance(decided, str):
        tell_failed(context, decided)
        return
    ruling = decided[1]
    key = acted_key(ready, ruling, instrument)
    if rests(context.state, ready, acted_ns, key):
        return
    if ruling.alerts:
        acted_ns[key] = now_ns
        tell_alerts(context, ready, ruling)
    if isinstance(ruling.action, Pass):
        return
    acted_ns[key] = now_ns
    carry_out(context, Wish(ready, ruling, "", kind, instrument))


# --- doing it


def carry_out(context: Context, wish: Wish) -> None:
    """Do what a rule says, or say on the record why not."""
    state = context.state
    state.rules.made += 1
    name = f"RULE-{state.rules.made}"
    subject = _subject(state, wish.product, wish.instrument)
    refusal = _halted(state) or stop_refusal(state, subject) or _still_open(state, wish)
    if refusal is None and wish.ruling.refused:
        refusal = Refusal(reason=Reason.STRATEGY_PASSED, detail=wish.ruling.refused)
    if refusal is None:
        refusal = _do(context, wish, name)
    _record(context, wish, name, refusal)


def _subject(state: RobotState, product: ProductKind, instrument: str) -> Subject:
    strategy = state.configured().strategy.name
    return Subject(venue="", product=product, pair=instrument, strategy=strategy)


def _do(context: Context, wish: Wish, name: str) -> Refusal | None:
    action = wish.ruling.action
    if isinstance(action, Hedge):
        return _hedge(context, wish)
    if isinstance(action, DealAt) and wish.product is ProductKind.SPOT:
        return _deal_spot(context, wish, action, name)
    if isinstance(action, DealAt | AskBanks):
        return _ask(context, wish, action, name)
    if isinstance(action, AskPerson):
        text = f"{headline(wish.book.file, wish.ruling)}, on {wish.instrument}"
        context.emit(AlertRaised(code="PERSON_WANTED", text=text))
        return None  # nobody waits for an answer: whoever is told deals, or does not
    what = f"hand to {action.name}" if isinstance(action, HandTo) else type(action).__name__
    detail = f"{what}: only a request is answered so"
    return Refusal(reason=Reason.STRATEGY_PASSED, detail=detail)


def _halted(state: RobotState) -> Refusal | None:
    for text in state.halts.values():
        return Refusal(reason=Reason.DEALING_HALTED, detail=text)
    return None


def _still_open(state: RobotState, wish: Wish) -> Refusal | None:
    """What the rule did before for the same instrument has to end first: what it will change is
    not in the position yet.
    """
    actor = _actor(wish)
    asks = [ask.ask_id for ask in state.asks.values() if _same(ask.actor, ask.pair, wish)]
    orders = [
        order.order_id
        for order in state.orders.values()
        if order.purpose == f"for {actor}" and order.pair == wish.instrument
    ]
    tried = state.rules.hedges.get(CurrencyPair(wish.instrument))
    if tried is not None and tried.actor == actor and state.now_ns < tried.until_ns:
        orders.append("the hedge")
    if not asks and not orders:
        return None
    detail = f"{', '.join((*asks, *orders))} of the same rule is not over yet"
    return Refusal(reason=Reason.STRATEGY_PASSED, detail=detail)


def _same(actor: str, pair: str, wish: Wish) -> bool:
    return actor == _actor(wish) and pair == wish.instrument


def _actor(wish: Wish) -> str:
    """By whose word: the rule's."""
    return f"{wish.book.file} {wish.ruling.rule}"


def _hedge(context: Context, wish: Wish) -> Refusal | None:
    size, limit = _value(wish.ruling, "size"), _price(context, wish, "limit", None)
    because = (headline(wish.book.file, wish.ruling),)
    pair = CurrencyPair(wish.instrument)
    amount = Decimal(size) / 100 if size is not None else None
    position = context.state.ledger.net_position(base_of(pair))
    problem = reduce_position(context, pair, amount, limit, because)
    within = _value(wish.ruling, "within")
    if within and position and (amount is None or amount > ZERO):
        context.state.rules.hedges[pair] = HedgeTried(
            file=wish.book.file,
            actor=_actor(wish),
            because=because[0],
            until_ns=context.state.now_ns + within * MILLISECOND_NS,
            limit=limit,
            target=max(ZERO, abs(position) - amount) if amount is not None else ZERO,
            sign=1 if position > ZERO else -1,
        )
        return None
    return Refusal(reason=Reason.STRATEGY_PASSED, detail=problem) if problem else None


def _try_hedges(context: Context) -> None:
    """Bring back what is left of each hedge whose time is not over: whenever the market shows a
    price within its limit, by orders that deal at once or not at all.
    """
    state = context.state
    files = {ready.file for ready in context.books.books}
    for pair, tried in tuple(state.rules.hedges.items()):
        position = state.ledger.net_position(base_of(pair))
        left = position * tried.sign - tried.target
        stopped = _halted(state) or stop_refusal(state, _subject(state, ProductKind.SPOT, pair))
        over = state.now_ns >= tried.until_ns or tried.file not in files
        if over or stopped is not None or not left > ZERO:
            del state.rules.hedges[pair]
        elif state.now_ns - state.hedged_ns.get(pair, 0) >= _TRIED_EVERY_NS:
            reduce_position(context, pair, left, tried.limit, (tried.because,))


def _deal_spot(context: Context, wish: Wish, action: DealAt, name: str) -> Refusal | None:
    """An order at the best venue that takes ours; where none does, makers are asked."""
    state, pair, side = context.state, CurrencyPair(wish.instrument), _SIDES[action.verb]
    found = best_venue(state, pair, side)
    if found is None:
        if any(venue.counterparty is not None for venue in state.configured().venues):
            detail = f"no venue that takes our orders shows a price of {pair} now"
            return Refusal(reason=Reason.NO_MARKET, detail=detail)
        return _ask(context, wish, action, name)
    venue, shown = found
    until_ns = _until_ns(context, wish)
    order = Wanted(
        venue=venue,
        pair=pair,
        side=side,
        amount=_amount(wish),
        limit_price=_price(context, wish, "limit", side),
        shown=shown,
        time_in_force=TimeInForce.GTD if until_ns else TimeInForce.IOC,
        expires_ns=until_ns,
        kind=OrderKind.LIMIT,
        purpose=f"for {_actor(wish)}",
        strategy=state.configured().strategy.name,
        because=(headline(wish.book.file, wish.ruling),),
    )
    sent = send_order(context, order)
    return sent if isinstance(sent, Refusal) else None


def _ask(context: Context, wish: Wish, action: DealAt | AskBanks, name: str) -> Refusal | None:
    """Makers are asked; within the limit the robot deals on the best of them."""
    state = context.state
    said = action.verb or wish.side
    side = _SIDES.get(said, BUY)
    makers = _makers(state, wish, action)
    if isinstance(makers, Refusal):
        return makers
    amount = _amount(wish)
    if not amount > ZERO:
        return Refusal(reason=Reason.MALFORMED, detail=f"an amount of {amount}")
    tenor = _tenor(wish, action)
    far = wish.product.is_loan or wish.product is ProductKind.SWAP
    policy, within = state.configured().asks, _value(wish.ruling, "within")
    before = len(context.effects)
    on_ask_wanted(
        context,
        AskWanted(
            actor=_actor(wish),
            strategy=state.configured().strategy.name,
            reason=headline(wish.book.file, wish.ruling),
            request=name,
            makers=makers,
            two_way=not wish.product.is_loan,
            limit_price=_price(context, wish, "limit", side),
            patience_ms=min(within or 0, policy.open_ms),
            game=action.game if isinstance(action, AskBanks) else "",
            pair=wish.instrument,
            product=wish.product,
            side=side,
            amount=amount,
            tenor="" if far else tenor,
            far_tenor=tenor if far else "",
        ),
    )
    for effect in context.effects[before:]:
        if isinstance(effect, Decided) and effect.outcome == "REFUSED":
            return Refusal(reason=Reason(effect.reason), detail=effect.detail)
    return None


def _makers(
    state: RobotState, wish: Wish, action: DealAt | AskBanks
) -> tuple[CounterpartyId, ...] | Refusal:
    """Of all that may be asked for it so many, each time beginning with the next; never who asked
    us. One who makes prices at two venues is asked at both. Empty = all of them.
    """
    if isinstance(action, DealAt):
        return ()
    parties = state.configured().counterparties
    known = [
        maker
        for venue in state.configured().venues
        if _deals_in(venue, wish)
        for maker in venue.asked
        if maker in parties and (not action.group or parties[maker].group == action.group)
    ]
    known = [one for one in dict.fromkeys(known) if one != wish.asker]
    wanted = _value(wish.ruling, "banks") or 0
    if not known or wanted < 1:
        group = f" of group {action.group}" if action.group else ""
        detail = f"{wanted} banks{group} to ask, {len(known)} may be asked"
        return Refusal(reason=Reason.UNKNOWN_COUNTERPARTY, detail=detail)
    start = state.rules.made % len(known)
    return tuple((known[start:] + known[:start])[:wanted])


def _deals_in(venue: VenueReference, wish: Wish) -> bool:
    instruments: tuple[str, ...] = venue.currencies if wish.product.is_loan else venue.pairs
    return wish.product in venue.products and wish.instrument in instruments


def _tenor(wish: Wish, action: DealAt | AskBanks) -> str:
    """As written down, else as asked."""
    if isinstance(action.tenor, Literal):
        return action.tenor.said or str(action.tenor.value)
    return "" if wish.product is ProductKind.SPOT else wish.tenor


def _amount(wish: Wish) -> Decimal:
    """Of the base currency, of a loan its own; what was asked where the rule does not say."""
    size = _value(wish.ruling, "size")
    return Decimal(size) / 100 if size is not None else Decimal(wish.amount or "0")


def _until_ns(context: Context, wish: Wish) -> int:
    """Until when it is tried; 0 = at once or not at all."""
    state, within = context.state, _value(wish.ruling, "within")
    if within is not None:
        return state.now_ns + within * MILLISECOND_NS
    until = _value(wish.ruling, "until")
    local_s = state.configured().zone.local_s(state.now_ns)
    if until is None or local_s is None:
        return 0
    left_ms = (until - local_s * 1000) % DAY_MS
    return state.now_ns + left_ms * MILLISECOND_NS


def _price(context: Context, wish: Wish, name: str, side: Side | None) -> Decimal | None:
    """The worst price, on a tick that is no worse."""
    for value in wish.ruling.values:
        if value.name != name:
            continue
        assert isinstance(value.value, int), f"{name} is counted"
        price = Decimal(value.value) / SCALE[value.type.kind]
        if side is None:
            return price
        tick = _tick(context.state, wish, value.type.kind)
        pays = price_side(wish.product, side) is BUY
        return round_down_to(price, tick) if pays else round_up_to(price, tick)
    return None


def _tick(state: RobotState, wish: Wish, kind: Kind) -> Decimal:
    if kind is Kind.RATE:
        return RATE_TICK
    convention = state.configured().conventions[CurrencyPair(wish.instrument)]
    return convention.pip * _POINTS_STEPS if kind is Kind.DISTANCE else convention.tick


def _value(ruling: Ruling, name: str) -> int | None:
    for value in ruling.values:
        if value.name == name and isinstance(value.value, int):
            return value.value
    return None


def _record(context: Context, wish: Wish, name: str, refusal: Refusal | None) -> None:
    state, ruling = context.state, wish.ruling
    if refusal is not None:
        text = f"{_actor(wish)} on {wish.instrument} is not carried out: {refusal.detail}"
        context.emit(AlertRaised(code="RULE_NOT_DONE", text=text))
    size = _value(ruling, "size")
    context.emit(
        Decided(
            subject=name,
            kind="RULE",
            outcome="REFUSED" if refusal is not None else "SENT",
            reason=refusal.reason if refusal is not None else "",
            detail=refusal.detail if refusal is not None else "",
            venue=VenueId(""),
            counterparty="",
            pair=Currency(wish.instrument),
            amount=Decimal(size) / 100 if size is not None else Decimal(wish.amount or "0"),
            side=getattr(ruling.action, "verb", "") or wish.side,
            strategy=strategy_name(state),
            facts=facts_told(wish.book, ruling),
            because=(headline(wish.book.file, ruling),),
        )
    )
