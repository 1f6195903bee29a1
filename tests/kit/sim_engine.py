"""The whole simulated venue in one process, behind a link that only remembers what was sent."""

from __future__ import annotations

from queue import SimpleQueue

from connectors.sim.assembly import VenueOptions, build
from connectors.sim.link import DEALING, MARKET_DATA, Inbound, SessionKey
from connectors.sim.model import NS_PER_MS
from connectors.sim.wire import Incoming


class RememberingLink:
    """A link without FIX."""

    def __init__(self) -> None:
        self.inbox: SimpleQueue[Inbound] = SimpleQueue()
        self.sent: list[tuple[SessionKey, str, str]] = []

    def send(self, key: SessionKey, message_type: str, body: str) -> None:
        self.sent.append((key, message_type, body))


class SimEngine:
    """One venue, ALPHA, with EUR/USD; time moves when it is told to."""

    def __init__(self, **options: object) -> None:
        values = {"venues": ("ALPHA",), "pairs": ("EUR/USD",), "requests_per_second": 0.0}
        self.link = RememberingLink()
        told = VenueOptions(**{**values, "last_look": 0.0, **options})  # type: ignore[arg-type]
        self.engine, self.record = build(told, self.link, 0)
        self.numbers = 1
        for role in (MARKET_DATA, DEALING):
            self.log("logon", role)
        self.say("V", "262=m|263=1|264=1|265=1|267=2|269=0|269=1|146=1|55=EUR/USD|", MARKET_DATA)
        self.engine.begin()
        self.run(1500)

    def log(self, kind: str, role: str = DEALING) -> None:
        """The robot logs on to a session, or out."""
        self.link.inbox.put(Inbound(kind, SessionKey("ALPHA", role), "", 1))
        self.engine.pump(0.0)

    def say(self, kind: str, text: str, role: str = DEALING) -> None:
        """One message of the robot; fields are separated by `|`."""
        self.numbers += 1
        raw = f"35={kind}|34={self.numbers}|{text}".replace("|", "\x01")
        self.link.inbox.put(Inbound("app", SessionKey("ALPHA", role), raw, 1))
        self.engine.pump(0.0)

    def run(self, ms: int) -> None:
        """Ticks and everything that falls due meanwhile."""
        engine = self.engine
        until_ns = engine.clock_ns + ms * NS_PER_MS
        while True:
            due = [at for at in (engine.next_tick_ns(), engine.next_due_ns()) if at is not None]
            at_ns = min(due, default=until_ns + 1)
            if at_ns > until_ns:
                break
            engine.send_ticks(at_ns, 1)
            engine.advance(at_ns)
            engine.act()
        engine.advance(until_ns)

    def said(self, kind: str, role: str = DEALING) -> list[Incoming]:
        """Messages of a type that were sent on a session, in order."""
        return [
            Incoming(f"35={name}\x01{body}")
            for key, name, body in self.link.sent
            if (key.role, name) == (role, kind)
        ]

    def order(self, order_id: str, more: str = "40=1|59=3|", size: str = "100000") -> None:
        """D: buys EUR/USD."""
        self.say("D", f"11={order_id}|55=EUR/USD|167=FOR|54=1|60=x|38={size}|15=EUR|{more}")


def values(message: Incoming, *tags: int) -> tuple[str | None, ...]:
    """What a message says in some tags."""
    return tuple(message.get(tag) for tag in tags)
