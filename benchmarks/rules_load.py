"""How long does it take to load a rule book of 2,000 rules?

    .venv/bin/python benchmarks/rules_load.py [--rules 2000] [--loads 7]

From text to checked tree, types, tables and all: the first load of a process, in which the grammar
is made ready, and the median of the next ones; processor time beside the clock's, because others
may use the machine. Then what `fxrobot rules check` adds: dead and shadowed rules, unused names.
Left out: reading the file, compiling the book.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

from bench import machine

from robot.rules.check import load
from robot.rules.findings import findings
from robot.rules.tree import Book

HEAD = """\
book "many rules"
for spot in EUR/USD, GBP/USD
parameter base margin = 0.4 pip, between 0.1 pip and 2 pip
table margin by tier and size:
         up to 1 mio   up to 5 mio   up to 10 mio
  gold   0.3 pip       0.5 pip       0.8 pip
  silver 0.5 pip       0.8 pip       1.2 pip
schedule payrolls is 2026-12-04 13:25 to 13:40 UTC
"""
RULES = (
    """\
rule "{0}" priority 100
  when market age > 500 ms or market is crossed or fresh venues < 2
  then pass "market is stale"
""",
    """\
rule "{0}" priority 50
  when now in payrolls and size <= 5 mio and not (tier is bronze or counterparty is BANK{0})
  then quote margin larger of 3 x margin[tier, size] and 2 x base margin valid 2 s
""",
    """\
rule "{0}"
  when tier is gold and size <= 10 mio and our hit ratio with counterparty < 60 %
    and realised volatility[5 min] < 3 pip and group is GROUP{0}
  then quote margin margin[tier, size] skew -0.2 pip x position share valid 5 s
""",
    """\
规则 “{0}”
  当 等级 是 silver 且 金额 介于 100万 和 {0}千 且 行情时长 <= 300 毫秒
  则 报价 点差 margin[等级, 金额] + 0.1 点 有效 5 秒 且 提醒 “第 {0} 条”
""",
)
GOAL_S = 1.0


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=2_000)
    parser.add_argument("--loads", type=int, default=7, help="after the first")
    options = parser.parse_args()
    text = HEAD + "".join(
        RULES[number % len(RULES)].format(number + 2_000) for number in range(options.rules)
    )
    first = seconds(text, options.rules)
    others = [seconds(text, options.rules) for _ in range(options.loads)]
    book = load(text, "many.rules")
    assert isinstance(book, Book)
    begun = time.process_time()
    findings(book)
    checked = time.process_time() - begun
    clock = statistics.median(wall for wall, _ in others)
    print(
        json.dumps(
            {
                "rules": options.rules,
                "characters": len(text),
                "first_s": {"clock": round(first[0], 3), "processor": round(first[1], 3)},
                "median_s": {
                    "clock": round(clock, 3),
                    "processor": round(statistics.median(cpu for _, cpu in others), 3),
                },
                "findings_processor_s": round(checked, 3),
                "goal_s": GOAL_S,
                "reached": first[0] <= GOAL_S,
                "machine": machine(),
            }
        )
    )


def seconds(text: str, rules: int) -> tuple[float, float]:
    """One load, by the clock and by the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    book = load(text, "many.rules")
    taken = time.perf_counter() - wall, time.process_time() - cpu
    assert isinstance(book, Book), [problem.shown("many.rules") for problem in book][:3]
    assert len(book.rules) == rules
    return taken


if __name__ == "__main__":
    main()
