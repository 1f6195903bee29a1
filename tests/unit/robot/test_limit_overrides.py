"""Other maxima for a time: of every kind of limit, told as such, and ended by themselves."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.basics.ids import LimitId
from robot.messages.effects import AlertRaised, Decided
from robot.messages.governing import Agreed, OverrideGranted
from tests.kit import taker
from tests.kit.desk import SECOND_NS, Desk
from tests.kit.limit_desk import ask, codes, deal, desk, restored


def grant(
    of: Desk, limit_id: str, maximum: str | int, seconds: int = 3_600, number: int = 2
) -> list[str]:
    """Two persons grant it; the codes of what is told."""
    agreed = Agreed(
        proposal=number - 1,
        approval=number,
        proposer="li.wei",
        approver="he.yu",
        content_hash="ab",
        proposed_ns=1,
        approved_ns=2,
    )
    of.step(
        OverrideGranted(
            agreed=agreed,
            limit_id=LimitId(limit_id),
            maximum=D(maximum),
            until_ns=of.at_ns + seconds * SECOND_NS,
        )
    )
    return codes(of)


ROWS: list[tuple[str, dict[str, Any], str, str, str]] = [
    # kind, row, id, what is refused without, what lets it through
    ("deal_size", {"venue": "ALPHA"}, "deal_size:venue=ALPHA", "999999", "1000000"),
    ("order_value", {"everyone": "all"}, "order_value:everyone=all", "1", "1100050"),
    ("term_cap", {"type": "*"}, "term_cap:type=bank", "3", "4"),
    ("price_collar", {"everyone": "all"}, "price_collar:everyone=all", "0.1", "1"),
    ("settlement", {"group": "*"}, "settlement:group=G1", "1", "1100050"),
    ("settlement", {"group": "*"}, "settlement:group=G1:2014-05-05", "1", "1100050"),
    ("settlement", {"group": "*", "id": "herstatt"}, "herstatt:G1", "1", "1100050"),
    (
        "net_open_position",
        {"desk": "FX", "currencies": ["EUR"]},
        "net_open_position:desk=FX:EUR",
        "999999",
        "1000000",
    ),
]


@pytest.mark.parametrize(("kind", "row", "name", "own", "granted"), ROWS)
def test_a_row_of_any_kind_is_overridden_also_before_it_counts_anything(
    kind: str, row: dict[str, Any], name: str, own: str, granted: str
) -> None:
    of = desk(**{kind: [{**row, "maximum": own}]})
    assert ask(of) == kind.upper()
    of = desk(**{kind: [{**row, "maximum": own}]})
    assert grant(of, name, granted) == ["OVERRIDE_GRANTED"]
    assert ask(of) == ""
    checks = {one.limit_id: one for one in of.one(Decided).checks if one.result != "ok"}
    assert {one.result for one in checks.values()} == {"ok, overridden"}
    assert all(limit_id.startswith(name) for limit_id in checks)
    assert {one.maximum for one in checks.values()} == {D(granted)}
    restored(of).pass_time(3_000)  # the quote is over
    of.market()
    assert ask(of) == "", "also after a restart"
    of.pass_time(3_600_000)
    of.market()
    assert ask(of) == kind.upper(), "over, it is as it was"


@pytest.mark.parametrize(
    ("name", "granted", "amount", "reason"),
    [
        ("deal_size:SPOT:EUR/USD:gold", "500000", 600_000, "DEAL_SIZE"),
        ("price_collar", "0.1", 1_000_000, "PRICE_COLLAR"),
        ("messages_per_second", "0", 1_000_000, "MESSAGE_RATE"),
        ("quotes_outstanding", "0", 1_000_000, "QUOTES_OUTSTANDING"),
        ("net_open_position:EUR", "0", 1_000_000, "NET_OPEN_POSITION"),
    ],
)
def test_a_figure_of_the_tables_is_overridden(
    name: str, granted: str, amount: int, reason: str
) -> None:
    of = desk()
    assert ask(of, amount) == ""
    assert grant(of, name, granted)[0] == "OVERRIDE_GRANTED"
    assert ask(of, amount) == reason
    if reason != "MESSAGE_RATE":
        assert of.one(Decided).checks[-1].result == "refused, overridden"
    of.pass_time(3_600_000)
    of.market()
    assert ask(of, amount) == ""


def test_what_was_let_through_by_a_limit_that_counts_nothing_is_pulled_when_it_changes() -> None:
    of = desk(deal_size=[{"everyone": "all", "maximum": "1000000"}])
    grant(of, "deal_size:everyone=all", 2_000_000, seconds=1)
    assert ask(of, 2_000_000) == "" and of.state.quotes
    of.pass_time(1_000)
    assert not of.state.quotes and codes(of) == ["OVERRIDE_ENDED"]


def test_it_ends_with_the_trade_date_at_the_latest_and_is_not_granted_twice() -> None:
    of = desk(daily_volume=[{"everyone": "all", "maximum": "1"}])
    grant(of, "daily_volume:everyone=all", 2_000_000, seconds=48 * 3_600)
    deal(of)
    of.roll()
    assert "OVERRIDE_ENDED" in codes(of) and not of.state.overrides
    of.market()
    assert ask(of) == "DAILY_VOLUME"
    grant(of, "daily_volume:everyone=all", 2_000_000, seconds=48 * 3_600)  # told again
    assert not of.state.overrides
    assert ask(of) == "DAILY_VOLUME"


def test_use_that_only_the_override_allowed_is_a_breach_when_the_day_ends_it() -> None:
    of = desk(net_open_position=[{"desk": "FX", "currencies": ["EUR"], "maximum": "500000"}])
    grant(of, "net_open_position:desk=FX:EUR", 1_000_000)
    deal(of)
    of.roll()
    assert codes(of)[-2:] == ["OVERRIDE_ENDED", "LIMIT_BREACHED"]
    of.market()
    assert ask(of, 1) == "NET_OPEN_POSITION"
    assert ask(of, 500_000, "sell") == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("permitted:counterparty=BANKA", "no limit is called permitted:counterparty=BANKA"),
        ("settlement:group=G3", "did you mean settlement:group=*?"),
        ("setlement:group=G1", "did you mean settlement:group=*?"),
        ("deal_size:SPOT:EUR/USD:golf", "did you mean deal_size:SPOT:EUR/USD:gold?"),
        ("rate_collar", "no limit is called rate_collar"),
        ("deal_size:everyone=all:EUR", "did you mean deal_size:everyone=all?"),
    ],
)
def test_what_is_no_limit_is_refused_with_the_nearest_that_is(name: str, text: str) -> None:
    rows = {"settlement": [{"group": "*", "maximum": "1"}]}
    of = desk(
        **rows,
        deal_size=[{"everyone": "all", "maximum": "1"}],
        permitted=[{"counterparty": "BANKA"}],
    )
    assert grant(of, name, "2") == ["OVERRIDE_REFUSED"]
    assert text in of.one(AlertRaised).text


def test_the_edge_that_a_market_order_is_held_at_follows_the_collar_in_force() -> None:
    of = taker.desk(hedge={"kind": "MARKET"})
    assert grant(of, "price_collar", "10") == ["OVERRIDE_GRANTED"]
    taker.short(of)
    order = next(iter(of.state.orders.values()))
    assert order.worst_price == D("1.10114")  # 1.10005 and 10 bp of it, less a tick


ORDER_ROWS: list[tuple[str, dict[str, Any], str, str]] = [
    # kind, row, what is refused without, what lets it through
    ("clip", {}, "999999", "1000000"),
    ("duplicate", {"within_s": 5}, "0", "1"),
    ("message_rate", {"within_s": 5}, "0", "1"),
    ("collar_over_time", {"within_s": 5}, "59.99", "60"),
    ("wrong_digits", {}, "0.1", "25"),
    ("orders_outstanding", {}, "0", "1"),
]


@pytest.mark.parametrize(("kind", "row", "own", "granted"), ORDER_ROWS)
def test_a_row_that_orders_meet_is_overridden_too(
    kind: str, row: dict[str, Any], own: str, granted: str
) -> None:
    """The middle is 1.10005; 1.10050 is that with two digits exchanged."""
    tree = {kind: [{"trader": "*", **row, "maximum": own}]}
    of = taker.desk(limits={"tree": tree})
    price = D("1.10050") if kind == "wrong_digits" else D("1.10010")
    assert taker.placed(of, price=price) is None
    assert taker.refused(of)[0] == kind.upper()
    assert grant(of, f"{kind}:trader=wang.fang", granted)[0] == "OVERRIDE_GRANTED"
    assert taker.placed(of, price=price) is not None, taker.refused(of)


def test_an_order_may_be_as_old_as_was_granted() -> None:
    of = taker.desk(limits={"tree": {"aged_order": [{"trader": "*", "maximum": "5"}]}})
    grant(of, "aged_order:trader=wang.fang", 8)
    order = taker.working(of)
    of.pass_time(8_000)
    assert not of.state.orders[order.order_id].unwanted
    of.pass_time(1)
    assert of.state.orders[order.order_id].unwanted
