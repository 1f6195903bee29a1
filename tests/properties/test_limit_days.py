"""Days on which limits change: quotes, hits, orders dealt in parts, kills, busts, restarts, rolls,
and rows that two persons change, or one; overrides granted and ending.

Judged by the oracle of the demos, which adds everything up anew from what left and what was dealt:
never above a limit, and in the end headroom is what the deals alone explain.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from connectors.demo.oracle import Known, limit_breaches, tree_figures
from robot.basics.ids import LimitId
from robot.deals.deal import Deal
from robot.deals.limit_rows import LimitKind
from robot.deals.reference import Limits
from robot.messages.effects import AlertRaised, DealAmended, DealBooked, Decided
from robot.messages.events import DayRolled, RobotStarted
from robot.messages.governing import OverrideGranted, ReferenceChanged
from tests.kit.desk import Desk
from tests.kit.examples import few
from tests.kit.records import STEP, Recorder, fill_of
from tests.properties.test_orders import HEDGES, LIMITS
from tests.properties.test_stops import DayWithStops
from tests.simulation.officers import POSITION, _agreed, _by_two, _overridden, with_rows

SECOND_NS = 1_000_000_000
PARTIES = {
    name: {
        "id": name,
        "name": name,
        "tier": tier,
        "group": group,
        "country": "CN",
        "type": "bank",
    }
    for name, tier, group in (
        ("BANKA", "gold", "G1"),
        ("BANKB", "gold", "G1"),
        ("BANKC", "silver", "G2"),
    )
}
SCOPES = (
    {"everyone": "all"},
    {"book": "FXSPOT"},
    {"strategy": "*"},
    {"counterparty": "*"},
    {"group": "G1"},
    {"country": "*"},
    {"venue": "ALPHA"},
    {"tier": "gold", "tenors": ["1W"]},
    {"counterparty": "BANKA", "pairs": ["EUR/USD"]},
    {"type": "*", "products": ["SPOT"], "currencies": ["JPY"]},
)
MAXIMA: dict[str, tuple[str, ...]] = {
    "settlement": ("330100", "1100100", "3300100"),
    "daily_volume": ("660000", "2200000", "9000000"),
    "counterparty_line": ("44000", "110000", "300000"),
    "quotes_outstanding": ("1", "3", "5"),
    "orders_outstanding": ("0", "1", "2"),
    "order_value": ("1100100", "3400000"),
    "deal_size": ("1000000", "3000000"),
    "clip": ("500000", "1000000"),
    "term_cap": ("3", "4", "6"),
}
ADDED_UP = ("counterparty_line", "settlement", "quota", "daily_volume", "net_open_position")
"""Kinds whose deals the oracle adds up; those by value date have an oracle of their own."""
SEEN: Counter[str] = Counter()


@st.composite
def trees(draw: st.DrawFn) -> dict[str, list[dict[str, object]]]:
    """The row of the override, and rows of some kinds."""
    maximum = draw(st.sampled_from(("1000000", "2500000", "4000000")))
    first = {"desk": "FX", "currencies": ["EUR"], "maximum": maximum}
    tree: dict[str, list[dict[str, object]]] = {"net_open_position": [first]}
    if draw(st.booleans()):
        tree["net_open_position"].append({"counterparty": "*", "maximum": "3000000"})
    for kind in draw(st.lists(st.sampled_from(sorted(MAXIMA)), max_size=4, unique=True)):
        scopes = draw(st.lists(st.sampled_from(SCOPES), min_size=1, max_size=2, unique_by=str))
        maxima = MAXIMA[kind]
        tree[kind] = [{**scope, "maximum": draw(st.sampled_from(maxima))} for scope in scopes]
    return tree


class DayWithLimits(DayWithStops):
    """Adds the people who change limits."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk().changed(
            desk="FX",
            venues=[
                {
                    "id": name,
                    "pairs": ["EUR/USD", "USD/JPY"],
                    "counterparty": "BANKB",
                    "mass_cancel": name == "ALPHA",
                }
                for name in ("ALPHA", "BETA")
            ],
            hedges=HEDGES,
            counterparties=PARTIES,
            limits=LIMITS,
        )
        self.desk.open()
        self.desk.market()
        self.desk.market("102.300", "102.310", "USD/JPY")
        self.checked = self.seen = 0
        self.approvals = 1

    @rule(tree=trees(), alone=st.integers(0, 3))
    def change_rows(self, tree: dict[str, list[dict[str, object]]], alone: int) -> None:
        """By two persons, once in four by one."""
        limits = with_rows(self.desk.reference.limits, tree)
        self.approvals += 1
        agreed = _agreed(self.approvals, alone=not alone)
        before = self.desk.state.reference.limits
        self.desk.step(ReferenceChanged(kind="LIMITS", agreed=agreed, limits=limits))
        assert self.desk.state.reference.limits == (limits if alone else before)
        SEEN["changed by two" if alone else "changed by one"] += 1
        if alone:
            assert not self.desk.state.quotes, "what was out is pulled"
            self.desk.reference = self.desk.state.reference

    @precondition(lambda self: LimitKind.NET_OPEN_POSITION in self.desk.reference.limits.tree)
    @rule(
        maximum=st.sampled_from(("0", "2000000", "9000000")),
        seconds=st.sampled_from((1, 2, 30)),
        alone=st.integers(0, 3),
    )
    def grant(self, maximum: str, seconds: int, alone: int) -> None:
        self.approvals += 1
        self.desk.step(
            OverrideGranted(
                agreed=_agreed(self.approvals, alone=not alone),
                limit_id=LimitId(POSITION),
                maximum=Decimal(maximum),
                until_ns=self.desk.at_ns + seconds * SECOND_NS,
            )
        )
        SEEN["granted" if alone else "granted by one"] += 1

    def teardown(self) -> None:
        super().teardown()
        for effects in self.desk.history:
            for effect in effects:
                if isinstance(effect, Decided) and effect.outcome == "REFUSED":
                    SEEN[str(effect.reason)] += 1
                if isinstance(effect, AlertRaised):
                    SEEN[effect.code] += 1
        self._was_never_above_a_limit()
        self._ends_with_what_deals_explain()

    def _everything_holds(self) -> None:
        super()._everything_holds()
        if self.desk.reference.limits.tree:
            SEEN["with rows"] += 1

    def _was_never_above_a_limit(self) -> None:
        recorder = Recorder()
        for number, effects in enumerate(self.desk.history):
            recorder.follow(number, effects)
        known = self._known()
        reference = self._first_reference()
        tables = LimitKind.NET_OPEN_POSITION  # the tables are judged by the machines above this one
        record = recorder.record()
        found = [text for text in limit_breaches(record, reference, STEP, known) if " of " in text]
        assert not found, (found[:3], tables)

    def _first_reference(self) -> Any:
        """As the day began."""
        event = self.desk.stepped[0].event
        assert isinstance(event, RobotStarted)
        return event.reference

    def _known(self) -> Known:
        """Rows as two persons agreed on them, days as they came, deals that were changed."""
        limits: Limits = self._first_reference().limits
        shown, days, overrides = [], [], dict[LimitId, OverrideGranted]()
        for number, stamped in enumerate(self.desk.stepped):
            event, at_ns = stamped.event, number * STEP
            rolls = isinstance(event, RobotStarted | DayRolled)
            day = f"{event.trade_date:%Y%m%d}" if rolls else ""
            if day and (not days or day > days[-1][1]):
                days.append((at_ns, day))
                overrides.clear()
            if isinstance(event, RobotStarted):
                limits = event.reference.limits
            elif isinstance(event, ReferenceChanged) and _by_two(event.agreed):
                assert event.limits is not None
                limits = event.limits
            elif isinstance(event, OverrideGranted) and _by_two(event.agreed):
                overrides[event.limit_id] = event
            held = {
                name: one.maximum for name, one in overrides.items() if one.until_ns > stamped.at_ns
            }
            if not shown or shown[-1][1:] != (limits.tree, held):
                shown.append((at_ns, limits.tree, held))
        amended = {
            effect.deal.deal_id
            for effects in self.desk.history
            for effect in effects
            if isinstance(effect, DealAmended)
        }
        tables = self._first_reference().limits
        periods = (
            (at_ns, _overridden(_with_tree(tables, tree), held)) for at_ns, tree, held in shown
        )
        return Known(limits=tuple(periods), days=tuple(days), amended=frozenset(amended))

    def _ends_with_what_deals_explain(self) -> None:
        state = self.desk.state
        newest: dict[str, Deal] = {}
        for effects in self.desk.history:
            for effect in effects:
                if isinstance(effect, DealBooked | DealAmended):
                    newest[effect.deal.deal_id] = effect.deal
        recorder = Recorder()
        standing = [deal for deal in newest.values() if not deal.void]
        recorder.fills = [fill_of(deal, number) for number, deal in enumerate(standing)]
        today = f"{state.trade_date:%Y%m%d}"
        known = Known(limits=((0, state.reference.limits),), days=((0, today),))
        found = tree_figures(recorder.record(), self._first_reference(), known)
        for name, account in state.gate.accounts.items():
            assert not account.reserved_up and not account.reserved_down, name
            if account.in_tree and str(account.reason).lower() in ADDED_UP:
                wanted, slack = found.pop(name, (Decimal(0), Decimal(0)))
                assert abs(account.utilisation - wanted) <= slack, (name, wanted, account)
        assert not found, "accounts that the robot does not have"


def _with_tree(limits: Limits, tree: Any) -> Limits:
    import msgspec

    return msgspec.structs.replace(limits, tree=tree)


@pytest.mark.slow
def test_days_on_which_limits_change_are_never_above_one_and_end_with_what_deals_explain() -> None:
    SEEN.clear()
    run_state_machine_as_test(DayWithLimits, settings=few(25, 50))
    wanted = ("changed by two", "changed by one", "granted", "granted by one", "with rows")
    refused = ("NET_OPEN_POSITION", "OVERRIDE_ENDED", "LIMIT_BREACHED", "KILL_SWITCH")
    missing = [name for name in (*wanted, *refused) if not SEEN[name]]
    assert not missing, f"no {missing}: the machine was idle; {SEEN}"
