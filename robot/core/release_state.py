"""What the core remembers of releases: the candidate's figures, what waits for a person, and which
versions were live.
"""

from __future__ import annotations

from datetime import date

import msgspec

from robot.core.host_asks import HostState
from robot.deals.reference import StrategyChoice
from robot.deals.releases import Least
from robot.rules.types import Value
from robot.strategy import Decision, Facts

FORMER_MAX = 10
"""How many former versions can be put back."""
SUGGESTIONS_MAX = 50
"""How many requests wait for persons at the same time."""


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate's price that waits for a person."""

    negotiation: str
    """Key of the negotiation that waits."""
    subject: str
    trial: str
    facts: Facts
    decision: Decision
    deadline_ns: int
    valid_ms: int = 0
    """How long the price is firm; 0 = as the desk's policy says."""
    rules: dict[str, str] = {}
    """The rule that decided and its facts."""
    row: tuple[Value, ...] = ()


class ReleaseState(msgspec.Struct, kw_only=True):
    """Of the one candidate there may be, since it has been in its stage."""

    since_ns: int = 0
    days: int = 0
    """Trade dates on which it decided."""
    last_day: date | None = None
    decisions: int = 0
    """SHADOW: all that were sound. SUGGEST: those that a person confirmed or declined. CANARY:
    those by which a request was answered."""
    failures: int = 0
    suspended: str = ""
    """Why it answers no more; empty = it does."""
    suggestions: dict[int, Suggestion] = {}
    """By the number of the question to a person."""
    looks: dict[str, int] = {}
    """Book of the candidate -> when it looks next by the clock."""
    acted_ns: dict[str, int] = {}
    """Book, rule and instrument -> when the candidate's rule last would have done something by
    itself."""
    host: HostState = msgspec.field(default_factory=HostState)
    """Of a candidate in a process of its own."""
    former: list[StrategyChoice] = []
    """Versions that were live, the last one last."""

    def begin(self, now_ns: int) -> None:
        """A candidate is in a stage from here on."""
        self.since_ns, self.days, self.last_day = now_ns, 0, None
        self.decisions, self.failures, self.suspended = 0, 0, ""
        self.looks.clear()
        self.acted_ns.clear()

    def note_decision(self, today: date) -> None:
        """One more that counts."""
        self.decisions += 1
        if self.last_day != today:
            self.last_day = today
            self.days += 1

    def short_of(self, least: Least) -> str:
        """What it lacks for the next stage, with the figures; empty = nothing."""
        if self.suspended:
            return f"it is suspended: {self.suspended}"
        lacks = []
        if self.days < least.days:
            lacks.append(f"it decided on {self.days} days of at least {least.days}")
        if self.decisions < least.decisions:
            lacks.append(f"it made {self.decisions} decisions of at least {least.decisions}")
        return ", ".join(lacks)

    def keep_former(self, choice: StrategyChoice) -> None:
        """It was live until now."""
        self.former.append(choice)
        del self.former[:-FORMER_MAX]
