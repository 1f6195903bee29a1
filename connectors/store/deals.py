"""A deal as rows of its tables, and back: the deal, its legs, what moves in them, its collateral.

What the database does not keep is the product as it was dated (`Deal.resolved`, in the journal);
what it says to others is in columns of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import msgspec

from connectors.store.bulk import Row
from robot.deals.collateral import Collateral
from robot.deals.deal import Deal
from robot.deals.flow import Flow, Leg, SecurityFlow
from robot.deals.party import Side
from robot.deals.product import ProductKind
from robot.deals.resolved import ResolvedFxNdf, ResolvedLoan, ResolvedOutrightRepo, ResolvedRepo

asdict = msgspec.structs.asdict

DealKey: TypeAlias = tuple[str, int]
"""Deal id and version."""

NOT_STORED = frozenset({"resolved", "agreed_legs"})
"""Fields of `Deal` without a column: the legs have tables, the other is in the journal."""

COLUMNS = tuple(field for field in Deal.__struct_fields__ if field not in NOT_STORED)

_NO_TERMS: Row = dict.fromkeys(
    (
        "settlement_currency",
        "fixing_index",
        "fixing_date",
        "contract_code",
        "day_count",
        "interest",
    )
)


def deal_row(deal: Deal) -> Row:
    """The row of `deals`; columns that do not apply to the product are None."""
    row: Row = {name: getattr(deal, name) for name in COLUMNS}
    row.update(side=deal.side.value, product=str(deal.product), currency=deal.currency or None)
    return row | _NO_TERMS | _terms(deal)


def part_rows(deal: Deal) -> Iterator[tuple[str, Row]]:
    """Table and row of every part, legs before what moves in them. Numbers start at 1; those of
    flows go on over all legs, those of securities are of their leg.
    """
    key: Row = {"deal_id": deal.deal_id, "version": deal.version}
    flows = 0
    for number, leg in enumerate(deal.legs, 1):
        yield "legs", key | {"number": number, "value_date": leg.value_date, "rate": leg.rate}
        for flow in leg.flows:
            flows += 1
            yield "flows", key | {"number": flows, "leg": number} | asdict(flow)
        for place, security in enumerate(leg.securities, 1):
            yield "security_flows", key | {"leg": number, "number": place} | asdict(security)
    for number, item in enumerate(collateral_of(deal), 1):
        yield "collateral", key | {"number": number} | asdict(item)


def collateral_of(deal: Deal) -> tuple[Collateral, ...]:
    """The bonds pledged; empty but for a pledged repo."""
    return deal.resolved.collateral if isinstance(deal.resolved, ResolvedRepo) else ()


def deal_from(row: Any, legs: tuple[Leg, ...]) -> Deal:
    """The deal of a row of `deals`, with its legs (none for spot, which has them in itself, nor for
    a void one).
    """
    fields = {name: row[name] for name in COLUMNS}
    fields.update(side=Side(row["side"]), currency=row["currency"] or "")
    return Deal(**fields, agreed_legs=() if row["product"] == ProductKind.SPOT else legs)


def legs_from(
    legs: Iterable[Any], flows: Iterable[Any], securities: Iterable[Any]
) -> dict[DealKey, tuple[Leg, ...]]:
    """The legs of many deals from their rows, which come in the order of their keys."""
    cash, bonds = defaultdict[Any, list[Flow]](list), defaultdict[Any, list[SecurityFlow]](list)
    for row in flows:
        flow = Flow(row["currency"], row["amount"], row["value_date"])
        cash[row["deal_id"], row["version"], row["leg"]].append(flow)
    for row in securities:
        security = SecurityFlow(row["security"], row["face"], row["value_date"])
        bonds[row["deal_id"], row["version"], row["leg"]].append(security)
    found = defaultdict[DealKey, list[Leg]](list)
    for row in legs:
        place = (row["deal_id"], row["version"], row["number"])
        leg = Leg(
            value_date=row["value_date"],
            rate=row["rate"],
            flows=tuple(cash[place]),
            securities=tuple(bonds[place]),
        )
        found[row["deal_id"], row["version"]].append(leg)
    return {key: tuple(of_deal) for key, of_deal in found.items()}


def _terms(deal: Deal) -> Row:
    match deal.resolved:
        case ResolvedFxNdf() as ndf:
            return {
                "settlement_currency": ndf.settlement_currency,
                "fixing_index": ndf.fixing_index,
                "fixing_date": ndf.fixing_date,
            }
        case (ResolvedLoan() | ResolvedOutrightRepo()) as loan:
            return {
                "contract_code": loan.contract_code or None,
                "day_count": loan.day_count.value,
                "interest": deal.counter_amount - deal.base_amount,
            }
        case _:
            return {}
