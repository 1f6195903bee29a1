"""Planted bugs: each breaks one promise, and the simulated days must notice.

They patch objects of this process only. A bug that no day notices is a hole in the simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from functools import partialmethod
from typing import Any
from unittest.mock import patch

import msgspec

import robot.agent
from connectors.fix import quote_fields, terms
from connectors.fix import session as fix_session
from connectors.fix.session import DealingApplication
from robot import recovery
from robot.agent import BINDING, Agent
from robot.clock import SystemClock
from robot.core import booking, controls, engine, negotiation, quoting
from robot.core.state import RobotState, restore, snapshot
from robot.deals.party import BUY, SELL
from robot.journal import RecordKind, encode_effects, encode_inputs
from robot.limits.gate import LimitGate
from robot.limits.limit import LimitAccount
from robot.messages.asks import TakeQuote
from robot.messages.effects import ConcludeDeal, RefuseHit, SendOrder
from robot.messages.events import HitReceived, MessageRefused, Stamped
from robot.projector import Projector
from tests.simulation.disk import SimJournal, SimTail
from tests.simulation.limit_mutants import LIMIT_MUTANTS
from tests.simulation.office import Followers, MemoryStore
from tests.simulation.order_mutants import ORDER_MUTANTS

Planter = Callable[[ExitStack], None]


def _patch(stack: ExitStack, target: object, name: str, value: object) -> None:
    stack.enter_context(patch.object(target, name, value))


def _no_dedupe_of_hits(stack: ExitStack) -> None:
    _patch(stack, booking, "_answer_repeated", lambda context, event: False)


def _turn(
    self: Any,
    events: Sequence[Any],
    *,
    send_first: bool = False,
    synced: tuple[type, ...] = BINDING,
    blocks_synced: bool = True,
) -> None:
    stamped = self._stamp(events)
    if not stamped:
        return
    at_ns, blocks = stamped[-1].at_ns, self._engine.state.id_blocks
    if not send_first:
        self._journal.append(RecordKind.INPUTS, at_ns, encode_inputs(stamped))
    effects = [self._step(item, at_ns) for item in stamped]
    if send_first:
        for item, row in zip(stamped, effects, strict=True):
            self.release(item, row)
        self._journal.append(RecordKind.INPUTS, at_ns, encode_inputs(stamped))
    self._journal.append(RecordKind.EFFECTS, at_ns, encode_effects(effects))
    began = blocks_synced and blocks != self._engine.state.id_blocks
    if began or any(isinstance(effect, synced) for row in effects for effect in row):
        self._journal.sync()
    if not send_first:
        for item, row in zip(stamped, effects, strict=True):
            self.release(item, row)
    rolled = [item.event for item in stamped if type(item.event).__name__ == "DayRolled"]
    if rolled:
        self._rotate(rolled[0], at_ns)


def _blind_to_the_disk(stack: ExitStack) -> None:
    """Only the records of the others may convict, not a look at our own disk."""
    _patch(stack, SimJournal, "deals_are_safe", True)


def _send_before_journal(stack: ExitStack) -> None:
    _blind_to_the_disk(stack)
    _patch(stack, Agent, "turn", partialmethod(_turn, send_first=True))


def _not_synced(stack: ExitStack, kind: type) -> None:
    _blind_to_the_disk(stack)
    synced = tuple(one for one in BINDING if one is not kind)
    _patch(stack, Agent, "turn", partialmethod(_turn, synced=synced))


def _deal_not_synced(stack: ExitStack) -> None:
    _not_synced(stack, ConcludeDeal)


def _refusal_not_synced(stack: ExitStack) -> None:
    _not_synced(stack, RefuseHit)


def _order_not_synced(stack: ExitStack) -> None:
    _not_synced(stack, SendOrder)


def _take_not_synced(stack: ExitStack) -> None:
    _not_synced(stack, TakeQuote)


def _block_of_ids_not_synced(stack: ExitStack) -> None:
    _patch(stack, Agent, "turn", partialmethod(_turn, blocks_synced=False))


def _lost_ids_used_again(stack: ExitStack) -> None:
    _patch(stack, RobotState, "leave_out_ids", lambda self: None)


def _refused_quotes_stay(stack: ExitStack) -> None:
    handlers = {**engine.HANDLERS, MessageRefused: lambda context, event: None}
    _patch(stack, engine, "HANDLERS", handlers)


def _refused_reports_are_an_alert(stack: ExitStack) -> None:
    _patch(stack, controls, "_break_refused_report", lambda context, event: None)


def _clock_follows_the_machine_back(stack: ExitStack) -> None:
    _patch(stack, SystemClock, "now_ns", lambda self: self._read_machine_ns())
    _patch(stack, Agent, "_stamp", _stamp_as_it_comes)


def _stamp_as_it_comes(self: Any, events: Sequence[Any]) -> list[Stamped]:
    first, at_ns = self._engine.state.stepped + 1, self._clock.now_ns()
    return [Stamped(first + index, at_ns, event) for index, event in enumerate(events)]


def _sides_turned_round(stack: ExitStack) -> None:
    _patch(stack, terms, "_OUR_SIDE", {"1": BUY, "2": SELL})


def _prices_cut_on_the_wire(stack: ExitStack) -> None:
    cut = Decimal("0.0001")
    _patch(stack, quote_fields, "plain", lambda value: format(min(value, value.quantize(cut)), "f"))


def _kills_quarantine(stack: ExitStack) -> None:
    """Two kills anywhere in a start and an innocent input is passed over."""

    def held_against(replayer: Any, stamped: Any) -> str:
        return "a death" if replayer.deaths else ""

    _patch(stack, recovery, "_held_against", held_against)


def _poison_is_stepped_for_ever(stack: ExitStack) -> None:
    _patch(stack, recovery, "DEATHS_MAX", 10**9)


def _no_rewinding(stack: ExitStack) -> None:
    _patch(stack, DealingApplication, "_created", lambda self, session_id: True)


def _died_on_is_sent_again(stack: ExitStack) -> None:
    honest = DealingApplication._created

    def created(self: Any, session_id: Any) -> bool:
        session = fix_session.fix.Session.lookupSession(session_id)
        before = session.getExpectedTargetNum()
        done = honest(self, session_id)
        if session.getExpectedTargetNum() > before:
            session.setNextTargetMsgSeqNum(before)
        return done

    _patch(stack, DealingApplication, "_created", created)


def _rewinding_too_far(stack: ExitStack) -> None:
    honest = DealingApplication._created

    def created(self: Any, session_id: Any) -> bool:
        honest(self, session_id)
        session = fix_session.fix.Session.lookupSession(session_id)
        session.setNextTargetMsgSeqNum(max(1, session.getExpectedTargetNum() - 3))
        return True

    _patch(stack, DealingApplication, "_created", created)


def _not_released_at_expiry(stack: ExitStack) -> None:
    honest = negotiation.release_quote

    def release(context: Any, quote_id: Any, ending: str, verb: str = "release") -> None:
        if verb == "expire":
            quoting.remove_quote(context, quote_id, ending)
        else:
            honest(context, quote_id, ending, verb)

    _patch(stack, negotiation, "release_quote", release)


def _released_twice(stack: ExitStack) -> None:
    honest = LimitGate.release

    def release(self: Any, quote_id: Any, verb: str = "release") -> Any:
        uses = self.reservations[quote_id].uses
        moved = honest(self, quote_id, verb)
        for use in uses:
            account = self.accounts[use.limit_id]
            account.reserved_up = max(Decimal(0), account.reserved_up - use.up)
        return moved

    _patch(stack, LimitGate, "release", release)


def _no_reconciliation(stack: ExitStack) -> None:
    def request(context: Any, venue_id: Any) -> None:
        context.state.venues[venue_id].reconciled = True

    _patch(stack, controls, "request_trades", request)


def _new_exec_id_on_resend(stack: ExitStack) -> None:
    honest = booking._answer_repeated

    def answer(context: Any, event: HitReceived) -> bool:
        before = len(context.effects)
        answered = honest(context, event)
        for index in range(before, len(context.effects)):
            effect = context.effects[index]
            if isinstance(effect, ConcludeDeal):
                exec_id = context.state.next_id("E")
                deal = msgspec.structs.replace(effect.deal, exec_id=exec_id)
                context.effects[index] = msgspec.structs.replace(effect, deal=deal)
        return answered

    _patch(stack, booking, "_answer_repeated", answer)


def _ack_on_puback(stack: ExitStack) -> None:
    def taken(self: Any, row: Any) -> None:
        self.store.outbox.acknowledge(row.message_id, row.payload_hash, 0)

    _patch(stack, Followers, "taken_by_broker", taken)


def _projector_skips(stack: ExitStack) -> None:
    honest = Projector._turn

    def turn(self: Any, record: Any) -> Any:
        return None if record.sequence % 11 == 0 else honest(self, record)

    _patch(stack, Projector, "_turn", turn)


def _projector_applies_twice(stack: ExitStack) -> None:
    _patch(stack, MemoryStore, "not_yet_applied", lambda self, turns: turns)


def _followers_read_past_the_sync(stack: ExitStack) -> None:
    _patch(stack, SimTail, "readable", lambda self, segment, end: True)


def _snapshot_without_hits(stack: ExitStack) -> None:
    def forgetful(state: Any) -> bytes:
        copy = restore(snapshot(state))
        copy.answered_hits.clear()
        return snapshot(copy)

    _patch(stack, robot.agent, "snapshot", forgetful)


def _expiry_ignored(stack: ExitStack) -> None:
    handlers = {**engine.TIMER_HANDLERS, quoting.QUOTE_EXPIRY: lambda context, key: None}
    _patch(stack, engine, "TIMER_HANDLERS", handlers)


def _limits_of_deals_only(stack: ExitStack) -> None:
    honest = LimitAccount.shortfall

    def shortfall(self: Any, up: Decimal, down: Decimal) -> Decimal:
        return honest(self, up - self.reserved_up, down - self.reserved_down)

    _patch(stack, LimitAccount, "shortfall", shortfall)


def _stale_quotes_resent(stack: ExitStack) -> None:
    _patch(stack, fix_session, "_RESENT", frozenset({"8", "AG", "S"}))


def _quotes_outlive_a_restart(stack: ExitStack) -> None:
    _patch(stack, controls, "end_negotiation", lambda context, negotiation, ending: None)
    _patch(stack, controls, "drop_venue_negotiations", lambda context, venue, ending: None)


def _hit_not_compared(stack: ExitStack) -> None:
    _patch(stack, booking, "difference", lambda event, quote, negotiation: "")


MUTANTS: dict[str, Planter] = {
    "no dedupe of hits": _no_dedupe_of_hits,
    "send before journal": _send_before_journal,
    "deal not synced before the wire": _deal_not_synced,
    "order not synced before the wire": _order_not_synced,
    "take not synced before the wire": _take_not_synced,
    "refusal not synced before the wire": _refusal_not_synced,
    "block of ids not synced before the wire": _block_of_ids_not_synced,
    "ids lost in a power cut used again": _lost_ids_used_again,
    "no rewinding": _no_rewinding,
    "rewinding too far": _rewinding_too_far,
    "what it died on is sent again": _died_on_is_sent_again,
    "reservation not released at expiry": _not_released_at_expiry,
    "reservation released twice": _released_twice,
    "no reconciliation before the first quote": _no_reconciliation,
    "resend under a new ExecID": _new_exec_id_on_resend,
    "acknowledged by the broker": _ack_on_puback,
    "projector skips a turn": _projector_skips,
    "projector applies a turn twice": _projector_applies_twice,
    "followers read past the sync": _followers_read_past_the_sync,
    "snapshot without answered hits": _snapshot_without_hits,
    "expiry ignored": _expiry_ignored,
    "limits of deals only": _limits_of_deals_only,
    "stale quotes resent": _stale_quotes_resent,
    "quotes outlive a restart": _quotes_outlive_a_restart,
    "hit not compared with the quote": _hit_not_compared,
    "quotes stay that the venue refused": _refused_quotes_stay,
    "a rejected execution report is an alert": _refused_reports_are_an_alert,
    "time follows the machine back": _clock_follows_the_machine_back,
    "sides turned round on the wire": _sides_turned_round,
    "prices cut on the wire": _prices_cut_on_the_wire,
    "a death in a start quarantines": _kills_quarantine,
    "poison is stepped for ever": _poison_is_stepped_for_ever,
    **ORDER_MUTANTS,
    **LIMIT_MUTANTS,
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The bug is there while this lasts; "" = none."""
    with ExitStack() as stack:
        if name:
            MUTANTS[name](stack)
        yield
