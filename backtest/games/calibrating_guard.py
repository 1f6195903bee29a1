"""The guard of a quote's file from own requests: what the market takes after deals with a client,
and the surcharge on it that earns most on the fitted curves with the proposed margins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from backtest.games.calibration_numbers import BASE_PER_BP_M, Number
from backtest.games.own_requests import OwnRequests
from strategies.games.calibration.propose import Calibration
from strategies.games.calibration.single import Asked, best_surcharge, value
from strategies.games.desk.guarding import Whom, named
from strategies.games.desk.terms import Guard, Quoting
from strategies.games.informed.markout import Moves, shrunk
from strategies.games.informed.winners_curse import largest_of
from strategies.games.quoting.franchise import Tier

DEALS_LEAST, CLIENTS_MOST = 10, 12
"""Deals of a client before he is judged; and how many clients are told of, the dearest first."""
ERRORS = 2.0
"""So many standard errors from nothing, else nothing is proposed."""
STEP = 0.005
"""To which distances are rounded, bp."""
CURSE = "error of our middle"
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Informed:
    """Clients after whose deals the market takes from us, by name or tier."""

    name: str
    tier: Tier
    tier_name: str
    margin: float
    amount: float
    """M a day."""
    takes: float
    """bp."""
    error: float

    @property
    def surcharge(self) -> float:
        """What earns most, bp."""
        return round(best_surcharge(self.tier, self.takes) / STEP) * STEP

    def worth(self, surcharge: float) -> float:
        """A day with it, in the base currency."""
        asked = [Asked(self.tier, 1.0, self.amount)]
        at = np.array([self.margin + surcharge])
        return float(value(asked, at, self.takes)[0]) * BASE_PER_BP_M

    def number(self, guard: Guard | None, unit: float) -> Number:
        """Beside the trader's: nothing is added where he wrote nothing."""
        given = 0.0
        if guard is not None:
            found = named(guard.costs, Whom(self.name, self.tier_name, None))
            given = min(float(found.size), float(guard.most.size)) * unit if found else 0.0
        best = self.worth(self.surcharge)
        return Number(
            name=f"guard, costs of {self.name} (they take {self.takes:.2f} ± {self.error:.2f} bp)",
            unit="bp",
            proposed=self.surcharge,
            given=given,
            given_costs=best - self.worth(given),
            half_costs=best - self.worth(self.surcharge / 2),
            twice_costs=best - self.worth(self.surcharge * 2),
        )


def informed(of: OwnRequests, made: Calibration) -> Iterator[Informed]:
    """Each client, then each tier, from whom more is lost than chance explains."""
    if not of.moves:
        return
    known = shrunk(of.moves)
    tiers = {name: of.log.tier[place] for place, name in enumerate(of.clients)}
    rows = []
    for name, one in known.items():
        if name in tiers and of.moves[name].deals >= DEALS_LEAST and -one.mean > ERRORS * one.error:
            own = np.array([client == name for client in of.clients])
            rows.append(_row(of, made, name, int(tiers[name]), own, (-one.mean, one.error)))
    rows.sort(key=lambda row: -row.takes * row.amount)
    found = [row for row in rows[:CLIENTS_MOST] if row.surcharge > 0]
    yield from found
    for place, tier in enumerate(of.tiers):
        told = {row.name for row in found}
        rest = [
            of.moves[n] for n, at in tiers.items() if at == place and n in of.moves.keys() - told
        ]
        takes, error = _mean(rest)
        if sum(one.deals for one in rest) >= DEALS_LEAST and takes > ERRORS * error:
            own = np.array([name not in told for name in of.clients]) & (of.log.tier == place)
            row = _row(of, made, tier, place, own, (takes, error))
            if row.surcharge > 0:
                yield row


def _row(
    of: OwnRequests,
    made: Calibration,
    name: str,
    place: int,
    own: np.ndarray[tuple[int], np.dtype[np.bool_]],
    takes: tuple[float, float],
) -> Informed:
    return Informed(
        name=name,
        tier=made.curves[place].tier,
        tier_name=of.tiers[place],
        margin=made.proposed.margins[place],
        amount=float(of.log.size[own].sum()) / of.log.days,
        takes=takes[0],
        error=takes[1],
    )


def _mean(moves: list[Moves]) -> tuple[float, float]:
    """What the market takes after deals with all of them, and its standard error, bp."""
    deals = sum(one.deals for one in moves)
    if not deals:
        return 0.0, 0.0
    mean = sum(one.deals * one.mean for one in moves) / deals
    spread = sum(one.deals * (one.variance + (one.mean - mean) ** 2) for one in moves) / deals
    return -mean, float((spread / deals) ** 0.5)


def most_of(rows: list[Informed], most: float, guard: Guard | None, unit: float) -> Number:
    """The largest addition: what it costs where less is allowed."""

    def costs(cap: float) -> float:
        return sum(row.worth(row.surcharge) - row.worth(min(row.surcharge, cap)) for row in rows)

    given = float(guard.most.size) * unit if guard is not None else None
    return Number(
        name="guard, at most",
        unit="bp",
        proposed=most,
        given=given,
        given_costs=costs(given) if given is not None else None,
        half_costs=costs(most / 2),
        twice_costs=costs(most * 2),
    )


def rounded_up(far: float) -> float:
    return float(np.ceil(far / STEP - 1e-9)) * STEP


def error_of(of: OwnRequests, quoting: Quoting | None) -> tuple[float, str]:
    """The error of our own middle (bp; 0 = it does not show), and why: the more are asked beside
    us, the more the market takes.
    """
    points = list(_by_others(of, quoting)) if quoting is not None else []
    if len({x for x, _, _ in points}) < 2:
        return 0.0, (
            f"{CURSE}, asked with: requests do not say how many others are asked; where `asked "
            "with` tells different numbers, the error shows in what the market takes from each"
        )
    x, y, noise = np.array(points).T
    weight = 1 / np.maximum(noise, TINY)
    off = x - float((weight * x).sum() / weight.sum())
    across = float((weight * off**2).sum())
    slope = float((weight * off * y).sum()) / across
    found = f"{CURSE}: {slope:.2f} ± {across**-0.5:.2f} bp by what the market takes"
    if not slope > ERRORS / across**0.5:
        return 0.0, f"{found}: unsure"
    return slope, f"{found} from clients who ask different numbers of others"


def _by_others(of: OwnRequests, quoting: Quoting) -> Iterator[tuple[float, float, float]]:
    """Of each client: mean of the largest of so many errors, what the market takes, its noise."""
    for name in dict.fromkeys(of.clients):
        tier = of.tiers[int(of.log.tier[of.clients.index(name)])]
        others, moves = named(quoting.asked_with, Whom(name, tier, None)), of.moves.get(name)
        if others is not None and moves is not None and moves.deals >= DEALS_LEAST:
            yield largest_of(others + 1), -moves.mean, moves.variance / moves.deals
