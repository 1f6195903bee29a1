"""Actions: each with what it needs, of the right type, said once."""

from __future__ import annotations

from collections.abc import Callable

from robot.deals.product import ProductKind
from robot.rules.check_expressions import condition_of, expression_of
from robot.rules.draft import Draft, Wrong, position
from robot.rules.fact import OUTRIGHT
from robot.rules.grammar import Syntax
from robot.rules.parse import Statement, text_of
from robot.rules.tokens import Quantity, Token
from robot.rules.tree import (
    AnyAction,
    AnyExpression,
    AskBanks,
    AskPerson,
    Counter,
    DealAt,
    HandTo,
    Hedge,
    InPrice,
    Literal,
    Pass,
    Quote,
    Rule,
    Sides,
)
from robot.rules.types import (
    AMOUNT,
    COUNT,
    DISTANCE,
    DURATION,
    PRICE,
    RATE,
    SPREAD,
    TENOR,
    TIME,
    Type,
)

PRIORITY_MAX = 1_000
BANKS_MAX = 50
ALERTS_MAX = 5
DURATION_MAX_MS = 86_400_000

_Clauses = dict[str, Syntax | Token]
OTHERWISE = "otherwise"


def rule_of(draft: Draft, statement: Statement, names: dict[str, int]) -> Rule:
    """A rule; condition and action are checked, whatever is wrong with the other."""
    draft.words = len(statement.tokens)
    children = statement.syntax.children
    token = children[1]
    assert isinstance(token, Token)
    name = text_of(token)
    wrong: Wrong | None = None
    if not name.strip():
        wrong = draft.wrong("empty text", token)
    elif name in names:
        wrong = draft.wrong("rule twice", token, name=name, line=names[name])
    names.setdefault(name, token.line)
    priority = 0
    when: AnyExpression | None = None
    for part in children[2:-1]:
        assert isinstance(part, Syntax), "priority or condition"
        try:
            if part.rule == "priority":
                priority = _priority(draft, part)
            else:
                when = _condition(draft, part)
        except Wrong as problem:
            wrong = problem
    action, alerts = _acts(draft, children[-1])
    if wrong is not None:
        raise wrong
    return Rule(
        at=statement.tokens[0].at,
        name=name,
        priority=priority,
        when=when,
        action=action,
        alerts=alerts,
    )


def otherwise_of(draft: Draft, statement: Statement) -> Rule:
    """What holds where no rule fires."""
    draft.words = len(statement.tokens)
    action, alerts = _acts(draft, statement.syntax.children[1])
    return Rule(at=statement.tokens[0].at, name=OTHERWISE, action=action, alerts=alerts)


def _condition(draft: Draft, part: Syntax) -> AnyExpression | None:
    found = condition_of(draft, part)
    always = isinstance(found, Literal) and found.value is True
    return None if always else found


def _priority(draft: Draft, part: Syntax) -> int:
    token = part.children[1]
    assert isinstance(token, Token) and isinstance(token.value, Quantity)
    said = token.value
    whole = int(said.number)
    if said.unit or said.currency or whole != said.number or whole > PRIORITY_MAX:
        raise draft.wrong("priority", token, most=PRIORITY_MAX)
    return whole


def _acts(draft: Draft, syntax: Syntax | Token) -> tuple[AnyAction, tuple[str, ...]]:
    assert isinstance(syntax, Syntax)
    answer: AnyAction | None = None
    alerts: list[str] = []
    wrong: Wrong | None = None
    answers = [act for act in syntax.children if isinstance(act, Syntax) and act.rule != "alert"]
    for act in answers[1:]:
        wrong = draft.wrong("two actions", act)
    for part in syntax.children:
        assert isinstance(part, Syntax), "an act"
        try:
            if part.rule == "alert":
                alerts.append(_reason(draft, part, "empty text"))
            elif part is answers[0]:
                answer = _ACTIONS[part.rule](draft, part)
        except Wrong as problem:
            wrong = problem
    if not answers:
        wrong = draft.wrong("only an alert", syntax)
    if len(alerts) > ALERTS_MAX:
        wrong = draft.wrong("too many", syntax, what="alert", most=ALERTS_MAX)
    if wrong is not None or answer is None:
        raise wrong or Wrong()
    return answer, tuple(alerts)


def _clauses(draft: Draft, act: Syntax, start: int = 1) -> _Clauses:
    """What is said after the action's first word, each once."""
    found: _Clauses = {}
    wrong: Wrong | None = None
    for part in act.children[start:]:
        name = part.type if isinstance(part, Token) else part.rule
        if name == "BANKS":
            continue
        if isinstance(part, Syntax) and name not in _CLAUSE_RULES:
            name = "value"
        if name in found:
            wrong = draft.wrong("said twice", part)
        found[name] = part
    if wrong is not None:
        raise wrong
    return found


_CLAUSE_RULES = frozenset(
    {
        "margin", "skew", "around", "largest", "valid", "within", "until", "limit", "worst",
        "tenor", "group", "led", "wanted", "verb", "handed",
    }
)  # fmt: skip


def _part(draft: Draft, clauses: _Clauses, name: str, wanted: Type) -> AnyExpression | None:
    """The expression of a clause; None where it was not said."""
    clause = clauses.get(name)
    if clause is None:
        return None
    assert isinstance(clause, Syntax)
    inner = clause if name == "value" else clause.children[-1]
    return expression_of(draft, inner, wanted)


def _time(draft: Draft, clauses: _Clauses, name: str) -> AnyExpression | None:
    found = _part(draft, clauses, name, DURATION)
    if isinstance(found, Literal):
        value = found.value
        assert isinstance(value, int)
        if not 0 < value <= DURATION_MAX_MS:
            raise draft.wrong("no such duration", clauses[name])
    return found


def _not_negative(draft: Draft, found: AnyExpression | None, where: Syntax | Token) -> None:
    """A size that is written as a number is above zero."""
    if isinstance(found, Literal) and isinstance(found.value, int) and found.value <= 0:
        raise draft.wrong("not positive", where)


def _size(draft: Draft, clauses: _Clauses, name: str) -> AnyExpression | None:
    found = _part(draft, clauses, name, AMOUNT)
    if found is not None:
        _not_negative(draft, found, clauses[name])
    return found


def is_loan(draft: Draft) -> bool:
    """Whether the book is about money against interest."""
    return any(product.is_loan for product in draft.products)


def price_type(draft: Draft, where: Syntax | Token) -> Type:
    """In which terms a price is said: an outright's price, a swap's points, a loan's rate."""
    if is_loan(draft):
        return RATE
    kinds = {PRICE if product in OUTRIGHT else DISTANCE for product in draft.products}
    if len(kinds) > 1:
        raise draft.wrong("two terms", where)
    return DISTANCE if draft.products == (ProductKind.SWAP,) else PRICE


def _quote(draft: Draft, act: Syntax) -> AnyAction:
    if draft.by_clock:
        raise draft.wrong("answers a request", act)
    clauses = _clauses(draft, act)
    unit = SPREAD if is_loan(draft) else DISTANCE
    margin = _part(draft, clauses, "margin", unit)
    if margin is None:
        sample = "3 bp" if is_loan(draft) else "0.5 pip"
        raise draft.wrong("quote needs a margin", act, sample=sample)
    _check_margin(draft, margin, clauses["margin"])
    around = clauses.get("around")
    sides = [name for name in ("BID_ONLY", "OFFER_ONLY") if name in clauses]
    if len(sides) > 1:
        raise draft.wrong("said twice", clauses[sides[1]])
    return Quote(
        at=position(act),
        margin=margin,
        skew=_part(draft, clauses, "skew", unit),
        around=_part(draft, clauses, "around", price_type(draft, around)) if around else None,
        size=_size(draft, clauses, "largest"),
        valid=_time(draft, clauses, "valid"),
        sides={"BID_ONLY": Sides.BID, "OFFER_ONLY": Sides.OFFER}[sides[0]] if sides else Sides.BOTH,
    )


def _check_margin(draft: Draft, margin: AnyExpression, where: Syntax | Token) -> None:
    plain = margin.part if isinstance(margin, InPrice) else margin
    if isinstance(plain, Literal) and isinstance(plain.value, int) and plain.value < 0:
        raise draft.wrong("negative margin", where)


def _pass(draft: Draft, act: Syntax) -> AnyAction:
    return Pass(at=position(act), reason=_reason(draft, act, "needs a reason"))


def _reason(draft: Draft, act: Syntax, code: str) -> str:
    token = act.children[1] if len(act.children) > 1 else None
    if not isinstance(token, Token) or token.type != "TEXT":
        raise draft.wrong("needs a reason", act)
    if not text_of(token).strip():
        raise draft.wrong("empty text", token)
    return text_of(token)


def _ask_person(draft: Draft, act: Syntax) -> AnyAction:
    reason = _reason(draft, act, "needs a reason")
    clauses = _clauses(draft, act)
    return AskPerson(at=position(act), reason=reason, within=_time(draft, clauses, "within"))


def _ask_banks(draft: Draft, act: Syntax) -> AnyAction:
    clauses = _clauses(draft, act)
    banks = _part(draft, clauses, "value", COUNT)
    assert banks is not None
    if isinstance(banks, Literal):
        assert isinstance(banks.value, int)
        if not 1 <= banks.value <= BANKS_MAX:
            raise draft.wrong("number of banks", clauses["value"], most=BANKS_MAX)
    group, wanted = clauses.get("group"), clauses.get("wanted")
    limit = clauses.get("limit")
    verb, size = "", None
    if isinstance(wanted, Syntax):
        verb = _verb(draft, wanted.children[0])
        if len(wanted.children) > 1:
            size = expression_of(draft, wanted.children[1], AMOUNT)
            _not_negative(draft, size, wanted.children[1])
    led = clauses.get("led")
    for part in (limit, led):
        if part is not None and not verb:
            raise draft.wrong("limit without side", part)
    return AskBanks(
        at=position(act),
        banks=banks,
        group=_handed(group.children[-1]) if isinstance(group, Syntax) else "",
        size=size,
        tenor=_part(draft, clauses, "tenor", TENOR),
        limit=_part(draft, clauses, "limit", price_type(draft, limit)) if limit else None,
        verb=verb,
        game=_handed(led.children[-1]) if isinstance(led, Syntax) else "",
        within=_time(draft, clauses, "within"),
    )


def _verb(draft: Draft, part: Syntax | Token) -> str:
    assert isinstance(part, Syntax) and isinstance(part.children[0], Token)
    verb = part.children[0].type
    if is_loan(draft) != (verb in ("LEND", "BORROW")):
        raise draft.wrong("loans are lent" if is_loan(draft) else "currencies are bought", part)
    return verb


def _deal(draft: Draft, act: Syntax) -> AnyAction:
    verb = _verb(draft, act.children[0])
    clauses = _clauses(draft, act)
    limit = clauses.get("limit")
    if limit is None:
        raise draft.wrong("needs a limit", act)
    if "within" in clauses and "until" in clauses:
        raise draft.wrong("within and until", clauses["until"])
    worst = _part(draft, clauses, "limit", price_type(draft, limit))
    assert worst is not None
    return DealAt(
        at=position(act),
        verb=verb,
        size=_size(draft, clauses, "value"),
        limit=worst,
        tenor=_part(draft, clauses, "tenor", TENOR),
        within=_time(draft, clauses, "within"),
        until=_part(draft, clauses, "until", TIME),
    )


def _counter(draft: Draft, act: Syntax) -> AnyAction:
    if draft.by_clock:
        raise draft.wrong("answers a request", act)
    clauses = _clauses(draft, act)
    terms = price_type(draft, act)
    if "worst" not in clauses:
        raise draft.wrong("needs a walk-away", act)
    price, worst = _part(draft, clauses, "value", terms), _part(draft, clauses, "worst", terms)
    assert price is not None and worst is not None
    valid = _time(draft, clauses, "valid")
    return Counter(at=position(act), price=price, worst=worst, valid=valid)


def _hedge(draft: Draft, act: Syntax) -> AnyAction:
    if is_loan(draft):
        raise draft.wrong("loans are not hedged", act)
    clauses = _clauses(draft, act)
    return Hedge(
        at=position(act),
        size=_size(draft, clauses, "value"),
        limit=_part(draft, clauses, "limit", PRICE),
        within=_time(draft, clauses, "within"),
    )


def _handed(part: Syntax | Token) -> str:
    assert isinstance(part, Syntax) and isinstance(part.children[0], Token)
    return text_of(part.children[0])


def _hand(draft: Draft, act: Syntax) -> AnyAction:
    name = _handed(act.children[1])
    if not name.strip():
        raise draft.wrong("empty text", act.children[1])
    return HandTo(at=position(act), name=name, game=act.rule == "hand_game")


_ACTIONS: dict[str, Callable[[Draft, Syntax], AnyAction]] = {
    "quote": _quote,
    "pass": _pass,
    "ask_person": _ask_person,
    "ask_banks": _ask_banks,
    "deal": _deal,
    "counter": _counter,
    "hedge": _hedge,
    "hand_game": _hand,
    "hand_strategy": _hand,
}
