"""Our asks followed until they are over: of each bank that was asked a row, what it said and when.

Read are our own requests and the record of best execution that the robot keeps of each ask.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from backtest.records.columns import Kind, scaled
from backtest.records.market import MarketSource
from backtest.records.rows import Rows, distance, pip_of, tier_of
from robot.deals.party import Side
from robot.deals.product import known_kind, price_side
from robot.messages.asks import AskedTerms, AskEnded, AskOpened, ComparedQuote, SendAsk

DEALT, ANSWERED, REJECTED = "DEALT", "ANSWERED", "REJECTED"
DECLINED, SILENT, UNFIT, CUT, OPEN = "DECLINED", "SILENT", "UNFIT", "CUT", "OPEN"
NO_MIDDLE = "NO_MIDDLE"
"""REJECTED = we dealt on its price, and it did not; UNFIT = what it said could not be dealt on;
CUT = its time for an answer was not over when the ask was, or the session was gone; NO_MIDDLE = its
price could be dealt on, and there was no market of ours to compare it with.
"""
_MILLISECOND_NS = 1_000_000
_GONE = ("VOID", "WITHDRAWN", "NOT_ASKED")
_NO_ANSWER = ("LATE", "EXPIRED")


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """One request of ours."""

    at_ns: int
    venue: str
    maker: str
    terms: AskedTerms


class OwnAsk(msgspec.Struct, kw_only=True):
    """An ask that is not over."""

    opened: AskOpened
    patience_ns: int
    """What each bank has for its answer."""
    sent: dict[str, Sent] = {}
    """By the request's name."""


class OwnAsks(msgspec.Struct):
    """All that are under way."""

    asks: dict[str, OwnAsk] = {}

    def opened(self, at_ns: int, effect: AskOpened, market: MarketSource) -> None:
        """One begins."""
        patience_ns = effect.decide_ns - at_ns
        if market.reference is not None:
            usual_ns = market.reference.asks.patience_ms * _MILLISECOND_NS
            patience_ns = min(patience_ns, usual_ns)
        self.asks[effect.ask_id] = OwnAsk(opened=effect, patience_ns=patience_ns)

    def sent(self, at_ns: int, effect: SendAsk) -> None:
        """A bank is asked."""
        ask = self.asks.get(effect.ask_id)
        if ask is not None:
            ask.sent[effect.request_id] = Sent(
                at_ns=at_ns, venue=effect.venue, maker=effect.maker, terms=effect.terms
            )

    def ended(self, at_ns: int, effect: AskEnded, market: MarketSource, rows: Rows) -> None:
        """One is over, with every quote that came."""
        ask = self.asks.pop(effect.ask_id, None)
        if ask is None:
            return
        quotes: dict[str, list[ComparedQuote]] = {name: [] for name in ask.sent}
        for quote in (*effect.quotes, *effect.earlier):
            if quote.request_id in quotes:
                quotes[quote.request_id].append(quote)
        for name, sent in ask.sent.items():
            _put(rows, market, ask, sent, quotes[name], (at_ns, effect.outcome))

    def close(self, rows: Rows, market: MarketSource) -> None:
        """The record ends."""
        for ask in self.asks.values():
            for sent in ask.sent.values():
                _put(rows, market, ask, sent, (), (None, OPEN))
        self.asks = {}


def _put(
    rows: Rows,
    market: MarketSource,
    ask: OwnAsk,
    sent: Sent,
    quotes: Sequence[ComparedQuote],
    ended: tuple[int | None, str],
) -> None:
    """The row of one bank; of several prices the best for us."""
    opened, terms, (ended_ns, ending) = ask.opened, sent.terms, ended
    said = [one for one in quotes if one.quote_id]
    side = price_side(terms.product, opened.side)
    fit = [one for one in said if one.mid is not None and one.price is not None]
    best = max(fit, key=lambda one: _far(one, side), default=None)
    kind = known_kind(terms.product)
    spot = None if kind is not None and kind.is_loan else market.last_spot(terms.pair, sent.at_ns)
    pip = pip_of(market.reference, terms.product, terms.pair)
    rows.add(
        "asks",
        {
            "at_ns": sent.at_ns,
            "ask_id": opened.ask_id,
            "game": opened.game,
            "venue": sent.venue,
            "counterparty": sent.maker,
            "tier": tier_of(market.reference, sent.maker),
            "product": str(terms.product),
            "pair": terms.pair,
            "side": str(opened.side),
            "amount": scaled(terms.amount, Kind.SIZE),
            "currency": terms.currency,
            "value_date": terms.value_date.isoformat(),
            "far_value_date": terms.far_value_date.isoformat() if terms.far_value_date else "",
            "quotes": len(said),
            "first_quote_ns": min((one.received_ns for one in said), default=None),
            "price": scaled(best.price, Kind.PRICE) if best is not None else None,
            "mid": scaled(best.mid, Kind.PRICE) if best is not None else None,
            "distance": _far(best, side) if best is not None else None,
            "pip": scaled(pip, Kind.PRICE),
            "spot_mid": scaled(spot, Kind.PRICE),
            "ended_ns": ended_ns,
            "outcome": _outcome(ask, sent, quotes, ended),
            "ended_as": ending,
        },
    )


def _far(quote: ComparedQuote, side: Side) -> int:
    found = distance(quote.mid, quote.price, side)
    assert found is not None, "both are there"
    return found


def _outcome(
    ask: OwnAsk, sent: Sent, quotes: Sequence[ComparedQuote], ended: tuple[int | None, str]
) -> str:
    """What a bank did, in one word."""
    ended_ns, ending = ended
    if ended_ns is None:
        return OPEN
    words = {quote.outcome for quote in quotes}
    for word, told in (("TAKEN", DEALT if ending == DEALT else CUT), ("TAKE_REFUSED", REJECTED)):
        if word in words:
            return told
    if any(quote.mid is not None for quote in quotes):
        return ANSWERED
    if "REFUSED" in words:
        return DECLINED
    if words & {*_GONE}:
        return CUT
    if words & {"INVALID", "INDICATIVE"}:
        return UNFIT
    if words - {"SILENT", *_NO_ANSWER}:
        return NO_MIDDLE
    return SILENT if ended_ns - sent.at_ns >= ask.patience_ns else CUT
