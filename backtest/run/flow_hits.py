"""Who deals at which price: the logistic function by maximum likelihood, and how well it tells.

A request that shows its side has one price. Of a two-way one the client wants one of two sides,
each as often; which one is known when it dealt, and not when it did not:

    dealt on a side      p(side) / 2
    not dealt            1 - (p(bid) + p(offer)) / 2

Of those that did not deal each side is weighed by how likely it was (expectation-maximisation), and
what is not known is taken off the information that the errors are made of (Louis, Finding the
observed information matrix when using the EM algorithm, 1982).

Whether the fitted function holds is said by the test of Hosmer and Lemeshow (Applied Logistic
Regression, 1989): tenths of the prices by predicted probability, the sum of (observed -
expected)^2 / variance against chi-square with two degrees of freedom less than tenths where the
function was fitted to these very prices, else one for each tenth.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from backtest.run.flow_model import AskedRow, Calibration, Goodness, Hits

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
_STEPS_MAX = 50
_ROUNDS_MAX = 200
_EXACT = 1e-9
_CALIBRATION_BINS = 10


class Priced:
    """Prices of a log as matrices: columns 1, distance, and how far behind where it is looked at.

    `one` = the side that was asked for, or dealt on; `other` = the other one of a two-way price.
    """

    def __init__(self, rows: Sequence[AskedRow], *, rivals: bool) -> None:
        self.two_way: Bools = np.array([row.other is not None for row in rows], np.bool_)
        self.dealt = np.array([float(row.dealt) for row in rows])
        self.one = _columns([(row.distance, row.behind) for row in rows], rivals=rivals)
        self.other = _columns(
            [(row.other, row.other_behind) if row.other is not None else (row.distance, row.behind)
             for row in rows], rivals=rivals
        )  # fmt: skip

    def chances(self, coefficients: Sequence[float] | Floats) -> Floats:
        """Of a deal on each."""
        beta = np.array(coefficients)
        return (_logistic(self.one @ beta) + _logistic(self.other @ beta)) / 2

    def likelihood(self, coefficients: Sequence[float] | Floats) -> float:
        """Logarithm of it, but for what does not hang on the coefficients."""
        at_side = _sure(_logistic(self.one @ np.array(coefficients)))
        missed = _sure(1 - self.chances(coefficients))
        return float(np.sum(np.where(self.dealt > 0, np.log(at_side), np.log(missed))))

    def without_rivals(self) -> Priced:
        """The same without the last column."""
        found = object.__new__(Priced)
        found.two_way, found.dealt = self.two_way, self.dealt
        found.one, found.other = self.one[:, :2], self.other[:, :2]
        return found


def _columns(sides: Sequence[tuple[float | None, float | None]], *, rivals: bool) -> Floats:
    columns = [[1.0] * len(sides), [distance or 0.0 for distance, _ in sides]]
    if rivals:
        columns.append([behind or 0.0 for _, behind in sides])
    return np.array(columns).T


def fit_hits(priced: Priced) -> Hits:
    """The coefficients and their errors."""
    split = priced.two_way & (priced.dealt == 0)
    features = np.concatenate([priced.one, priced.other[split]])
    outcomes = np.concatenate([priced.dealt, np.zeros(int(split.sum()))])
    beta = np.zeros(features.shape[1])
    share = np.full(int(split.sum()), 0.5)
    for _ in range(_ROUNDS_MAX):
        weights = np.concatenate([np.where(split, 0.0, 1.0), 1 - share])
        weights[: len(split)][split] = share
        new = _weighted(features, outcomes, weights, beta)
        share = _share(priced, split, new)
        done = float(np.max(np.abs(new - beta))) < _EXACT
        beta = new
        if done or not split.any():
            break
    errors = np.sqrt(np.diag(np.linalg.inv(_information(priced, split, share, beta))))
    return Hits(
        coefficients=tuple(map(float, beta)),
        errors=tuple(map(float, errors)),
        quotes=len(priced.dealt),
        deals=int(priced.dealt.sum()),
    )


def _share(priced: Priced, split: Bools, beta: Floats) -> Floats:
    """How likely it was that the first side was wanted, of those that did not deal."""
    one = _sure(1 - _logistic(priced.one[split] @ beta))
    other = _sure(1 - _logistic(priced.other[split] @ beta))
    found: Floats = one / (one + other)
    return found


def _weighted(features: Floats, outcomes: Floats, weights: Floats, beta: Floats) -> Floats:
    """Iterated weighted least squares from `beta` on."""
    for _ in range(_STEPS_MAX):
        chances = _logistic(features @ beta)
        bend = features.T @ (features * (weights * chances * (1 - chances))[:, None])
        bend += np.eye(len(beta)) * 1e-9  # where all of one kind dealt it has no end
        step = np.linalg.solve(bend, features.T @ (weights * (outcomes - chances)))
        beta = beta + step
        if float(np.max(np.abs(step))) < _EXACT / 10:
            break
    return beta


def _information(priced: Priced, split: Bools, share: Floats, beta: Floats) -> Floats:
    """Of what was seen: that of all sides, less what the wanted side of those that did not deal
    would add.
    """
    found = np.eye(len(beta)) * 1e-9
    whole = np.where(split, 0.0, 1.0)
    whole[split] = share
    parts = ((priced.one, whole), (priced.other[split], 1 - share))
    for features, weights in parts:
        chances = _logistic(features @ beta)
        found += features.T @ (features * (weights * chances * (1 - chances))[:, None])
    if split.any():
        slopes = [
            -side[split] * _logistic(side[split] @ beta)[:, None]
            for side in (priced.one, priced.other)
        ]
        apart = slopes[0] - slopes[1]
        found -= apart.T @ (apart * (share * (1 - share))[:, None])
    return found


def _logistic(scores: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(scores, -700, 700)))
    return found


def _sure(chances: Floats) -> Floats:
    found: Floats = np.clip(chances, 1e-12, 1 - 1e-12)
    return found


# --- how good it is


def goodness(priced: Priced, hits: Hits, *, fitted: bool) -> Goodness:
    """`fitted`: to these very prices."""
    from scipy import stats

    chances, outcomes = priced.chances(hits.coefficients), priced.dealt
    deviance = _deviance(outcomes, chances)
    null = _deviance(outcomes, np.full(len(outcomes), outcomes.mean()))
    rows = _calibration(chances, outcomes)
    off = sum(
        row.quotes
        * (row.observed - row.predicted) ** 2
        / max(1e-9, row.predicted * (1 - row.predicted))
        for row in rows
    )
    freedom = len(rows) - (2 if fitted else 0)
    return Goodness(
        deviance=deviance,
        null_deviance=null,
        explained=1 - deviance / null if null else 0.0,
        calibration=rows,
        calibration_probability=float(stats.chi2.sf(off, freedom)) if freedom > 0 else 1.0,
        rivals_probability=_of_rivals(priced, hits) if fitted and hits.knows_rivals else None,
    )


def _of_rivals(priced: Priced, hits: Hits) -> float:
    """Probability of as much more likelihood by one more column that means nothing."""
    from scipy import stats

    without = priced.without_rivals()
    less = without.likelihood(fit_hits(without).coefficients)
    more = priced.likelihood(hits.coefficients)
    return float(stats.chi2.sf(max(0.0, 2 * (more - less)), 1))


def _deviance(outcomes: Floats, chances: Floats) -> float:
    sure = _sure(chances)
    return float(-2 * np.sum(outcomes * np.log(sure) + (1 - outcomes) * np.log(1 - sure)))


def _calibration(chances: Floats, outcomes: Floats) -> tuple[Calibration, ...]:
    """Tenths of the prices by predicted probability."""
    order = np.argsort(chances, kind="stable")
    parts = np.array_split(order, min(_CALIBRATION_BINS, len(order)))
    return tuple(
        Calibration(
            quotes=len(part),
            predicted=float(chances[part].mean()),
            observed=float(outcomes[part].mean()),
        )
        for part in parts
    )
