"""The strategy in a Python file: found, checked against what was approved, made."""

from __future__ import annotations

import hashlib
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import cast

from robot.errors import ConfigurationError
from robot.strategy import WANTS, Hosted


def load_class(path: Path, code_hash: str = "") -> type[Hosted]:
    """The one class of the file that has a `decide`. What its code raises comes out as it is."""
    try:
        source = path.read_bytes()
    except OSError as problem:
        raise ConfigurationError(f"{path}: cannot be read: {problem.strerror}") from problem
    digest = hashlib.sha256(source).hexdigest()
    if code_hash not in ("", digest):
        text = f"it is {digest}, and {code_hash} was approved"
        raise ConfigurationError(f"{path}: other code than what is in force: {text}")
    module = ModuleType(f"strategy_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    exec(compile(source, str(path), "exec"), module.__dict__)
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and value.__module__ == module.__name__
        if callable(getattr(value, "decide", None))
    ]
    if len(found) != 1:
        names = ", ".join(value.__name__ for value in found) or "none"
        raise ConfigurationError(f"{path}: one class with decide(facts) is due, there is: {names}")
    made = cast(type[Hosted], found[0])
    _check(path, made)
    return made


def wants_of(made: type[Hosted] | Hosted) -> tuple[str, ...]:
    """What the strategy is to be told."""
    return tuple(getattr(made, "wants", ()))


def _check(path: Path, made: type[Hosted]) -> None:
    name = made.__name__
    if not callable(getattr(made, "start", None)):
        raise ConfigurationError(f"{path}: {name} has no start(parameters, seed)")
    wants = getattr(made, "wants", ())
    if not isinstance(wants, tuple) or not set(wants) <= set(WANTS):
        known = ", ".join(WANTS)
        raise ConfigurationError(f"{path}: {name}.wants = {wants!r}: a tuple out of {known} is due")
    if wants and not callable(getattr(made, "on_event", None)):
        raise ConfigurationError(f"{path}: {name} wants {', '.join(wants)} and has no on_event")
