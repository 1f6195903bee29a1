"""A desk with a limit tree above the usual tables, in EUR/USD at 1.10005."""

from __future__ import annotations

from typing import Any

from robot.core.state import restore, snapshot
from robot.invariants import check_state
from robot.messages.effects import AlertRaised, Decided
from tests.kit.desk import Desk

PARTIES = {
    name: {
        "id": name,
        "name": name,
        "tier": "gold",
        "group": group,
        "country": "CN",
        "type": "bank",
    }
    for name, group in (("BANKA", "G1"), ("BANKB", "G1"), ("BANKC", "G2"))
}


def desk(**tree: Any) -> Desk:
    """It may deal, and has a market."""
    of = Desk(desk="FX", limits={"tree": tree}, counterparties=PARTIES).open()
    of.market()
    return of


def ask(
    of: Desk, amount: str | int = 1_000_000, side: str | None = "buy", who: str = "BANKA"
) -> str:
    """What a request comes to; empty = it is quoted."""
    of.rfq(amount, client=who, side=side)
    check_state(of.state)
    return of.one(Decided).reason


def deal(of: Desk, side: str = "buy", amount: int = 1_000_000, who: str = "BANKA") -> None:
    """A client deals at once."""
    of.hit(of.quoted(amount, client=who, side=side), side, amount, client=who)
    check_state(of.state)


def codes(of: Desk) -> list[str]:
    """Of the alerts of the last event."""
    return [alert.code for alert in of.all(AlertRaised)]


def restored(of: Desk) -> Desk:
    """The same from its snapshot."""
    of.engine.state = restore(snapshot(of.state))
    return of
