"""RESULTS.md from the figures of all worlds.

.venv/bin/python -m benchmarks.games.results [--run] [NAME ...]

`--run` measures the named worlds anew, without names all of them, and stores their JSON in
`figures`; the page is then written from every JSON there, and nothing else.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.games import AT_LEAST, AT_MOST, measured

HERE = Path(__file__).parent
FIGURES = HERE / "figures"
PAGE = HERE / "RESULTS.md"
NO_WORLDS = ("__init__", "results")
HEAD = """# Game strategies: measured beside published

Written by `.venv/bin/python -m benchmarks.games.results` from the JSON in `figures`; `--run`
measures anew. Brackets hold the standard error of a measured value; without, it is exact or of
this very run.

"""


def worlds() -> list[str]:
    """Names of all there are."""
    return sorted(path.stem for path in HERE.glob("*.py") if is_world(path))


def is_world(path: Path) -> bool:
    """Whether a module of this folder is a world."""
    return path.stem not in NO_WORLDS and "\ndef measure(" in path.read_text(encoding="utf-8")


def page() -> str:
    """The whole of RESULTS.md, from the JSON that is stored."""
    stored = [json.loads(path.read_text("utf-8")) for path in sorted(FIGURES.glob("*.json"))]
    return HEAD + missed(stored) + "\n".join(section(told) for told in stored)


def missed(stored: list[dict[str, Any]]) -> str:
    """What is not reached, first of all."""
    rows = [(told, one) for told in stored for one in told["figures"] if one["reached"] is not None]
    short = [f"- {told['title']}: {_short(one)}" for told, one in rows if not one["reached"]]
    text = f"{len(rows) - len(short)} of {len(rows)} goals are reached."
    return (
        text + "".join(f"\n{line}" for line in ("", "Not reached:", "", *short) if short) + "\n\n"
    )


def _short(one: dict[str, Any]) -> str:
    return f"{one['what']}: {_number(one['measured'])}, goal {_goal(one)}"


def section(told: dict[str, Any]) -> str:
    """One world as a table."""
    machine = told["machine"]
    lines = [
        f"## {told['title']}",
        "",
        f"`{told['world']}.py`, seed {told['seed']}, scale {told['scale']:g}, {told['seconds']} s, "
        f"Python {machine['python']}, load {machine['load'][0]}",
        "",
        "| figure | measured | published | goal | reached |",
        "|---|---|---|---|---|",
        *(_row(one) for one in told["figures"]),
    ]
    return "\n".join(lines) + "\n"


def _row(one: dict[str, Any]) -> str:
    error = f" ({_number(one['error'])})" if one["error"] else ""
    source = f" ({one['source']})" if one["source"] and one["published"] is not None else ""
    published = "" if one["published"] is None else _number(one["published"]) + source
    reached = {True: "yes", False: "**no**", None: ""}[one["reached"]]
    what = one["what"] + (f" [{one['unit']}]" if one["unit"] else "")
    what += f"; {one['note']}" if one["note"] else ""
    measured_text = f"{_number(one['measured'])}{error}"
    return f"| {what} | {measured_text} | {published} | {_goal(one)} | {reached} |"


def _goal(one: dict[str, Any]) -> str:
    if not one["goal"]:
        return ""
    sign = {AT_LEAST: "≥ ", AT_MOST: "≤ "}.get(one["goal"], "± ")
    return sign + _number(one["bound"])


def _number(value: float) -> str:
    """Six digits; small and large ones with an exponent."""
    text = f"{value:.6g}" if 1e-4 <= abs(value) < 1e7 or value == 0 else f"{value:.9e}"
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("worlds", nargs="*", metavar="NAME")
    parser.add_argument("--run", action="store_true", help="measure anew")
    wanted = parser.parse_args()
    FIGURES.mkdir(exist_ok=True)
    for name in (wanted.worlds or worlds()) if wanted.run else ():
        sys.stderr.write(f"{name} ...\n")
        told = measured(name)
        (FIGURES / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    PAGE.write_text(page(), "utf-8")
    sys.stderr.write(f"{PAGE.name} written\n")


if __name__ == "__main__":
    main()
