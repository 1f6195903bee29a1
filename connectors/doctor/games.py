"""The desk's games beside the rest of the desk: a name that nobody has is never met, and what it
forbids goes on; what is not dealt here is never played; what a file may mean and seldom does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from connectors.doctor.check import Finding, warning
from robot.deals.reference import Reference
from robot.desk import DealingHours
from robot.strategy import Strategy


def check_games(
    reference: Reference, dealing: Sequence[DealingHours], games: Mapping[str, Strategy]
) -> Iterator[Finding]:
    """All of it."""
    yield from check_names(reference, games)
    for name, played in games.items():
        game = getattr(played, "game", None)
        for doubt in getattr(game, "doubts", ()):
            yield warning("strategy", f"game {name!r}: {doubt}", "look at that line of its file")
        applies, pace = getattr(game, "applies", None), getattr(game, "pace", None)
        dealt = {
            str(one) for venue in reference.venues for one in (*venue.pairs, *venue.currencies)
        }
        for market in sorted({*getattr(applies, "markets", ())} - dealt):
            near = get_close_matches(market, dealt, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            text = f"game {name!r}: applies: {market} is dealt at no venue of desk.yaml{hint}"
            yield warning("strategy", text, "take it out, or deal it")
        by_s = getattr(pace, "by_s", None)
        if by_s is not None and dealing and all(_opens_later(row, by_s) for row in dealing):
            text = f"game {name!r}: pace.by {by_s // 3_600:02}:{by_s // 60 % 60:02} is before"
            told = f"{text} anything is dealt (schedule.dealing): it never says anything"
            yield warning("strategy", told, "write a later time of day")


def _opens_later(row: DealingHours, by_s: int) -> bool:
    """Whether a row of every day begins only then; one of a whole week is open all day."""
    opens, closes = row.open, row.close
    if opens.day != closes.day:
        return False
    at_s = opens.hour * 3_600 + opens.minute * 60
    return by_s <= at_s < closes.hour * 3_600 + closes.minute * 60


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
