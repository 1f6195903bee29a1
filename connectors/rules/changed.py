"""A recorded day under changed rule books: the real core again, with the new text in their place.

What is assumed of hits and orders is `connectors.evidence.whatif`'s. Shown first are the requests
that would have been answered otherwise, then what the deals brought and what the limits held.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from connectors.evidence.records import segments_of_day, views_of
from connectors.evidence.use import LimitUse, percent
from connectors.evidence.whatif import Differs, Other, WhatIf, what_if
from connectors.evidence.words import safe
from connectors.rules.files import RuleFile, is_book
from connectors.rules.shown import Line
from robot.clock import format_time
from robot.core.rule_books import book_problems
from robot.core.state import restore
from robot.deals.reference import RuleFile as BookText
from robot.deals.reference import StrategyChoice
from robot.errors import ConfigurationError, RobotError
from robot.journal import RecordKind, Snapshot
from robot.messages.events import RobotStarted

_SHOWN = 50


def what_if_rules(journal: Path, day: str, file: RuleFile) -> WhatIf:
    """The day with this file in place of the book of its name; where the day had no rule books, in
    place of its strategy.
    """
    file.good()
    choice = strategy_of(journal, day)
    return what_if(journal, day, Other(strategy=_with(choice, file)))


def strategy_of(journal: Path, day: str) -> StrategyChoice:
    """The strategy that a day began with."""
    paths = segments_of_day(journal, day)
    for view in views_of(journal, paths):
        if len(view) > 1 and view.kinds[1] == RecordKind.SNAPSHOT:
            saved = msgspec.json.decode(view.record(1).payload, type=Snapshot)
            reference = restore(bytes(saved.state)).reference
            if reference is not None:
                return reference.strategy
        for _, turn in view.turns():
            for stamped in turn.inputs:
                if isinstance(stamped.event, RobotStarted):
                    return stamped.event.reference.strategy
    raise RobotError(f"{journal}: no strategy in force on {day}")


def _with(choice: StrategyChoice, file: RuleFile) -> StrategyChoice:
    """The strategy with the file's text in it."""
    names = [row.file for row in choice.rules]
    places = [at for at, row in enumerate(choice.rules) if is_book(file, row.file, row.text)]
    if choice.rules and not places:
        raise ConfigurationError(
            f"{file.name}: no book of the day has its file name or its title; there were "
            f"{', '.join(names)}"
        )
    if places:
        row = BookText(file=names[places[0]], text=file.text, parameters=file.parameters)
        rules = (*choice.rules[: places[0]], row, *choice.rules[places[0] + 1 :])
        made = msgspec.structs.replace(choice, rules=rules)
    else:
        name, values = file.path.name, file.parameters
        rules = (BookText(file=name, text=file.text, parameters=values),)
        made = StrategyChoice(name=choice.name, version=choice.version, parameters={}, rules=rules)
    problems = book_problems(made)
    if problems:
        raise ConfigurationError("\n".join(problems))
    return made


def lines_of(found: WhatIf, language: str) -> list[Line]:
    """In words."""
    zh = language == "zh"
    lists: tuple[tuple[str, str, tuple[Differs, ...]], ...] = (
        ("answered with another price or reason", "价格或理由不同", found.requoted),
        ("quoted on the day, refused now", "当日报价、现拒绝", found.newly_refused),
        ("refused on the day, quoted now", "当日拒绝、现报价", found.newly_quoted),
        ("deals not made", "不再成交", found.deals_lost),
        ("hits refused on the day, dealt on now", "当日拒绝、现成交", found.deals_gained),
        (
            "hits on quotes that would be worse for the client, not judged",
            "报价对客户更差，不作判断",
            found.apart,
        ),
    )
    otherwise = sum(len(rows) for _, _, rows in lists[:3])
    head = (
        f"{found.day}：{found.requests} 次询价中 {otherwise} 次回答不同，{found.deals} 笔成交"
        if zh
        else f"{found.day}: {otherwise} of {found.requests} requests answered otherwise,"
        f" {found.deals} deals on quotes"
    )
    lines = [Line(head, "bold")]
    if found.problem:
        text = "未到当日结束" if zh else "NOT TO THE END"
        lines.append(Line(f"{text}: {safe(found.problem)}", "red"))
    for english, chinese, rows in lists:
        if rows:
            lines.append(Line(f"{chinese if zh else english}: {len(rows)}", "bold"))
            lines += [line for row in rows[:_SHOWN] for line in _row(row, zh)]
            if len(rows) > _SHOWN:
                lines.append(Line(f"… {len(rows) - _SHOWN} (--json)", indent=2))
    return [*lines, *_beside(found, zh)]


def _row(row: Differs, zh: bool) -> list[Line]:
    who = f"{row.subject} {row.counterparty} {row.side} {row.amount:f} {row.pair}"
    was, now = ("当日", "现在") if zh else ("was", "now")
    return [
        Line(safe(f"{format_time(row.at_ns)} {row.venue} {who}"), indent=2),
        Line(row.recorded, "red", indent=4, label=was),
        Line(row.now, "green", indent=4, label=now),
    ]


def _beside(found: WhatIf, zh: bool) -> Sequence[Line]:
    lines = []
    if found.results:
        head = (
            "成交与损益：当日 -> 现在" if zh else "deals and what they brought: on the day -> now"
        )
        lines.append(Line(head, "bold"))
    for then, after in found.results:
        said = "损益" if zh else "result"
        pnl = f"; {said} {then.pnl} -> {after.pnl}" if then.pnl or after.pnl else ""
        deals = f"{then.deals} -> {after.deals}"
        edge = f"{then.edge:f} -> {after.edge:f}"
        what = ("笔", "对中价收益") if zh else ("deals", "edge")
        lines.append(Line(f"{then.pair}: {deals} {what[0]}, {what[1]} {edge}{pnl}", indent=2))
    moved = [(was, now) for was, now in found.peaks if _peak(was) != _peak(now)]
    head = "限额峰值变化" if zh else "peaks of limits that move"
    lines.append(Line(f"{head}: {len(moved)}", "bold"))
    for was, now in moved[:_SHOWN]:
        one = now or was
        assert one is not None, "one of them has it"
        lines.append(Line(f"{safe(one.limit_id)}: {_peak(was)} -> {_peak(now)}", indent=2))
    return lines


def _peak(use: LimitUse | None) -> str:
    return "-" if use is None else f"{use.peak:f} ({percent(use.peak_share)})"
