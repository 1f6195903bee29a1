"""The schemas that editors check limits.yaml and counterparties.yaml with."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from robot.package import configuration_folder
from robot.schemas import schema_files

SCHEMAS = Path(__file__).resolve().parents[3] / "config" / "schema"
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "null": (type(None),),
    "number": (int, float), "integer": (int,),
}  # fmt: skip
_IGNORED = {"$schema", "$defs", "title", "description", "format"}


def fits(value: Any, rule: Any, whole: dict[str, Any]) -> bool:
    """A value against a JSON schema, of the words that ours use; another word is an error."""
    if rule is True or rule is False:
        return bool(rule)
    checks = {
        "$ref": lambda ref: fits(value, whole["$defs"][ref.rpartition("/")[2]], whole),
        "type": lambda name: isinstance(value, _TYPES[name]) and not isinstance(value, bool),
        "enum": lambda among: value in among,
        "const": lambda one: value == one,
        "pattern": lambda text: not isinstance(value, str) or re.search(text, value) is not None,
        "anyOf": lambda rules: any(fits(value, one, whole) for one in rules),
        "oneOf": lambda rules: sum(fits(value, one, whole) for one in rules) == 1,
        "not": lambda one: not fits(value, one, whole),
        "required": lambda names: not isinstance(value, dict) or set(names) <= set(value),
        "items": lambda one: all(fits(item, one, whole) for item in value),
        "minItems": lambda least: len(value) >= least,
        "properties": lambda rules: all(
            fits(value[name], one, whole) for name, one in rules.items() if name in value
        ),
        "additionalProperties": lambda one: all(
            fits(item, one, whole) for name, item in value.items()
            if name not in rule.get("properties", {})
        ),
        "minimum": lambda least: value >= least,
        "maximum": lambda most: value <= most,
        "exclusiveMinimum": lambda least: value > least,
        "exclusiveMaximum": lambda most: value < most,
    }  # fmt: skip
    words = sorted(set(rule) - _IGNORED, key=lambda word: word != "type")  # the others rely on it
    return all(checks[word](rule[word]) for word in words)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema_files()["limits.json"])
    return found


@pytest.fixture
def limits() -> dict[str, Any]:
    path = configuration_folder() / "limits.yaml"
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(path)
    found["tree"] = {}
    return found


def test_the_committed_schemas_are_those_of_the_models() -> None:
    """`python -m robot.schemas config/schema` writes them."""
    for name, text in schema_files().items():
        assert (SCHEMAS / name).read_text(encoding="utf-8") == text, name


@pytest.mark.parametrize("name", ["limits", "counterparties"])
def test_the_shipped_files_fit_and_name_their_schema(name: str) -> None:
    path = configuration_folder() / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    rules = json.loads(schema_files()[f"{name}.json"])
    content = json.loads(json.dumps(YAML(typ="safe", pure=True).load(text), default=str))
    assert fits(content, rules, rules)
    assert text.startswith(f"# yaml-language-server: $schema=schema/{name}.json\n")


@pytest.mark.parametrize(
    ("kind", "row", "right"),
    [
        ("clip", {"everyone": "all", "maximum": 5}, True),
        ("clip", {"counterparty": "*", "maximum": "5.5", "pairs": ["EUR/USD"]}, True),
        ("permitted", {"book": "FXSPOT", "products": ["SPOT"]}, True),
        ("repeated_execution", {"everyone": "all", "maximum": 5, "within_s": 60}, True),
        ("clipp", {"everyone": "all", "maximum": 5}, False),
        ("clip", {"everyone": "all"}, False),
        ("clip", {"maximum": 5}, False),
        ("clip", {"everyone": "all", "book": "FXSPOT", "maximum": 5}, False),
        ("clip", {"everyone": "all", "maximum": -5}, False),
        ("clip", {"everyone": "all", "maximum": "1e6"}, False),
        ("clip", {"everyone": "all", "maximun": 5}, False),
        ("clip", {"everyone": "all", "maximum": 5, "products": ["SPOTS"]}, False),
        ("clip", {"everyone": "all", "maximum": 5, "within_s": 60}, False),
        ("permitted", {"book": "FXSPOT", "maximum": 5}, False),
        ("repeated_execution", {"everyone": "all", "maximum": 5}, False),
    ],
)
def test_a_row_is_judged_while_it_is_typed(
    schema: dict[str, Any], limits: dict[str, Any], kind: str, row: dict[str, Any], right: bool
) -> None:
    limits["tree"] = {kind: [row]}
    assert fits(limits, schema, schema) is right
