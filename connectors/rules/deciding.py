"""Which requests two books decide otherwise: of scenarios, of a table, and of random ones."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from connectors.rules.conventions import Steps
from connectors.rules.outcome import facts_told, outcome_of, told
from connectors.rules.situation import Situation
from robot.deals.product import ProductKind
from robot.rules.compile import CompiledBook
from robot.rules.facts import key_of, type_of
from robot.rules.oracle import parts_of
from robot.rules.ruling import Ruling
from robot.rules.tree import Book, FactKey, InSchedule, Literal
from robot.rules.types import DAY_MS, SCALE, Kind, Value
from robot.rules.vocabulary import VALUES

_SAID, _BESIDE = 0.75, 0.15
"""How often a random fact is a value that one of the books names, or one beside it."""
_MISSING = 0.03
_NOW_MS = 1_790_000_000_000


class Otherwise(msgspec.Struct, frozen=True, kw_only=True):
    """One request that is decided otherwise."""

    request: str
    old: str
    old_rule: str
    new: str
    new_rule: str
    facts: tuple[str, ...]


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests were tried, and which were decided otherwise."""

    tried: int
    otherwise: int
    examples: tuple[Otherwise, ...]
    by_rules: tuple[tuple[str, str, int], ...]
    """The rule that decided, the one that does now, and how often; most often first."""


def compare(
    old: Book,
    new: Book,
    requests: Iterable[tuple[str, Situation]],
    language: str,
    examples_max: int = 10,
) -> Compared:
    """Decides each request with both."""
    before, after = CompiledBook(old), CompiledBook(new)
    tried = 0
    counts: dict[tuple[str, str], int] = {}
    examples: list[Otherwise] = []
    for name, situation in requests:
        tried += 1
        was_in, now_in = of_book(situation, old), of_book(situation, new)
        was, now = before.decide(was_in.row()), after.decide(now_in.row())
        if _same(was, now):
            continue
        pair = (was.rule, now.rule)
        counts[pair] = counts.get(pair, 0) + 1
        if len(examples) < examples_max and counts[pair] <= 2:
            examples.append(_example(name, was_in, now_in, was, now, language))
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    return Compared(
        tried=tried,
        otherwise=sum(counts.values()),
        examples=tuple(examples),
        by_rules=tuple((was, now, count) for (was, now), count in rows),
    )


def of_book(situation: Situation, book: Book) -> Situation:
    """The same request, put to another book."""
    other = situation.copy()
    other.book = book
    return other


def _same(was: Ruling, now: Ruling) -> bool:
    """Whether the outcome is one, whatever rule it comes from."""
    key = [(row.name, row.value) for row in was.values]
    return (
        was.refused == now.refused
        and was.action == now.action
        and key == [(row.name, row.value) for row in now.values]
        and was.alerts == now.alerts
    ) or (
        type(was.action) is type(now.action)
        and not was.refused
        and not now.refused
        and bool(key)
        and key == [(row.name, row.value) for row in now.values]
        and was.alerts == now.alerts
    )


def _example(
    name: str, was_in: Situation, now_in: Situation, was: Ruling, now: Ruling, language: str
) -> Otherwise:
    facts = [
        *facts_told(was_in, was_in.book, was, language),
        *facts_told(now_in, now_in.book, now, language),
    ]
    return Otherwise(
        request=name,
        old=told(was_in, outcome_of(was_in, was), language),
        old_rule=was.rule,
        new=told(now_in, outcome_of(now_in, now), language),
        new_rule=now.rule,
        facts=tuple(dict.fromkeys(facts)),
    )


# --- random requests


def random_requests(
    books: Sequence[Book], steps: Mapping[str, Steps], count: int, seed: int
) -> Iterator[tuple[str, Situation]]:
    """Made-up requests; the facts are the values that the books name, those beside, and others."""
    chance = random.Random(seed)
    said = _said(books)
    keys = list(dict.fromkeys(key for book in books for key in book.slots))
    scopes = [(scope.product, code) for scope in books[0].scope for code in scope.instruments]
    for number in range(1, count + 1):
        situation = Situation(books[0], steps)
        situation.ask(*chance.choice(scopes))
        for key in keys:
            if key.name not in _FOLLOW:
                situation.put(key, _value(chance, key, said))
        _put_market(situation, keys)
        yield f"#{number}", situation


def _put_market(situation: Situation, keys: Sequence[FactKey]) -> None:
    """A market where the books look at none of its prices: what is told is then a price."""
    if any(key.name in _PRICES for key in keys):
        return
    if situation.product.is_loan:
        situation.put(key_of("rate bid"), 1_700_000)
        situation.put(key_of("rate offer"), 1_800_000)
        return
    name = "points " if situation.product is ProductKind.SWAP else ""
    pip = situation.pip or 100_000
    situation.put(key_of(f"{name}bid"), _PIPS * pip)
    situation.put(key_of(f"{name}offer"), (_PIPS + 2) * pip)


_PIPS = 10_000
_PRICES = frozenset(
    {"bid", "offer", "mid", "points bid", "points offer", "points mid", "rate bid", "rate offer",
     "rate mid"}
)  # fmt: skip
_FOLLOW = frozenset({"pip", "tick", "product", "pair", "currency", "counter currency"})


def _said(books: Sequence[Book]) -> dict[Kind, list[Value]]:
    """The values that the books name, by kind."""
    found: dict[Kind, list[Value]] = {}
    for book in books:
        for rule in (*book.rules, book.otherwise):
            for node in (rule.when, rule.action):
                for part in parts_of(node) if node is not None else ():
                    if isinstance(part, Literal):
                        found.setdefault(part.type.kind, []).append(part.value)
                    elif isinstance(part, InSchedule):
                        found.setdefault(Kind.INSTANT, [])
        for table in book.tables:
            for axis in table.axes:
                found.setdefault(axis.type.kind, []).extend(axis.labels)
    return found


def _value(chance: random.Random, key: FactKey, said: Mapping[Kind, list[Value]]) -> Value:
    kind = type_of(key).kind
    draw = chance.random()
    if draw < _MISSING:
        return None
    known = said.get(kind)
    if known and draw < _SAID:
        value = chance.choice(known)
        if isinstance(value, int) and not isinstance(value, bool) and chance.random() < _BESIDE:
            return value + chance.choice((-1, 1))
        return value
    if kind is Kind.TRUTH:
        return chance.random() < 1 / 4
    if kind is Kind.INSTANT:
        return _NOW_MS + chance.randrange(30 * DAY_MS)
    if kind is Kind.TIME:
        return chance.randrange(DAY_MS)
    if kind not in SCALE:
        return chance.choice([*VALUES.get(kind, {}), *(known or ["other"])])
    largest = max((abs(v) for v in known or () if isinstance(v, int)), default=SCALE[kind])
    return chance.randint(-25, 200) * max(1, largest // 100)
