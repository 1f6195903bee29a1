"""Whether a strategy may be in a stage: judged by what the core has seen itself, so that nothing
that people agreed on, and no start with other files, goes past a stage or comes too early.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.core.state import Context, RobotState
from robot.deals.reference import Candidate, Reference, StrategyChoice, fingerprint
from robot.deals.releases import (
    ANSWERING,
    CANARY,
    DRAFT,
    FORMER,
    LIVE,
    RELEASES,
    SHADOW,
    ReleaseStage,
)
from robot.messages.releases import ReleaseChanged


def why_not_released(state: RobotState, wanted: Reference) -> str:
    """Why two persons cannot put this strategy and candidate in force now; empty = they can."""
    problem = _unfit(wanted)
    now = state.reference
    if problem or now is None:
        return problem
    if fingerprint(now.strategy) != fingerprint(wanted.strategy):
        problem = _why_not_live(state, now, wanted)
    return problem or _why_not_tried(state, now, wanted)


def why_not_back(state: RobotState, wanted: Reference) -> str:
    """Why one person cannot put this in force; empty = it only goes back."""
    now, problem = state.configured(), _unfit(wanted)
    if problem:
        return problem
    if wanted.hedges != now.hedges:
        return "the hedges are others: that takes two persons"
    if fingerprint(wanted.strategy) != fingerprint(now.strategy):
        if is_former(state, wanted):
            return ""
        return f"{named(wanted.strategy)} was not live before, or comes not alone"
    if now.candidate is None:
        return "there is no candidate to take back"
    before, after = now.candidate.stage, _stage(wanted.candidate)
    if wanted.candidate not in (None, msgspec.structs.replace(now.candidate, stage=after)):
        return "the candidate or its bounds are others: that takes two persons"
    return "" if RELEASES[before].get(after) == 1 else f"{before} to {after} is not back"


def is_former(state: RobotState, wanted: Reference) -> bool:
    """Whether the strategy was live before and comes back alone: what one person may have put back
    while no robot ran.
    """
    print_ = fingerprint(wanted.strategy)
    live = fingerprint(state.configured().strategy)
    former = [fingerprint(one) for one in state.releases.former]
    return print_ != live and print_ in former and wanted.candidate is None


def note_release(context: Context, before: Reference, by: str, *, back: bool = False) -> None:
    """What is in force has taken the place of `before`: figures begin anew, and it is told."""
    state, now = context.state, context.state.configured()
    figures = figures_of(state, before)
    if fingerprint(before.strategy) != fingerprint(now.strategy):
        _note_live(context, before, by, figures, back=back)
    elif before.candidate is not None and not _same(before.candidate, now.candidate):
        _tell(context, before.candidate.strategy, before.candidate.stage, DRAFT, by, figures)
    if now.candidate == before.candidate:
        return
    state.releases.begin(state.now_ns)
    if now.candidate is not None:
        was = _stage(before.candidate) if _same(before.candidate, now.candidate) else DRAFT
        _tell(context, now.candidate.strategy, was, now.candidate.stage, by, figures)


def figures_of(state: RobotState, reference: Reference) -> dict[str, str]:
    """What the candidate has done in its stage, and what it must have done for the next."""
    candidate, known = reference.candidate, state.releases
    if candidate is None:
        return {}
    least = reference.releases.least(candidate.stage, candidate.bounds)
    return {
        "days": f"{known.days} of {least.days}",
        "decisions": f"{known.decisions} of {least.decisions}",
        "failures": str(known.failures),
    }


def answers_otherwise(before: Reference, now: Reference) -> bool:
    """Whether anything else may be answered: a shadow that comes or goes changes no answer."""
    if before.strategy != now.strategy or before.hedges != now.hedges:
        return True
    if before.candidate == now.candidate:
        return False
    stages = (_stage(before.candidate), _stage(now.candidate))
    return any(stage in ANSWERING for stage in stages)


def named(choice: StrategyChoice) -> str:
    """Name and version."""
    return f"{choice.name} {choice.version}"


def _unfit(wanted: Reference) -> str:
    candidate, policy = wanted.candidate, wanted.releases
    if candidate is None:
        return ""
    if candidate.problem:
        return candidate.problem
    if named(candidate.strategy) == named(wanted.strategy):
        return f"candidate and live strategy are both called {named(wanted.strategy)}"
    for name in candidate.bounds.counterparties:
        if name not in wanted.counterparties:
            return f"the candidate is to answer {name}, which is no counterparty"
    size, largest = candidate.bounds.size_max, policy.canary_size_max
    if largest is not None and candidate.stage in ANSWERING and not (size or Decimal(0)) <= largest:
        return f"size_max {size} is over the desk's canary_size_max {largest}"
    return ""


def _why_not_live(state: RobotState, now: Reference, wanted: Reference) -> str:
    candidate, print_ = now.candidate, fingerprint(wanted.strategy)
    if candidate is not None and fingerprint(candidate.strategy) == print_:
        if RELEASES[candidate.stage].get(LIVE) is None:
            return f"{named(wanted.strategy)} is in {candidate.stage}: {LIVE} comes after {CANARY}"
        least = now.releases.least(candidate.stage, candidate.bounds)
        short = state.releases.short_of(least)
        return f"{named(wanted.strategy)} in {candidate.stage}: {short}" if short else ""
    if wanted.releases.staged:
        return f"{named(wanted.strategy)} was not released: it begins in {SHADOW}"
    return ""


def _why_not_tried(state: RobotState, now: Reference, wanted: Reference) -> str:
    new = wanted.candidate
    if new is None:
        return ""
    if not _same(now.candidate, new):
        wrong = new.stage is not SHADOW
        return f"{named(new.strategy)} is new: it begins in {SHADOW}" if wrong else ""
    before = _stage(now.candidate)
    if new.stage is before or RELEASES[before].get(new.stage) == 1:
        return ""
    if new.stage not in RELEASES[before]:
        following = next(stage for stage, persons in RELEASES[before].items() if persons > 1)
        return f"{named(new.strategy)} is in {before}: {following} is next, not {new.stage}"
    assert now.candidate is not None, "the same as none"
    short = state.releases.short_of(now.releases.least(before, now.candidate.bounds))
    return f"{named(new.strategy)} in {before}: {short}" if short else ""


def _note_live(
    context: Context, before: Reference, by: str, figures: dict[str, str], *, back: bool
) -> None:
    state, now = context.state, context.state.configured()
    known, print_ = state.releases, fingerprint(now.strategy)
    if back:
        while known.former and fingerprint(known.former.pop()) != print_:
            pass
        was, left = FORMER, DRAFT
    else:
        known.keep_former(before.strategy)
        candidate = before.candidate
        promoted = candidate is not None and fingerprint(candidate.strategy) == print_
        was, left = _stage(candidate) if promoted else DRAFT, FORMER
    _tell(context, before.strategy, LIVE, left, by, {})
    _tell(context, now.strategy, was, LIVE, by, figures if was not in (FORMER, DRAFT) else {})


def _tell(
    context: Context,
    choice: StrategyChoice,
    before: ReleaseStage,
    after: ReleaseStage,
    by: str,
    figures: dict[str, str],
) -> None:
    context.emit(
        ReleaseChanged(
            strategy=named(choice),
            fingerprint=fingerprint(choice),
            before=before,
            after=after,
            by=by,
            figures=figures,
        )
    )


def _stage(candidate: Candidate | None) -> ReleaseStage:
    return DRAFT if candidate is None else candidate.stage


def _same(one: Candidate | None, other: Candidate | None) -> bool:
    """Whether they are of one version, whatever its stage."""
    if one is None or other is None:
        return False
    return fingerprint(one.strategy) == fingerprint(other.strategy)
