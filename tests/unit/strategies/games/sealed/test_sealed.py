"""One of N sealed quotes: the theory, what is learned of it, and what no curve can undercut."""

from __future__ import annotations

from decimal import Decimal as D

import msgspec
import numpy as np
import pytest

from benchmarks.games import sealed_quote as world
from strategies.games.sealed.first_price import (
    answer_to_fixed,
    equilibrium_profit,
    equilibrium_quote,
)
from strategies.games.sealed.heard import Grid, Heard, Learned, Outcome, hear
from strategies.games.sealed.quote import LEAST_HEARD, Terms, decide
from strategies.games.sealed.win_curve import WinCurve, fit

GRID = Grid(low=D(0), tick=D("0.01"), places=140)
TERMS = Terms(first_margin=D("0.25"), floor=D("0.02"))


@pytest.mark.parametrize(("dealers", "profit"), [(2, 0.166667), (3, 0.083333), (5, 0.033333)])
def test_the_equilibrium_of_equal_dealers(dealers: int, profit: float) -> None:
    costs = np.random.default_rng(2).random((60_000, dealers))
    quotes = equilibrium_quote(costs, dealers)  # type: ignore[arg-type]
    made = np.where(quotes.argmin(axis=1) == 0, quotes[:, 0] - costs[:, 0], 0.0)
    assert equilibrium_profit(dealers) == pytest.approx(profit, abs=1e-6)
    assert made.mean() == pytest.approx(profit, abs=3 * made.std() / np.sqrt(len(made)))


def test_the_best_answer_to_fixed_margins_is_the_best_of_all_quotes() -> None:
    quotes = np.linspace(0, 1.4, 14_001)
    for cost in (0.0, 0.2, 0.7, 0.95):
        made = (quotes - cost) * world.chance_to_win(0.2, quotes)
        assert answer_to_fixed(cost, 0.2, 3) == pytest.approx(quotes[made.argmax()], abs=2e-4)


@pytest.mark.parametrize("name", list(world.WORLDS))
def test_after_5000_requests_the_profit_is_97_percent_of_the_best(name: str) -> None:
    margin = world.WORLDS[name][0]
    learned, curve = world.learn(margin, 5_000, seed=1)
    ours, best = world.profit(margin, learned, curve)
    assert ours >= 0.97 * best
    assert best * 1e3 == pytest.approx(world.WORLDS[name][1], abs=0.6)


def test_three_copies_do_not_drift_above_the_competitive_profit() -> None:
    made = world.self_play(8_000, seed=1)
    assert made[4_000:].mean() < 1.08 * equilibrium_profit(3)


def heard_of(requests: int, seed: int, reserve: float) -> Learned:
    """Quotes anywhere, 1 to 3 rivals of U[0.3, 0.9], the client's reserve about `reserve`."""
    chance = np.random.default_rng(seed)
    told = []
    for _ in range(requests):
        rivals, place = int(chance.integers(1, 4)), int(chance.integers(10, 100))
        others = sorted(chance.uniform(0.3, 0.9, rivals))
        limit, price = chance.normal(reserve, 0.05), float(GRID.price(place))
        if min(price, others[0]) > limit:
            told.append(Heard(rivals=rivals, place=place, outcome=Outcome.NOT_TRADED))
        elif price < others[0]:
            cover = GRID.place(D(str(round(others[0], 6))))
            kind = Outcome.DONE
            told.append(Heard(rivals=rivals, place=place, outcome=kind, cover=max(place, cover)))
        else:
            second = rivals == 1 or price < others[1]
            kind = Outcome.COVERED if second else Outcome.TRADED_AWAY
            told.append(Heard(rivals=rivals, place=place, outcome=kind))
    return hear(Learned(grid=GRID), told)


def test_rivals_and_reserve_are_told_apart_whatever_the_number_of_rivals() -> None:
    curve = fit(heard_of(6_000, 3, reserve=0.6))
    for place in (35, 45, 55):
        truth = np.clip((0.9 - place / 100) / 0.6, 0, 1)
        assert curve.rival[place] == pytest.approx(truth, abs=0.04)
    assert curve.reserve[45] == pytest.approx(1.0, abs=0.03)
    assert curve.reserve[60] == pytest.approx(0.5, abs=0.06)
    assert curve.reserve[75] == pytest.approx(0.0, abs=0.1)
    assert curve.chance(2)[45] == pytest.approx(0.75**2, abs=0.05)


def test_the_same_requests_make_the_same_bytes_and_a_frozen_state_learns_nothing() -> None:
    one, other = heard_of(500, 4, 0.6), heard_of(500, 4, 0.6)
    assert msgspec.json.encode(one) == msgspec.json.encode(other)
    again = msgspec.json.decode(msgspec.json.encode(one), type=Learned)
    assert again == one and (fit(again).rival == fit(one).rival).all()
    frozen = msgspec.structs.replace(one, frozen=True)
    more = [Heard(rivals=2, place=50, outcome=Outcome.COVERED)] * 10
    assert hear(frozen, more) is frozen
    assert hear(one, more).total == 510


def test_what_cannot_have_been_heard_is_left_out() -> None:
    wrong = [
        Heard(rivals=-1, place=5, outcome=Outcome.DONE),
        Heard(rivals=99, place=5, outcome=Outcome.DONE),
        Heard(rivals=2, place=-1, outcome=Outcome.DONE),
        Heard(rivals=2, place=140, outcome=Outcome.TRADED_AWAY),
    ]
    assert hear(Learned(grid=GRID), wrong) == Learned(grid=GRID)
    odd = hear(Learned(grid=GRID), [Heard(rivals=2, place=50, outcome=Outcome.DONE, cover=3)])
    assert odd.total == 1 and "cover/2" not in odd.newer  # a cover better than the deal is none


def test_older_requests_are_forgotten_by_the_generation() -> None:
    learned = Learned(grid=GRID, memory=7_500)
    one = Heard(rivals=1, place=40, outcome=Outcome.TRADED_AWAY)
    for _ in range(3):
        learned = hear(learned, [one] * 7_500)
    counted = [sum(map(sum, part.values())) for part in (learned.newer, learned.older)]
    assert learned.total == 22_500 and counted == [0, 7_500]
    with pytest.raises(ValueError, match="at least"):
        Learned(grid=GRID, memory=100)


HOPELESS = WinCurve(rival=np.linspace(1.0, 0.0, 140) ** 60, reserve=np.ones(140))
"""Against rivals who give everything away."""
KNOWING = Learned(grid=GRID, total=LEAST_HEARD)


def test_no_curve_brings_a_quote_below_cost_and_floor() -> None:
    chance = np.random.default_rng(8)
    for _ in range(300):
        cost = D(str(round(float(chance.uniform(-0.2, 1.6)), 4)))
        learning = Terms(first_margin=D("0.1"), floor=D("0.02"), explore=D("0.9"))
        quote = decide(
            KNOWING, HOPELESS, learning, cost=cost, rivals=3, draw=float(chance.random())
        )
        assert quote.price is None or quote.price >= cost + D("0.02")
        if cost > D("1.4"):
            assert quote.price is None


def test_a_margin_ends_at_its_maximum() -> None:
    careless = WinCurve(rival=np.ones(140), reserve=np.ones(140))
    capped = Terms(first_margin=D("0.25"), margin_max=D("0.4"))
    quote = decide(KNOWING, careless, capped, cost=D("0.305"), rivals=2)
    assert (quote.price, quote.best) == (D("0.70"), 139)
    none = Terms(first_margin=D("0.25"), floor=D("0.2"), margin_max=D("0.1"))
    assert decide(KNOWING, careless, none, cost=D("0.3"), rivals=2).place is None


def test_before_enough_is_heard_the_traders_own_margin_is_quoted() -> None:
    quote = decide(Learned(grid=GRID), HOPELESS, TERMS, cost=D("0.3"), rivals=2)
    assert quote.price == D("0.55") and not quote.learned


def test_a_frozen_state_does_not_explore() -> None:
    keen = Terms(first_margin=D("0.25"), explore=D(1))
    curve = WinCurve(rival=np.linspace(1.0, 0.0, 140), reserve=np.ones(140))
    frozen = msgspec.structs.replace(KNOWING, frozen=True)
    places = {
        decide(state, curve, keen, cost=D("0.3"), rivals=2, draw=draw).place
        for state, draw in ((frozen, 0.1), (frozen, 0.5), (frozen, 1.0))
    }
    assert len(places) == 1
    assert decide(KNOWING, curve, keen, cost=D("0.3"), rivals=2, draw=0.1).place not in places
