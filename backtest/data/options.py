"""Options of `fxrobot data import` as they are typed, made into a wish; errors name the option."""

from __future__ import annotations

import difflib
from decimal import Decimal, InvalidOperation
from pathlib import Path

from backtest.data.columns import Kind
from backtest.data.layouts import parse_columns
from backtest.data.moments import Fold
from backtest.data.periods import parse_period
from backtest.data.wishes import Wish
from robot.errors import RobotError


def of_several(files: list[Path], done: int) -> str:
    """What became of the other files of one command when one is refused."""
    if len(files) == 1:
        return ""
    names = [str(file) for file in files]
    told = [f"{names[done]} is file {done + 1} of {len(files)}"]
    if done:
        told.append(f"in the store are {', '.join(names[:done])}")
    if rest := names[done + 1 :]:
        told.append(f"not looked at: {', '.join(rest)}")
    again = "the same command again passes over what is in the store" if done else ""
    return "\n" + "; ".join([*told, again] if again else told)


def wish_of(
    *,
    kind: str,
    fold: str,
    columns: str,
    no_header: bool,
    na: list[str],
    size_unit: str,
    round_to: str,
    one_sided: bool,
    bar_time: str,
    outcomes: str,
    lengths: tuple[str, str, str],
    venue: str,
    pair: str,
    zone: str,
    time_format: str,
    separator: str,
    decimal_comma: bool,
    bar_side: str,
    bar_period: str,
    sides: str,
    replace: bool,
    source: str,
    licence: str,
) -> Wish:

    disorder, crossed_max, gap = (
        length_of(option, text)
        for option, text in zip(("--disorder", "--crossed-max", "--gap"), lengths, strict=True)
    )
    return Wish(
        kind=Kind(one_of("--kind", kind, list(Kind))) if kind else None,
        fold=Fold(one_of("--fold", fold, list(Fold))) if fold else None,
        columns=parse_columns(columns),
        header=not no_header,
        missing=frozenset(na),
        size_unit=_number("--size-unit", size_unit, "a whole number, as 1000000"),
        round_to=_number("--round-to", round_to, "as 0.00001") if round_to else None,
        one_sided=one_sided,
        bars_at_end=one_of("--bar-time", bar_time, ["start", "end"]) == "end",
        outcomes=parse_columns(outcomes, "--outcomes", "won=DEALT,lost=PASSED"),
        disorder_ns=disorder,
        crossed_max_ns=crossed_max,
        gap_ns=gap,
        venue=venue,
        pair=pair,
        zone=zone,
        time_format=time_format,
        separator="\t" if separator == "\\t" else separator,
        decimal_comma=decimal_comma,
        bar_side=bar_side,
        bar_period=bar_period,
        sides=sides,
        replace=replace,
        source=source,
        licence=licence,
    )


def length_of(option: str, text: str) -> int:
    """Nanoseconds; -1 = any."""

    if text == "any" and option != "--gap":
        return -1
    if option == "--disorder" and text in ("0", "0s"):
        return 0
    try:
        return parse_period(text)
    except RobotError as problem:
        also = " or any" if option != "--gap" else ""
        raise RobotError(f"{option} {problem}{also}") from None


def _number(option: str, text: str, how: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise RobotError(f"{option} {text}: {how}") from None


def one_of(option: str, text: str, words: list[str]) -> str:
    if text not in words:
        near = difflib.get_close_matches(text, words, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise RobotError(f"{option} {text}: one of {', '.join(words)}{hint}")
    return text
