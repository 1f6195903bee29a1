"""A YAML file as a pydantic model, with errors that name file, line and key.

Numbers are read as text and become exact decimals. For a key that is not known the nearest one that
is gets suggested.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from robot.basics.currency import parse_currency, parse_pair
from robot.basics.numbers import parse_decimal
from robot.errors import ConfigurationError

NODES_MAX = 100_000
"""Keys and values of one file, repeated ones counted each time: aliases multiply."""
BYTES_MAX = 4 * 1024 * 1024
"""Of one file: some 40,000 rows of limits. More is not looked into."""
DIGITS_MAX = 18


def _exact(value: object) -> Decimal:
    """A number as written: digits and at most one point; no exponent, underscore or NaN."""
    return parse_decimal(str(value))


def _whole(value: object) -> object:
    """A whole number as written: digits only, which is less than `int` takes."""
    text = str(value)
    digits = text[1:] if text[:1] == "-" else text
    if not (digits.isascii() and digits.isdigit()) or len(digits) > DIGITS_MAX:
        raise ValueError(f"not a whole number of at most {DIGITS_MAX} digits")
    return int(text)


Exact = Annotated[Decimal, BeforeValidator(_exact)]
Positive = Annotated[Exact, Field(gt=0)]
NotNegative = Annotated[Exact, Field(ge=0)]
CurrencyCode = Annotated[str, AfterValidator(parse_currency)]
Pair = Annotated[str, AfterValidator(parse_pair)]
Whole = Annotated[int, BeforeValidator(_whole)]
Count = Annotated[Whole, Field(ge=1)]
Path_ = tuple[str | int, ...]


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
"""Letters, digits, dot, underscore, hyphen: safe in ids, topics and file names."""


class Model(BaseModel):
    """Strict about keys, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Loaded = TypeVar("Loaded", bound=Model)


class Misplaced(ValueError):
    """What a check of a whole finds wrong with one part of it, by its place below the whole."""

    def __init__(self, text: str, place: Path_) -> None:
        super().__init__(text)
        self.place = place


def place_of(error: Mapping[str, Any]) -> Path_:
    """Where the error of a pydantic model is."""
    raised = error.get("ctx", {}).get("error")
    below: Path_ = raised.place if isinstance(raised, Misplaced) else ()
    return (*error["loc"], *below)


def load_file(path: Path, model: type[Loaded]) -> Loaded:
    """One YAML file as its model."""
    try:
        text = _text_of(path)
    except OSError as problem:
        raise ConfigurationError(f"{path}: cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise ConfigurationError(f"{path}: is not UTF-8 text ({problem.reason})") from problem
    return load_text(text, path, model)


def load_text(text: str, path: Path, model: type[Loaded]) -> Loaded:
    """The text of a YAML file as its model; `path` is what problems are told with."""
    lines: dict[Path_, int] = {}
    try:
        node = _composed(text)
    except RecursionError as problem:
        raise ConfigurationError(f"{path}: is nested too deeply, or refers to itself") from problem
    except MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        raise ConfigurationError(f"{path}:{line}: {problem.problem}") from problem
    except (YAMLError, ReusedAnchorWarning) as problem:
        raise ConfigurationError(f"{path}: cannot be read as YAML: {problem}") from problem
    if not isinstance(node, MappingNode):
        raise ConfigurationError(f"{path}:1: a mapping (`key: value` lines) is due")
    try:
        data = _plain(path, node, (), lines)
    except RecursionError as problem:
        raise ConfigurationError(f"{path}: is nested too deeply, or refers to itself") from problem
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        raise ConfigurationError(_told(path, problem, lines, model)) from problem


def _composed(text: str) -> Node | None:
    """The tree of a text, with the place of each node."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ReusedAnchorWarning)  # which of the two is meant?
        # Not the usual "rt": it gathers comments too, which takes as long again.
        node: Node | None = YAML(typ="safe", pure=True).compose(text)
    return node


def _text_of(path: Path) -> str:
    """All of it. What is no file is not opened: a pipe would never answer, a device never end."""
    if path.exists() and not path.is_file():
        raise ConfigurationError(f"{path}: cannot be read: it is no file")
    with path.open("rb") as file:
        data = file.read(BYTES_MAX + 1)
    if len(data) > BYTES_MAX:
        raise ConfigurationError(f"{path}: is longer than {BYTES_MAX} bytes")
    return data.decode("utf-8")


def line_in(path: Path, place: Path_) -> int:
    """The line on which a value of a file that was loaded before stands; 1 where it is not."""
    lines: dict[Path_, int] = {}
    node = YAML(typ="safe", pure=True).compose(path.read_text(encoding="utf-8"))
    _plain(path, node, (), lines)
    return lines.get(place, 1)


def _plain(path: Path, node: Node, at: Path_, lines: dict[Path_, int]) -> object:
    """A YAML node as plain data, every number still as text; remembers the line of each key."""
    lines[at] = node.start_mark.line + 1
    if len(lines) > NODES_MAX:
        raise ConfigurationError(f"{path}: holds more than {NODES_MAX} values")
    if isinstance(node, ScalarNode):
        if not node.style and node.value in ("", "~", "null"):
            return None
        return node.value
    if isinstance(node, SequenceNode):
        return [_plain(path, item, (*at, i), lines) for i, item in enumerate(node.value)]
    result: dict[str, object] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in result:
            line = key.start_mark.line + 1
            raise ConfigurationError(f"{path}:{line}: {name} is given twice")
        result[name] = _plain(path, value, (*at, name), lines)
        lines[(*at, name)] = key.start_mark.line + 1
    return result


def _told(
    path: Path, problem: ValidationError, lines: dict[Path_, int], model: type[BaseModel]
) -> str:
    """All errors of a file, one line each: file, line, key, what is wrong, did-you-mean."""
    told = []
    for error in problem.errors():
        place = place_of(error)
        known = place
        while known and known not in lines:
            known = known[:-1]
        key = ".".join(str(part) for part in place)
        text = f"{path}:{lines.get(known, 1)}: {key}: {error['msg']}"
        if error["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(place[-1]), _keys(model), n=1)
            text = f"{path}:{lines.get(known, 1)}: {key}: this key is not known"
            text += f"; did you mean '{near[0]}'?" if near else ""
        elif isinstance(error["input"], str):
            text += f" (found {error['input'][:60]!r})"
        told.append(text)
    return "\n".join(told)


def _keys(model: type[BaseModel]) -> list[str]:
    """Every key that may occur anywhere in a file."""
    keys: list[str] = []
    for name, field in model.model_fields.items():
        keys.append(name)
        for candidate in _inside(field.annotation):
            keys += _keys(candidate)
    return keys


def _inside(annotation: object) -> Iterator[type[BaseModel]]:
    """The models anywhere in an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for part in getattr(annotation, "__args__", ()):
        yield from _inside(part)
