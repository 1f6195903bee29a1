"""What of the desk is otherwise in a run, by dotted keys."""

from __future__ import annotations

from typing import Any, get_type_hints

import msgspec

from backtest.run.config import BacktestConfig
from robot.deals.reference import Reference
from robot.errors import ConfigurationError


def changed_reference(reference: Reference, config: BacktestConfig) -> Reference:
    """The desk as this run has it: its changes, and its seed for the strategy's chance.

    A key names a part of the core's reference data, then on by key or by number in a list:
    `strategy.parameters.tiers.gold.0.margin`, `limits.price_collar_bp`.
    """
    parts: dict[str, object] = {"seed": config.seed}
    for key, value in config.changes.items():
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
