"""Rule books that were written well and then spoiled, and files made to take long."""

from __future__ import annotations

import builtins
import io
import os
import random
import socket
import subprocess
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot.rules.check import load
from robot.rules.format import format_book
from robot.rules.tree import Book
from tests.fuzz.targets import rule_book
from tests.kit.rule_books import Author

HANG_S = 1.0
SLACK = 2.0
"""The machine may be busy with other tests: processor time, and twice the bound."""
PIECES = (
    *(
        "(",
        ")",
        "[",
        "]",
        ",",
        ":",
        '"',
        "“",
        "-",
        "/",
        "%",
        "#",
        "\n",
        " ",
        "\t",
        "．",
        "＞",
        "；",
    ),
    *(
        "rule",
        "table",
        "when",
        "then",
        "and",
        "not",
        "is",
        "quote",
        "margin",
        "size",
        "tier",
        "for",
    ),
    *("规则", "当", "则", "且", "金额", "等级", "点差", "至多", "otherwise", "none", "x", "bank"),
    *(
        "5 mio",
        "1e9",
        "9" * 40,
        "0.5 pip",
        "60 %",
        "1W",
        "R007",
        "EUR/USD",
        "USD",
        "DR007",
        "24:00",
    ),
    *("\x00", "\u202e", "\ud800", "é", "金", "'", "\\", "{0}", "%s", "__import__", "os.system"),
)
HEAD = 'book "b"\nfor spot in EUR/USD\n'
LONG = {
    "brackets": HEAD + 'rule "r" when ' + "(" * 100_000,
    "nots": HEAD + 'rule "r" when ' + "not " * 100_000,
    "minus": HEAD + 'rule "r" then quote margin ' + "-" * 100_000 + "1 pip",
    "one line of Chinese": HEAD + "规则“甲”当" + "金额且等级" * 60_000,
    "one name": HEAD + 'rule "r" when ' + "a" * 400_000,
    "one Chinese name": HEAD + "规则 “甲” 当 " + "鑫" * 400_000,
    "blanks": "table " + " " * 400_000 + "x",
    "blanks in lines": ("table a" + " " * 58 + "\n") * 6_000,
    "names alike": "".join(f"parameter a b{n} = 1 pip\n" for n in range(15_000)),
    "Chinese names alike": "".join(f"表 甲{chr(0x4E00 + n)} 按 等级\n" for n in range(15_000)),
    "quotes": '"' * 400_000,
    "open quotes": "“\n" * 200_000,
    "numbers": "1,000" * 80_000,
    "strays": "$" * 400_000,
    "unknown names": HEAD
    + "".join(f'rule "{n}" when q{n} > 1 then pass "n"\n' for n in range(9_000)),
    "syntax errors": HEAD + "".join(f'rule "{n}" whn size then pass "n"\n' for n in range(9_000)),
    "a long list": HEAD
    + 'rule "r" when tier is one of '
    + ", ".join(f"t{n}" for n in range(2_300))
    + ' then pass "n"',
    "a wide table": HEAD
    + "table m by size:\n"
    + "".join(f"  up to {n} mio 1 pip\n" for n in range(1, 900)),
    "comments": HEAD + 'rule "r" then pass "n"\n' + "# x\n" * 90_000,
}


@settings(max_examples=150)
@given(seed=st.integers(0, 2**32))
def test_a_spoiled_book_is_a_book_or_its_problems(seed: int) -> None:
    chance = random.Random(seed)
    text = Author(chance, rules_max=3).text()
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(text) + 1)
        gone = chance.choice((0, 0, 1, 1, 3, 12))
        text = text[:at] + chance.choice((*PIECES, "")) + text[at + gone :]
    rule_book(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=100)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=40), glue=st.sampled_from(["", " ", "\n"]))
def test_words_in_any_order_are_a_book_or_its_problems(pieces: list[str], glue: str) -> None:
    rule_book((HEAD + glue.join(pieces)).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", LONG)
def test_no_file_takes_over_a_second(name: str) -> None:
    load(HEAD, "warm")
    text = LONG[name]
    started = time.process_time()
    found = load(text, "long")
    if isinstance(found, Book):
        format_book(found)
    assert time.process_time() - started < HANG_S * SLACK


def test_two_thousand_rules_take_about_a_second() -> None:
    rule = 'rule "{}" when size > 5 mio and tier is gold then quote margin 1 pip valid 5 s\n'
    text = HEAD + "".join(rule.format(n) for n in range(2_000))
    started = time.process_time()
    assert isinstance(load(text, "large"), Book)
    assert time.process_time() - started < HANG_S * SLACK


def test_nothing_is_read_but_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [Author(random.Random(seed)).text() for seed in range(5)]
    spoiled = [text.replace("rule", "import os; rule") for text in texts]
    spoiled += [text.replace(" is ", ".__class__ ") for text in texts]
    rule_book(texts[0].encode())  # the grammar is made ready
    reached: list[str] = []
    doors = [(builtins, "open"), (builtins, "eval"), (builtins, "exec"), (io, "open")]
    doors += [(os, "open"), (os, "system"), (socket, "socket"), (subprocess, "Popen")]
    with monkeypatch.context() as patch:
        for owner, name in doors:
            patch.setattr(owner, name, lambda *_, door=name, **__: reached.append(door))
        for text in (*texts, *spoiled):
            rule_book(text.encode())
    assert [] == reached
