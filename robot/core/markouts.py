"""What the market did after our deals: the middle of the spot market is looked at again when a deal
is so old as a book in force asks about.
"""

from __future__ import annotations

from decimal import Decimal

from robot.basics.currency import CurrencyPair
from robot.core.rule_state import LOOKS_BACK_MAX, LookBack, Markouts
from robot.core.state import MINUTE_NS, Context
from robot.deals.deal import Deal
from robot.deals.party import BUY
from robot.ledger.ledger import PairResult
from robot.market.snapshot import Mid
from robot.rules.fact import OUTRIGHT
from robot.rules.types import HORIZONS_MS

LOOK_BACK = "look_back"
_MILLISECOND_NS = 1_000_000
_NANO = Decimal(10**9)


def note_markouts(context: Context, deal: Deal) -> None:
    """A deal was booked: have it looked back at, where the middle of the market is known now."""
    state, rules = context.state, context.state.rules
    horizons = context.horizons
    if not horizons or deal.kind not in OUTRIGHT or len(rules.looks_back) >= LOOKS_BACK_MAX:
        return
    mid = _middle(context, deal.pair)
    if mid is None:
        return
    for horizon in filter(horizons.__contains__, HORIZONS_MS):
        name = f"{deal.deal_id} {horizon}"
        key = f"{deal.counterparty} {deal.pair} {horizon}"
        sign = 1 if deal.side is BUY else -1
        rules.looks_back[name] = LookBack(key, deal.pair, state.now_ns // MINUTE_NS, mid, sign)
        due_ns = state.now_ns + HORIZONS_MS[horizon] * _MILLISECOND_NS
        state.schedule(due_ns, LOOK_BACK, name)


def on_look_back(context: Context, name: str) -> None:
    """A deal is so old; without a market to compare with it is as if it was not made."""
    rules = context.state.rules
    look = rules.looks_back.pop(name)
    mid = _middle(context, look.pair)
    if mid is None:
        return
    found = rules.markouts.get(look.key)
    if found is None:
        found = rules.markouts[look.key] = Markouts()
    found.note(look.minute, round((mid - look.mid) * _NANO) * look.sign)


def _middle(context: Context, pair: CurrencyPair) -> Decimal | None:
    state = context.state
    market = state.market.mid(pair, state.now_ns, state.configured().market)
    return market.mid if isinstance(market, Mid) else None


def note_result(context: Context, deal: Deal, strategy: str) -> None:
    """A deal was booked that a strategy made; empty = a person did."""
    if not strategy:
        return
    rules = context.state.rules
    rules.dealers[deal.deal_id] = strategy
    _count(context, deal, strategy, 1)


def amend_result(context: Context, before: Deal, after: Deal) -> None:
    """It was taken back, or corrected."""
    strategy = context.state.rules.dealers.get(before.deal_id)
    if strategy is not None:
        _count(context, before, strategy, -1)
        if not after.void:
            _count(context, after, strategy, 1)


def _count(context: Context, deal: Deal, strategy: str, sign: int) -> None:
    state = context.state
    name = f"{strategy}|{state.ledger.result_name(deal)}"
    state.rules.by_strategy.setdefault(name, PairResult()).add(deal, sign)
