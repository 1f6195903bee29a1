"""Where something stands in a file. Places never make two trees differ."""

from __future__ import annotations

import msgspec


class Position(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Line and column in the file, both from 1, in characters as they were written."""

    line: int
    column: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Position)

    def __hash__(self) -> int:
        return 0


class Lines(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Lines in the file, for whoever puts comments back; like a position it does not tell."""

    lines: tuple[int, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lines)

    def __hash__(self) -> int:
        return 0


NOWHERE = Position(0, 0)
