"""`fxrobot sim venue`: every bad option is one clear line and exit code 2, before it listens."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors.sim.cli import app

BAD: list[tuple[list[str], str]] = [
    (["--ticks", "{folder}/alpha_eurusd.csv"], "cannot be read"),
    (["--ticks", "{folder}/alpha_xxxyyy.csv"], "unknown pair"),
    (["--pairs", "EUR/XTS"], "--pairs"),
    (["--pairs", "EUR/ISK"], "no reference rate"),
    (["--speed", "fast"], "--speed"),
    (["--speed", "nan"], "--speed"),
    (["--hit-ratio", "0.5"], "--hit-ratio"),
    (["--start", "yesterday"], "--start"),
    (["--halt", "GAMMA:1:1"], "no venue GAMMA"),
    (["--dictionary", "{folder}/none.xml"], "no such FIX dictionary"),
    (["--venue", "A/B"], "--venue"),
    (["--products", "spot,options"], "'options' is no product"),
    (["--products", ""], "is no product"),
    (["--products", "ndf", "--venue", "CFETS"], "CFETS (cfets_like) deals none of them"),
    (["--dialect", "ALPHA:fix43"], "VENUE:NAME"),
    (["--dialect", "fix44"], "VENUE:NAME"),
    (["--dialect", "GAMMA:fix44"], "no venue GAMMA"),
    (["--makers", "LPA=odd"], "no style 'odd'"),
    (["--halt-every", "60"], "--halt-every '60'"),
    (["--stream-mischief", "late=1"], "--stream-mischief 'late=1'"),
    (["--trade-mischief", "bust=2"], "--trade-mischief 'bust=2'"),
    (["--behaviour", "far_before_near"], "--behaviour far_before_near"),
]


@pytest.mark.parametrize(("options", "words"), BAD, ids=[words for _, words in BAD])
def test_bad_options_end_with_one_line_and_exit_code_2(
    tmp_path: Path, options: list[str], words: str
) -> None:
    arguments = [option.format(folder=tmp_path) for option in options]

    result = CliRunner().invoke(app, ["venue", *arguments])

    assert 2 == result.exit_code
    assert 1 == result.stderr.count("\n")
    assert words in result.stderr
    assert "" == result.stdout
