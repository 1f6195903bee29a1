"""The QuickFIX side: callbacks in, send out, nothing else.

Every callback is a total function: an exception that escaped one would leave a process whose FIX
thread
is dead and whose socket is open. So whatever goes wrong ends the process at once; the supervisor
starts it again and recovery is replay.

Threaded initiators, a thread for each session: a market-data session that waits for the core (with
the venue's clock) never holds up dealing, and after a polite logout they log on again (the
unthreaded one was seen to go on asking on the closed socket).
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence

import msgspec
import quickfix as fix

from connectors.fix.byte_watch import ByteWatch
from connectors.fix.decode import events_from, origin_of, subscription_refused
from connectors.fix.dialect import Version
from connectors.fix.doors import Doors
from connectors.fix.encode import message_for
from connectors.fix.encoded import Encoded
from connectors.fix.fields import SOH, FixMessage, identifier, text, timestamp
from connectors.fix.logouts import is_our_own, log_out
from connectors.fix.record_in import copies_from
from connectors.fix.resends import Resends
from connectors.fix.top import VenueBook
from connectors.fix.venue_settings import (
    BEGIN_STRINGS,
    DEALING,
    DROP_COPY,
    MARKET_DATA,
    FixSettings,
    VenueSettings,
    dictionaries_of,
    loaded_dictionaries,
    session_name,
)
from robot.basics.ids import VenueId
from robot.errors import RemoteProtocolError
from robot.messages.base import Wire
from robot.messages.effects import SubscribeMarket
from robot.messages.events import (
    MessageQuarantined,
    MessageRefused,
    SessionDown,
    SessionKind,
    SessionUp,
)
from robot.ports import Poster, SentMark

FAULT_EXIT = 70
CLOCK_PREFIX = "CLOCK "
BARRIER_PATIENCE_S = 1.0
LOGOUT_TOLD_S = 60.0
_RESENT = frozenset({"8", "AG"})
"""What may be resent after a gap; everything else is stale by then and is gap-filled. Our orders
never are: the price has moved, and what became of one is asked (H)."""


class _Application(fix.Application):
    """What both kinds of session share. Subclasses say what to do with application messages."""

    kind: SessionKind
    suffix: str
    """What this kind of session adds to the CompIDs."""

    def __init__(self, settings: FixSettings, poster: Poster) -> None:
        super().__init__()
        self._settings = settings
        self._poster = poster
        # Keyed by QuickFIX's own text of a session: one call into it a message instead of four.
        self._sessions: dict[str, tuple[VenueSettings, str]] = {}
        for venue in self._with_it(settings):
            sender = f"{venue.sender}-{self.suffix}"
            target = f"{venue.target}-{self.suffix}"
            key = fix.SessionID(venue.begin_string, sender, target).toString()
            self._sessions[key] = (venue, session_name(sender, target))
        self._places: dict[int, tuple[tuple[VenueSettings, str], fix.SessionID]] = {}
        """By the place in memory of the sessions that there are."""
        self._resends = {name: Resends(name) for _, name in self._sessions.values()}
        self.counted = dict.fromkeys(self._resends, 0)
        """Bytes of the messages that came on each session."""
        self._up: set[str] = set()
        self._logout_told_s: dict[str, float] = {}

    def _with_it(self, settings: FixSettings) -> list[VenueSettings]:
        """The venues that have this kind of session."""
        return [venue for venue in settings.venues if self.suffix in venue.suffixes]

    def onCreate(self, session_id: fix.SessionID) -> None:
        _guarded(self._placed, session_id)
        _guarded(self._created, session_id)

    def onLogon(self, session_id: fix.SessionID) -> None:
        _guarded(self._logged_on, session_id)

    def onLogout(self, session_id: fix.SessionID) -> None:
        _guarded(self._logged_out, session_id)

    def toAdmin(self, message: fix.Message, session_id: fix.SessionID) -> None:
        pass

    def fromAdmin(self, message: fix.Message, session_id: fix.SessionID) -> None:
        if not _guarded(self._admin, message, session_id):
            raise fix.IncorrectTagValue(7)  # BeginSeqNo: becomes a session-level reject

    def toApp(self, message: fix.Message, session_id: fix.SessionID) -> None:
        if not _guarded(self._leaving, message, session_id):
            raise fix.DoNotSend

    def fromApp(self, message: fix.Message, session_id: fix.SessionID) -> None:
        _guarded(self._arrived, message, session_id)

    def _which(self, session_id: fix.SessionID) -> tuple[VenueSettings, str]:
        """The venue of a session, and the session's name in the journal. QuickFIX hands over one
        and the same object as long as the session lives; any other is asked for its name, for which
        the interpreter is let go of and waited for.
        """
        known = self._places.get(int(session_id.this))
        return known[0] if known is not None else self._sessions[session_id.toString()]

    def _placed(self, session_id: fix.SessionID) -> bool:
        self._places[int(session_id.this)] = self._which(session_id), session_id
        return True

    def _created(self, session_id: fix.SessionID) -> bool:
        return True

    def _logged_on(self, session_id: fix.SessionID) -> bool:
        venue, _ = self._which(session_id)
        self._up.add(venue.id)
        self._poster.post(SessionUp(venue=venue.id, kind=self.kind))
        return True

    def _logged_out(self, session_id: fix.SessionID) -> bool:
        venue, _ = self._which(session_id)
        if venue.id in self._up:
            self._up.discard(venue.id)
            self._poster.post(SessionDown(venue=venue.id, kind=self.kind))
        return True

    def _admin(self, message: fix.Message, session_id: fix.SessionID) -> bool:
        parsed = FixMessage(message.toString())
        venue, name = self._which(session_id)
        self.counted[name] += len(parsed.raw)
        if parsed.type == "2":
            return self._resends[name].serve(time.monotonic())
        if parsed.type == "1" and self._settings.venue_clock:
            self._heed_clock(parsed.values.get(112, ""))
        elif parsed.type == "5" and not is_our_own(session_id):
            self._tell_logout(name, text(parsed.values.get(58, "")))
        elif parsed.type == "3":
            self._poster.post(
                MessageRefused(
                    origin=origin_of(parsed, name),
                    venue=venue.id,
                    message_type=text(parsed.values.get(372, "?")),
                    text=text(parsed.values.get(58, "")),
                )
            )
        return True

    def _tell_logout(self, name: str, words: str) -> None:
        """A logout's words for the log, once a minute: we try to log on again every second."""
        now_s = time.monotonic()
        if now_s - self._logout_told_s.get(name, -LOGOUT_TOLD_S) >= LOGOUT_TOLD_S:
            self._logout_told_s[name] = now_s
            sys.stderr.write(f"{name}: logged out by the venue: {words}\n")

    def _heed_clock(self, test_request_id: str) -> None:
        """Take the venue's time, then answer only once the core has dealt with all that came
        before.
        """
        if test_request_id.startswith(CLOCK_PREFIX):
            try:
                at_ns = timestamp(test_request_id.split(" ")[-1], 112)
            except RemoteProtocolError:
                return  # no time in it: an ordinary test request, QuickFIX answers it
            self._poster.observe_time(at_ns)
            self._poster.wait_drained(BARRIER_PATIENCE_S)

    def _leaving(self, message: fix.Message, session_id: fix.SessionID) -> bool:
        return True

    def _arrived(self, message: fix.Message, session_id: fix.SessionID) -> bool:
        raise AssertionError("a subclass says what arrives")


class MarketDataApplication(_Application):
    """Prices in, nothing else; the session starts afresh at each logon."""

    kind = SessionKind.MARKET_DATA
    suffix = MARKET_DATA

    def __init__(self, settings: FixSettings, poster: Poster) -> None:
        super().__init__(settings, poster)
        self._books = {venue.id: VenueBook(venue.id, venue.dialect) for venue in settings.venues}

    def _logged_on(self, session_id: fix.SessionID) -> bool:
        self._books[self._which(session_id)[0].id].clear()
        return super()._logged_on(session_id)

    def _arrived(self, message: fix.Message, session_id: fix.SessionID) -> bool:
        venue, name = self._which(session_id)
        parsed = FixMessage(message.toString())
        self.counted[name] += len(parsed.raw)
        try:
            if parsed.type in ("W", "X"):
                for update in self._books[venue.id].apply(parsed):
                    self._poster.post(update)
            elif parsed.type == "Y":
                self._poster.post(subscription_refused(parsed, venue.id, name))
            else:
                raise RemoteProtocolError(f"{parsed.type} {parsed.values.get(58, '')}", tag=35)
        except RemoteProtocolError as problem:
            event = _quarantined(parsed, venue, name, problem)
            self._poster.post(msgspec.structs.replace(event, answered=False))
            for gone in self._books[venue.id].void(parsed):
                self._poster.post(gone)
        return True


class DealingApplication(_Application):
    """Requests, hits and reports in; quotes, execution reports and orders out, each journaled."""

    kind = SessionKind.DEALING
    suffix = DEALING

    def __init__(
        self, settings: FixSettings, poster: Poster, on_sent: Callable[[SentMark], None]
    ) -> None:
        super().__init__(settings, poster)
        self._on_sent = on_sent
        self.sending = ""
        self.sending_thread = 0

    def _created(self, session_id: fix.SessionID) -> bool:
        _, name = self._which(session_id)
        return _rewound(self._settings, name, session_id)

    def _leaving(self, message: fix.Message, session_id: fix.SessionID) -> bool:
        """Ours: note its number before its bytes leave. QuickFIX's resends: what is not stale."""
        header = message.getHeader()
        _, name = self._which(session_id)
        if threading.get_ident() != self.sending_thread:
            self._resends[name].sent_again()
            return header.getField(35) in _RESENT
        sequence = int(header.getField(34))
        self._on_sent(SentMark(session=name, sequence=sequence, effect_id=self.sending))
        return True

    def _arrived(self, message: fix.Message, session_id: fix.SessionID) -> bool:
        venue, name = self._which(session_id)
        parsed = FixMessage(message.toString())
        self.counted[name] += len(parsed.raw)
        try:
            events = events_from(parsed, venue.id, venue.dialect, name)
        except RemoteProtocolError as problem:
            events = [_quarantined(parsed, venue, name, problem)]
        if events:
            self._poster.post_together(events)
        return True


class DropCopyApplication(_Application):
    """Copies in, nothing out. What was missed is sent again, as on the dealing session."""

    kind = SessionKind.DROP_COPY
    suffix = DROP_COPY

    def _created(self, session_id: fix.SessionID) -> bool:
        _, name = self._which(session_id)
        return _rewound(self._settings, name, session_id)

    def _leaving(self, message: fix.Message, session_id: fix.SessionID) -> bool:
        return False

    def _arrived(self, message: fix.Message, session_id: fix.SessionID) -> bool:
        venue, name = self._which(session_id)
        parsed = FixMessage(message.toString())
        self.counted[name] += len(parsed.raw)
        try:
            origin = origin_of(parsed, name)
            events = copies_from(parsed, venue.id, venue.dialect, origin)
        except RemoteProtocolError as problem:
            event = _quarantined(parsed, venue, name, problem)
            events = [msgspec.structs.replace(event, answered=False)]
        if events:
            self._poster.post_together(events)
        return True


class FixVenues:
    """All venues' sessions as the brain sees them (`robot.ports.VenueConnector`)."""

    def __init__(self, settings: FixSettings) -> None:
        self._settings = settings
        self._venues = {venue.id: venue for venue in settings.venues}
        versions = {venue.dialect.version for venue in settings.venues}
        self._dictionaries = {
            version: loaded_dictionaries(settings, version) for version in versions
        }
        self._session_ids = {
            (venue.id, suffix): fix.SessionID(
                venue.begin_string, f"{venue.sender}-{suffix}", f"{venue.target}-{suffix}"
            )
            for venue in settings.venues
            for suffix in venue.suffixes
        }
        self._sessions: dict[tuple[VenueId, str], fix.Session] = {}
        self._initiators: list[fix.ThreadedSocketInitiator] = []
        self._keep: list[object] = []
        self._dealing: DealingApplication | None = None
        self._ends: list[Callable[[], None]] = []
        self._now_ns: Callable[[], int] = lambda: 0

    def start(
        self, poster: Poster, on_sent: Callable[[SentMark], None], now_ns: Callable[[], int]
    ) -> None:
        """Log on to every session."""
        self._now_ns = now_ns
        self._dealing = DealingApplication(self._settings, poster, on_sent)
        applications: list[_Application] = [
            self._dealing,
            MarketDataApplication(self._settings, poster),
        ]
        if any(venue.drop_copy for venue in self._settings.venues):
            applications.append(DropCopyApplication(self._settings, poster))
        self._settings.store.mkdir(parents=True, exist_ok=True)
        doors = Doors(self._settings.venues, venue_clock=self._settings.venue_clock)
        self._watch_bytes(applications, doors)
        for application in applications:
            settings = fix.SessionSettings()
            fresh = application.suffix == MARKET_DATA
            self._describe(settings, application.suffix, doors)
            store = fix.MemoryStoreFactory() if fresh else fix.FileStoreFactory(settings)
            initiator = fix.ThreadedSocketInitiator(application, store, settings)
            initiator.start()
            self._initiators.append(initiator)
            self._keep += [application, settings, store]

    def send(self, effect: Wire, effect_id: str) -> bool:
        """Send one message if its session is logged on."""
        venue = self._venues[VenueId(effect.venue)]
        suffix = MARKET_DATA if isinstance(effect, SubscribeMarket) else DEALING
        session = self._logged_on(venue.id, suffix)
        if session is None:
            return False
        encoded = message_for(effect, venue.dialect, self._now_ns())
        message = _build(encoded, *self._dictionaries[venue.dialect.version])
        return self._deliver(message, session, effect_id)

    def _logged_on(self, venue: VenueId, suffix: str) -> fix.Session | None:
        """QuickFIX's session if it is logged on; once made it lives as long as its initiator."""
        session = self._sessions.get((venue, suffix))
        if session is None:
            session = fix.Session.lookupSession(self._session_ids[venue, suffix])
            if session is not None:
                self._sessions[venue, suffix] = session
        return session if session is not None and session.isLoggedOn() else None

    def _deliver(self, message: fix.Message, session: fix.Session, effect_id: str) -> bool:
        assert self._dealing is not None, "sent before the sessions were started"
        self._dealing.sending = effect_id
        self._dealing.sending_thread = threading.get_ident()
        try:
            return bool(session.send(message))
        finally:
            self._dealing.sending_thread = 0

    def stop(self) -> None:
        """Log out of every session."""
        log_out(self._session_ids.values())
        self.cut()

    def cut(self) -> None:
        """Close every connection, without a word where we are still logged on."""
        for initiator in self._initiators:
            initiator.stop(True)
        for end in self._ends:
            end()

    def _watch_bytes(self, applications: Sequence[_Application], doors: Doors) -> None:
        """Have connections cut on which only bytes come and no messages."""
        ports = {
            session_name(f"{venue.sender}-{suffix}", f"{venue.target}-{suffix}"): doors.address(
                venue
            )[1]
            for venue in self._settings.venues
            for suffix in venue.suffixes
        }
        watch = ByteWatch(ports)
        for application in applications:
            application.counted = watch.counted
        watch.start()
        self._ends += [watch.stop, doors.close]

    def _describe(self, settings: fix.SessionSettings, suffix: str, doors: Doors) -> None:
        # An initiator reads these two from the defaults only; in a session they have no effect.
        settings.set(_dictionary({"SocketNodelay": "Y", "ReconnectInterval": "1"}))
        for venue in [one for one in self._settings.venues if suffix in one.suffixes]:
            session_id = self._session_ids[venue.id, suffix]
            host, port = doors.address(venue)
            values = {
                "ConnectionType": "initiator",
                "SocketConnectHost": host,
                "SocketConnectPort": str(port),
                "HeartBtInt": str(venue.heartbeat_s),
                "NonStopSession": "Y",
                "UseDataDictionary": "Y",
                **dictionaries_of(self._settings, venue),
                "ValidateUserDefinedFields": "N",
                "FileStorePath": str(self._settings.store),
                "ResetOnLogon": "Y" if suffix == MARKET_DATA else "N",
            }
            settings.set(session_id, _dictionary(values))


def _dictionary(values: dict[str, str]) -> fix.Dictionary:
    made = fix.Dictionary()
    for name, value in values.items():
        made.setString(name, value)
    return made


def _rewound(settings: FixSettings, name: str, session_id: fix.SessionID) -> bool:
    """The journal is the truth and QuickFIX's store a cache: rewind to what was journaled.

    QuickFIX counts a message only when its callback has returned, so a death within it leaves
    the store one behind the journal: without a step forward the venue would send again, at
    every start, what the robot died on. Further behind it is after a power cut or an agreed
    reset; then the venue is asked, and what comes twice is known by its ids.
    """
    session = fix.Session.lookupSession(session_id)
    inbound, expected = settings.inbound.get(name, 0), session.getExpectedTargetNum()
    if expected > inbound + 1 or expected == inbound:
        session.setNextTargetMsgSeqNum(inbound + 1)
    outbound = settings.outbound.get(name, 0)
    if session.getExpectedSenderNum() < outbound + 1:
        session.setNextSenderMsgSeqNum(outbound + 1)
    return True


def _guarded(call: Callable[..., bool], *arguments: object) -> bool:
    """Run a callback's work; anything that goes wrong ends the process, visibly and at once."""
    try:
        return call(*arguments)
    except BaseException:  # see the module's text: nothing may escape a callback
        sys.stderr.write(f"fault in a FIX callback, the process ends:\n{traceback.format_exc()}")
        sys.stderr.flush()
        os._exit(FAULT_EXIT)


def _quarantined(
    parsed: FixMessage, venue: VenueSettings, name: str, problem: RemoteProtocolError
) -> MessageQuarantined:
    return MessageQuarantined(
        origin=origin_of(parsed, name),
        venue=venue.id,
        message_type=text(parsed.type),
        problem=text(problem.text),
        request_id=_request_of(parsed),
    )


def _request_of(parsed: FixMessage) -> str:
    """The id of a request that cannot be understood, as far as it has one."""
    try:
        return identifier(parsed.values.get(131, ""), 131) if parsed.type == "R" else ""
    except RemoteProtocolError:
        return ""


def _build(encoded: Encoded, *dictionaries: fix.DataDictionary) -> fix.Message:
    """From text: a seventh of what setting fields and groups one by one costs."""
    version = Version.FIX44 if len(dictionaries) == 1 else Version.FIX50SP2
    head = (f"8={BEGIN_STRINGS[version]}", "9=0", f"35={encoded.type}")
    parts = [*head, *encoded.parts(), "10=000"]
    return fix.Message(SOH.join(parts) + SOH, *dictionaries, False)
