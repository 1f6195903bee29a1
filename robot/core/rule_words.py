"""Values of rules as people read them, in records and explanations."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from robot.rules.ruling import Ruling, Worked
from robot.rules.tree import AskBanks, AskPerson, DealAt, HandTo, Pass, Quote
from robot.rules.types import SCALE, Kind, Type, Value


def said(type_: Type, value: Value, pip: Decimal | None = None) -> str:
    """A value with its unit; distances of the pair asked in pips, where it is told what one is."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    kind = type_.kind
    if kind is Kind.AMOUNT:
        amount = _plain(Decimal(value) / 100, ",f")
        return f"{amount} {type_.of}" if type_.of.isupper() else amount
    if kind is Kind.SPREAD:
        return f"{_plain(Decimal(value) / 10_000)} bp"
    if kind in (Kind.SHARE, Kind.RATE):
        per = 10_000 if kind is Kind.SHARE else SCALE[kind]
        return f"{_plain(Decimal(value) / per)} %"
    if kind is Kind.DURATION:
        return f"{_plain(Decimal(value) / 1000)} s"
    if kind is Kind.TIME:
        minutes, milliseconds = divmod(value, 60_000)
        return f"{minutes // 60:02}:{minutes % 60:02}:{_plain(Decimal(milliseconds) / 1000)}"
    if kind is Kind.DATE:
        return date.fromordinal(value).isoformat()
    number = Decimal(value) / SCALE[kind]
    if kind is Kind.DISTANCE and pip is not None and not type_.of:
        return f"{_plain(number / pip)} pip"
    return _plain(number)


def _plain(number: Decimal, how: str = "f") -> str:
    text = format(number, how)
    return text.rstrip("0").rstrip(".") if "." in text else text


def headline(file: str, ruling: Ruling, pip: Decimal | None = None) -> str:
    """Rule, place and what it says."""
    where = f"{file}:{ruling.line}" if ruling.line else file
    rule = f'rule "{ruling.rule}"' if ruling.rule != "otherwise" else ruling.rule
    return f"{rule} ({where}): {_action(ruling, pip)}"


def would(ruling: Ruling, pip: Decimal | None = None) -> tuple[str, ...]:
    """What it would do beside a price or a pass, in words."""
    told = [f"alert: {text}" for text in ruling.alerts]
    if not isinstance(ruling.action, Quote | Pass) and not ruling.refused:
        told.append(_action(ruling, pip))
    return tuple(told)


def _action(ruling: Ruling, pip: Decimal | None) -> str:
    action = ruling.action
    values = " ".join(_worked(value, pip) for value in ruling.values)
    if ruling.refused:
        return f"it cannot be worked out: {ruling.refused}"
    if isinstance(action, Pass | AskPerson):
        verb = "pass" if isinstance(action, Pass) else "ask a person"
        return " ".join(filter(None, (f"{verb}, {action.reason}", values)))
    if isinstance(action, HandTo):
        return f"hand to {action.name}"
    if isinstance(action, DealAt):
        return f"{action.verb.lower()} {values}"
    if isinstance(action, AskBanks):
        led = f"by game {action.game!r}" if action.game else ""
        return " ".join(filter(None, ("ask banks", led, action.verb.lower(), values)))
    return f"{type(action).__name__.lower()} {values}".strip()


_NAMES = {"worst": "no worse than"}


def _worked(value: Worked, pip: Decimal | None) -> str:
    name = _NAMES.get(value.name, value.name)
    return f"{name} {said(value.type, value.value, pip)}"
