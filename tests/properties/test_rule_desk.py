"""Random rule books as the strategy of a desk: nothing they say stops the core, and the record of a
decision is enough to come to it again.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from robot.core.rule_books import book_problems
from robot.core.state import restore, snapshot, state_hash
from robot.deals.reference import RuleFile, StrategyChoice
from robot.invariants import check_state
from robot.messages.effects import Decided, RefuseRfq, SendQuote
from robot.messages.hosting import AskPerson
from robot.rules import oracle
from tests.kit.products import desk_of_all_products
from tests.kit.rule_books import book_of, rule_texts
from tests.kit.ruled import rules

FEW = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
ASKED: tuple[dict[str, Any], ...] = (
    {},
    {"side": "buy", "amount": 3_000_000},
    {"pair": "USD/CNY", "side": "sell"},
    {"product": "FORWARD", "tenor": "1M"},
    {"product": "SWAP", "far_tenor": "1M"},
    {"pair": "USD/CNY", "product": "NDF", "tenor": "1M"},
    {"pair": "CNY", "product": "DEPOSIT", "far_tenor": "1W"},
    {"pair": "USD", "product": "DEPOSIT", "far_tenor": "1M", "side": "buy"},
)


@FEW
@given(rule_texts(), st.lists(st.integers(0, len(ASKED) - 1), min_size=1, max_size=6))
def test_whatever_a_book_says_every_request_is_answered_once(text: str, asked: list[int]) -> None:
    files = (RuleFile(file="eur.rules", text=text),)
    choice = StrategyChoice(name="book", version="1", parameters={}, rules=files)
    assume(not book_problems(choice))
    desk = desk_of_all_products(strategy=rules(text))
    book = book_of(text)
    for number in asked:
        desk.after(300).market("1.10000", "1.10010")
        effects = desk.rfq(**{"amount": 1_000_000, **ASKED[number]})
        check_state(desk.state)
        answers = [one for one in effects if isinstance(one, SendQuote | RefuseRfq | AskPerson)]
        assert len(answers) == 1, "a price, a refusal, or a question to a person"
        for decided in effects:
            if isinstance(decided, Decided) and decided.kind == "RFQ" and decided.row:
                again = oracle.decide(book, decided.row)
                assert decided.facts["rule"] == again.rule
        desk.pass_time(31_000)
        check_state(desk.state)
    assert state_hash(restore(snapshot(desk.state))) == state_hash(desk.state)
