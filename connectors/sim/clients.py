"""The clients of the simulated venue: who they are and what they intend with each request.

A `Plan` is drawn when a client asks, from a seeded `Random`; `venue.py` carries it out. Honest
clients ask, compare, and hit or leave. The others do what a robot meets in practice and must
refuse: hits that come late, twice, at another price, for another size, in another's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from random import Random

from connectors.sim.model import NS_PER_MS, NS_PER_SECOND, Side
from connectors.sim.rows import Terms

CLIENT_COUNT_DEFAULT = 8
CLIENT_COUNT_MAX = 26
UNKNOWN_CLIENT = "GHOSTBK"
UNKNOWN_PAIR = "USD/XTS"  # XTS is the ISO code reserved for testing
UNKNOWN_CURRENCY = "XTS"


class Behaviour(StrEnum):
    """What a client intends with a request. The first group is honest, the rest misbehaves."""

    PROMPT = "prompt"  # hits or leaves at once
    PRICE_SENSITIVE = "price_sensitive"  # hits only near its own reference
    SLOW = "slow"  # decides just before or just after the quote's end
    STREAMING = "streaming"  # asks for a stream and hits after some replacements

    LATE_HIT = "late_hit"  # hits after the quote's end
    DOUBLE_HIT = "double_hit"  # two hits with different ids on one quote
    REPEATED_HIT = "repeated_hit"  # the same hit twice, same id
    HIT_AFTER_PASS = "hit_after_pass"  # passes, then hits
    HIT_REPLACED = "hit_replaced"  # hits a quote the robot has replaced
    HIT_WITHDRAWN = "hit_withdrawn"  # hits a quote the robot has withdrawn
    WRONG_SIZE = "wrong_size"  # hits for another size than quoted
    BETTER_PRICE = "better_price"  # hits at a price better for the client than quoted
    WORSE_PRICE = "worse_price"  # hits at a price worse for the client than quoted
    UNKNOWN_QUOTE = "unknown_quote"  # hits a quote that never was
    OTHER_CLIENT = "other_client"  # hits another client's quote
    FROM_UNKNOWN_CLIENT = "unknown_client"  # asks under a name nobody knows
    FOR_UNKNOWN_PAIR = "unknown_pair"  # asks for a pair nobody quotes
    OVERSIZE = "oversize"  # asks for more than any limit allows

    # Of products beyond spot.
    FAR_BEFORE_NEAR = "far_before_near"  # asks for a far date before the near one
    UNKNOWN_TENOR = "unknown_tenor"  # asks for a tenor that does not exist
    CLOSED_DATE = "closed_date"  # asks for a date on which no money moves
    BEYOND_HORIZON = "beyond_horizon"  # asks for a date that no calendar reaches
    COLLATERAL_SHORT = "collateral_short"  # offers bonds that do not carry the loan
    UNKNOWN_PRODUCT = "unknown_product"  # asks for what nobody deals
    WRONG_UNIT = "wrong_unit"  # hits at points in pips where price units are due
    OTHER_FAR_AMOUNT = "other_far_amount"  # hits for another amount on the far leg
    OTHER_SIDE = "other_side"  # hits on the other side at the first side's price


HONEST = (Behaviour.PROMPT, Behaviour.PRICE_SENSITIVE, Behaviour.SLOW, Behaviour.STREAMING)
# How often each kind of misbehaviour is drawn, relative to the others.
MISBEHAVIOUR_WEIGHTS = {
    Behaviour.LATE_HIT: 15,
    Behaviour.DOUBLE_HIT: 15,
    Behaviour.REPEATED_HIT: 6,
    Behaviour.HIT_AFTER_PASS: 12,
    Behaviour.HIT_REPLACED: 10,
    Behaviour.WRONG_SIZE: 8,
    Behaviour.BETTER_PRICE: 8,
    Behaviour.WORSE_PRICE: 4,
    Behaviour.UNKNOWN_QUOTE: 4,
    Behaviour.OTHER_CLIENT: 5,
    Behaviour.FROM_UNKNOWN_CLIENT: 8,
    Behaviour.FOR_UNKNOWN_PAIR: 5,
    Behaviour.OVERSIZE: 8,
}
# The same for requests beyond spot; those that must be refused when asked come first.
REFUSED_WHEN_ASKED = {
    Behaviour.FAR_BEFORE_NEAR: 4,
    Behaviour.UNKNOWN_TENOR: 4,
    Behaviour.CLOSED_DATE: 4,
    Behaviour.BEYOND_HORIZON: 4,
    Behaviour.COLLATERAL_SHORT: 8,
    Behaviour.UNKNOWN_PRODUCT: 3,
}
BEYOND_SPOT_WEIGHTS = {
    **REFUSED_WHEN_ASKED,
    Behaviour.WRONG_UNIT: 6,
    Behaviour.OTHER_FAR_AMOUNT: 6,
    Behaviour.OTHER_SIDE: 5,
}
STREAMS = (Behaviour.STREAMING, Behaviour.HIT_REPLACED)


class Leaving(StrEnum):
    """How a client that does not deal ends its request."""

    PASS = "pass"  # AJ 694=6
    WITHDRAW = "withdrawn"  # Z
    SILENT = "expired"  # says nothing; the request runs out


@dataclass(frozen=True, slots=True)
class Client:
    """One client bank and its habits. Shares are between 0 and 1."""

    id: str
    styles: tuple[tuple[Behaviour, int], ...]  # honest behaviours and their weights
    one_way_share: float
    ladder_share: float  # requests with several sizes at once
    decision_ms: tuple[int, int]  # how long it thinks, on the venue's clock
    tolerance_bp: Decimal  # how far from its reference it still deals, in 1/10000 of the price
    hits_with_order: bool  # D instead of AJ
    activity: int  # how often it asks, relative to the others


_PROFILES = (
    ((Behaviour.PRICE_SENSITIVE, 1),),
    ((Behaviour.PROMPT, 3), (Behaviour.PRICE_SENSITIVE, 1)),
    ((Behaviour.SLOW, 3), (Behaviour.PROMPT, 2)),
    ((Behaviour.PROMPT, 1),),
    ((Behaviour.STREAMING, 3), (Behaviour.PROMPT, 2)),
    ((Behaviour.PROMPT, 2), (Behaviour.PRICE_SENSITIVE, 1)),
    ((Behaviour.PROMPT, 2), (Behaviour.SLOW, 1)),
    ((Behaviour.PRICE_SENSITIVE, 1), (Behaviour.STREAMING, 1)),
)
_ONE_WAY = (0.3, 0.0, 0.4, 1.0, 0.3, 0.5, 0.2, 0.5)  # the second never shows its side
_LADDER = (0.05, 0.05, 0.0, 0.1, 0.0, 0.6, 0.1, 0.05)  # the sixth asks for several sizes
_DECISION_MS = ((150, 700), (200, 900), (800, 2500), (80, 400), (150, 600), (300, 1500))
_TOLERANCES_BP = ("1.0", "1.5", "2.0", "3.0")


def make_clients(count: int) -> tuple[Client, ...]:
    """`count` clients BANKA, BANKB, ...; the first eight differ most, later ones repeat habits."""
    return tuple(_client(number) for number in range(count))


def _client(number: int) -> Client:
    habit = number % len(_PROFILES)
    return Client(
        id=f"BANK{chr(ord('A') + number)}",
        styles=_PROFILES[habit],
        one_way_share=_ONE_WAY[habit],
        ladder_share=_LADDER[habit],
        decision_ms=_DECISION_MS[number % len(_DECISION_MS)],
        tolerance_bp=Decimal(_TOLERANCES_BP[number % len(_TOLERANCES_BP)]),
        hits_with_order=number % 2 == 1,
        activity=3 if habit in (1, 3) else 2,
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """One request as its client means it."""

    client: Client
    shown_id: str  # the client id on the wire
    behaviour: Behaviour
    pair: str
    sizes: tuple[Decimal, ...]
    side: Side  # what the client will do if it deals
    shows_side: bool
    names_value_date: bool
    open_ns: int  # how long the request is open
    stream_seconds: int | None
    decision_ns: int
    replacements: int  # how many re-quotes a stream is watched before dealing
    leaving: Leaving
    tolerance_bp: Decimal
    value_date: str | None = None  # beyond spot: as it is asked
    terms: Terms = field(default_factory=Terms)


@dataclass(frozen=True, slots=True)
class Habits:
    """What may be drawn: how often a request misbehaves, or the only behaviours wanted."""

    misbehaviour: float
    only: tuple[Behaviour, ...] = ()
    counter_share: float = 0.0  # of requests for one size that are not streamed


_SIZES_MILLION = ("0.5", "1", "1", "1", "1.5", "2", "2", "3", "5", "5", "7.5", "10", "12", "20")
_OVERSIZES_MILLION = (50, 75, 100, 150, 200)
_LADDERS_MILLION = (("1", "3", "5"), ("1", "5"), ("2", "5", "10"), ("5", "10"), ("0.5", "2"))


def draw_plan(
    clients: Sequence[Client], pairs: Sequence[str], habits: Habits, chance: Random
) -> Plan:
    """The next request of one of the clients."""
    client = chance.choices(clients, weights=[client.activity for client in clients])[0]
    behaviour = _draw_behaviour(client, habits, chance)
    streams = behaviour in STREAMS
    unknown_pair = behaviour is Behaviour.FOR_UNKNOWN_PAIR
    seconds = chance.randint(5, 15) if streams else None
    return Plan(
        client=client,
        shown_id=UNKNOWN_CLIENT if behaviour is Behaviour.FROM_UNKNOWN_CLIENT else client.id,
        behaviour=behaviour,
        pair=UNKNOWN_PAIR if unknown_pair else chance.choice(pairs),
        sizes=_draw_sizes(client, behaviour, chance),
        side=chance.choice((Side.BUY, Side.SELL)),
        shows_side=chance.random() < client.one_way_share,
        names_value_date=chance.random() < 0.5,
        open_ns=(seconds or chance.randint(10, 30)) * NS_PER_SECOND,
        stream_seconds=seconds,
        decision_ns=chance.randint(*client.decision_ms) * NS_PER_MS,
        replacements=chance.randint(1, 4),
        leaving=chance.choices(tuple(Leaving), weights=(4, 2, 4))[0],
        tolerance_bp=client.tolerance_bp * chance.randint(50, 200) / 100,
    )


def _draw_behaviour(client: Client, habits: Habits, chance: Random) -> Behaviour:
    if habits.only:
        return chance.choice(habits.only)
    if chance.random() < habits.misbehaviour:
        kinds, weights = tuple(MISBEHAVIOUR_WEIGHTS), tuple(MISBEHAVIOUR_WEIGHTS.values())
        return chance.choices(kinds, weights=weights)[0]
    styles = [style for style, _ in client.styles]
    return chance.choices(styles, weights=[weight for _, weight in client.styles])[0]


def _draw_sizes(client: Client, behaviour: Behaviour, chance: Random) -> tuple[Decimal, ...]:
    if behaviour is Behaviour.OVERSIZE:
        return (Decimal(chance.choice(_OVERSIZES_MILLION)) * 1_000_000,)
    if behaviour in HONEST and behaviour not in STREAMS and chance.random() < client.ladder_share:
        ladder = chance.choice(_LADDERS_MILLION)
        return tuple(_million(size) for size in ladder)
    return (_million(chance.choice(_SIZES_MILLION)),)


def _million(text: str) -> Decimal:
    """Whole units: 500000 for `0.5`."""
    return Decimal(int(Decimal(text) * 1_000_000))
