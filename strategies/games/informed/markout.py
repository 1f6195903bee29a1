"""How far the market moves against us after deals with a client, and what to add to his margin.

Means of few deals are pulled towards that of all clients, by as much as their noise says:

    estimate_i = w_i mean_i + (1 - w_i) mu,   w_i = tau^2 / (tau^2 + s_i^2 / n_i)

s_i^2 / n_i the variance of his mean, tau^2 that of true means between clients by moments
(DerSimonian and Laird, Controlled Clinical Trials 7, 1986), mu their weighted mean. Markouts in bp,
positive = in our favour. The surcharge is what the market takes on average, no more than the
trader's maximum and never negative; where more would be needed the answer says so, and nothing is
widened beyond the maximum in silence.

Source of the surcharge: Barzykin et al., arXiv:2508.20225: where a client's deal of z moves the
middle by mu_i z, his width grows by mu_i z.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Moves(NamedTuple):
    """Of one client at one horizon."""

    deals: int
    mean: float
    """bp."""
    variance: float
    """Of single moves, bp^2."""


class Markout(NamedTuple):
    """Of one client, shrunk."""

    mean: float
    error: float
    """Standard error, bp."""
    weight: float
    """Of his own deals: 0 = only the others speak."""


class Surcharge(NamedTuple):
    """What to add to a margin, bp."""

    add: float
    needed: float
    """Without the maximum."""

    @property
    def capped(self) -> bool:
        """The maximum is too little: for a person to see."""
        return self.needed > self.add


def moved(previous: Moves, move: float) -> Moves:
    """With one more deal (Welford's update); what is no number is left out."""
    if not abs(move) < float("inf"):
        return previous
    count = previous.deals + 1
    off = move - previous.mean
    mean = previous.mean + off / count
    total = previous.variance * max(previous.deals - 1, 0) + off * (move - mean)
    return Moves(count, mean, total / (count - 1) if count > 1 else 0.0)


def shrunk(clients: Mapping[str, Moves]) -> dict[str, Markout]:
    """Of every client with a deal; clients with one deal borrow the variance of the others."""
    known = {name: one for name, one in sorted(clients.items()) if one.deals > 0}
    spare = sum(one.deals - 1 for one in known.values())
    if not spare:
        return {name: Markout(0.0, float("inf"), 0.0) for name in known}
    pooled = sum(one.variance * (one.deals - 1) for one in known.values()) / spare
    noise = {
        name: (one.variance if one.deals > 2 and one.variance > 0 else pooled) / one.deals
        for name, one in known.items()
    }
    if min(noise.values()) <= 0:
        return {name: Markout(one.mean, 0.0, 1.0) for name, one in known.items()}
    between = _between(known, noise)
    weights = {name: 1 / (between + noise[name]) for name in known}
    mu = sum(weights[name] * known[name].mean for name in known) / sum(weights.values())
    found = {}
    for name, one in known.items():
        own = between / (between + noise[name])
        error = (own * noise[name] + (1 - own) ** 2 / sum(weights.values())) ** 0.5
        found[name] = Markout(own * one.mean + (1 - own) * mu, error, own)
    return found


def surcharge(markout: Markout, maximum: float) -> Surcharge:
    """On a client's margin; `maximum` (bp) is the trader's."""
    needed = max(0.0, -markout.mean)
    return Surcharge(min(needed, max(0.0, maximum)), needed)


def _between(known: Mapping[str, Moves], noise: Mapping[str, float]) -> float:
    """tau^2, never negative."""
    weights = {name: 1 / noise[name] for name in known}
    total = sum(weights.values())
    mean = sum(weights[name] * known[name].mean for name in known) / total
    spread = sum(weights[name] * (known[name].mean - mean) ** 2 for name in known)
    scale = total - sum(weight**2 for weight in weights.values()) / total
    return max(0.0, (spread - (len(known) - 1)) / scale) if scale > 0 else 0.0
