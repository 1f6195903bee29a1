"""The venue asks for the robot's trades and notes what does not agree with what was reported."""

from __future__ import annotations

import pytest

from connectors.sim.rows import Anomaly, HitLife
from tests.kit.sim_engine import SimEngine, values

FILL = (
    "37=O|11={hit}|150=F|55=EUR/USD|167=FOR|54={side}|32=1000000|31={rate}|119={counter}|120=USD|"
    "64=20261103|75=20261030|15=EUR|17=E1|"
)


def _asked(**options: object) -> tuple[SimEngine, list[Anomaly], str]:
    """A venue that has one deal and has asked."""
    scene = SimEngine(ask_trades_s=10.0, stream_hits_per_second=5.0, **options)
    scene.say("AD", "568=T1|569=0|263=1|")
    found: list[Anomaly] = []
    hits: list[HitLife] = []
    scene.engine.log.hear(lambda row: found.append(row) if isinstance(row, Anomaly) else None)
    scene.engine.log.hear(lambda row: hits.append(row) if isinstance(row, HitLife) else None)
    scene.say(
        "i",
        "117=M|301=0|296=1|302=S|304=1|295=1|299=E|55=EUR/USD|167=FOR|132=1.1|133=1.2|"
        "134=1000000|62=20261030-08:00:59.000|64=20261103|",
    )
    while not hits:
        scene.run(200)
    scene.engine.desks[0].stop_asking()
    counter = "1100000.00" if hits[0].side == "2" else "1200000.00"
    told = FILL.format(hit=hits[0].hit_id, side=hits[0].side, rate=hits[0].price, counter=counter)
    scene.say("8", told + "39=2|")
    scene.run(12_000)
    found.clear()
    return scene, found, told


@pytest.mark.parametrize(
    ("total", "bent", "kinds"),
    [
        (1, {}, []),
        (0, None, ["trade_not_told"]),
        (1, {"17=E1": "17=E9"}, ["unknown_trade_told", "trade_not_told"]),
        (1, {"31=1": "31=2"}, ["trade_told_differs"]),
    ],
)
def test_what_is_told_is_held_against_what_was_reported(
    total: int, bent: dict[str, str] | None, kinds: list[str]
) -> None:
    scene, found, told = _asked()
    (question,) = scene.said("AD")
    head = f"568={question.get(568)}|"
    scene.say("AQ", f"{head}569=0|748={total}|749=0|750=0|55=[N/A]|")
    for old, new in (bent or {}).items():
        assert old in told
        told = told.replace(old, new)
    if bent is not None:
        scene.say("AE", f"571=1|{head}912=Y|{told}")

    assert "20261030" == question.get(75)
    assert kinds == [row.kind for row in found]


@pytest.mark.parametrize(
    ("kind", "change", "report"), [("bust", "1", "H"), ("correction", "2", "G")]
)
def test_a_clients_deal_that_is_undone_is_told_by_trade_capture_alone(
    kind: str, change: str, report: str
) -> None:
    scene, *_ = _asked(trade_mischief={kind: 1.0})

    first, last = scene.said("AE")
    assert ("0", "F", "E1") == values(first, 487, 150, 17)
    assert (change, report, first.get(571), "E1") == values(last, 487, 150, 572, 19)
    assert last.get(17) not in (None, "E1")
    assert (kind == "correction") == (first.get(31) != last.get(31))
    scene.say("AD", "568=T2|569=0|263=0|")
    left = [each.get(31) for each in scene.said("AE") if each.get(568) == "T2"]
    assert ([last.get(31)] if kind == "correction" else []) == left
