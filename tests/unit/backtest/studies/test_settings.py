"""The file of a study: what it says, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from backtest.studies.settings import Axis, load_settings
from robot.errors import ConfigurationError
from tests.kit.studies import study

FILE = """\
name: margins
objective:
  function: tests.kit.studies:results
  data: [quotes.csv]
span: {begin: 2014-05-01, end: 2014-05-11, parts: 10, validation_parts: 2}
parameters:
  base margin: {low: 0.1, high: 0.7, step: 0.2, unit: pip}
search: {trials: 20, seed: 3}
"""


def test_a_file_says_where_its_folders_are(tmp_path: Path) -> None:
    (tmp_path / "margins.study.yaml").write_text(FILE)
    found = load_settings(tmp_path / "margins.study.yaml")
    assert found.studies == tmp_path / "studies"
    assert found.objective.data == (tmp_path / "quotes.csv",)
    assert found.parameters["base margin"].count == 4


@pytest.mark.parametrize(
    ("options", "statistics", "per_year"),
    [
        ('{period_minutes: "60"}', "{}", 6240),
        ("{}", "{}", 260),
        ("{}", "{periods_per_year: 252}", 252),
    ],
)
def test_the_periods_of_a_year_are_those_of_the_run(
    tmp_path: Path, options: str, statistics: str, per_year: int
) -> None:
    text = FILE.replace("function: tests.kit.studies:results", "run: x.backtest.yaml")
    text = text.replace("  data: [quotes.csv]", f"  options: {options}")
    path = tmp_path / "margins.study.yaml"
    path.write_text(f"{text}statistics: {statistics}\n")
    assert load_settings(path).statistics.periods_per_year == per_year


@pytest.mark.parametrize("options", ['{period_minutes: "0.5"}', '{periods: "60"}'])
def test_options_that_a_run_does_not_have_are_refused(tmp_path: Path, options: str) -> None:
    path = tmp_path / "wrong.study.yaml"
    text = FILE.replace("function: tests.kit.studies:results", "run: x.backtest.yaml")
    path.write_text(text.replace("  data: [quotes.csv]", f"  options: {options}"))
    with pytest.raises(ConfigurationError, match=r"wrong\.study\.yaml:2.*options"):
        load_settings(path)


def test_a_wrong_key_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "wrong.study.yaml"
    path.write_text(FILE.replace("trials:", "trails:"))
    with pytest.raises(ConfigurationError, match=r"wrong.study.yaml:8.*trails"):
        load_settings(path)


def test_steps_are_exact_and_carry_their_unit() -> None:
    axis = Axis.model_validate({"low": "0.1", "high": "0.7", "step": "0.2", "unit": "pip"})
    assert [axis.value(n) for n in range(axis.count)] == [
        "0.1 pip",
        "0.3 pip",
        "0.5 pip",
        "0.7 pip",
    ]
    assert [axis.index(axis.value(n)) for n in range(axis.count)] == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="none of the values"):
        axis.index("0.2 pip")


def test_lists_are_taken_as_they_are() -> None:
    assert Axis.model_validate({"values": ["1 s", "5 s"]}).index("5 s") == 1
    assert not Axis.model_validate({"choices": ["a", "b"]}).ordered


@pytest.mark.parametrize(
    "axis",
    [
        {},
        {"low": "0", "high": "1"},
        {"low": "1", "high": "0", "step": "0.1"},
        {"low": "0", "high": "1", "step": "0"},
        {"low": "0", "high": "1", "step": "0.000001"},
        {"values": ["a", "a"]},
        {"values": ["a"], "choices": ["b"]},
    ],
)
def test_an_axis_without_values_of_its_own_is_refused(axis: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Axis.model_validate(axis)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("span__end", "2014-05-01", "empty"),
        ("span__begin", "1 May 2014", "span.begin"),
        ("span__validation_parts", 10, "leave none"),
        ("objective__function", "", "one of"),
        ("objective__function", "os.system", "pattern"),
        ("objective__run", "a.yaml", "one of"),
        ("walk_forward", {"folds": 10, "trials": 3}, "leave none"),
        ("search", {"trials": 83, "sampler": "grid", "seed": 1}, "a grid of 82 points"),
        ("parameters", {}, "at least 1"),
        ("statistics", {"blocks": 7}, "multiple"),
    ],
)
def test_what_cannot_be_searched_is_refused(key: str, value: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        study(**{key: value})


def test_the_hash_is_of_what_decides_the_result() -> None:
    assert study().hash == study(name="other", studies="elsewhere").hash
    assert study().hash != study(search__seed=4).hash
    assert study().hash != study(parameters={"x": {"values": ["1"]}}).hash


def test_the_example_of_the_page_is_a_study(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[4] / "docs" / "backtest-studies.md").read_text("utf-8")
    text = page.partition("```yaml\n")[2].partition("```")[0]
    (tmp_path / "margins.study.yaml").write_text(text)
    found = load_settings(tmp_path / "margins.study.yaml")
    assert found.objective.run == tmp_path / "majors.backtest.yaml"
    assert found.combinations == 11 * 4
    assert found.walk_forward is not None
