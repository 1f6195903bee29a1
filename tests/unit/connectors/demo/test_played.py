"""What the games of a demo did, told from the records of others, and held against their files."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from connectors.demo.played import Played, game_of, played, told
from connectors.demo.walk_aways import judge_walk_aways, walk_aways
from connectors.sim.makers.rows import CounterLife, MakerQuote
from connectors.sim.record import VenueRecord
from connectors.store.views import Decision
from robot.package import configuration_folder
from tests.unit.connectors.demo.test_asking import DEAL, record

SECOND_NS = 1_000_000_000
FILE = """\
game: {name: own spot, kind: negotiate}
my terms: {walk-away: -1 pip, aim: 0.1 pip, open at: 0.5 pip}
"""


def quote(quote_id: str, offer: str, at_s: int, mid: str = "1.10000") -> MakerQuote:
    return MakerQuote(
        venue="ALPHA",
        quote_id=quote_id,
        request_id="R1",
        maker="LPFIRM",
        pair="EUR/USD",
        size=Decimal(1_000_000),
        quote_type="1",
        bid=None,
        offer=Decimal(offer),
        value_date="20140505",
        valid_until_ns=60 * SECOND_NS,
        mid=Decimal(mid),
        made_at_ns=at_s * SECOND_NS,
        made_wall_ns=at_s * SECOND_NS,
    )


def counter(quote_id: str = "S1", answer: str = "met") -> CounterLife:
    return CounterLife(
        counter_no=1,
        venue="ALPHA",
        response_id="P1",
        quote_id=quote_id,
        request_id="R1",
        maker="LPFIRM",
        side="1",
        price=Decimal("1.09995"),
        tactic="firm",
        answer=answer,
        received_at_ns=SECOND_NS,
        received_wall_ns=SECOND_NS,
    )


def decision(kind: str, outcome: str, subject: str, **told: object) -> Decision:
    usual = {
        "segment": "s",
        "sequence": 1,
        "number": 1,
        "at_ns": 3 * SECOND_NS,
        "subject": subject,
        "kind": kind,
        "outcome": outcome,
        "reason": "",
        "detail": "",
        "venue": "ALPHA",
        "counterparty": "LPFIRM",
        "pair": "EUR/USD",
        "amount": Decimal(1_000_000),
        "side": "BUY",
        "quote_id": None,
        "strategy": "ask",
        "facts": {},
        "because": (),
    }
    return Decision(**{**usual, **told})


NAMED = "walk-away 1.10010, aim 1.09999, open at 1.09995; even"
DECIDED = [
    decision("ASK", "SENT", "A1", facts={"game": "own spot"}),
    decision("GAME", "COUNTERED", "A1", strategy="own spot", quote_id="S1"),
    decision("TAKE", "SENT", "C1", because=("game 'own spot'", NAMED), quote_id="S2"),
]


def talk(rate: str = "1.10005") -> VenueRecord:
    """Quoted, countered, met, dealt."""
    deal = replace(DEAL, maker="LPFIRM", quote_id="S2", rate=Decimal(rate))
    found = record(deal)
    quotes = (quote("S1", "1.10008", 1), quote("S2", rate, 2))
    return replace(found, maker_quotes=quotes, counters=(counter(),))


def test_an_ask_that_a_game_led_to_a_better_price_is_told_by_game_and_by_tactic() -> None:
    found = played(talk(), DECIDED)

    expected = {"asks": 1, "counters": 1, "deals": 1, "after_counter": 1, "bettered": 1}
    expected |= {"walked_away": 0, "other_amount": 0, "other_tenor": 0}
    assert expected == msgspec.to_builtins(found.games["own spot"])
    assert found.games["own spot"] == found.tactics["firm"]
    assert told(found)[0] == (
        "game own spot: 1 talks, 1 counters said, 1 deals (1 after a counter, 1 at better than "
        "their first price), 0 walked away"
    )


def test_a_deal_on_another_amount_and_tenor_than_was_asked_for_is_told() -> None:
    other = {"amount": "2000000", "tenor": "2M"}
    taken = decision(
        "TAKE", "SENT", "C1", because=("game 'own spot'", NAMED), quote_id="S2", facts=other
    )

    assert told(played(talk(), [*DECIDED[:2], taken]))[0].endswith(
        "price, 1 of another amount than asked for, 1 of another tenor than asked for), "
        "0 walked away"
    )


def test_a_counter_that_came_too_late_for_its_quote_is_one_of_the_same_talk() -> None:
    found = talk()
    late = replace(counter("S2", "turned_down"), counter_no=2, tactic=None)
    decided = [*DECIDED, decision("GAME", "COUNTERED", "A1", strategy="own spot", quote_id="S2")]
    tactics = played(replace(found, counters=(counter(), late)), decided).tactics

    assert (list(tactics), tactics["firm"].asks, tactics["firm"].counters) == (["firm"], 1, 2)


def test_a_counter_of_a_person_and_a_deal_of_nobodys_game_are_not_a_games() -> None:
    found = played(talk(), [decision("TAKE", "SENT", "C1", because=("the best",), quote_id="S2")])
    assert (found.games, found.tactics) == ({}, {})


@pytest.mark.parametrize("name", ["own spot", "o'neil", "一周拆出"])
def test_a_game_is_known_by_its_name_however_it_is_written(name: str) -> None:
    row = decision("TAKE", "SENT", "C1", because=(f"game {name!r}", NAMED))
    assert (name, "") == (game_of(row), game_of(decision("TAKE", "SENT", "C1")))


def judged(folder: Path, rate: str, *, mid: str = "1.10000", named: str = NAMED) -> Played:
    """One deal of a game held against its file; with what is told of it as the name of a game."""
    (folder / "own.game.yaml").write_text(FILE, encoding="utf-8")
    found = talk(rate)
    found = replace(
        found, maker_quotes=tuple(replace(q, mid=Decimal(mid)) for q in found.maker_quotes)
    )
    rows = [*DECIDED[:2], msgspec.structs.replace(DECIDED[2], because=("game 'own spot'", named))]
    result = played(found, rows)
    for problem in judge_walk_aways(result, found, rows, folder):
        result.games[problem] = result.games["own spot"]
    return result


@pytest.mark.parametrize(
    ("rate", "mid", "named", "problem"),
    [
        ("1.10010", "1.10000", NAMED, ""),
        ("1.10011", "1.10000", NAMED, "past the walk-away 1.10010 it named"),
        ("1.10010", "1.09994", NAMED, "worse than -1 from 1.09994"),
        ("1.10011", "1.10000", "no level was told", ""),
        ("1.10016", "1.10000", "no level was told", "worse than -1 from 1.10000"),
    ],
)
def test_a_deal_past_the_walk_away_of_its_game_is_told(
    tmp_path: Path, rate: str, mid: str, named: str, problem: str
) -> None:
    found = judged(tmp_path, rate, mid=mid, named=named)

    assert (1, bool(problem)) == (found.judged, bool(found.past_walk_away))
    assert any(problem in name for name in found.games)


def test_the_walk_aways_of_the_shipped_games_are_read() -> None:
    found = walk_aways(configuration_folder() / "games")
    assert found["client spot"] == Decimal("0.1")
    assert {"own spot", "own deposit", "own forward"} <= {
        name for name, far in found.items() if far < 0
    }
