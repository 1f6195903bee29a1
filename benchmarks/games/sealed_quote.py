"""One of N sealed quotes: our dealer, who hears only of his own requests, against two rivals.

Costs of all are uniform between 0 and 1 (games of 3c: two rivals at the equilibrium quote, or at
their cost and a fixed margin). After 5,000 requests the state is frozen and its profit a request is
worked out exactly, over all costs. Then three copies play each other: what each makes may not drift
above 1.08 of the equilibrium's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal

import msgspec
import numpy as np
import numpy.typing as npt

from benchmarks.games import AT_LEAST, AT_MOST, Figure, main
from strategies.games.sealed.first_price import equilibrium_profit
from strategies.games.sealed.heard import Grid, Heard, Learned, Outcome, hear
from strategies.games.sealed.quote import Terms, decide
from strategies.games.sealed.win_curve import WinCurve, fit

TITLE = "One-of-N sealed quote"
SEED = 1
REQUESTS, PLAYED, SEEDS = 5_000, 60_000, 5
RIVALS = 2
GRID = Grid(low=Decimal(0), tick=Decimal("0.01"), places=140)
TERMS = Terms(first_margin=Decimal("0.25"), floor=Decimal("0.01"), explore=Decimal("0.05"))
EARLIER = "measured before"
COSTS = 400
"""Places at which the profit of a frozen state is worked out."""
Floats = npt.NDArray[np.float64]
WORLDS: dict[str, tuple[float | None, float, float]] = {
    "rivals at the equilibrium": (None, 83.0, 76.4),
    "rivals at cost + .10": (0.10, 54.2, 51.2),
    "rivals at cost + .20": (0.20, 76.5, 72.8),
    "rivals at cost + .30": (0.30, 105.0, 99.6),
}
"""Rivals' margin, best answer and best fixed margin, profit in thousandths a request."""


def rivals_quotes(margin: float | None, costs: Floats) -> Floats:
    """None = the equilibrium's."""
    return costs + (1 - costs) / (RIVALS + 1) if margin is None else costs + margin


def chance_to_win(margin: float | None, quotes: Floats) -> Floats:
    """That both rivals are worse."""
    costs = (3 * quotes - 1) / 2 if margin is None else quotes - margin
    return np.clip(1 - costs, 0.0, 1.0) ** RIVALS


def due(heard: int) -> int:
    """At how many requests the curve is fitted next."""
    return heard + min(max(heard // 10, 100), 500)


def learn(
    margin: float | None, requests: int, seed: int, *, told: bool = True
) -> tuple[Learned, WinCurve]:
    """So many requests against rivals of a world, then frozen; `told` = covers are, and who was
    second, else only whether it was done with us.
    """
    chance = np.random.default_rng(seed)
    learned = Learned(grid=GRID, second_told=told)
    curve, batch, next_fit = fit(learned), [], due(0)
    for number in range(1, requests + 1):
        cost = Decimal(str(round(float(chance.random()), 6)))
        quote = decide(learned, curve, TERMS, cost=cost, rivals=RIVALS, draw=chance.random())
        best, second = sorted(rivals_quotes(margin, chance.random(RIVALS)).tolist())
        if quote.place is not None and quote.price is not None:
            one = heard(quote.place, float(quote.price), best, second)
            batch.append(one if told else least(one))
        if number >= next_fit:
            learned, batch, next_fit = hear(learned, batch), [], due(number)
            curve = fit(learned)
    learned = msgspec.structs.replace(hear(learned, batch), frozen=True)
    return learned, fit(learned)


def heard(place: int, price: float, best: float, second: float) -> Heard:
    """What we are told of a request that two rivals quoted like this."""
    if price < best:
        cover = GRID.place(Decimal(str(best)))
        return Heard(rivals=RIVALS, place=place, outcome=Outcome.DONE, cover=max(cover, place))
    outcome = Outcome.COVERED if price < second else Outcome.TRADED_AWAY
    return Heard(rivals=RIVALS, place=place, outcome=outcome)


def least(one: Heard) -> Heard:
    """What everybody is told."""
    won = one.outcome is Outcome.DONE
    outcome = Outcome.DONE if won else Outcome.TRADED_AWAY
    return Heard(rivals=one.rivals, place=one.place, outcome=outcome)


def profit(margin: float | None, learned: Learned, curve: WinCurve) -> tuple[float, float]:
    """A request's, of the frozen state and of the best answer; exact, on a grid of costs."""
    costs = (np.arange(COSTS) + 0.5) / COSTS
    quotes = np.array([_quote(learned, curve, cost) for cost in costs])
    ours = (quotes - costs) * chance_to_win(margin, quotes)
    anything = np.linspace(0, 1.4, 2_801)
    best = (anything - costs[:, None]) * chance_to_win(margin, anything)
    return float(ours.mean()), float(best.max(axis=1).mean())


def _quote(learned: Learned, curve: WinCurve, cost: float) -> float:
    quote = decide(learned, curve, TERMS, cost=Decimal(str(float(cost))), rivals=RIVALS)
    return float("inf") if quote.price is None else float(quote.price)


def self_play(requests: int, seed: int) -> Floats:
    """Profit of all copies together over their number, by request."""
    chance = np.random.default_rng(seed)
    copies = RIVALS + 1
    learned = [Learned(grid=GRID) for _ in range(copies)]
    curves = [fit(one) for one in learned]
    batches: list[list[Heard]] = [[] for _ in learned]
    made, next_fit = np.zeros(requests), due(0)
    for number in range(requests):
        costs = [Decimal(str(round(float(cost), 4))) for cost in chance.random(copies)]
        draws = chance.random(copies)
        places = [
            decide(
                learned[one], curves[one], TERMS, cost=costs[one], rivals=RIVALS, draw=draw
            ).place
            for one, draw in enumerate(draws)
        ]
        made[number] = _deal(places, costs, batches, chance.random) / copies
        if number + 1 >= next_fit:
            next_fit = due(number + 1)
            learned = [hear(one, batch) for one, batch in zip(learned, batches, strict=True)]
            curves, batches = [fit(one) for one in learned], [[] for _ in learned]
    return made


def _deal(
    places: list[int | None],
    costs: list[Decimal],
    batches: list[list[Heard]],
    draw: Callable[[], float],
) -> float:
    """The best quote deals, of equal ones any; everybody hears its own part. Its profit."""
    far = GRID.places
    quoted = [far if place is None else place for place in places]
    best, second = sorted(quoted)[:2]
    equal = [one for one, place in enumerate(quoted) if place == best]
    winner = equal[int(draw() * len(equal))]
    for one, place in enumerate(places):
        if place is None:
            continue
        better = sum(other < place for other in quoted)
        outcome = Outcome.COVERED if better <= 1 else Outcome.TRADED_AWAY
        told = Heard(rivals=RIVALS, place=place, outcome=outcome)
        if one == winner:
            told = Heard(rivals=RIVALS, place=place, outcome=Outcome.DONE, cover=second)
        batches[one].append(told)
    return 0.0 if best == far else float(GRID.price(best) - costs[winner])


def measure(seed: int, scale: float) -> list[Figure]:
    """Worlds, then self-play."""
    rows = []
    for name, (margin, best_before, fixed) in WORLDS.items():
        shares: list[float] = []
        blind: list[float] = []
        for run in range(SEEDS):
            for told, found in ((True, shares), (False, blind)):
                requests = max(300, int(REQUESTS * scale))
                ours, best = profit(margin, *learn(margin, requests, seed + run, told=told))
                found.append(ours / best)
        rows += [
            Figure(
                what=f"{name}: profit of the best answer",
                unit="thousandths a request",
                measured=best * 1e3,
                published=best_before,
                source=EARLIER,
            ),
            Figure(
                what=f"{name}: learned, least of {SEEDS} seeds",
                unit="thousandths a request",
                measured=min(shares) * best * 1e3,
                published=fixed,
                source="best fixed margin, " + EARLIER,
                goal=AT_LEAST,
                bound=0.97 * best_before,
            ),
            Figure(
                what=f"{name}: share of the best answer, least of {SEEDS} seeds",
                measured=min(shares),
                goal=AT_LEAST,
                bound=0.97,
            ),
            Figure(
                what=f"{name}: the same where only won or lost is told",
                measured=min(blind),
            ),
        ]
    return [*rows, _pace(*learn(0.2, 1_000, seed)), *_self_play(seed, scale)]


def _pace(learned: Learned, curve: WinCurve) -> Figure:
    times = []
    for _ in range(5_000):
        began = time.perf_counter_ns()
        decide(learned, curve, TERMS, cost=Decimal("0.3311"), rivals=RIVALS)
        times.append(time.perf_counter_ns() - began)
    median = sorted(times)[len(times) // 2] / 1e3
    return Figure(what="decision", unit="µs, median", measured=median, goal=AT_MOST, bound=200.0)


def _self_play(seed: int, scale: float) -> list[Figure]:
    requests = max(1_000, int(PLAYED * scale))
    fair = equilibrium_profit(RIVALS + 1)
    rows = []
    for run in range(SEEDS):
        made = self_play(requests, seed + run)
        for what, part in (("all", made), ("second half", made[requests // 2 :])):
            rows.append(
                Figure(
                    what=f"three copies, {requests} requests, seed {seed + run}: profit, {what}",
                    unit="a request",
                    measured=float(part.mean()),
                    published=fair,
                    source="equilibrium",
                    error=float(part.std() / np.sqrt(len(part))),
                    goal=AT_MOST,
                    bound=1.08 * fair,
                )
            )
    return rows


main(__name__)
