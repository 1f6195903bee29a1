"""A release in the approvals log: two persons forward, one person back, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from robot.approvals import Code, Kind, Proposal, Role, RolledBack, Who, content_hash
from robot.approving import Approving, Outcome, at_start
from robot.contents import content_of, event_of, with_content
from robot.core.release_state import ReleaseState
from robot.errors import JournalCorrupt, RobotError
from robot.messages.releases import StrategyRolledBack
from robot.package import configuration_folder
from robot.release_steps import entered, history, promoted
from robot.settings import Settings, load_settings

RISK = Who(name="he.yu", role=Role.RISK, how="test")
TRADER = Who(name="wang", role=Role.TRADER, how="test")
VIEWER = Who(name="guo", role=Role.VIEWER, how="test")
NOW = 1_700_000_000_000_000_000


class Office:
    """Persons, the shipped desk, and perhaps a robot that says what its candidate has done."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.approving = Approving(settings, lambda: NOW)
        self.seen: ReleaseState | None = None
        self.approving.released = lambda: self.seen  # type: ignore[method-assign]
        for kind in (Kind.LIMITS, Kind.COUNTERPARTIES, Kind.STRATEGY):
            self.both(kind, content_of(settings.reference, kind))
        self.first = content_of(settings.reference, Kind.STRATEGY)

    def both(self, kind: Kind, content: Any) -> Outcome:
        """Proposed by one, approved by another."""
        by = TRADER if kind is Kind.STRATEGY else Who(name="li.wei", role=Role.RISK, how="test")
        made = self.approving.propose(by, kind, content, reason="test")
        if not made.ok or made.proposal is None:
            return made
        return self.approving.approve(RISK, made.proposal.number, made.proposal.content_hash)

    def enter(self, version: str = "2", **bounds: Any) -> Outcome:
        strategy = {**self.strategy, "version": version}
        given = {"size_max": "2000000", **bounds}
        return self.both(Kind.STRATEGY, entered(self.approving.log.read(), strategy, given))

    def promote(self, **bounds: Any) -> Outcome:
        return self.both(Kind.STRATEGY, promoted(self.approving.log.read(), bounds))

    def back(self, to: str = "", by: Who = TRADER) -> Outcome:
        return self.approving.roll_back(by, to, reason="test")

    @property
    def strategy(self) -> dict[str, object]:
        return self.first["strategy"]  # type: ignore[return-value]

    @property
    def newest(self) -> Proposal:
        found = self.approving.log.read().newest(Kind.STRATEGY, demo=False)
        assert found is not None
        return found

    @property
    def where(self) -> str:
        """`1 2 SHADOW`: the live version, the candidate and its stage."""
        told = history(self.approving.log.read())[-1]
        one = [told.live, told.candidate, told.stage]
        return " ".join(part.removeprefix("two_way ") for part in one if part)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("office")
    left = shutil.ignore_patterns("calendars")
    shutil.copytree(configuration_folder(), folder / "desk", ignore=left)
    return load_settings(folder / "desk")


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    shutil.rmtree(settings.data, ignore_errors=True)
    yield Office(settings)


def test_a_release_goes_up_stage_by_stage_and_a_start_has_it_in_force(office: Office) -> None:
    assert office.settings.reference.releases.staged, "the shipped desk releases by stages"
    assert office.enter().ok and office.where == "1 2 SHADOW"
    assert office.promote(share="20").ok and office.where == "1 2 SUGGEST"
    assert office.promote().ok and office.where == "1 2 CANARY"
    begun = at_start(office.settings, NOW)
    candidate = begun.reference.candidate
    assert candidate is not None and (candidate.stage, candidate.bounds.share) == ("CANARY", 20)
    assert office.promote().ok and office.where == "2"
    assert at_start(office.settings, NOW).reference.strategy.version == "2"
    with pytest.raises(RobotError, match="no candidate"):
        office.promote()


def test_another_live_strategy_without_stages_is_refused_with_what_to_do(office: Office) -> None:
    wanted = {**office.first, "strategy": {**office.strategy, "version": "7"}}
    refused = office.both(Kind.STRATEGY, wanted)
    assert refused.code == Code.NOT_VALID and "was not released" in refused.detail
    assert office.newest.content == office.first


def test_a_stage_that_takes_figures_is_refused_without_them_and_with_too_few(
    office: Office,
) -> None:
    assert office.enter(decisions=100).ok
    refused = office.promote()
    assert (refused.code, "no robot runs" in refused.detail) == (Code.NOT_VALID, True)
    office.seen = ReleaseState(decisions=99)
    refused = office.promote()
    assert "it made 99 decisions of at least 100" in refused.detail
    office.seen = ReleaseState(decisions=100)
    assert office.promote().ok


def test_one_person_takes_a_candidate_back_and_the_former_version(office: Office) -> None:
    office.enter()
    office.promote()
    assert office.back("SHADOW").ok and office.where == "1 2 SHADOW"
    assert office.back().ok and office.where == "1"
    assert office.newest.content == office.first
    assert "no other version" in office.back().detail
    for _ in range(4):
        office.promote() if "candidate" in office.newest.content else office.enter()
    assert office.where == "2"
    assert office.back().ok and office.where == "1"
    begun = at_start(office.settings, NOW)
    assert begun.reference.strategy.version == "1" and begun.reference.candidate is None
    assert "no other version" in office.back().detail, "what was taken back is no way forward"
    event = event_of(office.newest)
    assert isinstance(event, StrategyRolledBack) and event.actor == "wang"


def test_who_may_not_put_back_and_why_not_is_recorded(office: Office) -> None:
    office.enter()
    assert office.back(by=VIEWER).code == Code.ROLE
    assert "CANARY is not back" in office.back("CANARY").detail
    assert "no stage is called" in office.back("BETA").detail
    assert office.approving.roll_back(TRADER, "", reason=" ").code == Code.NO_REASON
    assert office.where == "1 2 SHADOW"


def test_a_record_by_which_one_person_goes_forward_breaks_the_log(office: Office) -> None:
    """Whatever wrote it: the chain holds, the rule does not."""
    office.enter()
    approvals = office.approving.log.read()
    for change in (
        {"candidate": {**office.newest.content["candidate"], "stage": "CANARY"}},  # type: ignore[dict-item]
        {"strategy": {**office.strategy, "version": "2"}, "candidate": None},
        {"hedges": [1], "candidate": None},
    ):
        content = {k: v for k, v in {**office.newest.content, **change}.items() if v is not None}
        note = RolledBack(
            number=approvals.number + 1,
            at_ns=NOW,
            who=TRADER,
            proposal=approvals.number + 1,
            content=content,
            content_hash=content_hash(content),
            base_hash="",
        )
        with pytest.raises(JournalCorrupt, match="NOT_VALID"):
            approvals.apply(note)


def test_what_was_proposed_before_a_way_back_is_not_approved_after_it(office: Office) -> None:
    office.enter()
    content = promoted(office.approving.log.read(), {})
    made = office.approving.propose(TRADER, Kind.STRATEGY, content, reason="test").proposal
    assert made is not None
    office.back()
    late = office.approving.approve(RISK, made.number, made.content_hash)
    assert late.code in (Code.STALE, Code.NOT_VALID)
    assert office.where == "1"


def test_a_content_without_a_candidate_has_the_hash_that_it_had_before_there_were_any(
    office: Office,
) -> None:
    assert set(office.first) == {"strategy", "hedges"}
    reference = with_content(office.settings.reference, Kind.STRATEGY, office.first)
    assert reference.candidate is None
    assert msgspec.json.decode(msgspec.json.encode(office.first)) == office.first


def test_a_version_that_does_not_load_is_not_even_proposed(office: Office) -> None:
    strategy = {**office.strategy, "version": "2", "parameters": {"lean_max": "-1", "tiers": {}}}
    content = entered(office.approving.log.read(), strategy, {})
    made = office.approving.propose(TRADER, Kind.STRATEGY, content, reason="test")
    assert made.code == Code.NOT_VALID and "lean_max" in made.detail
    assert office.newest.content == office.first
