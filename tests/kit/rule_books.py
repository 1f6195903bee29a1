"""Random rule books, as text that a trader could have written: every one of them loads.

`rule_texts()` is a hypothesis strategy of texts, `rule_books()` of the books they are. English and
Chinese words are mixed; whatever is compound stands in brackets or not, so that the formatter has
something to do. A book is drawn as a seed: twenty times as fast as drawing each word of it, and a
failure is repeated all the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from hypothesis import strategies as st

from robot.deals.product import ProductKind
from robot.machine_zones import clocked
from robot.rules.check import load
from robot.rules.fact import EXCHANGE, LOANS, OUTRIGHT, Argument, Fact
from robot.rules.facts import FACTS, FIXING
from robot.rules.tree import Book
from robot.rules.types import (
    AMOUNT,
    COUNT,
    DISTANCE,
    DURATION,
    HOME_AMOUNT,
    NUMBER,
    PRICE,
    RATE,
    SHARE,
    SPREAD,
    Kind,
    Type,
)
from robot.rules.vocabulary import KEYWORDS, VALUES, ZONES

PAIRS = ("EUR/USD", "USD/CNY", "GBP/USD", "USD/JPY")
CURRENCIES = ("CNY", "USD", "EUR")
TENORS = ("ON", "TN", "1W", "2W", "1M", "3M", "1Y", "7D", "R007")
INDICES = ("DR007", "SHIBOR ON", "SHIBOR 3M", "SOFR", "ESTR", "FR007", "LPR 1Y")
VENUES = ("ALPHA", "BETA")
TIERS = ("gold", "silver", "bronze", '"very best"', "金牌", "“当地银行”")
NAMES = {
    Kind.TIER: TIERS,
    Kind.COUNTERPARTY: ("ICBC", "BANKA", '"BANK B"'),
    Kind.GROUP: ("GROUPA", '"the others"'),
    Kind.COUNTRY: ("CN", "DE", "US"),
    Kind.VENUE: VENUES,
}
COMPARED = (PRICE, DISTANCE, RATE, SPREAD, AMOUNT, HOME_AMOUNT, SHARE, COUNT, DURATION, NUMBER)
DEPTH_MAX = 3


class Author:
    """Writes one book with the chance it is given."""

    def __init__(self, chance: random.Random, rules_max: int = 6) -> None:
        self._chance = chance
        self._rules_max = rules_max
        self._loans = chance.random() < 0.3
        self._products = self._some(LOANS if self._loans else EXCHANGE)
        self._clock = chance.random() < 0.2
        self._facts = [fact for fact in FACTS.values() if self._fits(fact)]
        self._schedules: list[str] = []
        self._values: dict[Type, list[str]] = {}
        """Parameters and lookups in tables, by what they give."""
        self._unit = SPREAD if self._loans else DISTANCE

    def _fits(self, fact: Fact) -> bool:
        fitting = {*fact.products} & {*self._products} and not (fact.request and self._clock)
        return bool(fitting) and fact.type.kind is not Kind.INSTANT

    # --- chance

    def _pick(self, *choices: str) -> str:
        return choices[self._chance.randrange(len(choices))]

    def _some(self, choices: tuple[ProductKind, ...]) -> tuple[ProductKind, ...]:
        first = self._chance.randrange(len(choices))
        return choices[first : first + 1 + self._chance.randrange(2)]

    def _often(self, share: float = 0.5) -> bool:
        return self._chance.random() < share

    def _word(self, terminal: str, *, chinese: bool = True) -> str:
        english, han = KEYWORDS[terminal]
        return self._pick(*english, *(han if chinese else ()))

    # --- a book

    def text(self) -> str:
        """The text of a book."""
        lines = [f'{self._word("BOOK")} "a book"']
        for product in self._products:
            word = self._pick(*(form for forms in VALUES[Kind.PRODUCT][product] for form in forms))
            codes = CURRENCIES if self._loans else PAIRS
            first = self._chance.randrange(len(codes))
            said = ", ".join(codes[first : first + 2])
            lines.append(f"{KEYWORDS['FOR'][self._chance.randrange(2)][0]} {word} in {said}")
        for number in range(self._chance.randrange(3)):
            lines.append(self._schedule(f"hours {'ab'[number]}"))
        if self._clock:
            lines.append(f"{self._word('EVERY')} {self._duration()}".replace("ms", "s"))
        if self._often():
            choice = self._pick("CHOOSE_FIRST", "CHOOSE_SPECIFIC", "CHOOSE_BEST")
            lines.append(self._word(choice))
        for number in range(self._chance.randrange(3)):
            lines.append(self._parameter(f"number {'ab'[number]}"))
        for number in range(self._chance.randrange(3)):
            lines.append(self._table(f"表{'甲乙'[number]}" if self._often() else f"list_{number}"))
        for number in range(self._chance.randrange(self._rules_max + 1)):
            lines.append(self._rule(f"rule {number}"))
        if self._often():
            lines.append(f"{self._word('OTHERWISE')} {self._acts()}")
        return "\n".join(lines) + "\n"

    def _schedule(self, name: str) -> str:
        self._schedules.append(name)
        windows = []
        for _ in range(1 + self._chance.randrange(2)):
            days = self._pick("", "Mon to Fri ", "Mon, Wed ", "周一 至 周三 ", "2026-12-04 ")
            start, until = self._chance.sample(range(24), 2)
            zone = self._pick(*(name for name in ZONES if "/" in name), "UTC")
            windows.append(f"{days}{start:02}:{self._pick('00', '30')} to {until:02}:15 {zone}")
        said = f" {self._word('AND')} ".join(windows)
        return f"{self._word('SCHEDULE')} {name} {self._word('IS', chinese=False)} {said}"

    def _parameter(self, name: str) -> str:
        type_, unit = self._measure()
        self._values.setdefault(type_, []).append(name)
        low, high = f"0.1{unit}", f"9{unit}"
        value = f"{self._pick('0.1', '0.4', '2', '9')}{unit}"
        return f"{self._word('PARAMETER')} {name} = {value}, between {low} and {high}"

    def _measure(self) -> tuple[Type, str]:
        choices = [(self._unit, " bp" if self._loans else " pip"), (AMOUNT, " mio"), (SHARE, " %")]
        return choices[self._chance.randrange(len(choices))]

    def _table(self, name: str) -> str:
        type_, unit = self._measure()
        sizes = ["up to 1 mio", "up to 500万", "up to 1 yi"][: 1 + self._chance.randrange(3)]
        sizes += [self._word("REST")] if self._often() else []
        key = "position" if self._clock else "size"
        if self._often() and not self._clock:
            tiers = list(TIERS[: 1 + self._chance.randrange(3)])
            rows = ["  ".join(["   ", *sizes])]
            rows += ["  ".join([tier, *(self._cell(unit) for _ in sizes)]) for tier in tiers]
            lookup, head = f"{name}[tier, {key}]", f"tier and {key}"
        else:
            rows = [f"{size}  {self._cell(unit, True)}" for size in sizes]
            lookup, head = f"{name}[{key}]", key
        rows[-1] = rows[-1].rsplit("  ", 1)[0] + f"  1{unit}"
        self._values.setdefault(type_, []).append(lookup)
        return f"{self._word('TABLE')} {name} by {head}:\n" + "\n".join(f"  {row}" for row in rows)

    def _cell(self, unit: str, known: bool = False) -> str:
        if not known and self._often(0.1):
            return "-"
        return f"{self._pick('0.3', '1', '2.5', '-1')}{unit}"

    def _rule(self, name: str) -> str:
        priority = f" priority {self._chance.randrange(3) * 10}" if self._often(0.3) else ""
        when = f"\n {self._word('WHEN')} {self.condition()}" if self._often(0.9) else ""
        return (
            f'{self._word("RULE")} "{name}"{priority}{when}\n {self._word("THEN")} {self._acts()}'
        )

    # --- conditions

    def condition(self, depth: int = 0) -> str:
        """A condition."""
        if depth < DEPTH_MAX and self._often(0.4):
            word = self._word(self._pick("AND", "OR"))
            parts = [self._inner(depth) for _ in range(2 + self._chance.randrange(2))]
            return f" {word} ".join(parts)
        if depth < DEPTH_MAX and self._often(0.15):
            return f"{self._word('NOT')} ({self.condition(depth + 1)})"
        return self._test()

    def _inner(self, depth: int) -> str:
        part = self.condition(depth + 1)
        return f"({part})" if " " in part else part

    def _test(self) -> str:
        makers: list[Callable[[], str]] = [self._compare] * 6 + [self._named] * 4
        makers += [self._truth, self._known, self._between, self._time]
        if self._schedules:
            makers += [self._in_schedule] * 2
        return makers[self._chance.randrange(len(makers))]()

    def _compare(self) -> str:
        type_ = self._comparable()
        sign = self._pick("<", "<=", ">", ">=", "=", "!=", "≥", "is over", "不超过", "is")
        right = self._literal(type_) if self._often(0.6) else ""
        return f"{self._closed(type_)} {sign} {right or self._expression(type_, 1)}"

    def _comparable(self) -> Type:
        types = [type_ for type_ in COMPARED if self._of(type_)]
        return types[self._chance.randrange(len(types))]

    def _between(self) -> str:
        type_ = self._comparable()
        low, high = self._literal(type_, 1), self._literal(type_, 2)
        word = self._word("BETWEEN")
        return f"{self._closed(type_)} {word} {low} {self._word('AND')} {high}"

    def _named(self) -> str:
        facts = [f for f in self._facts if f.type.kind in NAMES or f.type.kind in VALUES]
        fact = facts[self._chance.randrange(len(facts))]
        values = NAMES.get(fact.type.kind) or tuple(
            forms[language][0] if " " not in forms[language][0] else f'"{forms[language][0]}"'
            for forms in VALUES[fact.type.kind].values()
            for language in (0, 1)
        )
        if self._often():
            sign = self._pick("is", "is not", "是", "=")
            return f"{self._name_of(fact)} {sign} {self._pick(*values)}"
        start = self._chance.randrange(len(values))
        word = self._word(self._pick("ONE_OF", "NOT_ONE_OF"))
        return f"{self._name_of(fact)} {word} {values[start]}"

    def _truth(self) -> str:
        facts = [fact for fact in self._facts if fact.type.kind is Kind.TRUTH]
        return self._written(facts[self._chance.randrange(len(facts))])

    def _known(self) -> str:
        fact = self._facts[self._chance.randrange(len(self._facts))]
        return f"{self._written(fact)} {self._word(self._pick('IS_KNOWN', 'IS_MISSING'))}"

    def _time(self) -> str:
        tenors = [fact for fact in self._facts if fact.type.kind is Kind.TENOR]
        if tenors and self._often():
            return f"tenor {self._pick('<', '<=', '>', '>=', 'is')} {self._pick(*TENORS)}"
        if self._often():
            return f"trade date {self._pick('<', '>=', 'is')} 2026-12-{self._pick('04', '31')}"
        clock = self._pick("09:00", "09:31", "16:20:30")
        return f"{self._pick('time', 'now', '现在')} {self._pick('<', '>=')} {clock}"

    def _in_schedule(self) -> str:
        word = self._word(self._pick("IN", "NOT_IN"))
        return f"{self._pick('now', '现在')} {word} {self._pick(*self._schedules)}"

    # --- values

    def _of(self, type_: Type) -> list[Fact]:
        found = [fact for fact in self._facts if fact.type == type_]
        return [fact for fact in found if fact.name != FIXING or type_ == RATE]

    def _name_of(self, fact: Fact) -> str:
        return self._pick(fact.name, fact.chinese, *fact.also)

    def _written(self, fact: Fact) -> str:
        """A fact, with arguments that leave its type as it is."""
        if fact.name == FIXING:
            return self._pick(*INDICES)
        plain = {Argument.VENUE: VENUES, Argument.TENOR: TENORS[:-1]}
        plain |= {Argument.WINDOW: ("1 min", "5 分钟", "900 s"), Argument.SPAN: ("1 h", "1 天")}
        plain |= {Argument.HORIZON: ("10 s", "1 分钟")}
        said = []
        for argument in fact.arguments:
            if argument is Argument.INDEX:
                said.append(self._pick(*INDICES))
            elif argument in plain and self._often(0.3):
                said.append(self._pick(*plain[argument]))
        return self._name_of(fact) + (f"[{', '.join(said)}]" if said else "")

    def _closed(self, type_: Type) -> str:
        """An expression whose type does not depend on what stands beside it."""
        facts = self._of(type_)
        if facts and self._often(0.8):
            return self._written(facts[self._chance.randrange(len(facts))])
        return self._expression(type_, 1) if type_ in (NUMBER,) else self._written(facts[0])

    def _literal(self, type_: Type, least: int = 0) -> str:
        """A literal; `least` 1 and 2 are smaller and larger ones."""
        digits = {0: ("0.5", "1", "2", "7", "12"), 1: ("0.5", "1"), 2: ("2", "7")}[least]
        number = self._pick(*digits)
        if type_ == COUNT:
            return self._pick("3", "8") if least == 2 else self._pick("1", "2")
        if type_ == DURATION:
            return self._duration() if not least else f"{number} s"
        units = {
            PRICE: ("",),
            NUMBER: ("",),
            DISTANCE: (" pip", " pips", "点"),
            RATE: (" %",),
            SPREAD: (" bp", "个基点"),
            AMOUNT: (" mio", " mio", " yi" if not least else " mio"),
            HOME_AMOUNT: (" mio",),
            SHARE: (" %", "％"),
        }
        return f"{number}{self._pick(*units[type_])}"

    def _duration(self) -> str:
        return self._pick("5 s", "90 s", "2 min", "1 h", "30 秒")

    def _expression(self, type_: Type, depth: int = 0) -> str:
        """An expression of that type."""
        leaves = [self._written(fact) for fact in self._of(type_)]
        leaves += self._values.get(type_, [])
        if type_ in (DISTANCE, SPREAD, AMOUNT, SHARE, DURATION, NUMBER):
            leaves.append(self._literal(type_))
        if depth >= DEPTH_MAX or self._often(0.5):
            return self._pick(*leaves)
        compound = self._compound(type_, depth + 1)
        return compound or self._pick(*leaves)

    def _compound(self, type_: Type, depth: int) -> str:
        def inner(wanted: Type) -> str:
            return f"({self._expression(wanted, depth)})"

        steps = {PRICE: DISTANCE, RATE: SPREAD}
        if type_ in steps:
            return f"{inner(type_)} {self._pick('+', '-')} {inner(steps[type_])}"
        if type_ in (HOME_AMOUNT, COUNT):
            return f"{self._closed(type_)} {self._pick('+', '-')} {self._closed(type_)}"
        if type_ == NUMBER:
            other = (AMOUNT, self._unit, SHARE)[self._chance.randrange(3)]
            return f"{inner(other)} / {inner(other)}"
        kind = self._chance.randrange(7)
        if kind == 0:
            return f"{inner(type_)} + {inner(type_)} - {inner(type_)}"
        if kind == 1:
            return f"{self._pick('2', '0.5', '-3')} {self._word('TIMES')} {inner(type_)}"
        if kind == 2 and type_ != SHARE:
            return f"{inner(type_)} x {inner(SHARE)}"
        if kind == 3:
            return f"{inner(type_)} / {inner(NUMBER)}"
        if kind == 4:
            return f"-{inner(type_)}"
        if kind == 5:
            return f"{self._word('ABSOLUTE')} {inner(type_)}"
        sign = self._word(self._pick("LARGER", "SMALLER"))
        return f"{sign} {inner(type_)} {self._word('AND')} {inner(type_)}"

    # --- actions

    def _acts(self) -> str:
        makers = [self._pass, self._ask_person, self._hand]
        if not self._clock:
            makers += [self._quote] * 4
        if self._one_term():
            makers += [self._deal, self._ask_banks]
            makers += [] if self._clock else [self._counter]
        if not self._loans:
            makers.append(self._hedge)
        act = makers[self._chance.randrange(len(makers))]()
        return (
            f'{act} {self._word("AND")} {self._word("ALERT")} "look"' if self._often(0.2) else act
        )

    def _one_term(self) -> bool:
        return self._loans or len({product in OUTRIGHT for product in self._products}) == 1

    def _price(self) -> str:
        if self._loans:
            return self._expression(RATE, 1)
        return self._expression(PRICE if self._products[0] in OUTRIGHT else DISTANCE, 1)

    def _quote(self) -> str:
        clauses = [f"{self._word('MARGIN')} {self._expression(self._unit)}"]
        if self._often(0.4):
            clauses.append(f"{self._word('SKEW')} {self._expression(self._unit)}")
        if self._one_term() and self._often(0.2):
            clauses.append(f"{self._word('AROUND')} {self._price()}")
        if self._often(0.2):
            clauses.append(f"{self._word('UP_TO')} {self._size()}")
        if self._often(0.6):
            clauses.append(f"{self._word('VALID')} {self._duration()}")
        if self._often(0.2):
            clauses.append(self._word(self._pick("BID_ONLY", "OFFER_ONLY")))
        text = f"{self._word('QUOTE')} {' '.join(clauses)}"
        return text.replace("margin -", "margin absolute -").replace("点差 -", "点差 绝对值 -")

    def _size(self) -> str:
        return self._pick("5 mio", "2 yi", "500万", "50 % x (position)", "absolute position")

    def _pass(self) -> str:
        return f"{self._word('PASS')} {self._pick(chr(34) + 'no' + chr(34), '“不做”', '「太大」')}"

    def _ask_person(self) -> str:
        within = f" {self._word('WITHIN')} {self._duration()}" if self._often() else ""
        return f'{self._word("ASK_PERSON")} "look at this"{within}'

    def _hand(self) -> str:
        word = self._word(self._pick("HAND_GAME", "HAND_STRATEGY"))
        return f"{word} {self._pick('two_way', chr(34) + 'seven day placing' + chr(34))}"

    def _verb(self) -> str:
        return self._word(self._pick(*(("LEND", "BORROW") if self._loans else ("BUY", "SELL"))))

    def _deal(self) -> str:
        text = f"{self._verb()} {self._size() if self._often(0.7) else ''} at {self._price()}"
        text += f" {self._pick('for', '为期')} {self._pick(*TENORS)}" if self._often() else ""
        if self._often():
            text += f" {self._word('WITHIN')} {self._duration()}"
        elif self._often():
            text += f" {self._word('UNTIL')} 16:20"
        return text

    def _ask_banks(self) -> str:
        text = f"{self._word('ASK')} {self._pick('1', '3', '12')} {self._word('BANKS')}"
        text += f" {self._word('OF_GROUP')} GROUPA" if self._often(0.3) else ""
        if self._often():
            size = self._size() if self._often() else ""
            led = f' {self._word("BY_GAME")} "seven day placing"' if self._often(0.3) else ""
            text += f"{led} {self._word('TO')} {self._verb()} {size}"
            text += f" at {self._price()} or better" if self._often() else ""
        return text + (f" {self._word('WITHIN')} 90 s" if self._often() else "")

    def _counter(self) -> str:
        valid = f" {self._word('VALID')} {self._duration()}" if self._often() else ""
        worst = f"{self._word('NO_WORSE')} {self._price()}"
        return f"{self._word('COUNTER')} {self._price()} {worst}{valid}"

    def _hedge(self) -> str:
        text = f"{self._word('HEDGE')} {self._size() if self._often() else ''}"
        return text + (f" {self._word('WITHIN')} {self._duration()}" if self._often() else "")


def rule_texts(rules_max: int = 6) -> st.SearchStrategy[str]:
    """Texts of books; every one of them loads."""
    seeds = st.integers(0, 2**32)
    return seeds.map(lambda seed: Author(random.Random(seed), rules_max).text())


def book_of(text: str) -> Book:
    """The book in a text that must load."""
    found = load(text, "random.rules")
    assert isinstance(found, Book), "\n".join(problem.shown("f") for problem in found) + "\n" + text
    return clocked(found)


def rule_books(rules_max: int = 6) -> st.SearchStrategy[Book]:
    """Books."""
    return rule_texts(rules_max).map(book_of)
