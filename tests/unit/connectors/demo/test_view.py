"""The demo's live view."""

from __future__ import annotations

import pytest
from rich.console import Console

from connectors.demo.view import _counters, _deals
from tests.kit.deals import every_product


@pytest.mark.parametrize(("kills", "shown"), [(0, False), (3, True)])
def test_kills_are_shown_as_soon_as_there_are_some(kills: int, shown: bool) -> None:
    console = Console(width=300)
    with console.capture() as text:
        console.print(_counters({"fills": 5}, {"booked": 4}, kills))
    assert ("processes killed 3" in text.get()) is shown


def test_both_legs_of_a_swap_are_shown() -> None:
    console = Console(width=300)
    with console.capture() as text:
        console.print(_deals([every_product()["swap"]]))
    for shown in ("SWAP", "7.0012 / 6.9536", "2026-01-16 / 2026-04-16"):
        assert shown in text.get()
