"""A desk in the midst of its day: something of everything that must not be lost is there.

Used: a deal (volume, position, settlement). Held: a quote, an order that works, one of unknown
fate. Counted: alike orders, executions in their time. Decided: two stops, an override, a change of
tomorrow. `PROBES` say what each of them must still do.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

from robot.basics.ids import LimitId
from robot.core.state import restore, snapshot
from robot.deals.party import SELL
from robot.messages.effects import Decided, SendOrder, SendQuote
from robot.messages.events import KillSwitchPulled, SessionKind
from robot.messages.governing import Agreed, OverrideGranted, ReferenceChanged
from robot.messages.stops import StopScope
from tests.abuse.ways import PARTIES, WIDE
from tests.kit import taker
from tests.kit.desk import Desk
from tests.kit.reference import reference

MILLION = 1_000_000
HOUR_MS = 3_600_000
TREE: dict[str, list[dict[str, Any]]] = {
    "daily_volume": [{"strategy": "*", "maximum": "6000000"}],
    "settlement": [{"counterparty": "BANKA", "maximum": "1300000"}],
    "duplicate": [{"trader": "*", "maximum": "1", "within_s": 7200}],
    "repeated_execution": [{"counterparty": "BANKC", "maximum": "1", "within_s": 7200}],
    "orders_outstanding": [{"counterparty": "BANKB", "maximum": "2"}],
    "order_value": [{"country": "FR", "maximum": "1200000"}],
    "quotes_outstanding": [{"counterparty": "BANKC", "maximum": "1"}],
}
OVERRIDDEN = LimitId("quotes_outstanding:counterparty=BANKC")
UNTIL_MS = HOUR_MS
"""So long the override holds."""


def agreed(number: int) -> Agreed:
    return Agreed(
        proposal=number,
        approval=number,
        proposer="li.wei",
        approver="he.yu",
        content_hash="ab",
        proposed_ns=1,
        approved_ns=2,
    )


def desk() -> Desk:
    venues = [
        {"id": name, "pairs": ["EUR/USD", "USD/JPY"], "counterparty": "BANKB"}
        for name in ("ALPHA", "BETA")
    ]
    of = Desk().changed(
        desk="FX", venues=venues, counterparties=PARTIES, limits={**WIDE, "tree": TREE}
    )
    of.open()
    of.market()
    return of


def in_the_midst() -> Desk:
    of = desk()
    of.hit(of.quoted(side="buy"), "buy")
    of.hit(of.quoted(side="buy", client="BANKC"), "buy", client="BANKC")
    taker.working(of)
    of.step(_pulled(StopScope.TRADER, "zhou"))
    of.step(_pulled(StopScope.PAIR, "USD/JPY"))
    unknown = taker.placed(of, venue="BETA", side=SELL, price=D("1.10020"))
    assert unknown is not None
    for kind in SessionKind:
        of.log_out("BETA", kind)
    assert of.state.orders[unknown.order_id].stage == "UNKNOWN"
    of.quoted(side="buy", client="BANKC", stream_s=30)
    until_ns = of.at_ns + UNTIL_MS * 1_000_000
    of.step(OverrideGranted(agreed=agreed(2), limit_id=OVERRIDDEN, maximum=D(3), until_ns=until_ns))
    tomorrow = {**TREE, "deal_size": [{"everyone": "all", "maximum": "1"}]}
    of.step(
        ReferenceChanged(
            kind="LIMITS",
            agreed=agreed(4),
            effective_ns=of.at_ns + 24 * HOUR_MS * 1_000_000,
            limits=reference(limits={**WIDE, "tree": tomorrow}).limits,
        )
    )
    of.quoted(1_000, side="buy", client="BANKC")
    assert len(of.state.quotes) == 2, "one of them by the override"
    return of


def _pulled(scope: StopScope, value: str) -> KillSwitchPulled:
    return KillSwitchPulled(actor="li.wei", reason="test", scope=scope, value=value)


def copy(of: Desk) -> Desk:
    """Another desk in the same state, to try something on."""
    other = Desk.__new__(Desk)
    other.__dict__.update(of.__dict__)
    other._numbers = dict(of._numbers)
    other.stepped, other.history = [*of.stepped], [*of.history]
    other.engine = type(of.engine)(of.engine._load_strategy, restore(snapshot(of.state)))
    return other


def _asked(of: Desk, **said: Any) -> str:
    of.rfq(**{"side": "buy", **said})
    return "" if of.all(SendQuote) else str(of.one(Decided).reason)


def _ordered(of: Desk, **said: Any) -> str:
    of.__dict__["tries"] = of.__dict__.get("tries", 0) + 1
    taker.placed(of, request=f"TRY{of.__dict__['tries']}", **said)
    if of.all(SendOrder):
        return ""
    return str([one.reason for one in of.all(Decided)][-1])


def more_quotes(of: Desk) -> str:
    """Of BANKC: how many more are held before one is refused."""
    found = [_asked(of, client="BANKC", amount=1_000 + number) for number in range(4)]
    return f"{found.count('')} and {found[-1]}"


def _executed(of: Desk) -> str:
    of.hit(of.quoted(1_000, client="BANKC", side="buy"), "buy", 1_000, client="BANKC")
    return ", ".join(of.state.halts)


Probe = Callable[[Desk], str]
PROBES: dict[str, tuple[Probe, str]] = {
    "volume": (lambda of: _asked(of, amount=1_900_000, client="BANKB"), "DAILY_VOLUME"),
    "settlement": (lambda of: _asked(of, amount=200_000), "SETTLEMENT"),
    "alike orders": (_ordered, "DUPLICATE"),
    "executions": (_executed, "fault repeated_execution:counterparty=BANKC"),
    "orders out": (
        lambda of: _ordered(of, amount=D(2_000)),
        "ORDERS_OUTSTANDING",
    ),
    "order of unknown fate": (
        lambda of: _ordered(of, venue="BETA", amount=D(2_000)),
        "NOT_RECONCILED",
    ),
    "override": (more_quotes, "1 and QUOTES_OUTSTANDING"),
    "stop of a pair": (lambda of: _asked(of, pair="USD/JPY"), "KILL_SWITCH"),
    "stop of a trader": (lambda of: _ordered(of, actor="Zhou", amount=D(3_000)), "KILL_SWITCH"),
}
"""What is tried and what becomes of it, as long as nothing was lost."""


def overridden(of: Desk) -> bool:
    """Whether the override holds."""
    return OVERRIDDEN in of.state.overrides


def held(of: Desk) -> dict[str, D]:
    """What orders hold, by what holds it."""
    return {
        name: sum((use.up + use.down for use in one.uses), D(0))
        for name, one in of.state.gate.reservations.items()
        if name in of.state.orders
    }


def used(of: Desk) -> dict[str, D]:
    return {
        name: account.utilisation
        for name, account in of.state.gate.accounts.items()
        if account.utilisation
    }


def later(of: Desk, milliseconds: int) -> None:
    """So long after, with prices."""
    of.pass_time(milliseconds)
    of.market()
