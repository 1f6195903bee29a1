"""How venues write FIX, as files: presets in `fix/dialects/*.yaml`, overrides in `desk.yaml`.

What the keys mean is told by `connectors/fix/dialect.py`, which gets them as plain data. A folder's
own preset goes before the shipped one of its name.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from robot.basics.tenor import parse_tenor
from robot.deals.product import ProductKind
from robot.errors import ConfigurationError, UnknownTenor
from robot.package import configuration_folder
from robot.yamlfile import CurrencyCode, Model, Name, Whole, load_file

DEFAULT_PRESET = "fix44"
_FOLDER = Path("fix") / "dialects"
_MERGED = ("products", "curves", "settl_types", "repo_agreements")
"""Of these an override replaces single entries and keeps the others."""

_CAPACITY, _MARKS = (528, 529), (1_700, 9_999)
"""Tags that may tell who sends a message: capacity and restrictions, and what nobody else uses."""

Tag = Annotated[Whole, Field(ge=1, le=99_999)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,16}$")]
Marker = dict[Tag, Annotated[str, Field(pattern=r"^[!-~]{1,40}$")]]


class DialectFile(Model):
    """A preset; what it leaves out is as in `fix44`."""

    version: Literal["FIX.4.4", "FIX.5.0SP2"] | None = None
    simulated: bool | None = None
    counterparty_roles: Annotated[tuple[Code, ...], Field(min_length=1)] | None = None
    takes_orders: bool | None = None
    trades_live: bool | None = None
    trades_since: bool | None = None
    maker_roles: Annotated[tuple[Code, ...], Field(min_length=1)] | None = None
    take_quote: Literal["order", "response"] | None = None
    counters: bool | None = None
    counter_quote_type: Literal["1", "3"] | None = None
    robot_marks: Marker | None = None
    counterparty_role_out: Code | None = None
    party_source: Code | None = None
    streaming_seconds_tag: Tag | None = None
    symbol_separator: Literal["/", ".", "-", ""] | None = None
    products: dict[ProductKind, Annotated[tuple[Marker, ...], Field(min_length=1)]] | None = None
    curves: dict[ProductKind, Marker] | None = None
    swap_style: Literal["FAR_LEG", "LEGS"] | None = None
    swap_side: Literal["NEAR", "FAR"] | None = None
    swap_hit: Literal["RATES", "POINTS"] | None = None
    swap_order_type: Code | None = None
    points_unit: Literal["PRICE", "PIPS"] | None = None
    near_tenor_tag: Tag | None = None
    far_tenor_tag: Tag | None = None
    settl_types: dict[Code, Code] | None = None
    settl_type_periods: bool | None = None
    settl_type_informs_only: bool | None = None
    fixing_index_tag: Tag | None = None
    fixing_date_tag: Tag | None = None
    far_contra_tag: Tag | None = None
    lend_side: Code | None = None
    borrow_side: Code | None = None
    loan_symbol: Literal["CURRENCY", "CONTRACT"] | None = None
    loan_currency: CurrencyCode | None = None
    loan_amounts: Literal["REPAYMENT", "PRINCIPAL"] | None = None
    contract_days_tag: Annotated[Whole, Field(ge=0, le=99_999)] | None = None
    haircut_form: Literal["HAIRCUT", "CONVERSION_RATIO"] | None = None
    haircut_tag: Tag | None = None
    repo_agreements: dict[str, Name] | None = None


class DialectSettings(DialectFile):
    """A venue's `dialect` in `desk.yaml`: a preset, and what the venue writes otherwise."""

    preset: Name = DEFAULT_PRESET


def preset_path(folder: Path, preset: str) -> Path:
    """The file of a preset: the folder's own, else the shipped one."""
    own = folder / _FOLDER / f"{preset}.yaml"
    return own if own.is_file() else configuration_folder() / _FOLDER / f"{preset}.yaml"


def preset_paths(folder: Path, preset: str) -> tuple[Path, ...]:
    """The files that a preset is made of: the shipped `fix44`, and its own over it."""
    base = configuration_folder() / _FOLDER / f"{DEFAULT_PRESET}.yaml"
    return tuple(dict.fromkeys((base, preset_path(folder, preset))))


def load_dialect(
    folder: Path,
    venue: str,
    settings: DialectSettings,
    read: dict[Path, DialectFile] | None = None,
) -> dict[str, object]:
    """A venue's whole dialect as plain data: `fix44`, its preset over it, its overrides last.

    `read` keeps the files for the next venue.
    """
    read = {} if read is None else read
    paths = preset_paths(folder, settings.preset)
    if not paths[-1].is_file():
        raise ConfigurationError(_unknown(folder, venue, settings.preset))
    for path in paths:
        if path not in read:
            layer = load_file(path, DialectFile)
            assert isinstance(layer, DialectFile), "a preset is loaded as one"
            read[path] = layer
    found: dict[str, Any] = {}
    for part in (*(read[path] for path in paths), settings):
        for key, value in part.model_dump(mode="json", exclude_none=True).items():
            found[key] = {**found.get(key, {}), **value} if key in _MERGED else value
    found.pop("preset", None)
    _check(f"{folder / 'desk.yaml'}: venue {venue}: dialect", found)
    return found


def _unknown(folder: Path, venue: str, preset: str) -> str:
    folders = (folder / _FOLDER, configuration_folder() / _FOLDER)
    known = sorted({path.stem for place in folders for path in place.glob("*.yaml")})
    near = difflib.get_close_matches(preset, known, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else f" (there are {', '.join(known)})"
    text = f"{folder / 'desk.yaml'}: venue {venue}: dialect.preset: no such preset {preset!r}"
    return text + hint


def _check(place: str, found: dict[str, Any]) -> None:
    """What several keys must say together."""
    if found["swap_style"] == "LEGS" and found["version"] != "FIX.5.0SP2":
        text = "swap_style LEGS needs version FIX.5.0SP2: the swap points of FIX 4.4 have no tags"
        raise ConfigurationError(f"{place}: {text}")
    if found["lend_side"] == found["borrow_side"]:
        raise ConfigurationError(f"{place}: lend_side and borrow_side are the same")
    _check_marks(place, found)
    if "*" not in found["repo_agreements"]:
        raise ConfigurationError(f"{place}: repo_agreements names none for all others ('*')")
    for tenor in found["settl_types"].values():
        try:
            parse_tenor(tenor)
        except UnknownTenor as problem:
            raise ConfigurationError(f"{place}: settl_types: {problem}") from problem
    _check_markers(place, found["products"])


def _check_marks(place: str, found: dict[str, Any]) -> None:
    """A mark may not stand where the message says something else."""
    own = sorted(value for key, value in found.items() if key.endswith("_tag") and value)
    told = ", ".join(map(str, own))
    for tag in map(int, found["robot_marks"]):
        if tag in own or not (tag in _CAPACITY or _MARKS[0] <= tag <= _MARKS[1]):
            free = f"{_CAPACITY[0]}, {_CAPACITY[1]} and {_MARKS[0]} to {_MARKS[1]}"
            text = f"robot_marks: tag {tag} says something else: {free} are free, but for {told}"
            raise ConfigurationError(f"{place}: {text}")


def _check_markers(place: str, products: dict[str, Any]) -> None:
    """One marker may not stand for two products: which one was meant would be a guess."""
    seen: dict[tuple[tuple[str, str], ...], str] = {}
    for kind, markers in products.items():
        for marker in markers:
            key = tuple(sorted((str(tag), value) for tag, value in marker.items()))
            other = seen.setdefault(key, kind)
            if other != kind:
                told = ", ".join(f"{tag}={value}" for tag, value in key) or "no marker at all"
                raise ConfigurationError(f"{place}: products: {told} is {other} and {kind}")
