"""Orders in FIX: what is written is valid by the dictionary, what is read is what was meant."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import quickfix as fix

from connectors.sim import order_wire
from connectors.sim.dialects.choice import dialect_of
from connectors.sim.model import parse_time
from connectors.sim.order_rows import OrderAnswer, OrderFill
from connectors.sim.orders import AskIn, CancelAllIn, CancelIn, OrderIn, OrderWord, ReplaceIn
from connectors.sim.wire import Incoming, WireError

FOLDER = Path(__file__).parents[4] / "config" / "fix"
NOW_NS = parse_time("2026-01-07T01:30:00.250Z")
FILES = {"fix44": ("FIX44.xml",), "fix50sp2": ("FIXT11.xml", "FIX50SP2.xml")}
LOADED = {
    name: [fix.DataDictionary(str(FOLDER / file)) for file in files]
    for name, files in FILES.items()
}
SPOT = {"fix44": "167=FOR", "fix50sp2": "167=FXSPOT"}


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


def _answer(**changed: object) -> OrderAnswer:
    values: dict[str, object] = {
        "answer_no": 1,
        "venue": "ALPHA",
        "message": "8",
        "order_id": "A1",
        "venue_order_id": "ALPHA-O1-000001",
        "exec_id": "ALPHA-X1-000002",
        "report": "F",
        "status": "1",
        "pair": "EUR/USD",
        "side": "1",
        "size": Decimal(3_000_000),
        "kind": "2",
        "price": Decimal("1.17010"),
        "currency": "EUR",
        "time_in_force": "6",
        "expires_ns": NOW_NS + 10**9,
        "last_size": Decimal(1_000_000),
        "last_price": Decimal("1.17010"),
        "remaining": Decimal(2_000_000),
        "filled": Decimal(1_000_000),
        "average": Decimal("1.1701"),
        "counter_amount": Decimal("1170100.00"),
        "counter_currency": "USD",
        "value_date": "20260109",
        "trade_date": "20260107",
        "made_at_ns": NOW_NS,
        "sent_wall_ns": NOW_NS + 5 * 10**9,
    }
    return OrderAnswer(**{**values, **changed})  # type: ignore[arg-type]


ZERO = Decimal(0)
NO_TRADE = {
    **dict.fromkeys(("last_size", "last_price", "counter_amount", "counter_currency")),
    "trade_date": None,
}
ANSWERS = {
    "trade": _answer(),
    "new": _answer(report="0", status="0", filled=ZERO, average=ZERO, **NO_TRADE),
    "market order": _answer(kind="1", price=None, time_in_force="3", expires_ns=None),
    "rejection": _answer(report="8", status="8", code="99", text="LAST_LOOK", **NO_TRADE),
    "replacement": _answer(report="5", original_id="A0", **NO_TRADE),
    "correction": _answer(report="G", reference_exec_id="ALPHA-X1-000001", text="CORRECTED"),
    "bust": _answer(report="H", status="4", reference_exec_id="ALPHA-X1-000001"),
    "expiry": _answer(report="C", status="C", remaining=ZERO, **NO_TRADE),
    "status": _answer(report="I", status="2", **NO_TRADE),
    "refused cancel": _answer(message="9", original_id="A0", responds_to="1", code="0", text="no"),
    "mass cancel": _answer(message="r", responds_to="7", code="7", count=12),
    "no mass cancel": _answer(message="r", responds_to="3", code="0", text="SCOPE"),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("what", ANSWERS)
def test_what_is_said_of_orders_is_valid_by_the_dictionary(name: str, what: str) -> None:
    answer = ANSWERS[what]
    message = _checked(name, *order_wire.encode(answer, dialect_of(name), repeated=False))

    assert answer.message == message.type
    assert (answer.order_id, answer.venue_order_id) == (message.get(11), message.get(37))
    if answer.message == "8":
        sizes = (answer.remaining, answer.filled, answer.last_size, answer.average)
        assert sizes == tuple(message.number(tag) for tag in (151, 14, 32, 6))
        assert ["EUR/USD", SPOT[name][4:]] == [message.get(55), message.get(167)]
        named = (answer.exec_id, answer.reference_exec_id, answer.original_id, answer.code)
        assert named == tuple(message.get(tag) for tag in (17, 19, 41, 103))
        assert (answer.report, answer.status) == (message.get(150), message.get(39))
        assert answer.expires_ns == message.time(126)
    assert message.get(97) is None


def test_the_venue_is_the_counterparty_of_a_trade_and_of_nothing_else() -> None:
    def parties(what: str) -> list[str | None]:
        _, body = order_wire.encode(ANSWERS[what], dialect_of("fix44"), repeated=False)
        return [Incoming(body).get(tag) for tag in (448, 447, 452)]

    assert ["ALPHA", "D", "17"] == parties("trade") == parties("status") == parties("bust")
    assert [None, None, None] == parties("new") == parties("refused cancel")


@pytest.mark.parametrize("name", FILES)
def test_a_copy_is_marked_as_possible_resend(name: str) -> None:
    message = _checked(name, *order_wire.encode(_answer(), dialect_of(name), repeated=True))

    assert "Y" == message.get(97)
    assert "ALPHA-X1-000002" == message.get(17)


@pytest.mark.parametrize("name", FILES)
def test_a_deal_as_taker_is_reported_with_the_robots_side_and_order(name: str) -> None:
    fill = OrderFill(
        venue="ALPHA",
        exec_id="ALPHA-X1-000002",
        order_id="A1",
        venue_order_id="ALPHA-O1-000001",
        pair="EUR/USD",
        side="2",
        currency="USD",
        size=Decimal("1117180.00"),
        rate=Decimal("1.11718"),
        base_amount=Decimal("1000000.00"),
        counter_amount=Decimal("1117180.00"),
        value_date="20260109",
        trade_date="20260107",
        mid=None,
        at_ns=NOW_NS,
        wall_ns=NOW_NS,
    )
    body = order_wire.trade_report(fill, dialect_of(name), "T1", 3, 3)
    message = _checked(name, "AE", body)

    assert ["0", "2", "A1", "Y"] == [message.get(tag) for tag in (828, 54, 11, 912)]
    assert ["1117180.00", "USD"] == [message.get(tag) for tag in (32, 15)]
    assert ["1000000.00", "EUR", "17"] == [message.get(tag) for tag in (119, 120, 452)]


ORDER = OrderIn(
    order_id="A1",
    product="SPOT",
    pair="EUR/USD",
    side="1",
    size=Decimal(3_000_000),
    currency="EUR",
    kind="1",
)
HEAD = "11=A1|55=EUR/USD|54=1|60=20260107-01:30:00|38=3000000"
SAID: dict[str, tuple[str, str, OrderWord]] = {
    "market": ("D", f"{HEAD}|40=1", ORDER),
    "GTD in the counter currency": (
        "D",
        f"{HEAD}|40=2|44=1.1701|15=USD|59=6|126=20260107-01:30:00.250|64=20260109",
        OrderIn(
            order_id="A1",
            product="SPOT",
            pair="EUR/USD",
            side="1",
            size=Decimal(3_000_000),
            currency="USD",
            kind="2",
            price=Decimal("1.1701"),
            time_in_force="6",
            expires_ns=NOW_NS,
            value_date="20260109",
        ),
    ),
    "cancel": ("F", f"41=A0|{HEAD}", CancelIn(order_id="A1", original_id="A0")),
    "replacement": (
        "G",
        f"41=A0|{HEAD}|40=2|44=1.17",
        ReplaceIn(order_id="A1", original_id="A0", size=Decimal(3_000_000), price=Decimal("1.17")),
    ),
    "question": ("H", "11=A1|55=EUR/USD|54=2", AskIn(order_id="A1", pair="EUR/USD", side="2")),
    "mass cancel": (
        "q",
        "11=K1|530=7|60=20260107-01:30:00",
        CancelAllIn(request_id="K1", scope="7"),
    ),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("what", SAID)
def test_what_the_robot_says_of_orders_is_understood(name: str, what: str) -> None:
    kind, text, word = SAID[what]
    body = "".join(f"{part}\x01" for part in text.split("|"))
    marked = body if kind == "q" else body + SPOT[name] + "\x01"

    assert word == order_wire.word_of(_checked(name, kind, marked), dialect_of(name))


@pytest.mark.parametrize(
    ("kind", "text", "missing"),
    [
        ("D", "11=A1|55=EUR/USD|54=1|40=1", "38"),
        ("D", "11=A1|55=EUR/USD|54=1|38=abc|40=1", "38"),
        ("D", "11=A1|55=EUR/USD|54=1|38=1|40=2|44=NaN", "44"),
        ("D", "11=A1|55=EUR/USD|54=1|38=1|40=1|64=tomorrow", "64"),
        ("F", "11=A1", "41"),
        ("G", "11=A1|41=A0|40=2", "38"),
        ("H", "11=A1|55=EUR/USD", "54"),
        ("q", "11=K1", "530"),
    ],
)
def test_what_cannot_be_read_names_the_field(kind: str, text: str, missing: str) -> None:
    message = Incoming(f"35={kind}\x01" + text.replace("|", "\x01"))

    with pytest.raises(WireError, match=missing):
        order_wire.word_of(message, dialect_of("fix44"))
