"""The page of releases tells the truth: its diagram is the code's table."""

from __future__ import annotations

from pathlib import Path

from robot.deals.releases import RELEASES, ReleaseStage

ROOT = Path(__file__).resolve().parents[2]


def test_the_diagram_of_stages_is_the_codes() -> None:
    """Regenerate the lines between the markers when this fails."""
    arrows = [
        f"    {stage} --> {following}: {persons}"
        for stage, steps in RELEASES.items()
        for following, persons in steps.items()
    ]
    text = (ROOT / "docs" / "releases.md").read_text(encoding="utf-8")
    shown = text.split("<!-- releases -->\n")[1].split("<!-- /releases -->")[0].splitlines()
    assert shown == ["```mermaid", "stateDiagram-v2", *arrows, "```"]


def test_every_stage_has_a_row_in_both_languages() -> None:
    for page in ("docs/releases.md", "docs/zh/releases.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for stage in ReleaseStage:
            assert f"\n| {stage} " in text, f"{page} has no row of {stage}"
