"""Hold or hedge from a game file: the desk's policy, which only makes positions smaller."""

from __future__ import annotations

import random
import shutil
from decimal import Decimal as D
from pathlib import Path

import msgspec
import pytest

from robot.approvals import Kind
from robot.basics.ids import VenueId
from robot.contents import load_content
from robot.deals.party import BUY, SELL
from robot.deals.reference import HedgePolicy
from robot.errors import ConfigurationError
from robot.messages.effects import SendOrder, SendQuote
from robot.messages.events import MarketUpdated
from robot.messages.orders import OrderReport
from robot.package import configuration_folder
from robot.settings import load_settings
from strategies.games.desk.file import read_game
from strategies.games.desk.loading import load_game
from strategies.games.desk.read_back import read_back
from tests.kit.desk import Desk
from tests.kit.games import refuse_changed
from tests.kit.taker import desk, report, short, trade

GAME = """
game: {name: hold or hedge, kind: hedge}
hedge:
  pair: EUR/USD
  comfortable within: 3m
  back to: 1m
  clip: 2m
  every: 1 s
  no worse than: 2 bp
  at most: 10 % of what is shown
"""


def policy(text: str = GAME) -> HedgePolicy:
    (found,) = load_game({"file": "f.game.yaml", "text": text}).hedges
    return found


def hedging(text: str = GAME) -> Desk:
    made = desk(hedge=msgspec.to_builtins(policy(text)))
    return shown(made, 50_000_000)


def shown(made: Desk, size: int | None, bid: str = "1.10000", offer: str = "1.10010") -> Desk:
    """The venue shows so much on both sides."""
    amount = D(size) if size is not None else None
    made.step(
        MarketUpdated(
            venue=VenueId("ALPHA"),
            pair="EUR/USD",
            bid=D(bid),
            offer=D(offer),
            bid_size=amount,
            offer_size=amount,
        )
    )
    return made


def test_what_the_trader_wrote_is_what_the_core_carries_out() -> None:
    assert policy() == HedgePolicy(
        pair="EUR/USD",
        band=D(3_000_000),
        target=D(1_000_000),
        clip=D(2_000_000),
        slippage_bp=D(2),
        interval_ms=1_000,
        shown_share=D("0.1"),
    )
    assert policy(GAME.replace("  back to: 1m\n", "")).target == D(3_000_000), "back to the band"


def test_a_position_within_the_band_is_held_and_a_larger_one_brought_back() -> None:
    made = short(hedging(), 3)
    assert not made.all(SendOrder)

    order = short(made, 2).one(SendOrder)
    assert (order.side, order.amount) == (BUY, D(2_000_000))


def test_no_order_is_larger_than_its_share_of_what_is_shown() -> None:
    made = short(shown(hedging(), 7_000_000))

    assert made.one(SendOrder).amount == D(700_000)


@pytest.mark.parametrize("size", [None, 9_000])
def test_where_too_little_is_shown_nothing_is_sent(size: int | None) -> None:
    made = short(shown(hedging(), size))

    assert not made.all(SendOrder)


def test_whatever_happens_a_hedge_never_buys_when_long_and_never_goes_past_flat() -> None:
    """Random deals of clients, fills, part fills and rejections, with a band of nothing."""
    text = GAME.replace("within: 3m", "within: 100k").replace("back to: 1m", "back to: flat")
    made, chance, sent = hedging(text), random.Random(5), 0
    for _ in range(100):
        amount = chance.choice((1_000_000, 2_000_000, 137_000))
        for quote in made.all(SendQuote, made.rfq(amount))[: chance.choice((0, 1))]:
            made.hit(quote.quote_id, side=chance.choice(("buy", "sell")), amount=amount)
        orders = made.all(SendOrder)
        made.after(1_000)
        orders += shown(made, chance.choice((900_000, 9_000_000, 90_000_000))).all(SendOrder)
        while orders:
            order, position = orders.pop(0), made.state.ledger.net_position("EUR")
            assert order.side is (BUY if position < 0 else SELL)
            assert order.amount <= abs(position)
            sent += 1
            if chance.random() < 0.7:
                part = int(order.amount) // chance.choice((1, 1, 2))
                trade(made, order, f"X{sent}", part, "1.10005", ended=True)
            else:
                report(made, order, OrderReport.CANCELED, f"C{sent}")
            orders += made.all(SendOrder)
    assert sent > 40


def folder_with(tmp_path: Path, text: str, *, desk_too: bool = False) -> Path:
    """A configuration whose desk plays the game beside its own strategy."""
    folder = tmp_path / "config"
    shutil.copytree(configuration_folder(), folder)
    path = folder / "desk.yaml"
    lines = path.read_text().replace("  factory:", "  games: [games/mine.game.yaml]\n  factory:", 1)
    lines = lines.replace("  - id: ALPHA\n", "  - id: ALPHA\n    counterparty: BANKA\n", 1)
    assert "games: [games/mine.game.yaml]" in lines and "counterparty:" in lines
    row = "hedges:\n  - {pair: USD/JPY, band: 1000000, clip: 1000000, slippage_bp: 1}"
    row = row.replace("USD/JPY", "EUR/USD") if desk_too else row
    path.write_text(f"{lines}\n{row}\n")
    (folder / "games" / "mine.game.yaml").write_text(text)
    return folder


def test_the_hedge_of_a_game_is_the_desks_when_it_is_loaded(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, GAME)

    hedges = load_settings(folder).reference.hedges

    assert [row.pair for row in hedges] == ["USD/JPY", "EUR/USD"]
    assert hedges[1] == policy()
    content = load_content(Kind.STRATEGY, folder / "desk.yaml")
    assert msgspec.convert(content["hedges"], tuple[HedgePolicy, ...], strict=False) == hedges


def test_a_pair_that_the_desk_hedges_already_is_told_with_its_line(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, GAME, desk_too=True)
    line = (folder / "desk.yaml").read_text().split("hedges:")[0].count("\n") + 1

    with pytest.raises(ConfigurationError) as refused:
        load_settings(folder)

    told = str(refused.value)
    assert f"desk.yaml:{line}: hedges: EUR/USD is hedged by the desk and by game" in told
    assert "game 'hold or hedge' (games/mine.game.yaml): one of them has to go" in told


def test_it_is_read_back_in_plain_words() -> None:
    told = read_back(read_game(GAME + "  overnight within: flat\n  no more from: 5m\n", "f"))

    assert told[1] == (
        "- Up to 3m EUR, long or short, is held; more is brought back to 1m in EUR/USD, 2m at a "
        "time, an order every 1 s."
    )
    assert any("10 % of the size that is shown" in line for line in told)
    assert any("never past flat" in line for line in told)


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("pair: EUR/USD", "pair: EUR", 4, "EUR"),
        ("  comfortable within: 3m\n", "", 3, "comfortable within: is missing"),
        ("back to: 1m", "back to: 4m", 6, "is over the band"),
        ("clip: 2m", "clip: 500", 7, "no deal is as small as 500"),
        ("no worse than: 2 bp", "no worse than: 2 pip", 9, "write it in bp"),
        ("10 % of what is shown", "10 %", 10, "write it as: 10 % of what is shown"),
        ("10 % of what is shown", "120 % of what is shown", 10, "between 0 % and 100 %"),
        ("every: 1 s", "evry: 1 s", 8, "did you mean 'every'"),
        ("hedge:\n", "applies: {product: spot}\nhedge:\n", 3, "is for"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(old: str, new: str, line: int, told: str) -> None:
    refuse_changed(GAME, old, new, line, told)
