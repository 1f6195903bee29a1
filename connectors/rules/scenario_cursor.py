"""Reading tokens of a scenario one after the other, and values as the rule language reads them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from connectors.rules.scenario_words import BY_WORD, TEXTS, WANTED, WORDS
from connectors.rules.situation import Situation
from robot.rules.check_facts import fact_ref
from robot.rules.check_values import Found, Open, settle, value_of
from robot.rules.draft import Draft, Wrong, said_type
from robot.rules.facts import FACTS, FIXING, key_of, type_of
from robot.rules.grammar import TERMINALS, Syntax
from robot.rules.lexer import lex
from robot.rules.problems import Problem, nearest
from robot.rules.tokens import Quantity, Token
from robot.rules.tree import FactKey, FactRef, Literal
from robot.rules.types import PIPS, SCALE, Kind, Type, Value
from robot.rules.vocabulary import CHINESE, LANGUAGES

_LITERALS = frozenset({"QUANTITY", "PAIR", "CURRENCY", "TENOR", "INDEX", "DATE", "TIME"})
_VERBS = frozenset({"BUY", "SELL", "LEND", "BORROW", "BANKS"})
# Chinese has no spaces: the lexer cuts it at the words that it knows, and these are made known to
# it as names that a file declares, in lines before the text.
_PREAMBLE = "".join(f"表 {word} 按\n" for forms in WORDS.values() for word in forms[CHINESE])
_PREAMBLE += "否则\n"
_LINES = _PREAMBLE.count("\n")


class Pages:
    """A scenario file being read: its tokens, and what is wrong so far."""

    def __init__(self, text: str, language: str) -> None:
        text = text.replace("\r\n", "\n")
        self.language = language
        self._lines = text.split("\n")
        self.draft = Draft((_PREAMBLE + text).split("\n"), language)
        found = lex(_PREAMBLE + text, self.draft.report).tokens
        self.tokens = [token for token in found if token.line > _LINES]
        self._own: dict[tuple[int, int], Problem] = {}

    @property
    def first_line(self) -> int:
        """The first line of the file, as the tokens count them."""
        return _LINES + 1

    def source(self, line: int) -> str:
        """A line as the tokens count them."""
        return self._lines[line - _LINES - 1]

    def line(self, token: Token) -> int:
        """The line of the file on which a token stands."""
        return token.line - _LINES

    def report(self, code: str, token: Token, **said: object) -> None:
        """One more problem."""
        which = LANGUAGES[self.language]
        line = self.line(token)
        if (line, token.column) in self._own:
            return
        parts = {
            name: part[which] if isinstance(part, tuple) else part for name, part in said.items()
        }
        self._own[line, token.column] = Problem(
            line=line,
            column=token.column,
            width=max(1, token.width),
            code=code,
            text=TEXTS[code][which].format(**parts),
            source=self._lines[line - 1],
        )

    def wrong(self, code: str, token: Token, **said: object) -> Wrong:
        """Reports a problem and gives what is to be raised."""
        self.report(code, token, **said)
        return Wrong(code)

    @property
    def problems(self) -> list[Problem]:
        """Ours and those of the values, in the order of the file."""
        values = [
            msgspec.structs.replace(problem, line=problem.line - _LINES)
            for problem in self.draft.problems
        ]
        return sorted([*self._own.values(), *values], key=lambda row: (row.line, row.column))


def word_of(token: Token) -> str:
    """Which word of a scenario file a token is; empty = none."""
    if token.type != "NAME" or not isinstance(token.value, str):
        return ""
    return BY_WORD.get(token.value, BY_WORD.get(token.value.lower(), ""))


def hint(near: str) -> tuple[str, str]:
    """What may have been meant."""
    return (f"; did you mean `{near}`?", f"；是否指“{near}”？") if near else ("", "")


class Cursor:
    """A place in a list of tokens."""

    def __init__(self, pages: Pages, tokens: list[Token], head: Token) -> None:
        self.pages = pages
        self._tokens = tokens
        self._head = head
        self._next = 0

    @property
    def here(self) -> Token | None:
        """The token that comes next."""
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def is_done(self) -> bool:
        """Whether nothing comes next."""
        return self._next >= len(self._tokens)

    @property
    def last(self) -> Token:
        """The token before it."""
        return self._tokens[self._next - 1] if self._next else self._head

    def at(self, *keys: str) -> bool:
        """Whether one of these comes next: words of a scenario file, terminals of the language."""
        token = self.here
        if token is None:
            return False
        return word_of(token) in keys or token.type in {TERMINALS.get(key, key) for key in keys}

    def takes(self, *keys: str) -> Token | None:
        """The next token if it is one of these."""
        return self.take() if self.at(*keys) else None

    def take(self) -> Token:
        """The next token."""
        token = self.here
        assert token is not None, "something comes next"
        self._next += 1
        return token

    def needs(self, wanted: str, *keys: str) -> Token:
        """The next token, which must be one of these."""
        return self.takes(*keys) or self._raise(wanted)

    def _raise(self, wanted: str) -> Token:
        raise self.wrong(wanted)

    def wrong(self, wanted: str, known: Iterable[str] = ()) -> Wrong:
        """Says what was expected here."""
        token = self.here
        if token is None:
            return self.pages.wrong("ends", self.last, wanted=WANTED[wanted])
        found = self.text(token)
        near = hint(nearest(found, known))
        return self.pages.wrong("expected", token, wanted=WANTED[wanted], found=found, hint=near)

    def text(self, token: Token) -> str:
        """A token as it was written, with the names right behind it on its line."""
        line = self.pages.source(token.line)
        end = token.column - 1 + token.width
        index = self._tokens.index(token) if token in self._tokens else len(self._tokens)
        for later in self._tokens[index + 1 :]:
            if later.type != "NAME" or later.line != token.line or word_of(later):
                break
            end = later.column - 1 + later.width
        return line[token.column - 1 : end]

    # --- values

    def literal(self, wanted: Type, pip: int | None = None) -> Value:
        """A value of that type; `pip` in units of prices turns pips into a distance."""
        draft = self.pages.draft
        minus = self.takes("MINUS")
        token = self.here
        if token is None:
            raise self.wrong("value")
        found = self._found(token)
        sign = -1 if minus else 1
        made = settle(draft, found, wanted)
        if not isinstance(made, Literal):
            raise self.wrong("value")
        value = made.value
        self._next += 1
        if made.type == PIPS and wanted.kind is Kind.DISTANCE and isinstance(value, int):
            if pip is None:
                raise self.pages.wrong("needs a pip", token, found=draft.pair or "?")
            return sign * value * pip // SCALE[Kind.PIPS]
        if made.type.kind is not wanted.kind or not _same(made.type, wanted):
            raise draft.wrong(
                "not that type", token, found=f"`{self.text(token)}`", wanted=said_type(wanted),
                sample="",
            )  # fmt: skip
        if isinstance(value, int) and not isinstance(value, bool):
            return sign * value
        return value

    def bare(self, wanted: Type, pip: int | None) -> int:
        """A number of that type, whose unit - percent, pips - may be left out."""
        sign = -1 if self.takes("MINUS") else 1
        token = self.here
        if token is None or not isinstance(token.value, Quantity):
            raise self.wrong("price")
        if token.value.unit or wanted.kind is Kind.PRICE:
            value = self.literal(wanted, pip)
            assert isinstance(value, int), "a number"
            return sign * value
        if wanted.kind is Kind.DISTANCE and pip is None:
            raise self.pages.wrong("needs a pip", token, found=self.pages.draft.pair or "?")
        self._next += 1
        per = pip if wanted.kind is Kind.DISTANCE and pip is not None else SCALE[wanted.kind]
        return sign * int(token.value.number * per)

    def _found(self, token: Token) -> Found:
        draft = self.pages.draft
        if token.type in _LITERALS:
            return value_of(draft, token)
        if token.type == "TEXT":
            return Open("quoted", token, text=str(token.value))
        if token.type == "NAME":
            return Open("name", token, text=str(token.value))
        if token.type in _VERBS:
            text = "bank" if token.type == "BANKS" else token.type
            return Open("name", token, text=text)
        raise self.wrong("value")

    def fact(self) -> tuple[FactKey, Type] | None:
        """A fact with what stands in its brackets; None where none comes next."""
        token = self.here
        if token is None:
            return None
        if token.type == "INDEX":
            self._next += 1
            key = key_of(FIXING, index=str(token.value))
            return key, type_of(key)
        if token.type != "FACT":
            return None
        self._next += 1
        children: list[Syntax | Token] = [token]
        if self.takes("OPEN"):
            said: list[Syntax | Token] = []
            while not self.takes("CLOSE"):
                if self.here is None:
                    raise self.wrong("bracket")
                if not self.takes("COMMA"):
                    said.append(self.take())
            children.append(Syntax("list", said))
        found = fact_ref(self.pages.draft, Syntax("fact", children))
        assert isinstance(found, FactRef)
        key = FactKey(found.name, found.arguments)
        return key, self.pages.draft.plain(type_of(key))

    def pip_of(self, situation: Situation, key: FactKey) -> int | None:
        """A pip of the pair that a fact is of."""
        pair = next((said for said in key.arguments if "/" in said), situation.pair)
        steps = situation.steps.get(pair)
        return steps.pip if steps is not None else None

    def amount_currency(self) -> str:
        """The currency that is said with the amount that comes next."""
        token = self.here
        value = token.value if token is not None else None
        return value.currency if isinstance(value, Quantity) else ""


def _same(made: Type, wanted: Type) -> bool:
    """Whether two types of one kind are of the same currency; what is not named is the base."""
    if made.kind is not Kind.AMOUNT or made.of == wanted.of:
        return True
    return made.of == "base" or wanted.of == ""


def fact_names() -> list[str]:
    """Everything that a fact can be called."""
    return [name for fact in FACTS.values() for name in (fact.name, fact.chinese, *fact.also)]
