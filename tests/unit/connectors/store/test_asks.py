"""Asks in the database: who was asked, every quote, and which one was taken."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from connectors.mqtt.payload import deal_message
from connectors.store.projection import SqlStore
from robot.messages.asks import TakeQuote
from robot.ports import ProjectedTurn
from tests.kit.asks import Asking, three_quotes


def rows(scene: Asking, folder: Path, sql: str) -> list[tuple[object, ...]]:
    """What the database says of a desk's history, a turn for each event."""
    path = folder / "robot.sqlite"
    store = SqlStore(
        f"sqlite:///{path}", lambda booked, sequence: deal_message(booked, sequence, "US", "test")
    )
    turns = [
        ProjectedTurn(segment="S1", sequence=number, at_ns=number, effects=effects)
        for number, effects in enumerate(scene.desk.history, 1)
    ]
    store.project(turns[:-1])  # the end comes in a batch of its own
    store.project(turns[-1:])
    store.close()
    with sqlite3.connect(path) as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


def test_an_ask_its_quotes_and_the_order_on_the_one_taken_stand_there(tmp_path: Path) -> None:
    scene = three_quotes()
    take = scene.desk.one(TakeQuote)
    scene.report(take)
    found = rows(
        scene,
        tmp_path,
        "SELECT a.ending, a.asked, a.order_id, o.kind, o.ending, d.as_taker, d.quote_id "
        "FROM asks a JOIN orders o ON o.order_id = a.order_id "
        "JOIN deals d ON d.order_id = a.order_id",
    )
    assert [("DEALT", 3, take.order_id, "PREVIOUSLY_QUOTED", "FILLED", 1, "Q-BANKB")] == found


def test_every_quote_that_came_stands_there(tmp_path: Path) -> None:
    scene = Asking()
    scene.ask("1.10020", makers=("BANKA", "BANKB"))
    scene.quote("BANKA", "1.10000", "1.10030", "S1")
    scene.quote("BANKA", "1.10000", "1.10025", "S2")
    scene.later(3_000)
    found = rows(
        scene, tmp_path, "SELECT maker, quote_id, price, mid, outcome, last_word FROM ask_quotes"
    )
    assert [
        ("BANKA", "S2", "1.10025", "1.100050", "BEYOND_LIMIT", 1),
        ("BANKB", "", None, None, "SILENT", 1),
        ("BANKA", "S1", "1.10030", "1.100050", "REPLACED", 0),
    ] == found
