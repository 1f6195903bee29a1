"""docs/asking.md: its diagram is the table of the code, its words are those of the record."""

from __future__ import annotations

from pathlib import Path

from robot.core.ask_states import ASK_STATES
from robot.core.asked import Outcome
from robot.desk import AskSettings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "asking.md"


def diagram() -> str:
    """The table of stages as a Mermaid diagram."""
    rows = [
        f"    {stage} --> {target}: {step}"
        for stage, steps in ASK_STATES.items()
        for step, target in steps.items()
    ]
    return "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> COLLECTING", *rows, "```", ""])


def test_the_diagram_is_drawn_from_the_table() -> None:
    """Put what `diagram()` gives between the markers when this fails."""
    text = PAGE.read_text(encoding="utf-8")
    shown = text.split("<!-- ask states -->\n")[1].split("<!-- /ask states -->")[0]
    assert diagram() == shown


def test_every_outcome_and_key_is_explained() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [word for word in Outcome if f"`{word}`" not in text] == []
    assert [key for key in AskSettings.model_fields if f"| `asks.{key}` |" not in text] == []
