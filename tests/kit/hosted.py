"""A desk whose strategy runs in a process of its own; the test is that process."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from robot.deals.reference import StrategyChoice
from robot.messages.effects import AlertRaised, AnyEffect
from robot.messages.hosting import AskHost, HostChanged, HostDecided
from robot.strategy import Decision
from tests.kit.desk import Desk
from tests.kit.releases import ReleaseDesk

DEADLINE_MS = 50


def hosted(**policy: Any) -> dict[str, Any]:
    """What of the reference makes the strategy a hosted one."""
    host = {"deadline_ms": DEADLINE_MS, "stop_after": "3 failures in 60 s", "move_max_pips": "1"}
    return {
        "name": "mine",
        "factory": "",
        "file": "mine.py",
        "code_hash": "0" * 64,
        "host": {**host, **policy},
    }


class HostedDesk(Desk):
    """`asked` is every question that was put to the host."""

    def __init__(self, *, policy: dict[str, Any] | None = None, **changes: Any) -> None:
        super().__init__(strategy=hosted(**(policy or {})), **changes)

    @property
    def asked(self) -> list[AskHost]:
        return self.history_of(AskHost)

    def open_ready(self) -> HostedDesk:
        """Ready for the first request, with a market."""
        self.open()
        self.ready()
        self.market()
        return self

    def ready(self) -> tuple[AnyEffect, ...]:
        return self.step(HostChanged(ready=True, told="rebuilt from 0 events"))

    def gone(self, told: str = "it crashed", *, failed: bool = True) -> tuple[AnyEffect, ...]:
        return self.step(HostChanged(ready=False, told=told, failed=failed))

    def answer(
        self, bid: str | None = "1.10000", offer: str | None = "1.10010", *, ask: int = 0
    ) -> tuple[AnyEffect, ...]:
        """The host's prices for the last question, or for one by its number."""
        decision = Decision(
            bid=Decimal(bid) if bid is not None else None,
            offer=Decimal(offer) if offer is not None else None,
            because=("as the test says",),
        )
        return self.decide(decision, ask=ask)

    def decide(self, decision: Decision | None, *, ask: int = 0, **more: Any) -> Any:
        """Any answer."""
        number = ask or self.asked[-1].ask
        return self.step(HostDecided(ask=number, decision=decision, took_us=300, **more))

    def alerts(self) -> list[str]:
        return [alert.code for alert in self.all(AlertRaised)]


class HostedCandidateDesk(ReleaseDesk):
    """`two_way` is live, and its candidate runs in a process of its own: the test is that."""

    NAME = "mine 2"

    def tried(self, stage: str, **figures: Any) -> HostedCandidateDesk:
        """Open, with the candidate in a stage and its host ready."""
        plain = {**hosted(), "version": "2", "parameters": {}}
        self.begin()
        self.climb(stage, msgspec.convert(plain, StrategyChoice, strict=False), **figures)
        self.ready()
        return self

    @property
    def asked(self) -> list[AskHost]:
        return self.history_of(AskHost)

    def ready(self, strategy: str = NAME) -> tuple[AnyEffect, ...]:
        return self.step(HostChanged(ready=True, strategy=strategy, told="rebuilt"))

    def gone(self, told: str = "it crashed", *, failed: bool = True) -> tuple[AnyEffect, ...]:
        return self.step(HostChanged(ready=False, strategy=self.NAME, told=told, failed=failed))

    def host_says(
        self,
        bid: str = "1.09990",
        offer: str = "1.10020",
        *,
        ask: int = 0,
        decision: Decision | None = None,
        failure: str = "",
        strategy: str = NAME,
    ) -> tuple[AnyEffect, ...]:
        """Prices of the candidate's host to the last question, or whatever else."""
        number = ask or self.asked[-1].ask
        if decision is None and not failure:
            because = ("as the test says",)
            decision = Decision(bid=Decimal(bid), offer=Decimal(offer), because=because)
        event = HostDecided(ask=number, strategy=strategy, decision=decision, failure=failure)
        return self.step(event)
