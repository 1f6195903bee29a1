"""What a demo of every product writes for the robot."""

from __future__ import annotations

from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from ruamel.yaml import YAML

from connectors.demo.desk import deal_products
from connectors.demo.games import ASKS, GAMES
from connectors.demo.view import _counters
from connectors.demo.world import DemoOptions, World
from connectors.sim.dialects.choice import dialect_names
from connectors.sim.products import Product
from connectors.sim.profiles import make_profiles, usual_venues

DESK = """
venues:
  - {id: ALPHA, pairs: [EUR/USD]}
  - {id: BETA, pairs: [EUR/USD]}
  - {id: CFETS, pairs: [USD/CNY]}
schedule:
  dealing:
    - {venue: "*", product: SPOT, open: {day: sun, hour: 17}, close: {day: fri, hour: 17}}
calendars:
  provisional: []
"""


@pytest.mark.parametrize("products", [(Product.SPOT,), tuple(Product)])
def test_the_desk_of_a_demo_of_games_loads_with_its_hedges(
    products: tuple[Product, ...], tmp_path: Path
) -> None:
    options = DemoOptions(
        deals=1, seconds=None, folder=tmp_path, hedge=True, products=products, strategy=GAMES
    )
    reference = World(options)._configure(1, 2).reference

    assert reference.hedges and reference.asks.patience_ms == ASKS["patience_ms"]
    games = [game.name for game in reference.strategy.games]
    assert {"client spot", "own deposit", "own forward", "own spot"} <= {*games}
    assert "client spot" == games[0], "what clients haggle with comes before all that quotes"


def _written(desk_text: str = DESK) -> dict[str, Any]:
    yaml = YAML()
    desk = yaml.load(desk_text)
    venues = usual_venues(tuple(Product))
    names = dialect_names(list(venues), {}, beyond_spot=True)
    deal_products(desk, make_profiles(venues, tuple(Product), names))
    text = StringIO()
    yaml.dump(desk, text)
    return dict(YAML(typ="safe").load(text.getvalue()))


def test_each_venue_has_its_products_currencies_and_dialect() -> None:
    alpha, beta, cfets = _written()["venues"]

    assert ["SPOT", "FORWARD", "SWAP", "NDF", "DEPOSIT"] == alpha["products"]
    assert ["USD", "EUR", "GBP"] == alpha["currencies"]
    assert "REPO" in beta["products"] and ["CNY"] == beta["currencies"]
    assert "NDF" not in cfets["products"] and ["CNY"] == cfets["currencies"]
    presets = [venue["dialect"]["preset"] for venue in (alpha, beta, cfets)]
    assert ["fix44", "fix50sp2", "cfets_like"] == presets


def test_every_product_has_dealing_hours_once_and_chinese_days_may_be_provisional() -> None:
    desk = _written()

    assert sorted(Product) == sorted(row["product"] for row in desk["schedule"]["dealing"])
    assert {"day": "fri", "hour": 17} == desk["schedule"]["dealing"][-1]["close"]
    assert ["CNY", "CNYMM"] == desk["calendars"]["provisional"]


def test_hours_of_every_product_are_left_as_they_are() -> None:
    (row,) = _written(DESK.replace("product: SPOT", 'product: "*"'))["schedule"]["dealing"]

    assert "*" == row["product"]


def test_the_venue_is_told_the_products_and_its_venues() -> None:
    command = World(DemoOptions(deals=1, seconds=None, products=tuple(Product)))._venue_command()
    spot = World(DemoOptions(deals=1, seconds=None))._venue_command()

    assert "spot,forward,swap,ndf,deposit,repo" == command[command.index("--products") + 1]
    named = [value for name, value in pairwise(command) if name == "--venue"]
    assert ["ALPHA", "BETA", "CFETS"] == named
    assert "--products" not in spot and "CFETS" not in spot


def test_the_view_counts_deals_by_product_where_there_are_several() -> None:
    shown = []
    for dealt in ({"SPOT": 5}, {"SPOT": 5, "REPO": 7}):
        console = Console(width=300)
        with console.capture() as text:
            console.print(_counters({"fills_by_product": dealt}, {}, 0))
        shown.append("repo 7" in text.get() and "spot 5" in text.get())
    assert [False, True] == shown
