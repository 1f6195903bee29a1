"""A desk that asks makers, and makers' words in short.

BANKA, BANKB and BANKC make prices at ALPHA, BANKB at BETA, too. The market is 1.10000/1.10010.
"""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

from robot.basics.ids import CounterpartyId, ExecId, VenueId
from robot.deals.party import BUY
from robot.invariants import check_state
from robot.messages.asks import (
    AskCountered,
    AskEnded,
    AskRefused,
    AskTaken,
    AskWanted,
    AskWithdrawn,
    PassQuote,
    QuoteReceived,
    QuoteRevoked,
    QuoteRevoking,
    SendAsk,
    TakeQuote,
)
from robot.messages.orders import OrderReport, OrderReported
from tests.kit.desk import ORIGIN, Desk

LIMITS = {
    "orders_outstanding": 4,
    "counterparty_lines": {"BANKA": "9000000", "BANKB": "9000000", "BANKC": "9000000"},
}
VENUES = [
    {
        "id": "ALPHA",
        "pairs": ["EUR/USD", "USD/JPY"],
        "makers": ["BANKA", "BANKB", "BANKC"],
    },
    {"id": "BETA", "pairs": ["EUR/USD", "USD/JPY"], "counterparty": "BANKB"},
]


class Asking:
    """A desk and the ask it is about; `requests` by maker and venue, as `BANKA` or `BANKB@BETA`."""

    def __init__(self, desk: Desk | None = None, **changes: Any) -> None:
        limits = {**LIMITS, **changes.pop("limits", {})}
        changes = {"venues": VENUES, "limits": limits, **changes}
        self.desk = desk if desk is not None else Desk().changed(**changes)
        if desk is None:
            self.desk.open()
            self.desk.market()
        self.requests: dict[str, SendAsk] = {}
        self.ask_id = ""
        self.wanted = 0
        self.executions = 0

    @property
    def state(self) -> Any:
        return self.desk.state

    def step(self, event: Any) -> tuple[Any, ...]:
        effects = self.desk.step(event)
        check_state(self.state)
        return effects

    def ask(self, limit: str | None = None, **said: Any) -> list[SendAsk]:
        """We want to buy 1m EUR/USD spot, or what `said` says."""
        self.wanted += 1
        values: dict[str, Any] = {
            "actor": "trader",
            "reason": "test",
            "request": f"W{self.wanted}",
            "pair": "EUR/USD",
            "side": BUY,
            "amount": D(1_000_000),
            "venues": (VenueId("ALPHA"),),
            "limit_price": D(limit) if limit is not None else None,
        }
        self.step(AskWanted(**(values | said)))
        sent = self.desk.all(SendAsk)
        for one in sent:
            self.ask_id = one.ask_id
            name = one.maker if one.venue == "ALPHA" else f"{one.maker}@{one.venue}"
            self.requests[name] = one
        return sent

    def quote(
        self,
        maker: str,
        bid: str | None,
        offer: str | None,
        name: str = "",
        /,
        *,
        life_ms: int = 5_000,
        **said: Any,
    ) -> tuple[Any, ...]:
        """A maker's S on its request; its name is `Q-BANKA` where none is given."""
        request = self.requests[maker]
        values: dict[str, Any] = {
            "venue": request.venue,
            "request_id": request.request_id,
            "quote_id": name or f"Q-{maker}",
            "maker": request.maker,
            "pair": request.terms.pair,
            "bid": D(bid) if bid is not None else None,
            "offer": D(offer) if offer is not None else None,
            "amount": request.terms.amount,
            "value_date": request.terms.value_date,
            "valid_until_ns": self.desk.at_ns + life_ms * 1_000_000,
        }
        return self.step(QuoteReceived(origin=ORIGIN, **(values | said)))

    def refuse(self, maker: str, reason: str = "10") -> tuple[Any, ...]:
        """AG, or j."""
        request = self.requests[maker]
        return self.step(
            AskRefused(
                origin=ORIGIN,
                venue=request.venue,
                request_id=request.request_id,
                reason=reason,
                text="pass",
            )
        )

    def revoke(self, maker: str, why: QuoteRevoking, **said: Any) -> tuple[Any, ...]:
        """Z or AI."""
        values: dict[str, Any] = {"venue": self.requests[maker].venue, "why": why}
        return self.step(QuoteRevoked(origin=ORIGIN, **(values | said)))

    def take(self, quote_id: str) -> tuple[Any, ...]:
        return self.step(
            AskTaken(actor="trader", reason="best", ask_id=self.ask_id, quote_id=quote_id)
        )

    def counter(self, quote_id: str, price: str) -> tuple[Any, ...]:
        return self.step(
            AskCountered(
                actor="trader",
                reason="too dear",
                ask_id=self.ask_id,
                quote_id=quote_id,
                price=D(price),
            )
        )

    def withdraw(self) -> tuple[Any, ...]:
        return self.step(AskWithdrawn(actor="trader", reason="no need", ask_id=self.ask_id))

    def report(
        self, take: TakeQuote, kind: OrderReport = OrderReport.TRADE, **said: Any
    ) -> tuple[Any, ...]:
        """The maker's 8 on our hit: dealt as quoted, unless `said` says otherwise."""
        self.executions += 1
        dealt = kind is OrderReport.TRADE
        values: dict[str, Any] = {
            "venue": take.venue,
            "order_id": take.order_id,
            "venue_order_id": "V1",
            "exec_id": ExecId(f"X{self.executions}"),
            "report": kind,
            "ended": True,
            "pair": take.terms.pair,
            "side": take.side,
            "last_amount": take.terms.amount if dealt else None,
            "last_price": take.price if dealt else None,
            "filled": take.terms.amount if dealt else D(0),
            "remaining": D(0),
            "counterparty": CounterpartyId(take.maker),
        }
        return self.step(OrderReported(origin=ORIGIN, **(values | said)))

    def later(self, milliseconds: int) -> tuple[Any, ...]:
        """Time passes and the market stays, quoted once a second; what the last moment brought."""
        for part in (*[1_000] * (milliseconds // 1_000), milliseconds % 1_000):
            if part:
                self.desk.after(part)
                effects = self.step_market()
        return effects

    def step_market(self) -> tuple[Any, ...]:
        effects = self.desk.market()
        check_state(self.state)
        return effects

    def ended(self) -> AskEnded:
        """The only end of an ask among the last effects."""
        return self.desk.one(AskEnded)

    def rows(self) -> dict[str, str]:
        """What the comparison says of each maker, of the ask that just ended."""
        return {
            row.maker if row.venue == "ALPHA" else f"{row.maker}@{row.venue}": str(row.outcome)
            for row in self.ended().quotes
        }


def three_quotes(limit: str | None = "1.10020") -> Asking:
    """All makers quote: B is best at 1.10008; the last answer decides."""
    scene = Asking()
    scene.ask(limit)
    scene.quote("BANKA", "1.10000", "1.10010")
    scene.quote("BANKB", "1.09998", "1.10008")
    scene.quote("BANKC", "1.10001", "1.10011")
    return scene


def held(of: Asking) -> D:
    """What of the long side of EUR is reserved."""
    reserved: D = of.state.gate.accounts["net_open_position:EUR"].reserved_up
    return reserved


def passed(of: Asking) -> list[str]:
    """The quotes that the last effects pass."""
    return [one.quote_id for one in of.desk.all(PassQuote)]
