"""The venue behind a QuickFIX acceptor: sessions of each venue, callbacks that only hand over.

An exception that leaves a QuickFIX callback kills the FIX thread and nothing else: the process
would live on without answering anybody. So every callback catches everything and ends the process.
The acceptor is the threaded one: the plain one freezes all sessions when one peer is slow.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import quickfix as fix

from connectors.guard.limits import Door, GuardLimits
from connectors.guard.process import GuardError, GuardProcess
from connectors.sim.link import DEALING, DROP_COPY, MARKET_DATA, Inbound, SessionKey

EXIT_FAULT = 70
_HEADER = "8={}\x019=0\x0135={}\x01{}10=000\x01"
_FIX44, _FIXT = "FIX.4.4", "FIXT.1.1"
_FIX50SP2 = "9"  # 1128 and 1137 of FIX 5.0SP2
_TRANSPORT_FILE, _APPLICATION_FILE = "FIXT11.xml", "FIX50SP2.xml"
_ADMIN_OF_INTEREST = ("\x0135=0\x01", "\x0135=3\x01")


class AcceptorError(Exception):
    """The acceptor cannot be started; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class AcceptorSettings:
    """Where the venue listens and which sessions it has."""

    port: int  # 0 = any free one
    venues: Sequence[str]
    robot_prefix: str
    dictionary: Path
    store: Path | None  # None: sequence numbers live as long as the process
    log: Path | None = None
    guard: GuardLimits | None = None
    """With it callers come through a guard on the port; QuickFIX listens behind on another."""
    fixt_venues: Sequence[str] = ()
    """Venues whose sessions are FIXT.1.1 with FIX 5.0SP2; their dictionaries are beside the other.
    """

    drop_copy: bool = False
    """Whether there is a third session per venue, for copies of what is dealt."""

    @property
    def roles(self) -> tuple[str, ...]:
        """Of the sessions of each venue."""
        return (MARKET_DATA, DEALING, *((DROP_COPY,) if self.drop_copy else ()))

    def begin_string(self, venue: str) -> str:
        """8 of the venue's sessions."""
        return _FIXT if venue in self.fixt_venues else _FIX44

    @property
    def transport_file(self) -> Path:
        """The dictionary of FIXT.1.1."""
        return self.dictionary.with_name(_TRANSPORT_FILE)

    @property
    def application_file(self) -> Path:
        """The dictionary of FIX 5.0SP2."""
        return self.dictionary.with_name(_APPLICATION_FILE)


def _total(callback: Callable[..., None]) -> Callable[..., None]:
    """Makes a callback total: a fault is shown and ends the process at once."""

    def guarded(*arguments: Any) -> None:
        try:
            callback(*arguments)
        except BaseException:
            traceback.print_exc()
            os._exit(EXIT_FAULT)

    return guarded


class _Application(fix.Application):
    """QuickFIX's callbacks; each runs on a thread of its session."""

    def __init__(self, keys: dict[str, SessionKey], inbox: SimpleQueue[Inbound]) -> None:
        super().__init__()
        self._keys = keys
        self._inbox = inbox

    def _put(self, kind: str, session_id: Any, text: str = "") -> None:
        key = self._keys[session_id.getSenderCompID().getValue()]
        self._inbox.put(Inbound(kind, key, text, time.time_ns()))

    @_total
    def onCreate(self, session_id: Any) -> None:
        """Nothing to do: the sessions are known from the settings."""

    @_total
    def onLogon(self, session_id: Any) -> None:
        self._put("logon", session_id)

    @_total
    def onLogout(self, session_id: Any) -> None:
        self._put("logout", session_id)

    @_total
    def toAdmin(self, message: Any, session_id: Any) -> None:
        """Nothing to add to administrative messages."""

    @_total
    def toApp(self, message: Any, session_id: Any) -> None:
        """Everything goes out as it is, resends too: the robot tells them by PossDup."""

    @_total
    def fromAdmin(self, message: Any, session_id: Any) -> None:
        text = message.toString()
        if text[:40].find(_ADMIN_OF_INTEREST[0]) > 0 or text[:40].find(_ADMIN_OF_INTEREST[1]) > 0:
            self._put("admin", session_id, text)

    @_total
    def fromApp(self, message: Any, session_id: Any) -> None:
        self._put("app", session_id, message.toString())


class FixLink:
    """The real `Link`: a threaded acceptor on a port."""

    def __init__(self, settings: AcceptorSettings) -> None:
        self.inbox: SimpleQueue[Inbound] = SimpleQueue()
        outer, inner = _free_ports(2)
        self.port = settings.port or outer
        self._inner_port = inner if settings.guard is not None else self.port
        self._guard: GuardProcess | None = None
        self._settings = settings
        keys = [SessionKey(venue, role) for venue in settings.venues for role in settings.roles]
        self._application = _Application({key.comp_id: key for key in keys}, self.inbox)
        self._ids = {
            key: fix.SessionID(
                settings.begin_string(key.venue),
                key.comp_id,
                f"{settings.robot_prefix}-{key.role}",
            )
            for key in keys
        }
        self._dictionaries = _load_dictionaries(settings)
        self._acceptor: Any = None

    def start(self) -> None:
        """Listens; from now on the inbox fills."""
        settings = self._settings
        with tempfile.TemporaryDirectory(prefix="fxrobot-sim-") as folder:
            file = Path(folder) / "acceptor.cfg"
            file.write_text(_settings_text(settings, self._inner_port), encoding="utf-8")
            parsed = fix.SessionSettings(str(file))
        stores = fix.FileStoreFactory(parsed) if settings.store else fix.MemoryStoreFactory()
        logs = [fix.FileLogFactory(parsed)] if settings.log else []
        try:
            self._acceptor = fix.ThreadedSocketAcceptor(self._application, stores, parsed, *logs)
            self._acceptor.start()
            if settings.guard is not None:
                door = Door(
                    name="the venue",
                    port=self.port,
                    target_host="127.0.0.1",
                    target_port=self._inner_port,
                    limits=settings.guard,
                )
                self._guard = GuardProcess([door], _guard_ended)
        except (fix.ConfigError, fix.RuntimeError, GuardError) as error:
            raise AcceptorError(
                f"cannot listen on port {self.port}: {error}; is another venue running? "
                "Choose another --port, or 0 for any free one"
            ) from None

    def send(self, key: SessionKey, message_type: str, body: str) -> None:
        begin_string = self._settings.begin_string(key.venue)
        text = _HEADER.format(begin_string, message_type, body)
        message = fix.Message(text, *self._dictionaries[begin_string], False)
        fix.Session.sendToTarget(message, self._ids[key])

    def log_out(self) -> None:
        """Says goodbye on every session. Stopping the acceptor itself may crash the process."""
        for session_id in self._ids.values():
            session = fix.Session.lookupSession(session_id)
            if session is not None and session.isLoggedOn():
                session.logout("the venue closes")


def _guard_ended() -> None:
    """Without it nobody can log on, so nothing is left to do here."""
    sys.stderr.write("the guard of the venue's port ended, the process ends\n")
    sys.stderr.flush()
    os._exit(EXIT_FAULT)


def _free_ports(count: int) -> list[int]:
    """As many different ones."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _load_dictionaries(settings: AcceptorSettings) -> dict[str, tuple[Any, ...]]:
    """By begin string; of FIXT the transport's and the application's."""
    loaded: dict[str, tuple[Any, ...]] = {_FIX44: (_load_dictionary(settings.dictionary),)}
    if settings.fixt_venues:
        files = (settings.transport_file, settings.application_file)
        loaded[_FIXT] = tuple(_load_dictionary(path) for path in files)
    return loaded


def _load_dictionary(path: Path) -> Any:
    if not path.is_file():
        raise AcceptorError(f"{path}: no such FIX dictionary; name one with --dictionary")
    try:
        dictionary = fix.DataDictionary(str(path))
    except (fix.ConfigError, fix.RuntimeError) as error:
        raise AcceptorError(f"{path}: not a usable FIX dictionary: {error}") from None
    if "type='DATA'" in path.read_text(encoding="utf-8", errors="replace").replace('"', "'"):
        raise AcceptorError(
            f"{path}: has fields of type DATA; a bad length in one of them kills the process. "
            "Change their type to STRING, as in the dictionary that comes with the product"
        )
    return dictionary


def _settings_text(settings: AcceptorSettings, port: int) -> str:
    lines = [
        "[DEFAULT]",
        "ConnectionType=acceptor",
        f"SocketAcceptPort={port}",
        "SocketReuseAddress=Y",
        "SocketNodelay=Y",
        "AllowedRemoteAddresses=127.0.0.1",
        "NonStopSession=Y",
        "CheckLatency=N",
        "UseDataDictionary=Y",
        "ValidateUserDefinedFields=N",
        "ValidateFieldsOutOfOrder=N",
        "AllowUnknownMsgFields=Y",
    ]
    if settings.store is not None:
        lines.append(f"FileStorePath={settings.store}")
    if settings.log is not None:
        lines.append(f"FileLogPath={settings.log}")
    for venue in settings.venues:
        # Market data starts afresh at each logon and is never sent again; the rest is kept.
        for role in settings.roles:
            fresh = ["ResetOnLogon=Y", "PersistMessages=N"]
            lines += [
                "[SESSION]",
                *_version(settings, venue),
                f"SenderCompID={venue}-{role}",
                f"TargetCompID={settings.robot_prefix}-{role}",
                *(fresh if role == MARKET_DATA else ["ResetOnLogon=N"]),
            ]
    return "\n".join(lines) + "\n"


def _version(settings: AcceptorSettings, venue: str) -> list[str]:
    """The settings of a session that depend on its version of FIX."""
    begin_string = settings.begin_string(venue)
    if begin_string == _FIX44:
        return [f"BeginString={begin_string}", f"DataDictionary={settings.dictionary}"]
    return [
        f"BeginString={begin_string}",
        f"DefaultApplVerID={_FIX50SP2}",
        f"TransportDataDictionary={settings.transport_file}",
        f"AppDataDictionary={settings.application_file}",
    ]
