"""Names in the desk's games: one that nobody has is never met, and what it forbids goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from connectors.doctor.check import Finding, warning
from robot.deals.reference import Reference
from robot.strategy import Strategy


def check_names(reference: Reference, games: Mapping[str, Strategy]) -> Iterator[Finding]:
    """Tiers, counterparties and banks that games name and the desk has not."""
    parties = {str(name) for name in reference.counterparties}
    tiers = {row.tier for row in reference.counterparties.values()}
    for name, played in games.items():
        game = getattr(played, "game", None)
        applies, panel = getattr(game, "applies", None), getattr(game, "panel", None)
        named = [
            ("applies.tiers", getattr(applies, "tiers", ()), tiers),
            ("applies.counterparties", getattr(applies, "counterparties", ()), parties),
            ("ask.always", getattr(panel, "always", ()), parties),
            ("ask.never", getattr(panel, "never", ()), parties),
            ("ask.at least every", [key for key in getattr(panel, "at_least", ()) if key], parties),
        ]
        for key, wanted, known in named:
            for one in sorted({*wanted} - known):
                near = get_close_matches(one, known, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                text = f"game {name!r}: {key}: {one} is not in counterparties.yaml{hint}"
                yield warning("strategy", text, "mend the name in the game's file")
