"""What the back office was told of a deal is part of its chain."""

from __future__ import annotations

from pathlib import Path

from connectors.evidence.chain import explain
from connectors.mqtt.payload import deal_message
from connectors.store.outbox import SqlOutbox
from connectors.store.projection import SqlStore
from robot.messages.effects import ConcludeDeal
from robot.ports import ProjectedTurn
from tests.kit.days import dealt_day, write_day


def test_the_message_and_its_acknowledgement_are_told(tmp_path: Path) -> None:
    desk = dealt_day()
    write_day(tmp_path / "journal", desk)
    url = f"sqlite:///{tmp_path / 'fxrobot.sqlite'}"
    store = SqlStore(url, lambda told, sequence: deal_message(told, sequence, "BANK", "test"))
    turns = [
        ProjectedTurn(sequence=number, segment="20140501-0001", at_ns=1, effects=effects)
        for number, effects in enumerate(desk.history, 1)
    ]
    store.project(turns)
    store.close()
    deal = desk.history_of(ConcludeDeal)[0].deal
    told = explain(tmp_path / "journal", deal.deal_id, database_url=url).steps[-1]
    assert told.group == "delivery"
    assert "NOT acknowledged by the back office" in told.lines

    outbox = SqlOutbox(url)
    (row,) = outbox.pending(0, 10)
    outbox.mark_sent([row.message_id], 2)
    outbox.acknowledge(row.message_id, row.payload_hash, 3)
    chain = explain(tmp_path / "journal", deal.hit_id, database_url=url)
    assert chain.steps[-1].lines[-1].endswith(f"with the same hash {row.payload_hash}")
    assert not chain.problems


def test_without_the_database_the_rest_is_told_and_why_this_is_not(tmp_path: Path) -> None:
    desk = dealt_day()
    write_day(tmp_path / "journal", desk)
    deal = desk.history_of(ConcludeDeal)[0].deal
    url = f"sqlite:///{tmp_path / 'absent.sqlite'}"
    chain = explain(tmp_path / "journal", deal.deal_id, database_url=url)
    assert chain.steps
    assert "delivery is not shown" in chain.problems[0]
