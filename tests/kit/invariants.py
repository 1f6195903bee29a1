"""What must hold of the whole history; what must hold of a state is `robot.invariants`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from robot.limits.exposure import position_limit
from robot.messages.effects import AnyEffect, ConcludeDeal, DealBooked, LimitsMoved, SendQuote


def check_within(state: Any) -> None:
    """Every limit holds what is used and reserved: nobody has lowered one below its use."""
    for limit_id, account in state.gate.accounts.items():
        if account.excess:
            continue  # a trade was taken back
        assert account.utilisation + account.reserved_up <= account.maximum, limit_id
        if account.two_sided:
            assert account.reserved_down - account.utilisation <= account.maximum, limit_id


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
    made = [effect.deal for effect in booked if not effect.deal.as_taker]
    per_quote = Counter(deal.quote_id for deal in made)
    assert not [quote for quote, count in per_quote.items() if count > 1]
    concluded = {e.deal.exec_id for row in history for e in row if isinstance(e, ConcludeDeal)}
    assert concluded == {deal.exec_id for deal in made}
    taken = Counter((e.deal.venue, e.deal.exec_id) for e in booked if e.deal.as_taker)
    assert not [report for report, count in taken.items() if count > 1]
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
