"""What the language reference says between its tables; its lines are those of the pages."""

# ruff: noqa: E501

from __future__ import annotations

Both = tuple[str, str]
"""English and Chinese."""

INTRODUCTION: Both = (
    """\
# The rule language: reference

Generated from the grammar, the vocabulary and the facts by `python -m robot.rules.reference en`; in Chinese: [zh/rules-reference.md](zh/rules-reference.md).

A rule book is a text file, `NAME.rules`. English and Chinese are two sets of words for the same language and may be mixed; full-width signs and
digits are read as narrow ones. A statement begins on a line of its own; inside it blanks and line breaks do not matter, except in a table, where a line is a row.
`#` begins a comment. Names are one or more words or Chinese characters; one that is also a word of the language stands in quotes where it is used as a value.
A book reads facts and nothing else, answers with one action, and cannot run for long: there are no loops and no functions to define.""",
    """\
# 规则语言：参考

由语法、词汇与事实表生成：`python -m robot.rules.reference zh`；英文版：[../rules-reference.md](../rules-reference.md)。

规则集是一个文本文件，`名称.rules`。中文与英文是同一语言的两套词，可以混用；全角符号与数字按半角读。语句另起一行；语句之内空格与换行不论，
只有表是一行一行的。`#` 之后是注释。名称是若干单词或汉字；与语言中的词相同的名称，作为值使用时须加引号。
规则集只读事实，不读其他；以一个动作作答；没有循环，也不能定义函数，因此不会久算不停。""",
)

EXAMPLES: tuple[tuple[Both, str], ...] = (
    (
        ("A book that answers requests", "答复询价的规则集"),
        """\
book "EUR majors, two-way"
for spot in EUR/USD, GBP/USD

parameter base margin = 0.4 pip, between 0.1 pip and 2 pip   # what a sweep may vary

table margin by tier and size:
         up to 1 mio   up to 5 mio   up to 10 mio
  gold   0.3 pip       0.5 pip       0.8 pip
  silver 0.5 pip       0.8 pip       -

schedule london is Mon to Fri 08:00 to 17:00 Europe/London
schedule payrolls is 2026-12-04 13:25 to 13:40 UTC

rule "stale market" priority 100
  when market age > 500 ms or market is crossed
  then pass "market is stale" and alert "stale market"

rule "payrolls: wider" priority 50
  when now in payrolls and size <= 5 mio
  then quote margin 3 x margin[tier, size] valid 2 s

rule "gold"
  when tier is gold and size <= 10 mio and hit ratio < 60 %
  then quote margin larger of margin[tier, size] and base margin
       skew -0.2 pip x position share valid 5 s

rule "long already"
  when position share > 80 % and now in london
  then quote margin 2 pip around mid - 0.5 pip up to 1 mio offer only

rule "too large"
  when size > 10 mio
  then ask a person "over 10 mio" within 20 s

rule "they haggle"
  when their price is known and rounds is between 2 and 6
  then counter their price - 0.3 pip no worse than mid - 0.2 pip valid 10 s

rule "a game"
  when counterparty type is one of fund, insurer
  then hand to game "patient seller"

otherwise pass "no rule for this"
""",
    ),
    (
        ("A book that looks by the clock", "按时钟查看的规则集"),
        """\
book "overnight surplus"
for deposit in CNY
every 10 min during day
choose the most specific

schedule day is Mon to Fri 09:30 to 11:30 and 13:30 to 16:00 Asia/Shanghai

parameter floor = 1.62 %, between 1 % and 3 %

rule "lend"
  when surplus > 50 mio and DR007 > floor and change[DR007] > -5 bp
  then lend 50 % x surplus at larger of DR007 - 3 bp and floor for ON until 16:00

rule "fund a need"
  when need[CNY, TOM] > 1 bn
  then ask 3 banks of group LARGE to borrow 500 mio at DR007 + 4 bp for 1W within 90 s

otherwise pass "nothing to do"
""",
    ),
    (
        ("A book that flattens at the end of the day", "日终平盘的规则集"),
        """\
book "flat by evening"
for spot in EUR/USD
every 1 min during evening

schedule evening is Mon to Fri 16:30 to 17:00 Europe/London

rule "large"
  when absolute position > 20 mio
  then hedge 5 mio within 30 s

rule "rest"
  when absolute position > 1 mio
  then hedge

otherwise pass "flat enough"
""",
    ),
)

SECTIONS: dict[str, Both] = {
    "words": ("Words", "词"),
    "types": ("Types", "类型"),
    "units": ("Units, right after a number", "紧跟数字的单位"),
    "values": ("Values that are a closed list", "取值固定的名称"),
    "facts": ("Facts", "事实"),
    "indices": (
        "Reference rates, each a fact by its own name:",
        "参考利率，名称本身即为事实：",
    ),
    "limits": ("Limits", "上限"),
    "grammar": ("Grammar", "语法"),
}

SEMANTICS: Both = (
    """\
## What may be combined

price ± distance = price; price − price = distance; rate ± spread = rate; rate − rate = spread. Distances, spreads, amounts of one currency, shares, counts, durations
and numbers add to their own kind. A number or share times anything is that thing; one thing divided by another of its kind is a number. `larger of A and B`,
`smaller of A and B`, `absolute A`. Values are compared only within a type, and amounts of different currencies or prices of different pairs not at all. Names are
compared with `is`, `is not`, `is one of`. Anything else does not load.

Numbers are exact: every type has a smallest step (above), products and quotients are rounded to it, half to even. A number without a unit is a price, a
count or an amount by what stands beside it; `5 %` is a share or a rate. 1M is a tenor, 1m an amount.

## What happens

The rules are asked by falling priority (0 where none is said), then in the order of the file; the first whose condition is true decides. With `choose the most
specific` it is, among those of the highest priority that fires, the one whose condition makes the most tests; with `choose the best for the client` the quote
with the smallest margin. Where none fires `otherwise` holds, and without it the request is passed: `no rule`.

A fact may be unknown. A comparison with it is then neither true nor false; `and`, `or`, `not` follow: false and unknown is false, true or unknown is true, all else
unknown. A rule fires only where its condition is true. `is known` and `is missing` ask for it. A table without a row for its keys and a division by zero are unknown, too.
Where a value of the action that decides is unknown nothing is done: the request is refused, with the name of the fact.

bid = around − margin + skew, offer = around + margin + skew; `around` is the middle of the market where it is not said. `hedge` never makes a position larger and
never turns it round. One action answers; alerts may stand beside it. Whatever a book decides, the limits are checked afterwards as always.

A schedule's window begins on its days or its date, includes its start and not its end; one that ends at or before its start ends the next day. Days that are not said
are those of the window before it; a time zone holds for the windows before it.""",
    """\
## 可以怎样组合

价格 ± 价差距离 ＝ 价格；价格 − 价格 ＝ 价差距离；利率 ± 利差 ＝ 利率；利率 − 利率 ＝ 利差。价差距离、利差、同一货币的金额、比例、次数、时长、数字各自相加减。
数字或比例乘任何量仍为该量；同类相除得数字。另有 较大者 A 和 B、较小者 A 和 B、绝对值 A。只有同类型才能比较；不同货币的金额、不同货币对的价格不能比较。
名称用“是”“不是”“属于”。其他写法一律不能装入。

数字是精确的：每种类型有最小单位（见上），积与商按最小单位四舍六入五成双。没有单位的数字按旁边的量作价格、次数或金额；5 % 按旁边的量作比例或利率。1M 是期限，1m 是金额。

## 怎样执行

规则按优先级由高到低（未写为 0），同级按文件次序；第一条条件为真的规则决定。取最具体：在触发的最高优先级中，取条件最多的一条；取对客户最优：取点差最小的报价。
没有规则触发时以“否则”为准；没有写“否则”则拒绝，原因为 no rule。

事实可能未知。与未知的比较既非真也非假；“且、或、非”随之：假且未知为假，真或未知为真，其余未知。只有条件为真的规则才触发。用“已知”“未知”查询。
表中没有对应的行、除以零，同样是未知。决定的动作中有未知的值时什么都不做：拒绝并说明是哪个事实。

买价 ＝ 围绕 − 点差 + 偏移，卖价 ＝ 围绕 + 点差 + 偏移；未写“围绕”时为市场中价。“对冲”不会扩大头寸，也不会使其反向。只有一个动作作答，可另加提醒。
无论规则集如何决定，之后照常检查限额。

时段的每一段从其星期或日期开始，含起点而不含终点；终点不晚于起点的，到次日结束。未写的星期沿用前一段；时区适用于它之前的各段。""",
)

LIMITS: dict[str, Both] = {
    "file": ("characters of a file", "文件字符数"),
    "words": ("words and signs of a file", "文件词与符号数"),
    "rules": ("rules", "规则数"),
    "parameters": ("parameters", "参数数"),
    "tables": ("tables", "表数"),
    "cells": ("values of a table", "一个表的数值数"),
    "keys": ("keys of a table", "一个表的键数"),
    "schedules": ("schedules", "时段数"),
    "windows": ("windows of a schedule", "一个时段的段数"),
    "statement": ("words and signs of a statement", "一条语句的词与符号数"),
    "brackets": ("brackets in brackets", "括号嵌套层数"),
    "depth": ("terms of one calculation", "一次计算的项数"),
    "name": ("characters of a name", "名称字符数"),
    "text": ("characters of a text in quotes", "引号内文字字符数"),
    "digits": ("digits of a number", "数字位数"),
    "priority": ("priority", "优先级"),
    "banks": ("banks asked at once", "一次询问家数"),
    "alerts": ("alerts of a rule", "一条规则的提醒数"),
    "problems": ("problems told of one file", "一个文件提示的问题数"),
}
