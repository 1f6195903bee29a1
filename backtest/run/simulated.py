"""The simulated venues of a backtest: the whole of `fxrobot sim venue` in this process and in
virtual time, without sockets.

Messages are FIX text on both sides, written and read by the same code as live: the robot's by
`connectors.fix`, the venue's by `connectors.sim`. What is left out is QuickFIX's session layer
(sequence numbers, resends, log-on). Spot prices go past FIX text: to the venue as its own ticks, to
the robot as the events that its book would make of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from queue import SimpleQueue

from backtest.run.config import BacktestConfig
from backtest.run.inside import NEVER_NS, Sent, sessions_of
from backtest.run.middles import Middles
from backtest.run.middles import Row as Row
from backtest.run.rivals import Rivals, RivalTop, usual
from connectors.assembly import dialect_of
from connectors.fix.decode import events_from, origin_of, subscription_refused
from connectors.fix.encode import message_for
from connectors.fix.fields import FixMessage
from connectors.fix.record_in import copies_from
from connectors.fix.top import VenueBook
from connectors.sim.assembly import VenueOptions, build
from connectors.sim.dialects.choice import DIALECTS
from connectors.sim.floor_settings import Outbid
from connectors.sim.link import DEALING, DROP_COPY, MARKET_DATA, Inbound, SessionKey
from connectors.sim.makers.styles import parse_makers
from connectors.sim.model import CurveTick, Instrument, Tick, fix_time
from connectors.sim.products import Product, deals_at_offer
from connectors.sim.requests import price_for
from connectors.sim.rows import QuoteLife
from robot.basics.ids import VenueId
from robot.errors import ConfigurationError
from robot.messages.effects import SendQuote, SubscribeMarket
from robot.messages.events import AnyEvent, CurveUpdated, SessionKind
from robot.settings import Settings

Delivered = tuple[str, tuple[AnyEvent, ...]]
"""Venue, and what one message of it says."""
_SOH = "\x01"
_PRICE, _SIZE = Decimal("1E-9"), 100
_SIZE_DEFAULT = 1_000_000
_KEPT = 5_000
"""Requests whose rivals are remembered; those of before are over."""
HeardRivals = Callable[[str, str, int, Decimal | None, Decimal | None], None]
"""Venue, request, how many others, and the best of their bids and offers."""


class _Link:
    """What the venues say, until it is taken."""

    def __init__(self) -> None:
        self.inbox: SimpleQueue[Inbound] = SimpleQueue()
        self.said: list[tuple[SessionKey, str, str]] = []

    def send(self, key: SessionKey, message_type: str, body: str) -> None:
        self.said.append((key, message_type, body))


class SimulatedVenues:
    """All venues of a run. `keys` names venue and pair of the prices that `rows` hold."""

    def __init__(
        self,
        settings: Settings,
        config: BacktestConfig,
        keys: Sequence[tuple[str, str]],
        rivals: Rivals | None = None,
    ) -> None:
        """`rivals` None = as the configuration draws them."""
        self._keys = keys
        drawn = config.flow.rivals
        self._rivals = rivals or Rivals(
            config.seed, usual(drawn.count, float(drawn.margin), float(drawn.deviation))
        )
        self._tops: dict[tuple[str, str], RivalTop] = {}
        self.heard: HeardRivals = lambda *heard: None
        """Who is told what others show on a request, when our first price on it comes."""
        self.rows: list[Row | None] = [None] * len(keys)
        """The newest price of each key."""
        self.middles = Middles(settings, keys, self.rows)
        self._fed: list[Row | None] = [None] * len(keys)
        self._link = _Link()
        options = venue_options(settings, config, self._outbid)
        self.engine, self.record = build(options, self._link, 0, lambda: 0)
        self.venues = tuple(self.engine.venues)
        self._dialects = {name: dialect_of(settings, name) for name in self.venues}
        self._books = {
            name: VenueBook(VenueId(name), dialect) for name, dialect in self._dialects.items()
        }
        self._sessions = {
            DEALING: sessions_of(settings, SessionKind.DEALING),
            MARKET_DATA: sessions_of(settings, SessionKind.MARKET_DATA),
            DROP_COPY: sessions_of(settings, SessionKind.DROP_COPY),
        }
        self._copied = tuple(venue.id for venue in settings.desk.venues if venue.drop_copy)
        self._numbers: dict[SessionKey, int] = {}

    # --- the robot's sessions

    def log_on(self, at_ns: int) -> list[Delivered]:
        """The robot is there, on all sessions."""
        self.engine.advance(at_ns)
        for role in (MARKET_DATA, DEALING):
            for name in self.venues:
                self.engine.take(Inbound("logon", SessionKey(name, role), "", 0))
        for name in self._copied:
            if name in self.venues:
                self.engine.take(Inbound("logon", SessionKey(name, DROP_COPY), "", 0))
        self.engine.begin()
        return self._taken()

    def take(self, at_ns: int, sent: Sent) -> list[Delivered]:
        """A message of the robot arrives."""
        self._feed(at_ns)
        effect = sent.effect
        if isinstance(effect, SendQuote) and effect.request_id:
            self._hear(effect, None)
        role = MARKET_DATA if isinstance(effect, SubscribeMarket) else DEALING
        encoded = message_for(effect, self._dialects[effect.venue], at_ns)
        head = (f"35={encoded.type}", f"34={sent.sequence}")
        text = _SOH.join([*head, *encoded.parts()]) + _SOH
        self.engine.take(Inbound("app", SessionKey(effect.venue, role), text, 0))
        return self._taken()

    # --- time and prices

    def next_due_ns(self) -> int:
        """When something happens there by itself."""
        due_ns = self.engine.next_due_ns()
        return NEVER_NS if due_ns is None else max(due_ns, self.engine.clock_ns)

    def act(self, at_ns: int) -> list[Delivered]:
        """What clients and orders do now."""
        self._feed(at_ns)
        self.engine.act()
        return self._taken()

    @property
    def follows_prices(self) -> bool:
        """Whether every price has to be told by `price`; else the newest in `rows` is enough."""
        return self.engine.follows_prices

    def price(self, at_ns: int) -> list[Delivered]:
        """Something may be dealt at the newest prices."""
        self._feed(at_ns)
        return self._taken()

    def curve(self, at_ns: int, event: CurveUpdated) -> list[Delivered]:
        """A venue quotes a tenor of a curve."""
        self.engine.advance(at_ns)
        self.middles.curve(at_ns, event)
        name, _, product = event.curve.partition(" ")
        if event.bid is not None and event.offer is not None:
            instrument = Instrument(product or Product.SWAP, name)
            self.engine.put_curve(
                CurveTick(at_ns, event.venue, instrument, event.tenor, event.bid, event.offer)
            )
        return self._taken()

    def _feed(self, at_ns: int) -> None:
        """Bring the venues' own market up to date."""
        for key, row in enumerate(self.rows):
            if row is not None and row is not self._fed[key]:
                self._fed[key] = row
                row_ns, _, bid, offer, bid_size, offer_size = row
                if bid is None or offer is None:
                    continue  # its client sees the last whole price
                self.engine.advance(row_ns)
                venue, pair = self._keys[key]
                sizes = _units(bid_size), _units(offer_size)
                self.engine.feed(Tick(row_ns, venue, pair, _exact(bid), _exact(offer), *sizes))
        self.engine.advance(at_ns)

    def told(self) -> tuple[str, ...]:
        """What of a record could not be done again, in words."""
        return ()

    # --- what others show

    def _hear(self, quote: SendQuote, known: RivalTop | None) -> RivalTop | None:
        """What others show on a request now: as it is `known` of it, or drawn."""
        top = known
        if top is None:
            middle = self.middles.of(quote, self.engine.clock_ns)
            top = self._rivals.top(quote, middle, self.middles.unit(quote, middle))
        if top is None:
            return None
        key = (quote.venue, quote.request_id)
        if key not in self._tops:
            self.heard(*key, top.count, top.bid, top.offer)
        self._tops[key] = top
        if len(self._tops) > _KEPT:
            del self._tops[next(iter(self._tops))]
        return top

    def _outbid(self, quote: QuoteLife, side: str) -> bool:
        """Whether a client of the venue's own hears a better price."""
        top, price = self._tops.get((quote.venue, quote.request_id)), price_for(quote, side)
        if top is None or price is None:
            return False
        if deals_at_offer(quote.product, side):
            return top.offer is not None and top.offer < price
        return top.bid is not None and top.bid > price

    # --- what they say

    def _taken(self) -> list[Delivered]:
        said, self._link.said = self._link.said, []
        found = []
        for key, kind, body in said:
            events = self._understood(key, kind, body)
            if events:
                found.append((key.venue, events))
        return found

    def _understood(self, key: SessionKey, kind: str, body: str) -> tuple[AnyEvent, ...]:
        number = self._numbers[key] = self._numbers.get(key, 0) + 1
        if kind == "1":
            return ()  # the venue tells its time: the robot's clock is the same
        venue, session = VenueId(key.venue), self._sessions[key.role][key.venue]
        head = (f"35={kind}", f"34={number}", f"52={fix_time(self.engine.clock_ns)}")
        message = FixMessage(_SOH.join(head) + _SOH + body)
        if key.role == DEALING:
            return tuple(events_from(message, venue, self._dialects[venue], session))
        if key.role == DROP_COPY:
            origin = origin_of(message, session)
            return tuple(copies_from(message, venue, self._dialects[venue], origin))
        if kind == "Y":
            return (subscription_refused(message, venue, session),)
        return tuple(self._books[venue].apply(message))


def venue_options(settings: Settings, config: BacktestConfig, outbid: Outbid) -> VenueOptions:
    """The venues as the desk knows them: their pairs, products and dialects."""
    wanted = config.venues or tuple(venue.id for venue in settings.desk.venues)
    rows = {venue.id: venue for venue in settings.desk.venues if venue.id in wanted}
    pairs = {
        name: tuple(pair for pair in row.pairs if not config.pairs or pair in config.pairs)
        for name, row in rows.items()
    }
    products = tuple(
        product
        for product in Product
        if any(product.value in [str(each) for each in row.products] for row in rows.values())
    )
    habits = config.flow.mode == "habits"
    return VenueOptions(
        venues=tuple(rows),
        dealt=pairs,
        start_ns=config.span.begin_ns,
        seed=str(config.seed),
        requests_per_second=float(config.flow.requests_per_second) if habits else 0.0,
        hit_ratio=float(config.flow.hit_ratio),
        misbehaviour=float(config.flow.misbehaviour),
        counter_share=float(config.flow.counter_share) if habits else 0.0,
        clients=config.flow.clients,
        guard=False,
        products=products,
        dialects=tuple(_dialects(settings, rows)),
        last_look=float(config.conduct.last_look),
        cancel_on_disconnect=config.conduct.cancel_on_disconnect,
        drop_copy=any(venue.drop_copy for venue in settings.desk.venues),
        makers=parse_makers(config.conduct.makers) if config.conduct.makers else {},
        stream_client=None,
        stream_hits_per_second=0.2 if habits else 0.0,
        outbid=outbid,
    )


def _dialects(settings: Settings, rows: Mapping[str, object]) -> list[tuple[str, str]]:
    found = []
    for venue in settings.desk.venues:
        preset = venue.dialect.preset or "fix44"
        if venue.id not in rows:
            continue
        if preset not in DIALECTS:
            known = ", ".join(DIALECTS)
            raise ConfigurationError(
                f"venue {venue.id}: the simulated venue has no dialect {preset}, only {known}; "
                "name other venues under venues"
            )
        found.append((venue.id, preset))
    return found


def _exact(value: int) -> Decimal:
    return Decimal(value).scaleb(-9).normalize()


def _units(size: int | None) -> int:
    return _SIZE_DEFAULT if not size else size // _SIZE
