"""Why a day comes out otherwise: where what came in is not what the live robot took in.

Both rows of events are set beside each other until the first difference in what was done. What
only one of them has, or has at another moment, is of one of a few kinds: a price (conflation), a
restart, another moment (latency), what a person did, anything else. Each kind is mended by itself,
the nearest to the difference first, and the day is run again: the one without which the difference
is gone is its cause, and that is proven.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import zip_longest

import msgspec

from backtest.run.rerun import PERSONS
from robot.clock import format_time
from robot.messages import events, hosting
from robot.messages.events import (
    AnyEvent,
    CurveUpdated,
    FixingPublished,
    MarketUpdated,
    RobotStarted,
    RobotStopping,
    SessionDown,
    SessionUp,
    Stamped,
    TimeAdvanced,
)

_MILLISECOND_NS = 1_000_000
BEYOND_NS = 60_000_000_000
"""How much later than the difference the other half of an event may be: it came late."""
CONFLATION, LATENCY, RESTART = "conflation", "latency", "restart"
PERSON, STRATEGY, FOLLOWER, FIXING, MESSAGE = "person", "strategy", "follower", "fixing", "message"
_KINDS: tuple[tuple[tuple[type[AnyEvent], ...], str], ...] = (
    ((MarketUpdated, CurveUpdated), CONFLATION),
    ((RobotStarted, RobotStopping, SessionUp, SessionDown), RESTART),
    ((TimeAdvanced,), LATENCY),
    (PERSONS, PERSON),
    ((hosting.HostDecided, hosting.HostChanged), STRATEGY),
    ((events.FollowersLagging,), FOLLOWER),
    ((FixingPublished,), FIXING),
)


class Unlike(msgspec.Struct, frozen=True):
    """One event that is not the same in both; None = there it is not."""

    live: Stamped | None
    data: Stamped | None

    @property
    def at_ns(self) -> int:
        """The sooner of its moments."""
        return min(one.at_ns for one in (self.live, self.data) if one is not None)

    @property
    def kind(self) -> str:
        """What kind of cause it would be."""
        if self.live is not None and self.data is not None:
            return LATENCY
        event = (self.live or self.data).event  # type: ignore[union-attr]
        return next((kind for types, kind in _KINDS if isinstance(event, types)), MESSAGE)

    def told(self) -> str:
        """In words."""
        live, data = self.live, self.data
        if live is not None and data is not None:
            late_ms = (live.at_ns - data.at_ns) / _MILLISECOND_NS
            when = f"{abs(late_ms):g} ms {'later' if late_ms > 0 else 'sooner'} than in the data"
            return f"{_name(live.event)} was taken live at {format_time(live.at_ns)}, {when}"
        if live is not None:
            return f"{_name(live.event)} at {format_time(live.at_ns)} is not in the data"
        assert data is not None, "one of both is there"
        return f"{_name(data.event)} at {format_time(data.at_ns)} of the data was not taken live"


class Causes(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out."""

    proven: str = ""
    """The kind without which the difference is gone."""
    told: tuple[str, ...] = ()
    """Each kind that is there, with its first event; the proven one first."""


def unlike_before(live: Iterable[Stamped], data: Iterable[Stamped], until_ns: int) -> list[Unlike]:
    """Where the two rows differ up to a moment, by time."""
    left: dict[Hashable, deque[Stamped]] = defaultdict(deque)
    right: dict[Hashable, deque[Stamped]] = defaultdict(deque)
    same = True
    last_ns = until_ns + BEYOND_NS
    for one, other in zip_longest(_until(live, last_ns), _until(data, last_ns)):
        same = same and one is not None and other is not None and _is_same(one, other)
        if same:
            continue
        for row, stamped in ((left, one), (right, other)):
            if stamped is not None:
                row[_key(stamped.event)].append(stamped)
    found = []
    for key in [*left, *(key for key in right if key not in left)]:
        pairs = zip_longest(left.get(key, ()), right.get(key, ()))
        found += [Unlike(a, b) for a, b in pairs if a is None or b is None or a.at_ns != b.at_ns]
    found = [one for one in found if one.at_ns <= until_ns]
    return sorted(found, key=lambda one: one.at_ns)


def causes_of(
    unlike: Sequence[Unlike], data: Iterable[Stamped], gone: Callable[[list[Stamped]], bool]
) -> Causes:
    """`gone` runs the day on mended data and says whether the first difference is not there."""
    kinds: dict[str, list[Unlike]] = {}
    for one in reversed(unlike):
        kinds.setdefault(one.kind, []).insert(0, one)
    if not kinds:
        return Causes()
    rows = list(data)
    proven = next((kind for kind in kinds if gone(mended(rows, kinds[kind]))), "")
    order = sorted(kinds, key=lambda kind: kind != proven)
    return Causes(proven=proven, told=tuple(_told(kind, kinds[kind], proven) for kind in order))


def mended(data: Sequence[Stamped], unlike: Sequence[Unlike]) -> list[Stamped]:
    """The data as the live robot took these in."""
    drop = {
        (one.data.at_ns, one.data.number, _key(one.data.event))
        for one in unlike
        if one.data is not None
    }
    kept = [one for one in data if (one.at_ns, one.number, _key(one.event)) not in drop]
    kept += [one.live for one in unlike if one.live is not None]
    return sorted(kept, key=lambda one: (one.at_ns, one.number))


def _told(kind: str, unlike: Sequence[Unlike], proven: str) -> str:
    more = f" (the first of {len(unlike)})" if len(unlike) > 1 else ""
    if kind == proven:
        return f"{kind}: {unlike[0].told()}{more}; with it mended the difference is gone"
    return f"{kind}: {unlike[0].told()}{more}"


def _until(rows: Iterable[Stamped], until_ns: int) -> Iterable[Stamped]:
    for one in rows:
        if one.at_ns > until_ns:
            return
        yield one


def _is_same(one: Stamped, other: Stamped) -> bool:
    return one.at_ns == other.at_ns and _key(one.event) == _key(other.event)


def _key(event: AnyEvent) -> Hashable:
    """What it says; of a price without what the data need not keep."""
    if isinstance(event, MarketUpdated):
        return (event.venue, event.pair, event.bid, event.offer, event.bid_size, event.offer_size)
    if isinstance(event, CurveUpdated):
        return (event.venue, event.curve, event.tenor, event.bid, event.offer)
    return msgspec.json.encode(event)


def _name(event: AnyEvent) -> str:
    """Its kind, and what it is about."""
    kind = type(event).__name__
    if isinstance(event, MarketUpdated):
        return f"the price {event.bid}/{event.offer} of {event.pair} at {event.venue}"
    if isinstance(event, CurveUpdated):
        return f"the {event.tenor} of {event.curve} at {event.venue}"
    names = ("rfq_id", "hit_id", "order_id", "quote_id", "venue")
    about = next((str(value) for name in names if (value := getattr(event, name, None))), "")
    return f"{kind} {about}".rstrip()
