"""How clients of each tier decide: P(deal) = 1 / (1 + exp(a + b d)) at distance d (bp).

Greatest likelihood by iterated weighted least squares; errors from the information matrix. All
tiers together are fitted first, and count for each tier as if they were some quotes of its own: a
tier of which little is known deals like the others until it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from strategies.games.calibration.request_log import RequestLog
from strategies.games.quoting.franchise import Tier

Floats = npt.NDArray[np.float64]
STEPS_MAX = 50
CHANGE_MAX = 1e-10
BORROWED_QUOTES = 20.0
"""What the pooled curve counts for in each tier."""
SLOPE_LEAST = 1e-3
"""Per bp: clients who dealt more at worse prices tell nothing that could be quoted by."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A fitted curve P = 1 / (1 + exp(-x . coefficients))."""

    coefficients: Floats
    covariance: Floats

    @property
    def errors(self) -> Floats:
        """Standard errors."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


@dataclass(frozen=True, slots=True, kw_only=True)
class HitCurve:
    """Of one tier."""

    tier: Tier
    covariance: tuple[tuple[float, float], tuple[float, float]]
    """Of a and b."""
    quotes: int
    deals: int

    @property
    def errors(self) -> tuple[float, float]:
        """Standard errors of a and b."""
        return self.covariance[0][0] ** 0.5, self.covariance[1][1] ** 0.5

    def drawn(self, random: np.random.Generator) -> Tier:
        """A tier that the log allows as well: one of the normal law of the estimate."""
        mean = np.array([self.tier.a, self.tier.b])
        a, b = random.multivariate_normal(mean, np.array(self.covariance), method="cholesky")
        return Tier(float(a), max(float(b), SLOPE_LEAST))


def hit_curves(log: RequestLog) -> list[HitCurve]:
    """Of every tier; ValueError where the log cannot say."""
    quoted = np.isfinite(log.distance)
    deals = int(log.dealt[quoted].sum())
    if not 0 < deals < int(quoted.sum()):
        text = f"{int(quoted.sum())} prices and {deals} deals: a curve needs prices that were dealt"
        raise ValueError(f"{text} on and prices that were not")
    pooled = _curve(log, quoted, None)
    if -pooled.coefficients[1] < SLOPE_LEAST:
        text = f"deals fall by {-pooled.coefficients[1]:.4g} a bp of distance, all tiers together"
        raise ValueError(f"{text}: nothing can be quoted by that; look at the distances")
    curves, borrowed = [], _borrowed(pooled, int(quoted.sum()))
    for tier in range(log.tiers):
        own = quoted & (log.tier == tier)
        fitted = _curve(log, own, borrowed)
        if -fitted.coefficients[1] < fitted.errors[1]:
            fitted = borrowed  # whether its deals fall with the distance at all is not known
        a, b = -fitted.coefficients[0], -fitted.coefficients[1]
        (aa, ab), (_, bb) = fitted.covariance.tolist()
        curves.append(
            HitCurve(
                tier=Tier(float(a), max(float(b), SLOPE_LEAST)),
                covariance=((aa, ab), (ab, bb)),
                quotes=int(own.sum()),
                deals=int(log.dealt[own].sum()),
            )
        )
    return curves


def logistic(features: Floats, outcomes: Floats, prior: Logistic | None = None) -> Logistic:
    """Of greatest likelihood; `prior` adds what is known as a normal law."""
    start = np.zeros(features.shape[1]) if prior is None else prior.coefficients
    held = np.eye(len(start)) * 1e-9 if prior is None else np.linalg.inv(prior.covariance)
    found, information = start.copy(), held
    for _ in range(STEPS_MAX):
        chances = 1 / (1 + np.exp(-np.clip(features @ found, -700, 700)))
        weights = chances * (1 - chances)
        information = features.T @ (features * weights[:, None]) + held
        slope = features.T @ (outcomes - chances) - held @ (found - start)
        step = np.linalg.solve(information, slope)
        step *= min(1.0, 5.0 / max(float(np.max(np.abs(step))), 1e-12))  # far steps overshoot
        found = found + step
        if float(np.max(np.abs(step))) < CHANGE_MAX:
            break
    return Logistic(found, np.linalg.inv(information))


def _borrowed(pooled: Logistic, quotes: int) -> Logistic:
    """What the pooled curve tells of a tier before its own quotes are looked at."""
    return Logistic(pooled.coefficients, pooled.covariance * (quotes / BORROWED_QUOTES))


def _curve(log: RequestLog, rows: npt.NDArray[np.bool_], prior: Logistic | None) -> Logistic:
    features = np.column_stack((np.ones(int(rows.sum())), log.distance[rows]))
    outcomes = log.dealt[rows].astype(np.float64)
    return logistic(features, outcomes, prior)
