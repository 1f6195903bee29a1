"""What we send: right fields and sides, and every message valid by the dictionary that we ship."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from connectors.fix.decode import events_from
from connectors.fix.dialect import Dialect
from connectors.fix.encode import ENCODERS, MARKED, TEXT_MAX, message_for
from connectors.fix.encoded import Encoded, plain
from connectors.fix.fields import FixMessage
from robot.limits.limit import Reason
from robot.limits.losses import LOSS_REASONS
from robot.messages.allocations import AllocationProblem, RefuseAllocation
from robot.messages.asks import CounterQuote, PassQuote, SendAsk, TakeQuote
from robot.messages.base import Wire
from robot.messages.effects import (
    ConcludeDeal,
    RefuseHit,
    RefuseRfq,
    RejectMessage,
    RequestTrades,
    SendQuote,
    SubscribeMarket,
    WithdrawAllQuotes,
    WithdrawQuote,
)
from robot.package import fix_dictionary
from tests.kit.asks import Asking
from tests.kit.desk import Desk
from tests.kit.fix_orders import every_order
from tests.kit.fix_streams import every_stream_message

fix: Any = pytest.importorskip("quickfix")


@pytest.fixture(scope="module")
def said() -> dict[type[Wire], Wire]:
    """One effect of every kind that leaves for a venue, from a desk at work."""
    desk = Desk().open()
    desk.market()
    one_way = desk.quoted(side="buy")
    desk.hit(one_way, "buy", response_id="rs1")
    desk.hit("Q77", "sell")
    desk.counter("Q77", "1.1", response="c1")
    desk.quoted()
    desk.rfq(client="BANKX")
    desk.kill()
    found: dict[type[Wire], Wire] = {}
    for effects in desk.history:
        found |= {type(effect): effect for effect in effects if isinstance(effect, Wire)}
    found[RejectMessage] = RejectMessage(
        venue=found[SendQuote].venue, reference_sequence=9, message_type="R", text="tag 38"
    )
    found[RefuseAllocation] = RefuseAllocation(
        venue=found[SendQuote].venue,
        allocation_id="A1",
        problem=AllocationProblem.SHARES_DIFFER,
        detail="9 of 10",
    )
    further = (*every_order(), *every_stream_message())
    return found | _asked() | {type(effect): effect for effect in further}


def _asked() -> dict[type[Wire], Wire]:
    """What is said to makers: asked, countered, passed, dealt on."""
    scene = Asking()
    scene.ask()
    scene.quote("BANKA", "1.10000", "1.10010")
    scene.quote("BANKB", "1.10000", "1.10012")
    scene.counter("Q-BANKA", "1.10005")
    scene.take("Q-BANKB")
    return {
        type(effect): effect
        for effects in scene.desk.history
        for effect in effects
        if isinstance(effect, SendAsk | CounterQuote | TakeQuote | PassQuote)
    }


def body(encoded: Encoded) -> dict[int, str]:
    return dict(encoded.fields)


def encode(effect: Wire, at_ns: int = 1_398_936_600_123_000_000) -> Encoded:
    return message_for(effect, Dialect(), at_ns)


def quickfix_message(encoded: Encoded) -> Any:
    """The message as the session builds it."""
    from connectors.fix.session import _build

    message = _build(encoded, fix.DataDictionary(str(fix_dictionary())))
    header = message.getHeader()
    header.setField(8, "FIX.4.4")
    for tag, value in ((49, "US"), (56, "THEM"), (34, "2"), (52, "20140501-09:30:00.123")):
        header.setField(tag, value)
    return message


def test_what_offers_or_asks_for_a_deal_says_that_a_robot_sends_it_where_the_venue_requires(
    said: dict[type[Wire], Wire],
) -> None:
    """And nothing else does: a refusal, a report."""
    marked = Dialect(robot_marks={2667: "0", 528: "P"})
    told = {
        kind
        for kind, effect in said.items()
        if message_for(effect, marked, 0).fields[-2:] == [(2667, "0"), (528, "P")]
    }
    assert told == set(MARKED)
    assert message_for(said[SendQuote], Dialect(), 0).fields[-1][0] != 528


def test_every_kind_of_message_has_an_encoder(said: dict[type[Wire], Wire]) -> None:
    assert set(Wire.__subclasses__()) == set(ENCODERS) == set(said)


@pytest.mark.parametrize("kind", list(ENCODERS), ids=lambda kind: kind.__name__)
def test_every_message_is_valid_by_the_dictionary(
    kind: type[Wire], said: dict[type[Wire], Wire]
) -> None:
    dictionary = fix.DataDictionary(str(fix_dictionary()))
    text = quickfix_message(encode(said[kind])).toString()
    again = fix.Message(text, dictionary, True)
    dictionary.validate(again)


def test_a_two_way_quote(said: dict[type[Wire], Wire]) -> None:
    encoded = encode(said[SendQuote])
    assert encoded.type == "S"
    wanted = {
        131: "R2",
        117: "Q20140501-000002",
        537: "1",
        55: "EUR/USD",
        38: "1000000",
        64: "20140505",
        15: "EUR",
        62: "20140501-09:30:03.000",
        60: "20140501-09:30:00.123",
        # short 1m of 50m: lean -0.04 pips, so the bid is just over 1.10003
        132: "1.10003",
        133: "1.10008",
        134: "1000000",
        135: "1000000",
    }
    assert wanted == {tag: body(encoded)[tag] for tag in wanted}
    (parties,) = encoded.groups
    assert parties.entries == [[(448, "BANKA"), (447, "D"), (452, "3")]]


def test_a_one_way_quote_shows_one_side_only() -> None:
    desk = Desk().open()
    desk.market()
    desk.rfq(side="buy")
    shown = body(encode(desk.one(SendQuote)))
    assert 133 in shown and 135 in shown
    assert not {132, 134, 188} & set(shown)


def test_the_execution_report_of_a_deal_has_the_takers_side(said: dict[type[Wire], Wire]) -> None:
    encoded = encode(said[ConcludeDeal])
    wanted = {
        11: "H1",
        17: "E20140501-000001",
        150: "F",
        39: "2",
        54: "1",
        38: "1000000",
        32: "1000000",
        31: "1.10007",
        151: "0",
        14: "1000000",
        64: "20140505",
        75: "20140501",
        119: "1100070.00",
        120: "USD",
        693: "rs1",
    }
    assert encoded.type == "8"
    assert wanted == {tag: body(encoded)[tag] for tag in wanted}


def test_the_same_execution_report_is_the_same_whenever_it_is_sent(
    said: dict[type[Wire], Wire],
) -> None:
    assert encode(said[ConcludeDeal]) == encode(said[ConcludeDeal], at_ns=1)


def test_a_refused_hit_carries_its_reason(said: dict[type[Wire], Wire]) -> None:
    shown = body(encode(said[RefuseHit]))
    assert (shown[150], shown[39], shown[103], shown[54]) == ("8", "8", "5", "2")
    assert shown[58].split()[0] == "UNKNOWN_QUOTE"
    assert (shown[151], shown[14], shown[6]) == ("0", "0", "0")


def test_a_refused_request_carries_its_reason(said: dict[type[Wire], Wire]) -> None:
    shown = body(encode(said[RefuseRfq]))
    assert (shown[131], shown[658]) == ("R3", "6")
    assert shown[58].split()[0] == "UNKNOWN_COUNTERPARTY"


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.UNKNOWN_PRODUCT, "1"),
        (Reason.UNKNOWN_PAIR, "1"),
        (Reason.DEALING_CLOSED, "2"),
        (Reason.CHECK_FAILED, "99"),
    ],
)
def test_a_refused_request_tells_the_standard_code(
    reason: Reason, code: str, said: dict[type[Wire], Wire]
) -> None:
    effect = msgspec.structs.replace(said[RefuseRfq], reason=reason)
    assert code == body(encode(effect))[658]


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_goes_out_with_a_standard_code_and_its_name_but_for_losses(
    reason: Reason, said: dict[type[Wire], Wire]
) -> None:
    for kind, tag in ((RefuseRfq, 658), (RefuseHit, 103)):
        effect = msgspec.structs.replace(said[kind], reason=reason, detail="x" * 500)
        shown = body(encode(effect))
        assert shown[tag].isdigit()
        name = "LIMIT" if reason in LOSS_REASONS | {Reason.NOT_VALUED} else reason
        assert shown[58].startswith(name) and len(shown[58]) <= TEXT_MAX


def test_withdrawals_name_one_quote_or_all(said: dict[type[Wire], Wire]) -> None:
    one, everything = body(encode(said[WithdrawQuote])), body(encode(said[WithdrawAllQuotes]))
    assert (one[117], one[298], one[131]) == ("Q20140501-000002", "1", "R2")
    assert (everything[117], everything[298]) == ("*", "4")


def test_subscription_and_trade_request(said: dict[type[Wire], Wire]) -> None:
    subscribe, trades = encode(said[SubscribeMarket]), encode(said[RequestTrades])
    assert (subscribe.type, body(subscribe)[263]) == ("V", "1")
    assert subscribe.groups[1].entries[0] == [(55, "EUR/USD")]
    assert (trades.type, trades.groups[0].entries) == ("AD", [[(75, "20140501")]])


def test_amounts_never_show_an_exponent() -> None:
    assert "10000000" == plain(Decimal("1E+7"))
    assert "0.00000001" == plain(Decimal("1E-8"))


def test_a_request_survives_quickfix_itself() -> None:
    text = (
        "8=FIX.4.4|9=000|35=R|49=ALPHA-DEAL|56=US|34=2|52=20140501-09:30:00.000|131=rq1|6065=30"
        "|146=2|55=EUR/USD|38=1000000|453=1|448=BANKA|447=D|452=3"
        "|55=EUR/USD|54=1|38=5000000|453=1|448=BANKA|447=D|452=3|10=000|"
    ).replace("|", "\x01")
    dictionary = fix.DataDictionary(str(fix_dictionary()))
    message = fix.Message(text, dictionary, False)
    found = events_from(
        FixMessage(message.toString()), Desk().reference.venues[0].id, Dialect(), "s"
    )
    assert [(None, 1_000_000, "BANKA"), ("SELL", 5_000_000, "BANKA")] == [
        (e.side, e.amount, e.counterparty)  # type: ignore[union-attr]
        for e in found
    ]
    assert {30_000_000_000} == {e.streaming_ns for e in found}  # type: ignore[union-attr]
