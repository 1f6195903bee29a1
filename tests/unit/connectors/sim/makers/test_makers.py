"""Makers that answer the robot: every style, every end of a quote, one answer to a take."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.sim.bargain import Tactic
from connectors.sim.makers.rows import AskLife, CounterLife, MakerDeal, MakerQuote, TakeLife
from connectors.sim.makers.styles import PRESETS, STYLES, parse_makers
from connectors.sim.options import OptionError
from connectors.sim.rows import Terms
from connectors.sim.wire import Incoming
from tests.kit.maker_scene import MakerScene

QUICK = ":answer_ms=10:hold_ms=5"


def _codes(message: Incoming) -> tuple[str | None, ...]:
    return tuple(message.get(tag) for tag in (150, 39, 103, 58))


def _scene(style: str = "tight", **settings: str) -> MakerScene:
    told = "".join(f":{name}={value}" for name, value in settings.items())
    return MakerScene(f"LPA={style}{QUICK}{told}")


def test_a_two_way_request_is_quoted_and_the_offer_taken_by_an_order() -> None:
    scene = _scene()
    scene.ask()
    scene.wait(20)
    quote = scene.quote()

    assert (Decimal("1.11717"), Decimal("1.11723")) == (quote.bid, quote.offer)
    assert ["LPA"] == scene.said("S")[0].all(448) and "35" == scene.said("S")[0].get(452)
    scene.take(quote)
    scene.wait(10)
    (report,), (deal,) = scene.said("8"), scene.of(MakerDeal)
    assert ("F", "2", None, None) == _codes(report)
    assert ("T1", "1.11723", "1000000", "1117230.00") == tuple(
        report.get(tag) for tag in (11, 31, 32, 119)
    )
    assert ("LPA", "D", "17") == tuple(report.get(tag) for tag in (448, 447, 452))
    assert (deal.exec_id, deal.maker, deal.client) == (report.get(17), "LPA", "BANKCN")
    assert ["used"] == [row.end for row in scene.of(MakerQuote)]
    assert [("quoted", "dealt")] == [(row.outcome, row.end_reason) for row in scene.of(AskLife)]


def test_a_one_way_request_is_quoted_on_its_side_only() -> None:
    scene = _scene()
    scene.ask(side="2")
    scene.wait(20)

    assert (Decimal("1.11717"), None) == (scene.quote().bid, scene.quote().offer)


def test_the_same_take_again_gets_the_same_answer_as_possible_resend_and_books_nothing() -> None:
    scene = _scene()
    scene.ask()
    scene.wait(20)
    for _ in range(2):
        scene.take(scene.quote())
        scene.wait(10)

    first, again = scene.said("8")
    assert (None, "Y") == (first.get(97), again.get(97))
    assert first.get(17) == again.get(17) and 1 == len(scene.of(MakerDeal))
    assert [1] == [take.copies for take in scene.of(TakeLife)]


def test_f_12_a_take_of_a_replaced_quote_is_rejected_and_that_of_the_latest_dealt() -> None:
    scene = _scene("fader", requotes="1")
    scene.ask()
    scene.wait(400)
    former, latest = scene.quote(0), scene.quote(1)
    scene.take(former)
    scene.wait(10)
    scene.take(latest, hit_id="T2")
    scene.wait(10)

    assert former.offer is not None and latest.offer is not None
    assert latest.offer > former.offer
    assert [("8", "8", "99", "REPLACED"), ("F", "2", None, None)] == [
        _codes(report) for report in scene.said("8")
    ]


@pytest.mark.parametrize(
    ("bent", "words"),
    [
        ({"size": Decimal(2_000_000)}, "SIZE 2000000"),
        ({"price": Decimal("1.11722")}, "PRICE 1.11722"),
        ({"side": "2", "price": Decimal("1.11723")}, "PRICE 1.11723"),
        ({"currency": "USD"}, "CURRENCY USD"),
    ],
)
def test_a_take_that_is_not_the_quote_is_rejected(bent: dict[str, object], words: str) -> None:
    scene = _scene()
    scene.ask()
    scene.wait(20)
    scene.take(scene.quote(), **bent)
    scene.wait(10)

    assert [("8", "8", "99", words)] == [_codes(report) for report in scene.said("8")]


def test_f_13_a_take_counts_when_it_came_and_one_after_the_end_is_rejected() -> None:
    scene = _scene(life_ms="1000", hold_ms="50")
    scene.ask()
    scene.wait(980)
    scene.take(scene.quote())
    scene.wait(100)
    scene.ask(request_id="R2")
    scene.wait(1020)
    scene.take(scene.quote(), hit_id="T2")
    scene.take(scene.quote(), hit_id="T3", message="AJ", response_id="P3")
    scene.wait(100)

    assert ["F", "8"] == [report.get(150) for report in scene.said("8")]
    (status,) = scene.said("AI")
    assert ("7", "P3", "EXPIRED") == tuple(status.get(tag) for tag in (297, 693, 58))
    assert [True, False, False] == [take.in_time for take in scene.of(TakeLife)]


def test_an_unknown_quote_is_not_found() -> None:
    scene = _scene()
    scene.ask()
    scene.wait(20)
    nowhere = replace(scene.quote(), quote_id="ALPHA-NONE")
    scene.take(nowhere)
    scene.take(nowhere, hit_id="T2", message="AJ", response_id="P2")
    scene.wait(40)

    assert [("8", "8", "5", "UNKNOWN_QUOTE")] == [_codes(report) for report in scene.said("8")]
    assert ["9"] == [status.get(297) for status in scene.said("AI")]


@pytest.mark.parametrize(
    ("move", "answer"),
    [("0.00002", "LAST_LOOK"), ("0.00001", None), ("-0.00009", None)],
)
def test_last_look_rejects_only_when_the_market_moved_against_the_maker(
    move: str, answer: str | None
) -> None:
    scene = _scene("last_look", tolerance="1")
    scene.ask()
    scene.wait(20)
    quote = scene.quote()
    scene.tick(move)
    scene.take(quote)
    scene.wait(10)

    assert [answer] == [report.get(58) for report in scene.said("8")]
    assert [Decimal(move) * 100_000] == [take.against for take in scene.of(TakeLife)]


def test_makers_refuse_by_size_are_silent_late_or_only_indicate() -> None:
    makers = ["LPB=refuser:refuses=0", "LPC=silent", "LPD=late", "LPE=indicative"]
    scene = MakerScene(",".join(f"{each}{QUICK}" for each in makers))
    for name in ("LPB", "LPC", "LPD", "LPE"):
        scene.ask(maker=name, request_id=name, size=2_000_000, open_ms=1000)
    scene.wait(999)
    (refused,) = scene.said("AG")
    assert ("LPB", "3", "EXCEEDS_LIMIT 1000000") == tuple(refused.get(n) for n in (131, 658, 58))
    (quote,) = scene.said("S")
    assert ("LPE", "0") == (quote.get(131), quote.get(537))
    scene.take(scene.quote())
    scene.wait(600)

    assert ["LPE", "LPD"] == [quote.get(131) for quote in scene.said("S")]
    assert ["INDICATIVE"] == [report.get(58) for report in scene.said("8")]
    outcomes = {row.maker: row.outcome for row in scene.of(AskLife)}
    assert {"LPB": "refused", "LPC": "silent", "LPD": "quoted", "LPE": "quoted"} == outcomes


def test_a_maker_withdraws_before_or_while_it_is_taken() -> None:
    scene = _scene("flaky", withdraws="1", races="0")
    scene.ask()
    scene.wait(500)
    (pulled,) = scene.said("Z")
    scene.take(scene.quote())
    scene.wait(10)
    assert scene.quote().quote_id == pulled.get(117)
    assert ["WITHDRAWN"] == [report.get(58) for report in scene.said("8")]

    racing = _scene("flaky", withdraws="0", races="1")
    racing.ask()
    racing.wait(20)
    racing.take(racing.quote())
    racing.wait(10)
    assert ["S", "Z", "8"] == [kind for _, kind, _ in racing.sent]
    assert ["WITHDRAWN"] == [report.get(58) for report in racing.said("8")]


def _counter(scene: MakerScene, price: str, response_id: str = "C1", what: str = "EUR/USD") -> None:
    quote_id = scene.quote().quote_id
    product = "55=EUR/USD|167=FOR" if "/" in what else f"55={what}|167=MM|64=20261021|193=20261028"
    fields = f"693={response_id}|117={quote_id}|694=2|{product}|54=1|38=1000000|44={price}|"
    scene.say("ALPHA", "AJ", fields.replace("|", "\x01"))
    scene.wait(20)


def test_f_14_a_negotiator_meets_half_way_down_to_its_floor_and_then_walks_away() -> None:
    scene = _scene("negotiator", margin="10", floor="2", rounds="3")
    scene.ask()
    scene.wait(20)
    assert Decimal("1.11732") == scene.quote().offer
    _counter(scene, "1.11722")
    met = scene.quote()
    assert (Decimal("1.11727"), None) == (met.offer, met.bid)
    assert "C1" == scene.said("S")[-1].get(693)
    _counter(scene, "1.11725", "C2")
    scene.take(scene.quote())
    scene.wait(10)

    assert ["met", "accepted"] == [row.answer for row in scene.of(CounterLife)]
    assert ["1.11725"] == [report.get(31) for report in scene.said("8")]

    stubborn = _scene("negotiator", margin="2", floor="2", rounds="3", pulls="0")
    stubborn.ask()
    stubborn.wait(20)
    _counter(stubborn, "1.11720")
    stubborn.take(stubborn.quote())
    stubborn.wait(10)
    assert [("5", "C1", "WALKED_AWAY")] == [
        tuple(each.get(tag) for tag in (297, 693, 58)) for each in stubborn.said("AI")
    ]
    assert ["LOST"] == [report.get(58) for report in stubborn.said("8")]


def test_a_negotiator_that_walks_away_may_say_first_that_its_quote_is_gone() -> None:
    scene = _scene("negotiator", margin="2", floor="2", rounds="3", pulls="1")
    scene.ask()
    scene.wait(20)
    gone = scene.quote().quote_id
    _counter(scene, "1.11720")

    assert [gone] == [each.get(117) for each in scene.said("Z")]
    assert ["WALKED_AWAY"] == [each.get(58) for each in scene.said("AI")]
    scene.take(scene.quote())
    scene.wait(10)
    assert ["WITHDRAWN"] == [report.get(58) for report in scene.said("8")]


DEPOSIT = Terms(product="DEPOSIT", far_date="20261028")
STEPS: dict[str, dict[str, list[str | None]]] = {
    "EUR/USD": {
        "firm": [None, "1.11731", "1.11724", None],
        "even": ["1.11730", "1.11727", "1.11724", None],
        "eager": ["1.11726", "1.11725", "1.11724", None],
        "tit_for_tat": [None, "1.11730", "1.11728", None],
        "walk_away": [None, None, None, None],
        "silent": [None, None, None, None],
    },
    "USD": {
        "firm": [None, "4.230", "4.223", None],
        "even": ["4.229", "4.226", "4.223", None],
        "eager": ["4.225", "4.224", "4.223", None],
    },
}
ENDS = {"walk_away": ["STAYS", "WALKED_AWAY", "LOST", "LOST"], "silent": []}


@pytest.mark.parametrize(
    ("what", "tactic"), [(what, tactic) for what, steps in STEPS.items() for tactic in steps]
)
def test_a_maker_gives_way_as_its_tactic_says_from_its_quote_to_its_floor(
    what: str, tactic: str
) -> None:
    """Ours are far beyond the floor, and two ticks higher each time."""
    scene = _scene("negotiator", tactic=tactic, margin="10", floor="2", rounds="3", pulls="0")
    deposit = what == "USD"
    terms, date = (DEPOSIT, "20261021") if deposit else (None, "20261023")
    scene.ask(pair=what, terms=terms, value_date=date)
    scene.wait(20)
    tick = Decimal("0.001") if deposit else Decimal("0.00001")
    assert scene.quote().offer is not None
    last, met = scene.quote().offer or tick, list[str | None]()
    for number in range(4):
        heard = len(scene.said("S"))
        wanted = last - (60 - 2 * number) * tick
        _counter(scene, str(wanted), f"C{number}", what=what)
        fresh = len(scene.said("S")) > heard
        met.append(str(scene.quote().offer) if fresh else None)

    assert STEPS[what][tactic] == met
    assert [tactic] * 4 == [row.tactic or tactic for row in scene.of(CounterLife)]
    if tactic in ENDS:
        assert ENDS[tactic] == [each.get(58) for each in scene.said("AI")]


def test_a_maker_with_a_tactic_takes_a_price_that_it_would_say_itself_and_deals_on_it() -> None:
    scene = _scene("negotiator", tactic="even", margin="10", floor="2", rounds="3")
    scene.ask()
    scene.wait(20)
    _counter(scene, "1.11731")
    assert [Decimal("1.11731")] == [scene.quote().offer]
    scene.take(scene.quote())
    scene.wait(10)

    assert ["accepted"] == [row.answer for row in scene.of(CounterLife)]
    assert ["1.11731"] == [report.get(31) for report in scene.said("8")]


def test_a_market_that_turns_against_a_maker_moves_its_floor_and_nothing_it_has_said() -> None:
    scene = _scene("negotiator", tactic="eager", margin="10", floor="2", rounds="3")
    scene.ask()
    scene.wait(20)
    _counter(scene, "1.11700")
    scene.tick("0.00020")
    _counter(scene, "1.11701", "C2")

    assert ["met", "stays"] == [row.answer for row in scene.of(CounterLife)]
    assert Decimal("1.11726") == scene.quote().offer


@pytest.mark.parametrize("tactic", [*Tactic, "half_way"])
def test_a_makers_tactic_is_named_in_its_settings(tactic: str) -> None:
    assert tactic == parse_makers(f"LPA=negotiator:tactic={tactic}")["LPA"].tactic


def test_an_unknown_tactic_is_refused_with_those_there_are() -> None:
    with pytest.raises(OptionError, match=r"no tactic 'stubborn'; there are half_way, firm, even"):
        parse_makers("LPA=negotiator:tactic=stubborn")


def test_who_does_not_negotiate_refuses_a_counter_and_its_quote_stands() -> None:
    scene = _scene()
    scene.ask()
    scene.wait(20)
    _counter(scene, "1.11720")
    scene.take(scene.quote())
    scene.wait(10)

    assert [("5", "C1")] == [(each.get(297), each.get(693)) for each in scene.said("AI")]
    assert ["F"] == [report.get(150) for report in scene.said("8")]


def test_a_pass_ends_the_quote() -> None:
    scene = _scene()
    scene.ask()
    scene.wait(20)
    fields = f"693=P9|117={scene.quote().quote_id}|694=6|55=EUR/USD|"
    scene.say("ALPHA", "AJ", fields.replace("|", "\x01"))
    scene.take(scene.quote())
    scene.wait(10)

    assert ["PASSED"] == [report.get(58) for report in scene.said("8")]
    assert ["passed"] == [row.end_reason for row in scene.of(AskLife)]


def test_f_10_the_fate_of_a_take_is_told_when_it_is_asked_for() -> None:
    scene = _scene("mute")
    scene.ask()
    scene.wait(20)
    scene.take(scene.quote())
    scene.wait(1000)
    assert [] == scene.said("8") and 1 == len(scene.of(MakerDeal))
    scene.say("ALPHA", "H", "11=T1|55=EUR/USD|167=FOR|54=1|".replace("|", "\x01"))

    status, fill = scene.said("8")
    assert ("I", "2", "1000000") == tuple(status.get(tag) for tag in (150, 39, 14))
    assert ("F", "2", "T1") == tuple(fill.get(tag) for tag in (150, 39, 11))


def test_a_logout_voids_the_quotes_and_a_halt_rejects_takes_and_requests() -> None:
    scene = _scene()
    scene.ask()
    scene.wait(20)
    quote = scene.quote()
    scene.desk.disconnect("ALPHA", scene.now())
    scene.desk.open_venue("ALPHA", scene.now())
    scene.take(quote)
    scene.wait(10)
    scene.desk.halt("ALPHA", scene.now())
    scene.take(quote, hit_id="T2")
    scene.ask(request_id="R2")
    scene.wait(10)

    assert ["LOGOUT", "HALTED"] == [report.get(58) for report in scene.said("8")]
    assert ["99", "2"] == [report.get(103) for report in scene.said("8")]
    (refused,) = scene.said("j")
    assert ("R", "R2", "4") == tuple(refused.get(tag) for tag in (372, 379, 380))


def test_nobody_of_that_name_is_a_business_reject_and_an_unknown_pair_a_refusal() -> None:
    scene = _scene()
    scene.ask(maker="NOBODY")
    scene.ask(request_id="R2", pair="EUR/XTS")
    scene.wait(20)

    assert [("R1", "1")] == [(each.get(379), each.get(380)) for each in scene.said("j")]
    assert [("R2", "1")] == [(each.get(131), each.get(658)) for each in scene.said("AG")]


def test_a_request_that_names_no_maker_is_for_the_venue_itself() -> None:
    scene = MakerScene(f"ALPHA=wide{QUICK}")
    body = "131=R1|146=1|55=EUR/USD|167=FOR|38=1000000|15=EUR|126=20261021-08:00:30.000|"
    scene.say("ALPHA", "R", body.replace("|", "\x01"))
    scene.wait(20)

    assert ["ALPHA"] == [row.maker for row in scene.of(MakerQuote)]


def test_equal_seeds_quote_the_same_and_one_request_does_not_change_another() -> None:
    def quotes(*, other: bool) -> list[tuple[int, Decimal | None]]:
        scene = MakerScene(",".join(f"{name}={style}" for name, style in PRESETS["all"].items()))
        if other:
            scene.ask(maker="LPSLOW", request_id="X")
        scene.ask(maker="LPFADER", request_id="R1")
        scene.wait(5000)
        return [
            (row.made_at_ns, row.offer) for row in scene.of(MakerQuote) if row.request_id == "R1"
        ]

    assert 4 == len(quotes(other=False))
    assert quotes(other=False) == quotes(other=True)


def test_makers_are_read_from_a_preset_a_list_and_a_file(tmp_path: Path) -> None:
    file = tmp_path / "makers.txt"
    file.write_text("# ours\nLPA = tight:margin=3\n\nLPB=last_look:hold_ms=20-80 # slow\n")
    listed = parse_makers("LPA=tight:margin=3,LPB=last_look:hold_ms=20-80")

    assert listed == parse_makers(str(file))
    assert (3, (20, 80)) == (listed["LPA"].margin, listed["LPB"].hold_ms)
    assert set(STYLES) == {style.name for style in parse_makers("all").values()}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("none", "neither a preset"),
        ("LPA=odd", "no style 'odd'"),
        ("LPA=tight:pace=3", "no setting 'pace'"),
        ("LPA=tight:margin=x", "margin='x'"),
        ("LPA=tight:refuses=2", "refuses='2'"),
        ("LPA=tight,LPA=wide", "is there already"),
        ("L/A=tight", "a name is"),
    ],
)
def test_a_bad_maker_is_named_with_what_to_write(text: str, words: str) -> None:
    with pytest.raises(OptionError, match=words):
        parse_makers(text)
