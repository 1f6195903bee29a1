"""A version of the strategy as it decides: what its choice names, loaded."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from robot.core.rule_books import NO_BOOKS, RuleBooks
from robot.strategy import Strategy


class Version(NamedTuple):
    """The live one, or the candidate."""

    strategy: Strategy
    """What answers where there are no rule books."""
    books: RuleBooks = NO_BOOKS
    games: Mapping[str, Strategy] = MappingProxyType({})
    """Game strategies by their names."""
    print: str = ""
    """Fingerprint of its whole content."""
