"""Characters into tokens: both languages, full-width forms, places kept.

Outside quotes only ASCII and Chinese characters stand; control, bidirectional and invisible
characters and lone surrogates stand nowhere. Every full-width sign is read as its narrow one, one
for one, so that columns stay true. Names of several words and Chinese without spaces are told apart
by the longest word of the vocabulary, or name of the file, that fits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal

from robot.basics.currency import Currency, minor_unit
from robot.errors import UnknownReference
from robot.rules.grammar import TERMINALS
from robot.rules.phrases import NOT_FACT, TENOR_WORDS, Phrases, is_han, units, vocabulary
from robot.rules.problems import HIDDEN
from robot.rules.tokens import Quantity, Token
from robot.rules.tree import Comment, Position
from robot.rules.vocabulary import AMOUNT_UNITS, FILLER

DIGITS_MAX = 18
"""Digits of one number."""
NAME_MAX = 60
"""Characters of a name."""
NAMES_MAX = 1_000
"""Names that a file declares; more tables, parameters and schedules are never allowed."""
TOKENS_MAX = 100_000
"""Words and signs of a file: over 2,000 rules, and what is read in a second."""
TEXT_MAX = 200
"""Characters between quotes."""

Report = Callable[..., None]
"""code, line, column, width, and what the message says."""

_NARROW = {0xFF01 + offset: 0x21 + offset for offset in range(94) if offset not in (1, 6)}
_NARROW |= {0x3000: 0x20, 0x3001: 0x2C, 0x3002: 0x20, 0x3010: 0x5B, 0x3011: 0x5D, 0x2212: 0x2D}
_NARROW |= {0x2236: 0x3A, 0xFF0E: 0x2E}
"""Signs that are read as ASCII. Not the quotes: what is between them stays as written."""
_WIDE = re.compile(f"[{re.escape(''.join(map(chr, _NARROW)))}]")

_TOKEN = re.compile(
    r"""[ \t]*+(?:
    (?P<han>[\u3400-\u9fff]++)
  | (?P<pair>[A-Z]{3}/[A-Z]{3}(?![A-Za-z0-9_/]))
  | (?P<zone>[A-Z][a-z]++/[A-Z][A-Za-z_]++)
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*+)
  | (?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9]))
  | (?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?![0-9]))
  | (?P<tenor>[0-9]{1,3}[DWMY](?![A-Za-z0-9_]))
  | (?P<number>(?:[0-9]{1,3}(?:,[0-9]{3})++(?![0-9])|[0-9]++)(?:\.[0-9]++)?)
  | (?P<sign><=|>=|!=|<>|==|[-<>=+*/()\[\],:%\u2264\u2265\u2260\u00d7\u00f7])
  | (?P<text>"[^"\n]*+"|\u201c[^\u201d\n]*+\u201d|\u300c[^\u300d\n]*+\u300d
            |\uff02[^\uff02\n]*+\uff02)
  | (?P<comment>\#[^\n]*+)
  | (?P<line>\n)
  | (?P<stray>[^ \t])
)""",
    re.VERBOSE,
)
_QUOTES = '"\u201c\u201d\u300c\u300d\uff02'
_TERM = re.compile(r"(?:R|IBO|OR)(?:001|007|014|021|[1-9]M|1Y)")

_NAMES = r"(?P<name>(?:[A-Za-z_][A-Za-z0-9_ ]{0,59}?|[\u3400-\u9fff]{1,60}?))"
_DECLARED = re.compile(
    r"^[ \t]*+(?:"
    rf"(?:table[ \t]++|表[ \t]*+){_NAMES}[ \t]*+(?:\bby\b|按)"
    rf"|(?:(?:parameter|schedule)[ \t]++|(?:参数|时段)[ \t]*+){_NAMES.replace('name', 'other')}"
    r"[ \t]*+(?:\bis\b|=|是|为|等于)"
    r")",
    re.MULTILINE | re.IGNORECASE,
)

_STARTERS = frozenset(
    TERMINALS[name]
    for name in ("BOOK", "PARAMETER", "SCHEDULE", "RULE", "OTHERWISE", "TABLE", "CHOOSE_FIRST")
)

Raw = tuple[str, str, int, int]
"""Kind, text, line, column."""


class Lexed:
    """The tokens of a file, and its comments."""

    def __init__(self) -> None:
        self.tokens: list[Token] = []
        self.comments: list[Comment] = []


def lex(text: str, report: Report) -> Lexed:
    """The tokens of a text whose line ends are all `\\n`."""
    clean = _visible(text, report)
    narrow = _WIDE.sub(lambda wide: chr(_NARROW[ord(wide[0])]), clean)
    lexed = Lexed()
    raw = _raw(clean, narrow, lexed, report)
    names = [m["name"] or m["other"] for m in _DECLARED.finditer(narrow)]
    names = [" ".join(name.split()) for name in names]
    names = [n for n in names if is_han(n[0]) or not vocabulary().means(n.split()[0].lower())]
    _Reader(raw, vocabulary().with_names(names[:NAMES_MAX]), lexed.tokens, report).read()
    return lexed


def _visible(text: str, report: Report) -> str:
    """The text with every hidden character reported and made a blank."""
    if not HIDDEN.search(text):
        return text
    for match in HIDDEN.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - text.rfind("\n", 0, match.start())
        name = f"U+{ord(match[0]):04X}"
        report("hidden character", line, column, 1, name=name)
    return HIDDEN.sub(" ", text)


def _raw(clean: str, narrow: str, lexed: Lexed, report: Report) -> list[Raw]:
    found: list[Raw] = []
    line, start, alone = 1, 0, True
    for match in _TOKEN.finditer(narrow):
        kind = match.lastgroup or ""
        begin = match.start(kind)
        column = begin - start + 1
        if kind == "line":
            line, start, alone = line + 1, match.end(), True
            continue
        text = match[kind]
        if len(found) == TOKENS_MAX:
            report("too many", line, column, 1, what="word", most=TOKENS_MAX)
            break
        if kind == "comment":
            words = clean[begin + 1 : match.end()].strip()
            lexed.comments.append(Comment(text=words, at=Position(line, column), alone=alone))
        elif kind == "stray":
            code = "open quote" if text in _QUOTES else "stray character"
            sign = clean[begin]
            report(code, line, column, 1, sign=sign, name=f"U+{ord(sign):04X}")
        elif kind == "text":
            words = unicodedata.normalize("NFC", clean[begin + 1 : match.end() - 1])
            if len(words) > TEXT_MAX:
                report("text too long", line, column, len(words) + 2, most=TEXT_MAX)
            found.append((kind, words, line, column))
        else:
            found.append((kind, text, line, column))
        alone = False
    return found


class _Reader:
    """Makes tokens of what the expression found."""

    def __init__(
        self, raw: list[Raw], phrases: Phrases, tokens: list[Token], report: Report
    ) -> None:
        self._raw = raw
        self._phrases = phrases
        self._tokens = tokens
        self._report = report
        self._in_table = False
        self._next = 0

    def read(self) -> None:
        """All of them."""
        raw, plain = self._raw, {
            "pair": "PAIR", "date": "DATE", "time": "TIME", "tenor": "TENOR", "text": "TEXT",
            "zone": "ZONE",
        }  # fmt: skip
        while self._next < len(raw):
            kind, text, line, column = raw[self._next]
            self._next += 1
            if kind == "word":
                self._word(text, line, column)
            elif kind == "sign":
                self._sign(text, line, column)
            elif kind == "han":
                self._han(text, line, column)
            elif kind == "number":
                self._number(text, line, column, "")
            else:
                extra = 2 if kind == "text" else 0
                self._add(plain[kind], text, line, column, len(text) + extra)

    def _add(self, type: str, value: str | Quantity, line: int, column: int, width: int) -> None:
        if type in _STARTERS:
            self._in_table = type == "TABLE"
        self._tokens.append(Token(type, value, line, column, width))

    def _sign(self, text: str, line: int, column: int) -> None:
        meaning = self._phrases.signs.get(text)
        if meaning is None:
            self._report("stray character", line, column, 1, sign=text, name=f"U+{ord(text):04X}")
        elif text == "-" and self._in_table and not self._glued("number", line, column + 1):
            self._add("NONE", "NONE", line, column, 1)
        else:
            self._add(*meaning, line, column, len(text))

    def _glued(self, kind: str, line: int, column: int) -> bool:
        """Whether what comes next is that, with nothing between."""
        if self._next >= len(self._raw):
            return False
        found = self._raw[self._next]
        return found[0] == kind and found[2:] == (line, column)

    def _word(self, text: str, line: int, column: int) -> None:
        if text in TENOR_WORDS:
            self._add("TENOR", text, line, column, len(text))
            return
        lower = text.lower()
        if self._phrase(lower, line, column) or lower == FILLER:
            return
        if len(text) > NAME_MAX:
            self._report("name too long", line, column, len(text), most=NAME_MAX)
        if not text.isupper():
            self._add("NAME", text, line, column, len(text))
        elif len(text) == 3 and _is_currency(text):
            self._currency(text, line, column)
        elif len(text) == 6 and _is_currency(text[:3]) and _is_currency(text[3:]):
            self._add("PAIR", f"{text[:3]}/{text[3:]}", line, column, 6)
        elif _TERM.fullmatch(text):
            self._add("TENOR", text, line, column, len(text))
        else:
            self._add("NAME", text, line, column, len(text))

    def _phrase(self, first: str, line: int, column: int) -> bool:
        """Adds the longest phrase that begins with this word, which was read; whether there is."""
        words = self._phrases.english.get(first)
        if words is None:
            return False
        raw, index, end = self._raw, self._next, len(self._raw)
        meaning, after = words.meaning, index
        while words.more and index < end and raw[index][2] == line:
            following = words.more.get(raw[index][1].lower())
            if following is None:
                break
            words = following
            index += 1
            if words.meaning is not None:
                meaning, after = words.meaning, index
        if meaning is None:
            return False
        width = len(first)
        if after > self._next:
            last = raw[after - 1]
            width = last[3] + len(last[1]) - column
            self._next = after
        terminal, value = meaning
        if terminal == NOT_FACT:
            self._add(TERMINALS["NOT"], "NOT", line, column, width)
            terminal = TERMINALS["FACT"]
        self._add(terminal, value, line, column, width)
        return True

    def _currency(self, text: str, line: int, column: int) -> None:
        """A currency; with an amount right after it one amount."""
        if self._next < len(self._raw) and not self._in_table:
            kind, number, on, at = self._raw[self._next]
            if kind == "number" and on == line:
                self._next += 1
                self._number(number, line, at, text, column)
                return
        self._add("CURRENCY", text, line, column, 3)

    def _number(
        self, text: str, line: int, column: int, currency: str, start: int | None = None
    ) -> None:
        digits = text.replace(",", "")
        first = column if start is None else start
        end = column + len(text)
        if len(digits.replace(".", "")) > DIGITS_MAX:
            self._report("too many digits", line, column, len(text), most=DIGITS_MAX)
            digits = "0"
        unit, width = self._unit(line)
        end = width or end
        if not unit or unit in AMOUNT_UNITS:
            if not currency and self._next < len(self._raw):
                kind, word, on, at = self._raw[self._next]
                beside = kind == "word" and on == line and not self._in_table
                if beside and len(word) == 3 and _is_currency(word):
                    currency, end = word, at + 3
                    self._next += 1
        elif currency:
            self._add("CURRENCY", currency, line, first, 3)
            first, currency = column, ""
        self._add("QUANTITY", Quantity(Decimal(digits), unit, currency), line, first, end - first)

    def _unit(self, line: int) -> tuple[str, int]:
        """The unit right after a number, and the column where it ends; what is left of a Chinese
        run is read again.
        """
        if self._next >= len(self._raw):
            return "", 0
        kind, text, on, at = self._raw[self._next]
        if on != line:
            return "", 0
        latin, chinese = units()
        if kind in ("word", "sign"):
            unit = latin.get(text) or (latin.get(text.lower(), "") if len(text) > 1 else "")
            if unit:
                self._next += 1
                return unit, at + len(text)
        elif kind == "han":
            for form, unit in chinese:
                if text.startswith(form) and not self._is_fact(text, form):
                    rest = text[len(form) :]
                    if rest:
                        self._raw[self._next] = ("han", rest, line, at + len(form))
                    else:
                        self._next += 1
                    return unit, at + len(form)
        return "", 0

    def _is_fact(self, text: str, form: str) -> bool:
        """Whether a longer word of the vocabulary begins where the unit would: 点差 after 3 is not
        the unit 点.
        """
        rows = self._phrases.chinese.get(text[0], ())
        return any(size > len(form) and text[:size] in table for size, table in rows)

    def _han(self, text: str, line: int, column: int) -> None:
        begin, index = 0, 0
        while index < len(text):
            for size, table in self._phrases.chinese.get(text[index], ()):
                meaning = table.get(text[index : index + size])
                if meaning is not None:
                    if begin < index:
                        self._name(text[begin:index], line, column + begin)
                    self._add(*meaning, line, column + index, size)
                    index += size
                    begin = index
                    break
            else:
                index += 1
        if begin < len(text):
            self._name(text[begin:], line, column + begin)

    def _name(self, text: str, line: int, column: int) -> None:
        if len(text) > NAME_MAX:
            self._report("name too long", line, column, len(text), most=NAME_MAX)
        self._add("NAME", text, line, column, len(text))


def _is_currency(code: str) -> bool:
    try:
        minor_unit(Currency(code))
    except UnknownReference:
        return False
    return True
