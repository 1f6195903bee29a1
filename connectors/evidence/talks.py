"""What a game strategy did, as tables: a line for each time it had the word.

All of it is read from the recorded decisions: what was known then, the tactic, and the price before
and after everything that held it back, the game's own terms first, then the core's rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from connectors.evidence.steps import Step
from connectors.evidence.words import safe

NAMES = (
    *("time", "with", "they say", "we", "price", "middle", "tactic", "time used", "messages left"),
    *("their limit (80 %)", "open / aim / walk-away", "why, and what held it back"),
)
"""Columns of a negotiation; one that says nothing is left out."""
LIMIT_NOTE = (
    "Their limit is our estimate from what they have said; it is in the interval in 8 of 10 cases. "
    "Only the tactic 'find their limit' uses it."
)
KINDS = ("RFQ", "COUNTER", "GAME", "TAKE", "ASK")
_NUMBER = r"-?[\d.]+"
_BOTH = rf"({_NUMBER}(?:/{_NUMBER})?)"
_BY_GAME = re.compile(r"game (?P<quote>['\"])(?P<name>.+)(?P=quote)")
_TERMS = re.compile(rf"walk-away {_BOTH}, aim {_BOTH}, open at {_BOTH}; (.+)")
_THEIRS = re.compile(rf"they say ({_NUMBER})(?:, we said .+)?")
_BEST = re.compile(rf".+: ({_NUMBER}), the best of \d+")
_ASKED = re.compile(r"asks (.+?)(?: too| for [\d.]+.*)?")
_FOR_THEM = re.compile(rf".+: ({_NUMBER}) for ({_NUMBER})(?: (\w+))?, worth .+")
_LIMIT = re.compile(rf"their limit is thought to be ({_NUMBER}) to ({_NUMBER})(?: \(.+\))?")
_OVER = re.compile(r"(?:.+, )?(\d+%) of the talk over")
_LEFT = re.compile(r"(\d+) messages left of (\d+)")
_OWN_TERMS = re.compile(rf"({_NUMBER}) became ({_NUMBER}) by the terms")
_SECOND = re.compile(rf"walk-away ({_NUMBER}) became ({_NUMBER}): (.+)")
_WORSE_THAN_SAID = re.compile(rf"({_NUMBER}) is worse for them than our ({_NUMBER})")
_ANSWERED = re.compile(rf"they say {_NUMBER}, we said {_NUMBER}; (.+): ({_NUMBER}) \(.+\)")
_TAKEN = re.compile(rf"we take (?:it|{_NUMBER}): (.+)")
_LAST_WORDS = re.compile(r"last words, .+")
QUOTED = re.compile(r"(?:no )?margin (?:\S+ \w+ )?for tier .+")
"""What a game of kind `quote` says first of all (`game_quotes`)."""
_SHOWN = (_TERMS, _ASKED, _FOR_THEM, _LIMIT, _OVER, _LEFT)
"""Reasons that have columns of their own."""
_LOANS = ("DEPOSIT", "REPO")


class TalkLine(msgspec.Struct, frozen=True, kw_only=True):
    """One decision of a negotiation. Empty = it is not known or does not apply."""

    at: str
    game: str
    whom: str
    theirs: str
    did: str
    """open, say, take, turned down, ask, walk away, say nothing; what it may not, by the core's
    rules.
    """
    price: str
    middle: str
    """Of the market at that moment."""
    tactic: str
    used: str
    """How much of the talk was over, by the clock or by its messages, whichever was more."""
    left: str
    """Messages that could still be said, theirs and ours, of all."""
    limit_low: str
    """Where the other side's limit was thought to be: an interval that holds 8 of 10."""
    limit_high: str
    open_at: str
    aim: str
    walk_away: str
    held: tuple[str, ...]
    """What moved the price, with the price before and after it; or why that was done."""

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of `NAMES`."""
        limit = f"{self.limit_low} to {self.limit_high}" if self.limit_low else ""
        terms = " / ".join(filter(None, (self.open_at, self.aim, self.walk_away)))
        return (
            *(self.at[11:23], self.whom, self.theirs, self.did, self.price, self.middle),
            *(self.tactic, self.used, self.left, limit, terms, "; ".join(self.held)),
        )


class GameTable(msgspec.Struct, frozen=True, kw_only=True):
    """Lines as they are shown."""

    kind: str
    """In a word: Negotiation, Quotes."""
    title: str
    """The rest of its heading."""
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def text(self) -> list[str]:
        """In columns."""
        rows = [self.names, *(tuple(safe(cell) for cell in row) for row in self.rows)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(self.names))]
        body = (
            "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )
        return [
            safe(f"{self.kind.upper()} {self.title}"),
            *body,
            *([self.note] if self.note else []),
            "",
        ]


def talk_of(steps: Iterable[Step]) -> tuple[TalkLine, ...]:
    """What games decided in the negotiations of a chain, in order."""
    lines = (_line(step.at, step.data) for step in decisions(steps))
    return tuple(line for line in lines if line is not None)


def talk_table(lines: Iterable[TalkLine], what: str = "") -> GameTable | None:
    """The negotiation as a table; None where no game played. `what` = the deal talked about."""
    found = [*lines]
    if not found:
        return None
    note = LIMIT_NOTE if any(line.limit_low for line in found) else ""
    return shown("Negotiation", found, [line.cells for line in found], NAMES, what, note)


def shown(
    kind: str,
    lines: Iterable[Any],
    cells: list[tuple[str, ...]],
    names: tuple[str, ...],
    what: str,
    note: str = "",
) -> GameTable:
    """A table without the columns that say nothing."""
    games = ", ".join(dict.fromkeys(line.game for line in lines))
    kept = [place for place in range(len(names)) if any(row[place] for row in cells)]
    return GameTable(
        kind=kind,
        title=f"by game {games}" + (f": {what}" if what else ""),
        names=tuple(names[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in cells),
        note=note,
    )


def what_of(steps: Iterable[Step]) -> str:
    """The deal that a chain is about, from our side: `we lend 5,000,000 USD deposit`."""
    for step in decisions(steps):
        data, facts = step.data, step.data.get("facts")
        facts = facts if isinstance(facts, dict) else {}
        if data.get("kind") not in ("RFQ", "ASK"):
            continue
        product = str(facts.get("product") or "SPOT")
        buys, sells = ("borrow", "lend") if product in _LOANS else ("buy", "sell")
        side = {"BUY": f"we {buys}", "SELL": f"we {sells}"}.get(str(data.get("side")), "two-way")
        amount = f"{Decimal(str(data['amount'])):,f}" if data.get("amount") else ""
        return " ".join(filter(None, (side, amount, str(data.get("pair", "")), product.lower())))
    return ""


def decisions(steps: Iterable[Step]) -> list[Step]:
    """Those that a game may have a part in, in order."""
    found = [s for s in steps if s.group == "decision" and s.data.get("kind") in KINDS]
    return sorted(found, key=lambda step: step.order)


def reasons_of(decided: dict[str, Any]) -> list[str]:
    """Of a decision, in order."""
    return [str(reason) for reason in decided.get("because") or ()]


def game_of(decided: dict[str, Any], because: list[str]) -> str:
    """The game that decided; empty = none did."""
    if decided["kind"] == "GAME":
        return str(decided.get("strategy", ""))
    facts = decided.get("facts")
    if decided["kind"] == "ASK" and isinstance(facts, dict):
        return str(facts.get("game", ""))
    by = (_BY_GAME.fullmatch(one) for one in because)
    return next((found["name"] for found in by if found is not None), "")


def _line(at: str, decided: dict[str, Any]) -> TalkLine | None:
    because = reasons_of(decided)
    game = game_of(decided, because)
    terms = next((found for one in because if (found := _TERMS.fullmatch(one))), None)
    if not game or any(QUOTED.fullmatch(one) for one in because):
        return None
    limit = next((found for one in because if (found := _LIMIT.fullmatch(one))), None)
    facts = decided.get("facts") or {}
    return TalkLine(
        at=at,
        game=game,
        whom=first(_ASKED, because) or str(decided.get("counterparty", "")),
        theirs=_theirs(because),
        did=did(decided),
        price=_price(decided),
        middle=f"{Decimal(facts['mid']).normalize():f}" if facts.get("mid") else "",
        tactic=terms[4] if terms is not None else "",
        used=first(_OVER, because),
        left=next((f"{m[1]}/{m[2]}" for one in because if (m := _LEFT.fullmatch(one))), ""),
        limit_low=limit[1] if limit is not None else "",
        limit_high=limit[2] if limit is not None else "",
        open_at=terms[3] if terms is not None else "",
        aim=terms[2] if terms is not None else "",
        walk_away=terms[1] if terms is not None else "",
        held=tuple(_held(decided, because)),
    )


def first(pattern: re.Pattern[str], because: Iterable[str]) -> str:
    """What the first reason of a kind says."""
    return next((found[1] for one in because if (found := pattern.fullmatch(one))), "")


def _theirs(because: list[str]) -> str:
    for one in because:
        if (found := _FOR_THEM.fullmatch(one)) is not None:
            return " ".join(filter(None, (found[1], "for", _amount(found[2]), found[3])))
    return first(_BEST, because) or first(_THEIRS, because)


def did(decided: dict[str, Any]) -> str:
    """What was done, in a word or two."""
    if decided.get("reason") == "STRATEGY_PASSED":
        left = "WALKED_AWAY;" in str(decided.get("detail", ""))
        return "walk away" if left else "say nothing"
    match decided["kind"], decided.get("outcome"):
        case _, "WALKED_AWAY":
            return "walk away"
        case "TAKE", "REFUSED":
            return "may not take"
        case _, "TURNED_DOWN":
            return "turned down"
        case "ASK", "REFUSED":
            return "may not ask"
        case _, "REFUSED":
            return "may not say"
        case "TAKE", _:
            return "take"
        case "RFQ", _:
            return "open"
        case "ASK", _:
            return "ask"
        case _, "ASKED":
            return "ask"
    return "say"


def _price(decided: dict[str, Any]) -> str:
    """Of the side that is talked about; of a two-way quote both. Amount and tenor stand beside it
    where they are not the ask's.
    """
    facts = decided.get("facts") or {}
    amount, tenor = str(facts.get("amount", "")), str(facts.get("tenor", ""))
    told = " ".join(filter(None, (_amount(amount) if amount else "", tenor)))
    return " for ".join(filter(None, (price_said(decided), told)))


def price_said(decided: dict[str, Any]) -> str:
    """The price of a decision; empty = none was said."""
    if did(decided) not in ("open", "say", "take"):
        return ""
    detail = str(decided.get("detail", "")).removeprefix("at ")
    return detail.removeprefix("-/").removesuffix("/-")


def _amount(text: str) -> str:
    return f"{Decimal(text):,f}"


def _held(decided: dict[str, Any], because: list[str]) -> Iterator[str]:
    done = did(decided)
    for one in because:
        if (own := _OWN_TERMS.fullmatch(one)) is not None:
            yield f"terms: {own[1]} -> {own[2]}"
        elif (second := _SECOND.fullmatch(one)) is not None:
            yield f"walk-away: {second[1]} -> {second[2]}, {second[3]}"
        elif (taken := _TAKEN.fullmatch(one)) is not None:
            yield taken[1]
        elif _LAST_WORDS.fullmatch(one) is not None:
            yield one
    yield from clamps(because)
    if done.startswith("may not"):
        yield f"core: {decided.get('reason', '')} {decided.get('detail', '')}".rstrip()
    if done == "turned down":
        yield f"{decided.get('counterparty', '')} did not deal {decided.get('detail', '')}"
    if done == "walk away":
        yield from because[-2:]
    if done == "say nothing":
        yield because[-1] if because else str(decided.get("detail", ""))
    if done == "ask":
        told = because[1:] if decided["kind"] == "ASK" else because
        yield from (one for one in told if not any(row.fullmatch(one) for row in _SHOWN))


def clamps(because: Iterable[str]) -> Iterator[str]:
    """What the core's rules made of a price, before and after each."""
    for one in because:
        if (said := _WORSE_THAN_SAID.fullmatch(one)) is not None:
            yield f"core: {said[1]} -> {said[2]}, nothing said is made worse"
        elif (answered := _ANSWERED.fullmatch(one)) is not None:
            for clamp in answered[1].split("; "):
                wanted, _, why = clamp.partition(" ")
                yield f"core: {wanted} -> {answered[2]}, it {why}"
