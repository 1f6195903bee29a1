"""Requests, hits and trade reports of every product, as each dialect that ships writes them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from connectors.fix.decode import events_from
from connectors.fix.dialect import SwapSide
from robot.deals.collateral import Collateral
from robot.deals.party import BUY, SELL
from robot.errors import RemoteProtocolError
from robot.messages.events import AnyEvent, HitReceived, RfqReceived, TradeReported
from tests.kit.fix import ALPHA, SESSION, message
from tests.kit.fix_products import PRESETS, dialect

SPOT, FAR, START, WEEK = (
    date(2026, 1, 9),
    date(2026, 4, 9),
    date(2026, 1, 7),
    date(2026, 1, 14),
)
M10, M12 = Decimal(10_000_000), Decimal(12_000_000)
HEAD = "131=rq2|146=1|"
HIT = "693=rs1|117=Q77|694=1|11=c1|60=20260107-01:30:02.000|"
LEGS = "|555=2|600=EUR/USD|609=FXSPOT|624=1|687=10000000|588=20260109"
LEGS += "|600=EUR/USD|609=FXFWD|624=2|687=12000000|588=20260409"
PLEDGED = "|711=1|311=220210|309=220210|879=600000000|882=101.5|6898=5"
BOND = Collateral(
    security="220210", face=Decimal(600_000_000), price=Decimal("101.5"), haircut=Decimal(5)
)
SWAP = {
    "pair": "EUR/USD",
    "product": "SWAP",
    "side": SELL,
    "amount": M10,
    "currency": "EUR",
    "value_date": SPOT,
    "far_value_date": FAR,
    "far_amount": M12,
}
DEPOSIT = {
    "pair": "CNY",
    "product": "DEPOSIT",
    "amount": Decimal(500_000_000),
    "currency": "CNY",
    "value_date": START,
    "far_value_date": WEEK,
}


def only(kind: str, body: str, preset: str) -> AnyEvent:
    (found,) = events_from(message(kind, body), ALPHA, dialect(preset), SESSION)
    return found


def said(event: AnyEvent, names: Any) -> dict[str, object]:
    return {name: getattr(event, name) for name in names}


REQUESTS = [
    # preset, entry, what it becomes
    (
        "fix44",
        "55=EUR/USD|167=FOR|461=FORWARD|537=1|54=2|38=10000000|6215=3M|15=EUR",
        {"product": "FORWARD", "side": BUY, "tenor": "3M", "value_date": None, "pair": "EUR/USD"},
    ),
    (
        "fix44",
        "55=EUR/USD|167=FOR|461=FORWARD|38=10000000|63=1|15=USD",
        {"product": "FORWARD", "side": None, "tenor": "TODAY", "currency": "USD"},
    ),
    (
        "fix44",
        "55=EUR/USD|167=FOR|461=SWAP|54=1|38=10000000|64=20260109|193=20260409|192=12000000"
        "|15=EUR|40=G",
        SWAP,
    ),
    (
        "fix44",
        "55=EUR/USD|167=FOR|54=1|38=10000000|64=20260109|193=20260409|192=12000000|15=EUR|40=G",
        SWAP,
    ),
    (
        "fix44",
        "55=EUR/USD|167=FOR|461=SWAP|38=10000000|6215=TOM|6216=IMM1|15=EUR|40=G",
        {"side": None, "tenor": "TOM", "far_tenor": "IMM1", "far_amount": None},
    ),
    (
        "fix44",
        "55=USD/CNY|167=FOR|461=NDF|54=1|38=10000000|64=20260409|15=USD|120=USD|6217=CNY01",
        {
            "product": "NDF",
            "value_date": FAR,
            "settlement_currency": "USD",
            "fixing_index": "CNY01",
            "side": SELL,
        },
    ),
    (
        "fix44",
        "55=CNY|460=9|167=TD|541=20260114|54=G|38=500000000|64=20260107|15=CNY|423=1",
        DEPOSIT | {"side": SELL, "far_tenor": ""},
    ),
    (
        "fix44",
        "55=CNY|460=9|167=TD|6216=1W|54=F|38=500000000|15=CNY",
        {"side": BUY, "far_tenor": "1W", "far_value_date": None, "value_date": None},
    ),
    (
        "fix44",
        "55=R007|460=13|167=REPO|914=NAFMII|788=2|916=20260107|917=20260114|54=G|38=500000000"
        "|423=1|15=CNY" + PLEDGED,
        {
            "product": "REPO",
            "pair": "CNY",
            "side": SELL,
            "value_date": START,
            "far_value_date": WEEK,
            "far_tenor": "R007",
            "collateral": (BOND,),
        },
    ),
    ("fix50sp2", "55=EUR/USD|167=FXSWAP|54=1|38=10000000|15=EUR" + LEGS, SWAP),
    (
        "fix50sp2",
        "55=EUR/USD|167=FXSWAP|38=10000000|15=EUR|555=2|600=EUR/USD|609=FXSPOT|687=10000000|587=0"
        "|600=EUR/USD|609=FXFWD|687=10000000|587=M3",
        {"side": None, "tenor": "SPOT", "far_tenor": "3M", "far_amount": None},
    ),
    (
        "fix50sp2",
        "55=EUR/USD|167=FXSWAP|38=10000000|15=EUR|555=2|600=EUR/USD|687=10000000|587=2"
        "|600=EUR/USD|687=10000000|587=0",
        {"tenor": "TOM", "far_tenor": "SPOT"},
    ),
    (
        "fix50sp2",
        "55=EUR/USD|167=FXSWAP|54=2|38=10000000|15=EUR|6216=IMM2|555=2|600=EUR/USD|624=2|587=2"
        "|600=EUR/USD|624=1",
        {"side": BUY, "tenor": "TOM", "far_tenor": "IMM2"},
    ),
    (
        "fix50sp2",
        "55=EUR/USD|167=FXFWD|38=10000000|15=EUR|63=W1",
        {"product": "FORWARD", "tenor": "1W"},
    ),
    ("fix50sp2", "55=EUR/USD|167=FXNDF|38=1|15=EUR|63=Y1|120=USD", {"product": "NDF"}),
    ("fix50sp2", "55=EUR/USD|167=FXSPOT|38=1|15=EUR|460=4", {"product": "SPOT"}),
    (
        "fix50sp2",
        "55=CNY|460=9|167=TD|541=20260114|54=F|38=500000000|64=20260107|15=CNY",
        DEPOSIT | {"side": BUY},
    ),
    (
        "cfets_like",
        "55=USD.CNY|10176=12|54=1|38=10000000|64=20260109|15=USD|63=1",
        {"product": "SPOT", "pair": "USD/CNY", "tenor": "", "value_date": SPOT},
    ),
    (
        "cfets_like",
        "55=USD.CNY|10176=11|167=FXSWAP|54=1|38=10000000|64=20260109|6216=3M|15=USD|40=G",
        {"product": "SWAP", "pair": "USD/CNY", "side": SELL, "far_tenor": "3M"},
    ),
    (
        "cfets_like",
        "48=IBO007|55=IBO007|10176=1|54=1|38=500000000|120=CNY|64=20260107|63=1",
        {
            "product": "DEPOSIT",
            "pair": "CNY",
            "side": SELL,
            "far_tenor": "IBO007",
            "value_date": START,
        },
    ),
    (
        "cfets_like",
        "48=R007|55=R007|10176=9|54=2|38=500000000|711=1|311=220210|309=220210|879=600000000"
        "|10325=95",
        {
            "product": "REPO",
            "pair": "CNY",
            "side": BUY,
            "collateral": (
                Collateral(
                    security="220210",
                    face=Decimal(600_000_000),
                    price=Decimal(100),
                    haircut=Decimal(5),
                ),
            ),
        },
    ),
]


@pytest.mark.parametrize(("preset", "entry", "expected"), REQUESTS)
def test_a_request_says_its_product(preset: str, entry: str, expected: dict[str, object]) -> None:
    found = only("R", HEAD + entry + "|453=1|448=BANKA|447=D|452=3", preset)
    assert isinstance(found, RfqReceived)
    assert expected == said(found, expected)
    assert "BANKA" == found.counterparty


HITS = [
    (
        "fix44",
        "55=EUR/USD|167=FOR|461=FORWARD|54=1|38=10000000|64=20260409|15=EUR|40=D|44=1.17562",
        {"product": "FORWARD", "price": Decimal("1.17562"), "value_date": FAR, "side": SELL},
    ),
    (
        "fix44",
        "55=EUR/USD|167=FOR|461=SWAP|54=1|38=10000000|64=20260109|193=20260409|192=12000000|15=EUR"
        "|40=G|44=1.17010|640=1.17562",
        SWAP | {"price": None, "near_rate": Decimal("1.17010"), "far_rate": Decimal("1.17562")},
    ),
    (
        "fix50sp2",
        "55=EUR/USD|167=FXSWAP|54=1|38=10000000|15=EUR|40=D|44=-0.00552" + LEGS,
        SWAP | {"price": Decimal("-0.00552"), "near_rate": None, "far_rate": None},
    ),
    (
        "cfets_like",
        "55=EUR.USD|10176=11|167=FXSWAP|54=1|38=10000000|64=20260109|193=20260409|192=12000000"
        "|15=EUR|40=G|44=-155.03",
        SWAP | {"price": Decimal("-0.015503"), "near_rate": None},
    ),
    (
        "fix44",
        "55=CNY|460=9|167=TD|54=F|38=500000000|64=20260107|541=20260114|15=CNY|40=D|44=-0.25",
        DEPOSIT | {"side": BUY, "price": Decimal("-0.25")},
    ),
    (
        "fix44",  # a product that is not said: the side tells that it is money
        "55=CNY|54=G|38=500000000|15=CNY|40=D|44=1.42",
        {"product": "", "pair": "CNY", "side": SELL, "price": Decimal("1.42")},
    ),
    (
        "cfets_like",
        "48=R007|55=R007|54=1|38=500000000|120=CNY|64=20260107|541=20260114|10176=9|40=D|44=1.55",
        {"product": "REPO", "pair": "CNY", "side": SELL, "price": Decimal("1.55")},
    ),
]


@pytest.mark.parametrize(("preset", "body", "expected"), HITS)
@pytest.mark.parametrize("kind", ["AJ", "D"])
def test_a_hit_says_what_was_quoted(
    kind: str, preset: str, body: str, expected: dict[str, object]
) -> None:
    found = only(kind, HIT + body, preset)
    assert isinstance(found, HitReceived)
    assert expected == said(found, expected)
    assert ("c1", "Q77") == (found.hit_id, found.quote_id)


AE = "571=T1|568=TR1|17=E1|570=N|75=20260107|60=20260107-01:30:02.050|"
SIDE = "|552=1|54={}|37=O1|453=1|448=BANKA|447=D|452=3"
TRADES = [
    (
        "fix44",
        "55=EUR/USD|167=FOR|461=SWAP|32=10000000|31=1.16996|194=1.1700|195=-0.00004|641=0.00548"
        "|64=20260109|193=20260409|192=12000000|15=EUR|119=11699600|120=USD" + SIDE.format(1),
        {
            "product": "SWAP",
            "side": SELL,
            "base_amount": M10,
            "rate": Decimal("1.16996"),
            "far_rate": Decimal("1.17548"),
            "value_date": SPOT,
            "far_value_date": FAR,
            "currency": "EUR",
        },
    ),
    (
        "cfets_like",  # no spot rate: from the near points
        "55=EUR.USD|10176=11|167=FXSWAP|32=10000000|31=1.16996|195=-0.40|641=54.80|64=20260109"
        "|193=20260409|15=EUR" + SIDE.format(2),
        {"side": BUY, "rate": Decimal("1.16996"), "far_rate": Decimal("1.17548")},
    ),
    (
        "fix50sp2",
        "55=EUR/USD|167=FXSWAP|32=11699600|31=0.00552|1071=0.00552|194=1.1700|15=USD|555=2"
        "|600=EUR/USD|624=2|687=11699600|654=N|588=20260109|637=1.16996|1073=0|1074=10000000"
        "|600=EUR/USD|624=1|687=14105760|654=F|588=20260409|637=1.17548|1074=12000000"
        + SIDE.format(2),
        {
            "base_amount": M10,
            "rate": Decimal("1.16996"),
            "far_rate": Decimal("1.17548"),
            "value_date": SPOT,
            "far_value_date": FAR,
            "side": BUY,
        },
    ),
    (
        "fix44",  # the counter currency is dealt: 119 is the base amount
        "55=EUR/USD|167=FOR|461=FORWARD|32=11756200|31=1.17562|64=20260409|15=USD|119=10000000"
        "|120=EUR" + SIDE.format(1),
        {"product": "FORWARD", "base_amount": M10, "rate": Decimal("1.17562"), "currency": "USD"},
    ),
    (
        "fix44",  # and of an NDF nothing tells it but the rate
        "55=USD/CNY|167=FOR|461=NDF|32=69857000|31=6.9857|64=20260409|15=CNY|120=USD"
        + SIDE.format(1),
        {"product": "NDF", "base_amount": M10},
    ),
    (
        "fix44",
        "55=CNY|460=13|167=REPO|32=500000000|31=1.55|64=20260107|541=20260114|15=CNY|119=1|738=1"
        + PLEDGED
        + SIDE.format("F"),
        {
            "product": "REPO",
            "side": BUY,
            "base_amount": Decimal(500_000_000),
            "rate": Decimal("1.55"),
            "far_value_date": WEEK,
            "pair": "CNY",
        },
    ),
    (
        "cfets_like",
        "55=IBO007|48=IBO007|10176=1|32=500000000|31=1.80|64=20260107|541=20260114"
        + SIDE.format(1),
        {"product": "DEPOSIT", "side": SELL, "pair": "CNY", "far_value_date": WEEK},
    ),
]


@pytest.mark.parametrize(("preset", "body", "expected"), TRADES)
def test_a_trade_report_says_what_was_dealt(
    preset: str, body: str, expected: dict[str, object]
) -> None:
    found = only("AE", AE + body, preset)
    assert isinstance(found, TradeReported)
    assert expected == said(found, expected)
    assert "BANKA" == found.counterparty


SWAP_A = "55=EUR/USD|167=FOR|461=SWAP|54=1|38=10000000|64=20260109|193=20260409|15=EUR"
SWAP_B = "55=EUR/USD|167=FXSWAP|54=1|38=10000000|15=EUR"
TD = "55=CNY|460=9|167=TD|541=20260114|54=G|38=500000000|64=20260107|15=CNY"
REPO = "55=CNY|460=13|167=REPO|6216=R007|54=G|38=500000000|15=CNY"
BAD_REQUESTS = [
    # preset, entry, tag that the refusal names, and what of the value it repeats
    ("fix44", SWAP_A.replace("|193=20260409", "|40=G"), 193, "far date"),
    ("fix44", SWAP_A.replace("193=20260409", "193=2026049"), 193, "2026049"),
    ("fix44", SWAP_A.replace("193=20260409", "193=20260431"), 193, "20260431"),
    ("fix44", SWAP_A + "|192=-1", 192, "-1"),
    ("fix44", SWAP_A.replace("54=1", "54=F"), 54, "'F'"),
    ("fix44", SWAP_A.replace("38=10000000", "38=0"), 38, "0"),
    ("fix44", SWAP_A.replace("38=10000000|", ""), 38, "missing"),
    ("fix44", SWAP_A.replace("64=20260109", "6215=" + "9" * 17), 6215, "999"),
    ("fix44", "55=EUR/USD|167=FOR|461=FORWARD|38=1|15=EUR", 64, "date (64)"),
    ("fix44", "55=EUR/USD|167=FOR|461=FORWARD|38=1|15=EUR|63=9", 63, "'9'"),
    ("fix44", TD.replace("54=G", "54=1"), 54, "'1'"),
    ("fix44", TD.replace("541=20260114|", ""), 541, "maturity"),
    ("fix44", TD + "|423=2", 423, "'2'"),
    ("fix44", TD.replace("64=20260107", "6215=TOM"), 6215, "TOM"),
    ("fix44", TD.replace("64=20260107", "63=2"), 63, "'2'"),
    ("cfets_like", "55=R007|10176=9|54=1|38=500000000|63=2", 63, "'2'"),
    ("fix44", TD + "|917=20260115", 541, "20260115"),
    ("fix44", TD.replace("55=CNY", "55=EUR"), 55, "EUR"),
    ("fix44", TD.replace("55=CNY", "55=CNYX").replace("|15=CNY", ""), 55, "CNYX"),
    ("fix44", REPO + PLEDGED.replace("6898=5", "6898=100"), 6898, "100"),
    ("fix44", REPO + PLEDGED.replace("6898=5", "6898=NaN"), 6898, "NaN"),
    ("fix44", REPO + PLEDGED.replace("879=600000000", "879=-5"), 879, "-5"),
    ("fix44", REPO + PLEDGED.replace("|882=101.5", ""), 882, "missing"),
    ("fix44", REPO + PLEDGED.replace("711=1", "711=2"), 711, "2"),
    ("fix44", REPO + "|711=33" + "|311=B|879=1|882=1|6898=1" * 33, 711, "33"),
    ("fix50sp2", SWAP_B, 555, "0 came"),
    ("fix50sp2", SWAP_B + "|555=1|600=EUR/USD|588=20260409", 555, "1 came"),
    ("fix50sp2", SWAP_B + "|555=3" + "|600=EUR/USD|588=20260409" * 3, 555, "3 came"),
    ("fix50sp2", SWAP_B + LEGS.replace("624=2", "624=1"), 624, "'1'"),
    ("fix50sp2", SWAP_B + LEGS.replace("624=2|", ""), 624, "none"),
    ("fix50sp2", SWAP_B + LEGS.replace("624=2", "624=3"), 624, "'3'"),
    ("fix50sp2", SWAP_B.replace("54=1", "54=2") + LEGS, 54, "'2'"),
    ("fix50sp2", SWAP_B.replace("54=1|", "") + LEGS, 54, "absent"),
    ("fix50sp2", SWAP_B + LEGS.replace("600=EUR/USD|609=FXFWD", "600=GBP/USD"), 600, "GBP/USD"),
    ("fix50sp2", SWAP_B + LEGS.replace("687=10000000", "687=9000000"), 687, "9000000"),
    ("fix50sp2", SWAP_B + LEGS.replace("588=20260409", "588=3M"), 588, "3M"),
    ("fix50sp2", SWAP_B + LEGS.replace("588=20260409", "587=M3M"), 587, "M3M"),
    ("fix50sp2", SWAP_B + LEGS.replace("588=20260409", "587=B"), 588, "587"),
    ("fix50sp2", SWAP_B + LEGS.replace("624=1", "654=X|624=1"), 654, "X"),
    ("cfets_like", "55=R007|10176=9|54=F|38=500000000", 54, "'F'"),
    ("cfets_like", "55=CNY|10176=1|54=1|38=500000000", 541, "maturity"),
]


@pytest.mark.parametrize(("preset", "entry", "tag", "told"), BAD_REQUESTS)
def test_a_request_that_cannot_be_meant_is_refused_with_tag_and_value(
    preset: str, entry: str, tag: int, told: str
) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        only("R", HEAD + entry, preset)
    assert tag == refused.value.tag
    assert told in refused.value.text
    assert f"tag {tag}" in refused.value.text


@pytest.mark.parametrize(
    ("preset", "body", "tag"),
    [
        ("fix44", SWAP_A + "|40=G|44=-1.1|640=1.2", 44),
        ("fix44", SWAP_A + "|40=G|44=1.1|640=0", 640),
        ("fix44", "55=EUR/USD|167=FOR|461=FORWARD|54=1|38=1|64=20260409|40=D|44=-1", 44),
        ("fix44", TD + "|40=D|44=1001", 44),
        ("fix44", TD + "|40=D|44=NaN", 44),
        ("fix50sp2", SWAP_B + LEGS + "|40=D|44=1e5", 44),
        ("cfets_like", "55=GBP.USD|10176=11|54=1|38=1|40=D|44=1.5", 44),
        ("cfets_like", "55=EUR.USD|10176=11|54=1|38=1|40=D|44=" + "9" * 19, 44),
    ],
)
def test_a_hit_whose_price_cannot_be_is_refused(preset: str, body: str, tag: int) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        only("D", HIT + body, preset)
    assert tag == refused.value.tag


@pytest.mark.parametrize(
    ("preset", "entry", "product"),
    [
        ("fix44", "55=EUR/USD|461=NDS|38=1", "NDS"),
        ("fix44", "55=EUR/USD|167=FXSWAP|38=1", "FXSWAP"),
        ("fix50sp2", "55=EUR/USD|167=FXNDS|38=1", "FXNDS"),
        ("cfets_like", "55=170013|10176=4|38=1", "4"),
        ("fix44", "55=EUR/USD|167=FOR|6215=TOM|38=1", "TENOR TOM"),
        ("fix50sp2", "55=EUR/USD|167=FXSPOT|63=W1|38=1", "TENOR W1"),
        ("fix44", "55=EUR/USD|167=FOR|6215=SPOT|38=1", "SPOT"),
        ("cfets_like", "55=USD.CNY|10176=11|167=FXFWD|38=1", "FXFWD"),
    ],
)
def test_an_unknown_product_is_named_and_never_taken_for_another(
    preset: str, entry: str, product: str
) -> None:
    found = only("R", HEAD + entry, preset)
    assert isinstance(found, RfqReceived) and product == found.product


def test_a_hit_on_a_swap_need_not_repeat_its_dates() -> None:
    found = only("D", HIT + "55=EUR/USD|167=FOR|54=1|38=1|40=G|44=1.1", "fix44")
    assert isinstance(found, HitReceived)
    assert ("SWAP", None, None) == (found.product, found.value_date, found.far_value_date)


def test_far_leg_first_is_put_right_by_the_names_of_the_legs() -> None:
    turned = (
        "|555=2|600=EUR/USD|624=2|687=12000000|588=20260409|654=F"
        "|600=EUR/USD|624=1|687=10000000|588=20260109|654=N"
    )
    found = only("R", HEAD + SWAP_B + turned, "fix50sp2")
    assert SWAP == said(found, SWAP)


def test_where_54_is_the_far_legs_side_the_near_leg_has_the_other() -> None:
    spoken = msgspec.structs.replace(dialect("fix44"), swap_side=SwapSide.FAR)
    (found,) = events_from(message("R", HEAD + SWAP_A), ALPHA, spoken, SESSION)
    assert isinstance(found, RfqReceived) and found.side is BUY


@pytest.mark.parametrize("preset", PRESETS)
def test_a_spot_hit_needs_no_product(preset: str) -> None:
    symbol = dialect(preset).symbol("EUR/USD")
    found = only("D", HIT + f"55={symbol}|54=1|38=10000000|40=D|44=1.1|15=EUR", preset)
    assert isinstance(found, HitReceived)
    assert ("", "EUR/USD", Decimal("1.1")) == (found.product, found.pair, found.price)
