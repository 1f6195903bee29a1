"""Rows of deals and their parts, without a database."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec
import pytest

from connectors.store.deals import deal_from, deal_row, legs_from, part_rows
from tests.kit.deals import every_product

DEALS = every_product()
TERMS = (
    "currency",
    "spot_rate",
    "points",
    "far_value_date",
    "far_rate",
    "far_base_amount",
    "far_counter_amount",
    "settlement_currency",
    "fixing_index",
    "fixing_date",
    "contract_code",
    "day_count",
    "interest",
)
FORWARD = {"currency", "spot_rate", "points"}
LOAN = {"far_value_date", "day_count", "interest"}


def parts(name: str) -> dict[str, list[dict[str, Any]]]:
    found = defaultdict[str, list[dict[str, Any]]](list)
    for table, row in part_rows(DEALS[name]):
        found[table].append(row)
    return found


@pytest.mark.parametrize(
    ("name", "filled"),
    [
        ("spot", set()),
        ("spot in the counter currency", {"currency"}),
        ("forward", FORWARD),
        (
            "swap",
            FORWARD | {"far_value_date", "far_rate", "far_base_amount", "far_counter_amount"},
        ),
        ("NDF", FORWARD | {"settlement_currency", "fixing_index", "fixing_date"}),
        ("deposit", LOAN),
        ("repo", LOAN | {"contract_code"}),
        ("outright repo", LOAN | {"contract_code"}),
    ],
)
def test_only_what_a_product_has_is_filled(name: str, filled: set[str]) -> None:
    row = deal_row(DEALS[name])
    assert filled == {term for term in TERMS if row[term] is not None}


def test_flows_are_counted_over_all_legs_and_name_theirs() -> None:
    assert [(1, 1), (2, 1), (3, 2), (4, 2)] == [
        (row["number"], row["leg"]) for row in parts("swap")["flows"]
    ]


def test_securities_are_counted_in_their_leg() -> None:
    found = parts("repo")
    assert [(1, 1), (1, 2), (2, 1), (2, 2)] == [
        (row["leg"], row["number"]) for row in found["security_flows"]
    ]
    assert [1, 2] == [row["number"] for row in found["collateral"]]


@pytest.mark.parametrize("name", DEALS)
def test_rows_lead_back_to_the_deal(name: str) -> None:
    deal, found = DEALS[name], parts(name)
    legs = legs_from(found["legs"], found["flows"], found["security_flows"])
    read = deal_from(deal_row(deal), legs[deal.deal_id, deal.version])
    assert msgspec.structs.replace(deal, resolved=None) == read
    assert deal.legs == read.legs
