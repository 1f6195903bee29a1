"""Presets and overrides of how venues write FIX; every mistake is told with its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from connectors.assembly import dialect_of
from connectors.fix.dialect import Dialect, SwapStyle, Version
from robot.basics.currency import CurrencyPair
from robot.deals.product import ProductKind
from robot.dialects import DialectSettings, load_dialect, preset_paths
from robot.errors import ConfigurationError
from robot.package import configuration_folder
from robot.settings import load_settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(configuration_folder(), tmp_path / "config"))


def dialect(folder: Path, **changes: object) -> Dialect:
    settings = DialectSettings.model_validate(changes)
    return msgspec.convert(load_dialect(folder, "BETA", settings), Dialect, strict=False)


def spoken(folder: Path, lines: str) -> Path:
    """The desk's file with `lines` as the dialect of its first venue."""
    desk = folder / "desk.yaml"
    text = desk.read_text(encoding="utf-8")
    at = text.index("    target: ALPHA")
    desk.write_text(f"{text[:at]}    dialect:\n{lines}{text[at:]}", encoding="utf-8")
    return desk


def test_the_defaults_of_the_connector_are_the_preset_fix44(folder: Path) -> None:
    assert Dialect() == dialect(folder) == dialect(folder, preset="fix44")


@pytest.mark.parametrize("tag", [44, 117, 6065])
def test_a_mark_never_stands_where_the_message_says_something_else(folder: Path, tag: int) -> None:
    with pytest.raises(ConfigurationError, match=f"robot_marks: tag {tag} says something else"):
        dialect(folder, robot_marks={tag: "1"})


def test_every_shipped_preset_loads_and_only_the_cfets_like_one_is_simulated(folder: Path) -> None:
    names = sorted(path.stem for path in (folder / "fix" / "dialects").glob("*.yaml"))
    assert ["cfets_like", "fix44", "fix50sp2"] == names
    assert ["cfets_like"] == [name for name in names if dialect(folder, preset=name).simulated]
    first = (folder / "fix" / "dialects" / "cfets_like.yaml").read_text(encoding="utf-8")
    assert first.startswith("# SIMULATED.")


def test_an_override_replaces_what_it_names_and_nothing_else(folder: Path) -> None:
    found = dialect(
        folder,
        preset="fix50sp2",
        near_tenor_tag="9001",
        products={"SPOT": [{"167": "FOR"}]},
        settl_types={"C": "SN", "4": "1D"},
    )
    assert (Version.FIX50SP2, SwapStyle.LEGS, 9001) == (
        found.version,
        found.swap_style,
        found.near_tenor_tag,
    )
    assert ({167: "FOR"},) == found.products[ProductKind.SPOT]
    assert ({167: "FXSWAP"},) == found.products[ProductKind.SWAP]
    assert {"1": "TODAY", "2": "TOM", "C": "SN", "4": "1D"} == found.settl_types


def test_a_folders_own_preset_goes_before_the_shipped_one(folder: Path) -> None:
    own = folder / "fix" / "dialects" / "bank_x.yaml"
    own.write_text("swap_side: FAR\n", encoding="utf-8")
    assert "FAR" == dialect(folder, preset="bank_x").swap_side
    assert own == preset_paths(folder, "bank_x")[-1]
    (folder / "fix" / "dialects" / "fix44.yaml").write_text("lend_side: L\n", encoding="utf-8")
    assert "L" == dialect(folder).lend_side


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("      preset: fix5\n", "no such preset 'fix5'; did you mean 'fix50sp2'?"),
        ("      preset: zzz\n", "cfets_like, fix44, fix50sp2"),
        ("      swap_sides: FAR\n", "this key is not known; did you mean 'swap_side'?"),
        ("      swap_side: LEFT\n", "'NEAR' or 'FAR'"),
        ("      near_tenor_tag: 0\n", "near_tenor_tag"),
        ("      near_tenor_tag: 6215x\n", "not a whole number"),
        ("      products: {SPOTS: [{}]}\n", "SPOTS"),
        ("      products: {SPOT: []}\n", "products.SPOT"),
        ("      products: {NDF: [{167: FOR}]}\n", "167=FOR is SPOT and NDF"),
        ("      swap_style: LEGS\n", "needs version FIX.5.0SP2"),
        ("      borrow_side: F\n", "lend_side and borrow_side are the same"),
        ("      settl_types: {3: M3}\n", "did you mean 3M?"),
        ("      version: FIX.4.2\n", "'FIX.4.4' or 'FIX.5.0SP2'"),
    ],
)
def test_a_mistake_is_told_with_its_place(folder: Path, lines: str, told: str) -> None:
    desk = spoken(folder, lines)
    with pytest.raises(ConfigurationError) as refused:
        load_settings(folder)
    assert str(refused.value).startswith(str(desk))
    assert told in str(refused.value)


def test_a_key_at_fault_is_told_with_its_line(folder: Path) -> None:
    desk = spoken(folder, "      swap_side: LEFT\n")
    line = desk.read_text(encoding="utf-8").splitlines().index("      swap_side: LEFT") + 1
    with pytest.raises(ConfigurationError, match=rf"desk\.yaml:{line}: venues\.0\.dialect"):
        load_settings(folder)


def test_a_mistake_in_an_own_preset_names_that_file(folder: Path) -> None:
    own = folder / "fix" / "dialects" / "bank_x.yaml"
    own.write_text("swap_side: FAR\nhaircut: 5\n", encoding="utf-8")
    spoken(folder, "      preset: bank_x\n")
    with pytest.raises(ConfigurationError, match=r"bank_x\.yaml:2: haircut: this key is not known"):
        load_settings(folder)


def test_the_venues_points_factors_are_filled_in_and_the_preset_counts_in_the_hash(
    folder: Path,
) -> None:
    before = load_settings(folder)
    own = folder / "fix" / "dialects" / "bank_x.yaml"
    own.write_text("points_unit: PIPS\n", encoding="utf-8")
    spoken(folder, "      preset: bank_x\n")
    settings = load_settings(folder)
    found = dialect_of(settings, "ALPHA")
    convention = settings.reference.conventions[CurrencyPair("USD/JPY")]
    assert convention.points_factor == found.points_factors[CurrencyPair("USD/JPY")]
    own.write_text("points_unit: PRICE\n", encoding="utf-8")
    assert 3 == len({before.hash, settings.hash, load_settings(folder).hash})
