"""Packages: hard terms stay, our worth is kept, and what costs us little is given first."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.games.bargaining import package
from strategies.games.bargaining.package import (
    Choice,
    Issue,
    PackageMove,
    PackageOffer,
    PackageTerms,
    linear_worth,
    negotiate_among,
    negotiate_package,
    worth_of,
)
from strategies.games.bargaining.spaces import Listed, Product
from strategies.games.bargaining.taste import Axis, learned
from strategies.games.bargaining.terms import MoveKind, Style, Terms

RATES = tuple(Decimal(tick) / 2 for tick in range(31))
AMOUNTS = tuple(Decimal(50 * size) for size in range(1, 11))


def lends(**changes: Any) -> PackageTerms:
    """We lend: 0 to 15 bp over the least rate, 50 to 500 mn with 1 bp = 80 mn, 7 days and no
    other; at least worth 6 bp, 20 messages.
    """
    values: dict[str, Any] = {
        "issues": (
            Issue(name="rate", worth=RATES, they_like=-1),
            Issue(name="amount", worth=linear_worth(AMOUNTS, Decimal(1) / 80)),
            Issue(name="tenor", worth=(Decimal(0), Decimal(0), Decimal(0)), hard=1),
        ),
        "walk_away": Decimal(6),
        "aim": Decimal(15),
        "step": Decimal("0.25"),
        "messages_max": 20,
    }
    return PackageTerms(**{**values, **changes})


def talked(*choices: Choice, first_is_ours: bool = True) -> tuple[PackageOffer, ...]:
    return tuple(
        PackageOffer((index % 2 == 0) is first_is_ours, choice, index)
        for index, choice in enumerate(choices)
    )


def test_a_bp_is_worth_so_much_of_size() -> None:
    assert linear_worth((Decimal(80), Decimal(40)), Decimal(1) / 80) == (1, Decimal("0.5"))


def test_the_first_word_is_the_best_package() -> None:
    move = negotiate_package((), 0, lends())
    assert (move.kind, move.choice, move.worth) == (MoveKind.OFFER, (30, 9, 1), Decimal("21.25"))


def test_a_hard_term_is_never_traded_nor_taken() -> None:
    best_for_us_but_longer = (30, 9, 2)
    move = negotiate_package(talked((30, 9, 1), best_for_us_but_longer), 2, lends())
    assert move.kind is MoveKind.OFFER and move.choice is not None and move.choice[2] == 1


def test_what_they_like_and_costs_us_little_is_given_before_the_rate() -> None:
    said: list[Choice] = []
    moves: list[PackageMove] = []
    for turn in range(8):
        moves.append(negotiate_package(talked(*said), len(said), lends(style=Style.EVEN)))
        choice = moves[-1].choice
        assert choice is not None
        said += [choice, (turn // 3, 1, 1)]
    last = moves[-1]
    assert last.choice is not None and last.worth is not None
    amount_given = worth_of((30, 9, 1), lends()) - worth_of((30, last.choice[1], 1), lends())
    assert last.choice[1] <= 2, f"they always ask for 100 mn, we say place {last.choice[1]}"
    assert amount_given > 4
    assert any("worth" in reason for reason in last.reasons)


def test_a_package_at_the_aim_is_taken_and_one_under_the_walk_away_never() -> None:
    terms = lends(messages_max=2)
    at_the_aim = negotiate_package(talked((30, 9, 1), (20, 7, 1)), 2, lends())
    under = negotiate_package(talked((1, 1, 1), first_is_ours=False), 1, terms)
    assert (at_the_aim.kind, at_the_aim.worth) == (MoveKind.ACCEPT, Decimal(15))
    assert under.kind is not MoveKind.ACCEPT


def test_where_they_want_to_be_is_learned_from_their_first_packages() -> None:
    theirs = [(0, 3), (0, 3), (1, 3), (2, 3), (3, 4)]
    taste = learned((Axis(11, -1), Axis(10, 0)), theirs)
    assert taste.likes((0, 3)) > taste.likes((0, 8))
    assert taste.likes((0, 3)) > taste.likes((5, 3))
    assert sum(taste.shares) == pytest.approx(1.0)


def test_an_issue_that_they_keep_weighs_more_than_one_that_they_give() -> None:
    gives_rate = [(at, 3) for at in range(0, 20, 2)]
    gives_amount = [(0, 3 + at // 2) for at in range(12)]
    axes = (Axis(31, -1), Axis(10, 0))
    assert learned(axes, gives_rate).shares[1] > learned(axes, gives_amount).shares[1]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"issues": ()}, "0 packages"),
        ({"step": Decimal(0)}, "step 0 and unit 1 must be above 0"),
        ({"issues": (Issue(name="rate", worth=()),)}, "every value needs a worth"),
        ({"issues": (Issue(name="rate", worth=RATES, hard=31),)}, "is not one of 31"),
    ],
)
def test_wrong_terms_say_nothing_but_why(changes: dict[str, Any], problem: str) -> None:
    move = negotiate_package((), 0, lends(**changes))
    assert move.kind is MoveKind.WAIT and problem in move.reasons[0]


def test_a_package_that_they_named_is_said_before_one_that_they_may_like() -> None:
    terms = lends(style=Style.EVEN, messages_max=8, take_better_than_next=False)
    named: Choice = (13, 7, 1)  # worth 11.5 bp, not the one that stands
    offers = talked((30, 9, 1), named, (28, 9, 1), (2, 0, 1), (26, 9, 1), (2, 0, 1))
    move = negotiate_package(offers, 6, terms)
    assert (move.kind, move.choice) == (MoveKind.OFFER, named)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_packages_that_are_listed_are_talked_about_as_those_of_a_product(seed: int) -> None:
    chance = random.Random(seed)
    rows = [np.array([float(chance.randint(0, 20)) for _ in range(count)]) for count in (5, 3)]
    axes = (Axis(5, -1), Axis(3, 0))
    product_of = Product(rows, [(0, 5), (0, 3)], axes)
    choices = [(one, other) for one in range(5) for other in range(3)]
    counted = {choice: int(rows[0][choice[0]] + rows[1][choice[1]]) for choice in choices}
    listed = Listed(counted, np.array(choices), axes)
    line = Terms(
        higher_is_better=True,
        open_at=Decimal(product_of.best),
        aim=Decimal(product_of.best),
        walk_away=Decimal(product_of.best // 2),
        tick=Decimal(1),
        messages_max=10,
    )
    said = [chance.choice(choices) for _ in range(5)]
    offers = talked(*said, first_is_ours=False)
    one = negotiate_among(offers, 5, product_of, line)
    assert one == negotiate_among(offers, 5, listed, line)


def drawn(chance: random.Random) -> tuple[PackageOffer, ...]:
    """A talk with packages that are none, of the other tenor, twice, out of order."""
    offers: list[PackageOffer] = []
    for index in range(chance.randint(0, 19)):
        choice: Choice = (chance.randint(0, 30), chance.randint(0, 9), chance.choice((1, 1, 1, 2)))
        if chance.random() < 0.1:
            choice = chance.choice(((), (99, 0, 1), (-1, 0, 1), (3, 3)))
        ours = index % 2 == 0
        if ours and (len(choice) != 3 or choice[2] != 1 or worth(choice) < 6):
            choice = (30, 9, 1)
        offers.append(PackageOffer(ours, choice, index - chance.choice((0, 0, 0, 4))))
    return tuple(offers)


def worth(choice: Choice) -> Decimal:
    if len(choice) != 3 or not (0 <= choice[0] <= 30):
        return Decimal(-1)
    return worth_of(choice, lends())


@given(seed=st.integers(0, 10**6), style=st.sampled_from(Style))
@settings(max_examples=200, deadline=None)
def test_no_talk_makes_it_say_less_than_the_walk_away_or_trade_a_hard_term(
    seed: int, style: Style
) -> None:
    offers = drawn(random.Random(seed))
    move = negotiate_package(offers, 20, lends(style=style))
    if move.choice is None:
        return
    assert worth(move.choice) >= 6 and move.choice[2] == 1
    if move.kind is MoveKind.ACCEPT:
        assert offers[-1].choice == move.choice and not offers[-1].ours


def test_without_the_hard_term_a_traded_tenor_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    package._space.cache_clear()
    monkeypatch.setattr(package, "_places", lambda issue: tuple(range(len(issue.worth))))
    move = negotiate_package(talked((30, 9, 1), (30, 9, 2)), 2, lends())
    package._space.cache_clear()
    assert move.choice is not None and move.choice[2] == 2
