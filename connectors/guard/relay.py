"""The door itself: looks at what the hostile side sends, hands whole frames on, cuts the rest.

Only that side is looked at; what our own QuickFIX says passes as it is. QuickFIX behind a door sees
a connection only when its first whole frame, a logon, is there.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

from connectors.guard.frames import FrameError, FrameReader
from connectors.guard.limits import LINES_PER_MINUTE_MAX, Door, GuardLimits

SWEEP_S = 0.25
DIAL_S = 5.0
_MINUTE_S = 60.0
_LOGON, _LOGOUT, _REJECT = b"A", b"5", b"3"
_LOGON_ANSWER = b"\x0135=A\x01"
_HEAD_BYTES = 40


class Rate:
    """At most so many in a minute; 0 = no bound."""

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._began_s = 0.0
        self._count = 0

    def take(self, now_s: float) -> bool:
        """Whether one more fits."""
        if now_s - self._began_s >= _MINUTE_S:
            self._began_s, self._count = now_s, 0
        self._count += 1
        return not self._maximum or self._count <= self._maximum

    def idle(self, now_s: float) -> bool:
        """Nothing was taken in this minute."""
        return now_s - self._began_s >= _MINUTE_S


class Guard:
    """One door: its listening socket, its pairs of connections, its counts."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.limits: GuardLimits = door.limits
        self.pairs: dict[Pair, None] = {}
        """In the order in which they came."""
        self._logons: dict[str, Rate] = {}
        self._lines = Rate(LINES_PER_MINUTE_MAX)
        self._unreachable = Rate(1)
        self._dials: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def listen(self) -> int:
        """Open the port; which it is."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Peer(Pair(self), caller=True), "127.0.0.1", self.door.port
        )
        return cast(int, self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Take no more callers; those who are there go on."""
        if self._server is not None:
            self._server.close()

    async def emptied(self) -> None:
        """Wait until the last pair is gone."""
        while self.pairs:
            await next(iter(self.pairs)).gone.wait()

    def admit(self, pair: Pair) -> str:
        """Why a caller is not taken; empty = it is, perhaps in the place of one who waits."""
        limits, address = self.limits, pair.address
        of_address = [other for other in self.pairs if other.address == address]
        if len(self.pairs) >= limits.connections_max:
            return f"{len(self.pairs)} connections are open, connections_max"
        if len(of_address) >= limits.connections_per_address_max:
            return f"{len(of_address)} connections of {address}, connections_per_address_max"
        for found, maximum in (
            (of_address, limits.waiting_per_address_max),
            (list(self.pairs), limits.waiting_max),
        ):
            waiting = [other for other in found if other.waiting]
            if len(waiting) >= maximum:
                waiting[0].cut(f"{len(waiting)} others wait to log on, the oldest goes")
        self.pairs[pair] = None
        return ""

    def may_log_on(self, address: str) -> bool:
        """Whether the address has not tried too often."""
        rate = self._logons.setdefault(address, Rate(self.limits.logons_per_minute))
        return rate.take(now_s())

    def dial(self, pair: Pair) -> None:
        """Connect to what is behind the door."""
        task = asyncio.get_running_loop().create_task(self._dial(pair))
        self._dials.add(task)
        task.add_done_callback(self._dials.discard)

    async def _dial(self, pair: Pair) -> None:
        door = self.door
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(DIAL_S):
                await loop.create_connection(
                    lambda: _Peer(pair, caller=False), door.target_host, door.target_port
                )
        except (OSError, TimeoutError) as problem:
            if self._unreachable.take(now_s()):
                self.tell(f"{door.target_host}:{door.target_port} cannot be reached: {problem}")
            pair.closed()

    def sweep(self) -> None:
        """Cut who is late; forget addresses that have gone."""
        now = now_s()
        for pair in tuple(self.pairs):
            pair.look(now)
        for address in [a for a, rate in self._logons.items() if rate.idle(now)]:
            del self._logons[address]

    def tell(self, text: str) -> None:
        """One line for the log, as long as there are not too many."""
        if self._lines.take(now_s()):
            sys.stderr.write(f"guard of {self.door.name}: {text}\n")
            sys.stderr.flush()


class Pair:
    """A caller and what it is connected to behind the door."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.waiting = True
        self.address = ""
        self._peer_name = ""
        self._by_target = guard.door.hostile == "target"
        self._hostile: asyncio.Transport | None = None
        self._trusted: asyncio.Transport | None = None
        limits = guard.limits
        self._reader = FrameReader(limits.frame_bytes_max)
        self._rates = {
            b"2": ("ResendRequest", Rate(limits.resend_requests_per_minute)),
            b"1": ("TestRequest", Rate(limits.test_requests_per_minute)),
        }
        self._opened_s = now_s()
        self._partial_s: float | None = None
        self._early = b""
        """A caller's logon while what is behind the door is dialled."""
        self._is_over = False
        self.gone = asyncio.Event()

    def opened(self, transport: asyncio.Transport, *, caller: bool) -> None:
        """A connection is there: first the caller's, then the other."""
        if self._is_over:
            transport.abort()
            return
        is_hostile = caller != self._by_target
        if is_hostile:
            self._hostile = transport
        else:
            self._trusted = transport
        if caller:
            self.address, port = transport.get_extra_info("peername")[:2]
            self._peer_name = f"{self.address}:{port}"
            refused = self.guard.admit(self)
            if refused:
                self.cut(refused)
            elif self._by_target:
                transport.pause_reading()
                self.guard.dial(self)
            return
        if self._early and self._trusted is not None:
            self._trusted.write(self._early)
            self._early = b""
        waiter = self._trusted if self._by_target else self._hostile
        if waiter is not None:
            waiter.resume_reading()

    def received(self, data: bytes, transport: asyncio.BaseTransport) -> None:
        """Bytes of one of the two."""
        if self._is_over:
            return
        if transport is self._hostile:
            self._inspect(data)
        else:
            self._pass_on(data)

    def crowded(self, transport: asyncio.BaseTransport, *, full: bool) -> None:
        """Our own QuickFIX is slow to read: the peer has to wait. A peer that is slow is cut."""
        if transport is self._trusted and self._hostile is not None and not self._is_over:
            if full:
                self._hostile.pause_reading()
            else:
                self._hostile.resume_reading()

    def cut(self, why: str) -> None:
        """End both connections at once and say why."""
        if not self._is_over:
            self.guard.tell(f"{self._peer_name} cut: {why}")
            self._end(abort=True)

    def closed(self) -> None:
        """One of the two is gone: what was read before still reaches the other."""
        self._end(abort=False)

    def look(self, now: float) -> None:
        """Whether the peer is late."""
        limits = self.guard.limits
        if self.waiting and now - self._opened_s > limits.logon_s:
            self.cut(f"not logged on after {limits.logon_s:g} s (logon_s)")
        elif self._partial_s is not None and now - self._partial_s > limits.frame_s:
            held = self._reader.held_bytes
            self.cut(f"a frame of which {held} bytes came is late, {limits.frame_s:g} s (frame_s)")

    def _end(self, *, abort: bool) -> None:
        if self._is_over:
            return
        self._is_over = True
        self.gone.set()
        self.guard.pairs.pop(self, None)
        for transport in (self._hostile, self._trusted):
            if transport is not None and abort:
                transport.abort()
            elif transport is not None:
                transport.close()
                loop = asyncio.get_running_loop()
                loop.call_later(self.guard.limits.close_s, transport.abort)

    def _inspect(self, data: bytes) -> None:
        """From the hostile side: whole frames only."""
        try:
            whole = self._reader.feed(data)
        except FrameError as problem:
            self.cut(str(problem))
            return
        if not self._reader.held_bytes:
            self._partial_s = None
        elif whole.kinds or self._partial_s is None:
            self._partial_s = now_s()
        if whole.kinds and (refused := self._refused(whole.kinds)):
            self.cut(refused)
        elif whole.data and self._trusted is not None:
            self._trusted.write(whole.data)
        elif whole.data and self._hostile is not None:
            self._early = whole.data
            self._hostile.pause_reading()
            self.guard.dial(self)

    def _refused(self, kinds: list[bytes]) -> str:
        """What is wrong with frames of these types now; empty = nothing."""
        if self.waiting and self._by_target:
            if kinds[0] not in (_LOGON, _LOGOUT, _REJECT):
                return f"the first message is no logon: 35={kinds[0].decode('ascii', 'replace')}"
            self.waiting = False
        elif self.waiting and self._trusted is None:
            if kinds[0] != _LOGON:
                return f"the first message is no logon: 35={kinds[0].decode('ascii', 'replace')}"
            if not self.guard.may_log_on(self.address):
                return f"{self.address} logs on too often (logons_per_minute)"
        for kind in kinds:
            known = self._rates.get(kind)
            if known is not None and not known[1].take(now_s()):
                return f"too many messages {known[0]} in a minute"
        return ""

    def _pass_on(self, data: bytes) -> None:
        """From our own side: as it is, but not without end to a peer that does not read."""
        if self._hostile is None:
            return
        if self.waiting and not self._by_target and _LOGON_ANSWER in data[:_HEAD_BYTES]:
            self.waiting = False
        self._hostile.write(data)
        unread = self._hostile.get_write_buffer_size()
        if unread > self.guard.limits.unread_bytes_max:
            self.cut(f"does not read: {unread} bytes wait for it (unread_bytes_max)")


class _Peer(asyncio.Protocol):
    """One connection of a pair."""

    def __init__(self, pair: Pair, *, caller: bool) -> None:
        self._pair = pair
        self._caller = caller
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._pair.opened(self._transport, caller=self._caller)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None, "data before the connection"
        self._pair.received(data, self._transport)

    def connection_lost(self, problem: Exception | None) -> None:
        self._pair.closed()

    def pause_writing(self) -> None:
        assert self._transport is not None, "written before the connection"
        self._pair.crowded(self._transport, full=True)

    def resume_writing(self) -> None:
        assert self._transport is not None, "written before the connection"
        self._pair.crowded(self._transport, full=False)


def now_s() -> float:
    """The loop's time: steady."""
    return asyncio.get_running_loop().time()
