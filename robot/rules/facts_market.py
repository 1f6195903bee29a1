"""Facts of the market: prices, curves, reference rates, volatility.

Prices are the best of all fresh venues; with a venue in brackets, that one's own.
"""

from __future__ import annotations

from robot.rules.fact import EXCHANGE, OUTRIGHT, Argument, Fact
from robot.rules.types import (
    AMOUNT,
    COUNT,
    DISTANCE,
    DURATION,
    PRICE,
    RATE,
    SPREAD,
    TRUTH,
)

_PAIR, _VENUE, _CURRENCY = Argument.PAIR, Argument.VENUE, Argument.CURRENCY
_TENOR, _WINDOW, _INDEX = Argument.TENOR, Argument.WINDOW, Argument.INDEX
_WHERE = (_PAIR, _VENUE)
_POINTS = (_PAIR, _TENOR)
_MONEY = (_CURRENCY, _TENOR)

SPOT_FACTS = (
    Fact(
        name="bid",
        chinese="买价",
        also=("market bid", "市场买价"),
        type=PRICE,
        arguments=_WHERE,
        products=OUTRIGHT,
        meaning="Best market bid, in the terms of what is asked; of a named pair its spot bid.",
        meaning_zh="市场最优买价，与询价同一口径；指定货币对时为其即期买价。",
    ),
    Fact(
        name="offer",
        chinese="卖价",
        also=("ask price", "market offer", "市场卖价"),
        type=PRICE,
        arguments=_WHERE,
        products=OUTRIGHT,
        meaning="Best market offer, in the terms of what is asked; of a named pair its spot offer.",
        meaning_zh="市场最优卖价，与询价同一口径；指定货币对时为其即期卖价。",
    ),
    Fact(
        name="mid",
        chinese="中价",
        also=("market mid", "市场中价"),
        type=PRICE,
        arguments=_WHERE,
        products=OUTRIGHT,
        meaning="Half-way between best bid and best offer.",
        meaning_zh="最优买价与最优卖价的中点。",
    ),
    Fact(
        name="spot mid",
        chinese="即期中价",
        type=PRICE,
        arguments=(_PAIR,),
        products=EXCHANGE,
        meaning="Middle of the spot market, also where a forward or swap is asked.",
        meaning_zh="即期市场中价，询远期或掉期时亦同。",
    ),
    Fact(
        name="market spread",
        chinese="市场价差",
        type=DISTANCE,
        arguments=_WHERE,
        products=EXCHANGE,
        meaning="Best offer minus best bid, negative where the market is crossed.",
        meaning_zh="最优卖价减最优买价，市场倒挂时为负。",
    ),
    Fact(
        name="bid size",
        chinese="买量",
        type=AMOUNT,
        arguments=_WHERE,
        products=EXCHANGE,
        meaning="Amount that the spot market shows at its best bid.",
        meaning_zh="即期市场最优买价上的数量。",
    ),
    Fact(
        name="offer size",
        chinese="卖量",
        type=AMOUNT,
        arguments=_WHERE,
        products=EXCHANGE,
        meaning="Amount that the spot market shows at its best offer.",
        meaning_zh="即期市场最优卖价上的数量。",
    ),
    Fact(
        name="market age",
        chinese="行情时长",
        also=("age of the market", "行情年龄"),
        type=DURATION,
        arguments=_WHERE,
        meaning="Time since the oldest price in the market of what is asked was received.",
        meaning_zh="询价所依行情中最旧一个价格收到后的时间。",
    ),
    Fact(
        name="market is crossed",
        chinese="市场倒挂",
        type=TRUTH,
        arguments=_WHERE,
        meaning="The best bid is over the best offer.",
        meaning_zh="最优买价高于最优卖价。",
    ),
    Fact(
        name="market is stale",
        chinese="行情过期",
        type=TRUTH,
        arguments=_WHERE,
        meaning="The market is older than the desk allows to deal on.",
        meaning_zh="行情时长超过交易台允许的上限。",
    ),
    Fact(
        name="market is jumping",
        chinese="市场跳价",
        type=TRUTH,
        arguments=(_PAIR,),
        products=EXCHANGE,
        meaning="The spot middle moved further than the desk takes at once, and has not held yet.",
        meaning_zh="即期中价变动超过交易台一次可接受的幅度，且尚未站稳。",
    ),
    Fact(
        name="fresh venues",
        chinese="有效平台数",
        type=COUNT,
        arguments=(_PAIR,),
        products=EXCHANGE,
        meaning="Number of venues whose spot price is fresh and whole.",
        meaning_zh="即期双边报价有效且未过期的平台数目。",
    ),
    Fact(
        name="pip",
        chinese="点值",
        type=DISTANCE,
        arguments=(_PAIR,),
        products=EXCHANGE,
        meaning="What a pip of the pair is worth in price units, by its convention.",
        meaning_zh="该货币对一个点（pip）的价格单位值，按惯例。",
    ),
    Fact(
        name="tick",
        chinese="最小变动价位",
        type=DISTANCE,
        arguments=(_PAIR,),
        products=EXCHANGE,
        meaning="Smallest step of our own price.",
        meaning_zh="我方报价的最小变动单位。",
    ),
)

CURVE_FACTS = (
    Fact(
        name="points bid",
        chinese="掉期点买价",
        type=DISTANCE,
        arguments=_POINTS,
        products=EXCHANGE,
        meaning="Market bid of the swap points, in price units, of the tenor asked or named.",
        meaning_zh="所询或指定期限的掉期点市场买价，以价格单位计。",
    ),
    Fact(
        name="points offer",
        chinese="掉期点卖价",
        type=DISTANCE,
        arguments=_POINTS,
        products=EXCHANGE,
        meaning="Market offer of the swap points, in price units, of the tenor asked or named.",
        meaning_zh="所询或指定期限的掉期点市场卖价，以价格单位计。",
    ),
    Fact(
        name="points mid",
        chinese="掉期点中价",
        type=DISTANCE,
        arguments=_POINTS,
        products=EXCHANGE,
        meaning="Middle of the swap points, in price units, of the tenor asked or named.",
        meaning_zh="所询或指定期限的掉期点中价，以价格单位计。",
    ),
    Fact(
        name="points age",
        chinese="掉期点时长",
        type=DURATION,
        arguments=_POINTS,
        products=EXCHANGE,
        meaning="Time since the oldest quote was received on which these points stand.",
        meaning_zh="掉期点所依报价中最旧一个收到后的时间。",
    ),
    Fact(
        name="rate bid",
        chinese="利率买价",
        type=RATE,
        arguments=_MONEY,
        meaning="Market bid for money (at which one borrows), of the currency and tenor asked or"
        " named.",
        meaning_zh="所询或指定货币与期限的资金买价（融入利率）。",
    ),
    Fact(
        name="rate offer",
        chinese="利率卖价",
        type=RATE,
        arguments=_MONEY,
        meaning="Market offer of money (at which one lends), of the currency and tenor asked or"
        " named.",
        meaning_zh="所询或指定货币与期限的资金卖价（融出利率）。",
    ),
    Fact(
        name="rate mid",
        chinese="利率中价",
        type=RATE,
        arguments=_MONEY,
        meaning="Middle of the money market, of the currency and tenor asked or named.",
        meaning_zh="所询或指定货币与期限的货币市场中价。",
    ),
    Fact(
        name="rate age",
        chinese="利率时长",
        type=DURATION,
        arguments=_MONEY,
        meaning="Time since the oldest quote was received on which this rate stands.",
        meaning_zh="该利率所依报价中最旧一个收到后的时间。",
    ),
    Fact(
        name="implied rate",
        chinese="隐含利率",
        type=RATE,
        arguments=_MONEY,
        meaning="Rate at which a swap of the tenor against the dollar (of the dollar: against the"
        " renminbi) raises the currency, from the middles of spot, of the points and of the other"
        " currency's deposits of that tenor.",
        meaning_zh="用该期限对美元的掉期（美元则对人民币）融入该货币的利率，由即期、掉期点与另一货币"
        "同期限拆借利率的中价算出。",
    ),
)

REFERENCE_FACTS = (
    Fact(
        name="fixing",
        chinese="定盘",
        type=RATE,
        arguments=(_INDEX,),
        required=(_INDEX,),
        meaning="Newest published value of a reference rate; its bare name means the same: DR007."
        " Unknown where it is too old (market.fixing_days).",
        meaning_zh="参考利率最新公布值；只写名称含义相同：DR007。过旧（market.fixing_days）则未知。",
    ),
    Fact(
        name="change",
        chinese="变动",
        type=SPREAD,
        arguments=(_INDEX,),
        required=(_INDEX,),
        meaning="Newest published value minus the one before it (yesterday's). Unknown where either"
        " is too old (market.fixing_days).",
        meaning_zh="最新公布值减前一个（昨日）公布值。任一过旧（market.fixing_days）则未知。",
    ),
    Fact(
        name="published today",
        chinese="今日已公布",
        type=TRUTH,
        arguments=(_INDEX,),
        required=(_INDEX,),
        meaning="The newest value became public on today's trade date.",
        meaning_zh="最新值在今天的交易日公布。",
    ),
    Fact(
        name="parity",
        chinese="人民币中间价",
        type=PRICE,
        arguments=(_PAIR,),
        products=EXCHANGE,
        meaning="Central parity of the renminbi of today, for one unit of the base currency.",
        meaning_zh="当日人民币汇率中间价，按一单位基准货币计。",
    ),
)

VOLATILITY_FACTS = (
    Fact(
        name="realised volatility",
        chinese="实现波动",
        also=("volatility", "波动"),
        type=DISTANCE,
        arguments=(_PAIR, _WINDOW),
        products=EXCHANGE,
        meaning="Square root of the sum of the squared changes of the spot middle from second to"
        " second in the window (5 min where none is named); unknown until it is full.",
        meaning_zh="窗口内（未指定则 5 分钟）即期中价逐秒变动平方和的平方根；窗口未满时未知。",
    ),
    Fact(
        name="range",
        chinese="波幅",
        type=DISTANCE,
        arguments=(_PAIR, _WINDOW),
        products=EXCHANGE,
        meaning="Highest minus lowest spot middle, second by second, in the window (5 min where"
        " none is named).",
        meaning_zh="窗口内（未指定则 5 分钟）逐秒即期中价最高减最低。",
    ),
    Fact(
        name="move",
        chinese="涨跌",
        type=DISTANCE,
        arguments=(_PAIR, _WINDOW),
        products=EXCHANGE,
        meaning="Spot middle now minus that at the beginning of the window (5 min where none is"
        " named).",
        meaning_zh="现在的即期中价减窗口起点（未指定则 5 分钟前）的即期中价。",
    ),
    Fact(
        name="day range",
        chinese="日内波幅",
        type=DISTANCE,
        arguments=(_PAIR,),
        products=EXCHANGE,
        meaning="Highest minus lowest spot middle of the trade date so far.",
        meaning_zh="当日至今即期中价最高减最低。",
    ),
    Fact(
        name="day high",
        chinese="日内最高",
        type=PRICE,
        arguments=(_PAIR,),
        products=EXCHANGE,
        meaning="Highest spot middle of the trade date so far.",
        meaning_zh="当日至今最高即期中价。",
    ),
    Fact(
        name="day low",
        chinese="日内最低",
        type=PRICE,
        arguments=(_PAIR,),
        products=EXCHANGE,
        meaning="Lowest spot middle of the trade date so far.",
        meaning_zh="当日至今最低即期中价。",
    ),
)

MARKET_FACTS = (*SPOT_FACTS, *CURVE_FACTS, *REFERENCE_FACTS, *VOLATILITY_FACTS)
