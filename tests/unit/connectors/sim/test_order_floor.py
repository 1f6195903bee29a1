"""Orders in virtual time: what the venue says of them, and what it keeps. See `order_scene`."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from connectors.sim.matching import average_of
from connectors.sim.model import NS_PER_MS, parse_time
from connectors.sim.order_floor import OrderSettings
from connectors.sim.order_rows import OrderAnswer, OrderFill, OrderLife, OrderMessage
from connectors.sim.order_rules import Mischief, trade_date_of
from tests.kit.order_scene import SETTINGS, START_NS, Scene, play, told_of

TABLES = {
    "a limit order in reach is filled at the venue's price": """
        D A1 BUY 2m LIMIT 1.11725 IOC |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=2m; 8 A1 TRADE 39=2 2m@1.11722 14=2m 151=0m
    """,
    "a market order sells at the bid": """
        D A1 SELL 2m MARKET FOK |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=2m; 8 A1 TRADE 39=2 2m@1.11718 14=2m 151=0m
    """,
    "F-04 an IOC order is filled in part and the rest canceled": """
        tick 1.11718 1.11722 1m 1m |
        D A1 BUY 3m LIMIT 1.11722 IOC |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=3m; 8 A1 TRADE 39=1 1m@1.11722 14=1m 151=2m; \
8 A1 CANCELED 39=4 14=1m 151=0m NOT_FILLED
    """,
    "an IOC order out of reach is canceled whole": """
        D A1 BUY 3m LIMIT 1.11721 IOC |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=3m; 8 A1 CANCELED 39=4 NOT_FILLED
    """,
    "F-05 a FOK order that cannot be filled whole is rejected with 103=3": """
        tick 1.11718 1.11722 1m 1m |
        D A1 BUY 3m LIMIT 1.11722 FOK |
        wait 30ms | 8 A1 REJECTED 39=8 103=3 FOK
    """,
    "F-06 a fill overtakes the cancel": """
        D A1 BUY 1m LIMIT 1.11710 DAY |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=1m
        F C1 A1 |
        tick 1.11705 1.11709 9m 9m | 8 A1 TRADE 39=2 1m@1.11710 14=1m 151=0m
        wait 30ms | 9 C1 434=1 102=0 39=2
    """,
    "a partial fill overtakes the cancel, which takes the rest": """
        D A1 BUY 3m LIMIT 1.11710 DAY |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=3m
        F C1 A1 |
        tick 1.11706 1.11710 1m 1m | 8 A1 TRADE 39=1 1m@1.11710 14=1m 151=2m
        wait 30ms | 8 C1 CANCELED 39=4 41=A1 14=1m 151=0m CANCELED
    """,
    "a cancel sent right behind its order comes after it": """
        D A1 BUY 1m LIMIT 1.11710 DAY |
        F C1 A1 |
        wait 60ms | 8 A1 NEW 39=0 14=0m 151=1m; 8 C1 CANCELED 39=4 41=A1 CANCELED
    """,
    "F-07 a replacement goes on under the new id": """
        D A1 BUY 3m LIMIT 1.11710 DAY |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=3m
        tick 1.11706 1.11710 1m 1m | 8 A1 TRADE 39=1 1m@1.11710 14=1m 151=2m
        tick 1.11718 1.11722 9m 9m |
        G A2 A1 2m 1.11715 |
        wait 30ms | 8 A2 REPLACED 39=1 41=A1 14=1m 151=1m
        F C1 A1 |
        wait 30ms | 9 C1 434=1 102=1 39=1
        F C2 A2 |
        wait 30ms | 8 C2 CANCELED 39=4 41=A2 14=1m 151=0m CANCELED
    """,
    "F-07 a replacement that reaches the market is filled at once": """
        D A1 SELL 1m LIMIT 1.11730 DAY |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=1m
        G A2 A1 2m 1.11718 |
        wait 30ms | 8 A2 REPLACED 39=0 41=A1 14=0m 151=2m; 8 A2 TRADE 39=2 2m@1.11718 14=2m 151=0m
    """,
    "F-07 a replacement that comes too late, or below what is filled, is refused": """
        D A1 BUY 3m LIMIT 1.11710 DAY |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=3m
        tick 1.11706 1.11710 1m 1m | 8 A1 TRADE 39=1 1m@1.11710 14=1m 151=2m
        G A2 A1 1m 1.11710 |
        wait 30ms | 9 A2 434=2 102=2 39=1
        G A3 A1 4m 1.11711 |
        tick 1.11706 1.11710 9m 9m | 8 A1 TRADE 39=2 2m@1.11710 14=3m 151=0m
        wait 30ms | 9 A3 434=2 102=0 39=2
    """,
    "F and G of an unknown order, or under a used id, are refused": """
        F C1 A9 | 9 C1 434=1 102=1 39=8
        G A2 A9 1m 1.1 | 9 A2 434=2 102=1 39=8
        D A1 BUY 1m LIMIT 1.11710 DAY |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=1m
        F A1 A1 | 9 A1 434=1 102=6 39=0
    """,
    "a resting order is filled at its own price when the market comes through, tick by tick": """
        D A1 SELL 3m LIMIT 1.11730 DAY |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=3m
        tick 1.11729 1.11733 9m 9m |
        tick 1.11730 1.11734 2m 9m | 8 A1 TRADE 39=1 2m@1.11730 14=2m 151=1m
        tick 1.11740 1.11744 9m 9m | 8 A1 TRADE 39=2 1m@1.11730 14=3m 151=0m
    """,
    "what one order took is not there for the next before the next tick": """
        tick 1.11718 1.11722 1m 1m |
        D A1 BUY 1m LIMIT 1.11722 IOC |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=1m; 8 A1 TRADE 39=2 1m@1.11722 14=1m 151=0m
        D A2 BUY 1m LIMIT 1.11722 FOK |
        wait 30ms | 8 A2 REJECTED 39=8 103=3 FOK
        tick 1.11718 1.11722 1m 1m |
        D A6 BUY 1m LIMIT 1.11722 FOK |
        wait 30ms | 8 A6 NEW 39=0 14=0m 151=1m; 8 A6 TRADE 39=2 1m@1.11722 14=1m 151=0m
    """,
    "F-09 an order under a used id is rejected with 103=6 and changes nothing": """
        D A1 BUY 1m LIMIT 1.11710 DAY |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=1m
        D A1 BUY 1m LIMIT 1.11710 DAY | 8 A1 REJECTED 39=8 103=6 DUPLICATE
        H A1 | 8 A1 STATUS 39=0 14=0m 151=1m
    """,
    "F-10 a status is told of orders on their way, filled and unknown": """
        D A1 BUY 1m LIMIT 1.11722 IOC |
        H A1 | 8 A1 STATUS 39=A 14=0m 151=1m
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=1m; 8 A1 TRADE 39=2 1m@1.11722 14=1m 151=0m
        H A1 | 8 A1 STATUS 39=2 14=1m 151=0m
        H A9 | 8 A9 STATUS 39=8 103=5 UNKNOWN_ORDER
    """,
    "F-13 a GTD order whose time ends on its way is rejected by the venue's clock": """
        D A1 BUY 1m LIMIT 1.11722 GTD for=1ms |
        wait 30ms | 8 A1 REJECTED 39=8 103=4 TOO_LATE
    """,
    "F-13 a GTD order that rests expires at its time and not before": """
        D A1 BUY 1m LIMIT 1.11710 GTD for=500ms |
        wait 499ms | 8 A1 NEW 39=0 14=0m 151=1m
        wait 1ms | 8 A1 EXPIRED 39=C EXPIRED
        tick 1.11700 1.11704 9m 9m |
        F C1 A1 |
        wait 30ms | 9 C1 434=1 102=0 39=C
    """,
    "a DAY order expires at 21:00 UTC": """
        D A1 BUY 1m LIMIT 1.11710 DAY |
        wait 12h | 8 A1 NEW 39=0 14=0m 151=1m
        wait 1h | 8 A1 EXPIRED 39=C EXPIRED
    """,
    "F-23 a mass cancel is acknowledged, then each order is canceled or filled": """
        D A1 BUY 1m LIMIT 1.11710 DAY |
        D A2 BUY 1m LIMIT 1.11700 DAY |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=1m; 8 A2 NEW 39=0 14=0m 151=1m
        q K1 | r K1 531=7 533=2
        tick 1.11706 1.11710 9m 9m | 8 A1 TRADE 39=2 1m@1.11710 14=1m 151=0m
        wait 30ms | 8 A2 CANCELED 39=4 MASS_CANCEL
        q K2 3 | r K2 531=0 533=None
    """,
    "F-24 a halt cancels what works and rejects what comes, until the venue opens": """
        D A1 BUY 1m LIMIT 1.11710 DAY |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=1m
        D A2 BUY 1m LIMIT 1.11722 IOC |
        halt | 8 A1 CANCELED 39=4 HALTED
        wait 30ms | 8 A2 REJECTED 39=8 103=2 HALTED
        D A3 BUY 1m LIMIT 1.11722 IOC | 8 A3 REJECTED 39=8 103=2 HALTED
        open |
        D A4 BUY 1m LIMIT 1.11722 IOC |
        wait 30ms | 8 A4 REJECTED 39=8 103=99 NO_PRICE
        tick 1.11718 1.11722 9m 9m |
        D A5 BUY 1m LIMIT 1.11722 IOC |
        wait 30ms | 8 A5 NEW 39=0 14=0m 151=1m; 8 A5 TRADE 39=2 1m@1.11722 14=1m 151=0m
    """,
    "a logout cancels what works": """
        D A1 BUY 1m LIMIT 1.11710 DAY |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=1m
        D A2 BUY 1m LIMIT 1.11710 DAY |
        logout | 8 A1 CANCELED 39=4 DISCONNECTED
        wait 30ms | 8 A2 NEW 39=0 14=0m 151=1m; 8 A2 CANCELED 39=4 DISCONNECTED
    """,
    "the end cancels what works and rejects what is on its way": """
        D A1 BUY 1m LIMIT 1.11710 GTD for=900ms |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=1m
        F C1 A1 |
        D A2 BUY 1m LIMIT 1.11722 IOC |
        finish | 8 A1 CANCELED 39=4 CLOSED; 9 C1 434=1 102=0 39=4; 8 A2 REJECTED 39=8 103=2 CLOSED
        F C2 A1 | 9 C2 434=1 102=0 39=4
        D A3 BUY 1m LIMIT 1.11722 IOC | 8 A3 REJECTED 39=8 103=2 CLOSED
        H A2 | 8 A2 STATUS 39=8
    """,
}


@pytest.mark.parametrize("name", TABLES)
def test_orders_as_tables(name: str) -> None:
    # What is drawn (latencies, a pending report first) goes with the seed and the ids used here.
    play(TABLES[name])


@pytest.mark.parametrize(
    ("order", "answer"),
    [
        ("BUY 1m LIMIT 1.1 IOC pair=EUR/GBP", "103=1 UNKNOWN_SYMBOL"),
        ("BUY 1m LIMIT 1.1 IOC product=FORWARD", "103=11 PRODUCT"),
        ("BUY 1m LIMIT 1.1 IOC in=GBP", "103=99 CURRENCY"),
        ("BUY 0 LIMIT 1.1 IOC", "103=13 SIZE"),
        ("BUY 1m LIMIT 0 IOC", "103=99 PRICE"),
        ("BUY 1m QUOTED FOK", "103=99 PREVIOUSLY_QUOTED"),
        ("BUY 1m STOP DAY", "103=11 ORDER_TYPE"),
        ("BUY 1m LIMIT 1.1 GTC", "103=11 TIME_IN_FORCE"),
        ("BUY 1m LIMIT 1.1 GTD", "103=11 TIME_IN_FORCE"),
        ("BUY 1m LIMIT 1.1 IOC date=20261102", "103=99 VALUE_DATE"),
    ],
)
def test_an_order_that_cannot_be_is_rejected_at_once(order: str, answer: str) -> None:
    scene = Scene()
    (told,) = scene.do(f"D A1 {order}")
    (life,) = scene.of(OrderLife)

    code, reason = answer.split()
    assert told.startswith("8 A1 REJECTED 39=8")
    assert f"{code}" in told.split()
    assert told.endswith(f" {reason}")
    assert ("8", False) == (life.status, scene.floor.has_open("ALPHA"))


def test_a_market_order_walks_the_depth_and_the_rest_is_canceled() -> None:
    scene = play("tick 1.11718 1.11722 1m 1m |")
    scene.do("D A1 BUY 90m MARKET IOC")
    told = scene.do("wait 30ms")

    trades = scene.trades()
    prices = [trade.last_price for trade in trades if trade.last_price is not None]
    sizes = [trade.last_size for trade in trades if trade.last_size is not None]
    assert 3 <= len(trades) <= 5
    assert sorted(set(prices)) == prices
    assert Decimal("1.11722") == prices[0]
    steps = [int((b - a) * 100_000) for a, b in pairwise(prices)]
    assert all(1 <= step <= 4 for step in steps)
    value = sum(price * size for price, size in zip(prices, sizes, strict=True))
    assert average_of(value, sum(sizes, Decimal(0))) == trades[-1].average
    assert told[-1].startswith("8 A1 CANCELED 39=4")


def test_an_order_in_the_counter_currency_is_filled_in_it() -> None:
    scene = play("tick 1.11718 1.11722 1m 1m |")
    scene.do("D A1 SELL 2000000 LIMIT 1.11718 IOC in=USD")
    scene.do("wait 30ms")

    (trade,), (fill,) = scene.trades(), scene.of(OrderFill)
    assert (Decimal("1117180.00"), "USD") == (trade.last_size, trade.currency)
    assert (Decimal("1000000.00"), "EUR") == (trade.counter_amount, trade.counter_currency)
    assert (fill.base_amount, fill.counter_amount) == (trade.counter_amount, trade.last_size)


def test_a_fill_is_dated_and_kept_with_the_market_of_its_moment() -> None:
    scene = play(TABLES["a limit order in reach is filled at the venue's price"])
    (fill,), (trade,) = scene.of(OrderFill), scene.trades()

    assert ("20261030", "20261103") == (fill.trade_date, fill.value_date)
    assert (fill.trade_date, fill.value_date) == (trade.trade_date, trade.value_date)
    assert Decimal("1.11720") == fill.mid
    assert Decimal("2234440.00") == fill.counter_amount == trade.counter_amount
    assert START_NS < fill.at_ns <= START_NS + 30 * NS_PER_MS
    assert ["D"] == [row.message for row in scene.of(OrderMessage)]


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-10-29T20:59:59Z", "20261029"),
        ("2026-10-29T21:00:00Z", "20261030"),
        ("2026-10-30T21:00:00Z", "20261102"),
        ("2026-11-01T21:30:00Z", "20261102"),
    ],
)
def test_the_trade_date_changes_at_21_utc_and_is_never_a_weekend(moment: str, day: str) -> None:
    assert day == trade_date_of(parse_time(moment))


def _many(settings: OrderSettings, orders: int = 300) -> Scene:
    scene = Scene(settings)
    for number in range(orders):
        scene.do("tick 1.11718 1.11722 9m 9m")
        scene.do(f"D A{number} BUY 1m LIMIT 1.11722 IOC")
        scene.do("wait 30ms")
    scene.do("wait 3s")
    scene.check()
    return scene


def _reports(scene: Scene, kind: str) -> list[OrderAnswer]:
    return [each.answer for each in scene.said if each.answer.report == kind]


def test_a_small_share_is_rejected_at_the_last_look_and_some_are_pending_first() -> None:
    scene = _many(replace(SETTINGS, last_look=0.1))

    rejects = _reports(scene, "8")
    assert {("99", "LAST_LOOK")} == {(each.code, each.text) for each in rejects}
    assert 15 <= len(rejects) <= 50
    assert 15 <= len(_reports(scene, "A")) <= 50
    assert 300 - len(rejects) == len(scene.trades()) == scene.statistics.order_fills
    assert len(rejects) == scene.statistics.order_rejects


def test_equal_seeds_say_the_same_and_one_order_does_not_change_another() -> None:
    settings = replace(SETTINGS, last_look=0.1, mischief=Mischief(0.1))
    told = [[told_of(each) for each in _many(settings, 60).said] for _ in range(2)]
    other = [told_of(each) for each in _many(replace(settings, seed="8"), 60).said]

    assert told[0] == told[1] != other
    alone, beside = Scene(settings), Scene(settings)
    beside.do("D B1 SELL 1m LIMIT 1.11730 DAY")
    for scene in (alone, beside):
        scene.do("D A1 BUY 1m LIMIT 1.11722 IOC")
        scene.do("wait 3s")
    of_a1 = [[told_of(s) for s in x.said if s.answer.order_id == "A1"] for x in (alone, beside)]
    assert of_a1[0] == of_a1[1]


MISCHIEFS = replace(SETTINGS, mischief=Mischief(1.0))


def _with(kind: str, table: str) -> Scene:
    """Plays the table with an order id (for `#`) that draws this mischief and no pending report."""
    for number in range(200):
        scene = Scene(MISCHIEFS)
        scene.do(f"D A{number} BUY 2m LIMIT 1.11722 IOC")
        scene.do("wait 3s")
        (life,) = scene.of(OrderLife)
        pending = any(answer.report == "A" for answer in scene.of(OrderAnswer))
        if life.mischief == kind and not pending:
            return play(table.replace("#", f"A{number}"), Scene(MISCHIEFS))
    raise AssertionError(f"no order draws {kind}")


def test_f_09_a_report_is_repeated_with_the_same_exec_id() -> None:
    scene = _with(
        "duplicate",
        """
        D # BUY 2m LIMIT 1.11722 IOC |
        wait 30ms | 8 # NEW 39=0 14=0m 151=2m; 8 # TRADE 39=2 2m@1.11722 14=2m 151=0m
        wait 3s | copy of 8 # TRADE 39=2 2m@1.11722 14=2m 151=0m
        """,
    )
    first, again = scene.said[-2:]
    assert first.answer.exec_id == again.answer.exec_id
    assert 1 == first.answer.copies == scene.statistics.order_mischiefs


def test_f_08_a_trade_is_busted_and_the_order_stays_ended() -> None:
    scene = _with(
        "bust",
        """
        D # BUY 2m LIMIT 1.11722 IOC |
        wait 30ms | 8 # NEW 39=0 14=0m 151=2m; 8 # TRADE 39=2 2m@1.11722 14=2m 151=0m
        wait 3s | 8 # BUSTED 39=4 2m@1.11722 BUSTED
        """,
    )
    trade, bust = scene.said[-2].answer, scene.said[-1].answer
    (fill,) = scene.of(OrderFill)
    assert trade.exec_id == bust.reference_exec_id == fill.exec_id
    assert ("busted", bust.exec_id) == (fill.state, fill.changed_by)
    assert Decimal(0) == bust.filled == bust.remaining == bust.average


def test_f_08_a_trade_is_corrected_in_price() -> None:
    scene = _with(
        "correction",
        """
        D # BUY 2m LIMIT 1.11722 IOC |
        wait 30ms | 8 # NEW 39=0 14=0m 151=2m; 8 # TRADE 39=2 2m@1.11722 14=2m 151=0m
        """,
    )
    (told,) = scene.do("wait 3s")
    correction, (fill,) = scene.said[-1].answer, scene.of(OrderFill)
    assert " CORRECTED 39=2 2m@" in told
    assert correction.reference_exec_id == fill.exec_id != correction.exec_id
    assert Decimal("1.11722") != fill.rate == correction.last_price == correction.average
    assert (fill.rate * 2_000_000).quantize(Decimal("0.01")) == fill.counter_amount


def test_f_10_a_silent_order_is_dealt_and_told_when_it_is_asked_for() -> None:
    scene = _with(
        "silence",
        """
        D # BUY 2m LIMIT 1.11722 IOC |
        wait 3s |
        F C1 # |
        wait 30ms |
        H # | 8 # STATUS 39=2 14=2m 151=0m; 8 # NEW 39=0 14=0m 151=2m; \
8 # TRADE 39=2 2m@1.11722 14=2m 151=0m; 9 C1 434=1 102=0 39=2
        H # | 8 # STATUS 39=2 14=2m 151=0m
        """,
    )
    (fill,) = scene.of(OrderFill)
    assert fill.at_ns < START_NS + 31 * NS_PER_MS


def test_without_the_option_orders_go_on_while_the_robot_is_away() -> None:
    play(
        """
        D A1 BUY 1m LIMIT 1.11710 DAY |
        wait 30ms | 8 A1 NEW 39=0 14=0m 151=1m
        logout |
        tick 1.11706 1.11710 9m 9m | 8 A1 TRADE 39=2 1m@1.11710 14=1m 151=0m
        """,
        Scene(replace(SETTINGS, cancel_on_disconnect=False)),
    )


def test_orders_of_an_earlier_run_are_known_and_canceled_at_the_logon() -> None:
    before = play("D A1 BUY 1m LIMIT 1.11710 DAY |\nwait 30ms | 8 A1 NEW 39=0 14=0m 151=1m")
    known = tuple(before.of(OrderLife))

    play(
        """
        H A1 | 8 A1 STATUS 39=0 14=0m 151=1m
        open | 8 A1 CANCELED 39=4 RESTARTED
        D A1 BUY 1m LIMIT 1.11710 DAY | 8 A1 REJECTED 39=8 103=6 DUPLICATE
        F C1 A1 |
        wait 30ms | 9 C1 434=1 102=0 39=4
        """,
        Scene(replace(SETTINGS, id_prefix="2-"), known),
    )
