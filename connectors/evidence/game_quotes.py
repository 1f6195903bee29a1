"""What a game of kind `quote` did, as a table: margin, lean, guard and chance to win of each price,
with what was before and after each clamp. Read from the recorded decisions, like `talks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from connectors.evidence.steps import Step
from connectors.evidence.talks import (
    QUOTED,
    GameTable,
    clamps,
    decisions,
    did,
    first,
    game_of,
    price_said,
    reasons_of,
    shown,
)

NAMES = (
    *("time", "with", "tier", "they say", "we", "price", "middle", "margin", "position or gap"),
    *("lean bid / offer", "guard", "to win", "from the middle", "what held it back"),
)
"""Columns; one that says nothing is left out."""
NOTE = (
    "Lean, guard and margin are distances from the middle; lean as it moves each price away from "
    "it (below 0: towards it)."
)
_MIDDLE = re.compile(r"mid (\S+) of (\S+), (\d+ ms) old")
_MARGIN = re.compile(r"margin (\S+ \w+) for tier .+")
_LEAN = re.compile(
    r"(?:position|gap) (\S+)(?: on \S+)? moves bid (\S+) and offer (\S+) away"
    r"(?:, kept to (\S+) and (\S+) (.+))?"
)
_NO_LEAN = re.compile(r"no lean shown to .+")
_AWAY = re.compile(r"(?:bid|offer) (\S+)(?: and offer (\S+))? (\w+) from mid, rounded away")
_ROUNDED = re.compile(r"(bid|offer) (\S+) became (\S+) by the tick")
_THEIRS = re.compile(r"they say (-?[\d.]+), we said .+")
_GUARD = (
    re.compile(r"the best of \d+ errors costs .+"),
    re.compile(r"after deals with .+ the middle moves .+"),
    re.compile(r"informed flow of .+ costs .+"),
    re.compile(r".+'s requests know .+"),
)
_GUARD_CLAMP = re.compile(r"(?:guard adds|lifted by) .+")
_WIN_CLAMP = re.compile(
    r"no closer than .+|moved to .+|tried out below it: .+|margin \S+ became .+"
)
_BY_MARGIN = re.compile(r"(.+): the trader's margin .+ over a cost of .+")
_SHOWN = Decimal("0.0001")
_SIDE = re.compile(r"(?:bid|offer): (.+)")


class QuoteLine(msgspec.Struct, frozen=True, kw_only=True):
    """One price of a quoting game. Empty = it is not known or does not apply."""

    at: str
    game: str
    whom: str
    tier: str
    theirs: str
    did: str
    price: str
    """Bid/offer, or the side that is asked."""
    middle: str
    margin: str
    """Of the tier and size."""
    position: str
    lean: str
    """How far our position moves bid and offer away from the middle, after its cap."""
    guard: tuple[str, ...]
    win: tuple[str, ...]
    far: str
    """Distance of each price from the middle, all of that together."""
    held: tuple[str, ...]
    """What moved a price or a distance, before and after it."""

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of `NAMES`."""
        return (
            *(self.at[11:23], self.whom, self.tier, self.theirs, self.did, self.price),
            *(self.middle, self.margin, self.position, self.lean),
            *("; ".join(self.guard), "; ".join(self.win), self.far, "; ".join(self.held)),
        )


def quotes_of(steps: Iterable[Step]) -> tuple[QuoteLine, ...]:
    """What quoting games decided in a chain, in order."""
    lines = (_line(step.at, step.data) for step in decisions(steps))
    return tuple(line for line in lines if line is not None)


def quote_table(lines: Iterable[QuoteLine], what: str = "") -> GameTable | None:
    """The prices as a table; None where no such game played."""
    found = [*lines]
    if not found:
        return None
    return shown("Quotes", found, [line.cells for line in found], NAMES, what, NOTE)


def _line(at: str, decided: dict[str, Any]) -> QuoteLine | None:
    because = reasons_of(decided)
    game = game_of(decided, because)
    if not game or not any(QUOTED.fullmatch(one) for one in because):
        return None
    facts = decided.get("facts") or {}
    plain = [_SIDE.sub(r"\1", one) for one in because]
    middle = next((found for one in because if (found := _MIDDLE.fullmatch(one))), None)
    lean, capped = _leans(because)
    guard = [row for row in because if any(one.fullmatch(_bare(row)) for one in _GUARD)]
    position = next((found[1] for one in because if (found := _LEAN.fullmatch(one))), "")
    return QuoteLine(
        at=at,
        game=game,
        whom=str(decided.get("counterparty", "")),
        tier=str(facts.get("tier", "")),
        theirs=first(_THEIRS, because),
        did=did(decided),
        price=price_said(decided).replace("/", " / "),
        middle=f"{middle[1]} of {middle[2]}" if middle is not None else "",
        margin=first(_MARGIN, because),
        position=_grouped(position or str(facts.get("position", ""))),
        lean=lean,
        guard=tuple(guard),
        win=tuple(dict.fromkeys(_won(because))),
        far=_far(because),
        held=(*capped, *_moved(because), *clamps(because), *_refused(decided, plain)),
    )


def _won(because: list[str]) -> Iterator[str]:
    """What was thought to win; the trader's margin where nothing is learned is in its column."""
    for one in because:
        if _BY_MARGIN.fullmatch(_bare(one)) is not None:
            yield _BY_MARGIN.sub(r"\1", _bare(one))
        elif _bare(one).startswith("one of "):
            yield one


def _bare(reason: str) -> str:
    """Without the side that it is told of."""
    return _SIDE.sub(r"\1", reason)


def _leans(because: list[str]) -> tuple[str, tuple[str, ...]]:
    """How far both prices are moved, and its cap."""
    for one in because:
        if _NO_LEAN.fullmatch(one) is not None:
            return "not shown", (one,)
        if (found := _LEAN.fullmatch(one)) is None:
            continue
        if not found[4]:
            return _pair(found[2], found[3]), ()
        wanted, kept = _pair(found[2], found[3]), _pair(found[4], found[5])
        return kept, (f"lean: {wanted} -> {kept} {found[6]}",)
    return "", ()


def _far(because: list[str]) -> str:
    for one in because:
        if (found := _AWAY.fullmatch(one)) is not None:
            far = _pair(found[1], found[2]) if found[2] else _short(found[1])
            return f"{far} {found[3]}"
    return ""


def _pair(bid: str, offer: str) -> str:
    return f"{_short(bid)} / {_short(offer)}"


def _short(far: str) -> str:
    """Four decimals of a distance: the record has all of them."""
    return f"{Decimal(far).quantize(_SHOWN).normalize():f}"


def _moved(because: list[str]) -> list[str]:
    clamp = (_GUARD_CLAMP, _WIN_CLAMP)
    told = [one for one in because if any(row.fullmatch(_bare(one)) for row in clamp)]
    rounded = (found for one in because if (found := _ROUNDED.fullmatch(one)))
    return [*told, *(f"tick: {one[1]} {one[2]} -> {one[3]}" for one in rounded)]


def _grouped(amount: str) -> str:
    return f"{Decimal(amount):,f}" if amount else ""


def _refused(decided: dict[str, Any], because: list[str]) -> list[str]:
    match did(decided):
        case "say nothing":
            return because[-1:]
        case "may not say":
            return [f"{decided.get('reason', '')}: {decided.get('detail', '')}"]
    return []
