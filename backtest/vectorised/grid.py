"""Which values of a book's named parameters are tried: a grid, in one order.

grid = Grid(text, {"trigger": ["1 pip", "2 pip"], "calm": ["3 pip", "5 pip"]})
grid.vectors[3]          # the values of all parameters, as whole numbers of their scale
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from robot.errors import ConfigurationError
from robot.machine_zones import clocked
from robot.rules.check import load
from robot.rules.parameters import with_parameters
from robot.rules.tree import Book


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a grid."""

    said: Mapping[str, str]
    """The values that differ from point to point, as they are written."""
    values: tuple[int, ...]
    """Of all parameters of the book, in its order."""


class Grid:
    """Every combination of these values; the last parameter changes fastest."""

    def __init__(
        self, text: str, values: Mapping[str, Sequence[str]], file: str = "book.rules"
    ) -> None:
        self.book = book_of(text, file)
        self.names = tuple(values)
        single = {
            name: {said: values_of(text, {name: said}, file) for said in chosen}
            for name, chosen in values.items()
        }
        places = {name: _place(self.book, name, file) for name in values}
        own = [parameter.value for parameter in self.book.parameters]
        points = []
        for combination in product(*values.values()):
            vector = list(own)
            for name, said in zip(values, combination, strict=True):
                vector[places[name]] = single[name][said][places[name]]
            points.append(Point(dict(zip(values, combination, strict=True)), tuple(vector)))
        self.points = tuple(points)

    @property
    def vectors(self) -> list[tuple[int, ...]]:
        """As `ColumnBook.sweep` takes them."""
        return [point.values for point in self.points]

    def __len__(self) -> int:
        return len(self.points)


def book_of(text: str, file: str) -> Book:
    """The book of a text, with the clocks of its schedules; what is wrong with it is a
    ConfigurationError.
    """
    found = load(text, file)
    if isinstance(found, Book):
        return clocked(found)
    raise ConfigurationError("\n".join(problem.shown(file) for problem in found))


def values_of(text: str, said: Mapping[str, str], file: str = "book.rules") -> tuple[int, ...]:
    """The values of all parameters of a book when some are said otherwise, checked as the book is:
    unit, scale and bounds.
    """
    found = with_parameters(book_of(text, file), said)
    if isinstance(found, list):
        raise ConfigurationError("\n".join(problem.shown(file) for problem in found))
    return tuple(known.value for known in found.parameters)


def _place(book: Book, name: str, file: str) -> int:
    names = [parameter.name for parameter in book.parameters]
    if name not in names:
        there = ", ".join(names) or "none"
        raise ConfigurationError(f"{file}: has no parameter {name!r}; there are: {there}")
    return names.index(name)
