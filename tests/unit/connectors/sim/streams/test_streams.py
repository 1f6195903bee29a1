"""Streamed quotes: what the venue takes of a mass quote, who hits it, and what ends it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.sim.model import NS_PER_MS, fix_time
from connectors.sim.rows import Anomaly, Fill, HitLife, MassQuoteLife, QuoteLife, StatusAsked
from connectors.sim.tables import Row
from connectors.sim.wire import Incoming
from tests.kit.sim_engine import SimEngine, values


class Streamer:
    """A robot that streams two sizes of EUR/USD to the venue."""

    def __init__(self, **options: object) -> None:
        self.scene = SimEngine(**options)
        self.rows: dict[int, Row] = {}
        self.scene.engine.log.hear(lambda row: self.rows.__setitem__(id(row), row))
        self.number = 0

    def of(self, kind: type) -> list:  # type: ignore[type-arg]
        return [row for row in self.rows.values() if type(row) is kind]

    def stream(
        self,
        *entries: str,
        answer: str = "2",
        set_id: str = "EURUSD",
        quote_id: str | None = None,
        life_ms: int = 5000,
    ) -> str:
        """i with entries such as `1m 1.1171 1.1173 [pair]`; returns its 117."""
        self.number += 1
        mass_id = quote_id or f"M{self.number}"
        end = fix_time(self.scene.engine.clock_ns + life_ms * NS_PER_MS)
        text = f"117={mass_id}|301={answer}|296=1|302={set_id}|304={len(entries)}|"
        text += f"295={len(entries)}|"
        for place, entry in enumerate(entries, start=1):
            size, bid, offer, *pair = entry.split()
            text += f"299=E{self.number}.{place}|55={(pair or ['EUR/USD'])[0]}|167=FOR|"
            text += f"132={bid}|133={offer}|134={size}000000|135={size}000000|62={end}|64=20261103|"
        self.scene.say("i", text)
        return mass_id

    def fill(self, hit: HitLife) -> None:
        """8: the robot deals."""
        counter = (hit.size * hit.price).quantize(Decimal("0.01"))
        self.scene.say(
            "8",
            f"37=O|11={hit.hit_id}|17=X{hit.hit_no}|150=F|39=2|55=EUR/USD|54={hit.side}|"
            f"32={hit.size}|31={hit.price}|119={counter}|120=USD|64=20261103|75=20261030|15=EUR|",
        )


def test_a_mass_quote_is_taken_and_answered_as_it_wants() -> None:
    streamer = Streamer(stream_hits_per_second=0.0)
    for answer in ("2", "1", "0"):
        streamer.stream("1 1.1171 1.1173", "5 1.1170 1.1174", answer=answer)

    assert [("M1", "0", None)] == [values(each, 117, 297, 296) for each in streamer.scene.said("b")]
    ends = {quote.quote_id: quote.end for quote in streamer.of(QuoteLife)}
    assert {"replaced": 4, "live": 2} == {
        end: list(ends.values()).count(end) for end in set(ends.values())
    }
    assert {"ALPHA"} == {quote.client for quote in streamer.of(QuoteLife)}


def test_f_21_bad_entries_are_named_with_their_reason_and_the_others_live() -> None:
    streamer = Streamer(stream_hits_per_second=0.0)
    streamer.stream(
        "1 1.1171 1.1173",
        "1 1.1174 1.1173",
        "1 1.1171 1.1173 EUR/XTS",
        "1 0 1.1173",
        answer="1",
    )
    (answer,) = streamer.scene.said("b")

    assert ["E1.2", "E1.3", "E1.4"] == answer.all(299)
    assert ["7", "1", "8"] == answer.all(368)
    assert ["0", "EURUSD"] == [answer.get(297), answer.get(302)]
    ends = [quote.end for quote in streamer.of(QuoteLife)]
    assert ["live", "rejected", "rejected", "rejected"] == ends
    assert ["bad_quote"] * 3 == [row.kind for row in streamer.of(Anomaly)]


def test_a_stale_entry_and_ids_that_come_twice_are_rejected() -> None:
    streamer = Streamer(stream_hits_per_second=0.0)
    streamer.stream("1 1.1171 1.1173", life_ms=-1)
    streamer.stream("1 1.1171 1.1173")
    streamer.number -= 1
    streamer.stream("1 1.1171 1.1173", quote_id="M9")
    streamer.stream("1 1.1171 1.1173", quote_id="M9")
    answers = streamer.scene.said("b")

    assert [["4"], [], ["6"], []] == [answer.all(368) for answer in answers]
    assert [("0", None)] * 3 + [("5", "6")] == [values(each, 297, 300) for each in answers]


def test_an_entry_is_hit_like_any_quote_and_the_deal_judged_alike() -> None:
    streamer = Streamer(stream_hits_per_second=5.0)
    streamer.stream("1 1.1171 1.1173", "5 1.1170 1.1174", life_ms=20_000)
    streamer.scene.run(3000)
    hits = streamer.of(HitLife)
    assert hits and {"E1.1", "E1.2"} >= {hit.quote_id for hit in hits}
    for hit in hits:
        if not any(fill.quote_id == hit.quote_id for fill in streamer.of(Fill)):
            streamer.fill(hit)
    sent = [*streamer.scene.said("AJ"), *streamer.scene.said("D")]

    assert {hit.quote_id for hit in hits} == {each.get(117) for each in sent}
    fills = streamer.of(Fill)
    assert fills and [] == streamer.of(Anomaly)
    used = {quote.quote_id for quote in streamer.of(QuoteLife) if quote.end == "used"}
    assert {fill.quote_id for fill in fills} == used
    assert len(fills) == streamer.scene.engine.log.statistics.stream_fills
    assert 0 == streamer.scene.engine.log.statistics.asked_fills


def test_a_deal_on_a_replaced_entry_is_an_anomaly() -> None:
    streamer = Streamer(stream_hits_per_second=5.0, stream_mischief={"misbehave": 1.0})
    for _ in range(20):
        streamer.stream("1 1.1171 1.1173", life_ms=300)
        streamer.scene.run(500)
    bad = [hit for hit in streamer.of(HitLife) if hit.must_be_refused]
    kinds = {hit.behaviour for hit in bad}
    assert {"late_hit", "wrong_size", "better_price"} <= kinds
    streamer.fill(bad[0])

    assert "fill_of_bad_hit" in [row.kind for row in streamer.of(Anomaly)]


@pytest.mark.parametrize(
    ("cancel", "live"),
    [
        ("117=*|298=4|", []),
        ("117=E1.1|298=1|295=1|55=EUR/USD|", ["E1.2"]),
        ("117=M1|298=1|295=1|55=EUR/USD|", []),
        ("117=M1|298=1|295=1|55=USD/JPY|", ["E1.1", "E1.2"]),
    ],
)
def test_f_22_entries_are_withdrawn_all_or_single(cancel: str, live: list[str]) -> None:
    streamer = Streamer(stream_hits_per_second=0.0)
    streamer.stream("1 1.1171 1.1173", "5 1.1170 1.1174")
    streamer.scene.say("Z", cancel)

    assert live == [quote.quote_id for quote in streamer.of(QuoteLife) if quote.end == "live"]


def test_f_17_some_clients_hit_what_has_just_been_withdrawn() -> None:
    streamer = Streamer(stream_hits_per_second=0.0, stream_mischief={"late_hit": 1.0})
    streamer.stream("1 1.1171 1.1173")
    streamer.scene.say("Z", "117=*|298=4|")
    streamer.scene.run(200)

    (hit,) = streamer.of(HitLife)
    assert ("hit_withdrawn", True) == (hit.behaviour, hit.must_be_refused)


def test_the_venue_keeps_silent_or_rejects_good_entries_when_it_is_told_to() -> None:
    silent = Streamer(stream_mischief={"silence": 1.0})
    silent.stream("1 1.1171 1.1173")
    assert [] == silent.scene.said("b")
    assert [None] == [row.answer for row in silent.of(MassQuoteLife)]

    picky = Streamer(stream_mischief={"reject": 1.0})
    picky.stream("1 1.1171 1.1173")
    assert ["99"] == picky.scene.said("b")[0].all(368)
    assert [] == picky.of(Anomaly)


def test_the_status_of_a_quote_is_told_as_the_venue_has_it() -> None:
    streamer = Streamer(stream_hits_per_second=0.0)
    streamer.stream("1 1.1171 1.1173", "5 1.1170 1.1174", life_ms=1000)
    streamer.scene.say("Z", "117=E1.1|298=1|295=1|55=EUR/USD|")
    for quote_id in ("E1.1", "E1.2", "E9"):
        streamer.scene.say("a", f"649=S{quote_id}|117={quote_id}|55=EUR/USD|")
    streamer.scene.run(1100)
    streamer.scene.say("a", "649=S4|117=E1.2|55=EUR/USD|")

    told = [values(each, 649, 297) for each in streamer.scene.said("AI")]
    assert [("SE1.1", "6"), ("SE1.2", "0"), ("SE9", "9"), ("S4", "7")] == told


@pytest.mark.parametrize(("answer", "wrong"), [("0", False), ("6", True)])
def test_the_robot_is_asked_for_a_status_and_must_say_the_truth(answer: str, wrong: bool) -> None:
    streamer = Streamer(stream_hits_per_second=0.0, stream_mischief={"status": 1.0})
    streamer.stream("1 1.1171 1.1173", life_ms=20_000)
    streamer.scene.run(1000)
    (asked,) = streamer.scene.said("a")
    streamer.scene.say("AI", f"649={asked.get(649)}|117={asked.get(117)}|297={answer}|")

    assert [(answer, "live")] == [(row.answer, row.truth) for row in streamer.of(StatusAsked)]
    assert wrong == ("wrong_quote_status" in [row.kind for row in streamer.of(Anomaly)])


def test_a_logout_and_a_halt_leave_nothing_that_could_be_dealt_on() -> None:
    streamer = Streamer(stream_hits_per_second=0.0, halt_every=(10.0, 5.0))
    streamer.stream("1 1.1171 1.1173", life_ms=60_000)
    streamer.scene.log("logout")
    streamer.scene.log("logon")
    streamer.stream("1 1.1171 1.1173", life_ms=60_000)
    streamer.scene.run(9000)
    streamer.stream("1 1.1171 1.1173")

    assert ["withdrawn", "withdrawn"] == [quote.end for quote in streamer.of(QuoteLife)]
    assert ("5", "2") == values(streamer.scene.said("b")[-1], 297, 300)


def test_what_cannot_be_read_is_answered_with_j() -> None:
    streamer = Streamer()
    streamer.scene.say("i", "117=M1|301=2|296=1|302=S|304=1|295=1|299=E|55=EUR/USD|132=1|")
    streamer.scene.say("i", "117=M2|301=2|")

    told: list[Incoming] = streamer.scene.said("j")
    assert [("i", "M1"), ("i", "M2")] == [values(each, 372, 379) for each in told]
