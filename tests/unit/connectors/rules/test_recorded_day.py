"""A recorded day of a rule book: how often each rule decided, what another text would have said."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from connectors.rules.changed import what_if_rules
from connectors.rules.conventions import steps_of
from connectors.rules.files import RuleFile, book_of, read_book
from connectors.rules.library import library
from connectors.rules.running import decided, typed
from robot.errors import ConfigurationError, RobotError
from robot.messages.effects import SendQuote
from tests.kit.days import write_day
from tests.kit.ruled import FILE, RulesDesk, book
from tests.unit.connectors.rules.test_commands import ran

DAY = "2014-05-01"
TEXT = book(
    'large: size > 10 mio then pass "large"',
    "gold: tier is gold then quote margin 0.5 pip",
    "never: tier is bronze then quote margin 9 pip",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small deals of one who asks first, a large request, one that no rule is for."""
    desk = RulesDesk(TEXT).ready()
    desk.hit(desk.quoted(1_000_000, request="R-1"), hit="H-1")
    desk.hit(desk.quoted(2_000_000, request="R-2"), amount=2_000_000, hit="H-2")
    desk.rfq(15_000_000, request="R-3")
    desk.rfq(client="BANKC", request="R-4")
    folder = tmp_path_factory.mktemp("data")
    write_day(folder / "journal", desk)
    return folder


def written(folder: Path, text: str) -> Path:
    """A file named as the desk names its book."""
    path = folder / FILE
    path.write_text(text, encoding="utf-8")
    return path


def file(text: str) -> RuleFile:
    return book_of(text, Path(FILE))


def test_coverage_counts_what_each_rule_decided(data: Path, tmp_path: Path) -> None:
    path, page = written(tmp_path, TEXT), tmp_path / "page.html"
    options = ("--day", DAY, "--folder", data)
    found = msgspec.json.decode(ran("coverage", path, *options, "--json").stdout)
    rows = {row["rule"]: (row["decided"], row["outcomes"]) for row in found["rules"]}
    assert (4, True) == (found["decisions"], found["same"])
    assert {
        "large": (1, {"REFUSED": 1}),
        "gold": (2, {"QUOTED": 2}),
        "never": (0, {}),
        "otherwise": (1, {"REFUSED": 1}),
    } == rows
    told = ran("coverage", path, *options).stdout
    assert "    8        2  50.0%  gold  2 QUOTED\n" in told
    assert "0   0.0%  never  never\n" in told
    assert "written to" in ran("coverage", path, *options, "--html", page).stdout
    assert "<td>gold</td><td>2 QUOTED</td>" in page.read_text("utf-8")


def test_coverage_says_where_the_book_was_another_one(data: Path, tmp_path: Path) -> None:
    path = written(tmp_path, TEXT.replace("0.5 pip", "0.6 pip").replace("gold:", "best:"))
    told = ran("coverage", path, "--day", DAY, "--folder", data).stdout
    assert "the book in force that day was another one" in told


def test_coverage_counts_answers_to_prices_of_theirs_and_streamed_prices(tmp_path: Path) -> None:
    text = book(
        "haggle: their price is known then counter their price no worse than mid",
        "others: size <= 10 mio then quote margin 0.7 pip",
    )
    desk = RulesDesk(text).ready()
    desk.counter(desk.quoted(), "1.10003")
    write_day(tmp_path / "journal", desk)
    options = ("--day", DAY, "--folder", tmp_path, "--json")
    found = msgspec.json.decode(ran("coverage", written(tmp_path, text), *options).stdout)
    rows = {row["rule"]: row["outcomes"] for row in found["rules"]}
    assert {"haggle": {"QUOTED": 1}, "others": {"QUOTED": 1}, "otherwise": {}} == rows


def _titled_otherwise(text: str) -> str:
    first, _, rest = text.partition("\n")
    assert first.startswith("book")
    return f'book "of another title"\n{rest}'


def test_a_trader_s_copy_under_another_name_is_known_by_its_title(
    data: Path, tmp_path: Path
) -> None:
    copy = written(tmp_path, TEXT).rename(tmp_path / "copy.rules")
    assert "4 decisions on" in ran("coverage", copy, "--day", DAY, "--folder", data).stdout
    assert what_if_rules(data / "journal", "20140501", book_of(TEXT, copy)).same
    other = tmp_path / "other.rules"
    other.write_text(_titled_otherwise(TEXT), encoding="utf-8")
    assert "0 decisions on" in ran("coverage", other, "--day", DAY, "--folder", data).stdout


def test_a_day_under_a_changed_book_lists_who_would_have_been_answered_otherwise(
    data: Path, tmp_path: Path
) -> None:
    changed = TEXT.replace("size > 10 mio", "size > 1 mio").replace("0.5 pip", "0.4 pip")
    path = written(tmp_path, changed)
    result = ran("what-if", path, "--day", DAY, "--folder", data)
    assert 1 == result.exit_code
    assert "2 of 4 requests answered otherwise, 2 deals on quotes" in result.stdout
    assert "quoted on the day, refused now: 1" in result.stdout
    assert "answered with another price or reason: 1" in result.stdout
    assert "EUR/USD: 2 -> 1 deals, edge 150.00 -> 40.00; result " in result.stdout
    page = tmp_path / "page.html"
    ran("what-if", path, "--day", DAY, "--folder", data, "--html", page)
    assert "Deals and what they brought" in page.read_text("utf-8")


def test_a_day_is_asked_again_with_another_value_of_a_parameter(data: Path, tmp_path: Path) -> None:
    named = TEXT.replace(
        "\nrule", "\nparameter most = 10 mio, between 1 mio and 20 mio\n\nrule", 1
    ).replace("size > 10 mio", "size > most")
    path, options = written(tmp_path, named), ("--day", DAY, "--folder", data)
    assert ran("what-if", path, *options).exit_code == 0
    less = ran("what-if", path, *options, "--set", "most = 1 mio")
    assert less.exit_code == 1 and "quoted on the day, refused now: 1" in less.stdout
    with pytest.raises(ConfigurationError, match="outside of its bounds, 1 mio to 20 mio"):
        ran("what-if", path, *options, "--set", "most = 50 mio")


def test_a_day_under_its_own_book_is_the_same(data: Path) -> None:
    found = what_if_rules(data / "journal", "20140501", file(TEXT))
    assert found.same and not found.requoted
    assert found.results and all(then == now for then, now in found.results)


def test_a_book_that_the_day_did_not_have_or_that_cannot_be_in_force_is_refused(
    data: Path,
) -> None:
    with pytest.raises(ConfigurationError, match=r"no book of the day has its file name or its"):
        other = book_of(_titled_otherwise(TEXT), Path("other.rules"))
        what_if_rules(data / "journal", "20140501", other)
    with pytest.raises(ConfigurationError, match="'banks asked' is not available"):
        text = TEXT.replace("tier is bronze", "banks asked > 3")
        what_if_rules(data / "journal", "20140501", file(text))
    with pytest.raises(RobotError, match="no segment of 20140502; there are 20140501"):
        what_if_rules(data / "journal", "20140502", file(TEXT))


def test_two_books_are_compared_on_the_requests_of_a_day(data: Path, tmp_path: Path) -> None:
    old = written(tmp_path, TEXT)
    new = tmp_path / "new.rules"
    new.write_text(TEXT.replace("size > 10 mio", "size > 1 mio"), encoding="utf-8")
    told = ran("diff", old, new, "--day", DAY, "--folder", data).stdout
    assert "1 of 4 requests are decided otherwise" in told
    assert '1  "gold" -> "large"' in told and "R-2 BANKA" in told


def test_the_core_quotes_what_a_scenario_of_the_same_request_expects() -> None:
    first = library()["first"]
    desk = RulesDesk(first.read_text("utf-8"))
    desk.open()
    desk.market("1.08500", "1.08520")
    desk.rfq(5_000_000)
    quote, rules = desk.one(SendQuote), read_book(first).good()
    given = ["market EUR/USD 1.08500/1.08520"]
    said = typed(rules, steps_of(), "gold client BANKA asks 5 mio EUR/USD two-way", given, "en")
    assert f"{quote.bid.normalize():f}/{quote.offer.normalize():f}" == decided(said, "en").prices


def test_a_decision_of_the_journal_is_explained_with_its_rule(data: Path) -> None:
    told = ran("explain", "R-1", "--folder", data).stdout
    assert f'because rule "gold" ({FILE}:8): quote margin 0.5 pip' in told
    assert "tier gold" in told
    with pytest.raises(RobotError, match="--config DIR or --folder DATA"):
        ran("explain", "R-1")
