"""A game told back in plain words, as its trader can check it against what was meant."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from robot.deals.party import BUY
from robot.deals.product import ProductKind
from strategies.games.desk.applying import indexes_of
from strategies.games.desk.beliefs import learned_lines
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

_STYLES = {
    "firm": "we give little before the end",
    "even": "we give by equal steps",
    "eager": "we give nearly all at once",
    "match their move": "we give as much as they gave last",
    "find their limit": "we estimate their limit from their prices and ask for what is likeliest",
}


def read_back(game: Game) -> list[str]:
    """One line for each thing that is said, and for each that holds without being said."""
    lines = [f"{game.name}, version {game.version}: {_kind(game)}"]
    lines += [f"- {line}" for line in _lines(game)]
    return lines


_KINDS = {
    "hedge": "hold or hedge.",
    "quote": "a tiered quote with lean.",
    "negotiate": "a negotiation of one price.",
}


def _kind(game: Game) -> str:
    if game.package is not None:
        moving = [*(["amount"] if game.package.amounts else [])]
        moving += ["tenor"] if game.package.tenors else []
        return f"a negotiation of {' and '.join((', '.join(['rate', *moving[:-1]]), moving[-1]))}."
    if game.quoting is not None and game.quoting.win is not None:
        return "one quote among several, none of which sees the others."
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
        yield f"Look twice: {doubt}."
    yield (
        "Whatever it decides, the core looks at it again: limits, credit lines, stale prices and "
        "the price band hold, nothing past the walk-away leaves, nothing said is made worse."
    )


def _applies(applies: Applies) -> str:
    parts = [{"maker": "clients' requests:", "taker": "asks of ours:"}.get(applies.role, "")]
    parts += [", ".join(str(kind).lower() for kind in applies.products) or "all products"]
    parts.append(f"in {', '.join(applies.markets)}" if applies.markets else "in all markets")
    if applies.side is not None:
        loans = bool(applies.products) and all(kind.is_loan for kind in applies.products)
        words = ("borrow", "lend") if loans else ("buy", "sell")
        near = " the near leg" if applies.products == (ProductKind.SWAP,) else ""
        parts.append(f"where we {words[0] if applies.side is BUY else words[1]}{near}")
    if applies.days is not None:
        parts.append(f"for {applies.days.least} to {applies.days.most} days")
    if applies.amount is not None:
        least, most = applies.amount.least, amount_of(applies.amount.most)
        parts.append(f"of {amount_of(least)} to {most}" if least else f"up to {most}")
    if applies.tiers:
        parts.append(f"with tiers {', '.join(applies.tiers)}")
    if applies.counterparties:
        parts.append(f"with {', '.join(applies.counterparties)}")
    meant = " ".join(filter(None, parts))
    return f"It is meant for {meant}; whatever else is asked is not its business."


def _leans(applies: Applies) -> str:
    """What leans prices (`strategies.games.desk.quote_game.held`)."""
    due = {kind.is_loan for kind in applies.products if kind.is_loan or kind is ProductKind.SWAP}
    others = any(not kind.is_loan and kind is not ProductKind.SWAP for kind in applies.products)
    if others and not due:
        return "A position"
    if others or len(due) != 1:
        return "A position, of swaps and money what falls due on the last date,"
    if due == {True}:
        return "What we pay back less what we get back on the last date"
    return "What we receive less what we pay on the last date"


def _quoting(written: Quoting, applies: Applies) -> Iterator[str]:
    margins = ", ".join(f"{tier} {far}" for tier, far in written.margins.items())
    yield f"Each price stands off the middle by the margin of the tier: {margins}. Others get none."
    for row in written.sizes:
        yield f"Over {amount_of(row.over)} the margin is {row.more} more."
    if written.lean.size:
        yield (
            f"{_leans(applies)} moves both prices by {written.lean} for each "
            f"{amount_of(written.lean_per)} (long: both lower), half of the deal counted in, by at "
            f"most {written.lean_most}."
        )
    else:
        yield "A position moves no price."
    if written.flat_for:
        yield f"{', '.join(written.flat_for)} read positions out of prices: they see no lean."
    for name, others in written.asked_with.items():
        others_told = "1 other is" if others == 1 else f"{others or 'no'} others are"
        whose = f"In requests of {name}" if name else "Else" if len(written.asked_with) > 1 else ""
        yield f"{whose} {others_told} asked beside us.".strip()
    if written.guard is not None:
        yield from _guard(written.guard)
    if written.win is not None:
        yield from _win(written.win)


def _guard(guard: Guard) -> Iterator[str]:
    if guard.error.size:
        yield (
            f"Our middle is wrong by {guard.error} as a rule: the more are asked beside us, the "
            "more is added, as the most wrong of them deals."
        )
    for name, far in guard.costs.items():
        yield f"After a deal {_whom(name)} takes {far} from us: so much is added."
    for name, share in guard.informed.items():
        yield (
            f"{percent_of(share)} of the requests of {_whom(name)} know that the market moves by "
            f"{guard.moves}; no price is closer than what that costs."
        )
    yield (
        "What is learned of a client stands instead of what is written of it. In all at most "
        f"{guard.most} is added; where more were needed the decision says so."
    )


def _win(win: Win) -> Iterator[str]:
    yield (
        "The margin is the best answer to the learned chance to win; where nothing is learned it "
        "is the tier's."
    )
    if win.target is not None:
        least, most = percent_of(win.target.least), percent_of(win.target.most)
        yield f"It is moved so that we win {least} to {most} of the requests."
    yield (
        f"{percent_of(win.try_out)} of the quotes are tried out between the least margin and the "
        "best answer, so that lower prices are heard of: three times as many at first, double "
        f"once {FRESH:,} requests were heard, falling on."
    )
    most_told = f", at most {win.most}" if win.most is not None else ""
    yield f"Over what the deal costs us (lean, guard) it is at least {win.least}{most_told}."


def _hedge(hedge: Hedge) -> Iterator[str]:
    base = hedge.pair[:3]
    back = f"back to {amount_of(hedge.back_to)}" if hedge.back_to else "back to flat"
    yield (
        f"Up to {amount_of(hedge.comfortable)} {base}, long or short, is held; more is brought "
        f"{back} in {hedge.pair}, {amount_of(hedge.clip)} at a time, an order every "
        f"{_span(hedge.every_ms)}."
    )
    yield f"An order deals at most {hedge.slippage} from the price that is shown."
    if hedge.shown_share is not None:
        yield (
            f"It is at most {percent_of(hedge.shown_share)} of the size that is shown; where none "
            "is shown nothing is hedged."
        )
    if hedge.overnight is not None:
        yield f"Overnight up to {amount_of(hedge.overnight)} is held."
    if hedge.no_more_from is not None:
        yield f"From {amount_of(hedge.no_more_from)} on no request is quoted that makes it larger."
    yield (
        "Hedges only make the position smaller: never a purchase when long or a sale when short, "
        "never past flat, all orders in the market counted in."
    )


def _whom(name: str) -> str:
    return name or "everybody else"


def percent_of(share: Decimal) -> str:
    """`25 %`."""
    return f"{(100 * share).normalize():f} %"


def _terms(terms: Terms, applies: Applies) -> Iterator[str]:
    worse, dear = "worse", is_dear(applies)
    if dear is not None:
        worse = "higher" if dear else "lower"
    yield f"We open at {_level(terms.open_at)}, aim for {_level(terms.aim)}."
    yield f"Walk-away: {_level(terms.walk_away)}. Nothing {worse} is ever said or dealt at."
    level = terms.walk_away
    bounded = level.never_below is not None or level.never_above is not None
    if indexes_of((level,)) and not bounded:
        bound = "never above" if dear else "never below"
        yield f"No fixed rate keeps it: a wrong {level.anchor} moves it (write also: {bound} X)."


def is_dear(applies: Applies) -> bool | None:
    """Whether a higher price is worse for us, of swaps by their points; None = nobody can say."""
    swap = ProductKind.SWAP in applies.products
    if applies.side is None or (swap and len(applies.products) > 1):
        return None
    return (applies.side is BUY) is not swap


def _package(package: Package) -> Iterator[str]:
    moves = []
    if package.amounts:
        least, most = amount_of(package.amounts[0]), amount_of(package.amounts[-1])
        more = "better" if package.worth.size > 0 else "worse"
        far = Distance(abs(package.worth.size), package.worth.unit)
        yield (
            f"In asks of ours the amount may be another, one of {len(package.amounts)} from {least}"
            f" to {most}: {amount_of(package.per)} more is as good as a price {far} {more}."
        )
        moves.append("amount")
    if package.tenors:
        yield (
            f"In asks of ours for one of {', '.join(package.tenors)} the tenor may be another of "
            f"them: {', '.join(_tenors_worth(package))}. Levels that move with the market are, for "
            "a price of another tenor, in the market of that tenor."
        )
        moves.append("tenor")
    moving = " and ".join(moves)
    if package.same_day:
        yield "Settlement is hard: what settles or starts later than T+0 is not its business."
    yield (
        f"One bank is asked for at most {package.requests} other than the ask's, each by a request "
        "of its own, and one quote in all is dealt on."
    )
    hard = "dates, tenor, collateral and credit are as asked"
    if package.tenors:
        hard = "a tenor that is not listed, collateral and credit are hard"
    yield (
        f"A smaller worth than the walk-away's at the {moving} of the ask is never said or dealt "
        f"at, nor a price past it, whatever the {' or '.join(moves)}. Nothing else is traded: "
        f"{hard}. Requests of clients keep their amount and tenor."
    )


def _tenors_worth(package: Package) -> Iterator[str]:
    """Of each but the one that the others are measured by."""
    base = next((one for one, far in package.tenor_worth.items() if not far.size), None)
    for tenor, far in package.tenor_worth.items():
        if tenor != base:
            than = f"{base}" if base is not None else "what is worth 0"
            size, word = Distance(abs(far.size), far.unit), "more" if far.size > 0 else "less"
            yield f"{tenor} is worth {size} {word} than {than}" if far.size else f"{tenor} as much"


def _pace(pace: Pace) -> Iterator[str]:
    yield f"Pace {pace.style}: {_STYLES[pace.style]}."
    until = (
        f"; nothing is said after {clock_of(pace.by_s)} by the desk's clock" if pace.by_s else ""
    )
    yield f"At most {pace.messages} prices of ours, within {_span(pace.within_ms)}{until}."
    if pace.step is not None or pace.most is not None:
        least = f"at least {pace.step}" if pace.step is not None else "any step"
        most = f"at most {pace.most}" if pace.most is not None else "no largest step"
        yield f"A move is {least}, {most}."


def _accept(game: Game) -> Iterator[str]:
    accept, after_ms = game.accept, game.stop.no_zone_after_ms
    taken = [
        text
        for told, text in (
            (accept.at_aim, "at the aim or better, at once"),
            (accept.better_than_next, "no worse than what we would say next"),
            (accept.last_minute, "inside the walk-away, at the end"),
        )
        if told
    ]
    yield f"Their price is taken: {'; '.join(taken) or 'never by the game itself'}."
    if after_ms:
        yield f"Where nothing came inside the walk-away after {_span(after_ms)}, we walk away."
    if game.stop.no_zone_by_s is not None:
        by = clock_of(game.stop.no_zone_by_s)
        yield f"Where nothing came inside the walk-away by {by}, we walk away."


def _panel(panel: Panel) -> Iterator[str]:
    always = f", {', '.join(panel.always)} always" if panel.always else ""
    never = f", {', '.join(panel.never)} never" if panel.never else ""
    yield f"Asks go to {panel.banks} banks{always}{never}; at most {panel.at_most} in one ask."
    for name, every in panel.at_least.items():
        yield f"{name} is asked at least once in {every} asks."
    if panel.rotate_least:
        yield f"Of them at least {panel.rotate_least} from those not asked for the longest time."
    yield (
        f"The others are those thought to cost least, as learned, a bank's silence at "
        f"{panel.no_answer}; {percent_of(panel.try_out)} of what is not known of them is tried out."
    )
    if panel.leak.size:
        yield (
            f"That one more bank knows costs {panel.leak}: a price that would be taken is dealt on "
            "only where asking one more is not expected to gain more than that."
        )


def _level(level: Level) -> str:
    if level.anchor == FAVOUR:
        if not level.offset.size:
            return "the middle"
        far = Distance(abs(level.offset.size), level.offset.unit)
        return f"{far} from the middle {'to our favour' if level.offset.size > 0 else 'against us'}"
    if not level.anchor:
        return f"{level.fixed}"
    text = {"mid": "the middle of the market", "bid": "the market's bid"}.get(level.anchor)
    text = text or ("the market's offer" if level.anchor == "offer" else level.anchor)
    if level.offset.size:
        sign = "over" if level.offset.size > 0 else "under"
        text = f"{Distance(abs(level.offset.size), level.offset.unit)} {sign} {text}"
    for bound, word in ((level.never_below, "below"), (level.never_above, "above")):
        text += f", never {word} {bound}" if bound is not None else ""
    return text


def amount_of(value: Decimal) -> str:
    """`50m`."""
    for size, unit in ((10**9, "bn"), (10**6, "m"), (10**3, "k")):
        if value >= size and value % (size // 1_000) == 0:
            return f"{(value / size).normalize():f}{unit}"
    return f"{value.normalize():f}"


def _span(milliseconds: int) -> str:
    for size, unit in ((60_000, "min"), (1_000, "s")):
        if milliseconds % size == 0:
            return f"{milliseconds // size} {unit}"
    return f"{milliseconds} ms"


def clock_of(seconds: int) -> str:
    """`16:20`."""
    return f"{seconds // 3_600:02}:{seconds // 60 % 60:02}"
