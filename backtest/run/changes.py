"""What of the desk is otherwise in a run, by dotted keys."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, get_type_hints

import msgspec
from msgspec.structs import replace

from backtest.run.config import BacktestConfig
from backtest.run.game_changes import GAMES, with_game
from robot.deals.reference import Reference, RuleFile, StrategyChoice
from robot.errors import ConfigurationError
from robot.rules.check import load
from robot.rules.parameters import with_parameters

RULES = "rules."


def changed_reference(reference: Reference, config: BacktestConfig) -> Reference:
    """The desk as this run has it: its changes, and its seed for the strategy's chance.

    A key names a part of the core's reference data, then on by key or by number in a list:
    `strategy.parameters.tiers.gold.0.margin`, `limits.price_collar_bp`. `rules.NAME` is a
    parameter of the rule books, written as a book writes it; where several have it, of all.
    `games.NAME.SECTION.KEY` is a value of a game's file, as the file writes it. A whole part is
    its content as JSON.
    """
    parts: dict[str, object] = {"seed": config.seed}
    for key, value in config.changes.items():
        if key.startswith(RULES):
            choice = parts.get("strategy", reference.strategy)
            assert isinstance(choice, StrategyChoice), "converted to one"
            parts["strategy"] = _with_parameter(choice, key.removeprefix(RULES), value)
            continue
        if key.startswith(GAMES):
            choice = parts.get("strategy", reference.strategy)
            assert isinstance(choice, StrategyChoice), "converted to one"
            parts["strategy"] = with_game(choice, key, value, _put)
            continue
        name, *rest = key.split(".")
        if name not in Reference.__struct_fields__:
            hint = _hint(name, Reference.__struct_fields__)
            raise ConfigurationError(f"changes: {key}: the desk has no {name}{hint}")
        part = parts.get(name, getattr(reference, name))
        content = _whole(part)
        if not rest:
            content = _said(value)
        else:
            _put(content, rest, value, key)
        kind = get_type_hints(Reference)[name]
        try:
            parts[name] = msgspec.convert(content, kind, strict=False)
        except msgspec.ValidationError as problem:
            raise ConfigurationError(f"changes: {key}: {value}: {problem}") from problem
    return reference.with_parts(parts)


def _said(value: str) -> object:
    """A whole part: JSON, or a text that is its own meaning."""
    if not value.startswith(("{", "[")):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError as problem:
        raise ConfigurationError(f"changes: {value}: {problem}") from problem


def _with_parameter(choice: StrategyChoice, name: str, value: str) -> StrategyChoice:
    """The strategy with this value in place of the one in the texts of its books."""
    rows = tuple(_with_value(row, name, value) for row in choice.rules)
    if all(row is None for row in rows):
        there = ", ".join(row.file for row in choice.rules) or "none"
        text = f"no rule book has a parameter {name!r}; books: {there}"
        text += _hint(name, _parameters_of(choice)) if choice.rules else ""
        raise ConfigurationError(f"changes: {RULES}{name}: {text}")
    changed = tuple(new or old for new, old in zip(rows, choice.rules, strict=True))
    return replace(choice, rules=changed)


def _with_value(row: RuleFile, name: str, value: str) -> RuleFile | None:
    """The book with the parameter set; None = it has none of that name."""
    book = load(row.text, row.file)
    if isinstance(book, list) or all(one.name != name for one in book.parameters):
        return None
    found = with_parameters(book, {name: value})
    if isinstance(found, list):
        told = "; ".join(problem.shown(row.file) for problem in found)
        raise ConfigurationError(f"changes: {RULES}{name}: {told}")
    number = next(one.value for one in found.parameters if one.name == name)
    return replace(row, parameters=(*row.parameters, (name, number)))


def _parameters_of(choice: StrategyChoice) -> list[str]:
    """The names of all parameters of its rule books."""
    books = [load(row.text, row.file) for row in choice.rules]
    found = [one.name for book in books if not isinstance(book, list) for one in book.parameters]
    return list(dict.fromkeys(found))


def _whole(part: Any) -> Any:
    """A part as dictionaries and lists, with what stands at its default too: all can be set."""
    if isinstance(part, msgspec.Struct):
        return {name: _whole(getattr(part, name)) for name in part.__struct_fields__}
    if isinstance(part, Mapping):
        return {msgspec.to_builtins(key): _whole(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_whole(value) for value in part]
    return msgspec.to_builtins(part)


def _put(content: Any, path: list[str], value: str, key: str) -> None:
    """Set one value below a tree of dictionaries and lists."""
    *above, last = path
    place = content
    for name in above:
        place = place[_key(place, name, key)]
    place[_key(place, last, key)] = value


def _key(place: Any, name: str, key: str) -> str | int:
    if isinstance(place, list) and name.isdigit() and int(name) < len(place):
        return int(name)
    if isinstance(place, dict) and name in place:
        return name
    if isinstance(place, list):
        hint = f"; there are {len(place)} rows, from 0"
    else:
        hint = _hint(name, place if isinstance(place, dict) else ())
    raise ConfigurationError(f"changes: {key}: there is no {name}{hint}")


def _hint(name: str, known: Iterable[str]) -> str:
    """What was probably meant, and what there is."""
    names = [str(one) for one in known]
    near = difflib.get_close_matches(name, names, n=1)
    there = f"there is {', '.join(names) or 'nothing below it'}"
    return f"; did you mean {near[0]}? Of all {there}" if near else f"; {there}"
