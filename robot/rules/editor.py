"""Highlighting for editors: a TextMate grammar made of the vocabulary, both languages at once.

python -m robot.rules.editor > docs/editor/syntaxes/rules.tmLanguage.json
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable

from robot.basics.index import INDICES
from robot.basics.tenor import ALONE
from robot.rules.facts import FACTS
from robot.rules.phrases import is_han
from robot.rules.vocabulary import KEYWORDS, UNITS, VALUES, ZONES

STATEMENTS = (
    *("BOOK", "FOR", "EVERY", "DURING", "CHOOSE_FIRST", "CHOOSE_SPECIFIC", "CHOOSE_BEST"),
    *("PARAMETER", "TABLE", "BY", "UP_TO", "REST", "NONE", "SCHEDULE", "TO", "RULE", "PRIORITY"),
    *("WHEN", "THEN", "OTHERWISE"),
)
ACTIONS = (
    *("QUOTE", "MARGIN", "SKEW", "AROUND", "VALID", "BID_ONLY", "OFFER_ONLY", "PASS", "ASK"),
    *(
        "ASK_PERSON",
        "BANKS",
        "OF_GROUP",
        "BY_GAME",
        "BUY",
        "SELL",
        "LEND",
        "BORROW",
        "AT",
        "OR_BETTER",
    ),
    *("UNTIL", "WITHIN", "COUNTER", "NO_WORSE", "HEDGE", "HAND_GAME", "HAND_STRATEGY", "ALERT"),
)


def text_mate() -> dict[str, object]:
    """The grammar, as editors read it."""
    others = [name for name in KEYWORDS if name not in (*STATEMENTS, *ACTIONS)]
    facts = [form for fact in FACTS.values() for form in (fact.name, fact.chinese, *fact.also)]
    values = [form for rows in VALUES.values() for forms in rows.values() for form in _both(forms)]
    zones = [form for forms in ZONES.values() for form in _both(forms)]
    return {
        "name": "fxrobot rules",
        "scopeName": "source.fxrobot-rules",
        "fileTypes": ["rules"],
        "patterns": [
            _pattern("comment.line.number-sign", "[#＃].*$"),
            _pattern("string.quoted", '"[^"]*"|“[^”]*”|「[^」]*」|＂[^＂]*＂'),
            _pattern("variable.language.fact", words([*facts, *_indices()])),
            _pattern("keyword.control", words(_forms(STATEMENTS))),
            _pattern("support.function.action", words(_forms(ACTIONS))),
            _pattern("constant.numeric.date", r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b"),
            _pattern("constant.numeric.time", r"\b[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?\b"),
            _pattern("constant.language.pair", r"\b[A-Z]{3}/[A-Z]{3}\b"),
            _pattern("constant.language.tenor", rf"\b([0-9]{{1,3}}[DWMY]|{_tenors()})\b"),
            _pattern("constant.numeric", _numbers()),
            _pattern("constant.language.zone", words(zones)),
            _pattern("keyword.operator", words(_forms(others))),
            _pattern("constant.language", words(values)),
        ],
    }


def words(forms: Iterable[str]) -> str:
    """An expression for any of these words, the longest first; English ones as whole words."""
    ordered = sorted({*forms}, key=lambda form: (-len(form), form))
    english = [re.escape(form) for form in ordered if form[0].isascii() and form[0].isalpha()]
    chinese = [form for form in ordered if is_han(form[0])]
    signs = [re.escape(form) for form in ordered if not form[0].isalpha()]
    parts = [rf"\b(?i:{'|'.join(english)})\b"] if english else []
    return "|".join([*parts, *chinese, *signs])


def _pattern(name: str, match: str) -> dict[str, str]:
    return {"name": f"{name}.fxrobot-rules", "match": match}


def _forms(names: Iterable[str]) -> list[str]:
    return [form for name in names for form in _both(KEYWORDS[name])]


def _both(forms: tuple[tuple[str, ...], tuple[str, ...]]) -> tuple[str, ...]:
    return (*forms[0], *forms[1])


def _indices() -> list[str]:
    return [name for name in INDICES if not name.startswith("PARITY")]


def _tenors() -> str:
    return "|".join(str(unit) for unit in ALONE)


def _numbers() -> str:
    every = {form for forms in UNITS.values() for form in _both(forms)}
    forms = sorted(every, key=lambda form: (-len(form), form))
    latin = "|".join(re.escape(form) for form in forms if not is_han(form[0]))
    chinese = "|".join(form for form in forms if is_han(form[0]))
    return rf"[0-9０-９][0-9０-９,.，．]*\s*(({latin})(?![A-Za-z])|{chinese}|％)?"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(text_mate(), ensure_ascii=False, indent=2) + "\n")
