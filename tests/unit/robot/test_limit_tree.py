"""The limit tree: which rows apply, what they let through, and that no figure is lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from robot.core.state import restore, snapshot
from robot.deals.limit_rows import LimitKind, LimitRow
from robot.errors import InvariantViolated
from robot.invariants import check_recomputed, check_state
from robot.limits.tree import LimitTree, Subject
from robot.messages.effects import AlertRaised, Decided
from robot.messages.events import HaltCleared
from tests.kit.desk import Desk

PARTIES = {
    name: {
        "id": name,
        "name": name,
        "tier": "gold",
        "group": group,
        "country": "CN",
        "type": "bank",
    }
    for name, group in (("BANKA", "G1"), ("BANKB", "G1"), ("BANKC", "G2"))
}


def desk(**tree: Any) -> Desk:
    """A desk in EUR/USD at 1.10005 with this tree above the usual tables."""
    of = Desk(desk="FX", limits={"tree": tree}, counterparties=PARTIES).open()
    of.market()
    return of


def ask(
    of: Desk, amount: str | int = 1_000_000, side: str | None = "buy", who: str = "BANKA"
) -> str:
    """What a request comes to; empty = it is quoted."""
    of.rfq(amount, client=who, side=side)
    check_state(of.state)
    return of.one(Decided).reason


def deal(of: Desk, side: str = "buy", amount: int = 1_000_000, who: str = "BANKA") -> None:
    of.hit(of.quoted(amount, client=who, side=side), side, amount, client=who)
    check_state(of.state)


BELOW_EQUAL_ABOVE = [
    # a client buys 1,000,000 EUR at 1.10007: worth 1,100,050.00, exposure 22,001.00 in USD
    ("counterparty_line", {"group": "G1"}, "22001.00", "22000.99"),
    ("settlement", {"counterparty": "*"}, "1100050.00", "1100049.99"),
    ("daily_volume", {"strategy": "two_way"}, "1100050.00", "1100049.99"),
    ("net_open_position", {"desk": "FX", "currencies": ["EUR"]}, "1000000", "999999"),
    ("net_open_position", {"counterparty": "*", "currencies": ["USD"]}, "1100070", "1100069"),
    ("quotes_outstanding", {"country": "CN"}, "1", "0"),
    ("order_value", {"everyone": "all"}, "1100050.00", "1100049.99"),
    ("deal_size", {"venue": "ALPHA"}, "1000000", "999999"),
    ("term_cap", {"type": "bank"}, "4", "3"),
]


@pytest.mark.parametrize(("kind", "row", "fits", "refuses"), BELOW_EQUAL_ABOVE)
def test_what_is_equal_to_the_maximum_fits_and_the_smallest_unit_more_does_not(
    kind: str, row: dict[str, Any], fits: str, refuses: str
) -> None:
    assert ask(desk(**{kind: [{**row, "maximum": fits}]})) == ""
    assert ask(desk(**{kind: [{**row, "maximum": refuses}]})) == kind.upper()


@pytest.mark.parametrize(("kind", "row", "fits", "refuses"), BELOW_EQUAL_ABOVE[:6])
def test_what_is_quoted_is_held_until_it_ends_and_then_it_is_free_again(
    kind: str, row: dict[str, Any], fits: str, refuses: str
) -> None:
    of = desk(**{kind: [{**row, "maximum": fits}]})
    assert [ask(of), ask(of)] == ["", kind.upper()]
    of.pass_time(3_000)
    of.market()
    assert ask(of) == ""


@pytest.mark.parametrize(("kind", "row", "fits", "refuses"), BELOW_EQUAL_ABOVE[:5])
def test_what_was_dealt_stays_used(kind: str, row: dict[str, Any], fits: str, refuses: str) -> None:
    of = desk(**{kind: [{**row, "maximum": fits}]})
    deal(of)
    assert ask(of) == kind.upper()


def test_a_group_shares_its_line_and_another_group_has_its_own() -> None:
    of = desk(counterparty_line=[{"group": "*", "maximum": "30000"}])
    assert ask(of) == ""
    assert ask(of, who="BANKB") == "COUNTERPARTY_LINE"
    assert ask(of, who="BANKC") == ""


def test_settlement_is_counted_by_value_date_and_falls_away_after_it() -> None:
    of = desk(settlement=[{"everyone": "all", "maximum": "1100050"}])
    deal(of)
    assert of.state.gate.accounts["settlement:everyone=all:2014-05-05"].utilisation == 1_100_050
    of.roll(5)
    assert "settlement:everyone=all:2014-05-05" not in of.state.gate.accounts
    of.market()
    assert ask(of) == ""


def test_volume_begins_anew_with_the_trade_date_and_a_position_does_not() -> None:
    of = desk(
        daily_volume=[{"everyone": "all", "maximum": "1500000"}],
        net_open_position=[{"book": "FXSPOT", "currencies": ["EUR"], "maximum": "1500000"}],
    )
    deal(of)
    assert ask(of, side="sell") == "DAILY_VOLUME"
    of.roll()
    of.market()
    assert ask(of) == "NET_OPEN_POSITION"
    assert ask(of, side="sell") == ""


def test_a_row_that_is_new_counts_what_was_dealt_before_it_was_there() -> None:
    of = desk()
    deal(of)
    tree = {
        "net_open_position": [{"counterparty": "*", "currencies": ["EUR"], "maximum": "1500000"}]
    }
    of.changed(desk="FX", limits={"tree": tree}, counterparties=PARTIES)
    of.restart()
    for venue in ("ALPHA", "BETA"):
        of.log_on(venue, trades=0)
        of.open_dealing(venue)
    account = of.state.gate.accounts["net_open_position:counterparty=BANKA:EUR"]
    assert account.utilisation == -1_000_000
    check_state(of.state)


def test_a_maximum_below_the_use_lets_through_only_what_reduces_and_not_beyond_flat() -> None:
    of = desk()
    deal(of)  # we are short 1,000,000
    tree = {"net_open_position": [{"desk": "FX", "currencies": ["EUR"], "maximum": "500000"}]}
    of.changed(desk="FX", limits={"tree": tree}, counterparties=PARTIES)
    of.restart()
    for venue in ("ALPHA", "BETA"):
        of.log_on(venue, trades=1)
        of.open_dealing(venue)
        of.state.venues[venue].reconciled = True
    of.market()
    assert ask(of, 1, "buy") == "NET_OPEN_POSITION"
    assert ask(of, 1_200_000, "sell") == "NET_OPEN_POSITION"  # would be long 200,000
    assert ask(of, 600_000, "sell") == ""
    assert ask(of, 600_000, "sell") == "NET_OPEN_POSITION"  # together beyond flat
    assert ask(of, 400_000, "sell") == ""


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"products": ["SPOT"], "pairs": ["EUR/USD"]}, ""),
        ({"products": ["FORWARD"]}, "PERMITTED"),
        ({"pairs": ["USD/JPY"]}, "PERMITTED"),
        ({"currencies": ["EUR"]}, "PERMITTED"),
        ({"currencies": ["EUR", "USD"], "tenors": ["1W"]}, ""),
        ({"tenors": ["1M"]}, "PERMITTED"),
    ],
)
def test_only_what_is_permitted_is_dealt(row: dict[str, Any], reason: str) -> None:
    assert ask(desk(permitted=[{"counterparty": "BANKA", **row}])) == reason
    assert ask(desk(permitted=[{"counterparty": "BANKB", **row}])) == ""


def test_a_row_holds_between_its_dates_only() -> None:
    row = {"everyone": "all", "maximum": "1", "from_date": "2014-05-02", "until_date": "2014-05-04"}
    of = desk(deal_size=[row])
    assert ask(of) == ""
    of.roll()
    of.market()
    assert ask(of) == "DEAL_SIZE"
    of.roll(3)
    of.market()
    assert ask(of) == ""


def test_a_decision_carries_its_checks_and_the_one_that_refused_is_the_last() -> None:
    of = desk(settlement=[{"counterparty": "*", "maximum": "1500000"}])
    assert ask(of) == ""
    checks = of.one(Decided).checks
    assert {"COUNTERPARTY_LINE", "SETTLEMENT", "PRICE_COLLAR"} <= {check.kind for check in checks}
    assert {check.result for check in checks} == {"ok"}
    assert ask(of) == "SETTLEMENT"
    last = of.one(Decided).checks[-1]
    assert (last.result, last.reserved, last.headroom) == (
        "refused",
        D("1100050.00"),
        D("-700100.00"),
    )


def test_a_state_that_is_restored_finds_its_rows_again() -> None:
    of = desk(settlement=[{"counterparty": "*", "maximum": "1100050"}])
    assert ask(of) == ""
    of.engine.state = restore(snapshot(of.state))
    assert ask(of) == "SETTLEMENT"


def test_a_figure_that_was_tampered_with_is_found() -> None:
    of = desk(settlement=[{"counterparty": "*", "maximum": "5000000"}])
    deal(of)
    of.state.gate.accounts["settlement:counterparty=BANKA:2014-05-05"].utilisation -= 1
    with pytest.raises(InvariantViolated, match="settlement:counterparty=BANKA"):
        check_recomputed(of.state)


def test_what_is_found_by_the_index_is_what_a_look_at_every_row_finds() -> None:
    rows = tuple(
        LimitRow(maximum=D(number), id=f"r{number}", **fields)
        for number, fields in enumerate(
            (
                {"everyone": "all"},
                {"desk": "FX", "pairs": ("EUR/USD",)},
                {"desk": "MM"},
                {"counterparty": "*", "tenors": ("1W",)},
                {"counterparty": "BANKA", "currencies": ("JPY",)},
                {"group": "G1", "currencies": ("USD",)},
                {"venue": "ALPHA", "products": ("SWAP",)},
            )
        )
    )
    tree = LimitTree({LimitKind.DEAL_SIZE: rows}, date(2014, 5, 1))
    subject = Subject(desk="FX", counterparty="BANKA", group="G1", venue="ALPHA")
    subject = subject._replace(product="SPOT", pair="EUR/USD", tenor="1W")
    found = {one.row.id for one in tree.applied(subject)[LimitKind.DEAL_SIZE]}
    assert found == {"r0", "r1", "r3", "r5"}


def test_a_hit_shows_what_the_deal_made_of_every_limit() -> None:
    of = desk(settlement=[{"counterparty": "*", "maximum": "5000000"}])
    deal(of)
    shown = {check.limit_id: check for check in of.one(Decided).checks}
    assert shown["settlement:counterparty=BANKA:2014-05-05"].headroom == D("3899950.00")
    assert shown["net_open_position:EUR"].requested == -1_000_000


def test_what_passes_a_share_to_warn_from_is_told_once_until_it_was_clearly_below() -> None:
    of = desk(quotes_outstanding=[{"everyone": "all", "maximum": "4", "warn": ["0.5"]}])
    told = []
    for _ in range(3):
        ask(of)
        told.append([alert.text for alert in of.all(AlertRaised)])
    assert [len(row) for row in told] == [0, 1, 0]
    assert "quotes_outstanding:everyone=all maximum 4" in told[1][0]
    of.pass_time(3_000)
    of.market()
    ask(of)
    assert not of.all(AlertRaised)
    ask(of)
    assert [alert.code for alert in of.all(AlertRaised)] == ["LIMIT_WARNING"]


@pytest.mark.parametrize("kind", ["deal_size", "settlement"])
def test_a_refusal_is_told_where_the_row_says_so(kind: str) -> None:
    row = {"everyone": "all", "maximum": "1", "at_maximum": "refuse_and_alert"}
    of = desk(**{kind: [row]})
    assert ask(of) == kind.upper()
    assert [alert.code for alert in of.all(AlertRaised)] == ["LIMIT_REFUSED"]


def test_one_deal_too_many_in_its_time_stops_dealing_until_it_is_cleared() -> None:
    of = desk(repeated_execution=[{"strategy": "*", "maximum": "2", "within_s": 10}])
    deal(of)
    of.after(10_000)
    of.market()
    deal(of)
    deal(of)  # the first is out of its time
    assert not of.state.halts
    deal(of)
    halt = "fault repeated_execution:strategy=two_way"
    assert list(of.state.halts) == [halt]
    assert "3 deals within 10 s" in of.state.halts[halt]
    of.restart()
    assert halt in of.state.halts
    assert ask(of) == "DEALING_HALTED"
    of.step(HaltCleared(actor="compliance", halt=halt, reason="looked"))
    assert not of.state.halts
