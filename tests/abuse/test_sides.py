"""Both sides of a quote, and what may only reduce: from long, flat and short, with orders out.

Another engine's reduce-only orders turned positions round. Here what reduces is judged with all
that is outstanding, and ends no further than flat.
"""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from robot.deals.party import BUY, SELL, Side
from robot.invariants import check_state
from robot.messages.effects import (
    AlertRaised,
    CancelOrder,
    ConcludeDeal,
    Decided,
    RefuseHit,
    SendOrder,
    SendQuote,
)
from tests.abuse.cases import limits_of, way_of
from tests.abuse.ways import PARTIES, TAKERS, WIDE, burst, in_force
from tests.kit import taker
from tests.kit.desk import Desk
from tests.kit.invariants import check_within
from tests.kit.taker import HEDGE

MILLION = 1_000_000
ROW = "net_open_position:desk=FX:EUR"


def test_a_two_way_quote_is_dealt_on_one_side_only() -> None:
    of = Desk(desk="FX", limits={"tree": {"net_open_position": [_position(MILLION)]}}).open()
    of.market()
    quote = of.quoted()
    of.hit(quote, "buy")
    of.hit(quote, "sell")
    assert len(of.history_of(ConcludeDeal)) == 1
    assert of.one(RefuseHit).reason == "QUOTE_USED"
    assert of.state.gate.accounts[ROW].utilisation == -MILLION
    check_state(of.state)
    check_within(of.state)


def test_of_quotes_to_several_clients_each_is_dealt_on_one_side_and_within_the_limit() -> None:
    """Two sides of two quotes hit at once: each quote holds both, and deals one."""
    of = Desk(desk="FX", limits={"tree": {"net_open_position": [_position(2 * MILLION)]}}).open()
    of.market()
    quotes = [(of.quoted(client=who), who) for who in ("BANKA", "BANKB")]
    of.rfq(client="BANKC")
    assert of.one(Decided).reason == "NET_OPEN_POSITION", "a third could be hit on either side"
    for quote, who in quotes:
        for side in ("sell", "buy"):
            of.hit(quote, side, client=who)
    assert len(of.history_of(ConcludeDeal)) == 2
    assert of.state.gate.accounts[ROW].utilisation == 2 * MILLION
    check_within(of.state)


def test_both_sides_of_a_streamed_price_are_hit_and_one_is_dealt() -> None:
    limits = limits_of("net_open_position", {"maximum": "1000000", "currencies": ["EUR"]})
    of, found = burst(way_of("stream"), [MILLION], limits)
    assert found == [""]
    (quote,) = [*of.state.quotes]
    of.hit(quote, "buy", client="BANKB")
    of.hit(quote, "sell", client="BANKB")
    assert len(of.history_of(ConcludeDeal)) == 1
    check_state(of.state)
    check_within(of.state)


def _position(maximum: int) -> dict[str, object]:
    return {"desk": "FX", "currencies": ["EUR"], "maximum": str(maximum)}


CLIENT = {BUY: "sell", SELL: "buy"}
"""What a client does where we buy or sell."""


def holding(position: Side | None, outstanding: Side) -> Desk:
    """Long or short five millions, or flat, with a resting order for two; then the limit is cut."""
    of = Desk().changed(
        desk="FX",
        venues=[TAKERS, {"id": "BETA", "pairs": ["EUR/USD", "USD/JPY"]}],
        counterparties=PARTIES,
        limits=WIDE,
    )
    of.open()
    of.market()
    if position is not None:
        side = CLIENT[position]
        of.hit(of.quoted(5 * MILLION, side=side), side, 5 * MILLION)
    price = D("1.09990") if outstanding is BUY else D("1.10020")
    taker.working(of, side=outstanding, amount=D(2 * MILLION), price=price)
    in_force(of, tree={"net_open_position": [_position(MILLION if position else 0)]})
    assert of.all(CancelOrder), "what is out is pulled"
    assert "LIMIT_BREACHED" in [one.code for one in of.all(AlertRaised)]
    return of


def quoted(of: Desk, ours: Side | None, amount: int) -> bool:
    of.market()
    of.rfq(amount, side=CLIENT[ours] if ours is not None else None)
    check_state(of.state)
    return bool(of.all(SendQuote))


@pytest.mark.parametrize("position", [BUY, SELL])
def test_over_a_limit_only_what_reduces_passes_and_with_all_that_is_out_ends_flat(
    position: Side,
) -> None:
    reducing, growing = position.opposite, position
    of = holding(position, reducing)
    for ours, amount, passes in (
        (growing, 1, False),
        (None, 1, False),
        (reducing, 3 * MILLION + 1, False),  # two of the five are taken by the order that is out
        (reducing, 2_500_000, True),
        (reducing, 500_001, False),
        (reducing, 500_000, True),
        (reducing, 1, False),
    ):
        assert quoted(of, ours, amount) is passes, (ours, amount)
    price = D("1.09990") if reducing is BUY else D("1.10020")
    assert taker.placed(of, side=reducing, price=price, amount=D(1_000)) is None
    assert taker.placed(of, side=growing, amount=D(1_000)) is None
    sent = of.history_of(SendOrder)[0]
    taker.trade(of, sent, "X1", 2 * MILLION, str(sent.price))  # the cancel came too late
    for quote in of.history_of(SendQuote)[1:]:
        side = CLIENT[reducing]
        of.hit(quote.quote_id, side, str(quote.amount))
    assert of.state.ledger.net["EUR"] == 0, "flat, and not turned round"
    check_state(of.state)


@pytest.mark.parametrize("outstanding", [BUY, SELL])
def test_flat_with_an_order_out_under_a_limit_of_nothing_nothing_passes(outstanding: Side) -> None:
    of = holding(None, outstanding)
    for ours in (BUY, SELL, None):
        assert not quoted(of, ours, 1_000)
    sent = of.history_of(SendOrder)[0]
    taker.trade(of, sent, "X1", 2 * MILLION, str(sent.price))
    assert not quoted(of, outstanding, 1_000)
    assert not quoted(of, outstanding.opposite, 2 * MILLION + 1)
    assert quoted(of, outstanding.opposite, 2 * MILLION)
    assert not quoted(of, outstanding.opposite, 1)


@pytest.mark.parametrize("position", [BUY, SELL, None])
@pytest.mark.parametrize("outstanding", [BUY, SELL])
def test_hedges_and_all_orders_that_are_out_never_turn_a_position(
    position: Side | None, outstanding: Side
) -> None:
    of = taker.desk(hedge={**HEDGE, "band": "1000000", "target": "0", "clip": "9000000"})
    price = D("1.09990") if outstanding is BUY else D("1.10020")
    taker.working(of, side=outstanding, amount=D(3 * MILLION), price=price)
    if position is not None:
        side = CLIENT[position]
        of.hit(of.quoted(5 * MILLION, side=side), side, 5 * MILLION)
    of.pass_time(1_000)
    hedges = of.history_of(SendOrder)[1:]
    if position is None:
        assert not hedges
        return
    (hedge,) = hedges
    assert hedge.side is position.opposite
    left = 2 if outstanding is hedge.side else 5
    assert hedge.amount == left * MILLION
    for order, name in ((of.history_of(SendOrder)[0], "X1"), (hedge, "X2")):
        taker.trade(of, order, name, int(order.amount), str(order.price))
    wanted = 0 if outstanding is hedge.side else outstanding.sign * 3 * MILLION
    assert of.state.ledger.net["EUR"] == wanted
    of.pass_time(1_000)
    for more in of.history_of(SendOrder)[2:]:  # what the person did is brought back, too
        assert more.side is not outstanding and more.amount <= abs(wanted)
