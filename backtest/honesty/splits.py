"""Training, validation and walk-forward: nothing trained on overlaps in time what is tested.

Times are `at_ns`, nanoseconds since 1970 in UTC. What was decided lasts until its outcome is known
(its horizon: a markout of ten minutes, a position until it is closed). A part of the time is purged
from the training when its outcomes reach into what is tested, or those of the test into it; it is
embargoed when it begins within the embargo after that, because what follows a test still carries
what the test reacted to. Where the training lies before the test only the horizon has an effect.

Source: M. López de Prado, "Advances in Financial Machine Learning", Wiley 2018, chapters 7
(purging, embargo) and 12 (combinatorial purged cross-validation).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise


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
class GroupSplit:
    """One way to test some groups of parts and train on the rest; all as places of parts."""

    groups: tuple[int, ...]
    """The groups that are tested."""
    training: tuple[int, ...]
    tested: tuple[int, ...]
    purged: int
    """Parts left out because of the horizon."""
    embargoed: int
    """Parts left out besides because of the embargo."""


def cut(whole: Stretch, pieces: int) -> tuple[Stretch, ...]:
    """Equal stretches, one after the other; the first ones get the nanoseconds left over."""
    length = whole.until_ns - whole.start_ns
    if not 1 <= pieces <= length:
        raise ValueError(f"{pieces} pieces of {length} ns")
    edges = [whole.start_ns + -(-length * n // pieces) for n in range(pieces + 1)]
    return tuple(Stretch(*edge) for edge in pairwise(edges))


def purged(parts: Sequence[Stretch], tested: Stretch, horizon_ns: int = 0) -> SpanSplit:
    """The parts that may be trained on: none that overlaps what is tested, or ends less than the
    horizon before it, or begins less than the horizon after it.
    """
    left = _left(parts, (tested,), horizon_ns, 0)
    return SpanSplit(tuple(parts[place] for place in left), tested)


def combinatorial(
    parts: Sequence[Stretch],
    groups: int,
    tested_groups: int,
    *,
    horizon_ns: int = 0,
    embargo_ns: int = 0,
) -> Iterator[GroupSplit]:
    """Every choice of so many of the groups is tested once, the rest is trained on: purged on both
    sides of each tested group, with an embargo after it. Groups differ by one part at most.
    """
    if not 1 <= tested_groups < groups <= len(parts):
        raise ValueError(f"{tested_groups} of {groups} groups of {len(parts)} parts")
    members = grouped(len(parts), groups)
    for chosen in combinations(range(groups), tested_groups):
        stretches = [_whole(parts, members[group]) for group in chosen]
        tested = tuple(place for group in chosen for place in members[group])
        unpurged = len(parts) - len(tested)
        near = _left(parts, stretches, horizon_ns, 0)
        left = _left(parts, stretches, horizon_ns, embargo_ns)
        yield GroupSplit(chosen, left, tested, unpurged - len(near), len(near) - len(left))


def grouped(parts: int, groups: int) -> list[range]:
    """The places of the parts of each group."""
    return [range(*edge) for edge in pairwise(parts * n // groups for n in range(groups + 1))]


def _whole(parts: Sequence[Stretch], places: range) -> Stretch:
    return Stretch(parts[places[0]].start_ns, parts[places[-1]].until_ns)


def _left(
    parts: Sequence[Stretch], tested: Sequence[Stretch], horizon_ns: int, embargo_ns: int
) -> tuple[int, ...]:
    """The places of parts that are far enough from everything that is tested."""
    if horizon_ns < 0 or embargo_ns < 0:
        raise ValueError(f"a horizon of {horizon_ns} ns and an embargo of {embargo_ns} ns")
    return tuple(
        place
        for place, part in enumerate(parts)
        if all(
            part.until_ns + horizon_ns <= each.start_ns
            or part.start_ns >= each.until_ns + horizon_ns + embargo_ns
            for each in tested
        )
    )


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
