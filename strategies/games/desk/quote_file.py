"""The `quote` section of a game file: margins, lean, the guard, one of so many."""

from __future__ import annotations

from decimal import Decimal

from robot.basics.numbers import ZERO
from strategies.games.desk import words
from strategies.games.desk.doubts import doubt_quote
from strategies.games.desk.matching import check_quote
from strategies.games.desk.reading import Section
from strategies.games.desk.terms import Applies, Guard, Quoting, SizeStep, Win
from strategies.games.desk.words import Distance
from strategies.games.informed.winners_curse import DEALERS_MAX
from strategies.games.sealed.heard import RIVALS_MAX

TRY_OUT_LEAST = Decimal("0.1")
_NOTHING = Distance(ZERO, "bp")


def quoting(part: Section, applies: Applies) -> Quoting:
    """The section; what is wrong is a problem of the file."""
    margins = part.table("margin", str, words.margin)
    if "margin" not in part:
        part.wrong("margin", "is missing: a margin for each tier, as {A: 0.13 bp}")
    sizes = part.table("by size", _over, words.distance)
    lean, per = part.take("lean", _lean, (_NOTHING, Decimal(1_000_000)))
    most = part.take("lean at most", words.margin, None)
    if lean.size and most is None:
        part.wrong("lean at most", "is missing: a lean has its largest")
    guard, win = part.section("guard"), part.section("win")
    found = Quoting(
        margins={name: far for name, far in margins.items() if isinstance(far, Distance)},
        sizes=tuple(
            SizeStep(over=over, more=more)
            for over, more in sorted(sizes.items())
            if isinstance(more, Distance)
        ),
        lean=lean,
        lean_per=per,
        lean_most=most,
        flat_for=part.several("no lean for", str),
        guard=_guard(guard) if "guard" in part else None,
        asked_with=part.named("asked with", _others),
        win=_win(win) if "win" in part else None,
    )
    if not part.failed:
        _check(part, found)
        check_quote(part, applies, found)
        doubt_quote(part, applies, found)
    part.close()
    return found


def _check(part: Section, found: Quoting) -> None:
    used = {far.unit for far in _all_distances(found)}
    if len(used) > 1:
        part.wrong("", f"distances in {' and in '.join(sorted(used))}: one unit for the whole file")
    guard = found.guard
    if not found.asked_with and (found.win or (guard is not None and guard.error.size)):
        told = "win" if found.win else "guard"
        part.wrong(told, "asked with is missing: how many others are asked beside us, as 3 others")


def unit_of_quote(found: Quoting) -> str:
    """`bp` or `pip`: of all distances of the file."""
    return next((far.unit for far in _all_distances(found)), "bp")


def _guard(part: Section) -> Guard:
    guard = Guard(
        costs=part.named("costs", words.margin),
        informed=part.named("informed", words.share),
        moves=part.take("they move it", words.margin, _NOTHING),
        error=part.take("error of our middle", words.margin, _NOTHING),
        most=part.require("at most", words.margin, _NOTHING),
    )
    if guard.informed and not guard.moves.size:
        part.wrong("they move it", "is missing: how far what they know moves the market")
    if "at most" in part and not guard.most.size:
        part.wrong("at most", "nothing is added with a largest addition of 0")
    part.close()
    return guard


def _win(part: Section) -> Win:
    win = Win(
        target=part.take("target", words.shares, None),
        least=part.require("least margin", words.margin, _NOTHING),
        most=part.take("most margin", words.margin, None),
        try_out=part.take("try out", words.share, Win().try_out),
    )
    if win.try_out < TRY_OUT_LEAST:
        text = f"at least {TRY_OUT_LEAST:.0%}: copies that look less below their best answer drift"
        part.wrong("try out", f"{text} above the competitive margin")
    if win.most is not None and win.most.size < win.least.size:
        part.wrong("most margin", f"{win.most} is less than the least margin, {win.least}")
    part.close()
    return win


def _all_distances(found: Quoting) -> list[Distance]:
    far = [*found.margins.values(), *(row.more for row in found.sizes), found.lean]
    far += [found.lean_most] if found.lean_most is not None else []
    if found.guard is not None:
        guard = found.guard
        far += [*guard.costs.values(), guard.moves, guard.error, guard.most]
    if found.win is not None:
        far += [found.win.least, *([found.win.most] if found.win.most is not None else [])]
    return [one for one in far if one.size]


def _others(text: str) -> int:
    """`3 others`, `3`."""
    number = text.removesuffix("others").removesuffix("other").strip()
    if number != "no" and not number.isdigit():
        raise ValueError("write it as: 3 others, or no others")
    found = 0 if number == "no" else words.count(number)
    if found > min(RIVALS_MAX, DEALERS_MAX - 1):
        raise ValueError(f"at most {min(RIVALS_MAX, DEALERS_MAX - 1)} others are reckoned with")
    return found


def _over(text: str) -> Decimal:
    """`>10m`, `over 10m`."""
    for sign in (">", "over "):
        if text.startswith(sign):
            return words.amount(text.removeprefix(sign).strip())
    raise ValueError("write a size as: over 10m")


def _lean(text: str) -> tuple[Distance, Decimal]:
    far, per, each = text.partition(" per ")
    if not per:
        raise ValueError("write a lean as: 0.010 bp per 1m")
    return words.margin(far), words.amount(each)
