"""A quote and a deal of every product, and the dialects that ship, for tests of the FIX codec."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from connectors.fix.dialect import Dialect
from connectors.fix.encoded import Encoded
from connectors.fix.fields import FixMessage
from robot.basics.currency import Currency, CurrencyPair, base_of
from robot.basics.daycount import DayCount
from robot.basics.ids import (
    BookId,
    CounterpartyId,
    DealId,
    ExecId,
    HitId,
    QuoteId,
    RfqId,
    VenueId,
)
from robot.deals.agreed import Price, agree
from robot.deals.collateral import Collateral
from robot.deals.deal import Deal
from robot.deals.party import BUY, LEND, SELL, Side
from robot.deals.product import ProductKind
from robot.deals.resolved import (
    AnyResolved,
    FxLeg,
    ResolvedDeposit,
    ResolvedFxForward,
    ResolvedFxNdf,
    ResolvedFxSpot,
    ResolvedFxSwap,
    ResolvedRepo,
)
from robot.dialects import DialectSettings, load_dialect
from robot.messages.effects import SendQuote
from robot.package import configuration_folder, fix_dictionary

PRESETS = ("fix44", "fix50sp2", "cfets_like")
EURUSD, USDCNY = CurrencyPair("EUR/USD"), CurrencyPair("USD/CNY")
CNY = CurrencyPair("CNY")
TRADE, SPOT, FAR = date(2026, 1, 7), date(2026, 1, 9), date(2026, 4, 9)
WEEK = date(2026, 1, 14)
AT_NS = 1_767_749_400_120_000_000
"""2026-01-07 01:30:00.120 UTC."""
BONDS = (
    Collateral(
        security="220210", face=Decimal(600000000), price=Decimal("101.5"), haircut=Decimal(5)
    ),
    Collateral(
        security="230005", face=Decimal(100000000), price=Decimal(98), haircut=Decimal("7.5")
    ),
)
RATIO_BONDS = tuple(msgspec.structs.replace(bond, price=Decimal(100)) for bond in BONDS)
"""As a conversion ratio can say them."""
PRICES = {
    ProductKind.SPOT: Price(Decimal("1.1701"), None),
    ProductKind.FORWARD: Price(Decimal("1.17562"), Decimal("1.1701")),
    ProductKind.NDF: Price(Decimal("6.9857"), Decimal("7.0012")),
    ProductKind.SWAP: Price(Decimal("0.00552"), Decimal("1.1700"), Decimal("-0.00004")),
    ProductKind.DEPOSIT: Price(Decimal("1.80"), None),
    ProductKind.REPO: Price(Decimal("1.55"), None),
}


@cache
def dialect(preset: str) -> Dialect:
    """A shipped dialect, with factors for the pairs used here."""
    data = load_dialect(configuration_folder(), "ALPHA", DialectSettings(preset=preset))
    factors = {EURUSD: Decimal(10000), USDCNY: Decimal(10000)}
    return msgspec.structs.replace(
        msgspec.convert(data, Dialect, strict=False), points_factors=factors
    )


def quote(product: ProductKind, **changes: Any) -> SendQuote:
    """A two-way quote of a product."""
    price = PRICES[product]
    fields: dict[str, Any] = {
        "venue": VenueId("ALPHA"),
        "quote_id": QuoteId("Q77"),
        "request_id": "rq2",
        "rfq_id": RfqId("rq2"),
        "counterparty": CounterpartyId("BANKA"),
        "pair": EURUSD,
        "product": product,
        "amount": Decimal(10000000),
        "bid": price.value - Decimal("0.00006"),
        "offer": price.value,
        "value_date": SPOT,
        "valid_until_ns": AT_NS + 5_000_000_000,
    }
    if product in (ProductKind.FORWARD, ProductKind.NDF):
        fields |= {"value_date": FAR}
    if price.spot_rate is not None:
        fields |= {"bid_spot": price.spot_rate - Decimal("0.0001"), "offer_spot": price.spot_rate}
    if product is ProductKind.SWAP:
        fields |= {"far_value_date": FAR, "near_points": price.near_points}
        fields |= {"far_amount": Decimal(12000000)}
    if product is ProductKind.NDF:
        fields |= {"pair": USDCNY, "settlement_currency": "USD", "fixing_index": "CNY01"}
        fields |= {"fixing_date": date(2026, 4, 7)}
    if product.is_loan:
        fields |= {"pair": CNY, "amount": Decimal(500000000), "bid": price.value - Decimal("0.04")}
        fields |= {"value_date": TRADE, "far_value_date": WEEK}
        is_repo = product is ProductKind.REPO
        fields |= {"contract_code": "R007" if is_repo else "IBO007"}
        fields |= {"collateral": BONDS if is_repo else ()}
    return SendQuote(**(fields | changes))


def terms(product: ProductKind, side: Side, currency: str = "") -> AnyResolved:
    """A product as it is dated."""
    pair = USDCNY if product is ProductKind.NDF else EURUSD
    dealt = Currency(currency) if currency else base_of(pair)
    day = SPOT if product in (ProductKind.SPOT, ProductKind.SWAP) else FAR
    leg = FxLeg(pair=pair, side=side, currency=dealt, amount=Decimal(10000000), value_date=day)
    cash = side_of_cash(side)
    loan: dict[str, Any] = {
        "trade_date": TRADE,
        "side": cash,
        "currency": Currency("CNY"),
        "amount": Decimal(500000000),
        "start": TRADE,
        "maturity": WEEK,
        "contract_days": 7,
    }
    if product is ProductKind.SPOT:
        return ResolvedFxSpot(trade_date=TRADE, leg=leg)
    if product is ProductKind.FORWARD:
        return ResolvedFxForward(trade_date=TRADE, leg=leg, spot_date=SPOT)
    if product is ProductKind.NDF:
        return ResolvedFxNdf(
            trade_date=TRADE,
            leg=leg,
            spot_date=SPOT,
            fixing_index="CNY01",
            fixing_date=date(2026, 4, 7),
            settlement_currency=Currency("USD"),
        )
    if product is ProductKind.SWAP:
        far = FxLeg(
            pair=pair,
            side=side.opposite,
            currency=dealt,
            amount=Decimal(12000000),
            value_date=FAR,
        )
        return ResolvedFxSwap(trade_date=TRADE, near=leg, far=far, spot_date=SPOT)
    if product is ProductKind.DEPOSIT:
        return ResolvedDeposit(**loan, contract_code="IBO007", day_count=DayCount.ACT_360)
    return ResolvedRepo(
        **loan, contract_code="R007", day_count=DayCount.ACT_365F, collateral=RATIO_BONDS
    )


def side_of_cash(side: Side) -> Any:
    """BUY = we borrow."""
    return LEND if side is SELL else LEND.opposite


def deal(product: ProductKind, side: Side = BUY, currency: str = "", **changes: Any) -> Deal:
    """A deal of a product at its price in `PRICES`."""
    resolved, price = terms(product, side, currency), PRICES[product]
    agreed = agree(resolved, price)
    pair = USDCNY if product is ProductKind.NDF else EURUSD
    fields: dict[str, Any] = {
        "deal_id": DealId("D1"),
        "version": 1,
        "exec_id": ExecId("E1"),
        "order_id": "O1",
        "quote_id": QuoteId("Q77"),
        "rfq_id": RfqId("rq2"),
        "hit_id": HitId("c3"),
        "response_id": "rs1",
        "venue": VenueId("ALPHA"),
        "counterparty": CounterpartyId("BANKA"),
        "book": BookId("B"),
        "product": product,
        "pair": CNY if product.is_loan else pair,
        "side": side,
        "base_amount": agreed.base_amount,
        "rate": agreed.rate,
        "counter_amount": agreed.counter_amount,
        "trade_date": TRADE,
        "value_date": agreed.value_date,
        "strategy": "two_way 1",
        "mid": agreed.rate,
        "edge": Decimal(0),
        "at_ns": AT_NS,
        "currency": currency,
        "spot_rate": price.spot_rate,
        "points": agreed.points,
        "far_value_date": agreed.far_value_date,
        "far_rate": agreed.far_rate,
        "far_base_amount": agreed.far_base_amount,
        "far_counter_amount": agreed.far_counter_amount,
        "resolved": None if product is ProductKind.SPOT else resolved,
        "agreed_legs": () if product is ProductKind.SPOT else agreed.legs,
    }
    return Deal(**(fields | changes))


def on_the_wire(encoded: Encoded, preset: str) -> FixMessage:
    """The message as QuickFIX sends it, which its own dictionary has found valid."""
    import quickfix as fix

    from connectors.fix.session import _build

    names = ["FIX44.xml"] if preset != "fix50sp2" else ["FIXT11.xml", "FIX50SP2.xml"]
    dictionaries = [_dictionary(name) for name in names]
    built = _build(encoded, *dictionaries)
    header = built.getHeader()
    for tag, value in ((49, "US"), (56, "THEM"), (34, "2"), (52, "20260107-01:30:00.120")):
        header.setField(tag, value)
    text = built.toString()
    read = fix.Message(text, *dictionaries, True)
    if len(dictionaries) == 1:
        dictionaries[0].validate(read)
    else:
        fix.DataDictionary.validate(read, *dictionaries)
    return FixMessage(text)


@cache
def _dictionary(name: str) -> Any:
    import quickfix as fix

    found = fix.DataDictionary(str(fix_dictionary(name)))
    found.checkUserDefinedFields(False)
    return found
