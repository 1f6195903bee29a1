"""Rule books as the desk's strategy: what they say is done, and nothing beyond what is allowed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from robot.basics.ids import CounterpartyId
from robot.core.rule_books import Getter, book_problems
from robot.core.rule_facts import MAKERS
from robot.core.state import restore, snapshot, state_hash
from robot.deals.reference import RuleFile
from robot.errors import ConfigurationError
from robot.messages.effects import (
    AlertRaised,
    Decided,
    RefuseRfq,
    SendMassQuote,
    SendQuote,
    WithdrawQuote,
)
from robot.messages.governing import Agreed, ReferenceChanged
from robot.messages.hosting import AskHost, AskPerson, HostChanged, HostDecided
from robot.strategy import Decision
from tests.kit.desk import Desk, encoded, refusal
from tests.kit.products import desk_of_all_products
from tests.kit.ruled import FILE, RulesDesk, book, rules

GOLD = "gold: tier is gold then quote margin 0.5 pip"


def test_a_rule_quotes_around_the_mid_and_says_why() -> None:
    desk = RulesDesk(book(GOLD)).ready()
    desk.rfq(1_000_000)
    quote = desk.one(SendQuote)
    assert (quote.bid, quote.offer) == (Decimal("1.10000"), Decimal("1.10010"))
    decided = desk.decided
    assert decided.because[0] == f'rule "gold" ({FILE}:5): quote margin 0.5 pip'
    assert decided.facts["tier"] == "gold"
    assert decided.facts["rule"] == "gold"
    assert decided.facts["rule_line"] == "5"
    assert decided.row == ("gold", 100_000)
    assert decided.strategy == "book 1"


def test_skew_size_validity_and_side_are_the_rules_own() -> None:
    desk = RulesDesk(
        book(
            "sell: size <= 2 mio then quote margin 0.5 pip skew -0.2 pip up to 3 mio valid 1 s",
            "large: size <= 10 mio then quote margin 1 pip up to 5 mio bid only",
        )
    ).ready()
    desk.rfq(1_000_000)
    quote = desk.one(SendQuote)
    assert (quote.bid, quote.offer) == (Decimal("1.09998"), Decimal("1.10008"))
    assert quote.valid_until_ns == desk.at_ns + 1_000_000_000
    desk.rfq(4_000_000)
    one_sided = desk.one(SendQuote)
    assert (one_sided.bid, one_sided.offer) == (Decimal("1.09995"), None)
    desk.rfq(4_000_000, side="buy")
    assert refusal(desk) == "STRATEGY_PASSED"
    desk.rfq(8_000_000)
    assert "is over the 5,000,000 that are quoted" in desk.one(RefuseRfq).detail


def test_a_hit_on_the_side_that_was_not_quoted_makes_no_deal() -> None:
    desk = RulesDesk(book("bid: always then quote margin 1 pip bid only")).ready()
    desk.hit(desk.quoted(), "buy")
    assert refusal(desk) == "QUOTE_MISMATCH"


def test_what_no_rule_and_no_book_answers_is_passed() -> None:
    desk = RulesDesk(book(GOLD)).ready()
    desk.rfq(client="BANKC")
    assert desk.one(RefuseRfq).detail == "no rule for this"
    assert desk.decided.because == (f"otherwise ({FILE}:8): pass, no rule for this",)
    desk.market(pair="EUR/GBP")
    desk.rfq(pair="EUR/GBP")
    assert desk.one(RefuseRfq).detail == "not in this book"
    assert refusal(desk) == "STRATEGY_PASSED"


def test_what_is_not_known_is_a_refusal_that_names_it() -> None:
    desk = RulesDesk(
        book(
            "new: always then quote margin 1 pip x hit ratio",
            head='book "t"\nfor spot in EUR/USD\n',
        )
    ).ready()
    desk.rfq()
    assert "hit ratio is not known" in desk.one(RefuseRfq).detail


def test_the_gate_refuses_what_a_rule_would_give_away() -> None:
    desk = RulesDesk(book("far: always then quote margin 1 pip around 1.2000")).ready()
    desk.rfq()
    assert refusal(desk) == "PRICE_COLLAR"
    assert desk.decided.because[0].startswith('rule "far"')


def test_an_alert_goes_with_a_request_and_not_with_every_price_of_a_stream() -> None:
    desk = RulesDesk(book('gold: tier is gold then quote margin 0.5 pip and alert "look"')).ready()
    desk.rfq(stream_s=10)
    assert "look (rule 'gold'" in desk.one(AlertRaised).text
    desk.after(500).market("1.10020", "1.10030")
    assert desk.one(SendQuote).bid == Decimal("1.10020")
    assert not desk.all(AlertRaised)


def test_a_rule_hands_a_request_to_a_strategy_of_the_core() -> None:
    usual = Desk().reference.strategy
    hand = {"factory": usual.factory, "parameters": usual.parameters}
    text = book("usual: tier is gold then hand to strategy usual")
    desk = RulesDesk(text, more={"hands": {"usual": hand}}).ready()
    desk.rfq(1_000_000)
    quote = desk.one(SendQuote)
    assert (quote.bid, quote.offer) == (Decimal("1.10003"), Decimal("1.10007"))
    assert desk.decided.because[0] == f'rule "usual" ({FILE}:5): hand to usual'
    assert any("margin 0.2 pips" in line for line in desk.decided.because)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("a: tier is golden nonsense then pass", "eur.rules:6:"),
        ('a: banks asked > 3 then pass "x"', "'banks asked' is not available: no venue's message"),
        ("a: always then counter 1.1", "how far may it go? add `no worse than"),
        ("a: always then hand to strategy spare", "no strategy 'spare' is under strategy.hands"),
    ],
)
def test_a_book_that_cannot_be_carried_out_is_never_in_force(rule: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=r"eur\.rules") as wrong:
        RulesDesk(book(rule)).start()
    assert told in str(wrong.value)


def test_a_fact_that_fails_is_a_refusal_and_an_alert_never_a_price(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> Getter:
        def get(view: object) -> None:
            raise ZeroDivisionError("no such thing")

        return get

    monkeypatch.setitem(MAKERS, "tier", broken)
    desk = RulesDesk(book(GOLD)).ready()
    desk.rfq()
    assert refusal(desk) == "STRATEGY_FAILED"
    assert desk.alerts == ["STRATEGY_FAILED"]


# --- a person is asked

PERSON = 'large: size > 5 mio then ask a person "over 5 mio" within 20 s'


def asked() -> RulesDesk:
    desk = RulesDesk(book(PERSON, GOLD)).ready()
    desk.rfq(6_000_000)
    return desk


def test_a_request_waits_for_a_person_who_quotes_it() -> None:
    desk = asked()
    question = desk.one(AskPerson)
    assert (question.reason, question.due_ns) == ("over 5 mio", desk.at_ns + 20_000_000_000)
    assert not desk.all(SendQuote) and not desk.all(RefuseRfq)
    desk.after(5_000).market("1.10000", "1.10010")
    desk.answer("1.09990", "1.10020")
    quote = desk.one(SendQuote)
    assert (quote.bid, quote.offer) == (Decimal("1.09990"), Decimal("1.10020"))
    assert desk.decided.because[-1] == "quoted by ann: as the test says"
    assert desk.decided.facts["rule"] == "large"
    desk.hit(quote.quote_id, "buy", 6_000_000)
    assert desk.state.ledger.net_position("EUR") == -6_000_000


def test_a_person_passes_and_silence_passes() -> None:
    desk = asked()
    desk.answer(passed=True)
    assert desk.one(RefuseRfq).detail == "ann passes: as the test says"
    desk = asked()
    desk.pass_time(19_999)
    assert not desk.effects
    desk.pass_time(2)
    assert desk.one(RefuseRfq).detail == "nobody answered within 20 s: over 5 mio"
    assert not desk.state.rules.persons and not desk.state.negotiations
    desk.answer("1.09990", "1.10020")
    assert desk.alerts[-1] == "ANSWER_REFUSED" and not desk.all(SendQuote)


@pytest.mark.parametrize(
    "prices", [("1.1", None), ("1.2", "1.1"), ("1.100001", "1.2"), (None, None)]
)
def test_a_slip_of_the_finger_is_told_and_the_request_goes_on_waiting(
    prices: tuple[str | None, str | None],
) -> None:
    desk = asked()
    desk.answer(*prices)
    assert desk.alerts[-1] == "ANSWER_REFUSED"
    desk.answer("1.09990", "1.10020")
    assert desk.one(SendQuote)


def test_a_persons_price_passes_the_same_checks() -> None:
    desk = asked()
    desk.answer("1.00000", "1.20000")
    assert refusal(desk) == "PRICE_COLLAR"
    desk = asked()
    desk.after(3_000).answer("1.09990", "1.10020")
    assert refusal(desk) == "STALE_MARKET"
    desk = asked()
    desk.kill()
    desk.answer("1.09990", "1.10020")
    assert refusal(desk) == "KILL_SWITCH"


def test_a_client_who_leaves_waits_no_more() -> None:
    desk = asked()
    desk.end_rfq(request="R1")
    desk.answer("1.09990", "1.10020")
    assert desk.alerts[-1] == "ANSWER_REFUSED"
    desk.pass_time(30_000)
    assert not desk.state.rules.persons


# --- change, restart, replay


def changed(text: str, number: int = 1) -> ReferenceChanged:
    strategy = RulesDesk(text).reference.strategy
    agreed = Agreed(
        proposal=number,
        approval=number,
        proposer="ann",
        approver="bob",
        content_hash="0" * 64,
        proposed_ns=1,
        approved_ns=2,
    )
    return ReferenceChanged(kind="STRATEGY", agreed=agreed, strategy=strategy)


def test_a_changed_book_takes_effect_between_turns_and_what_is_open_is_withdrawn() -> None:
    desk = RulesDesk(book(GOLD)).ready()
    desk.quoted()
    desk.step(changed(book("gold: tier is gold then quote margin 2 pip")))
    assert desk.one(WithdrawQuote).reason == "REFERENCE_CHANGED"
    desk.rfq()
    assert desk.one(SendQuote).bid == Decimal("1.09985")


def test_a_version_that_does_not_compile_never_replaces_a_good_one() -> None:
    desk = RulesDesk(book(GOLD)).ready()
    quote = desk.quoted()
    desk.step(changed(book("gold: tier is gold then quote margin 2 pips and pass")))
    assert desk.one(AlertRaised).code == "REFERENCE_NOT_APPLIED"
    assert FILE in desk.one(AlertRaised).text
    assert quote in desk.state.quotes, "what was quoted stands"
    desk.rfq()
    assert desk.one(SendQuote).bid == Decimal("1.10000")


def test_a_day_by_rules_is_the_same_again_and_from_a_snapshot() -> None:
    text = book(
        PERSON,
        "calm: requests[1 h] < 4 and realised volatility[1 min] is missing"
        " then quote margin 0.5 pip",
        "gold: tier is gold and hit ratio > 10 % then quote margin 0.4 pip",
    )
    desk = RulesDesk(text).ready()
    for number in range(6):
        desk.after(700).market(f"1.1000{number}", f"1.1001{number}")
        desk.hit(desk.quoted(client="BANKA"), "buy")
        desk.rfq(6_000_000, client="BANKB")
    desk.answer("1.09990", "1.10020")
    again = RulesDesk(text)
    for stamped in desk.stepped:
        again.engine.step(stamped)
    assert state_hash(again.state) == state_hash(desk.state)
    half = RulesDesk(text)
    for stamped in desk.stepped[:20]:
        half.engine.step(stamped)
    half.engine = type(half.engine)(half.engine._load_strategy, restore(snapshot(half.state)))
    rest = [half.engine.step(stamped) for stamped in desk.stepped[20:]]
    assert encoded(rest) == encoded(desk.history[20:])
    assert snapshot(half.state) == snapshot(desk.state)


def test_history_is_by_counterparty_and_ends_with_its_window() -> None:
    desk = RulesDesk(book(GOLD)).ready()
    for _ in range(3):
        desk.hit(desk.quoted())
    desk.rfq(client="BANKC")
    party = desk.state.rules.history[CounterpartyId("BANKA")]
    assert (party.hour[0], party.hour[1], party.hour[2], party.hour[3]) == (3, 3, 3, 3)
    assert desk.state.rules.history[CounterpartyId("BANKC")].hour[4] == 1
    assert party.deal_side == "SELL"
    desk.after(61 * 60_000).market()
    desk.rfq()
    assert (party.hour[0], party.day[0]) == (1, 4)
    assert desk.day == date(2014, 5, 1)


# --- a strategy in a process of its own

HANDED = book("large: size > 5 mio then hand to strategy mine", GOLD)
HOST = {"file": "python/mine.py", "code_hash": "0" * 64, "host": {"deadline_ms": 50}}


def test_a_rule_hands_a_request_to_the_strategy_in_its_own_process() -> None:
    desk = RulesDesk(HANDED, more=HOST).ready()
    desk.rfq(6_000_000)
    assert refusal(desk) == "STRATEGY_ABSENT"
    assert desk.decided.because[0] == f'rule "large" ({FILE}:5): hand to mine'
    desk.step(HostChanged(ready=True, told="rebuilt"))
    desk.rfq(1_000_000)
    assert desk.one(SendQuote), "the rules answer the others themselves"
    desk.rfq(6_000_000)
    question = desk.one(AskHost)
    prices = Decision(bid=Decimal("1.09990"), offer=Decimal("1.10020"), because=("mine",))
    desk.step(HostDecided(ask=question.ask, decision=prices))
    assert desk.one(SendQuote).bid == Decimal("1.09990")
    assert [line.partition(" (")[0] for line in desk.decided.because] == ['rule "large"', "mine"]
    assert desk.decided.facts["rule"] == "large"
    desk.rfq(6_000_000)
    desk.pass_time(51)
    assert refusal(desk) == "STRATEGY_LATE"


# --- whatever else is asked


def test_forwards_swaps_and_loans_are_quoted_in_their_own_terms() -> None:
    text = (
        'book "points"\nfor swap in EUR/USD\nrule "month" when tenor is 1M and days < 40\n'
        "then quote margin 0.2 pip around points mid[1M]\n"
    )
    loans = (
        'book "money"\nfor deposit in CNY\nrule "week" when tenor is 1W and rate bid > 1.4 %\n'
        "then quote margin 3 bp skew 1 bp\n"
    )
    desk = desk_of_all_products(strategy=rules(text, loans))
    swap = desk.one(SendQuote, desk.rfq(product="SWAP", far_tenor="1M"))
    assert (swap.bid, swap.offer) == (Decimal("-0.000530"), Decimal("-0.000490"))
    loan = desk.one(SendQuote, desk.rfq(pair="CNY", product="DEPOSIT", far_tenor="1W"))
    assert (loan.bid, loan.offer) == (Decimal("1.5300"), Decimal("1.5900"))


def test_streamed_prices_come_from_rules_and_ask_nobody() -> None:
    stream = {"venue": "ALPHA", "pair": "EUR/USD", "counterparty": "BANKA"}
    amounts = {"amounts": ["1000000", "6000000"]}
    desk = RulesDesk(book(PERSON, GOLD), streams=[{**stream, **amounts}]).ready()
    (mass,) = desk.all(SendMassQuote)
    assert [quote.bid for quote in mass.quotes] == [Decimal("1.10000")]
    assert not desk.state.rules.asked
    passed = [one for one in desk.all(Decided) if one.outcome == "REFUSED"]
    assert [one.detail for one in passed] == ["a person would have to be asked"]
    assert passed[0].because[0].startswith('rule "large"')


def test_values_of_parameters_beside_the_text_decide_and_are_bounded() -> None:
    text = book(
        "parameter away = 1 pip, between 0.1 pip and 2 pip", "all: always then quote margin away"
    )
    desk = RulesDesk(text)
    row = RuleFile(file=FILE, text=text, parameters=(("away", 500_000),))
    strategy = msgspec.structs.replace(desk.reference.strategy, rules=(row,))
    desk.reference = msgspec.structs.replace(desk.reference, strategy=strategy)
    desk.ready().rfq()
    assert (desk.one(SendQuote).bid, desk.one(SendQuote).offer) == (
        Decimal("1.10000"),
        Decimal("1.10010"),
    )
    wrong = msgspec.structs.replace(strategy, rules=(_with_value(row, 5_000_000),))
    told = f"{FILE}:5:1: away = 5 pip is outside of its bounds, 0.1 pip to 2 pip"
    assert book_problems(wrong) == [told]


def _with_value(row: RuleFile, value: int) -> RuleFile:
    return msgspec.structs.replace(row, parameters=(("away", value),))
