"""Quotes and fills of every product in every dialect: valid by the dictionary, and as the samples
of market practice have them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

pytest.importorskip("quickfix")

from connectors.fix.dialect import SwapSide
from connectors.fix.encode import message_for
from connectors.fix.fields import FixMessage
from robot.basics.ids import ExecId, HitId, QuoteId, VenueId
from robot.deals.party import BUY, SELL, Side
from robot.deals.product import ProductKind
from robot.limits.limit import Reason
from robot.messages.base import Wire
from robot.messages.effects import (
    ConcludeDeal,
    RefuseHit,
    RefuseRfq,
    SendQuote,
    SubscribeMarket,
    WithdrawQuote,
)
from tests.kit.fix_products import (
    AT_NS,
    CNY,
    EURUSD,
    PRESETS,
    RATIO_BONDS,
    USDCNY,
    deal,
    dialect,
    on_the_wire,
    quote,
)

ALPHA = VenueId("ALPHA")
P = ProductKind
REPO_FIELDS = "788=2|914=NAFMII|916=20260107|917=20260114"
BONDS = "711=2|311=220210|309=220210|879=600000000|882=100|6898=5|311=230005"
RATIOS = "711=2|311=220210|309=220210|879=600000000|10325=95|311=230005"


def sent(effect: Wire, preset: str) -> str:
    """The body as QuickFIX sends it, `|` for SOH."""
    raw = on_the_wire(message_for(effect, dialect(preset), AT_NS), preset).raw
    return "|" + raw.replace("\x01", "|")


def quoted(product: ProductKind, **changes: Any) -> SendQuote:
    if product is P.REPO:
        changes = {"collateral": RATIO_BONDS} | changes
    return quote(product, **changes)


def filled(product: ProductKind, side: Side = BUY, currency: str = "") -> ConcludeDeal:
    return ConcludeDeal(venue=ALPHA, deal=deal(product, side, currency))


def assert_has(text: str, *parts: str) -> None:
    assert [] == [part for part in parts if f"|{part}|" not in text], text


QUOTES: dict[tuple[str, ProductKind], tuple[str, ...]] = {
    ("fix44", P.SPOT): ("55=EUR/USD", "167=FOR", "64=20260109", "132=1.17004", "188=1.17004"),
    ("fix44", P.FORWARD): (
        "461=FORWARD",
        "64=20260409",
        "132=1.17556|133=1.17562",
        "188=1.1700|189=0.00556|190=1.1701|191=0.00552",
    ),
    ("fix44", P.SWAP): (
        "461=SWAP",
        "40=G",
        "64=20260109",
        "192=12000000|193=20260409",
        "132=1.16986|133=1.16996",
        "188=1.1699|189=-0.00004|190=1.1700|191=-0.00004",
        "642=0.00542|643=0.00548",
    ),
    ("fix44", P.NDF): ("461=NDF", "120=USD", "6217=CNY01|6218=20260407", "189=-0.01546"),
    ("fix44", P.DEPOSIT): (
        "55=CNY",
        "460=9",
        "167=TD",
        "64=20260107",
        "541=20260114",
        "48=IBO007",
        "132=1.76|133=1.80",
        "423=1",
    ),
    ("fix44", P.REPO): ("55=CNY", "460=13", "167=REPO", "48=R007", BONDS, REPO_FIELDS),
    ("fix50sp2", P.SPOT): ("55=EUR/USD", "167=FXSPOT", "132=1.17004"),
    ("fix50sp2", P.FORWARD): ("167=FXFWD", "64=20260409", "189=0.00556"),
    ("fix50sp2", P.SWAP): (
        "167=FXSWAP",
        "188=1.1699|190=1.1700",
        "1065=0.00546|1066=0.00552",
        "555=2|600=EUR/USD|609=FXFWD|687=10000000|588=20260109|681=1.16986|684=1.16996|654=N"
        "|1067=-0.00004|1068=-0.00004",
        "600=EUR/USD|609=FXFWD|687=12000000|588=20260409|681=1.17532|684=1.17548|654=F"
        "|1067=0.00542|1068=0.00548",
    ),
    ("fix50sp2", P.NDF): ("167=FXNDF", "120=USD", "6217=CNY01|6218=20260407"),
    ("fix50sp2", P.DEPOSIT): ("55=CNY", "460=9", "167=TD", "541=20260114", "132=1.76|133=1.80"),
    ("fix50sp2", P.REPO): ("167=REPO", BONDS, REPO_FIELDS),
    ("cfets_like", P.SPOT): ("55=EUR.USD", "10176=12", "132=1.17004"),
    ("cfets_like", P.FORWARD): ("10176=14", "188=1.1700|189=55.60|190=1.1701|191=55.20"),
    ("cfets_like", P.SWAP): (
        "10176=11",
        "167=FXSWAP",
        "132=1.16986|133=1.16996",
        "189=-0.40",
        "642=54.20|643=54.80",
    ),
    ("cfets_like", P.NDF): ("10176=14", "167=FXNDF", "189=-154.60"),
    ("cfets_like", P.DEPOSIT): (
        "48=IBO007|55=IBO007",
        "10176=1|10316=7",
        "541=20260114",
        "120=CNY",
    ),
    ("cfets_like", P.REPO): ("48=R007|55=R007", "10176=9|10316=7", RATIOS, REPO_FIELDS),
}


@pytest.mark.parametrize(("preset", "product"), QUOTES)
def test_a_quote_says_its_product_and_price(preset: str, product: ProductKind) -> None:
    text = sent(quoted(product), preset)
    assert_has(
        text, "35=S", "117=Q77", "131=rq2", "62=20260107-01:30:05.120", *QUOTES[preset, product]
    )
    assert_has(text, "453=1|448=BANKA|447=D|452=3")


FILLS: dict[tuple[str, ProductKind], tuple[str, ...]] = {
    ("fix44", P.SPOT): ("31=1.1701|32=10000000", "194=1.1701", "119=11701000.00|120=USD"),
    ("fix44", P.FORWARD): ("31=1.17562", "194=1.1701|195=0.00552", "119=11756200.00|120=USD"),
    ("fix44", P.SWAP): (
        "40=G",
        "31=1.16996",
        "194=1.1700|195=-0.00004",
        "641=0.00548",
        "192=12000000|193=20260409",
        "119=11699600.00|120=USD",
        "6219=14105760.00",
    ),
    ("fix44", P.NDF): ("31=6.9857", "75=20260107|120=USD", "6217=CNY01|6218=20260407"),
    ("fix44", P.DEPOSIT): ("54=F", "31=1.80", "119=500175000.00|120=CNY", "738=175000.00"),
    ("fix44", P.REPO): ("54=F", "119=500148630.14|120=CNY", "738=148630.14", BONDS, REPO_FIELDS),
    ("fix50sp2", P.SPOT): ("167=FXSPOT", "31=1.1701"),
    ("fix50sp2", P.FORWARD): ("167=FXFWD", "31=1.17562"),
    ("fix50sp2", P.SWAP): (
        "31=0.00552|32=10000000",
        "1071=0.00552",
        "194=1.1700",
        "555=2|600=EUR/USD|609=FXSPOT|624=2|687=10000000|654=N|588=20260109|637=1.16996"
        "|1073=-0.00004|1074=11699600.00",
        "600=EUR/USD|609=FXFWD|624=1|687=12000000|654=F|588=20260409|637=1.17548|1073=0.00548"
        "|1074=14105760.00",
    ),
    ("fix50sp2", P.NDF): ("167=FXNDF", "120=USD"),
    ("fix50sp2", P.DEPOSIT): ("54=F", "738=175000.00"),
    ("fix50sp2", P.REPO): ("54=F", BONDS, REPO_FIELDS),
    ("cfets_like", P.SPOT): ("10176=12", "55=EUR.USD"),
    ("cfets_like", P.FORWARD): ("10176=14", "195=55.20"),
    ("cfets_like", P.SWAP): ("44=55.20", "31=1.16996", "195=-0.40", "641=54.80"),
    ("cfets_like", P.NDF): ("195=-155.00",),
    ("cfets_like", P.DEPOSIT): (
        "54=2|55=IBO007",
        "63=1",
        "119=500000000|120=CNY",
        "10002=175000.00|10176=1|10289=500175000.00|10316=7",
    ),
    ("cfets_like", P.REPO): ("54=2|55=R007", "10002=148630.14", RATIOS),
}


@pytest.mark.parametrize(("preset", "product"), FILLS)
def test_a_fill_says_all_that_was_agreed(preset: str, product: ProductKind) -> None:
    text = sent(filled(product), preset)
    assert_has(text, "35=8", "150=F", "37=O1", "11=c3", "17=E1", "693=rs1", "75=20260107")
    assert_has(text, *FILLS[preset, product])
    if product is P.NDF:
        assert "|119=" not in text, "an NDF exchanges nothing but the difference"


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("product", [P.SPOT, P.FORWARD, P.SWAP])
def test_a_deal_in_the_counter_currency_is_told_in_it(preset: str, product: ProductKind) -> None:
    message = message_of(filled(product, SELL, "USD"), preset)
    assert ("USD", "10000000", "1") == tuple(message.values[tag] for tag in (15, 38, 54))
    contra = message.values.get(119) or message.values[1074]
    concluded = deal(product, SELL, "USD")
    assert Decimal(contra) == concluded.base_amount < Decimal(10_000_000)


SAMPLES = {
    "fix44": (
        "131=rq2|117=Q77|537=1|301=0|55=EUR/USD|167=FOR|38=10000000|64=20260109|193=20260409"
        "|192=10000000|15=EUR|132=1.17000|133=1.17010|134=10000000|135=10000000"
        "|62=20260107-01:30:05.120|188=1.17000|190=1.17010|189=0|191=0|60=20260107-01:30:00.120"
        "|40=G|642=0.00552|643=0.00558"
    ),
    "fix50sp2": (
        "131=rq2|117=Q77|537=1|55=EUR/USD|167=FXSWAP|15=EUR|1065=0.00552|1066=0.00558|188=1.17000"
        "|190=1.17010|555=2|600=EUR/USD|609=FXSPOT|687=10000000|588=20260109|654=N|681=1.17000"
        "|684=1.17010|1067=0|1068=0|600=EUR/USD|609=FXFWD|687=10000000|588=20260409|654=F"
        "|681=1.17552|684=1.17568|1067=0.00552|1068=0.00558"
    ),
}
"""Swap quotes as market practice has them. The far offer is spot offer plus points offered."""


@pytest.mark.parametrize("preset", SAMPLES)
def test_a_swap_quote_is_the_sample_of_market_practice(preset: str) -> None:
    effect = quoted(
        P.SWAP,
        bid=Decimal("0.00552"),
        offer=Decimal("0.00558"),
        bid_spot=Decimal("1.17000"),
        offer_spot=Decimal("1.17010"),
        near_points=Decimal(0),
        far_amount=None,
    )
    encoded = message_for(effect, dialect(preset), AT_NS)
    ours = [f"{tag}={value}" for tag, value in encoded.fields]
    for group in encoded.groups:
        ours.append(f"{group.count_tag}={len(group.entries)}")
        ours += [f"{tag}={value}" for entry in group.entries for tag, value in entry]
    assert [] == [part for part in SAMPLES[preset].split("|") if part not in ours]


def message_of(effect: Wire, preset: str) -> FixMessage:
    return on_the_wire(message_for(effect, dialect(preset), AT_NS), preset)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("product", list(P))
def test_a_quote_for_one_side_says_nothing_of_the_other(preset: str, product: ProductKind) -> None:
    values = message_of(quoted(product, bid=None), preset).values
    assert not {132, 134, 188, 189, 642, 681, 1065, 1067} & set(values)
    assert {133, 1066} & set(values)
    values = message_of(quoted(product, offer=None), preset).values
    assert not {133, 135, 190, 191, 643, 684, 1066, 1068} & set(values)


@pytest.mark.parametrize("preset", PRESETS)
def test_what_ends_a_loan_or_a_pair_is_named_as_the_venue_names_it(preset: str) -> None:
    symbol = dialect(preset).symbol("EUR/USD")
    for pair, told in ((EURUSD, symbol), (CNY, "CNY")):
        withdrawn = WithdrawQuote(
            venue=ALPHA, quote_id=QuoteId("Q1"), request_id="r", pair=pair, reason="EXPIRED"
        )
        assert_has(sent(withdrawn, preset), f"295=1|55={told}")
        refused = RefuseRfq(
            venue=ALPHA,
            request_id="r",
            rfq_id="r",  # type: ignore[arg-type]
            pair=pair,
            amount=Decimal(1),
            reason=Reason.NO_MARKET,
            detail="",
        )
        assert_has(sent(refused, preset), f"146=1|55={told}|38=1", "658=8")


@pytest.mark.parametrize(("preset", "lends"), [("fix44", "F"), ("cfets_like", "2")])
def test_a_refused_hit_has_the_side_that_came(preset: str, lends: str) -> None:
    refusal = RefuseHit(
        venue=ALPHA,
        exec_id=ExecId("E2"),
        order_id="O2",
        hit_id=HitId("c1"),
        quote_id=QuoteId("Q77"),
        pair=CNY,
        side=BUY,
        amount=Decimal(1),
        reason=Reason.QUOTE_EXPIRED,
        detail="",
    )
    assert_has(sent(refusal, preset), f"54={lends}", "55=CNY", "103=4")


def test_a_subscription_asks_for_pairs_and_for_all_tenors_of_curves() -> None:
    asked = SubscribeMarket(
        venue=ALPHA,
        subscription_id="M1",
        pairs=(EURUSD,),
        curves=("EUR/USD", "CNY DEPOSIT", "CNY REPO"),
    )
    wanted = {
        "fix44": "146=4|55=EUR/USD|55=EUR/USD|461=SWAP|167=FOR|55=CNY|460=9|167=TD|55=CNY|460=13"
        "|167=REPO",
        "fix50sp2": "146=4|55=EUR/USD|55=EUR/USD|167=FXSWAP|55=CNY|460=9|167=TD|55=CNY|460=13"
        "|167=REPO",
        "cfets_like": "146=4|55=EUR.USD|55=EUR.USD|167=FXSWAP|55=CNY|10176=1|55=CNY|10176=9",
    }
    for preset, entries in wanted.items():
        assert_has(sent(asked, preset), entries, "262=M1")


def test_points_in_pips_are_never_rounded_away() -> None:
    spoken = dialect("cfets_like")
    told = {points: str(spoken.points_out(USDCNY, Decimal(points))) for points in POINTS}
    assert POINTS == told


POINTS = {
    "0.0155": "155.00",
    "-0.01550312": "-155.03120000",
    "0": "0.00",
    "0.00000001": "0.00010000",
}


def test_the_agreement_of_a_repo_is_its_currencys() -> None:
    euro = msgspec.structs.replace(quoted(P.REPO), pair="EUR", contract_code="")
    assert_has(sent(euro, "fix44"), "914=GMRA", "55=EUR")
    assert "|48=" not in sent(euro, "fix44")


def test_a_loan_without_a_contract_is_named_by_its_currency() -> None:
    text = sent(quoted(P.DEPOSIT, contract_code=""), "cfets_like")
    assert_has(text, "55=CNY", "541=20260114")
    assert "|10316=" not in text and "|48=" not in text


def test_where_54_is_the_far_legs_side_a_fill_says_that() -> None:
    spoken = msgspec.structs.replace(dialect("fix44"), swap_side=SwapSide.FAR)
    encoded = message_for(filled(P.SWAP, BUY), spoken, AT_NS)
    assert (54, "1") in encoded.fields, "we buy near and sell far: the taker buys far"
