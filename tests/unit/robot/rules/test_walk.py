"""Names that only the desk can know are found where they stand."""

from __future__ import annotations

from robot.rules.check import load
from robot.rules.tree import Book
from robot.rules.walk import names_used

TEXT = """\
book "test"
for spot in EUR/USD
table margin by tier and size:
        up to 1 mio
  gold  1 pip
  vip   2 pip
rule "a" when tier is one of gold, silver and bid[ALPHA] > 1 then quote margin margin[tier, size]
rule "b" when venue is not BETA or (country is CN and group is "the others") then hand to two_way
rule "c" when counterparty is BANKA then ask 3 banks of group LARGE
rule "d" when product is spot and counterparty type is bank then hand to game "patient"
"""


def test_every_name_that_only_the_desk_can_know_is_found_with_its_place() -> None:
    book = load(TEXT, "f")
    assert isinstance(book, Book)
    found = [(used.at.line, used.what, used.name) for used in names_used(book)]
    assert [
        (3, "tier", "gold"),
        (3, "tier", "vip"),
        (7, "tier", "gold"),
        (7, "tier", "silver"),
        (7, "venue", "ALPHA"),
        (8, "venue", "BETA"),
        (8, "country", "CN"),
        (8, "group", "the others"),
        (8, "strategy", "two_way"),
        (9, "counterparty", "BANKA"),
        (9, "group", "LARGE"),
        (10, "game", "patient"),
    ] == found
