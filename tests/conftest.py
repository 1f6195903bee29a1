"""What every test stands on: the product's decimal context and repeatable property tests."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from robot.basics.numbers import set_decimal_context

# In CI the same examples on every run: a red build is a change of the code, not of the dice.
settings.register_profile(
    "ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "dev", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")


@pytest.fixture(autouse=True)
def _decimals_as_in_the_product() -> None:
    """Mixing floats into decimals is an error in tests, too."""
    set_decimal_context()
