"""Clients who know more than we do: on which side they ask, so that the market moves against us
after their deals as often and as far as the model of clients was told by its log.

It is the one place that looks ahead in the market's data, and it is the client who does. What it
makes is the side of requests, before the run begins; the robot hears it when the client asks.

    s = +1 where we buy, -1 where we sell; M_h = the move of the middle in the time h after the deal
    P(s = 1) = 1 / (1 + exp(-2 (b + sum k_h M_h))), b = half the log of how often we buy and sell
    k such that the mean of s M_h over a client's requests is its fitted markout, at every horizon

Of all ways to choose sides with these means it is the one that says least else (maximum entropy).
Found by Newton's method: the means are the slope of a convex function of k.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt

from backtest.run.feed import Feed, Prices
from backtest.run.flow_draw import Want
from backtest.run.flow_model import INTERVAL_Z, FlowModel, Toxicity
from robot.deals.party import BUY, SELL, Side

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
DEALS_MIN = 10
"""A markout of fewer deals is told, not drawn."""
_SECOND_NS = 1_000_000_000
_OLD_NS = 60 * _SECOND_NS
"""A middle may be that old, as in the records."""
_BASIS_POINTS = 10_000.0
_STEPS_MAX = 100
_PENALTY = 1e-4
"""Keeps k finite where the market does not move as far as the markouts."""


@dataclass(frozen=True, slots=True)
class Informed:
    """What was drawn."""

    sides: Mapping[int, Side]
    """By number of the request: ours."""
    told: tuple[str, ...]
    """What of the markouts the market's data does not allow."""
    counterparties: int
    """So many know something."""


def toxic(model: FlowModel) -> dict[str, tuple[Toxicity, ...]]:
    """By counterparty: the markouts that are drawn, where one of them is not just chance."""
    found: dict[str, list[Toxicity]] = {}
    for one in model.toxicity:
        if one.deals >= DEALS_MIN:
            found.setdefault(one.counterparty, []).append(one)
    return {
        name: tuple(rows)
        for name, rows in found.items()
        if any(abs(row.mean_bp) > INTERVAL_Z * row.error_bp for row in rows)
    }


def inform(
    model: FlowModel,
    wants: Sequence[Want],
    feed: Feed,
    seed: int,
    *,
    under_way_ns: int,
    stale_ns: int,
) -> Informed:
    """The sides of clients whose markouts are known. `under_way_ns`: how long messages of a request
    that is dealt on take together.
    """
    known, chance = toxic(model), Random(f"{seed}/informed")
    own: dict[str, list[Want]] = {}
    for want in wants:
        if want.share.product == "SPOT" and want.share.counterparty in known:
            own.setdefault(want.share.counterparty, []).append(want)
    horizons = sorted({row.horizon_s for rows in known.values() for row in rows})
    moments = [
        (want.share.pair, want.at_ns + want.waits_ns + under_way_ns)
        for rows in own.values()
        for want in rows
    ]
    middles = Middles(feed, moments, (0, *horizons), stale_ns)
    sides: dict[int, Side] = {}
    told: list[str] = []
    for name, rows in sorted(own.items()):
        marks = known[name]
        moves = np.array([middles.moves(want, under_way_ns, marks) for want in rows])
        bases = np.array([_base(model, want) for want in rows])
        strengths = _strengths(moves, bases, np.array([row.mean_bp for row in marks]))
        scores = bases + np.nan_to_num(moves) @ strengths
        told += _short(name, marks, moves, np.tanh(scores))
        for want, score in zip(rows, scores, strict=True):
            buys = chance.random() < 1 / (1 + math.exp(-2 * float(np.clip(score, -300, 300))))
            sides[want.number] = BUY if buys else SELL
    return Informed(sides, tuple(told), len(own))


def _base(model: FlowModel, want: Want) -> float:
    """Half the log of how often we buy and sell on requests that show their side; a two-way one
    leans to neither.
    """
    share = want.share
    if not share.side:
        return 0.0
    counts = {str(BUY): 0.5, str(SELL): 0.5}
    for one in model.shares:
        same = (one.venue, one.counterparty, one.pair) == (
            share.venue,
            share.counterparty,
            share.pair,
        )
        if same and one.product == share.product and one.side:
            counts[one.side] += one.count
    return 0.5 * math.log(counts[str(BUY)] / counts[str(SELL)])


def _strengths(moves: Floats, bases: Floats, wanted: Floats) -> Floats:
    """k of the text above, by Newton's method with halved steps; moves that are not known count for
    nothing.
    """
    known = ~np.isnan(moves)
    scale = np.array([_spread(moves[known[:, place], place]) for place in range(moves.shape[1])])
    scaled = np.nan_to_num(moves) / scale
    goal = wanted / scale * known.mean(axis=0)
    found = np.zeros(len(wanted))
    value = _potential(found, scaled, bases, goal)
    for _ in range(_STEPS_MAX):
        leans = np.tanh(bases + scaled @ found)
        slope = scaled.T @ leans / len(scaled) - goal + _PENALTY * found
        bend = scaled.T @ (scaled * (1 - leans**2)[:, None]) / len(scaled)
        step = np.linalg.solve(bend + _PENALTY * np.eye(len(found)), slope)
        size = 1.0
        while (new := _potential(found - size * step, scaled, bases, goal)) > value and size > 1e-9:
            size /= 2
        found, value = found - size * step, min(new, value)
        if float(np.max(np.abs(size * step))) < 1e-9:
            break
    strengths: Floats = found / scale
    return strengths


def _spread(moves: Floats) -> float:
    found = float(np.sqrt(np.mean(moves**2))) if len(moves) else 0.0
    return found or 1.0


def _potential(found: Floats, scaled: Floats, bases: Floats, goal: Floats) -> float:
    """The convex function whose slope is how far the means are off."""
    scores = np.abs(bases + scaled @ found)
    logs = scores + np.log1p(np.exp(-2 * scores))
    return float(logs.mean() - goal @ found + _PENALTY / 2 * found @ found)


def _short(name: str, marks: Sequence[Toxicity], moves: Floats, leans: Floats) -> Iterator[str]:
    """Markouts that are not reached."""
    for place, row in enumerate(marks):
        known = ~np.isnan(moves[:, place])
        if not known.any():
            yield f"{name} after {row.horizon_s} s: the data has no prices to know"
            continue
        reached = float(np.mean(moves[known, place] * leans[known]))
        if abs(reached - row.mean_bp) > max(INTERVAL_Z * row.error_bp, 0.1 * abs(row.mean_bp)):
            text = f"{name} after {row.horizon_s} s: {row.mean_bp:+.3f} bp in the model's log"
            yield f"{text}, {reached:+.3f} bp is what the market of the run allows"


class Middles:
    """Middles of the market at moments and so many seconds after them."""

    def __init__(
        self,
        feed: Feed,
        moments: Sequence[tuple[str, int]],
        horizons_s: Sequence[int],
        stale_ns: int,
    ) -> None:
        """`moments`: pairs and nanoseconds."""
        self._at: dict[str, Ints] = {}
        for pair in sorted({pair for pair, _ in moments}):
            later = {
                at_ns + seconds * _SECOND_NS
                for name, at_ns in moments
                if name == pair
                for seconds in horizons_s
            }
            self._at[pair] = np.array(sorted(later), np.int64)
        self._middles = _middles(feed, self._at, stale_ns)

    def at(self, pair: str, at_ns: int) -> float:
        """One of them; not a number where there was no market."""
        place = int(np.searchsorted(self._at[pair], at_ns))
        return float(self._middles[pair][place])

    def moves(self, want: Want, under_way_ns: int, marks: Sequence[Toxicity]) -> list[float]:
        """Of the middle after a deal on a request, basis points."""
        pair, at_ns = want.share.pair, want.at_ns + want.waits_ns + under_way_ns
        then = self.at(pair, at_ns)
        return [
            (self.at(pair, at_ns + row.horizon_s * _SECOND_NS) / then - 1) * _BASIS_POINTS
            for row in marks
        ]


def _middles(feed: Feed, at: Mapping[str, Ints], stale_ns: int) -> dict[str, Floats]:
    """In one pass: the newest price of each venue at each moment, then the best of them."""
    places = [place for place, (_, pair) in enumerate(feed.keys) if pair in at]
    newest = {place: np.full((3, len(at[feed.keys[place][1]])), np.nan) for place in places}
    last_ns = 0
    for batch in feed.batches():
        if isinstance(batch, list) or not len(batch.at_ns):
            continue
        _note(batch, feed, at, newest)
        last_ns = int(batch.at_ns[-1])
    found = {}
    for pair, moments in at.items():
        own = [newest[place] for place in places if feed.keys[place][1] == pair]
        middles = _best(own, moments, stale_ns) if own else np.full(len(moments), np.nan)
        middles[moments > last_ns] = np.nan  # nobody knows what comes after the data
        found[pair] = middles
    return found


def _note(batch: Prices, feed: Feed, at: Mapping[str, Ints], newest: Mapping[int, Floats]) -> None:
    """The batch's prices at all moments from its first on; those of later ones are written over."""
    keys, times = np.asarray(batch.keys, np.int64), np.asarray(batch.at_ns, np.int64)
    sides = [np.array(values, np.float64) for values in (batch.bids, batch.offers)]
    for place, table in newest.items():
        rows = np.flatnonzero(keys == place)
        if not len(rows):
            continue
        moments = at[feed.keys[place][1]]
        found = np.searchsorted(times[rows], moments, side="right") - 1
        begin = int(np.searchsorted(moments, times[rows[0]]))
        chosen = rows[found[begin:]]
        for line, values in enumerate((times, *sides)):
            table[line, begin:] = values[chosen]


def _best(own: Sequence[Floats], moments: Ints, stale_ns: int) -> Floats:
    """Middle of the best bid and offer of the venues that are fresh, else of all that are not old,
    as the records have it.
    """
    ages = np.array([moments - table[0] for table in own])
    fresh = ages <= stale_ns
    counts = np.where(fresh.any(axis=0), fresh, ages <= _OLD_NS)
    bids, offers = (np.array([table[line] for table in own]) for line in (1, 2))
    bid = np.where(counts & ~np.isnan(bids), bids, -np.inf).max(axis=0)
    offer = np.where(counts & ~np.isnan(offers), offers, np.inf).min(axis=0)
    there = np.isfinite(bid) & np.isfinite(offer)
    middle: Floats = np.where(
        there, np.where(there, bid, 0.0) + np.where(there, offer, 0.0), np.nan
    )
    return middle / 2
