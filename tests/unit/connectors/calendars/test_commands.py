"""`fxrobot dates` and `fxrobot calendars`: what they print, their exit codes, what they change."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from connectors.calendars.cli import app as calendars_app
from connectors.calendars.dates import app as dates_app
from robot.basics.holidays import CalendarId
from robot.errors import BeyondHorizon, ConfigurationError, NotAValueDate, UnknownReference
from robot.package import configuration_folder
from robot.settings import load_settings


def ask_dates(*words: str) -> str:
    """What `fxrobot dates` prints; the robot's own errors come through."""
    result = CliRunner().invoke(dates_app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    shutil.copytree(configuration_folder(), tmp_path / "desk")
    return tmp_path / "desk"


def test_dates_tells_each_step_and_the_holiday_that_moved_it() -> None:
    """The example of the issue."""
    lines = ask_dates("USD/CNY", "1M", "--trade-date", "2026-01-14").splitlines()
    assert "value date 2026-02-24 (Tuesday)" in lines
    assert "  2026-01-14 -> 2026-01-15  USD T+1, USD holidays do not count" in lines
    assert "  2026-01-16 -> 2026-02-24  spot + 1 months, modified following" in lines
    assert "      past 17 Feb, 18 Feb, 19 Feb, 20 Feb, 23 Feb: Spring Festival (CNY)" in lines


def test_dates_of_the_money_market_tells_contract_and_days() -> None:
    text = ask_dates("CNY", "R007", "--trade-date", "2026-02-10")
    assert "contract R007, agreed for 7 days, occupied 14 days" in text
    assert "from 2026-02-10 (Tuesday)" in text and "to 2026-02-24 (Tuesday)" in text


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("USD/CNY", "1M"), {"near": None, "far": "2026-02-24"}),
        (("EUR/USD", "TN"), {"near": "2026-01-15", "far": "2026-01-16"}),
        (("EUR/USD", "2026-03-05"), {"near": None, "far": "2026-03-05"}),
        (("CNY", "5D", "--product", "REPO"), {"near": "2026-01-14", "far": "2026-01-19"}),
        (("GBP", "1M"), {"near": "2026-01-14", "far": "2026-02-16"}),
        (("EUR", "2026-02-17"), {"near": "2026-01-16", "far": "2026-02-17"}),
    ],
)
def test_dates_as_json(words: tuple[str, ...], wanted: dict[str, Any]) -> None:
    answer = json.loads(ask_dates(*words, "--trade-date", "2026-01-14", "--json"))
    assert {"instrument", "tenor", "trade_date", "near", "far", "provisional"} <= answer.keys()
    found = {key: answer[key] and answer[key]["day"] for key in ("near", "far")}
    assert wanted == found
    assert all({"rule", "start", "end", "closed"} == step.keys() for step in answer["far"]["steps"])


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (("USD/CNX", "1M"), UnknownReference, "did you mean USD/CNY"),
        (("USD/EUR", "1M"), UnknownReference, "did you mean EUR/USD"),
        (("EUR/USD", "1m"), UnknownReference, "did you mean 1M"),
        (("EUR/USD", "2026-02-30"), UnknownReference, "2026-02-30 is not a date"),
        (("EUR/USD", "2026-02-28"), NotAValueDate, "closed for EUR"),
        (("XXX", "1M"), UnknownReference, "no money market XXX DEPOSIT"),
        (("USD/CNY", "1Y"), BeyondHorizon, "calendar CNY"),
    ],
)
def test_dates_says_what_is_wrong(words: tuple[str, ...], error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        ask_dates(*words, "--trade-date", "2026-01-14")


def test_dates_follows_the_desks_own_settings(desk: Path) -> None:
    path = desk / "desk.yaml"
    path.write_text(path.read_text().replace("provisional: []", "provisional: [CNY]"))
    words = ("USD/CNY", "1Y", "--trade-date", "2026-01-14", "--config", str(desk))
    assert "provisional: rests on days that are computed and not announced" in ask_dates(*words)


def test_show_tells_horizons_and_days() -> None:
    result = CliRunner().invoke(calendars_app, ["show", "CNYMM", "--year", "2026"])
    assert "CNYMM  2005-01-01 to 2026-12-31, provisional until 2032-12-31" in result.output
    assert "  2026-02-14 Sat workday     make-up day, Spring Festival" in result.output
    every = json.loads(CliRunner().invoke(calendars_app, ["show", "--json"]).output)["calendars"]
    assert {"CNY", "USD", "AED"} <= {row["calendar"]["id"] for row in every}


def override(desk: Path, *words: str) -> str:
    arguments = ["override", *words, "--name", "State funeral", "--config", str(desk)]
    result = CliRunner().invoke(calendars_app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_an_override_is_written_once_and_leaves_the_rest_of_the_file(desk: Path) -> None:
    before = (desk / "desk.yaml").read_text()
    told = override(desk, "GBP", "2026-06-15", "holiday")
    assert "GBP 2026-06-15 is now a holiday (State funeral); before: a business day" in told
    told = override(desk, "GBP", "2026-06-15", "workday")
    assert "before: State funeral" in told
    override(desk, "EUR", "2026-06-15", "holiday")
    lines = (desk / "desk.yaml").read_text().splitlines()
    rows = [line for line in lines if "State funeral}" in line and "#" not in line]
    assert 2 == len(rows)
    kept = [line for line in lines if line not in rows and "overrides:" not in line]
    assert kept == [line for line in before.splitlines() if "overrides:" not in line]
    calendars = load_settings(desk).reference.calendars
    assert [1, 1] == [len(calendars[CalendarId(name)].overrides) for name in ("GBP", "EUR")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("GBX", "2026-06-15", "holiday"), "no calendar GBX"),
        (("GBP", "2026-06-15", "closed"), "a day is a holiday or a workday"),
        (("GBP", "2035-06-15", "holiday"), "not 2035-06-15"),
    ],
)
def test_an_override_that_means_nothing_leaves_the_file_alone(
    desk: Path, words: tuple[str, ...], said: str
) -> None:
    before = (desk / "desk.yaml").read_bytes()
    with pytest.raises((ConfigurationError, BeyondHorizon), match=said):
        override(desk, *words)
    assert before == (desk / "desk.yaml").read_bytes()
