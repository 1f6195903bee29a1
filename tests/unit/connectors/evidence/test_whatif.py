"""A day again under other limits: what is otherwise is what the limits make otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from connectors.evidence.whatif import Other, WhatIf, what_if
from connectors.journal.file import JournalFile
from connectors.limits import app, told
from robot.approvals import Kind
from robot.contents import content_of
from robot.errors import RobotError
from robot.journal import encode_effects, encode_inputs
from robot.messages.effects import ConcludeDeal
from tests.kit.days import state_payload, write_day
from tests.kit.desk import Desk
from tests.kit.reference import reference

DAY = "20140501"


def dealt() -> Desk:
    """A refusal first, so that ids shift; a small and a large deal; a stream; a hit too late."""
    desk = Desk().open()
    desk.market()
    desk.rfq(20_000_001, request="R-huge")
    desk.hit(desk.quoted(request="R-small"), price="1.10007", hit="H-small")
    big = desk.quoted(15_000_000, client="BANKB", request="R-big")
    desk.hit(big, "sell", 15_000_000, client="BANKB", hit="H-big")
    desk.rfq(request="R-stream", stream_s=30, side="buy")
    desk.after(100).market("1.10010", "1.10020")
    desk.hit(big, "sell", 15_000_000, client="BANKB", hit="H-late")
    desk.hit(desk.quoted(2_000_000, request="R-last"), amount=2_000_000, hit="H-last")
    desk.pass_time(4_000)
    return desk


@pytest.fixture(scope="module")
def desk() -> Desk:
    return dealt()


@pytest.fixture(scope="module")
def journal(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "journal"
    write_day(folder, desk)
    return folder


def under(journal: Path, **changes: Any) -> WhatIf:
    return what_if(journal, DAY, Other(limits=reference(limits=changes).limits))


def sizes(maximum: str) -> list[dict[str, str]]:
    return [{"pair": "EUR/USD", "tier": "gold", "maximum": maximum}]


def subjects(rows: Any) -> list[str]:
    return [row.subject for row in rows]


def test_the_same_limits_change_nothing(desk: Desk, journal: Path) -> None:
    found = under(journal)
    assert found.same
    assert found.deals == len(desk.history_of(ConcludeDeal)) == 3
    assert all(then == now for then, now in found.peaks)


def test_a_lower_limit_refuses_what_is_above_it_and_nothing_else(journal: Path) -> None:
    found = under(journal, deal_size=sizes("10000000"))
    assert subjects(found.newly_refused) == ["R-big"]
    assert subjects(found.deals_lost) == ["H-big"]
    assert "not quoted: DEAL_SIZE: 15000000 over 10000000" in found.deals_lost[0].now
    assert not found.newly_quoted and not found.deals_gained


def test_a_day_that_lost_under_a_limit_of_losses_ends_there_and_is_reported(
    tmp_path: Path,
) -> None:
    """1m EUR sold at 1.10007, a middle of 1.10105: 980 USD are lost."""
    losing = Desk().open()
    losing.market()
    losing.hit(losing.quoted(request="R-1", side="buy"), "buy", hit="H-1")
    losing.after(500).market("1.10100", "1.10110")
    losing.hit(losing.quoted(request="R-2", side="sell"), "sell", hit="H-2")
    write_day(tmp_path / "journal", losing)
    limits = {"tree": {"loss_day": [{"everyone": "all", "maximum": "980", "id": "DAY"}]}}
    found = under(tmp_path / "journal", **limits)
    assert subjects(found.newly_refused) == ["R-2"]
    assert "LOSS_DAY" in found.newly_refused[0].now
    assert found.newly_refused[0].limit_id == "DAY"
    (peak,) = [now for _, now in found.peaks if now is not None and now.limit_id == "DAY"]
    assert (peak.peak, peak.maximum) == (980, 980)
    limits["tree"]["loss_day"][0]["maximum"] = "981"
    (peak,) = [
        now
        for _, now in under(tmp_path / "journal", **limits).peaks
        if now and now.limit_id == "DAY"
    ]
    assert (peak.peak, peak.headroom, peak.movements) == (980, 21, 3), "won, lost, and less again"


@pytest.mark.parametrize(
    ("kind", "row", "reason"),
    [
        ("message_rate", {"maximum": "2", "within_s": 60}, "at most 2"),
        ("hours", {"hours": ["00:00-09:30"]}, "outside 00:00-09:30 of the desk's clock"),
        ("permitted", {"weekdays": ["mon"]}, "outside mon of the desk's clock"),
        ("official_band", {"pairs": ["EUR/USD"], "maximum": "2"}, "no parity of EUR/USD"),
        ("price_collar", {"maximum": "0.001", "at_maximum": "stop"}, "kill switch"),
    ],
)
def test_rows_of_time_and_price_refuse_a_recorded_day_as_they_would_have(
    journal: Path, kind: str, row: dict[str, Any], reason: str
) -> None:
    found = under(journal, tree={kind: [{"everyone": "all", **row}]})
    quoted = ["R-small", "R-big", "R-stream", "R-last"]
    refused = subjects(found.newly_refused)
    passed = 1 if kind == "message_rate" else 0  # R-huge counted, though its size was refused
    assert refused == quoted[passed:] and not found.problem
    last = found.newly_refused[-1]
    assert reason in last.now
    assert last.limit_id.startswith("" if kind == "price_collar" else f"{kind}:everyone=all")


def test_a_higher_limit_quotes_what_was_refused_and_invents_no_deal(journal: Path) -> None:
    found = under(journal, deal_size=sizes("20000001"))
    assert subjects(found.newly_quoted) == ["R-huge"]
    assert not found.deals_gained and not found.deals_lost


def test_a_hit_on_a_worse_quote_is_counted_apart(desk: Desk, journal: Path) -> None:
    chosen = desk.reference.strategy
    tiers = msgspec.json.decode(
        msgspec.json.encode(chosen.parameters).replace(b'"0.2"', b'"3.2"').replace(b"0.3", b"3.3")
    )
    wider = msgspec.structs.replace(chosen, parameters=tiers)
    found = what_if(journal, DAY, Other(strategy=wider))
    assert "H-small" in subjects(found.apart)
    assert "worse for the client" in found.apart[0].now
    assert "H-small" not in subjects(found.deals_lost)
    assert found.quoted_otherwise


def test_a_hit_on_a_better_quote_stands_at_that_price(desk: Desk, journal: Path) -> None:
    chosen = desk.reference.strategy
    tiers = msgspec.json.decode(msgspec.json.encode(chosen.parameters).replace(b"0.2", b"0.1"))
    tighter = msgspec.structs.replace(chosen, parameters=tiers)
    found = what_if(journal, DAY, Other(strategy=tighter))
    assert found.quoted_otherwise
    assert not found.apart and not found.deals_lost


def test_the_peaks_are_those_of_both_days(journal: Path) -> None:
    found = under(journal, deal_size=sizes("10000000"))
    lines = {then.limit_id: (then, now) for then, now in found.peaks if then is not None}
    then, now = lines["counterparty_line:BANKB"]
    assert then.peak == then.used > 0, "held, then dealt on in full"
    assert now is None, "BANKB was never quoted"


def test_it_goes_on_over_a_restart(desk: Desk, tmp_path: Path) -> None:
    whole = dealt()
    folder = tmp_path / "journal"
    write_day(folder, whole)
    file = JournalFile(folder)
    file.open_segment(whole.day, whole.at_ns, state_payload(whole.engine))
    before = len(whole.stepped)
    whole.restart()
    deals = [one.deal.exec_id for one in whole.history_of(ConcludeDeal)]
    whole.log_on(trades=len(deals))
    for exec_id in deals:
        whole.report_trade(exec_id)
    whole.open_dealing()
    whole.market("1.10010", "1.10020")
    whole.rfq(request="R-fine")
    whole.rfq(12_000_000, request="R-after")
    for stamped, effects in zip(whole.stepped[before:], whole.history[before:], strict=True):
        file.append(3, stamped.at_ns, encode_inputs([stamped]))  # type: ignore[arg-type]
        file.append(4, stamped.at_ns, encode_effects([effects]))  # type: ignore[arg-type]
    file.close()
    assert under(folder).same
    assert subjects(under(folder, deal_size=sizes("10000000")).newly_refused) == [
        "R-big",
        "R-after",
    ]


def test_a_journal_of_other_code_is_not_judged(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    changed = dealt()
    changed.history = [() if row and "R-big" in str(row) else row for row in changed.history]
    write_day(folder, changed)
    with pytest.raises(RobotError, match="does not come out as recorded"):
        under(folder)


def test_what_is_told_has_the_assumptions(journal: Path) -> None:
    text = "\n".join(told(under(journal, deal_size=sizes("10000000"))))
    assert "assumed: a recorded hit stands only if" in text
    assert "deals not made: 1" in text


def test_the_command_compares_a_file_of_limits(desk: Desk, journal: Path, tmp_path: Path) -> None:
    content = content_of(desk.reference, Kind.LIMITS)
    file = tmp_path / "limits.yaml"
    arguments = ["what-if", "--day", "2014-05-01", "--folder", str(journal), "--limits", str(file)]
    file.write_bytes(msgspec.json.encode(content))
    assert CliRunner().invoke(app, arguments).exit_code == 0
    file.write_bytes(msgspec.json.encode(content | {"deal_size": sizes("10000000")}))
    answer = CliRunner().invoke(app, [*arguments, "--json"])
    assert answer.exit_code == 1
    found = msgspec.json.decode(answer.stdout, type=WhatIf)
    assert subjects(found.deals_lost) == ["H-big"]
    differs = CliRunner().invoke(app, ["diff", str(file), str(file)])
    assert (differs.exit_code, differs.stdout.strip()) == (0, "")
