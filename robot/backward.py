"""What is back of a strategy: a candidate in an earlier stage or taken out, or the version that was
live before. Pure, over contents as the approvals log has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from robot.deals.releases import RELEASES, ReleaseStage

Content = Mapping[str, object]
Approved = Sequence[tuple[Content, bool]]
"""Contents in the order of their approval, and whether each was put back by one person."""


def lived(approved: Approved) -> list[object]:
    """The strategies that were live, the one that is live now last; what was taken back is none."""
    stack: list[object] = []
    for content, back in approved:
        strategy = content.get("strategy")
        if back and strategy in stack:
            while stack[-1] != strategy:
                stack.pop()
        elif not stack or stack[-1] != strategy:
            stack.append(strategy)
    return stack


def former_content(approved: Approved) -> dict[str, object] | str:
    """The newest content with the version before the live one in its place; why there is none."""
    stack = lived(approved)
    if len(stack) < 2:
        return "no other version was live before"
    newest = approved[-1][0]
    return {
        **{name: part for name, part in newest.items() if name != "candidate"},
        "strategy": stack[-2],
    }


def earlier_content(approved: Approved, stage: ReleaseStage) -> dict[str, object] | str:
    """The newest content with its candidate in an earlier stage, or out (DRAFT); why not."""
    newest = dict(approved[-1][0]) if approved else {}
    candidate = newest.pop("candidate", None)
    if not isinstance(candidate, dict):
        return "there is no candidate"
    if stage is ReleaseStage.DRAFT:
        return newest
    return {**newest, "candidate": {**candidate, "stage": str(stage)}}


def back_content(approved: Approved, to: str) -> dict[str, object] | str:
    """What goes back to: a stage's name for the candidate, LIVE for the former live version, or
    empty for whichever of the two there is.
    """
    if not approved:
        return "nothing was approved yet"
    wanted = to or ("DRAFT" if "candidate" in approved[-1][0] else "LIVE")
    if wanted == ReleaseStage.LIVE:
        return former_content(approved)
    if wanted not in tuple(ReleaseStage):
        return f"no stage is called {wanted!r}: LIVE, or {', '.join(RELEASES[ReleaseStage.CANARY])}"
    return earlier_content(approved, ReleaseStage(wanted))


def why_not_back(approved: Approved, wanted: Content) -> str:
    """Why this is no way back from the newest content; empty = it is one."""
    if not approved:
        return "nothing was approved yet"
    newest = approved[-1][0]
    if {**wanted, "strategy": 0, "candidate": 0} != {**newest, "strategy": 0, "candidate": 0}:
        return "more than the strategy is another"
    if wanted.get("strategy") != newest.get("strategy"):
        if wanted == former_content(approved):
            return ""
        return "it is not the version that was live before, alone"
    before, after = newest.get("candidate"), wanted.get("candidate")
    if not isinstance(before, dict):
        return "there is no candidate to put back"
    if after is None:
        return ""
    if not isinstance(after, dict) or {**after, "stage": 0} != {**before, "stage": 0}:
        return "the candidate or its bounds are others"
    steps = RELEASES[ReleaseStage(str(before["stage"]))]
    stage = ReleaseStage(str(after["stage"]))
    return "" if steps.get(stage) == 1 else f"{before['stage']} to {stage} is not back"
