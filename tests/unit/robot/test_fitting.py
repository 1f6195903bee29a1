"""What could not be in force is refused when it is proposed, and when it is approved."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from robot.approvals import Code, Kind, Refused, Role, Status, Who
from robot.approving import Approving, Outcome
from robot.basics.ids import CounterpartyId
from robot.contents import content_of, load_content
from robot.errors import ConfigurationError
from robot.package import configuration_folder
from robot.settings import load_settings

NOON = 1_700_000_000 * 10**9
RISK = Who(name="li.wei", role=Role.RISK, how="test")
OTHER = Who(name="he.yu", role=Role.RISK, how="test")


class Office:
    """The proposals of one desk."""

    def __init__(self, folder: Path) -> None:
        left = shutil.ignore_patterns("calendars")
        shutil.copytree(configuration_folder(), folder / "desk", ignore=left)
        self.settings = load_settings(folder / "desk")
        self.approving = Approving(self.settings, lambda: NOON)

    def refusals(self) -> list[tuple[str, str]]:
        """Who was refused with what."""
        notes = self.approving.log.notes()
        return [(note.who.name, note.code) for note in notes if isinstance(note, Refused)]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_game_that_hedges_otherwise_than_the_desk_is_told_when_it_is_proposed(
    office: Office,
) -> None:
    content = content_of(office.settings.reference, Kind.STRATEGY)
    path = configuration_folder() / "games" / "hold-or-hedge.game.yaml"
    game = {"name": "hold or hedge", "file": "games/h.game.yaml", "text": path.read_text()}
    strategy = {**cast(dict[str, Any], content["strategy"]), "games": [game]}

    outcome = changed(office, Kind.STRATEGY, strategy=strategy)

    assert "game 'hold or hedge' hedges USD/JPY otherwise than the desk does" in outcome.detail


def changed(office: Office, kind: Kind, **changes: Any) -> Outcome:
    content = {**content_of(office.settings.reference, kind), **changes}
    return office.approving.propose(RISK, kind, content, reason="test")


def tree(kind: str, **row: str) -> dict[str, Any]:
    return {"tree": {kind: [{"maximum": "5", **row}]}}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (tree("clip", counterparty="BANKAA"), "tree.clip.0: no counterparty is called BANKAA; did"),
        (tree("clip", desk="FXX"), "no desk is called FXX; did you mean 'FX'?"),
        (tree("clip", venue="ALPHAA"), "did you mean 'ALPHA'?"),
        ({"tree": {"clip": [{"maximum": "5", "everyone": "all", "pairs": ["EUR/UST"]}]}},
         "no pair is called EUR/UST; did you mean 'EUR/USD'?"),
        ({"tree": {"clip": [{"maximum": "5", "everyone": "all", "tenors": ["1YR"]}]}},
         "no tenor is called 1YR"),
        ({"tree": {"clip": [{"maximum": "5", "everyone": "all"},
                            {"maximum": "6", "book": "FXSPOT"}]}},
         "tree.clip.1: Value error, clip: clip:book=FXSPOT allows 6, more than clip:everyone=all"),
        ({"counterparty_lines": {"BANKZZ": "1"}}, "counterparty_lines.BANKZZ: no counterparty is"),
        ({"net_open_position": {"XXX": "1"}}, "net_open_position.XXX: no currency is called XXX"),
        ({"deal_size": [{"pair": "EUR/USD", "tier": "golden", "maximum": "1"}]},
         "deal_size.0: no tier is called golden; did you mean 'gold'?"),
        ({"deal_size": [{"pair": "EUR/USD", "tier": "gold", "maximum": "1"}] * 2},
         "deal_size.1: given twice: SPOT EUR/USD gold"),
    ],
)  # fmt: skip
def test_limits_that_name_what_the_desk_has_not_are_refused_and_recorded(
    office: Office, changes: dict[str, Any], told: str
) -> None:
    done = changed(office, Kind.LIMITS, **changes)
    assert (done.code, office.refusals()) == (Code.NOT_VALID, [("li.wei", "NOT_VALID")])
    assert told in done.detail


def test_a_refusal_names_the_line_of_the_file_it_came_from(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "limits.yaml"
    text = (office.settings.folder / "limits.yaml").read_text()
    assert "counterparty_lines:\n" in text
    path.write_text(text.replace("counterparty_lines:\n", "counterparty_lines:\n  BANKZZ: 1\n"))
    line = path.read_text().splitlines().index("  BANKZZ: 1") + 1
    content = load_content(Kind.LIMITS, path)
    done = office.approving.propose(RISK, Kind.LIMITS, content, reason="test", source=path)
    assert done.detail.startswith(f"{path}:{line}: counterparty_lines.BANKZZ: ")


def test_a_row_looser_than_the_one_above_it_is_told_with_its_line(
    office: Office, tmp_path: Path
) -> None:
    path = tmp_path / "limits.yaml"
    rows = "  clip:\n    - {everyone: all, maximum: 5}\n    - {book: FXSPOT, maximum: 6}\n"
    text = (office.settings.folder / "limits.yaml").read_text()
    path.write_text(re.sub(r"(?m)^tree:.*(\n +.*|\n#.*|\n)*", "", text) + f"tree:\n{rows}")
    with pytest.raises(ConfigurationError) as told:
        load_content(Kind.LIMITS, path)
    line = len(path.read_text().splitlines())
    assert str(told.value).startswith(f"{path}:{line}: tree.clip.1: ")


def test_a_counterparty_that_is_still_needed_cannot_be_left_out(office: Office) -> None:
    parties = content_of(office.settings.reference, Kind.COUNTERPARTIES)
    reference = office.settings.reference
    venue = msgspec.structs.replace(reference.venues[0], counterparty=CounterpartyId("BANKA"))
    reference = msgspec.structs.replace(reference, venues=(venue, *reference.venues[1:]))
    settings = msgspec.structs.replace(office.settings, reference=reference)
    office.approving = Approving(settings, lambda: NOON)
    left = {name: row for name, row in parties.items() if name != "BANKA"}
    done = office.approving.propose(RISK, Kind.COUNTERPARTIES, left, reason="test")
    assert done.code is Code.NOT_VALID
    assert done.detail == "BANKA is left out, and is dealt with at ALPHA"
    assert changed(office, Kind.LIMITS, **tree("clip", counterparty="BANKF")).ok
    state = office.approving.log.read()
    number = max(state.proposals)
    assert office.approving.approve(OTHER, number, state.proposals[number].content_hash).ok
    left = {name: row for name, row in parties.items() if name != "BANKF"}
    done = office.approving.propose(RISK, Kind.COUNTERPARTIES, left, reason="test")
    assert done.code is Code.NOT_VALID and "the limits name it in tree.clip.0" in done.detail


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"factory": "strategies.two_way"}, "is not written module:name"),
        ({"factory": "strategee.two_way:TwoWay"}, "no package is called strategee"),
        ({"parameters": {"nothing": "1"}}, "nothing"),
    ],
)
def test_a_strategy_that_cannot_begin_is_refused(
    office: Office, changes: dict[str, Any], told: str
) -> None:
    old = cast(dict[str, Any], content_of(office.settings.reference, Kind.STRATEGY)["strategy"])
    done = changed(office, Kind.STRATEGY, strategy={**old, **changes})
    assert done.code is Code.NOT_VALID and told in done.detail


def test_a_strategy_of_a_program_that_nobody_approved_is_not_run_to_look_at_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: list[str] = []
    monkeypatch.setattr("os.getcwd", lambda *_: run.append("run"))
    old = cast(dict[str, Any], content_of(office.settings.reference, Kind.STRATEGY)["strategy"])
    done = changed(office, Kind.STRATEGY, strategy={**old, "factory": "os:getcwd"})
    assert done.ok and run == []


def test_what_fitted_when_it_was_proposed_and_does_not_any_more_is_not_approved(
    office: Office,
) -> None:
    made = changed(office, Kind.LIMITS, **tree("clip", counterparty="BANKF")).proposal
    parties = content_of(office.settings.reference, Kind.COUNTERPARTIES)
    left = {name: row for name, row in parties.items() if name != "BANKF"}
    fewer = office.approving.propose(RISK, Kind.COUNTERPARTIES, left, reason="test").proposal
    assert made is not None and fewer is not None
    assert office.approving.approve(OTHER, fewer.number, fewer.content_hash).ok
    done = office.approving.approve(OTHER, made.number, made.content_hash)
    assert done.code is Code.NOT_VALID and "no counterparty is called BANKF" in done.detail
    assert office.approving.log.read().proposals[made.number].status is Status.OPEN


@pytest.mark.parametrize(
    ("limit_id", "told"),
    [
        ("settlement:counterparty=BANKA", ""),
        ("settlement:counterparty=BANKA:2026-11-03", ""),
        ("counterparty_line:BANKA", ""),
        ("deal_size:SPOT:EUR/USD:gold", ""),
        ("price_collar", ""),
        ("settlement:counterparty=BANKX", "no limit is called settlement:counterparty=BANKX"),
        ("counterparty_lin:BANKA", "did you mean counterparty_line:BANKA?"),
    ],
)
def test_another_maximum_of_a_limit_that_nobody_has_cannot_be_proposed(
    office: Office, limit_id: str, told: str
) -> None:
    content = {"limit_id": limit_id, "maximum": "5", "until_ns": NOON + 10**12}
    made = office.approving.propose(RISK, Kind.OVERRIDE, content, reason="test")
    assert (made.code == Code.NOT_VALID and told in made.detail) if told else made.ok
