"""Markets and models of clients for tests of flows: known numbers, to be fitted again."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from random import Random

import msgspec
from ruamel.yaml import YAML

from backtest.run.feed import ListFeed, Other, Prices
from backtest.run.flow_fit import fit
from backtest.run.flow_model import (
    BINS,
    AskedRow,
    Dealing,
    FlowModel,
    Hits,
    RivalsSeen,
    Toxicity,
)
from connectors.demo.desk import deal_products
from connectors.sim.products import Product
from connectors.sim.profiles import make_profiles
from robot.basics.ids import VenueId
from robot.messages.events import CurveUpdated
from robot.package import configuration_folder
from tests.kit.backtests import small_feed

PAIRS = ("EUR/USD",)
_EVERY_NS = 20_000_000_000
_POINTS = {"ON": "0.6", "TN": "0.6", "1W": "4.2", "1M": "18", "3M": "55", "6M": "109", "1Y": "215"}
_RATES = {"ON": "1.9", "1W": "1.95", "1M": "2", "3M": "2.1", "6M": "2.2"}


def known_model(
    hits: Mapping[str, Sequence[float]],
    *,
    rate: float = 1.0,
    rivals: tuple[float, ...] = (),
    markouts: Mapping[int, float] | None = None,
    far_tenors: Mapping[str, Sequence[str]] | None = None,
) -> FlowModel:
    """Clients BANKA and BANKD at ALPHA in EUR/USD, who deal by `hits` (coefficients by product);
    `rivals`: quantiles of their distances; `markouts` of BANKA, by seconds.
    """
    rows = []
    for number in range(240):
        product = list(hits)[number % len(hits)]
        tenors = (far_tenors or {}).get(product, ("",))
        tenor = tenors[number // len(hits) % len(tenors)]
        whole = product == "FORWARD"
        rows.append(
            AskedRow(
                at_ns=number,
                venue="ALPHA",
                counterparty=("BANKA", "BANKD")[number // 7 % 2],
                tier="gold",
                pair="EUR" if product == "DEPOSIT" else "EUR/USD",
                side=("BUY", "SELL", "")[number // 3 % 3],
                size=100_000_000,
                product=product,
                tenor=tenor if whole else "",
                far_tenor="" if whole else tenor,
                distance=1.0 + number % 3,
                dealt=number % 5 == 0,
                waited_ns=300_000_000 if number % 5 == 0 else 0,
            )
        )
    made = fit(rows, 0, BINS * 1_800_000_000_000)
    toxic = [
        Toxicity(counterparty="BANKA", horizon_s=seconds, deals=400, mean_bp=mean, error_bp=0.01)
        for seconds, mean in (markouts or {}).items()
    ]
    return msgspec.structs.replace(
        made,
        rates=(rate,) * BINS,
        dealing=tuple(_with(one, hits[one.product], rivals) for one in made.dealing),
        toxicity=tuple(toxic),
    )


def _with(one: Dealing, coefficients: Sequence[float], rivals: tuple[float, ...]) -> Dealing:
    hits = Hits(
        coefficients=tuple(coefficients), errors=(0.1,) * len(coefficients), quotes=1, deals=1
    )
    seen = RivalsSeen(quotes=1, count=3, distances=rivals) if rivals else None
    return msgspec.structs.replace(one, hits=hits, rivals=seen)


def curved_feed(minutes: int) -> ListFeed:
    """`small_feed` with points of EUR/USD and rates of EUR at ALPHA, anew every 20 s."""
    feed, chance = small_feed(minutes), Random(4)
    parts: list[Prices | list[Other]] = []
    for whole in feed.parts:
        assert isinstance(whole, Prices)
        begin = 0
        while begin < len(whole.at_ns):
            first_ns = whole.at_ns[begin]
            end = begin
            while end < len(whole.at_ns) and whole.at_ns[end] < first_ns + _EVERY_NS:
                end += 1
            parts.append([(first_ns, event) for event in _curves(chance)])
            parts.append(piece(whole, begin, end))
            begin = end
    return ListFeed(feed.keys, parts)


def piece(whole: Prices, begin: int, end: int) -> Prices:
    """Some of its rows."""
    times, keys, *rest = whole
    bids, offers, bid_sizes, offer_sizes = (column[begin:end] for column in rest)
    return Prices(times[begin:end], keys[begin:end], bids, offers, bid_sizes, offer_sizes)


def _curves(chance: Random) -> list[CurveUpdated]:
    found = []
    for curve, rows, half in (
        ("EUR/USD", _POINTS, Decimal("0.05")),
        ("EUR DEPOSIT", _RATES, Decimal("0.01")),
    ):
        for tenor, text in rows.items():
            middle = Decimal(text) + half * chance.randint(-1, 1) / 10
            found.append(
                CurveUpdated(
                    venue=VenueId("ALPHA"),
                    curve=curve,
                    tenor=tenor,
                    bid=middle - half,
                    offer=middle + half,
                )
            )
    return found


def desk_of_all(folder: Path) -> Path:
    """The shipped desk, dealing all products at ALPHA and BETA: its folder."""
    shutil.copytree(configuration_folder(), folder)
    yaml = YAML()
    desk = yaml.load(folder / "desk.yaml")
    names = [str(venue["id"]) for venue in desk["venues"]]
    pairs = dict.fromkeys(names, PAIRS)
    dialects = dict.fromkeys(names, "fix44")
    deal_products(desk, make_profiles(pairs, tuple(Product), dialects))
    yaml.dump(desk, folder / "desk.yaml")
    return folder
