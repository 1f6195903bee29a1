"""The venue's FIX text: valid by the dictionary, and strict in what it reads."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import quickfix as fix

from connectors.sim import wire
from connectors.sim.dialogue import AskOut, HitOut, Out, PassOut, QuoteStatusOut, WithdrawOut
from connectors.sim.model import Tick, parse_time
from connectors.sim.rows import EntryLife, Fill, HitLife, QuoteLife, RequestLife

DICTIONARY = Path(__file__).parents[4] / "config" / "fix" / "FIX44.xml"
NOW_NS = parse_time("2026-10-30T08:00:01.250Z")
TICK = Tick(NOW_NS, "ALPHA", "EUR/USD", Decimal("1.11720"), Decimal("1.11723"), 1000000, 2000000)

REQUEST = RequestLife("R1", "ALPHA", "BANKA", "streaming", 2, NOW_NS, 1, NOW_NS + 10**10, 10)
ENTRIES = (
    EntryLife("R1", 0, "EUR/USD", Decimal(1_000_000), None, "20261103"),
    EntryLife("R1", 1, "EUR/USD", Decimal(5_000_000), "1", None),
)
QUOTE = QuoteLife(
    "ALPHA",
    "Q1",
    "R1",
    0,
    "BANKA",
    "EUR/USD",
    Decimal(1_000_000),
    Decimal("1.1171"),
    Decimal("1.1173"),
    None,
    None,
    "20261103",
    NOW_NS,
    NOW_NS,
    1,
    None,
    None,
)


def _hit(message: str) -> HitLife:
    return HitLife(
        1,
        "H1",
        "P1" if message == "AJ" else None,
        "ALPHA",
        "BANKA",
        "R1",
        "Q1",
        "EUR/USD",
        "2",
        Decimal(1_000_000),
        Decimal("1.1171"),
        "20261103",
        message,
        "prompt",
        False,
        NOW_NS,
        1,
    )


FILL = Fill(
    "ALPHA",
    "E1",
    "O1",
    "H1",
    None,
    "Q1",
    "BANKA",
    "EUR/USD",
    "1",
    Decimal(1_000_000),
    Decimal("1.1173"),
    Decimal("1117300.00"),
    "USD",
    "20261103",
    "20261030",
    NOW_NS,
    NOW_NS,
    1,
    None,
    False,
)

SAID: tuple[Out, ...] = (
    AskOut(REQUEST, ENTRIES),
    HitOut(_hit("AJ")),
    HitOut(_hit("D")),
    PassOut(QUOTE, "P2", None),
    PassOut(QUOTE, "P2", "1"),
    WithdrawOut("ALPHA", "R1", "Q1", "EUR/USD"),
    QuoteStatusOut("ALPHA", "R1", "Q1", "EUR/USD", "7", "the request has ended"),
)
BODIES = [
    *[wire.encode(out, NOW_NS) for out in SAID],
    ("W", wire.snapshot("md1", TICK, 1, NOW_NS)),
    ("X", wire.increment("md1", TICK, "BO", "1", 2, NOW_NS)),
    ("X", wire.increment("md1", TICK, "B", "0", 3, NOW_NS)),
    ("X", wire.increment("md1", TICK, "BO", "2", 0, NOW_NS)),
    ("Y", wire.market_data_reject("md1", "0", "Unknown symbol")),
    ("h", wire.session_status("2")),
    ("j", wire.business_reject(wire.Incoming("35=B\x0134=7\x01"), "3", "not supported")),
    ("1", wire.test_request("CLOCK 1 20261030-08:00:00.000")),
    ("AQ", wire.trade_capture_ack("T1", 1)),
    ("AE", wire.trade_capture_report(FILL, "T1", 1, 1)),
]


@pytest.mark.parametrize(("kind", "body"), BODIES, ids=[kind for kind, _ in BODIES])
def test_every_message_is_valid_by_the_dictionary(kind: str, body: str) -> None:
    dictionary = fix.DataDictionary(str(DICTIONARY))
    dictionary.checkUserDefinedFields(False)
    head = f"35={kind}\x0149=ALPHA-DEAL\x0156=BANKCNBJ-DEAL\x0134=2\x0152=20261030-08:00:00.000\x01"
    text = f"8=FIX.4.4\x019={len(head + body)}\x01{head}{body}"
    text += f"10={sum(text.encode()) % 256:03d}\x01"

    message = fix.Message(text, dictionary, True)

    dictionary.validate(message)
    fields = sorted(f"{head}{body}".split("\x01"))
    assert set(fields) <= set(message.toString().split("\x01"))


def test_several_sizes_of_one_request_become_entries_of_one_group() -> None:
    _, body = wire.encode(AskOut(REQUEST, ENTRIES), NOW_NS)

    message = wire.Incoming(body)

    assert ["EUR/USD", "EUR/USD"] == message.all(55)
    assert ["1000000", "5000000"] == message.all(38)
    assert ["1"] == message.all(54)
    assert ["20261103"] == message.all(64)
    assert body.endswith("6065=10\x01")


def test_only_the_changed_side_is_in_an_increment() -> None:
    message = wire.Incoming(wire.increment("md1", TICK, "B", "1", 3, NOW_NS))

    assert ("1", "1.11720", "0") == (message.get(268), message.get(270), message.get(269))
    assert ("ALPHA-EURUSD-B", "08:00:01.250") == (message.get(278), message.get(273))


QUOTE_TEXT = "35=S|131=R1|117=Q1|55=EUR/USD|38=1000000|133=1.1173|62=20261030-08:00:05.000|"


def test_a_one_way_quote_is_read() -> None:
    quote = wire.quote_in(wire.Incoming(QUOTE_TEXT.replace("|", "\x01")))

    assert (None, Decimal("1.1173")) == (quote.bid, quote.offer)
    assert parse_time("2026-10-30T08:00:05Z") == quote.valid_until_ns


@pytest.mark.parametrize(
    ("former", "text"),
    [
        ("133=1.1173", "133=NaN"),
        ("133=1.1173", "133=Infinity"),
        ("133=1.1173", "133=1e999999"),
        ("133=1.1173", "133=" + "9" * 400),
        ("133=1.1173", "133=one"),
        ("62=20261030-08:00:05.000", "62=tomorrow"),
        ("117=Q1|", ""),
        ("38=1000000|", ""),
    ],
)
def test_a_quote_with_an_unreadable_field_is_refused(former: str, text: str) -> None:
    raw = QUOTE_TEXT.replace(former, text).replace("|", "\x01")

    with pytest.raises(wire.WireError, match="S"):
        wire.quote_in(wire.Incoming(raw))


def test_a_withdrawal_of_all_quotes_names_none() -> None:
    every = wire.withdrawal_in(wire.Incoming("35=Z\x01117=*\x01298=4\x01"))
    one = wire.withdrawal_in(wire.Incoming("35=Z\x01131=R1\x01117=Q1\x01298=1\x01"))

    assert (None, "Q1") == (every.quote_id, one.quote_id)
