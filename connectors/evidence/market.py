"""The market as it stood before a decision: each venue's top of the book and the curve points."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from connectors.evidence.records import SegmentView, Turn
from connectors.evidence.steps import Step
from connectors.evidence.words import plain, safe
from robot.clock import format_time
from robot.messages.events import CurveUpdated, MarketUpdated, Stamped

_MARKET_AT = 10
_POINTS_LOOKED_AT = 200
"""How many points of a curve are looked at, backwards."""
_MILLISECOND_NS = 1_000_000


def market_steps(
    view: SegmentView,
    index: int,
    turn: Turn,
    stamped: Stamped,
    pair: str,
    venues: Iterable[str],
) -> list[Step]:
    """The last price of each venue for the pair, and of each tenor of its curve."""
    seen = _Seen(pair)
    before = [one for one in turn.inputs if one.number < stamped.number]
    for venue in venues:
        seen.note(before, venue)
        if venue not in seen.tops:
            _look_back(
                view, index, f'"MarketUpdated","venue":"{venue}","pair":"{pair}"', seen, venue, 1
            )
        curve = pair if "/" in pair else f"{pair} "
        needle = f'"CurveUpdated","venue":"{venue}","curve":"{curve}'
        _look_back(view, index, needle, seen, venue, _POINTS_LOOKED_AT)
    lines = [_top_line(seen.tops[venue], stamped.at_ns) for venue in sorted(seen.tops)]
    lines += [_point_line(seen.points[key], stamped.at_ns) for key in sorted(seen.points)]
    if not lines:
        lines = ["no price of it in this segment before it"]
    data: dict[str, object] = {
        "tops": [plain(event) | {"seen_ns": at_ns} for event, at_ns in seen.tops.values()],
        "points": [plain(event) | {"seen_ns": at_ns} for event, at_ns in seen.points.values()],
    }
    step = Step.of(turn, stamped, _MARKET_AT, "market", f"Market seen: {pair}")
    return [msgspec.structs.replace(step, lines=tuple(map(safe, lines)), data=data)]


def _look_back(
    view: SegmentView, index: int, text: str, seen: _Seen, venue: str, count: int
) -> None:
    """Backwards from the event: the first one met of each venue and tenor is the last one seen."""
    at: int | None = index
    for _ in range(count):
        at = view.find_before(text.encode(), at) if at is not None else None
        if at is None:
            return
        found = view.turn_at(at)
        if found is not None:
            seen.note(found[1].inputs, venue)


class _Seen:
    """The newest price of each venue and tenor, met from the newest to the oldest."""

    def __init__(self, pair: str) -> None:
        self._pair = pair
        self.tops: dict[str, tuple[MarketUpdated, int]] = {}
        self.points: dict[tuple[str, str, str], tuple[CurveUpdated, int]] = {}

    def note(self, inputs: list[Stamped], venue: str) -> None:
        """A venue's prices of one turn, in its order."""
        for one in reversed(inputs):
            event = one.event
            if getattr(event, "venue", "") != venue:
                continue
            if isinstance(event, MarketUpdated) and event.pair == self._pair:
                self.tops.setdefault(event.venue, (event, one.at_ns))
            elif isinstance(event, CurveUpdated) and event.curve.partition(" ")[0] == self._pair:
                key = (event.venue, event.curve, event.tenor)
                self.points.setdefault(key, (event, one.at_ns))


def _top_line(seen: tuple[MarketUpdated, int], now_ns: int) -> str:
    event, at_ns = seen
    sizes = f" for {event.bid_size}/{event.offer_size}" if event.bid_size is not None else ""
    return f"{event.venue} {event.bid}/{event.offer}{sizes}, {_age(at_ns, now_ns)}"


def _point_line(seen: tuple[CurveUpdated, int], now_ns: int) -> str:
    event, at_ns = seen
    return (
        f"{event.venue} {event.curve} {event.tenor} {event.bid}/{event.offer}, "
        f"{_age(at_ns, now_ns)}"
    )


def _age(at_ns: int, now_ns: int) -> str:
    return f"{(now_ns - at_ns) // _MILLISECOND_NS} ms old, of {format_time(at_ns)}"
