"""What cannot be judged is refused: checks that raise, names nobody has, rates nobody has, dates
that nobody has announced. By every way in which the bank is bound, and the loop goes on.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import msgspec
import pytest

from robot.basics.holidays import CalendarId
from robot.deals.limit_rows import LimitKind, LimitRow
from robot.errors import InvariantViolated
from robot.invariants import check_state
from robot.messages.asks import SendAsk
from robot.messages.effects import AlertRaised, Decided, SendMassQuote, SendOrder, SendQuote
from robot.messages.orders import OrderChangeWanted
from tests.abuse.cases import CASES, pairs, way_of
from tests.abuse.ways import PARTIES, WAYS, WIDE, Hedge, Way
from tests.kit import taker
from tests.kit.asks import Asking
from tests.kit.desk import Desk
from tests.kit.products import desk_of_all_products
from tests.kit.reference import CURRENCIES, weekends_only

MILLION = 1_000_000


def nothing_left(of: Desk, before: int) -> None:
    """No quote, no order, nothing held, and the loop answers the next one."""
    since = [effect for row in of.history[before:] for effect in row]
    kept = [one for one in since if isinstance(one, SendQuote | SendMassQuote | SendOrder)]
    assert not [one for one in kept if getattr(one, "amount", MILLION) >= MILLION], kept
    check_state(of.state)


def refused(of: Desk, before: int) -> list[str]:
    since = [effect for row in of.history[before:] for effect in row]
    return [
        one.code for one in since if isinstance(one, AlertRaised) and one.code == "CHECK_FAILED"
    ]


POISONED = [pair for pair in pairs() if pair[0] not in ("permitted", "hours")]
"""They have no figure."""


@pytest.mark.parametrize(("kind", "name"), POISONED)
def test_a_check_of_any_kind_that_raises_is_a_refusal(kind: str, name: str) -> None:
    """The maximum is not a number: comparing with it raises."""
    way, wanted = way_of(name), CASES[kind].fits
    of = way.desk([MILLION], {"tree": {kind: [{"counterparty": "BANKB", **wanted}]}})
    tree = of.state.gate.book.tree
    poisoned = LimitRow(**{**_fields(tree.rows[LimitKind(kind)][0]), "maximum": D("NaN")})
    limits = of.reference.limits
    limits = msgspec.structs.replace(limits, tree={LimitKind(kind): (poisoned,)})
    of.state.gate.attach(limits, of.day)
    for account in [*of.state.gate.accounts.values()]:
        if account.in_tree:
            account.maximum = D("NaN")
    of.market()
    before = len(of.history) - 1
    assert way.attempt(of, MILLION) == "CHECK_FAILED"
    nothing_left(of, before)
    assert refused(of, before)


def _fields(row: LimitRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


RAISING = (
    "robot.limits.book.TreeBook.uses",
    "robot.limits.book.TreeBook.place_of",
    "robot.limits.tree.LimitTree.applied",
    "robot.limits.gate.judge_by_tables",
    "robot.limits.gate.judge_alone",
    "robot.limits.gate.measures_quoted",
    "robot.limits.gate.own_uses",
    "robot.limits.gate.exposures_of",
    "robot.limits.limit.LimitAccount.shortfall",
)
FAULTS = (ValueError("broken"), RuntimeError("broken"), AttributeError("broken"), IndexError(1))


@pytest.mark.parametrize("where", RAISING)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_whatever_a_check_raises_is_a_refusal(
    way: Way, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = FAULTS[RAISING.index(where) % len(FAULTS)]

    def fail(*_: object, **__: object) -> None:
        raise fault

    row = {"counterparty": "BANKB", "maximum": "9000000"}
    of = way.desk([MILLION], {"tree": {"settlement": [row], "order_value": [row]}})
    if not way.blind:
        _breaking_a_change(of, where, fail, monkeypatch)
        return
    monkeypatch.setattr(where, fail)
    monkeypatch.setattr("tests.kit.taker.check_state", lambda state: None)
    monkeypatch.setattr("tests.kit.asks.check_state", lambda state: None)
    before = len(of.history)
    of.market()
    found = way.attempt(of, MILLION)
    monkeypatch.undo()
    assert found == "CHECK_FAILED"
    nothing_left(of, before)
    assert refused(of, before)
    assert isinstance(way, Hedge) or way.name == "stream" or way.attempt(of, MILLION) == ""


def _breaking_a_change(of: Desk, where: str, fail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order is there before the check breaks."""
    of.market()
    order = taker.working(of, amount=D(1_000))
    monkeypatch.setattr(where, fail)
    before = len(of.history)
    said = {"actor": "wang.fang", "reason": "test", "request": "G1", "order_id": order.order_id}
    of.step(OrderChangeWanted(**said, amount=D(MILLION)))
    monkeypatch.undo()
    assert taker.refused(of)[0] == "CHECK_FAILED"
    nothing_left(of, before)


def test_a_check_that_says_that_the_program_is_wrong_stops_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise InvariantViolated("figures do not fit")

    of = Desk().open()
    of.market()
    monkeypatch.setattr("robot.limits.gate.judge_by_tables", fail)
    with pytest.raises(InvariantViolated):
        of.rfq()


def test_a_fault_after_figures_were_changed_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("in the midst of it")

    of = Desk().open()
    of.market()
    monkeypatch.setattr("robot.limits.gate.LimitGate._hold", fail)
    with pytest.raises(ValueError, match="in the midst"):
        of.rfq()


# --- names nobody has


def test_whom_and_what_nobody_knows_is_refused() -> None:
    of = Desk().open()
    of.market()
    for said, reason in (
        ({"client": "NOBODY"}, "UNKNOWN_COUNTERPARTY"),
        ({"client": None}, "UNKNOWN_COUNTERPARTY"),
        ({"client": ""}, "UNKNOWN_COUNTERPARTY"),
        ({"pair": "XAU/USD"}, "UNKNOWN_PAIR"),
        ({"pair": "EUR/CHF"}, "UNKNOWN_PAIR"),
        ({"product": "OPTION"}, "UNKNOWN_PRODUCT"),
        ({"product": "SWAP"}, "UNKNOWN_PRODUCT"),
    ):
        of.rfq(**said)  # type: ignore[arg-type]
        assert of.one(Decided).reason == reason, said
        assert not of.state.gate.reservations


def test_an_order_or_an_ask_for_whom_nobody_knows_is_refused() -> None:
    scene = Asking()
    scene.desk.changed()
    assert not scene.ask(makers=("NOBODY",))
    of = taker.desk()
    assert taker.placed(of, venue="BETA") is None, "no counterparty of orders there"
    assert of.one(Decided).reason == "UNKNOWN_COUNTERPARTY"
    assert taker.placed(of, venue="GAMMA") is None
    assert taker.placed(of, pair="XAU/USD") is None
    assert not of.history_of(SendOrder) and not scene.desk.history_of(SendAsk)


@pytest.mark.parametrize("name", [way.name for way in WAYS])
def test_a_currency_that_nothing_converts_is_refused_by_every_way(name: str) -> None:
    way = way_of(name)
    of = way.desk([MILLION], {"line_currency": "CHF"}) if name != "hedge" else _unconverted(way)
    of.market()
    assert way.attempt(of, MILLION) == "NO_CONVERSION_RATE"
    assert not of.state.gate.reservations


def _unconverted(way: Way) -> Desk:
    """Its position was made when there was a rate."""
    of = way.desk([MILLION], {})
    changed = msgspec.structs.replace(of.reference.limits, line_currency="CHF")
    of.state.reference = msgspec.structs.replace(of.state.reference, limits=changed)
    return of


# --- dates that nobody has announced


def test_a_date_beyond_the_calendars_is_refused_for_every_product() -> None:
    of = desk_of_all_products()
    for said in (
        {"product": "FORWARD", "value_date": date(2035, 1, 5)},
        {"product": "SWAP", "far_value_date": date(2035, 1, 5)},
        {"product": "NDF", "pair": "USD/CNY", "value_date": date(2035, 1, 5)},
        {"product": "DEPOSIT", "pair": "USD", "far_value_date": date(2035, 1, 5)},
    ):
        of.rfq(side="buy", **said)  # type: ignore[arg-type]
        assert of.one(Decided).reason == "BEYOND_HORIZON", said
        assert not of.state.gate.reservations


@pytest.mark.parametrize("name", [way.name for way in WAYS if way.blind and way.name != "hedge"])
def test_where_spot_itself_is_beyond_the_calendars_nothing_is_dealt(name: str) -> None:
    ends = weekends_only(*CURRENCIES)
    eur = msgspec.structs.replace(ends[CalendarId("EUR")], last_official=date(2014, 5, 2))
    way = way_of(name)
    of = way.desk([MILLION], {}, calendars={**ends, "EUR": eur})
    of.market()
    assert way.attempt(of, MILLION) in ("BEYOND_HORIZON", "UNKNOWN_VALUE_DATE", "-")
    nothing_left(of, 0)
    assert not of.history_of(SendAsk)


def test_without_its_calendar_nothing_is_dealt() -> None:
    known = weekends_only("USD", "JPY", "CAD", "GBP")
    of = Desk(counterparties=PARTIES, limits=WIDE, calendars=known).open()
    of.market()
    of.rfq()
    assert of.one(Decided).reason == "UNKNOWN_CALENDAR"
