"""What does a rule book cost in the core? One request, stepped, by 60 rules and by `two_way`.

    .venv/bin/python benchmarks/rules_step.py [--rules 60] [--requests 3000]

Two desks side by side get the same prices and requests, in turns, so that what else the machine
does hits both: the whole step (intake, market, facts, decision, limits, effects), processor time.
The last of the rules is the one that decides, after conditions on the market, the counterparty's
history, volatility, tables and schedules. Left out: journal, FIX. Beside it: the row of facts
alone, the decision alone, and one more price, whose second is kept because a rule asks about it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import machine

sys.path.insert(0, str(Path(__file__).parents[1]))

from robot.core.rule_facts import row_of
from robot.core.rule_view import View
from robot.core.state import Context
from robot.deals.product import ProductKind
from robot.messages.effects import SendQuote
from tests.kit.desk import Desk
from tests.kit.ruled import RulesDesk

HEAD = """\
book "many rules"
for spot in EUR/USD
table margin by tier and size:
         up to 1 mio   up to 5 mio   up to 10 mio
  gold   0.3 pip       0.5 pip       0.8 pip
  silver 0.5 pip       0.8 pip       1.2 pip
schedule payrolls is 2014-05-02 12:25 to 12:40 UTC
"""
RULES = (
    'rule "{0}" priority 100\n when market age > 9 s or market is crossed or fresh venues < 1\n'
    ' then pass "stale"',
    'rule "{0}" priority 50\n when now in payrolls and size <= 5 mio and not (tier is bronze or'
    " counterparty is BANK{0})\n then quote margin 3 x margin[tier, size]",
    'rule "{0}"\n when tier is gold and size <= 10 mio and hit ratio > 101 % and'
    " realised volatility[5 min] > {0} pip\n then quote margin margin[tier, size]",
    'rule "{0}"\n when position share > 99 % and requests[1 h] > 10{0}0 or side is lend\n'
    ' then pass "full"',
)
LAST = (
    'rule "last"\n when tier is gold and size between 500000 and 2 mio\n'
    " then quote margin margin[tier, size] skew -2 pip x position share\notherwise pass"
    ' "nothing"\n'
)
GOAL_US = 60.0


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=60)
    parser.add_argument("--requests", type=int, default=3_000)
    options = parser.parse_args()
    many = [RULES[number % len(RULES)].format(number + 1) for number in range(options.rules - 1)]
    wide = {"quotes_outstanding": 100, "messages_per_second": 100_000}
    by_rules = RulesDesk("\n".join([HEAD, *many, LAST]), limits=wide).ready()
    usual = Desk(limits=wide).open()
    times: dict[str, list[int]] = {"rules": [], "two_way": [], "rules price": [], "price": []}
    for number in range(options.requests):
        for name, desk in (("rules", by_rules), ("two_way", usual)):
            desk.after(400)
            price = "price" if name == "two_way" else "rules price"
            cents = number % 7
            times[price].append(timed(lambda d=desk, c=cents: d.market(f"1.1000{c}", f"1.1001{c}")))
            times[name].append(timed(lambda d=desk: d.rfq(1_000_000)))
            sent = desk.one(SendQuote)
            desk.end_rfq(quote=sent.quote_id)
            del desk.stepped[:], desk.history[:]
    facts, decide = alone(by_rules, options.requests)
    figures = {name: spread(found) for name, found in times.items()}
    answer = {
        "rules": options.rules,
        "facts": len(by_rules.engine._means.live.books.books[0].book.slots),  # type: ignore[union-attr]
        "step_us": figures,
        "row_of_facts_us": spread(facts),
        "decision_us": spread(decide),
        "decision_goal_us": GOAL_US,
        "rules_over_two_way": round(figures["rules"]["p50"] / figures["two_way"]["p50"], 2),
        "machine": machine(),
    }
    print(json.dumps(answer))


def alone(desk: RulesDesk, times: int) -> tuple[list[int], list[int]]:
    """Facts and decision of one request, each by itself."""
    desk.after(100).market()
    desk.rfq(1_000_000)
    means = desk.engine._means
    assert means is not None
    ready = means.live.books.books[0]
    request = next(iter(desk.state.negotiations.values()))
    context = Context(desk.state, means, desk.at_ns)
    market: Any = context.priced(request.terms)
    from robot.core.offering import basis

    facts: Any = basis(context, request)
    view = View(context, ProductKind.SPOT, "EUR/USD", 0.5, request, market, facts.facts)
    row = row_of(ready, view)
    rows = [timed(lambda: row_of(ready, view)) for _ in range(times)]
    return rows, [timed(lambda: ready.compiled.decide(row)) for _ in range(times)]


def timed(work: Callable[[], object]) -> int:
    """Processor time in nanoseconds."""
    begun = time.process_time_ns()
    work()
    return time.process_time_ns() - begun


def spread(nanoseconds: list[int]) -> dict[str, float]:
    """Median and 99th percentile, in microseconds."""
    values = sorted(nanoseconds)
    worst = values[int(len(values) * 0.99)]
    return {"p50": round(statistics.median(values) / 1e3, 1), "p99": round(worst / 1e3, 1)}


if __name__ == "__main__":
    main()
