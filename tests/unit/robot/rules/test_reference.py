"""What is generated from grammar, vocabulary and facts is current; words mean one thing each."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from robot.rules.editor import ACTIONS, STATEMENTS, text_mate
from robot.rules.fact import EVERY
from robot.rules.facts import AVAILABLE, FACTS
from robot.rules.reference import GROUPS, page
from robot.rules.vocabulary import KEYWORDS

ROOT = Path(__file__).resolve().parents[4]
PAGES = {"en": "docs/rules-reference.md", "zh": "docs/zh/rules-reference.md"}
GRAMMAR = "docs/editor/syntaxes/rules.tmLanguage.json"


@pytest.mark.parametrize("language", PAGES)
def test_the_reference_is_current(language: str) -> None:
    shown = (ROOT / PAGES[language]).read_text(encoding="utf-8")
    command = f"python -m robot.rules.reference {language} > {PAGES[language]}"
    assert shown == page(language), command


def test_the_editors_grammar_is_current() -> None:
    shown = json.loads((ROOT / GRAMMAR).read_text(encoding="utf-8"))
    assert shown == text_mate(), f"python -m robot.rules.editor > {GRAMMAR}"


def test_the_reference_shows_every_fact_once() -> None:
    shown = [fact.name for _, facts in GROUPS for fact in facts]
    assert sorted(FACTS) == sorted(shown)


def test_every_keyword_has_words_in_both_languages_and_no_word_two_meanings() -> None:
    seen: dict[str, str] = {}
    rows = [(name, forms) for name, forms in KEYWORDS.items()]
    rows += [(f.name, ((f.name, *f.also), (f.chinese,))) for f in FACTS.values()]
    for name, (english, chinese) in rows:
        assert english and chinese, name
        for form in {*english, *chinese}:
            assert seen.setdefault(form.lower(), name) == name, f"{form}: {seen[form.lower()]}"


def test_every_fact_says_what_it_is_in_both_languages() -> None:
    for fact in FACTS.values():
        assert fact.meaning.endswith(".") and fact.meaning_zh.endswith("。"), fact.name
        assert fact.products and {*fact.products} <= {*EVERY}, fact.name
        assert {*fact.required} <= {*fact.arguments}, fact.name
    assert {*FACTS} >= AVAILABLE


def test_the_editors_expressions_are_valid_and_find_words_of_both_languages() -> None:
    patterns = text_mate()["patterns"]
    assert isinstance(patterns, list)
    found = {row["name"].rpartition(".")[0]: re.compile(row["match"]) for row in patterns}
    line = 'rule "甲" when 我 金额 <= 5 mio and hit ratio < 60 % 则 报价 点差 0.3点 # no'
    assert found["keyword.control"].findall(line) == ["rule", "when", "则"]
    assert {"金额", "hit ratio"} <= {*found["variable.language.fact"].findall(line)}
    assert {"报价", "点差"} <= {*found["support.function.action"].findall(line)}
    assert "# no" == found["comment.line.number-sign"].search(line)[0]  # type: ignore[index]
    assert {*STATEMENTS, *ACTIONS} <= {*KEYWORDS}
