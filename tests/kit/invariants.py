"""What must hold of the core's state after every event, whatever happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from robot.core.lifecycle import Stage
from robot.limits.exposure import line_limit, outstanding_limit, position_limit
from robot.messages.effects import AnyEffect, ConcludeDeal, DealBooked, LimitsMoved, SendQuote

ZERO = Decimal(0)


def check_limits(state: Any) -> None:
    """Used and reserved within every limit; what is reserved is what the live quotes hold."""
    held_up: Counter[str] = Counter()
    held_down: Counter[str] = Counter()
    for reservation in state.gate.reservations.values():
        for use in reservation.uses:
            held_up[use.limit_id] += use.up
            held_down[use.limit_id] += use.down
    for limit_id, account in state.gate.accounts.items():
        assert account.reserved_up == held_up[limit_id], limit_id
        assert account.reserved_down == held_down[limit_id], limit_id
        assert account.utilisation + account.reserved_up <= account.maximum, limit_id
        if account.two_sided:
            assert account.reserved_down - account.utilisation <= account.maximum, limit_id
        else:
            assert account.utilisation >= ZERO, limit_id


def check_lines(state: Any) -> None:
    """A counterparty's utilisation is that of its deals by value date; outstanding is a count."""
    for counterparty, line in state.gate.lines.items():
        used = state.gate.accounts[line_limit(counterparty)].utilisation
        assert used == sum(line.by_value_date.values(), ZERO), counterparty
    assert state.gate.accounts[outstanding_limit()].reserved_up == len(state.quotes)


def check_tables(state: Any) -> None:
    """Quotes, negotiations, reservations and the indexes by pair tell the same story."""
    assert set(state.gate.reservations) == set(state.quotes)
    by_pair = {quote: pair for pair, row in state.quotes_of_pair.items() for quote in row}
    assert set(by_pair) == set(state.quotes)
    for quote_id, quote in state.quotes.items():
        negotiation = state.negotiations[quote.negotiation]
        assert negotiation.quote_id == quote_id
        assert negotiation.pair == by_pair[quote_id]
        assert quote.valid_until_ns > state.now_ns, f"{quote_id} is over its time"
        assert quote_id not in state.ended_quotes
    for key, negotiation in state.negotiations.items():
        assert negotiation.stage is (Stage.QUOTED if negotiation.quote_id else Stage.ASKED), key
        assert negotiation.quote_id is None or negotiation.quote_id in state.quotes, key
        assert negotiation.quote_id or negotiation.streaming, f"{key} waits for nothing"
    streams = {key for row in state.streams_of_pair.values() for key in row}
    assert streams == {key for key, row in state.negotiations.items() if row.streaming}


def check_halts(state: Any) -> None:
    """Nothing is quoted while dealing is stopped, and nowhere where nobody hears it."""
    assert not (state.halts and state.quotes), state.halts
    for quote in state.quotes.values():
        venue = state.venues[state.negotiations[quote.negotiation].venue]
        assert venue.dealing_up and venue.reconciled and venue.trading == "OPEN"
        assert venue.products_open["SPOT"]


def check_books(state: Any, history: Sequence[Sequence[AnyEffect]]) -> None:
    """Entries balance, positions are the sum of the deals, a quote makes one deal at most."""
    booked = [e for effects in history for e in effects if isinstance(e, DealBooked)]
    positions: Counter[str] = Counter()
    for effect in booked:
        sums: Counter[tuple[str, object]] = Counter()
        for posting in effect.entry.postings:
            sums[posting.currency, posting.value_date] += posting.amount
        assert not any(sums.values()), effect.entry
        for flow in effect.deal.flows:
            positions[flow.currency] += flow.amount
    assert {k: v for k, v in positions.items() if v} == {
        k: v for k, v in state.ledger.net.items() if v
    }
    per_quote = Counter(effect.deal.quote_id for effect in booked)
    assert not [quote for quote, count in per_quote.items() if count > 1]
    concluded = {e.deal.exec_id for row in history for e in row if isinstance(e, ConcludeDeal)}
    assert concluded == {effect.deal.exec_id for effect in booked}
    for currency, amount in positions.items():
        assert state.gate.accounts[position_limit(currency)].utilisation == amount


def check_told(state: Any, effects: Sequence[AnyEffect]) -> None:
    """The last movement told of a limit is how the limit stands; no bid is over its offer."""
    last = {move.limit_id: move for e in effects if isinstance(e, LimitsMoved) for move in e.moves}
    for limit_id, move in last.items():
        account = state.gate.accounts[limit_id]
        assert move.utilisation == account.utilisation, limit_id
        assert move.reserved == max(account.reserved_up, account.reserved_down), limit_id
    for effect in effects:
        if isinstance(effect, SendQuote):
            assert effect.bid is None or effect.offer is None or effect.bid <= effect.offer
