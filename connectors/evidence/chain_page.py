"""The chain of one id as a page."""

from __future__ import annotations

import html
from collections.abc import Sequence

from connectors.evidence.chain import Chain
from connectors.evidence.page import escaped, heading, page, paragraph, table, wide
from connectors.evidence.steps import Step


def chain_page(chain: Chain) -> str:
    """The chain of one id."""
    parts = [f"<h1>{escaped(chain.id)}</h1>", paragraph(chain.outcome)]
    parts.append(paragraph(f"journal segments {', '.join(chain.segments)}", "quiet"))
    parts += [paragraph(line, "problem") for line in remarks(chain)]
    for one in chain.tables():
        parts += [heading(f"{one.kind} {one.title}"), wide(table(one.names, one.rows))]
        parts += [paragraph(one.note, "quiet")] if one.note else []
    parts += [heading("In force"), _steps(chain.in_force)]
    parts += [heading("What happened"), _steps(chain.steps)]
    parts += [heading("Names"), paragraph(", ".join(chain.names))]
    return page(f"fxrobot explain {chain.id}", parts)


def remarks(chain: Chain) -> list[str]:
    """What a reader of a chain must know of it."""
    told = list(chain.problems)
    if chain.left_out:
        told.append(f"{chain.left_out} further turns belong to it and are not shown")
    if chain.others:
        told.append(
            f"the same id is known at {', '.join(chain.others)}, too: --venue shows that one"
        )
    return told


def _steps(steps: Sequence[Step]) -> str:
    if not steps:
        return paragraph("nothing", "quiet")
    return "<ol>" + "".join(_step(step) for step in steps) + "</ol>"


def _step(step: Step) -> str:
    place = f"{step.segment} record {step.sequence}" if step.segment else "database"
    lines = "\n".join(html.escape(line) for line in step.lines)
    return (
        f'<li class="{step.group}"><h3><span class="group">{escaped(step.group)}</span> '
        f"{escaped(step.title)}</h3>"
        f'<p class="quiet">{escaped(step.at)} · {escaped(place)}</p><pre>{lines}</pre></li>'
    )
