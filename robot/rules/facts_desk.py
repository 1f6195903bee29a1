"""Facts of our own: position, headroom, cash, result, what is outstanding, the time."""

from __future__ import annotations

from robot.rules.fact import EXCHANGE, Argument, Fact
from robot.rules.types import (
    AMOUNT,
    COUNT,
    DATE,
    DURATION,
    HOME_AMOUNT,
    INSTANT,
    NUMBER,
    SESSION,
    SHARE,
    TIME,
    TRUTH,
    WEEKDAY,
)

_PAIR, _CURRENCY, _TENOR = Argument.PAIR, Argument.CURRENCY, Argument.TENOR
_CASH = (_CURRENCY, _TENOR)

POSITION_FACTS = (
    Fact(
        name="position",
        chinese="头寸",
        also=("net position", "净头寸"),
        type=AMOUNT,
        arguments=(_CURRENCY,),
        meaning="Net position of the base currency or of the one named, positive = long.",
        meaning_zh="基准货币或指定货币的净头寸，正数为多头。",
    ),
    Fact(
        name="position limit",
        chinese="头寸限额",
        type=AMOUNT,
        arguments=(_CURRENCY,),
        meaning="Largest net position allowed either way.",
        meaning_zh="允许的最大净头寸（多空同）。",
    ),
    Fact(
        name="position share",
        chinese="头寸占比",
        also=("share of position limit",),
        type=SHARE,
        arguments=(_CURRENCY,),
        meaning="Net position as a share of its limit, from -100 % (short) to 100 % (long).",
        meaning_zh="净头寸占限额之比，-100 %（空）至 100 %（多）。",
    ),
    Fact(
        name="gap",
        chinese="缺口",
        type=AMOUNT,
        arguments=_CASH,
        meaning="Net amount that we receive on the last value date asked, or on that of the tenor"
        " named; negative = we pay.",
        meaning_zh="在所询最后起息日或指定期限起息日我方净收金额；负数为净付。",
    ),
)

HEADROOM_FACTS = (
    Fact(
        name="headroom",
        chinese="可用额度",
        type=AMOUNT,
        request=True,
        meaning="Largest amount that all limits together would still take of what is asked, at the"
        " middle of the market.",
        meaning_zh="就所询交易，按市场中价计，全部限额合计仍可容纳的最大金额。",
    ),
    Fact(
        name="headroom share",
        chinese="可用额度占比",
        type=SHARE,
        request=True,
        meaning="What is left of the limit that refuses more first, as a share of its maximum.",
        meaning_zh="最先拒绝更大金额的那项限额的可用额度占其上限之比。",
    ),
    Fact(
        name="line headroom",
        chinese="授信余额",
        type=AMOUNT,
        request=True,
        meaning="Largest amount that the counterparty's line would still take of what is asked.",
        meaning_zh="就所询交易，该对手方授信额度仍可容纳的最大金额。",
    ),
    Fact(
        name="settlement headroom",
        chinese="结算额度余额",
        type=AMOUNT,
        request=True,
        products=EXCHANGE,
        meaning="The same of the settlement limits, on the value date with the least; unknown where"
        " there is none.",
        meaning_zh="结算限额的同样数字，取余额最少的起息日；没有此类限额则未知。",
    ),
)

CASH_FACTS = (
    Fact(
        name="surplus",
        chinese="资金盈余",
        type=AMOUNT,
        arguments=_CASH,
        meaning="Cash expected at the end of today or of the value date named: nostro balance and"
        " all flows until then; negative = a need.",
        meaning_zh="今日或指定起息日终了的预计资金：存放余额加至该日的全部收付；负数为缺口。",
    ),
    Fact(
        name="need",
        chinese="资金需求",
        type=AMOUNT,
        arguments=_CASH,
        meaning="What is missing of it: minus the surplus where that is negative, else zero.",
        meaning_zh="所缺资金：盈余为负时取其相反数，否则为零。",
    ),
    Fact(
        name="days to next need",
        chinese="距下一缺口天数",
        type=COUNT,
        arguments=(_CURRENCY,),
        meaning="Calendar days to the first value date with a need; unknown where there is none.",
        meaning_zh="距首个出现资金缺口的起息日的日历天数；没有则未知。",
    ),
)

RESULT_FACTS = (
    Fact(
        name="desk result today",
        chinese="交易台当日盈亏",
        type=HOME_AMOUNT,
        meaning="Realised and unrealised result of the desk since the start of the trade date.",
        meaning_zh="交易台自当日开始的已实现与未实现盈亏。",
    ),
    Fact(
        name="desk result this month",
        chinese="交易台当月盈亏",
        type=HOME_AMOUNT,
        meaning="The same since the first trade date of the month.",
        meaning_zh="自当月首个交易日起的同样数字。",
    ),
    Fact(
        name="strategy result today",
        chinese="策略当日盈亏",
        type=HOME_AMOUNT,
        meaning="The same of the deals that the strategy of this rule book made, whatever its"
        " version; hedges are not among them.",
        meaning_zh="本规则集所属策略（不论版本）自身成交的同样数字，不含对冲。",
    ),
    Fact(
        name="strategy result this month",
        chinese="策略当月盈亏",
        type=HOME_AMOUNT,
        meaning="The same since the first trade date of the month.",
        meaning_zh="自当月首个交易日起的同样数字。",
    ),
    Fact(
        name="pair result today",
        chinese="货币对当日盈亏",
        type=HOME_AMOUNT,
        arguments=(_PAIR,),
        products=EXCHANGE,
        meaning="Result of all deals in the pair since the start of the trade date.",
        meaning_zh="该货币对全部成交当日的盈亏。",
    ),
    Fact(
        name="pair result this month",
        chinese="货币对当月盈亏",
        type=HOME_AMOUNT,
        arguments=(_PAIR,),
        products=EXCHANGE,
        meaning="The same since the first trade date of the month.",
        meaning_zh="自当月首个交易日起的同样数字。",
    ),
)

OWN_FACTS = (
    Fact(
        name="quotes outstanding",
        chinese="未到期报价数",
        type=COUNT,
        meaning="Our quotes that can be dealt on now, all of them.",
        meaning_zh="当前可被成交的我方全部报价数目。",
    ),
    Fact(
        name="quotes outstanding with counterparty",
        chinese="对该对手方未到期报价数",
        type=COUNT,
        request=True,
        meaning="Those of them that were given to this counterparty.",
        meaning_zh="其中报给该对手方的数目。",
    ),
    Fact(
        name="amount quoted",
        chinese="未到期报价金额",
        type=AMOUNT,
        arguments=(_PAIR,),
        meaning="Sum of the amounts of our outstanding quotes in the pair or currency asked.",
        meaning_zh="所询货币对或货币上我方未到期报价的金额合计。",
    ),
    Fact(
        name="orders outstanding",
        chinese="未了订单数",
        type=COUNT,
        meaning="Orders of ours in the market, those of unknown fate too.",
        meaning_zh="市场上我方未了订单数目，含状态不明者。",
    ),
    Fact(
        name="asks open",
        chinese="未了询价数",
        type=COUNT,
        meaning="Our own requests to other banks that have not ended.",
        meaning_zh="我方向他行发出且未结束的询价数目。",
    ),
)

TIME_FACTS = (
    Fact(
        name="time",
        chinese="时间",
        also=("now", "time of day", "现在", "此刻"),
        type=TIME,
        meaning="Time of day in the desk's own time zone; `now in NAME` asks a schedule.",
        meaning_zh="交易台时区的时刻；“现在 在 名称”查时段表。",
    ),
    Fact(
        name="instant",
        chinese="时刻",
        type=INSTANT,
        meaning="The moment itself; only schedules look at it.",
        meaning_zh="时间点本身；仅供时段表使用。",
    ),
    Fact(
        name="trade date",
        chinese="交易日",
        type=DATE,
        meaning="Today's trade date.",
        meaning_zh="今天的交易日。",
    ),
    Fact(
        name="weekday",
        chinese="星期",
        type=WEEKDAY,
        meaning="Day of the week of the trade date.",
        meaning_zh="交易日是星期几。",
    ),
    Fact(
        name="session",
        chinese="交易时段",
        type=SESSION,
        meaning="asia from 07:00 Tokyo, london from 08:00 London, new york from 13:00 to 17:00 New"
        " York; the latest that has begun; before Tokyo: closed.",
        meaning_zh="东京 07:00 起为亚洲盘，伦敦 08:00 起为伦敦盘，纽约 13:00 至 17:00 为纽约盘；"
        "取最近开始者，此外为休市。",
    ),
    Fact(
        name="time to cutoff",
        chinese="距截止时间",
        type=DURATION,
        arguments=(_CURRENCY,),
        meaning="Time until payments of the currency asked or named must be in that are made on"
        " the trade date; negative = too late; unknown on its holidays, and where the desk says"
        " no time.",
        meaning_zh="距所询或指定货币交易日当日付款截止的时间；负数为已过；该货币假日或交易台未设定则未知。",
    ),
    Fact(
        name="time to holiday",
        chinese="距下一假日",
        type=DURATION,
        arguments=(_CURRENCY,),
        meaning="Time until the next holiday begins that is no weekend, in the calendar of the"
        " currency asked or named.",
        meaning_zh="距所询或指定货币日历中下一个非周末假日开始的时间。",
    ),
    Fact(
        name="month end",
        chinese="月末",
        also=("is month end", "it is month end"),
        type=TRUTH,
        meaning="The trade date is the last business day of its month.",
        meaning_zh="交易日是当月最后一个工作日。",
    ),
    Fact(
        name="quarter end",
        chinese="季末",
        type=TRUTH,
        meaning="The trade date is the last business day of its quarter.",
        meaning_zh="交易日是当季最后一个工作日。",
    ),
    Fact(
        name="year end",
        chinese="年末",
        type=TRUTH,
        meaning="The trade date is the last business day of its year.",
        meaning_zh="交易日是当年最后一个工作日。",
    ),
    Fact(
        name="chance",
        chinese="随机数",
        type=NUMBER,
        meaning="A number from 0 to below 1, drawn from the journaled seed for this decision.",
        meaning_zh="0（含）到 1（不含）的数，由日志中的种子为本次决定抽取。",
    ),
)

DESK_FACTS = (
    *POSITION_FACTS,
    *HEADROOM_FACTS,
    *CASH_FACTS,
    *RESULT_FACTS,
    *OWN_FACTS,
    *TIME_FACTS,
)
