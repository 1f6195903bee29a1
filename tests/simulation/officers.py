"""Officers of compliance and risk: they stop parts and let them go, change limits, grant overrides.

What they agreed on is known here, and from when on the robot had it: by that the day is judged
(`rows` for the oracle), not by what the robot says is in force.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from connectors.demo.oracle import Known
from robot.basics.ids import LimitId
from robot.core.halting import stopped_by
from robot.deals.limit_rows import LimitKind, LimitRow
from robot.deals.reference import Limits, Reference
from robot.journal import decode_inputs
from robot.messages.events import (
    AnyEvent,
    DayRolled,
    HaltCleared,
    KillSwitchPulled,
    KillSwitchReleased,
    RobotStarted,
)
from robot.messages.governing import Agreed, OverrideGranted, ReferenceChanged
from robot.messages.stops import StopScope

if TYPE_CHECKING:
    from tests.simulation.world import World

MS = 1_000_000
SECOND_NS = 1_000 * MS
PROPOSER, APPROVER = "li.wei", "he.yu"
PARTS: tuple[tuple[str, str], ...] = (
    ("venue", "ALPHA"),
    ("venue", "BETA"),
    ("counterparty", "BANKA"),
    ("counterparty", "MKTA"),
    ("counterparty", "MK2"),
    ("pair", "EUR/USD"),
    ("pair", "USD/JPY"),
    ("product", "SPOT"),
    ("strategy", "two_way"),
    ("strategy", "hedge"),
    ("trader", "Trader"),
)
POSITION = LimitId("net_open_position:desk=FX:EUR")
OVERRIDES = ("2000000", "4000000", "9000000")


def rows(chance: Any) -> dict[str, list[dict[str, object]]]:
    """A tree that is felt on a short day; the row of `POSITION` is always there."""

    def some(kind: str, choice: tuple[dict[str, object], ...]) -> list[dict[str, object]]:
        return [chance.choice(choice)] if chance.random() < 0.6 else []

    return {
        "net_open_position": [
            {
                "desk": "FX",
                "currencies": ["EUR"],
                "maximum": chance.choice(("5000000", "8000000", "11000000")),
            },
            *some(
                "net_open_position",
                (
                    {"counterparty": "BANKA", "currencies": ["EUR"], "maximum": "3000000"},
                    {"venue": "ALPHA", "currencies": ["JPY"], "maximum": "500000000"},
                ),
            ),
        ],
        "settlement": some(
            "settlement",
            (
                {"counterparty": "*", "maximum": "9000000"},
                {"group": "G1", "maximum": "15000000"},
            ),
        ),
        "daily_volume": some(
            "daily_volume",
            (
                {"strategy": "*", "maximum": "60000000"},
                {"counterparty": "BANKB", "pairs": ["USD/JPY"], "maximum": "6000000"},
            ),
        ),
        "counterparty_line": some("line", ({"country": "*", "maximum": "400000"},)),
        "quotes_outstanding": some(
            "quotes",
            ({"everyone": "all", "maximum": "5"}, {"group": "*", "maximum": "3"}),
        ),
        "orders_outstanding": some("orders", ({"venue": "ALPHA", "maximum": "2"},)),
        "deal_size": some("size", ({"venue": "BETA", "maximum": "3000000"},)),
        "order_value": some("value", ({"everyone": "all", "maximum": "3500000"},)),
        "clip": some("clip", ({"everyone": "all", "maximum": "1000000"},)),
        "term_cap": some("term", ({"type": "bank", "maximum": "6"},)),
    }


class Officers:
    """All who may."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chance = world.chance("officers")
        self._numbers = 1
        self.approved: Limits = world.reference.limits
        """By two persons: what the next start has to begin with."""
        self.approval = 1
        self._granted: list[tuple[object, OverrideGranted]] = []
        """With the trade date, with which it ends at the latest."""
        self._limits: Limits = world.reference.limits
        self._newest = 0
        self._coming: list[ReferenceChanged] = []
        self._overrides: dict[LimitId, OverrideGranted] = {}
        self._shown: object = None
        self._periods: list[tuple[int, Limits]] = []
        self._days: list[tuple[int, str]] = []

    def plan(self, stops: int, changes: int, day_s: int) -> None:
        """So many of each over the day."""
        for count, what in ((stops, self._stop), (changes, self._change), (changes, self._grant)):
            for _ in range(count):
                at_ns = self._chance.randrange(SECOND_NS, day_s * SECOND_NS)
                self._world.at(at_ns, what, relative=True)

    # --- stops

    def _stop(self) -> None:
        scope, value = self._chance.choice(PARTS)
        self._world.mark(f"part stopped: {scope}")
        self._world.robot.post(
            KillSwitchPulled(actor=PROPOSER, reason="drill", scope=StopScope(scope), value=value)
        )
        self._later(self.let_go_one, 300, 4_000)

    def let_go_one(self) -> None:
        """Somebody asks for a release alone; then another one agrees, or something else is."""
        stopped = [*self._stopped().items()]
        if not stopped:
            return
        name, text = stopped[0]
        scope, value = _part(name)
        if self._chance.random() < 0.3:
            self._world.mark("release asked for alone")
            event = self._release(scope, value, text)
            approver = self._chance.choice(("", PROPOSER.upper()))
            self._world.robot.post(msgspec.structs.replace(event, approver=approver))
        self._later(lambda: self.let_go(scope, value), 50, 1_500)

    def let_go(self, scope: StopScope, value: str) -> None:
        """By two persons who saw this stop."""
        for name, text in self._stopped().items():
            if _part(name) == (scope, value):
                self._world.mark("part released by two")
                self._world.robot.post(self._release(scope, value, text))

    def let_all_go(self) -> None:
        """The day is over: every kill switch, that of everything too."""
        for name in self._stopped():
            self.let_go(*_part(name))

    def _release(self, scope: StopScope, value: str, text: str) -> KillSwitchReleased:
        return KillSwitchReleased(
            actor=PROPOSER,
            reason="drill over",
            scope=scope,
            value=value,
            approver=APPROVER,
            proposal=self._number(),
            released=text,
        )

    def cleared(self, halt: str) -> HaltCleared:
        """Two persons have looked at a break or a fault."""
        engine = self._world.robot.engine
        text = engine.state.halts.get(halt, "") if engine is not None else ""
        return HaltCleared(
            halt=halt,
            actor=PROPOSER,
            reason="looked at",
            approver=APPROVER,
            proposal=self._number(),
            released=text,
        )

    def _stopped(self) -> dict[str, str]:
        """As `fxrobot status` shows it."""
        engine = self._world.robot.engine
        found = stopped_by(engine.state) if engine is not None else {}
        return {name: text for name, text in found.items() if name.startswith("kill_switch")}

    # --- limits

    def _change(self) -> None:
        """New rows, by two persons; or by one, which changes nothing."""
        chance, reference = self._chance, self._world.reference
        limits = with_rows(reference.limits, rows(chance))
        alone = chance.random() < 0.2
        later_ns = chance.choice((0, 0, chance.randrange(1, 3_000) * MS))
        if alone:
            self._world.mark("limits changed by one")
        self._put(limits, later_ns=later_ns, alone=alone)

    def open_wide(self) -> None:
        """The day is over: no row is in anybody's way, and no override holds."""
        self._put(with_rows(self._world.reference.limits, {}))

    def _put(self, limits: Limits, *, later_ns: int = 0, alone: bool = False) -> None:
        number = self._number()
        event = ReferenceChanged(
            kind="LIMITS",
            agreed=_agreed(number, alone=alone),
            effective_ns=self._world.core_ns() + later_ns if later_ns else 0,
            limits=limits,
        )
        if not alone and not later_ns:
            self.approved, self.approval = limits, number
        self._world.robot.post(event)

    def _grant(self) -> None:
        """Another maximum for a while, by two persons or by one."""
        alone = self._chance.random() < 0.2
        event = OverrideGranted(
            agreed=_agreed(self._number(), alone=alone),
            limit_id=POSITION,
            maximum=Decimal(self._chance.choice(OVERRIDES)),
            until_ns=self._world.core_ns() + self._chance.randrange(500, 4_000) * MS,
        )
        self._world.mark("override granted by one" if alone else "override granted")
        if not alone:
            self._granted.append((self._world.trade_date, event))
        self._world.robot.post(event)

    def hand_over(self) -> list[AnyEvent]:
        """What was agreed on and the robot may not have, at each of its starts."""
        today, core_ns = self._world.trade_date, self._world.core_ns()
        return [one for day, one in self._granted if day == today and one.until_ns > core_ns]

    def as_approved(self, reference: Reference) -> Reference:
        """What a start begins with: what is approved, whatever was in force."""
        return msgspec.structs.replace(reference, limits=self.approved)

    # --- what was in force, for the judge

    def seen(self, payload: bytes) -> None:
        """Inputs are journaled: what they say is in force from here on."""
        for stamped in decode_inputs(payload):
            event = stamped.event
            if isinstance(event, RobotStarted):
                self._limits = event.reference.limits
                self._newest = event.approvals.get("LIMITS", 0)
                self._day(event.trade_date)
            elif isinstance(event, DayRolled):
                self._day(event.trade_date)
            elif isinstance(event, ReferenceChanged) and _by_two(event.agreed):
                self._coming.append(event)
            elif isinstance(event, OverrideGranted) and _by_two(event.agreed):
                self._overrides[event.limit_id] = event
        self.note()

    def note(self) -> None:
        """Before anything leaves: the rows as they are by now."""
        core_ns = self._world.core_ns()
        for event in sorted(self._coming, key=lambda one: one.agreed.approval):
            if event.effective_ns <= core_ns and event.limits is not None:
                self._coming.remove(event)
                if event.agreed.approval > self._newest:
                    self._newest, self._limits = event.agreed.approval, event.limits
                    self._world.mark("limits changed by two")
        held = {
            name: one.maximum for name, one in self._overrides.items() if one.until_ns > core_ns
        }
        shown = (self._limits.tree, held)
        if shown != self._shown:
            self._shown = shown
            self._periods.append((self._world.now_ns, _overridden(self._limits, held)))

    def known(self) -> Known:
        """For the oracle."""
        trades = self._world.book.trades
        return Known(
            limits=tuple(self._periods),
            days=tuple(self._days),
            amended=frozenset(trade.exec_id for trade in trades if trade.amended),
        )

    def _day(self, day: object) -> None:
        text = f"{day:%Y%m%d}"
        if not self._days or self._days[-1][1] < text:
            self._days.append((self._world.now_ns, text))
            self._overrides.clear()  # at the latest when the trade date ends

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _later(self, what: Callable[[], None], least_ms: int, most_ms: int) -> None:
        self._world.at(self._chance.randrange(least_ms, most_ms) * MS, what, relative=True)


def with_rows(limits: Limits, tree: dict[str, list[dict[str, object]]]) -> Limits:
    """The tables with these rows."""
    made = {
        LimitKind(kind): tuple(msgspec.convert(row, LimitRow, strict=False) for row in given)
        for kind, given in tree.items()
        if given
    }
    return msgspec.structs.replace(limits, tree=made)


def _overridden(limits: Limits, held: dict[LimitId, Decimal]) -> Limits:
    maximum = held.get(POSITION)
    first, *others = limits.tree.get(LimitKind.NET_OPEN_POSITION, ()) or (None,)
    if maximum is None or first is None:
        return limits
    changed = (msgspec.structs.replace(first, maximum=maximum), *others)
    tree = {**limits.tree, LimitKind.NET_OPEN_POSITION: changed}
    return msgspec.structs.replace(limits, tree=tree)


def _agreed(number: int, *, alone: bool) -> Agreed:
    return Agreed(
        proposal=number,
        approval=number,
        proposer=PROPOSER,
        approver=PROPOSER.upper() if alone else APPROVER,
        content_hash="simulated",
        proposed_ns=1,
        approved_ns=2,
    )


def _by_two(agreed: Agreed) -> bool:
    return (agreed.proposer, agreed.approver) == (PROPOSER, APPROVER)


def _part(name: str) -> tuple[StopScope, str]:
    """Of `kill_switch venue:ALPHA`."""
    scope, _, value = name.removeprefix("kill_switch").strip().partition(":")
    return StopScope(scope or "all"), value
