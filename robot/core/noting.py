"""What happened with each counterparty, counted for rules, and the middle of each second."""

from __future__ import annotations

from decimal import Decimal

from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId
from robot.core.rule_state import Happened, Seconds
from robot.core.state import MINUTE_NS, Context, RobotState
from robot.deals.deal import Deal
from robot.deals.party import BUY
from robot.market.snapshot import Mid

_SECOND_NS = 1_000_000_000
_NANO = Decimal(10**9)


def note(state: RobotState, counterparty: CounterpartyId | None, what: Happened) -> None:
    """Count it; of whom we do not know, nothing is kept."""
    if counterparty is not None and counterparty in state.configured().counterparties:
        state.rules.party(counterparty).note(what, state.now_ns // MINUTE_NS)


def note_deal_with(state: RobotState, deal: Deal) -> None:
    """A deal was booked, whoever made it."""
    history = state.rules.party(deal.counterparty)
    history.note(Happened.DEAL, state.now_ns // MINUTE_NS)
    history.deal_ns = state.now_ns
    bought = deal.side is BUY
    if deal.kind.is_loan:
        history.deal_side = "BORROW" if bought else "LEND"
    else:
        history.deal_side = "BUY" if bought else "SELL"


def note_second(context: Context, pair: CurrencyPair) -> None:
    """Keep the middle of a pair that a book asks about, at the first price of a second."""
    state = context.state
    second = state.now_ns // _SECOND_NS
    known = state.rules.seconds.get(pair)
    if known is not None and known.at and known.at[-1] >= second:
        return
    market = state.market.mid(pair, state.now_ns, state.configured().market)
    if isinstance(market, Mid):
        if known is None:
            known = state.rules.seconds[pair] = Seconds()
        known.note(second, round(market.mid * _NANO), state.today().toordinal())
