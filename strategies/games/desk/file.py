"""A `*.game.yaml` read into its terms; everything that is wrong with it is told with its line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from robot.basics.currency import parse_currency, parse_pair
from robot.deals.product import ProductKind
from strategies.games.desk import words
from strategies.games.desk.doubts import doubt_levels, doubt_panel, doubt_talk
from strategies.games.desk.hedge_file import read_hedge
from strategies.games.desk.learned import SECTION as LEARNED
from strategies.games.desk.learned import LearnedState, read_learned
from strategies.games.desk.matching import check_applies, check_panel, check_role, check_talk
from strategies.games.desk.package_file import read_package
from strategies.games.desk.quote_file import quoting
from strategies.games.desk.reading import CHINESE, Section, open_file
from strategies.games.desk.sense import check_room, check_terms
from strategies.games.desk.terms import (
    SIDES,
    STYLES,
    Accept,
    Applies,
    Game,
    Pace,
    Panel,
    Stop,
    Terms,
)
from strategies.games.desk.words import Level, Span

NEGOTIATE, QUOTE, HEDGE = "negotiate", "quote", "hedge"
ASKS_MAX = 50
KINDS = (NEGOTIATE, QUOTE, HEDGE)
_NONE = Level("")
_PRODUCTS = {"depo": "deposit", "fwd": "forward", "outright": "forward"}
_SECTIONS = {
    **dict.fromkeys(("my terms", "pace", "accept", "stop", "ask"), (NEGOTIATE,)),
    "quote": (QUOTE,),
    "hedge": (QUOTE, HEDGE),
}
"""Of which kinds each section is."""
_TENOR = re.compile(r"(\d{1,2})([WMYD])")


def read_game(text: str, file: str, *, dealing: bool = False) -> Game:
    """The game of a file; ConfigurationError with every problem, by line. `dealing` = it is to
    decide: then what it has learned has to be frozen.
    """
    whole, problems = open_file(text, file)
    head = whole.section("game")
    kind = head.require("kind", _one_of(*KINDS), "")
    name = head.require("name", _name, "")
    version = head.take("version", str, "1")
    head.close()
    applies = whole.section("applies")
    parts: dict[str, Any] = {"applies": _applies(applies)}
    check_role(applies, parts["applies"], quotes=kind == QUOTE)
    if kind == NEGOTIATE:
        parts |= _negotiation(whole, parts["applies"], sound=not applies.failed)
        if parts["package"] is not None and parts["applies"].role == "maker":
            text = "may also move is for asks of ours: requests of clients keep their amount"
            whole.section("my terms").wrong("may also move", text)
    elif kind == QUOTE:
        parts["quoting"] = quoting(whole.section("quote"), parts["applies"])
    if kind == HEDGE and "applies" in whole:
        whole.wrong("applies", "is for games that answer requests or lead asks")
    if kind == HEDGE or (kind == QUOTE and HEDGE in whole):
        parts["hedge"] = read_hedge(whole.section(HEDGE))
    parts["learned"] = learned = _learned(whole)
    if dealing and learned is not None and not learned.frozen:
        whole.wrong(
            LEARNED,
            "is not frozen: only a frozen version can be released (fxrobot games learn --freeze)",
        )
    if kind:
        _check_sections(whole, kind)
        whole.close()
    problems.raise_if_any()
    return Game(name=name, kind=kind, version=version, doubts=problems.doubts, **parts)


def _check_sections(whole: Section, kind: str) -> None:
    """What belongs to another kind of game."""
    for key, kinds in _SECTIONS.items():
        if key in whole and kind not in kinds:
            told = " or ".join(kinds)
            whole.section(key).wrong("", f"is of kind: {told}, and this game's kind is {kind}")


def _learned(whole: Section) -> LearnedState | None:
    part = whole.section(LEARNED)
    return read_learned(part) if part.names() else None


def _applies(part: Section) -> Applies:
    products = part.several("product", _product)
    markets = part.several("pair", _market) + part.several("currency", parse_currency)
    side = part.take("side", _one_of(*SIDES), "")
    applies = Applies(
        role=part.take("role", _one_of("maker", "taker"), ""),
        products=products,
        markets=tuple(str(one) for one in markets),
        side=SIDES[side] if side else None,
        days=part.take("tenor", _days, None),
        amount=part.take("amount", words.amounts, None),
        tiers=part.several("tiers", str),
        counterparties=part.several("counterparties", str),
    )
    check_applies(part, applies, side, pairs="pair" in part, money="currency" in part)
    part.close()
    return applies


def _negotiation(whole: Section, applies: Applies, *, sound: bool) -> dict[str, Any]:
    """`sound` = nothing is wrong with whom it is for."""
    mine = whole.section("my terms")
    package = read_package(mine, applies)
    terms = _terms(mine, applies, sound=sound)
    pacing, stopping = whole.section("pace"), whole.section("stop")
    pace, stop = _pace(pacing), _stop(stopping)
    if not mine.failed:
        check_room(pacing, terms, pace)
    check_talk(whole, applies)
    accept = _accept_words(whole) if whole.text("accept") else _accept(whole.section("accept"))
    doubt_talk(pacing, stopping, whole, (pace, stop, accept))
    return {
        "terms": terms,
        "package": package,
        "pace": pace,
        "accept": accept,
        "stop": stop,
        **({"panel": _panel(whole.section("ask"))} if "ask" in whole else {}),
    }


def _terms(part: Section, applies: Applies, *, sound: bool) -> Terms:
    walk_away = part.require("walk-away", _level, _NONE)
    terms = Terms(
        walk_away=walk_away,
        aim=part.require("aim", _level, _NONE),
        open_at=part.require("open at", _level, _NONE),
    )
    rows = (("walk-away", walk_away), ("aim", terms.aim), ("open at", terms.open_at))
    far = [key for key, level in rows if level.anchor == words.FAVOUR]
    if far and len(far) < len(rows) and not part.failed:
        text = "distances to our favour (`8 bp`) and levels (`mid + 8 bp`) are not mixed"
        part.wrong(
            far[0], f"{text}: {', '.join(far)} {'is' if len(far) == 1 else 'are'} a distance"
        )
    pairs_only = bool(applies.products) and not any(kind.is_loan for kind in applies.products)
    if pairs_only and any("%" in part.text(key) for key, _ in rows):
        part.wrong("", "a price of a pair is no percentage: write 1.0850, or mid + 2 pips")
    if sound:
        check_terms(part, applies, terms)
        doubt_levels(part, terms, applies)
    part.close()
    return terms


def _pace(part: Section) -> Pace:
    usual = Pace()
    pace = Pace(
        style=part.take("style", _one_of(*STYLES), usual.style),
        by_s=part.take("by", words.clock, None),
        messages=part.take("messages", words.count, usual.messages),
        within_ms=part.take("within", words.duration, usual.within_ms),
        step=part.take("smallest step", words.step, None),
        most=part.take("most per step", words.step, None),
    )
    if (
        pace.step is not None
        and pace.most is not None
        and (pace.step.unit == pace.most.unit and pace.most.size < pace.step.size)
    ):
        part.wrong("most per step", f"{pace.most} is less than the smallest step, {pace.step}")
    part.close()
    return pace


def _accept(part: Section) -> Accept:
    accept = Accept(
        at_aim=part.take("at aim", words.yes, True),
        better_than_next=part.take("better than my next offer", words.yes, True),
        last_minute=part.take("last minute anything inside walk-away", words.yes, True),
    )
    part.close()
    return accept


_ACCEPT = {
    "at aim": "at_aim",
    "at or better than aim": "at_aim",
    "better than my next offer": "better_than_next",
    "anything inside walk-away": "last_minute",
}


def _accept_words(whole: Section) -> Accept:
    """`at aim | better than my next offer | last minute anything inside walk-away`: what is named
    is taken, nothing else.
    """
    whole.take("accept", str, "")
    found = {}
    for phrase in whole.text("accept").split("|"):
        bare = phrase.strip().removeprefix("at once if ").removeprefix("last minute").lstrip(": ")
        if bare not in _ACCEPT:
            known = "at aim | better than my next offer | last minute anything inside walk-away"
            whole.wrong("accept", f"{phrase.strip()[:60]!r} is not known here: {known}")
        else:
            found[_ACCEPT[bare]] = True
    usual = dict.fromkeys(Accept.__struct_fields__, False)
    return Accept(**(usual | found))


def _stop(part: Section) -> Stop:
    stop = Stop(
        no_zone_after_ms=part.take("no zone after", words.duration, 0),
        no_zone_by_s=part.take("no zone by", words.clock, None),
    )
    part.close()
    return stop


def _panel(part: Section) -> Panel:
    banks, usual = part.take("banks", words.count, 3), Panel()
    panel = Panel(
        banks=banks,
        at_most=part.take("at most", words.count, banks),
        always=part.several("always", str),
        never=part.several("never", str),
        rotate_least=part.take("at least longest not asked", words.count, 0),
        at_least=part.named("at least every", _asks),
        leak=part.take("leak cost", words.margin, usual.leak),
        no_answer=part.take("no answer costs", words.margin, usual.no_answer),
        try_out=part.take("try out", words.share, usual.try_out),
    )
    check_panel(part, panel)
    doubt_panel(part, panel)
    if panel.at_most < panel.banks:
        part.wrong("at most", f"{panel.at_most} is less than banks, {panel.banks}")
    if len(panel.always) > panel.banks:
        part.wrong("always", f"{len(panel.always)} names, and {panel.banks} banks are asked")
    if "" in panel.at_least:
        part.wrong("at least every", "banks by name are due, as {BANKA: 5 asks}")
    both = sorted({*panel.always, *panel.at_least} & {*panel.never})
    if both:
        part.wrong("never", f"{', '.join(both)}: asked and never asked")
    part.close()
    return panel


def _asks(text: str) -> int:
    """`5 asks`."""
    found = words.count(text.removesuffix("asks").strip())
    if found > ASKS_MAX:
        raise ValueError(f"at most {ASKS_MAX} asks: earlier ones may be forgotten")
    return found


def _one_of(*known: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        word = CHINESE.get(text, text.lower())
        if word not in known:
            near = difflib.get_close_matches(word, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ValueError(f"one of {', '.join(known)} is due{hint}")
        return word

    return read


def _level(text: str) -> Level:
    return words.level(text)


def _product(text: str) -> ProductKind:
    name = text.lower().removeprefix("interbank ").removesuffix("s")
    name = _PRODUCTS.get(name, name)
    return ProductKind(_one_of(*(kind.lower() for kind in ProductKind))(name).upper())


def _name(text: str) -> str:
    if not text:
        raise ValueError("a name is due, by which asks and rule books call it")
    return text


def _market(text: str) -> str:
    return str(parse_pair(text.upper()))


def _days(text: str) -> Span:
    """`7D`, `1W` (up to the next business days), or `5 to 10 days`."""
    found = re.fullmatch(r"(\d{1,4})(?: to (\d{1,4}))? days?", text)
    if found is not None:
        least, most = int(found[1]), int(found[2] or found[1])
        if not 0 < least <= most:
            raise ValueError("write days as: 5 to 10 days")
        return Span(Decimal(least), Decimal(most))
    name = text.upper()
    if name in ("ON", "TN"):
        return Span(Decimal(1), Decimal(5))
    tenor = _TENOR.fullmatch(name)
    if tenor is None:
        raise ValueError("write a tenor as: 7D, 1W, 3M, or 5 to 10 days")
    times = int(tenor[1])
    if not times:
        raise ValueError("a tenor above 0 is due")
    least = {"D": times, "W": 7 * times, "M": 28 * times, "Y": 365 * times}[tenor[2]]
    slack = {"D": 4, "W": 4, "M": 3 * times + 4, "Y": times + 4}[tenor[2]]
    return Span(Decimal(least), Decimal(least + slack))
