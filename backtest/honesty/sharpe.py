"""What a Sharpe ratio is worth after its length, the shape of its returns and the number of trials.

Every ratio here is per observation (of daily results: mean over deviation of the days), never
annualised; `annualised` is for showing. Kurtosis is the plain fourth moment: 3 of a normal one.

Sources: D. H. Bailey and M. López de Prado, "The Sharpe Ratio Efficient Frontier", Journal of Risk
15(2), 2012 (probabilistic ratio, minimum track record length); the same, "The Deflated Sharpe
Ratio", Journal of Portfolio Management 40(5), 2014 (deflated ratio, expected maximum).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import e, inf, isfinite, nan, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

EULER_MASCHERONI = 0.5772156649015329
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Moments:
    """What the ratio of some returns is worked out from."""

    observations: int
    sharpe: float
    """Mean over standard deviation (n - 1), per observation; NaN where they do not vary."""
    skewness: float = 0.0
    kurtosis: float = 3.0

    @property
    def variance_factor(self) -> float:
        """n times the variance of the estimated ratio: 1 - g3 SR + (g4 - 1) / 4 SR^2."""
        ratio = self.sharpe
        return 1.0 - self.skewness * ratio + (self.kurtosis - 1.0) / 4.0 * ratio * ratio


def moments_of(returns: npt.ArrayLike) -> Moments:
    """The moments of results, one for each period; what is not finite is refused."""
    values = np.asarray(returns, np.float64)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise ValueError("returns must be one row of finite numbers")
    if len(values) < 2 or values.min() == values.max():
        return Moments(len(values), nan)
    centred = values - values.mean()
    second = float(np.mean(centred**2))
    return Moments(
        observations=len(values),
        sharpe=float(values.mean() / values.std(ddof=1)),
        skewness=float(np.mean(centred**3)) / second**1.5,
        kurtosis=float(np.mean(centred**4)) / second**2,
    )


def annualised(sharpe: float, periods_per_year: float) -> float:
    """The ratio as it is quoted: times the root of the periods of a year."""
    return sharpe * sqrt(periods_per_year)


def probabilistic_sharpe(moments: Moments, benchmark: float = 0.0) -> float:
    """The probability that the true ratio is above `benchmark`.

    Phi((SR - SR*) sqrt(n - 1) / sqrt(1 - g3 SR + (g4 - 1) / 4 SR^2)), with g3 the skewness and g4
    the kurtosis (Bailey and López de Prado 2012, equation 11). NaN where it cannot be said: returns
    that do not vary, or moments that give no variance.
    """
    factor = moments.variance_factor
    if moments.observations < 2 or not factor > 0.0:
        return nan
    distance = (moments.sharpe - benchmark) * sqrt(moments.observations - 1)
    return _cumulated(distance / sqrt(factor))


def minimum_track_record(
    moments: Moments, benchmark: float = 0.0, confidence: float = 0.95
) -> float:
    """How many observations the ratio needs to be above `benchmark` with that confidence.

    1 + (1 - g3 SR + (g4 - 1) / 4 SR^2) (z / (SR - SR*))^2 (Bailey and López de Prado 2012, equation
    13). Infinite where the ratio is not above the benchmark: no length would do.
    """
    _between_zero_and_one("confidence", confidence)
    if not moments.sharpe > benchmark:
        return nan if moments.sharpe != moments.sharpe else inf
    quantile = _NORMAL.inv_cdf(confidence)
    return 1.0 + moments.variance_factor * (quantile / (moments.sharpe - benchmark)) ** 2


def expected_maximum(trials: int, variance: float) -> float:
    """The largest ratio to be expected of so many independent trials that are worth nothing.

    sqrt(V) ((1 - c) Phi^-1(1 - 1 / N) + c Phi^-1(1 - 1 / (N e))), c the Euler-Mascheroni constant
    and V the variance of the trials' ratios (Bailey and López de Prado 2014). 0 for one trial:
    nothing was chosen.
    """
    if trials < 1 or not variance >= 0.0:
        raise ValueError(f"{trials} trials whose ratios vary by {variance}: at least one, by >= 0")
    if trials == 1:
        return 0.0
    first = _NORMAL.inv_cdf(1.0 - 1.0 / trials)
    second = _NORMAL.inv_cdf(1.0 - 1.0 / (trials * e))
    return sqrt(variance) * ((1.0 - EULER_MASCHERONI) * first + EULER_MASCHERONI * second)


@dataclass(frozen=True, slots=True)
class Deflated:
    """A ratio that was the best of many, and what is left of it."""

    sharpe: float
    trials: int
    """All that were tried, those given up early too."""
    variance: float
    """Of the trials' ratios, per observation."""
    benchmark: float
    """The best ratio that as many worthless trials would show."""
    probability: float
    """That the true ratio is above zero, after the choice: the deflated Sharpe ratio."""


def deflated_sharpe(chosen: Moments, trials: int, variance: float) -> Deflated:
    """The probabilistic ratio against the expected maximum of that many trials."""
    benchmark = expected_maximum(trials, variance)
    return Deflated(
        sharpe=chosen.sharpe,
        trials=trials,
        variance=variance,
        benchmark=benchmark,
        probability=probabilistic_sharpe(chosen, benchmark),
    )


def variance_of(sharpes: npt.ArrayLike) -> float:
    """The variance (n - 1) of the trials' ratios that could be worked out; 0 of fewer than two."""
    values = np.asarray(sharpes, np.float64)
    values = values[np.isfinite(values)]
    return float(values.var(ddof=1)) if len(values) > 1 else 0.0


def _cumulated(quantile: float) -> float:
    return _NORMAL.cdf(quantile) if isfinite(quantile) else nan


def _between_zero_and_one(what: str, value: float) -> None:
    if not 0.0 < value < 1.0:
        raise ValueError(f"{what} {value} must be between 0 and 1")
