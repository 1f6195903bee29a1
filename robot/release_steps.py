"""The strategy content of the next step of a release, from the newest that was approved."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from robot.approvals import Approvals, Kind, Proposal
from robot.deals.releases import RELEASES, ReleaseStage
from robot.errors import RobotError

Content = dict[str, object]


def entered(approvals: Approvals, strategy: object, bounds: Mapping[str, object]) -> Content:
    """With a new candidate, in its first stage."""
    candidate = {"strategy": strategy, "stage": ReleaseStage.SHADOW, "bounds": dict(bounds)}
    return {**_newest(approvals).content, "candidate": candidate}


def promoted(approvals: Approvals, bounds: Mapping[str, object]) -> Content:
    """With the candidate in the stage that comes next, with these bounds where they are given."""
    content = dict(_newest(approvals).content)
    candidate = content.pop("candidate", None)
    if not isinstance(candidate, dict):
        raise RobotError("there is no candidate; `fxrobot strategy release FILE` begins one")
    steps = RELEASES[ReleaseStage(candidate["stage"])]
    following = next(stage for stage, persons in steps.items() if persons > 1)
    if following is ReleaseStage.LIVE:
        return {**content, "strategy": candidate["strategy"]}
    merged = {**candidate["bounds"], **bounds}
    return {**content, "candidate": {**candidate, "stage": following, "bounds": merged}}


def bounds_of(
    size_max: str,
    share: str,
    counterparties: list[str],
    days: int,
    decisions: int,
    confirm_ms: int,
    move_max_pips: str,
) -> Content:
    """What was given of them; numbers and texts that stand for nothing are left out."""
    given: Content = {"size_max": size_max, "share": share, "counterparties": counterparties}
    given |= {"days": days, "decisions": decisions}
    given |= {"confirm_ms": confirm_ms, "move_max_pips": move_max_pips}
    return {name: value for name, value in given.items() if value not in ("", [], -1)}


def now_of(status: Mapping[str, object]) -> Content:
    """What is live and tried in the running robot, with its figures, out of its status."""
    found = status.get("releases")
    if not isinstance(found, dict):
        raise RobotError("the robot has not begun its day yet")
    return {name: value for name, value in found.items() if name != "state"}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the history."""

    number: int
    status: str
    at_ns: int
    by: tuple[str, ...]
    """Who proposed it, and who approved it; of a way back the one who did."""
    back: bool
    live: str
    candidate: str = ""
    stage: str = ""
    bounds: dict[str, object] = msgspec.field(default_factory=dict)
    content_hash: str
    reason: str


def history(approvals: Approvals) -> list[Told]:
    """Every strategy content that somebody proposed or put back, oldest first."""
    found = [one for one in approvals.proposals.values() if one.kind is Kind.STRATEGY]
    return [told(one) for one in sorted(found, key=lambda one: one.number)]


def told(one: Proposal) -> Told:
    """What a content is about."""
    candidate = one.content.get("candidate")
    tried: Content = candidate if isinstance(candidate, dict) else {}
    second = () if one.back or one.approver is None else (one.approver.name,)
    bounds = tried.get("bounds")
    return Told(
        number=one.number,
        status=one.status,
        at_ns=one.approved_ns or one.proposed_ns,
        by=(one.proposer.name, *second),
        back=one.back,
        live=_name(one.content.get("strategy")),
        candidate=_name(tried.get("strategy")),
        stage=str(tried.get("stage", "")),
        bounds=bounds if isinstance(bounds, dict) else {},
        content_hash=one.content_hash,
        reason=one.reason,
    )


def _newest(approvals: Approvals) -> Proposal:
    found = approvals.newest(Kind.STRATEGY, demo=True)
    if found is None:
        raise RobotError(
            "no strategy was approved yet: `fxrobot strategy propose FILE` brings the first one"
        )
    return found


def _name(strategy: object) -> str:
    if not isinstance(strategy, dict):
        return ""
    return f"{strategy.get('name')} {strategy.get('version')}"
