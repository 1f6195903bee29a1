"""IMIX tags over an ordinary FIX 4.4 session: a SIMULATED dialect, after public samples.

The real market speaks IMIX, whose version string stock QuickFIX refuses. The product is in 10176;
12 and 14 for FX spot and forward are our choice, as is 10325 on a price of 100 for collateral.
Pairs have a dot, loans are named by their contract, points are in pips with two decimals.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from connectors.sim.dialects.fields import Fields, collateral, factor_of, number
from connectors.sim.dialects.fix44 import Fix44
from connectors.sim.dialogue import ExecutionIn
from connectors.sim.model import Instrument, text_of
from connectors.sim.products import Product, is_loan
from connectors.sim.rows import Fill, HitLife, Terms
from connectors.sim.wire import Incoming

_INDICATORS = {
    Product.SPOT: "12",
    Product.FORWARD: "14",
    Product.SWAP: "11",
    Product.DEPOSIT: "1",
    Product.REPO: "9",
}
_PRODUCTS = {indicator: product for product, indicator in _INDICATORS.items()}
_UNKNOWN_INDICATOR = "99"
_MONEY = "CNY"  # what is lent there
_CENT = Decimal("0.01")
_TODAY = "1"  # 63: settled on the trade date


class CfetsLike(Fix44):
    """See the module."""

    name = "cfets_like"
    takes_orders = False
    writes_points = True

    def symbol(self, pair: str, terms: Terms) -> str:
        if is_loan(terms.product):
            return self._contract(terms) or pair
        return pair.replace("/", ".")

    def _contract(self, terms: Terms) -> str | None:
        return terms.contract_code or (None if terms.far_date else terms.far_tenor)

    def pair(self, message: Incoming) -> str:
        symbol = message.need(55)
        return symbol.replace(".", "/") if "." in symbol else _MONEY

    def marks(self, product: str) -> Fields:
        known = [mark for name, mark in _INDICATORS.items() if name == product]
        security = "FXSWAP" if product == Product.SWAP else None
        return [(10176, known[0] if known else _UNKNOWN_INDICATOR), (167, security)]

    def product(self, message: Incoming) -> str:
        indicator = message.get(10176)
        if indicator is None:
            return Product.SWAP if message.get(167) == "FXSWAP" else Product.SPOT
        return _PRODUCTS.get(indicator, indicator)

    def side(self, product: str, side: str | None) -> str | None:
        return side

    def side_in(self, product: str, message: Incoming) -> str:
        return message.get(54) or ""

    def points(self, pair: str, points: Decimal) -> Decimal:
        return (points * factor_of(pair)).quantize(_CENT, rounding=ROUND_HALF_UP)

    def points_in(self, pair: str, points: Decimal | None) -> Decimal | None:
        return None if points is None else points / factor_of(pair)

    def _is_plain(self, terms: Terms) -> bool:
        return False

    def instrument(self, pair: str, terms: Terms) -> Fields:
        fields = super().instrument(pair, terms)
        code = self._contract(terms) if is_loan(terms.product) else None
        return [*fields, (48, code)]

    def pledged(self, terms: Terms) -> str:
        return collateral(terms.collateral, ratio=True)

    def dates(self, terms: Terms, value_date: str | None) -> Fields:
        if not is_loan(terms.product):
            return super().dates(terms, value_date)
        return [(63, _TODAY), (64, value_date), (541, terms.far_date)]

    def money(self, pair: str, terms: Terms) -> Fields:
        fields = super().money(pair, terms)
        return [*fields, (120, pair)] if is_loan(terms.product) else fields

    def hit_price(self, hit: HitLife) -> Fields:
        if hit.product == Product.SWAP:
            return [(44, text_of(self.points(hit.pair, hit.price)))]
        return super().hit_price(hit)

    def hit_price_in(self, message: Incoming, product: str, pair: str) -> Decimal | None:
        price = message.number(44)
        return self.points_in(pair, price) if product == Product.SWAP else price

    def _repaid(self, fill: Fill) -> Fields:
        return [
            (119, number(fill.base_amount)),
            (10002, number(fill.interest)),
            (10289, number(fill.counter_amount)),
            (120, fill.pair),
            (423, "1"),
        ]

    def _loan_in(self, answer: ExecutionIn, message: Incoming) -> ExecutionIn:
        return replace(
            answer,
            counter_amount=message.number(10289),
            interest=message.number(10002),
            paid_first=message.number(119),
        )

    def _curve_instrument(self, instrument: Instrument, terms: Terms) -> Fields:
        symbol = self.symbol(instrument.name, terms)
        if instrument.product == Product.SWAP:
            return [(55, symbol), (167, "FXSWAP")]
        return [(55, symbol), (10176, _INDICATORS[Product(instrument.product)])]
