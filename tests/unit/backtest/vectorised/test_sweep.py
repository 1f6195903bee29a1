"""What a sweep is of, and what is refused before anything is tried. Sweeps: `tests/research`."""

from __future__ import annotations

from pathlib import Path

import pytest

from backtest.vectorised import cli
from backtest.vectorised.facts import looks_of
from backtest.vectorised.sweep import sweep
from robot.errors import ConfigurationError
from robot.rules.moments import holds
from tests.kit.backtests import ruled_desk, small_config
from tests.kit.rule_books import book_of

S = 1_000_000_000
HEAD = 'book "b"\nfor spot in EUR/USD\nevery 5 s'
TAIL = "\nparameter clip = 1 mio, between 1 mio and 5 mio\nrule 'a' then buy clip at offer\n"
BOOK = (HEAD + TAIL).replace("'", '"')


def test_a_book_looks_at_whole_intervals_within_its_schedule() -> None:
    book = book_of(
        'book "b"\nfor spot in EUR/USD\nevery 10 min during day\n'
        'schedule day is Mon to Fri 08:00 to 09:00 UTC\nrule "a" then buy 1 mio at offer\n'
    )
    begin = 1_792_569_600 * S - 3_600 * S  # 2026-10-21T07:00Z
    found = looks_of(book, begin + 90 * S, begin + 3 * 3_600 * S)
    assert [(at_ns - begin) // (60 * S) for at_ns in found.tolist()] == [60, 70, 80, 90, 100, 110]
    assert all(holds(book.schedules[0], at_ns // 1_000_000) for at_ns in found.tolist())


@pytest.mark.parametrize(
    ("text", "changes", "message"),
    [
        (BOOK, {"venues": ["ALPHA", "BETA"]}, r"one pair at one venue \(venues: ALPHA, BETA;"),
        (BOOK, {"pairs": []}, r"pairs: all\): name one of each"),
        (BOOK, {"pairs": ["GBP/USD"]}, "moves.rules: is not for spot in GBP/USD"),
        (BOOK.replace("clip", "clap"), {}, "no parameter 'clip'; did you mean 'clap'"),
        (
            'book "b"\nfor spot in EUR/USD\nparameter clip = 1 pip, between 0 pip and 9 pip\n'
            'rule "a" then quote margin clip\n',
            {},
            r"moves.rules: answers requests; .*every 1 min",
        ),
    ],
    ids=["two venues", "no pair", "another pair", "no parameter", "answers"],
)
def test_what_cannot_be_swept_is_refused(
    tmp_path: Path, text: str, changes: dict[str, object], message: str
) -> None:
    desk = ruled_desk(tmp_path / "desk", text)
    config = small_config(
        3, **{"desk": desk, "venues": ["ALPHA"], "flow": {"mode": "none"}, **changes}
    )
    with pytest.raises(ConfigurationError, match=message):
        sweep(config, {"clip": ["2 mio"] if "mio" in text else ["1 pip"]})


def test_without_vectorbt_the_command_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cli, "find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match="make research, then build/research/bin/fxrobot"):
        cli.sweep_parameters(tmp_path, ["trigger=1 pip"])
