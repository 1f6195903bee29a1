"""Tokens into statements, each parsed by itself: a mistake in one leaves the others readable."""

from __future__ import annotations

import itertools
from typing import NamedTuple

from lark.exceptions import UnexpectedToken

from robot.rules.facts import FACTS
from robot.rules.grammar import TERMINALS, Syntax, parser
from robot.rules.lexer import Report
from robot.rules.parse_table import parse_table
from robot.rules.problems import WRITTEN, Said, nearest
from robot.rules.tokens import Token
from robot.rules.vocabulary import CHINESE, ENGLISH, KEYWORDS

TOKENS_MAX = 5_000
"""Words and signs of one statement."""
NESTING_MAX = 20
"""Brackets in brackets, `not` after `not`."""

_STARTS = frozenset(
    {
        "BOOK", "CHOOSE_FIRST", "CHOOSE_SPECIFIC", "CHOOSE_BEST", "PARAMETER", "TABLE", "SCHEDULE",
        "RULE", "OTHERWISE",
    }
)  # fmt: skip
_HEADERS = frozenset({"FOR", "EVERY"})
_RULES = frozenset({"RULE", "OTHERWISE"})
_JOINED = frozenset({"RULE", "OTHERWISE", "PARAMETER"})
_OPENING = frozenset({TERMINALS["LEFT"], TERMINALS["OPEN"]})
_CLOSING = frozenset({TERMINALS["RIGHT"], TERMINALS["CLOSE"]})
_PREFIXES = frozenset({"NOT", "MINUS", "ABSOLUTE", "LARGER", "SMALLER"})


class Statement(NamedTuple):
    """One statement: the terminal it begins with, its tokens, what the parser made of it."""

    kind: str
    tokens: list[Token]
    syntax: Syntax


class Unparsed(NamedTuple):
    """A rule that is not parsed yet: of thousands only one at a time is held as syntax."""

    tokens: list[Token]
    report: Report

    def parsed(self) -> Statement | None:
        """The rule; None where it cannot be parsed, which is reported."""
        syntax = _parsed("RULE", self.tokens, self.report)
        return Statement("RULE", self.tokens, syntax) if syntax is not None else None


def statements(
    tokens: list[Token], report: Report, unreadable: set[int]
) -> tuple[list[Statement], list[Unparsed]]:
    """All statements that can be parsed, and the rules; what cannot be is reported. In a statement
    with a sign that could not be read, on one of those lines, nothing more is said.
    """
    found: list[Statement] = []
    rules: list[Unparsed] = []
    for group in _groups(tokens):
        kind = group[0].type
        if kind not in _STARTS and kind not in _HEADERS:
            _report_start(group[0], report)
            continue
        if not _is_bounded(group, report):
            continue
        lines = range(group[0].line, group[-1].line + 1)
        told = report if unreadable.isdisjoint(lines) else _nothing
        if kind == "RULE":
            rules.append(Unparsed(group, told))
            continue
        syntax = _parsed(kind, group, told)
        if syntax is not None:
            found.append(Statement(kind, group, syntax))
    return found, rules


def _nothing(*_: object, **__: object) -> None:
    """Says nothing."""


def _groups(tokens: list[Token]) -> list[list[Token]]:
    groups: list[list[Token]] = []
    kind, line = "", 0
    for token in tokens:
        begins = token.line != line and (
            token.type in _STARTS or (token.type in _HEADERS and kind not in _RULES)
        )
        if begins or not groups:
            groups.append([token])
            kind = token.type
        else:
            groups[-1].append(token)
        line = token.line
    return groups


def _report_start(token: Token, report: Report) -> None:
    words = {form: name for name in (*_STARTS, *_HEADERS) for form in KEYWORDS[name][ENGLISH]}
    words |= {form: name for name in (*_STARTS, *_HEADERS) for form in KEYWORDS[name][CHINESE]}
    near = nearest(text_of(token), words)
    report("no statement", token.line, token.column, token.width, found=WRITTEN, hint=hint(near))


def _is_bounded(group: list[Token], report: Report) -> bool:
    first = group[0]
    if len(group) > TOKENS_MAX:
        report("statement too long", first.line, first.column, first.width, most=TOKENS_MAX)
        return False
    depth = prefixes = 0
    for token in group:
        prefixes = prefixes + 1 if token.type in _PREFIXES else 0
        depth += (token.type in _OPENING) - (token.type in _CLOSING)
        if depth + prefixes > NESTING_MAX:
            report("too deep", token.line, token.column, token.width, most=NESTING_MAX)
            return False
    return True


def _parsed(kind: str, group: list[Token], report: Report) -> Syntax | None:
    tokens = _with_lines(group) if kind == "TABLE" else group
    if kind in _JOINED:
        tokens = _with_long_names(group)
    parsed = parse_table().parse(tokens)
    if parsed is not None:
        return _inner(parsed)
    try:
        found: object = parser().parse(tokens, "statement")
    except UnexpectedToken as error:
        _report_token(error, tokens, report)
        return None
    assert isinstance(found, Syntax)
    return _inner(found)


def _inner(statement: Syntax) -> Syntax:
    inner = statement.children[0]
    assert isinstance(inner, Syntax)
    return inner


def _with_lines(group: list[Token]) -> list[Token]:
    """The tokens of a table with a mark at the end of each line."""
    tokens: list[Token] = []
    for token in group:
        if tokens and token.line != tokens[-1].line:
            tokens.append(_end(tokens[-1], TERMINALS["EOL"]))
        tokens.append(token)
    tokens.append(_end(tokens[-1], TERMINALS["EOL"]))
    return tokens


def declared_in(tokens: list[Token]) -> set[str]:
    """The names after `table`, `parameter` and `schedule`, whether these can be understood."""
    return {
        text_of(name)
        for word, name in itertools.pairwise(tokens)
        if word.type in ("TABLE", "PARAMETER", "SCHEDULE")
    }


def _end(token: Token, kind: str) -> Token:
    return Token(kind, "", token.line, token.column + token.width, 1)


def _with_long_names(group: list[Token]) -> list[Token]:
    """Unknown words in a row are one name, so that `market agee` is told as one mistake."""
    tokens: list[Token] = []
    for token in group:
        last = tokens[-1] if tokens else None
        if last and last.type == token.type == "NAME" and last.line == token.line:
            gap = token.column - last.column - last.width
            width = token.column + token.width - last.column
            text = f"{last.value}{' ' if gap else ''}{token.value}"
            tokens[-1] = Token("NAME", text, last.line, last.column, width)
        else:
            tokens.append(token)
    return tokens


# --- what was expected

_VALUE_STARTS = frozenset(
    {
        "FACT", "INDEX", "QUANTITY", "PAIR", "CURRENCY", "TENOR", "DATE", "TIME", "NAME", "TEXT",
        "MINUS", "ABSOLUTE", "LARGER", "SMALLER", "ALWAYS", "NOT", "MARGIN", "SKEW", "VALID",
        "BUY", "SELL", "LEND", "BORROW", "BANKS", "_LEFT",
    }
)  # fmt: skip
_OPERATORS = frozenset({"PLUS", "MINUS", "TIMES", "SLASH", "_OPEN"})
_COMPARISONS = frozenset(
    {
        "IS", "IS_NOT", "LESS", "AT_MOST", "EQUAL", "UNEQUAL", "AT_LEAST", "MORE", "BETWEEN",
        "ONE_OF", "NOT_ONE_OF", "IN", "NOT_IN", "IS_KNOWN", "IS_MISSING",
    }
)  # fmt: skip
_ACTIONS = frozenset(
    {
        "QUOTE", "PASS", "ASK_PERSON", "ASK", "BUY", "SELL", "LEND", "BORROW", "COUNTER", "HEDGE",
        "HAND_GAME", "HAND_STRATEGY",
    }
)  # fmt: skip
_GROUPS = {
    "a value": Said("a value", "一个值"),
    "a comparison": Said("a comparison", "比较"),
    "an action": Said("an action", "动作"),
}
_LEXED = {
    "TEXT": Said('a text in quotes ("...")', "引号内的文字（“…”）"),
    "NAME": Said("a name", "名称"),
    "FACT": Said("a fact", "事实名"),
    "INDEX": Said("a reference rate", "参考利率"),
    "QUANTITY": Said("a number", "数字"),
    "PAIR": Said("a pair such as EUR/USD", "货币对（如 EUR/USD）"),
    "CURRENCY": Said("a currency", "货币"),
    "TENOR": Said("a tenor", "期限"),
    "DATE": Said("a date", "日期"),
    "TIME": Said("a time of day", "时刻"),
    "ZONE": Said("a time zone", "时区"),
    "EOL": Said("the end of the line", "行末"),
    "$END": Said("the end of the statement", "语句结束"),
}
_LAST = ("UP_TO", "AND", "OR", "COMMA")
_ORDER = {TERMINALS[name]: (name in _LAST, number) for number, name in enumerate(KEYWORDS)}


def _report_token(error: UnexpectedToken, tokens: list[Token], report: Report) -> None:
    accepted: set[str] = set(error.interactive_parser.accepts())  # type: ignore[no-untyped-call]
    wanted = expected(accepted)
    token = error.token
    last = tokens[-1]
    if token.type == "$END":
        at, found = _end(last, "$END"), _LEXED["$END"]
    else:
        assert isinstance(token, Token)
        at, found = token, _LEXED["EOL"] if token.type == TERMINALS["EOL"] else WRITTEN
        if token.type == "NAME" and "$END" in accepted and _begins_a_line(token, tokens):
            _report_start(token, report)
            return
        if _is_after_unknown(token, tokens, report):
            return
    near = _meant(at, accepted)
    report("syntax", at.line, at.column, at.width, found=found, wanted=wanted, hint=hint(near))


def _begins_a_line(token: Token, tokens: list[Token]) -> bool:
    before = tokens[tokens.index(token) - 1]
    return before.line < token.line


_BEFORE_VALUES = frozenset({"NOT", "_WHEN", "_AND", "_OR", "_LEFT"})


def _is_after_unknown(token: Token, tokens: list[Token], report: Report) -> bool:
    """Whether the name before it, which begins a condition, is what is wrong."""
    index = tokens.index(token)
    if index < 2 or tokens[index - 1].type != "NAME":
        return False
    name, before = tokens[index - 1], tokens[index - 2]
    if before.type not in _BEFORE_VALUES or name.line != token.line:
        return False
    phrases = [form for fact in FACTS.values() for form in (fact.name, fact.chinese, *fact.also)]
    longer = f"{text_of(name)} {text_of(token)}" if text_of(name).isascii() else ""
    near = (longer and nearest(longer, phrases)) or nearest(text_of(name), phrases)
    report("unknown name", name.line, name.column, name.width, name=text_of(name), hint=hint(near))
    return True


def _meant(at: Token, accepted: set[str]) -> str:
    """A word that would do there and resembles what is written."""
    if at.type not in ("NAME", "FACT"):
        return ""
    names = [name for name in KEYWORDS if TERMINALS[name] in accepted]
    forms = [form for name in names for form in (*KEYWORDS[name][0], *KEYWORDS[name][1])]
    return nearest(text_of(at), forms)


def expected(accepted: set[str]) -> Said:
    """What may stand there, in a few words."""
    rest, groups = set(accepted), []
    if "FACT" in rest and "QUANTITY" in rest:
        groups.append(_GROUPS["a value"])
        rest -= _VALUE_STARTS
    if "QUOTE" in rest:
        groups.append(_GROUPS["an action"])
        rest -= _ACTIONS
    if "LESS" in rest:
        groups.append(_GROUPS["a comparison"])
        rest -= _COMPARISONS
    if "PLUS" in rest:
        rest -= _OPERATORS
    ordered = sorted(rest, key=lambda name: (_ORDER.get(name, (True, 999)), name))
    words = [*groups, *(_word(name) for name in ordered)]
    return listed(words)


def _word(terminal: str) -> Said:
    name = terminal.removeprefix("_")
    if name in _LEXED:
        return _LEXED[name]
    english, chinese = KEYWORDS[name]
    return Said(f"`{english[0]}`", f"“{chinese[0]}”")


def listed(words: list[Said]) -> Said:
    """`a`, `b` or `c`."""
    english = [word.english for word in words]
    chinese = [word.chinese for word in words]
    if len(words) < 2:
        return Said("".join(english), "".join(chinese))
    return Said(
        ", ".join(english[:-1]) + " or " + english[-1], "、".join(chinese[:-1]) + "或" + chinese[-1]
    )


def text_of(token: Token) -> str:
    """A token as it may have been written."""
    value = token.value
    return (
        value if isinstance(value, str) else f"{value.currency} {value.number} {value.unit}".strip()
    )


def hint(near: str) -> Said:
    """The end of a message that suggests a word; empty without one."""
    if not near:
        return Said("", "")
    return Said(f"; did you mean `{near}`?", f"；是否指“{near}”？")
