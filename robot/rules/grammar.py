"""The grammar, for Lark's LALR parser, one statement at a time.

Words come from `vocabulary.KEYWORDS`, terminals below are theirs and the lexer's own (`lexer.py`).
The lexer is our own: names of facts are several words, Chinese has no spaces, and 2,000 rules are
to be read in a second. Terminals that begin with an underscore leave no trace in what is parsed.
What a statement means, and whether its types fit, is for `check*.py`.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator

from lark import Lark
from lark.lexer import Lexer

from robot.rules.tokens import Token
from robot.rules.vocabulary import KEYWORDS

GRAMMAR = r"""
statement: book | scope | every | choose | parameter | table | schedule | rule | otherwise

book: BOOK TEXT
scope: FOR names IN instruments
names: name (_COMMA name)*
instruments: instrument (_COMMA instrument)*
instrument: PAIR | CURRENCY | NAME
every: EVERY QUANTITY (_DURING declared)?
choose: CHOOSE_FIRST | CHOOSE_SPECIFIC | CHOOSE_BEST

parameter: PARAMETER declared (EQUAL | IS) sum bounds?
bounds: _COMMA? BETWEEN sum _AND sum

table: TABLE declared _BY axes _COLON? _EOL row+
axes: axis ((_COMMA | _AND) axis)*
axis: FACT
row: item+ _EOL
item: UP_TO literal -> step
    | REST          -> rest
    | literal       -> cell
    | NONE          -> none
    | MINUS literal -> minus
    | NAME          -> label
    | TEXT          -> label
    | BUY           -> label
    | SELL          -> label
    | LEND          -> label
    | BORROW        -> label
    | BANKS         -> label

schedule: SCHEDULE declared (EQUAL | IS) window (_AND window)*
window: day? TIME _TO TIME zone?
day: DATE | weekdays
weekdays: weekday (_COMMA weekday)*
weekday: NAME (_TO NAME)?
zone: ZONE | NAME

rule: RULE TEXT priority? (_WHEN condition)? _THEN acts
priority: PRIORITY QUANTITY
otherwise: OTHERWISE acts
acts: act (_AND act)*

act: QUOTE quoted*              -> quote
   | PASS TEXT?                 -> pass
   | ASK_PERSON TEXT? within?   -> ask_person
   | ASK sum BANKS asked*       -> ask_banks
   | verb sum? dealt*           -> deal
   | COUNTER AT? sum countered* -> counter
   | HEDGE sum? hedged*         -> hedge
   | HAND_GAME handed           -> hand_game
   | HAND_STRATEGY handed       -> hand_strategy
   | ALERT TEXT                 -> alert
verb: BUY | SELL | LEND | BORROW
handed: NAME | TEXT
?quoted: margin | skew | around | largest | valid | BID_ONLY | OFFER_ONLY
?asked: group | led | wanted | limit | tenor | within
?dealt: limit | tenor | within | until
?hedged: limit | within
?countered: worst | valid
margin: MARGIN sum
skew: SKEW sum
around: AROUND sum
largest: UP_TO sum
valid: VALID sum
within: WITHIN sum
until: UNTIL sum
limit: AT sum _OR_BETTER?
worst: NO_WORSE sum
tenor: FOR sum
group: OF_GROUP handed
led: BY_GAME handed
wanted: _TO verb sum?

?condition: any
?any: all (_OR all)*
?all: test (_AND test)*
?test: NOT test | compared
?compared: sum
         | sum comparison sum    -> compare
         | sum BETWEEN sum _AND sum -> between
         | sum ONE_OF list       -> one_of
         | sum NOT_ONE_OF list   -> one_of
         | sum IN declared       -> in_schedule
         | sum NOT_IN declared   -> in_schedule
         | sum IS_KNOWN          -> known
         | sum IS_MISSING        -> known
comparison: IS | IS_NOT | LESS | AT_MOST | EQUAL | UNEQUAL | AT_LEAST | MORE
list: sum (_COMMA sum)*
?sum: added
    | LARGER sum _AND sum  -> extreme
    | SMALLER sum _AND sum -> extreme
?added: term ((PLUS | MINUS) term)*
?term: factor ((TIMES | SLASH) factor)*
?factor: MINUS factor -> negative
       | ABSOLUTE factor -> absolute
       | atom
?atom: _LEFT condition _RIGHT
     | ALWAYS -> always
     | FACT arguments? -> fact
     | name arguments -> lookup
     | name
     | literal
     | verb -> word
     | BANKS -> bank
     | TEXT -> text
?arguments: _OPEN list _CLOSE
literal: QUANTITY | PAIR | CURRENCY | TENOR | INDEX | DATE | TIME
name: NAME | MARGIN | SKEW | VALID
declared: NAME | MARGIN | SKEW | VALID

"""

SILENT = (
    "AND", "OR", "TO", "BY", "WHEN", "THEN", "DURING", "OR_BETTER",
    "LEFT", "RIGHT", "OPEN", "CLOSE", "COMMA", "COLON", "EOL",
)  # fmt: skip
"""Terminals that leave no trace: `_AND` in the grammar."""

LEXED = (
    "TEXT", "NAME", "FACT", "INDEX", "QUANTITY", "PAIR", "CURRENCY", "TENOR", "DATE", "TIME",
    "ZONE",
)  # fmt: skip
"""Terminals that are no words of the vocabulary."""

TERMINALS = {
    name: sys.intern(f"_{name}" if name in SILENT else name) for name in (*KEYWORDS, *LEXED, "EOL")
}
"""Name in the vocabulary -> terminal."""


class Syntax:
    """What a rule of the grammar found. Lark looks at `children`."""

    __slots__ = ("children", "rule")

    def __init__(self, rule: str, children: list[Syntax | Token]) -> None:
        self.rule = rule
        self.children = children

    def __repr__(self) -> str:
        return f"{self.rule}{self.children}"


class _Builder:
    """Makes `Syntax` of what Lark's parser reduces."""

    def __default__(self, rule: str, children: list[Syntax | Token], _meta: object) -> Syntax:
        return Syntax(str(rule), children)


class _Tokens(Lexer):
    """Hands on the tokens that our own lexer made."""

    def __init__(self, conf: object) -> None:
        pass

    def lex(self, tokens: list[Token]) -> Iterator[Token]:  # type: ignore[override]
        return iter(tokens)


@functools.cache
def parser() -> Lark:
    """The parser; made once in a process."""
    declared = " ".join(sorted(TERMINALS.values()))
    return Lark(
        f"%declare {declared}\n{GRAMMAR}",
        start="statement",
        parser="lalr",
        lexer=_Tokens,
        transformer=_Builder(),
        maybe_placeholders=False,
    )
