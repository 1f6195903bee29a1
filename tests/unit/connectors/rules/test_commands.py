"""The commands of `fxrobot rules`, in this process."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from connectors.rules.cli import app
from connectors.rules.files import RuleError
from connectors.rules.shown import Line, show
from robot.errors import ConfigurationError
from robot.package import configuration_folder

REQUEST = "gold client BANKA asks 5 mio EUR/USD two-way"
GIVEN = "market EUR/USD 1.08500/1.08520"


def ran(*arguments: str | Path) -> Result:
    """A command; what it raises is raised."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if isinstance(result.exception, Exception) and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The first book of the library, written as a trader's own."""
    assert 0 == ran("new", "mine", "--folder", tmp_path).exit_code
    return tmp_path / "mine.rules"


def test_a_new_book_checks_and_its_scenarios_pass(first: Path) -> None:
    assert "ready to use" in ran("check", first).stdout
    tested = ran("test", first)
    assert 0 == tested.exit_code and "4 scenarios, 0 failed" in tested.stdout
    assert 'book "mine.rules"' in first.with_suffix(".scenarios").read_text("utf-8")


def test_a_new_book_is_never_written_over_another(first: Path) -> None:
    with pytest.raises(ConfigurationError, match="there already"):
        ran("new", "mine", "--folder", first.parent)


def test_a_new_book_may_be_chinese(tmp_path: Path) -> None:
    assert 0 == ran("new", "wo", "--folder", tmp_path, "--language", "zh").exit_code
    assert "可以使用" in ran("check", tmp_path / "wo.rules").stdout
    assert "4 个情景，0 个失败" in ran("test", tmp_path / "wo.rules").stdout


def test_the_library_is_listed() -> None:
    listed = ran("new", "--list").stdout
    assert "lend-overnight-surplus" in listed and "wider at news time" in listed


def test_a_mixed_book_is_talked_about_in_the_language_it_begins_in(first: Path) -> None:
    mixed = first.read_text("utf-8").replace("rule ", "规则 ")
    first.write_text(mixed, encoding="utf-8")
    assert "ready to use" in ran("check", first).stdout
    first.write_text(mixed.replace('\nbook "', '\n规则集 "'), encoding="utf-8")
    assert "可以使用" in ran("check", first).stdout


def test_what_is_wrong_is_marked_in_the_language_asked_for(first: Path) -> None:
    text = first.read_text("utf-8").replace("tier is gold", "teir is gold")
    first.write_text(text, encoding="utf-8")
    told = ran("check", first)
    assert 1 == told.exit_code
    assert f"{first}:10:8: nothing is called `teir`; did you mean `tier`?" in told.stdout
    assert "      when teir is gold and size <= 10 mio\n           ^^^^\n" in told.stdout
    assert "没有名为“teir”的内容" in ran("check", first, "--language", "zh").stdout
    found = msgspec.json.decode(ran("check", first, "--json").stdout)
    assert [(10, 8, "unknown name")] == [
        (row["line"], row["column"], row["code"]) for row in found["files"][0]["problems"]
    ]


def test_a_warning_fails_only_where_that_is_wanted(first: Path) -> None:
    with first.open("a", encoding="utf-8") as file:
        file.write("parameter nobody = 1 pip, between 0 pip and 2 pip\n")
    assert 0 == ran("check", first).exit_code
    assert 1 == ran("check", first, "--strict").exit_code


def test_names_that_the_desk_does_not_have_are_told(first: Path) -> None:
    told = ran("check", first, "--config", configuration_folder()).stdout
    assert "the desk has no" not in told
    first.write_text(first.read_text("utf-8").replace("is gold", "is golden"), encoding="utf-8")
    told = ran("check", first, "--config", configuration_folder())
    assert f"{first}:10:16: the desk has no tier `golden`; did you mean `gold`?" in told.stdout
    assert 0 == told.exit_code
    handed = first.with_name("handed.rules")
    handed.write_text('book "h"\nfor spot in EUR/USD\notherwise hand to usual\n', "utf-8")
    told = ran("check", handed, "--config", configuration_folder())
    assert f"{handed}:3:11: the desk has no strategy `usual`" in told.stdout
    assert 1 == ran("check", first, "--strict", "--config", configuration_folder()).exit_code


def test_format_writes_one_way_and_check_changes_nothing(first: Path) -> None:
    text = first.read_text("utf-8")
    first.write_text(text.replace("when tier is gold", "when TIER = gold"), encoding="utf-8")
    assert 1 == ran("format", first, "--check").exit_code
    assert "TIER" in first.read_text("utf-8")
    assert 0 == ran("format", first).exit_code
    assert 0 == ran("format", first, "--check").exit_code
    assert "tier is gold" in first.read_text("utf-8")
    assert "等级 是 gold" in ran("format", first, "--stdout", "--language", "zh").stdout


def test_a_book_is_never_replaced_by_one_that_does_not_load(
    first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = first.read_text("utf-8")
    monkeypatch.setattr("connectors.rules.files.format_book", lambda book, language: "book ?")
    with pytest.raises(ConfigurationError, match="nothing was changed"):
        ran("format", first)
    assert text == first.read_text("utf-8")


def test_a_file_of_another_encoding_is_told_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "gbk.rules"
    path.write_bytes("规则集 “甲”\n".encode("gbk"))
    with pytest.raises(ConfigurationError, match="save it as UTF-8"):
        ran("check", path)


def test_a_book_is_read_back_in_both_languages(first: Path) -> None:
    told = ran("explain", first).stdout
    assert '2. "good clients" (line 9)\n   If all of these hold:\n     - tier is gold' in told
    assert "each 0.5 pip away from the middle of the market, good for 5 s." in told
    assert "tier: The counterparty's tier." in told
    one = ran("explain", first, "others", "--language", "zh").stdout
    assert "如果 金额 <= 500万：\n   → 报价：所询的各边价格，各距市场中价 1 点，有效 3 秒。" in one
    with pytest.raises(ConfigurationError, match='did you mean "others"'):
        ran("explain", first, "other")


def test_one_request_is_decided_and_told_why(first: Path) -> None:
    told = ran("run", first, REQUEST, "--given", GIVEN).stdout
    assert told.startswith("quote 1.08505/1.08515 margin 0.5 pip valid 5 s\n")
    assert '  rule "good clients", line 9\n' in told
    assert '"old market" (line 5): market is stale or market is crossed was false' in told


def test_a_table_of_requests_is_decided_row_by_row(first: Path, tmp_path: Path) -> None:
    table = tmp_path / "requests.csv"
    table.write_text(
        "tier,金额,side,bid,offer\ngold,5 mio,both,1.0850,1.0852\nsilver,2000万,buy,,\n"
    )
    found = msgspec.json.decode(ran("run", first, "--csv", table, "--json").stdout)["decisions"]
    assert [("quote", "1.08505/1.08515"), ("pass", "")] == [
        (row["action"], row["prices"]) for row in found
    ]
    table.write_text("teir\ngold\n")
    with pytest.raises(ConfigurationError, match=r"no fact is called 'teir'; did you mean 'tier'"):
        ran("run", first, "--csv", table)
    table.write_text("size\n5 mio\n6 pips\n")
    with pytest.raises(RuleError, match=r"requests.csv:3: size:1:1: "):
        ran("run", first, "--csv", table)


def test_books_that_mean_the_same_do_not_differ(first: Path) -> None:
    other = first.with_name("other.rules")
    other.write_text(ran("format", first, "--stdout", "--language", "zh").stdout, encoding="utf-8")
    told = ran("diff", first, other, "--language", "en", "--requests", "200")
    assert 0 == told.exit_code
    assert "the books say the same\n\n0 of 200 requests are decided otherwise\n" == told.stdout


def test_a_difference_is_told_rule_by_rule_and_cell_by_cell(tmp_path: Path) -> None:
    for name in ("old", "new"):
        ran("new", name, "--from", "two-way-by-tier", "--folder", tmp_path)
    old, new = tmp_path / "old.rules", tmp_path / "new.rules"
    text = old.read_text("utf-8")
    text = text.replace("when requests >= 50", "when requests >= 60")
    text = text.replace('rule "wild market"', 'rule "very wild market"')
    cell = "[silver, up to 5 mio] 0.6 pip -> 0.7 pip"
    text = text.replace("silver   0.4 pip       0.6 pip", "silver   0.4 pip       0.7 pip")
    new.write_text(text, encoding="utf-8")
    told = ran("diff", old, new, "--scenarios", tmp_path / "old.scenarios")
    assert 1 == told.exit_code
    assert f'~ table "margin" (line 7)\n    {cell}\n' in told.stdout
    assert "requests >= 50 and hit ratio < 2 %" in told.stdout
    assert '+ rule "very wild market" (line 33) added' in told.stdout
    assert '- rule "wild market" (line 33) gone' in told.stdout
    assert "1 of 10 requests are decided otherwise" in told.stdout


def test_a_moved_rule_of_one_priority_is_told(first: Path, tmp_path: Path) -> None:
    text = first.read_text("utf-8")
    head, _, good, rest = text.split("\nrule ")
    others, last = rest.split("\notherwise")
    other = tmp_path / "moved.rules"
    moved = "\nrule ".join((head, others, good)) + "\notherwise" + last
    other.write_text(moved, encoding="utf-8")
    told = ran("diff", first, other, "--requests", "300").stdout
    assert '^ rule "good clients"' in told or '^ rule "others"' in told
    assert '- rule "old market" (line 5) gone' in told


def test_a_terminal_wraps_under_the_text_and_a_pipe_is_as_it_is() -> None:
    lines = [Line("one two three four five six seven eight", "red", indent=4)]
    terminal, pipe = io.StringIO(), io.StringIO()
    show(lines, Console(file=terminal, force_terminal=True, width=24, highlight=False))
    show(lines, Console(file=pipe, width=24, highlight=False))
    assert "\x1b[31m" in terminal.getvalue() and 2 <= terminal.getvalue().count("\n")
    assert "    one two three four five six seven eight\n" == pipe.getvalue()


def test_parameters_are_set_for_a_request_and_for_scenarios(tmp_path: Path) -> None:
    book, scenarios = tmp_path / "tuned.rules", tmp_path / "tuned.scenarios"
    book.write_text(
        'book "tuned"\nfor spot in EUR/USD\n'
        "parameter most = 5 mio, between 1 mio and 20 mio\n"
        'rule "all" when size <= most then quote margin 1 pip\notherwise pass "too large"\n',
        encoding="utf-8",
    )
    scenarios.write_text(
        'book "tuned.rules"\nscenario "small"\n'
        "  given market EUR/USD 1.0850/1.0852\n  when client B asks 3 mio EUR/USD\n"
        '  then quote because "all"\n',
        encoding="utf-8",
    )
    asked = ("run", book, "client B asks 3 mio EUR/USD", "--given", "market 1.0850/1.0852")
    assert "too large" not in ran(*asked).stdout
    assert "too large" in ran(*asked, "--set", "most = 2 mio").stdout
    assert ran("test", scenarios).exit_code == 0
    assert ran("test", scenarios, "--set", "most=2 mio").exit_code == 1
    with pytest.raises(ConfigurationError, match=r"there is no parameter 'mst'; did you mean"):
        ran(*asked, "--set", "mst = 2 mio")
    with pytest.raises(ConfigurationError, match="write each once, as 'NAME = VALUE'"):
        ran(*asked, "--set", "most")
