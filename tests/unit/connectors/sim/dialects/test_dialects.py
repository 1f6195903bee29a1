"""What the venue writes is valid by the dialect's dictionary; what it reads is what was meant."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import quickfix as fix

from connectors.sim.dialects.choice import DIALECTS, dialect_names, dialect_of
from connectors.sim.dialects.fix50sp2 import settlement_type
from connectors.sim.dialogue import (
    AskOut,
    ExecutionIn,
    HitOut,
    PassOut,
    QuoteIn,
    QuoteStatusOut,
    WithdrawOut,
)
from connectors.sim.fills import differences, fill_of
from connectors.sim.model import CurveTick, Instrument, Moment, Tick, parse_time
from connectors.sim.products import Product
from connectors.sim.quotes import quote_life, terms_of_quote
from connectors.sim.rows import EntryLife, Fill, HitLife, QuoteLife, RequestLife, Terms
from connectors.sim.wire import Incoming, WireError

FOLDER = Path(__file__).parents[5] / "config" / "fix"
NOW_NS = parse_time("2026-01-07T01:30:00.250Z")
NOW = Moment(NOW_NS, NOW_NS)
BONDS = '[{"security": "240210.IB", "face": "110000000", "price": "100", "haircut": "5"}]'
PAIRS = {
    **dict.fromkeys(("SPOT", "FORWARD", "SWAP"), "EUR/USD"),
    "NDF": "USD/CNY",
    "DEPOSIT": "CNY",
    "REPO": "CNY",
}

ASKED: dict[str, list[tuple[str | None, Terms]]] = {
    "SPOT": [(None, Terms()), ("20260109", Terms(currency="USD"))],
    "FORWARD": [
        (None, Terms(product="FORWARD", tenor="3M")),
        (None, Terms(product="FORWARD", tenor="IMM1", currency="USD")),
        ("20260318", Terms(product="FORWARD")),
    ],
    "SWAP": [
        (None, Terms(product="SWAP", far_tenor="3M")),
        (None, Terms(product="SWAP", tenor="TODAY", far_tenor="TOM")),
        (None, Terms(product="SWAP", tenor="TOM", far_tenor="SPOT")),
        (None, Terms(product="SWAP", tenor="SPOT", far_tenor="SN", far_size=Decimal(9))),
        ("20260209", Terms(product="SWAP", far_date="20260409", currency="USD")),
    ],
    "NDF": [
        (None, Terms(product="NDF", tenor="1M", settlement_currency="USD", fixing_index="CNY01")),
        ("20260318", Terms(product="NDF", settlement_currency="USD")),
    ],
    "DEPOSIT": [
        (None, Terms(product="DEPOSIT", far_tenor="IBO007")),
        ("20260107", Terms(product="DEPOSIT", far_date="20260115")),
    ],
    "REPO": [
        (None, Terms(product="REPO", far_tenor="R007", collateral=BONDS)),
        ("20260107", Terms(product="REPO", far_date="20260115", collateral=BONDS)),
    ],
}
CASES = [
    (name, product)
    for name in DIALECTS
    for product in Product
    if (name, product) != ("cfets_like", "NDF")
]


def _dictionaries(name: str) -> list[Any]:
    files = ["FIX44.xml"]
    if dialect_of(name).application_version is not None:
        files = ["FIXT11.xml", "FIX50SP2.xml"]
    found = [fix.DataDictionary(str(FOLDER / file)) for file in files]
    for dictionary in found:
        dictionary.checkUserDefinedFields(False)
    return found


LOADED = {name: _dictionaries(name) for name in DIALECTS}


def _checked(name: str, kind: str, body: str) -> Incoming:
    """The message as the other side gets it; its dictionary has passed every field of it."""
    version = dialect_of(name).begin_string
    head = f"35={kind}\x0149=V-DEAL\x0156=B-DEAL\x0134=2\x0152=20260107-01:30:00.000\x01"
    text = f"8={version}\x019={len(head + body)}\x01{head}{body}"
    text += f"10={sum(text.encode()) % 256:03d}\x01"
    dictionaries = LOADED[name]
    message = fix.Message(text, *dictionaries, True)
    if len(dictionaries) == 1:
        dictionaries[0].validate(message)
    else:
        fix.DataDictionary.validate(message, *dictionaries)
    assert sorted(text.split("\x01")[2:-2]) == sorted(message.toString().split("\x01")[2:-2])
    return Incoming(message.toString())


def _ask(product: str, value_date: str | None, terms: Terms, side: str | None) -> AskOut:
    row = RequestLife("R1", "V", "BANKA", "prompt", 1, NOW_NS, 1, NOW_NS + 10**10, None)
    size = Decimal(10_000_000)
    entry = EntryLife("R1", 0, PAIRS[product], size, side, value_date, **asdict(terms))
    return AskOut(row, (entry,))


@pytest.mark.parametrize(("name", "product"), CASES)
def test_every_request_is_valid_by_the_dictionary(name: str, product: str) -> None:
    for side in (None, "1", "2"):
        for value_date, terms in ASKED[product]:
            kind, body = dialect_of(name).encode(_ask(product, value_date, terms, side), NOW_NS)
            message = _checked(name, kind, body)
            assert "R" == kind and ["10000000"] == message.all(38)


def _row(product: str) -> dict[str, Any]:
    """The far side of a product."""
    if product == "SWAP":
        return {"far_date": "20260409", "far_size": Decimal(10_000_000)}
    if product == "NDF":
        fixing = {"fixing_index": "CNY01", "fixing_date": "20260107"}
        return {"settlement_currency": "USD", **fixing}
    if product in ("DEPOSIT", "REPO"):
        code = "R007" if product == "REPO" else "IBO007"
        bonds = BONDS if product == "REPO" else None
        return {"far_date": "20260114", "contract_code": code, "collateral": bonds}
    return {}


def _hit(product: str, message: str) -> HitLife:
    return HitLife(
        hit_no=1,
        hit_id="H1",
        response_id="P1" if message == "AJ" else None,
        venue="V",
        client="BANKA",
        request_id="R1",
        quote_id="Q1",
        pair=PAIRS[product],
        side="1",
        size=Decimal(10_000_000),
        price=Decimal("0.00552"),
        value_date="20260109",
        message=message,
        behaviour="prompt",
        must_be_refused=False,
        sent_at_ns=NOW_NS,
        sent_wall_ns=1,
        near_rate=Decimal("1.17") if product == "SWAP" else None,
        far_rate=Decimal("1.17552") if product == "SWAP" else None,
        product=product,
        **_row(product),
    )


def _fill(product: str) -> Fill:
    swap = product == "SWAP"
    return Fill(
        venue="V",
        exec_id="E1",
        order_id="O1",
        hit_id="H1",
        response_id=None,
        quote_id="Q1",
        client="BANKA",
        pair=PAIRS[product],
        side="1",
        base_amount=Decimal(10_000_000),
        rate=Decimal("1.17"),
        counter_amount=Decimal(11_700_000),
        counter_currency=PAIRS[product][4:],
        value_date="20260109",
        trade_date="20260107",
        transact_at_ns=NOW_NS,
        received_at_ns=NOW_NS,
        received_wall_ns=1,
        mid=None,
        poss_dup=False,
        spot_rate=Decimal("1.17"),
        near_points=Decimal(0),
        points=Decimal("0.00552") if swap else None,
        far_rate=Decimal("1.17552") if swap else None,
        far_base_amount=Decimal(10_000_000) if swap else None,
        far_counter_amount=Decimal("11755200.00") if swap else None,
        interest=Decimal("3222.22") if product == "DEPOSIT" else None,
        product=product,
        **_row(product),
    )


@pytest.mark.parametrize(("name", "product"), CASES)
def test_hits_passes_and_trade_reports_are_valid_by_the_dictionary(name: str, product: str) -> None:
    dialect = dialect_of(name)
    quote = QuoteLife(
        *("V", "Q1", "R1", 0, "BANKA", PAIRS[product], Decimal(10_000_000), None, None),
        *(None, None, "20260109", NOW_NS, NOW_NS, 1, None, None),
        product=product,
        **_row(product),
    )
    for out in (
        HitOut(_hit(product, "AJ")),
        HitOut(_hit(product, "D")),
        PassOut(quote, "P2", None),
        PassOut(quote, "P2", "1"),
        WithdrawOut("V", "R1", "Q1", PAIRS[product]),
        QuoteStatusOut("V", "R1", "Q1", PAIRS[product], "7", "the request has ended"),
    ):
        _checked(name, *dialect.encode(out, NOW_NS))
    message = _checked(name, "AE", dialect.trade_report(_fill(product), "T1", 1, 1))
    assert ["10000000"] == message.all(32)


CURVES = [Instrument("SWAP", "EUR/USD"), Instrument("DEPOSIT", "CNY"), Instrument("REPO", "CNY")]


@pytest.mark.parametrize("name", DIALECTS)
def test_prices_and_curves_are_valid_by_the_dictionary(name: str) -> None:
    dialect = dialect_of(name)
    tick = Tick(NOW_NS, "V", "EUR/USD", Decimal("1.17"), Decimal("1.1701"), 1_000_000, 1)
    _checked(name, "h", dialect.session_status("2"))
    _checked(name, "W", dialect.snapshot("md1", tick, 1))
    _checked(name, "X", dialect.increment("md1", tick, "BO", "1", 2, NOW_NS))
    for instrument in CURVES:
        for gone in (False, True):
            line = CurveTick(NOW_NS, "V", instrument, "R007", Decimal("-55.2"), Decimal("-55.1"))
            body = dialect.curve("md1", line, NOW_NS, gone=gone)
            message = _checked(name, "W", body)
            assert "R007" == message.get(762)
            assert ([] if gone else ["-55.2", "-55.1"]) == message.all(270)


ASKED_CURVES = {
    "fix44": [
        "55=EUR/USD",
        "55=EUR/USD|167=FOR|461=SWAP",
        "55=CNY|460=9|167=TD",
        "55=CNY|460=13|167=REPO",
    ],
    "fix50sp2": [
        "55=EUR/USD|167=FXSPOT",
        "55=EUR/USD|167=FXSWAP",
        "55=CNY|460=9|167=TD",
        "55=CNY|460=13|167=REPO",
    ],
    "cfets_like": ["55=EUR.USD", "55=EUR.USD|167=FXSWAP", "55=CNY|10176=1", "55=CNY|10176=9"],
}


@pytest.mark.parametrize("name", DIALECTS)
def test_what_is_subscribed_is_understood(name: str) -> None:
    found = [
        dialect_of(name).instrument_asked(Incoming(text.replace("|", "\x01")))
        for text in ASKED_CURVES[name]
    ]

    assert [Instrument("SPOT", "EUR/USD"), *CURVES] == found


def _samples() -> dict[tuple[str, str, str], str]:
    rows = (Path(__file__).parent / "samples.txt").read_text(encoding="ascii").splitlines()
    found = [row.split(" ", 3) for row in rows if not row.startswith("#")]
    return {
        (name, product, kind): f"{text}|".replace("|", "\x01")
        for name, product, kind, text in found
    }


SAMPLES = _samples()
DEALT = [(name, product) for name, product, kind in SAMPLES if kind == "S"]


def _quote(name: str, product: str) -> QuoteIn:
    return dialect_of(name).quote_in(Incoming(f"35=S\x01{SAMPLES[(name, product, 'S')]}"))


def _taken(quote: QuoteIn) -> HitLife:
    """A hit of side 1 on the quote."""
    life = quote_life("V", quote, None, None, NOW, None)
    swap = life.product == "SWAP"
    price = life.bid if swap else life.offer
    assert price is not None
    return HitLife(
        *(1, "H1", "P1", "V", "BANKA", "R1", "Q1", life.pair, "1", life.size, price),
        *(life.value_date, "AJ", "prompt", False, NOW_NS, 1),
        near_rate=life.near_bid if swap else None,
        far_rate=life.far_bid if swap else None,
        **asdict(terms_of_quote(life)),
    )


def _execution(name: str, product: str, **changes: str) -> ExecutionIn:
    text = f"35=8\x01{SAMPLES[(name, product, '8')]}"
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    answer = dialect_of(name).execution_in(Incoming(text))
    assert answer is not None
    return answer


@pytest.mark.parametrize(("name", "product"), DEALT)
def test_a_quote_and_its_fill_are_read_as_they_are_meant(name: str, product: str) -> None:
    quote, answer = _quote(name, product), _execution(name, product)

    assert (PAIRS[product], product) == (quote.pair, quote.terms.product)
    prices = {
        "FORWARD": ("1.17552", "1.17568"),
        "SWAP": ("0.00552", "0.00558"),
        "NDF": ("6.96", "6.98"),
    }
    expected = tuple(Decimal(text) for text in prices.get(product, ("1.42", "1.46")))
    assert expected == (quote.bid, quote.offer)
    hit = _taken(quote)
    assert [] == differences(answer, fill_of("V", answer, hit, NOW), hit)


@pytest.mark.parametrize(("name", "product"), DEALT)
def test_what_the_robot_would_say_is_valid_by_the_dictionary(name: str, product: str) -> None:
    for kind in ("S", "8"):
        _checked(name, kind, SAMPLES[(name, product, kind)])


@pytest.mark.parametrize(("name", "product"), DEALT)
def test_a_fill_reported_by_the_venue_is_read_back_the_same(name: str, product: str) -> None:
    hit = _taken(_quote(name, product))
    fill = fill_of("V", _execution(name, product), hit, NOW)

    report = _checked(name, "AE", dialect_of(name).trade_report(fill, "T1", 1, 1))
    text = report.raw.replace("\x0135=AE\x01", "\x0135=8\x01")
    answer = dialect_of(name).execution_in(Incoming(text))

    assert answer is not None
    again = fill_of("V", answer, hit, NOW)
    assert asdict(fill) == asdict(again)


def _bent(name: str, product: str, old: str, new: str) -> Incoming:
    text = SAMPLES[(name, product, "S")]
    assert old in text
    return Incoming(f"35=S\x01{text.replace(old, new)}")


def test_a_swap_without_two_legs_or_with_two_prices_cannot_be_read() -> None:
    text = SAMPLES[("fix50sp2", "SWAP", "S")]
    with pytest.raises(WireError, match="1 legs"):
        dialect_of("fix50sp2").quote_in(_bent("fix50sp2", "SWAP", text[text.rindex("600=") :], ""))
    with pytest.raises(WireError, match="1071"):
        _execution("fix50sp2", "SWAP", **{"1071=0.00552": "1071=0.00553"})


def test_a_date_that_is_none_cannot_be_read() -> None:
    message = _bent("fix44", "FORWARD", "64=20260409", "64=20260231")
    with pytest.raises(WireError, match="64='20260231' is not a date"):
        dialect_of("fix44").quote_in(message)


def test_points_are_pips_at_cfets() -> None:
    message = _bent("cfets_like", "SWAP", "642=55.20", "642=0.0055")

    assert dialect_of("cfets_like").quote_in(message).bid == Decimal("0.0055") / 10_000


def test_tenors_have_the_form_of_fix() -> None:
    tenors = ("3M", "1W", "1Y", "TODAY", "TOM", "SPOT", "IMM1", "SN", None)

    assert ["M3", "W1", "Y1", "1", "2", "0", None, None, None] == [
        settlement_type(tenor) for tenor in tenors
    ]


def test_dialects_follow_the_venue_only_beyond_spot() -> None:
    venues = ["ALPHA", "BETA", "CFETS", "GAMMA"]

    beyond = dialect_names(venues, {"GAMMA": "cfets_like"}, beyond_spot=True)
    only_spot = dialect_names(venues, {}, beyond_spot=False)

    assert ["fix44", "fix50sp2", "cfets_like", "cfets_like"] == list(beyond.values())
    assert {"fix44"} == set(only_spot.values())
