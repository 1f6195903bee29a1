"""Kill switches of parts: what each stops, how long it takes to be flat, who lets it go."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.basics.ids import ExecId, VenueId
from robot.core.stops import values_of
from robot.deals.party import BUY
from robot.messages.asks import PassQuote, SendAsk, TakeQuote
from robot.messages.effects import (
    AlertRaised,
    CancelAllOrders,
    CancelOrder,
    DealingStateChanged,
    RefuseHit,
    RefuseRfq,
    SendOrder,
    SendQuote,
    WithdrawQuote,
)
from robot.messages.events import KillSwitchPulled, KillSwitchReleased
from robot.messages.orders import (
    OrderChangeWanted,
    OrderKind,
    OrderReport,
    OrderReported,
    OrderWanted,
    TimeInForce,
)
from robot.messages.stops import StopScope, read_part, stop_name
from tests.kit.asks import Asking
from tests.kit.desk import ORIGIN, Desk
from tests.kit.reference import reference

ORDERS = {
    "venues": [
        {"id": "ALPHA", "pairs": ["EUR/USD", "USD/JPY"], "counterparty": "BANKB"},
        {
            "id": "BETA",
            "pairs": ["EUR/USD", "USD/JPY"],
            "counterparty": "BANKB",
            "mass_cancel": True,
        },
    ],
    "limits": {"orders_outstanding": 9},
}


def desk(**changes: Any) -> Desk:
    found = Desk().changed(**{**ORDERS, **changes}).open()
    found.market()
    found.market("102.300", "102.310", "USD/JPY")
    return found


def refusal(of: Desk) -> str:
    """Of the request that was made last."""
    refused = of.one(RefuseRfq)
    return f"{refused.reason}: {refused.detail}"


def pull(of: Desk, part: str) -> tuple[Any, ...]:
    scope, value = read_part(part)
    return of.step(KillSwitchPulled(actor="li.wei", reason="drill", scope=scope, value=value))


def release(of: Desk, part: str, **more: Any) -> list[str]:
    scope, value = read_part(part)
    of.step(KillSwitchReleased(actor="li.wei", reason="over", scope=scope, value=value, **more))
    return [alert.code for alert in of.all(AlertRaised)]


def order(of: Desk, actor: str = "wang", venue: str = "ALPHA", pair: str = "EUR/USD") -> str:
    """A resting order of a person; empty = refused."""
    price = "1.10000" if pair == "EUR/USD" else "102.300"
    of.step(
        OrderWanted(
            actor=actor,
            reason="test",
            request=f"P{len(of.stepped)}",
            venue=VenueId(venue),
            pair=pair,
            side=BUY,
            amount=D(100_000),
            kind=OrderKind.LIMIT,
            price=D(price),
            time_in_force=TimeInForce.DAY,
        )
    )
    sent = of.all(SendOrder)
    if sent:
        report(of, sent[0].order_id, OrderReport.NEW)
    return sent[0].order_id if sent else ""


def report(of: Desk, name: str, what: OrderReport, filled: int = 0) -> None:
    known = of.state.orders[name]
    of.step(
        OrderReported(
            origin=ORIGIN,
            order_id=known.current_id,
            venue=known.venue,
            exec_id=ExecId(f"X{len(of.stepped)}"),
            report=what,
            venue_order_id=f"V{name}",
            ended=what is OrderReport.CANCELED,
            pair=known.pair,
            side=known.side,
            last_amount=D(filled) if what is OrderReport.TRADE else None,
            last_price=known.worst_price if what is OrderReport.TRADE else None,
            filled=D(filled),
            remaining=D(0) if what is OrderReport.CANCELED else known.amount - filled,
        )
    )


@pytest.mark.parametrize(
    ("part", "stopped", "other"),
    [
        ("venue:alpha", {"venue": "ALPHA"}, {"venue": "BETA"}),
        ("counterparty:BANKA", {"client": "BANKA"}, {"client": "BANKB"}),
        ("pair:eurusd", {"pair": "EUR/USD"}, {"pair": "USD/JPY"}),
        ("trader:wang", {}, {"pair": "EUR/USD"}),
    ],
)
def test_a_part_is_quoted_no_more_and_the_rest_is(
    part: str, stopped: dict[str, str], other: dict[str, str]
) -> None:
    of = desk()
    for each in (stopped, other):
        of.quoted(1_000, **each)
    before = set(of.state.quotes)
    pull(of, part)
    gone = before - set(of.state.quotes)
    assert [one.reason for one in of.all(WithdrawQuote)] == ["KILL_SWITCH"] * len(gone)
    assert len(gone) == (1 if stopped else 0)
    of.rfq("1000", **other)
    assert of.all(SendQuote)
    of.rfq("1000", **stopped)
    if stopped:
        assert refusal(of).startswith("KILL_SWITCH")
        assert f"kill switch {part.split(':')[0]}:" in refusal(of) and "li.wei" in refusal(of)


def test_the_desk_is_the_one_of_desk_yaml_and_the_entity_where_it_names_none() -> None:
    named, unnamed = reference(desk="FX"), reference()
    assert values_of(named, StopScope.DESK) == ("FX",)
    assert values_of(named, StopScope.ENTITY) == ("BANKCNBJ",)
    assert values_of(unnamed, StopScope.DESK) == ("BANKCNBJ",)


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("all", {}),
        ("entity:bankcnbj", {}),
        ("desk:BANKCNBJ", {}),
        ("desk:fx", {"desk": "FX"}),
        ("book:FXSPOT", {}),
        ("product:SPOT", {}),
    ],
)
def test_what_is_all_there_is_stops_all(part: str, changes: dict[str, str]) -> None:
    of = desk(**changes)
    of.quoted(1_000)
    order(of)
    pull(of, part)
    assert not of.state.quotes and all(one.unwanted for one in of.state.orders.values())
    assert of.all(CancelOrder)
    of.rfq("1000")
    assert refusal(of).startswith("KILL_SWITCH")
    assert order(of) == ""


def test_a_strategy_stops_and_persons_orders_and_hedges_do_not() -> None:
    of = desk()
    of.quoted(1_000)
    pull(of, "strategy:two_way")
    assert not of.state.quotes and order(of)
    pull(of, "strategy:hedge")
    assert order(of)


def test_a_trader_stops_under_any_capitals_and_another_trader_deals_on() -> None:
    of = desk()
    name = order(of, "wang")
    others = order(of, "zhou")
    pull(of, "trader:Wang")
    assert [one.original_id for one in of.all(CancelOrder)] == [name]
    assert order(of, "WANG ") == "" and order(of, "zhou")
    assert not of.state.orders[others].unwanted
    of.step(
        OrderChangeWanted(
            actor="wang", reason="r", request="C1", order_id=others, amount=D(200_000)
        )
    )
    assert of.state.wanted["C1"].reason == "KILL_SWITCH", "nor through another's order"


def test_a_mass_cancel_is_sent_only_where_it_takes_out_nothing_else() -> None:
    of = desk()
    euro, yen = order(of, venue="BETA"), order(of, venue="BETA", pair="USD/JPY")
    pull(of, "pair:EUR/USD")
    assert [one.original_id for one in of.all(CancelOrder)] == [euro]
    assert not of.all(CancelAllOrders) and not of.state.orders[yen].unwanted
    other = desk()
    order(other, venue="BETA"), order(other, venue="BETA", pair="USD/JPY")
    pull(other, "venue:BETA")
    assert len(other.all(CancelAllOrders)) == 1 and not other.all(CancelOrder)


def test_it_is_told_when_the_part_is_flat_and_what_was_dealt_meanwhile() -> None:
    of = desk()
    first, second = order(of), order(of)
    pull(of, "venue:ALPHA")
    of.after(40)
    report(of, first, OrderReport.TRADE, 100_000)
    assert "KILL_FLAT" not in [one.code for one in of.all(AlertRaised)]
    of.after(60)
    report(of, second, OrderReport.CANCELED)
    told = next(one.text for one in of.all(AlertRaised) if one.code == "KILL_FLAT")
    assert "kill switch venue:ALPHA" in told and "flat after 100 ms" in told
    assert f"dealt meanwhile: 100000 of {first}" in told
    assert not of.state.emptying


def test_nothing_in_the_market_is_flat_at_once() -> None:
    of = desk()
    pull(of, "venue:ALPHA")
    assert ["KILL_FLAT"] == [one.code for one in of.all(AlertRaised)]
    assert "flat after 0 ms" in of.one(AlertRaised).text


def test_a_hit_that_comes_after_the_kill_is_refused() -> None:
    of = desk()
    quote = of.quoted(1_000)
    pull(of, "venue:ALPHA")
    of.hit(quote, amount=1_000)
    assert of.one(RefuseHit).reason == "QUOTE_WITHDRAWN"


@pytest.mark.parametrize("part", ["venue:ALHPA", "pair:EUR/XXX", "counterparty:BANK A"])
def test_a_part_that_nobody_knows_is_everything(part: str) -> None:
    of = desk()
    of.quoted(1_000)
    pull(of, part)
    assert "kill_switch" in of.state.halts and not of.state.quotes
    assert part.partition(":")[2] in of.state.halts["kill_switch"]


def test_stops_are_let_go_one_by_one() -> None:
    of = desk()
    pull(of, "venue:ALPHA")
    pull(of, "pair:EUR/USD")
    told = of.one(DealingStateChanged).halts
    assert [line.partition(": ")[0] for line in told] == [
        "kill_switch venue:ALPHA",
        "kill_switch pair:EUR/USD",
    ]
    assert release(of, "venue:alpha") == ["KILL_RELEASED"]
    of.rfq("1000")
    assert refusal(of).startswith("KILL_SWITCH: kill switch pair:EUR/USD")
    assert release(of, "pair:EURUSD") == ["KILL_RELEASED"]
    of.rfq("1000")
    assert of.all(SendQuote)


def test_a_second_person_releases_a_part_and_only_the_pull_that_was_seen() -> None:
    of = desk(four_eyes=True)
    pull(of, "venue:ALPHA")
    seen = of.state.stops["kill_switch venue:ALPHA"].text
    asked = {"approver": "he.yu", "proposal": 1, "released": seen}
    assert release(of, "venue:ALPHA") == ["RELEASE_REFUSED"]
    assert release(of, "venue:ALPHA", **{**asked, "approver": "LI.WEI"}) == ["RELEASE_REFUSED"]
    assert release(of, "all", **asked) == ["RELEASE_REFUSED"], "approved for something else"
    pull(of, "venue:ALPHA")
    assert release(of, "venue:ALPHA", **asked) == ["RELEASE_REFUSED"], "pulled again since"
    seen = of.state.stops["kill_switch venue:ALPHA"].text
    assert release(of, "venue:ALPHA", **{**asked, "released": seen}) == ["KILL_RELEASED"]
    assert not of.state.stops


def test_a_stop_outlives_restart_and_day() -> None:
    of = desk()
    pull(of, "venue:ALPHA")
    of.restart()
    of.log_on("ALPHA"), of.open_dealing("ALPHA")
    of.market()
    of.rfq("1000")
    assert refusal(of).startswith("KILL_SWITCH")
    of.roll()
    assert list(of.state.stops) == ["kill_switch venue:ALPHA"]


def test_asks_of_a_stopped_maker_end_and_the_others_go_on() -> None:
    scene = Asking()
    scene.ask()
    scene.quote("BANKA", None, "1.10005")
    scene.quote("BANKB", None, "1.10006")
    pull(scene.desk, "counterparty:BANKA")
    assert [one.maker for one in scene.desk.all(PassQuote)] == ["BANKA"]
    scene.desk.pass_time(3_001)
    assert [one.maker for one in scene.desk.all(TakeQuote)] in ([], ["BANKB"])
    scene.ask()
    assert "BANKA" not in [one.maker for one in scene.desk.all(SendAsk)]
    pull(scene.desk, "trader:trader")
    assert not [ask for ask in scene.state.asks.values() if ask.stage != "TAKING"]
    scene.ask()
    assert not scene.desk.all(SendAsk)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", (StopScope.ALL, "")),
        ("ALL", (StopScope.ALL, "")),
        ("venue:ALPHA", (StopScope.VENUE, "ALPHA")),
        (" Venue  ALPHA ", (StopScope.VENUE, "ALPHA")),
        ("pair:EUR/USD", (StopScope.PAIR, "EUR/USD")),
    ],
)
def test_parts_are_read_as_people_write_them(text: str, part: tuple[StopScope, str]) -> None:
    assert read_part(text) == part
    assert read_part(stop_name(*part).removeprefix("kill_switch")) == part


@pytest.mark.parametrize("text", ["venue", "venue:", "all:of it", "everything", "ALPHA"])
def test_what_says_no_part_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_part(text)
