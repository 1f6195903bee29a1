"""One day from one seed: a heap of things to happen, and everything they happen to.

First faults, then none: the day must converge. One judge (`tests/simulation/judge.py`) then
compares the records of all sides. The same seed gives the same day.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

import msgspec

from connectors.sim.rows import QuoteLife
from robot.basics.currency import Currency, CurrencyPair
from robot.messages.events import (
    DayRolled,
    FollowersLagging,
    KillSwitchPulled,
    MarketUpdated,
    VenueTrading,
)
from tests.kit.desk import THURSDAY, time_ns
from tests.simulation.book import OrderBook, Worked
from tests.simulation.desk import MIDS, desk_reference, hedges_of
from tests.simulation.dialogue import Shown
from tests.simulation.disk import SimDisk, deaths
from tests.simulation.faults import Crash, Death, Faults, draw
from tests.simulation.floor import SimFloor
from tests.simulation.link import RETRY_NS, SENT, Link
from tests.simulation.office import Followers
from tests.simulation.officers import Officers, rows, with_rows
from tests.simulation.persons import Persons
from tests.simulation.robot import SimRobot
from tests.simulation.venue import SimVenue
from tests.simulation.wire import WireRecord

if TYPE_CHECKING:
    from tests.simulation.reference_day import Intents

MS = 1_000_000
SECOND_NS = 1_000 * MS
START_NS = time_ns("09:30:00")
DAY_S = 20
GROUP_SYNC_NS = 8 * MS
CONVERGE_S_MAX = 150
CLOSE_S = 5
"""So long after the last fault orders may still work."""
LIKELIER = {"sent": 3, "append EFFECTS": 3, "synced": 3}
"""Where a death hurts most it comes more often."""


class World:
    """Time, chance, and who lives in it."""

    def __init__(self, seed: int, *, faults: Faults | None = None, **changes: object) -> None:
        self.seed = seed
        self.faults = faults if faults is not None else draw(self.chance("faults"))
        changes = {"hedges": hedges_of(self.faults.hedging, self.chance("hedging")), **changes}
        self.reference = desk_reference(**changes)
        if self.faults.limit_changes:
            first = rows(self.chance("first rows"))
            limits = with_rows(self.reference.limits, first)
            self.reference = msgspec.structs.replace(self.reference, limits=limits)
        self.now_ns = START_NS
        self.trade_date: date = THURSDAY
        self.marks: Counter[str] = Counter()
        self.breaches: list[str] = []
        self.last: deque[tuple[int, str]] = deque(maxlen=50)
        self.happened = 0
        self.power_was_cut = False
        self.poisoned = False
        self.faulty = True
        self.clock_offset_ns = 0
        self.steady_latency_ns = 0
        self.crash_at: dict[int, Death] = {}
        self.looked_at_from = 0  # the point of the day; before it no turn is checked
        """Points at which the trader dies, by their number, and how."""
        self.points: list[str] = []
        self.point_times: list[int] = []
        self.intents: Intents | None = None
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._made = 0
        self._streams: dict[str, Random] = {}
        self._crashes = self.chance("crash")
        self._callbacks = self.chance("callback")
        self._sync_due = False
        self._market = self.chance("market")
        self.mids = dict(MIDS)
        self.disk = SimDisk(self.chance("disk"))
        self.book = OrderBook()
        self.late_reports: set[str] = set()
        """Orders of which a report of a fill was held back: that it is missing may be a break."""
        self.wire = WireRecord(self)
        self.venues = {name: SimVenue(self, name) for name in ("ALPHA", "BETA")}
        self.links = {name: Link(self, name) for name in self.venues}
        self.robot = SimRobot(self)
        self.followers = Followers(self)
        self.persons = Persons(self)
        self.officers = Officers(self)

    # --- what everybody uses

    def chance(self, name: str) -> Random:
        """A stream of its own, so that a new fault does not shift the others."""
        return Random(f"{self.seed} {name}")

    def happens(self, fault: str) -> bool:
        """Whether this fault happens now, by the day's mix."""
        share = getattr(self.faults, fault) if self.faulty else 0.0
        if not share:
            return False
        if fault not in self._streams:
            self._streams[fault] = self.chance(fault)
        return self._streams[fault].random() < share

    def at(self, at_ns: int, what: Callable[[], None], *, relative: bool = False) -> None:
        """Have something happen at a time, or so long from now."""
        self._made += 1
        heapq.heappush(self._heap, (self.now_ns + at_ns if relative else at_ns, self._made, what))

    def latency_ns(self, chance: Random) -> int:
        """How long a message takes."""
        return self.steady_latency_ns or int(chance.expovariate(1 / (4 * MS))) + MS // 10

    def mark(self, name: str) -> None:
        """A rare path was taken."""
        self.marks[name] += 1

    def log(self, text: str) -> None:
        """One line for the report of a breach."""
        self.last.append((self.now_ns, text))

    def breach(self, invariant: str, text: str) -> None:
        """What must never happen did."""
        self.breaches.append(f"{invariant}: {text}")
        self.log(f"BREACH {invariant}: {text}")

    def pairs(self, venue: str) -> tuple[str, ...]:
        """What is dealt there."""
        return tuple(self.mids)

    def planted(self) -> set[str]:
        """Trades that venues invented, and those they would not hear of."""
        venues = self.venues.values()
        planted = ((*one.orphans, *one.orphan_fills, *one.refused_reports) for one in venues)
        return {name for names in planted for name in names}

    @property
    def quote_rows(self) -> Mapping[str, QuoteLife]:
        """Quotes as they were sent, by id."""
        return self.wire.rows

    @property
    def machine_ns(self) -> int:
        """What the clock of the robot's machine says."""
        return self.now_ns + self.clock_offset_ns

    def core_ns(self) -> int:
        """The core's time, which never goes back."""
        return self.robot.clock_ns()

    # --- where processes die

    def point(self, name: str) -> None:
        """The trader writes, syncs or sends: the likeliest places to die at."""
        self.log(f"  {name}")
        self.points.append(name)
        self.point_times.append(self.now_ns)
        if not self._sync_due:
            self._sync_due = True
            self.at(GROUP_SYNC_NS, self.group_sync, relative=True)
        if len(self.points) in self.crash_at:
            self.mark(f"crash at {name}")
            raise Crash(self.crash_at[len(self.points)], name)
        tries = LIKELIER.get(name, 1)
        if any(self.happens("crash_at_write") for _ in range(tries)):
            raise Crash(deaths(self._crashes, self.faults.power_share), name)
        if name in SENT.values() and self.happens("crash_at_deal"):
            self.mark(f"crash right after a {name.replace(' ', ' was ')}")
            # A refusal that was sent and lost is noticed once in many power cuts.
            least = 0.8 if name == "refusal sent" else 0.0
            raise Crash(deaths(self._crashes, max(self.faults.power_share, least)), name)

    def store_point(self, name: str) -> None:
        """The projector commits."""
        self.points.append(name)
        self.point_times.append(self.now_ns)
        if len(self.points) in self.crash_at:
            raise Crash(self.crash_at[len(self.points)], name)
        if self.happens("projector_dies"):
            raise Crash(Death.KILL, name)

    def trader_died(self, death: Death) -> None:
        """The process is gone; the supervisor starts another."""
        self.log(f"the trader dies: {death}")
        self.mark(f"died by {death}")
        if self.book.open:
            self.mark("died with an order open")
        for link in self.links.values():
            link.cut(all_arrives=self._crashes.random() < 0.7)
            if self._callbacks.random() < 0.5:
                link.died_in_callback()
            else:
                link.returned()
        self.robot.die()
        self.wire.end_all()
        if death in (Death.POWER_LOST, Death.POWER_TORN):
            self.power_cut(death)
        delay_ns = self.steady_latency_ns * 20 or self._crashes.randrange(100 * MS, 1_200 * MS)
        self.at(delay_ns, self.robot.start, relative=True)

    def power_cut(self, death: Death) -> None:
        """The whole machine stops."""
        if self.robot.alive:
            self.trader_died(death)
            return
        self.power_was_cut = True
        if self.disk.power_cut(death is Death.POWER_TORN):
            self.mark("power cut with a lost tail")
            if death is Death.POWER_TORN:
                self.mark("power cut with a torn tail")
        for link in self.links.values():
            link.power_cut()
        self.followers.power_cut()

    # --- the day

    def on_started(self) -> None:
        """The robot is up: it logs on everywhere."""
        for name in self.links:
            self.at(20 * MS, lambda name=name: self._log_on(name), relative=True)

    def _log_on(self, name: str) -> None:
        link = self.links[name]
        if self.robot.alive and not link.up and not link.log_on():
            self.at(RETRY_NS, lambda: self._log_on(name), relative=True)

    def cut_link(self, name: str) -> None:
        """The network between the robot and a venue."""
        if self.robot.alive and self.links[name].up:
            self.log(f"link to {name} cut")
            self.wire.end_all(name)
            self.links[name].cut(all_arrives=False)
            self.robot.session(name, up=False)
            self.at(300 * MS, lambda: self._log_on(name), relative=True)

    def tick(self) -> None:
        """A new price everywhere."""
        market = self._market
        if not self.intents:
            pair = market.choice(tuple(self.mids))
            step = MIDS[pair] / 20_000
            self.mids[pair] += step * market.randint(-3, 3)
        for name, venue in self.venues.items():
            for pair, mid in self.mids.items():
                half = MIDS[pair] / 22_000
                digits = MIDS[pair]
                bid, offer = (mid - half).quantize(digits), (mid + half).quantize(digits)
                if self.links[name].up:
                    event = MarketUpdated(
                        venue=venue.name, pair=CurrencyPair(pair), bid=bid, offer=offer
                    )
                    self.robot.post(event)
        pause_ns = 900 * MS if self.faulty else 1_500 * MS
        self.at(pause_ns, self.tick, relative=True)

    def group_sync(self) -> None:
        """What the journal's own thread does a few milliseconds after a record came."""
        self._sync_due = False
        if self.robot.alive and self.disk.segments and self.disk.writes_left is None:
            last = self.disk.segments[-1]
            last.synced = len(last.data)

    def system_sync(self) -> None:
        """The system writes back files nobody synced."""
        for link in self.links.values():
            link.make_durable()
        if self.seed % 2 == 0 and self.faulty:
            self.robot.audit()
        self.at(2 * SECOND_NS, self.system_sync, relative=True)

    def begin(self) -> None:
        """The first start and everything that goes on by itself."""
        self.at(0, self.robot.start, relative=True)
        self.at(100 * MS, self.tick, relative=True)
        self.at(700 * MS, self.system_sync, relative=True)

    def plan(self) -> None:
        """Clients and faults of the day, at times drawn from the seed."""
        chance, faults = self.chance("plan"), self.faults
        venues = tuple(self.venues.values())

        def often(count: int, what: Callable[[], None]) -> None:
            for _ in range(count):
                self.at(chance.randrange(SECOND_NS, DAY_S * SECOND_NS), what, relative=True)

        often(chance.randint(25, 50), lambda: chance.choice(venues).ask_at_random())
        often(faults.kills, lambda: self._kill(chance))
        often(faults.cuts, lambda: self.cut_link(chance.choice(venues).name))
        often(faults.disk_full, lambda: self._fill_disk(chance))
        often(faults.halts, lambda: self._halt(chance.choice(venues)))
        often(faults.orphans, lambda: chance.choice(venues).add_orphan())
        often(faults.day_rolls, self.roll)
        often(faults.lags, self._lag)
        often(faults.broker_restarts, self.followers.broker_restarts)
        often(faults.garbage, lambda: chance.choice(venues).babble())
        often(faults.clock_jumps, lambda: self._jump(chance))
        often(faults.poison, lambda: chance.choice(venues).poison())
        often(faults.orphan_fills, lambda: chance.choice(venues).add_orphan_fill())
        self.persons.plan(faults.persons, DAY_S)
        self.persons.plan_asks(faults.asks, DAY_S)
        self.officers.plan(faults.stops, faults.limit_changes, DAY_S)

    def _kill(self, chance: Random) -> None:
        if self.robot.alive:
            self.trader_died(deaths(chance, self.faults.power_share))

    def _jump(self, chance: Random) -> None:
        """Somebody sets the clock of the robot's machine."""
        self.mark("clock jump")
        before_ns = self.core_ns()
        self.clock_offset_ns += chance.choice((-1, 1)) * chance.choice((1, 10, 3_600)) * SECOND_NS
        jumped_ns = self.core_ns() - before_ns
        if jumped_ns > 0:
            self.mark("clock jump forward")
            self.wire.clock_jumped(jumped_ns)
        self.at(50 * MS, self.robot.wake, relative=True)

    def _fill_disk(self, chance: Random) -> None:
        self.mark("disk full")
        self.disk.writes_left = chance.randrange(1, 12)
        self.at(3 * SECOND_NS, self._free_disk, relative=True)

    def _free_disk(self) -> None:
        self.disk.writes_left = None

    def _halt(self, venue: SimVenue) -> None:
        self.mark("venue halted")
        venue.set_trading(VenueTrading.HALTED)
        back = VenueTrading.OPEN
        self.at(2 * SECOND_NS, lambda: venue.set_trading(back), relative=True)

    def roll(self) -> None:
        """The next trade date begins."""
        self.trade_date += timedelta(days=1)
        engine = self.robot.engine
        if engine is not None and engine.state.quotes:
            self.mark("day roll with open quotes")
        self.robot.post(DayRolled(trade_date=self.trade_date))

    def _lag(self) -> None:
        self.mark("follower lagging, kill switch")
        self.robot.post(FollowersLagging(names=("projector",), detail="behind"))
        self.robot.post(KillSwitchPulled(actor="compliance", reason="drill"))
        self.at(SECOND_NS, self._all_well, relative=True)

    def _all_well(self) -> None:
        self.robot.post(FollowersLagging())
        self.officers.let_all_go()

    def run(self, until_ns: int) -> None:
        """Let things happen up to a time."""
        while self._heap and self._heap[0][0] <= until_ns:
            at_ns, _, what = heapq.heappop(self._heap)
            self.now_ns = max(self.now_ns, at_ns)
            self.happened += 1
            what()
        self.now_ns = until_ns

    def converge(self) -> None:
        """No more faults: within the time all must be as if none had been."""
        self.faulty = False
        self._free_disk()
        for venue in self.venues.values():
            if venue.halted:
                venue.set_trading(VenueTrading.OPEN)
        if self.intents is None:
            self.persons.cancel_everything()
        if self.faults.limit_changes:
            self.officers.open_wide()
        for second in range(CONVERGE_S_MAX):
            self._all_well()
            if second == CLOSE_S and self.intents is None:
                for venue in self.venues.values():
                    venue.floor.close_day()
            self.run(self.now_ns + SECOND_NS)
            if self.settled():
                return
        self.breach("I20", f"not settled after {CONVERGE_S_MAX} s: {self.unsettled()}")

    def settled(self) -> bool:
        """Whether nothing is under way any more."""
        return not self.unsettled()

    def unsettled(self) -> list[str]:
        """What is still under way."""
        found = [name for name, link in self.links.items() if not link.up or link.under_way]
        engine = self.robot.engine
        if engine is None:
            return [*found, "the robot"]
        state = engine.state
        found += [f"{self.robot.waiting} events waiting"] if self.robot.waiting else []
        found += [f"{name} reconciled" for name, v in state.venues.items() if not v.reconciled]
        found += [f"halt {halt}" for halt in state.halts]
        found += [f"negotiation {key}" for key in state.negotiations]
        found += [f"hit {hit}" for venue in self.venues.values() for hit in venue.open_hits]
        found += [f"order {name}" for name in state.orders]
        found += [f"ask {name}" for name in state.asks]
        found += [f"order {name} at its venue" for name in self.book.open]
        found += [f"report of {name}" for v in self.venues.values() for name in v.floor.late_ids]
        found += self.outside_band()
        if not self.followers.done():
            found.append(f"{self.followers.store.outbox.open_count()} messages, projector")
        if self.intents is not None:
            found += self.intents.open()
        return found

    def outside_band(self) -> list[str]:
        """Positions that hedging should have brought back."""
        engine = self.robot.engine
        net = engine.state.ledger.net if engine is not None else {}
        found = []
        for policy in self.reference.hedges:
            currency = policy.currency or policy.pair[:3]
            amount = net.get(Currency(currency), Decimal(0))
            if abs(amount) > policy.band:
                found.append(f"position {amount} {currency}")
        return found

    def logged_out(self, venue: str) -> None:
        """The venue notices that the robot is gone."""
        cancels = next(row for row in self.reference.venues if row.id == venue)
        self.venues[venue].floor.disconnected(cancels.cancel_on_disconnect)

    def work_order(self, floor: SimFloor, order: Worked) -> None:
        """An order was accepted: what becomes of it."""
        if self.intents is not None:
            self.intents.orders.on_order(floor, order)
        else:
            floor.work(order)

    # --- the clients of the reference day

    def on_intent_quoted(self, venue: SimVenue, intent: int, shown: Shown) -> None:
        """A client that knows what it wants got a price."""
        assert self.intents is not None, "an intent without its day"
        self.intents.quoted(venue, intent, shown)

    def on_intent_failed(self, intent: int) -> None:
        """It was refused and asks again."""
        assert self.intents is not None, "an intent without its day"
        self.intents.failed(intent)

    def intent_of(self, hit_id: str) -> int:
        """The intent in the name of a hit; -1 = none."""
        return int(hit_id[1:].split("-")[0]) if hit_id.startswith("W") else -1
