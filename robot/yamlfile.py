"""A YAML file as a pydantic model, with errors that name file, line and key.

Numbers are read as text and become exact decimals. For a key that is not known the nearest one that
is gets suggested.
"""

from __future__ import annotations

import difflib
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

from robot.basics.currency import parse_currency, parse_pair
from robot.basics.numbers import parse_decimal
from robot.errors import ConfigurationError
from robot.yamltext import Place, read_text

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
Path_ = Place


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
    data, lines = read_text(text, str(path))
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        raise ConfigurationError(_told(path, problem, lines, model)) from problem


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
    return read_text(path.read_text(encoding="utf-8"), str(path))[1].get(place, 1)


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
