"""A kill switch that is pulled in the midst of a hit, in every scope and at every point.

The real loop, with a journal and a venue that let somebody pull it meanwhile: before the hit is
taken, while it is written down, while it is synced, while its report leaves. Whatever the moment:
the hit is answered once, what is answered is what is booked, and afterwards nothing of the part is
out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from robot.agent import Agent
from robot.basics.ids import VenueId
from robot.clock import ManualClock
from robot.inbox import Inbox
from robot.invariants import check_state
from robot.journal import RecordKind
from robot.messages.base import Wire
from robot.messages.effects import (
    ConcludeDeal,
    RefuseHit,
    SendQuote,
    WithdrawAllQuotes,
    WithdrawQuote,
)
from robot.messages.events import KillSwitchPulled, RobotStopping
from robot.messages.stops import StopScope
from robot.ports import Poster, SentMark
from tests.kit.desk import Desk
from tests.kit.invariants import check_books
from tests.kit.stubs import NoTimers

COVERING = {
    "all": "",
    "entity": "BANKCNBJ",
    "desk": "FX",
    "book": "FXSPOT",
    "strategy": "two_way",
    "venue": "ALPHA",
    "counterparty": "BANKA",
    "product": "SPOT",
    "pair": "EUR/USD",
}
BESIDE = {
    "trader": "wang.fang",
    "venue": "BETA",
    "counterparty": "BANKB",
    "product": "FORWARD",
    "pair": "USD/JPY",
    "strategy": "hedge",
}
"""Parts that the hit is none of."""
POINTS = ("append INPUTS", "append EFFECTS", "sync", "send ConcludeDeal")


def test_every_scope_has_its_kill_here() -> None:
    missing = {str(scope) for scope in StopScope} - {*COVERING, *BESIDE}
    assert not missing, f"tests/abuse/test_kills.py has no kill of {sorted(missing)}"


class Loop:
    """Journal, venue and inbox in one; `at` = what happens at the first time of a point."""

    def __init__(self) -> None:
        self.desk = Desk(desk="FX").open()
        self.desk.market()
        self.desk.market(venue="BETA")
        self.quotes = [self.desk.quoted(), self.desk.quoted(client="BANKB", venue="BETA")]
        self.sent: list[Wire] = []
        self.at: dict[str, Callable[[], None]] = {}
        self.inbox = Inbox(may_wait=False)
        self.agent = Agent(
            self.desk.engine,
            self,
            ManualClock(self.desk.at_ns),
            self.inbox,
            NoTimers(),
            links={},
            unsent={},
        )
        self.agent._venue = self

    def hit(self) -> Any:
        """BANKA buys on the quote it has."""
        other = Desk(desk="FX").open()
        other.hit(self.quotes[0])
        return other.stepped[-1].event

    def run(self) -> None:
        """Until nothing waits, as the main thread does."""
        while len(self.inbox):
            self.agent._go_round()

    def answers(self) -> list[Wire]:
        return [one for one in self.sent if isinstance(one, ConcludeDeal | RefuseHit)]

    # --- journal and venue

    def _reached(self, point: str) -> None:
        happens = self.at.pop(point, None)
        if happens is not None:
            happens()

    def open_segment(self, trade_date: date, at_ns: int, snapshot: bytes) -> str:
        return "segment"

    def append(self, kind: RecordKind, at_ns: int, payload: bytes) -> int:
        self._reached(f"append {kind.name}")
        return 1

    def sync(self) -> None:
        self._reached("sync")

    def close(self) -> None: ...

    def start(
        self, poster: Poster, on_sent: Callable[[SentMark], None], now_ns: Callable[[], int]
    ) -> None: ...

    def send(self, effect: Wire, effect_id: str) -> bool:
        self._reached(f"send {type(effect).__name__}")
        self.sent.append(effect)
        return True

    def stop(self) -> None: ...


def pulled(scope: str, value: str) -> KillSwitchPulled:
    return KillSwitchPulled(actor="li.wei", reason="now", scope=StopScope(scope), value=value)


def settled(of: Loop, dealt: bool) -> None:
    """Answered once, booked as answered, nothing held by what is gone."""
    (answer,) = of.answers()
    assert isinstance(answer, ConcludeDeal) is dealt
    state = of.desk.state
    check_state(state)
    assert of.quotes[0] not in state.gate.reservations
    assert len(state.deals) == int(dealt)
    assert (state.ledger.net.get("EUR", 0) == 0) is not dealt


def scopes(names: dict[str, str]) -> list[tuple[str, str]]:
    known = {str(scope) for scope in StopScope}
    return [(scope, value) for scope, value in names.items() if scope in known]


@pytest.mark.parametrize(("scope", "value"), scopes(COVERING))
@pytest.mark.parametrize("point", POINTS)
def test_a_hit_that_was_taken_is_dealt_on_and_then_everything_of_the_part_is_pulled(
    scope: str, value: str, point: str
) -> None:
    of = Loop()
    of.at[point] = lambda: of.inbox.post(pulled(scope, value))
    of.inbox.post(of.hit())
    of.run()
    assert not of.at, f"{point} was not reached"
    settled(of, dealt=True)
    concluded = of.sent.index(of.answers()[0])
    assert not [one for one in of.sent[concluded:] if isinstance(one, SendQuote)]
    covers_other = scope in ("all", "entity", "desk", "book", "strategy", "product", "pair")
    gone = [one for one in of.sent if isinstance(one, WithdrawQuote | WithdrawAllQuotes)]
    assert bool(gone) is covers_other
    assert (of.quotes[1] in of.desk.state.quotes) is not covers_other
    of.inbox.post(of.hit())  # the same again, after the kill: the same answer, booked once
    of.run()
    assert [type(one) for one in of.answers()] == [ConcludeDeal, ConcludeDeal]
    assert len(of.desk.state.deals) == 1


@pytest.mark.parametrize(("scope", "value"), scopes(COVERING))
def test_a_kill_overtakes_a_hit_that_waits(scope: str, value: str) -> None:
    of = Loop()
    of.inbox.post(of.hit())
    of.inbox.post(pulled(scope, value))
    of.run()
    settled(of, dealt=False)
    withdrawn = next(number for number, one in enumerate(of.sent) if isinstance(one, WithdrawQuote))
    assert withdrawn < of.sent.index(of.answers()[0]), "pulled first, then refused"


@pytest.mark.parametrize(("scope", "value"), scopes(COVERING))
def test_of_a_hit_and_a_kill_of_one_turn_the_first_decides(scope: str, value: str) -> None:
    for kill_first in (False, True):
        of = Loop()
        events = [of.hit(), pulled(scope, value)]
        of.agent.turn(events[::-1] if kill_first else events)
        settled(of, dealt=not kill_first)


@pytest.mark.parametrize(("scope", "value"), scopes(BESIDE))
def test_a_kill_of_another_part_does_not_touch_the_hit(scope: str, value: str) -> None:
    of = Loop()
    of.at["append INPUTS"] = lambda: of.inbox.post(pulled(scope, value))
    of.inbox.post(of.hit())
    of.run()
    settled(of, dealt=True)
    assert f"kill_switch {scope}:{value}" in of.desk.state.stops


def test_from_the_order_to_stop_on_nothing_new_leaves() -> None:
    """Another engine sent orders while it was shutting down, and after it had stopped."""
    of = Loop()
    of.at["append INPUTS"] = lambda: of.inbox.post(of.hit())
    of.agent.end(RobotStopping())
    of.run()
    settled(of, dealt=False)
    of.desk.at_ns += 1_000_000
    of.desk.rfq()
    assert not of.desk.all(SendQuote)


def test_a_released_switch_does_not_fire_again_after_a_start() -> None:
    """Another engine's did."""
    of = Desk().open()
    of.market()
    of.kill()
    of.release()
    of.restart()
    for venue in ("ALPHA", "BETA"):
        of.log_on(VenueId(venue))
        of.open_dealing(venue)
    of.market()
    assert of.quoted() and not of.state.stops
    check_books(of.state, of.history)
