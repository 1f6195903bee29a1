"""A proposal as a game file: the trader's own with other numbers, or a new one; with what differs.

Only the numbers of the `quote` section and the version are others. Nothing is put in force: the
file goes the way of every version (docs/releases.md).
"""

from __future__ import annotations

import difflib
import io
from collections.abc import MutableMapping
from decimal import Decimal
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from backtest.games.calibrating import Calibrated
from backtest.games.calibrating_loans import LoansCalibrated
from backtest.games.calibrating_more import More
from backtest.games.calibrating_win import Winning
from backtest.games.numbers import Numbers, bp_of
from robot.errors import RobotError
from strategies.games.desk.file import read_game
from strategies.games.desk.terms import Quoting

_WIDE = 4_096


def proposal_text(found: Calibrated, numbers: Numbers | None) -> tuple[str, str]:
    """The text of the file, and how it differs from the trader's, line by line."""
    given = numbers if numbers is not None and numbers.game is not None else None
    before = given.text if given is not None else ""
    data = _new(found) if given is None else _loaded(before)
    quoting = given.game.quoting if given is not None and given.game is not None else None
    _put(data["quote"], found, quoting)
    if given is not None:
        data["game"]["version"] = _next(str(data["game"].get("version", "1")))
    name = given.file if given is not None else "nothing"
    return _dumped(_head(found), data, before, name)


def loans_text(found: LoansCalibrated, numbers: Numbers | None) -> tuple[str, str]:
    """The same of loans: margins by tier."""
    report, given = found.report, numbers
    before = given.text if given is not None else ""
    data = _loaded(before) if given is not None else _new_loans(found)
    margins = data["quote"].setdefault("margin", CommentedMap())
    assert isinstance(margins, MutableMapping), "it was read as a table before"
    for name, margin in zip(found.of.tiers, found.margins, strict=True):
        margins[name] = f"{_text(margin, 3)} bp"
    if given is not None:
        data["game"]["version"] = _next(str(data["game"].get("version", "1")))
    head = (
        f"# Margins proposed by `fxrobot games calibrate` from {report.requests} requests of\n"
        f"# {Path(report.place).name}, sha256 {report.digest[:16]}: {report.proposed.share:.1%} of "
        "the best there is.\n"
    )
    return _dumped(head, data, before, given.file if given is not None else "nothing")


def _new_loans(found: LoansCalibrated) -> CommentedMap:
    report = found.report
    kind = report.product.lower()
    head = CommentedMap({"name": f"{report.currency} {kind} quotes", "kind": "quote", "version": 1})
    meant = CommentedMap({"role": "maker", "product": kind, "currency": report.currency})
    return CommentedMap({"game": head, "applies": meant, "quote": CommentedMap()})


def _dumped(head: str, data: CommentedMap, before: str, name: str) -> tuple[str, str]:
    """As text that reads as a game, and what differs line by line."""
    out = io.StringIO()
    _yaml().dump(data, out)
    text = head + out.getvalue()
    read_game(text, "proposal")
    lines = difflib.unified_diff(
        before.splitlines(), text.splitlines(), name, "proposed", lineterm="", n=2
    )
    return text, "\n".join(lines)


def write_proposal(path: Path, text: str) -> None:
    """A new file; one that is there is not written over."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise RobotError(f"{path}: is there already, and is not written over") from None
    except OSError as problem:
        raise RobotError(f"{path}: cannot be written: {problem.strerror}") from problem


def _head(found: Calibrated) -> str:
    report = found.report
    band = _text(found.made.proposed.hedge.comfortable, 2)
    return (
        f"# Numbers proposed by `fxrobot games calibrate` from {report.requests} requests of\n"
        f"# {Path(report.place).name}, sha256 {report.digest[:16]}: {report.proposed.share:.1%} of "
        f"the best there is.\n# Hedge band with it: {band}m (in a game of kind hedge).\n"
    )


def _new(found: Calibrated) -> CommentedMap:
    return CommentedMap(
        {
            "game": CommentedMap(
                {"name": f"{found.of.pair} quotes", "kind": "quote", "version": 1}
            ),
            "applies": CommentedMap(
                {"role": "maker", "product": str(found.of.product).lower(), "pair": found.of.pair}
            ),
            "quote": CommentedMap(),
        }
    )


def _loaded(text: str) -> CommentedMap:
    data = _yaml().load(text)
    assert isinstance(data, CommentedMap), "it was read as a game before"
    return data


def _put(quote: MutableMapping[str, object], found: Calibrated, quoting: Quoting | None) -> None:
    """The proposed numbers in the units of the file."""
    proposed = found.made.proposed
    pips = quoting is not None and any(far.unit == "pip" for far in quoting.margins.values())
    by = bp_of(quoting, found.of.pip_bp) if quoting is not None else 1.0
    unit = "pips" if pips else "bp"
    margins = quote.setdefault("margin", CommentedMap())
    assert isinstance(margins, MutableMapping), "it was read as a table before"
    for name, margin in zip(found.of.tiers, proposed.margins, strict=True):
        margins[name] = f"{_text(margin / by, 3)} {unit}"
    steps = {
        f"over {_text(one.above, 4)}m": f"{_text(one.add / by, 3)} {unit}" for one in proposed.steps
    }
    if steps:
        quote["by size"] = CommentedMap(steps)
    else:
        quote.pop("by size", None)
    quote["lean"] = f"{_text(proposed.lean / by, 2)} {unit} per 1m"
    quote["lean at most"] = f"{_text(proposed.lean_max / by, 2)} {unit}"
    if quoting is not None and quoting.win is not None:
        _put_win(quote["win"], found.more.win, by, unit)
    if quoting is not None and quoting.guard is not None:
        _put_guard(quote["guard"], found.more, by, unit)


def _put_win(win: object, proposed: Winning, by: float, unit: str) -> None:
    """Target and margins of one quote among several."""
    assert isinstance(win, MutableMapping), "it was read as a table before"
    least, most = (round(100 * one) for one in proposed.target)
    win["target"] = f"{least} % to {most} %"
    win["least margin"] = f"{_text(proposed.least / by, 3)} {unit}"
    win["most margin"] = f"{_text(proposed.most / by, 3)} {unit}"


def _put_guard(guard: object, more: More, by: float, unit: str) -> None:
    """Surcharges of those from whom more is lost than chance explains; others stay as they are. One
    cost for everybody stays, too: beside it no names can stand.
    """
    assert isinstance(guard, MutableMapping), "it was read as a table before"
    costs = guard.setdefault("costs", CommentedMap()) if more.costs else None
    if isinstance(costs, MutableMapping):
        for name, far in more.costs.items():
            costs[name] = f"{_text(far / by, 3)} {unit}"
        guard["at most"] = f"{_text(more.most / by, 3)} {unit}"
    if more.error:
        guard["error of our middle"] = f"{_text(more.error / by, 2)} {unit}"


def _text(value: float, digits: int) -> str:
    """So many digits that count, without an exponent."""
    exact = Decimal(f"{value:.{digits - 1}e}")
    return f"{exact.normalize():f}" if exact else "0"


def _next(version: str) -> int | str:
    return int(version) + 1 if version.isdigit() else f"{version} calibrated"


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = _WIDE
    yaml.preserve_quotes = True
    return yaml
