"""What a venue reads of our orders is what was meant, and what it reports of one is read as it
happened, however often it deals.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("quickfix")

from connectors.fix.encode import message_for
from robot.basics.ids import VenueId
from robot.deals.party import BUY, SELL, Side
from robot.errors import RemoteProtocolError
from robot.messages.effects import SendOrder
from robot.messages.orders import OrderKind, OrderReport, OrderReported, TimeInForce
from tests.kit.examples import few
from tests.kit.fix import event
from tests.kit.fix_orders import TAKING, order, replacement, report
from tests.kit.fix_products import AT_NS, EURUSD, SPOT, dialect, on_the_wire

KINDS = {"1": OrderKind.MARKET, "2": OrderKind.LIMIT, "D": OrderKind.PREVIOUSLY_QUOTED}
TIMES = {"0": TimeInForce.DAY, "3": TimeInForce.IOC, "4": TimeInForce.FOK, "6": TimeInForce.GTD}
AMOUNTS = st.decimals("0.01", "999999999.99", places=2)
PRICES = st.decimals("0.00001", "200", places=5)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@st.composite
def orders(draw: st.DrawFn) -> SendOrder:
    """Any order that can be meant."""
    kind, time = draw(st.sampled_from(OrderKind)), draw(st.sampled_from(TimeInForce))
    end_ms = draw(st.integers(1, 10**9))
    return order(
        order_id=draw(st.from_regex(r"[A-Z][0-9]{1,12}", fullmatch=True)),
        side=draw(st.sampled_from(Side)),
        amount=draw(AMOUNTS),
        currency=draw(st.sampled_from(("", "EUR", "USD"))),
        kind=kind,
        price=None if kind is OrderKind.MARKET else draw(PRICES),
        quote_id="Q9" if kind is OrderKind.PREVIOUSLY_QUOTED else "",
        time_in_force=time,
        expires_ns=AT_NS // 10**6 * 10**6 + end_ms * 10**6 if time is TimeInForce.GTD else 0,
    )


def nanoseconds(text: str) -> int:
    """Of a UTC time stamp, as somebody else reads it."""
    moment = datetime.strptime(text, "%Y%m%d-%H:%M:%S.%f").replace(tzinfo=UTC)
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000


def as_the_venue_reads(said: dict[int, str]) -> SendOrder:
    """By the standard alone."""
    return SendOrder(
        venue=VenueId("ALPHA"),
        order_id=said[11],
        pair=EURUSD,
        side={"1": BUY, "2": SELL}[said[54]],
        amount=Decimal(said[38]),
        currency=said[15],
        kind=KINDS[said[40]],
        price=Decimal(said[44]) if 44 in said else None,
        quote_id=said.get(117, ""),
        time_in_force=TIMES[said[59]],
        expires_ns=nanoseconds(said[126]) if 126 in said else 0,
        value_date=datetime.strptime(said[64], "%Y%m%d").replace(tzinfo=UTC).date(),
    )


@pytest.mark.parametrize("preset", TAKING)
@few(100)
@given(wanted=orders())
def test_an_order_read_by_the_venue_is_what_was_meant(preset: str, wanted: SendOrder) -> None:
    said = on_the_wire(message_for(wanted, dialect(preset), AT_NS), preset).values
    read = as_the_venue_reads(said)
    assert read == order(
        **{name: getattr(wanted, name) for name in wanted.__struct_fields__}
        | {"currency": wanted.currency or "EUR"}
    )
    assert (said[55], read.value_date) == ("EUR/USD", SPOT)


@pytest.mark.parametrize("preset", TAKING)
@few(40)
@given(amount=AMOUNTS, price=PRICES, side=st.sampled_from(Side))
def test_a_replacement_read_by_the_venue_is_what_was_meant(
    preset: str, amount: Decimal, price: Decimal, side: Side
) -> None:
    effect = replacement(amount=amount, price=price, side=side)
    said = on_the_wire(message_for(effect, dialect(preset), AT_NS), preset).values
    assert (amount, price) == (Decimal(said[38]), Decimal(said[44]))
    assert (side is BUY, "O1", "O2") == (said[54] == "1", said[41], said[11])


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Decimal], Decimal]:
    """What an order deals, one after the other, and what is left of it at its end."""
    deals = draw(st.lists(AMOUNTS, min_size=1, max_size=6))
    return deals, draw(st.just(Decimal(0)) | AMOUNTS)


def trade(dealt: Decimal, filled: Decimal, ordered: Decimal) -> str:
    """A report of a trade as the standard has it."""
    status = "2" if filled == ordered else "1"
    told = f"150=F|39={status}|32={dealt}|31=1.17|14={filled}|151={ordered - filled}|38={ordered}"
    return report(told)


@few(100)
@given(life=lives())
def test_a_life_of_an_order_is_read_as_it_happened(life: tuple[list[Decimal], Decimal]) -> None:
    deals, left = life
    ordered = sum(deals, left)
    filled, found = Decimal(0), []
    for dealt in deals:
        filled += dealt
        found.append(event("8", trade(dealt, filled, ordered)))
    if left:
        found.append(event("8", report(f"150=4|39=4|14={filled}|151=0|38={ordered}")))
    reports = [one for one in found if isinstance(one, OrderReported)]
    assert len(found) == len(reports)
    trades = [one for one in reports if one.report is OrderReport.TRADE]
    assert deals == [one.last_amount for one in trades]
    assert all(one.filled + one.remaining == ordered for one in trades)
    assert [one.ended for one in reports] == [False] * (len(reports) - 1) + [True]
    assert (sum(deals), 0) == (reports[-1].filled, reports[-1].remaining)


@few(100)
@given(life=lives(), excess=AMOUNTS, tag=st.sampled_from((32, 14, 151, 38)))
def test_no_report_that_tells_of_more_than_was_ordered_is_read(
    life: tuple[list[Decimal], Decimal], excess: Decimal, tag: int
) -> None:
    deals, left = life
    ordered, filled = sum(deals, left), sum(deals)
    wrong = {32: deals[-1], 14: filled, 151: left, 38: ordered}
    wrong[tag] = filled + excess if tag == 32 else wrong[tag] + excess
    if tag == 38:
        wrong[38] = filled + left - min(excess, ordered) / 2
    status = "1" if left else "2"
    body = "|".join(f"{name}={value:f}" for name, value in wrong.items())
    with pytest.raises(RemoteProtocolError) as refused:
        event("8", report(f"150=F|39={status}|31=1.17|{body}"))
    assert refused.value.tag in (32, 151)
