"""What must hold of the core's state after every turn, whatever happened.

The auditor checks it behind the trader, at the price of no latency; the property tests and the
simulated days use the same functions. Numbers in brackets are those of docs/invariants.md.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from robot.basics.ids import LimitId
from robot.basics.numbers import ZERO
from robot.core.ask_states import TAKING
from robot.core.asked import Outcome
from robot.core.asking_ends import ENDED_ASKS_MAX
from robot.core.hosts import seat_asked
from robot.core.lifecycle import ASKED, QUOTED, Stage
from robot.core.losses import meant
from robot.core.ordering import subject_of_order
from robot.core.quoting import subject_of
from robot.core.state import ENDED_QUOTES_MAX, NEGOTIATIONS_MAX, Negotiation, RobotState
from robot.errors import InvariantViolated
from robot.limits.exposure import (
    ORDERS_OUTSTANDING,
    line_limit,
    outstanding_limit,
    position_limit,
)
from robot.limits.limit import Reason
from robot.limits.losses import LOSS_REASONS
from robot.limits.recompute import cash_by_date, differences

_SIGNED = LOSS_REASONS | {Reason.LIQUIDITY_GAP}
"""Of these what is below zero is good: cash that comes in, a gain."""


def check_state(state: RobotState, *, recompute: bool = True) -> None:
    """All of them; the first that does not hold raises `InvariantViolated`. `recompute`: also what
    takes longer the more was dealt.
    """
    if state.reference is None:
        return  # nothing was started yet
    check_limits(state)
    check_lines(state)
    if recompute:
        check_recomputed(state)
    check_tables(state)
    check_halts(state)
    check_losses(state)
    check_positions(state)
    check_bounds(state)
    check_asks(state)


def check_limits(state: RobotState) -> None:
    """[I5, I6] What is reserved is what the live quotes hold; with what is used it fits. A limit
    that was lowered below its use, or whose use a correction raised, is over it: that lets nothing
    new through, and is no violation.
    """
    up: dict[LimitId, Decimal] = {}
    down: dict[LimitId, Decimal] = {}
    for reservation in state.gate.reservations.values():
        for use in reservation.uses:
            name = use.limit_id
            up[name] = up.get(name, ZERO) + use.up
            down[name] = down.get(name, ZERO) + use.down
    for limit_id, account in state.gate.accounts.items():
        held_up, held_down = up.get(limit_id, ZERO), down.get(limit_id, ZERO)
        if account.reserved_up != held_up or account.reserved_down != held_down:
            raise violated("I6", f"{limit_id} holds for no quote")
        if held_up or held_down:
            over = account.shortfall(ZERO, ZERO)
            if not over <= account.excess:
                raise violated("I5", f"{limit_id} is over its maximum by {over}")
        one_sided = not account.two_sided and account.reason not in _SIGNED
        if one_sided and not account.utilisation >= ZERO:
            raise violated("I5", f"{limit_id} is used {account.utilisation}")


def check_lines(state: RobotState) -> None:
    """[I5] A counterparty's use is that of its deals by value date; outstanding is a count."""
    for counterparty, line in state.gate.lines.items():
        used = state.gate.accounts[line_limit(counterparty)].utilisation
        _must(used == sum(line.by_value_date.values(), ZERO), "I5", f"line of {counterparty}")
    outstanding = state.gate.accounts[outstanding_limit()].reserved_up
    _must(outstanding == len(state.quotes), "I6", f"{outstanding} quotes are counted")
    working = state.gate.accounts[ORDERS_OUTSTANDING].reserved_up
    _must(working == len(state.orders), "I6", f"{working} orders are counted")


def check_recomputed(state: RobotState) -> None:
    """[I5, I6] Every figure of every limit is what deals and reservations come to, and the cash by
    value date is the ledger's.
    """
    results = {name: (row.base, row.counter) for name, row in state.ledger.results.items()}
    told = differences(state.gate, state.ledger.net, results)
    cash, today = cash_by_date(state.gate), state.today().isoformat()
    booked: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for name, amount in state.ledger.positions.items():
        _, currency, day = name.rsplit(" ", 2)
        if day >= today:
            booked[currency, day] += amount
    for key in dict.fromkeys((*cash, *booked)):
        if cash.get(key, ZERO) != booked[key]:
            told.append(f"{key}: cash {cash.get(key, ZERO)} by subject, {booked[key]} booked")
    _must(not told, "I5", "; ".join(told[:3]))


def _stage_of(state: RobotState, one: Negotiation) -> Stage:
    """Where a negotiation must stand by what it has."""
    if one.suggestion:
        if one.suggestion not in state.releases.suggestions or one.quote_id:
            raise violated("I13", f"{one.key} waits for no suggestion")
        return Stage.WAITING
    if one.person_ask:
        if one.person_ask not in state.rules.persons:
            raise violated("I13", f"{one.key} waits for no question")
        return Stage.WAITING
    if not one.host_ask:
        return QUOTED if one.quote_id else ASKED
    if seat_asked(state, one.host_ask) is None:
        raise violated("I13", f"{one.key} waits for no question")
    return Stage.REQUOTING if one.quote_id else Stage.WAITING


def check_tables(state: RobotState) -> None:
    """[I6, I10, I13, I19] Quotes, negotiations, reservations and indexes tell the same story."""
    by_market = {quote: name for name, row in state.quotes_of_market.items() for quote in row}
    held = set(state.quotes) | set(state.orders)
    _must(set(state.gate.reservations) == held, "I6", "reservations are not quotes and orders")
    _must(set(by_market) == set(state.quotes), "I19", "the index by market is not the quotes")
    for quote_id, quote in state.quotes.items():
        negotiation = state.negotiations.get(quote.negotiation)
        if negotiation is None:
            raise violated("I19", f"{quote_id} without a negotiation")
        if negotiation.quote_id != quote_id:
            raise violated("I13", f"{quote_id} is not its negotiation's")
        if negotiation.market != by_market[quote_id]:
            raise violated("I13", f"{quote_id} of another market")
        if not quote.valid_until_ns > state.now_ns:
            raise violated("I10", f"{quote_id} is over its time")
        if quote_id in state.ended_quotes:
            raise violated("I13", f"{quote_id} is live and ended")
    for key, one in state.negotiations.items():
        stage = _stage_of(state, one)
        if one.stage is not stage:
            raise violated("I13", f"{key} is {one.stage}")
        if not (one.quote_id is None or one.quote_id in state.quotes):
            raise violated("I19", f"{key} lost its quote")
        waits = one.host_ask or one.person_ask or one.suggestion
        if not (one.quote_id or waits or one.streaming):
            raise violated("I19", f"{key} waits for nothing")
    streams = {key for row in state.streams_of_market.values() for key in row}
    streaming = {key for key, one in state.negotiations.items() if one.streaming}
    _must(streams == streaming, "I19", "the index of streams is not the streams")


def check_halts(state: RobotState) -> None:
    """[I10, I18] Nothing is quoted while dealing is stopped, nor where nobody hears it."""
    check_stops(state)
    _must(not (state.halts and state.quotes), "I10", f"quotes in spite of {list(state.halts)}")
    for quote_id, quote in state.quotes.items():
        negotiation = state.negotiations[quote.negotiation]
        venue = state.venues[negotiation.venue]
        hours = venue.products_open.get(negotiation.kind)
        heard = venue.dealing_up and venue.trading == "OPEN" and hours
        if not heard:
            raise violated("I10", f"{quote_id} where dealing is closed")
        if not venue.reconciled:
            raise violated("I18", f"{quote_id} before the trades were compared")


def check_stops(state: RobotState) -> None:
    """[I10] Nothing is quoted, and no order is wanted, of what a kill switch stops."""
    for stop in state.stops.values():
        for quote_id, quote in state.quotes.items():
            subject = subject_of(state, state.negotiations[quote.negotiation])
            _must(not stop.covers(subject), "I10", f"{quote_id} in spite of {stop.name}")
        for order in state.orders.values():
            stopped = not order.unwanted and stop.covers(subject_of_order(order))
            _must(not stopped, "I10", f"{order.order_id} in spite of {stop.name}")


def check_losses(state: RobotState) -> None:
    """[I10] Nothing is quoted of what has lost as much as it may, or nobody knows how much."""
    losses = state.gate.losses
    for planned in losses.plan:
        account = state.gate.accounts[planned.row.name]
        if not (account.unknown or losses.is_reached(account)):
            continue
        is_meant = meant(state, planned.row)
        for quote_id, quote in state.quotes.items():
            of_it = is_meant(subject_of(state, state.negotiations[quote.negotiation]))
            _must(not of_it, "I10", f"{quote_id} in spite of {account.limit_id}")


def check_positions(state: RobotState) -> None:
    """[I12, I16] The net position is the sum by book and date and what the limit counts; finite."""
    net: defaultdict[str, Decimal] = defaultdict(Decimal)
    for key, amount in state.ledger.positions.items():
        net[key.split(" ")[1]] += amount
    for currency, amount in state.ledger.net.items():
        _must(amount.is_finite() and amount == net[currency], "I12", f"net {currency} {amount}")
        account = state.gate.accounts.get(position_limit(currency))
        used = account.utilisation if account is not None else ZERO
        _must(used == amount, "I12", f"{currency}: {used} counted, {amount} held")


def check_asks(state: RobotState) -> None:
    """[I17, I21] An ask deals on one quote at a time, an order of ours until its end."""
    taken = {
        order.taken.ask_id: order for order in state.orders.values() if order.taken is not None
    }
    for ask_id, ask in state.asks.items():
        quotes = [quote for maker in ask.makers for quote in maker.quotes]
        dealt = [quote for quote in quotes if quote.outcome is Outcome.TAKEN]
        order = taken.pop(ask_id, None)
        _must((ask.stage is TAKING) is (order is not None), "I21", f"{ask_id} is {ask.stage}")
        _must(len(dealt) == (order is not None), "I21", f"{ask_id}: {len(dealt)} quotes are taken")
        for maker in ask.makers:
            known = state.ask_of_request.get(maker.request_id, ask_id) == ask_id
            _must(known, "I21", f"{maker.request_id} is not a request of {ask_id}")
    _must(not taken, "I21", f"orders on quotes of no ask: {list(taken)}")
    _must(len(state.ended_asks) <= ENDED_ASKS_MAX, "I17", "too many ended asks are kept")


def check_bounds(state: RobotState) -> None:
    """[I16, I17] Nothing grows without end, no price is no number."""
    _must(len(state.negotiations) <= NEGOTIATIONS_MAX, "I17", f"{len(state.negotiations)} open")
    _must(len(state.ended_quotes) <= ENDED_QUOTES_MAX, "I17", "too many ended quotes are kept")
    for quote_id, quote in state.quotes.items():
        signed = state.negotiations[quote.negotiation].kind.is_signed
        for price in (quote.bid, quote.offer):
            if price is not None and not (price.is_finite() and (signed or price > ZERO)):
                raise violated("I16", f"{quote_id} at {price}")


def _must(holds: bool, invariant: str, text: str) -> None:
    if not holds:
        raise violated(invariant, text)


def violated(invariant: str, text: str) -> InvariantViolated:
    """What is raised. Loops make the text only then: to write out what holds costs most."""
    return InvariantViolated(f"{invariant}: {text}")
