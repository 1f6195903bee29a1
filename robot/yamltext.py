"""The text of a YAML file as plain data with the line of every value.

Numbers stay text: whoever reads one says which kind it is. No file and no model is known here.
"""

from __future__ import annotations

import warnings

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from robot.errors import ConfigurationError

NODES_MAX = 100_000
"""Keys and values of one file, repeated ones counted each time: aliases multiply."""

Place = tuple[str | int, ...]
Lines = dict[Place, int]
"""Where each value stands, the first line is 1."""


def read_text(text: str, where: str) -> tuple[dict[str, object], Lines]:
    """The mapping that the text is; ConfigurationError with `where` and line else."""
    lines: Lines = {}
    try:
        node = composed(text)
        if not isinstance(node, MappingNode):
            raise ConfigurationError(f"{where}:1: a mapping (`key: value` lines) is due")
        found = plain(where, node, (), lines)
    except RecursionError as problem:
        raise ConfigurationError(f"{where}: is nested too deeply, or refers to itself") from problem
    except MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        raise ConfigurationError(f"{where}:{line}: {problem.problem}") from problem
    except (YAMLError, ReusedAnchorWarning) as problem:
        raise ConfigurationError(f"{where}: cannot be read as YAML: {problem}") from problem
    assert isinstance(found, dict), "a mapping is a dict"
    return found, lines


def composed(text: str) -> Node | None:
    """The tree of a text, with the place of each node."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ReusedAnchorWarning)  # which of the two is meant?
        # Not the usual "rt": it gathers comments too, which takes as long again.
        node: Node | None = YAML(typ="safe", pure=True).compose(text)
    return node


def plain(where: str, node: Node, at: Place, lines: Lines) -> object:
    """A YAML node as plain data, every number still as text; remembers the line of each key."""
    lines[at] = node.start_mark.line + 1
    if len(lines) > NODES_MAX:
        raise ConfigurationError(f"{where}: holds more than {NODES_MAX} values")
    if isinstance(node, ScalarNode):
        if not node.style and node.value in ("", "~", "null"):
            return None
        return node.value
    if isinstance(node, SequenceNode):
        return [plain(where, item, (*at, i), lines) for i, item in enumerate(node.value)]
    result: dict[str, object] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in result:
            line = key.start_mark.line + 1
            raise ConfigurationError(f"{where}:{line}: {name} is given twice")
        result[name] = plain(where, value, (*at, name), lines)
        lines[(*at, name)] = key.start_mark.line + 1
    return result
