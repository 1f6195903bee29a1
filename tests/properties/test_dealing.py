"""What holds for every deal: legs mirror each other, accruals add up, points lead back to spot."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from robot.basics.currency import (
    Currency,
    CurrencyPair,
    base_of,
    counter_of,
    minor_unit,
    round_amount,
)
from robot.basics.daycount import DayCount
from robot.basics.rate import (
    FxRate,
    InterestRate,
    TwoWay,
    TwoWayPoints,
    parse_fx_rate,
    parse_rate,
    spoken_points,
)
from robot.deals.flow import Flow
from robot.deals.forwards import (
    Funding,
    cross,
    dealt_points,
    forward_forward_points,
    implied_base_yield,
    implied_counter_yield,
    interpolated_points,
    outright,
    outright_before_spot,
    parity_forward,
    points_between,
)
from robot.deals.interest import Accrual, interest
from robot.deals.party import BUY, LEND, SELL, CashSide, Side
from robot.deals.product import Deposit, FxForward, FxSwap, When
from robot.deals.resolve import Unresolved, resolve, resolve_request
from robot.deals.resolved import AnyResolved, ResolvedDeposit, ResolvedFxSwap
from robot.deals.risk import gap_ladder
from robot.errors import InvalidTerms, UnknownReference
from tests.kit.dates import WeekdayDates, conventions
from tests.kit.examples import few

FEW = few(40)
"""For the slower ones: enough to meet each kind of case."""
FACTOR = D(10_000)
TINY = D("1e-18")
DATES = WeekdayDates()
PAIRS = ("EUR/USD", "USD/CNY", "USD/JPY", "EUR/GBP", "USD/KWD")
KNOWN = conventions(*PAIRS)

WEEKDAYS = st.dates(date(2019, 1, 1), date(2035, 1, 1)).filter(lambda day: day.weekday() < 5)
DAYS = st.dates(date(2019, 1, 1), date(2030, 1, 1))
RATES = st.decimals(min_value="0.0001", max_value="20000", places=4)
PERCENTS = st.decimals(min_value=-5, max_value=50, places=4)
CODES = st.sampled_from(["USD", "JPY", "KWD", "CNY"])
TENORS = ("TODAY", "TOM", "SPOT", "SN", "1W", "2W", "1M", "3M", "1Y")
UNSIGNED = st.integers(0, 900_000).map(lambda points: D(points) / 100)
POINTS = st.decimals(min_value=-9000, max_value=9000, places=2)


@st.composite
def two_way(draw: st.DrawFn, low: str = "0.5", high: str = "200") -> TwoWay:
    bid = draw(st.decimals(min_value=low, max_value=high, places=5))
    return TwoWay(bid, bid + draw(st.decimals(min_value=0, max_value=1, places=5)))


@st.composite
def two_way_points(draw: st.DrawFn) -> TwoWayPoints:
    bid = draw(POINTS)
    return TwoWayPoints(bid, bid + draw(st.decimals(min_value=0, max_value=50, places=2)), FACTOR)


@st.composite
def amounts(draw: st.DrawFn, code: str) -> D:
    return minor_unit(Currency(code)) * draw(st.integers(1, 10**12))


@st.composite
def swaps(draw: st.DrawFn) -> FxSwap:
    pair = CurrencyPair(draw(st.sampled_from(PAIRS)))
    currency = draw(st.sampled_from([base_of(pair), counter_of(pair)]))
    near, far = sorted(draw(st.sets(st.integers(0, 8), min_size=2, max_size=2)))
    return FxSwap(
        pair=pair,
        near_side=draw(st.sampled_from(Side)),
        currency=currency,
        near_amount=draw(amounts(currency)),
        far_amount=draw(st.none() | amounts(currency)),
        near=When(TENORS[near]),
        far=When(TENORS[far]),
    )


@FEW
@given(swaps(), WEEKDAYS, RATES, RATES)
def test_swap_legs_have_opposite_flows(
    product: FxSwap, trade_date: date, near_rate: D, far_rate: D
) -> None:
    resolved = resolve(product, trade_date, KNOWN, DATES)
    assert isinstance(resolved, ResolvedFxSwap)
    near, far = resolved.legs_at(near_rate, far_rate)
    assert near.value_date < far.value_date
    for one, other in zip(near.flows, far.flows, strict=True):
        assert one.currency == other.currency
        assert one.amount * other.amount <= 0
    for leg in (near, far):
        base, counter = leg.flows
        assert base.amount * counter.amount <= 0
        assert base.amount == round_amount(base.amount, base.currency)
        assert counter.amount == round_amount(counter.amount, counter.currency)
    if resolved.even:
        assert resolved.near.dealt.amount == -resolved.far.dealt.amount
    assert resolved == msgspec.json.decode(msgspec.json.encode(resolved), type=AnyResolved)


@FEW
@given(swaps(), WEEKDAYS, RATES)
def test_a_swap_at_one_rate_leaves_nothing(product: FxSwap, trade_date: date, rate: D) -> None:
    even = msgspec.structs.replace(product, far_amount=None)
    resolved = resolve(even, trade_date, KNOWN, DATES)
    assert isinstance(resolved, ResolvedFxSwap)
    near, far = resolved.legs_at(rate, rate)
    assert [flow.amount for flow in near.flows] == [-flow.amount for flow in far.flows]


FORWARD_CNY = FxSwap(
    pair=CurrencyPair("USD/CNY"),
    near_side=BUY,
    currency=Currency("CNY"),
    near_amount=D(10) ** 15,
    far=When("3M"),
)
JUNK = st.text(max_size=5) | st.sampled_from([*TENORS, "3M", "2026-01-14", "2026-13-01"])


@FEW
@given(
    st.text(max_size=8) | st.sampled_from(PAIRS),
    st.text(max_size=4) | CODES,
    st.decimals() | st.decimals(min_value=1, max_value=10**9, places=0),
    JUNK,
    JUNK,
    WEEKDAYS,
)
@example("EUR/EUR", "EUR", D(1), "1M", "3M", date(2026, 1, 14))
@example("USD/CNY", "USD", D("sNaN"), "1M", "3M", date(2026, 1, 14))
@example("USD/CNY", "USD", D("1e-30"), "1M", "3M", date(2026, 1, 14))
def test_whatever_is_asked_is_dated_or_refused_with_a_reason(
    pair: str, currency: str, amount: D, near: str, far: str, trade_date: date
) -> None:
    named, code = CurrencyPair(pair), Currency(currency)
    swap = FxSwap(
        pair=named,
        near_side=BUY,
        currency=code,
        near_amount=amount,
        near=When(near),
        far=When(far),
    )
    forward = FxForward(pair=named, side=SELL, currency=code, amount=amount, value=When(far))
    deposit = Deposit(side=LEND, currency=code, amount=amount, term=When(far))
    for product in (swap, forward, deposit):
        found = resolve_request(product, trade_date, KNOWN, DATES)
        assert not isinstance(found, Unresolved) or (found.reason and found.detail)


@FEW
@given(swaps(), WEEKDAYS, st.decimals() | RATES, st.decimals() | POINTS)
@example(FORWARD_CNY, date(2026, 1, 14), D("1e25"), D(0))
@example(FORWARD_CNY, date(2026, 1, 14), D("1e-25"), D(0))
def test_at_any_price_there_are_payable_flows_or_a_reason(
    product: FxSwap, trade_date: date, rate: D, points: D
) -> None:
    resolved = resolve(product, trade_date, KNOWN, DATES)
    assert isinstance(resolved, ResolvedFxSwap)
    try:
        legs = resolved.legs_at_points(rate, points, FACTOR)
    except InvalidTerms as refused:
        assert refused.fault and refused.text
        return
    for flow in (flow for leg in legs for flow in leg.flows):
        assert flow.amount == round_amount(flow.amount, flow.currency)


@st.composite
def accruals(draw: st.DrawFn) -> Accrual:
    code = draw(CODES)
    start = draw(DAYS)
    return Accrual(
        currency=Currency(code),
        amount=draw(amounts(code)),
        rate=InterestRate(draw(PERCENTS)),
        start=start,
        maturity=start + timedelta(days=draw(st.integers(1, 400))),
        day_count=draw(st.sampled_from(DayCount)),
    )


@FEW
@given(accruals())
def test_daily_accruals_sum_to_the_contractual_interest(loan: Accrual) -> None:
    daily = loan.daily()
    assert loan.contractual == sum((amount for _, amount in daily), D(0))
    assert loan.contractual == loan.accrued_on(loan.maturity)
    assert all(amount * loan.rate.percent >= 0 for _, amount in daily)
    assert all(amount == round_amount(amount, loan.currency) for _, amount in daily)


@FEW
@given(accruals(), st.sampled_from(CashSide))
def test_a_loan_pays_back_what_went_out_and_its_interest(loan: Accrual, side: CashSide) -> None:
    resolved = ResolvedDeposit(
        trade_date=loan.start,
        side=side,
        currency=loan.currency,
        amount=loan.amount,
        start=loan.start,
        maturity=loan.maturity,
        day_count=loan.day_count,
    )
    start, maturity = resolved.legs_at(loan.rate)
    total = sum((flow.amount for leg in (start, maturity) for flow in leg.flows), D(0))
    assert total == -side.sign * loan.contractual


@given(DAYS, st.integers(0, 2000), st.integers(0, 2000))
def test_shares_of_a_year_add_up_where_days_are_counted_as_they_are(
    start: date, first: int, second: int
) -> None:
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
    for counted in (DayCount.ACT_360, DayCount.ACT_365F, DayCount.ACT_ACT_ISDA):
        parts = counted.year_fraction(start, middle) + counted.year_fraction(middle, end)
        assert abs(parts - counted.year_fraction(start, end)) < TINY


@given(amounts("USD"), PERCENTS, st.integers(0, 400))
def test_interest_is_the_nearest_cent(amount: D, percent: D, days: int) -> None:
    found = interest(amount, Currency("USD"), InterestRate(percent), (days, 360))
    assert abs(found * 36_000 - amount * percent * days) <= D("0.005") * 36_000


@given(two_way(), two_way_points())
def test_points_lead_to_the_outright_and_back(spot: TwoWay, points: TwoWayPoints) -> None:
    assert points == points_between(spot, outright(spot, points), FACTOR)
    assert points == points.reversed().reversed()


@given(two_way(), two_way_points(), two_way_points())
def test_going_back_to_today_costs_the_spread_at_each_step(
    spot: TwoWay, tom_next: TwoWayPoints, overnight: TwoWayPoints
) -> None:
    tomorrow = outright_before_spot(spot, tom_next)
    today = outright_before_spot(spot, tom_next, overnight)
    assert today.offer - today.bid >= tomorrow.offer - tomorrow.bid >= spot.offer - spot.bid
    assert today == outright(tomorrow, overnight.reversed())


@given(two_way_points(), two_way_points())
def test_a_forward_forward_swap_is_never_cheaper_than_its_spreads(
    near: TwoWayPoints, far: TwoWayPoints
) -> None:
    found = forward_forward_points(near, far)
    assert found.offer - found.bid == (near.offer - near.bid) + (far.offer - far.bid)
    for side in Side:
        maker, taker = (dealt_points(found, side, as_maker=mine) for mine in (True, False))
        assert (maker >= taker) if side is BUY else (maker <= taker)


@FEW
@given(two_way_points(), two_way_points(), DAYS, st.integers(1, 400), st.data())
def test_a_broken_date_lies_between_its_neighbours(
    first: TwoWayPoints, last: TwoWayPoints, start: date, days: int, data: st.DataObject
) -> None:
    end = start + timedelta(days=days)
    day = start + timedelta(days=data.draw(st.integers(0, days)))
    found = interpolated_points(day, (start, first), (end, last))
    assert min(first.bid, last.bid) - TINY <= found.bid <= max(first.bid, last.bid) + TINY
    assert found.offer >= found.bid - TINY


@given(UNSIGNED, UNSIGNED)
def test_points_said_without_signs_are_never_crossed(left: D, right: D) -> None:
    found = spoken_points(left, right, FACTOR)
    assert found.bid <= found.offer
    assert {abs(found.bid), abs(found.offer)} == {left, right}


@given(RATES, PERCENTS, PERCENTS, st.integers(1, 720))
def test_parity_and_implied_yields_undo_each_other(
    spot: D, base_percent: D, counter_percent: D, days: int
) -> None:
    base = Funding(InterestRate(base_percent), (days, 360))
    counter = Funding(InterestRate(counter_percent), (days, 365))
    forward = parity_forward(spot, base, counter)
    counter_yield = implied_counter_yield(spot, forward, base, counter.ratio).percent
    base_yield = implied_base_yield(spot, forward, counter, base.ratio).percent
    assert abs(counter_yield - counter_percent) < TINY
    assert abs(base_yield - base_percent) < TINY


@given(RATES, RATES)
def test_a_rate_turned_round_twice_and_a_cross_undone_are_the_rate(first: D, second: D) -> None:
    euro, yuan = FxRate(CurrencyPair("EUR/USD"), first), FxRate(CurrencyPair("USD/CNY"), second)
    again = euro.inverse().inverse()
    assert again.pair == euro.pair and abs(again.rate / euro.rate - 1) < TINY
    undone = euro.cross(yuan).cross(yuan)
    assert undone.pair == euro.pair and abs(undone.rate / euro.rate - 1) < TINY


@given(two_way(), two_way())
def test_a_cross_of_prices_is_a_price_around_the_cross_of_mids(
    first: TwoWay, second: TwoWay
) -> None:
    for pair, other in (("USD/CNY", "EUR/CNY"), ("GBP/USD", "EUR/GBP"), ("USD/JPY", "EUR/JPY")):
        name, found = cross(CurrencyPair("EUR/USD"), first, CurrencyPair(pair), second)
        assert name == other
        assert D(0) < found.bid <= found.offer
    back_name, back = cross(CurrencyPair(other), found, CurrencyPair("USD/JPY"), second)
    assert back_name == "EUR/USD"
    assert back.bid <= first.bid + TINY and back.offer >= first.offer - TINY


@given(PERCENTS, RATES, st.sampled_from(PAIRS))
def test_rates_are_read_as_they_are_written(percent: D, rate: D, pair: str) -> None:
    interest_rate, fx_rate = InterestRate(percent), FxRate(CurrencyPair(pair), rate)
    assert interest_rate == parse_rate(str(interest_rate))
    assert fx_rate == parse_fx_rate(str(fx_rate))


@given(st.text(max_size=12))
@example("1e5%")
@example("-%")
@example("EUR/USD -1")
def test_any_text_is_a_rate_or_refused(text: str) -> None:
    for parse in (parse_rate, parse_fx_rate):
        try:
            found = parse(text)
        except (InvalidTerms, UnknownReference):
            continue
        assert str(found) and found == parse(str(found))


FLOWS = st.builds(Flow, CODES.map(Currency), st.integers(-9999, 9999).map(D), DAYS)


@FEW
@given(st.lists(FLOWS, max_size=30), st.lists(DAYS, max_size=4, unique=True))
def test_the_ladder_loses_no_cash(flows: list[Flow], buckets: list[date]) -> None:
    ladder = gap_ladder(flows, tuple(sorted(buckets)))
    assert [(gap.currency, gap.bucket) for gap in ladder] == sorted(
        {(gap.currency, gap.bucket) for gap in ladder}
    )
    for code in ("USD", "JPY", "KWD", "CNY"):
        total = sum((flow.amount for flow in flows if flow.currency == code), D(0))
        rows = [gap for gap in ladder if gap.currency == code]
        assert total == sum((gap.net for gap in rows), D(0))
        assert not rows or rows[-1].cumulative == total
