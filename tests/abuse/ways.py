"""Every way in which the bank can be bound, each tried with any limits and any size.

All deal with BANKB at ALPHA, so that a row on BANKB meets each of them and not the business that
prepares it (which is BANKA's). The market is 1.10000/1.10010.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal as D
from typing import Any

from robot.deals.party import BUY
from robot.invariants import check_state
from robot.messages.effects import Decided, SendMassQuote, SendOrder, SendQuote
from robot.messages.events import KillSwitchPulled, KillSwitchReleased
from robot.messages.governing import Agreed, ReferenceChanged
from robot.messages.orders import OrderKind, TimeInForce
from robot.messages.stops import StopScope
from tests.kit import taker
from tests.kit.asks import Asking
from tests.kit.desk import Desk
from tests.kit.reference import reference

PARTIES = {
    name: {
        "id": name,
        "name": name,
        "tier": "gold",
        "group": group,
        "country": country,
        "type": kind,
    }
    for name, group, country, kind in (
        ("BANKA", "G1", "CN", "bank"),
        ("BANKB", "G2", "DE", "broker"),
        ("BANKC", "G3", "FR", "fund"),
    )
}
WIDE = {
    "orders_outstanding": 40,
    "counterparty_lines": {"BANKA": "9000000", "BANKB": "9000000"},
}
"""Tables that are in nobody's way."""
TAKERS = {
    "id": "ALPHA",
    "pairs": ["EUR/USD", "USD/JPY"],
    "counterparty": "BANKB",
    "makers": ["BANKB"],
}


class Way:
    """One of them. `blind`: it can be tried before there is a price."""

    name = ""
    blind = True
    orders = False
    """Whether it is an order of ours."""

    def desk(self, sizes: Sequence[int], limits: dict[str, Any], **more: Any) -> Desk:
        """Open, everything there that the way needs but a price."""
        of = Desk().changed(
            desk="FX",
            trader="li.wei",
            venues=[TAKERS, {"id": "BETA", "pairs": ["EUR/USD", "USD/JPY"]}],
            counterparties=PARTIES,
            limits={**WIDE, **limits},
            **{**self.changes(sizes), **more},
        )
        self.open(of)
        return of

    def changes(self, sizes: Sequence[int]) -> dict[str, Any]:
        """Of the configuration."""
        return {}

    def open(self, of: Desk) -> None:
        of.open()

    def prepare(self, of: Desk) -> None:
        """Once there is a price."""

    def attempt(self, of: Desk, size: int) -> str:
        """Try it: empty = it left, else the reason why it did not, `-` where there was none."""
        raise NotImplementedError

    def attempt_blind(self, of: Desk, size: int) -> str:
        """The same where there is no price yet."""
        return self.attempt(of, size)


def tried(of: Desk, kind: type) -> str:
    """What became of the last attempt."""
    if of.all(kind):
        return ""
    refused = [one.reason for one in of.all(Decided) if one.outcome == "REFUSED"]
    return refused[-1] if refused else "-"


class Request(Way):
    """A client asks for one side."""

    name = "request"
    side: str | None = "buy"
    stream_s = 0

    def attempt(self, of: Desk, size: int) -> str:
        of.rfq(size, client="BANKB", side=self.side, stream_s=self.stream_s)
        return tried(of, SendQuote)


class TwoWay(Request):
    name, side = "two-way request", None


class Streaming(Request):
    name, side, stream_s = "streaming request", None, 10


class Shown(Way):
    """A mass quote of all the sizes that nobody asked for."""

    name = "stream"

    def changes(self, sizes: Sequence[int]) -> dict[str, Any]:
        amounts = [str(size + place) for place, size in enumerate(sizes)]
        stream = {
            "venue": "ALPHA",
            "pair": "EUR/USD",
            "amounts": amounts,
            "counterparty": "BANKB",
            "life_ms": 60_000,
        }
        return {"streams": [stream]}

    def attempt(self, of: Desk, size: int) -> str:
        """Of the sizes of about so much one more is looked at each time."""
        place = of.__dict__.setdefault("looked_at", 0)
        of.__dict__["looked_at"] = place + 1
        wanted = D(size + place)
        sent = [quote for one in of.history_of(SendMassQuote) for quote in one.quotes]
        if any(quote.amount == wanted for quote in sent):
            return ""
        decided = [one for one in of.history_of(Decided) if one.kind == "STREAM"]
        found = [one.reason for one in decided if one.amount == wanted]
        return found[-1] if found else "-"

    def attempt_blind(self, of: Desk, size: int) -> str:
        of.pass_time(1_000)
        return "" if of.history_of(SendMassQuote) else "-"


class PersonsOrder(Way):
    """A trader's limit order."""

    name, orders = "order", True
    said: dict[str, Any] = {}  # noqa: RUF012

    def attempt(self, of: Desk, size: int) -> str:
        taker.placed(of, amount=D(size), **self.said)
        return tried(of, SendOrder)


class MarketOrder(PersonsOrder):
    name = "market order"
    said = {  # noqa: RUF012
        "kind": OrderKind.MARKET,
        "price": None,
        "time_in_force": TimeInForce.FOK,
    }


class Changed(Way):
    """An order of a thousand that works is changed to the size."""

    name, orders, blind = "change of an order", True, False
    SMALL = 1_000

    def attempt(self, of: Desk, size: int) -> str:
        order = taker.placed(of, amount=D(self.SMALL))
        if order is None:
            return tried(of, SendOrder)
        taker.report(of, order, taker.OrderReport.NEW, f"N{order.order_id}")
        sent = taker.changed(of, order, amount=D(size))
        return "" if sent is not None else taker.refused(of)[0]


class Taken(Way):
    """We ask a maker and deal on its quote."""

    name, orders = "ask", True

    def attempt(self, of: Desk, size: int) -> str:
        scene = Asking(of)
        scene.wanted = of.__dict__["asked"] = of.__dict__.get("asked", 0) + 1
        scene.executions = 1_000 * scene.wanted
        if not scene.ask("1.10020", amount=D(size), side=BUY):
            answered = list(of.state.wanted.values())
            return str(answered[-1].reason) if answered else "-"
        name = f"Q{scene.wanted}"
        before = len(of.history)
        scene.quote("BANKB", "1.09998", "1.10008", name)  # the only maker: taken at once
        since = [effect for row in of.history[before:] for effect in row]
        found = [one for one in since if isinstance(one, Decided) and one.kind == "TAKE"]
        return found[0].reason if found else "-"


class Hedge(Way):
    """A position of twice the size is brought back, one order of the size at a time. Clients made
    it in pieces that no cap is about.
    """

    name, orders = "hedge", True
    side = "buy"
    PIECE = 500_000

    def changes(self, sizes: Sequence[int]) -> dict[str, Any]:
        policy = {
            "pair": "EUR/USD",
            "band": str(sizes[0]),
            "target": "0",
            "clip": str(sizes[0]),
            "slippage_bp": "2",
            "interval_ms": 0,
        }
        return {"hedges": [policy]}

    def open(self, of: Desk) -> None:
        """The position is there, its hedges were stopped, and the prices were forgotten."""
        of.open()
        of.market()
        clip = int(of.reference.hedges[0].clip)
        part = {"scope": StopScope.STRATEGY, "value": "hedge", "actor": "a", "reason": "b"}
        of.step(KillSwitchPulled(**part))
        for _ in range(-(-2 * clip // self.PIECE)):
            of.hit(of.quoted(self.PIECE, side=self.side), self.side, self.PIECE)
        of.restart()
        for venue in ("ALPHA", "BETA"):
            of.log_on(venue, trades=0)
            of.state.venues[venue].reconciled = True
            of.open_dealing(venue)
        of.step(KillSwitchReleased(**part))
        of.__dict__["opened_at"] = len(of.history)

    def attempt(self, of: Desk, size: int) -> str:
        """What became of it since the last look."""
        since = of.__dict__.get("looked_at", of.__dict__["opened_at"])
        of.pass_time(1)
        of.__dict__["looked_at"] = len(of.history)
        effects = [effect for row in of.history[since:] for effect in row]
        if any(isinstance(one, SendOrder) for one in effects):
            return ""
        found = [one.reason for one in effects if isinstance(one, Decided)]
        return found[-1] if found else "-"


WAYS: tuple[Way, ...] = (
    Request(),
    TwoWay(),
    Streaming(),
    Shown(),
    PersonsOrder(),
    MarketOrder(),
    Changed(),
    Taken(),
    Hedge(),
)


def named(ways: Iterable[Way]) -> list[str]:
    return [way.name for way in ways]


def burst(
    way: Way, sizes: Sequence[int], limits: dict[str, Any], **more: Any
) -> tuple[Desk, list[str]]:
    """All of them at one moment, after the first price: what became of each."""
    of = way.desk(sizes, limits, **more)
    of.market()
    way.prepare(of)
    found = [way.attempt(of, size) for size in sizes]
    check_state(of.state)
    return of, found


def in_force(of: Desk, **figures: Any) -> Sequence[object]:
    """Two persons put these limits in force while it runs."""
    number = of.__dict__["approvals"] = of.__dict__.get("approvals", 1) + 1
    agreed = Agreed(
        proposal=number,
        approval=number,
        proposer="li.wei",
        approver="he.yu",
        content_hash="ab",
        proposed_ns=1,
        approved_ns=2,
    )
    limits = reference(limits={**WIDE, **figures}).limits
    return of.step(ReferenceChanged(kind="LIMITS", agreed=agreed, limits=limits))
