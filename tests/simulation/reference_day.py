"""The reference day: a few clients who each want one deal and ask until they have it.

Prices stand still and nothing leans, so whatever dies in between, the same deals must come of it.
Latencies are constant: the day without a crash is the same each time, event by event.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from robot.deals.party import BUY, SELL, Side
from tests.simulation.dialogue import Shown
from tests.simulation.faults import Death, no_faults
from tests.simulation.reference_orders import OrderIntents
from tests.simulation.venue import SimVenue
from tests.simulation.world import MS, SECOND_NS, World

WANTED: tuple[tuple[str, str, str, int, Side], ...] = (
    ("ALPHA", "EUR/USD", "BANKA", 1_000_000, BUY),
    ("BETA", "USD/JPY", "BANKB", 2_000_000, SELL),
    ("ALPHA", "USD/JPY", "BANKC", 1_000_000, SELL),
    ("BETA", "EUR/USD", "BANKA", 3_000_000, BUY),
    ("ALPHA", "EUR/USD", "BANKB", 2_000_000, SELL),
    ("BETA", "USD/JPY", "BANKA", 1_000_000, BUY),
    ("ALPHA", "USD/JPY", "BANKB", 1_000_000, BUY),
    ("BETA", "EUR/USD", "BANKC", 2_000_000, SELL),
)
DAY_S = 3.0


@dataclass
class Outcome:
    """What a day came to. Ids are left out: after a crash a client may need a second request."""

    deals: dict[int, tuple[str, ...]]
    """By what was wanted: pair, side, amount, rate, client."""
    taken: Counter[tuple[str, ...]]
    """By orders of ours: the same, the version and whether it stands."""
    positions: dict[str, Decimal]
    limits: dict[str, tuple[Decimal, Decimal, Decimal]]
    booked: Counter[tuple[str, ...]]
    """What the back office has."""


@dataclass
class Intents:
    """The clients of the day."""

    world: World
    tries: Counter[int] = field(default_factory=Counter)
    dealt: set[int] = field(default_factory=set)
    waiting: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.orders = OrderIntents(self.world)

    def begin(self) -> None:
        """Everybody asks, a little apart."""
        self.orders.begin()
        for intent in range(len(WANTED)):
            self.world.at((200 + 250 * intent) * MS, lambda i=intent: self.ask(i), relative=True)

    def ask(self, intent: int) -> None:
        """Ask, and again a second later unless it came to a deal."""
        if self.answered(intent):
            return
        venue_name, pair, client, amount, side = WANTED[intent]
        self.tries[intent] += 1
        if self.world.links[venue_name].up and not self._hit_open(intent):
            self.world.venues[venue_name].ask(
                pair=pair, amount=amount, client=client, side=side, intent=intent
            )
        self.world.at(SECOND_NS, lambda: self.ask(intent), relative=True)

    def answered(self, intent: int) -> bool:
        """Whether the venue has the deal."""
        fills = self.world.venues[WANTED[intent][0]].fills.values()
        return any(self.world.intent_of(fill.hit_id) == intent for fill in fills)

    def _hit_open(self, intent: int) -> bool:
        venue = self.world.venues[WANTED[intent][0]]
        return any(self.world.intent_of(hit) == intent for hit in venue.open_hits)

    def quoted(self, venue: SimVenue, intent: int, shown: Shown) -> None:
        """The price is fine: deal, once."""
        self.world.at(20 * MS, lambda: self._hit(venue, intent, shown), relative=True)

    def _hit(self, venue: SimVenue, intent: int, shown: Shown) -> None:
        if not self.answered(intent) and not self._hit_open(intent) and not shown.gone:
            venue.hit(shown, hit_id=f"W{intent}-{len(venue.hits)}")

    def failed(self, intent: int) -> None:
        """Refused: the next question comes by itself."""

    def open(self) -> list[str]:
        """Who has no deal yet."""
        asked = [f"intent {i}" for i in range(len(WANTED)) if not self.answered(i)]
        return asked + self.orders.open()


def run_day(crash_at: dict[int, Death] | None = None) -> World:
    """One reference day, dying at these points in these ways, settled at its end.

    Up to the first of them it is the day that has none, whose every turn is looked at: not again.
    """
    world = World(1, faults=no_faults(), strategy={"parameters": {"lean_max": "0"}})
    world.steady_latency_ns = 2 * MS
    world.crash_at = crash_at or {}
    world.looked_at_from = min(world.crash_at, default=0)
    world.intents = Intents(world)
    world.begin()
    world.intents.begin()
    world.run(world.now_ns + int(DAY_S * SECOND_NS))
    world.converge()
    return world


def deadly_points(world: World, *, unsynced: bool = False) -> list[int]:
    """Numbers of the points of a day, but for those right after another in the same moment: between
    what was done and what is to be done next nothing changes that outlives a death. `unsynced`:
    only those at which a power cut can take a record away.
    """
    found, before, tail = [], ("", -1), False
    for number, here in enumerate(zip(world.points, world.point_times, strict=True), 1):
        same = before[1] == here[1] and before[0].split()[0] in _DONE and _is_due(here[0])
        if not same and (tail or not unsynced):
            found.append(number)
        tail = here[0].startswith("appended") or (tail and here[0] != "synced")
        before = here
    return found


_DONE = ("appended", "synced", "committed")


def _is_due(point: str) -> bool:
    """Whether something is about to be done."""
    return point.split()[0] in ("append", "sync", "send", "commit")


def outcome(world: World) -> Outcome:
    """What is compared between days."""
    engine = world.robot.engine
    assert engine is not None, "the day ended without a robot"
    deals: dict[int, tuple[str, ...]] = {}
    taken: Counter[tuple[str, ...]] = Counter()
    for deal in engine.state.deals.values():
        values = (deal.pair, deal.side, deal.base_amount, deal.rate, deal.counterparty)
        terms = tuple(str(value) for value in values)
        if deal.as_taker:
            taken[(*terms, f"version {deal.version}", "void" if deal.void else "stands")] += 1
        else:
            deals[world.intent_of(deal.hit_id)] = terms
    accounts = engine.state.gate.accounts.items()
    return Outcome(
        deals=dict(sorted(deals.items())),
        taken=taken,
        positions=dict(sorted(engine.state.ledger.net.items())),
        limits={name: (a.utilisation, a.reserved_up, a.reserved_down) for name, a in accounts},
        booked=Counter(
            (row.pair, row.side, str(row.base_amount), str(row.rate), row.counterparty)
            for row in world.followers.standing
        ),
    )
