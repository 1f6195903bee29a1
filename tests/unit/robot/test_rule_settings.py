"""Rule books in desk.yaml and in proposals: their text is what is approved, and it compiles."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from robot.approvals import Kind
from robot.assembly import load_strategy
from robot.contents import content_of, load_content, plain_content, with_content
from robot.core.engine import Engine
from robot.errors import ConfigurationError
from robot.fitting import programs_of
from robot.messages.events import Stamped
from robot.package import configuration_folder
from robot.settings import load_settings
from robot.strategy import Elsewhere
from tests.kit.desk import started

RULES = """strategy:
  name: majors
  version: "1"
  rules: [rulebooks/eur.rules, rulebooks/flat.rules]
  hands:
    usual: {factory: "strategies.two_way:TwoWay", parameters: {lean_max: 1, tiers: {}}}

"""
EUR = """book "EUR"
for spot in EUR/USD
rule "gold"
  when tier is gold
  then quote margin 0.3 pip
otherwise hand to strategy usual
"""
FLAT = """book "flat"
for spot in EUR/USD
every 1 min
rule "long"
  when position > 5 mio
  then hedge
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "config"
    shutil.copytree(configuration_folder(), made)
    path = made / "desk.yaml"
    text = path.read_text()
    begin, end = text.index("strategy:\n"), text.index("mqtt:\n")
    path.write_text(text[:begin] + RULES + text[end:])
    (made / "rulebooks").mkdir()
    (made / "rulebooks" / "eur.rules").write_text(EUR)
    (made / "rulebooks" / "flat.rules").write_text(FLAT)
    return made


def test_the_text_is_read_when_the_settings_are_and_is_what_is_approved(folder: Path) -> None:
    settings = load_settings(folder)
    choice = settings.reference.strategy
    assert [(row.file, row.text) for row in choice.rules] == [
        ("rulebooks/eur.rules", EUR),
        ("rulebooks/flat.rules", FLAT),
    ]
    assert isinstance(load_strategy(settings.reference), Elsewhere)
    engine = Engine(load_strategy)
    engine.step(Stamped(1, 1_800_000_000_000_000_000, started(settings.reference)))
    assert engine.state.reference == settings.reference
    assert programs_of(settings.reference) == ("strategies.two_way:TwoWay",)
    content = load_content(Kind.STRATEGY, folder / "desk.yaml")
    assert content == content_of(settings.reference, Kind.STRATEGY), "what is approved is in force"
    assert plain_content(Kind.STRATEGY, content) == (content, "")
    assert with_content(settings.reference, Kind.STRATEGY, content) == settings.reference
    (folder / "rulebooks" / "eur.rules").write_text(EUR + "# changed\n")
    assert load_content(Kind.STRATEGY, folder / "desk.yaml") != content
    assert load_settings(folder).hash != settings.hash


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("tier is gold", "tiar is gold", "rulebooks/eur.rules:4:8: "),
        ("strategy usual", "strategy mine", "no strategy 'mine' is under strategy.hands"),
        ("tier is gold", "banks asked > 3", "'banks asked' is not available"),
    ],
)
def test_a_book_that_cannot_be_in_force_stops_the_start_with_its_line(
    folder: Path, old: str, new: str, told: str
) -> None:
    (folder / "rulebooks" / "eur.rules").write_text(EUR.replace(old, new))
    with pytest.raises(ConfigurationError) as refused:
        load_settings(folder)
    assert told in str(refused.value)


def test_a_proposal_that_does_not_compile_is_refused_with_everything_wrong(folder: Path) -> None:
    content = load_content(Kind.STRATEGY, folder / "desk.yaml")
    rows = content["strategy"]["rules"]  # type: ignore[index]
    rows[0]["text"] = EUR.replace("tier is", "tiar is")
    rows[1]["text"] = FLAT.replace("5 mio", "5 pip")
    problem = plain_content(Kind.STRATEGY, content)[1]
    assert "rulebooks/eur.rules:4:8" in problem and "rulebooks/flat.rules:5:" in problem
    rows[:] = [{"file": "a.rules", "text": EUR}, {"file": "b.rules", "text": EUR}]
    assert "spot EUR/USD is answered by a.rules already" in plain_content(Kind.STRATEGY, content)[1]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("rules: [", "factory: x:Y\n  rules: [", "rules stand instead of a factory"),
        ("rulebooks/flat", "rulebooks/none", "cannot be read"),
        ("rules: [rulebooks/eur.rules, rulebooks/flat.rules]", "file: x.py", "hands is for rule"),
    ],
)
def test_settings_that_do_not_fit_are_told(folder: Path, old: str, new: str, told: str) -> None:
    path = folder / "desk.yaml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ConfigurationError) as refused:
        load_settings(folder)
    assert told in str(refused.value)
