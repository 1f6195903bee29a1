"""A negotiation told as a table: read from what the core records of real games, line for line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from connectors.evidence.chain import Chain
from connectors.evidence.chain_page import chain_page
from connectors.evidence.steps import Step
from connectors.evidence.talks import NAMES, TalkLine, talk_of, talk_table
from connectors.explain import told
from robot.messages.asks import CounterQuote, QuoteRevoking
from robot.messages.effects import Decided, SendQuote
from tests.kit.desk import Desk
from tests.unit.robot.test_core_ask_games import quoted
from tests.unit.robot.test_core_ask_rejected import led, turned_down
from tests.unit.robot.test_core_ask_tenors import TENORS, answer, lending
from tests.unit.strategies.games.desk.test_negotiate_game import GAME, desk, opened


def steps(made: Desk) -> list[Step]:
    """The recorded decisions as `explain` has them."""
    decided = [effect for turn in made.history for effect in turn if isinstance(effect, Decided)]
    return [
        Step(
            at_ns=number,
            at="2014-05-01T09:30:00.123Z",
            segment="s",
            sequence=number,
            number=number,
            place=0,
            group="decision",
            title="",
            data=msgspec.to_builtins(one),
        )
        for number, one in enumerate(decided)
    ]


def talk(made: Desk) -> list[TalkLine]:
    return [*talk_of(steps(made))]


def rows(lines: list[TalkLine], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(getattr(line, name) for name in names) for line in lines]


def _say(made: Desk, prices: tuple[str, ...], rises: str = "0") -> None:
    """The client's prices, each to the quote that stands, the market moving before the last."""
    quote_id = opened(made).quote_id
    for price in prices:
        by = Decimal(rises) if price == prices[-1] else Decimal(0)
        made.after(500).market(str(Decimal("1.10000") + by), str(Decimal("1.10010") + by))
        made.counter(quote_id, price)
        quote_id = made.one(SendQuote).quote_id


def test_a_clients_negotiation_is_told_with_tactic_time_used_and_estimated_limit() -> None:
    made = desk(GAME.replace("style: even", "style: find their limit"))
    _say(made, ("1.10005", "1.10010"))

    lines = talk(made)
    assert [("open", ""), ("say", "1.10005"), ("say", "1.10010")] == rows(lines, "did", "theirs")
    assert {"find their limit"} == {line.tactic for line in lines}
    assert {"1.10015"} == {line.walk_away for line in lines} and "1.10055" == lines[0].price
    for line in lines[1:]:
        low, high = Decimal(line.limit_low), Decimal(line.limit_high)
        assert Decimal("1.10005") <= low < high
        assert line.used.endswith("%") and "/" in line.left


def test_a_price_that_was_held_back_is_told_before_and_after_each_clamp() -> None:
    """The market rises, and with it what the game would say: what stands is better for them."""
    made = desk()
    _say(made, ("1.10000", "1.10001"), rises="0.00020")

    line = talk(made)[-1]
    (clamp,) = line.held
    assert clamp.startswith("terms: ") and clamp.endswith(f" -> {line.price}"), clamp


def test_our_own_ask_is_told_to_the_quote_that_is_taken_and_what_the_core_did_not_let_by() -> None:
    scene = quoted("counter Q-BANKB 1.10004", "counter Q2 1.10001", "take Q3")
    for quote_id in ("Q2", "Q3"):
        sent = scene.desk.one(CounterQuote)
        scene.quote("BANKB", "1.09998", "1.10007", quote_id, response_id=sent.response_id)

    lines = talk(scene.desk)
    said = [("ask", ""), ("say", "1.10004"), ("say", "1.10004"), ("take", "1.10007")]
    assert said == rows(lines, "did", "price")
    assert ("core: 1.10001 -> 1.10004, nothing said is made worse",) == lines[2].held


def test_amount_and_tenor_stand_beside_a_price_where_they_are_not_those_of_the_ask() -> None:
    moves = ("ask BANKA @15000000 ~2W", "counter Q-2W 1.55", "take Q-1W")
    made = lending(TENORS, "amounts 5000000 20000000", *moves)
    answer(made, "1.53", "Q-2W")
    said = made.desk.one(CounterQuote)
    made.revoke("BANKA", QuoteRevoking.REJECTED, response_id=said.response_id)

    assert rows(talk(made.desk), "did", "price")[-3:] == [
        ("ask", "15,000,000 2W"),
        ("say", "1.55 for 15,000,000 2W"),
        ("take", "1.50"),
    ]


def test_a_game_that_walks_away_says_why_and_one_that_never_played_makes_no_table() -> None:
    walked = talk(quoted("end").desk)
    assert ("walk away", "", ("line 'end'",)) == rows(walked, "did", "price", "held")[-1]

    plain = Desk().open()
    plain.market()
    plain.rfq()
    assert [] == talk(plain)
    assert talk_table(talk(plain)) is None


def test_the_page_of_a_chain_has_the_table_and_its_text_before_all_else() -> None:
    lines = talk(quoted("end").desk)
    chain = Chain(
        id="A1",
        journal="",
        segments=(),
        names=(),
        deals=(),
        outcome="x",
        in_force=(),
        steps=(),
        talk=tuple(lines),
    )
    page = chain_page(chain)

    assert "Negotiation by game script" in page and "<td>walk away</td>" in page
    text = told(chain)
    assert text.index("NEGOTIATION by game script") < text.index("IN FORCE")
    plain = msgspec.structs.replace(chain, talk=())
    assert "Negotiation" not in chain_page(plain) and "NEGOTIATION" not in "".join(told(plain))


def test_the_table_has_a_column_for_whatever_is_said_and_foreign_text_is_harmless() -> None:
    line = msgspec.structs.replace(talk(quoted("end").desk)[0], whom="x\x1b[31m", held=("why",))
    table = talk_table([line], "we buy it")
    assert table is not None
    title, head, row, _ = table.text()

    assert "NEGOTIATION by game script: we buy it" == title
    assert [*table.names] == [name for name, cell in zip(NAMES, line.cells, strict=True) if cell]
    assert [name for name in table.names if name not in head] == []
    assert len(NAMES) == len(line.cells)
    assert "x\\u001b[31m" in row and "\x1b" not in row and row.endswith("why")


def test_a_game_that_says_nothing_more_to_a_client_is_told_with_its_reason() -> None:
    made = desk(GAME.replace("messages: 4", "messages: 1"))
    made.rfq(side="buy", open_ms=120_000)
    made.counter(made.one(SendQuote).quote_id, "1.10000")

    line = talk(made)[-1]
    assert (line.did, line.price, line.tactic) == ("say nothing", "", "even")
    assert line.held == ("all messages of this talk have been said",)
    assert line.limit_low and line.middle == "1.10005"


def test_a_hit_that_a_bank_turned_down_stands_between_what_was_done_before_and_after() -> None:
    scene = led("take Q-BANKB", "take Q-BANKA")

    turned_down(scene)

    assert rows(talk(scene.desk), "did", "whom", "held")[1:] == [
        ("take", "BANKB", ()),
        ("turned down", "BANKB", ("BANKB did not deal at 1.10008: 99 price moved",)),
        ("take", "BANKA", ()),
    ]
