"""A venue's curves: a full message a tenor, in each dialect; what is wrong leaves spot alone."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.fix.curves import CURVES_MAX, ENTRIES_MAX, TENORS_MAX
from connectors.fix.top import VenueBook
from robot.clock import nanoseconds, utc_datetime
from robot.errors import RemoteProtocolError
from robot.messages.events import CurveUpdated, MarketUpdated
from tests.kit.fix import ALPHA, message
from tests.kit.fix_products import dialect

SIDES = (
    "|268=2|269=0|270=-12.5|272=20260107|273=01:30:00.250|269=1|270=-11|272=20260107"
    "|273=01:30:00.500"
)
SWAP = "262=M1|55=EUR/USD|167=FOR|461=SWAP|762=3M"


def book(preset: str = "fix44") -> VenueBook:
    return VenueBook(ALPHA, dialect(preset))


def one(body: str, preset: str = "fix44") -> CurveUpdated:
    (found,) = book(preset).apply(message("W", body))
    assert isinstance(found, CurveUpdated)
    return found


@pytest.mark.parametrize(
    ("preset", "body", "curve", "tenor"),
    [
        ("fix44", "55=EUR/USD|167=FOR|461=SWAP|762=3M", "EUR/USD", "3M"),
        ("fix44", "55=CNY|460=9|167=TD|762=1W", "CNY DEPOSIT", "1W"),
        ("fix44", "55=CNY|460=13|167=REPO|762=R007", "CNY REPO", "R007"),
        ("fix50sp2", "55=EUR/USD|167=FXSWAP|762=ON", "EUR/USD", "ON"),
        ("fix50sp2", "55=EUR|460=9|167=TD|762=TN", "EUR DEPOSIT", "TN"),
        ("cfets_like", "55=USD.CNY|167=FXSWAP|762=1M", "USD/CNY", "1M"),
        ("cfets_like", "55=R007|10176=9|762=R007", "CNY REPO", "R007"),
        ("cfets_like", "55=IBO007|10176=1|762=IBO007", "CNY DEPOSIT", "IBO007"),
    ],
)
def test_a_message_is_one_tenor_of_a_curve(preset: str, body: str, curve: str, tenor: str) -> None:
    found = one(body + SIDES, preset)
    assert (curve, tenor) == (found.curve, found.tenor)
    assert (Decimal("-12.5"), Decimal("-11")) == (found.bid, found.offer)
    sent = nanoseconds(utc_datetime(0).fromisoformat("2026-01-07T01:30:00.500+00:00"))
    assert sent == found.sent_at_ns


@pytest.mark.parametrize(
    ("entries", "bid", "offer"),
    [
        ("268=0", None, None),
        ("268=1|269=0|270=1.5", "1.5", None),
        ("268=1|269=1|270=0", None, "0"),
        ("268=2|269=0|270=1.5|276=F|269=1|270=2", None, "2"),
        ("268=3|269=0|270=1.5|269=0|270=1.6|269=1|270=2", "1.6", "2"),
        ("268=2|269=7|270=9|269=1|270=2", None, "2"),
    ],
)
def test_a_side_that_is_missing_is_none(entries: str, bid: str | None, offer: str | None) -> None:
    found = one(f"{SWAP}|{entries}")
    assert (bid, offer) == tuple(
        None if side is None else str(side) for side in (found.bid, found.offer)
    )


@pytest.mark.parametrize(
    ("body", "tag", "told"),
    [
        (SWAP.replace("762=3M", "762=M3") + SIDES, 762, "3M"),
        (SWAP.replace("|762=3M", "") + SIDES, 762, "762"),
        (SWAP.replace("55=EUR/USD", "55=EURO") + SIDES, 55, "EURO"),
        (SWAP + SIDES.replace("-12.5", "NaN"), 270, "NaN"),
        (SWAP + SIDES.replace("-12.5", "-1000000001"), 270, "1000000001"),
        (SWAP + SIDES.replace("268=2", "268=3"), 268, "3"),
        (SWAP + f"|268={ENTRIES_MAX + 1}" + "|269=0|270=1" * (ENTRIES_MAX + 1), 268, "9"),
        ("55=CNY|460=9|167=TD|762=1W|268=1|269=0|270=1001", 270, "1001"),
        ("55=R007X|460=9|167=TD|762=1W|268=0", 55, "R007X"),
        ("55=EUR/USD|167=FOR|461=FORWARD|762=3M" + SIDES, 167, "FORWARD"),
        ("55=EUR/USD|167=OPT|762=3M" + SIDES, 167, "unknown"),
        ("55=EUR/USD|762=3M" + SIDES, 167, "SPOT"),
    ],
)
def test_what_is_no_curve_is_refused_with_tag_and_value(body: str, tag: int, told: str) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        book().apply(message("W", body))
    assert tag == refused.value.tag
    assert told in refused.value.text


def test_increments_of_curves_are_refused() -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        book().apply(message("X", "268=1|279=0|269=0|55=EUR/USD|167=FOR|461=SWAP|270=1"))
    assert refused.value.tag == 167


def test_a_curve_has_so_many_tenors_and_a_venue_so_many_curves() -> None:
    kept = book()
    for days in range(1, TENORS_MAX + 1):
        kept.apply(message("W", SWAP.replace("3M", f"{days}D") + SIDES))
    kept.apply(message("W", SWAP.replace("3M", "1D") + SIDES))
    with pytest.raises(RemoteProtocolError) as refused:
        kept.apply(message("W", SWAP + SIDES))
    assert refused.value.tag == 762
    for number in range(CURVES_MAX - 1):
        name = "".join(chr(65 + number // 26**place % 26) for place in (2, 1, 0))
        kept.apply(message("W", f"55={name}|460=9|167=TD|762=1W|268=0"))
    with pytest.raises(RemoteProtocolError) as refused:
        kept.apply(message("W", "55=ZZZ|460=9|167=TD|762=1W|268=0"))
    assert refused.value.tag == 55


def test_a_bad_tenor_takes_away_that_tenor_and_no_spot_price() -> None:
    kept = book()
    kept.apply(message("W", "55=EUR/USD|268=1|269=0|270=1.1"))
    kept.apply(message("W", SWAP + SIDES))
    bad = message("W", SWAP + SIDES.replace("-12.5", "NaN"))
    assert [CurveUpdated(venue=ALPHA, curve="EUR/USD", tenor="3M")] == kept.void(bad)
    assert [] == kept.void(message("W", SWAP.replace("3M", "4M") + SIDES)), "never quoted"
    assert [] == kept.void(message("W", SWAP.replace("3M", "XX") + SIDES)), "nothing is named"
    spot = kept.void(message("W", "55=EUR/USD|268=1|269=0|270=NaN"))
    assert [MarketUpdated(venue=ALPHA, pair="EUR/USD")] == spot  # type: ignore[arg-type]


def test_spot_and_curve_of_one_pair_do_not_mix() -> None:
    kept = book()
    kept.apply(message("W", SWAP + SIDES))
    (found,) = kept.apply(message("W", "55=EUR/USD|167=FOR|268=1|269=0|270=1.1"))
    assert isinstance(found, MarketUpdated) and found.bid == Decimal("1.1")
