"""Text for a person: wrapped on a terminal, as it is in a pipe, colours on a terminal only."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from connectors.evidence.words import safe


class Line(msgspec.Struct, frozen=True):
    """One line; on a terminal what does not fit goes on under its first word."""

    text: str
    style: str = ""
    indent: int = 0
    verbatim: bool = False
    """Columns matter: it is never wrapped."""
    label: str = ""
    """Stands before the text, which is wrapped in a column of its own."""


def show(lines: Iterable[Line | str], console: Console | None = None) -> None:
    """Writes lines to standard output."""
    out = console or Console(highlight=False, emoji=False, markup=False)
    for line in lines:
        if isinstance(line, str):
            line = Line(line)
        text = Text(
            "\n".join(map(safe, line.text.replace("\t", " ").split("\n"))), style=line.style
        )
        if line.label:
            _show_labelled(out, line, text)
        elif out.is_terminal and not line.verbatim:
            out.print(Padding(text, (0, 0, 0, line.indent)) if line.indent else text)
        else:
            out.print(Text(" " * line.indent) + text, soft_wrap=True)


_LABEL_WIDTH = 10


def _show_labelled(out: Console, line: Line, text: Text) -> None:
    if not out.is_terminal:
        out.print(Text(" " * line.indent + _padded(line.label)) + text, soft_wrap=True)
        return
    grid = Table.grid(padding=0)
    grid.add_column(width=max(_LABEL_WIDTH, cell_len(line.label) + 1))
    grid.add_column()
    grid.add_row(line.label, text)
    out.print(Padding(grid, (0, 0, 0, line.indent)))


def _padded(label: str) -> str:
    return label + " " * max(1, _LABEL_WIDTH - cell_len(label))


def plain(lines: Iterable[Line | str]) -> list[str]:
    """The same without a terminal."""
    return [line if isinstance(line, str) else _plain(line) for line in lines]


def _plain(line: Line) -> str:
    return " " * line.indent + (_padded(line.label) if line.label else "") + line.text
