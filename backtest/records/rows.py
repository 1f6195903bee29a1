"""Rows as they are made, and what of a message becomes a field."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from backtest.records.columns import TABLES, Kind, Tables, Value, empty, scaled
from backtest.records.market import MarketSource
from backtest.records.results import Part
from robot.basics.currency import CurrencyPair, base_of
from robot.basics.numbers import ZERO
from robot.deals.deal import Deal
from robot.deals.party import Side
from robot.deals.product import ProductKind, known_kind, price_side
from robot.deals.reference import Reference
from robot.market.pricing import RATE_PIP
from robot.messages.effects import Decided


class Rows:
    """The tables that grow."""

    def __init__(self, tables: Tables | None = None) -> None:
        """`tables`: rows of before."""
        self.tables: Tables = {name: empty(name) for name in TABLES} | (tables or {})
        self.count = sum(len(next(iter(columns.values()))) for columns in self.tables.values())

    def add(self, name: str, row: Mapping[str, Value]) -> None:
        """One row; every column must be in it."""
        for column, values in self.tables[name].items():
            values.append(row[column])
        self.count += 1

    def take(self) -> Tables:
        """All rows so far; from here on the tables are empty."""
        tables, self.tables = self.tables, {name: empty(name) for name in TABLES}
        self.count = 0
        return tables


def tier_of(reference: Reference | None, counterparty: str | None) -> str:
    """As the desk has it now; empty where nobody knows the counterparty."""
    if reference is None:
        return ""
    known = reference.counterparties.get(counterparty or "")  # type: ignore[call-overload]
    return str(known.tier) if known is not None else ""


def pip_of(reference: Reference | None, product: str, pair: str) -> Decimal | None:
    """What a margin of 1 means for a product; None where the desk does not deal it."""
    kind = known_kind(product)
    if kind is not None and kind.is_loan:
        return RATE_PIP
    convention = None if reference is None else reference.conventions.get(CurrencyPair(pair))
    return convention.pip if convention is not None else None


def base_size(
    amount: Decimal, currency: str, pair: str, market: MarketSource, at_ns: int
) -> int | None:
    """An amount of the dealt currency in the base currency, at the middle of the spot market."""
    if currency in ("", pair[:3]) or pair[3:4] != "/":
        return scaled(amount, Kind.SIZE)
    spot = market.last_spot(pair, at_ns)
    return scaled(amount / spot, Kind.SIZE) if spot else None


def deal_row(
    deal: Deal, part: Part | None, tier: str, request_id: str, pip: Decimal | None, amended: bool
) -> dict[str, Value]:
    """The row of a deal; `part` None where it is void or not valued."""
    price = deal.points if deal.kind is ProductKind.SWAP else deal.rate
    assert price is not None, "a swap has points"
    side = price_side(deal.product, deal.side)
    loan = deal.kind.is_loan
    return {
        "at_ns": deal.at_ns,
        "deal_id": deal.deal_id,
        "version": deal.version,
        "void": deal.void,
        "amended": amended,
        "as_taker": deal.as_taker,
        "venue": deal.venue,
        "counterparty": deal.counterparty,
        "tier": tier,
        "product": str(deal.product),
        "pair": deal.pair,
        "strategy": deal.strategy,
        "request_id": request_id,
        "quote_id": deal.quote_id,
        "order_id": deal.order_id,
        "side": str(deal.side),
        "size": scaled(deal.base_amount, Kind.SIZE),
        "price": scaled(price, Kind.PRICE),
        "mid": scaled(deal.mid, Kind.PRICE),
        "distance": scaled(side.sign * (deal.mid - price), Kind.PRICE),
        "pip": scaled(pip, Kind.PRICE),
        "edge": scaled(deal.edge, Kind.MONEY),
        "currency": deal.pair[:3] if loan else deal.pair[4:],
        "base_flow": scaled(part.base if part is not None else ZERO, Kind.MONEY),
        "counter_flow": scaled(part.counter if part is not None and not loan else ZERO, Kind.MONEY),
        "spot_mid": scaled(part.spot_mid if part is not None else None, Kind.PRICE),
        "spot_only": deal.kind is ProductKind.SPOT,
    }


def flow_rows(deal: Deal, part: Part) -> list[dict[str, Value]]:
    """What of a deal is valued with points; of a loan what it pays, for its interest."""
    by_date = dict(part.forward)
    for flow in deal.flows if deal.kind.is_loan else ():
        by_date[flow.value_date] = by_date.get(flow.value_date, ZERO) + flow.amount
    return [
        {
            "deal_id": deal.deal_id,
            "version": deal.version,
            "pair": deal.pair,
            "value_date": day.isoformat(),
            "base_flow": scaled(amount, Kind.MONEY),
        }
        for day, amount in by_date.items()
        if amount
    ]


def refused_by(decided: Decided) -> str:
    """The limit that refused, where the record says it."""
    refusing = [check.limit_id for check in decided.checks if check.result.startswith("refused")]
    if refusing:
        return str(refusing[-1])
    limit_id, found, _ = decided.detail.partition(" maximum ")
    return limit_id if found and " " not in limit_id else ""


def distance(mid: Decimal | None, price: Decimal | None, side: Side) -> int | None:
    """From the middle to our price on a side, positive where it is in our favour."""
    if mid is None or price is None:
        return None
    return scaled(side.sign * (mid - price), Kind.PRICE)


def base_currency(pair: str) -> str:
    """Of a pair the base currency, of a loan its own."""
    return str(base_of(CurrencyPair(pair)))
