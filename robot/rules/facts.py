"""The registry: every name that a rule may look at, and what it means.

The tables are in `facts_market`, `facts_desk` and `facts_request`. A book has one slot for each
fact with its arguments that it names (`tree.Book.slots`); the core works out those and no others.
"""

from __future__ import annotations

import functools

from robot.basics.index import FixingKind, fixing_index
from robot.rules.fact import Argument, Fact
from robot.rules.facts_desk import DESK_FACTS
from robot.rules.facts_market import MARKET_FACTS
from robot.rules.facts_request import REQUEST_FACTS
from robot.rules.tree import FactKey
from robot.rules.types import BASE, Kind, Type

FACTS: dict[str, Fact] = {fact.name: fact for fact in (*MARKET_FACTS, *REQUEST_FACTS, *DESK_FACTS)}
"""By English name."""

NOT_AVAILABLE: dict[str, str] = {
    "banks asked": "no venue's message says how many were asked",
}
"""Facts that the core cannot fill today, and why: a book that names one is not put in force."""

AVAILABLE: frozenset[str] = frozenset(FACTS) - NOT_AVAILABLE.keys()
"""Names of the facts that the core fills."""

PIP, INSTANT_FACT, FIXING = "pip", "instant", "fixing"


@functools.lru_cache(maxsize=1024)
def type_of(key: FactKey) -> Type:
    """The type of a fact with its arguments: an amount of a named currency is of that one."""
    fact = FACTS[key.name]
    said = dict(zip(fact.arguments, key.arguments, strict=True))
    kind = fact.type.kind
    if kind is Kind.AMOUNT and said.get(Argument.CURRENCY):
        return Type(Kind.AMOUNT, said[Argument.CURRENCY])
    if kind is Kind.AMOUNT and said.get(Argument.PAIR):
        return Type(Kind.AMOUNT, said[Argument.PAIR][:3]) if fact.type.of == BASE else fact.type
    if kind in (Kind.PRICE, Kind.DISTANCE) and said.get(Argument.PAIR):
        return Type(kind, said[Argument.PAIR])
    if key.name == FIXING:
        index = fixing_index(said[Argument.INDEX])
        return fact.type if index.kind is FixingKind.RATE else Type(Kind.PRICE, index.currency)
    return fact.type


def key_of(name: str, **said: str) -> FactKey:
    """The key of a fact with these arguments, e.g. `key_of("bid", venue="ALPHA")`."""
    fact = FACTS[name]
    return FactKey(name, tuple(said.get(argument.name.lower(), "") for argument in fact.arguments))
