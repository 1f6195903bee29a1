"""What is asked for of a store and is not there: named, with what there is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path

from backtest.data.catalogue import Catalogue, DataError, Part
from backtest.data.columns import Kind
from robot.clock import format_time

_SHOWN = 8


def parts_asked(
    folder: Path,
    catalogue: Catalogue,
    *,
    kinds: Iterable[Kind] | None = None,
    venues: Iterable[str] | None = None,
    names: Iterable[str] | None = None,
    first_ns: int | None = None,
    end_ns: int | None = None,
) -> list[Part]:
    """The files that have it; DataError where a kind, venue, name or the span has none."""
    asked = {
        "kind": [str(kind) for kind in kinds or ()],
        "venue": list(venues or ()),
        "pair, index or curve": list(names or ()),
    }
    left = catalogue.parts
    for what, wanted in asked.items():
        if wanted:
            there = sorted({_value(part, what) for part in left if _value(part, what)})
            for name in wanted:
                if name not in there:
                    raise DataError(f"{folder}: no {what} {name} there{near(name, there)}")
            left = [part for part in left if _value(part, what) in ("", *wanted)]
    found = catalogue.parts_of(
        kinds=kinds, venues=venues, names=names, first_ns=first_ns, end_ns=end_ns
    )
    if not found:
        raise DataError(f"{folder}: nothing of that in this span; {spans(left)}")
    return found


def _value(part: Part, what: str) -> str:
    return {"kind": str(part.kind), "venue": part.venue}.get(what, part.name)


def near(name: str, there: Sequence[str]) -> str:
    """A did-you-mean, and what there is."""
    folded = {one.casefold(): one for one in there}
    close = difflib.get_close_matches(name.casefold(), folded, n=1)
    hint = f"; did you mean {folded[close[0]]}?" if close else ""
    more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
    return f"{hint} (there is {', '.join(there[:_SHOWN])}{more})"


def spans(parts: Sequence[Part]) -> str:
    """From when to when these files are, for people."""
    first = format_time(min(part.first_ns for part in parts))
    last = format_time(max(part.last_ns for part in parts))
    return f"what there is is from {first} to {last}"
