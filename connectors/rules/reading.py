"""A book read back in plain words, in English or Chinese: what its author should have meant.

The words of conditions and values are the language's own (`robot.rules.format_words`), the
sentences around them are these.
"""

from __future__ import annotations

from connectors.rules.shown import Line
from robot.errors import ConfigurationError
from robot.rules.facts import FACTS, INSTANT_FACT, PIP
from robot.rules.format import format_book
from robot.rules.format_words import Words
from robot.rules.oracle import by_order, parts_of
from robot.rules.problems import nearest
from robot.rules.tree import (
    And,
    AnyAction,
    AnyExpression,
    AskBanks,
    AskPerson,
    Book,
    Counter,
    DealAt,
    FactRef,
    HandTo,
    Hedge,
    InSchedule,
    Node,
    Or,
    ParameterRef,
    Pass,
    Quote,
    Rule,
    Selection,
    Sides,
    TableLookup,
)
from robot.rules.types import PRODUCT
from robot.rules.vocabulary import CHINESE, LANGUAGES

_SELECTIONS = {
    Selection.FIRST: ("the first that fits decides", "第一条符合的规则决定"),
    Selection.SPECIFIC: (
        "of those of one priority that fit, the one that says most decides",
        "同一优先级中条件最具体的规则决定",
    ),
    Selection.BEST: (
        "of those of one priority that quote, the smallest margin decides",
        "同一优先级的报价规则中点差最小者决定",
    ),
}


def read_back(book: Book, language: str, only: str = "") -> list[Line]:
    """The whole book, or one rule of it."""
    reader = _Reader(book, LANGUAGES[language])
    rules = by_order(book)
    if only:
        return reader.rule(_named(book, only), None)[1:]
    lines = reader.head()
    for number, rule in enumerate(rules, 1):
        lines += reader.rule(rule, number)
    lines += reader.otherwise()
    return [*lines, *reader.facts(book.rules)]


def _named(book: Book, name: str) -> Rule:
    every = {rule.name: rule for rule in (*book.rules, book.otherwise)}
    if name not in every:
        near = nearest(name, every)
        more = f'; did you mean "{near}"?' if near else ""
        raise ConfigurationError(f'the book has no rule "{name}"{more}')
    return every[name]


class _Reader:
    """Makes sentences in one language."""

    def __init__(self, book: Book, language: int) -> None:
        self._book = book
        self._words = Words(language)
        self._language = language

    def _say(self, english: str, chinese: str) -> str:
        return chinese if self._language == CHINESE else english

    def head(self) -> list[Line]:
        """What the book is for, and how a rule is found."""
        book, words = self._book, self._words
        scopes = "; ".join(
            f"{words.value(PRODUCT, str(scope.product))} {', '.join(scope.instruments)}"
            for scope in book.scope
        )
        lines = [Line(self._say(f'"{book.name}"', f"“{book.name}”"), "bold")]
        if book.every:
            often = words.duration(book.every)
            during = ""
            if book.during is not None:
                name = book.schedules[book.during].name
                during = self._say(f" while it is {name}", f"（在 {name} 期间）")
            text = self._say(
                f"Looks by itself every {often}{during} at {scopes}; it answers no request.",
                f"每隔 {often} 自行查看{during}：{scopes}；不回答询价。",
            )
        else:
            text = self._say(
                f"Answers requests for {scopes}; all others are passed.",
                f"回答 {scopes} 的询价；其他一律不报。",
            )
        rule = _SELECTIONS[book.selection][self._language]
        order = self._say(
            f"Rules are asked by falling priority, then in the order of the file: {rule}.",
            f"按优先级从高到低、再按文件顺序逐条看：{rule}。",
        )
        return [*lines, Line(text), Line(order)]

    def rule(self, rule: Rule, number: int | None) -> list[Line]:
        """One rule, with what it looks up."""
        count = f"{number}. " if number is not None else ""
        head = self._say(
            f'{count}"{rule.name}" (line {rule.at.line}'
            + (f", priority {rule.priority})" if rule.priority else ")"),
            f"{count}“{rule.name}”（第 {rule.at.line} 行"
            + (f"，优先级 {rule.priority}）" if rule.priority else "）"),
        )
        lines = [Line(""), Line(head, "bold")]
        lines += self._when(rule.when)
        lines += self._then(rule)
        return lines + self._looked_up(rule)

    def otherwise(self) -> list[Line]:
        """What holds where no rule fits."""
        rule = self._book.otherwise
        text = self._say("If no rule fits:", "没有规则符合时：")
        return [Line(""), Line(text, "bold"), *self._then(rule)]

    def _when(self, when: AnyExpression | None) -> list[Line]:
        if when is None:
            return [Line(self._say("Always:", "任何时候："), indent=3)]
        if not isinstance(when, And | Or):
            text = self._words.expression(when)
            return [Line(self._say(f"If {text}:", f"如果 {text}："), indent=3)]
        every = isinstance(when, And)
        text = self._say(
            f"If {'all of these hold' if every else 'one of these holds'}:",
            f"如果{'以下全部成立' if every else '以下任一成立'}：",
        )
        parts = [Line(f"- {self._words.expression(part)}", indent=5) for part in when.parts]
        return [Line(text, indent=3), *parts]

    def _then(self, rule: Rule) -> list[Line]:
        lines = [Line(f"→ {self._action(rule.action)}", "green", indent=3)]
        for text in rule.alerts:
            said = self._say(f'and alert the desk: "{text}"', f"并提醒：“{text}”")
            lines.append(Line(f"→ {said}", "green", indent=3))
        return lines

    def _sum(self, part: AnyExpression | None) -> str:
        return self._words.sum(part) if part is not None else ""

    def _action(self, action: AnyAction) -> str:
        match action:
            case Quote():
                return self._quote(action)
            case Pass(reason=reason) if self._book.every:
                return self._say(f'do nothing: "{reason}".', f"什么也不做：“{reason}”。")
            case Pass(reason=reason):
                return self._say(
                    f'give no price, with the reason "{reason}".', f"不报价，理由“{reason}”。"
                )
            case AskPerson(reason=reason, within=within):
                time = self._sum(within)
                wait = self._say(
                    f" Nobody within {time}: no price." if time else "",
                    f"{time} 内无人回答则不报。" if time else "",
                )
                return self._say(
                    f'ask a person: "{reason}".{wait}', f"请人决定：“{reason}”。{wait}"
                )
            case Counter(price=price, worst=worst, valid=valid):
                more = self._clauses(worst=worst, valid=valid)
                said = self._sum(price)
                return self._say(f"answer their price with {said}{more}.", f"还价 {said}{more}。")
            case HandTo(name=name, game=game):
                kind = self._say("the game" if game else "the strategy", "博弈" if game else "策略")
                return self._say(f"let {kind} {name} decide.", f"交给{kind} {name} 决定。")
        return self._market_action(action)

    def _quote(self, action: Quote) -> str:
        sides = {
            Sides.BOTH: ("the prices asked for", "所询的各边价格"),
            Sides.BID: ("the bid only", "只报买价"),
            Sides.OFFER: ("the offer only", "只报卖价"),
        }[action.sides][self._language]
        around = self._sum(action.around) or self._say("the middle of the market", "市场中价")
        margin, skew = self._sum(action.margin), self._sum(action.skew)
        text = self._say(
            f"quote {sides}, each {margin} away from {around}",
            f"报价：{sides}，各距{around} {margin}",
        )
        if skew:
            text += self._say(f", both shifted by {skew}", f"，两边同移 {skew}")
        return text + self._clauses(size=action.size, valid=action.valid) + self._say(".", "。")

    def _market_action(self, action: AnyAction) -> str:
        words = self._words
        if isinstance(action, AskBanks):
            group = f" ({action.group})" if action.group else ""
            verb = words.key(action.verb) if action.verb else ""
            size, banks = self._sum(action.size), self._sum(action.banks)
            want = " ".join(part for part in (verb, size) if part)
            text = self._say(
                f"ask {banks} banks{group} for their price" + (f" to {want}" if want else ""),
                f"询问 {banks} 家银行{group}" + (f"，拟{want}" if want else ""),
            )
            if action.game:
                text += self._say(
                    f"; the game {action.game!r} leads the talk", f"，由博弈“{action.game}”商谈"
                )
            elif action.limit is None:
                text += self._say("; a person chooses", "，由人选择")
            more = self._clauses(limit=action.limit, tenor=action.tenor, within=action.within)
            return text + more + self._say(".", "。")
        if isinstance(action, DealAt):
            size = self._sum(action.size) or self._say("what was asked", "所询金额")
            more = self._clauses(
                limit=action.limit, tenor=action.tenor, within=action.within, until=action.until
            )
            return f"{words.key(action.verb)} {size}{more}" + self._say(".", "。")
        assert isinstance(action, Hedge), action
        size = self._sum(action.size) or self._say("the whole position", "全部头寸")
        text = self._say(
            f"bring the position back by {size}, never beyond flat",
            f"平回头寸 {size}，绝不反向",
        )
        return text + self._clauses(limit=action.limit, within=action.within) + self._say(".", "。")

    def _clauses(self, **parts: AnyExpression | None) -> str:
        said = {
            "limit": (" at {} or better", "，价格 {} 或更优"),
            "worst": (" no worse for us than {}", "，不劣于 {}"),
            "tenor": (" for {}", "，期限 {}"),
            "size": (" up to {}; more is passed", "，至多 {}，超过不报"),
            "valid": (" good for {}", "，有效 {}"),
            "within": (" within {}", "，限时 {}"),
            "until": (" until {}", "，直到 {}"),
        }
        texts = [
            said[name][self._language].format(self._sum(part))
            for name, part in parts.items()
            if part is not None
        ]
        return "".join(f",{text}" if self._language != CHINESE else text for text in texts)

    # --- what is looked up

    def _looked_up(self, rule: Rule) -> list[Line]:
        book = self._book
        indices: dict[tuple[str, int], bool] = {}
        for node in (rule.when, rule.action):
            for part in parts_of(node) if isinstance(node, Node) else ():
                if isinstance(part, TableLookup):
                    indices["table", part.index] = True
                elif isinstance(part, ParameterRef):
                    indices["parameter", part.index] = True
                elif isinstance(part, InSchedule):
                    indices["schedule", part.index] = True
        lines: list[Line] = []
        for kind, index in indices:
            if kind == "parameter":
                lines.append(self._parameter(index))
            elif kind == "schedule":
                lines += self._statement("SCHEDULE", book.schedules[index].name)
            else:
                lines += self._statement("TABLE", book.tables[index].name)
        return lines

    def _parameter(self, index: int) -> Line:
        row, words = self._book.parameters[index], self._words
        value, low, high = (words.value(row.type, v) for v in (row.value, row.lowest, row.highest))
        text = self._say(
            f"{row.name} is {value} (may be set from {low} to {high})",
            f"{row.name} 为 {value}（可在 {low} 至 {high} 之间调整）",
        )
        return Line(text, "dim", indent=5)

    def _statement(self, word: str, name: str) -> list[Line]:
        """A declaration as the formatter writes it."""
        key = f"{self._words.key(word)} {name} "
        text = format_book(self._book, "zh" if self._language == CHINESE else "en").split("\n")
        start = next(at for at, line in enumerate(text) if line.startswith(key))
        rows: list[Line] = []
        for line in text[start:]:
            if not line.strip() or (rows and not line.startswith(" ")):
                break
            rows.append(Line(line.split("  #")[0], "dim", indent=5, verbatim=True))
        return rows

    def facts(self, rules: tuple[Rule, ...]) -> list[Line]:
        """What each fact means that the book looks at."""
        names: dict[str, bool] = {}
        for rule in rules:
            for node in (rule.when, rule.action):
                for part in parts_of(node) if isinstance(node, Node) else ():
                    if isinstance(part, FactRef) and part.name not in (PIP, INSTANT_FACT):
                        names[part.name] = True
        if not names:
            return []
        head = Line(self._say("What it looks at:", "所看的事实："), "bold")
        lines = [Line(""), head]
        for name in names:
            fact = FACTS[name]
            text = self._say(f"{name}: {fact.meaning}", f"{fact.chinese}：{fact.meaning_zh}")
            lines.append(Line(text, indent=3))
        return lines
