"""A desk with limits of losses: what a test of them says in a word.

A client buys 1,000,000 EUR at 1.10007, so that we are short; the middle is 1.10005 and 20 USD are
won. Each pip higher loses 100 USD.
"""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

from robot.invariants import check_state
from robot.messages.effects import AlertRaised, Decided
from tests.kit import taker
from tests.kit.desk import Desk

ALL = {"everyone": "all"}


def losing(**tree: Any) -> Desk:
    """A desk in EUR/USD at 1.10005."""
    of = Desk(desk="FX", trader="li.ming", limits={"tree": tree}).open()
    of.market()
    return of


def ask(of: Desk, side: str | None = "buy", **said: Any) -> str:
    """What a request comes to; empty = it is quoted."""
    of.rfq(side=side, **said)
    check_state(of.state)
    return of.one(Decided).reason


def deal(of: Desk, side: str = "buy", amount: int = 1_000_000, pair: str = "EUR/USD") -> Desk:
    of.hit(of.quoted(amount, pair=pair, side=side), side, amount, pair=pair)
    check_state(of.state)
    return of


def mid(of: Desk, middle: str, pair: str = "EUR/USD") -> Desk:
    """The market half a second later, a pip wide."""
    half = D("0.005") if "JPY" in pair else D("0.00005")
    of.after(500).market(str(D(middle) - half), str(D(middle) + half), pair)
    check_state(of.state)
    return of


def lost(of: Desk, name: str) -> D:
    found = of.state.gate.accounts[name].utilisation
    assert isinstance(found, D)
    return found


def alerts(of: Desk) -> list[str]:
    return [one.code for one in of.all(AlertRaised)]


def taker_desk(**row: Any) -> Desk:
    """A desk that hedges, with a limit of 2,000 USD; short 5m at 1.10008."""
    tree = {"loss_day": [{**ALL, "maximum": "2000", **row}]}
    of = taker.desk(trader="li.ming", limits={"tree": tree}, hedge={"interval_ms": 1})
    return taker.short(of)


def again(of: Desk) -> None:
    """A run begins, and everything is open."""
    of.restart()
    for venue in ("ALPHA", "BETA"):
        of.log_on(venue, trades=0)
        of.state.venues[venue].reconciled = True
        of.open_dealing(venue)
