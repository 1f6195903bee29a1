"""Text for a person: wrapped on a terminal, as it is in a pipe, colours on a terminal only."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from connectors.evidence.words import safe


class Line(msgspec.Struct, frozen=True):
    """One line; on a terminal what does not fit goes on under its first word."""

    text: str
    style: str = ""
    indent: int = 0
    verbatim: bool = False
    """Columns matter: it is never wrapped."""


def show(lines: Iterable[Line | str], console: Console | None = None) -> None:
    """Writes lines to standard output."""
    out = console or Console(highlight=False, emoji=False, markup=False)
    for line in lines:
        if isinstance(line, str):
            line = Line(line)
        text = Text(
            "\n".join(map(safe, line.text.replace("\t", " ").split("\n"))), style=line.style
        )
        if out.is_terminal and not line.verbatim:
            out.print(Padding(text, (0, 0, 0, line.indent)) if line.indent else text)
        else:
            out.print(Text(" " * line.indent) + text, soft_wrap=True)


def plain(lines: Iterable[Line | str]) -> list[str]:
    """The same without a terminal."""
    return [line if isinstance(line, str) else " " * line.indent + line.text for line in lines]
