"""Numbers that markets, exchanges, exams and other libraries give: each case names its source.

The expected values are written as the source has them. Where the shared table of cases is at hand,
`test_every_public_case_is_here` compares this list with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest

from robot.basics.currency import Currency, CurrencyPair, round_amount
from robot.basics.daycount import CashProduct, DayCount, MoneyMarket, day_count
from robot.basics.numbers import round_half_up
from robot.basics.rate import InterestRate, TwoWay, TwoWayPoints, parse_rate, spoken_points
from robot.deals.collateral import BondPrice, accrued_interest, cash_for
from robot.deals.deal import edge_against_mid
from robot.deals.forwards import (
    Funding,
    cross,
    fair_forward,
    forward_value,
    implied_counter_yield,
    outright,
    outright_before_spot,
    parity_forward,
    parity_points,
)
from robot.deals.interest import (
    average_rate,
    forward_forward,
    fra_settlement,
    interest,
    repayment,
)
from robot.deals.party import BORROW, BUY, LEND, SELL
from robot.deals.resolved import ResolvedDeposit, ResolvedOutrightRepo
from robot.deals.risk import basis_point_carry, loan_pv01, point_value
from robot.market.fixing import RepoTrade, repo_fixing

USD, CNY, GBP, JPY = Currency("USD"), Currency("CNY"), Currency("GBP"), Currency("JPY")
USD_CNY = CurrencyPair("USD/CNY")
TEN_THOUSAND = D(10000)
SHARED = Path(__file__).resolve().parents[5] / "shared" / "data" / "golden_cases.json"
"""Beside a checkout of the project; absent elsewhere."""


def rate(percent: str) -> InterestRate:
    return parse_rate(f"{percent}%")


def rounded(value: D, unit: str) -> str:
    return str(round_half_up(value, D(unit)))


def dep_01() -> tuple[object, object]:
    """ACI 3I0-012 exam item (free-braindumps p2)"""
    return "50016444.44", str(repayment(D(50_000_000), USD, rate("0.37"), (32, 360)))


def dep_03() -> tuple[object, object]:
    """ACI 3I0-012 exam item (p2)"""
    counted = day_count(GBP, MoneyMarket.DOMESTIC, CashProduct.DEPOSIT)
    found = forward_forward(
        rate(".55"), counted.of_days(91), rate(".65"), counted.of_days(123)
    ).percent
    return ("0.933", "0.933096"), (rounded(found, "0.001"), rounded(found, "0.000001"))


def dep_04() -> tuple[object, object]:
    """ACI item itexams p2"""
    loans = [(D(10), rate(".60")), (D(5), rate(".40")), (D(5), rate(".50"))]
    return D("0.525"), average_rate(loans).percent


def ibo007(counted: DayCount) -> D:
    """Interest of the interbank loan in CFETS's message: 2016-09-28 to 2016-10-08."""
    loan = ResolvedDeposit(
        trade_date=date(2016, 9, 28),
        side=LEND,
        currency=CNY,
        amount=D("400000.00"),
        start=date(2016, 9, 28),
        maturity=date(2016, 10, 8),
        day_count=counted,
        contract_code="IBO007",
        contract_days=5,
    )
    assert loan.days == 10
    return (
        -sum((f.amount for f in loan.legs_at(rate("3.0000"))[1].flows[1:]), D(0)) * loan.side.sign
    )


def dep_05() -> tuple[object, object]:
    """real CFETS CSTP message, GitHub file id 40733964496"""
    paid = ibo007(day_count(CNY, MoneyMarket.DOMESTIC, CashProduct.DEPOSIT))
    return ("333.33", "400333.33"), (str(paid), str(D("400000.00") + paid))


def dep_05n() -> tuple[object, object]:
    """computed"""
    return "328.77", str(ibo007(DayCount.ACT_365F))


def repo_interest(days: int) -> str:
    counted = day_count(CNY, MoneyMarket.DOMESTIC, CashProduct.REPO)
    return str(interest(D(500_000_000), CNY, rate("1.55"), counted.of_days(days)))


def rep_01() -> tuple[object, object]:
    """computed; day count evidenced by REP-02 and CFETS FR rule"""
    return "148630.14", repo_interest(7)


def rep_03() -> tuple[object, object]:
    """computed"""
    return ("21232.88", "63698.63"), (repo_interest(1), repo_interest(3))


def bnd_01() -> tuple[object, object]:
    """real CFETS CSTP msg id 14024129429 (159=0.31299,10002=62597.26,10312=19897900.00,119=19960497.26)"""  # noqa: E501
    accrued = accrued_interest(D("3.57"), 32, 365)
    face, price = D(20_000_000), BondPrice(D("99.4895"), accrued)
    clean = cash_for(face, BondPrice(price.clean, D(0)), CNY)
    total = cash_for(face, price, CNY)
    found = (rounded(accrued, "0.00001"), str(total - clean), str(clean), str(total))
    return ("0.31299", "62597.26", "19897900.00", "19960497.26"), found


def fx_01() -> tuple[object, object]:
    """ACI 3I0-012 exam item (p6/p8)"""
    dollars, kronor = Funding(rate(".40"), (30, 360)), Funding(rate("1.15"), (30, 360))
    found = parity_forward(D("6.3850"), dollars, kronor)
    return ("6.388989", "6.3890"), (rounded(found, "0.000001"), rounded(found, "0.0001"))


def fx_03() -> tuple[object, object]:
    """ACI 3I0-012 exam item (p5)"""
    points = spoken_points(D(28), D(23), TEN_THOUSAND)
    return D("1.0392"), outright(TwoWay(D("1.0420"), D("1.0425")), points).bid


def fx_04() -> tuple[object, object]:
    """ACI 3I0-012 exam item (p5)"""
    first, second = TwoWay(D(".8560"), D(".8560")), TwoWay(D(".9300"), D(".9300"))
    pair, found = cross(CurrencyPair("NZD/USD"), first, CurrencyPair("USD/CHF"), second)
    expected = ("NZD/CHF", D("0.79608"), "0.7961")
    return expected, (pair, found.mid, rounded(found.mid, "0.0001"))


def fx_06() -> tuple[object, object]:
    """ACI 3I0-012 exam item (p6)"""
    spot = TwoWay(D("1.0350"), D("1.0355"))
    tomorrow = outright_before_spot(spot, spoken_points(D(3), D(2), TEN_THOUSAND))
    return D("1.0352"), tomorrow.bid


def fx_07() -> tuple[object, object]:
    """ACI item vcedump q175"""
    dollars, yen = Funding(rate("2.15"), (30, 360)), Funding(rate(".10"), (30, 360))
    found = parity_forward(D("123.65"), dollars, yen)
    return ("123.4391", "123.44"), (rounded(found, "0.0001"), rounded(found, "0.01"))


def fra_01() -> tuple[object, object]:
    """ACI item vcedump q172 (option B)"""
    found = fra_settlement(D(4_000_000), USD, rate("6.75"), rate("5.50"), (90, 360))
    return "-12330.46", str(found)


def pl_01() -> tuple[object, object]:
    """ACI item examcollection (input found; answer computed)"""
    pair = CurrencyPair("CHF/SEK")
    return "29750.00", str(edge_against_mid(pair, SELL, D(3_500_000), D("6.9275"), D("6.9190")))


def gld_01() -> tuple[object, object]:
    """ACI item examcollection (input found; answer computed)"""
    gold, yen = TwoWay(D("1575.25"), D("1575.75")), TwoWay(D("96.55"), D("96.60"))
    _, found = cross(CurrencyPair("XAU/USD"), gold, CurrencyPair("USD/JPY"), yen)
    return D("152217.45"), found.offer


def fx_08() -> tuple[object, object]:
    """QuantLib test-suite/fxforward.cpp; value run with QuantLib 1.44: 1.339940406745, 7320.6280"""
    today, settled, value = date(2024, 3, 15), date(2024, 3, 17), date(2024, 9, 15)

    def discount(percent: str, start: date) -> D:
        return (-D(percent) * DayCount.ACT_365F.year_fraction(start, value)).exp()

    fair = fair_forward(D("1.35"), discount("0.05", settled), discount("0.035", settled))
    worth = forward_value(SELL, D(1_000_000), D("1.35"), fair, discount("0.05", today))
    found = (rounded(fair, "0.000000000001"), rounded(worth, "0.0001"))
    return ("1.339940406745", "7320.6280"), found


def fx_10() -> tuple[object, object]:
    """QuantLib piecewiseyieldcurve.cpp"""
    spot = TwoWay(D("56.881"), D("56.881"))
    return D("117.6180"), outright(spot, TwoWayPoints(D("60.7370"), D("60.7370"), D(1))).bid


def fx_12() -> tuple[object, object]:
    """computed"""
    euro, yuan = TwoWay(D("1.1700"), D("1.1701")), TwoWay(D("7.0010"), D("7.0014"))
    _, found = cross(CurrencyPair("EUR/USD"), euro, USD_CNY, yuan)
    shown = (rounded(found.bid, "0.000001"), rounded(found.offer, "0.000001"))
    quoted = (rounded(found.bid, "0.0001"), rounded(found.offer, "0.0001"))
    return ("8.191170", "8.192338", "8.1912", "8.1923"), (*shown, *quoted)


SPOT_CNY, DOLLARS = D("7.0012"), Funding(parse_rate("4.20%"), (91, 360))


def fx_14() -> tuple[object, object]:
    """computed; day count of the CNY leg is a parameter (see §3.5)"""
    yuan = Funding(rate("1.50"), (91, 365))
    points = parity_points(SPOT_CNY, DOLLARS, yuan, TEN_THOUSAND)
    forward = parity_forward(SPOT_CNY, DOLLARS, yuan)
    return ("-476.4", "6.953559"), (rounded(points, "0.1"), rounded(forward, "0.000001"))


def fx_14b() -> tuple[object, object]:
    """computed"""
    points = parity_points(SPOT_CNY, DOLLARS, Funding(rate("1.50"), (91, 360)), TEN_THOUSAND)
    return "-472.8", rounded(points, "0.1")


def fx_15() -> tuple[object, object]:
    """computed"""
    forward = SPOT_CNY - D("0.0435")
    found = implied_counter_yield(SPOT_CNY, forward, DOLLARS, (91, 365))
    return "1.7398", rounded(found.percent, "0.0001")


def pv_01() -> tuple[object, object]:
    """computed"""
    return "-12444.00", str(loan_pv01(LEND, D(500_000_000), CNY, rate("1.80"), (90, 360)))


def pv_03() -> tuple[object, object]:
    """computed"""
    carry = basis_point_carry(D(10_000_000), USD, (91, 360))
    pip = point_value(USD_CNY, D(10_000_000), TEN_THOUSAND)
    return ("252.78", "1000.00"), (str(carry), str(pip))


def fix_01() -> tuple[object, object]:
    """rule found (chinamoney bmkfrr); data composed"""
    rates = "1.40 1.42 1.42 1.45 1.45 1.47 1.50 1.55".split()  # noqa: SIM905
    trades = [RepoTrade(f"A-{number}", D(text)) for number, text in enumerate(rates)]
    return D("1.45"), repo_fixing(trades, shibor=D("1.50"))


Case = Callable[[], tuple[object, object]]
CASES: dict[str, Case] = {
    "DEP-01": dep_01,
    "DEP-03": dep_03,
    "DEP-04": dep_04,
    "DEP-05": dep_05,
    "DEP-05n": dep_05n,
    "REP-01": rep_01,
    "REP-03": rep_03,
    "BND-01": bnd_01,
    "FX-01": fx_01,
    "FX-03": fx_03,
    "FX-04": fx_04,
    "FX-06": fx_06,
    "FX-07": fx_07,
    "FRA-01": fra_01,
    "PL-01": pl_01,
    "GLD-01": gld_01,
    "FX-08": fx_08,
    "FX-10": fx_10,
    "FX-12": fx_12,
    "FX-14": fx_14,
    "FX-14b": fx_14b,
    "FX-15": fx_15,
    "PV-01": pv_01,
    "PV-03": pv_03,
    "FIX-01": fix_01,
}


@pytest.mark.parametrize("name", CASES)
def test_a_known_case_comes_out_as_its_source_has_it(name: str) -> None:
    expected, found = CASES[name]()
    assert expected == found, CASES[name].__doc__


def test_a_real_outright_repo_comes_out_to_the_cent() -> None:
    """CFETS CSTP message OR007 of 2017-02-16 (index:40733964496): 119=5709028.07, 10289=5747350.98,
    44=35.0019, 10321=1.20356, 10322=1.28536. Coupon 4.23 % in halves, 103 and 110 of 181 days, is
    inferred from the numbers: no other usual coupon gives both.
    """
    first, second = (accrued_interest(D("4.23") / 2, days, 181) for days in (103, 110))
    repo = ResolvedOutrightRepo(
        trade_date=date(2017, 2, 16),
        side=BORROW,
        currency=CNY,
        security="010216",
        face=D(6_400_000),
        first=BondPrice(D("88.0000"), first),
        second=BondPrice(D("88.5170"), second),
        start=date(2017, 2, 16),
        maturity=date(2017, 2, 23),
        day_count=day_count(CNY, MoneyMarket.DOMESTIC, CashProduct.REPO),
    )

    start, maturity = repo.legs()

    assert ("1.20356", "1.28536") == (rounded(first, "0.00001"), rounded(second, "0.00001"))
    assert ("5709028.07", "-5747350.98") == tuple(str(x.flows[0].amount) for x in (start, maturity))
    assert "35.0019" == rounded(repo.rate.percent, "0.0001")
    assert (D(-6_400_000), D(6_400_000)) == tuple(x.securities[0].face for x in (start, maturity))


def test_a_real_swap_quote_is_spot_plus_points() -> None:
    """Bank RFS quote USD/CAD of 2017-08-04 (index:6056870571): 188=1.2654, 190=1.2663,
    189=-0.000318, 191=0.000012, 132=1.265082, 133=1.266312. Near points that change sign.
    """
    spot = TwoWay(D("1.2654"), D("1.2663"))
    points = spoken_points(D("-3.18"), D("0.12"), TEN_THOUSAND)

    assert TwoWay(D("1.265082"), D("1.266312")) == outright(spot, points)


def test_every_public_case_is_here() -> None:
    """Says so when it cannot compare: the shared table is no part of the project."""
    if not SHARED.is_file():
        pytest.skip(f"no shared table of cases at {SHARED.name} beside the project")
    published = {case["id"]: case["source"] for case in json.loads(SHARED.read_text("utf-8"))}
    assert published == {name: case.__doc__ for name, case in CASES.items()}


def test_amounts_round_as_each_currency_is_paid() -> None:
    """ISO 4217: JPY none, KWD three, CLF four digits."""
    value = D("1234.56785")
    expected = {"JPY": "1235", "KWD": "1234.568", "USD": "1234.57", "CLF": "1234.5679"}
    assert expected == {code: str(round_amount(value, Currency(code))) for code in expected}


def test_a_bought_forward_is_worth_the_opposite_of_a_sold_one() -> None:
    terms = (D(1_000_000), D("1.10"), D("1.12"), D("0.98"))
    assert forward_value(BUY, *terms) == -forward_value(SELL, *terms)
