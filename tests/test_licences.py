"""Nothing that runs with the robot is under the GPL or the AGPL."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement

RUNTIME_EXTRAS = frozenset({"backtest", "demo", "postgres"})


def test_no_package_at_run_time_is_under_gpl_or_agpl() -> None:
    found = {name: licence_of(each) for name, each in runtime().items()}
    assert len(found) > len(distribution("fxrobot").requires or []) // 2
    assert {name: text for name, text in found.items() if is_gpl(text)} == {}


@pytest.mark.parametrize(
    "text",
    [
        "AGPL-3.0-or-later",
        "GPL-2.0-only",
        "MIT AND GPL-3.0",
        "GNU General Public License v3 (GPLv3)",
        "GNU Affero General Public License v3",
    ],
)
def test_a_gpl_is_recognised(text: str) -> None:
    assert is_gpl(text)


@pytest.mark.parametrize(
    "text",
    ["MIT", "LGPL-3.0-only", "GPL-2.0-only OR MIT", "GNU Lesser General Public License v2"],
)
def test_other_licences_are_let_through(text: str) -> None:
    assert not is_gpl(text)


def runtime() -> dict[str, Distribution]:
    """What is installed of the project's requirements, and of theirs, without the tools."""
    found: dict[str, Distribution] = {}
    waiting = [("fxrobot", RUNTIME_EXTRAS)]
    while waiting:
        name, extras = waiting.pop()
        for text in distribution(name).requires or []:
            wanted = Requirement(text)
            if wanted.name in found or not is_wanted(wanted, extras):
                continue
            try:
                found[wanted.name] = distribution(wanted.name)
            except PackageNotFoundError:
                # The other QuickFIX is installed, or an alternative for another platform.
                continue
            waiting.append((wanted.name, frozenset(wanted.extras)))
    return found


def is_wanted(wanted: Requirement, extras: frozenset[str]) -> bool:
    """Whether the requirement holds here, for these extras."""
    if wanted.marker is None:
        return True
    return any(wanted.marker.evaluate({"extra": extra}) for extra in ("", *sorted(extras)))


def licence_of(each: Distribution) -> str:
    """The licence by its expression, else by its classifiers, else by its text's first line."""
    said = each.metadata
    if expression := said.get("License-Expression"):
        return expression
    classifiers = [text for text in said.get_all("Classifier") or [] if text.startswith("License")]
    first_line = (said.get("License") or "").strip().partition("\n")[0]
    return " AND ".join([*classifiers, first_line])


def is_gpl(text: str) -> bool:
    """Whether a licence leaves no choice but the GPL or the AGPL."""
    gpl = re.compile(r"\bA?GPL|(?<!Lesser )(?<!Library )General Public License", re.IGNORECASE)
    return all(gpl.search(choice) for choice in re.split(r"\s+OR\s+", text))
