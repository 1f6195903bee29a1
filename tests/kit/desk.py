"""A desk at work: the core with its venues up, told what happens in the desk's own words.

`Desk().open()` is a robot that may deal. Sides are the client's here (`buy` = the client buys the
base currency), as on the wire; our own are the opposite. Times are `HH:MM:SS.mmm` of `Desk.day`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from robot.assembly import load_strategy
from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId, ExecId, HitId, QuoteId, RfqId, VenueId
from robot.clock import nanoseconds
from robot.core.engine import Engine
from robot.core.state import restore, snapshot
from robot.deals.party import BUY, SELL, Side
from robot.deals.reference import Reference
from robot.messages.base import Origin
from robot.messages.counters import CounterReceived
from robot.messages.effects import AnyEffect, SendQuote
from robot.messages.events import (
    AnyEvent,
    DayRolled,
    DealingClosed,
    DealingOpened,
    HitReceived,
    KillSwitchPulled,
    KillSwitchReleased,
    MarketUpdated,
    MessageRefused,
    RfqEnded,
    RfqEnding,
    RfqReceived,
    RobotStarted,
    SessionDown,
    SessionKind,
    SessionUp,
    Stamped,
    TimeAdvanced,
    TradeReported,
    TradesCounted,
)
from tests.kit.reference import reference

THURSDAY = date(2014, 5, 1)
"""Spot of EUR/USD is Monday 5 May, of USD/CAD Friday 2 May."""
SPOT = "SPOT"
SECOND_NS = 1_000_000_000
ORIGIN = Origin(session="BANKCNBJ-DEAL->ALPHA-DEAL", sequence=1)
OUR_SIDE: dict[str | None, Side | None] = {"buy": SELL, "sell": BUY, None: None}

E = TypeVar("E")


def time_ns(text: str, day: date = THURSDAY) -> int:
    """Nanoseconds since the epoch of `09:30:05.000` UTC on a day."""
    return nanoseconds(datetime.combine(day, time.fromisoformat(text), UTC))


def started(facts: Reference | None = None, day: date = THURSDAY) -> RobotStarted:
    """The first event of a run."""
    return RobotStarted(
        trade_date=day,
        reference=facts if facts is not None else reference(),
        code_version="test",
        configuration_hash="test",
    )


class Desk:
    """The core and everything it was told; `effects` are those of the last event."""

    def __init__(self, at: str = "09:30:00.000", **changes: Any) -> None:
        self.day = THURSDAY
        self.reference = reference(**changes)
        self.engine = Engine(load_strategy)
        self.at_ns = time_ns(at)
        self.stepped: list[Stamped] = []
        self.history: list[tuple[AnyEffect, ...]] = []
        self.effects: tuple[AnyEffect, ...] = ()
        self._numbers = dict.fromkeys(("R", "H"), 0)

    @property
    def state(self) -> Any:
        """The core's state."""
        return self.engine.state

    def at(self, clock: str) -> Desk:
        """Set the time of what comes next."""
        self.at_ns = time_ns(clock, self.day)
        return self

    def after(self, milliseconds: int) -> Desk:
        """Let so much time pass before what comes next."""
        self.at_ns += milliseconds * 1_000_000
        return self

    def step(self, event: AnyEvent) -> tuple[AnyEffect, ...]:
        """Give the core one event at the desk's time."""
        stamped = Stamped(self.state.stepped + 1, self.at_ns, event)
        self.effects = self.engine.step(stamped)
        self.stepped.append(stamped)
        self.history.append(self.effects)
        return self.effects

    def start(self) -> Desk:
        """Step RobotStarted only."""
        self.step(started(self.reference, self.day))
        return self

    def open(self) -> Desk:
        """Start, log on everywhere, reconcile, open dealing: ready for the first request."""
        self.start()
        for venue in self.reference.venues:
            self.log_on(venue.id)
            self.step(DealingOpened(venue=venue.id, product=SPOT))
        return self

    def log_on(self, venue: str = "ALPHA", *, trades: int = 0) -> Desk:
        """Both sessions of a venue up; with no trades to report it is reconciled at once."""
        for kind in (SessionKind.MARKET_DATA, SessionKind.DEALING):
            self.step(SessionUp(venue=VenueId(venue), kind=kind))
        self.count_trades(venue, trades)
        return self

    def log_out(self, venue: str = "ALPHA", kind: SessionKind = SessionKind.DEALING) -> Desk:
        """One session of a venue is gone."""
        self.step(SessionDown(venue=VenueId(venue), kind=kind))
        return self

    def count_trades(self, venue: str = "ALPHA", total: int = 0) -> tuple[AnyEffect, ...]:
        """The venue answers every open trade capture request with the same number."""
        for request_id in tuple(self.state.venues[venue].requests):
            self.step(
                TradesCounted(
                    origin=ORIGIN, venue=VenueId(venue), request_id=request_id, total=total
                )
            )
        return self.effects

    def report_trade(
        self, exec_id: str, *, venue: str = "ALPHA", **changes: Any
    ) -> tuple[AnyEffect, ...]:
        """The venue reports a trade as we know it, or with `changes`."""
        deal = self.state.deals.get(exec_id)
        requests = tuple(self.state.venues[venue].requests)
        values: dict[str, Any] = {
            "request_id": requests[0] if requests else "unsolicited",
            "pair": deal.pair if deal else "EUR/USD",
            "side": deal.side if deal else BUY,
            "base_amount": deal.base_amount if deal else Decimal(1_000_000),
            "rate": deal.rate if deal else Decimal("1.1"),
            "trade_date": deal.trade_date if deal else self.day,
        }
        return self.step(
            TradeReported(
                origin=ORIGIN,
                venue=VenueId(venue),
                exec_id=ExecId(exec_id),
                **{**values, **changes},
            )
        )

    def market(
        self,
        bid: str | None = "1.10000",
        offer: str | None = "1.10010",
        pair: str = "EUR/USD",
        venue: str = "ALPHA",
    ) -> tuple[AnyEffect, ...]:
        """A venue's new top of book."""
        return self.step(
            MarketUpdated(
                venue=VenueId(venue),
                pair=CurrencyPair(pair),
                bid=Decimal(bid) if bid is not None else None,
                offer=Decimal(offer) if offer is not None else None,
            )
        )

    def rfq(
        self,
        amount: str | int = 1_000_000,
        pair: str = "EUR/USD",
        *,
        client: str | None = "BANKA",
        side: str | None = None,
        request: str | None = None,
        entry: int = 1,
        venue: str = "ALPHA",
        stream_s: int = 0,
        open_ms: int = 0,
        **fields: Any,
    ) -> tuple[AnyEffect, ...]:
        """A client asks; `side` is the client's, None = two-way."""
        request_id = request if request is not None else self._next("R")
        return self.step(
            RfqReceived(
                origin=ORIGIN,
                venue=VenueId(venue),
                request_id=request_id,
                rfq_id=RfqId(request_id if entry == 1 else f"{request_id}#{entry}"),
                counterparty=CounterpartyId(client) if client is not None else None,
                pair=pair,
                side=OUR_SIDE[side],
                amount=Decimal(amount),
                open_until_ns=self.at_ns + open_ms * 1_000_000 if open_ms else 0,
                streaming_ns=stream_s * SECOND_NS,
                **{"product": SPOT, **fields},
            )
        )

    def hit(
        self,
        quote_id: str,
        side: str = "buy",
        amount: str | int = 1_000_000,
        *,
        client: str | None = "BANKA",
        hit: str | None = None,
        venue: str = "ALPHA",
        pair: str = "EUR/USD",
        price: str | None = None,
        **fields: Any,
    ) -> tuple[AnyEffect, ...]:
        """A client deals on a quote; `side` is the client's."""
        ours = OUR_SIDE[side]
        assert ours is not None, "a hit has a side"
        return self.step(
            HitReceived(
                origin=ORIGIN,
                venue=VenueId(venue),
                hit_id=HitId(hit if hit is not None else self._next("H")),
                quote_id=QuoteId(quote_id),
                counterparty=CounterpartyId(client) if client is not None else None,
                pair=pair,
                side=ours,
                amount=Decimal(amount),
                price=Decimal(price) if price is not None else None,
                **fields,
            )
        )

    def counter(
        self,
        quote_id: str,
        price: str | Decimal | None,
        side: str = "buy",
        amount: str | int = 1_000_000,
        *,
        client: str | None = "BANKA",
        response: str | None = None,
        venue: str = "ALPHA",
        pair: str = "EUR/USD",
        **fields: Any,
    ) -> tuple[AnyEffect, ...]:
        """A client answers a quote with a price of its own; `side` is the client's."""
        ours = OUR_SIDE[side]
        assert ours is not None, "a counter-offer has a side"
        return self.step(
            CounterReceived(
                origin=ORIGIN,
                venue=VenueId(venue),
                response_id=response if response is not None else self._next("H"),
                quote_id=QuoteId(quote_id),
                counterparty=CounterpartyId(client) if client is not None else None,
                pair=pair,
                side=ours,
                amount=Decimal(amount),
                price=Decimal(price) if price is not None else None,
                **fields,
            )
        )

    def end_rfq(
        self,
        *,
        request: str | None = None,
        quote: str | None = None,
        ending: RfqEnding = RfqEnding.PASSED,
        venue: str = "ALPHA",
    ) -> tuple[AnyEffect, ...]:
        """The other side ends a conversation."""
        return self.step(
            RfqEnded(
                origin=ORIGIN,
                venue=VenueId(venue),
                ending=ending,
                quote_id=QuoteId(quote) if quote is not None else None,
                request_id=request,
            )
        )

    def reject(
        self, reference_: str, kind: str = "S", *, venue: str = "ALPHA"
    ) -> tuple[AnyEffect, ...]:
        """The venue rejects a message of ours."""
        return self.step(
            MessageRefused(
                origin=ORIGIN, venue=VenueId(venue), message_type=kind, reference=reference_
            )
        )

    def pass_time(self, milliseconds: int = 0) -> tuple[AnyEffect, ...]:
        """Nothing but time."""
        self.after(milliseconds)
        return self.step(TimeAdvanced())

    def kill(self) -> tuple[AnyEffect, ...]:
        """The kill switch is pulled."""
        return self.step(KillSwitchPulled(actor="compliance", reason="test"))

    def release(self) -> tuple[AnyEffect, ...]:
        """The kill switch is released."""
        return self.step(KillSwitchReleased(actor="compliance", reason="test"))

    def open_dealing(self, venue: str = "ALPHA") -> tuple[AnyEffect, ...]:
        """The schedule opens."""
        return self.step(DealingOpened(venue=VenueId(venue), product=SPOT))

    def close_dealing(self, venue: str = "ALPHA") -> tuple[AnyEffect, ...]:
        """The schedule closes."""
        return self.step(DealingClosed(venue=VenueId(venue), product=SPOT))

    def roll(self, days: int = 1) -> tuple[AnyEffect, ...]:
        """The next trade date begins."""
        self.day += timedelta(days=days)
        return self.step(DayRolled(trade_date=self.day))

    def restart(self) -> tuple[AnyEffect, ...]:
        """The process ends without a word and starts again from a snapshot of its state."""
        self.engine = Engine(load_strategy, restore(snapshot(self.state)))
        return self.step(started(self.reference, self.day))

    def quoted(self, amount: str | int = 1_000_000, **request: Any) -> str:
        """Ask and return the id of the quote; fails when there is none."""
        return self.one(SendQuote, self.rfq(amount, **request)).quote_id

    def one(self, kind: type[E], effects: Sequence[object] | None = None) -> E:
        """The only effect of a kind among the last effects."""
        found = self.all(kind, effects)
        assert len(found) == 1, f"{len(found)} {kind.__name__} in {self.effects}"
        return found[0]

    def all(self, kind: type[E], effects: Sequence[object] | None = None) -> list[E]:
        """All effects of a kind among the last effects."""
        chosen = self.effects if effects is None else effects
        return [effect for effect in chosen if isinstance(effect, kind)]

    def history_of(self, kind: type[E]) -> list[E]:
        """All effects of a kind since the beginning."""
        return [effect for row in self.history for effect in row if isinstance(effect, kind)]

    def changed(self, **changes: Any) -> Desk:
        """Start again with other reference data."""
        self.reference = reference(**changes)
        return self

    def _next(self, letter: str) -> str:
        self._numbers[letter] += 1
        return f"{letter}{self._numbers[letter]}"


def encoded(history: Sequence[Sequence[AnyEffect]]) -> list[bytes]:
    """Effects as the bytes that the journal would hold."""
    return [msgspec.json.encode(effects) for effects in history]


def refusal(desk: Desk) -> str:
    """The reason of the only refusal among the last effects."""
    found = [
        effect for effect in desk.effects if type(effect).__name__ in ("RefuseRfq", "RefuseHit")
    ]
    assert len(found) == 1, f"{len(found)} refusals in {desk.effects}"
    return str(found[0].reason)  # type: ignore[union-attr]
