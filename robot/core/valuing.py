"""Results as they are told: one definition for deals, the end of a day, rules and every report.

A pair is worth its flows at the middle of the spot market, forwards with the points to their dates,
loans their gain when they were dealt and the interest accrued since. Where nobody quotes at the
moment, as after a lost session, the last middle and points that were known count, and the record
says how old they are; what was never known makes the result incomplete, and the record says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from robot.basics.currency import CurrencyPair
from robot.basics.numbers import ZERO
from robot.core.losses import last_middle
from robot.core.quoting import MILLISECOND_NS
from robot.core.state import Context
from robot.deals.deal import Deal
from robot.ledger.ledger import Valued
from robot.market.snapshot import Mid
from robot.messages.basis import PnlBasis

_OF_NOW = PnlBasis()
"""At the market of the moment."""


class Told(NamedTuple):
    """Results by name, and what those stand on that are not of the market of the moment."""

    pnl: dict[str, str]
    basis: dict[str, PnlBasis]


def results_told(context: Context, names: Iterable[str]) -> Told:
    """The results of these names now. One without any middle ever is not told, only named."""
    told = Told({}, {})
    for name in names:
        _tell(context, name, told, None)
    return told


def result_told(context: Context, deal: Deal) -> Told:
    """The result that a deal belongs to. Where there never was a middle, at the deal's own rate."""
    told = Told({}, {})
    rate = deal.spot_rate or deal.rate
    _tell(context, context.state.ledger.result_name(deal), told, rate)
    return told


def _tell(context: Context, name: str, told: Told, otherwise: Decimal | None) -> None:
    mid, age_ms = middle(context, name)
    at = mid if mid is not None else otherwise
    if at is None:
        told.basis[name] = PnlBasis(without_mid=True)
        return
    found = result_at(context, name, at)
    told.pnl[name] = str(found.result)
    basis = PnlBasis(
        mid_age_ms=age_ms,
        points_age_ms=found.points_age_ms,
        without_mid=mid is None,
        without_points=found.without_points,
    )
    if basis != _OF_NOW:
        told.basis[name] = basis


def result_at(context: Context, name: str, mid: Decimal) -> Valued:
    """A running result of the ledger at this spot middle."""
    state = context.state
    return state.ledger.result(
        name, mid, lambda day: context.last_points_to(name, day), state.today()
    )


def middle(context: Context, name: str) -> tuple[Decimal | None, int]:
    """The spot middle that a result is valued at, and its age in ms where it is not fit to deal on;
    None = there never was one. Loans stand on no market.
    """
    if "/" not in name:
        return ZERO, 0
    state, pair = context.state, CurrencyPair(name)
    market = state.market.mid(pair, state.now_ns, state.configured().market)
    if isinstance(market, Mid):
        return market.mid, 0
    last = last_middle(state, pair, None)
    if last is None:
        return None, 0
    return last.mid, max(1, (state.now_ns - last.at_ns) // MILLISECOND_NS)
