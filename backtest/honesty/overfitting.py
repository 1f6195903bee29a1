"""The probability of backtest overfitting, by combinatorially symmetric cross-validation.

Source: D. H. Bailey, J. M. Borwein, M. López de Prado and Q. J. Zhu, "The Probability of Backtest
Overfitting", Journal of Computational Finance 20(4), 2017. The results of N trials over T periods
are cut into S blocks. For every choice of S / 2 of them the best trial by the Sharpe ratio inside
is looked up outside: its rank r of N gives w = r / (N + 1) and the logit l = ln(w / (1 - w)). The
probability of overfitting is the share of choices with l <= 0: the best was not above the middle.

The Sharpe ratio of a choice comes from the blocks' sums and sums of squares, so that all choices of
16 blocks (12,870) cost one matrix product each way.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt

from backtest.honesty.sharpe import Floats

BLOCKS = 16
BLOCKS_MAX = 20
"""184,756 choices."""
_CHOICES_AT_ONCE = 2_048
_ROUNDING = 1e-20


@dataclass(frozen=True, slots=True)
class Overfitting:
    """What the choices said."""

    probability: float
    """The share of them in which the best inside was not above the middle outside."""
    choices: int
    trials: int
    blocks: int
    logits: Floats
    """One for each choice, in the order of `itertools.combinations`."""
    inside: Floats
    """The Sharpe ratio of the best of each choice, per observation, where it was chosen."""
    outside: Floats
    """The same trial's where it was not."""

    @property
    def slope(self) -> float:
        """Of the ratio outside on the ratio inside, by least squares: at or below zero the better
        it looked, the worse it was.
        """
        centred = self.inside - self.inside.mean()
        spread = float(centred @ centred)
        return float(centred @ self.outside) / spread if spread > 0.0 else 0.0

    @property
    def probability_of_loss(self) -> float:
        """The share of choices whose best lost money outside."""
        return float(np.mean(self.outside < 0.0))


def overfitting(returns: npt.ArrayLike, blocks: int = BLOCKS) -> Overfitting:
    """Of results by period (rows) and trial (columns).

    Blocks differ by one period at most. A trial that does not vary has the ratio 0, because it
    stood still. Equal ratios share the mean of their ranks; of equally good ones the first is
    chosen.
    """
    values = _checked(returns, blocks)
    chosen = np.array(list(combinations(range(blocks), blocks // 2)), np.intp)
    marks = np.zeros((len(chosen), blocks))
    np.put_along_axis(marks, chosen, 1.0, axis=1)
    sums = _Sums.of(values, blocks)
    parts = [
        _of_choices(sums, marks[start : start + _CHOICES_AT_ONCE])
        for start in range(0, len(marks), _CHOICES_AT_ONCE)
    ]
    logits, inside, outside = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Overfitting(
        probability=float(np.mean(logits <= 0.0)),
        choices=comb(blocks, blocks // 2),
        trials=values.shape[1],
        blocks=blocks,
        logits=logits,
        inside=inside,
        outside=outside,
    )


def blocks_for(periods: int) -> int:
    """How many blocks so many periods allow: `BLOCKS`, fewer where a block had under two; even."""
    return max(2, min(BLOCKS, periods // 2 // 2 * 2))


@dataclass(frozen=True, slots=True)
class _Sums:
    """Of each block, by trial."""

    counts: Floats
    sums: Floats
    centred: Floats
    """Of the differences from the trial's mean over all periods: sums of squares of large numbers
    that hardly differ would lose their digits.
    """
    squares: Floats
    """Of the same differences."""

    @classmethod
    def of(cls, values: Floats, blocks: int) -> _Sums:
        """Of the blocks of the whole results."""
        pieces = np.array_split(values, blocks)
        centre = values.mean(axis=0)
        return cls(
            counts=np.array([len(piece) for piece in pieces], np.float64),
            sums=np.array([piece.sum(axis=0) for piece in pieces]),
            centred=np.array([(piece - centre).sum(axis=0) for piece in pieces]),
            squares=np.array([((piece - centre) ** 2).sum(axis=0) for piece in pieces]),
        )


def _of_choices(sums: _Sums, marks: Floats) -> tuple[Floats, Floats, Floats]:
    inside, outside = _ratios(sums, marks), _ratios(sums, 1.0 - marks)
    rows = np.arange(len(marks))
    best = inside.argmax(axis=1)
    mine = outside[rows, best]
    below = (outside < mine[:, None]).sum(axis=1)
    equal = (outside == mine[:, None]).sum(axis=1)
    share = (below + (equal + 1) / 2.0) / (outside.shape[1] + 1)
    return np.log(share / (1.0 - share)), inside[rows, best], mine


def _ratios(sums: _Sums, marks: Floats) -> Floats:
    """The Sharpe ratios of the marked blocks together, by choice and trial."""
    counts = (marks @ sums.counts)[:, None]
    means = marks @ sums.sums / counts
    centred = marks @ sums.centred / counts
    spread = (marks @ sums.squares - counts * centred**2) / (counts - 1.0)
    # What rounding leaves of a spread of nothing is no spread.
    still = spread <= _ROUNDING * (means**2 + centred**2)
    return np.where(still, 0.0, means / np.sqrt(np.where(still, 1.0, spread)))


def _checked(returns: npt.ArrayLike, blocks: int) -> Floats:
    values = np.asarray(returns, np.float64)
    if values.ndim != 2 or values.shape[1] < 2 or not np.isfinite(values).all():
        raise ValueError(f"returns of shape {values.shape}: finite, periods by two or more trials")
    if blocks % 2 or not 2 <= blocks <= BLOCKS_MAX or len(values) < 2 * blocks:
        raise ValueError(
            f"{blocks} blocks for {len(values)} periods: an even number up to {BLOCKS_MAX}, of two "
            "periods or more each"
        )
    return values
