"""The oracle finds what is lost, doubled or different, and every limit that was passed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connectors.demo.hedging import fill_of
from connectors.demo.oracle import limit_breaches, reconcile
from connectors.sim.bookings import Booking
from connectors.sim.order_rows import OrderFill, OrderLife
from connectors.sim.record import VenueRecord
from connectors.sim.rows import Fill, QuoteLife
from robot.deals.deal import Deal
from robot.messages.effects import ConcludeDeal
from tests.kit.desk import Desk
from tests.kit.reference import reference

START_NS = 1_398_936_600_000_000_000
SECOND_NS = 1_000_000_000
Records = tuple[list[Fill], list[Deal], list[Booking]]


def fill(deal: Deal, **changes: Any) -> Fill:
    """The venue's record of a deal: the taker's side."""
    values: dict[str, Any] = {
        "venue": deal.venue,
        "exec_id": deal.exec_id,
        "order_id": deal.order_id,
        "hit_id": deal.hit_id,
        "response_id": None,
        "quote_id": deal.quote_id,
        "client": deal.counterparty,
        "pair": deal.pair,
        "side": "1" if deal.side == "SELL" else "2",
        "base_amount": deal.base_amount,
        "rate": deal.rate,
        "counter_amount": deal.counter_amount,
        "counter_currency": "USD",
        "value_date": f"{deal.value_date:%Y%m%d}",
        "trade_date": f"{deal.trade_date:%Y%m%d}",
        "transact_at_ns": deal.at_ns,
        "received_at_ns": deal.at_ns,
        "received_wall_ns": 0,
        "mid": deal.mid,
        "poss_dup": False,
    }
    return Fill(**{**values, **changes})


def booking(deal: Deal, **changes: Any) -> Booking:
    """The back office's record of a deal."""
    values: dict[str, Any] = {
        "message_id": f"{deal.deal_id}.v1",
        "payload_hash": "",
        "deal_id": deal.deal_id,
        "exec_id": deal.exec_id,
        "pair": deal.pair,
        "side": str(deal.side),
        "base_amount": deal.base_amount,
        "rate": deal.rate,
        "counter_amount": deal.counter_amount,
        "value_date": deal.value_date,
        "counterparty": deal.counterparty,
        "times_received": 1,
    }
    return Booking(**{**values, **changes})


@pytest.fixture
def records() -> Records:
    """Two deals, one on each side, in all three records."""
    desk = Desk().open()
    desk.market()
    for side in ("buy", "sell"):
        desk.hit(desk.quoted(), side)
    deals = [e.deal for row in desk.history for e in row if isinstance(e, ConcludeDeal)]
    return [fill(d) for d in deals], deals, [booking(d) for d in deals]


def test_three_equal_records_agree(records: Records) -> None:
    found = reconcile(*records)
    assert found.agrees and found.deals == 2


def test_no_deals_agree() -> None:
    assert reconcile([], [], []).agrees


@pytest.mark.parametrize(("at", "name"), [(0, "venue"), (1, "ledger"), (2, "back office")])
def test_a_deal_that_one_record_lacks_is_lost(records: Records, at: int, name: str) -> None:
    records[at].pop()
    found = reconcile(*records)
    assert not found.agrees
    assert [text for text in found.lost if name in text]


@pytest.mark.parametrize(("at", "name"), [(0, "venue"), (1, "ledger"), (2, "back office")])
def test_a_deal_that_one_record_has_twice_is_doubled(records: Records, at: int, name: str) -> None:
    records[at].append(records[at][0])  # type: ignore[arg-type]
    found = reconcile(*records)
    assert not found.agrees
    assert [text for text in found.doubled if name in text]


@pytest.mark.parametrize(
    ("at", "changes"),
    [
        (0, {"rate": Decimal("1.10008")}),
        (0, {"side": "2"}),
        (0, {"base_amount": Decimal("1000000.01")}),
        (0, {"counter_amount": None}),
        (0, {"value_date": "20140506"}),
        (0, {"client": "BANKB"}),
        (0, {"pair": "GBP/USD"}),
        (2, {"rate": Decimal("1.10008")}),
        (2, {"side": "BUY"}),
        (2, {"counter_amount": Decimal("1100070.01")}),
        (2, {"counterparty": "BANKB"}),
    ],
)
def test_terms_that_differ_are_different(
    records: Records, at: int, changes: dict[str, Any]
) -> None:
    fills, deals, bookings = records
    rows: Any = fills if at == 0 else bookings
    rows[0] = replace(rows[0], **changes)
    found = reconcile(fills, deals, bookings)
    assert not found.agrees and len(found.different) == 1


def test_a_trailing_zero_is_no_difference(records: Records) -> None:
    fills, deals, bookings = records
    bookings[0] = replace(bookings[0], rate=bookings[0].rate * Decimal("1.000"))
    assert reconcile(fills, deals, bookings).agrees


def quote(number: int, at_s: float, until_s: float | None, **changes: Any) -> QuoteLife:
    """A two-way quote in the venue's record."""
    values: dict[str, Any] = {
        "venue": "ALPHA",
        "quote_id": f"Q{number}",
        "request_id": f"R{number}",
        "entry": 1,
        "client": "BANKA",
        "pair": "EUR/USD",
        "size": Decimal(1_000_000),
        "bid": Decimal("1.10003"),
        "offer": Decimal("1.10007"),
        "bid_size": None,
        "offer_size": None,
        "value_date": None,
        "valid_until_ns": None,
        "received_at_ns": START_NS + int(at_s * SECOND_NS),
        "received_wall_ns": 0,
        "mid": Decimal("1.10005"),
        "market_wall_ns": None,
        "ended_at_ns": None if until_s is None else START_NS + int(until_s * SECOND_NS),
    }
    return QuoteLife(**{**values, **changes})


def deal_row(number: int, at_s: float, **changes: Any) -> Fill:
    """A deal of 1m, the client buys, in the venue's record."""
    values: dict[str, Any] = {
        "venue": "ALPHA",
        "exec_id": f"E{number}",
        "order_id": "O",
        "hit_id": "H",
        "response_id": None,
        "quote_id": None,
        "client": "BANKA",
        "pair": "EUR/USD",
        "side": "1",
        "base_amount": Decimal(1_000_000),
        "rate": Decimal("1.10007"),
        "counter_amount": Decimal(1_100_070),
        "counter_currency": "USD",
        "value_date": "20140505",
        "trade_date": "20140501",
        "transact_at_ns": None,
        "received_at_ns": START_NS + int(at_s * SECOND_NS),
        "received_wall_ns": 0,
        "mid": Decimal("1.10005"),
        "poss_dup": False,
    }
    return Fill(**{**values, **changes})


def order_row(number: int, at_s: float, until_s: float | None, **changes: Any) -> OrderLife:
    """An order of the robot to buy 1m, in the venue's record."""
    values: dict[str, Any] = {
        "venue": "ALPHA",
        "venue_order_id": f"V{number}",
        "order_id": f"C{number}",
        "first_order_id": f"C{number}",
        "pair": "EUR/USD",
        "side": "1",
        "currency": "EUR",
        "size": Decimal(1_000_000),
        "kind": "2",
        "price": Decimal("1.10012"),
        "time_in_force": "3",
        "expires_ns": None,
        "value_date": "20140505",
        "status": "0",
        "received_at_ns": START_NS + int(at_s * SECOND_NS),
        "received_wall_ns": 0,
        "ended_at_ns": None if until_s is None else START_NS + int(until_s * SECOND_NS),
    }
    return OrderLife(**{**values, **changes})


def order_fill_row(number: int, at_s: float, size: int) -> OrderFill:
    """So much of order `number` dealt."""
    return OrderFill(
        venue="ALPHA",
        exec_id=f"X{number}",
        order_id=f"C{number}",
        venue_order_id=f"V{number}",
        pair="EUR/USD",
        side="1",
        currency="EUR",
        size=Decimal(size),
        rate=Decimal("1.10010"),
        base_amount=Decimal(size),
        counter_amount=Decimal("1.10010") * size,
        value_date="20140505",
        trade_date="20140501",
        mid=Decimal("1.10005"),
        at_ns=START_NS + int(at_s * SECOND_NS),
        wall_ns=0,
    )


def breaches(
    *,
    quotes: tuple[QuoteLife, ...] = (),
    fills: tuple[Fill, ...] = (),
    orders: tuple[OrderLife, ...] = (),
    order_fills: tuple[OrderFill, ...] = (),
    race_s: float = 0.0,
    **limits: Any,
) -> list[str]:
    """What the oracle finds against a venue's record."""
    record = VenueRecord(
        meta={},
        requests=(),
        entries=(),
        quotes=quotes,
        hits=(),
        fills=fills,
        refusals=(),
        duplicates=(),
        events=(),
        anomalies=(),
        orders=orders,
        order_fills=order_fills,
    )
    return limit_breaches(record, reference(limits=limits), int(race_s * SECOND_NS))


def test_a_day_within_the_limits_has_no_breach() -> None:
    assert [] == breaches(quotes=(quote(1, 0, 3), quote(2, 1, None)), fills=(deal_row(1, 2),))


def test_deals_over_the_net_open_position_are_found() -> None:
    fills = tuple(deal_row(n, n) for n in range(3))
    assert [] == breaches(fills=fills, net_open_position={"EUR": "3000000"})
    (found,) = breaches(fills=fills, net_open_position={"EUR": "2999990"})
    assert "net open position EUR 3000000" in found and "E2" in found


def test_quotes_that_together_could_pass_the_position_are_found() -> None:
    quotes = (quote(1, 0, 3), quote(2, 1, 3))
    assert [] == breaches(quotes=quotes, net_open_position={"EUR": "2000000"})
    (found,) = breaches(quotes=quotes, net_open_position={"EUR": "1900000"})
    assert "quote Q2" in found


@pytest.mark.parametrize(
    ("venue", "race_s", "count"), [("BETA", 0.5, 0), ("BETA", 0.1, 1), ("ALPHA", 0.5, 1)]
)
def test_an_end_under_way_to_another_venue_counts_and_only_for_so_long(
    venue: str, race_s: float, count: int
) -> None:
    """Withdrawn at one venue, then quoted at the other: the second message came first."""
    quotes = (quote(1, 0, 1.3, end="withdrawn"), quote(2, 1, 3, venue=venue))
    limits = {"net_open_position": {"EUR": "1000000"}}
    assert count == len(breaches(quotes=quotes, race_s=race_s, **limits))


@pytest.mark.parametrize(
    ("venue", "race_s", "count"), [("BETA", 0.5, 0), ("BETA", 0.1, 1), ("ALPHA", 0.5, 1)]
)
def test_a_deal_under_way_to_another_venue_counts_and_only_for_so_long(
    venue: str, race_s: float, count: int
) -> None:
    """Sold at one venue, which made room for a quote at the other: the quote came first."""
    sold = (deal_row(1, 0, side="2"), deal_row(2, 1.3))
    quotes = (quote(1, 1, 3, venue=venue, offer=None),)
    limits = {"net_open_position": {"EUR": "1000000"}}
    assert count == len(breaches(quotes=quotes, fills=sold, race_s=race_s, **limits))


def test_an_order_and_a_quote_that_together_could_pass_the_position_are_found() -> None:
    work = {"orders": (order_row(1, 0, 3),), "quotes": (quote(2, 1, 3),)}
    assert [] == breaches(**work, net_open_position={"EUR": "2000000"})
    (found,) = breaches(**work, net_open_position={"EUR": "1900000"})
    assert "quote Q2" in found


def test_what_was_dealt_of_an_order_is_no_longer_at_stake() -> None:
    """400,000 dealt at 1 s, the rest given up at 2 s: then there is room for 600,000."""
    fill = order_fill_row(1, 1, 400_000)
    work = {
        "orders": (order_row(1, 0, 2),),
        "order_fills": (fill,),
        "fills": (fill_of(fill),),
    }
    room = {"counterparty_lines": {"ALPHA": "60000000"}, "net_open_position": {"EUR": "1000000"}}
    small = {"size": Decimal(600_000)}
    late, early = quote(2, 2.5, 3, **small), quote(2, 1.5, 3, **small)
    over = [text for text in breaches(**work, quotes=(late,), **room) if "position" in text]
    assert over == []
    over = [text for text in breaches(**work, quotes=(early,), **room) if "position" in text]
    assert len(over) == 1


def test_quotes_one_after_the_other_do_not_add_up() -> None:
    quotes = (quote(1, 0, 1), quote(2, 1, 2))
    assert [] == breaches(quotes=quotes, net_open_position={"EUR": "1000000"})


def test_a_position_and_a_quote_that_could_grow_it_are_found() -> None:
    found = breaches(
        quotes=(quote(1, 2, 3),), fills=(deal_row(1, 1),), net_open_position={"EUR": "1500000"}
    )
    assert found
    one_way = quote(1, 2, 3, offer=None)  # only brings the position back
    assert [] == breaches(
        quotes=(one_way,), fills=(deal_row(1, 1),), net_open_position={"EUR": "1500000"}
    )


def test_the_counter_currency_is_judged_too() -> None:
    assert breaches(fills=(deal_row(1, 1),), net_open_position={"USD": "1100000"})


def test_too_many_quotes_at_a_time_are_found() -> None:
    quotes = (quote(1, 0, 3), quote(2, 1, 3), quote(3, 2, 3))
    assert [] == breaches(quotes=quotes, quotes_outstanding_per_counterparty=3)
    assert breaches(quotes=quotes, quotes_outstanding_per_counterparty=2)
    assert breaches(quotes=quotes, quotes_outstanding=2)


def test_a_line_that_was_passed_is_found() -> None:
    fills = (deal_row(1, 1), deal_row(2, 2))
    # Each uses 1,100,070 * 0.02 = 22,001.40 of it.
    assert [] == breaches(fills=fills, counterparty_lines={"BANKA": "44002.80"})
    (found,) = breaches(fills=fills, counterparty_lines={"BANKA": "43000"})
    assert "line of BANKA 44002.80" in found


@pytest.mark.parametrize(
    "changes",
    [
        {"base_amount": Decimal("20000000.01")},
        {"client": "BANKC", "base_amount": Decimal("10000000.01")},
        {"client": "NOBODY"},
        {"rate": Decimal("1.10450")},  # 40 bp from the mid, 25 and 10 of slack allowed
        {"pair": "GBP/USD"},
    ],
)
def test_a_single_deal_outside_size_or_collar_is_found(changes: dict[str, Any]) -> None:
    assert breaches(fills=(deal_row(1, 1, **changes),))


def test_a_quote_that_came_and_ended_in_one_instant_leaves_nothing_behind() -> None:
    quotes = (quote(1, 1, 1), quote(2, 2, 3))
    assert [] == breaches(quotes=quotes, net_open_position={"EUR": "1000000"})
