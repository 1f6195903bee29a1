"""Turns to project: short builders for the usual ones, and a generator of whole random journals."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from hypothesis import strategies as st

from connectors.store.queries import open_queries
from robot.basics.currency import Currency, CurrencyPair
from robot.basics.ids import (
    BookId,
    CounterpartyId,
    DealId,
    ExecId,
    HitId,
    LimitId,
    QuoteId,
    RfqId,
    VenueId,
)
from robot.deals.deal import Deal
from robot.deals.party import BUY, Side
from robot.messages.effects import (
    AlertRaised,
    AnyEffect,
    DayClosed,
    DealBooked,
    Decided,
    Entry,
    LimitMove,
    LimitsMoved,
    PositionChange,
    Posting,
    QuoteEnded,
    SendQuote,
)
from robot.ports import ProjectedTurn

SEGMENT = "20141103-0001"
DAY = date(2014, 11, 3)
VALUE_DATE = date(2014, 11, 5)
START_NS = 1_415_005_200_000_000_000
EUR_USD = CurrencyPair("EUR/USD")
EUR, USD = Currency("EUR"), Currency("USD")
ALPHA = VenueId("ALPHA")
BANKA = CounterpartyId("BANKA")
BOOK = BookId("FX-SPOT")


class Message(NamedTuple):
    """What the projector's encoder returns."""

    message_id: str
    topic: str
    payload: str
    payload_hash: str


def encode(booked: DealBooked, sequence: int) -> Message:
    """A deterministic stand-in for the MQTT payload."""
    deal = booked.deal
    payload = json.dumps({"deal": deal.deal_id, "sequence": sequence, "rate": str(deal.rate)})
    digest = hashlib.sha256(payload.encode()).hexdigest()
    return Message(f"{deal.deal_id}.v{deal.version}", f"deal/{deal.deal_id}", payload, digest)


def turn(sequence: int, *effects: AnyEffect, segment: str = SEGMENT) -> ProjectedTurn:
    """One turn, a millisecond after the one before."""
    at_ns = START_NS + sequence * 1_000_000
    return ProjectedTurn(sequence=sequence, segment=segment, at_ns=at_ns, effects=effects)


def deal(number: int, *, side: Side = BUY, version: int = 1, rate: str = "1.25120") -> Deal:
    """A spot deal of 1,000,000 EUR against USD."""
    return Deal(
        deal_id=DealId(f"D20141103-{number:06d}"),
        version=version,
        exec_id=ExecId(f"E20141103-{number:06d}"),
        order_id=f"O20141103-{number:06d}",
        quote_id=quote_id(number),
        rfq_id=RfqId(f"R{number}"),
        hit_id=HitId(f"H{number}"),
        response_id=None,
        venue=ALPHA,
        counterparty=BANKA,
        book=BOOK,
        product="SPOT",
        pair=EUR_USD,
        side=side,
        base_amount=Decimal("1000000.00"),
        rate=Decimal(rate),
        counter_amount=Decimal("1000000.00") * Decimal(rate),
        trade_date=DAY,
        value_date=VALUE_DATE,
        strategy="two_way/1",
        mid=Decimal("1.251250"),
        edge=Decimal("50.00"),
        at_ns=START_NS + number * 1_000_000,
    )


def booked(agreed: Deal, *, eur_position: str = "1000000.00", result: str = "50.00") -> DealBooked:
    """The deal with its entry, its positions afterwards and the book's result."""
    postings = tuple(
        Posting(account, flow.currency, flow.value_date, sign * flow.amount)
        for flow in agreed.flows
        for account, sign in (("nostro", 1), ("position", -1))
    )
    position = PositionChange(str(agreed.book), EUR, VALUE_DATE, Decimal(eur_position))
    return DealBooked(
        deal=agreed,
        entry=Entry(f"{agreed.deal_id}.{agreed.version}", agreed.deal_id, postings),
        positions=(position,),
        pnl={"EUR/USD": result},
    )


def quote_id(number: int) -> QuoteId:
    """Our id of the quote that belongs to deal `number`."""
    return QuoteId(f"Q20141103-{number:06d}")


def quote(number: int, *, bid: str | None = "1.25100", offer: str | None = "1.25140") -> SendQuote:
    """A two-way quote, or one side of it."""
    return SendQuote(
        venue=ALPHA,
        quote_id=quote_id(number),
        request_id=f"R{number}",
        rfq_id=RfqId(f"R{number}"),
        counterparty=BANKA,
        pair=EUR_USD,
        amount=Decimal("1000000"),
        bid=None if bid is None else Decimal(bid),
        offer=None if offer is None else Decimal(offer),
        value_date=VALUE_DATE,
        valid_until_ns=START_NS + 3_000_000_000,
    )


def ended(number: int, ending: str) -> QuoteEnded:
    """The end of that quote."""
    return QuoteEnded(quote_id=quote_id(number), ending=ending)


def decided(
    subject: str, *, outcome: str = "QUOTED", reason: str = "", kind: str = "RFQ"
) -> Decided:
    """A decision with two facts and two reasons."""
    return Decided(
        subject=subject,
        kind=kind,
        outcome=outcome,
        reason=reason,
        detail="asked 7000000, headroom 5000000" if reason else "",
        venue=ALPHA,
        counterparty="BANKA",
        pair="EUR/USD",
        amount=Decimal("1000000"),
        side="TWO_WAY",
        strategy="two_way/1",
        facts={"mid": "1.251250", "age_ms": "12"},
        because=("tier A: half spread 0.4 pip", "position flat: no skew"),
    )


def limits_moved(limit_id: str, utilisation: str, reserved: str) -> LimitsMoved:
    """A reservation against one limit of 5,000,000."""
    move = LimitMove(
        LimitId(limit_id), Decimal("1"), Decimal(utilisation), Decimal(reserved), Decimal("5000000")
    )
    return LimitsMoved(verb="reserve", reservation_id="Q1", moves=(move,))


def usual_turn(sequence: int) -> ProjectedTurn:
    """What a dealt request leaves behind: a decision, a quote and its ending, limits, a deal."""
    return turn(
        sequence,
        decided(f"R{sequence}"),
        limits_moved("line/BANKA", f"{sequence}", "0"),
        quote(sequence),
        ended(sequence, "DEALT"),
        booked(deal(sequence), eur_position=f"{sequence}.00"),
    )


def usual_turns(first: int, last: int) -> Sequence[ProjectedTurn]:
    """Turns `first` to `last`, both included."""
    return [usual_turn(sequence) for sequence in range(first, last + 1)]


def day_after(day: date) -> date:
    """Tomorrow."""
    return day + timedelta(days=1)


def day_closed(day: date, *, eur_position: str = "1000000.00", result: str = "50.00") -> DayClosed:
    """The end of a trade date."""
    return DayClosed(
        trade_date=day,
        next_trade_date=day_after(day),
        positions=(PositionChange(str(BOOK), EUR, VALUE_DATE, Decimal(eur_position)),),
        pnl={"EUR/USD": result},
    )


class Journal(NamedTuple):
    """A random journal, and where to cut it into batches."""

    turns: list[ProjectedTurn]
    cuts: list[tuple[int, int]]
    """Per batch: how many turns, and how many of those before are handed over again."""

    def batches(self) -> Iterator[list[ProjectedTurn]]:
        """The journal in batches; what is left over is the last one."""
        start = 0
        for size, again in self.cuts:
            end = min(start + size, len(self.turns))
            batch = self.turns[max(0, start - again) : end]
            # Only turns of the segment that is being applied are handed over again.
            current = self.turns[max(0, start - 1)].segment
            yield [t for t in batch if t.segment >= current]
            start = end
        yield self.turns[start:]

    def fold(self) -> Fold:
        """What a reader must see at the end, worked out the obvious way: effect by effect."""
        fold = Fold.empty()
        for projected in self.turns:
            for effect in projected.effects:
                fold.take(effect)
        return fold


class Fold(NamedTuple):
    """What a reader sees: deals, last values by key, and how many of what is only kept."""

    deals: list[str]
    positions: dict[tuple[str, date], Decimal]
    limits: dict[str, Decimal]
    endings: dict[str, str | None]
    decisions: list[str]
    alerts: list[str]

    @classmethod
    def empty(cls) -> Fold:
        """Before the first effect."""
        return cls([], {}, {}, {}, [], [])

    def take(self, effect: AnyEffect) -> None:
        """One more effect."""
        match effect:
            case DealBooked():
                self.deals.append(effect.deal.deal_id)
                self._take_positions(effect.positions)
            case DayClosed():
                self._take_positions(effect.positions)
            case LimitsMoved():
                self.limits.update({move.limit_id: move.reserved for move in effect.moves})
            case SendQuote():
                self.endings[effect.quote_id] = None
            case QuoteEnded() if effect.quote_id in self.endings:
                self.endings[effect.quote_id] = effect.ending
            case Decided():
                self.decisions.append(effect.subject)
            case AlertRaised():
                self.alerts.append(effect.text)
            case _:
                pass

    def _take_positions(self, changes: Sequence[PositionChange]) -> None:
        self.positions.update({(c.currency, c.value_date): c.amount for c in changes})

    @classmethod
    def read(cls, url: str) -> Fold:
        """The same from the database."""
        with open_queries(url) as queries:
            subjects = [f"R{number}" for number in range(1, 6)]
            decisions = [d for subject in subjects for d in queries.decisions(subject)]
            decisions.sort(key=lambda d: (d.segment, d.sequence, d.number))
            quotes = [q for number in range(1, 6) for q in queries.quotes(f"R{number}")]
            return cls(
                deals=[str(d.deal_id) for d in queries.deals()],
                positions={(p.currency, p.value_date): p.amount for p in queries.positions()},
                limits={limit.limit_id: limit.reserved for limit in queries.limit_use()},
                endings={q.quote_id: q.ending for q in quotes},
                decisions=[decision.subject for decision in decisions],
                alerts=[alert.text for alert in queries.alerts()],
            )


_NUMBERS = st.integers(1, 5)
_AMOUNTS = st.decimals(-(10**12), 10**12, places=2).map(str)
_EFFECTS = st.one_of(
    _NUMBERS.map(lambda n: decided(f"R{n}")),
    _NUMBERS.map(quote),
    st.builds(ended, _NUMBERS, st.sampled_from(["DEALT", "EXPIRED", "REPLACED"])),
    st.builds(limits_moved, st.sampled_from(["line/A", "line/B"]), st.just("1"), _AMOUNTS),
    st.builds(lambda amount: day_closed(DAY, eur_position=amount), _AMOUNTS),
    st.builds(AlertRaised, code=st.just("A"), text=st.text(max_size=5).filter(str.isprintable)),
    st.builds(lambda amount: ("deal", amount), _AMOUNTS),
)


@st.composite
def journals(draw: st.DrawFn) -> Journal:
    """One to thirty turns in up to two segments; deals are numbered as the core would."""
    contents = draw(st.lists(st.lists(_EFFECTS, max_size=5), min_size=1, max_size=30))
    boundary = draw(st.integers(0, len(contents)))
    turns: list[ProjectedTurn] = []
    deals = 0
    for number, content in enumerate(contents):
        effects: list[AnyEffect] = []
        for effect in content:
            if isinstance(effect, tuple):
                deals += 1
                effects.append(booked(deal(deals), eur_position=effect[1]))
            else:
                effects.append(effect)
        segment = SEGMENT if number < boundary else "20141104-0001"
        turns.append(turn(2 * number + 1, *effects, segment=segment))
    return Journal(turns, draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)))))
