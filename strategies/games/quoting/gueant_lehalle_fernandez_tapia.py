"""Avellaneda and Stoikov's market with a largest position Q, solved exactly.

With alpha = (k / 2) g sigma^2 and eta = A (1 + g / k)^-(1 + k / g) the distances are

    bid(q) = ln(v(q) / v(q + 1)) / k + ln(1 + g / k) / g
    ask(q) = ln(v(q) / v(q - 1)) / k + ln(1 + g / k) / g

where v(t) = e^(-M (T - t)) 1 and M is tridiagonal: alpha q^2 on the diagonal, -eta beside it. Far
from the end v is M's eigenvector of the smallest eigenvalue, and nearly

    ln(1 + g / k) / g + xi / 2
      + ((2 q + 1) / 2) e^(k xi / 4) sqrt(sigma^2 g / (2 k A) (1 + g / k)^(1 + k / g))

for the bid; for the ask with (1 - 2 q). xi is how far a deal moves the middle. q in units,
positive = long; g risk aversion, sigma per root of a unit of time, A and k of arrivals A e^(-k d).

Source: Guéant, Lehalle and Fernandez-Tapia, "Dealing with the inventory risk", Mathematics and
Financial Economics 7, 2013 (arXiv:1105.3115).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isinf, log, sqrt

import numpy as np
import numpy.typing as npt

from strategies.games.quoting.authored import Distances

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The market and the trader."""

    sigma: float
    arrivals: float
    """A."""
    decay: float
    """k."""
    risk_aversion: float
    """g."""
    position_max: int
    """Q: at it, nothing that makes the position larger is quoted."""

    @property
    def margin(self) -> float:
        """Best distance where positions cost nothing."""
        return log(1 + self.risk_aversion / self.decay) / self.risk_aversion


def exact(of: Book, left: float) -> list[Distances]:
    """At each position from -Q to Q with so much time left; infinite time is allowed."""
    value = _value(of, left)
    steps = np.log(value[:-1] / value[1:]) / of.decay
    bids = [*(float(step) + of.margin for step in steps), None]
    asks = [None, *(of.margin - float(step) for step in steps)]
    return [Distances(bid, ask) for bid, ask in zip(bids, asks, strict=True)]


def closed_form(of: Book, position: float, impact: float = 0.0) -> Distances:
    """Nearly the same, far from the end and from Q; `impact` is xi."""
    k, g = of.decay, of.risk_aversion
    power = (1 + g / k) ** (1 + k / g)
    slope = exp(k * impact / 4) * sqrt(of.sigma**2 * g / (2 * k * of.arrivals) * power)
    middle = of.margin + impact / 2
    return Distances(
        middle + (2 * position + 1) / 2 * slope, middle + (1 - 2 * position) / 2 * slope
    )


def _value(of: Book, left: float) -> Floats:
    """v up to a factor, by the eigenvectors of M."""
    from scipy.linalg import eigh_tridiagonal

    k, g = of.decay, of.risk_aversion
    positions = np.arange(-of.position_max, of.position_max + 1, dtype=np.float64)
    risk = k / 2 * g * of.sigma**2 * positions**2
    beside = of.arrivals * (1 + g / k) ** -(1 + k / g)
    roots, vectors = eigh_tridiagonal(risk, np.full(len(risk) - 1, -beside))
    if isinf(left):
        return np.asarray(np.abs(vectors[:, 0]))
    # The smallest root is taken out of all of them: v is needed up to a factor only.
    weights = np.exp(-(roots - roots[0]) * left)
    return np.asarray(vectors @ (weights * vectors.sum(axis=0)))
