"""Deals of every product, dated and priced as the robot does it, for what books and tells them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from robot.basics.currency import Currency, CurrencyPair, base_of
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
from robot.basics.rate import InterestRate
from robot.deals.collateral import BondPrice, Collateral
from robot.deals.deal import Deal
from robot.deals.flow import Leg
from robot.deals.party import BORROW, BUY, LEND, SELL
from robot.deals.product import (
    AnyProduct,
    Deposit,
    FxForward,
    FxNdf,
    FxSpot,
    FxSwap,
    OutrightRepo,
    ProductKind,
    Repo,
    When,
)
from robot.deals.resolve import resolve
from robot.deals.resolved import (
    ResolvedFxForward,
    ResolvedFxNdf,
    ResolvedFxSpot,
    ResolvedFxSwap,
    ResolvedLoan,
    ResolvedOutrightRepo,
)
from tests.kit.dates import WeekdayDates, conventions

DATES = WeekdayDates()
KNOWN = conventions("EUR/USD", "USD/CNY", "USD/JPY", "EUR/GBP", "USD/KWD", "USD/KRW")
TRADE_DATE = date(2026, 1, 14)
AT_NS = 1_768_392_000_000_000_000
FACTOR = Decimal(10_000)
ZERO = Decimal(0)

USD_CNY, EUR_USD = CurrencyPair("USD/CNY"), CurrencyPair("EUR/USD")
CNY, USD, EUR = Currency("CNY"), Currency("USD"), Currency("EUR")
MILLION = Decimal(1_000_000)
BONDS = (
    Collateral(security="230001", face=3 * MILLION, price=Decimal(100), haircut=Decimal(5)),
    Collateral(
        security="240002", face=3 * MILLION, price=Decimal("98.4321"), haircut=Decimal("7.5")
    ),
)


def deal_of(
    product: AnyProduct,
    rate: Decimal,
    *,
    points: Decimal = ZERO,
    near_points: Decimal = ZERO,
    number: int = 1,
    trade_date: date = TRADE_DATE,
) -> Deal:
    """`product` dealt at `rate`: the spot rate of FX, percent a year of a loan (the prices of an
    outright repo say its own). `points` in price units are of the forward, or of the swap, far
    minus near; `near_points` of the swap's near leg.
    """
    resolved = resolve(product, trade_date, KNOWN, DATES)
    match resolved:
        case ResolvedFxSpot():
            leg = resolved.leg
            dealt = "" if leg.currency == base_of(leg.pair) else leg.currency
            more = {"pair": leg.pair, "side": leg.side, "currency": dealt}
            more |= _exchanged(resolved.legs_at(rate)[0])
        case ResolvedFxForward() | ResolvedFxNdf():
            leg = resolved.leg
            more = {"pair": leg.pair, "side": leg.side, "currency": leg.currency}
            more |= {"spot_rate": rate, "points": points, "resolved": resolved}
            more |= {"agreed_legs": (leg.at(rate + points),)} | _exchanged(leg.at(rate + points))
        case ResolvedFxSwap():
            legs = resolved.legs_at_points(rate + near_points, points, FACTOR)
            near = resolved.near
            more = {"pair": near.pair, "side": near.side, "currency": near.currency}
            more |= {"spot_rate": rate, "points": points, "resolved": resolved}
            more |= {"agreed_legs": legs, **_exchanged(legs[0])}
            more |= {f"far_{name}": value for name, value in _exchanged(legs[1]).items()}
        case ResolvedLoan():
            more = _loan(resolved, resolved.legs_at(InterestRate(rate)))
        case ResolvedOutrightRepo():
            more = _loan(resolved, resolved.legs())
    return Deal(**_names(number, trade_date), product=_KINDS[type(product)], **more)


_KINDS = {
    FxSpot: ProductKind.SPOT,
    FxForward: ProductKind.FORWARD,
    FxSwap: ProductKind.SWAP,
    FxNdf: ProductKind.NDF,
    Deposit: ProductKind.DEPOSIT,
    Repo: ProductKind.REPO,
    OutrightRepo: ProductKind.REPO,
}


def _names(number: int, trade_date: date) -> dict[str, Any]:
    day = f"{trade_date:%Y%m%d}-{number:06d}"
    return {
        "deal_id": DealId(f"D{day}"),
        "version": 1,
        "exec_id": ExecId(f"E{day}"),
        "order_id": f"O{day}",
        "quote_id": QuoteId(f"Q{day}"),
        "rfq_id": RfqId(f"R{number}"),
        "hit_id": HitId(f"H{number}"),
        "response_id": None,
        "venue": VenueId("ALPHA"),
        "counterparty": CounterpartyId("BANKA"),
        "book": BookId("MM1"),
        "trade_date": trade_date,
        "strategy": "two_way 1",
        "mid": Decimal("1.5"),
        "edge": Decimal("25.00"),
        "at_ns": AT_NS + number,
    }


def _exchanged(leg: Leg) -> dict[str, Any]:
    base, counter = leg.flows
    return {
        "base_amount": abs(base.amount),
        "counter_amount": abs(counter.amount),
        "rate": leg.rate,
        "value_date": leg.value_date,
    }


def _loan(resolved: ResolvedLoan | ResolvedOutrightRepo, legs: tuple[Leg, ...]) -> dict[str, Any]:
    start, maturity = legs
    return {
        "pair": CurrencyPair(resolved.currency),
        "side": SELL if resolved.side is LEND else BUY,
        "base_amount": abs(sum((flow.amount for flow in start.flows), ZERO)),
        "counter_amount": abs(sum((flow.amount for flow in maturity.flows), ZERO)),
        "rate": start.rate,
        "value_date": start.value_date,
        "far_value_date": maturity.value_date,
        "resolved": resolved,
        "agreed_legs": legs,
    }


def every_product() -> dict[str, Deal]:
    """One deal of each kind, by a short name."""
    d, said = Decimal, _said()
    return {
        "spot": deal_of(said["spot"], d("1.17123")),
        "spot in the counter currency": deal_of(said["spot counter"], d("1471.35")),
        "forward": deal_of(said["forward"], d("7.0012"), points=d("-0.0300")),
        "swap": deal_of(said["swap"], d("7.0012"), points=d("-0.0476")),
        "uneven swap": deal_of(
            said["uneven"], d("1.17123"), points=d("0.0021"), near_points=d("0.0007")
        ),
        "NDF": deal_of(said["ndf"], d("7.0012"), points=d("-0.0150")),
        "deposit": deal_of(said["deposit"], d("1.5500")),
        "borrowed deposit": deal_of(said["borrowed"], d("-0.4000")),
        "repo": deal_of(said["repo"], d("1.5500")),
        "outright repo": deal_of(said["outright repo"], ZERO),
    }


def _said() -> dict[str, AnyProduct]:
    d = Decimal
    return {
        "spot": FxSpot(pair=EUR_USD, side=BUY, currency=EUR, amount=MILLION),
        "spot counter": FxSpot(
            pair=CurrencyPair("USD/KRW"), side=SELL, currency=Currency("KRW"), amount=d(10**9)
        ),
        "forward": FxForward(
            pair=USD_CNY, side=SELL, currency=USD, amount=MILLION, value=When("2026-03-18")
        ),
        "swap": FxSwap(
            pair=USD_CNY, near_side=BUY, currency=USD, near_amount=MILLION, far=When("3M")
        ),
        "uneven": FxSwap(
            pair=EUR_USD,
            near_side=SELL,
            currency=USD,
            near_amount=MILLION,
            far_amount=MILLION + d("1234.56"),
            near=When("1M"),
            far=When("3M"),
        ),
        "ndf": FxNdf(
            pair=USD_CNY,
            side=BUY,
            currency=USD,
            amount=MILLION,
            value=When("1M"),
            fixing_index="CNY01",
            settlement_currency=USD,
        ),
        "deposit": Deposit(side=LEND, currency=CNY, amount=d(400_000), term=When("1W")),
        "borrowed": Deposit(side=BORROW, currency=EUR, amount=MILLION, term=When("3M")),
        "repo": Repo(
            side=BORROW, currency=CNY, amount=5 * MILLION, term=When("R007"), collateral=BONDS
        ),
        "outright repo": OutrightRepo(
            side=LEND,
            currency=CNY,
            term=When("R007"),
            security="010216",
            face=d(6_400_000),
            first=BondPrice(d("88.0000"), d("1.20")),
            second=BondPrice(d("88.0300"), d("1.28")),
        ),
    }
