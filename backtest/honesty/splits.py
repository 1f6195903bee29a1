"""Training, validation and walk-forward: nothing trained on overlaps in time what is tested.

Times are `at_ns`, nanoseconds since 1970 in UTC. An observation lasts from its decision until its
outcome is known (its horizon: a markout of ten minutes, a position until it is closed). One that is
trained on is purged when that time overlaps the tested stretch, and embargoed when it begins within
the embargo after it, because what follows a test still carries what the test reacted to.

Source: M. López de Prado, "Advances in Financial Machine Learning", Wiley 2018, chapter 7.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from backtest.columns import Bools, Ints

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """From one moment until before another."""

    start_ns: int
    until_ns: int

    def __post_init__(self) -> None:
        if not self.start_ns < self.until_ns:
            raise ValueError(f"a stretch from {self.start_ns} until {self.until_ns} is empty")


@dataclass(frozen=True, slots=True)
class SpanSplit:
    """What is trained on and what is tested, as stretches: a run over each starts flat."""

    training: tuple[Stretch, ...]
    tested: Stretch


@dataclass(frozen=True, slots=True)
class Split:
    """What is trained on and what is tested, as places of observations."""

    training: Places
    tested: Places
    purged: int
    """Left out because their outcome overlaps the tested stretch."""
    embargoed: int
    """Left out because they begin too soon after it."""


class Observations:
    """When each decision was made, in order, and when its outcome was known."""

    def __init__(self, at_ns: Ints, until_ns: Ints | None = None, horizon_ns: int = 0) -> None:
        """`until_ns` of each, or one horizon for all."""
        if horizon_ns < 0 or len(at_ns) == 0:
            raise ValueError(f"{len(at_ns)} observations with a horizon of {horizon_ns} ns")
        self.at_ns = at_ns
        self.until_ns = at_ns + horizon_ns if until_ns is None else until_ns
        if (np.diff(at_ns) < 0).any():
            raise ValueError("observations must be in the order of their time")
        if self.until_ns.shape != at_ns.shape or (self.until_ns < at_ns).any():
            raise ValueError("an outcome is known before its decision")

    def split(self, tested: Stretch, training: Sequence[Stretch], embargo_ns: int = 0) -> Split:
        """What of the training stretches may be trained on when `tested` is tested."""
        inside = self._inside(tested)
        wanted = np.zeros(len(inside), np.bool_)
        for stretch in training:
            wanted |= self._inside(stretch)
        # The outcomes of what is tested come out until here, which may be after the stretch.
        end = max(tested.until_ns, int(self.until_ns[inside].max(initial=0)) + 1)
        overlaps = (self.at_ns < end) & (self.until_ns >= tested.start_ns)
        soon = (self.at_ns >= end) & (self.at_ns < end + embargo_ns)
        return Split(
            training=np.flatnonzero(wanted & ~inside & ~overlaps & ~soon),
            tested=np.flatnonzero(inside),
            purged=int((wanted & ~inside & overlaps).sum()),
            embargoed=int((wanted & ~inside & ~overlaps & soon).sum()),
        )

    def folds(self, folds: int, embargo_ns: int = 0) -> Iterator[Split]:
        """Each of so many equal stretches is tested once, the rest is trained on: purged k-fold."""
        whole = Stretch(int(self.at_ns[0]), int(self.at_ns[-1]) + 1)
        for tested in cut(whole, folds):
            yield self.split(tested, (whole,), embargo_ns)

    def _inside(self, stretch: Stretch) -> Bools:
        found: Bools = (self.at_ns >= stretch.start_ns) & (self.at_ns < stretch.until_ns)
        return found


def cut(whole: Stretch, pieces: int) -> tuple[Stretch, ...]:
    """Equal stretches, one after the other; the first ones get the nanoseconds left over."""
    length = whole.until_ns - whole.start_ns
    if not 1 <= pieces <= length:
        raise ValueError(f"{pieces} pieces of {length} ns")
    edges = [whole.start_ns + -(-length * n // pieces) for n in range(pieces + 1)]
    return tuple(Stretch(*edge) for edge in pairwise(edges))


def purged(
    parts: Sequence[Stretch], tested: Stretch, horizon_ns: int = 0, embargo_ns: int = 0
) -> SpanSplit:
    """The parts that may be trained on: none that overlaps what is tested, or ends less than the
    horizon before it, or begins less than horizon and embargo after it.
    """
    if horizon_ns < 0 or embargo_ns < 0:
        raise ValueError(f"a horizon of {horizon_ns} ns and an embargo of {embargo_ns} ns")
    kept = tuple(
        part
        for part in parts
        if part.until_ns + horizon_ns <= tested.start_ns
        or part.start_ns >= tested.until_ns + horizon_ns + embargo_ns
    )
    return SpanSplit(kept, tested)


def walk_forward(
    parts: Sequence[Stretch],
    folds: int,
    *,
    training_parts: int = 0,
    horizon_ns: int = 0,
) -> tuple[SpanSplit, ...]:
    """Of parts in order the last `folds` are tested one by one, each after those before it.

    `training_parts`: only so many are trained on, a window that moves; 0 = all since the first.
    """
    if not 1 <= folds < len(parts):
        raise ValueError(f"{folds} folds of {len(parts)} parts: at least one is trained on first")
    found = []
    for place in range(len(parts) - folds, len(parts)):
        before = purged(parts[:place], parts[place], horizon_ns).training
        before = before[-training_parts:] if training_parts else before
        if not before:
            text = f"nothing is left to train on before {parts[place]}: horizon {horizon_ns} ns"
            raise ValueError(text)
        found.append(SpanSplit(before, parts[place]))
    return tuple(found)
