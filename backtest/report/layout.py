"""The page: its style, its parts, its tables. It needs nothing else and asks nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from connectors.evidence.page import escaped

Cell = object
"""Whatever has a text; a tuple of (text, class) has a class, too."""


@cache
def _style() -> str:
    return files("backtest.report").joinpath("tearsheet.css").read_text(encoding="utf-8")


def page(title: str, parts: Iterable[str], language: str = "en") -> str:
    """The whole file."""
    head = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escaped(title)}</title><style>{_style()}</style></head><body>"
    )
    return head + "".join(parts) + "</body></html>\n"


def section(name: str, title: str, *parts: str) -> str:
    """A part with a heading that can be gone to."""
    return f'<section id="{name}"><h2>{escaped(title)}</h2>{"".join(parts)}</section>'


def contents(sections: Sequence[tuple[str, str]]) -> str:
    """Where to go."""
    items = "".join(f'<li><a href="#{name}">{escaped(title)}</a></li>' for name, title in sections)
    return f'<nav aria-label="Contents"><ul>{items}</ul></nav>'


def paragraph(text: str, kind: str = "") -> str:
    """A line of text."""
    return f'<p class="{kind}">{escaped(text)}</p>' if kind else f"<p>{escaped(text)}</p>"


def heading(text: str) -> str:
    """Of a part of a part."""
    return f"<h3>{escaped(text)}</h3>"


def notes(texts: Iterable[str]) -> str:
    """A list of sentences."""
    items = "".join(f"<li>{escaped(text)}</li>" for text in texts)
    return f'<ul class="notes">{items}</ul>' if items else ""


def cards(rows: Iterable[tuple[str, str, str, str, str]]) -> str:
    """Figures at the top: name, figure, unit, note, class."""
    items = "".join(
        f'<li><span class="name">{escaped(name)}</span>'
        f'<span class="figure {kind}">{escaped(figure)}</span>'
        f'<span class="unit">{escaped(unit)}</span>'
        + (f'<span class="note">{escaped(note)}</span>' if note else "")
        + "</li>"
        for name, figure, unit, note, kind in rows
    )
    return f'<ul class="cards">{items}</ul>'


def table(
    caption: str,
    names: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    texts: int = 1,
    foot: Sequence[Cell] = (),
) -> str:
    """A table whose first `texts` columns are words; without rows a word that says so."""
    if not rows:
        return paragraph(f"{caption}: none", "quiet")
    head = "".join(
        f'<th scope="col"{_kind(place, texts)}>{escaped(name)}</th>'
        for place, name in enumerate(names)
    )
    body = "".join(f"<tr>{_cells(row, texts)}</tr>" for row in rows)
    last = f"<tfoot><tr>{_cells(foot, texts)}</tr></tfoot>" if foot else ""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escaped(caption)}">'
        f"<table><caption>{escaped(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody>{last}</table></div>"
    )


def folded(summary: str, *parts: str) -> str:
    """What is opened on demand; printed open."""
    return f"<details><summary>{escaped(summary)}</summary>{''.join(parts)}</details>"


def beside(*parts: str) -> str:
    """Parts next to each other where there is room."""
    return f'<div class="pair">{"".join(f"<div>{part}</div>" for part in parts)}</div>'


def _cells(row: Sequence[Cell], texts: int) -> str:
    made = []
    for place, cell in enumerate(row):
        text, kind = cell if isinstance(cell, tuple) else (cell, "")
        kinds = " ".join(one for one in ("text" if place < texts else "", kind) if one)
        tag = "th" if place == 0 else "td"
        scope = ' scope="row"' if place == 0 else ""
        names = f' class="{kinds}"' if kinds else ""
        made.append(f"<{tag}{scope}{names}>{escaped(text)}</{tag}>")
    return "".join(made)


def _kind(place: int, texts: int) -> str:
    return ' class="text"' if place < texts else ""
