"""The back office takes the message of any deal, and refuses it with any one thing changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mqtt.payload import DealCaptured, OutboundMessage, deal_message
from connectors.sim.deal_notice import UnreadableDeal, parse_deal
from robot.basics.currency import Currency, CurrencyPair, base_of, counter_of, minor_unit
from robot.deals.collateral import BondPrice, Collateral
from robot.deals.deal import Deal
from robot.deals.party import CashSide, Side
from robot.deals.product import Deposit, FxForward, FxNdf, FxSpot, FxSwap, OutrightRepo, Repo, When
from robot.ledger.posting import entry_for
from robot.messages.effects import DealBooked
from tests.kit.deals import deal_of, every_product
from tests.kit.examples import few

PAIRS = ("EUR/USD", "USD/CNY", "USD/JPY", "EUR/GBP", "USD/KWD", "USD/KRW")
TENORS = ("TODAY", "TOM", "SPOT", "SN", "1W", "2W", "1M", "3M", "1Y")
TRADE_DATES = st.dates(date(2024, 1, 1), date(2027, 1, 1)).filter(lambda day: day.weekday() < 5)
RATES = st.decimals(min_value="0.05", max_value=2000, places=5)
SHARES = st.integers(-400, 400).map(lambda share: D(share) / 100_000)
PERCENTS = st.decimals(min_value=-5, max_value=30, places=4)
PRICES = st.decimals(min_value=80, max_value=120, places=4)
SIDES, CASH_SIDES = st.sampled_from(Side), st.sampled_from(CashSide)

AMOUNTS = frozenset({"base_amount", "counter_amount", "amount", "face", "interest"})
RATE_FIELDS = frozenset({"rate", "spot_rate", "points", "near_points", "far_rate"})
SWAPPED = {"BUY": "SELL", "SELL": "BUY", "LEND": "BORROW", "BORROW": "LEND"}


@st.composite
def amounts(draw: st.DrawFn, code: str) -> D:
    """From ten thousand smallest units on, so that no contra amount is nothing."""
    return minor_unit(Currency(code)) * draw(st.integers(10_000, 10**13))


@st.composite
def exchanges(draw: st.DrawFn) -> Deal:
    """Spot, forwards, NDFs and swaps, dealt in either currency."""
    pair = CurrencyPair(draw(st.sampled_from(PAIRS)))
    currency = draw(st.sampled_from([base_of(pair), counter_of(pair)]))
    kind, side = draw(st.sampled_from(["spot", "forward", "ndf", "swap"])), draw(SIDES)
    amount, rate, share = draw(amounts(currency)), draw(RATES), draw(SHARES)
    said: dict[str, Any] = {"pair": pair, "currency": currency}
    priced: dict[str, Any] = {"trade_date": draw(TRADE_DATES), "points": _points(rate, share)}
    if kind == "spot":
        return deal_of(FxSpot(**said, side=side, amount=amount), rate, **priced)
    if kind == "swap":
        near, far = sorted(draw(st.sets(st.integers(0, 8), min_size=2, max_size=2)))
        said |= {"near_side": side, "near_amount": amount, "near": When(TENORS[near])}
        said |= {"far_amount": draw(st.none() | amounts(currency)), "far": When(TENORS[far])}
        near_points = _points(rate, draw(SHARES))
        return deal_of(FxSwap(**said), rate, near_points=near_points, **priced)
    said |= {"side": side, "amount": amount, "value": When(draw(st.sampled_from(TENORS[4:])))}
    if kind == "forward" or pair != "USD/CNY":
        return deal_of(FxForward(**said), rate, **priced)
    settled = draw(st.sampled_from([base_of(pair), counter_of(pair)]))
    ndf = FxNdf(**said, fixing_index="CNY01", settlement_currency=settled)
    return deal_of(ndf, rate, **priced)


def _points(rate: D, share: D) -> D:
    return (rate * share).quantize(D("0.00001"))


@st.composite
def loans(draw: st.DrawFn) -> Deal:
    """Deposits, repos with one to three bonds, outright repos."""
    currency = Currency(draw(st.sampled_from(["CNY", "USD", "JPY", "EUR", "GBP"])))
    amount, side = draw(amounts(currency)), draw(CASH_SIDES)
    term = When(draw(st.sampled_from(["ON", "1W", "1M", "3M", "1Y", "R007", "R014"])))
    said: dict[str, Any] = {"side": side, "currency": currency, "term": term}
    kind = draw(st.sampled_from(["deposit", "repo", "outright repo"]))
    when = draw(TRADE_DATES)
    if kind == "outright repo":
        first = BondPrice(draw(PRICES), D("1.2043"))
        second = BondPrice(first.clean + draw(SHARES) * 50, first.accrued + D("0.02"))
        outright = OutrightRepo(**said, security="010216", face=amount, first=first, second=second)
        return deal_of(outright, D(0), trade_date=when)
    if kind == "deposit":
        return deal_of(Deposit(**said, amount=amount), draw(PERCENTS), trade_date=when)
    bonds = draw(st.lists(_bonds(amount), min_size=1, max_size=3))
    repo = Repo(**said, amount=amount, collateral=tuple(bonds))
    return deal_of(repo, draw(PERCENTS), trade_date=when)


@st.composite
def _bonds(draw: st.DrawFn, amount: D) -> Collateral:
    return Collateral(
        security=draw(st.sampled_from(["230001", "240002", "国债25"])),
        face=2 * amount,
        price=draw(PRICES),
        haircut=draw(st.decimals(min_value=0, max_value=30, places=2)),
    )


DEALS = exchanges() | loans()


def message_of(deal: Deal) -> OutboundMessage:
    """What the projector puts into the outbox."""
    booked = DealBooked(deal=deal, entry=entry_for(deal), positions=(), pnl={})
    return deal_message(booked, 1, "BANKCN", "test")


def refused(message: OutboundMessage, event: dict[str, Any]) -> bool:
    """Whether the back office refuses `event` under its own id."""
    try:
        parse_deal(message.topic, json.dumps(event).encode())
    except UnreadableDeal as refusal:
        assert message.message_id == refusal.message_id
        return True
    return False


@few(120)
@given(DEALS)
def test_the_back_office_takes_the_message_of_any_deal(deal: Deal) -> None:
    message = message_of(deal)
    notice = parse_deal(message.topic, message.payload.encode())
    assert (deal.pair, deal.side, deal.product) == (notice.pair, notice.side, notice.product)
    assert (deal.base_amount, deal.counter_amount) == (notice.base_amount, notice.counter_amount)
    assert (deal.rate, deal.value_date) == (notice.rate, notice.value_date)
    assert (deal.far_value_date, deal.far_rate) == (notice.far_value_date, notice.far_rate)
    told = DealCaptured.model_validate_json(message.payload)
    again = told.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert json.loads(message.payload) == again


@few(40)
@given(DEALS)
def test_any_one_amount_date_rate_or_side_changed_is_refused(deal: Deal) -> None:
    message = message_of(deal)
    event = json.loads(message.payload)
    assert not refused(message, event)
    for where, holder, name, value in _changes(event["data"]):
        before, holder[name] = holder[name], value
        assert refused(message, event), f"{where} {before!r} -> {value!r}"
        holder[name] = before


@few(40)
@given(DEALS)
def test_what_follows_from_the_price_is_refused_when_it_is_wrong_everywhere(deal: Deal) -> None:
    message = message_of(deal)
    for number in range(len(deal.legs)):
        event = json.loads(message.payload)
        _pay_more(event["data"], number)
        assert refused(message, event), f"leg {number + 1}"


def _pay_more(data: dict[str, Any], leg: int) -> None:
    """One unit more of what was not agreed but reckoned, in every place that says it: the contra
    amount of a leg, the interest and repayment of a loan.
    """
    if "cash_side" in data:
        sign = 1 if data["cash_side"] == "LEND" else -1
        _add(data, "interest", 1)
        _add(data, "counter_amount", 1)
        _add(data["flows"][-1], "amount", sign)
        _add(data["legs"][1]["flows"][-1], "amount", sign)
        return
    contra = 1 if data.get("dealt_currency", data["base_currency"]) == data["base_currency"] else 0
    flow = data["flows"][2 * leg + contra]
    sign = -1 if flow["amount"].startswith("-") else 1
    _add(flow, "amount", sign)
    if leg == 0:
        _add(data, ("base_amount", "counter_amount")[contra], 1)
    if "legs" in data:
        _add(data["legs"][leg]["flows"][contra], "amount", sign)


def _add(holder: dict[str, Any], name: str, more: int) -> None:
    holder[name] = format(D(holder[name]) + more, "f")


@pytest.mark.parametrize("name", every_product())
def test_every_field_that_must_be_there_is_missed(name: str) -> None:
    message = message_of(every_product()[name])
    event = json.loads(message.payload)
    may_miss = {"provisional", "strategy", "mid", "edge", "contract_code", "collateral"}
    for field, value in list(event["data"].items()):
        if field not in may_miss and not (field == "dealt_currency" and name == "spot"):
            del event["data"][field]
            assert refused(message, event), field
            event["data"][field] = value


def _changes(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str, str]]:
    """Place, and another value for each amount, date, rate and side in it."""
    tick = D("0.1") if data["product"] == "SPOT" else D("0.000001")
    for where, holder, name in _leaves(data, "data"):
        value = holder[name]
        others: list[object] = []
        if name in AMOUNTS:
            others = [D(value) + 1, *([-D(value)] if D(value) else [])]
        elif name in RATE_FIELDS:
            others = [D(value) * (1 + tick) + tick]
        elif name == "fixing_date":
            others = [_other(data["trade_date"], -1), _other(data["value_date"], 1)]
        elif name.endswith("_date") and D(holder.get("amount", 1)):
            others = [_other(value, -1), _other(value, 1)]
        elif name in ("side", "cash_side"):
            others = [SWAPPED[value]]
        elif name == "price":
            others = [D(0), -D(value)]
        elif name == "haircut":
            others = [D(100), D(-1)]
        for other in others:
            yield where, holder, name, format(other, "f") if isinstance(other, D) else str(other)


def _leaves(value: Any, where: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, dict | list):
                yield from _leaves(inner, f"{where}.{name}")
            elif name not in ("mid", "edge"):
                yield f"{where}.{name}", value, name
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{where}[{number}]")


def _other(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
