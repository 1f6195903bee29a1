"""What is told of a deal, a request or a refusal: everything, and harmless to read."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from typer.testing import CliRunner

from connectors.evidence.chain import Chain, explain
from connectors.evidence.chain_page import chain_page
from connectors.evidence.steps import check_lines
from connectors.evidence.words import fields_line, fix_lines, safe
from connectors.explain import app, told
from connectors.journal.file import JournalFile
from robot.assembly import load_strategy
from robot.basics.ids import LimitId, VenueId
from robot.core.engine import Engine
from robot.errors import RobotError
from robot.journal import RecordKind, encode_effects, encode_inputs
from robot.messages.base import Origin
from robot.messages.effects import ConcludeDeal, LimitsMoved, SendQuote
from robot.messages.events import RfqEnded, RfqEnding, RfqReceived
from robot.messages.governing import Agreed, OverrideGranted, ReferenceChanged
from tests.kit.days import state_payload, write_day, write_turn
from tests.kit.desk import SECOND_NS, Desk
from tests.kit.hosted import HostedCandidateDesk
from tests.kit.reference import reference
from tests.kit.ruled import RulesDesk, book

EVIL = "x\u202ey\x1b[31m<script>alert(1)</script>"


def agreed() -> Agreed:
    return Agreed(
        proposal=1,
        approval=2,
        proposer="li.wei",
        approver="he.yu",
        content_hash="ab" * 32,
        proposed_ns=1,
        approved_ns=2,
        reason="quarterly review",
    )


def busy() -> Desk:
    """A changed limit, an override, a deal, a refusal, and a request with a hostile message."""
    desk = Desk().open()
    limits = reference(limits={"price_collar_bp": "24"}).limits
    desk.step(ReferenceChanged(kind="LIMITS", agreed=agreed(), limits=limits))
    desk.step(
        OverrideGranted(
            agreed=agreed(),
            limit_id=LimitId("net_open_position:EUR"),
            maximum=Decimal(9_000_000),
            until_ns=desk.at_ns + 60 * SECOND_NS,
        )
    )
    desk.market()
    desk.market("1.09990", "1.10020", venue="BETA")
    desk.after(250)
    desk.hit(desk.quoted(request="R-deal"), hit="H-deal")
    desk.rfq(20_000_001, request="R-refused")
    raw = f"8=FIX.4.4|35=R|131=R-evil|58={EVIL}|10=000|"
    origin = Origin(session="S", sequence=7, raw=raw)
    rfq = desk.stepped[-1].event
    assert isinstance(rfq, RfqReceived)
    desk.step(msgspec.structs.replace(rfq, origin=origin, request_id="R-evil", rfq_id="R-evil"))
    desk.rfq(request="R-deal", venue="BETA")
    return desk


@pytest.fixture(scope="module")
def desk() -> Desk:
    return busy()


@pytest.fixture(scope="module")
def journal(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "journal"
    write_day(folder, desk)
    return folder


def text_of(chain: Chain) -> str:
    return "\n".join(told(chain))


def test_a_deal_is_explained_from_the_market_to_the_entry(desk: Desk, journal: Path) -> None:
    deal = desk.history_of(ConcludeDeal)[0].deal
    chain = explain(journal, deal.deal_id)
    groups = [step.group for step in chain.steps]
    for group in ("market", "in", "limits", "out", "decision", "book"):
        assert group in groups, group
    assert groups.index("market") < groups.index("in") < groups.index("out")
    text = text_of(chain)
    assert "ALPHA 1.10000/1.10010, 250 ms old" in text
    assert "BETA 1.09990/1.10020, 250 ms old" in text
    assert "HIT H-deal: DEALT" == chain.outcome
    for name in (deal.deal_id, deal.quote_id, deal.exec_id, "R-deal", "H-deal"):
        assert name in chain.names
    for move in (m for one in desk.history_of(LimitsMoved) for m in one.moves):
        assert move.limit_id in text or "BANKX" in move.limit_id


def test_each_venues_own_last_price_is_the_market(tmp_path: Path) -> None:
    desk = Desk().open()
    before = len(desk.stepped)
    desk.market()
    desk.market("1.09990", "1.10020", venue="BETA")
    together = before, len(desk.stepped)
    desk.after(100)
    desk.market("1.09995", "1.10015", venue="BETA")
    desk.rfq(request="R-asked")
    file = JournalFile(tmp_path)
    file.open_segment(desk.day, desk.at_ns, state_payload(Engine(load_strategy)))
    steps = list(zip(desk.stepped, desk.history, strict=True))
    for stamped, effects in steps[: together[0]]:
        write_turn(file, stamped, effects)
    both = steps[slice(*together)]
    at_ns = both[0][0].at_ns
    file.append(RecordKind.INPUTS, at_ns, encode_inputs([stamped for stamped, _ in both]))
    file.append(RecordKind.EFFECTS, at_ns, encode_effects([effects for _, effects in both]))
    for stamped, effects in steps[together[1] :]:
        write_turn(file, stamped, effects)
    file.close()
    text = text_of(explain(tmp_path, "R-asked"))
    assert "ALPHA 1.10000/1.10010, 100 ms old" in text
    assert "BETA 1.09995/1.10015, 0 ms old" in text


def test_each_of_its_names_gives_the_same_chain(desk: Desk, journal: Path) -> None:
    deal = desk.history_of(ConcludeDeal)[0].deal
    chains = [
        explain(journal, name, venue=venue)
        for name, venue in (
            (deal.deal_id, ""),
            (deal.quote_id, ""),
            (deal.exec_id, ""),
            ("R-deal", "ALPHA"),
            ("H-deal", ""),
        )
    ]
    assert len({msgspec.json.encode(chain.steps) for chain in chains}) == 1


def test_an_id_of_another_venue_is_another_chain(journal: Path) -> None:
    at_alpha, at_beta = (explain(journal, "R-deal", venue=name) for name in ("ALPHA", "BETA"))
    assert at_alpha.deals and not at_beta.deals
    assert "BETA" in explain(journal, "R-deal").others


def test_a_refusal_is_explained_with_its_code_and_numbers(journal: Path) -> None:
    chain = explain(journal, "R-refused")
    assert chain.outcome == "RFQ R-refused: REFUSED because of DEAL_SIZE"
    assert "20000001 over 20000000" in text_of(chain)


def test_what_was_in_force_is_told_with_the_two_persons(journal: Path) -> None:
    limits, counterparties, strategy, override = explain(journal, "R-refused").in_force
    assert "approved by he.yu" in limits.lines[2]
    assert "proposal 1 by li.wei" in limits.lines[1]
    assert "quarterly review" in limits.lines[1]
    assert "names no approval" in counterparties.lines[-1]
    assert strategy.lines[0] == "strategy two_way version 1"
    assert "net_open_position:EUR" in override.title
    assert "maximum 9000000" in override.lines[0]


def test_text_of_a_peer_neither_acts_nor_is_markup(journal: Path) -> None:
    chain = explain(journal, "R-evil")
    text, page = text_of(chain), chain_page(chain)
    for shown in (text, page):
        assert "\u202e" not in shown and "\x1b" not in shown
        assert "\\u202e" in shown
    assert "<script" not in page
    assert "58 Text = x" in text
    assert "131 QuoteReqID = R-evil" in text


def test_an_id_that_nobody_named_is_an_error_that_says_where_it_looked(journal: Path) -> None:
    with pytest.raises(RobotError, match=r"'R-dea' is named nowhere"):
        explain(journal, "R-dea")


def test_a_deal_is_found_among_days_and_with_what_the_next_day_says_of_it(tmp_path: Path) -> None:
    desk = busy()
    folder = tmp_path / "journal"
    write_day(folder, desk)
    deal = desk.history_of(ConcludeDeal)[0].deal
    before = len(desk.stepped)
    desk.roll()
    desk.reject(deal.exec_id, "8")
    file = JournalFile(folder)
    file.open_segment(desk.day, desk.at_ns, state_payload(desk.engine))
    for stamped, effects in zip(desk.stepped[before:], desk.history[before:], strict=True):
        write_turn(file, stamped, effects)
    file.close()
    chain = explain(folder, deal.deal_id)
    assert chain.segments == ("20140501-0001", "20140502-0001")
    assert chain.steps[-1].sequence > chain.steps[0].sequence


def test_a_day_can_be_chosen(desk: Desk, journal: Path) -> None:
    quote = desk.history_of(SendQuote)[0].quote_id
    assert explain(journal, quote, day=f"{desk.day:%Y%m%d}").steps
    with pytest.raises(RobotError):
        explain(journal, quote, day="20140430")


def test_the_command_writes_text_json_and_a_page(journal: Path, tmp_path: Path) -> None:
    arguments = ["R-refused", "--folder", str(journal)]
    assert "DEAL_SIZE" in CliRunner().invoke(app, arguments).stdout
    answer = CliRunner().invoke(app, [*arguments, "--json"])
    assert msgspec.json.decode(answer.stdout, type=Chain).id == "R-refused"
    page = tmp_path / "page.html"
    assert CliRunner().invoke(app, [*arguments, "--html", str(page)]).exit_code == 0
    found = page.read_text(encoding="utf-8")
    assert "DEAL_SIZE" in found
    assert "http" not in found.replace("http-equiv", ""), "it needs nothing from elsewhere"


def test_recorded_checks_are_shown_with_all_their_figures() -> None:
    check = SimpleNamespace(
        limit_id="clip",
        kind="CLIP",
        used=0,
        reserved=1,
        requested=2,
        maximum=5,
        headroom=2,
        result="ok",
    )
    assert check_lines(SimpleNamespace(checks=(check,))) == [
        "check clip (CLIP): ok; used 0, reserved 1, requested 2, maximum 5, headroom 2"
    ]
    assert check_lines(SimpleNamespace()) == []


def test_nanoseconds_are_told_as_moments_and_durations() -> None:
    event = RfqEnded(
        origin=Origin(session="S", sequence=1),
        venue=VenueId("ALPHA"),
        ending=RfqEnding.PASSED,
        request_id="R1",
    )
    assert fields_line(event) == "venue=ALPHA, ending=PASSED, request_id=R1"
    override = OverrideGranted(
        agreed=agreed(), limit_id=LimitId("x"), maximum=Decimal(1), until_ns=1398936600000000000
    )
    assert "until=2014-05-01T09:30:00.000Z" in fields_line(override, "agreed")


def test_passwords_in_messages_are_not_shown() -> None:
    assert fix_lines("35=A\x01554=secret\x01") == ["35 MsgType = A", "554 Password = (not shown)"]


def test_every_sign_that_acts_is_written_as_its_code() -> None:
    for sign in ("\u2066", "\u200f", "\u0085", "\ud800", "\u2028", "\t", "\x00"):
        assert safe(sign) == f"\\u{ord(sign):04x}"
    assert safe("人民币 €") == "人民币 €"


def test_a_negotiation_shows_its_rounds_their_prices_our_answers_and_why(tmp_path: Path) -> None:
    rule = "haggle: their price is known then counter our price - 0.1 pip no worse than mid"
    desk = RulesDesk(book(rule, otherwise="quote margin 0.2 pip valid 3 s")).ready()
    quote = desk.quoted(request="R-haggled")
    desk.counter(quote, "1.10004", response="c1")
    second = desk.one(SendQuote).quote_id
    desk.counter(second, "1.10009", response="c2")
    desk.hit(second, price="1.10006")
    folder = tmp_path / "journal"
    write_day(folder, desk)
    told = explain(folder, "R-haggled").steps
    titles = [step.title for step in told]
    assert [title for title in titles if title.startswith(("Counter", "Quote (S)"))] == [
        "Quote (S) 1.10003/1.10007",
        "Counter-offer of theirs (AJ)",
        "Quote (S) -/1.10006, the answer to c1",
        "Counter-offer of theirs (AJ)",
        "Counter-offer c2 turned down (AI): COUNTER_PRICE",
    ]
    (answered,) = (step for step in told if step.title == "COUNTER R-haggled: QUOTED")
    assert "because they say 1.10004, we said 1.10007: 1.10006 (new)" in answered.lines
    assert any("their price 1.10004" in line for line in answered.lines)
    assert "COUNTER R-haggled: REFUSED because of COUNTER_PRICE" in titles
    assert any(title.startswith("Booked") for title in titles)


def test_what_a_candidate_decides_afterwards_is_beside_what_was_answered(tmp_path: Path) -> None:
    of = HostedCandidateDesk().tried("SHADOW")
    of.rfq()
    of.host_says()
    write_day(tmp_path, of)
    chain = explain(tmp_path, "R1")
    assert chain.outcome == "RFQ R1: QUOTED" and not chain.others
    assert "CANDIDATE mine 2 would quote: 1.09990/1.10020" in text_of(chain)
