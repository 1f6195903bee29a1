"""The top of a venue's book after full and incremental market data."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.fix.dialect import Dialect
from connectors.fix.top import VenueBook
from robot.errors import RemoteProtocolError
from robot.messages.events import MarketUpdated
from tests.kit.fix import ALPHA, message

FULL = (
    "262=md1|55=USD/CNY|268=2|269=0|270=7.0010|15=USD|271=5000000|276=A|299=q1b"
    "|269=1|270=7.0014|15=USD|271=5000000|276=A|299=q1o"
)


@pytest.fixture
def book() -> VenueBook:
    return VenueBook(ALPHA, Dialect())


def full(book: VenueBook, body: str = FULL) -> MarketUpdated:
    (top,) = book.apply(message("W", body))
    return top


def increments(book: VenueBook, body: str) -> list[MarketUpdated]:
    return book.apply(message("X", body))


def prices(top: MarketUpdated) -> tuple[str | None, str | None]:
    return tuple(str(p) if p is not None else None for p in (top.bid, top.offer))  # type: ignore[return-value]


def test_a_full_refresh_gives_both_sides_with_sizes(book: VenueBook) -> None:
    top = full(book)
    assert (top.pair, prices(top)) == ("USD/CNY", ("7.0010", "7.0014"))
    assert (top.bid_size, top.offer_size) == (Decimal(5_000_000), Decimal(5_000_000))


def test_a_full_refresh_replaces_everything_before(book: VenueBook) -> None:
    full(book)
    assert prices(full(book, "55=USD/CNY|268=1|269=0|270=7.0020")) == ("7.0020", None)


def test_the_sample_increment_changes_the_bid_and_deletes_the_offer(book: VenueBook) -> None:
    increments(
        book,
        "262=md1|268=2|279=0|269=0|278=b1|55=USD/CNY|270=7.0010|271=3000000"
        "|279=0|269=1|278=o1|55=USD/CNY|270=7.0014|271=3000000",
    )
    (top,) = increments(
        book,
        "262=md1|268=2|279=1|269=0|278=b1|55=USD/CNY|270=7.0011|271=3000000|299=q2b"
        "|279=2|278=o1|55=USD/CNY",
    )
    assert prices(top) == ("7.0011", None)


def test_new_change_and_delete_keep_the_book_after_every_message(book: VenueBook) -> None:
    steps = [
        ("268=1|279=0|269=0|278=a|55=EUR/USD|270=1.1000", ("1.1000", None)),
        ("268=1|279=0|269=0|278=b|55=EUR/USD|270=1.1002", ("1.1002", None)),
        ("268=1|279=0|269=1|278=c|55=EUR/USD|270=1.1005", ("1.1002", "1.1005")),
        ("268=1|279=1|269=0|278=b|55=EUR/USD|270=1.0999", ("1.1000", "1.1005")),
        ("268=1|279=2|269=0|278=a|55=EUR/USD", ("1.0999", "1.1005")),
        ("268=1|279=0|269=1|278=d|55=EUR/USD|270=1.1004", ("1.0999", "1.1004")),
        ("268=1|279=2|269=1|278=d|55=EUR/USD", ("1.0999", "1.1005")),
    ]
    for body, expected in steps:
        (top,) = increments(book, body)
        assert expected == prices(top), body


def test_a_change_that_leaves_the_side_out_changes_its_entry(book: VenueBook) -> None:
    increments(book, "268=1|279=0|269=0|278=b1|55=EUR/USD|270=1.1000")
    (top,) = increments(book, "268=1|279=1|278=b1|55=EUR/USD|270=1.0900")
    assert prices(top) == ("1.0900", None)


@pytest.mark.parametrize("action", ["1", "2"])
def test_a_change_of_an_entry_that_nobody_knows_is_refused(book: VenueBook, action: str) -> None:
    full(book)
    with pytest.raises(RemoteProtocolError) as refused:
        increments(book, f"268=1|279={action}|278=zz|55=USD/CNY|270=7.1")
    assert refused.value.tag == 278


def test_an_instrument_named_once_holds_for_the_entries_after_it(book: VenueBook) -> None:
    tops = increments(book, "268=2|279=0|269=0|55=EUR/USD|270=1.1|279=0|269=1|270=1.2")
    assert [("1.1", "1.2")] == [prices(top) for top in tops]


def test_one_message_may_move_several_instruments(book: VenueBook) -> None:
    tops = increments(book, "268=2|279=0|269=0|55=EUR/USD|270=1.1|279=0|269=0|55=USD/JPY|270=102")
    assert ["EUR/USD", "USD/JPY"] == [top.pair for top in tops]


@pytest.mark.parametrize("condition", ["B", "I", "F", "A I", "F A"])
def test_a_price_that_is_not_firm_is_no_price(book: VenueBook, condition: str) -> None:
    assert prices(full(book, f"55=EUR/USD|268=1|269=0|270=1.1|276={condition}")) == (None, None)


def test_an_open_condition_is_a_price(book: VenueBook) -> None:
    assert prices(full(book, "55=EUR/USD|268=1|269=0|270=1.1|276=A")) == ("1.1", None)


def test_size_zero_is_still_a_market(book: VenueBook) -> None:
    assert prices(full(book, "55=EUR/USD|268=1|269=0|270=1.1|271=0")) == ("1.1", None)


def test_highs_and_lows_are_not_prices_to_deal_on(book: VenueBook) -> None:
    top = full(book, "55=EUR/USD|268=3|269=0|270=1.1|269=7|270=9.9|269=8|270=0.1")
    assert prices(top) == ("1.1", None)


def test_an_empty_book_takes_the_prices_away(book: VenueBook) -> None:
    full(book)
    assert prices(full(book, "55=USD/CNY|268=0")) == (None, None)


LEVELS = "55=EUR/USD|268=3|269=0|{0}270=1.1002|269=0|{0}270=1.1001|269=0|{0}270=1.1000|276={1}"


@pytest.mark.parametrize("name", ["", "278=STREAM1|"], ids=["unnamed", "one name for all"])
@pytest.mark.parametrize("last", ["A", "B"])
def test_a_full_refresh_with_several_levels_gives_the_best(
    book: VenueBook, name: str, last: str
) -> None:
    assert prices(full(book, LEVELS.format(name, last))) == ("1.1002", None)


def test_after_a_log_on_the_book_is_empty(book: VenueBook) -> None:
    full(book)
    book.clear()
    (top,) = increments(book, "268=1|279=0|269=1|278=o9|55=USD/CNY|270=7.1")
    assert prices(top) == (None, "7.1")


def test_the_time_of_the_newest_entry_is_the_prices_time(book: VenueBook) -> None:
    top = full(
        book,
        "55=EUR/USD|268=2|269=0|270=1.1|272=20140502|273=12:30:01.500"
        "|269=1|270=1.2|272=20140502|273=12:30:01.250",
    )
    assert top.sent_at_ns == 1_399_033_801_500_000_000


@pytest.mark.parametrize(
    ("body", "tag"),
    [
        ("55=EUR/USD|268=1|269=0|270=NaN", 270),
        ("55=EUR/USD|268=1|269=0|270=1e5", 270),
        ("55=EUR/USD|268=1|269=0|270=0", 270),
        ("55=EUR/USD|268=1|269=0|270=-1.1", 270),
        ("55=EUR/USD|268=1|269=0|270=１.１", 270),
        ("55=EUR/USD|268=1|269=0|270=" + "9" * 30, 270),
        ("55=EUR/USD|268=1|269=0|270=1.1|271=NaN", 271),
        ("55=EUR/USD|268=1|269=0|270=1.1|272=20140502|273=1:2:3:45", 273),
        ("55=EUR/USD|268=1|269=0|270=1.1|272=20140231|273=12:30:00", 272),
        ("55=EUR/USD|268=3|269=0|270=1.1", 268),
        ("55=EUR/USD|268=10000" + "|269=0|270=1.1" * 10_000, 268),
        ("268=1|269=0|270=1.1", 55),
        ("55=EURO|268=1|269=0|270=1.1", 55),
    ],
)
def test_bad_market_data_is_refused_with_its_tag(book: VenueBook, body: str, tag: int) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        full(book, body)
    assert refused.value.tag == tag


def test_a_book_that_could_not_be_followed_counts_no_more(book: VenueBook) -> None:
    full(book)
    assert [(None, None)] == [prices(top) for top in book.void(message("W", "55=GBP/USD"))]
    assert [] == book.void(message("W", "55=GBP/USD"))


def test_after_a_message_that_could_not_be_followed_only_a_whole_book_counts(
    book: VenueBook,
) -> None:
    full(book)
    change = "268=1|279=0|269=0|278=b|55=USD/CNY|270=7.0011"
    book.void(message("X", change))
    assert [] == increments(book, change)
    assert prices(full(book)) == ("7.0010", "7.0014")
    (top,) = increments(book, change)
    assert prices(top) == ("7.0011", "7.0014")
    book.clear()
    assert [("7.0011", None)] == [prices(top) for top in increments(book, change)]
