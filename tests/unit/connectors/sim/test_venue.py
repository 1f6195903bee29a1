"""The floor in virtual time: what clients do to a robot that quotes, and what the venue notices."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import TypeVar

import pytest

from connectors.sim.clients import Behaviour, Habits, make_clients
from connectors.sim.dialogue import (
    AskOut,
    ExecutionIn,
    HitOut,
    Out,
    PassOut,
    QuoteIn,
    QuoteStatusOut,
    RefusalIn,
    WithdrawalIn,
    WithdrawOut,
)
from connectors.sim.hits import HitBook
from connectors.sim.log import FromOne, Log
from connectors.sim.model import NS_PER_SECOND, MarketBook, Moment, Tick, parse_time
from connectors.sim.rows import Anomaly, EntryLife, Fill, HitLife, QuoteLife, RefusalRow
from connectors.sim.statistics import Statistics
from connectors.sim.tables import Row
from connectors.sim.venue import Floor, FloorSettings

START_NS = parse_time("2026-10-30T08:00:00Z")
MID = Decimal("1.11720")
R = TypeVar("R")
O = TypeVar("O")  # noqa: E741


@dataclass
class Desk:
    """A floor with a robot beside it that quotes one pip wide and fills good hits."""

    behaviours: tuple[Behaviour, ...] = ()
    misbehaviour: float = 0.0
    requests: int = 100
    hit_ratio: float = 0.35
    seed: str = "1"
    life_ns: int = 5 * NS_PER_SECOND
    quotes_at_all: bool = True
    requotes: int = 0
    rows: dict[int, Row] = field(default_factory=dict)
    outs: list[Out] = field(default_factory=list)
    number: int = 0
    at_ns: int = START_NS

    def __post_init__(self) -> None:
        self.statistics = Statistics()
        self.book = MarketBook()
        half = Decimal("0.00002")
        for venue in ("ALPHA", "BETA"):
            tick = Tick(START_NS, venue, "EUR/USD", MID - half, MID + half, 1_000_000, 1_000_000)
            self.book.put(tick)
        log = Log(self._put, self.statistics, FromOne())
        settings = FloorSettings(
            make_clients(8),
            Habits(self.misbehaviour, self.behaviours),
            2.0,
            self.hit_ratio,
            self.requests,
            "1-",
        )
        hits = HitBook((), 0)
        self.floor = Floor(settings, self.book, log, Random(self.seed), hits, set())
        self.floor.open_venue("ALPHA")
        self.floor.start(START_NS)

    def _put(self, row: Row) -> None:
        self.rows[id(row)] = row

    def of(self, kind: type[R]) -> list[R]:
        return [row for row in self.rows.values() if isinstance(row, kind)]

    def said(self, kind: type[O]) -> list[O]:
        return [out for out in self.outs if isinstance(out, kind)]

    def now(self) -> Moment:
        return Moment(self.at_ns, self.at_ns)

    def run(self, until_ns: int | None = None) -> None:
        """Lets the clients act until nothing is due, the robot answering at once."""
        while (due_ns := self.floor.next_due_ns()) is not None:
            if until_ns is not None and due_ns > until_ns:
                return
            self.at_ns = due_ns
            self._react(self.floor.act(self.now()))

    def _react(self, outs: list[Out]) -> None:
        self.outs += outs
        for out in outs:
            if isinstance(out, AskOut):
                for entry in out.entries:
                    self._answer_request(out, entry)
            elif isinstance(out, HitOut):
                self.execute(self.answer(out.hit, filled=not out.hit.must_be_refused))

    def _answer_request(self, ask: AskOut, entry: EntryLife) -> None:
        venue = ask.request.venue
        if not self.quotes_at_all or ask.request.client == "GHOSTBK" or entry.pair != "EUR/USD":
            refusal = RefusalIn(entry.request_id, entry.pair, entry.size, "10", "NO_QUOTE 1")
            self._react(self.floor.on_refusal(venue, refusal, self.now()))
            return
        for _ in range(1 + (self.requotes if ask.request.stream_seconds else 0)):
            self.send_quote(venue, self.quote(entry))

    def quote(self, entry: EntryLife) -> QuoteIn:
        self.number += 1
        half = Decimal("0.00005")
        return QuoteIn(
            quote_id=f"Q{self.number}",
            request_id=entry.request_id,
            pair=entry.pair,
            size=entry.size,
            bid=None if entry.side == "1" else MID - half,
            offer=None if entry.side == "2" else MID + half,
            bid_size=None,
            offer_size=None,
            value_date="20261103",
            valid_until_ns=self.at_ns + self.life_ns,
        )

    def send_quote(self, venue: str, quote: QuoteIn) -> None:
        self._react(self.floor.on_quote(venue, quote, self.now()))

    def answer(self, hit: HitLife, *, filled: bool) -> ExecutionIn:
        self.number += 1
        counter = (hit.size * hit.price).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        return ExecutionIn(
            exec_id=f"E{self.number}",
            order_id=f"O{self.number}",
            hit_id=hit.hit_id,
            response_id=hit.response_id,
            filled=filled,
            client=hit.client,
            pair=hit.pair,
            side=hit.side,
            size=hit.size,
            rate=hit.price,
            counter_amount=counter,
            counter_currency=hit.pair[4:],
            value_date=hit.value_date,
            trade_date="20261030",
            transact_at_ns=self.at_ns,
            code=None if filled else "99",
            text="" if filled else "QUOTE_USED 1",
            poss_dup=False,
        )

    def execute(self, answer: ExecutionIn, venue: str = "ALPHA") -> None:
        self._react(self.floor.on_execution(venue, answer, self.now()))


def _until_first_ask(desk: Desk) -> AskOut:
    while not desk.said(AskOut):
        due_ns = desk.floor.next_due_ns()
        assert due_ns is not None
        desk.at_ns = due_ns
        desk.outs += desk.floor.act(desk.now())
    return desk.said(AskOut)[0]


@pytest.mark.parametrize("target", [0.1, 0.25, 0.35, 0.4])
def test_the_hit_ratio_comes_near_its_target_and_stays_under_the_maximum(target: float) -> None:
    desk = Desk(requests=1500, hit_ratio=target, misbehaviour=0.14, requotes=2)
    desk.run()

    ratio = desk.statistics.fills / desk.statistics.quoted
    assert target - 0.03 <= ratio <= min(0.4, target + 0.03)


def test_misbehaviour_makes_at_least_five_percent_refusals() -> None:
    desk = Desk(requests=1000, misbehaviour=0.14, requotes=2)
    desk.run()

    assert sum(desk.statistics.refusals.values()) >= 50
    assert 0 == desk.statistics.anomalies


def test_equal_seeds_give_equal_days() -> None:
    days = []
    for seed in ("1", "1", "2"):
        desk = Desk(requests=200, misbehaviour=0.2, seed=seed, requotes=2)
        desk.run()
        days.append([str(out) for out in desk.outs])

    assert days[0] == days[1]
    assert days[0] != days[2]


def test_requests_come_at_the_rate_asked_for() -> None:
    desk = Desk(requests=2000)
    desk.run()

    sent = [ask.request.sent_at_ns for ask in desk.said(AskOut)]
    seconds = (sent[-1] - sent[0]) / NS_PER_SECOND
    assert 2000 == len(sent)
    assert 900 < seconds < 1100


def test_clients_ask_one_way_two_way_for_streams_and_for_several_sizes() -> None:
    desk = Desk(requests=500)
    desk.run()

    asks = desk.said(AskOut)
    sides = Counter(ask.entries[0].side for ask in asks)
    assert set(sides) == {None, "1", "2"}
    assert {1, 2, 3} == {len(ask.entries) for ask in asks}
    assert 0 < sum(ask.request.stream_seconds is not None for ask in asks) < len(asks) / 2
    dated = sum(ask.entries[0].value_date is not None for ask in asks)
    assert 0.4 < dated / len(asks) < 0.6
    assert {"AJ", "D"} == {out.hit.message for out in desk.said(HitOut)}
    assert desk.said(PassOut) and desk.said(WithdrawOut)


@pytest.mark.parametrize(
    ("behaviour", "refused_share"),
    [
        (Behaviour.LATE_HIT, 1.0),
        (Behaviour.DOUBLE_HIT, 0.5),
        (Behaviour.REPEATED_HIT, 0.5),
        (Behaviour.HIT_AFTER_PASS, 1.0),
        (Behaviour.HIT_REPLACED, 1.0),
        (Behaviour.WRONG_SIZE, 1.0),
        (Behaviour.BETTER_PRICE, 1.0),
        (Behaviour.WORSE_PRICE, 1.0),
        (Behaviour.UNKNOWN_QUOTE, 1.0),
        (Behaviour.OTHER_CLIENT, 1.0),
    ],
)
def test_a_misbehaving_hit_is_known_to_be_refused(
    behaviour: Behaviour, refused_share: float
) -> None:
    desk = Desk(behaviours=(behaviour,), requests=40, requotes=2)
    desk.run()

    hits = [out.hit for out in desk.said(HitOut)]
    assert hits
    assert refused_share == sum(hit.must_be_refused for hit in hits) / len(hits)


def test_a_repeated_hit_has_the_same_id_and_a_double_hit_has_not() -> None:
    repeated = Desk(behaviours=(Behaviour.REPEATED_HIT,), requests=1)
    repeated.run()
    double = Desk(behaviours=(Behaviour.DOUBLE_HIT,), requests=1)
    double.run()

    assert 1 == len({out.hit.hit_id for out in repeated.said(HitOut)})
    assert 2 == len({out.hit.hit_id for out in double.said(HitOut)})
    assert 1 == len({out.hit.quote_id for out in double.said(HitOut)})


@pytest.mark.parametrize(
    "behaviour", [Behaviour.OVERSIZE, Behaviour.FROM_UNKNOWN_CLIENT, Behaviour.FOR_UNKNOWN_PAIR]
)
def test_requests_that_nobody_should_quote_end_without_a_hit(behaviour: Behaviour) -> None:
    desk = Desk(behaviours=(behaviour,), requests=10)
    desk.run()

    assert 10 == len(desk.said(AskOut))
    assert not desk.said(HitOut)


def test_a_withdrawn_quote_may_be_hit_and_must_be_refused() -> None:
    desk = Desk(behaviours=(Behaviour.HIT_WITHDRAWN,), misbehaviour=1.0, requests=1)
    ask = _until_first_ask(desk)
    desk.send_quote("ALPHA", desk.quote(ask.entries[0]))
    desk.floor.on_withdrawal("ALPHA", WithdrawalIn(None, None), desk.now())
    desk.run()

    (hit,) = desk.said(HitOut)
    assert hit.hit.must_be_refused
    assert "withdrawn" == desk.of(QuoteLife)[0].end


def test_a_deal_is_recorded_once_however_often_it_is_reported() -> None:
    desk = Desk(behaviours=(Behaviour.PROMPT,), requests=30)
    desk.run()
    hit = desk.said(HitOut)[0].hit
    again = replace(desk.answer(hit, filled=True), exec_id=hit.exec_id or "", poss_dup=True)
    before = len(desk.of(Fill))

    desk.execute(again)

    assert before == len(desk.of(Fill))
    assert 1 == desk.statistics.duplicates


def test_a_second_deal_on_one_quote_is_an_anomaly() -> None:
    desk = Desk(behaviours=(Behaviour.PROMPT,), requests=30)
    desk.run()
    hit = desk.said(HitOut)[0].hit

    desk.execute(desk.answer(hit, filled=True))

    assert ["fill_without_hit"] == [row.kind for row in desk.of(Anomaly)]


def test_a_deal_that_had_to_be_refused_or_differs_is_an_anomaly() -> None:
    desk = Desk(behaviours=(Behaviour.WRONG_SIZE,), requests=1)
    ask = _until_first_ask(desk)
    desk.send_quote("ALPHA", desk.quote(ask.entries[0]))
    due_ns = desk.floor.next_due_ns()
    assert due_ns is not None
    desk.at_ns = due_ns
    (out,) = desk.floor.act(desk.now())
    assert isinstance(out, HitOut)

    desk.execute(replace(desk.answer(out.hit, filled=True), rate=Decimal("1.2")))

    kinds = {row.kind for row in desk.of(Anomaly)}
    assert {"fill_of_bad_hit", "fill_differs"} == kinds


def test_a_quote_for_an_ended_request_gets_a_status_and_an_unknown_one_too() -> None:
    desk = Desk(behaviours=(Behaviour.OVERSIZE,), requests=1)
    ask = _until_first_ask(desk)
    quote = desk.quote(ask.entries[0])
    desk.at_ns += 60 * NS_PER_SECOND
    desk.floor.act(desk.now())

    late = desk.floor.on_quote("ALPHA", quote, desk.now())
    unknown = desk.floor.on_quote("ALPHA", replace(quote, request_id="X"), desk.now())
    elsewhere = desk.floor.on_quote("BETA", quote, desk.now())

    statuses = [out.status for out in (*late, *unknown, *elsewhere) if _is_status(out)]
    assert ["7", "9", "9"] == statuses


def _is_status(out: Out) -> bool:
    return isinstance(out, QuoteStatusOut)


def test_a_wrong_quote_is_rejected_and_noted() -> None:
    desk = Desk(behaviours=(Behaviour.OVERSIZE,), requests=1)
    ask = _until_first_ask(desk)
    good = desk.quote(ask.entries[0])
    wrong = [replace(good, size=Decimal(1)), replace(good, bid=None, offer=None)]

    outs = [out for quote in wrong for out in desk.floor.on_quote("ALPHA", quote, desk.now())]

    assert ["5", "5"] == [out.status for out in outs if isinstance(out, QuoteStatusOut)]
    assert 2 == desk.statistics.anomalies
    assert 0 == desk.statistics.quoted


def test_a_logout_ends_the_venues_requests_and_stops_new_ones() -> None:
    desk = Desk(behaviours=(Behaviour.PROMPT,), requests=50)
    _until_first_ask(desk)

    desk.floor.close_venue("ALPHA", "logout", desk.now())
    asked = len(desk.said(AskOut))
    desk.run(desk.at_ns + 60 * NS_PER_SECOND)

    assert asked == len(desk.said(AskOut))
    assert not desk.floor.waits_for_answers()
    assert not desk.floor.has_open("ALPHA")


def test_a_robot_that_refuses_everything_is_counted_by_reason() -> None:
    desk = Desk(requests=20, quotes_at_all=False)
    desk.run()

    assert {"NO_QUOTE": len(desk.of(RefusalRow))} == dict(desk.statistics.refusals)
    assert 20 == desk.statistics.answered
    assert desk.floor.finished


def test_a_silent_robot_leaves_requests_unanswered() -> None:
    desk = Desk(requests=1)
    _until_first_ask(desk)
    desk.run()

    assert desk.statistics.unanswered >= 1
    assert not desk.floor.waits_for_answers()
