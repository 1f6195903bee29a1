"""Makers in virtual time: a market of three venues, the makers' floor, and a robot that asks.

Everything goes over FIX text: what the robot says is written as the venue's own clients write, what
makers say is read as the robot's own quotes and reports are.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import TypeVar

from connectors.sim.curves import CurveFeed
from connectors.sim.dialogue import AskOut, HitOut, QuoteIn
from connectors.sim.link import SessionKey
from connectors.sim.log import FromOne, Log
from connectors.sim.makers.desk import MakerDesk
from connectors.sim.makers.floor import MakerFloor, MakerSettings
from connectors.sim.makers.styles import parse_makers
from connectors.sim.model import (
    NS_PER_MS,
    CurveTick,
    Instrument,
    MarketBook,
    Moment,
    Tick,
    parse_time,
)
from connectors.sim.products import Product
from connectors.sim.profiles import make_profiles
from connectors.sim.quotes import quote_life, terms_of_quote
from connectors.sim.rows import EntryLife, HitLife, RequestLife, Terms
from connectors.sim.statistics import Statistics
from connectors.sim.tables import Row
from connectors.sim.wire import Incoming

START_NS = parse_time("2026-10-21T08:00:00Z")
VENUES = {"ALPHA": ("EUR/USD", "USD/CNY"), "BETA": ("EUR/USD", "USD/CNY"), "CFETS": ("USD/CNY",)}
DIALECTS = {"ALPHA": "fix44", "BETA": "fix50sp2", "CFETS": "cfets_like"}
MID = {"EUR/USD": Decimal("1.11720"), "USD/CNY": Decimal("7.12250")}
R = TypeVar("R")
_CLIENT = "453=1\x01448=BANKCN\x01447=D\x01452=3\x01"
_PARTIES = "453=2\x01448=BANKCN\x01447=D\x01452=13\x01448={}\x01447=D\x01452=35\x01"


@dataclass
class MakerScene:
    """One world; `makers` as `--makers` has it."""

    makers: str = "LPA=tight:answer_ms=10:hold_ms=5"
    seed: str = "7"
    at_ns: int = START_NS
    rows: dict[int, Row] = field(default_factory=dict)
    sent: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.statistics, self.book = Statistics(), MarketBook()
        self.profiles = make_profiles(VENUES, tuple(Product), DIALECTS)
        half = Decimal("0.00002")
        ticks = [
            Tick(START_NS, venue, pair, MID[pair] - half, MID[pair] + half, 10**6, 10**6)
            for venue, pairs in VENUES.items()
            for pair in pairs
        ]
        feed = CurveFeed({name: each.curves for name, each in self.profiles.items()}, "1")
        for tick in feed.among(ticks):
            self.book.put_curve(tick) if isinstance(tick, CurveTick) else self.book.put(tick)
        dealt = {
            name: frozenset(
                Instrument(product, what)
                for product in profile.products
                for what in profile.pairs_of(product)
            )
            for name, profile in self.profiles.items()
        }
        self.log = Log(self._put, self.statistics, FromOne())
        settings = MakerSettings(parse_makers(self.makers), dealt, "1-", self.seed)
        self.floor = MakerFloor(settings, self.book, self.log)
        dialects = {name: profile.dialect for name, profile in self.profiles.items()}
        self.desk = MakerDesk(self.floor, self.log, self._send, self._send, dialects)

    def _put(self, row: Row) -> None:
        self.rows[id(row)] = row

    def _send(self, key: SessionKey, kind: str, body: str) -> None:
        self.sent.append((key.venue, kind, body))

    def now(self) -> Moment:
        return Moment(self.at_ns, self.at_ns)

    def of(self, kind: type[R]) -> list[R]:
        return [row for row in self.rows.values() if isinstance(row, kind)]

    def said(self, kind: str) -> list[Incoming]:
        """Messages of a type that the venue has sent, in order."""
        return [Incoming(f"35={name}\x01{body}") for _, name, body in self.sent if name == kind]

    def tick(self, move: str) -> None:
        """The mid of EUR/USD at ALPHA moves by so much."""
        tick = self.book.latest("ALPHA", "EUR/USD")
        assert tick is not None
        self.book.put(tick._replace(bid=tick.bid + Decimal(move), ask=tick.ask + Decimal(move)))

    def wait(self, ms: int) -> None:
        """Lets the makers do what falls due meanwhile."""
        until_ns = self.at_ns + ms * NS_PER_MS
        while (due_ns := self.floor.next_due_ns()) is not None and due_ns <= until_ns:
            self.at_ns = max(self.at_ns, due_ns)
            self.desk.act(self.now())
        self.at_ns = until_ns

    # What the robot says

    def say(self, venue: str, kind: str, body: str) -> None:
        """One message of the robot."""
        message = Incoming(f"35={kind}\x01{body}")
        assert self.desk.takes(venue, message), message.raw
        self.desk.handle(venue, message, self.now())

    def ask(
        self,
        *,
        maker: str = "LPA",
        venue: str = "ALPHA",
        pair: str = "EUR/USD",
        side: str | None = None,
        size: int = 1_000_000,
        value_date: str | None = "20261023",
        terms: Terms | None = None,
        request_id: str = "R1",
        open_ms: int = 30_000,
    ) -> None:
        """R to one maker."""
        until_ns = self.at_ns + open_ms * NS_PER_MS
        row = RequestLife(request_id, venue, "BANKCN", "", 1, self.at_ns, 1, until_ns, None)
        told = asdict(terms or Terms())
        entry = EntryLife(request_id, 0, pair, Decimal(size), side, value_date, **told)
        _, body = self.profiles[venue].dialect.encode(AskOut(row, (entry,)), self.at_ns)
        assert _CLIENT in body
        self.say(venue, "R", body.replace(_CLIENT, _PARTIES.format(maker)))

    def quote(self, number: int = -1, venue: str = "ALPHA") -> QuoteIn:
        """A quote of a maker, read as a quote of the robot is."""
        return self.profiles[venue].dialect.quote_in(self.said("S")[number])

    def hit(
        self, quote: QuoteIn, *, side: str = "1", message: str = "D", **bent: object
    ) -> HitLife:
        """A take of a quote, as clients take those of the robot; not sent yet."""
        venue = quote.quote_id.partition("-")[0]
        life = quote_life(venue, quote, None, None, self.now(), None)
        buys_at_offer = (side == "1") != (life.product == "SWAP")
        price = life.offer if buys_at_offer else life.bid
        near, far = life.near_offer, life.far_offer
        if not buys_at_offer:
            near, far = life.near_bid, life.far_bid
        hit = HitLife(
            *(1, "T1", "P1" if message == "AJ" else None, venue, "BANKCN", "R1"),
            *(quote.quote_id, life.pair, side, life.size, price or Decimal(0), life.value_date),
            *(message, "", False, self.at_ns, 1),
            near_rate=near,
            far_rate=far,
            **asdict(terms_of_quote(life)),
        )
        for name, value in bent.items():
            setattr(hit, name, value)
        return hit

    def take(self, quote: QuoteIn, **bent: object) -> HitLife:
        """AJ or D on a quote."""
        hit = self.hit(quote, **bent)  # type: ignore[arg-type]
        kind, body = self.profiles[hit.venue].dialect.encode(HitOut(hit), self.at_ns)
        self.say(hit.venue, kind, body)
        return hit
