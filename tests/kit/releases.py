"""A desk with a candidate beside its live strategy, and the persons who agree to its stages.

The live strategy quotes EUR/USD with 0.2 pips for gold; candidates are `two_way` with a margin of
their own, so that their prices tell who answered.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from robot.deals.reference import Candidate, StrategyChoice
from robot.deals.releases import Bounds, ReleaseStage
from robot.messages.effects import AlertRaised, AnyEffect
from robot.messages.governing import Agreed, ReferenceChanged
from robot.messages.releases import ReleaseChanged, StrategyRolledBack, SuggestionAnswered
from tests.kit.desk import Desk
from tests.kit.ruled import rules

FACTORY = "strategies.two_way:TwoWay"
SMALL = Decimal(5_000_000)


def choice(margin: str = "0.5", version: str = "2", **more: Any) -> StrategyChoice:
    """A version that quotes so many pips around the middle, to gold and silver alike."""
    steps = [{"up_to": "20000000", "margin": margin}]
    parameters = {"lean_max": "0", "tiers": {"gold": steps, "silver": steps}}
    return StrategyChoice(
        **{
            "name": "two_way",
            "version": version,
            "factory": FACTORY,
            "parameters": parameters,
            **more,
        }
    )


def books_choice(version: str, *texts: str, **more: Any) -> StrategyChoice:
    """A version of these rule books."""
    plain = {**rules(*texts, parameters={}, **more), "version": version}
    return msgspec.convert(plain, StrategyChoice)


def bounds(**figures: Any) -> Bounds:
    """Everything up to 5 million, for as long as anybody likes."""
    return msgspec.convert({"size_max": str(SMALL), **figures}, Bounds, strict=False)


class ReleaseDesk(Desk):
    """Says what two persons, or one, put in force."""

    def __init__(self, *, staged: bool = True, policy: dict[str, Any] | None = None, **of: Any):
        super().__init__(releases={"staged": staged, **(policy or {})}, **of)
        self.approvals = 1

    def begin(self) -> ReleaseDesk:
        """Open, with a market."""
        self.open()
        self.market()
        return self

    def agree(
        self,
        *,
        strategy: StrategyChoice | None = None,
        candidate: Candidate | None = None,
        approver: str = "he.yu",
        **more: Any,
    ) -> tuple[AnyEffect, ...]:
        """Two persons put this in force, all else of it as it is."""
        self.approvals += 2
        agreed = Agreed(
            proposal=self.approvals - 1,
            approval=self.approvals,
            proposer="wang",
            approver=approver,
            content_hash="ab",
            proposed_ns=1,
            approved_ns=2,
        )
        now = self.state.reference
        return self.step(
            ReferenceChanged(
                kind="STRATEGY",
                agreed=agreed,
                strategy=strategy or now.strategy,
                hedges=now.hedges,
                candidate=candidate,
                **more,
            )
        )

    def enter(
        self,
        stage: str,
        of: StrategyChoice | None = None,
        *,
        approver: str = "he.yu",
        **figures: Any,
    ) -> tuple[AnyEffect, ...]:
        """Two persons put a candidate into a stage; without `of` the one there is."""
        known = self.state.reference.candidate
        chosen = of or (known.strategy if known else choice())
        made = Candidate(strategy=chosen, stage=ReleaseStage(stage), bounds=bounds(**figures))
        return self.agree(candidate=made, approver=approver)

    def climb(self, stage: str, of: StrategyChoice | None = None, **figures: Any) -> ReleaseDesk:
        """Through the stages up to this one."""
        for name in ("SHADOW", "SUGGEST", "CANARY"):
            self.enter(name, of, **figures)
            assert self.stage == name, self.alerts
            if name == stage:
                break
        return self

    def promote(self) -> tuple[AnyEffect, ...]:
        """Two persons let the candidate be live."""
        return self.agree(strategy=self.state.reference.candidate.strategy)

    def back(
        self, to: str = "", *, strategy: StrategyChoice | None = None, actor: str = "wang"
    ) -> tuple[AnyEffect, ...]:
        """One person puts the candidate back (to a stage), or a former version in force."""
        self.approvals += 1
        now = self.state.reference
        candidate = now.candidate
        if to and candidate is not None:
            candidate = msgspec.structs.replace(candidate, stage=ReleaseStage(to))
        return self.step(
            StrategyRolledBack(
                approval=self.approvals,
                actor=actor,
                reason="test",
                content_hash="ab",
                strategy=strategy or now.strategy,
                hedges=now.hedges,
                candidate=candidate if to else None,
            )
        )

    def answer(self, suggestion: int, *, confirmed: bool = True) -> tuple[AnyEffect, ...]:
        """A person's word on a suggested price."""
        return self.step(SuggestionAnswered(ask=suggestion, confirmed=confirmed, actor="wang"))

    @property
    def stage(self) -> str:
        """Of the candidate; empty = there is none."""
        known = self.state.reference.candidate
        return str(known.stage) if known is not None else ""

    @property
    def version(self) -> str:
        """Of the live strategy."""
        return str(self.state.reference.strategy.version)

    @property
    def alerts(self) -> list[str]:
        """Codes of the last effects."""
        return [alert.code for alert in self.all(AlertRaised)]

    def moves(self) -> list[tuple[str, str, str]]:
        """What the last effects say of releases: version, from, to."""
        found = self.all(ReleaseChanged)
        return [(one.strategy.rpartition(" ")[2], one.before, one.after) for one in found]
