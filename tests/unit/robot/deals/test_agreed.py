"""A price and terms come to legs; terms that have prices of their own take no other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from robot.basics.currency import Currency
from robot.basics.daycount import DayCount
from robot.deals.agreed import Price, agree
from robot.deals.collateral import BondPrice
from robot.deals.party import LEND
from robot.deals.resolved import ResolvedOutrightRepo
from robot.errors import InvalidTerms


def test_an_outright_repo_takes_no_price_but_its_own() -> None:
    terms = ResolvedOutrightRepo(
        trade_date=date(2026, 1, 14),
        side=LEND,
        currency=Currency("CNY"),
        security="170013",
        face=D(10_000_000),
        first=BondPrice(D("99.50"), D("0.25")),
        second=BondPrice(D("99.50"), D("0.32")),
        start=date(2026, 1, 14),
        maturity=date(2026, 1, 21),
        day_count=DayCount.ACT_365F,
    )
    with pytest.raises(InvalidTerms, match=r"170013 has its prices, 99\.75 and 99\.82"):
        agree(terms, Price(D("1.5")))
