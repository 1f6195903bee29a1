"""The venue's desks behind one engine: live trade reports, copies, halts, kept reports."""

from __future__ import annotations

import pytest

from connectors.sim.drop_copy import parse_copy_mischief
from connectors.sim.link import DEALING, DROP_COPY
from connectors.sim.makers.styles import parse_makers
from connectors.sim.options import OptionError
from connectors.sim.order_rules import Mischief, parse_mischief
from tests.kit.sim_engine import SimEngine, values

SUBSCRIBE = "568=T1|569=0|263=1|"


def test_what_became_of_an_order_during_a_logout_waits_for_the_logon() -> None:
    scene = SimEngine()
    scene.order("A1", "40=2|44=0.9|59=0|")
    scene.run(100)
    scene.log("logout")
    assert ["0"] == [report.get(39) for report in scene.said("8") if report.get(150) != "A"]
    scene.link.sent.clear()
    scene.log("logon")

    (report,) = scene.said("8")
    assert ("A1", "4", "DISCONNECTED", None) == values(report, 11, 39, 58, 97)
    assert ["8", "h"] == [kind for key, kind, _ in scene.link.sent if key.role == DEALING]


def test_what_still_waits_at_the_end_is_left_with_quickfix() -> None:
    scene = SimEngine()
    scene.order("A1", "40=2|44=0.9|59=0|")
    scene.run(100)
    scene.log("logout")
    scene.engine.finish()
    scene.engine.leave()

    assert "4" == scene.said("8")[-1].get(39)


def test_trades_are_told_live_to_who_subscribed_after_the_report_and_acknowledged() -> None:
    scene = SimEngine()
    scene.order("A1")
    scene.run(100)
    scene.say("AD", SUBSCRIBE)
    assert [("T1-1", "Y")] == [values(each, 571, 912) for each in scene.said("AE")]
    scene.order("A2")
    scene.run(100)

    live = scene.said("AE")[-1]
    fill = scene.said("8")[-1]
    assert ("T1-L1", "0", "F", "Y", None) == values(live, 571, 487, 150, 325, 912)
    assert fill.get(17) == live.get(17) and "A2" == live.get(11)
    kinds = [kind for key, kind, _ in scene.link.sent if key.role == DEALING]
    assert ["8", "AE"] == kinds[-2:]
    scene.say("AR", "571=T1-1|150=F|55=EUR/USD|939=0|")
    figures = scene.engine.figures()
    assert ["ALPHA T1-L1"] == figures["trade_reports_waiting"]
    assert (2, 1) == (
        scene.engine.log.statistics.trade_reports,
        scene.engine.log.statistics.trade_acknowledgements,
    )


@pytest.mark.parametrize(
    ("kind", "change", "report"), [("bust", "1", "H"), ("correction", "2", "G")]
)
def test_f_08_a_bust_and_a_correction_are_reported_with_the_report_they_change(
    kind: str, change: str, report: str
) -> None:
    scene = SimEngine(order_mischief=Mischief(shares=((kind, 1.0),)))
    scene.say("AD", SUBSCRIBE)
    scene.order("A1")
    scene.run(3000)

    first, last = scene.said("AE")
    told = next(each for each in scene.said("8") if each.get(150) == report)
    assert (change, report, first.get(571), first.get(17)) == values(last, 487, 150, 572, 19)
    assert (told.get(17), told.get(19)) == values(last, 17, 19)
    if kind == "correction":
        assert told.get(31) == last.get(31) != first.get(31)
    scene.say("AD", "568=T2|569=0|263=0|")
    again = [each.get(31) for each in scene.said("AE") if each.get(568) == "T2"]
    assert ([told.get(31)] if kind == "correction" else []) == again


def test_shares_of_mischief_are_drawn_by_name_and_bad_ones_are_refused() -> None:
    assert Mischief(0.25) == parse_mischief("0.25")
    assert Mischief(shares=(("bust", 0.5), ("correction", 0.1))) == parse_mischief(
        "bust=0.5,correct=0.1"
    )
    assert ["bust", "correction", None] == [
        parse_mischief("bust=0.5,correct=0.1").drawn(at, "silence") for at in (0.49, 0.59, 0.61)
    ]
    for text in ("2", "x", "bust=2", "burst=0.1", "bust=0.6,silence=0.6"):
        with pytest.raises(OptionError, match="--order-mischief"):
            parse_mischief(text)


def test_every_report_is_copied_to_the_drop_copy_session_whoever_listens() -> None:
    scene = SimEngine(drop_copy=True, makers=parse_makers("ALPHA=tight"))
    scene.order("A1")
    scene.run(100)
    assert [] == scene.said("8", DROP_COPY)
    scene.log("logon", DROP_COPY)

    copies, reports = scene.said("8", DROP_COPY), scene.said("8")
    assert ["Y"] * len(reports) == [copy.get(797) for copy in copies]
    assert [each.get(17) for each in reports] == [each.get(17) for each in copies]
    scene.say("D", "11=A2|", DROP_COPY)
    assert ["3"] == [each.get(380) for each in scene.said("j", DROP_COPY)]


@pytest.mark.parametrize(
    ("mischief", "late", "same"),
    [("lose=1", 0, True), ("late=60s", None, True), ("price=1", None, False)],
)
def test_f_27_copies_are_lost_late_or_of_another_price(
    mischief: str, late: int | None, same: bool
) -> None:
    scene = SimEngine(drop_copy=True, copy_mischief=parse_copy_mischief(mischief), seed="3")
    scene.log("logon", DROP_COPY)
    for number in range(12):
        scene.order(f"A{number}")
        scene.run(100)
    early = {copy.get(17) for copy in scene.said("8", DROP_COPY)}
    scene.run(61_000)
    copies = {copy.get(17): copy for copy in scene.said("8", DROP_COPY)}
    fills = [each for each in scene.said("8") if each.get(150) == "F"]

    if late == 0:
        assert {} == copies
        return
    assert {each.get(17) for each in scene.said("8")} == set(copies)
    assert (mischief == "late=60s") == (len(early) < len(copies))
    assert same == all(copies[fill.get(17)].get(31) == fill.get(31) for fill in fills)


def test_a_bad_copy_mischief_is_named() -> None:
    for text in ("late=x", "lost=1", "lose=3"):
        with pytest.raises(OptionError, match="--drop-copy-mischief"):
            parse_copy_mischief(text)


@pytest.mark.parametrize("cancels", [True, False])
def test_f_24_venues_halt_again_and_again_and_resting_orders_wait_or_are_canceled(
    cancels: bool,
) -> None:
    scene = SimEngine(halt_every=(10.0, 2.0), cancel_on_halt=cancels)
    scene.order("A1", "40=2|44=0.9|59=0|")
    scene.run(9000)
    scene.order("A2")
    scene.run(100)
    assert "1" == scene.said("h")[-1].get(340)
    assert ("8", "2", "HALTED") == values(scene.said("8")[-1], 39, 103, 58)
    scene.run(2500)
    scene.order("A3")
    scene.run(100)

    assert ["2", "1", "2"] == [each.get(340) for each in scene.said("h")]
    assert "F" == scene.said("8")[-1].get(150)
    assert cancels == any(values(each, 11, 39) == ("A1", "4") for each in scene.said("8"))
    scene.run(10_000)
    assert "1" == scene.said("h")[3].get(340)


def test_a_change_is_acknowledged_as_pending_before_it_is_answered() -> None:
    scene = SimEngine(pending_changes=True)
    scene.order("A1", "40=2|44=0.9|59=0|")
    scene.run(100)
    scene.say("G", "11=A2|41=A1|55=EUR/USD|54=1|60=x|38=200000|40=2|44=0.91|")
    scene.run(100)
    scene.say("F", "11=A3|41=A2|55=EUR/USD|54=1|60=x|38=200000|")
    scene.run(100)

    told = [values(each, 150, 39, 11, 41) for each in scene.said("8") if each.get(41)]
    assert [("E", "E", "A2", "A1"), ("5", "0", "A2", "A1")] == told[:2]
    assert [("6", "6", "A3", "A2"), ("4", "4", "A3", "A2")] == told[2:]


def test_makers_answer_behind_the_engine_and_their_deals_are_captured() -> None:
    scene = SimEngine(makers=parse_makers("ALPHA=tight:answer_ms=10"), drop_copy=True)
    scene.log("logon", DROP_COPY)
    scene.say("AD", SUBSCRIBE)
    scene.say("R", "131=R1|146=1|55=EUR/USD|167=FOR|38=1000000|15=EUR|126=20261030-08:05:00.000|")
    scene.run(50)
    (quote,) = scene.said("S")
    scene.say(
        "D",
        f"11=T1|117={quote.get(117)}|55=EUR/USD|167=FOR|54=1|38=1000000|40=D|"
        f"44={quote.get(133)}|59=4|15=EUR|",
    )
    scene.run(50)

    (fill,), (report,) = scene.said("8"), scene.said("AE")
    assert fill.get(17) == report.get(17) and ("17", "0") == values(report, 452, 828)
    assert [fill.get(17)] == [copy.get(17) for copy in scene.said("8", DROP_COPY)]
    scene.say("H", "11=T1|55=EUR/USD|167=FOR|54=1|")
    assert ("I", "2") == values(scene.said("8")[-1], 150, 39)
    scene.say("D", "11=T9|117=none|55=EUR/USD|167=FOR|54=1|38=1|40=D|44=1|59=4|")
    scene.run(50)
    assert ("8", "5", "UNKNOWN_QUOTE") == values(scene.said("8")[-1], 150, 103, 58)
