"""Of every kind of limit: a row that a million just fits, and one that nothing of it fits.

The list of kinds is the product's own; a kind that is new and has no case here fails by its name
(`test_caps.py`). The million is worth 1,100,050.00 USD, its exposure is 22,001.00.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from robot.deals.limit_rows import OF_LOSS, LimitKind
from tests.abuse.ways import WAYS, Way

Row = dict[str, Any]
WITH = {"counterparty": "BANKB"}
"""With whom every way deals."""


@dataclass(frozen=True)
class Case:
    """`fits`: a million passes. `tight`: it does not; None = five millions do not pass `fits`."""

    fits: Row
    tight: Row | None = None
    ways: tuple[str, ...] = tuple(way.name for way in WAYS)
    reason: str = ""
    """Of the refusal, where it is not the kind's name."""
    clips: bool = False
    """Whether of five clips of 0.9m one at most fits."""
    extra: Row = field(default_factory=dict)
    """More figures of the tables."""


ORDERS = tuple(way.name for way in WAYS if way.orders)
QUOTES = tuple(way.name for way in WAYS if not way.orders)
NEW_ORDERS = tuple(name for name in ORDERS if name != "change of an order")

CASES: dict[str, Case] = {
    "permitted": Case({"pairs": ["EUR/USD"]}, {"pairs": ["USD/JPY"]}),
    "hours": Case({"hours": ["00:00-24:00"]}, {"hours": ["00:00-00:01"]}),
    "price_collar": Case({"maximum": "30"}, {"maximum": "0.001"}),
    "deal_size": Case({"maximum": "1000000"}),
    "clip": Case({"maximum": "1000000"}, ways=ORDERS),
    "order_value": Case({"maximum": "1100050"}),
    "term_cap": Case({"maximum": "4"}, {"maximum": "3"}),
    "counterparty_line": Case({"maximum": "22001"}, clips=True),
    "settlement": Case({"maximum": "1100050"}, clips=True),
    "daily_volume": Case({"maximum": "1100050"}, clips=True),
    "net_open_position": Case({"maximum": "1000000", "currencies": ["EUR"]}, clips=True),
    "overnight_position": Case({"maximum": "1000000", "currencies": ["EUR"]}, clips=True),
    # at the collar's edge a million costs some 2,750 USD; a maker's offer is 3 points away
    "collar_over_time": Case(
        {"maximum": "3000", "within_s": 60},
        {"maximum": "1", "within_s": 60},
        ("market order", "ask", "hedge"),
    ),
    "gross_position": Case({"maximum": "1000000", "currencies": ["EUR"]}, clips=True),
    "tenor_gap": Case({"maximum": "1000000", "currencies": ["EUR"]}, clips=True),
    # either EUR or, at the collar's edge, 1,102,800 USD are paid
    "liquidity_gap": Case({"maximum": "1102900", "horizon_days": 10}, clips=True),
    # 1,000,000 x 4 / 360 x 0.0001
    "dv01": Case({"maximum": "1.1112", "currencies": ["EUR"]}, clips=True),
    "dv01_total": Case({"maximum": "1.1112", "currencies": ["EUR"]}, clips=True),
    "duplicate": Case(
        {"maximum": "1", "within_s": 60}, {"maximum": "0", "within_s": 60}, NEW_ORDERS, clips=True
    ),
    "quotes_outstanding": Case({"maximum": "1"}, {"maximum": "0"}, QUOTES, clips=True),
    "orders_outstanding": Case({"maximum": "1"}, {"maximum": "0"}, ORDERS, clips=True),
}

OF_THEIR_OWN = {
    "official_band": "test_without_a_parity_of_the_day_no_way_deals_a_pair_that_has_a_band",
    "message_rate": "test_of_five_messages_in_one_burst_as_many_leave_as_the_rate_allows",
    "wrong_digits": "test_an_order_and_its_change_with_digits_exchanged_do_not_leave",
    "collar_over_time": "test_of_five_orders_in_one_burst_as_many_leave_as_may_cost_so_much",
    "aged_order": "test_an_order_that_is_too_old_is_taken_out",
    "quota": "test_five_millions_lent_do_not_pass_a_quota_of_one",
    "repeated_execution": "test_of_five_deals_in_one_burst_the_second_stops_dealing",
    **dict.fromkeys(OF_LOSS, "test_where_nothing_may_be_lost_no_way_deals"),
}
"""Kinds that no spot deal meets, or of which a million says nothing: the test about each."""


def way_of(name: str) -> Way:
    return next(way for way in WAYS if way.name == name)


def limits_of(kind: str, row: Row, scope: Row | None = None) -> dict[str, Any]:
    """Tables and a tree with this one row."""
    return {**CASES[kind].extra, "tree": {kind: [{**(scope or WITH), **row}]}}


def of_this_product(kinds: dict[str, Any]) -> list[str]:
    """Those of them that there are."""
    return [kind for kind in kinds if kind in {str(one) for one in LimitKind}]


def pairs(*, clips: bool = False) -> list[tuple[str, str]]:
    """Every kind with every way that meets it."""
    return [
        (kind, name)
        for kind in of_this_product(CASES)
        for name in CASES[kind].ways
        if not clips or CASES[kind].clips
    ]
