"""What of the desk is otherwise in a run, by dotted keys."""

from __future__ import annotations

from typing import Any, get_type_hints

import msgspec
from msgspec.structs import replace

from backtest.run.config import BacktestConfig
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
    """
    parts: dict[str, object] = {"seed": config.seed}
    for key, value in config.changes.items():
        if key.startswith(RULES):
            choice = parts.get("strategy", reference.strategy)
            assert isinstance(choice, StrategyChoice), "converted to one"
            parts["strategy"] = _with_parameter(choice, key.removeprefix(RULES), value)
            continue
        name, *rest = key.split(".")
        if name not in Reference.__struct_fields__:
            raise ConfigurationError(f"changes: {key}: the desk has no {name}")
        part = parts.get(name, getattr(reference, name))
        content = _with_lists(msgspec.to_builtins(part))
        if not rest:
            content = value
        else:
            _put(content, rest, value, key)
        kind = get_type_hints(Reference)[name]
        try:
            parts[name] = msgspec.convert(content, kind, strict=False)
        except msgspec.ValidationError as problem:
            raise ConfigurationError(f"changes: {key}: {value}: {problem}") from problem
    return reference.with_parts(parts)


def _with_parameter(choice: StrategyChoice, name: str, value: str) -> StrategyChoice:
    """The strategy with this value in place of the one in the texts of its books."""
    rows = tuple(_with_value(row, name, value) for row in choice.rules)
    if all(row is None for row in rows):
        there = ", ".join(row.file for row in choice.rules) or "none"
        text = f"no rule book has a parameter {name!r}; books: {there}"
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


def _with_lists(content: Any) -> Any:
    """The same with lists where tuples stand: their rows can be set."""
    if isinstance(content, dict):
        return {key: _with_lists(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_with_lists(value) for value in content]
    return content


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
    known = ", ".join(map(str, place)) if isinstance(place, dict) else f"{len(place)} rows"
    raise ConfigurationError(f"changes: {key}: there is no {name}; there is {known}")
