"""`read_back` in Chinese: the same lines in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from robot.deals.product import ProductKind
from strategies.games.desk.applying import indexes_of
from strategies.games.desk.beliefs import learned_lines
from strategies.games.desk.read_back import amount_of, clock_of, is_dear, percent_of
from strategies.games.desk.terms import (
    Applies,
    Game,
    Guard,
    Hedge,
    Pace,
    Package,
    Panel,
    Quoting,
    Terms,
    Win,
)
from strategies.games.desk.winning import FRESH
from strategies.games.desk.words import FAVOUR, Distance, Level

_KINDS = {"hedge": "持有或对冲", "quote": "分级报价，随头寸偏移", "negotiate": "就一个价格议价"}
_PRODUCTS = {
    ProductKind.SPOT: "即期",
    ProductKind.FORWARD: "远期",
    ProductKind.SWAP: "掉期",
    ProductKind.NDF: "NDF",
    ProductKind.DEPOSIT: "拆借",
    ProductKind.REPO: "回购",
}
_STYLES = {
    "firm": "坚定（firm）：到最后才让",
    "even": "均匀（even）：每步相等",
    "eager": "急让（eager）：几乎一次让完",
    "match their move": "跟随（match their move）：对方上次让多少，我方让多少",
    "find their limit": "探底（find their limit）：由对方各次报价估计其底价，报最可能成交的价",
}


def read_back_zh(game: Game) -> list[str]:
    """One line for each thing that is said, and for each that holds without being said."""
    lines = [f"{game.name}，第 {game.version} 版：{_kind(game)}。"]
    return lines + [f"- {line}" for line in _lines(game)]


def _kind(game: Game) -> str:
    if game.package is not None:
        words = ("金额",) * bool(game.package.amounts) + ("期限",) * bool(game.package.tenors)
        return f"价格与{'、'.join(words)}一并议"
    if game.quoting is not None and game.quoting.win is not None:
        return "与若干家竞价，互不见价"
    return _KINDS[game.kind]


def _lines(game: Game) -> Iterator[str]:
    if game.kind != "hedge":
        yield _applies(game.applies)
    if game.quoting is not None:
        yield from _quoting(game.quoting, game.applies)
    if game.terms is not None:
        yield from _terms(game.terms, game.applies)
        if game.package is not None:
            yield from _package(game.package)
        yield from _pace(game.pace)
        yield from _accept(game)
    if game.panel is not None:
        yield from _panel(game.panel)
    if game.hedge is not None:
        yield from _hedge(game.hedge)
    yield from learned_lines(game)
    for doubt in game.doubts:
        yield f"请再看一眼：{doubt}"
    yield (
        "无论怎样决定，核心再查一遍：额度、授信、行情失效与价格偏离照常有效，底价以外不报不成交，"
        "已说出的价不变差。"
    )


def _applies(applies: Applies) -> str:
    parts = [{"maker": "客户询价", "taker": "我方询价"}.get(applies.role, "客户与我方询价")]
    parts.append("、".join(_PRODUCTS[kind] for kind in applies.products) or "所有产品")
    parts.append("、".join(applies.markets) or "所有市场")
    if applies.side is not None:
        loans = bool(applies.products) and all(kind.is_loan for kind in applies.products)
        buys, sells = ("我方拆入", "我方拆出") if loans else ("我方买入", "我方卖出")
        near = "（近端）" if applies.products == (ProductKind.SWAP,) else ""
        parts.append((buys if applies.side.sign > 0 else sells) + near)
    if applies.days is not None:
        parts.append(f"{applies.days.least} 至 {applies.days.most} 天")
    if applies.amount is not None:
        least, most = applies.amount.least, amount_of(applies.amount.most)
        parts.append(f"{amount_of(least)} 至 {most}" if least else f"至多 {most}")
    if applies.tiers:
        parts.append(f"等级 {'、'.join(applies.tiers)}")
    if applies.counterparties:
        parts.append(f"对手 {'、'.join(applies.counterparties)}")
    return f"用于：{'，'.join(parts)}；其余询价与它无关。"


def _leans(applies: Applies) -> str:
    due = {kind.is_loan for kind in applies.products if kind.is_loan or kind is ProductKind.SWAP}
    others = any(not kind.is_loan and kind is not ProductKind.SWAP for kind in applies.products)
    if others and not due:
        return "头寸"
    if others or len(due) != 1:
        return "头寸（掉期与货币市场为到期日净额）"
    return "到期日净付" if due == {True} else "到期日净收"


def _quoting(written: Quoting, applies: Applies) -> Iterator[str]:
    margins = "，".join(f"{tier} {far}" for tier, far in written.margins.items())
    yield f"每个价按等级离中间价：{margins}；其他等级不报。"
    for row in written.sizes:
        yield f"超过 {amount_of(row.over)}，点差另加 {row.more}。"
    if written.lean.size:
        yield (
            f"{_leans(applies)}每 {amount_of(written.lean_per)} 使两边各移 {written.lean}"
            f"（多则两边都低），本笔的一半计入，至多 {written.lean_most}。"
        )
    else:
        yield "头寸不影响价格。"
    if written.flat_for:
        yield f"{'、'.join(written.flat_for)} 会从报价看出头寸：不向其偏移。"
    for name, others in written.asked_with.items():
        whose = f"{name} 的询价" if name else "其余询价" if len(written.asked_with) > 1 else "询价"
        yield f"{whose}另有 {others} 家被问。" if others else f"{whose}没有别家被问。"
    if written.guard is not None:
        yield from _guard(written.guard)
    if written.win is not None:
        yield from _win(written.win)


def _guard(guard: Guard) -> Iterator[str]:
    if guard.error.size:
        yield f"我方中间价通常差 {guard.error}：被问的越多加得越多，因为成交的总是错得最多的一家。"
    for name, far in guard.costs.items():
        yield f"与{_whom(name)}成交后市场从我方拿走 {far}：加上这么多。"
    for name, share in guard.informed.items():
        yield (
            f"{name or '其他人'} 的询价有 {percent_of(share)} 知道市场要动 {guard.moves}；"
            "价格不近于其代价。"
        )
    yield (f"从客户身上学到的，替代所写的。合计至多加 {guard.most}；需要更多时，决定里写明。")


def _win(win: Win) -> Iterator[str]:
    yield "点差取对所学胜率的最优回应；尚无所学时用等级的点差。"
    if win.target is not None:
        least, most = percent_of(win.target.least), percent_of(win.target.most)
        yield f"并移到能赢下 {least} 至 {most} 的询价。"
    yield (
        f"{percent_of(win.try_out)} 的报价在最小点差与最优回应之间试探，以便听到更低的价："
        f"起初三倍，听过 {FRESH:,} 个询价后两倍，此后继续减少。"
    )
    most_told = f"，至多 {win.most}" if win.most is not None else ""
    yield f"在本笔成本（偏移、保护）之上至少 {win.least}{most_told}。"


def _hedge(hedge: Hedge) -> Iterator[str]:
    base = hedge.pair[:3]
    back = amount_of(hedge.back_to) if hedge.back_to else "零"
    yield (
        f"{base} 头寸多空各在 {amount_of(hedge.comfortable)} 以内持有；超出则用 {hedge.pair} 带回到"
        f" {back}，每笔 {amount_of(hedge.clip)}，每 {_span(hedge.every_ms)} 一单。"
    )
    yield f"每单成交价离所示价至多 {hedge.slippage}。"
    if hedge.shown_share is not None:
        yield f"每单至多所示数量的 {percent_of(hedge.shown_share)}；没有显示数量就不对冲。"
    if hedge.overnight is not None:
        yield f"过夜至多持有 {amount_of(hedge.overnight)}。"
    if hedge.no_more_from is not None:
        yield f"头寸到 {amount_of(hedge.no_more_from)} 起，使其变大的询价不报。"
    yield "对冲只减仓：多头不买、空头不卖，绝不过零，在途订单一并计入。"


def _whom(name: str) -> str:
    return f" {name} " if name else "其他人"


def _terms(terms: Terms, applies: Applies) -> Iterator[str]:
    worse = "更差"
    dear = is_dear(applies)
    if dear is not None:
        worse = "更高" if dear else "更低"
    yield f"开价 {_level(terms.open_at)}，目标价 {_level(terms.aim)}。"
    yield f"底价：{_level(terms.walk_away)}。绝不报、绝不成交于{worse}的价。"
    level = terms.walk_away
    bounded = level.never_below is not None or level.never_above is not None
    if indexes_of((level,)) and not bounded:
        bound = "never above" if dear else "never below"
        yield f"没有固定利率托底：{level.anchor} 一错，底价跟着错（可再写：{bound} X）。"


def _package(package: Package) -> Iterator[str]:
    moves = []
    if package.amounts:
        least, most = amount_of(package.amounts[0]), amount_of(package.amounts[-1])
        more = "好" if package.worth.size > 0 else "差"
        far = Distance(abs(package.worth.size), package.worth.unit)
        yield (
            f"我方询价时金额可另议：{least} 至 {most} 共 {len(package.amounts)} 档，"
            f"多 {amount_of(package.per)} 相当于价格{more} {far}。"
        )
        moves.append("金额")
    if package.tenors:
        yield (
            f"我方询 {'、'.join(package.tenors)} 之一时，期限可改为其中另一个："
            f"{'，'.join(_tenors_worth(package))}。随市场的价位，按另一个期限的市场计。"
        )
        moves.append("期限")
    if package.same_day:
        yield "交割是硬条件：晚于 T+0 交割或起息的，与它无关。"
    yield f"每家至多另问 {package.requests} 个，各自单独询价，总共只成交一笔。"
    hard = "未列的期限、担保、授信不议" if package.tenors else "日期、期限、担保、授信照询价"
    yield (
        f"合计价值低于所询{'与'.join(moves)}上的底价，绝不报、绝不成交；{'或'.join(moves)}怎样变，"
        f"价格也不越底价。其余不议：{hard}。客户询价的金额与期限不变。"
    )


def _tenors_worth(package: Package) -> Iterator[str]:
    """Of each but the one that the others are measured by."""
    base = next((one for one, far in package.tenor_worth.items() if not far.size), None)
    for tenor, far in package.tenor_worth.items():
        if tenor != base:
            than = f" {base} " if base is not None else "价值为零的"
            size, word = Distance(abs(far.size), far.unit), "多" if far.size > 0 else "少"
            yield f"{tenor} 比{than}{word}值 {size}" if far.size else f"{tenor} 同值"


def _pace(pace: Pace) -> Iterator[str]:
    yield f"让价节奏 {_STYLES[pace.style]}。"
    until = f"；交易台时钟 {clock_of(pace.by_s)} 以后一概不报" if pace.by_s else ""
    yield f"我方至多报 {pace.messages} 个价，{_span(pace.within_ms)}以内{until}。"
    if pace.step is not None or pace.most is not None:
        least = f"至少 {pace.step}" if pace.step is not None else "大小不限"
        most = f"至多 {pace.most}" if pace.most is not None else "上不封顶"
        yield f"每步{least}，{most}。"


def _accept(game: Game) -> Iterator[str]:
    accept, after_ms = game.accept, game.stop.no_zone_after_ms
    rows = (
        (accept.at_aim, "到目标价或更好，即刻"),
        (accept.better_than_next, "不差于我方下一个价"),
        (accept.last_minute, "最后时刻，在底价以内"),
    )
    taken = "；".join(text for told, text in rows if told)
    yield f"接受对方的价：{taken or '博弈自己从不接受'}。"
    if after_ms:
        yield f"{_span(after_ms)}以后对方仍未报到底价以内，则退出。"
    if game.stop.no_zone_by_s is not None:
        yield f"到 {clock_of(game.stop.no_zone_by_s)} 对方仍未报到底价以内，则退出。"


def _panel(panel: Panel) -> Iterator[str]:
    always = f"，必问 {'、'.join(panel.always)}" if panel.always else ""
    never = f"，不问 {'、'.join(panel.never)}" if panel.never else ""
    yield f"先问 {panel.banks} 家{always}{never}；一次询价至多 {panel.at_most} 家。"
    for name, every in panel.at_least.items():
        yield f"{name} 每 {every} 次询价至少问一次。"
    if panel.rotate_least:
        yield f"其中至少 {panel.rotate_least} 家是最久没问过的。"
    yield (
        f"其余取所学中代价最小的，不回音按 {panel.no_answer} 计；"
        f"所不知道的，{percent_of(panel.try_out)} 拿来试。"
    )
    if panel.leak.size:
        yield (f"多一家知道，代价 {panel.leak}：可接受的价，只有预计再问一家所得不超过它时才成交。")


def _level(level: Level) -> str:
    far = Distance(abs(level.offset.size), level.offset.unit)
    if level.anchor == FAVOUR:
        if not level.offset.size:
            return "中间价"
        return f"比中间价{'有利' if level.offset.size > 0 else '不利'} {far}"
    if not level.anchor:
        text = f"{level.fixed}"
    else:
        names = {"mid": "市场中间价", "bid": "市场买价", "offer": "市场卖价"}
        text = names.get(level.anchor, level.anchor)
    if level.offset.size:
        text += f" {'加' if level.offset.size > 0 else '减'} {far}"
    for bound, word in ((level.never_below, "低于"), (level.never_above, "高于")):
        text += _bound(bound, word)
    return text


def _bound(value: Decimal | None, word: str) -> str:
    return f"，绝不{word} {value}" if value is not None else ""


def _span(milliseconds: int) -> str:
    for size, unit in ((60_000, "分钟"), (1_000, "秒")):
        if milliseconds % size == 0:
            return f"{milliseconds // size} {unit}"
    return f"{milliseconds} 毫秒"
