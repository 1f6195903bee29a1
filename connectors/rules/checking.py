"""`rules check`: all that is wrong with a book, what in it can never matter, what it costs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import msgspec

from connectors.rules.files import RuleFile
from connectors.rules.shown import Line
from robot.core.rule_books import book_problems
from robot.deals.reference import Hand, StrategyChoice
from robot.deals.reference import RuleFile as RuleFile_
from robot.rules.cost import cost_of
from robot.rules.findings import Finding, findings
from robot.rules.oracle import shown
from robot.rules.problems import Problem, nearest
from robot.rules.tree import Book, HandTo
from robot.rules.walk import GAME, STRATEGY, names_used
from robot.settings import load_settings, names_of


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in one file."""

    file: str
    language: str
    ok: bool
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Finding, ...] = ()
    unknown: tuple[str, ...] = ()
    """Names that the desk's files do not have: `file:line:column: text`."""
    not_done: tuple[str, ...] = ()
    """What it names that the core cannot fill or do today: `file:line:column: text`."""
    ready: bool = False
    """Whether the robot would put it in force."""
    name: str = ""
    rules: int = 0
    tables: int = 0
    parameters: int = 0
    schedules: int = 0
    facts: tuple[str, ...] = ()
    cost: str = ""
    """What one decision takes at most."""


def checked(file: RuleFile, names: Mapping[str, Collection[str]] | None = None) -> Checked:
    """The examination of a file; `names` of a desk: tier, group ... -> which it has."""
    book = file.book
    if book is None:
        return Checked(file=file.name, language=file.language, ok=False, problems=file.problems)
    not_done = _not_done(file, book)
    return Checked(
        file=file.name,
        language=file.language,
        ok=True,
        ready=not not_done,
        warnings=tuple(findings(book, file.language)),
        not_done=not_done,
        unknown=tuple(_unknown(file, book, names)) if names is not None else (),
        name=book.name,
        rules=len(book.rules),
        tables=len(book.tables),
        parameters=len(book.parameters),
        schedules=len(book.schedules),
        facts=tuple(shown(key) for key in book.slots),
        cost=cost_of(book).shown(file.language),
    )


def _not_done(file: RuleFile, book: Book) -> tuple[str, ...]:
    """As the core looks at it when a desk names it; whom it hands to is for the desk to say."""
    actions = [rule.action for rule in (*book.rules, book.otherwise)]
    names = [action.name for action in actions if isinstance(action, HandTo)]
    choice = StrategyChoice(
        name="check",
        version="1",
        parameters={},
        rules=(RuleFile_(file=file.name, text=file.text),),
        hands={name: Hand(factory="", parameters={}) for name in names},
    )
    return tuple(book_problems(choice))


def desk_names(folder: Path) -> Mapping[str, Collection[str]]:
    """The names that only a desk's files can know."""
    settings = load_settings(folder.resolve())
    found = names_of(settings.reference, settings.catalogue)
    hands = frozenset(settings.reference.strategy.hands)
    return {what: found[what] for what in _KINDS} | dict.fromkeys(_HANDS, hands)


_KINDS = {
    "tier": "等级",
    "counterparty": "对手方",
    "group": "集团",
    "country": "国家",
    "venue": "平台",
}
"""Names that only a desk's files can know."""
_HANDS = {STRATEGY: "策略", GAME: "博弈"}
"""Names under `strategy.hands` of desk.yaml."""


def _unknown(file: RuleFile, book: Book, names: Mapping[str, Collection[str]]) -> Iterator[str]:
    for used in names_used(book):
        known = names.get(used.what, (used.name,))
        if used.name in known:
            continue
        near = nearest(used.name, known)
        place = f"{file.name}:{used.at.line}:{used.at.column}"
        if file.language == "zh":
            more = f"；是否指“{near}”？" if near else ""
            yield f"{place}: 交易台没有“{used.name}”（{(_KINDS | _HANDS)[used.what]}）{more}"
        else:
            more = f"; did you mean `{near}`?" if near else ""
            yield f"{place}: the desk has no {used.what} `{used.name}`{more}"


def told(found: Checked) -> list[Line]:
    """The examination in words, in the file's language or the one asked for."""
    zh = found.language == "zh"
    lines = [Line(problem.shown(found.file), "red", verbatim=True) for problem in found.problems]
    if not found.ok:
        count = len(found.problems)
        word = "problem" if count == 1 else "problems"
        text = f"{found.file}：{count} 处错误" if zh else f"{found.file}: {count} {word}"
        return [*lines, Line(text, "bold red")]
    for warning in found.warnings:
        lines.append(Line(f"{found.file}:{warning.line}: {warning.text}", "yellow"))
    lines += [Line(text, "yellow") for text in (*found.unknown, *found.not_done)]
    counts = (found.rules, found.tables, found.parameters, found.schedules, len(found.facts))
    names = ("条规则", "张表", "个参数", "个时段", "个事实") if zh else _NAMES
    if zh:
        said = "，".join(f"{count} {name}" for count, name in zip(counts, names, strict=True))
        lines.append(Line(f"{found.file}：“{found.name}”，{said}"))
        lines.append(Line(found.cost))
        return [*lines, _READY_ZH if found.ready else _NOT_READY_ZH]
    said = ", ".join(
        f"{count} {name}{'' if count == 1 else 's'}"
        for count, name in zip(counts, names, strict=True)
    )
    lines.append(Line(f'{found.file}: "{found.name}", {said}'))
    lines.append(Line(found.cost))
    return [*lines, _READY if found.ready else _NOT_READY]


_READY = Line("ready to use", "bold green")
_NOT_READY = Line("a rule book, but not one that the robot can put in force today", "bold yellow")
_READY_ZH = Line("可以使用", "bold green")
_NOT_READY_ZH = Line("规则集写法无误，但机器人目前还不能启用", "bold yellow")
_NAMES = ("rule", "table", "parameter", "schedule", "fact")
