"""What a game has learned from our own outcomes, as the `learned` section of its file.

Written by a program, read by the game: the chance to win by quote (`sealed.heard`), what the market
does after deals with a client (`informed.markout`), what banks say when asked (`asking.panel`). The
section carries a hash of its content, so that a number changed by hand is told with its line, and
whether it is frozen. Nothing here learns while the robot deals.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

import msgspec

from robot.basics.numbers import parse_decimal
from strategies.games.asking import panel
from strategies.games.desk import words
from strategies.games.desk.reading import Section, open_file
from strategies.games.informed.markout import Moves
from strategies.games.sealed import heard

SECTION = "learned"
PLACES_MAX = 2_000
NAME_MAX = 120
_HASH = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_INTEGER = re.compile(r"-?\d{1,30}")
_TOP = re.compile(rf"^{SECTION}\s*:", re.MULTILINE)
_NEXT = re.compile(r"^\S", re.MULTILINE)
Kind = TypeVar("Kind")


class HeardFrom(msgspec.Struct, frozen=True, kw_only=True):
    """One record of days that was heard, in one go of learning: enough to prove from the journal
    that the section is what came of it.
    """

    go: int
    """Records of one go were heard together, 1 = the first."""
    first: str
    """A journal's first segment, or the name of a backtest's run."""
    last: str = ""
    """Its last segment; empty = it was no journal, and nothing proves it."""
    record: int = 0
    """Number of the last record of that segment that was heard."""
    chain: str = ""
    """That record's hash in the journal's chain, hexadecimal."""
    seed: int = 0
    """The desk's, from which its chances were drawn."""
    outcomes: int
    """Heard from it."""
    digest: str
    """SHA-256 over them."""
    terms: str
    """SHA-256 over what of the file decides what is learned, as it was then."""


class LearnedState(msgspec.Struct, frozen=True, kw_only=True):
    """All of one game's. Distances and costs are in `unit`, from our middle, to our favour."""

    frozen: bool = False
    """Nothing is learned any more: only such a state can be released."""
    since: str = ""
    """UTC, `2026-11-20T17:00:00Z`: the first outcome it has heard."""
    until: str = ""
    """The last one."""
    outcomes: int = 0
    """How many it has heard."""
    unit: str = "bp"
    """`bp` or `pip`."""
    win: heard.Learned | None = None
    clients: dict[str, Moves] = {}
    """By client, how the middle moved after our deals with it; positive = in our favour."""
    banks: panel.Learned | None = None
    prices: tuple[float, ...] = ()
    """What banks said to us last, oldest first: how far from our middle, lower is better."""
    heard: tuple[HeardFrom, ...] = ()
    """What it was learned from, oldest first."""
    frozen_by: str = ""
    """Who froze it, by his own word; who proposed and approved it is in the journal."""

    def frozen_now(self, by: str = "") -> LearnedState:
        """The same, from here on unchanged; as it is where it was frozen before."""
        if self.frozen:
            return self.canonical()
        return msgspec.structs.replace(self, frozen=True, frozen_by=by).canonical()

    def canonical(self) -> LearnedState:
        """As it is written and read back: its parts are frozen or not as it is itself."""
        win, banks, clients = self.win, self.banks, {}
        if win is not None:
            win = msgspec.structs.replace(win, frozen=self.frozen)
        if banks is not None:
            banks = msgspec.structs.replace(banks, frozen=self.frozen)
        for name, one in self.clients.items():
            clients[name] = Moves(one.deals, float(one.mean), float(one.variance))
        return msgspec.structs.replace(self, win=win, banks=banks, clients=clients)


def hash_of(state: LearnedState) -> str:
    """SHA-256 of the content, hexadecimal; the same numbers have the same hash everywhere. What it
    was learned from counts where it is told: sections without it keep the hash that they had.
    """
    content = msgspec.to_builtins(state.canonical())
    for name in ("heard", "frozen_by"):
        if not content[name]:
            del content[name]
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def read_learned(part: Section) -> LearnedState:
    """The section; what is wrong with it is a problem of the file."""
    frozen = part.require("frozen", words.yes, False)
    told = part.require("hash", _matching(_HASH, "64 hexadecimal digits are due"), "")
    state = LearnedState(
        frozen=frozen,
        since=part.take("since", _matching(_TIME, "write it as 2026-11-20T17:00:00Z"), ""),
        until=part.take("until", _matching(_TIME, "write it as 2026-11-20T17:00:00Z"), ""),
        outcomes=part.take("outcomes", _whole, 0),
        unit=part.take("unit", _unit, "bp"),
        win=_win(part.section("win"), frozen=frozen),
        clients=_each(part.section("clients"), _moves),
        banks=_banks(part, frozen=frozen),
        prices=part.take("prices", _numbers, ()),
        heard=tuple(_each(part.section("heard"), _heard).values()),
        frozen_by=part.take("frozen by", _name, ""),
    )
    part.close()
    if told and not part.failed and told != hash_of(state):
        text = f"the section has been changed since it was written: its content is {hash_of(state)}"
        part.wrong("hash", text)
    return state


def written(state: LearnedState) -> str:
    """The section as text."""
    state = state.canonical()
    rows = [
        f"{SECTION}:  # from own outcomes; by program, the hash tells a change by hand",
        f"  frozen: {_yes(state.frozen)}",
        f"  hash: {hash_of(state)}",
        *(f"  {name}: {time}" for name, time in _times(state) if time),
        f"  outcomes: {state.outcomes}",
        f"  unit: {state.unit}",
        *([f"  frozen by: {json.dumps(state.frozen_by)}"] if state.frozen_by else []),
    ]
    if state.heard:
        rows.append("  heard:  # the records that it came of (fxrobot games learn --check)")
        rows += [_heard_row(number, one) for number, one in enumerate(state.heard, 1)]
    if state.win is not None:
        rows += ["  win:", *_win_rows(state.win)]
    if state.clients:
        rows += ["  clients:", *(_client_row(*row) for row in sorted(state.clients.items()))]
    if state.banks is not None:
        rows.append(f"  needs: {state.banks.needs}")
        if state.banks.banks:
            rows.append("  banks:")
            rows += [_bank_row(*row) for row in sorted(state.banks.banks.items())]
    if state.prices:
        rows.append(f"  prices: {' '.join(map(repr, state.prices))}")
    return "\n".join(rows) + "\n"


def with_learned(text: str, state: LearnedState) -> str:
    """A game's file with this section in place of its own; all the rest as it was."""
    found = _TOP.search(text)
    if found is None:
        return f"{text.rstrip()}\n{written(state)}"
    following = _NEXT.search(text, found.end())
    rest = text[following.start() :] if following is not None else ""
    return text[: found.start()] + written(state) + rest


def learned_of(text: str, file: str) -> LearnedState | None:
    """Of a game's file; None = it has none. ConfigurationError with what is wrong, by line."""
    whole, problems = open_file(text, file)
    state = read_learned(whole.section(SECTION)) if SECTION in whole else None
    problems.raise_if_any()
    return state


def _times(state: LearnedState) -> tuple[tuple[str, str], ...]:
    return ("since", state.since), ("until", state.until)


def _win_rows(win: heard.Learned) -> list[str]:
    rows = [
        f"    low: {win.grid.low}",
        f"    step: {win.grid.tick}",
        f"    places: {win.grid.places}",
        f"    second told: {_yes(win.second_told)}",
        f"    memory: {win.memory}",
        f"    total: {win.total}",
    ]
    for name, counts in (("newer", win.newer), ("older", win.older)):
        if counts:
            rows.append(f"    {name}:")
            rows += [f"      {key}: {' '.join(map(str, row))}" for key, row in counts.items()]
    return rows


def _client_row(name: str, moves: Moves) -> str:
    told = f"deals: {moves.deals}, mean: {moves.mean!r}, variance: {moves.variance!r}"
    return f"    {json.dumps(name)}: {{{told}}}"


def _heard_row(number: int, one: HeardFrom) -> str:
    told = (f"{key}: {json.dumps(getattr(one, key))}" for key in one.__struct_fields__)
    return f"    {number}: {{{', '.join(told)}}}"


def _bank_row(name: str, seen: panel.Seen) -> str:
    told = (f"{key}: {json.dumps(getattr(seen, key))}" for key in seen.__struct_fields__)
    return f"    {json.dumps(name)}: {{{', '.join(told)}}}"


def _win(part: Section, *, frozen: bool) -> heard.Learned | None:
    if not part.names():
        return None
    places = part.require("places", words.count, 1)
    if places > PLACES_MAX:
        part.wrong("places", f"{places}: at most {PLACES_MAX}")
        places = 1
    step = part.require("step", parse_decimal, Decimal(1))
    if not step > 0:
        part.wrong("step", f"{step} is not above 0")
    memory = part.take("memory", words.count, 20_000)
    if memory < heard.MEMORY_LEAST:
        part.wrong("memory", f"{memory} requests: at least {heard.MEMORY_LEAST}")
        memory = heard.MEMORY_LEAST
    grid = heard.Grid(low=part.require("low", parse_decimal, Decimal(0)), tick=step, places=places)
    found = heard.Learned(
        grid=grid,
        frozen=frozen,
        second_told=part.take("second told", words.yes, True),
        memory=memory,
        total=part.require("total", _whole, 0),
        newer=_counts(part, "newer", places),
        older=_counts(part, "older", places),
    )
    part.close()
    return found


def _counts(part: Section, key: str, places: int) -> heard.Counts:
    def row(text: str) -> tuple[int, ...]:
        found = tuple(_whole(one) for one in text.split())
        if len(found) != places + 1:
            raise ValueError(f"{len(found)} counts: one for each of {places} places and beyond")
        return found

    table = part.table(key, _count_key, row)
    return {name: found for name, found in table.items() if isinstance(found, tuple)}


def _count_key(text: str) -> str:
    name, _, rivals = text.partition("/")
    known = (heard.COVERS, heard.DONE, heard.DONE_AT, heard.COVERED, heard.AWAY, heard.NOT)
    if name not in known or _whole(rivals) > heard.RIVALS_MAX:
        raise ValueError(f"one of {', '.join(known)}, / and a number of rivals is due")
    return text


def _banks(part: Section, *, frozen: bool) -> panel.Learned | None:
    told = "needs" in part
    needs = part.take("needs", _whole, 0)
    banks = _each(part.section("banks"), _seen)
    return panel.Learned(needs=needs, banks=banks, frozen=frozen) if told else None


def _each(part: Section, read: Callable[[Section], Kind]) -> dict[str, Kind]:
    """A section of every name in it."""
    return {name: read(part.section(name)) for name in part.names()}


def _moves(part: Section) -> Moves:
    found = Moves(
        part.require("deals", _whole, 0),
        part.require("mean", _float, 0.0),
        part.require("variance", _float, 0.0),
    )
    part.close()
    return found


def _seen(part: Section) -> panel.Seen:
    seen = panel.Seen(
        asked=part.require("asked", _float, 0.0),
        answered=part.require("answered", _float, 0.0),
        cost=part.require("cost", _float, 0.0),
        squares=part.require("squares", _float, 0.0),
        last=int(part.require("last", _float, -1.0)),
        asks=part.take("asks", _whole, 0),
        answers=part.take("answers", _whole, 0),
        at=part.take("at", _time_or_none, ""),
    )
    part.close()
    return seen


def _heard(part: Section) -> HeardFrom:
    one = HeardFrom(
        go=part.require("go", _whole, 1),
        first=part.require("first", _name, ""),
        last=part.take("last", _name, ""),
        record=part.take("record", _whole, 0),
        chain=part.take("chain", _hash_or_none, ""),
        seed=part.take("seed", _integer, 0),
        outcomes=part.require("outcomes", _whole, 0),
        digest=part.require("digest", _matching(_HASH, "64 hexadecimal digits are due"), ""),
        terms=part.require("terms", _matching(_HASH, "64 hexadecimal digits are due"), ""),
    )
    part.close()
    return one


def _matching(pattern: re.Pattern[str], due: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if pattern.fullmatch(text) is None:
            raise ValueError(due)
        return text

    return read


def _hash_or_none(text: str) -> str:
    return _matching(_HASH, "64 hexadecimal digits are due")(text) if text else ""


def _time_or_none(text: str) -> str:
    return _matching(_TIME, "write it as 2026-11-20T17:00:00Z")(text) if text else ""


def _name(text: str) -> str:
    if len(text) > NAME_MAX or not text.isprintable():
        raise ValueError(f"a name of at most {NAME_MAX} characters is due")
    return text


def _unit(text: str) -> str:
    if text not in ("bp", "pip"):
        raise ValueError("bp or pip is due")
    return text


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ValueError("a whole number is due")
    return int(text)


def _integer(text: str) -> int:
    if _INTEGER.fullmatch(text) is None:
        raise ValueError("a whole number is due")
    return int(text)


def _float(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        raise ValueError("a number is due")
    return found


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(_float(one) for one in text.split())


def _yes(value: bool) -> str:
    return "yes" if value else "no"
