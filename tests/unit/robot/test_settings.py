"""The configuration: what is wrong is told with file, line and the nearest right key."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from robot.deals.limit_rows import LimitKind, row_id
from robot.errors import ConfigurationError
from robot.package import configuration_folder, fix_dictionary
from robot.settings import load_settings

CONFIG = Path(__file__).resolve().parents[3] / "config"
Edit = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped configuration, to spoil."""
    shutil.copytree(CONFIG, tmp_path / "config")
    return tmp_path / "config"


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Replace a text in one of the files."""

    def replace(name: str, old: str, new: str) -> None:
        text = (folder / name).read_text()
        assert old in text, f"{name} has no {old!r}"
        (folder / name).write_text(text.replace(old, new, 1))

    return replace


def told(folder: Path) -> str:
    """What loading says against the folder."""
    with pytest.raises(ConfigurationError) as refused:
        load_settings(folder)
    return str(refused.value)


def line_of(folder: Path, name: str, text: str) -> int:
    lines = (folder / name).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_a_cutoff_is_a_time_of_a_zone_that_rules_know(folder: Path, edit: Edit) -> None:
    assert load_settings(folder).reference.cutoffs["CNY"].time_s == 16 * 3_600 + 50 * 60
    edit("desk.yaml", 'time: "16:50"', 'time: "16.50"')
    assert f"desk.yaml:{line_of(folder, 'desk.yaml', '16.50')}" in told(folder)
    edit("desk.yaml", 'time: "16.50", zone: Asia/Shanghai', 'time: "16:50", zone: Asia/Chungking')
    assert "no zone of rules; there are UTC, Asia/Shanghai" in told(folder)


def test_the_shipped_configuration_loads(folder: Path) -> None:
    settings = load_settings(folder)
    assert settings.reference.limits.price_collar_bp == Decimal(25)
    assert settings.reference.conventions.keys() >= set(settings.reference.venues[0].pairs)
    assert settings.data == (folder / "data").resolve()
    assert settings.dictionary == folder / "fix" / "FIX44.xml"
    assert fix_dictionary().is_file()


def test_the_hash_changes_with_any_of_the_files(folder: Path, edit: Edit) -> None:
    before = load_settings(folder).hash
    edit("limits.yaml", "price_collar_bp: 25", "price_collar_bp: 24")
    assert before != load_settings(folder).hash


def test_numbers_are_exact(folder: Path, edit: Edit) -> None:
    edit("limits.yaml", "spot_add_on: 0.02", "spot_add_on: 0.1000000000000000000001")
    add_on = load_settings(folder).reference.limits.spot_add_on
    assert add_on == Decimal("0.1000000000000000000001")


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("desk.yaml", "stale_after_ms", "stale_after_msec"),
        ("limits.yaml", "price_collar_bp", "price_colar_bp"),
        ("counterparties.yaml", "tier", "teir"),
        ("conventions.yaml", "spot_lag", "spotlag"),
    ],
)
def test_an_unknown_key_is_told_with_its_line_and_the_nearest_known(
    folder: Path, edit: Edit, name: str, right: str, wrong: str
) -> None:
    path = folder / name
    at = next(n for n, s in enumerate(path.read_text().splitlines(), 1) if f"{right}:" in s)
    edit(name, f"{right}:", f"{wrong}:")
    assert f"{path}:{at}: " in told(folder)
    assert f"did you mean '{right}'?" in told(folder)


def test_a_key_given_twice_is_told_with_its_line(folder: Path) -> None:
    path = folder / "limits.yaml"
    path.write_text(path.read_text() + "price_collar_bp: 9\n")
    last = len(path.read_text().splitlines())
    assert f"{path}:{last}: price_collar_bp is given twice" == told(folder)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("limits.yaml", "price_collar_bp: 25", "price_collar_bp: NaN"),
        ("limits.yaml", "price_collar_bp: 25", "price_collar_bp: .inf"),
        ("limits.yaml", "price_collar_bp: 25", "price_collar_bp: -1"),
        ("limits.yaml", "price_collar_bp: 25", "price_collar_bp: many"),
        *(
            ("limits.yaml", "price_collar_bp: 25", f"price_collar_bp: {value}")
            for value in ("1e999", "1_000", "２５", "0x19", "true", "-0", "+25")
        ),
        *(
            ("limits.yaml", "quotes_outstanding: 400", f"quotes_outstanding: {value}")
            for value in ("4_00", "４００", "4e2", "0x190", "true", "400.0", "-0", "9" * 30)
        ),
        ("desk.yaml", "seed: 7", f"seed: {'9' * 5_000}"),
        ("limits.yaml", "spot_add_on: 0.02", "spot_add_on: 0"),
        ("limits.yaml", "spot_add_on: 0.02", "spot_add_on: 1.01"),
        ("limits.yaml", "BANKA: 60000000", "BANKA: Infinity"),
        ("limits.yaml", "quotes_outstanding: 400", "quotes_outstanding: 0"),
        ("limits.yaml", "quotes_outstanding: 400", "quotes_outstanding: 4.5"),
        ("limits.yaml", "quotes_outstanding: 400", "quotes_outstanding: [400]"),
        ("limits.yaml", "  EUR: 250000000", "  EURO: 250000000"),
        ("limits.yaml", "line_currency: USD", "line_currency: usd"),
        ("desk.yaml", "port: 9878", "port: 98780"),
        ("desk.yaml", "clock: system", "clock: sundial"),
        ("desk.yaml", "stale_after_ms: 2000", "stale_after_ms: 0"),
        ("desk.yaml", "stale_after_ms: 2000", "stale_after_ms: yes"),
        ("desk.yaml", "stale_after_ms: 2000", "stale_after_ms:"),
        ("desk.yaml", "silent_s_max: 5", "silent_s_max: nan"),
        ("desk.yaml", "silent_s_max: 5", "silent_s_max: inf"),
        ("desk.yaml", "time_zone: America/New_York", "time_zone: America/NewYork"),
        ("desk.yaml", "day_roll: {day: mon-fri", "day_roll: {day: mon-fry"),
        ("desk.yaml", "hour: 17", "hour: 24"),
        ("desk.yaml", "book: FXSPOT", "book: FX SPOT"),
        ("desk.yaml", "id: ALPHA", "id: AL PHA"),
        ("conventions.yaml", "pair: EUR/USD", "pair: EUR/EUR"),
        ("conventions.yaml", "tick: 0.00001", "tick: 0"),
        ("conventions.yaml", "spot_lag: 2", "spot_lag: -1"),
    ],
)
def test_a_wrong_value_is_told_with_file_and_line(
    folder: Path, edit: Edit, name: str, old: str, new: str
) -> None:
    at = line_of(folder, name, old)
    edit(name, old, new)
    assert f"{folder / name}:{at}: " in told(folder)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("desk.yaml", "id: BETA", "id: ALPHA", "ALPHA"),
        ("counterparties.yaml", "id: BANKB", "id: BANKA", "BANKA"),
        ("conventions.yaml", "pair: GBP/USD", "pair: EUR/USD", "EUR/USD"),
        ("limits.yaml", "EUR/USD, tier: silver", "EUR/USD, tier: gold", "EUR/USD"),
        ("desk.yaml", "pairs: [EUR/USD", "pairs: [EUR/XAU", "EUR/XAU"),
        ("desk.yaml", 'venue: "*"', "venue: GAMMA", "GAMMA"),
    ],
)
def test_files_that_contradict_themselves_or_each_other_are_refused(
    folder: Path, edit: Edit, name: str, old: str, new: str, said: str
) -> None:
    edit(name, old, new)
    assert said in told(folder)


@pytest.mark.parametrize("name", ["desk.yaml", "limits.yaml", "counterparties.yaml"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert f"{folder / name}: cannot be read: No such file" in told(folder)


BOMB = b"a: &a [" + b"x," * 10 + b"]\n"
for _old, _new in zip(b"abcdefgh", b"bcdefghi", strict=True):
    BOMB += b"%c: &%c [" % (_new, _new) + b"*%c," % _old * 10 + b"]\n"
"""Half a kilobyte that stands for a thousand million values."""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: [1, 2", "limits.yaml:"),
        (b"a: 1\n b: 2\n", "limits.yaml:2"),
        (b"- 1\n", "mapping"),
        (b"", "mapping"),
        (b"just words", "mapping"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"a: 1\n---\nb: 2\n", "limits.yaml:"),
        (b"a: \x01\n", "limits.yaml"),
        (b"a: \x00\n", "limits.yaml"),
        (b"a: &x [*x]\n", "limits.yaml"),
        (b"a: *nobody\n", "limits.yaml:1"),
        (b"a: &x 1\nb: &x 2\n", "limits.yaml"),
        (BOMB, "more than 100000 values"),
    ],
)
def test_what_is_not_such_a_file_is_told_and_never_a_crash(
    folder: Path, content: bytes, said: str
) -> None:
    (folder / "limits.yaml").write_bytes(content)
    assert said in told(folder)


def test_all_errors_of_a_file_are_told_at_once(folder: Path, edit: Edit) -> None:
    edit("limits.yaml", "price_collar_bp: 25", "price_collar_bp: -1")
    edit("limits.yaml", "messages_per_second: 2000", "messages_per_second: 0")
    assert len(told(folder).splitlines()) == 2


STREAM = "streams:\n  - {venue: ALPHA, pair: EUR/USD, amounts: [1000000], counterparty: BANKA}\n"


def test_what_is_streamed_reaches_the_core_with_what_the_venue_can_tell(
    folder: Path, edit: Edit
) -> None:
    edit("desk.yaml", "strategy:", f"{STREAM}strategy:")
    edit("desk.yaml", "    target: ALPHA", "    dialect: {trades_live: true}\n    target: ALPHA")
    reference = load_settings(folder).reference
    (stream,) = reference.streams
    assert (stream.amounts, stream.life_ms) == ((Decimal(1_000_000),), 5_000)
    assert [venue.trades_live for venue in reference.venues] == [True, False]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("EUR/USD", "EUR/SEK", "not dealt there"),
        ("counterparty: BANKA", "counterparty: NOBODY", "NOBODY is not in counterparties.yaml"),
        (", counterparty: BANKA", "", "no counterparty, here or there"),
        ("[1000000]", "[2, 1]", "rising"),
        ("EUR/USD", "EUR/USD, product: SWAP", "not streamed"),
        ("EUR/USD", "EUR/USD, tenor: 1M", "has a tenor"),
        ("EUR/USD", "EUR/USD, interval_min_ms: 5000", "shorter than the life"),
        (
            "BANKA}",
            "BANKA}\n  - {venue: ALPHA, pair: EUR/USD, amounts: [1], counterparty: BANKA}",
            "given twice",
        ),
    ],
)
def test_a_stream_that_cannot_be_meant_is_refused(
    folder: Path, edit: Edit, old: str, new: str, problem: str
) -> None:
    assert old in STREAM
    edit("desk.yaml", "strategy:", f"{STREAM.replace(old, new)}strategy:")
    assert problem in told(folder)


def test_a_hedge_needs_a_venue_that_takes_orders_and_its_night_an_hour(
    folder: Path, edit: Edit
) -> None:
    hedge = "{pair: EUR/USD, band: 2, clip: 1, slippage_bp: 1, overnight_band: 1}"
    edit("desk.yaml", "strategy:", f"hedges: [{hedge}]\nstrategy:")
    assert "hedges: no venue that deals EUR/USD has a counterparty" in told(folder)
    edit("desk.yaml", "    target: ALPHA", "    counterparty: BANKA\n    target: ALPHA")
    assert "hedges: overnight_band needs schedule.overnight" in told(folder)
    edit("desk.yaml", "  dealing:\n", "  overnight: {day: mon-fri, hour: 16}\n  dealing:\n")
    reference = load_settings(folder).reference
    assert reference.overnight and reference.hedges[0].overnight_band == 1


TREE = "  settlement:         # line currency, each value date by itself\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{maximum: 1}", "one scope is due, 0 are given"),
        ("{desk: FX, venue: ALPHA, maximum: 1}", "one scope is due, 2 are given"),
        (
            "{counterparty: BANKZ, maximum: 1}",
            "no counterparty is called BANKZ; did you mean 'BANK",
        ),
        ("{everyone: all, pairs: [EUR/USE], maximum: 1}", "did you mean 'EUR/USD'?"),
        ("{everyone: all, currencies: [EUT], maximum: 1}", "no currency is called EUT"),
        ("{everyone: all, tenors: [2W], maximum: 1}", "no tenor is called 2W"),
        ("{group: NOBODY, maximum: 1}", "no group is called NOBODY"),
        ("{everyone: all, maximum: NaN}", "maximum"),
        ("{everyone: all, maximum: -1}", "maximum"),
        ("{everyone: all, maximun: 1}", "did you mean 'maximum'?"),
        ("{everyone: all}", "a maximum is due"),
        ("{everyone: all, maximum: 1, warn: [0.9, 0.75]}", "warn"),
        (
            "{everyone: all, maximum: 1, from_date: 2026-10-02, until_date: 2026-10-01}",
            "until_date 2026-10-01 is before from_date 2026-10-02",
        ),
        ("{everyone: all, maximum: 1, until_date: 2026-13-01}", "until_date"),
        ('{counterparty: "*", maximum: 6}', "given twice: settlement:counterparty=*"),
        ("{counterparty: BANKA, maximum: 5000000001}", "more than settlement:counterparty=*"),
        ("{desk: FX, maximum: 40000000001}", "more than settlement:entity=*"),
    ],
)
def test_a_row_of_the_tree_that_cannot_be_meant_is_told_with_its_line(
    folder: Path, edit: Edit, row: str, said: str
) -> None:
    at = line_of(folder, "limits.yaml", TREE.rstrip())
    edit("limits.yaml", TREE, f"{TREE}    - {row}\n")
    assert said in told(folder)
    path, line, _ = told(folder).split(":", 2)
    assert path == str(folder / "limits.yaml")
    whole = ("more than", "given twice")  # told where the other one is, too
    assert any(text in said for text in whole) or int(line) == at + 1


@pytest.mark.parametrize(
    ("kind", "row", "said"),
    [
        ("liquidity_gap", "{everyone: all, maximum: 1}", "horizon_days is due in liquidity_gap:"),
        ("liquidity_gap", "{desk: FX, horizon_days: 93, maximum: 1}", "horizon_days"),
        ("tenor_gap", "{desk: FX, horizon_days: 7, maximum: 1}", "no horizon_days is due in"),
        ("dv01_total", "{desk: FX, tenors: [1W], maximum: 1}", "no tenors are due"),
        ("gross_position", "{desk: FX, tenors: [1W], maximum: 1}", "no tenors are due"),
        ("dv01", "{desk: FX, tenors: [1K], maximum: 1}", "no tenor is called 1K"),
        ("message_rate", "{everyone: all, maximum: 1}", "within_s is due in message_rate"),
        (
            "message_rate",
            "{everyone: all, maximum: 1, within_s: 1, tenors: [1W]}",
            "no tenors are due in message_rate:everyone=all[1W]",
        ),
        ("official_band", "{everyone: all, maximum: 2}", "pairs are due in official_band"),
        ("hours", "{everyone: all}", "hours or weekdays are due in hours:everyone=all"),
        ("hours", '{everyone: all, hours: "08:00-16:50", maximum: 1}', "no maximum is due"),
        ("hours", '{everyone: all, hours: "8:00-16:50"}', "8:00-16:50 is no time from-to of a day"),
        ("hours", '{everyone: all, hours: "08:00-08:00"}', "08:00-08:00 is no time from-to"),
        ("hours", "{everyone: all, weekdays: [tues]}", "weekdays"),
        ("permitted", "{everyone: all, settles_within: 0}", "no settles_within is due"),
        ("quota", "{everyone: all, maximum: 1, weekdays: [mon]}", "no hours or weekdays are due"),
        ("quota", "{everyone: all, maximum: 1, at_maximum: halt}", "at_maximum"),
        (
            "official_band",
            "{everyone: all, pairs: [USD/CNH], maximum: 2}",
            "USD/CNH has none (did you mean 'USD/CNY'?)",
        ),
        ("official_band", "{everyone: all, pairs: [USD/CNY]}", "a maximum is due"),
    ],
)
def test_what_a_kind_asks_of_its_rows_is_told_with_their_line(
    folder: Path, edit: Edit, kind: str, row: str, said: str
) -> None:
    at = line_of(folder, "limits.yaml", TREE.rstrip())
    edit("limits.yaml", TREE, f"  {kind}:\n    - {row}\n{TREE}")
    assert said in told(folder)
    assert int(told(folder).split(":", 2)[1]) == at + 1


@pytest.mark.parametrize(
    ("kind", "row", "said"),
    [
        (
            "loss_day",
            "{counterparty: BANKA, maximum: 1}",
            "a scope of our own is due (everyone",
        ),
        (
            "loss_month",
            "{desk: FX, products: [SPOT], maximum: 1}",
            "no products and no tenors are due",
        ),
        (
            "drawdown",
            "{desk: FX, tenors: [1W], maximum: 1}",
            "no products and no tenors are due",
        ),
        ("loss_day", "{desk: FX, counts: realized, maximum: 1}", "'realised', 'unrealised'"),
        ("loss_day", "{desk: FX, pairs: [EUR/USE], maximum: 1}", "did you mean 'EUR/USD'?"),
        ("loss_day", "{desk: FX}", "a maximum is due in loss_day:desk=FX"),
        ("loss_day", "{desk: FX, maximum: 1}\n    - {desk: FX, maximum: 2}", "given twice"),
        (
            "drawdown",
            "{entity: '*', maximum: 1}\n    - {desk: FX, maximum: 2}",
            "more than drawdown",
        ),
        (
            "order_value",
            "{desk: FX, counts: both, maximum: 1}",
            "no counts is due in order_value",
        ),
    ],
)
def test_a_limit_of_losses_that_cannot_be_meant_is_told(
    folder: Path, edit: Edit, kind: str, row: str, said: str
) -> None:
    if kind == "order_value":
        edit(
            "limits.yaml",
            "  order_value:        # line currency\n",
            f"  order_value:\n    - {row}\n",
        )
    else:
        edit("limits.yaml", "tree:\n", f"tree:\n  {kind}:\n    - {row}\n")
    assert said in told(folder)
    assert told(folder).startswith(f"{folder / 'limits.yaml'}:")


def test_rows_of_losses_differ_by_what_counts(folder: Path, edit: Edit) -> None:
    rows = "    - {desk: FX, maximum: 1}\n    - {desk: FX, maximum: 2, counts: realised}\n"
    edit("limits.yaml", "tree:\n", f"tree:\n  loss_day:\n{rows}")
    found = load_settings(folder).reference.limits.tree[LimitKind.LOSS_DAY]
    names = [row_id(LimitKind.LOSS_DAY, row) for row in found]
    assert names == ["loss_day:desk=FX", "loss_day:desk=FX[realised]"]


def test_a_kind_that_is_not_known_is_told_with_the_nearest(folder: Path, edit: Edit) -> None:
    edit("limits.yaml", "  settlement:  ", "  setlement:  ")
    assert "no kind of limit is called setlement; did you mean 'settlement'?" in told(folder)


def test_every_kind_of_limit_stands_in_the_shipped_file_and_its_example_loads(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "desk"
    shutil.copytree(configuration_folder(), folder, ignore=shutil.ignore_patterns("calendars"))
    path = folder / "limits.yaml"
    text = re.sub(r"^  # (?=[a-z_0-9]+:(?: |$)|  - )", "  ", path.read_text(), flags=re.MULTILINE)
    path.write_text(text)
    rows = load_settings(folder).reference.limits.tree
    assert not [str(kind) for kind in LimitKind if not rows.get(kind)]
    assert not [row_id(kind, row) for kind, given in rows.items() for row in given if not row.owner]
