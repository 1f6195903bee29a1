"""A venue's FIX sessions on a second engine: accepts the robot's, does what it is told.

Runs in an environment of its own (see `install.py`), in which there is no QuickFIX and nothing of
the project. Commands come as lines of JSON on standard input, what happened goes out as lines of
JSON on standard output; at the end of the input the process ends. The engine itself does all that
belongs to a session: logon, numbers, heartbeats, resends, gap-fills, rejects, logout.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from fixcore.application import Application
from fixcore.log.base import Log, LogFactory
from fixcore.message.data_dictionary import (
    DataDictionary,
    load_combined_data_dictionary,
    load_data_dictionary,
)
from fixcore.message.exceptions import InvalidMessage
from fixcore.message.message import Message
from fixcore.session.session import Session
from fixcore.session.session_id import SessionID
from fixcore.session.session_settings import SessionSettings
from fixcore.store.base import MessageStore
from fixcore.store.factory import StoreFactory
from fixcore.store.memory import MemoryStore
from fixcore.transport.acceptor import SocketAcceptor

# The engine's own dictionaries, not ours, and every check that it has.
SETTINGS = """
[DEFAULT]
ConnectionType=acceptor
SocketAcceptHost=127.0.0.1
SocketAcceptPort=0
UseDataDictionary=Y
ValidateIncomingMessage=Y
ValidateFieldsOutOfRange=Y
ValidateFieldsHaveValues=Y
RequiresOrigSendingTime=Y
CheckLatency=Y
DataDictionary=FIX44.xml
TransportDataDictionary=FIXT11.xml
AppDataDictionary=FIX50SP2.xml
DefaultApplVerID=9
"""
VENUES = {"ALPHA": "FIX.4.4", "GAMMA": "FIXT.1.1"}
CLIENT = "BANKCNBJ"


def tell(event: str, **values: Any) -> None:
    """One line to the test."""
    sys.stdout.write(json.dumps({"event": event, **values}) + "\n")
    sys.stdout.flush()


def told(message: Message) -> dict[str, Any]:
    """A message as the engine's own parser read it."""
    return {
        "type": message.msg_type,
        "header": {str(tag): value for tag, value in message.header.items()},
        "fields": {str(tag): value for tag, value in message.body.items()},
        "groups": rows_of(message.groups()),
    }


def rows_of(groups: Any) -> dict[str, list[dict[str, Any]]]:
    """The groups of a message or of a row: each row its fields, and its own groups under their
    count tag.
    """
    return {
        str(count): [
            {**{str(tag): value for tag, value in row.items()}, **rows_of(row.nested_groups())}
            for row in rows
        ]
        for count, rows in groups.items()
    }


def dictionary_of(version: str) -> DataDictionary:
    """The engine's own."""
    if version == "FIX.4.4":
        return load_data_dictionary("FIX44.xml")
    return load_combined_data_dictionary("FIXT11.xml", "FIX50SP2.xml")


def objections(raw: str, dictionary: DataDictionary) -> dict[str, Any]:
    """What is wrong with a frame, if anything: of the whole, by tags that do not belong into the
    message, by values in groups, by groups that are shorter than they say.
    """
    message = Message.decode(raw.encode("latin-1"), dictionary)
    problem = ""
    try:
        dictionary.validate(message, check_field_values=True, check_has_values=True)
    except InvalidMessage as found:
        problem = str(found)
    definition = dictionary.message_def(message.msg_type)
    belongs = definition.all_fields | set(definition.groups)
    strange = sorted(tag for tag in message.body if tag not in belongs)
    values: list[int] = []
    short = _look_into(message.body, message.groups(), dictionary, values)
    return {"problem": problem, "strange": strange, "values": values, "short": short}


def _look_into(
    fields: Any, groups: Any, dictionary: DataDictionary, values: list[int]
) -> list[int]:
    """Count tags of the groups that do not have the rows they say; collects tags of bad values."""
    short = [count for count, rows in groups.items() if int(fields[count]) != len(rows)]
    for rows in groups.values():
        for row in rows:
            held = dict(row.items())
            values += [t for t, v in held.items() if not dictionary.validate_field_value(t, v)]
            short += _look_into(held, row.nested_groups(), dictionary, values)
    return short


class Venue(Application):
    """Says what comes and goes; answers the question for its trades: none."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def on_logon(self, session_id: SessionID) -> None:
        tell("logon", session=session_id.sender_comp_id)

    def on_logout(self, session_id: SessionID) -> None:
        tell("logout", session=session_id.sender_comp_id)

    def to_admin(self, message: Message, session_id: SessionID) -> None:
        tell("sent", session=session_id.sender_comp_id, **told(message))

    def to_app(self, message: Message, session_id: SessionID) -> None:
        tell("sent", session=session_id.sender_comp_id, **told(message))

    def from_admin(self, message: Message, session_id: SessionID) -> None:
        tell("received", session=session_id.sender_comp_id, **told(message))

    def from_app(self, message: Message, session_id: SessionID) -> None:
        tell("received", session=session_id.sender_comp_id, **told(message))
        if message.msg_type == "AD":
            session = self.sessions[session_id.sender_comp_id]
            task = asyncio.get_running_loop().create_task(session.send_app(no_trades(message)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


def no_trades(question: Message) -> Message:
    """AQ."""
    answer = Message()
    answer.header.set(35, "AQ")
    values = {568: question[568], 569: question[569], 748: "0", 749: "0", 750: "0", 55: "[N/A]"}
    for tag, value in values.items():
        answer.set_field(tag, value)
    return answer


class Stores(StoreFactory):
    """The engine's stores in memory, kept at hand so that a test can lose numbers."""

    def __init__(self) -> None:
        self.made: dict[str, MessageStore] = {}

    def create(self, session_id: SessionID) -> MessageStore:
        store = self.made[session_id.sender_comp_id] = MemoryStore()
        return store


class _Notes(Log):
    def __init__(self, session: str) -> None:
        self._session = session

    def on_incoming(self, message: str) -> None: ...

    def on_outgoing(self, message: str) -> None: ...

    def on_event(self, text: str) -> None:
        tell("note", session=self._session, text=text)


class Notes(LogFactory):
    """What the engine says of its sessions, for the test."""

    def create(self, session_id: SessionID) -> Log:
        return _Notes(session_id.sender_comp_id)


class Hand:
    """Carries out the test's commands, one method each."""

    def __init__(self, acceptor: SocketAcceptor, stores: Stores) -> None:
        self._sessions = {sid.sender_comp_id: s for sid, s in acceptor.sessions.items()}
        self._versions = {sid.sender_comp_id: sid.begin_string for sid in acceptor.sessions}
        self._stores = stores.made

    async def carry_out(self, command: dict[str, Any]) -> None:
        work = getattr(self, f"do_{command.pop('do')}")
        await work(**command)

    async def do_send(self, session: str, kind: str, fields: list[tuple[int, str]]) -> None:
        await self._sessions[session].send_app(self._message(session, kind, fields))

    async def do_lose(self, session: str, kind: str, fields: list[tuple[int, str]]) -> None:
        """Sent and stored as ever, but the bytes never arrive."""
        lossy = self._sessions[session]
        whole, lossy._send_fn = lossy._send_fn, self._swallow
        try:
            await self.do_send(session, kind, fields)
        finally:
            lossy._send_fn = whole

    async def do_test(self, session: str, name: str) -> None:
        """A TestRequest of the engine's own, whose answer it waits for."""
        await self._sessions[session]._send_test_request(name)

    async def do_forget(self, session: str, expect: int) -> None:
        """As if all from this number on had never come."""
        self._stores[session].set_next_target_msg_seq_num(expect)

    async def do_reset(self, session: str, number: int) -> None:
        """SequenceReset, no gap-fill: the next message has this number."""
        await self.do_send(session, "4", [(123, "N"), (36, str(number))])
        self._stores[session].set_next_sender_msg_seq_num(number)

    async def do_idle(self, session: str, seconds: int) -> None:
        """From now on it sends a heartbeat only so often, whatever was agreed."""
        self._sessions[session]._heartbt_int = seconds

    async def do_check(self, session: str, raw: str) -> None:
        """What the engine's parser and its dictionary have against a message."""
        tell("checked", session=session, **objections(raw, dictionary_of(self._versions[session])))

    async def do_logout(self, session: str, text: str) -> None:
        await self._sessions[session].send_logout(text)

    async def _swallow(self, data: bytes) -> None: ...

    def _message(self, session: str, kind: str, fields: list[tuple[int, str]]) -> Message:
        dictionary = dictionary_of(self._versions[session])
        named = [(int(tag), value) for tag, value in fields]
        return Message.from_fields([(35, kind), *named], dictionary)


def refused(session_id: SessionID, logon: Message) -> bool:
    """Nobody else is let in."""
    tell("refused", session=session_id.sender_comp_id, who=session_id.target_comp_id)
    return False


def settings() -> SessionSettings:
    """Both sessions of each venue, and whoever else calls."""
    made = SessionSettings.from_string(SETTINGS)
    for venue, version in VENUES.items():
        for kind in ("MD", "DEAL"):
            made.set_session(SessionID(version, f"{venue}-{kind}", f"{CLIENT}-{kind}"), {})
    made.set_session(SessionID("*", "*", "*"), {"AcceptorTemplate": "Y", "UseDataDictionary": "N"})
    return made


async def main() -> None:
    venue, stores = Venue(), Stores()
    acceptor = SocketAcceptor(settings(), venue, stores, Notes())
    acceptor.template_approver = refused
    venue.sessions = {sid.sender_comp_id: s for sid, s in acceptor.sessions.items()}
    hand = Hand(acceptor, stores)
    async with acceptor:
        tell("listening", port=acceptor._server.sockets[0].getsockname()[1])
        lines = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := await lines.readline():
            await hand.carry_out(json.loads(line))


if __name__ == "__main__":
    asyncio.run(main())
