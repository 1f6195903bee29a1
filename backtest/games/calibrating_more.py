"""What else of a quote's file the requests can tell of: the guard against informed clients, and the
target of one quote among several; and in words what they cannot.

Each number is judged by what single quotes earn on the fitted curves, with the proposed margins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from backtest.games.calibrating_guard import ERRORS, error_of, informed, most_of, rounded_up
from backtest.games.calibrating_win import Winning, winning
from backtest.games.calibration_numbers import Number
from backtest.games.numbers import bp_of
from backtest.games.own_requests import OwnRequests
from robot.deals.product import ProductKind
from strategies.games.calibration.propose import Calibration
from strategies.games.desk.terms import Quoting

MOST_TIMES = 1.5
"""The largest addition of a guard, in the largest one proposed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """Beside the margins: what is proposed, and what the requests cannot tell."""

    numbers: tuple[Number, ...]
    costs: dict[str, float]
    """Of the guard, bp by client or tier."""
    most: float
    """Of the guard."""
    error: float
    """Of our middle, bp; 0 = nothing is proposed."""
    win: Winning
    told: tuple[str, ...]
    untold: tuple[str, ...]


def more_of(of: OwnRequests, made: Calibration, quoting: Quoting | None) -> More:
    """All of it; `quoting` is the trader's."""
    unit = bp_of(quoting, of.pip_bp) if quoting is not None else 1.0
    guard = quoting.guard if quoting is not None else None
    rows = list(informed(of, made))
    most = rounded_up(MOST_TIMES * max((row.surcharge for row in rows), default=0.0))
    error, told = error_of(of, quoting)
    win = winning(made, of, quoting.win if quoting is not None else None, unit)
    guards = [row.number(guard, unit) for row in rows]
    if rows:
        guards.append(most_of(rows, most, guard, unit))
    return More(
        numbers=(*guards, *win.numbers),
        costs={row.name: row.surcharge for row in rows},
        most=most,
        error=error,
        win=win,
        told=(told,) if error else (),
        untold=(*_untold(of, found=bool(rows)), *(() if error else (told,))),
    )


def _untold(of: OwnRequests, *, found: bool) -> Iterator[str]:
    deals = sum(one.deals for one in of.moves.values())
    if of.product is not ProductKind.SPOT:
        yield f"guard, costs: where the middle goes is kept of spot deals, not of {of.product}"
    elif not found:
        yield (
            f"guard, costs: {deals} deals with a price 60 s later; from no client or tier does the "
            f"market take more than {ERRORS:g} errors of its mean"
        )
    yield (
        "guard, informed and they move it: only what both come to together shows after deals, and "
        "that is in costs"
    )
    yield "no lean for: who reads positions out of prices does not show in requests"
    yield "win, try out: what is heard below the best quote is worth later, not on these days"
