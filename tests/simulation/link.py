"""The dealing session of one venue: numbers, resends, cuts; what it carries is FIX text.

What QuickFIX keeps on the robot's side (`FixStore`) outlives a kill and lags after a power cut.
The rewinding at a start and what may be resent are the product's own code.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest.mock import patch

import quickfix as fix

from connectors.fix import session as fix_session
from connectors.fix.session import DealingApplication
from robot.journal import Link as JournaledLink
from robot.messages.asks import TakeQuote
from robot.messages.base import Wire
from robot.messages.effects import ConcludeDeal, RefuseHit, ReplaceOrder, SendOrder
from robot.ports import SentMark
from tests.simulation.codec import RobotsDoor, Said, robot_text, understood, venue_text

if TYPE_CHECKING:
    from tests.simulation.world import World

MS = 1_000_000
RETRY_NS = 200 * MS
SENT: dict[type[Wire], str] = {
    ConcludeDeal: "deal sent",
    RefuseHit: "refusal sent",
    SendOrder: "order sent",
    TakeQuote: "take sent",
    ReplaceOrder: "replacement sent",
}


@dataclass(frozen=True)
class Kept:
    """A message as QuickFIX keeps it for a resend."""

    kind: str
    text: str


@dataclass
class FixStore:
    """QuickFIX's files of one session: a cache that the journal corrects."""

    next_in: int = 1
    next_out: int = 1
    kept: dict[int, Kept] = field(default_factory=dict)

    # The four calls that the product's rewinding makes on a QuickFIX session.
    def getExpectedTargetNum(self) -> int:
        return self.next_in

    def setNextTargetMsgSeqNum(self, number: int) -> None:
        self.next_in = number

    def getExpectedSenderNum(self) -> int:
        return self.next_out

    def setNextSenderMsgSeqNum(self, number: int) -> None:
        self.next_out = number


class Link:
    """One TCP connection after another between the robot and a venue."""

    def __init__(self, world: World, venue: str) -> None:
        self._world = world
        self._chance = world.chance(f"link {venue}")
        self.venue = venue
        self.name = f"BANKCNBJ-DEAL->{venue}-DEAL"
        self.store = FixStore()
        self._durable = FixStore()
        self.outbox: list[Said | None] = []
        """Everything the venue sent, by its number - 1; None = a message of the session."""
        self.gap_filled: set[int] = set()
        self.expected = 1
        self.up = False
        self.connection = 0
        self._ends: dict[int, int] = {}
        """When the last bytes of a dead connection arrive at the venue."""
        self._arrived = {"in": 0, "out": 0}
        self._resend_asked = False
        self._in_callback = 0
        self._door = RobotsDoor(venue, self.name)

    @property
    def under_way(self) -> int:
        """Messages that one side has sent and the other has not got, while both are logged on."""
        return len(self.outbox) + 1 - self.store.next_in + self.store.next_out - self.expected

    # --- the robot's side

    def rewind(self, links: dict[str, JournaledLink]) -> None:
        """What the product does before a logon."""
        known = links.get(self.name, JournaledLink())
        settings = SimpleNamespace(
            inbound={self.name: known.inbound}, outbound={self.name: known.outbound}
        )
        application = SimpleNamespace(
            _settings=settings, _which=lambda session_id: (None, self.name)
        )
        before = self.store.next_in
        with patch.object(fix.Session, "lookupSession", lambda session_id: self.store):
            DealingApplication._created(application, None)
        if self.store.next_in < before:
            self._world.mark("FIX number rewound to the journal")

    def send(self, effect: Wire, effect_id: str, on_sent: Callable[[SentMark], None]) -> bool:
        """As QuickFIX does it: number, `toApp`, its files, the socket."""
        if not self.up:
            return False
        number = self.store.next_out
        on_sent(SentMark(session=self.name, sequence=number, effect_id=effect_id))
        self._world.point("send")
        message = Kept(*robot_text(effect, self._world.core_ns()))
        self.store.kept[number] = message
        self.store.next_out += 1
        self._to_venue(number, message, resent=False)
        self._world.point(SENT.get(type(effect), "sent"))
        if self._world.happens("cut_at_send"):
            self._world.at(MS // 2, lambda: self._world.cut_link(self.venue), relative=True)
        return True

    def returned(self) -> None:
        """What came was turned, and QuickFIX's callback is over."""
        self._in_callback = 0

    def died_in_callback(self) -> None:
        """The turn died on QuickFIX's thread: the message was not counted yet."""
        if 0 < self._in_callback == self.store.next_in - 1:
            self.store.next_in -= 1
            self._world.mark("died within a callback")
        self._in_callback = 0

    def power_cut(self) -> None:
        """QuickFIX's files were never synced: they are as they were some time ago."""
        if self._chance.random() < 0.5:
            self.store = copy.deepcopy(self._durable)
            self._world.mark("FIX store lost in a power cut")

    def make_durable(self) -> None:
        """The system wrote QuickFIX's files to the disk by itself."""
        self._durable = FixStore(self.store.next_in, self.store.next_out, dict(self.store.kept))

    # --- the connection

    def cut(self, *, all_arrives: bool) -> None:
        """The connection ends; of what is under way a first part still arrives at the venue."""
        if not self.up:
            return
        self.up = False
        late_ns = 10**18 if all_arrives else self._chance.randrange(0, 4 * MS)
        self._ends[self.connection] = self._world.now_ns + late_ns
        if self._world.venues[self.venue].open_hits:
            self._world.mark("link cut with a hit under way")
        self._world.logged_out(self.venue)

    def log_on(self) -> bool:
        """Try to; False = not now. Both sides then ask for what they missed."""
        world, number = self._world, self.store.next_out
        self.store.next_out += 1
        if number < self.expected:
            world.mark("logon refused for a low number")
            return False
        self.connection += 1
        self.up = True
        self._resend_asked = False
        world.log(f"{self.venue} logon {self.connection}, expects {self.expected}, is {number}")
        missing = range(self.expected, number + 1)
        if len(missing) > 1:
            world.mark("gap after logon, robot resends")
        for one in missing:
            message = self.store.kept.get(one)
            resent = message if message and message.kind in fix_session._RESENT else None
            if resent is not None:
                world.mark("resend after crash")
            elif message is not None and message.kind in ("D", "G"):
                world.mark(f"{message.kind} lost with its session")
            self._to_venue(one, resent, resent=True)
        self.outbox.append(None)
        world.robot.session(self.venue, up=True)
        world.venues[self.venue].on_logon()
        self._resend_from(self.store.next_in)
        return True

    def to_robot(self, event: Said) -> None:
        """The venue sends; while logged out it is numbered and waits for a resend."""
        self.outbox.append(event)
        if self.up:
            self._to_robot(len(self.outbox), resent=False)
        else:
            self._world.mark("venue sent while logged out")

    def _resend_from(self, first: int) -> None:
        for number in range(first, len(self.outbox) + 1):
            self._to_robot(number, resent=True)

    def _to_robot(self, number: int, *, resent: bool) -> None:
        at_ns = self._arrival("in")
        connection = self.connection
        self._world.at(at_ns, lambda: self._arrive_at_robot(connection, number, resent))

    def _arrive_at_robot(self, connection: int, number: int, resent: bool) -> None:
        if connection != self.connection or not self.up or not self._world.robot.alive:
            return
        if number < self.store.next_in:
            return
        if number > self.store.next_in:
            if not self._resend_asked:
                self._resend_asked = True
                self._resend_from(self.store.next_in)
            return
        event = self.outbox[number - 1]
        self.store.next_in += 1
        self._resend_asked = False
        if event is None or (resent and self._world.venues[self.venue].not_resent(event)):
            if event is not None:
                self.gap_filled.add(number)
            return
        events = self._door.read(venue_text(event, number, resent=resent))
        if not understood(event, events):
            self._world.breach("I16", f"{self.venue} said {event}, read were {events}")
        self._in_callback = number
        self._world.robot.receive(events)

    def _to_venue(self, number: int, message: Kept | None, *, resent: bool) -> None:
        at_ns = self._arrival("out")
        connection = self.connection
        self._world.at(
            at_ns, lambda: self._arrive_at_venue(connection, number, message, resent, at_ns)
        )

    def _arrive_at_venue(
        self, connection: int, number: int, message: Kept | None, resent: bool, at_ns: int
    ) -> None:
        dead = connection != self.connection or not self.up
        if dead:
            if at_ns > self._ends.get(connection, 0) or connection != self.connection:
                return
            self._world.mark("delivered after the sender's death")
        if number < self.expected:
            if not resent:
                self._world.breach("I3", f"{self.venue}: number {number} used again")
            return
        if number > self.expected:
            self._world.breach("I3", f"{self.venue}: gap {self.expected} to {number} in one link")
            return
        self.expected += 1
        if message is not None:
            self._world.venues[self.venue].receive(message.text, number, resent)

    def _arrival(self, way: str) -> int:
        at_ns = self._world.now_ns + self._world.latency_ns(self._chance)
        self._arrived[way] = max(self._arrived[way] + 1, at_ns)
        return self._arrived[way]
