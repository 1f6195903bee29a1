"""A desk whose strategy is a rule book, written as a trader writes it."""

from __future__ import annotations

import textwrap
from decimal import Decimal
from typing import Any

from robot.messages.effects import AlertRaised, AnyEffect, Decided
from robot.messages.hosting import RequestAnswered
from tests.kit.desk import Desk

FILE = "eur.rules"
HEAD = 'book "test"\nfor spot in EUR/USD, USD/JPY\n'


def book(*rules: str, otherwise: str = 'pass "no rule for this"', head: str = HEAD) -> str:
    """A book of these rules: each as `NAME: WHEN then WHAT`, or what stands before them."""
    lines = [head]
    for rule in rules:
        text = textwrap.dedent(rule).strip()
        name, found, rest = text.partition(": ")
        if text.startswith(("table", "schedule", "parameter", "every", "choose", "for", "rule")):
            lines.append(text)
        else:
            assert found, rule
            lines.append(f'rule "{name}"\n  when {rest}')
    lines.append(f"otherwise {otherwise}")
    return "\n\n".join(lines) + "\n"


def rules(*texts: str, **more: Any) -> dict[str, Any]:
    """What of the reference makes these rule books the strategy."""
    files = [FILE, *(f"book{number}.rules" for number in range(2, len(texts) + 1))]
    rows = [{"file": file, "text": text} for file, text in zip(files, texts, strict=True)]
    return {"name": "book", "version": "1", "factory": "", "rules": rows, **more}


class RulesDesk(Desk):
    """`RulesDesk(book(...))` answers by it."""

    def __init__(
        self,
        *texts: str,
        at: str = "09:30:00.000",
        more: dict[str, Any] | None = None,
        **changes: Any,
    ) -> None:
        super().__init__(at, strategy=rules(*texts, **(more or {})), **changes)

    def ready(self) -> RulesDesk:
        """Ready for the first request, with a market."""
        self.open()
        self.market()
        return self

    @property
    def decided(self) -> Decided:
        """The last decision on the record."""
        return self.history_of(Decided)[-1]

    @property
    def alerts(self) -> list[str]:
        """What people were told, by code."""
        return [alert.code for alert in self.history_of(AlertRaised)]

    def answer(
        self,
        bid: str | None = None,
        offer: str | None = None,
        *,
        ask: int = 0,
        passed: bool = False,
    ) -> tuple[AnyEffect, ...]:
        """A person answers the last request that waits, or one by its number."""
        return self.step(
            RequestAnswered(
                actor="ann",
                reason="as the test says",
                ask=ask or self.state.rules.asked,
                bid=Decimal(bid) if bid is not None else None,
                offer=Decimal(offer) if offer is not None else None,
                passed=passed,
            )
        )
