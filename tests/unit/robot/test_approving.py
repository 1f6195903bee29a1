"""Proposals: by whom, approved by whom, of what, against what; refused attempts are recorded."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from robot.approval_log import ApprovalLog
from robot.approvals import (
    CONTENTS,
    Approvals,
    Approved,
    Code,
    Kind,
    Refused,
    Role,
    Status,
    Who,
    content_hash,
)
from robot.approving import Approving, Outcome, at_start
from robot.contents import content_of, diff, diff_of, event_of, load_content
from robot.control import Answer, Command, ControlServer
from robot.errors import ConfigurationError, JournalCorrupt
from robot.messages.events import KillSwitchReleased
from robot.messages.governing import OverrideGranted, ReferenceChanged
from robot.package import configuration_folder
from robot.settings import Settings, load_settings

NOON = 1_700_000_000 * 10**9
HOUR = 3_600 * 10**9


def who(name: str, role: Role) -> Who:
    return Who(name=name, role=role, how="test")


RISK, OTHER = who("li.wei", Role.RISK), who("he.yu", Role.RISK)
TRADER, ADMINISTRATOR = who("wang", Role.TRADER), who("chen", Role.ADMINISTRATOR)


class Office:
    """Some people, a clock, and the proposals of one desk."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(configuration_folder(), folder / "desk", ignore=_no_calendars)
        self.settings = load_settings(folder / "desk")
        self.now_ns = NOON
        self.approving = Approving(self.settings, lambda: self.now_ns)
        self.limits = content_of(self.settings.reference, Kind.LIMITS)

    def cut(self, quotes: int) -> dict[str, object]:
        """The limits with so many quotes outstanding."""
        return {**self.limits, "quotes_outstanding": quotes}

    def propose(self, quotes: int = 3, by: Who = RISK, **more: Any) -> Outcome:
        return self.approving.propose(by, Kind.LIMITS, self.cut(quotes), reason="test", **more)

    def proposed(self, quotes: int = 3, by: Who = RISK, **more: Any) -> tuple[int, str]:
        made = self.propose(quotes, by, **more).proposal
        assert made is not None
        return made.number, made.content_hash

    def approved(self, quotes: int = 3) -> int:
        number, hashed = self.proposed(quotes)
        assert self.approving.approve(OTHER, number, hashed).ok
        return number

    @property
    def state(self) -> Approvals:
        return self.approving.log.read()

    def status(self, number: int) -> Status:
        return self.state.proposals[number].status

    def refusals(self) -> list[tuple[str, str]]:
        """Who was refused with what."""
        notes = self.approving.log.notes()
        return [(note.who.name, note.code) for note in notes if isinstance(note, Refused)]

    def in_force(self) -> str:
        found = self.state.in_force(Kind.LIMITS, self.now_ns)
        return found.content_hash if found else ""


def _no_calendars(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "calendars"]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The configuration is read once: it is the same for all."""
    return Office(tmp_path_factory.mktemp("office"))


@pytest.fixture
def office(template: Office) -> Iterator[Office]:
    template.now_ns = NOON
    shutil.rmtree(template.settings.data, ignore_errors=True)
    yield template


def test_what_two_persons_agree_on_is_in_force(office: Office) -> None:
    number, hashed = office.proposed()
    assert office.in_force() == ""
    done = office.approving.approve(OTHER, number, hashed)
    assert done.ok and "no trader answers" in done.detail
    assert office.in_force() == hashed
    assert office.refusals() == []


def attempts() -> dict[str, tuple[Callable[[Office, int, str], Outcome], Who, Code]]:
    """What bad users try with an open proposal, who they are, and how it is refused."""

    def approve(by: Who) -> Callable[[Office, int, str], Outcome]:
        return lambda office, number, hashed: office.approving.approve(by, number, hashed)

    shouting = who("LI.WEI", Role.RISK)
    return {
        "self-approval": (approve(RISK), RISK, Code.SELF_APPROVAL),
        "self-approval in capitals": (approve(shouting), shouting, Code.SELF_APPROVAL),
        "a trader approves": (approve(TRADER), TRADER, Code.ROLE),
        "an administrator approves": (approve(ADMINISTRATOR), ADMINISTRATOR, Code.ROLE),
        "another content": (
            lambda office, number, _: office.approving.approve(OTHER, number, "0" * 64),
            OTHER,
            Code.CONTENT_CHANGED,
        ),
        "a trader rejects": (
            lambda office, number, _: office.approving.reject(TRADER, number, reason="no"),
            TRADER,
            Code.ROLE,
        ),
        "another withdraws": (
            lambda office, number, _: office.approving.withdraw(OTHER, number, reason="no"),
            OTHER,
            Code.NOT_YOURS,
        ),
        "another revises": (
            lambda office, number, _: office.approving.revise(
                OTHER, number, office.cut(9), reason="no"
            ),
            OTHER,
            Code.NOT_YOURS,
        ),
        "a proposal that is none": (
            lambda office, number, hashed: office.approving.approve(OTHER, 77, hashed),
            OTHER,
            Code.UNKNOWN_PROPOSAL,
        ),
    }


@pytest.mark.parametrize("name", attempts())
def test_a_bad_attempt_is_refused_and_recorded(office: Office, name: str) -> None:
    attempt, by, code = attempts()[name]
    number, hashed = office.proposed()
    assert attempt(office, number, hashed).code == code
    assert office.refusals() == [(by.name, code)]
    assert office.status(number) is Status.OPEN
    assert office.in_force() == ""


@pytest.mark.parametrize("by", [TRADER, ADMINISTRATOR, who("v", Role.VIEWER)])
def test_who_may_not_propose_limits_is_refused_and_recorded(office: Office, by: Who) -> None:
    assert office.propose(by=by).code == Code.ROLE
    assert office.refusals() == [(by.name, Code.ROLE)]


def test_an_approval_of_a_changed_proposal_is_refused(office: Office) -> None:
    number, seen = office.proposed()
    assert office.approving.revise(RISK, number, office.cut(900), reason="more").ok
    assert office.approving.approve(OTHER, number, seen).code == Code.CONTENT_CHANGED
    now = office.state.proposals[number].content_hash
    assert office.approving.approve(OTHER, number, now).ok
    assert office.in_force() == now != seen


def test_an_approval_against_a_base_that_has_changed_is_refused(office: Office) -> None:
    number, hashed = office.proposed(3)
    office.approved(4)
    assert office.approving.approve(OTHER, number, hashed).code == Code.STALE
    assert office.refusals() == [(OTHER.name, Code.STALE)]


def test_an_expired_proposal_is_refused_and_kept(office: Office) -> None:
    number, hashed = office.proposed(expires_ns=NOON + HOUR)
    office.now_ns += HOUR
    assert office.approving.approve(OTHER, number, hashed).code == Code.NOT_OPEN
    assert office.status(number) is Status.EXPIRED
    office.now_ns -= 2 * HOUR  # a clock that is set back does not revive it
    assert office.approving.approve(OTHER, number, hashed).code == Code.NOT_OPEN


def test_rejected_and_withdrawn_proposals_are_kept_with_the_reason(office: Office) -> None:
    rejected, withdrawn = office.proposed(3)[0], office.proposed(4)[0]
    assert office.approving.reject(OTHER, rejected, reason="too low").ok
    assert office.approving.withdraw(RISK, withdrawn, reason="mistyped").ok
    kept = office.state.proposals
    assert [kept[n].closing for n in (rejected, withdrawn)] == ["too low", "mistyped"]
    assert office.approving.approve(OTHER, rejected, kept[rejected].content_hash).code


def test_a_change_of_tomorrow_is_in_force_tomorrow(office: Office) -> None:
    first = office.state.in_force(Kind.LIMITS, NOON)
    number, hashed = office.proposed(from_ns=NOON + HOUR)
    office.approving.approve(OTHER, number, hashed)
    assert office.state.in_force(Kind.LIMITS, NOON) == first
    found = office.state.in_force(Kind.LIMITS, NOON + HOUR)
    assert found is not None and found.content_hash == hashed


def test_the_same_command_again_is_done_once_and_answered_alike(office: Office) -> None:
    one, two = office.propose(key="k1"), office.propose(key="k1")
    assert one.proposal == two.proposal
    assert len(office.state.proposals) == 1
    assert office.propose(by=OTHER, key="k1").proposal != one.proposal, "a key is its user's"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"quotes_outstanding": "many"}, "quotes_outstanding"),
        ({"quotes_outstandin": 3}, "quotes_outstandin"),
        ({"price_collar_bp": "NaN"}, "price_collar_bp"),
        ({"counterparty_lines": {"ICBC": "-1"}}, "counterparty_lines"),
    ],
)
def test_limits_that_could_not_be_loaded_cannot_be_proposed(
    office: Office, content: dict[str, object], said: str
) -> None:
    made = office.approving.propose(RISK, Kind.LIMITS, {**office.limits, **content}, reason="test")
    assert made.code == Code.NOT_VALID and said in made.detail
    assert office.refusals() == [(RISK.name, Code.NOT_VALID)]


def test_the_diff_shows_what_changes_of_what_is_approved(office: Office) -> None:
    office.approved(3)
    number, _ = office.proposed(4)
    shown = diff_of(office.state, office.state.proposals[number])
    changed = [line for line in shown if line[0] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == ["-quotes_outstanding: 3", "+quotes_outstanding: 4"]


def test_a_line_of_the_diff_says_by_itself_which_limit_changes(office: Office) -> None:
    row = {"pair": "EUR/USD", "products": ["SPOT"], "tier": "gold", "maximum": "9"}
    rows = [row, {**row, "tier": "silver"}]
    clips = {"clip": [{"desk": "FX", "maximum": "5"}]}
    old = {"deal_size": rows, "net_open_position": {"EUR": "7"}, "tree": clips}
    wider = {"clip": [{"desk": "FX", "maximum": "6"}]}
    new = {"deal_size": [row, {**rows[1], "maximum": "10"}], "net_open_position": {}, "tree": wider}
    shown = [line for line in diff(old, new) if line[0] == "+" and line[:3] != "+++"]
    assert shown == [
        '+deal_size: {"pair": "EUR/USD", "products": ["SPOT"], "tier": "silver", "maximum": "10"}',
        "+net_open_position: {}",
        '+tree.clip: {"desk": "FX", "maximum": "6"}',
    ]
    assert diff({}, {"until_ns": NOON})[-1] == f"+until_ns: {NOON} (2023-11-14T22:13:20.000Z)"


@pytest.mark.parametrize("kind", CONTENTS)
def test_a_file_and_the_reference_made_of_it_are_the_same_content(
    office: Office, kind: Kind
) -> None:
    name = {Kind.STRATEGY: "desk.yaml"}.get(kind, f"{kind.lower()}.yaml")
    loaded = load_content(kind, office.settings.folder / name)
    assert loaded == content_of(office.settings.reference, kind)


# --- the log


def test_a_log_that_was_changed_is_not_read(office: Office) -> None:
    office.approved()
    path = office.approving.log.path
    assert path.stat().st_mode & 0o077 == 0
    data = path.read_bytes()
    path.write_bytes(data.replace(b"he.yu", b"he.yo"))
    with pytest.raises(JournalCorrupt):
        office.approving.log.read()
    path.write_bytes(data)
    assert office.in_force()


def test_a_forged_record_that_breaks_a_rule_is_not_read(office: Office) -> None:
    number, hashed = office.proposed()
    with office.approving.log.writing(NOON) as writer, pytest.raises(JournalCorrupt, match="SELF"):
        writer.append(
            lambda n, at_ns: Approved(
                number=n, at_ns=at_ns, who=RISK, proposal=number, content_hash=hashed
            )
        )
    assert office.status(number) is Status.OPEN


def test_a_torn_tail_is_cut_and_told_in_the_log(office: Office) -> None:
    number, hashed = office.proposed()
    with office.approving.log.path.open("ab") as file:
        file.write(b"\0\0\0\7half a record")
    assert office.status(number) is Status.OPEN
    assert office.approving.approve(OTHER, number, hashed).ok
    assert "TailCut" in [type(note).__name__ for note in office.approving.log.notes()]


# --- the start


def approve_all(office: Office) -> None:
    for kind in CONTENTS:
        content = content_of(office.settings.reference, kind)
        made = office.approving.propose(RISK, kind, content, reason="first").proposal
        assert made is not None
        assert office.approving.approve(OTHER, made.number, made.content_hash).ok


def test_a_start_with_what_nobody_approved_is_refused_with_the_commands(office: Office) -> None:
    with pytest.raises(ConfigurationError, match=r"fxrobot limits propose .*\n.* approve"):
        at_start(office.settings, NOON)


def test_a_start_with_what_was_approved_goes_on(office: Office) -> None:
    approve_all(office)
    start = at_start(office.settings, NOON)
    assert start.reference == office.settings.reference
    assert set(start.approvals) == set(CONTENTS)


def test_after_a_live_change_a_start_takes_what_is_in_force_and_not_the_older_file(
    office: Office,
) -> None:
    approve_all(office)
    number = office.approved(3)
    start = at_start(office.settings, NOON)
    assert start.reference.limits.quotes_outstanding == 3
    assert f"proposal {number}" in start.told[0]


def test_a_refused_start_names_all_that_nobody_approved(office: Office) -> None:
    with pytest.raises(ConfigurationError) as refused:
        at_start(office.settings, NOON)
    for name in ("limits", "counterparties", "strategy"):
        assert f"fxrobot {name} propose" in str(refused.value)
    assert str(refused.value).count("--demo") == 1


def test_the_demo_approves_its_own_and_that_counts_in_a_demo_only(office: Office) -> None:
    start = at_start(office.settings, NOON, demo=True)
    assert "nobody but the demo" in start.told[0]
    assert at_start(office.settings, NOON, demo=True).approvals == start.approvals
    with pytest.raises(ConfigurationError, match="nobody approved"):
        at_start(office.settings, NOON)


def test_a_demo_is_refused_in_production(office: Office) -> None:
    import msgspec

    desk = office.settings.desk.model_copy(update={"environment": "production"})
    with pytest.raises(ConfigurationError, match="refused where environment is production"):
        at_start(msgspec.structs.replace(office.settings, desk=desk), NOON, demo=True)
    assert not office.approving.log.path.exists()


def test_a_user_called_demo_is_not_the_demo(office: Office) -> None:
    demo = who("demo", Role.RISK)
    number, hashed = office.proposed(by=demo)
    assert office.approving.approve(demo, number, hashed).code == Code.SELF_APPROVAL


# --- the running robot


class Robot:
    """Answers as the trader does; keeps what it was asked."""

    def __init__(self, settings: Settings) -> None:
        self.asked: list[Command] = []
        self.answer: Answer = {"ok": True, "halts": {"kill_switch": "kill switch: drill (wang)"}}
        self.server = ControlServer(settings.run_folder / "control", self._handle)

    def _handle(self, command: Command) -> Answer:
        self.asked.append(command)
        return self.answer


@pytest.fixture
def robot(office: Office) -> Iterator[Robot]:
    made = Robot(office.settings)
    yield made
    made.server.close()


def test_a_running_robot_is_given_what_was_approved_and_only_then_it_is_effective(
    office: Office, robot: Robot
) -> None:
    robot.answer = {"ok": False, "problem": "busy"}
    number = office.approved()
    assert office.status(number) is Status.APPROVED
    robot.answer = {"ok": True}
    assert office.approving.hand_over(OTHER, number).ok
    assert office.status(number) is Status.EFFECTIVE
    assert [(one.command, one.proposal) for one in robot.asked] == [("apply", number)] * 2
    assert office.approving.hand_over(OTHER, number).code == Code.NOT_OPEN
    event = office.approving.event(number)
    assert isinstance(event, ReferenceChanged) and event.limits is not None
    assert (event.agreed.proposer, event.agreed.approver) == (RISK.name, OTHER.name)
    assert content_hash(event.limits) == event.agreed.content_hash


def test_a_release_names_what_it_ends_and_cannot_be_kept_for_later(
    office: Office, robot: Robot
) -> None:
    made = office.approving.propose_release(TRADER, "kill_switch", reason="over").proposal
    assert made is not None
    assert office.approving.approve(OTHER, made.number, made.content_hash).ok
    event = office.approving.event(made.number)
    assert isinstance(event, KillSwitchReleased)
    assert event.released == "kill switch: drill (wang)"
    assert (event.actor, event.approver) == (TRADER.name, OTHER.name)
    office.now_ns += 2 * HOUR
    assert "expired" in cast(str, office.approving.event(made.number))
    assert office.approving.propose_release(TRADER, "fault", reason="?").code == Code.NOT_VALID


def test_a_release_of_a_part_names_the_part(office: Office, robot: Robot) -> None:
    stop = {"text": "kill switch venue:BETA: drill (wang, event 7)"}
    robot.answer = {"ok": True, "halts": {}, "stops": {"kill_switch venue:BETA": stop}}
    made = office.approving.propose_release(
        TRADER, "kill_switch venue:BETA", reason="over"
    ).proposal
    assert made is not None
    assert office.approving.approve(OTHER, made.number, made.content_hash).ok
    event = office.approving.event(made.number)
    assert isinstance(event, KillSwitchReleased)
    assert (event.scope, event.value, event.released) == ("venue", "BETA", stop["text"])
    whole = office.approving.propose_release(TRADER, "kill_switch", reason="over")
    assert whole.code == Code.NOT_VALID, "everything is not stopped"
    wrong = {"halt": "kill_switch nonsense", "text": "x"}
    assert office.approving.propose(TRADER, Kind.RELEASE, wrong, reason="?").code == Code.NOT_VALID


def test_an_override_is_an_event_with_its_end(office: Office) -> None:
    content = {"limit_id": "net_open_position:EUR", "maximum": "7", "until_ns": NOON + HOUR}
    made = office.approving.propose(TRADER, Kind.OVERRIDE, content, reason="client").proposal
    assert made is not None
    office.approving.approve(OTHER, made.number, made.content_hash)
    event = event_of(ApprovalLog(office.settings.data).read().proposals[made.number])
    assert isinstance(event, OverrideGranted) and event.until_ns == NOON + HOUR
