"""Too much at once or in pieces: of every kind of limit, by every way in which the bank is bound.

Two other engines' caps were skipped before the first price and for one type of account, a third's
quotes passed by the check. Here kinds, scopes and ways are the product's own lists.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from robot.deals.limit_rows import SCOPES, LimitKind
from robot.invariants import check_state
from robot.messages.effects import (
    CancelOrder,
    ConcludeDeal,
    Decided,
    RefuseHit,
    SendOrder,
    SendQuote,
)
from tests.abuse.cases import CASES, OF_THEIR_OWN, Case, limits_of, pairs, way_of
from tests.abuse.ways import PARTIES, WAYS, Way, burst, in_force
from tests.kit import taker
from tests.kit.desk import Desk
from tests.kit.invariants import check_within
from tests.kit.products import BONDS, desk_of_all_products

MILLION = 1_000_000


def test_every_kind_of_limit_has_its_case_here() -> None:
    kinds = {str(kind) for kind in LimitKind}
    missing = kinds - {*CASES, *OF_THEIR_OWN}
    assert not missing, f"tests/abuse/cases.py has no case of {sorted(missing)}"
    assert not [name for name in OF_THEIR_OWN.values() if name not in globals()]


def too_much(case: Case) -> tuple[dict[str, Any], int]:
    """The row and the size that do not fit."""
    return (case.fits, 5 * MILLION) if case.tight is None else (case.tight, MILLION)


@pytest.mark.parametrize(("kind", "name"), pairs())
def test_five_times_the_cap_is_refused_before_and_after_the_first_price(
    kind: str, name: str
) -> None:
    case, way = CASES[kind], way_of(name)
    row, size = too_much(case)
    of = way.desk([size], limits_of(kind, row))
    if way.blind:
        assert way.attempt_blind(of, size) in ("NO_MARKET", "-")
    assert not of.state.gate.reservations
    of.market()
    assert way.attempt(of, size) == (case.reason or kind.upper())
    assert not [order for order in of.state.orders.values() if order.amount >= MILLION]
    assert not of.state.quotes
    check_within(of.state)
    _, found = burst(way, [MILLION], limits_of(kind, case.fits))
    assert found == [""], "what is equal to the cap passes"


@pytest.mark.parametrize(("kind", "name"), pairs(clips=True))
def test_of_five_clips_in_one_burst_one_passes(kind: str, name: str) -> None:
    of, found = burst(way_of(name), [900_000] * 5, limits_of(kind, CASES[kind].fits))
    refused = {"-"} if name == "hedge" else {CASES[kind].reason or kind.upper()}
    assert (found[0], {*found[1:]}) == ("", refused)
    check_within(of.state)


WHO = {
    "everyone": "all",
    "entity": "BANKCNBJ",
    "desk": "FX",
    "book": "FXSPOT",
    "trader": "*",
    "strategy": "two_way",
    "country": "DE",
    "group": "G2",
    "type": "broker",
    "tier": "gold",
    "counterparty": "*",
    "venue": "ALPHA",
}
"""A row of each scope that meets all that is dealt here."""


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("name", [way.name for way in WAYS])
def test_no_kind_of_account_is_left_out(scope: str, name: str) -> None:
    limits = limits_of("order_value", {"maximum": "1100050"}, {scope: WHO[scope]})
    assert burst(way_of(name), [5 * MILLION], limits)[1] == ["ORDER_VALUE"]
    assert burst(way_of(name), [MILLION], limits)[1] == [""]


TABLES = {
    "deal_size": {
        "deal_size": [{"pair": "EUR/USD", "tier": "gold", "maximum": "1000000"}],
    },
    "counterparty_line": {"counterparty_lines": {"BANKA": "9000000", "BANKB": "22001"}},
    "net_open_position": {"net_open_position": {"EUR": "1000000"}},
}


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("name", [way.name for way in WAYS if way.name != "hedge"])
def test_a_cap_of_the_tables_stops_every_way_before_and_after_the_first_price(
    kind: str, name: str
) -> None:
    way = way_of(name)
    of = way.desk([5 * MILLION], TABLES[kind])
    if way.blind:
        assert way.attempt_blind(of, 5 * MILLION) in ("NO_MARKET", "-")
    of.market()
    assert way.attempt(of, 5 * MILLION) == kind.upper()
    assert burst(way, [MILLION], TABLES[kind])[1] == [""]


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_a_hit_for_more_than_was_quoted_deals_nothing(side: str) -> None:
    of = Desk().open()
    of.market()
    quote = of.quoted()
    of.hit(quote, side, 5 * MILLION)
    assert of.one(RefuseHit).reason == "QUOTE_MISMATCH"
    of.hit(quote, side, MILLION)
    assert of.one(ConcludeDeal).deal.base_amount == MILLION


def loan(of: Desk, millions: int, currency: str = "USD") -> str:
    """A client borrows for a month, or for a week against bonds."""
    said: dict[str, Any] = {"product": "DEPOSIT", "far_tenor": "1M", "pair": currency}
    if currency == "CNY":
        said = {"product": "REPO", "far_tenor": "R007", "pair": currency, "collateral": BONDS}
    of.rfq(millions * MILLION, side="sell", **said)
    return of.one(Decided).reason


@pytest.mark.parametrize("currency", ["USD", "CNY"])
def test_five_millions_lent_do_not_pass_a_quota_of_one(currency: str) -> None:
    maximum = "1000000" if currency == "USD" else "143000"
    row = {"type": "*", "maximum": maximum}
    lines = {"BANKA": "90000000"}
    parties = {"BANKA": PARTIES["BANKA"]}
    of = desk_of_all_products(
        limits={"tree": {"quota": [row]}, "counterparty_lines": lines}, counterparties=parties
    )
    found = [loan(of, millions, currency) for millions in (5, 1, 1)]
    assert found == ["QUOTA", "", "QUOTA"]
    check_state(of.state)


def test_of_five_deals_in_one_burst_the_second_stops_dealing() -> None:
    """Hits of one burst on five quotes, with a cap of one execution."""
    row = {"everyone": "all", "maximum": "1", "within_s": 60}
    of = Desk(limits={"tree": {"repeated_execution": [row]}}).open()
    of.market()
    quotes = [of.quoted() for _ in range(5)]
    for quote in quotes:
        of.hit(quote)
    assert len(of.history_of(ConcludeDeal)) == 2
    assert len(of.history_of(RefuseHit)) == 3
    of.rfq()
    assert of.one(Decided).reason == "DEALING_HALTED"
    assert not of.state.quotes and not of.history_of(SendOrder)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_without_a_parity_of_the_day_no_way_deals_a_pair_that_has_a_band(way: Way) -> None:
    row = {"everyone": "all", "pairs": ["EUR/USD"], "maximum": "2"}
    if way.name == "hedge":  # the position is there before the row
        of = way.desk([MILLION], {})
        in_force(of, tree={"official_band": [row]})
        of.market()
        assert way.attempt(of, MILLION) == "OFFICIAL_BAND"
        return
    assert burst(way, [MILLION], {"tree": {"official_band": [row]}})[1] == ["OFFICIAL_BAND"]


@pytest.mark.parametrize("kind", ["loss_day", "loss_month", "drawdown"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_where_nothing_may_be_lost_no_way_deals(kind: str, way: Way) -> None:
    row = {"desk": "FX", "maximum": "0"}
    of = way.desk([MILLION], {} if way.name == "hedge" else {"tree": {kind: [row]}})
    if way.name == "hedge":
        in_force(of, tree={kind: [row]})
    of.market()
    found = way.attempt(of, MILLION)
    assert found == ("" if way.name == "hedge" else kind.upper()), "what only reduces passes"


def test_a_price_with_two_digits_exchanged_is_refused_within_the_collar() -> None:
    """1.10105 for 1.10015, in a market of 1.10000/1.10010 and a collar of 25 bp."""
    tree = {"wrong_digits": [{"everyone": "all", "maximum": "1"}]}
    of = taker.desk(limits={"tree": tree})
    assert taker.placed(of, price=Decimal("1.10105")) is None
    assert of.one(Decided).reason == "WRONG_DIGITS"
    assert taker.placed(of, price=Decimal("1.10015")) is not None


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_of_five_messages_in_one_burst_as_many_leave_as_the_rate_allows(way: Way) -> None:
    def row(maximum: int) -> dict[str, Any]:
        rate = {"counterparty": "BANKB", "maximum": str(maximum), "within_s": 60}
        return {"tree": {"message_rate": [rate]}}

    assert "" not in burst(way, [900_000], row(0))[1]
    _, found = burst(way, [900_000] * 5, row(2))
    if way.name not in ("stream", "hedge"):  # one message for all; one at a time
        messages = 2 if way.name in ("ask", "change of an order") else 1
        assert found.count("") == 2 // messages
        assert {*found[found.count("") :]} <= {"MESSAGE_RATE", "-"}


def test_an_order_that_is_too_old_is_taken_out() -> None:
    of = taker.desk(limits={"tree": {"aged_order": [{"everyone": "all", "maximum": "5"}]}})
    order = taker.working(of)
    of.pass_time(5_000)
    assert not of.all(CancelOrder)
    of.at_ns += 1
    of.pass_time(0)
    assert [one.original_id for one in of.all(CancelOrder)] == [order.order_id]
    assert of.state.orders[order.order_id].unwanted


def test_an_order_and_its_change_with_digits_exchanged_do_not_leave() -> None:
    """1.10105 for 1.10015, nine pips away: a collar of 25 bp lets it pass."""
    row = {"everyone": "all", "maximum": "1"}
    of = taker.desk(limits={"tree": {"wrong_digits": [row]}})
    of.market("1.10010", "1.10020")
    assert taker.placed(of, price=Decimal("1.10105")) is None
    assert taker.refused(of)[0] == "WRONG_DIGITS"
    order = taker.working(of, price=Decimal("1.10012"))
    assert taker.changed(of, order, price=Decimal("1.10105")) is None
    assert taker.refused(of)[0] == "WRONG_DIGITS"


def test_of_five_orders_in_one_burst_as_many_leave_as_may_cost_so_much() -> None:
    """A million at 1.10010, held a tick worse, costs 60 USD against the middle of 1.10005."""
    row = {"trader": "*", "maximum": "120", "within_s": 60}
    of = taker.desk(limits={"orders_outstanding": 9, "tree": {"collar_over_time": [row]}})
    sent = [taker.placed(of, price=Decimal("1.10010")) for _ in range(5)]
    assert [one is not None for one in sent] == [True, True, False, False, False]
    assert taker.refused(of)[0] == "COLLAR_OVER_TIME"


def test_a_thousand_requests_of_one_turn_never_pass_a_limit() -> None:
    of = Desk(
        desk="FX",
        limits={
            "messages_per_second": 10_000,
            "quotes_outstanding": 1_000,
            "quotes_outstanding_per_counterparty": 1_000,
            "tree": {
                "net_open_position": [{"desk": "FX", "currencies": ["EUR"], "maximum": "50000000"}]
            },
        },
    ).open()
    of.market()
    for _ in range(1_000):
        of.rfq(MILLION)
    check_state(of.state)
    check_within(of.state)
    assert len(of.history_of(SendQuote)) == 50
    assert {one.reason for one in of.history_of(Decided)} == {"", "NET_OPEN_POSITION"}
    for side in ("buy", "sell"):
        for quote in of.history_of(SendQuote):
            of.hit(quote.quote_id, side)
    assert of.state.ledger.net["EUR"] == -50 * MILLION
    check_within(of.state)


def test_a_mass_quote_of_a_hundred_sizes_never_passes_a_limit() -> None:
    limits = limits_of("net_open_position", {"maximum": "2000000", "currencies": ["EUR"]})
    of, found = burst(way_of("stream"), [100_000] * 100, limits)
    assert 10 < found.count("") < 20 and {*found} == {"", "NET_OPEN_POSITION"}
    check_within(of.state)
