"""What is known of a file while it is checked: problems so far, what it declares, its facts."""

from __future__ import annotations

from decimal import Decimal

from robot.deals.product import ProductKind
from robot.rules.facts import FACTS
from robot.rules.grammar import Syntax
from robot.rules.problems import HIDDEN, PROBLEMS_MAX, WRITTEN, Problem, Said, message
from robot.rules.tokens import Token
from robot.rules.tree import FactKey, FactRef, Position, Schedule
from robot.rules.types import SCALE, VALUE_END, Type


class Wrong(Exception):
    """A part that makes no sense; it was reported."""


class Enough(Exception):
    """So much is wrong that the rest is not looked at."""


ENOUGH = 2 * PROBLEMS_MAX
"""Problems after which a file is not looked at any further: what is told first is found by then,
and a suggestion for each of thousands would take minutes."""


class Declared:
    """A parameter or table whose numbers may not have said of what type they are: `5 %` is a rate
    or a share, by what it is used as.
    """

    def __init__(self, name: str, token: Token, index: int, unit: str) -> None:
        self.name = name
        self.token = token
        self.index = index
        self.unit = unit
        """As of `Open.kind`; empty where the numbers are of `type`."""
        self.type: Type | None = None
        self.axes: tuple[Type, ...] = ()
        """Of a table: the types of its keys."""


class Draft:
    """The file being checked."""

    def __init__(self, lines: list[str], language: str) -> None:
        self._lines = lines
        self._language = language
        self._problems: dict[tuple[int, int], Problem] = {}
        self.products: tuple[ProductKind, ...] = ()
        self.pair = ""
        """The only pair of the book, if it has just one."""
        self.currency = ""
        """The only base currency (of loans: currency), if there is just one."""
        self.by_clock = False
        self.words = 0
        """In the statement being checked: no tree is deeper than that."""
        self.parameters: dict[str, Declared] = {}
        self.tables: dict[str, Declared] = {}
        self.schedules: dict[str, tuple[int, Schedule | None]] = {}
        self.slots: dict[FactKey, int] = {}
        self.facts_alone: dict[str, tuple[FactKey, Type]] = {}
        """Facts without brackets that are known to be allowed, by the name as written."""
        self.attempted: set[str] = set()
        """Names of declarations that could not be understood."""

    def report(self, code: str, line: int, column: int, width: int, /, **said: object) -> None:
        """One more problem; the first at a place is the one that is told."""
        if (line, column) in self._problems:
            return
        source = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        if said.get("found") is WRITTEN:
            written = source[column - 1 : column - 1 + width]
            said["found"] = Said(f"`{written}`", f"“{written}”")
        self._problems[line, column] = Problem(
            line=line,
            column=column,
            width=width,
            code=code,
            text=message(code, self._language, said),
            source=HIDDEN.sub("\ufffd", source),
        )
        if len(self._problems) >= ENOUGH:
            raise Enough

    def wrong(self, code: str, where: Token | Syntax, /, **said: object) -> Wrong:
        """Reports a problem and gives what is to be raised."""
        self.tell(code, where, **said)
        return Wrong(code)

    def tell(self, code: str, where: Token | Syntax, /, **said: object) -> None:
        """Reports a problem at a token or a piece of syntax."""
        first, last = span(where)
        width = last.column + last.width - first.column if last.line == first.line else first.width
        self.report(code, first.line, first.column, max(1, width), **said)

    def written(self, where: Token | Syntax) -> str:
        """A piece of one line as it stands in the file."""
        first, last = span(where)
        return self._lines[first.line - 1][first.column - 1 : last.column + last.width - 1]

    @property
    def problems(self) -> list[Problem]:
        """In the order of the file, at most `PROBLEMS_MAX`."""
        return [self._problems[place] for place in sorted(self._problems)][:PROBLEMS_MAX]

    @property
    def lines_told(self) -> set[int]:
        """Lines with a problem so far."""
        return {line for line, _ in self._problems}

    def fact(self, key: FactKey, type: Type, at: Position) -> FactRef:
        """A reference to a fact, which gets a slot."""
        slot = self.slots.setdefault(key, len(self.slots))
        return FactRef(at=at, type=type, slot=slot, name=key.name, arguments=key.arguments)

    def plain(self, type: Type) -> Type:
        """The type with what the book is about left out: of a book on EUR/USD alone a price of
        EUR/USD is the price asked.
        """
        if type.of and type.of in (self.pair, self.currency):
            return Type(type.kind, "base" if type.kind == "amount" else "")
        return type

    def names(self) -> list[str]:
        """Everything that can be named in an expression, for suggestions."""
        facts = [name for fact in FACTS.values() for name in (fact.name, fact.chinese, *fact.also)]
        return [*self.parameters, *self.tables, *facts]


def span(where: Token | Syntax) -> tuple[Token, Token]:
    """The first and the last token of a piece of syntax."""
    first = last = where
    while isinstance(first, Syntax):
        first = first.children[0]
    while isinstance(last, Syntax):
        last = last.children[-1]
    return first, last


def position(where: Token | Syntax) -> Position:
    """Where it begins."""
    while isinstance(where, Syntax):
        where = where.children[0]
    return Position(where.line, where.column)


def scaled(draft: Draft, number: Decimal, type: Type, where: Token | Syntax) -> int:
    """A number as the whole number of its type; one that is finer or too large is reported."""
    scale = SCALE[type.kind]
    exact = number * scale
    whole = int(exact)
    if whole != exact:
        raise draft.wrong("too fine", where, type=said_type(type), step=Decimal(1) / scale)
    if abs(whole) >= VALUE_END:
        raise draft.wrong("too large", where, type=said_type(type))
    return whole


_CHINESE = {
    "price": "价格",
    "distance": "价差距离",
    "pips": "点数",
    "rate": "利率",
    "spread": "利差",
    "amount": "金额",
    "number": "数字",
    "share": "比例",
    "count": "次数",
    "duration": "时长",
    "time of day": "时刻",
    "instant": "时间点",
    "date": "日期",
    "tenor": "期限",
    "truth": "是否",
    "tier": "等级",
    "counterparty": "对手方",
    "group": "集团",
    "country": "国家",
    "type of counterparty": "对手方类型",
    "pair": "货币对",
    "currency": "货币",
    "product": "产品",
    "side": "方向",
    "venue": "平台",
    "channel": "渠道",
    "session": "交易时段",
    "weekday": "星期",
    "text": "文字",
}
_ENGLISH = {"pips": "a distance", "truth": "yes or no", "text": "a text", "instant": "an instant"}
_VOWELS = "aeiou"


def said_type(type: Type) -> Said:
    """A type in a message: `an amount of USD`."""
    name = str(type.kind)
    article = "an" if name[0] in _VOWELS else "a"
    english = _ENGLISH.get(name, f"{article} {name}")
    chinese = "价差距离" if name == "pips" else _CHINESE[name]
    if type.of == "home":
        return Said(f"{english} of the reporting currency", f"记账货币{chinese}")
    if type.of and type.of != "base":
        return Said(f"{english} of {type.of}", f"{type.of} {chinese}")
    return Said(english, chinese)
