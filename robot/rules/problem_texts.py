"""The text of every problem: what is wrong with the values, and what to write instead.

Code -> English, Chinese. What is in braces is filled in where the problem is found.
"""

from __future__ import annotations

SIGNS = {
    "hidden character": (
        "{name} is a control or invisible character: delete it",
        "{name} 是控制字符或不可见字符：请删除",
    ),
    "stray character": (
        "`{sign}` ({name}) cannot stand here: outside quotes only plain letters, digits and"
        " Chinese characters do",
        "此处不能有“{sign}”（{name}）：引号之外只能用字母、数字和汉字",
    ),
    "open quote": (
        "the quote is not closed on this line: end it with the same kind of quotation mark",
        "本行引号未闭合：请以同种引号结束",
    ),
    "text too long": ("a text has at most {most} characters", "文字最多 {most} 个字符"),
    "name too long": ("a name has at most {most} characters", "名称最多 {most} 个字符"),
    "too many digits": ("a number has at most {most} digits", "数字最多 {most} 位"),
    "file too long": (
        "the file has {found} characters, at most {most} are read: split it into several books",
        "文件有 {found} 个字符，最多读 {most} 个：请拆成几个规则集",
    ),
    "too costly": (
        "one decision may take {found} operations, at most {most} are done, and this rule takes"
        " most of them: split the book, or use fewer windows and choices",
        "一次决策可能需要 {found} 次运算，最多 {most} 次，其中本规则最多："
        "请拆分规则集，或减少时段和选项",
    ),
    "statement too long": (
        "the statement has over {most} words: split it",
        "语句超过 {most} 个词：请拆分",
    ),
    "too deep": (
        "over {most} levels in one another: name a part as a table or a parameter, or split the"
        " rule",
        "嵌套超过 {most} 层：请拆分规则，或以表、参数命名其中一部分",
    ),
    "too many": ("more than {most} of these: {what}", "超过 {most} 个：{what}"),
}

STATEMENTS = {
    "no statement": (
        "a statement begins with `book`, `for`, `every`, `choose`, `parameter`, `table`,"
        " `schedule`, `rule` or `otherwise`, not with {found}{hint}",
        "语句以“规则集”“适用”“每隔”“取第一条”“参数”“表”“时段”“规则”或“否则”开头，而不是{found}{hint}",
    ),
    "syntax": ("expected {wanted}, found {found}{hint}", "此处应为{wanted}，却是{found}{hint}"),
    "no book": (
        'the book has no name: begin with `book "NAME"`',
        "规则集没有名称：请以 规则集 “名称” 开头",
    ),
    "no scope": (
        "the book does not say what it is for: add e.g. `for spot in EUR/USD`",
        "未说明规则集适用于什么：请加一行，如 适用 即期 在 EUR/USD",
    ),
    "statement twice": (
        "this was said in line {line} already: keep one",
        "第 {line} 行已经说过：请只留一处",
    ),
    "scope twice": ("{found} is said twice for this product", "该产品的 {found} 出现两次"),
    "loans apart": (
        "one book is about currencies or about loans, not both: make two books",
        "一个规则集只管外汇或只管拆借回购，不能兼有：请分成两个",
    ),
    "loans have a currency": (
        "deposits and repos are in a currency such as CNY, found `{found}`",
        "拆借与回购以货币说明（如 CNY），却是“{found}”",
    ),
    "deals have a pair": (
        "spot, forward, swap and ndf are in a pair such as EUR/USD, found `{found}`",
        "即期、远期、掉期以货币对说明（如 EUR/USD），却是“{found}”",
    ),
    "every": (
        "a book looks every 1 s to every 1 d: write e.g. `every 5 min`",
        "每次查看间隔为 1 秒至 1 天：如 每隔 5 分钟",
    ),
    "name taken": ("`{name}` is the name of something else already", "“{name}”已被用作名称"),
    "rule twice": (
        'there is a rule "{name}" in line {line} already: give this one another name',
        "第 {line} 行已有规则“{name}”：请换一个名称",
    ),
    "after otherwise": (
        "this rule comes after `otherwise` (line {line}) and would never be asked: move it up",
        "本规则在“否则”（第 {line} 行）之后，永远轮不到：请移到前面",
    ),
    "priority": (
        "a priority is a whole number from 0 to {most}",
        "优先级是 0 至 {most} 的整数",
    ),
    "empty text": ("the text is empty: say something", "文字为空：请写明"),
}

DECLARATIONS = {
    "no bounds": (
        "parameter `{name}` has no bounds: add `, between LOWEST and HIGHEST`",
        "参数“{name}”没有上下限：请加 ，介于 下限 和 上限",
    ),
    "bounds of another unit": (
        "value and bounds of parameter `{name}` need the same unit",
        "参数“{name}”的取值与上下限单位须一致",
    ),
    "out of bounds": (
        "parameter `{name}` is not within its bounds, or these are turned round",
        "参数“{name}”不在上下限之内，或上下限颠倒",
    ),
    "not a plain number": (
        "a number with its unit must stand here, such as 0.4 pip",
        "此处须为带单位的数字，如 0.4 点",
    ),
    "no key": ("{type} cannot be the key of a table", "{type}不能作表的键"),
    "no rows": ("table `{name}` has no values", "表“{name}”没有数值"),
    "needs up to": (
        "a heading of {type} is a step: write `up to` before it",
        "{type}的表头是分档：请在前面写“至多”",
    ),
    "no steps": (
        "{type} has no steps: write the name without `up to`",
        "{type}没有分档：请去掉“至多”只写名称",
    ),
    "steps or not": (
        "headings are all with `up to` or all without",
        "表头要么都写“至多”，要么都不写",
    ),
    "no heading": (
        "a heading that is {type} must stand here",
        "此处须为表头：{type}",
    ),
    "heading twice": ("this heading was there before: keep one", "表头重复：请只留一个"),
    "not rising": (
        "steps rise from left to right and from top to bottom: this one is not larger than the"
        " one before",
        "分档须由小到大：此档不大于前一档",
    ),
    "after the rest": (
        "nothing comes after the heading for everything else",
        "“其他”之后不能再有表头",
    ),
    "cells of a row": (
        "this row has {found} values, the table has {wanted} columns",
        "本行有 {found} 个数值，表有 {wanted} 列",
    ),
    "row twice": ("this row of table `{name}` was there before", "表“{name}”的这一行重复"),
    "row missing": (
        "table `{name}` has no row for {row}: add it, with `-` where there is no value",
        "表“{name}”缺少 {row} 一行：请补上，没有数值处写 -",
    ),
    "no cell": (
        "a value such as 0.3 pip must stand here, or `-` for none",
        "此处须为数值（如 0.3 点），没有则写 -",
    ),
    "cells of two units": (
        "all values of table `{name}` need the same unit",
        "表“{name}”的所有数值单位须一致",
    ),
    "no zone": (
        "schedule `{name}` has no time zone: end it with e.g. Europe/London or UTC",
        "时段“{name}”没有时区：请以 北京时间、UTC 等结尾",
    ),
    "unknown zone": (
        "`{name}` is no time zone of the language{hint}",
        "“{name}”不是可用的时区{hint}",
    ),
    "empty window": (
        "from and until are the same time: say e.g. 08:00 to 17:00",
        "起止时刻相同：请写如 08:00 至 17:00",
    ),
}

VALUES = {
    "no pair": (
        "`{found}` is no currency pair: write it as EUR/USD",
        "“{found}”不是货币对：请写如 EUR/USD",
    ),
    "no date": ("{found} is no date of the calendar", "没有 {found} 这一天"),
    "no time": ("{found} is no time of day: 00:00 to 23:59", "{found} 不是时刻：00:00 至 23:59"),
    "too fine": (
        "finer than {type} is counted: the smallest step is {step}",
        "{type}的最小单位是 {step}，此数更细",
    ),
    "too large": ("no {type} is as large", "{type}没有这么大"),
    "needs a unit": (
        "{wanted} must stand here: write it with its unit, as in {sample}",
        "此处须为{wanted}：请带单位书写，如 {sample}",
    ),
    "not that type": (
        "{wanted} must stand here, such as {sample}, found {found}",
        "此处须为{wanted}（如 {sample}），却是{found}",
    ),
    "not one of": (
        "`{found}` is not {type}; known are {known}{hint}",
        "“{found}”不是{type}；可用的有{known}{hint}",
    ),
    "text needs quotes": (
        'a text stands in quotes: "{found}"',
        "文字须加引号：“{found}”",
    ),
    "small amount": (
        "{number} alone is a very small amount: write {number} mio, or the currency before it if"
        " just so much is meant",
        "只写 {number} 是很小的金额：请写 {number} 百万 等，确实如此则在前面写明货币",
    ),
    "list of names": (
        "a list of names is written with `is one of`, as in `tier is one of gold, {name}`",
        "多个名称请用“属于”，如 等级 属于 gold, {name}",
    ),
    "sign in a name": (
        "a name with a sign or blank in it stands in quotes; found {found}",
        "含符号或空格的名称须加引号；却是{found}",
    ),
    "imm tenor": (
        "{name} has no fixed length: say the date or another tenor",
        "{name} 没有固定期限：请写日期或其他期限",
    ),
    "unknown name": ("nothing is called `{name}`{hint}", "没有名为“{name}”的内容{hint}"),
    "unknown table": ("there is no table `{name}`{hint}", "没有表“{name}”{hint}"),
    "unknown schedule": ("there is no schedule `{name}`{hint}", "没有时段“{name}”{hint}"),
    "table without keys": (
        "`{name}` is a table: say which value, as in `{name}[tier, size]`",
        "“{name}”是表：请写明取哪一格，如 {name}[等级, 金额]",
    ),
    "number of keys": (
        "table `{name}` has {wanted} keys, found {found}",
        "表“{name}”有 {wanted} 个键，却写了 {found} 个",
    ),
    "used as two": (
        "`{name}` is {first} elsewhere and {second} here: write its numbers with a unit, or make"
        " two of it",
        "“{name}”在别处是{first}，在此是{second}：请给数字写明单位，或分成两个",
    ),
    "no such argument": (
        "{fact} takes {wanted} in brackets, in this order",
        "{fact}的方括号内依次可写{wanted}",
    ),
    "argument missing": (
        "{fact} needs {wanted} in brackets",
        "{fact}须在方括号内写明{wanted}",
    ),
    "no request": (
        "{fact} is of a request: a book with `every` has none",
        "{fact}属于询价：有“每隔”的规则集没有询价",
    ),
    "never known": (
        "{fact} is never known for {products}",
        "{products}没有{fact}",
    ),
}

EXPRESSIONS = {
    "no condition": (
        "a condition must stand here, such as `size <= 5 mio`",
        "此处须为条件，如 金额 <= 500万",
    ),
    "compares truths": (
        "this is true or false by itself: write it alone, or with `not` before it",
        "它本身即为真假：请单独书写，或在前面写“非”",
    ),
    "not comparable": (
        "{left} cannot be compared with {right}",
        "{left}不能与{right}比较",
    ),
    "two units": (
        "{left} cannot be compared with {right}: convert one of them yourself",
        "{left}不能与{right}比较：请先换算",
    ),
    "no order": (
        "{type} is not larger or smaller than another: use `is`, `is not` or `is one of`",
        "{type}没有大小之分：请用“是”“不是”或“属于”",
    ),
    "turned round": (
        "nothing lies between these: the first must not be above the second",
        "此区间为空：前者不得大于后者",
    ),
    "not a plain value": (
        "only plain values can be listed here: use `or` for others",
        "此处只能列出具体的值：其他请用“或”",
    ),
    "twice in a list": ("this was in the list before", "列表中重复"),
    "only now": (
        "only `now` is in a schedule: write `now in NAME`",
        "只有“现在”可在时段内：请写 现在 在 名称",
    ),
    "only facts are known": (
        "only a fact can be known or missing",
        "只有事实名才有已知、未知之分",
    ),
    "cannot be negative": ("{type} has no sign", "{type}没有正负"),
    "no sum": ("{left} and {right} cannot be added", "{left}与{right}不能相加"),
    "no difference": (
        "{right} cannot be taken from {left}",
        "{left}不能减{right}",
    ),
    "no product": (
        "{left} and {right} cannot be multiplied: one of them must be a number",
        "{left}与{right}不能相乘：其一须为数字",
    ),
    "no quotient": (
        "{left} cannot be divided by {right}",
        "{left}不能除以{right}",
    ),
    "by zero": ("nothing can be divided by zero", "不能除以零"),
    "wrong type": ("{wanted} must stand here, found {found}", "此处须为{wanted}，却是{found}"),
}

ACTIONS = {
    "two actions": (
        "one action answers, this is a second: keep one (an alert may stand beside it)",
        "只能有一个动作，这是第二个：请只留一个（可另加提醒）",
    ),
    "only an alert": (
        'an alert does not answer: add an action, such as `pass "REASON"`',
        "提醒不是答复：请加一个动作，如 拒绝 “原因”",
    ),
    "said twice": ("this is said twice: keep one", "重复：请只留一处"),
    "quote needs a margin": (
        "a quote needs its margin: `quote margin {sample}`",
        "报价须写明点差：报价 点差 {sample}",
    ),
    "negative margin": (
        "a margin is not negative: our bid would be over our offer",
        "点差不能为负：否则买价高于卖价",
    ),
    "no such duration": (
        "a duration here is above zero and at most 1 d",
        "此处时长须大于零且不超过 1 天",
    ),
    "not positive": ("an amount here is above zero", "此处金额须大于零"),
    "needs a reason": (
        'a reason must stand here in quotes: "..."',
        "此处须在引号内写明原因：“…”",
    ),
    "number of banks": ("1 to {most} banks can be asked", "可询问 1 至 {most} 家"),
    "needs a limit": (
        "the worst price or rate is missing: add `at ...`",
        "缺少最差可接受的价格或利率：请加 以 …",
    ),
    "needs a walk-away": (
        "how far may it go? add `no worse than ...`: nothing past it is ever quoted",
        "底线何在？请加 不劣于 …：任何报价都不会越过它",
    ),
    "limit without side": (
        "a limit or a game needs a side: say `to buy`, `to sell`, `to lend` or `to borrow`",
        "限价或博弈须有方向：请写 至 买入、卖出、融出或融入",
    ),
    "within and until": (
        "say `within` or `until`, not both",
        "“限时”与“直到”只能写一个",
    ),
    "answers a request": (
        "this answers a request: a book with `every` has none",
        "此动作答复询价：有“每隔”的规则集没有询价",
    ),
    "two terms": (
        "the products of this book are priced in different terms (prices, points): make a book"
        " for each",
        "本规则集各产品的报价口径不同（价格、掉期点）：请分成几个规则集",
    ),
    "loans are lent": (
        "loans are lent or borrowed, not bought or sold",
        "拆借与回购用融出、融入，不用买卖",
    ),
    "currencies are bought": (
        "currencies are bought or sold, not lent or borrowed",
        "外汇用买入、卖出，不用融出、融入",
    ),
    "loans are not hedged": (
        "a loan is not hedged: lend or borrow instead",
        "拆借与回购不作对冲：请用融出或融入",
    ),
}

FINDINGS = {
    "dead rule": (
        'rule "{name}" can never fire: its condition contradicts itself or what the book is for',
        "规则“{name}”永远不会触发：条件自相矛盾，或与规则集的适用范围矛盾",
    ),
    "shadowed rule": (
        'rule "{name}" can never fire: rule "{by}" (line {line}) is asked before it and catches'
        " everything",
        "规则“{name}”永远轮不到：第 {line} 行的规则“{by}”在它之前，且已全部覆盖",
    ),
    "unused": ("nothing uses `{name}`", "“{name}”没有被用到"),
}

TEXTS: dict[str, tuple[str, str]] = {
    **SIGNS,
    **STATEMENTS,
    **DECLARATIONS,
    **VALUES,
    **EXPRESSIONS,
    **ACTIONS,
    **FINDINGS,
}
