"""Every word of the language, English and Chinese. Lexer, formatter, reference and editor read it.

Of each entry the first word is what the formatter writes; the others are read. Words are told
apart by the longest that fits; English ones in capitals or not.
"""

from __future__ import annotations

from robot.rules.types import Kind

Forms = tuple[tuple[str, ...], tuple[str, ...]]
"""English and Chinese."""

ENGLISH, CHINESE = 0, 1
LANGUAGES = {"en": ENGLISH, "zh": CHINESE}

KEYWORDS: dict[str, Forms] = {
    "BOOK": (("book",), ("规则集",)),
    "FOR": (("for",), ("适用", "为期")),
    "EVERY": (("every",), ("每隔",)),
    "DURING": (("during",), ("期间",)),
    "CHOOSE_FIRST": (("choose the first",), ("取第一条",)),
    "CHOOSE_SPECIFIC": (("choose the most specific",), ("取最具体",)),
    "CHOOSE_BEST": (("choose the best for the client", "choose the best"), ("取对客户最优",)),
    "PARAMETER": (("parameter",), ("参数",)),
    "TABLE": (("table",), ("表",)),
    "BY": (("by",), ("按",)),
    "UP_TO": (("up to",), ("至多",)),
    "REST": (("other", "above", "any other"), ("其他", "以上")),
    "NONE": (("none",), ("无",)),
    "SCHEDULE": (("schedule",), ("时段",)),
    "TO": (("to",), ("至", "到")),
    "RULE": (("rule",), ("规则",)),
    "PRIORITY": (("priority",), ("优先级",)),
    "WHEN": (("when", "if"), ("当", "如果")),
    "THEN": (("then",), ("则",)),
    "OTHERWISE": (("otherwise",), ("否则",)),
    "AND": (("and",), ("且", "和", "并且", "与")),
    "OR": (("or",), ("或", "或者")),
    "NOT": (("not",), ("非", "并非")),
    "ALWAYS": (("always",), ("总是",)),
    "IS": (("is", "is equal to"), ("是", "等于", "为")),
    "IS_NOT": (("is not",), ("不是", "不等于")),
    "LESS": (
        ("<", "is less than", "is under", "under", "is before", "before"),
        ("<", "小于", "低于", "早于"),
    ),
    "AT_MOST": (("<=", "≤", "is at most", "at most"), ("<=", "不超过", "不高于")),
    "EQUAL": (("=", "=="), ("=",)),
    "UNEQUAL": (("!=", "<>", "≠"), ("!=",)),
    "AT_LEAST": ((">=", "≥", "is at least", "at least"), (">=", "不低于", "至少")),
    "MORE": (
        (">", "is more than", "is over", "over", "is after", "after"),
        (">", "大于", "高于", "超过", "晚于"),
    ),
    "BETWEEN": (("is between", "between"), ("介于",)),
    "ONE_OF": (("is one of",), ("属于",)),
    "NOT_ONE_OF": (("is not one of",), ("不属于",)),
    "IN": (("in", "is in"), ("在",)),
    "NOT_IN": (("not in", "is not in"), ("不在",)),
    "IS_KNOWN": (("is known",), ("已知",)),
    "IS_MISSING": (("is missing", "is not known", "is unknown"), ("未知", "缺失")),
    "PLUS": (("+", "plus"), ("+", "加上")),
    "MINUS": (("-", "minus", "−"), ("-", "减去")),
    "TIMES": (("x", "*", "×", "times", "of"), ("x", "乘以", "的")),
    "SLASH": (("/", "divided by", "÷"), ("/", "除以")),
    "LARGER": (("larger of", "the larger of"), ("较大者",)),
    "SMALLER": (("smaller of", "the smaller of"), ("较小者",)),
    "ABSOLUTE": (("absolute", "absolute value of"), ("绝对值",)),
    "QUOTE": (("quote",), ("报价",)),
    "MARGIN": (("margin",), ("点差",)),
    "SKEW": (("skew",), ("偏移",)),
    "AROUND": (("around",), ("围绕",)),
    "VALID": (("valid", "valid for"), ("有效",)),
    "BID_ONLY": (("bid only",), ("只报买价",)),
    "OFFER_ONLY": (("offer only",), ("只报卖价",)),
    "PASS": (("pass",), ("拒绝", "不报")),
    "ASK_PERSON": (("ask a person", "ask person"), ("转人工", "询问人工")),
    "ASK": (("ask",), ("询问",)),
    "BANKS": (("banks", "bank"), ("家银行", "家")),
    "OF_GROUP": (("of group",), ("属集团",)),
    "BY_GAME": (("by game",), ("由博弈",)),
    "BUY": (("buy",), ("买入",)),
    "SELL": (("sell",), ("卖出",)),
    "LEND": (("lend",), ("融出",)),
    "BORROW": (("borrow",), ("融入",)),
    "AT": (("at",), ("以",)),
    "OR_BETTER": (("or better",), ("或更优",)),
    "UNTIL": (("until",), ("直到",)),
    "WITHIN": (("within",), ("限时",)),
    "COUNTER": (("counter", "counter at"), ("还价",)),
    "NO_WORSE": (("no worse than", "at worst"), ("不劣于", "底价")),
    "HEDGE": (("hedge",), ("对冲",)),
    "HAND_GAME": (("hand to game",), ("交给博弈",)),
    "HAND_STRATEGY": (("hand to strategy", "hand to"), ("交给策略",)),
    "ALERT": (("alert",), ("提醒",)),
    "LEFT": (("(",), ("(",)),
    "RIGHT": ((")",), (")",)),
    "OPEN": (("[",), ("[",)),
    "CLOSE": (("]",), ("]",)),
    "COMMA": ((",",), (",",)),
    "COLON": ((":",), (":",)),
}
"""Terminal of the grammar -> its words and signs."""

PERCENT, BP, PIP = "%", "bp", "pip"

UNITS: dict[str, Forms] = {
    PERCENT: (("%", "percent"), ("%",)),
    BP: (("bp",), ("bp", "个基点", "基点")),
    PIP: (("pip", "pips"), ("点", "个点", "pip")),
    "ms": (("ms",), ("毫秒",)),
    "s": (("s", "sec", "seconds", "second"), ("秒", "秒钟")),
    "min": (("min", "minutes", "minute"), ("分钟",)),
    "h": (("h", "hours", "hour"), ("小时",)),
    "d": (("d", "days", "day"), ("天",)),
    "thousand": (("k", "thousand"), ("千",)),
    "ten thousand": (("wan",), ("万",)),
    "mio": (("mio", "m", "mn", "million"), ("百万",)),
    "ten mio": ((), ("千万",)),
    "yi": (("yi",), ("亿",)),
    "bn": (("bn", "bio", "yard", "billion"), ("十亿",)),
}
"""Words that are units right after a number."""

AMOUNT_UNITS = {
    "thousand": 10**3,
    "ten thousand": 10**4,
    "mio": 10**6,
    "ten mio": 10**7,
    "yi": 10**8,
    "bn": 10**9,
}
DURATION_UNITS_MS = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}

VALUES: dict[Kind, dict[str, Forms]] = {
    Kind.PRODUCT: {
        "SPOT": (("spot",), ("即期",)),
        "FORWARD": (("forward",), ("远期",)),
        "SWAP": (("swap",), ("掉期",)),
        "NDF": (("ndf",), ("无本金远期",)),
        "DEPOSIT": (("deposit",), ("拆借", "同业拆借")),
        "REPO": (("repo",), ("回购", "质押式回购")),
    },
    Kind.SIDE: {
        "BUY": (("buy",), ("买入",)),
        "SELL": (("sell",), ("卖出",)),
        "LEND": (("lend",), ("融出",)),
        "BORROW": (("borrow",), ("融入",)),
        "BOTH": (("both",), ("双边",)),
    },
    Kind.WEEKDAY: {
        "MON": (("Mon", "Monday"), ("周一", "星期一")),
        "TUE": (("Tue", "Tuesday"), ("周二", "星期二")),
        "WED": (("Wed", "Wednesday"), ("周三", "星期三")),
        "THU": (("Thu", "Thursday"), ("周四", "星期四")),
        "FRI": (("Fri", "Friday"), ("周五", "星期五")),
        "SAT": (("Sat", "Saturday"), ("周六", "星期六")),
        "SUN": (("Sun", "Sunday"), ("周日", "星期日")),
    },
    Kind.PARTY_TYPE: {
        "bank": (("bank",), ("银行",)),
        "securities": (("securities",), ("证券",)),
        "fund": (("fund",), ("基金",)),
        "insurer": (("insurer",), ("保险",)),
        "corporate": (("corporate",), ("企业",)),
    },
    Kind.CHANNEL: {
        "fix": (("fix",), ("fix",)),
        "chat": (("chat",), ("聊天",)),
        "voice": (("voice",), ("电话",)),
    },
    Kind.SESSION: {
        "asia": (("asia",), ("亚洲盘",)),
        "london": (("london",), ("伦敦盘",)),
        "new york": (("new york",), ("纽约盘",)),
        "closed": (("closed",), ("休市",)),
    },
}
"""Kinds whose values are a closed list: what the facts carry -> what is written."""

ZONES: dict[str, Forms] = {
    "UTC": (("UTC",), ("UTC",)),
    "Asia/Shanghai": (("Asia/Shanghai", "Beijing time"), ("北京时间",)),
    "Asia/Hong_Kong": (("Asia/Hong_Kong", "Hong Kong time"), ("香港时间",)),
    "Asia/Singapore": (("Asia/Singapore", "Singapore time"), ("新加坡时间",)),
    "Asia/Tokyo": (("Asia/Tokyo", "Tokyo time"), ("东京时间",)),
    "Asia/Seoul": (("Asia/Seoul",), ("首尔时间",)),
    "Asia/Taipei": (("Asia/Taipei",), ("台北时间",)),
    "Asia/Kolkata": (("Asia/Kolkata",), ("印度时间",)),
    "Asia/Dubai": (("Asia/Dubai",), ("迪拜时间",)),
    "Australia/Sydney": (("Australia/Sydney", "Sydney time"), ("悉尼时间",)),
    "Pacific/Auckland": (("Pacific/Auckland",), ("奥克兰时间",)),
    "Europe/London": (("Europe/London", "London time"), ("伦敦时间",)),
    "Europe/Berlin": (("Europe/Berlin", "Frankfurt time"), ("法兰克福时间",)),
    "Europe/Paris": (("Europe/Paris",), ("巴黎时间",)),
    "Europe/Zurich": (("Europe/Zurich",), ("苏黎世时间",)),
    "Europe/Istanbul": (("Europe/Istanbul",), ("伊斯坦布尔时间",)),
    "Africa/Johannesburg": (("Africa/Johannesburg",), ("约翰内斯堡时间",)),
    "America/New_York": (("America/New_York", "New York time"), ("纽约时间",)),
    "America/Toronto": (("America/Toronto",), ("多伦多时间",)),
    "America/Chicago": (("America/Chicago",), ("芝加哥时间",)),
    "America/Sao_Paulo": (("America/Sao_Paulo",), ("圣保罗时间",)),
    "America/Mexico_City": (("America/Mexico_City",), ("墨西哥城时间",)),
}
"""The time zones of schedules, and what they are called."""

FILLER = "the"
"""Means nothing: `when the market is crossed`."""
