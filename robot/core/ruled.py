"""What a rule book says of a request: a price, a refusal, or who else decides.

The strategy of a desk with rule books, seen from `offering`: whatever comes of it is judged by the
core as any other strategy's answer.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import msgspec

from robot.basics.numbers import ZERO, round_down_to, round_up_to
from robot.core.rule_books import ReadyBook, RuleBooks, Wish
from robot.core.rule_facts import row_of
from robot.core.rule_facts_request import side_name
from robot.core.rule_view import View
from robot.core.rule_words import headline, said
from robot.core.state import Context, Negotiation
from robot.deals.party import BUY, SELL
from robot.limits.limit import Reason, Refusal
from robot.market.pricing import Priced
from robot.messages.effects import AlertRaised
from robot.rules.facts import PIP
from robot.rules.ruling import Ruling
from robot.rules.tree import AskPerson, Counter, HandTo, Pass, Quote, Sides
from robot.rules.types import SCALE, Value
from robot.strategy import Decision, Facts

PERSON_MS = 30_000
"""How long a person has where the rule does not say."""
NO_BOOK = "not in this book"


class Ruled(NamedTuple):
    """What a book says; one of `decision`, `refusal`, `handed`, `person` is there."""

    because: tuple[str, ...]
    facts: dict[str, str]
    row: tuple[Value, ...]
    """All facts that the book looks at, by its slots."""
    decision: Decision | None = None
    refusal: Refusal | None = None
    handed: str = ""
    person: str = ""
    """What a person is to decide about."""
    within_ms: int = 0
    """How long the person has."""
    valid_ms: int = 0
    """How long the price is firm; 0 = as the desk's policy says."""
    failed: str = ""
    """The book could not decide: what was raised."""
    ready: ReadyBook | None = None
    ruling: Ruling | None = None

    @property
    def alerts(self) -> tuple[str, ...]:
        """What the rule wants people to know."""
        return self.ruling.alerts if self.ruling is not None else ()

    @property
    def wishes(self) -> bool:
        """Whether something is to be done that answers nobody."""
        return self.ruling is not None and self.refusal is not None and _is_wish(self.ruling)


def rule_on(
    context: Context,
    books: RuleBooks,
    negotiation: Negotiation,
    facts: Facts,
    market: Priced,
) -> Ruled:
    """What these books say; nothing is done."""
    kind, instrument = negotiation.kind, negotiation.pair
    ready = books.answering.get((kind, instrument))
    if ready is None:
        what = f"{kind.lower()} {instrument}"
        refusal = Refusal(reason=Reason.STRATEGY_PASSED, detail=NO_BOOK)
        return Ruled((f"no rule book answers {what}",), {}, (), refusal=refusal)
    view = View(context, kind, instrument, facts.chance, negotiation, market, facts)
    decided = decide(ready, view)
    if isinstance(decided, str):
        refusal = Refusal(reason=Reason.STRATEGY_FAILED, detail=decided)
        return Ruled((f"{ready.file} failed",), {}, (), refusal=refusal, failed=decided)
    row, ruling = decided
    return _said(ready, ruling, facts, row)._replace(ready=ready, ruling=ruling)


def do_beside(context: Context, negotiation: Negotiation, facts: Facts, ruled: Ruled) -> None:
    """What the rule wants beside its answer, of a price that somebody asked for: alerts, asking
    others, deals of our own. A candidate's rule deals nothing of its own.
    """
    if ruled.ready is None or ruled.ruling is None:
        return
    tell_alerts(context, ruled.ready, ruled.ruling)
    if ruled.wishes and not negotiation.trial:
        kind, side = negotiation.kind, negotiation.side
        wish = Wish(
            ruled.ready,
            ruled.ruling,
            negotiation.counterparty,
            kind,
            negotiation.pair,
            negotiation.tenor,
            side_name(kind, side) if side is not None else "",
            str(facts.amount),
        )
        context.wishes += (wish,)


def decide(ready: ReadyBook, view: View) -> tuple[tuple[Value, ...], Ruling] | str:
    """The facts and what the book says of them; or what was raised, which is never a price."""
    try:
        row = row_of(ready, view)
        return row, ready.compiled.decide(row)
    except Exception as error:  # facts are worked out of everything the robot knows
        return f"{ready.file} on {view.instrument}: {type(error).__name__}: {error}"


def tell_failed(context: Context, problem: str) -> None:
    """A book could not decide, and it is one that answers."""
    context.emit(AlertRaised(code="STRATEGY_FAILED", text=f"rules failed: {problem}"))


def tell_alerts(context: Context, ready: ReadyBook, ruling: Ruling) -> None:
    """What the rule wants people to know."""
    for text in ruling.alerts:
        told = f"{text} (rule {ruling.rule!r}, {ready.file}:{ruling.line})"
        context.emit(AlertRaised(code="RULE_ALERT", text=told))


def facts_told(ready: ReadyBook, ruling: Ruling, pip: Decimal | None = None) -> dict[str, str]:
    """The rule and the facts that decided, for the record."""
    told = {
        "rule": ruling.rule,
        "rule_line": str(ruling.line),
        "book": f"{ready.book.name} ({ready.file})",
    }
    for seen in ruling.because:
        name, type_ = ready.labels[seen.slot]
        if name != PIP:  # only what the author wrote
            told[name] = said(type_, seen.value, pip)
    return told


def _is_wish(ruling: Ruling) -> bool:
    """Whether something is to be done that answers nobody."""
    answers = isinstance(ruling.action, Quote | Pass | AskPerson | HandTo | Counter)
    return not answers and not ruling.refused


def _said(ready: ReadyBook, ruling: Ruling, facts: Facts, row: tuple[Value, ...]) -> Ruled:
    because = (headline(ready.file, ruling, facts.pip),)
    found = Ruled(because, facts_told(ready, ruling, facts.pip), row)
    action = ruling.action
    if ruling.refused:
        return found._replace(refusal=_passed(f"rule {ruling.rule}: {ruling.refused}"))
    if isinstance(action, Quote):
        return _quoted(found, ruling, action, facts)
    if isinstance(action, Counter):
        return _countered(found, ruling, facts)
    if isinstance(action, Pass):
        return found._replace(refusal=_passed(action.reason))
    if isinstance(action, AskPerson):
        within = _value(ruling, "within")
        return found._replace(person=action.reason, within_ms=within or PERSON_MS)
    if isinstance(action, HandTo):
        return found._replace(handed=action.name)
    return found._replace(refusal=_passed(f"rule {ruling.rule}: {because[0].partition(': ')[2]}"))


def _passed(detail: str) -> Refusal:
    return Refusal(reason=Reason.STRATEGY_PASSED, detail=detail)


def _quoted(found: Ruled, ruling: Ruling, action: Quote, facts: Facts) -> Ruled:
    """bid = around - margin + skew, offer = around + margin + skew, rounded away to the tick."""
    margin, largest = _value(ruling, "margin"), _value(ruling, "size")
    assert margin is not None, "a quote has a margin"
    if margin < 0:
        refusal = _passed(
            f"rule {ruling.rule}: the margin {_shown(ruling, 'margin', facts.pip)} is below 0"
        )
        return found._replace(refusal=refusal)
    if largest is not None and facts.amount * 100 > largest:
        over = f"{facts.amount} is over the {_shown(ruling, 'size')} that are quoted"
        return found._replace(refusal=_passed(f"rule {ruling.rule}: {over}"))
    wants_bid = facts.side is not SELL and action.sides is not Sides.OFFER
    wants_offer = facts.side is not BUY and action.sides is not Sides.BID
    if not (wants_bid or wants_offer):
        refusal = _passed(f"rule {ruling.rule}: only our {action.sides} is quoted")
        return found._replace(refusal=refusal)
    around, away, skew = _terms(ruling, facts)
    because = (
        *found.because,
        f"mid {facts.mid} of {facts.bid}/{facts.offer}, {facts.market_age_ms} ms old",
    )
    decision = Decision(
        bid=round_down_to(around - away + skew, facts.tick) if wants_bid else None,
        offer=round_up_to(around + away + skew, facts.tick) if wants_offer else None,
        because=because,
    )
    return found._replace(because=because, decision=decision, valid_ms=_value(ruling, "valid") or 0)


def _countered(found: Ruled, ruling: Ruling, facts: Facts) -> Ruled:
    """The price of the rule, or the walk-away where that is nearer to us, rounded to our side."""
    if facts.their_price is None or facts.side is None:
        return found._replace(refusal=_passed(f"rule {ruling.rule}: they have said no price"))
    bid = facts.side is BUY
    wanted, worst = _number(ruling, "price"), _number(ruling, "worst")
    nearest = min(wanted, worst) if bid else max(wanted, worst)
    price = round_down_to(nearest, facts.tick) if bid else round_up_to(nearest, facts.tick)
    if not facts.product.is_signed and not price > ZERO:
        return found._replace(refusal=_passed(f"rule {ruling.rule}: {price} is no price"))
    kept = "" if nearest == wanted else f"; {wanted} is past it"
    because = (*found.because, f"walk-away {worst}{kept}")
    decision = Decision(
        bid=price if bid else None,
        offer=None if bid else price,
        because=because,
        walk_away=worst,
    )
    return found._replace(because=because, decision=decision, valid_ms=_value(ruling, "valid") or 0)


def _number(ruling: Ruling, name: str) -> Decimal:
    """A price of the action, in the price's own terms."""
    for value in ruling.values:
        if value.name == name:
            assert isinstance(value.value, int), f"{name} is counted"
            return Decimal(value.value) / SCALE[value.type.kind]
    raise AssertionError(f"a counter has its {name}")


def _terms(ruling: Ruling, facts: Facts) -> tuple[Decimal, Decimal, Decimal]:
    """Around what, how far from it, and how far shifted, in the price's own terms."""
    found = {
        value.name: Decimal(value.value) / SCALE[value.type.kind]
        for value in ruling.values
        if value.name in ("margin", "skew", "around") and isinstance(value.value, int)
    }
    return found.get("around", facts.mid), found["margin"], found.get("skew", ZERO)


def _value(ruling: Ruling, name: str) -> int | None:
    for value in ruling.values:
        if value.name == name:
            assert isinstance(value.value, int), f"{name} is counted"
            return value.value
    return None


def _shown(ruling: Ruling, name: str, pip: Decimal | None = None) -> str:
    worked = next(value for value in ruling.values if value.name == name)
    return said(worked.type, worked.value, pip)


def with_reasons(refusal: Refusal, ruled: Ruled) -> Refusal:
    """The refusal with what the rule book had to say."""
    because = (*ruled.because, *refusal.because)
    return msgspec.structs.replace(refusal, because=because, facts=ruled.facts, row=ruled.row)
