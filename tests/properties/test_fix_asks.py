"""What we say to makers and they to us, in every dialect and product: written, and read back.

Our own maker's side is the other end: it reads our requests and hits, and its quotes and fills are
what a maker sends. The simulated makers, whose code shares nothing with ours, are met elsewhere.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.fix.decode import events_from
from connectors.fix.dialect import Dialect, PointsUnit, TakeBy
from connectors.fix.encode import message_for
from connectors.fix.encoded import Encoded
from connectors.fix.fields import SOH, FixMessage
from robot.basics.ids import CounterpartyId
from robot.deals.party import BUY, SELL, Side
from robot.deals.product import ProductKind
from robot.errors import RemoteProtocolError
from robot.messages.asks import (
    AskedTerms,
    AskRefused,
    CounterQuote,
    PassQuote,
    QuoteReceived,
    QuoteRevoked,
    QuoteRevoking,
    SendAsk,
    TakeQuote,
)
from robot.messages.base import Wire
from robot.messages.effects import ConcludeDeal
from robot.messages.events import AnyEvent, HitReceived, RfqEnded, RfqReceived
from robot.messages.orders import OrderReported
from tests.kit.examples import few
from tests.kit.fix import ALPHA, SESSION
from tests.kit.fix_products import (
    AT_NS,
    PRESETS,
    PRICES,
    RATIO_BONDS,
    SPOT,
    deal,
    dialect,
    on_the_wire,
    quote,
)

P = ProductKind
SIDES = st.sampled_from((BUY, SELL))
UNTIL_NS = AT_NS + 5_000_000_000
ENTITY, MAKER = "BANKCNBJ", CounterpartyId("BANKB")


def spoken(preset: str, **changes: Any) -> Dialect:
    return msgspec.structs.replace(dialect(preset), entity=ENTITY, **changes)


def terms(product: ProductKind) -> AskedTerms:
    """What the quotes of the kit are on."""
    shown = quote(product)
    names = [name for name in AskedTerms.__struct_fields__ if hasattr(shown, name)]
    said = {name: getattr(shown, name) for name in names}
    if product is P.REPO:
        said["collateral"] = RATIO_BONDS
    return AskedTerms(**said, spot_date=SPOT if product is P.SWAP else None)


def written(effect: Wire, by: Dialect) -> FixMessage:
    """An effect as the other end gets it."""
    return raw(message_for(effect, by, AT_NS))


def raw(encoded: Encoded) -> FixMessage:
    parts = list(encoded.fields)
    for group in encoded.groups:
        parts.append((group.count_tag, str(len(group.entries))))
        parts += [field for entry in group.entries for field in entry]
    body = SOH.join(f"{tag}={value}" for tag, value in parts)
    return FixMessage(f"8=FIX.4.4{SOH}35={encoded.type}{SOH}34=7{SOH}{body}{SOH}")


def read(message: FixMessage, by: Dialect) -> AnyEvent:
    (found,) = events_from(message, ALPHA, by, SESSION)
    return found


def request(product: ProductKind, side: Side | None) -> SendAsk:
    return SendAsk(
        venue=ALPHA,
        ask_id="A1",
        request_id="A20260107-000001",
        maker=MAKER,
        terms=terms(product),
        side=side,
        open_until_ns=UNTIL_NS,
    )


def hit(product: ProductKind, side: Side) -> TakeQuote:
    price = PRICES[product]
    return TakeQuote(
        venue=ALPHA,
        ask_id="A1",
        request_id="A20260107-000001",
        order_id="C20260107-000001",
        response_id="P20260107-000001",
        quote_id="MQ7",
        maker=MAKER,
        terms=terms(product),
        side=side,
        price=price.value,
        spot=price.spot_rate,
        near_points=price.near_points,
        valid_until_ns=UNTIL_NS,
    )


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("product", list(P))
@few(6)
@given(side=st.none() | SIDES)
def test_a_request_is_read_as_a_clients_would_be(
    preset: str, product: ProductKind, side: Side | None
) -> None:
    by, effect = spoken(preset), request(product, side)
    message = written(effect, by)
    found = read(message, by)
    assert isinstance(found, RfqReceived)
    asked = effect.terms
    assert (asked.pair, product, asked.amount) == (found.pair, found.product, found.amount)
    assert side is found.side or (side is not None and found.side is side.opposite)
    assert (side is None) == (found.side is None)
    assert (asked.value_date, asked.far_value_date) == (found.value_date, found.far_value_date)
    assert (effect.request_id, UNTIL_NS // 10**6) == (
        found.request_id,
        found.open_until_ns // 10**6,
    )
    assert ENTITY == found.counterparty and f"{SOH}448={MAKER}{SOH}447=D{SOH}452=35" in message.raw
    assert asked.collateral == found.collateral
    if product is P.NDF:
        assert (asked.settlement_currency, asked.fixing_index) == (
            found.settlement_currency,
            found.fixing_index,
        )


@pytest.mark.parametrize("by_order", [True, False])
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("product", list(P))
@few(4)
@given(side=SIDES)
def test_a_hit_is_exactly_on_what_was_quoted(
    preset: str, by_order: bool, product: ProductKind, side: Side
) -> None:
    by = spoken(preset, take_quote=TakeBy.ORDER if by_order else TakeBy.RESPONSE)
    effect = hit(product, side)
    message = written(effect, by)
    found = read(message, by)
    assert isinstance(found, HitReceived)
    assert ("D" if by_order else "AJ") == message.type
    assert ("C20260107-000001", "MQ7", ENTITY) == (
        found.hit_id,
        found.quote_id,
        found.counterparty,
    )
    assert (None if by_order else effect.response_id) == found.response_id
    assert (side.opposite, effect.terms.amount) == (found.side, found.amount)
    near, far = found.near_rate, found.far_rate
    told = found.price if found.price is not None or near is None else (far or near) - near
    assert effect.price == told
    if near is not None and effect.spot is not None:
        assert effect.spot + effect.near_points == near


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("product", list(P))
@pytest.mark.parametrize("side", [None, BUY])
def test_quickfix_takes_what_we_send_as_it_is(
    preset: str, product: ProductKind, side: Side | None
) -> None:
    """Valid by the dictionary, and nothing moved out of its group."""
    pytest.importorskip("quickfix")
    by, effect = spoken(preset), request(product, side)
    found = read(on_the_wire(message_for(effect, by, AT_NS), preset), by)
    plain = read(written(effect, by), by)
    assert isinstance(found, RfqReceived) and isinstance(plain, RfqReceived)
    assert msgspec.structs.replace(found, origin=plain.origin) == plain
    if side is not None:
        taken = hit(product, side)
        for style in TakeBy:
            told = message_for(taken, spoken(preset, take_quote=style), AT_NS)
            same = read(on_the_wire(told, preset), by)
            assert isinstance(same, HitReceived) and same.far_value_date in (
                None,
                taken.terms.far_value_date,
            )


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("product", list(P))
def test_a_pass_hides_the_side_and_ends_the_quote(preset: str, product: ProductKind) -> None:
    taken = hit(product, BUY)
    effect = PassQuote(
        venue=ALPHA,
        request_id=taken.request_id,
        response_id=taken.response_id,
        quote_id=taken.quote_id,
        maker=MAKER,
        terms=taken.terms,
    )
    message = written(effect, spoken(preset))
    found = read(message, spoken(preset))
    assert isinstance(found, RfqEnded) and (found.quote_id, "PASSED") == ("MQ7", found.ending)
    assert 54 not in message.values and 624 not in dict(message.fields)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("product", list(P))
def test_a_counter_says_our_price_and_side(preset: str, product: ProductKind) -> None:
    taken = hit(product, SELL)
    effect = CounterQuote(
        venue=ALPHA,
        request_id=taken.request_id,
        response_id=taken.response_id,
        quote_id=taken.quote_id,
        maker=MAKER,
        terms=taken.terms,
        side=SELL,
        price=taken.price,
        spot=taken.spot,
        near_points=taken.near_points,
    )
    values = written(effect, spoken(preset)).values
    same = written(taken, spoken(preset, take_quote=TakeBy.RESPONSE)).values
    assert "2" == values[694] and values[44] == same[44] and values[54] == same[54]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("product", list(P))
@few(10)
@given(sides=st.sampled_from(("both", "bid", "offer")), indicative=st.booleans())
def test_a_makers_quote_is_read_as_it_was_made(
    preset: str, product: ProductKind, sides: str, indicative: bool
) -> None:
    by = spoken(preset)
    changes: dict[str, Any] = {"bid": None} if sides == "offer" else {}
    changes |= {"offer": None} if sides == "bid" else {}
    if product is P.REPO:
        changes["collateral"] = RATIO_BONDS
    shown = quote(product, **changes)
    encoded = message_for(shown, by, AT_NS)
    fields = [(tag, "0" if tag == 537 and indicative else text) for tag, text in encoded.fields]
    found = read(raw(Encoded("S", fields, encoded.groups)), by)
    assert isinstance(found, QuoteReceived)
    assert not found.contradiction and found.tradeable is not indicative
    assert (shown.bid, shown.offer) == (found.bid, found.offer)
    if product in (P.FORWARD, P.NDF, P.SWAP):
        spots = (
            shown.bid_spot if shown.bid is not None else None,
            shown.offer_spot if shown.offer is not None else None,
        )
        assert spots == (found.bid_spot, found.offer_spot)
    if product is P.SWAP:
        near = {found.bid_near_points, found.offer_near_points} - {None}
        assert {shown.near_points} == near
    assert (shown.request_id, shown.quote_id, shown.amount) == (
        found.request_id,
        found.quote_id,
        found.amount,
    )
    assert (shown.value_date, shown.far_value_date) == (found.value_date, found.far_value_date)
    assert shown.valid_until_ns // 10**6 == found.valid_until_ns // 10**6
    assert shown.collateral == found.collateral
    assert found.product in ("", product)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("product", list(P))
@few(4)
@given(side=SIDES)
def test_a_makers_fill_is_the_deal_from_our_side(
    preset: str, product: ProductKind, side: Side
) -> None:
    """The maker's deal on `side` is ours on the other."""
    by, made = spoken(preset), deal(product, side)
    found = read(written(ConcludeDeal(venue=ALPHA, deal=made), by), by)
    assert isinstance(found, OrderReported)
    assert (side.opposite, True, made.pair) == (found.side, found.ended, found.pair)
    assert made.base_amount == found.last_amount == found.filled
    price = made.points if product is P.SWAP else made.rate
    assert price == found.last_price
    if product is P.SWAP:
        assert (made.rate, made.far_rate) == (found.near_rate, found.far_rate)
    assert found.value_date in (None, made.value_date)
    assert found.far_value_date in (None, made.far_value_date)
    assert found.product in ("", product)


@pytest.mark.parametrize("preset", PRESETS)
@few(25)
@given(off=st.integers(-9, 9), finer=st.booleans())
def test_a_rate_further_than_half_its_last_digit_from_its_parts_is_told(
    preset: str, off: int, finer: bool
) -> None:
    """F-30: 1.17562 is 1.1701 and 0.00552; tenths of the last digit off."""
    by = spoken(preset)
    unit = Decimal(10_000) if by.points_unit is PointsUnit.PIPS else Decimal(1)
    encoded = message_for(quote(P.FORWARD, bid=None), by, AT_NS)
    points = (Decimal("0.00552") + Decimal(off) * Decimal("0.000001")) * unit
    fields = [(tag, f"{points:f}" if tag == 191 else text) for tag, text in encoded.fields]
    found = read(raw(Encoded("S", fields, encoded.groups)), by)
    assert isinstance(found, QuoteReceived)
    assert bool(found.contradiction) is (abs(off) > 5), found


@pytest.mark.parametrize("preset", ["fix44", "fix50sp2"])
def test_points_in_pips_where_price_units_are_due_are_told(preset: str) -> None:
    by = spoken(preset)
    encoded = message_for(quote(P.FORWARD, bid=None), by, AT_NS)
    fields = [(tag, "55.2" if tag == 191 else text) for tag, text in encoded.fields]
    found = read(raw(Encoded("S", fields, encoded.groups)), by)
    assert (
        isinstance(found, QuoteReceived) and "spot and points make 56.3701" in found.contradiction
    )


def body(kind: str, text: str) -> FixMessage:
    return FixMessage(f"8=FIX.4.4|35={kind}|34=7|{text}|".replace("|", SOH))


OURS, HIS, CLIENTS = "131=A20260107-000001", "693=P20260107-000002", "131=rq2"


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        ("AG", f"{OURS}|658=10|58=no", ("A20260107-000001", "10", "no")),
        ("j", f"45=9|372=R|379={OURS[4:]}|380=4|58=off", ("A20260107-000001", "380=4", "off")),
    ],
)
def test_a_refused_request_is_told(kind: str, text: str, wanted: tuple[str, ...]) -> None:
    found = read(body(kind, text), spoken("fix44"))
    assert isinstance(found, AskRefused)
    assert wanted == (found.request_id, found.reason, found.text)


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        ("Z", f"{OURS}|117=MQ7|298=1|295=1|55=EUR/USD", QuoteRevoking.WITHDRAWN),
        ("AI", f"117=MQ7|{HIS}|297=5|58=moved", QuoteRevoking.REJECTED),
        ("AI", f"117=MQ7|{HIS}|297=7", QuoteRevoking.EXPIRED),
        ("AI", f"117=MQ7|{HIS}|297=9", QuoteRevoking.NOT_FOUND),
    ],
)
def test_a_makers_word_on_its_quote_is_told_by_our_ids(
    kind: str, text: str, why: QuoteRevoking
) -> None:
    found = read(body(kind, text), spoken("fix44"))
    assert isinstance(found, QuoteRevoked) and (why, "MQ7") == (found.why, found.quote_id)


@pytest.mark.parametrize("kind", ["Z", "AI"])
def test_what_names_a_clients_request_stays_the_clients(kind: str) -> None:
    found = read(body(kind, f"{CLIENTS}|117=Q77|298=1|297=6"), spoken("fix44"))
    assert isinstance(found, RfqEnded)


@pytest.mark.parametrize(
    "bad",
    [
        "117=MQ7|55=EUR/USD|38=1000000|133=1.1",
        f"{OURS}|55=EUR/USD|38=1000000|133=1.1",
        f"{OURS}|117=MQ7|55=EUR/USD|38=1000000|133=NaN",
        f"{OURS}|117=MQ7|55=EUR/USD|38=0|133=1.1",
        f"{OURS}|117=MQ7|55=EUR/USD|38=1000000|133=0",
        f"{OURS}|117=MQ7|55=EUR/USD|38=1000000|133=1.1|62=soon",
        f"{OURS}|117=MQ7|55=EUR/USD|461=SWAP|167=FOR|38=1000000|193=20260409|133=1.1|190=1.1",
    ],
)
def test_a_quote_that_cannot_be_read_is_refused_whole(bad: str) -> None:
    with pytest.raises(RemoteProtocolError):
        read(body("S", bad), spoken("fix44"))
