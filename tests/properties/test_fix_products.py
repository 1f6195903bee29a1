"""What a venue reads back from our messages is what was quoted and dealt, in every dialect."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.fix.decode import events_from
from connectors.fix.dialect import Dialect, PointsUnit, SwapStyle
from connectors.fix.encode import message_for
from connectors.fix.encoded import Encoded
from connectors.fix.fields import SOH, Fields, FixMessage, first
from connectors.fix.terms import read_collateral
from robot.deals.deal import Deal
from robot.deals.party import BUY, SELL, Side
from robot.deals.product import ProductKind
from robot.messages.effects import ConcludeDeal, SendQuote
from robot.messages.events import TradeReported
from tests.kit.examples import few
from tests.kit.fix import ALPHA, SESSION
from tests.kit.fix_products import AT_NS, EURUSD, PRESETS, RATIO_BONDS, deal, dialect, quote

SIDES = st.sampled_from((BUY, SELL))
SPOTS = st.decimals("0.5", "2", places=5)
POINTS = st.decimals("-0.2", "0.2", places=6)
AMOUNTS = st.integers(1, 999_999_999).map(Decimal)


def text_of(encoded: Encoded, kind: str, left_out: tuple[int, ...] = ()) -> FixMessage:
    """The fields as a message, without those that another message has elsewhere."""
    parts = [(tag, value) for tag, value in encoded.fields if tag not in left_out]
    for group in encoded.groups:
        parts.append((group.count_tag, str(len(group.entries))))
        parts += [field for entry in group.entries for field in entry]
    body = SOH.join(f"{tag}={value}" for tag, value in parts)
    return FixMessage(f"8=FIX.4.4{SOH}35={kind}{SOH}34=7{SOH}{body}{SOH}")


def recorded(concluded: Deal, spoken: Dialect) -> TradeReported:
    """Our fill as the venue would report it: the same fields, the side in a group."""
    encoded = message_for(ConcludeDeal(venue=ALPHA, deal=concluded), spoken, AT_NS)
    side = [("54", first(encoded.fields, 54)), ("448", "BANKA"), ("452", "3")]
    message = text_of(encoded, "AE", left_out=(54,))
    group = SOH.join(f"{tag}={value}" for tag, value in side)
    whole = FixMessage(f"{message.raw}552=1{SOH}{group}{SOH}")
    (found,) = events_from(whole, ALPHA, spoken, SESSION)
    assert isinstance(found, TradeReported)
    return found


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("product", list(ProductKind))
@few(25)
@given(side=SIDES, in_counter=st.booleans())
def test_a_fill_read_back_is_the_deal(
    preset: str, product: ProductKind, side: Side, in_counter: bool
) -> None:
    counter = "CNY" if product is ProductKind.NDF else "USD"
    concluded = deal(product, side, counter if in_counter and not product.is_loan else "")
    found = recorded(concluded, dialect(preset))
    assert (concluded.pair, concluded.side) == (found.pair, found.side)
    assert (concluded.rate, concluded.far_rate) == (found.rate, found.far_rate)
    assert concluded.base_amount == found.base_amount
    assert (concluded.value_date, concluded.far_value_date) == (
        found.value_date,
        found.far_value_date,
    )
    assert found.product in ("", product)
    assert concluded.trade_date == found.trade_date


def unit(spoken: Dialect) -> Decimal:
    return Decimal(10_000) if spoken.points_unit is PointsUnit.PIPS else Decimal(1)


def sides_read(message: FixMessage, spoken: Dialect) -> list[tuple[Decimal, ...] | None]:
    """Spot rate, near rate, and points far minus near, of bid and offer of a swap."""
    values, found = message.values, []
    legs = message.group(555, 600)
    for spot, near, near_points, far_points, points, leg in (
        (188, 132, 189, 642, 1065, 681),
        (190, 133, 191, 643, 1066, 684),
    ):
        if spot not in values:
            found.append(None)
        elif spoken.swap_style is SwapStyle.LEGS:
            near_rate, far_rate = (number(entry, leg) for entry in legs)
            assert far_rate - near_rate == Decimal(values[points])
            found.append((Decimal(values[spot]), near_rate, Decimal(values[points])))
        else:
            near_said, far_said = Decimal(values[near_points]), Decimal(values[far_points])
            assert Decimal(values[near]) == Decimal(values[spot]) + near_said / unit(spoken)
            told = (far_said - near_said) / unit(spoken)
            found.append((Decimal(values[spot]), Decimal(values[near]), told))
    return found


def number(entry: Fields, tag: int) -> Decimal:
    value = first(entry, tag)
    assert value is not None
    return Decimal(value)


@pytest.mark.parametrize("preset", PRESETS)
@few(60)
@given(spot=SPOTS, near=POINTS, bid=st.none() | POINTS, offer=st.none() | POINTS, amount=AMOUNTS)
def test_a_swap_quote_read_back_is_what_was_quoted(
    preset: str,
    spot: Decimal,
    near: Decimal,
    bid: Decimal | None,
    offer: Decimal | None,
    amount: Decimal,
) -> None:
    spoken = dialect(preset)
    effect = quote(
        ProductKind.SWAP,
        bid=bid,
        offer=offer,
        bid_spot=spot,
        offer_spot=spot,
        near_points=near,
        amount=amount,
    )
    message = text_of(message_for(effect, spoken, AT_NS), "S")
    expected = [None if side is None else (spot, spot + near, side) for side in (bid, offer)]
    assert expected == sides_read(message, spoken)
    assert amount == Decimal(message.values[38])


@pytest.mark.parametrize("preset", PRESETS)
@few(40)
@given(spot=SPOTS, points=POINTS)
def test_a_forward_quote_is_spot_and_points(preset: str, spot: Decimal, points: Decimal) -> None:
    spoken = dialect(preset)
    effect = quote(ProductKind.FORWARD, bid=spot + points, bid_spot=spot, offer=None)
    values = text_of(message_for(effect, spoken, AT_NS), "S").values
    assert spot + points == Decimal(values[132])
    assert points == Decimal(values[189]) / unit(spoken)


@pytest.mark.parametrize("preset", PRESETS)
@few(40)
@given(points=POINTS, side=SIDES)
def test_a_hit_on_a_swap_says_the_points_that_were_quoted(
    preset: str, points: Decimal, side: Side
) -> None:
    """Written as the contract of the dialect has it, read as what was quoted."""
    spoken = dialect(preset)
    effect = quote(ProductKind.SWAP, bid=points, offer=None)
    assert effect.bid_spot is not None and effect.near_points is not None
    near = effect.bid_spot + effect.near_points
    said = {"fix44": f"44={near:f}|640={near + points:f}"}.get(
        preset, f"44={spoken.points_out(EURUSD, points):f}"
    )
    marker = "|".join(f"{tag}={value}" for tag, value in spoken.marker(ProductKind.SWAP))
    body = f"11=c1|117=Q77|40=D|55={spoken.symbol(EURUSD)}|{marker}|54=1|38=5|{said}"
    if spoken.swap_style is SwapStyle.LEGS:
        body += "|555=2|600=EUR/USD|624=1|600=EUR/USD|624=2"
    raw = f"8=FIX.4.4|35=D|34=7|{body}|".replace("|", SOH)
    (hit,) = events_from(FixMessage(raw), ALPHA, spoken, SESSION)
    told = hit.price if preset != "fix44" else hit.far_rate - hit.near_rate  # type: ignore
    assert points == told


@pytest.mark.parametrize("preset", PRESETS)
@few(40)
@given(ratio=st.decimals("0.01", "100", places=2), face=AMOUNTS)
def test_pledged_bonds_read_back_are_those_written(
    preset: str, ratio: Decimal, face: Decimal
) -> None:
    bond = msgspec.structs.replace(RATIO_BONDS[0], face=face, haircut=100 - ratio)
    effect: SendQuote = quote(ProductKind.REPO, collateral=(bond, RATIO_BONDS[1]))
    message = text_of(message_for(effect, dialect(preset), AT_NS), "S")
    assert (bond, RATIO_BONDS[1]) == read_collateral(message.fields, dialect(preset))
