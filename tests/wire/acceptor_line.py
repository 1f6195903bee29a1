"""A venue made of QuickFIX: an acceptor of both sessions, and robots' sessions that come and go."""

from __future__ import annotations

import gc
import socket
from pathlib import Path
from typing import Any

import quickfix as fix

from connectors.fix.dialect import Version
from connectors.fix.fields import SOH, FixMessage
from connectors.fix.session import (
    BEGIN_STRINGS,
    FixSettings,
    FixVenues,
    VenueSettings,
    session_name,
)
from robot.basics.ids import VenueId
from robot.messages.events import AnyEvent, SessionUp
from robot.package import fix_dictionary
from robot.ports import SentMark
from tests.kit.fix_products import AT_NS, dialect
from tests.wire.raw_venue import wait_for

BETA = VenueId("BETA")
DEAL = session_name("BANKCNBJ-DEAL", "BETA-DEAL")
PATIENCE_S = 60.0


class Venue(fix.Application):
    """An acceptor of both sessions that keeps what it receives."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[FixMessage] = []
        self.admin: list[FixMessage] = []
        self.up: set[str] = set()

    def onCreate(self, session_id: fix.SessionID) -> None:
        pass

    def onLogon(self, session_id: fix.SessionID) -> None:
        self.up.add(session_id.toString())

    def onLogout(self, session_id: fix.SessionID) -> None:
        self.up.discard(session_id.toString())

    def toAdmin(self, message: fix.Message, session_id: fix.SessionID) -> None:
        pass

    def fromAdmin(self, message: fix.Message, session_id: fix.SessionID) -> None:
        self.admin.append(FixMessage(message.toString()))

    def toApp(self, message: fix.Message, session_id: fix.SessionID) -> None:
        pass

    def fromApp(self, message: fix.Message, session_id: fix.SessionID) -> None:
        self.received.append(FixMessage(message.toString()))

    def of(self, kind: str) -> list[FixMessage]:
        return [message for message in list(self.received) if message.type == kind]

    def wait(self, kind: str, count: int = 1) -> FixMessage:
        """The last of so many messages of a type."""
        found = wait_for(
            lambda: self.of(kind) if len(self.of(kind)) >= count else None,
            f"{count} of 35={kind}",
            PATIENCE_S,
        )
        return found[-1]


class Posted:
    """Takes what the robot's sessions post."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []

    def post(self, event: AnyEvent) -> None:
        self.events.append(event)

    def post_together(self, events: list[AnyEvent]) -> None:
        self.events += events

    def observe_time(self, at_ns: int) -> None:
        pass

    def wait_drained(self, timeout_s: float) -> bool:
        return True

    def wait(self, kind: type[AnyEvent], count: int = 1) -> Any:
        """The last of so many events of a kind."""

        def found() -> list[AnyEvent] | None:
            of_kind = [event for event in list(self.events) if isinstance(event, kind)]
            return of_kind if len(of_kind) >= count else None

        return wait_for(found, f"{count} {kind.__name__}", PATIENCE_S)[-1]


class Line:
    """The venue, and robots that come and go; all on one port."""

    def __init__(self, folder: Path, preset: str = "fix50sp2") -> None:
        self.folder = folder
        self.dialect = dialect(preset)
        self.venue = Venue()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        settings = fix.SessionSettings()
        for suffix in ("DEAL", "MD"):
            settings.set(self.session(suffix), self._described(suffix))
        store = fix.MemoryStoreFactory()
        self._acceptor = fix.ThreadedSocketAcceptor(self.venue, store, settings)
        self._keep = (store, settings)
        self._acceptor.start()
        self._robots: list[FixVenues] = []
        self.numbers: list[SentMark] = []

    def session(self, suffix: str) -> fix.SessionID:
        begin = BEGIN_STRINGS[self.dialect.version]
        return fix.SessionID(begin, f"BETA-{suffix}", f"BANKCNBJ-{suffix}")

    def _described(self, suffix: str) -> fix.Dictionary:
        made = fix.Dictionary()
        for name, value in {
            "ConnectionType": "acceptor",
            "SocketAcceptPort": str(self.port),
            "SocketReuseAddress": "Y",
            "StartTime": "00:00:00",
            "EndTime": "00:00:00",
            "NonStopSession": "Y",
            "UseDataDictionary": "Y",
            **self._dictionaries(),
            "ValidateUserDefinedFields": "N",
        }.items():
            made.setString(name, value)
        return made

    def _dictionaries(self) -> dict[str, str]:
        if self.dialect.version is Version.FIX44:
            return {"DataDictionary": str(fix_dictionary())}
        return {
            "DefaultApplVerID": "9",
            "TransportDataDictionary": str(fix_dictionary("FIXT11.xml")),
            "AppDataDictionary": str(fix_dictionary("FIX50SP2.xml")),
        }

    def robot(self, inbound: int = 0, outbound: int = 0) -> tuple[FixVenues, Posted]:
        """One that is logged on to both sessions, its journal at these numbers."""
        venue = VenueSettings(
            id=BETA,
            host="127.0.0.1",
            port=self.port,
            sender="BANKCNBJ",
            target="BETA",
            dialect=self.dialect,
        )
        venues = FixVenues(
            FixSettings(
                venues=(venue,),
                store=self.folder / "store",
                dictionary=fix_dictionary(),
                transport_dictionary=fix_dictionary("FIXT11.xml"),
                application_dictionary=fix_dictionary("FIX50SP2.xml"),
                venue_clock=False,
                inbound={DEAL: inbound},
                outbound={DEAL: outbound},
            )
        )
        posted = Posted()
        venues.start(posted, self.numbers.append, lambda: AT_NS)
        self._robots.append(venues)
        posted.wait(SessionUp, 2)
        wait_for(lambda: self.venue.up if len(self.venue.up) == 2 else None, "both log-ons")
        return venues, posted

    def send(self, kind: str, body: str, suffix: str = "DEAL") -> None:
        """From the venue, as its acceptor numbers and checks it."""
        raw = f"8={BEGIN_STRINGS[self.dialect.version]}|9=0|35={kind}|{body}|10=000|".replace(
            "|", SOH
        )
        fixt = self.dialect.version is not Version.FIX44
        names = ("FIXT11.xml", "FIX50SP2.xml") if fixt else ("FIX44.xml",)
        dictionaries = [fix.DataDictionary(str(fix_dictionary(name))) for name in names]
        message = fix.Message(raw, *dictionaries, False)
        assert fix.Session.sendToTarget(message, self.session(suffix))

    def end_robots(self) -> None:
        """As the end of their process: QuickFIX knows a session as long as its initiator lives."""
        for robot in self._robots:
            robot.cut()
        del robot
        self._robots.clear()
        gc.collect()
        wait_for(lambda: True if not self.venue.up else None, "the log-out", PATIENCE_S)

    def close(self) -> None:
        if self._robots:
            self.end_robots()
        self._acceptor.stop(True)
