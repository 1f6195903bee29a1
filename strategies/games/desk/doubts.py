"""What may be meant and seldom is, or has no effect: told with its line where a file is read back,
never refused.
"""

from __future__ import annotations

from decimal import Decimal

from robot.basics.numbers import ZERO
from strategies.games.desk.reading import Section
from strategies.games.desk.terms import (
    Accept,
    Applies,
    Hedge,
    Pace,
    Panel,
    Quoting,
    Stop,
    Terms,
)
from strategies.games.desk.words import Level

FAR_LEVEL = Decimal(50)
"""bp or pips from the middle or a benchmark."""
FAR_MARGIN = Decimal(10)
RATES = Decimal("0.1"), Decimal(20)
"""Percent a year between which a rate of money usually is."""


def doubt_levels(part: Section, terms: Terms, applies: Applies) -> None:
    """Levels that are very far, and rates that look like fractions."""
    loans = bool(applies.products) and all(one.is_loan for one in applies.products)
    rows = (("walk-away", terms.walk_away), ("aim", terms.aim), ("open at", terms.open_at))
    for key, level in rows:
        if abs(level.offset.size) > FAR_LEVEL:
            far = abs(level.offset.size)
            percent = f" = {(far / 100).normalize():f} %" if loans else ""
            part.doubt(key, f"{far} {level.offset.unit}{percent} away: is it meant?")
        if loans:
            _doubt_rate(part, key, level)


def _doubt_rate(part: Section, key: str, level: Level) -> None:
    least, most = RATES
    for value in (level.fixed, level.never_below or ZERO, level.never_above or ZERO):
        if value and not least <= abs(value) <= most:
            part.doubt(key, f"{value:f} is {value:f} % a year: rates are in percent, as 1.62")


def doubt_talk(
    pacing: Section, stopping: Section, whole: Section, parts: tuple[Pace, Stop, Accept]
) -> None:
    """A pace without effect, a time that is never reached, prices that are never taken."""
    pace, stop, accept = parts
    if pace.messages == 1 and "style" in pacing:
        pacing.doubt("style", "has no effect with messages: 1, which only opens")
    if stop.no_zone_after_ms >= pace.within_ms:
        text = (
            f"is never reached: the talk is over before (pace: within {pace.within_ms // 1_000} s)"
        )
        stopping.doubt("no zone after", text)
    if not (accept.at_aim or accept.better_than_next or accept.last_minute):
        text = "no price of theirs is taken before it is as good as ours: all three are no"
        whole.doubt("accept", text)


def doubt_panel(part: Section, panel: Panel) -> None:
    """A cost that is never weighed."""
    if panel.leak.size and panel.at_most == panel.banks:
        text = f"is never weighed: nobody is asked beyond the {panel.banks} banks"
        part.doubt("leak cost", f"{text}; write also at most: {panel.banks + 2}")


def doubt_quote(part: Section, applies: Applies, found: Quoting) -> None:
    """Margins that are very wide, and parts that are never used."""
    for tier, far in found.margins.items():
        if far.size > FAR_MARGIN:
            text = f"{tier} {far} is a spread of {2 * far.size:f} {far.unit}"
            part.doubt("margin", f"{text}: is it meant?")
    idle = [tier for tier in found.margins if applies.tiers and tier not in applies.tiers]
    if idle:
        part.doubt("margin", f"that of {', '.join(idle)} is never used: applies.tiers has them not")
    largest = applies.amount.most if applies.amount is not None else None
    for row in found.sizes:
        if largest is not None and row.over >= largest:
            text = f"over {row.over:f} is never reached: applies.amount goes to {largest:f}"
            part.doubt("by size", text)
    if found.flat_for and not found.lean.size:
        part.doubt("no lean for", "there is no lean that they would not be shown")
    if found.lean_most is not None and not found.lean.size:
        part.doubt("lean at most", "there is no lean: write lean: 0.01 bp per 1m")
    _doubt_win(part, found)
    guard = found.guard
    if guard is not None and not (guard.costs or guard.informed or guard.error.size):
        part.doubt("guard", "adds nothing: write costs, informed or error of our middle")


def _doubt_win(part: Section, found: Quoting) -> None:
    """Margins out of the bounds of `win`."""
    if found.win is None:
        return
    for tier, far in found.margins.items():
        if far.unit == found.win.least.unit and far.size < found.win.least.size:
            text = f"margin {tier} {far} is under win's least margin, {found.win.least}"
            part.doubt("margin", f"{text}: that would be quoted instead")
        most = found.win.most
        if most is not None and far.unit == most.unit and far.size > most.size:
            text = f"margin {tier} {far} is over win's most margin, {most}"
            part.doubt("margin", f"{text}: that would be quoted instead")


def doubt_hedge(part: Section, hedge: Hedge) -> None:
    """A hedge that may deal far from the market."""
    if hedge.slippage.size > FAR_MARGIN:
        part.doubt("no worse than", f"an order may deal {hedge.slippage} from the shown price")
