"""A negotiation that a game strategy played, as a table: a line for each time it had the word.

All of it is read from the recorded decisions: what was known then, the tactic, and the price before
and after everything that held it back, the game's own terms first, then the core's rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from connectors.evidence.steps import Step
from connectors.evidence.words import safe

NAMES = (
    *("time", "with", "they say", "we", "price", "tactic", "time used", "words left"),
    *("their limit (80%)", "walk-away", ""),
)
"""Columns; the last is what held the price back, or why nothing was said."""
_KINDS = ("RFQ", "COUNTER", "GAME", "TAKE")
_NUMBER = r"-?[\d.]+"
_BY_GAME = re.compile(r"game (?P<quote>['\"])(?P<name>.+)(?P=quote)")
_TERMS = re.compile(rf"walk-away ({_NUMBER}), aim {_NUMBER}, open at {_NUMBER}; (.+)")
_THEIRS = re.compile(rf"they say ({_NUMBER})")
_LIMIT = re.compile(rf"their limit is thought to be ({_NUMBER}) to ({_NUMBER})")
_OVER = re.compile(r".+, (\d+%) of the talk over")
_LEFT = re.compile(r"(\d+) messages left of (\d+)")
_OWN_TERMS = re.compile(rf"({_NUMBER}) became ({_NUMBER}) by the terms")
_WORSE_THAN_SAID = re.compile(rf"({_NUMBER}) is worse for them than our ({_NUMBER})")
_ANSWERED = re.compile(rf"they say {_NUMBER}, we said {_NUMBER}; (.+): ({_NUMBER}) \(.+\)")
_TAKEN = re.compile(rf"we take {_NUMBER}: (.+)")


class TalkLine(msgspec.Struct, frozen=True, kw_only=True):
    """One decision of a game. Empty = it is not known or does not apply."""

    at: str
    game: str
    whom: str
    theirs: str
    did: str
    """opens, says, takes, walks away, refuses."""
    price: str
    tactic: str
    used: str
    """How much of the talk was over, by the clock or by its messages, whichever was more."""
    left: str
    """Messages that could still be said, theirs and ours, of all."""
    limit: str
    """Where the other side's limit was thought to be: an interval that holds 8 of 10. Only a tactic
    that estimates it tells it.
    """
    walk_away: str
    held: tuple[str, ...]
    """What moved the price, with the price before and after it; or why nothing was said."""

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of `NAMES`."""
        time = self.at[11:23]
        told = (self.whom, self.theirs, self.did, self.price, self.tactic)
        return (time, *told, self.used, self.left, self.limit, self.walk_away, "; ".join(self.held))


def talk_of(steps: Iterable[Step]) -> tuple[TalkLine, ...]:
    """What games decided in a chain, in order."""
    ordered = sorted((step for step in steps if step.group == "decision"), key=lambda s: s.order)
    lines = (_line(step.at, step.data) for step in ordered if step.data.get("kind") in _KINDS)
    return tuple(line for line in lines if line is not None)


def talk_text(lines: Iterable[TalkLine]) -> list[str]:
    """The table in columns; nothing where no game played."""
    found = [*lines]
    if not found:
        return []
    rows = [NAMES, *(tuple(safe(cell) for cell in line.cells) for line in found)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(NAMES))]
    games = ", ".join(dict.fromkeys(safe(line.game) for line in found))
    return [
        f"NEGOTIATION by game {games}",
        *(
            "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ),
        "",
    ]


def _line(at: str, decided: dict[str, Any]) -> TalkLine | None:
    because = [str(reason) for reason in decided.get("because") or ()]
    by = (_BY_GAME.fullmatch(one) for one in because)
    game = next((found["name"] for found in by if found is not None), "")
    if decided["kind"] == "GAME":
        game = str(decided.get("strategy", ""))
    if not game:
        return None
    terms = next((found for one in because if (found := _TERMS.fullmatch(one))), None)
    limit = next((found for one in because if (found := _LIMIT.fullmatch(one))), None)
    return TalkLine(
        at=at,
        game=game,
        whom=str(decided.get("counterparty", "")),
        theirs=_first(_THEIRS, because),
        did=_did(decided),
        price=_price(decided),
        tactic=terms[2] if terms is not None else "",
        used=_first(_OVER, because),
        left=next((f"{m[1]}/{m[2]}" for one in because if (m := _LEFT.fullmatch(one))), ""),
        limit=f"{limit[1]}-{limit[2]}" if limit is not None else "",
        walk_away=terms[1] if terms is not None else "",
        held=tuple(_held(decided, because)),
    )


def _first(pattern: re.Pattern[str], because: Iterable[str]) -> str:
    return next((found[1] for one in because if (found := pattern.fullmatch(one))), "")


def _did(decided: dict[str, Any]) -> str:
    match decided["kind"], decided.get("outcome"):
        case _, "WALKED_AWAY":
            return "walk away"
        case _, "REFUSED" | "PASSED":
            return "refuse"
        case "TAKE", _:
            return "take"
        case "RFQ", _:
            return "open"
    return "say"


def _price(decided: dict[str, Any]) -> str:
    """Of the side that is talked about; of a two-way quote both."""
    if _did(decided) in ("walk away", "refuse"):
        return ""
    detail = str(decided.get("detail", "")).removeprefix("at ")
    return detail.removeprefix("-/").removesuffix("/-")


def _held(decided: dict[str, Any], because: list[str]) -> Iterable[str]:
    for one in because:
        if (own := _OWN_TERMS.fullmatch(one)) is not None:
            yield f"terms: {own[1]} -> {own[2]}"
        elif (said := _WORSE_THAN_SAID.fullmatch(one)) is not None:
            yield f"core: {said[1]} -> {said[2]}, nothing said is made worse"
        elif (answered := _ANSWERED.fullmatch(one)) is not None:
            for clamp in answered[1].split("; "):
                wanted, _, why = clamp.partition(" ")
                yield f"core: {wanted} -> {answered[2]}, it {why}"
        elif (taken := _TAKEN.fullmatch(one)) is not None:
            yield taken[1]
    if _did(decided) == "refuse":
        yield f"core: {decided.get('reason', '')} {decided.get('detail', '')}".rstrip()
    if _did(decided) == "walk away":
        yield from because[-1:]
