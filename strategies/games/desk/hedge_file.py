"""The `hedge` section of a game file: hold or hedge (`strategies.games.hedging`).

The game proposes the band; the core carries it out like any hedge of the desk
(`robot.core.hedging`), which can only make a position smaller and never turn it.
"""

from __future__ import annotations

from decimal import Decimal

from robot.basics.currency import parse_pair
from robot.basics.numbers import ZERO
from robot.deals.reference import HedgePolicy
from strategies.games.desk import words
from strategies.games.desk.doubts import doubt_hedge
from strategies.games.desk.reading import Section
from strategies.games.desk.terms import Hedge
from strategies.games.desk.words import Distance

_LOT = Decimal(1_000)
"""Hedges are dealt in whole lots of base currency."""
_SHOWN = " of what is shown"


def read_hedge(part: Section) -> Hedge:
    """The section; what is wrong is a problem of the file."""
    comfortable = part.require("comfortable within", words.amount, _LOT)
    found = Hedge(
        pair=part.require("pair", _pair, ""),
        comfortable=comfortable,
        back_to=part.take("back to", _amount_or_flat, comfortable),
        clip=part.require("clip", words.amount, _LOT),
        every_ms=part.take("every", words.duration, 1_000),
        slippage=part.require("no worse than", words.margin, Distance(ZERO, "bp")),
        shown_share=part.take("at most", _share_shown, None),
        overnight=part.take("overnight within", _amount_or_flat, None),
        no_more_from=part.take("no more from", words.amount, None),
    )
    if part.failed:
        part.close()
        return found
    doubt_hedge(part, found)
    if found.back_to > found.comfortable:
        part.wrong("back to", f"{found.back_to} is over the band, {found.comfortable}")
    if found.slippage.unit != "bp":
        part.wrong("no worse than", f"{found.slippage}: write it in bp of the shown price")
    if found.overnight is not None and found.overnight > found.comfortable:
        part.wrong("overnight within", f"{found.overnight} is over the band, {found.comfortable}")
    if found.no_more_from is not None and found.no_more_from < found.comfortable:
        part.wrong("no more from", f"{found.no_more_from} is within the band")
    part.close()
    return found


def policy_of(hedge: Hedge) -> HedgePolicy:
    """As the core carries it out."""
    return HedgePolicy(
        pair=parse_pair(hedge.pair),
        band=hedge.comfortable,
        target=hedge.back_to,
        clip=hedge.clip,
        slippage_bp=hedge.slippage.size,
        interval_ms=hedge.every_ms,
        overnight_band=hedge.overnight,
        widen_from=hedge.no_more_from,
        shown_share=hedge.shown_share,
    )


def _pair(text: str) -> str:
    return str(parse_pair(text.upper()))


def _amount_or_flat(text: str) -> Decimal:
    return ZERO if text.lower() == "flat" else words.amount(text)


def _share_shown(text: str) -> Decimal:
    """`10 % of what is shown`."""
    if not text.endswith(_SHOWN):
        raise ValueError(f"write it as: 10 %{_SHOWN}")
    found = words.share(text.removesuffix(_SHOWN))
    if not found > ZERO:
        raise ValueError("nothing could be dealt")
    return found
