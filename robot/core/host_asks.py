"""What is asked of a strategy that runs in a process of its own, and how well that goes."""

from __future__ import annotations

import msgspec

from robot.strategy import Decision, Facts


class HostAsk(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One question that is open. It is answered, or its deadline ends it: never both."""

    ask: int
    negotiation: str = ""
    """Key of the negotiation that waits; empty = a size of a stream does."""
    set_id: str = ""
    place: str = ""
    facts: Facts
    """As the strategy was given them."""
    deadline_ns: int
    first: bool = False
    """Whether nothing was answered to the request yet."""
    again: bool = False
    """Whether it is asked for the second time, the market having moved."""
    because: tuple[str, ...] = ()
    rules: dict[str, str] = {}
    """What the rule said that handed the request to it, and its facts."""
    void: str = ""
    """Why its answer is of no use any more."""
    strategy: str = ""
    """Name and version of the strategy that is asked."""
    shadow: str = ""
    """CANDIDATE or LIVE: its answer is only recorded, as that one's; nothing waits for it."""
    subject: str = ""
    """RfqId of the request."""
    venue: str = ""


class SizeAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of the question for one size of a stream."""

    ask: HostAsk
    decision: Decision | None = None
    reason: str = ""
    detail: str = ""
    """Why there is no decision."""


class HostState(msgspec.Struct, kw_only=True):
    """Of one host: that of the live strategy, or of its candidate."""

    ready: bool = False
    told: str = "it has not come yet"
    """What it was rebuilt from, or why it is not ready."""
    asked: int = 0
    """Number of the last question ever, to whichever host; kept with the live strategy's."""
    pending: dict[int, HostAsk] = {}
    failures: list[int] = []
    """When it failed, within the window of the policy; several at one moment count once."""
