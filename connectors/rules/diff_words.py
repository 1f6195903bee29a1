"""The difference of two books in words."""

from __future__ import annotations

from connectors.rules.deciding import Compared
from connectors.rules.diffing import Change
from connectors.rules.shown import Line

_KINDS = {
    "added": ("+", "新增", "green"),
    "gone": ("-", "删除", "red"),
    "changed": ("~", "改动", "yellow"),
    "moved": ("^", "移动", "cyan"),
}
_WHAT = {
    "rule": "规则",
    "table": "表",
    "parameter": "参数",
    "schedule": "时段",
    "book": "规则集",
}


def lines_of_diff(
    differences: list[Change], compared: Compared | None, language: str
) -> list[Line]:
    """Changes first, then what is decided otherwise."""
    zh = language == "zh"
    lines = [line for change in differences for line in _change(change, zh)]
    if not differences:
        lines.append(Line("两个规则集意思相同" if zh else "the books say the same"))
    return [*lines, *_compared(compared, zh)] if compared is not None else lines


def _change(change: Change, zh: bool) -> list[Line]:
    sign, chinese, style = _KINDS[change.kind]
    what = _WHAT[change.what] if zh else change.what
    name = f"“{change.name}”" if zh else f'"{change.name}"'
    line = change.new_line or change.old_line
    where = (f"（第 {line} 行）" if zh else f" (line {line})") if line else ""
    head = f"{sign} {what} {name}{where}"
    if change.kind in ("added", "gone"):
        body = [
            Line(f"{sign} {text}", style, indent=4, verbatim=True)
            for text in change.detail.split("\n")
        ]
        return [Line(f"{head} {chinese if zh else change.kind}", style), *body]
    return [Line(head, style), Line(change.detail, indent=4)]


def _compared(found: Compared, zh: bool) -> list[Line]:
    text = (
        f"{found.tried} 个请求中 {found.otherwise} 个的决定不同"
        if zh
        else f"{found.otherwise} of {found.tried} requests are decided otherwise"
    )
    lines = [Line(""), Line(text, "bold")]
    for was, now, count in found.by_rules:
        lines.append(Line(f'{count:>6}  "{was}" -> "{now}"', indent=2))
    for row in found.examples:
        lines.append(Line(row.request, "bold", indent=2))
        old, new, facts = ("原来", "现在", "事实") if zh else ("was", "now", "facts")
        lines.append(Line(f'{row.old}  "{row.old_rule}"', "red", indent=4, label=old))
        lines.append(Line(f'{row.new}  "{row.new_rule}"', "green", indent=4, label=new))
        lines.append(Line(", ".join(row.facts), indent=4, label=facts))
    return lines
