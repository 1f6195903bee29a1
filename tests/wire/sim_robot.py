"""A trivial robot for the venue's tests: a real QuickFIX initiator with a scripted dealer.

Shares nothing with the venue's code. Market data is counted and the last price kept; requests are
answered by `quote_for`, hits by `answer_for`, both of which a test may replace.
"""

from __future__ import annotations

import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import quickfix as fix

SOH = "\x01"
Message = list[tuple[int, str]]
PREFIX = "BANKCNBJ"


def pairs_of(raw: str) -> Message:
    parts = [part.partition("=") for part in raw.split(SOH) if part]
    return [(int(tag), value) for tag, _, value in parts]


def first(message: Message, tag: int) -> str | None:
    return next((value for name, value in message if name == tag), None)


def entries_of(message: Message) -> list[Message]:
    """The members of R's group 146, each beginning with 55."""
    entries: list[Message] = []
    for tag, value in message:
        if tag == 55:
            entries.append([])
        if entries:
            entries[-1].append((tag, value))
    return entries


def wait_for(condition: Callable[[], Any], seconds: float = 60.0, what: str = "") -> Any:
    """Polls until the condition holds; fails the test when it never does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError(f"not within {seconds} s: {what or condition}")


class _Application(fix.Application):  # type: ignore[misc,unused-ignore]
    def __init__(self, robot: SimRobot) -> None:
        super().__init__()
        self._robot = robot

    def onCreate(self, session_id: Any) -> None: ...

    def onLogon(self, session_id: Any) -> None:
        self._robot.sessions[session_id.getTargetCompID().getValue()] = session_id

    def onLogout(self, session_id: Any) -> None:
        self._robot.sessions.pop(session_id.getTargetCompID().getValue(), None)

    def toAdmin(self, message: Any, session_id: Any) -> None: ...

    def toApp(self, message: Any, session_id: Any) -> None: ...

    def fromAdmin(self, message: Any, session_id: Any) -> None:
        self._guard(message, session_id, admin=True)

    def fromApp(self, message: Any, session_id: Any) -> None:
        self._guard(message, session_id, admin=False)

    def _guard(self, message: Any, session_id: Any, *, admin: bool) -> None:
        try:
            self._robot.take(pairs_of(message.toString()), session_id, admin=admin)
        except BaseException:  # nothing may leave a QuickFIX callback
            self._robot.faults.append(traceback.format_exc())


class SimRobot:
    """Logs on to the venues of one acceptor and deals by simple rules on its own FIX thread."""

    def __init__(
        self,
        port: int,
        venues: list[str],
        dictionary: Path,
        store: Path,
        fixt: tuple[str, ...] = (),
        drop_copy: bool = False,
    ) -> None:
        """Sessions of the venues in `fixt` are FIXT.1.1 with FIX 5.0SP2."""
        self._roles = (("MD", "Y"), ("DEAL", "N"), *((("DROP", "N"),) if drop_copy else ()))
        self.sessions: dict[str, Any] = {}
        self.received: list[Message] = []
        self.faults: list[str] = []
        self.clock_texts: list[str] = []
        self.ticks = 0
        self.top: dict[tuple[str, str], dict[str, Decimal]] = {}
        self.keep_ticks = True
        self.quote_life_s = 5
        self.streams: dict[str, tuple[str, Message, str]] = {}
        self.quote_for: Callable[[str, Message, str], Message | None] = self.plain_quote
        self.answer_for: Callable[[str, Message], list[Message]] = self.plain_answer
        self._used: set[str] = set()
        self._ended: set[str] = set()
        self._quotes: dict[str, Message] = {}
        self._latest: dict[tuple[str, str], str] = {}
        self._owners: dict[str, str] = {}
        self._fills: dict[str, Message] = {}
        self._numbers = 0
        names = ("FIXT11.xml", "FIX50SP2.xml") if fixt else ()
        files = [dictionary.with_name(name) for name in names]
        self._dictionaries = {
            "FIX.4.4": [fix.DataDictionary(str(dictionary))],
            "FIXT.1.1": [fix.DataDictionary(str(file)) for file in files],
        }
        self._fixt = fixt
        self._venues = venues
        self._now = ""
        self._lock = threading.Lock()
        text = _settings(port, venues, dictionary, store, fixt, self._roles)
        with tempfile.NamedTemporaryFile("w", suffix=".cfg") as file:
            file.write(text)
            file.flush()
            settings = fix.SessionSettings(file.name)
        self._application = _Application(self)
        # The plain initiator never connects again once the other side has logged out.
        self._initiator: Any = fix.ThreadedSocketInitiator(
            self._application, fix.FileStoreFactory(settings), settings
        )

    def start(self) -> None:
        self._initiator.start()
        count = len(self._roles) * len(self._venues)
        wait_for(lambda: len(self.sessions) == count, what="logons")

    def stop(self) -> None:
        """Logs out and gives the session ids free for the next robot of this process."""
        if self._initiator is not None:
            self._initiator.stop()
            self._initiator = None
        assert not self.faults, self.faults[0]

    # sending

    def send(self, session: str, kind: str, fields: Message) -> None:
        """`session` is MD or DEAL of a venue, as `ALPHA-MD`."""
        venue, role = session.split("-")
        body = "".join(f"{tag}={value}{SOH}" for tag, value in fields)
        version = "FIXT.1.1" if venue in self._fixt else "FIX.4.4"
        text = f"8={version}{SOH}9=0{SOH}35={kind}{SOH}{body}10=000{SOH}"
        message = fix.Message(text, *self._dictionaries[version], False)
        mine = PREFIX if len(self._venues) == 1 else f"{PREFIX}"
        identity = fix.SessionID(version, f"{mine}-{role}", f"{venue}-{role}")
        assert fix.Session.sendToTarget(message, identity)

    def subscribe(self, venue: str, pairs: list[str], subscription: str = "md1") -> None:
        fields = [(262, subscription), (263, "1"), (264, "1"), (265, "1"), (267, "2")]
        fields += [(269, "0"), (269, "1"), (146, str(len(pairs)))]
        self.send(f"{venue}-MD", "V", fields + [(55, pair) for pair in pairs])

    def number(self) -> int:
        self._numbers += 1
        return self._numbers

    # receiving

    def of_type(self, kind: str) -> list[Message]:
        with self._lock:
            return [message for message in self.received if first(message, 35) == kind]

    def take(self, message: Message, session_id: Any, *, admin: bool) -> None:
        kind = first(message, 35) or ""
        venue = (first(message, 49) or "").split("-")[0]
        if kind in ("W", "X"):
            self._take_prices(venue, message)
            if not self.keep_ticks:
                return
        if admin and kind == "1":
            self.clock_texts.append(first(message, 112) or "")
            if (first(message, 112) or "").count(" ") == 2:
                self._now = (first(message, 112) or "").split(" ")[-1]
        if kind != "0":
            with self._lock:
                self.received.append(message)
        if kind == "R":
            self._on_request(venue, message)
        elif kind in ("AJ", "D"):
            self._on_response(venue, message)
        elif kind == "Z" or (kind == "AI" and first(message, 297) == "7"):
            self._end(first(message, 131) or "")

    def _take_prices(self, venue: str, message: Message) -> None:
        self.ticks += 1
        pair = first(message, 55) or ""
        side = ""
        for tag, value in message:
            if tag == 269:
                side = value
            elif tag == 270:
                self.top.setdefault((venue, pair), {})[side] = Decimal(value)
        for request_id, (where, entry, until) in list(self.streams.items()):
            if self._now > until:
                self._end(request_id)
            elif where == venue and first(entry, 55) == pair:
                self._quote(venue, request_id, entry)

    def _on_request(self, venue: str, message: Message) -> None:
        request_id = first(message, 131) or ""
        for entry in entries_of(message):
            self._now = first(entry, 60) or self._now
            if first(message, 6065):
                self.streams[request_id] = (
                    venue,
                    entry,
                    self.later(int(first(message, 6065) or "0")),
                )
            self._quote(venue, request_id, entry)

    def _quote(self, venue: str, request_id: str, entry: Message) -> None:
        fields = self.quote_for(venue, entry, request_id)
        if fields is None:
            text = [(131, request_id), (658, "1"), (146, "1"), (55, first(entry, 55) or "")]
            text += [(38, first(entry, 38) or ""), (58, "NO_QUOTE")]
            self.send(f"{venue}-DEAL", "AG", text)
            return
        quote_id = first(fields, 117) or ""
        self._quotes[quote_id] = fields
        self._latest[(request_id, first(fields, 38) or "")] = quote_id
        self._owners[request_id] = first(entry, 448) or ""
        self.send(f"{venue}-DEAL", "S", fields)

    def plain_quote(self, venue: str, entry: Message, request_id: str) -> Message | None:
        """One pip around the venue's top; None for an unknown pair or client, or too much."""
        pair, size = first(entry, 55) or "", first(entry, 38) or ""
        top = self.top.get((venue, pair))
        client = first(entry, 448)
        if top is None or client == "GHOSTBK" or Decimal(size) > 25_000_000:
            return None
        mid = (top["0"] + top["1"]) / 2
        half = mid / 20_000
        digits = Decimal(1).scaleb(-5 if mid < 20 else -3)
        side = first(entry, 54)
        fields = [(131, request_id), (117, f"Q{self.number()}"), (537, "1"), (301, "0"), (55, pair)]
        fields += [(167, "FOR"), (38, size), (64, first(entry, 64) or "20261103"), (15, pair[:3])]
        if side != "1":
            fields.append((132, str((mid - half).quantize(digits))))
        if side != "2":
            fields.append((133, str((mid + half).quantize(digits))))
        fields += [(62, self.later(self.quote_life_s)), (60, self._now)]
        return fields

    def later(self, seconds: int) -> str:
        """The robot's time plus whole seconds."""
        from datetime import datetime, timedelta

        now = datetime.strptime(self._now + "000+0000", "%Y%m%d-%H:%M:%S.%f%z")
        return f"{now + timedelta(seconds=seconds):%Y%m%d-%H:%M:%S.%f}"[:-3]

    def _end(self, request_id: str) -> None:
        self._ended.add(request_id)
        self.streams.pop(request_id, None)

    def _on_response(self, venue: str, message: Message) -> None:
        if first(message, 694) == "6":
            quote = self._quotes.get(first(message, 117) or "")
            self._end(first(quote or [], 131) or "")
            return
        for answer in self.answer_for(venue, message):
            self.send(f"{venue}-DEAL", "8", answer)

    def plain_answer(self, venue: str, hit: Message) -> list[Message]:
        """A fill when the hit agrees with a live quote, a rejection otherwise."""
        quote_id, hit_id = first(hit, 117) or "", first(hit, 11) or ""
        if hit_id in self._fills:
            return [self._fills[hit_id]]
        quote = self._quotes.get(quote_id)
        reason = self._fault(hit, quote)
        if reason is not None or quote is None:
            return [self.rejection(hit, reason or "UNKNOWN_QUOTE")]
        self._used.add(quote_id)
        self._end(first(quote, 131) or "")
        self._fills[hit_id] = self.fill(hit)
        return [self._fills[hit_id]]

    def _fault(self, hit: Message, quote: Message | None) -> str | None:
        if quote is None:
            return "UNKNOWN_QUOTE"
        quote_id, request_id = first(quote, 117) or "", first(quote, 131) or ""
        side = 133 if first(hit, 54) == "1" else 132
        key = (request_id, first(quote, 38) or "")
        checks = {
            "QUOTE_USED": quote_id in self._used,
            "QUOTE_ENDED": request_id in self._ended,
            "QUOTE_REPLACED": self._latest[key] != quote_id,
            "QUOTE_EXPIRED": (first(hit, 60) or "") > (first(quote, 62) or ""),
            "WRONG_SIZE": first(hit, 38) != first(quote, 38),
            "WRONG_PRICE": first(hit, 44) != first(quote, side),
            "WRONG_CLIENT": first(hit, 448) != self._owners.get(request_id),
        }
        return next((reason for reason, wrong in checks.items() if wrong), None)

    def fill(self, hit: Message) -> Message:
        number = self.number()
        pair, rate, size = first(hit, 55) or "", first(hit, 44) or "", first(hit, 38) or ""
        unit = Decimal(1) if pair.endswith("JPY") else Decimal("0.01")
        counter = (Decimal(rate) * Decimal(size)).quantize(unit, rounding=ROUND_HALF_UP)
        fields = self._answer_head(hit, number, "F", "2")
        fields += [(64, first(hit, 64) or ""), (55, pair), (167, "FOR"), (54, first(hit, 54) or "")]
        fields += [(38, size), (40, "D"), (44, rate), (15, pair[:3]), (32, size), (31, rate)]
        fields += [(151, "0"), (14, size), (6, rate), (75, self._now[:8]), (60, self._now)]
        return [*fields, (119, str(counter)), (120, pair[4:])]

    def rejection(self, hit: Message, reason: str) -> Message:
        fields = [*self._answer_head(hit, self.number(), "8", "8"), (103, "99")]
        fields += [(55, first(hit, 55) or ""), (54, first(hit, 54) or ""), (151, "0"), (14, "0")]
        return [*fields, (6, "0"), (60, self._now), (58, f"{reason} 1 2 3")]

    def _answer_head(self, hit: Message, number: int, kind: str, state: str) -> Message:
        fields = [(37, f"O{number}"), (11, first(hit, 11) or "")]
        if first(hit, 693):
            fields.append((693, first(hit, 693) or ""))
        return [*fields, (17, f"E{number}"), (150, kind), (39, state)]


def _settings(
    port: int,
    venues: list[str],
    dictionary: Path,
    store: Path,
    fixt: tuple[str, ...],
    roles: tuple[tuple[str, str], ...],
) -> str:
    lines = [
        "[DEFAULT]",
        "ConnectionType=initiator",
        "SocketConnectHost=127.0.0.1",
        f"SocketConnectPort={port}",
        "SocketNodelay=Y",
        "ReconnectInterval=1",
        "HeartBtInt=30",
        "NonStopSession=Y",
        "UseDataDictionary=Y",
        "ValidateUserDefinedFields=N",
        f"FileStorePath={store}",
    ]
    for venue in venues:
        for role, reset in roles:
            lines += ["[SESSION]", f"SenderCompID={PREFIX}-{role}", f"TargetCompID={venue}-{role}"]
            lines += [f"ResetOnLogon={reset}", f"PersistMessages={'N' if role == 'MD' else 'Y'}"]
            if venue in fixt:
                lines += ["BeginString=FIXT.1.1", "DefaultApplVerID=9"]
                lines.append(f"TransportDataDictionary={dictionary.with_name('FIXT11.xml')}")
                lines.append(f"AppDataDictionary={dictionary.with_name('FIX50SP2.xml')}")
            else:
                lines += ["BeginString=FIX.4.4", f"DataDictionary={dictionary}"]
    return "\n".join(lines) + "\n"
