"""Said -> dated -> flows: each product, and each way in which terms contradict themselves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import msgspec
import pytest

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.daycount import DayCount, MoneyMarket
from robot.basics.rate import parse_rate
from robot.deals.collateral import BondPrice, Collateral
from robot.deals.flow import Flow
from robot.deals.party import BORROW, BUY, LEND, SELL
from robot.deals.product import (
    AnyProduct,
    Deposit,
    FxForward,
    FxNdf,
    FxSpot,
    FxSwap,
    OutrightRepo,
    Repo,
    When,
    broken_date,
    swap_dates,
)
from robot.deals.resolve import Unresolved, resolve, resolve_request
from robot.deals.resolved import (
    AnyResolved,
    FxLeg,
    ResolvedDeposit,
    ResolvedFxForward,
    ResolvedFxNdf,
    ResolvedFxSpot,
    ResolvedFxSwap,
    ResolvedOutrightRepo,
    ResolvedRepo,
)
from robot.errors import Fault, InvalidTerms, UnknownReference
from tests.kit.dates import WeekdayDates, conventions

USD, CNY, EUR = Currency("USD"), Currency("CNY"), Currency("EUR")
USD_CNY, EUR_USD = CurrencyPair("USD/CNY"), CurrencyPair("EUR/USD")
WEDNESDAY = date(2026, 1, 14)
SPOT, MONTH, THREE_MONTHS = date(2026, 1, 16), date(2026, 2, 16), date(2026, 4, 16)
DATES, KNOWN = WeekdayDates(), conventions("USD/CNY", "EUR/USD")
TEN_MILLION = D(10_000_000)
BOND = Collateral(security="010216", face=D(6_000_000), price=D(100), haircut=D(5))

SPOT_DEAL = FxSpot(pair=EUR_USD, side=BUY, currency=EUR, amount=TEN_MILLION)
FORWARD = FxForward(
    pair=USD_CNY, side=SELL, currency=USD, amount=TEN_MILLION, value=When("2026-03-18")
)
SWAP = FxSwap(pair=USD_CNY, near_side=BUY, currency=USD, near_amount=TEN_MILLION, far=When("3M"))
NDF = FxNdf(
    pair=USD_CNY,
    side=BUY,
    currency=USD,
    amount=TEN_MILLION,
    value=When("1M"),
    fixing_index="CNY01",
    settlement_currency=USD,
)
DEPOSIT = Deposit(side=LEND, currency=CNY, amount=D(400_000), term=When("1W"))
REPO = Repo(side=BORROW, currency=CNY, amount=D(5_000_000), term=When("R007"), collateral=(BOND,))
OUTRIGHT_REPO = OutrightRepo(
    side=LEND,
    currency=CNY,
    term=When("R007"),
    security="010216",
    face=D(6_400_000),
    first=BondPrice(D("88.0000"), D("1.20")),
    second=BondPrice(D("88.0300"), D("1.28")),
)
PRODUCTS = (SPOT_DEAL, FORWARD, SWAP, NDF, DEPOSIT, REPO, OUTRIGHT_REPO)


def dated(product: AnyProduct) -> AnyResolved:
    return resolve(product, WEDNESDAY, KNOWN, DATES)


def test_spot_is_dated_and_priced() -> None:
    found = dated(SPOT_DEAL)

    assert isinstance(found, ResolvedFxSpot)
    (leg,) = found.legs_at(D("1.10005"))
    assert (Flow(EUR, TEN_MILLION, SPOT), Flow(USD, D("-11000500.00"), SPOT)) == leg.flows


def test_a_broken_date_is_taken_as_it_is_said() -> None:
    found = dated(FORWARD)

    assert isinstance(found, ResolvedFxForward)
    assert date(2026, 3, 18) == found.leg.value_date
    assert SPOT == found.spot_date
    (leg,) = found.legs_at_points(D("7.0012"), D("-0.0300"), D(10_000))
    assert D("6.9712") == leg.rate
    assert [D(-10_000_000), D("69712000.00")] == [flow.amount for flow in leg.flows]


def test_the_counter_currency_may_be_dealt() -> None:
    product = FxSpot(pair=USD_CNY, side=BUY, currency=CNY, amount=D(7_000_000))

    found = dated(product)

    assert isinstance(found, ResolvedFxSpot)
    assert Flow(CNY, D(-7_000_000), SPOT) == found.leg.dealt
    (leg,) = found.legs_at(D("7.0013"))
    assert (Flow(USD, D("999814.32"), SPOT), Flow(CNY, D(-7_000_000), SPOT)) == leg.flows


def test_a_swap_buys_near_and_sells_far() -> None:
    found = dated(SWAP)

    assert isinstance(found, ResolvedFxSwap)
    assert found.even
    assert (SPOT, THREE_MONTHS) == (found.near.value_date, found.far.value_date)
    near, far = found.legs_at_points(D("7.0012"), D("-0.0476"), D(10_000))
    assert [D(10_000_000), D("-70012000.00")] == [flow.amount for flow in near.flows]
    assert [D(-10_000_000), D("69536000.00")] == [flow.amount for flow in far.flows]


def test_an_uneven_forward_forward_swap_has_both_amounts_and_dates() -> None:
    product = msgspec.structs.replace(
        SWAP, near=When("1M"), far_amount=D("10100000"), near_side=SELL
    )

    found = dated(product)

    assert isinstance(found, ResolvedFxSwap)
    assert not found.even
    assert (MONTH, THREE_MONTHS) == (found.near.value_date, found.far.value_date)
    assert (D(-10_000_000), D(10_100_000)) == (found.near.dealt.amount, found.far.dealt.amount)


@pytest.mark.parametrize(
    ("tenor", "near", "far"),
    [
        ("ON", "2026-01-14", "2026-01-15"),
        ("TN", "2026-01-15", "2026-01-16"),
        ("SN", "2026-01-16", "2026-01-19"),
        ("1W", "2026-01-16", "2026-01-23"),
    ],
)
def test_one_tenor_names_both_dates_of_a_swap(tenor: str, near: str, far: str) -> None:
    said_near, said_far = swap_dates(When(tenor))

    found = dated(msgspec.structs.replace(SWAP, near=said_near, far=said_far))

    assert isinstance(found, ResolvedFxSwap)
    assert (near, far) == (str(found.near.value_date), str(found.far.value_date))


def test_an_ndf_is_paid_as_one_difference() -> None:
    """Buyer of USD 10 million at 7.00, fixed at 7.05: 10m x 0.05 / 7.05 = 70,921.99 dollars."""
    found = dated(NDF)

    assert isinstance(found, ResolvedFxNdf)
    assert (date(2026, 2, 12), "PARITY USD/CNY") == (found.fixing_date, found.fixing_index)
    (leg,) = found.legs_at(D("7.00"), fixing=D("7.05"))
    assert (Flow(USD, D("70921.99"), MONTH),) == leg.flows
    (loss,) = found.legs_at(D("7.00"), fixing=D("6.95"))
    assert D("-71942.45") == loss.flows[0].amount


def test_a_deposit_lent_goes_out_and_comes_back_with_interest() -> None:
    found = dated(DEPOSIT)

    assert isinstance(found, ResolvedDeposit)
    assert (DayCount.ACT_360, 7) == (found.day_count, found.days)
    start, maturity = found.legs_at(parse_rate("3.0000%"))
    assert [D(-400_000)] == [flow.amount for flow in start.flows]
    assert [D(400_000), D("233.33")] == [flow.amount for flow in maturity.flows]
    assert D("233.33") == sum(paid for _, paid in found.accrual_at(parse_rate("3%")).daily())


def test_the_euro_market_counts_days_its_own_way() -> None:
    product = Deposit(
        side=LEND,
        currency=Currency("AUD"),
        amount=D(1_000_000),
        term=When("1M"),
        market=MoneyMarket.EURO,
    )
    at_home = msgspec.structs.replace(product, market=MoneyMarket.DOMESTIC)

    counts = [dated(item).day_count for item in (product, at_home)]  # type: ignore[union-attr]
    assert [DayCount.ACT_360, DayCount.ACT_365F] == counts


def test_a_repo_gives_bonds_for_money_and_takes_them_back() -> None:
    found = dated(REPO)

    assert isinstance(found, ResolvedRepo)
    assert ("R007", 7, DayCount.ACT_365F) == (
        found.contract_code,
        found.contract_days,
        found.day_count,
    )
    start, maturity = found.legs_at(parse_rate("1.55%"))
    assert [D(5_000_000)] == [flow.amount for flow in start.flows]
    assert [D(-5_000_000), D("-1486.30")] == [flow.amount for flow in maturity.flows]
    assert (D(-6_000_000), D(6_000_000)) == (start.securities[0].face, maturity.securities[0].face)


def test_an_outright_repo_pays_the_two_agreed_prices() -> None:
    found = dated(OUTRIGHT_REPO)

    assert isinstance(found, ResolvedOutrightRepo)
    start, maturity = found.legs()
    assert [D("-5708800.00")] == [flow.amount for flow in start.flows]
    assert [D("5715840.00")] == [flow.amount for flow in maturity.flows]
    assert D("6.43") == round(found.rate.percent, 2)


@pytest.mark.parametrize("agreed", ["0", "-7", "NaN"])
def test_an_ndf_in_the_counter_currency_at_no_rate_is_refused(agreed: str) -> None:
    found = dated(changed(NDF, currency=CNY))

    assert isinstance(found, ResolvedFxNdf)
    with pytest.raises(InvalidTerms, match="must be above zero"):
        found.legs_at(D(agreed), D("7.01"))


def test_a_date_that_rests_on_provisional_holidays_marks_the_deal() -> None:
    unsure = WeekdayDates(provisional_from=date(2026, 4, 1))

    found = [resolve(product, WEDNESDAY, KNOWN, unsure) for product in (SPOT_DEAL, SWAP)]

    assert [False, True] == [item.provisional for item in found]


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: type(product).__name__)
def test_products_pass_through_the_journal_said_and_dated(product: AnyProduct) -> None:
    resolved = dated(product)

    assert product == msgspec.json.decode(msgspec.json.encode(product), type=AnyProduct)
    assert resolved == msgspec.json.decode(msgspec.json.encode(resolved), type=AnyResolved)


def test_a_record_that_contradicts_itself_is_refused_when_it_is_read() -> None:
    record = msgspec.json.encode(dated(SWAP)).replace(b'"2026-04-16"', b'"2026-01-02"')

    with pytest.raises(msgspec.ValidationError, match="near date 2026-01-16 must be before"):
        msgspec.json.decode(record, type=AnyResolved)


def changed(product: AnyProduct, **fields: object) -> AnyProduct:
    return msgspec.structs.replace(product, **fields)


BAD: list[tuple[AnyProduct, str, str]] = [
    (changed(SPOT_DEAL, amount=D(0)), "AMOUNT_NOT_POSITIVE", "amount 0 EUR"),
    (changed(SPOT_DEAL, amount=D(-5)), "AMOUNT_NOT_POSITIVE", "amount -5 EUR"),
    (changed(SPOT_DEAL, amount=D("NaN")), "AMOUNT_NOT_POSITIVE", "NaN"),
    (changed(SPOT_DEAL, amount=D("1e40")), "OUT_OF_RANGE", "1E+40"),
    (changed(SPOT_DEAL, amount=D("1.001")), "AMOUNT_NOT_PAYABLE", "0.01 EUR"),
    (changed(SPOT_DEAL, currency=CNY), "CURRENCY_NOT_IN_PAIR", "CNY is no currency of EUR/USD"),
    (changed(SPOT_DEAL, pair=CurrencyPair("USD/USD")), "CURRENCY_TWICE", "USD/USD"),
    (changed(SPOT_DEAL, pair=CurrencyPair("USD/XTS")), "UnknownReference", "USD/XTS"),
    (changed(FORWARD, value=When("13Q")), "UnknownReference", "'13Q'"),
    (changed(FORWARD, value=When("2026-02-30")), "OUT_OF_RANGE", "2026-02-30"),
    (changed(FORWARD, value=When("2026-03-21")), "NotAValueDate", "2026-03-21"),
    (changed(FORWARD, value=When("2026-01-13")), "DATES_NOT_ORDERED", "2026-01-13"),
    (changed(SWAP, near=When("3M"), far=When("1M")), "DATES_NOT_ORDERED", "2026-04-16 must be"),
    (changed(SWAP, far=When("SPOT")), "DATES_NOT_ORDERED", "2026-01-16"),
    (changed(SWAP, far_amount=D(0)), "AMOUNT_NOT_POSITIVE", "0 USD"),
    (changed(NDF, settlement_currency=EUR), "CURRENCY_NOT_IN_PAIR", "EUR"),
    (changed(NDF, fixing_index="SHIBOR 3M"), "CURRENCY_NOT_IN_PAIR", "SHIBOR 3M"),
    (changed(NDF, fixing_index="PARITY EUR/CNY"), "CURRENCY_NOT_IN_PAIR", "fixes EUR/CNY"),
    (changed(NDF, fixing_index="PARITY"), "UnknownReference", "did you mean PARITY USD/CNY"),
    (changed(NDF, value=When("TODAY")), "DATES_NOT_ORDERED", "fixing date"),
    (changed(NDF, value=When("SPOT")), "DATES_NOT_ORDERED", "before fixing date 2026-01-14"),
    (changed(DEPOSIT, amount=D(-1)), "AMOUNT_NOT_POSITIVE", "-1 CNY"),
    (changed(DEPOSIT, currency=Currency("ARS")), "UnknownReference", "no day count"),
    (changed(DEPOSIT, term=When("2026-01-14")), "DATES_NOT_ORDERED", "must be before maturity"),
    (changed(REPO, collateral=()), "COLLATERAL", "needs collateral"),
    (changed(REPO, amount=D(5_700_001)), "COLLATERAL", "1.00 short"),
    (changed(OUTRIGHT_REPO, face=D(0)), "AMOUNT_NOT_POSITIVE", "face 0"),
]


@pytest.mark.parametrize(("product", "reason", "words"), BAD, ids=lambda item: str(item)[:40])
def test_terms_that_cannot_be_meant_are_refused_with_their_values(
    product: AnyProduct, reason: str, words: str
) -> None:
    found = resolve_request(product, WEDNESDAY, KNOWN, DATES)

    assert isinstance(found, Unresolved)
    assert reason == found.reason
    assert words in found.detail


def test_good_terms_are_resolved_the_same_either_way() -> None:
    assert dated(SWAP) == resolve_request(SWAP, WEDNESDAY, KNOWN, DATES)


def test_points_in_pips_where_price_units_are_due_are_refused() -> None:
    swap, forward = dated(SWAP), dated(FORWARD)
    assert isinstance(swap, ResolvedFxSwap) and isinstance(forward, ResolvedFxForward)

    for deal in (swap, forward):
        with pytest.raises(InvalidTerms, match=r"points -476.*price units are expected.*-0\.0476"):
            deal.legs_at_points(D("7.0012"), D(-476), D(10_000))


def test_legs_on_the_same_side_are_no_swap() -> None:
    leg = FxLeg(pair=USD_CNY, side=BUY, currency=USD, amount=D(1), value_date=SPOT)
    far = msgspec.structs.replace(leg, value_date=MONTH)

    with pytest.raises(InvalidTerms, match="BUY USD/CNY in USD and BUY USD/CNY") as caught:
        ResolvedFxSwap(trade_date=WEDNESDAY, near=leg, far=far, spot_date=SPOT)
    assert Fault.LEGS_NOT_OPPOSITE is caught.value.fault


@pytest.mark.parametrize(
    ("field", "value"), [("face", D(0)), ("price", D(-1)), ("haircut", D(100)), ("haircut", D(-1))]
)
def test_collateral_that_carries_nothing_is_refused(field: str, value: D) -> None:
    with pytest.raises(InvalidTerms, match=f"010216: {field}"):
        msgspec.structs.replace(BOND, **{field: value})


def test_a_tenor_is_no_date_and_a_date_no_tenor() -> None:
    assert broken_date(When("3M")) is None
    assert date(2026, 3, 18) == broken_date(When("2026-03-18"))


def test_an_unknown_pair_raises_where_no_value_is_asked_for() -> None:
    with pytest.raises(UnknownReference, match="no convention configured for GBP/USD"):
        dated(changed(SPOT_DEAL, pair=CurrencyPair("GBP/USD"), currency=USD))
