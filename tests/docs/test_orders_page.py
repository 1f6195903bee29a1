"""docs/orders.md: its diagram is the table of the code, its keys are those of the settings."""

from __future__ import annotations

from pathlib import Path

from robot.core.order_states import ORDER_STATES
from robot.desk import HedgeSettings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "orders.md"


def diagram() -> str:
    """The table of stages as a Mermaid diagram."""
    rows = [
        f"    {stage} --> {target}: {step}"
        for stage, steps in ORDER_STATES.items()
        for step, target in steps.items()
    ]
    return "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> SENT", *rows, "```", ""])


def test_the_diagram_is_drawn_from_the_table() -> None:
    """Put what `diagram()` gives between the markers when this fails."""
    text = PAGE.read_text(encoding="utf-8")
    shown = text.split("<!-- order states -->\n")[1].split("<!-- /order states -->")[0]
    assert diagram() == shown


def test_every_key_of_a_hedge_is_explained() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [key for key in HedgeSettings.model_fields if f"| `{key}` |" not in text] == []
