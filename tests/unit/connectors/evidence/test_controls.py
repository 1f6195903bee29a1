"""The catalogue of controls says what is: its tests exist, its codes too, and the page is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.evidence.catalogue import CONTROLS
from connectors.evidence.controls import Control, State, page
from robot.limits.limit import Reason

ROOT = Path(__file__).parents[4]
ALERTS = {
    *("OVERRIDE_GRANTED", "OVERRIDE_REFUSED", "OVERRIDE_ENDED"),
    *("REFERENCE_REFUSED", "REFERENCE_NOT_APPLIED", "RELEASE_REFUSED"),
    *("ROLLED_BACK", "ROLLBACK_REFUSED", "CANDIDATE_FAILED", "CANDIDATE_SUSPENDED"),
}


def test_the_page_is_that_of_the_catalogue() -> None:
    shown = (ROOT / "docs" / "controls.md").read_text(encoding="utf-8")
    assert shown == page(CONTROLS), "python -m connectors.evidence.catalogue > docs/controls.md"


def test_every_control_of_the_catalogue_is_there_once() -> None:
    assert [one.id for one in CONTROLS] == [f"C-{number:02}" for number in range(1, 49)]


@pytest.mark.parametrize("control", CONTROLS, ids=lambda one: one.id)
def test_what_is_built_is_proved_by_tests_that_exist(control: Control) -> None:
    untested = control.state is State.NOT_BUILT or control.missing.startswith("a test of its own")
    assert bool(control.tests) is not untested
    assert bool(control.missing) is (control.state is not State.BUILT)
    assert control.basis
    for test in control.tests:
        path, _, name = test.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8")
        wanted = f"== {name}\n" if path.endswith(".txt") else f"def {name}("
        assert wanted in text, test
    assert set(control.codes) <= set(Reason) | ALERTS


def test_no_control_is_called_not_built_that_refuses_by_its_own_code() -> None:
    missing = [one for one in CONTROLS if one.state is State.NOT_BUILT]
    assert not [one.id for one in missing if one.codes]
