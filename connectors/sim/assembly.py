"""Puts a venue together from its options. The only place that knows all the parts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from random import Random

from connectors.guard.limits import GuardLimits
from connectors.sim.acceptor import AcceptorSettings, FixLink
from connectors.sim.asking import suits
from connectors.sim.clients import CLIENT_COUNT_DEFAULT, Behaviour, Habits, make_clients
from connectors.sim.curves import CurveFeed
from connectors.sim.depth_feed import DepthFeed
from connectors.sim.desks import Desk
from connectors.sim.dialects.choice import dialect_names
from connectors.sim.drop_copy import NO_COPY_MISCHIEF, CopyMischief, DropCopy
from connectors.sim.engine import Engine, EngineSettings, Halt
from connectors.sim.floor_settings import Outbid, never_outbid
from connectors.sim.hits import HitBook
from connectors.sim.link import Link
from connectors.sim.log import Log
from connectors.sim.makers.desk import MakerDesk
from connectors.sim.makers.floor import MakerFloor, MakerSettings
from connectors.sim.makers.styles import Makers
from connectors.sim.market import DEFAULT_PAIRS, Generator
from connectors.sim.model import (
    NS_PER_SECOND,
    CurveTick,
    Instrument,
    MarketBook,
    Tick,
    parse_time,
)
from connectors.sim.options import OptionError
from connectors.sim.order_desk import OrderDesk
from connectors.sim.order_floor import OrderFloor, OrderSettings
from connectors.sim.order_rules import NO_MISCHIEF, Mischief
from connectors.sim.outlet import Outlet
from connectors.sim.products import Product
from connectors.sim.profiles import (
    ONLY_SPOT,
    Profile,
    make_profiles,
    usual_pairs,
    usual_venues,
)
from connectors.sim.record import Record
from connectors.sim.reference import anchor_rate
from connectors.sim.rows import HitLife
from connectors.sim.statistics import Statistics
from connectors.sim.status import StatusFile
from connectors.sim.streams.desk import QuoteEnd, StreamDesk
from connectors.sim.streams.floor import StreamFloor, StreamSettings
from connectors.sim.tickfiles import TickFile, TickWindow, open_ticks
from connectors.sim.trade_capture import TradeCapture
from connectors.sim.trade_mischief import TradeMischief
from connectors.sim.trade_questions import TradeQuestions
from connectors.sim.venue import Floor, FloorSettings

START_DEFAULT = "2026-10-30T08:00:00Z"
LAST_LOOK_DEFAULT = 0.02


@dataclass(frozen=True, slots=True)
class VenueOptions:
    """Everything `fxrobot sim venue` can be told."""

    port: int = 0
    venues: Sequence[str] = ()
    ticks: Sequence[TickFile] = ()
    from_ns: int | None = None
    until_ns: int | None = None
    pairs: Sequence[str] = DEFAULT_PAIRS
    ticks_per_second: float = 2.0
    speed: float | None = 1.0  # None = as fast as the robot follows
    seed: str = "1"
    start_ns: int = field(default_factory=lambda: parse_time(START_DEFAULT))
    hours: float | None = None
    requests_per_second: float = 2.0
    requests_max: int | None = None
    deals_max: int | None = None
    hit_ratio: float = 0.35
    misbehaviour: float = 0.14
    behaviours: Sequence[Behaviour] = ()
    clients: int = CLIENT_COUNT_DEFAULT
    seconds: float | None = None
    run_on_ns: int = 0
    halts: Sequence[Halt] = ()
    record: Path | None = None
    store: Path | None = None
    log: Path | None = None
    status: Path | None = None
    dictionary: Path = Path("config/fix/FIX44.xml")
    robot_prefix: str = "BANKCNBJ"
    guard: bool = True
    products: Sequence[Product] = ONLY_SPOT
    dialects: Sequence[tuple[str, str]] = ()  # venue and name of its dialect
    last_look: float = LAST_LOOK_DEFAULT
    order_mischief: Mischief = NO_MISCHIEF
    cancel_on_disconnect: bool = True
    cancel_on_halt: bool = True
    pending_changes: bool = False
    makers: Makers = field(default_factory=dict)
    trade_mischief: Mapping[str, float] = field(default_factory=dict)
    ask_trades_s: float = 0.0  # venue seconds between two AD to the robot; 0 = none
    stream_client: str | None = None  # who hits streamed quotes that name nobody; None = the venue
    drop_copy: bool = False
    copy_mischief: CopyMischief = NO_COPY_MISCHIEF
    stream_hits_per_second: float = 0.2
    stream_mischief: Mapping[str, float] = field(default_factory=dict)
    halt_every: tuple[float, float] | None = None  # venue seconds between halts, and their length
    counter_share: float = 0.0  # of requests whose client answers with a price of its own
    dealt: Mapping[str, Sequence[str]] | None = None  # venue -> its pairs; prices are fed by `feed`
    outbid: Outbid = never_outbid  # what clients hear from others


@dataclass(frozen=True, slots=True)
class Assembled:
    """The parts of a running venue that its process has to hold."""

    engine: Engine
    link: FixLink
    record: Record


def assemble(options: VenueOptions) -> Assembled:
    """Opens files and builds the venue; nothing listens yet. Errors name the option or the file."""
    venues = _venues(options)
    profiles = _profiles(options, venues)
    link = FixLink(
        AcceptorSettings(
            options.port,
            tuple(venues),
            options.robot_prefix,
            options.dictionary,
            options.store,
            options.log,
            GuardLimits() if options.guard else None,
            tuple(n for n, p in profiles.items() if p.dialect.application_version is not None),
            options.drop_copy,
        )
    )
    engine, record = build(options, link, link.port)
    return Assembled(engine, link, record)


def build(
    options: VenueOptions, link: Link, port: int, wall_ns: Callable[[], int] = time.time_ns
) -> tuple[Engine, Record]:
    """The venue behind any link; `wall_ns` is the computer's clock."""
    venues = _venues(options)
    _check_pairs(options, venues)
    profiles = _profiles(options, venues)
    record = Record(options.record)
    resume_ns = int(record.meta("clock_ns") or 0)
    spots, start_ns = _ticks(options, venues, resume_ns)
    beyond_spot = {n: p for n, p in profiles.items() if p.products != ONLY_SPOT}
    ticks: Iterator[Tick | CurveTick] = spots
    if beyond_spot and options.dealt is None:
        curves = {name: profile.curves for name, profile in beyond_spot.items()}
        ticks = CurveFeed(curves, options.seed).among(spots)
    statistics, book = Statistics(), MarketBook()
    log = Log(record.put, statistics, record)
    seed = f"{options.seed}/{record.run}"
    hits = HitBook(record.unanswered_hits(), record.last_number(HitLife))
    settings = FloorSettings(
        clients=make_clients(options.clients),
        habits=Habits(options.misbehaviour, tuple(options.behaviours), options.counter_share),
        requests_per_second=options.requests_per_second,
        hit_ratio=options.hit_ratio,
        requests_max=options.requests_max,
        id_prefix=f"{record.run}-",
        profiles=beyond_spot,
        seed=seed,
        outbid=options.outbid,
    )
    floor = Floor(settings, book, log, Random(f"{seed}/floor"), hits, record.exec_ids())
    engine_settings = EngineSettings(
        start_ns,
        options.seconds,
        options.requests_max is not None,
        options.deals_max,
        options.halts,
        options.run_on_ns,
        options.halt_every,
    )
    status = StatusFile(options.status, {"port": port})
    outlet = Outlet(link)
    streams = _stream_floor(options, profiles, record, log, book, hits, floor)
    orders = _order_floor(options, profiles, record, log)
    desks = _desks(options, profiles, record, log, outlet, book, floor, streams, orders)
    dialects = {name: profile.dialect for name, profile in profiles.items()}
    depth = DepthFeed(orders.depth, outlet.send, dialects)
    engine = Engine(
        engine_settings,
        profiles,
        ticks,
        link,
        outlet,
        book,
        floor,
        desks,
        depth,
        record,
        log,
        status,
        wall_ns,
    )
    return engine, record


def _desks(
    options: VenueOptions,
    profiles: dict[str, Profile],
    record: Record,
    log: Log,
    outlet: Outlet,
    book: MarketBook,
    floor: Floor,
    streams: StreamFloor,
    orders: OrderFloor,
) -> list[Desk]:
    """Everything that deals with the robot beside the clients; the first that takes a message has
    it.
    """
    dialects = {name: profile.dialect for name, profile in profiles.items()}
    send, deliver = outlet.send, outlet.deliver
    desks: list[Desk] = []
    ends: list[QuoteEnd] = [floor.quote_end]
    if options.makers:
        makers = _maker_floor(options, profiles, record, log, book)
        desks.append(MakerDesk(makers, log, send, deliver, dialects))
        ends.append(makers.quote_end)
    desks.append(StreamDesk(streams, log, send, dialects, tuple(ends)))
    desks.append(OrderDesk(orders, log, send, deliver, dialects))
    capture = TradeCapture(record, log, send, deliver, dialects)
    log.hear(capture.on_row)
    desks.append(capture)
    if options.trade_mischief:
        changes = TradeMischief(options.trade_mischief, log, options.seed, f"{record.run}-")
        log.hear(changes.on_row)
        desks.append(changes)
    if options.ask_trades_s:
        questions = TradeQuestions(options.ask_trades_s, log, send, dialects, f"{record.run}-")
        log.hear(questions.on_row)
        desks.append(questions)
    if options.drop_copy:
        seed = f"{options.seed}/{record.run}"
        copies = DropCopy(options.copy_mischief, log, deliver, dialects, seed)
        outlet.tap(copies.on_sent)
        log.hear(copies.on_row)
        desks.append(copies)
    return desks


def _dealt(profiles: dict[str, Profile]) -> dict[str, frozenset[Instrument]]:
    """What is dealt at each venue: product and pair, or currency."""
    return {
        name: frozenset(
            Instrument(product, what)
            for product in profile.products
            for what in profile.pairs_of(product)
        )
        for name, profile in profiles.items()
    }


def _stream_floor(
    options: VenueOptions,
    profiles: dict[str, Profile],
    record: Record,
    log: Log,
    book: MarketBook,
    hits: HitBook,
    floor: Floor,
) -> StreamFloor:
    """Hits on streamed quotes are answered and judged as those on requests."""
    settings = StreamSettings(
        dealt=_dealt(profiles),
        hits_per_second=options.stream_hits_per_second,
        mischief=dict(options.stream_mischief),
        client=options.stream_client,
        id_prefix=f"{record.run}-",
        seed=f"{options.seed}/{record.run}",
    )
    streams = StreamFloor(settings, book, log, hits.next_number, floor.adopt)
    floor.know_streamed(streams.quote)
    return streams


def _maker_floor(
    options: VenueOptions,
    profiles: dict[str, Profile],
    record: Record,
    log: Log,
    book: MarketBook,
) -> MakerFloor:
    """Makers deal what the venue's clients deal."""
    settings = MakerSettings(
        makers=options.makers,
        dealt=_dealt(profiles),
        id_prefix=f"{record.run}-",
        seed=f"{options.seed}/{record.run}",
    )
    return MakerFloor(settings, book, log, record.takes(), record.all_maker_deals())


def _order_floor(
    options: VenueOptions, profiles: dict[str, Profile], record: Record, log: Log
) -> OrderFloor:
    """Orders are in spot, whatever the clients ask for."""
    settings = OrderSettings(
        pairs={name: frozenset(each.pairs_of(Product.SPOT)) for name, each in profiles.items()},
        id_prefix=f"{record.run}-",
        seed=f"{options.seed}/{record.run}",
        last_look=options.last_look,
        mischief=options.order_mischief,
        cancel_on_disconnect=options.cancel_on_disconnect,
        cancel_on_halt=options.cancel_on_halt,
        pending_changes=options.pending_changes,
    )
    return OrderFloor(settings, log, record.orders(), record.order_ids())


def _venues(options: VenueOptions) -> dict[str, list[str]]:
    """Each venue's pairs: those of its files, or all pairs when prices are generated."""
    if options.dealt is not None:
        return {name: list(pairs) for name, pairs in options.dealt.items()}
    if not options.ticks:
        beyond_spot = tuple(options.products) != ONLY_SPOT
        names = options.venues or tuple(usual_venues(options.products))
        return {name: _pairs_at(options, name, beyond_spot) for name in dict.fromkeys(names)}
    venues: dict[str, list[str]] = {name: [] for name in options.venues}
    for file in options.ticks:
        if options.venues and file.venue not in venues:
            raise OptionError(
                f"{file.path}: its venue {file.venue} is not among --venue "
                f"{' --venue '.join(options.venues)}; write --ticks "
                f"{options.venues[0]}:{file.pair}:{file.path}"
            )
        venues.setdefault(file.venue, []).append(file.pair)
    return venues


def _pairs_at(options: VenueOptions, venue: str, beyond_spot: bool) -> list[str]:
    """The pairs asked for; when nobody asked and more than spot is dealt, those of the venue."""
    if tuple(options.pairs) != DEFAULT_PAIRS or not beyond_spot:
        return list(options.pairs)
    return list(usual_pairs(venue))


def _profiles(options: VenueOptions, venues: dict[str, list[str]]) -> dict[str, Profile]:
    """What each venue deals; a dialect for no venue and a venue without products are errors."""
    chosen = dict(options.dialects)
    strange = [name for name in chosen if name not in venues]
    if strange:
        raise OptionError(f"--dialect: no venue {strange[0]}; there are {list(venues)}")
    beyond_spot = tuple(options.products) != ONLY_SPOT
    names = dialect_names(list(venues), chosen, beyond_spot=beyond_spot)
    profiles = make_profiles(venues, options.products, names)
    _check_behaviours(options)
    for name, profile in profiles.items():
        if not profile.deals_anything:
            wanted = ",".join(options.products).lower()
            raise OptionError(
                f"--products {wanted}: {name} ({profile.dialect.name}) deals none of them; "
                "add spot, or name other venues with --venue"
            )
    return profiles


def _check_behaviours(options: VenueOptions) -> None:
    for behaviour in options.behaviours:
        if not any(suits(behaviour, product) for product in options.products):
            raise OptionError(
                f"--behaviour {behaviour}: no client can behave so with --products "
                f"{','.join(options.products).lower()}; write --products all"
            )


def _check_pairs(options: VenueOptions, venues: dict[str, list[str]]) -> None:
    day = datetime.fromtimestamp(options.start_ns // NS_PER_SECOND, UTC).date()
    asked = dict.fromkeys(pair for pairs in venues.values() for pair in pairs)
    unknown = [pair for pair in asked if anchor_rate(pair, day) is None]
    if unknown and not options.ticks and options.dealt is None:
        raise OptionError(
            f"--pairs: no reference rate for {', '.join(unknown)}; use pairs of the currencies in "
            "connectors/sim/data/ecb_reference_rates.csv, or give tick files"
        )


def _ticks(
    options: VenueOptions, venues: dict[str, list[str]], resume_ns: int
) -> tuple[Iterator[Tick], int | None]:
    """The ticks and where the clock starts: a continued record never goes back in time."""
    if options.dealt is not None:
        return iter(()), options.start_ns
    if options.ticks:
        from_ns = max(options.from_ns or 0, resume_ns) or None
        return open_ticks(options.ticks, TickWindow(from_ns, options.until_ns)), None
    start_ns = max(options.start_ns, resume_ns)
    until_ns = None
    if options.hours is not None:
        until_ns = options.start_ns + int(options.hours * 3600 * NS_PER_SECOND)
    pairs = tuple(dict.fromkeys(pair for dealt in venues.values() for pair in dealt))
    made = Generator(
        tuple(venues), pairs, options.seed, start_ns, until_ns, options.ticks_per_second, venues
    ).ticks()
    if options.until_ns is not None:
        end_ns = options.until_ns
        made = takewhile(lambda tick: tick.at_ns < end_ns, made)
    return made, start_ns
