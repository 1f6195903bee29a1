"""Clients that haggle: how they give way, what they say wrongly, and what the robot may answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal as D
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from connectors.sim.bargain import Bargain, Flaw, Tactic
from connectors.sim.clients import Behaviour, Habits, make_clients
from connectors.sim.dialogue import CounterOut, CounterRefusalIn, HitOut, Out, PassOut, QuoteIn
from connectors.sim.haggling import Haggling
from connectors.sim.hits import HitBook
from connectors.sim.log import FromOne, Log
from connectors.sim.model import Moment, Side
from connectors.sim.rows import Anomaly, CounterOffer, EntryLife, HitLife, QuoteLife
from connectors.sim.statistics import Statistics
from connectors.sim.venue import Floor, FloorSettings
from tests.unit.connectors.sim.test_venue import MID, START_NS, Desk

UNIT = D("0.00001")


def bargain(tactic: Tactic, *, buys: bool = True, rounds: int = 5) -> Bargain:
    """From the middle to two pips from it."""
    limit = MID + D("0.00020") if buys else MID - D("0.00020")
    return Bargain(tactic, MID, limit, 1 if buys else -1, rounds, UNIT)


def played(of: Bargain, robot: list[str]) -> list[D]:
    """The prices said, in points from the middle, to these prices of the robot."""
    found = []
    for price in robot:
        of.heard.append(MID + D(price))
        of.last = of.next_price()
        of.said += 1
        found.append((of.last - MID) / UNIT)
    return found


@pytest.mark.parametrize(
    ("tactic", "buys", "prices"),
    [
        (Tactic.FIRM, True, [0, 0, 0, 4, 20]),
        (Tactic.EVEN, True, [0, 5, 10, 15, 20]),
        (Tactic.EVEN, False, [0, -5, -10, -15, -20]),
        (Tactic.EAGER, True, [0, 15, 17, 18, 20]),
        (Tactic.TIT_FOR_TAT, True, [0, 5, 5, 15, 15]),
    ],
)
def test_each_tactic_gives_way_in_its_own_time(
    tactic: Tactic, buys: bool, prices: list[int]
) -> None:
    robot = ["0.00040", "0.00035", "0.00035", "0.00025", "0.00025"]
    assert played(bargain(tactic, buys=buys), robot) == prices


@pytest.mark.parametrize("tactic", list(Tactic))
def test_nobody_ever_says_a_price_past_what_it_would_deal_at(tactic: Tactic) -> None:
    chance = Random(tactic)
    for _ in range(50):
        of = bargain(tactic, buys=chance.random() < 0.5, rounds=chance.randint(2, 5))
        robot = [str(D(chance.randint(-50, 50)) / 100_000) for _ in range(6)]
        for points in played(of, robot):
            assert of.accepts(MID + points * UNIT)


@dataclass
class Table(Desk):
    """A robot that answers counter-offers: by `gives` points, or not at all."""

    gives: int = 5
    refuses: bool = False
    cheats: str = ""
    ours: dict[str, D] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        settings = FloorSettings(
            make_clients(8),
            Habits(self.misbehaviour, self.behaviours, 1.0),
            2.0,
            self.hit_ratio,
            self.requests,
            "1-",
        )
        log = Log(self._put, self.statistics, FromOne())
        self.floor = Floor(settings, self.book, log, Random(self.seed), HitBook((), 0), set())
        self.floor.open_venue("ALPHA")
        self.floor.start(START_NS)
        self.seen: set[str] = set()

    def _react(self, outs: list[Out]) -> None:
        super()._react([out for out in outs if not isinstance(out, CounterOut)])
        for out in outs:
            if isinstance(out, CounterOut):
                self.outs.append(out)
                self._answer_counter(out.hit)

    def _answer_counter(self, hit: HitLife) -> None:
        entry = next((one for one in self.of(EntryLife) if one.request_id == hit.request_id), None)
        assert entry is not None and hit.response_id is not None
        rows = [row for row in self.of(CounterOffer) if row.response_id == hit.response_id]
        repeated = hit.response_id in self.seen
        self.seen.add(hit.response_id)
        wrong = repeated or rows[0].flaw not in (None, Flaw.REPEATED)
        if (wrong and self.cheats != "bad") or self.refuses:
            word = CounterRefusalIn(
                hit.response_id, hit.quote_id, "5", "DUPLICATE" if repeated else "NO"
            )
            self.outs += self.floor.on_counter_refusal(hit.venue, word, self.now())
            return
        buys = hit.side == "1"
        before = self.ours.get(hit.request_id, MID + D("0.00005") * (1 if buys else -1))
        price = before - UNIT * self.gives * (1 if buys else -1)
        price = max(price, hit.price) if buys else min(price, hit.price)
        if self.cheats == "better":
            price = hit.price - UNIT if buys else hit.price + UNIT
        elif self.cheats == "worse":
            price = before + UNIT if buys else before - UNIT
        self.ours[hit.request_id] = price
        self.number += 1
        quote = QuoteIn(
            quote_id=f"Q{self.number}",
            request_id=hit.request_id,
            pair=hit.pair,
            size=entry.size,
            bid=None if buys else price,
            offer=price if buys else None,
            bid_size=None,
            offer_size=None,
            value_date="20261103",
            valid_until_ns=self.at_ns + self.life_ns,
            response_id=hit.response_id,
            quote_type="0" if self.cheats == "indicative" else "3",
        )
        self.send_quote(hit.venue, quote)


def table(**of: object) -> Table:
    settings: dict[str, object] = {"behaviours": (Behaviour.PROMPT,), "requests": 150, **of}
    made = Table(**settings)  # type: ignore[arg-type]
    made.run()
    return made


def test_negotiations_end_in_deals_at_the_price_that_was_reached() -> None:
    of = table(gives=1)
    assert not of.of(Anomaly)
    offers = of.of(CounterOffer)
    assert {row.tactic for row in offers} == set(Tactic)
    assert {row.answer for row in offers} <= {"quote", "ended"}
    assert of.statistics.haggled_fills > 10
    assert of.statistics.counter_offers == len(offers) > 100
    answers = {row.answer_quote_id: row for row in offers if row.answer == "quote"}
    dealt = [hit for hit in of.of(HitLife) if hit.quote_id in answers]
    assert dealt and all(hit.price == answers[hit.quote_id].answer_price for hit in dealt)
    assert of.floor.finished


def test_who_is_turned_down_deals_at_what_stands_or_leaves() -> None:
    of = table(refuses=True)
    assert {row.answer for row in of.of(CounterOffer)} == {"refused"}
    assert of.statistics.haggled_fills == 0
    assert of.said(HitOut) and of.said(PassOut)
    assert not of.of(Anomaly)


def test_wrong_counter_offers_are_each_turned_down_and_the_honest_one_goes_on() -> None:
    of = table(misbehaviour=0.5, gives=1)
    flaws = Counter(row.flaw for row in of.of(CounterOffer) if row.flaw)
    assert set(flaws) == set(Flaw)
    assert not of.of(Anomaly)
    assert {row.answer for row in of.of(CounterOffer) if row.flaw} == {"refused"}


@pytest.mark.parametrize(
    ("cheats", "kind"),
    [
        ("better", "bad_counter_answer"),
        ("worse", "bad_counter_answer"),
        ("bad", "bad_counter_answer"),
        ("indicative", "bad_quote"),
    ],
)
def test_what_the_robot_must_not_answer_is_an_anomaly(cheats: str, kind: str) -> None:
    of = table(cheats=cheats, misbehaviour=0.5 if cheats == "bad" else 0.0, requests=40)
    assert {row.kind for row in of.of(Anomaly)} >= {kind}


@pytest.mark.parametrize(("product", "off_tick"), [("SPOT", True), ("SWAP", False)])
def test_a_swaps_points_are_never_bent_by_less_than_a_venue_writes(
    product: str, off_tick: bool
) -> None:
    """Points in pips have two decimals: a smaller bend is not on the wire, and no wrong price."""
    haggling = Haggling(1.0, 1.0, Log(lambda row: None, Statistics(), FromOne()), "1-", "7")
    quote = QuoteLife(
        *("ALPHA", "Q1", "R1", 0, "BANKA", "EUR/USD", D(1_000_000), D("-0.0006"), D("-0.0005")),
        *(None, None, "20261023", None, START_NS, START_NS, None, None),
        near_bid=MID,
        far_bid=MID - D("0.0006"),
        near_offer=MID,
        far_offer=MID - D("0.0005"),
        product=product,
    )
    plan: Any = SimpleNamespace(shown_id="BANKA", side=Side.BUY, shows_side=True)
    request: Any = SimpleNamespace(plan=plan, bargain=bargain(Tactic.EVEN))
    for _ in range(60):
        haggling.offers(request, quote, D("-0.00055"), Moment(START_NS, START_NS))

    assert off_tick is (Flaw.OFF_TICK in {row.flaw for row in haggling.take_new()})
