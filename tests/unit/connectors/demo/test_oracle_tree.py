"""The oracle finds what passes a row of the limit tree, and nothing else: at, and just over it.

A client buys 1m EUR at 1.10007: worth 1,100,070 USD, exposure 22,001.40, value 2014-05-05.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connectors.demo.oracle import Known, limit_breaches
from connectors.sim.record import VenueRecord
from connectors.sim.rows import Fill
from robot.deals.limit_rows import LimitKind
from tests.kit.reference import reference
from tests.unit.connectors.demo.test_oracle import (
    SECOND_NS,
    START_NS,
    deal_row,
    order_row,
    quote,
)

PARTIES = {
    name: {"id": name, "name": name, "tier": "gold", "group": group, "country": "CN", "type": kind}
    for name, group, kind in (("BANKA", "G1", "bank"), ("BANKB", "G1", "fund"))
}
USD = Decimal("1.0011") * 1_000_000
"""A little more than the slack that conversions have."""


def record(**rows: Any) -> VenueRecord:
    names = ("requests", "entries", "quotes", "hits", "fills", "refusals", "duplicates")
    empty = dict.fromkeys((*names, "events", "anomalies"), ())
    return VenueRecord(**{"meta": {}, **empty, **rows})


def facts(tree: dict[str, Any]) -> Any:
    return reference(desk="FX", counterparties=PARTIES, limits={"tree": tree})


def found(
    tree: dict[str, Any], *, known: Known | None = None, race_s: float = 0, **rows: Any
) -> list[str]:
    return limit_breaches(record(**rows), facts(tree), int(race_s * SECOND_NS), known)


def client_deal(number: int, at_s: float, **changes: Any) -> Fill:
    return deal_row(number, at_s, quote_id=f"Q{number}", **changes)


TWO_DEALS = (client_deal(1, 1), client_deal(2, 2))
BY_DEALS = [
    ("settlement", {"counterparty": "*"}, "2200140", "2197000"),
    ("settlement", {"group": "G1"}, "2200140", "2197000"),
    ("daily_volume", {"strategy": "two_way"}, "2200140", "2197000"),
    ("counterparty_line", {"country": "CN"}, "44003", "43900"),
    ("net_open_position", {"desk": "FX", "currencies": ["EUR"]}, "2000000", "1999990"),
    ("net_open_position", {"book": "FXSPOT", "currencies": ["USD"]}, "2200140", "2200130"),
]


@pytest.mark.parametrize(("kind", "row", "fits", "over"), BY_DEALS)
def test_deals_over_a_row_are_found(kind: str, row: dict[str, Any], fits: str, over: str) -> None:
    assert found({kind: [{**row, "maximum": fits}]}, fills=TWO_DEALS) == []
    (text,) = found({kind: [{**row, "maximum": over}]}, fills=TWO_DEALS)
    assert kind in text and "deal E2" in text


@pytest.mark.parametrize(
    "row",
    [
        {"counterparty": "BANKB"},
        {"type": "fund"},
        {"venue": "BETA"},
        {"everyone": "all", "products": ["FORWARD"]},
        {"everyone": "all", "pairs": ["USD/JPY"]},
        {"everyone": "all", "currencies": ["JPY"]},
        {"everyone": "all", "tenors": ["1M"]},
        {"everyone": "all", "until_date": "2014-04-30"},
        {"everyone": "all", "from_date": "2014-05-02"},
    ],
)
def test_a_row_that_is_about_something_else_finds_nothing(row: dict[str, Any]) -> None:
    assert found({"settlement": [{**row, "maximum": "1"}]}, fills=TWO_DEALS) == []
    same = {"everyone": "all", "products": ["SPOT"], "pairs": ["EUR/USD"], "tenors": ["1W"]}
    assert found({"settlement": [{**same, "maximum": "1"}]}, fills=TWO_DEALS)


def test_settlement_is_added_up_for_each_value_date_and_counterparty() -> None:
    row = {"counterparty": "*", "maximum": "1100070"}
    other_date = replace(TWO_DEALS[1], value_date="20140506")
    other_party = replace(TWO_DEALS[1], client="BANKB")
    for second in (other_date, other_party):
        assert found({"settlement": [row]}, fills=(TWO_DEALS[0], second)) == []
    assert found({"settlement": [row]}, fills=TWO_DEALS)


def test_volume_and_lines_are_of_their_days() -> None:
    later = replace(TWO_DEALS[1], trade_date="20140506", value_date="20140508")
    for kind, maximum in (("daily_volume", "1100070"), ("counterparty_line", "22002")):
        row = {"everyone": "all", "maximum": maximum}
        assert found({kind: [row]}, fills=(TWO_DEALS[0], later)) == []
        assert found({kind: [row]}, fills=TWO_DEALS)


def test_what_could_be_hit_counts_with_what_is_dealt() -> None:
    work = {"fills": (client_deal(1, 1),), "quotes": (quote(2, 2, 3),)}
    for kind, fits, over in (
        ("daily_volume", "2200140", "2190000"),
        ("counterparty_line", "44003", "43900"),
        ("net_open_position", "2000000", "1999990"),
        ("quotes_outstanding", "1", "0"),
    ):
        row = {"everyone": "all"} | ({"currencies": ["EUR"]} if "position" in kind else {})
        assert found({kind: [{**row, "maximum": fits}]}, **work) == [], kind
        (text,) = found({kind: [{**row, "maximum": over}]}, **work)
        assert "quote Q2" in text


def test_orders_count_with_their_clip_value_and_number() -> None:
    work = {"orders": (order_row(1, 0, 3), order_row(2, 1, 3))}
    for kind, fits, over in (
        ("clip", "1000000", "999999"),
        ("order_value", "1100200", "1098000"),
        ("deal_size", "1000000", "999999"),
        ("orders_outstanding", "2", "1"),
        ("daily_volume", "2200300", "2190000"),
    ):
        row = {"everyone": "all"}
        assert found({kind: [{**row, "maximum": fits}]}, **work) == [], kind
        assert found({kind: [{**row, "maximum": over}]}, **work), kind
    one_after_the_other = (order_row(1, 0, 1), order_row(2, 2, 3))
    row = {"everyone": "all", "maximum": "1"}
    assert found({"orders_outstanding": [row]}, orders=one_after_the_other) == []


def test_a_deal_that_is_too_long_or_not_permitted_is_found() -> None:
    deals = (client_deal(1, 1),)
    assert found({"term_cap": [{"type": "bank", "maximum": "4"}]}, fills=deals) == []
    assert found({"term_cap": [{"type": "bank", "maximum": "3"}]}, fills=deals)
    assert (
        found({"permitted": [{"counterparty": "BANKA", "pairs": ["EUR/USD"]}]}, fills=deals) == []
    )
    for row in ({"pairs": ["USD/JPY"]}, {"products": ["SWAP"]}, {"currencies": ["EUR"]}):
        assert found({"permitted": [{"counterparty": "BANKA", **row}]}, fills=deals), row


def test_lent_and_borrowed_have_a_quota_each() -> None:
    loan: dict[str, Any] = {
        "product": "DEPOSIT",
        "pair": "USD",
        "rate": Decimal(4),
        "far_date": "20140605",
        "mid": None,
    }
    lent = client_deal(1, 1, **loan)
    borrowed = client_deal(2, 2, side="2", **loan)
    row = {"everyone": "all", "maximum": "1000000"}
    text = " ".join(found({"quota": [row]}, fills=(lent, borrowed)))
    assert "quota" not in text
    text = " ".join(found({"quota": [row]}, fills=(lent, replace(lent, exec_id="E3"))))
    assert "quota of everyone all LEND" in text


def cut(maximum: str, at_s: float) -> Known:
    row = {"desk": "FX", "currencies": ["EUR"], "maximum": maximum}
    limits = facts({"net_open_position": [row]}).limits
    return Known(limits=((START_NS + int(at_s * SECOND_NS), limits),))


def test_after_a_cut_only_what_reduces_passes_and_no_further_than_flat() -> None:
    deals = {"fills": TWO_DEALS}  # we are short two millions
    buys = {"offer": None, "bid": Decimal("1.10003")}
    for size, at_s, changes, breached in (
        (1_000_000, 4, buys, False),
        (2_000_000, 4, buys, False),
        (2_000_010, 4, buys, True),  # would be long
        (1_000, 4, {"bid": None}, True),  # sells more
        (1_000, 4, {}, True),
        (1_000, 2.5, {"bid": None}, False),  # before the cut
        (1_000, 3, {"bid": None}, False),  # as it comes
    ):
        quotes = (quote(9, at_s, 5, size=Decimal(size), **changes),)  # type: ignore[arg-type]
        over = found({}, known=cut("500000", 3), quotes=quotes, **deals)
        assert bool(over) is breached, (size, at_s, changes)


def test_a_change_under_way_counts_for_so_long_as_a_message_may_be() -> None:
    quotes = (quote(1, 4, 5),)
    assert found({}, known=cut("1", 3), quotes=quotes)
    assert found({}, known=cut("1", 3), quotes=quotes, race_s=1.1) == []


def test_what_was_taken_back_counts_for_nothing() -> None:
    row = {"desk": "FX", "currencies": ["EUR"], "maximum": "1000000"}
    known = Known(amended=frozenset({"E1"}))
    assert found({"net_open_position": [row]}, known=known, fills=TWO_DEALS) == []


def test_an_end_under_way_to_another_venue_counts() -> None:
    quotes = (quote(1, 0, 1.3, end="withdrawn"), quote(2, 1, 3, venue="BETA"))
    row = {"everyone": "all", "maximum": "1"}
    assert found({"quotes_outstanding": [row]}, quotes=quotes, race_s=0.5) == []
    assert found({"quotes_outstanding": [row]}, quotes=quotes, race_s=0.1)


JUDGED = {
    "permitted",
    "deal_size",
    "clip",
    "order_value",
    "term_cap",
    "counterparty_line",
    "settlement",
    "quota",
    "daily_volume",
    "net_open_position",
    "quotes_outstanding",
    "orders_outstanding",
}


def test_the_kinds_that_are_judged_are_kinds() -> None:
    assert {str(kind) for kind in LimitKind} >= JUDGED


def test_a_swap_dealt_in_the_counter_currency_is_worth_what_its_spot_says() -> None:
    swap: dict[str, Any] = {
        "product": "SWAP",
        "currency": "USD",
        "size": Decimal(1_100_000),
        "bid": Decimal("0.0005"),
        "offer": Decimal("0.0006"),
        "near_bid": Decimal("1.1"),
        "far_bid": Decimal("1.1005"),
        "near_offer": Decimal("1.1"),
        "far_offer": Decimal("1.1006"),
    }
    row = {"everyone": "all", "maximum": "1100000"}
    assert found({"order_value": [row]}, quotes=(quote(1, 1, 2, **swap),)) == []
    row = {"everyone": "all", "maximum": "1000000"}
    assert found({"order_value": [row]}, quotes=(quote(1, 1, 2, **swap),))
