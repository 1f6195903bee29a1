"""What every test stands on: the product's decimal context, repeatable property tests, an order."""

from __future__ import annotations

import gc
from functools import cache, lru_cache
from itertools import chain, islice
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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What starts processes has more time: they may share two busy cores."""
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    ordered = shared_out(items, workers)
    assert {*ordered} == {*items} and len(ordered) == len(items), "each test has its turn"
    items[:] = ordered
    for item in items:
        if item.get_closest_marker("wire") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(300))


def shared_out(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """The order for so many workers. Each begins with as many tests as the others, one stretch of
    them, and when it has none left it takes some from the end of another's. So the first begins
    with what starts processes and waits, the others compute meanwhile, what takes longest first;
    all end with short tests. A file's tests stay together: they share what is made for them.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    kinds: dict[str, list[list[pytest.Item]]] = {"wire": [], "slow": [], "": []}
    for same in sorted(files.values(), key=_longest, reverse=True):
        kinds[_kind(same)].append(same)
    shares = [[*chain(*kinds["wire"])], *([] for _ in range(workers - 1))]
    for number, same in enumerate(kinds["slow"]):
        shares[1 + number % (workers - 1) if workers > 1 else 0] += same
    short = chain(*kinds[""])
    for share in shares:
        share += islice(short, max(0, len(items) // workers - len(share)))
    return [*chain(*shares), *short]


def _kind(same: list[pytest.Item]) -> str:
    found = {mark.name for item in same for mark in item.iter_markers()}
    return next((name for name in ("wire", "slow") if name in found), "")


def _longest(same: list[pytest.Item]) -> int:
    """The seconds that one of them may take; 0 = as usual."""
    return max((mark.args[0] for item in same for mark in item.iter_markers("timeout")), default=0)
