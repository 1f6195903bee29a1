"""Hedging in a demo: what desk.yaml and its neighbours need for it, and what it came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec

from connectors.sim.order_rows import OrderFill
from connectors.sim.record import VenueRecord
from connectors.sim.rows import Fill
from connectors.store.queries import Queries
from robot.basics.currency import base_of
from robot.deals.deal import Deal
from robot.deals.reference import HedgePolicy

BAND, TARGET, CLIP = "5000000", "1000000", "3000000"
"""Base currency: left alone, brought back to, at once."""
SLIPPAGE_BP = "2"
LINE = 60_000_000
ORDERS_OUTSTANDING = 8
HEDGE = "hedge"
"""What the robot calls the purpose of such orders."""
MAKERS = ("LPTIGHT", "LPWIDE", "LPSLOW")
"""The simulator's honest ones."""
STREAMED, SIZES = "EUR/USD", ("1000000", "5000000")
USD = "USD"
MILLION = 1_000_000
BUSTED = "busted"
_OTHER = {"1": "2", "2": "1"}
"""Side of the other party."""
ZERO = Decimal(0)


class Hedged(msgspec.Struct, frozen=True, kw_only=True):
    """What hedging one pair came to; amounts in base currency, cost in the counter currency."""

    deals: int
    amount: str
    cost: str
    """Against the market's middle when each was dealt; positive = we paid."""
    slippage: str
    """Of it, against the price that was shown when the order was sent; negative = it was better."""
    currency: str
    """Whose position was brought back."""
    position: str
    """Its net position at the end."""
    band: str


def hedge(
    desk: dict[str, Any],
    limits: dict[str, Any],
    parties: dict[str, Any],
    takers: Sequence[str],
    makers: Sequence[str] = MAKERS,
) -> None:
    """Every currency with a pair against USD is hedged in that pair, where venues take orders, with
    these as counterparties; a desk that says itself how it hedges is left as it is.
    """
    if desk.get("hedges"):
        return
    there = [venue for venue in desk["venues"] if venue["id"] in takers]
    pairs = dict.fromkeys(str(pair) for venue in there for pair in venue["pairs"])
    rates = {str(name): Decimal(str(rate)) for name, rate in limits["line_rates"].items()}
    desk["hedges"] = [_policy(pair, rates) for pair in pairs if USD in pair.split("/")]
    limits["orders_outstanding"] = ORDERS_OUTSTANDING
    for venue in desk["venues"]:
        if venue["id"] in takers:
            venue["counterparty"] = venue["id"]
            limits["counterparty_lines"][venue["id"]] = LINE
            row = {"id": venue["id"], "name": f"Venue {venue['id']}", "tier": "gold"}
            parties["counterparties"].append(row)
    _ask_and_stream(desk, limits, parties, takers, makers)


def _ask_and_stream(
    desk: dict[str, Any],
    limits: dict[str, Any],
    parties: dict[str, Any],
    takers: Sequence[str],
    makers: Sequence[str],
) -> None:
    """Makers may be asked everywhere; a pair is streamed where orders are taken; the venues' record
    is told live, and copied.
    """
    for maker in makers:
        limits["counterparty_lines"][maker] = LINE
        row = {"id": maker, "name": f"Maker {maker}", "tier": "gold"}
        parties["counterparties"].append(row)
    for venue in desk["venues"]:
        venue["makers"] = list(makers)
        venue["drop_copy"] = True
        told = {"trades_live": True, "trades_since": True}
        venue["dialect"] = {**dict(venue.get("dialect") or {}), **told}
    desk["streams"] = [
        {"venue": venue["id"], "pair": STREAMED, "amounts": list(SIZES)}
        for venue in desk["venues"]
        if venue["id"] in takers and STREAMED in venue["pairs"]
    ]


def _policy(pair: str, rates: Mapping[str, Decimal]) -> dict[str, Any]:
    """Of USD/JPY the position in JPY, of the size of the others."""
    base, counter = pair.split("/")
    sizes = {"band": BAND, "target": TARGET, "clip": CLIP}
    row: dict[str, Any] = {"pair": pair, **sizes, "slippage_bp": SLIPPAGE_BP}
    if base == USD:
        row["currency"] = counter
        for name, size in sizes.items():
            row[name] = str(round(Decimal(size) / rates[counter] / MILLION) * MILLION)
    return row


def fill_of(order_fill: OrderFill) -> Fill:
    """A deal of the robot as taker, as if the venue had been its client: the venue's side is the
    other one.
    """
    return Fill(
        venue=order_fill.venue,
        exec_id=order_fill.exec_id,
        order_id=order_fill.venue_order_id,
        hit_id=order_fill.order_id,
        response_id=None,
        quote_id=None,
        client=order_fill.venue,
        pair=order_fill.pair,
        side=_OTHER[order_fill.side],
        base_amount=order_fill.base_amount,
        rate=order_fill.rate,
        counter_amount=order_fill.counter_amount,
        counter_currency=order_fill.pair[4:],
        value_date=order_fill.value_date,
        trade_date=order_fill.trade_date,
        transact_at_ns=order_fill.at_ns,
        received_at_ns=order_fill.at_ns,
        received_wall_ns=order_fill.wall_ns,
        mid=order_fill.mid,
        poss_dup=False,
    )


def standing(record: VenueRecord) -> tuple[Fill, ...]:
    """All deals that a venue has in the end, with clients, as our makers, and on our orders."""
    taken = (fill_of(fill) for fill in record.order_fills if fill.state != BUSTED)
    asked = (
        replace(deal, side=_OTHER[deal.side], client=deal.maker) for deal in record.maker_deals
    )
    dealt = (fill for fill in (*record.fills, *asked) if fill.state != BUSTED)
    return (*dealt, *taken)


def hedged(
    queries: Queries, deals: Iterable[Deal], policies: Iterable[HedgePolicy]
) -> dict[str, Hedged]:
    """What hedging came to, by pair."""
    net: dict[str, Decimal] = {}
    for row in queries.positions():
        net[row.currency] = net.get(row.currency, ZERO) + row.amount
    own = [deal for deal in deals if deal.as_taker and deal.strategy == HEDGE]
    found: dict[str, Hedged] = {}
    for policy in policies:
        pair, currency = policy.pair, policy.currency or base_of(policy.pair)
        of_pair = [deal for deal in own if deal.pair == pair]
        found[pair] = Hedged(
            deals=len(of_pair),
            amount=str(sum((deal.base_amount for deal in of_pair), ZERO)),
            cost=str(-sum((deal.edge for deal in of_pair), ZERO)),
            slippage=str(sum((_slippage(queries, deal) for deal in of_pair), ZERO)),
            currency=currency,
            position=str(net.get(currency, ZERO)),
            band=str(policy.band),
        )
    return found


def _slippage(queries: Queries, deal: Deal) -> Decimal:
    """What the deal cost over the price shown when its order was sent."""
    sent = [row for row in queries.decisions(deal.order_id, venue=deal.venue) if row.facts]
    if not sent:
        return ZERO
    worse = deal.side.sign * (deal.rate - Decimal(sent[0].facts["shown"]))
    return (worse * deal.base_amount).quantize(Decimal("0.01"))
