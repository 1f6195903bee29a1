"""A limit that is cut below its use while the robot runs: a breach, and what was dealt stands.

What is out is pulled at once, whatever kind of limit it is; nothing new of it fits; and when the
use is gone dealing goes on. The kinds that count are the product's own list: one that is new and
has no case here fails by its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal as D
from typing import Any

import pytest
from msgspec import convert, structs, to_builtins

from robot.deals.limit_rows import LADDERS
from robot.deals.reference import Limits
from robot.invariants import check_state
from robot.limits.tree import COUNTED
from robot.messages.effects import (
    AlertRaised,
    CancelAllOrders,
    CancelOrder,
    ConcludeDeal,
    DealBooked,
    Decided,
    RefuseHit,
    SendOrder,
    SendQuote,
    WithdrawAllQuotes,
    WithdrawQuote,
)
from robot.messages.governing import ReferenceChanged
from robot.messages.orders import OrderReport
from tests.abuse.ways import PARTIES, TAKERS, WIDE, in_force
from tests.kit import taker
from tests.kit.desk import Desk
from tests.kit.products import desk_of_all_products

MILLION = 1_000_000


@dataclass(frozen=True)
class Cut:
    """The row that comes; what must be there for it to be a breach (a deal, a quote, an order)."""

    row: dict[str, Any]
    uses: tuple[str, ...] = ("deal", "quote", "order")


BY = {"counterparty": "BANKB"}
CUTS: dict[str, Cut] = {
    "counterparty_line": Cut({**BY, "maximum": "10000"}),
    "settlement": Cut({**BY, "maximum": "500000"}),
    "daily_volume": Cut({**BY, "maximum": "500000"}),
    "net_open_position": Cut({**BY, "currencies": ["EUR"], "maximum": "500000"}),
    "overnight_position": Cut({**BY, "currencies": ["EUR"], "maximum": "500000"}),
    "gross_position": Cut({**BY, "currencies": ["EUR"], "maximum": "500000"}),
    "tenor_gap": Cut({**BY, "currencies": ["EUR"], "maximum": "500000"}),
    "liquidity_gap": Cut({**BY, "maximum": "500000", "horizon_days": 10}),
    "dv01": Cut({**BY, "currencies": ["EUR"], "maximum": "0.5"}),
    "dv01_total": Cut({**BY, "currencies": ["EUR"], "maximum": "0.5"}),
    "quotes_outstanding": Cut({**BY, "maximum": "0"}, ("quote",)),
    "orders_outstanding": Cut({**BY, "maximum": "0"}, ("order",)),
}
OF_THEIR_OWN = {"quota": "test_a_quota_cut_below_what_is_lent_is_a_breach_and_quotes_are_pulled"}


def test_every_kind_that_counts_has_its_cut_here() -> None:
    missing = {str(kind) for kind in COUNTED | LADDERS} - {*CUTS, *OF_THEIR_OWN}
    assert not missing, f"tests/abuse/test_cuts.py has no case of {sorted(missing)}"
    assert not [name for name in OF_THEIR_OWN.values() if name not in globals()]


def desk() -> Desk:
    of = Desk().changed(
        desk="FX",
        venues=[
            TAKERS,
            {"id": "BETA", "pairs": ["EUR/USD", "USD/JPY"], "counterparty": "BANKB"},
        ],
        counterparties=PARTIES,
        limits=WIDE,
    )
    of.open()
    of.market()
    return of


def use(of: Desk, what: str) -> None:
    """A million with BANKB, as a deal, a live quote or a working order."""
    if what == "deal":
        of.hit(of.quoted(client="BANKB", side="buy"), "buy", client="BANKB")
    elif what == "quote":
        of.quoted(client="BANKB", side="buy")
    else:
        taker.working(of)


def pulled(of: Desk, venues: tuple[str, ...] = ("ALPHA", "BETA")) -> None:
    """Quotes and orders of everybody: nothing is left that was let through before."""
    assert not of.state.quotes
    whole = {one.venue for one in of.all(WithdrawAllQuotes)}
    assert {one.venue for one in of.all(WithdrawQuote)} | whole == {*venues}
    asked = {one.original_id for one in of.all(CancelOrder)}
    for order in of.state.orders.values():
        assert order.unwanted
        assert order.current_id in asked or of.all(CancelAllOrders)


@pytest.mark.parametrize(
    ("kind", "what"), [(kind, what) for kind, cut in CUTS.items() for what in cut.uses]
)
def test_a_limit_cut_below_its_use_is_a_breach_and_everything_out_is_pulled(
    kind: str, what: str
) -> None:
    of = desk()
    use(of, what)
    others = [of.quoted(1_000), of.quoted(1_000, venue="BETA", pair="EUR/USD", client="BANKC")]
    taker.working(of, venue="ALPHA", amount=D(1_000))
    dealt = len(of.history_of(ConcludeDeal))
    in_force(of, tree={kind: [CUTS[kind].row]})
    check_state(of.state)
    told = [one.code for one in of.all(AlertRaised)]
    assert told[0] == "REFERENCE_CHANGED"
    assert "LIMIT_BREACHED" in told or what == "quote", "quotes are gone and use nothing more"
    pulled(of)
    assert len(of.history_of(ConcludeDeal)) == len(of.history_of(DealBooked)) == dealt
    for quote in others:
        of.hit(quote, amount=1_000)
        assert of.one(RefuseHit).reason == "QUOTE_WITHDRAWN"
    _nothing_new_fits(of, kind, what)
    _goes_on_when_the_use_is_gone(of, kind, what)


def _nothing_new_fits(of: Desk, kind: str, what: str) -> None:
    if kind == "orders_outstanding":
        assert taker.placed(of, request="later", amount=D(2_000)) is None
        assert of.one(Decided).reason == kind.upper()
        return
    growing = "sell" if what == "order" else "buy"  # the order would make us long
    of.rfq(600_000, client="BANKB", side=growing)
    assert of.one(Decided).reason == kind.upper()
    check_state(of.state)
    of.rfq(600_000, client="BANKC", side=growing)
    assert of.one(Decided).reason == "", "the row is about BANKB"
    reducing = "buy" if growing == "sell" else "sell"
    if kind == "net_open_position" and what == "deal":
        for amount, reason in ((999_001, "NET_OPEN_POSITION"), (999_000, "")):
            of.rfq(amount, client="BANKB", side=reducing)  # an order for 1,000 reduces, too
            assert of.one(Decided).reason == reason


def _goes_on_when_the_use_is_gone(of: Desk, kind: str, what: str) -> None:
    for order in list(of.state.orders.values()):
        sent = next(one for one in of.history_of(SendOrder) if one.order_id == order.order_id)
        taker.report(of, sent, OrderReport.CANCELED, f"C{sent.order_id}", remaining=D(0))
    of.roll(7)
    of.market()
    of.rfq(1_000, client="BANKB", side="sell")
    expected = kind.upper() if kind == "quotes_outstanding" else ""
    assert of.one(Decided).reason == expected
    check_state(of.state)


@pytest.mark.parametrize("what", ["deal", "quote"])
def test_a_quota_cut_below_what_is_lent_is_a_breach_and_quotes_are_pulled(what: str) -> None:
    figures: dict[str, Any] = {"counterparty_lines": {"BANKA": "90000000"}}
    of = desk_of_all_products(limits=figures, counterparties=PARTIES)
    said: dict[str, Any] = {"product": "DEPOSIT", "far_tenor": "1M", "pair": "USD"}
    quote = of.quoted(side="sell", **said)
    if what == "deal":
        of.hit(quote, "sell", pair="USD")
        assert of.one(ConcludeDeal).deal.product == "DEPOSIT"
    spot = of.quoted(1_000)
    row = {"type": "bank", "maximum": "500000"}
    _cut_all_products(of, {"quota": [row]})
    check_state(of.state)
    told = [one.code for one in of.all(AlertRaised)]
    assert ("LIMIT_BREACHED" in told) is (what == "deal")
    assert not of.state.quotes and spot in {one.quote_id for one in of.all(WithdrawQuote)}
    for pair, amount, reason in (("USD", 600_000, "QUOTA"), ("EUR/USD", 1_000, "")):
        of.rfq(amount, side="sell", **(said if pair == "USD" else {}) | {"pair": pair})
        assert of.one(Decided).reason == reason
    assert of.all(SendQuote)


def _cut_all_products(of: Desk, tree: dict[str, Any]) -> None:
    """With the tables of that desk."""
    other = Desk().open()
    in_force(other)
    event = other.stepped[-1].event
    assert isinstance(event, ReferenceChanged)
    content = {**to_builtins(of.reference.limits), "tree": tree}
    of.step(structs.replace(event, limits=convert(content, Limits, strict=False)))


@pytest.mark.parametrize("kind", CUTS)
def test_a_part_of_an_order_that_is_dealt_after_the_cut_is_no_fault(kind: str) -> None:
    """What is left of it goes on to be held, over the maximum as it was."""
    of = desk()
    sent = [taker.working(of), taker.working(of, amount=D(999_000))]
    in_force(of, tree={kind: [CUTS[kind].row]})
    for number, order in enumerate(sent):
        taker.trade(of, order, f"T{number}", 100_000, "1.09990")
        check_state(of.state)
    of.market()
    if kind != "quotes_outstanding":
        assert taker.placed(of, request="one more", amount=D(2_000)) is None
