"""JSON schemas of files that people write, for editors that check while one types.

`python -m robot.schemas config/schema` writes them; a test fails when they are not current. They
are made from the models that read the files and say no more than those: what takes the rest of the
configuration to know (names, looser rows), the robot itself tells.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from robot.deals.limit_rows import OF_TIME, SCOPES, WITHOUT_MAXIMUM, LimitKind
from robot.settings import CounterpartiesFile, LimitsFile
from robot.yamlfile import Model

_FILES: dict[str, type[Model]] = {
    "limits.json": LimitsFile,
    "counterparties.json": CounterpartiesFile,
}
_BOUNDS = {"gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum"}
_DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"


def schema_files() -> dict[str, str]:
    """File name to text, as they stand in `config/schema`."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    files = {}
    for name, model in _FILES.items():
        schema = _mended(model.model_json_schema())
        if model is LimitsFile:
            _add_rules_of_rows(schema)
        files[name] = json.dumps({"$schema": dialect, **schema}, indent=2) + "\n"
    return files


def _mended(node: Any) -> Any:
    """What pydantic makes of exact numbers, as JSON schema: bounds on the number, digits in text"""
    if isinstance(node, list):
        return [_mended(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {key: _mended(value) for key, value in node.items() if key not in _BOUNDS}
    made.pop("default", None)  # of no use to an editor, and another way of writing than the files'
    bounds = {_BOUNDS[key]: value for key, value in node.items() if key in _BOUNDS}
    either = made.get("anyOf")
    if either == [{"type": "number"}, {"type": "string"}]:
        made["anyOf"] = [{"type": "number", **bounds}, {"type": "string", "pattern": _DECIMAL}]
        return made
    return {**made, **bounds}


def _add_rules_of_rows(schema: dict[str, Any]) -> None:
    """One scope; a maximum, and seconds, where the kind has them."""
    row = schema["$defs"]["TreeRow"]
    row["oneOf"] = [{"required": [scope]} for scope in SCOPES]
    tree = schema["properties"]["tree"]
    tree.pop("propertyNames", None)
    tree["additionalProperties"] = False
    tree["properties"] = {str(kind): _rows_of(kind) for kind in LimitKind}


def _rows_of(kind: LimitKind) -> dict[str, Any]:
    names = [] if kind in WITHOUT_MAXIMUM else ["maximum"]
    names += ["within_s"] if kind in OF_TIME else []
    rules: dict[str, Any] = {"$ref": "#/$defs/TreeRow"}
    if names:
        rules["required"] = names
    banned = [name for name in ("maximum", "within_s") if name not in names]
    banned += [] if kind in WITHOUT_MAXIMUM else ["hours", "weekdays"]
    banned += [] if kind is LimitKind.HOURS else ["settles_within"]
    if banned:
        rules["not"] = {"anyOf": [{"required": [name]} for name in banned]}
    return {"type": "array", "items": rules}


def write_schemas(folder: Path) -> None:
    """Write them all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schema_files().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1] if len(sys.argv) > 1 else "config/schema"))
