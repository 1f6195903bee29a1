"""Parsers and formatters are inverses; amounts round once; the market is what its venues say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import assume, example, given
from hypothesis import strategies as st

from connectors.fix.encode import plain
from connectors.fix.fields import FixMessage, format_timestamp, local_date, timestamp
from robot.basics.currency import (
    CurrencyPair,
    base_of,
    counter_amount,
    counter_of,
    minor_unit,
    parse_pair,
)
from robot.basics.ids import VenueId
from robot.basics.numbers import parse_decimal, round_down_to, round_up_to
from robot.clock import nanoseconds, utc_datetime
from robot.deals.deal import edge_against_mid
from robot.deals.party import BUY, SELL
from robot.deals.reference import MarketPolicy
from robot.errors import RemoteProtocolError, UnknownReference
from robot.market.snapshot import Market, Mid
from robot.messages.events import MarketUpdated

CODES = st.sampled_from(["EUR", "USD", "JPY", "GBP", "KWD", "CNH", "CHF"])
PAIRS = st.tuples(CODES, CODES).filter(lambda two: two[0] != two[1])
AMOUNTS = st.decimals(min_value="0.01", max_value="1000000000", places=2)
RATES = st.decimals(min_value="0.00001", max_value="20000", places=5)
MILLISECONDS = st.integers(0, 4_000_000_000_000)
POLICY = MarketPolicy(stale_after_ms=2000, crossed_tolerance_ms=1000)
EUR_USD = CurrencyPair("EUR/USD")


@given(PAIRS, st.sampled_from(["/", "", "."]))
def test_a_pair_is_read_in_each_of_its_spellings(codes: tuple[str, str], mark: str) -> None:
    pair = parse_pair(mark.join(codes))
    assert pair == "/".join(codes)
    assert (base_of(pair), counter_of(pair)) == codes
    assert parse_pair(pair) == pair


@given(st.text(max_size=9))
@example("EUR/EUR")
@example("ＥＵＲ/USD")
@example("EURUSD/")
@example("E/URUSD")
def test_any_other_text_is_refused_or_names_two_currencies(text: str) -> None:
    try:
        pair = parse_pair(text)
    except UnknownReference:
        return
    assert len(pair) == 7 and pair[3] == "/" and pair.isascii()
    assert base_of(pair) != counter_of(pair)


@given(MILLISECONDS)
def test_a_time_stamp_is_read_as_it_was_written(milliseconds: int) -> None:
    at_ns = milliseconds * 1_000_000
    assert at_ns == timestamp(format_timestamp(at_ns), 60)
    assert at_ns == nanoseconds(utc_datetime(at_ns))


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_microseconds_are_kept(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    assert aware == utc_datetime(nanoseconds(aware))
    assert nanoseconds(aware) == timestamp(f"{moment:%Y%m%d-%H:%M:%S.%f}", 60)


@given(st.dates(min_value=date(1970, 1, 1)))
def test_a_date_is_read_as_it_was_written(day: date) -> None:
    assert day == local_date(f"{day.year:04}{day.month:02}{day.day:02}", 64)


@given(st.text(max_size=24))
@example("20140502-1:2:3:45")
@example("20140502X12:30:00")
@example("20140502-12.30.00")
@example("20140502-１２:30:00")
@example("20140231-12:30:00")
@example("20140502-24:00:00")
def test_any_text_is_a_time_or_refused(text: str) -> None:
    try:
        at_ns = timestamp(text, 60)
    except RemoteProtocolError as problem:
        assert problem.tag == 60
        return
    assert text[:17] == format_timestamp(at_ns)[:17] or text[15:17] == "60"


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-10, max_value=10**12)
)
def test_a_decimal_is_read_as_it_was_written(value: Decimal) -> None:
    assert value == parse_decimal(plain(value))


@given(st.text(max_size=34))
@example("NaN")
@example("Infinity")
@example("1e5")
@example("1_000")
@example("１２３")
@example("-")
@example("")
@example(" 1")
@example("1.2.3")
def test_any_text_is_a_plain_decimal_or_refused(text: str) -> None:
    try:
        value = parse_decimal(text)
    except ValueError:
        return
    assert value.is_finite()
    assert set(text) <= set("0123456789.-")


@given(PAIRS, AMOUNTS, RATES)
def test_a_counter_amount_is_the_nearest_payable_one(
    codes: tuple[str, str], amount: Decimal, rate: Decimal
) -> None:
    pair = parse_pair("/".join(codes))
    unit = minor_unit(counter_of(pair))
    counter = counter_amount(pair, amount, rate)
    assert counter % unit == 0
    assert abs(counter - amount * rate) <= unit / 2
    assert counter == (amount * rate).quantize(unit, ROUND_HALF_UP)


@given(AMOUNTS, RATES, RATES)
def test_one_sides_gain_is_the_others_loss(amount: Decimal, rate: Decimal, mid: Decimal) -> None:
    bought = edge_against_mid(EUR_USD, BUY, amount, rate, mid)
    assert bought == -edge_against_mid(EUR_USD, SELL, amount, rate, mid)
    assert (bought >= 0) == (
        counter_amount(EUR_USD, amount, rate) <= counter_amount(EUR_USD, amount, mid)
    )


@given(RATES, st.sampled_from(["0.00001", "0.0001", "0.001", "0.00005"]))
def test_rounding_to_the_tick_goes_down_and_up_by_less_than_one(value: Decimal, text: str) -> None:
    tick = Decimal(text)
    down, up = round_down_to(value, tick), round_up_to(value, tick)
    assert down <= value <= up
    assert down % tick == 0 and up % tick == 0
    assert up - down in (0, tick)


TOPS = st.tuples(
    st.sampled_from(["A", "B", "C"]),
    st.none() | st.integers(109_990, 110_010),
    st.none() | st.integers(109_990, 110_010),
    st.integers(0, 1500),
)


@given(st.lists(TOPS, min_size=1, max_size=12), st.integers(0, 2500))
def test_the_market_is_the_best_of_the_fresh_venues_or_none(
    tops: list[tuple[str, int | None, int | None, int]], later: int
) -> None:
    market, at_ms = Market(), 1_000_000
    newest: dict[str, tuple[Decimal | None, Decimal | None, int]] = {}
    for venue, bid, offer, wait in tops:
        at_ms += wait
        prices = [None if p is None else Decimal(p) / 100_000 for p in (bid, offer)]
        event = MarketUpdated(venue=VenueId(venue), pair=EUR_USD, bid=prices[0], offer=prices[1])
        market.update(event, at_ms * 1_000_000, POLICY)
        newest[venue] = (prices[0], prices[1], at_ms)
    at_ms += later
    found = market.mid(EUR_USD, at_ms * 1_000_000, POLICY)
    fresh = [row for row in newest.values() if at_ms - row[2] <= 2000]
    bids = [bid for bid, _, _ in fresh if bid is not None]
    offers = [offer for _, offer, _ in fresh if offer is not None]
    if not isinstance(found, Mid):
        crossed = any(b and o and b > o for b, o, _ in newest.values())
        assert not bids or not offers or max(bids) > min(offers) or crossed
        return
    assert found.bid in bids and found.offer in offers
    assert found.mid * 2 == found.bid + found.offer
    assert found.age_ms <= 2000
    assume(not any(b and o and b > o for b, o, _ in fresh))
    assert (found.bid, found.offer) == (max(bids), min(offers))


@given(st.lists(st.tuples(st.integers(1, 9999), st.text(max_size=8)), max_size=20))
def test_fields_are_read_in_order_and_the_first_of_a_tag_counts(
    fields: list[tuple[int, str]],
) -> None:
    plain_fields = [(tag, value.replace("\x01", "")) for tag, value in fields]
    raw = "".join(f"{tag}={value}\x01" for tag, value in plain_fields)
    message = FixMessage(raw)
    assert plain_fields == message.fields
    assert dict(reversed(plain_fields)) == message.values
