"""Words of scenario files beside those of the rule language, and what is said of mistakes."""

from __future__ import annotations

WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "SCENARIO": (("scenario",), ("情景",)),
    "BACKGROUND": (("background",), ("背景",)),
    "GIVEN": (("given",), ("假设",)),
    "BECAUSE": (("because",), ("因为",)),
    "MARKET": (("market",), ("行情",)),
    "POINTS": (("points",), ("掉期点",)),
    "RATES": (("rates", "rate"), ("利率",)),
    "CLIENT": (("client",), ("客户",)),
    "ASKS": (("asks", "wants"), ("询价",)),
    "FROM": (("from",), ("来自",)),
    "ON": (("on",), ("平台上",)),
    "LOOKS": (("looks",), ("查看",)),
    "FILLER": (("it", "the"), ("到时",)),
    "TWO": (("two", "both"), ("双边",)),
    "WAY": (("way",), ("双向",)),
    "REFUSED": (("refused",), ("无法得出",)),
    "NO": (("no",), ("没有",)),
}
"""Key -> English and Chinese words; of each the first is the usual one."""

BY_WORD = {word: key for key, forms in WORDS.items() for form in forms for word in form}

TEXTS = {
    "scenario start": (
        'a scenario file says `book "FILE"`, `background`, `scenario "NAME"`, `given`, `when` and'
        " `then`, not `{found}`{hint}",
        "情景文件由 规则集、背景、情景、假设、当、则 组成，而不是“{found}”{hint}",
    ),
    "needs a name": (
        'a scenario has a name: write `scenario "WHAT IT SHOWS"`',
        "情景须有名称：请写 情景 “说明”",
    ),
    "name twice": (
        'there is a scenario "{name}" in line {line} already',
        "第 {line} 行已有情景“{name}”",
    ),
    "no scenario": (
        'this stands before any scenario: write `scenario "WHAT IT SHOWS"` above it',
        "此前没有情景：请先写 情景 “说明”",
    ),
    "twice in one": (
        "this scenario has `{found}` already: one request and one expectation each",
        "本情景已有“{found}”：每个情景一个请求、一个预期",
    ),
    "no then": (
        'scenario "{name}" expects nothing: add `then ...`',
        "情景“{name}”没有预期：请加 则 ……",
    ),
    "no when": (
        'scenario "{name}" asks nothing: add `when client NAME asks 5 mio EUR/USD`',
        "情景“{name}”没有请求：请加 当 客户 名称 询价 500万 EUR/USD",
    ),
    "no look": (
        "this book answers requests: write `when client NAME asks ...`",
        "本规则集回答询价：请写 当 客户 名称 询价 ……",
    ),
    "no request": (
        "this book looks by the clock and answers no request: write `when it looks`",
        "本规则集按时查看，不回答询价：请写 当 查看",
    ),
    "expected": (
        "expected {wanted}, found `{found}`{hint}",
        "此处应为{wanted}，却是“{found}”{hint}",
    ),
    "ends": ("expected {wanted}, but it ends here", "此处应为{wanted}，却结束了"),
    "not in book": (
        "the book is not for {found}: it answers {known}",
        "规则集不适用于 {found}：只回答 {known}",
    ),
    "no such rule": (
        'the book has no rule "{name}"{hint}',
        "规则集没有规则“{name}”{hint}",
    ),
    "no such zone": ("no time zone `{found}`{hint}", "没有时区“{found}”{hint}"),
    "needs a pip": (
        "a pip of `{found}` is not known: no such pair in conventions.yaml",
        "不知“{found}”的点值：conventions.yaml 中没有该货币对",
    ),
    "no scenarios": ("the file has no scenario", "文件没有情景"),
}

WANTED = {
    "fact": ("a fact, such as `position 20 mio`", "事实，如 头寸 2000万"),
    "client": ("`client NAME asks`", "客户 名称 询价"),
    "asks": ("`asks` and an amount", "询价 和金额"),
    "amount": ("an amount, such as 5 mio", "金额，如 500万"),
    "price": ("a price, or `-` where none is quoted", "价格，不报的一边写 -"),
    "slash": ("`/` and the other price", "/ 和另一边的价格"),
    "value": ("a value", "数值"),
    "text": ("a text in quotes", "引号内的文字"),
    "time": ("a time, such as 13:30", "时刻，如 13:30"),
    "instrument": ("a pair such as EUR/USD, or a currency", "货币对（如 EUR/USD）或货币"),
    "action": (
        "what is answered: `quote`, `pass`, `ask a person`, `ask 3 banks`, `buy`, `sell`, `lend`,"
        " `borrow`, `counter`, `hedge`, `hand to`, `alert` or `refused`",
        "回答：报价、拒绝、转人工、询问 3 家、买入、卖出、融出、融入、还价、对冲、交给策略、提醒"
        " 或 无法得出",
    ),
    "because": ("the name of a rule in quotes, or `otherwise`", "引号内的规则名，或 否则"),
    "bracket": ("`]`", "]"),
    "more": ("`,` and more, or the end", "，和更多内容，或结束"),
}
