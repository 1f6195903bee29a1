"""What every test stands on: the product's decimal context, repeatable property tests, an order."""

from __future__ import annotations

import gc
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from robot import yamltext
from robot.basics.numbers import set_decimal_context
from tests.kit.examples import SAME_EACH_TIME

settings.register_profile(
    "fxrobot",
    deadline=None,
    derandomize=SAME_EACH_TIME,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fxrobot")

LONGEST_S = 600
"""Who may take so long is one of the longest."""

gc.disable()  # till all tests are collected: what is imported stays, to look at it is waste

_composed_anew, _SHIPPED = yamltext.composed, Path(__file__).resolve().parents[1] / "config"
_composed_once = lru_cache(maxsize=32)(_composed_anew)


def _composed(text: str) -> Any:
    """The shipped files are read hundreds of times: their trees, which nothing changes, are kept.
    Whatever is changed in a file is read anew.
    """
    return _composed_once(text) if text in _shipped() else _composed_anew(text)


@cache
def _shipped() -> frozenset[str]:
    return frozenset(path.read_text(encoding="utf-8") for path in _SHIPPED.rglob("*.yaml"))


yamltext.composed = _composed


def pytest_collection_finish() -> None:
    """What tests leave behind is collected; modules and thousands of tests are not gone through."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _decimals_as_in_the_product() -> None:
    """Mixing floats into decimals is an error in tests, too."""
    set_decimal_context()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest come first, then what starts processes and waits, then what is slow: the end of
    a run is of short tests, which its workers share evenly, and who waits does so while others
    work.
    """
    items.sort(key=_turn)
    for item in items:
        if item.get_closest_marker("wire") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(300))  # its processes may share two busy cores


def _turn(item: pytest.Item) -> int:
    """The sort is stable: a file's tests stay together in their order."""
    patience = item.get_closest_marker("timeout")
    if patience is not None and patience.args[0] >= LONGEST_S:
        return 0
    if item.get_closest_marker("wire") is not None:
        return 1
    return 2 if item.get_closest_marker("slow") is not None else 3
