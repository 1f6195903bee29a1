"""One quote among several and the guard against informed flow, from a file and through the core."""

from __future__ import annotations

import random
from decimal import Decimal as D
from typing import Any

import pytest

from robot.errors import ConfigurationError
from robot.messages.effects import DealBooked, Decided, SendQuote
from strategies.games.desk.file import read_game
from strategies.games.desk.learned import LearnedState, with_learned
from strategies.games.desk.loading import load_game
from strategies.games.desk.read_back import read_back
from strategies.games.informed.markout import Moves
from strategies.games.sealed.heard import Grid, Heard, Learned, Outcome, hear
from tests.kit.desk import Desk
from tests.kit.games import game_strategy

HEAD = """
game: {name: franchise, kind: quote}
applies: {product: spot}
quote:
  margin: {gold: 0.5 bp, silver: 1 bp}
"""
GUARD = (
    HEAD
    + """
  asked with: {BANKC: no others, BANKB: 4 others, gold: 1 other}
  guard:
    error of our middle: 0.4 bp
    costs: {BANKC: 0.7 bp}
    informed: {BANKA: 50 %}
    they move it: 2 bp
    at most: 0.6 bp
"""
)
WIN = (
    HEAD
    + """
  lean: 0.1 bp per 1m
  lean at most: 0.3 bp
  asked with: 3 others
  win: {target: 25 % to 45 %, least margin: 0.1 bp, most margin: 2 bp}
"""
)
"""At a middle of 1.10005 a basis point is 0.000110005."""


def desk(text: str, **changes: Any) -> Desk:
    made = Desk(strategy=game_strategy(text, "franchise"), **changes).open()
    made.market()  # 1.10000/1.10010
    return made


def because(made: Desk) -> tuple[str, ...]:
    return made.one(Decided).because


def learned(rivals_at: float, requests: int = 1_500) -> LearnedState:
    """Of three rivals who quote around so many bp; our own quotes are anywhere."""
    grid, chance = Grid(low=D("-1"), tick=D("0.1"), places=60), random.Random(7)
    heard = []
    for _ in range(requests):
        place = chance.randrange(8, 40)
        rivals = [round((chance.gauss(rivals_at, 0.3) + 1) / 0.1) for _ in range(3)]
        best = min(rivals)
        if place < best:
            heard.append(Heard(rivals=3, place=place, outcome=Outcome.DONE, cover=best))
        else:
            better = sum(one < place for one in rivals)
            lost = Outcome.COVERED if better == 1 else Outcome.TRADED_AWAY
            heard.append(Heard(rivals=3, place=place, outcome=lost))
    win = hear(Learned(grid=grid), heard)
    return LearnedState(win=win, outcomes=requests).frozen_now()


def test_the_more_are_asked_beside_us_the_more_is_added_for_the_best_of_errors() -> None:
    made = desk(GUARD)
    made.rfq(client="BANKB")  # one of five: 0.4 bp x 1.163 = 0.465 bp

    assert "the best of 5 errors costs 0.465186" in because(made)
    assert "bid 0.965186 and offer 0.965186 bp from mid, rounded away" in because(made)
    assert made.one(SendQuote).offer == D("1.10016")  # 1.10005 + 0.965 bp = 1.10015617


def test_no_price_is_closer_than_what_an_informed_client_costs_up_to_the_cap() -> None:
    made = desk(GUARD)
    made.rfq(client="BANKA")  # 0.5 + 0.2257 for two errors; 50 % of 2 bp = 1 bp is the floor

    assert any(
        "50 % of BANKA's requests know 2 bp: no closer than 1" in one for one in because(made)
    )
    assert "bid 1 and offer 1 bp from mid, rounded away" in because(made)


def test_correction_and_floor_together_never_add_more_than_the_cap_and_say_so() -> None:
    made = desk(GUARD.replace("50 %", "100 %"))
    made.rfq(client="BANKA")  # the floor is 2 bp: 0.5 + 0.6 is all there is

    assert "bid 1.1 and offer 1.1 bp from mid, rounded away" in because(made)
    assert any("needed: the cap" in line for line in because(made))


def test_what_is_learned_of_a_client_stands_instead_of_what_is_written() -> None:
    clients = {"BANKC": Moves(400, -0.3, 0.01), "BANKA": Moves(400, 0.1, 0.01)}
    made = desk(with_learned(GUARD, LearnedState(clients=clients).frozen_now()))
    made.rfq(client="BANKC")

    told = " ".join(because(made))
    assert "after deals with BANKC the middle moves -0.29" in told and "learned" in told
    assert "informed flow of BANKC costs" not in told


def test_where_nothing_is_learned_the_margin_is_the_traders_and_it_says_so() -> None:
    made = desk(WIN)
    made.rfq()

    assert "nothing is learned yet: the trader's margin 0.5 over a cost of 0.05" in because(made)
    assert "bid 0.55 and offer 0.55 bp from mid, rounded away" in because(made)


def test_the_learned_chance_to_win_makes_the_margin_within_the_target() -> None:
    made = desk(with_learned(WIN, learned(1.5)))
    made.rfq()

    told = next(line for line in because(made) if line.startswith("one of 4: best answer"))
    far = D(told.split()[5].rstrip(","))
    assert D("0.6") < far < D("1.7")


def test_a_quote_that_would_win_too_often_is_moved_away_into_the_target() -> None:
    state = learned(1.5)
    sure = desk(with_learned(WIN.replace("25 % to 45 %", "1 % to 5 %"), state))
    sure.rfq()
    free = desk(with_learned(WIN.replace("target: 25 % to 45 %, ", ""), state))
    free.rfq()

    moved = next(line for line in because(sure) if line.startswith("moved to"))
    assert D(moved.split()[2].rstrip(",")) > _offer_far(free)
    assert _offer_far(sure) > _offer_far(free)


def _offer_far(made: Desk) -> D:
    return D(next(x for x in because(made) if x.endswith("rounded away")).split()[4])


def test_no_chance_to_win_makes_a_price_under_cost_and_least_margin() -> None:
    state = learned(0.0)  # rivals deal at our middle: no margin wins often enough
    made = desk(with_learned(WIN.replace("lean: 0.1", "lean: 0.2"), state))
    quote = made.quoted(2_000_000)
    made.hit(quote, side="sell", amount=2_000_000)
    made.one(DealBooked)
    made.rfq(side="sell")  # we are long: our bid costs us the lean, at most 0.3 bp

    assert any("no closer than 0.4: cost 0.3 and least margin" in line for line in because(made))


def test_only_what_is_frozen_decides_and_a_file_that_is_not_can_still_be_read() -> None:
    text = with_learned(WIN, LearnedState(outcomes=1))

    with pytest.raises(ConfigurationError, match=r"f:11: learned: is not frozen"):
        load_game({"file": "f", "text": text})
    assert any("not frozen" in line for line in read_back(read_game(text, "f")))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  asked with: 3 others\n", "", "asked with is missing"),
        ("25 % to 45 %", "45 % to 25 %", "is not less than"),
        ("25 % to 45 %", "25 to 45", "write it as: 25 %"),
        ("least margin: 0.1 bp, ", "", "least margin: is missing"),
        ("most margin: 2 bp", "most margin: 0.05 bp", "less than the least margin"),
        ("most margin: 2 bp", "most margin: 2 pip", "one unit for the whole file"),
        ("3 others", "30 others", "at most 20 others"),
        ("win: {target", "win: {taget", "did you mean 'target'"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(old: str, new: str, told: str) -> None:
    assert old in WIN

    with pytest.raises(ConfigurationError, match=r"f:\d+: ") as refused:
        read_game(WIN.replace(old, new, 1), "f")

    assert told in str(refused.value)
