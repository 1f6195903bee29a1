"""Random rule books: what is formatted is the same book, in either language."""

from __future__ import annotations

from hypothesis import given, settings

from robot.rules.format import format_book
from tests.kit.rule_books import book_of, rule_texts


@settings(max_examples=80)
@given(text=rule_texts())
def test_a_formatted_book_is_the_same_book_and_stays_as_it_is(text: str) -> None:
    book = book_of(text)
    english = format_book(book, "en")

    assert book == book_of(english)
    assert english == format_book(book_of(english), "en")


@settings(max_examples=80)
@given(text=rule_texts())
def test_a_book_goes_to_chinese_and_back_unchanged(text: str) -> None:
    book = book_of(text)
    chinese = format_book(book, "zh")
    back = format_book(book_of(chinese), "en")

    assert chinese == format_book(book_of(chinese), "zh")
    assert book == book_of(back)
    assert back == format_book(book_of(back), "en")
