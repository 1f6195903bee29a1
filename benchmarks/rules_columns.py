"""How many row-conditions a second does a rule book of 60 rules get through over columns?

    .venv/bin/python benchmarks/rules_columns.py [--rows 1000000] [--runs 5] [--vectors 8]

A row-condition is one test of one rule for one row: a comparison, `between`, `one of`, a schedule,
`is known`, or a fact that is a truth, as often as the book says it. Two counts: `asked`, what one
who looks at a row rule by rule would ask until one fires, counted on a sample of the rows; `said`,
all tests of the book for every row. The goal is held against `asked`, the smaller. Deciding and the
values of the actions are in the time, making the columns is not. A sweep decides for several values
of a parameter over the same columns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter

import numpy as np
from bench import machine
from typical_book import typical_book, typical_columns, typical_rows

from backtest.columns import Columns
from backtest.rule_columns import ColumnBook, Decisions
from robot.rules import oracle
from robot.rules.tree import (
    And,
    Between,
    Book,
    Compare,
    Expression,
    FactRef,
    InSchedule,
    Known,
    Not,
    OneOf,
    Or,
)
from robot.rules.types import TRUTH

GOAL = 20e6
SAMPLE = 2_000


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--vectors", type=int, default=8, help="values of parameters in a sweep")
    options = parser.parse_args()
    book = typical_book()
    ready = ColumnBook(book)
    columns = typical_columns(book, options.rows)
    found = ready.decide(columns)
    seconds = [_seconds(ready, columns) for _ in range(options.runs)]
    taken = statistics.median(seconds)
    asked = _asked(book, typical_rows(book, min(SAMPLE, options.rows)))
    said = sum(_tests(rule.when) for rule in book.rules)
    own = [parameter.value for parameter in book.parameters]
    vectors = [[own[0] + 1_000 * n, *own[1:]] for n in range(options.vectors)]
    start = time.process_time()
    ready.sweep(columns, vectors)
    swept = time.process_time() - start
    print(
        json.dumps(
            {
                "rules": len(book.rules),
                "rows": options.rows,
                "conditions_said": said,
                "conditions_asked_per_row": round(asked, 1),
                "median_s": round(taken, 3),
                "rows_per_s": round(options.rows / taken),
                "asked_per_s": round(options.rows * asked / taken),
                "said_per_s": round(options.rows * said / taken),
                "goal_per_s": GOAL,
                "reached": options.rows * asked / taken >= GOAL,
                "sweep": {"vectors": options.vectors, "seconds": round(swept, 3)},
                "decided_by": _shares(found),
                "clock": "processor",
                "machine": machine(),
            }
        )
    )


def _seconds(ready: ColumnBook, columns: Columns) -> float:
    """Of the one thread that runs: processor time, because others may use the machine."""
    start = time.process_time()
    ready.decide(columns)
    return time.process_time() - start


def _shares(found: Decisions) -> dict[str, float]:
    """The rules that decide most, and how many decide at all."""
    counts = Counter(dict(enumerate(np.bincount(found.rule).tolist())))
    rows = len(found.rule)
    most = {found.rules[n].name: round(count / rows, 3) for n, count in counts.most_common(5)}
    refused = round(float(found.refused.mean()), 3)
    return {**most, "rules that decide": sum(c > 0 for c in counts.values()), "refused": refused}


def _tests(condition: Expression | None) -> int:
    """Tests of a condition as the book says it."""
    if isinstance(condition, And | Or):
        return sum(_tests(part) for part in condition.parts)
    if isinstance(condition, Not):
        return _tests(condition.part)
    return int(_is_test(condition))


def _is_test(part: Expression | None) -> bool:
    if isinstance(part, FactRef):
        return part.type == TRUTH
    return isinstance(part, Compare | Between | OneOf | InSchedule | Known)


def _asked(book: Book, rows: list[oracle.Row]) -> float:
    """Tests for one row, in the mean, of one who stops as soon as the answer is clear."""
    return sum(_asked_of(book, row) for row in rows) / len(rows)


def _asked_of(book: Book, row: oracle.Row) -> int:
    asked = 0
    for rule in oracle.by_order(book):
        fires, tests = _until_clear(book, rule.when, row)
        asked += tests
        if fires is True:
            break
    return asked


def _until_clear(book: Book, part: Expression | None, row: oracle.Row) -> tuple[bool | None, int]:
    """Whether it holds, and how many tests that took."""
    if isinstance(part, And | Or):
        asked = 0
        for inner in part.parts:
            found, tests = _until_clear(book, inner, row)
            asked += tests
            if found is isinstance(part, Or) or (found is None and isinstance(part, And)):
                break
        return oracle.truth(book, part, row), asked
    if isinstance(part, Not):
        found, tests = _until_clear(book, part.part, row)
        return None if found is None else not found, tests
    return oracle.truth(book, part, row), int(_is_test(part))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
