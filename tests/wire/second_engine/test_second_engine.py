"""A real trader with a venue that runs on another FIX engine than its own (docs/second-engine.md).

What the venue got is what that engine's parser made of it with its own dictionary, which checks
every field of what comes: what the dictionary does not allow is rejected (3) and never gets so far.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from decimal import Decimal

import pytest

from robot.messages.events import MarketUpdated
from robot.messages.orders import OrderReport, OrderReported
from tests.wire.bad_fix import request
from tests.wire.raw_venue import SPOT, wait_for
from tests.wire.second_engine.scene import (
    BAND,
    BID,
    DEAL,
    DEAL_SP2,
    OFFER,
    PRICES,
    PRICES_SP2,
    Scene,
    Told,
    hit,
    second_engine_or_skip,
)

pytestmark = [pytest.mark.wire, pytest.mark.timeout(60)]

BOTH = pytest.mark.parametrize("session", [DEAL, DEAL_SP2])
"""In FIX 4.4, and in FIX 5.0SP2 over FIXT.1.1."""
BANKA = {"448": "BANKA", "447": "D", "452": "3"}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Logged on, ended as an operator would."""
    second_engine_or_skip()
    scene = Scene(tmp_path_factory.mktemp("s"))
    try:
        scene.begin()
        yield scene
        ends_in_order(scene)
    finally:
        scene.close()


def ends_in_order(scene: Scene) -> None:
    """By a Logout on each session; and nothing was rejected on either side in all that was."""
    since = len(scene.engine.told)
    scene.process.send_signal(signal.SIGTERM)
    for session in (DEAL, PRICES, DEAL_SP2, PRICES_SP2):
        scene.engine.wait("received", session, "5", since=since)
        scene.engine.wait("logout", session, since=since)
    assert 0 == scene.process.wait(10)
    assert [] == scene.engine.found("sent", type="3") + scene.engine.found("received", type="3")


def number(told: Told) -> int:
    return int(told["header"]["34"])


def test_it_logs_on_and_whom_the_engine_does_not_know_is_refused(scene: Scene) -> None:
    engine = scene.engine
    for session in (DEAL, DEAL_SP2):
        assert {"98": "0", "108": "1"}.items() <= engine.wait("received", session, "A")[
            "fields"
        ].items()
    assert "9" == engine.wait("received", DEAL_SP2, "A")["fields"]["1137"]
    assert "Y" == engine.wait("received", PRICES, "A")["fields"]["141"]
    assert {("BETA-DEAL", "BANKCNBJ-DEAL"), ("BETA-MD", "BANKCNBJ-MD")} == {
        (one["session"], one["who"]) for one in engine.found("refused")
    }
    venues = scene.status()["venues"]
    assert [True, True, False] == [
        venues[name]["dealing_up"] for name in ("ALPHA", "GAMMA", "BETA")
    ]


@pytest.mark.parametrize("session", [PRICES, PRICES_SP2])
def test_its_book_is_the_one_that_the_venue_has(scene: Scene, session: str) -> None:
    asked = scene.engine.wait("received", session, "V")
    assert ("1", "1") == (asked["fields"]["263"], asked["fields"]["264"])
    assert [{"269": "0"}, {"269": "1"}] == asked["groups"]["267"]
    assert {"55": "EUR/USD"} in asked["groups"]["146"]
    venue = session.removesuffix("-MD")

    def top() -> tuple[Decimal | None, Decimal | None, Decimal | None]:
        scene.read(session)
        book = [each for each in scene.journaled(MarketUpdated) if each.venue == venue][-1]
        assert "EUR/USD" == book.pair
        return book.bid, book.offer, book.bid_size

    scene.price(session=session)
    assert (Decimal(BID), Decimal(OFFER), Decimal(5_000_000)) == top()
    better = "279=0|269=0|278=b2|55=EUR/USD|270=1.10002|271=2000000|"
    scene.engine.send(session, "X", f"262=M1|268=1|{better}")
    scene.engine.send(session, "X", "262=M1|268=1|279=1|269=0|278=b2|55=EUR/USD|270=1.10001|271=7|")
    assert (Decimal("1.10001"), Decimal(OFFER), Decimal(7)) == top()
    scene.engine.send(session, "X", "262=M1|268=1|279=2|269=0|278=b2|55=EUR/USD|")
    assert None is top()[0]


@BOTH
@pytest.mark.parametrize("kind", ["AJ", "D"])
def test_a_request_is_quoted_and_a_hit_is_filled(scene: Scene, session: str, kind: str) -> None:
    quote = scene.quoted(session=session)
    assert {"537": "1", "55": "EUR/USD", "64": SPOT, "38": "1000000", "15": "EUR"}.items() <= quote[
        "fields"
    ].items()
    assert [BANKA] == quote["groups"]["453"]
    name = f"h{kind}{quote['fields']['117']}"
    response = {} if kind == "AJ" else {"t693": "", "t694": ""}
    scene.engine.send(session, kind, hit(quote, name, **response))
    fill = scene.engine.wait("received", session, "8", t11=name)
    rate = quote["fields"]["133"]
    wanted = {
        "150": "F",
        "39": "2",
        "55": "EUR/USD",
        "54": "1",
        "38": "1000000",
        "32": "1000000",
        "14": "1000000",
        "151": "0",
        "31": rate,
        "6": rate,
        "64": SPOT,
        "119": f"{Decimal(rate) * 1_000_000:.2f}",
        "120": "USD",
    }
    if kind == "AJ":
        wanted["693"] = f"r{name}"
    assert wanted == {tag: fill["fields"].get(tag) for tag in wanted}
    assert [BANKA] == fill["groups"]["453"]


@BOTH
def test_its_refusals_are_messages_that_the_engine_takes(scene: Scene, session: str) -> None:
    engine = scene.engine
    quote = scene.quoted(session=session)
    name = f"w{quote['fields']['117']}"
    engine.send(session, "AJ", hit(quote, name, t44="1.00001"))
    rejected = engine.wait("received", session, "8", t11=name)
    assert ("8", "8") == (rejected["fields"]["150"], rejected["fields"]["39"])
    assert rejected["fields"]["58"]
    engine.send(session, "R", request(f"x{name}", t448="NOBODY"))
    refused = engine.wait("received", session, "AG", t131=f"x{name}")
    assert ("6", "UNKNOWN_COUNTERPARTY") == (refused["fields"]["658"], refused["fields"]["58"])
    engine.send(session, "R", request(f"y{name}", t38="0"))
    rejected = engine.wait("received", session, "j", t379=f"y{name}")
    assert ("R", "0") == (rejected["fields"]["372"], rejected["fields"]["380"])
    engine.send(session, "Z", f"131={quote['fields']['131']}|117={quote['fields']['117']}|298=1|")


def test_a_position_is_hedged_with_an_order_that_the_engine_fills(scene: Scene) -> None:
    engine = scene.engine
    quote = scene.quoted(t38="10000000")
    since = len(engine.told)
    engine.send(DEAL, "AJ", hit(quote, f"big{quote['fields']['117']}"))
    order = engine.wait("received", DEAL, "D", since=since)
    dealt = {
        fill["fields"]["17"]: int(fill["fields"]["32"])
        for session in (DEAL, DEAL_SP2)
        for fill in engine.found("received", session, "8", t150="F")
    }
    short = sum(dealt.values())
    assert short > BAND
    wanted = {"55": "EUR/USD", "54": "1", "38": str(short), "40": "2", "59": "3", "64": SPOT}
    assert wanted == {tag: order["fields"].get(tag) for tag in wanted}
    assert Decimal(OFFER) <= Decimal(order["fields"]["44"]) <= Decimal(OFFER) * Decimal("1.0002")

    for report in reports(order["fields"]["11"], short):
        engine.send(DEAL, "8", report)
    wait_for(lambda: used(scene, "orders_outstanding") == 0 or None, "the order's end")
    assert 0 == used(scene, "net_open_position:EUR")
    told = [report.report for report in scene.journaled(OrderReported)]
    assert [OrderReport.NEW, OrderReport.TRADE, OrderReport.TRADE] == told
    assert 1 == len(engine.found("received", DEAL, "D"))


def reports(order_id: str, amount: int) -> list[str]:
    """New, 4m dealt, the rest dealt: by the venue itself, at the price it shows."""
    head = f"37=V{order_id}|11={order_id}|55=EUR/USD|54=1|38={amount}|15=EUR|64={SPOT}|"
    head += "453=1|448=ALPHA|447=D|452=17|60=20261021-08:00:00|75=20261021|40=2|59=3|"
    part, rest = 4_000_000, amount - 4_000_000
    return [
        f"{head}17=N{order_id}|150=0|39=0|14=0|151={amount}|6=0|",
        f"{head}17=E1{order_id}|150=F|39=1|32={part}|31={OFFER}|14={part}|151={rest}|6={OFFER}|",
        f"{head}17=E2{order_id}|150=F|39=2|32={rest}|31={OFFER}|14={amount}|151=0|6={OFFER}|",
    ]


def used(scene: Scene, limit: str) -> Decimal:
    """What a limit stands at, with all that is held for what is open."""
    row = next(row for row in scene.status()["limits"] if row["limit_id"] == limit)
    return sum((Decimal(row[name]) for name in ("utilisation", "reserved_up")), Decimal(0))


@BOTH
def test_of_a_gap_the_engine_gets_the_fills_again_and_quotes_as_gap_fill(
    scene: Scene, session: str
) -> None:
    engine = scene.engine
    quote = scene.quoted(session=session)
    name = f"g{quote['fields']['117']}"
    engine.send(session, "AJ", hit(quote, name))
    fill = engine.wait("received", session, "8", t11=name)
    since = len(engine.told)
    engine.do("forget", session, expect=number(quote))
    scene.read(session)
    asked = engine.wait("sent", session, "2", since=since)
    assert (str(number(quote)), "0") == (asked["fields"]["7"], asked["fields"]["16"])
    again = engine.wait("received", session, "8", since=since, t11=name)
    assert fill["fields"] == again["fields"] and number(fill) == number(again)
    assert "Y" == again["header"]["43"] and fill["header"]["52"] == again["header"]["122"]
    filled = engine.found("received", session, "4", since=since)
    assert {"Y"} == {one["fields"]["123"] for one in filled}
    assert number(quote) == number(filled[0]) and int(filled[0]["fields"]["36"]) <= number(fill)
    assert [] == engine.found("received", session, "S", since=since)
    scene.quoted(session=session)


@BOTH
def test_what_a_gap_swallowed_is_asked_for_and_answered_once(scene: Scene, session: str) -> None:
    engine = scene.engine
    scene.quoted(session=session)
    since = len(engine.told)
    name = f"lost{since}"
    engine.lose(session, "R", request(name))
    lost = engine.wait("sent", session, "R", since=since, t131=name)
    scene.read(session)
    asked = engine.wait("received", session, "2", since=since)
    assert number(lost) == int(asked["fields"]["7"])
    engine.wait("received", session, "S", since=since, t131=name)
    assert "Y" == engine.found("sent", session, "R", since=since, t131=name)[-1]["header"]["43"]
    filled = engine.wait("sent", session, "4", since=since)
    assert number(lost) + 1 == number(filled)
    scene.quoted(session=session)
    assert 1 == len(engine.found("received", session, "S", since=since, t131=name))
    assert 1 == len(engine.found("received", session, "2", since=since))


def test_a_number_that_the_engine_resets_is_taken(scene: Scene) -> None:
    engine = scene.engine
    quote = scene.quoted()
    since = len(engine.told)
    at = max(number(one) for one in engine.found("sent", DEAL)) + 1_000
    engine.do("reset", DEAL, number=at)
    engine.send(DEAL, "AJ", hit(quote, "afterreset"))
    assert "F" == engine.wait("received", DEAL, "8", t11="afterreset")["fields"]["150"]
    assert at == number(engine.wait("sent", DEAL, "AJ", since=since))
    assert [] == engine.found("received", DEAL, "2", since=since)


def test_a_silent_engine_is_asked_and_its_answer_is_enough(scene: Scene) -> None:
    """Agreed is a second; the trader sends its own heartbeats and asks where there are none."""
    engine = scene.engine
    since = len(engine.told)
    engine.do("idle", PRICES_SP2, seconds=30)
    asked = engine.wait("received", PRICES_SP2, "1", since=since)
    answer = engine.wait("sent", PRICES_SP2, "0", since=since, t112=asked["fields"]["112"])
    assert number(answer)
    engine.do("idle", PRICES_SP2, seconds=1)
    wait_for(lambda: heartbeats(scene) or None, "a heartbeat of its own")
    scene.read(PRICES_SP2)
    assert [] == engine.found("logout", PRICES_SP2, since=since)


def heartbeats(scene: Scene) -> list[Told]:
    """Those that answer no question."""
    told = scene.engine.found("received", PRICES_SP2, "0")
    return [heartbeat for heartbeat in told if "112" not in heartbeat["fields"]]


def test_after_a_logout_it_is_back_with_the_next_number(scene: Scene) -> None:
    engine = scene.engine
    scene.quoted(session=DEAL_SP2)
    since = len(engine.told)
    engine.do("logout", DEAL_SP2, text="back in a second")
    last = engine.wait("received", DEAL_SP2, "5", since=since)
    logon = engine.wait("received", DEAL_SP2, "A", since=since)
    assert number(logon) == number(last) + 1 and "141" not in logon["fields"]
    engine.wait("received", DEAL_SP2, "AD", since=since)
    scene.quoted(session=DEAL_SP2)
    assert [] == engine.found("sent", DEAL_SP2, "2", since=since)
    assert [] == engine.found("received", DEAL_SP2, "2", since=since)
