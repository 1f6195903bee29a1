"""`fxrobot data` as it is called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from backtest.data import cli
from robot.errors import RobotError
from tests.kit.days import dealt_day, write_day
from tests.kit.market_data import REAL, ticks, written


def run(*arguments: object, code: int = 0) -> str:
    """What the command says."""
    done = CliRunner().invoke(cli.app, [str(one) for one in arguments], catch_exceptions=True)
    if isinstance(done.exception, RobotError):
        return f"refused: {done.exception}"
    assert code == done.exit_code, done.output
    return done.output


def told(*arguments: object) -> Any:
    """The JSON of it."""
    return json.loads(run(*arguments, "--json"))


@pytest.fixture
def data(tmp_path: Path) -> list[object]:
    """A store with 200 quotes of two venues."""
    place: list[object] = ["--data", tmp_path / "store"]
    for venue in ("ALPHA", "BETA"):
        path = written(tmp_path, ticks(100), f"{venue}.csv")
        run("import", path, *place, "--venue", venue, "--pair", "EURUSD", "--source", "made up")
    return place


def test_import_list_and_check_say_what_there_is(tmp_path: Path, data: list[object]) -> None:
    text = run("import", tmp_path / "ALPHA.csv", *data, "--venue", "ALPHA", "--pair", "EURUSD")
    assert "quotes ALPHA EUR/USD: 100 rows, 2014-05-01T00:00:00.000Z" in text
    assert "spread median 2, p95 2, max 2 (points)" in text
    assert "already imported as ALPHA-" in text
    assert "BETA       EUR/USD                 100  2014-05-01T00:00:00" in run("list", *data)
    found = told("list", *data, "--pair", "EURUSD", "--venue", "BETA")
    assert (["BETA"], ["made up"]) == (
        [row["venue"] for row in found["series"]],
        [one["source"] for one in found["imports"]],
    )
    assert "2 files, 200 rows: all as it was written" in run("check", *data)
    (part, *_) = (tmp_path / "store").rglob("*.parquet")
    part.write_bytes(b"")
    assert "WRONG: " in run("check", *data, code=1)
    assert "is not there" in run("list", "--data", tmp_path / "none")


def test_what_was_imported_by_mistake_is_taken_out_again(
    tmp_path: Path, data: list[object]
) -> None:
    (alpha, _) = told("list", *data)["imports"]
    assert "did you mean ALPHA-" in run("remove", alpha["batch"] + "x", *data)
    assert "is out of the store (it came from ALPHA.csv)" in run("remove", alpha["batch"], *data)
    assert ["BETA"] == [row["venue"] for row in told("list", *data)["series"]]
    assert "1 files, 100 rows: all as it was written" in run("check", *data)
    again = told("import", tmp_path / "ALPHA.csv", *data, "--venue", "ALPHA", "--pair", "EURUSD")
    assert not again["already"]


def test_many_files_are_imported_one_after_the_other_up_to_a_bad_one(tmp_path: Path) -> None:
    good = [written(tmp_path, ticks(10, begin=n * 10), f"{n}.csv") for n in range(2)]
    bad = written(tmp_path, "time,bid,ask\n", "bad.csv")
    said = ["--data", tmp_path / "store", "--venue", "ALPHA", "--pair", "EURUSD"]
    text = run("import", *good, bad, *said)
    assert "bad.csv: no rows" in text
    assert f"bad.csv is file 3 of 3; in the store are {good[0]}, {good[1]}" in text
    assert "the same command again passes over what is in the store" in text
    assert [True, True] == [one["already"] for one in told("import", *good, *said)["imports"]]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--kind", "tick"], "--kind tick: one of quotes"),
        (["--fold", "2"], "--fold 2: one of earlier, later"),
        (["--columns", "at"], "write OURS=THEIRS"),
        (["--disorder", "long"], "no length of time"),
        (["--size-unit", "m"], "a whole number"),
        (["--outcomes", "x=WON"], "no such file"),
        (["--data", "/dev/null/x"], "no such file"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(
    tmp_path: Path, arguments: list[str], says: str
) -> None:
    assert says in run("import", tmp_path / "none.csv", *arguments)


def test_a_sample_is_the_same_for_the_same_seed_and_can_be_imported(
    tmp_path: Path, data: list[object]
) -> None:
    one, other = tmp_path / "one.csv", tmp_path / "other.parquet"
    done = told("sample", one, *data, "--keep", "0.3", "--seed", "5")
    told("sample", other, *data, "--keep", "0.3", "--seed", "5")
    assert (200, True) == (done["of"], 30 < done["rows"] < 90)
    first = pl.read_csv(one, infer_schema=False)
    assert first.equals(pl.read_parquet(other))
    told("sample", other, *data, "--keep", "0.3", "--seed", "6")
    assert not first.equals(pl.read_parquet(other))
    again = told("import", one, "--data", tmp_path / "again")
    assert done["rows"] == again["rows"]
    assert (
        10 == told("sample", one, *data, "--rows", "10", "--from", "2014-05-01T00:00:30Z")["rows"]
    )
    assert first["at"][0] < pl.read_csv(one)["at"][0] == "2014-05-01T00:00:30.000000000Z"
    assert "what there is is from 2014-05-01" in run("sample", one, *data, "--from", "2015-01-01")
    assert "name it .csv" in run("sample", tmp_path / "x.txt", *data)


def test_sql_counts_and_changes_nothing(data: list[object]) -> None:
    text = "select venue, count(*) as n, max(bid) as top from quotes group by venue order by venue"
    rows = told("sql", text, *data)
    assert [("ALPHA", 100), ("BETA", 100)] == [(row["venue"], row["n"]) for row in rows]
    assert {1.38739} == {row["top"] for row in rows}
    assert "only queries" in run("sql", "drop table quotes", *data)
    assert "sql: " in run("sql", "select nothing from nowhere", *data)


def test_a_journal_goes_into_the_store_of_its_desk(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text("data: state\n")
    write_day(tmp_path / "journal", dealt_day())
    place = ["--data", tmp_path / "state" / "data"]
    run("export", tmp_path / "journal", *place)
    assert ["events", "quotes", "requests"] == sorted(
        {row["kind"] for row in told("list", "--config", tmp_path)["series"]}
    )
    assert 3 == told("sql", "select count(*) n from requests", *place)[0]["n"]


@pytest.mark.skipif(not REAL.is_dir(), reason=f"{REAL.name} of real ticks is not here")
def test_real_ticks_are_as_they_were_measured(tmp_path: Path) -> None:
    """By whoever collected them, with other programs: a dealer's stream, and a made mistake."""
    path = REAL / "oanda_nzdusd_20140501_20140509.csv.gz"
    done = told("import", path, "--venue", "BETA", "--pair", "NZDUSD", "--data", tmp_path / "store")
    report = done["quality"]["quotes BETA NZD/USD"]
    assert (274_268, 0, 2, 1_379) == (
        report["rows"],
        report["out_of_order"],
        report["duplicates"],
        report["same_time"],
    )
    assert ("2.5", "4.7", "40") == tuple(
        report["spread"][name] for name in ("median", "p95", "max")
    )
    assert (None, 0) == (report["crossed"], report["weekend"])


def test_what_is_not_there_is_named_with_what_is(tmp_path: Path, data: list[object]) -> None:
    assert "no venue ALFA there; did you mean ALPHA?" in run("list", *data, "--venue", "ALFA")
    assert "no pair, index or curve GBP/USD there (there is EUR/USD)" in run(
        "list", *data, "--pair", "gbpusd"
    )
    assert "did you mean quotes" in run("list", *data, "--kind", "quote")
    for command in (["list"], ["check"], ["remove", "x"], ["sql", "select 1 from quotes"]):
        said = run(*command, "--data", tmp_path / "none")
        assert "none: this data store is not there: fxrobot data import" in said
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("select * from read_csv('{}')", "read_csv: a query reads tables of the store only"),
        ("with t as (select * from READ_PARQUET('{}')) select * from t", "READ_PARQUET: a query"),
        ("select * from quotes -- \n, \"read_csv\"('{}')", "read_csv: a query"),
        ("create table t as select * from quotes", "only queries"),
        ("select * from quotez", "no table quotez; did you mean quotes?"),
        ("select bidd from quotes", "no column bidd; did you mean bid?"),
        ("select 1; drop table quotes", "only one) statement"),
    ],
)
def test_a_query_reads_the_store_and_nothing_else(
    tmp_path: Path, data: list[object], query: str, says: str
) -> None:
    path = written(tmp_path, "a\n1\n", "other.csv")
    assert says in run("sql", query.format(path), *data)


def test_files_after_a_bad_one_are_named_as_not_looked_at(tmp_path: Path) -> None:
    good, bad = written(tmp_path, ticks(5), "a.csv"), written(tmp_path, "time,bid,ask\n", "b.csv")
    said = ["--data", tmp_path / "store", "--venue", "ALPHA", "--pair", "EURUSD"]
    text = run("import", bad, good, *said)
    assert f"b.csv is file 1 of 2; not looked at: {good}" in text
    assert "did you mean" not in text
    assert "--disorder 'soon'" in run("import", good, *said, "--disorder", "soon")
    assert "--size-unit x" in run("import", good, *said, "--size-unit", "x")
    assert "--round-to x" in run("import", good, *said, "--round-to", "x")
    assert "is a folder" in run("import", tmp_path, *said)
