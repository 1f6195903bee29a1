"""The connector's page has every message, tag and key of a dialect that the code knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from connectors.fix import (
    allocations,
    asks_in,
    asks_out,
    curves,
    decode,
    encode,
    encoded,
    fill_fields,
    orders_in,
    orders_out,
    parties,
    prices,
    quote_fields,
    record_in,
    streams_in,
    streams_out,
    terms,
    top,
)
from robot.dialects import DialectSettings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "connectors.md"


def page() -> str:
    """Its text."""
    return PAGE.read_text(encoding="utf-8")


def test_every_key_of_a_dialect_is_explained() -> None:
    text = page()
    assert [key for key in DialectSettings.model_fields if f"| `{key}` |" not in text] == []


def rows(text: str, heading: str) -> str:
    """The rows of the table under a heading."""
    section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    return "\n".join(line for line in section.splitlines() if line.startswith("| "))


def test_every_message_type_is_in_the_tables() -> None:
    text = page()
    lines = rows(text, "FIX: messages in").splitlines()
    heads = " ".join(line.split("|")[1] for line in lines)
    assert [
        kind for kind in (*decode.DECODERS, "W", "X") if not re.search(rf"\b{kind}\b", heads)
    ] == []
    heads = rows(text, "FIX: messages out")
    code = [
        Path(str(module.__file__)).read_text(encoding="utf-8")
        for module in (encode, orders_out, asks_out, streams_out, allocations)
    ]
    sent = re.findall(r'Encoded\(\s*"(\w+)"', "".join(code))
    assert len(sent) == len(encode.ENCODERS) + 1  # a quote is taken by D or by AJ
    assert [kind for kind in sent if not re.search(rf"^\| {kind} ", heads, re.M)] == []


def test_every_tag_is_in_the_tables() -> None:
    text = page()
    known = set(re.findall(r"\d+", rows(text, "FIX: messages out")))
    for module in (encode, orders_out, asks_out, streams_out, allocations):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        assert {str(number) for number in tags_written(tree)} - known == set()
    known = set(re.findall(r"\d+", rows(text, "FIX: messages in")))
    for module in (decode, orders_in, asks_in, allocations, parties, record_in, streams_in, top):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        assert {str(number) for number in tags_read(tree)} - known == set()


def test_every_tag_of_the_products_is_on_the_page() -> None:
    known = set(re.findall(r"\d+", page().split("## FIX: the guard")[0]))
    for written in (encoded, quote_fields, fill_fields):
        tree = ast.parse(Path(str(written.__file__)).read_text(encoding="utf-8"))
        found = {str(number) for number in tags_written(tree)}
        assert found and found - known == set()
    for read in (terms, prices, curves):
        tree = ast.parse(Path(str(read.__file__)).read_text(encoding="utf-8"))
        found = {str(number) for number in tags_read(tree)}
        assert found and found - known == set()


def tags_written(tree: ast.Module) -> Iterator[int]:
    """First elements of (tag, value) pairs and counts of groups."""
    for node in ast.walk(tree):
        first: ast.expr | None = None
        if isinstance(node, ast.Tuple) and len(node.elts) == 2:
            first = node.elts[0]
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Group":
            first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, int):
            yield first.value


def tags_read(tree: ast.Module) -> Iterator[int]:
    """Numbers handed to the readers of a message."""
    readers = {"required", "get", "group", "group_of", "first", "identifier", "integer"}
    readers |= {"quantity", "timestamp", "_optional_id", "_optional_date"}
    readers |= {"amount", "price", "points", "percent", "number", "local_date"}
    readers |= {"_needed", "_one_date", "_when", "_leg_when", "_points", "_missing", "_currency"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            for argument in node.args if name in readers else ():
                if isinstance(argument, ast.Constant) and isinstance(argument.value, int):
                    yield argument.value
