"""Requests, quotes and orders followed until they are over, each then a row."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from backtest.records.columns import Kind, scaled
from backtest.records.market import MarketSource
from backtest.records.rows import Rows, base_size, distance, pip_of, refused_by, tier_of
from robot.basics.numbers import parse_decimal
from robot.deals.deal import Deal
from robot.deals.party import BUY, SELL
from robot.deals.product import ProductKind
from robot.messages.asks import TakeQuote
from robot.messages.effects import (
    Decided,
    OrderEnded,
    QuoteEnded,
    RefuseRfq,
    SendOrder,
    SendQuote,
)
from robot.messages.events import RfqEnded, RfqReceived

OPEN = "OPEN"
"""Outcome of what was not over when the record ended."""
DEALT, REFUSED, REPLACED, QUOTED = "DEALT", "REFUSED", "REPLACED", "QUOTED"
QUIET_NS = 60_000_000_000
"""A request that has ended is kept so long: a further price may come."""


class Asked(msgspec.Struct, kw_only=True):
    """A request; the fields down to `rival_offer` are the columns of its row."""

    at_ns: int
    request_id: str
    rfq_id: str
    venue: str
    counterparty: str
    tier: str
    product: str
    pair: str
    side: str
    size: int | None
    currency: str
    tenor: str
    value_date: str
    far_tenor: str
    far_value_date: str
    streaming: bool
    quotes: int = 0
    first_quote_ns: int | None = None
    distance: int | None = None
    outcome: str = ""
    reason: str = ""
    ended_ns: int | None = None
    deals: int = 0
    rivals: int | None = None
    rival_bid: int | None = None
    rival_offer: int | None = None
    live: int = 0
    """Prices on it that stand."""
    open_until_ns: int = 0


class Shown(msgspec.Struct, kw_only=True):
    """A quote; all fields are columns of its row."""

    at_ns: int
    quote_id: str
    request_id: str
    rfq_id: str
    venue: str
    counterparty: str
    tier: str
    product: str
    pair: str
    strategy: str
    size: int | None
    currency: str
    bid: int | None
    offer: int | None
    mid: int | None
    bid_distance: int | None
    offer_distance: int | None
    pip: int | None
    first: bool
    replaces: str
    valid_until_ns: int
    ended_ns: int | None = None
    outcome: str = ""
    deal_id: str = ""


class Working(msgspec.Struct, kw_only=True):
    """An order of ours; all fields are columns of its row."""

    at_ns: int
    order_id: str
    venue: str
    pair: str
    side: str
    size: int | None
    currency: str
    order_kind: str
    price: int | None
    purpose: str
    mid: int | None
    ended_ns: int | None = None
    outcome: str = ""
    filled: int | None = 0


class Conversations(msgspec.Struct):
    """All that is under way."""

    requests: dict[str, Asked] = {}
    """By venue and RfqId: of a request for several sizes each is one."""
    named: dict[str, list[str]] = {}
    """Venue and the venue's own id -> keys in `requests`."""
    quotes: dict[str, Shown] = {}
    orders: dict[str, Working] = {}

    # --- requests

    def asked(self, at_ns: int, event: RfqReceived, market: MarketSource) -> None:
        """Somebody asks; a request that came before under the same name keeps its row."""
        key = f"{event.venue} {event.rfq_id}"
        if key in self.requests:
            return
        pair = event.pair
        self.named.setdefault(f"{event.venue} {event.request_id}", []).append(key)
        self.requests[key] = Asked(
            at_ns=at_ns,
            request_id=event.request_id,
            rfq_id=event.rfq_id,
            venue=event.venue,
            counterparty=event.counterparty or "",
            tier=tier_of(market.reference, event.counterparty),
            product=event.product,
            pair=pair,
            side=str(event.side or ""),
            size=base_size(event.amount, event.currency or "", pair, market, at_ns),
            currency="" if event.currency in (None, pair[:3]) else str(event.currency),
            tenor=event.tenor,
            value_date=str(event.value_date or ""),
            far_tenor=event.far_tenor,
            far_value_date=str(event.far_value_date or ""),
            streaming=event.streaming_ns > 0,
            open_until_ns=max(event.open_until_ns, at_ns + event.streaming_ns),
        )

    def ended(self, at_ns: int, event: RfqEnded) -> None:
        """The other side ended one that has no price."""
        for key in self.named.get(f"{event.venue} {event.request_id}", ()):
            asked = self.requests[key]
            if not asked.quotes and not asked.outcome:
                asked.outcome, asked.ended_ns = str(event.ending), at_ns

    def refused(self, at_ns: int, effect: RefuseRfq) -> None:
        """We do not quote, or no longer."""
        asked = self._of(effect.venue, effect.rfq_id)
        if asked is None:
            return
        asked.reason = str(effect.reason)
        if not asked.quotes:
            asked.outcome, asked.ended_ns = REFUSED, at_ns

    def rivals(self, name: str, count: int, bid: Decimal | None, offer: Decimal | None) -> None:
        """What others quoted."""
        for key in self.named.get(name, ()):
            asked = self.requests[key]
            asked.rivals = count
            asked.rival_bid = scaled(bid, Kind.PRICE)
            asked.rival_offer = scaled(offer, Kind.PRICE)

    # --- quotes

    def quoted(
        self, at_ns: int, effect: SendQuote, decided: Decided | None, market: MarketSource
    ) -> None:
        """A price of ours."""
        asked = self._of(effect.venue, effect.rfq_id)
        facts = decided.facts if decided is not None else {}
        mid = _number(facts, "mid")
        if mid is None and effect.product == ProductKind.SPOT:
            mid = market.spot(effect.pair, at_ns)
        shown = Shown(
            at_ns=at_ns,
            quote_id=effect.quote_id,
            request_id=effect.request_id,
            rfq_id=effect.rfq_id,
            venue=effect.venue,
            counterparty=effect.counterparty,
            tier=facts.get("tier") or tier_of(market.reference, effect.counterparty),
            product=str(effect.product),
            pair=effect.pair,
            strategy=decided.strategy if decided is not None else "",
            size=base_size(effect.amount, effect.currency, effect.pair, market, at_ns),
            currency=effect.currency,
            bid=scaled(effect.bid, Kind.PRICE),
            offer=scaled(effect.offer, Kind.PRICE),
            mid=scaled(mid, Kind.PRICE),
            bid_distance=distance(mid, effect.bid, BUY),
            offer_distance=distance(mid, effect.offer, SELL),
            pip=scaled(pip_of(market.reference, effect.product, effect.pair), Kind.PRICE),
            first=asked is not None and not asked.quotes,
            replaces=effect.replaces or "",
            valid_until_ns=effect.valid_until_ns,
        )
        self.quotes[shown.quote_id] = shown
        if asked is not None:
            _count(asked, shown)

    def quote_ended(self, at_ns: int, effect: QuoteEnded) -> Shown | None:
        """A price stands no longer; its row is due once it is known what was dealt on it."""
        shown = self.quotes.pop(effect.quote_id, None)
        if shown is None:
            return None
        shown.ended_ns, shown.outcome = at_ns, str(effect.ending)
        asked = self._of(shown.venue, shown.rfq_id)
        if asked is not None:
            asked.live -= 1
            if effect.ending != REPLACED and asked.outcome != DEALT:
                asked.outcome, asked.ended_ns = effect.ending, at_ns
        return shown

    def dealt(self, deal: Deal) -> str:
        """A deal was made; the request that it is on."""
        asked = self._of(deal.venue, deal.rfq_id)
        if asked is None:
            return ""
        asked.deals += 1
        asked.outcome, asked.ended_ns = DEALT, deal.at_ns
        return asked.request_id

    # --- orders

    def sent(
        self, at_ns: int, effect: SendOrder | TakeQuote, purpose: str, market: MarketSource
    ) -> None:
        """An order of ours left."""
        take = isinstance(effect, TakeQuote)
        pair = effect.terms.pair if isinstance(effect, TakeQuote) else effect.pair
        terms = effect.terms if isinstance(effect, TakeQuote) else effect
        self.orders[effect.order_id] = Working(
            at_ns=at_ns,
            order_id=effect.order_id,
            venue=effect.venue,
            pair=pair,
            side=str(effect.side),
            size=base_size(terms.amount, terms.currency, pair, market, at_ns),
            currency=terms.currency,
            order_kind="TAKE" if isinstance(effect, TakeQuote) else str(effect.kind),
            price=scaled(effect.price, Kind.PRICE),
            purpose=purpose or ("ask" if take else ""),
            mid=scaled(market.spot(pair, at_ns), Kind.PRICE),
        )

    def order_ended(self, at_ns: int, effect: OrderEnded, rows: Rows) -> None:
        """The venue says it is over."""
        working = self.orders.pop(effect.order_id, None)
        if working is not None:
            working.ended_ns, working.outcome = at_ns, effect.ending
            working.filled = scaled(effect.filled, Kind.SIZE)
            rows.add("orders", msgspec.structs.asdict(working))

    # --- rows

    def put_quote(self, shown: Shown, rows: Rows) -> None:
        """Its row."""
        rows.add("quotes", msgspec.structs.asdict(shown))

    def put_requests(self, at_ns: int, rows: Rows) -> None:
        """The rows of requests that have been over for a while."""
        due = [
            key
            for key, asked in self.requests.items()
            if asked.outcome
            and not asked.live
            and at_ns - (asked.ended_ns or asked.at_ns) >= QUIET_NS
            and at_ns >= asked.open_until_ns
        ]
        for key in due:
            self._put_request(key, rows)

    def close(self, rows: Rows) -> None:
        """The record ends: whatever is open has its row."""
        for shown in self.quotes.values():
            shown.outcome = OPEN
            self.put_quote(shown, rows)
        for working in self.orders.values():
            working.outcome = OPEN
            rows.add("orders", msgspec.structs.asdict(working))
        for key in tuple(self.requests):
            asked = self.requests[key]
            if asked.live and asked.outcome != DEALT:
                asked.outcome = OPEN
            asked.outcome = asked.outcome or OPEN
            self._put_request(key, rows)
        self.quotes, self.orders = {}, {}

    def _put_request(self, key: str, rows: Rows) -> None:
        asked = self.requests.pop(key)
        name = f"{asked.venue} {asked.request_id}"
        self.named[name].remove(key)
        if not self.named[name]:
            del self.named[name]
        rows.add("requests", msgspec.structs.asdict(asked))

    def _of(self, venue: str, rfq_id: str) -> Asked | None:
        return self.requests.get(f"{venue} {rfq_id}")


def refusal_row(
    at_ns: int, decided: Decided, asked: Asked | None, shown: Shown | None, market: MarketSource
) -> dict[str, int | str | bool | None]:
    """What was refused, and why."""
    about = asked or shown
    product = decided.facts.get("product") or (about.product if about is not None else "")
    tier = decided.facts.get("tier") or tier_of(market.reference, decided.counterparty)
    return {
        "at_ns": at_ns,
        "decided": decided.kind,
        "subject": decided.subject,
        "venue": decided.venue,
        "counterparty": decided.counterparty,
        "tier": tier,
        "product": product or str(ProductKind.SPOT),
        "pair": str(decided.pair),
        "side": "" if decided.side == "TWO_WAY" else str(decided.side),
        "size": scaled(decided.amount, Kind.SIZE),
        "reason": str(decided.reason),
        "refused_by": refused_by(decided),
        "detail": decided.detail,
    }


def _count(asked: Asked, shown: Shown) -> None:
    asked.quotes += 1
    asked.live += 1
    asked.tier = shown.tier or asked.tier
    if asked.outcome != DEALT:
        asked.outcome, asked.ended_ns = "", None
    if asked.first_quote_ns is None:
        asked.first_quote_ns = shown.at_ns
        known = [one for one in (shown.bid_distance, shown.offer_distance) if one is not None]
        asked.distance = sum(known) // len(known) if known else None


def _number(facts: Mapping[str, str], name: str) -> Decimal | None:
    text = facts.get(name)
    if not text:
        return None
    try:
        return parse_decimal(text)
    except ValueError:
        return None  # as a rule or a person wrote it: no number
