"""A desk that is spoken to in FIX: real codec both ways, real core, no sockets.

What comes in has been read by QuickFIX, checked against the shipped dictionary and handed to the
callbacks of `connectors.fix.session`; what goes out is encoded by the venue's dialect, built as
QuickFIX sends it and checked against the same dictionary. Time is the scene's; what is due fires at
its own time.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import quickfix as fix

from connectors.fix import session as sessions
from connectors.fix.dialect import Dialect, Version
from connectors.fix.encode import message_for
from connectors.fix.fields import SOH, Fields, FixMessage
from connectors.fix.session import (
    BEGIN_STRINGS,
    DealingApplication,
    FixSettings,
    MarketDataApplication,
    VenueSettings,
)
from robot.basics.ids import VenueId
from robot.invariants import check_state
from robot.messages.base import Wire
from robot.messages.effects import AnyEffect, SubscribeMarket
from robot.messages.events import AnyEvent, DealingOpened, RobotStarted, SessionKind, TimeAdvanced
from robot.package import fix_dictionary
from tests.kit.desk import Desk, started
from tests.kit.fix_products import dialect, on_the_wire
from tests.kit.fix_short import Short, Venue, read_short

MARKET_DATA = frozenset("WXY")
_SUFFIXES = {"DEALING": "DEAL", "MARKET_DATA": "MD", "DROP_COPY": "DROP"}
SUFFIXES = {kind: _SUFFIXES[kind.name] for kind in SessionKind}
_HAS_COPIES = "drop_copy" in VenueSettings.__struct_fields__


@dataclass(frozen=True)
class Sent:
    """A message of the robot's on the wire."""

    at_ns: int
    venue: str
    message: FixMessage


class _Collected:
    """The poster of the sessions: keeps events until the callback has returned."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []

    def post(self, event: AnyEvent) -> None:
        self.events.append(event)

    def post_together(self, events: Sequence[AnyEvent]) -> None:
        self.events += events

    def observe_time(self, at_ns: int) -> None:
        """The scene's own time counts."""

    def wait_drained(self, timeout_s: float) -> bool:
        return True


class FixScene:
    """The desk, its venues' sessions, and what it said and recorded since it was last looked at."""

    def __init__(self, desk: Desk, preset: str = "fix44") -> None:
        self.desk = desk
        self.preset = preset
        self.spoken: Dialect = dialect(preset)
        self.sent: list[Sent] = []
        self.recorded: list[tuple[int, AnyEffect]] = []
        self.slowest_s = 0.0
        self.up: set[tuple[str, SessionKind]] = set()
        self.venues = {
            row.id: Venue(self.spoken, lambda: clock(self.desk.at_ns))
            for row in desk.reference.venues
        }
        self._posted = _Collected()
        self._applications = self._made_applications()
        self._numbers: dict[tuple[str, SessionKind], int] = {}
        self._last: dict[str, tuple[Short, Fields, int]] = {}

    def open(self) -> FixScene:
        """Started, logged on everywhere, no trades to report, dealing open."""
        self.step(started(self.desk.reference, self.desk.day))
        for row in self.desk.reference.venues:
            for kind in SUFFIXES:
                if kind.name != "DROP_COPY" or getattr(row, "drop_copy", False):
                    self.log_on(row.id, kind)
            self.tell(row.id, read_short("AQ 748=0"))
            for product in row.products:
                self.step(DealingOpened(venue=row.id, product=product))
        self.forget()
        return self

    def forget(self) -> None:
        """What was said so far is not looked at."""
        self.sent.clear()
        self.recorded.clear()

    def reach(self, at_ns: int) -> None:
        """Let time pass, to the nanosecond in which something is due and on."""
        while (due_ns := self.desk.engine.next_timer_ns()) is not None and due_ns <= at_ns:
            self.desk.at_ns = max(due_ns, self.desk.at_ns)
            self.step(TimeAdvanced())
        self.desk.at_ns = at_ns

    def step(self, event: AnyEvent) -> None:
        """The core takes an event; what it says is on the wire if the session is up."""
        begun = time.perf_counter()
        effects = self.desk.step(event)
        self.slowest_s = max(self.slowest_s, time.perf_counter() - begun)
        if not isinstance(event, RobotStarted):
            check_state(self.desk.state)
        for effect in effects:
            self.recorded.append((self.desk.at_ns, effect))
            if isinstance(effect, Wire):
                self._send(effect)

    def tell(self, venue: str, short: Short, client: str = "", *, copied: bool = False) -> None:
        """A venue, or a client through it, sends a message; `copied` = on the drop copy session."""
        head, body = self.venues[VenueId(venue)].complete(short, client)
        kind = SessionKind.MARKET_DATA if short.type in MARKET_DATA else SessionKind.DEALING
        if copied:
            kind = SessionKind["DROP_COPY"]
        number = self._numbers.get((venue, kind), 0) + 1
        self._arrive(venue, kind, short, [*head], body, number)

    def tell_again(self, venue: str, *, resent: bool) -> None:
        """The venue's last message on the dealing session comes again: under a new number, or as a
        resend with its own (43=Y).
        """
        short, body, number = self._last[venue]
        head: Fields = [(43, "Y"), (122, clock(self.desk.at_ns))] if resent else []
        number = number if resent else self._numbers[venue, SessionKind.DEALING] + 1
        self._arrive(venue, SessionKind.DEALING, short, head, body, number)

    def log_on(self, venue: str, kind: SessionKind) -> None:
        """A session is up."""
        self.up.add((venue, kind))
        self._applications[kind].onLogon(self._session_id(venue, kind))
        self._turn()

    def log_out(self, venue: str, kind: SessionKind) -> None:
        """A session is gone."""
        self.up.discard((venue, kind))
        self._applications[kind].onLogout(self._session_id(venue, kind))
        self._turn()

    def reset(self, venue: str, kind: SessionKind) -> None:
        """The venue logs on anew and begins its numbers again."""
        self.log_out(venue, kind)
        self._numbers.pop((venue, kind), None)
        self.log_on(venue, kind)

    def restart(self, **changes: Any) -> None:
        """The process ends and starts again from its state, with other limits perhaps; no session
        is up.
        """
        if changes:
            self.desk.changed(**changes)
        self.up.clear()
        self.desk.restart()
        self.recorded += [(self.desk.at_ns, effect) for effect in self.desk.effects]
        self._posted.events.clear()
        self._applications = self._made_applications()

    def _made_applications(self) -> dict[SessionKind, Any]:
        """The callbacks of each kind of session, as at the start of a process."""
        settings = _settings(list(self.venues), self.spoken)
        made: dict[str, Any] = {
            "DEALING": DealingApplication(settings, self._posted, lambda mark: None),
            "MARKET_DATA": MarketDataApplication(settings, self._posted),
        }
        if _HAS_COPIES:
            made["DROP_COPY"] = vars(sessions)["DropCopyApplication"](settings, self._posted)
        return {kind: made[kind.name] for kind in SessionKind}

    def _arrive(
        self, venue: str, kind: SessionKind, short: Short, head: Fields, body: Fields, number: int
    ) -> None:
        self._numbers[venue, kind] = max(number, self._numbers.get((venue, kind), 0))
        if kind is SessionKind.DEALING:
            self._last[venue] = (short, body, number)
        message = self._parsed(venue, kind, short.type, head, body, number)
        if message is None:
            return
        self._applications[kind].fromApp(message, self._session_id(venue, kind))
        self._turn()

    def _parsed(
        self, venue: str, kind: SessionKind, type_: str, head: Fields, body: Fields, number: int
    ) -> fix.Message | None:
        """As QuickFIX reads it; what its dictionary refuses it answers itself, by a reject (3)."""
        suffix = SUFFIXES[kind]
        fields = [(35, type_), (49, f"{venue}-{suffix}"), (56, f"BANKCNBJ-{suffix}")]
        fields += [(34, str(number)), (52, clock(self.desk.at_ns)), *head, *body]
        parts = [f"8={BEGIN_STRINGS[self.spoken.version]}", "9=0"]
        parts += [f"{tag}={value}" for tag, value in fields] + ["10=000"]
        dictionaries = _dictionaries(self.spoken.version)
        try:
            built = fix.Message(SOH.join(parts) + SOH, *dictionaries, False)
            message = fix.Message(built.toString(), *dictionaries, True)
            _validate(message, dictionaries)
        except fix.FIXException as problem:
            reject = f"35=3|45={number}|372={type_}|371={problem.field}|58={problem}"
            self._out(venue, FixMessage(reject.replace("|", SOH)))
            return None
        return message

    def _turn(self) -> None:
        events, self._posted.events = self._posted.events, []
        for event in events:
            self.step(event)

    def _send(self, effect: Wire) -> None:
        kind = SessionKind.DEALING
        if isinstance(effect, SubscribeMarket):
            kind = SessionKind.MARKET_DATA
        if (effect.venue, kind) not in self.up:
            return
        encoded = message_for(effect, self.spoken, self.desk.at_ns)
        message = on_the_wire(encoded, self.preset)
        self.venues[effect.venue].heard(message)
        self._out(effect.venue, message)

    def _out(self, venue: str, message: FixMessage) -> None:
        self.sent.append(Sent(self.desk.at_ns, venue, message))

    def _session_id(self, venue: str, kind: SessionKind) -> fix.SessionID:
        begin, suffix = BEGIN_STRINGS[self.spoken.version], SUFFIXES[kind]
        return fix.SessionID(begin, f"BANKCNBJ-{suffix}", f"{venue}-{suffix}")


def clock(at_ns: int) -> str:
    """UTCTimestamp of a time, to the millisecond."""
    moment = datetime.fromtimestamp(at_ns // 1_000_000_000, UTC)
    return f"{moment:%Y%m%d-%H:%M:%S}.{at_ns // 1_000_000 % 1000:03d}"


def _settings(names: list[VenueId], spoken: Dialect) -> FixSettings:
    more: dict[str, Any] = {"drop_copy": True} if _HAS_COPIES else {}
    where: dict[str, Any] = {"host": "127.0.0.1", "port": 1, "sender": "BANKCNBJ"}
    venues = tuple(
        VenueSettings(id=name, target=name, dialect=spoken, **where, **more) for name in names
    )
    return FixSettings(
        venues=venues,
        store=Path("unused"),
        dictionary=fix_dictionary(),
        venue_clock=False,
        inbound={},
        outbound={},
    )


_LOADED: dict[Version, list[Any]] = {}


def _dictionaries(version: Version) -> list[Any]:
    if version not in _LOADED:
        one = ["FIX44.xml"]
        names = one if version is Version.FIX44 else ["FIXT11.xml", "FIX50SP2.xml"]
        _LOADED[version] = [fix.DataDictionary(str(fix_dictionary(name))) for name in names]
        for loaded in _LOADED[version]:
            loaded.checkUserDefinedFields(False)
    return _LOADED[version]


def _validate(message: fix.Message, dictionaries: list[Any]) -> None:
    if len(dictionaries) == 1:
        dictionaries[0].validate(message)
    else:
        fix.DataDictionary.validate(message, *dictionaries)
