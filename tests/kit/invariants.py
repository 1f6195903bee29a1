"""What must hold of the whole history; what must hold of a state is `robot.invariants`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from robot.deals.deal import Deal
from robot.limits.exposure import position_limit
from robot.messages.effects import (
    AnyEffect,
    ConcludeDeal,
    DealAmended,
    DealBooked,
    LimitsMoved,
    SendQuote,
)


def check_within(state: Any) -> None:
    """Every limit holds what is used and reserved: nobody has lowered one below its use."""
    for limit_id, account in state.gate.accounts.items():
        if account.excess:
            continue  # a trade was taken back
        assert account.utilisation + account.reserved_up <= account.maximum, limit_id
        if account.two_sided:
            assert account.reserved_down - account.utilisation <= account.maximum, limit_id


def check_books(state: Any, history: Sequence[Sequence[AnyEffect]]) -> None:
    """Entries balance, positions are the sum of the deals as they stand, a quote makes one deal at
    most.
    """
    told = [e for effects in history for e in effects if isinstance(e, DealBooked | DealAmended)]
    for effect in told:
        for entry in (effect.entry, getattr(effect, "reversal", None)):
            sums: Counter[tuple[str, object]] = Counter()
            for posting in entry.postings if entry is not None else ():
                sums[posting.currency, posting.value_date] += posting.amount
            assert not any(sums.values()), entry
    positions = positions_of(standing(history))
    assert positions == {k: v for k, v in state.ledger.net.items() if v}
    for currency, amount in state.ledger.net.items():
        assert state.gate.accounts[position_limit(currency)].utilisation == amount
    booked = [effect.deal for effect in told if isinstance(effect, DealBooked)]
    made = [deal for deal in booked if not deal.as_taker]
    per_quote = Counter(deal.quote_id for deal in made)
    assert not [quote for quote, count in per_quote.items() if count > 1]
    concluded = {e.deal.exec_id for row in history for e in row if isinstance(e, ConcludeDeal)}
    assert concluded == {deal.exec_id for deal in made}
    taken = Counter((deal.venue, deal.exec_id) for deal in booked if deal.as_taker)
    assert not [report for report, count in taken.items() if count > 1]


def standing(history: Sequence[Sequence[AnyEffect]]) -> list[Deal]:
    """The newest version of every deal that is not void; versions follow each other."""
    found: dict[str, Deal] = {}
    for effects in history:
        for effect in effects:
            if isinstance(effect, DealBooked | DealAmended):
                deal = effect.deal
                before = found.get(deal.deal_id)
                assert deal.version == (1 if before is None else before.version + 1), deal
                assert before is None or not before.void, deal
                found[deal.deal_id] = deal
    return [deal for deal in found.values() if not deal.void]


def positions_of(deals: Sequence[Deal]) -> dict[str, Decimal]:
    """Net amounts per currency, without those that are flat."""
    sums: Counter[str] = Counter()
    for deal in deals:
        for flow in deal.flows:
            sums[flow.currency] += flow.amount
    return {currency: amount for currency, amount in sums.items() if amount}


def check_told(state: Any, effects: Sequence[AnyEffect]) -> None:
    """The last movement told of a limit is how the limit stands; no bid is over its offer."""
    last = {move.limit_id: move for e in effects if isinstance(e, LimitsMoved) for move in e.moves}
    for limit_id, move in last.items():
        account = state.gate.accounts.get(limit_id)
        if account is None:
            continue  # other rows came in force after it was told
        assert move.utilisation == account.utilisation, limit_id
        assert move.reserved == max(account.reserved_up, account.reserved_down), limit_id
    for effect in effects:
        if isinstance(effect, SendQuote):
            assert effect.bid is None or effect.offer is None or effect.bid <= effect.offer
