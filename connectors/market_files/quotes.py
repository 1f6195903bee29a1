"""Swap points and money-market rates from a CSV file.

Columns `kind,name,tenor,bid,offer,at_utc`: kind POINTS with a pair as name (values in points), RATE
or REPO with a currency (deposits or repos, percent a year). `factor` may be a further column, where
the provider's points are not the market's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from connectors.market_files.table import Row, rows_of
from robot.basics.currency import parse_currency, parse_pair
from robot.basics.daycount import CashProduct
from robot.basics.rate import InterestRate, PointsFactors, check_factor
from robot.basics.tenor import Unit, parse_tenor
from robot.errors import InvalidTerms, UnknownReference
from robot.market.curve import PointsQuote, RateQuote

_PRODUCTS = {"RATE": CashProduct.DEPOSIT, "REPO": CashProduct.REPO}
_TERMS = {"RATE": "IBO", "REPO": "R"}
"""Which terms of China's money market each kind has."""
_NO_LENGTH = (Unit.TODAY, Unit.TOM, Unit.SPOT)
COLUMNS = ("kind", "name", "tenor", "bid", "offer", "at_utc")


def read_quotes(
    path: Path, factors: PointsFactors, source: str
) -> Iterator[PointsQuote | RateQuote]:
    """All quotes of a file in its order; `source` also chooses the provider's own factors."""
    for row in rows_of(path, COLUMNS):
        try:
            yield _quote(row, factors, source)
        except (InvalidTerms, UnknownReference) as problem:
            raise row.problem(str(problem)) from None


def _quote(row: Row, factors: PointsFactors, source: str) -> PointsQuote | RateQuote:
    kind, name = row.text("kind"), row.text("name")
    bid, offer = row.decimal("bid"), row.decimal("offer")
    if bid > offer:
        raise row.problem(f"bid {bid} is above offer {offer}: signs say how points fall")
    if kind == "POINTS":
        pair = parse_pair(name)
        return PointsQuote(
            pair=pair,
            tenor=_tenor(row, ""),
            bid=bid,
            offer=offer,
            factor=(
                check_factor(row.decimal("factor"))
                if row.cells.get("factor")
                else factors.factor(pair, source)
            ),
            at_ns=row.time_ns("at_utc"),
            source=source,
        )
    if kind in _PRODUCTS:
        return RateQuote(
            currency=parse_currency(name),
            product=_PRODUCTS[kind],
            tenor=_tenor(row, _TERMS[kind]),
            bid=InterestRate(bid).percent,
            offer=InterestRate(offer).percent,
            at_ns=row.time_ns("at_utc"),
            source=source,
        )
    raise row.problem(f"kind {kind[:20]!r} is none of POINTS, RATE, REPO")


def _tenor(row: Row, terms: str) -> str:
    """A tenor that can be quoted; `terms` is the prefix of this market's own, if it has any."""
    tenor = parse_tenor(row.text("tenor"))
    if tenor.unit in _NO_LENGTH or (tenor.unit is Unit.TERM and tenor.market != terms):
        raise row.problem(f"{row.text('kind')} is not quoted for {tenor}")
    return str(tenor)
