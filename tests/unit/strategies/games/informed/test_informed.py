"""Clients and rivals who know more: exact prices, shrunk markouts, the best of several errors."""

from __future__ import annotations

from math import inf, nan, pi, sqrt

import numpy as np
import pytest

from strategies.games.informed.glosten_milgrom import (
    Belief,
    after_buy,
    after_sell,
    fair_prices,
    least_margin,
)
from strategies.games.informed.guard import guard
from strategies.games.informed.markout import Markout, Moves, moved, shrunk, surcharge
from strategies.games.informed.winners_curse import correction, largest_of

VALUE = Belief(99.0, 101.0)


@pytest.mark.parametrize(
    ("informed", "bid", "ask", "next_ask"),
    [
        (0.1, 99.9, 100.1, 100.198020),
        (0.3, 99.7, 100.3, 100.550459),
        (0.5, 99.5, 100.5, 100.800000),
    ],
)
def test_prices_of_glosten_and_milgrom_before_and_after_a_buy(
    informed: float, bid: float, ask: float, next_ask: float
) -> None:
    assert fair_prices(VALUE, informed) == (pytest.approx(bid), pytest.approx(ask))
    second = fair_prices(after_buy(VALUE, informed), informed)
    assert second.ask == pytest.approx(next_ask, abs=5e-7)
    assert second.bid == pytest.approx(100.0)  # a sell would undo what the buy told


def test_a_buy_and_a_sell_tell_nothing_together() -> None:
    belief = after_sell(after_buy(VALUE, 0.3), 0.3)
    assert belief.chance == pytest.approx(0.5)


def test_certainty_does_not_divide_by_nothing() -> None:
    assert after_buy(Belief(99.0, 101.0, 0.0), 1.0).chance == 0.0
    with pytest.raises(ValueError, match="between 0 and 1"):
        fair_prices(VALUE, 1.2)


def test_the_least_margin_is_what_informed_clients_cost() -> None:
    assert least_margin(0.3, 1.0) == pytest.approx(0.3)
    assert least_margin(0.0, 1.0) == 0.0


@pytest.mark.parametrize(
    ("dealers", "mean"),
    [(1, 0.0), (2, 1 / sqrt(pi)), (3, 1.5 / sqrt(pi)), (5, 1.1629644736), (8, 1.4236003060)],
)
def test_the_mean_of_the_largest_error(dealers: int, mean: float) -> None:
    assert largest_of(dealers) == pytest.approx(mean, abs=1e-9)
    assert correction(0.5, dealers) == pytest.approx(mean / 2, abs=1e-9)


@pytest.mark.parametrize("dealers", range(2, 9))
def test_corrected_quotes_keep_their_margin_when_they_are_won(dealers: int) -> None:
    """Common value: an error of 0.5 each, a margin of 0.25; the lowest ask wins."""
    chance = np.random.default_rng(1)
    errors = chance.normal(0.0, 0.5, (20_000, dealers)).min(axis=1)
    flat, corrected = errors + 0.25, errors + 0.25 + correction(0.5, dealers)
    error = 3 * float(errors.std()) / sqrt(len(errors))
    assert corrected.mean() == pytest.approx(0.25, abs=error)
    assert corrected.mean() >= 0.23
    assert flat.mean() < 0


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        correction(-0.1, 3)
    with pytest.raises(ValueError, match="between 1 and"):
        largest_of(0)


def test_moves_add_up_as_all_of_them_together() -> None:
    values = np.random.default_rng(3).normal(-0.2, 1.0, 500)
    found = Moves(0, 0.0, 0.0)
    for value in (*values.tolist(), nan, inf):
        found = moved(found, value)
    assert found.deals == 500
    assert found.mean == pytest.approx(values.mean())
    assert found.variance == pytest.approx(values.var(ddof=1))


def test_few_deals_are_pulled_to_the_others_and_many_speak_for_themselves() -> None:
    clients = {
        "few": Moves(3, -2.0, 1.0),
        "many": Moves(2_000, -0.5, 1.0),
        "usual": Moves(1_000, 0.0, 1.0),
        "none": Moves(0, 0.0, 0.0),
    }
    found = shrunk(clients)
    assert list(found) == ["few", "many", "usual"]
    assert -2.0 < found["few"].mean < -0.1
    assert found["few"].weight < found["usual"].weight < found["many"].weight
    assert found["many"].mean == pytest.approx(-0.5, abs=0.01)


def test_shrunk_means_are_closer_to_the_truth_than_plain_ones() -> None:
    chance = np.random.default_rng(11)
    plain = ours = 0.0
    for _ in range(40):
        truth = chance.normal(-0.1, 0.2, 12)
        clients = {}
        for number, mean in enumerate(truth):
            values = chance.normal(mean, 1.0, int(chance.integers(2, 60)))
            clients[str(number)] = Moves(
                len(values), float(values.mean()), float(values.var(ddof=1))
            )
        found = shrunk(clients)
        for number, mean in enumerate(truth):
            plain += (clients[str(number)].mean - mean) ** 2
            ours += (found[str(number)].mean - mean) ** 2
    assert ours < 0.6 * plain


def test_equal_clients_are_told_the_same() -> None:
    found = shrunk({name: Moves(50, -0.3, 1.0) for name in "abc"})
    assert {round(one.mean, 9) for one in found.values()} == {-0.3}
    assert shrunk({"a": Moves(1, -5.0, 0.0)})["a"].weight == 0.0
    assert shrunk({"a": Moves(2, -5.0, 0.0), "b": Moves(2, 1.0, 0.0)})["a"].mean == -5.0


def test_a_surcharge_ends_at_the_traders_maximum_and_says_so() -> None:
    assert surcharge(Markout(-0.3, 0.1, 1.0), 0.5) == (0.3, 0.3)
    wide = surcharge(Markout(-0.9, 0.1, 1.0), 0.5)
    assert wide == (0.5, 0.9) and wide.capped
    kind = surcharge(Markout(0.4, 0.1, 1.0), 0.5)
    assert kind == (0.0, 0.0) and not kind.capped


BAD = Markout(-0.3, 0.05, 1.0)
"""The market takes 0.3 bp after his deals."""


def test_the_guard_adds_what_errors_and_markouts_cost() -> None:
    found = guard(0.2, 0.1, curse=0.15, markout=BAD, floor=0.0, maximum=1.0)
    assert found[:2] == (pytest.approx(0.65), pytest.approx(0.55))
    assert not found.capped
    kind = guard(0.2, 0.1, curse=0.0, markout=Markout(0.4, 0.1, 1.0), floor=0.0, maximum=1.0)
    assert kind[:2] == (0.2, 0.1)


def test_the_guard_lifts_a_leaned_side_to_the_floor_and_leaves_the_other() -> None:
    found = guard(0.9, -0.1, curse=0.0, markout=None, floor=0.25, maximum=1.0)
    assert found[:2] == (0.9, pytest.approx(0.25))


def test_the_guard_ends_at_the_traders_maximum_and_says_so() -> None:
    found = guard(0.2, None, curse=0.5, markout=BAD, floor=0.0, maximum=0.4)
    assert found.bid == pytest.approx(0.6) and found.ask is None
    assert found.capped and found.bid_needed == pytest.approx(0.8)
    assert guard(0.2, 0.2, curse=0.5, markout=None, floor=0.0, maximum=-1.0)[:2] == (0.2, 0.2)
