"""The desk's `strategy` as models: which one answers requests, and the files that it is made of."""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import msgspec
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from robot.deals.reference import (
    GAME_FACTORY,
    GameFile,
    HedgePolicy,
    StrategyChoice,
    read_stop_after,
)
from robot.errors import ConfigurationError
from robot.yamlfile import Model, Name, NotNegative, Whole, line_in, load_text

_HEDGE = re.compile(r"^hedge\s*:", re.MULTILINE)


class HostSettings(Model):
    """How patient the core is with a hosted strategy: see `robot.deals.reference.HostPolicy`."""

    deadline_ms: Annotated[Whole, Field(ge=1, le=60_000)] = 50
    stop_after: str = "3 failures in 60 s"
    move_max_pips: NotNegative = Decimal(1)
    memory_mb: Annotated[Whole, Field(ge=256, le=1_048_576)] = 1_024
    rebuild_days: Annotated[Whole, Field(ge=1, le=366)] = 1

    @field_validator("stop_after")
    @classmethod
    def _check_stop_after(cls, text: str) -> str:
        read_stop_after(text)
        return text


class RuleFileRow(Model):
    """A rule book with its content, as it is approved."""

    file: str
    text: str
    parameters: tuple[tuple[str, Whole], ...] = ()


class HandRow(Model):
    """A strategy inside the core that a rule book may hand a request to."""

    factory: str
    parameters: dict[str, object] = Field(default_factory=dict)


class GameFileRow(Model):
    """A game strategy with its content, as it is approved."""

    name: str
    file: str
    text: str


class _GameName(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f\"]+$")]


class _GameHead(Model):
    """What has to be known of a game before its own program reads it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    game: _GameName


class StrategySettings(Model):
    """Which strategy answers requests, and its parameters: code of ours by its factory, in the
    core; a Python file, in a process of its own; rule books of traders, in the core.
    """

    name: Name
    version: Name
    factory: str = ""
    file: str = ""
    code_hash: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    parameters: dict[str, object] = Field(default_factory=dict)
    host: HostSettings | None = None
    rules: tuple[str | RuleFileRow, ...] = ()
    hands: dict[Name, HandRow] = Field(default_factory=dict)
    games: tuple[str | GameFileRow, ...] = ()
    game_factory: str = GAME_FACTORY

    @field_validator("rules", "games", mode="before")
    @classmethod
    def _one_or_more(cls, rules: object) -> object:
        return (rules,) if isinstance(rules, str) else rules

    @model_validator(mode="after")
    def _check_place(self) -> StrategySettings:
        if self.rules and self.factory:
            raise ValueError("rules stand instead of a factory; what they hand to is under hands")
        if self.hands and not self.rules:
            raise ValueError("hands is for rule books (rules)")
        if self.factory and self.file:
            raise ValueError("either factory (in the core) or file (hosted), not both")
        if not (self.rules or self.games or self.factory or self.file):
            text = "either factory (module:function, in the core) or file (hosted)"
            raise ValueError(f"{text}, or rules (rule books), or games (*.game.yaml)")
        if self.games and self.file and not self.rules:
            raise ValueError("games stand beside rules or a factory, not beside a hosted file")
        if self.host is not None and not self.file:
            raise ValueError("host is for a strategy that is a file")
        return self


def strategy_row(path: Path, strategy: StrategySettings) -> dict[str, object]:
    """The strategy of a desk file, with the policy of a hosted one whole and its code pinned, and
    rule books with their text.
    """
    row = strategy.model_dump(mode="json", exclude_defaults=True)
    row = {"factory": "", "parameters": {}} | row
    if strategy.games:
        row["games"] = _game_files(path, strategy)
    if strategy.rules:
        row["rules"] = _rule_files(path, strategy)
    if not strategy.file:
        return row
    found = path.parent / strategy.file
    try:
        digest = hashlib.sha256(found.read_bytes()).hexdigest()
    except OSError as problem:
        text = f"strategy.file: {found} cannot be read: {problem.strerror}"
        raise ConfigurationError(f"{path}:{line_in(path, ('strategy', 'file'))}: {text}") from None
    if strategy.code_hash not in ("", digest):
        text = f"strategy.code_hash: {found} is {digest}"
        line = line_in(path, ("strategy", "code_hash"))
        raise ConfigurationError(f"{path}:{line}: {text}")
    host = (strategy.host or HostSettings()).model_dump(mode="json")
    return {**row, "code_hash": digest, "host": host}


def _rule_files(path: Path, strategy: StrategySettings) -> list[dict[str, object]]:
    """Every rule book with its text; ConfigurationError with all that is wrong in them."""
    rows: list[dict[str, object]] = []
    for rules in strategy.rules:
        if isinstance(rules, RuleFileRow):
            rows.append(rules.model_dump(exclude_defaults=True))
        else:
            rows.append({"file": rules, "text": _read_beside(path, rules, "rules")})
    content = {"name": strategy.name, "version": strategy.version, "parameters": {}, "rules": rows}
    content |= {
        "file": strategy.file,
        "hands": {k: v.model_dump() for k, v in strategy.hands.items()},
        "games": _game_files(path, strategy),
    }
    from robot.core.rule_books import book_problems  # slow to import: only where there are books

    problems = book_problems(msgspec.convert(content, StrategyChoice))
    if problems:
        raise ConfigurationError("\n".join(f"{path.parent}/{problem}" for problem in problems))
    return rows


def _game_files(path: Path, strategy: StrategySettings) -> list[dict[str, object]]:
    """Every game strategy with its name and text."""
    rows: list[dict[str, object]] = []
    for game in strategy.games:
        if isinstance(game, GameFileRow):
            rows.append(game.model_dump())
            continue
        text = _read_beside(path, game, "games")
        head = load_text(text, path.parent / game, _GameHead)
        rows.append({"name": head.game.name, "file": game, "text": text})
    names = [str(row["name"]) for row in rows] + [*strategy.hands]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        line = line_in(path, ("strategy", "games"))
        raise ConfigurationError(f"{path}:{line}: strategy.games: {twice!r} is a name twice")
    return rows


def hedge_rows(
    path: Path, written: Sequence[Mapping[str, object]], strategy: Mapping[str, object]
) -> list[dict[str, object]]:
    """The hedges of a desk file, and those that its game strategies have in their `hedge` section;
    `strategy` is its `strategy_row`. A pair has one.
    """
    rows = [dict(row) for row in written]
    whose = {str(row["pair"]): ("hedges", "the desk") for row in rows}
    choice = msgspec.convert(strategy, StrategyChoice, strict=False)
    for game in choice.games:
        for policy in game_hedges(choice, game):
            told = f"game {game.name!r} ({game.file})"
            if policy.pair in whose:
                key, other = whose[policy.pair]
                where = f"{path}:{line_in(path, tuple(key.split('.')))}: {key}"
                text = f"{policy.pair} is hedged by {other} and by {told}: one of them has to go"
                raise ConfigurationError(f"{where}: {text}")
            whose[policy.pair] = "strategy.games", told
            rows.append(msgspec.to_builtins(policy))
    return rows


def game_hedges(choice: StrategyChoice, game: GameFile) -> tuple[HedgePolicy, ...]:
    """What the `hedge` section of a game file says, as the desk's policy; ConfigurationError with
    its line where it cannot be meant. Read where the desk's files are read by our own program, and
    journaled with the desk's hedges.
    """
    if choice.game_factory != GAME_FACTORY or _HEDGE.search(game.text) is None:
        return ()
    module, _, name = GAME_FACTORY.partition(":")
    made = getattr(importlib.import_module(module), name)({"file": game.file, "text": game.text})
    return tuple(getattr(made, "hedges", ()))


def _read_beside(path: Path, name: str, key: str) -> str:
    """The text of a file that the desk's `strategy` names."""
    found = path.parent / name
    try:
        return found.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as problem:
        text = f"strategy.{key}: {found} cannot be read: {problem}"
        line = line_in(path, ("strategy", key))
        raise ConfigurationError(f"{path}:{line}: {text}") from None
