"""The demo's own asks: each is something the robot understands, and they are counted by maker."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from connectors.demo.asking import BEYOND, SPOT, asked, wish, words_for
from connectors.demo.games import GAMES, banks_for, game_of, makers_option
from connectors.demo.hedging import standing
from connectors.sim.bargain import Tactic
from connectors.sim.makers.rows import AskLife, MakerDeal
from connectors.sim.makers.styles import parse_makers
from connectors.sim.products import Product
from connectors.sim.record import VenueRecord
from robot.messages.asks import AskWanted
from robot.package import configuration_folder
from strategies.games.desk.file import read_game

DEAL = MakerDeal(
    venue="ALPHA",
    exec_id="Y1",
    order_id="V1",
    hit_id="C1",
    response_id=None,
    quote_id="S1",
    client="BANKCNBJ",
    maker="LPTIGHT",
    pair="EUR/USD",
    side="1",
    base_amount=Decimal(1_000_000),
    rate=Decimal("1.10010"),
    counter_amount=Decimal("1100100.00"),
    counter_currency="USD",
    value_date="20140505",
    trade_date="20140501",
    transact_at_ns=None,
    received_at_ns=0,
    received_wall_ns=0,
    mid=None,
    poss_dup=False,
)


def record(*deals: MakerDeal, asks: tuple[AskLife, ...] = ()) -> VenueRecord:
    return VenueRecord(
        meta={},
        requests=(),
        entries=(),
        quotes=(),
        hits=(),
        fills=(),
        refusals=(),
        duplicates=(),
        events=(),
        anomalies=(),
        asks=asks,
        maker_deals=deals,
    )


@pytest.mark.parametrize("words", [*SPOT, *BEYOND])
def test_what_the_demo_asks_for_is_an_ask(words: str) -> None:
    wanted = msgspec.convert(wish(words, 1), AskWanted)
    assert wanted.side == {"buy": "BUY", "borrow": "BUY"}.get(words.split(" ")[0], "SELL")
    assert wanted.limit_price is not None and wanted.two_way


def test_a_demo_that_asked_nobody_tells_nothing_of_asks() -> None:
    assert asked(record()) is None


def test_a_deal_on_a_makers_quote_is_seen_from_the_makers_side() -> None:
    """The robot bought, so its counterparty is the maker who sold."""
    (seen,) = standing(record(DEAL))
    assert (seen.side, seen.client) == ("2", "LPTIGHT")


def test_a_deal_that_was_taken_back_stands_no_longer() -> None:
    assert standing(record(replace(DEAL, state="busted"))) == ()


@pytest.mark.parametrize(
    ("products", "asked_for"),
    [
        ((Product.SPOT,), [*SPOT]),
        (tuple(Product), [*SPOT, *BEYOND]),
        ((Product.DEPOSIT,), [words for words in BEYOND if "USD 1W" in words]),
        ((Product.REPO,), [*SPOT]),
    ],
)
def test_only_what_is_dealt_is_asked_for(
    products: tuple[Product, ...], asked_for: list[str]
) -> None:
    assert asked_for == words_for(products)


def test_each_of_the_demos_asks_is_led_by_a_game_that_is_shipped_for_its_product() -> None:
    files = [*(configuration_folder() / GAMES).glob("*.game.yaml")]
    games = {
        game.name: game
        for game in (read_game(file.read_text("utf-8"), file.name) for file in files)
    }
    for words in (*SPOT, *BEYOND):
        product = wish(words, 1).get("product", "SPOT")
        applies = games[game_of(words)].applies
        assert (applies.role, product in applies.products) == ("taker", True)


def test_the_demos_banks_play_every_tactic_and_each_is_asked_in_turn() -> None:
    styles = parse_makers(makers_option())
    asked_for = [banks_for(number) for number in range(1, 2 * len(Tactic) + 1)]

    assert [*Tactic] == [styles[banks[1]].tactic for banks in asked_for if banks]
    assert asked_for.count(()) == len(Tactic), "the game chooses"
