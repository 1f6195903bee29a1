"""The published clients ask the live core: its prices, deals and result are those of the model.

The franchise of the FX dealer (`strategies.games.quoting.franchise`) with the middle at about 1, so
that a pip is a basis point: requests of two tiers and six sizes at their rates, dealt on with the
published probabilities. The desk is `strategies.two_way`: margins by tier and a linear lean.
Chance is drawn once and given to both: a single price that differed would end in another deal.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal as D

import numpy as np
import pytest

from backtest.records.columns import Tables
from backtest.report.attribution import results_at_end, rows_of
from robot.messages.effects import SendQuote
from strategies.games.quoting.franchise import Franchise
from tests.kit.desk import Desk
from tests.kit.recording import recorded

DAY_NS = 86_400_000_000_000
LENGTH = 0.05
"""Days: 72 minutes, as published."""
MARGINS = (D("0.27"), D("0.13"))
LEAN = D("0.01")
"""Pips for each million held."""
LIMIT_M = 400
CLIENTS = ("BANKA", "BANKC")
"""One of each tier."""
PIP = D("0.0001")


@dataclass
class Model:
    """What the same day comes to by arithmetic."""

    held: int = 0
    """M."""
    deals: int = 0
    requests: int = 0
    margin: D = D(0)
    """USD."""
    inventory: D = D(0)


def desk() -> Desk:
    """Half a pip of lean at 50 m, prices to a thousandth of a pip, limits that let all through."""
    steps = [{"up_to": "50000000"}]
    tiers = {
        tier: [{**steps[0], "margin": str(margin)}]
        for tier, margin in zip(("gold", "silver"), MARGINS, strict=True)
    }
    usual = {"pair": "EUR/USD", "spot_lag": 2, "pip": PIP, "tick": D("0.0000001")}
    sizes = [
        {"pair": "EUR/USD", "tier": tier, "maximum": "50000000"} for tier in ("gold", "silver")
    ]
    made = Desk().changed(
        conventions={"EUR/USD": usual},
        strategy={"parameters": {"tiers": tiers, "lean_max": str(LEAN * LIMIT_M)}},
        limits={
            "deal_size": sizes,
            "counterparty_lines": dict.fromkeys(("BANKA", "BANKB", "BANKC"), "9000000000"),
            "net_open_position": {"EUR": str(LIMIT_M * 1_000_000), "USD": "900000000"},
        },
    )
    made.open()
    return made


def play(of: Franchise, seed: int) -> tuple[Desk, Model]:
    """One day of both."""
    random = np.random.default_rng(seed)
    robot, model, clock, middle = desk(), Model(), 0.0, D("1.000000")
    begin_ns = robot.at_ns
    while (wait := random.exponential(1 / (of.requests * 4))) + clock < LENGTH:
        clock += wait
        moved = D(round(float(random.normal(0, of.sigma * np.sqrt(wait))) * 100)) / 100 * PIP
        model.inventory += model.held * 1_000_000 * moved
        middle += moved
        robot.at_ns = begin_ns + int(clock * DAY_NS)
        robot.market(str(middle - PIP / 10), str(middle + PIP / 10))
        tier, place = int(random.integers(2)), int(random.choice(6, p=of.weights))
        _ask(robot, model, of, middle, tier, of.sizes[place], random)
    return robot, model


def _ask(
    robot: Desk,
    model: Model,
    of: Franchise,
    middle: D,
    tier: int,
    size: int,
    random: np.random.Generator,
) -> None:
    """One request: the price must be the model's, and is dealt on as the model says."""
    buys = bool(random.integers(2))  # the client buys at our offer
    sign = -1 if buys else 1
    away = MARGINS[tier] + sign * LEAN * model.held
    side = "buy" if buys else "sell"
    robot.rfq(size * 1_000_000, client=CLIENTS[tier], side=side)
    quote = robot.one(SendQuote)
    price = quote.offer if buys else quote.bid
    assert price == middle - sign * away * PIP
    model.requests += 1
    deals = random.random() < float(of.tiers[tier].deals(np.float64(away)))
    if not deals:
        robot.end_rfq(quote=quote.quote_id)
        return
    robot.hit(quote.quote_id, side, size * 1_000_000, client=CLIENTS[tier])
    model.held += sign * size
    model.deals += 1
    model.margin += size * 1_000_000 * away * PIP


@pytest.fixture(scope="module")
def day() -> tuple[Tables, Model]:
    robot, model = play(Franchise(), 7)
    return recorded(robot).tables(), model


def test_the_core_quotes_and_deals_as_the_model_does(day: tuple[Tables, Model]) -> None:
    tables, model = day
    assert model.requests > 300
    assert len(rows_of(tables["deals"])) == model.deals > 80
    assert not rows_of(tables["refusals"])
    assert tables["results"]["position"][-1] == model.held * 100_000_000


def test_margin_and_inventory_of_its_records_are_the_models(day: tuple[Tables, Model]) -> None:
    tables, model = day
    end = results_at_end(tables)["EUR/USD"]
    assert end["margin"] == model.margin
    assert end["inventory"] == model.inventory
    assert end["total"] == model.margin + model.inventory


def test_tiers_deal_as_often_as_published_at_their_distances(day: tuple[Tables, Model]) -> None:
    tables, _ = day
    of = Franchise()
    for number, tier in enumerate(("gold", "silver")):
        expected, spread, dealt = 0.0, 0.0, 0
        for row in rows_of(tables["requests"]):
            if row["tier"] == tier:
                pips = int(row["distance"] or 0) / 1e5
                chance = float(of.tiers[number].deals(np.float64(pips)))
                expected, spread = expected + chance, spread + chance * (1 - chance)
                dealt += row["outcome"] == "DEALT"
        assert dealt and abs(dealt - expected) <= 3 * np.sqrt(spread)
