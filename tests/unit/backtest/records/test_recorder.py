"""Records of requests, quotes, deals, orders, limits and results."""

from __future__ import annotations

from decimal import Decimal as D
from pathlib import Path

import pytest

from backtest.records import EngineMarket, FollowedMarket, Recorder, record_journal
from backtest.records.columns import TABLES, Kind, scaled, unscaled
from backtest.records.parts import read_tables, write_part
from backtest.report.attribution import about, results_at_end, rows_of, worths
from robot.assembly import load_strategy
from robot.core.engine import Engine
from robot.errors import RobotError
from robot.messages.effects import OrderEnded, SendOrder
from robot.messages.orders import OrderReport
from tests.kit import taker
from tests.kit.days import dealt_day, write_day
from tests.kit.desk import Desk
from tests.kit.losses import mid
from tests.kit.recording import hedged_day, record_one, recorded

PRICE, MONEY = D("1e-9"), D("0.0001")


def test_every_quote_says_how_far_from_the_middle_it_was_and_what_became_of_it() -> None:
    tables = recorded(dealt_day()).tables()
    dealt, expired = rows_of(tables["quotes"])
    assert (dealt["outcome"], expired["outcome"]) == ("DEALT", "EXPIRED")
    assert dealt["bid_distance"] == 20_000  # 0.2 pips of 1e-4, in units of 1e-9
    assert (dealt["tier"], dealt["size"], dealt["pip"]) == ("gold", 100_000_000, 100_000)
    (deal,) = rows_of(tables["deals"])
    assert dealt["deal_id"] == deal["deal_id"]
    assert deal["distance"] == 20_000
    assert deal["edge"] == 200_000  # 20.0000 USD: 0.2 pips of 1m


def test_every_request_ends_in_the_record_as_it_ended() -> None:
    requests = rows_of(recorded(dealt_day()).tables()["requests"])
    told = [(one["outcome"], one["reason"], one["quotes"]) for one in requests]
    assert told == [("DEALT", "", 1), ("EXPIRED", "", 1), ("REFUSED", "UNKNOWN_COUNTERPARTY", 0)]


def test_a_request_for_several_sizes_has_a_row_for_each() -> None:
    desk = Desk().open()
    desk.market()
    for entry, millions in enumerate((1, 5, 90), 1):
        desk.rfq(millions * 1_000_000, request="LADDER", entry=entry)
    rows = rows_of(recorded(desk).tables()["requests"])
    assert [(row["request_id"], row["rfq_id"]) for row in rows] == [
        ("LADDER", "LADDER"),
        ("LADDER", "LADDER#2"),
        ("LADDER", "LADDER#3"),
    ]
    assert [row["outcome"] for row in rows] == ["OPEN", "OPEN", "REFUSED"]


def test_what_is_open_at_the_end_is_written_as_open() -> None:
    desk = Desk().open()
    desk.market()
    desk.quoted()
    tables = recorded(desk).tables()
    assert tables["quotes"]["outcome"] == tables["requests"]["outcome"] == ["OPEN"]


def test_refusals_name_the_limit_that_refused() -> None:
    desk = Desk().open()
    desk.market()
    desk.rfq(25_000_000)
    (row,) = rows_of(recorded(desk).tables()["refusals"])
    assert (row["reason"], row["refused_by"]) == ("DEAL_SIZE", "deal_size:SPOT:EUR/USD:gold")


def test_a_hedge_costs_its_distance_from_the_middle_and_stops_the_position_from_gaining() -> None:
    desk = hedged_day()
    tables = recorded(desk).tables()
    end = results_at_end(tables)["EUR/USD"]
    # 5m at 0.3 pips; 2m bought 0.5 pips over the middle; 5m short over +1 pip, then 3m over +2.
    assert end["margin"] == D(150)
    assert end["hedging"] == D(-100)
    assert end["inventory"] == D(-500) + D(-600)
    assert end["carry"] == 0
    (order,) = [row for row in rows_of(tables["orders"]) if row["outcome"] == "FILLED"]
    assert (order["purpose"], order["filled"]) == ("hedge", 200_000_000)
    assert len(desk.history_of(OrderEnded)) == 1


def test_a_deal_that_the_venue_takes_back_leaves_nothing_of_it_in_the_result() -> None:
    desk = hedged_day()
    order = desk.history_of(SendOrder)[0]
    taker.report(desk, order, OrderReport.BUSTED, "X2", reference_exec_id="X1", ended=True)
    tables = recorded(desk).tables()
    end = results_at_end(tables)["EUR/USD"]
    assert end["hedging"] == 0
    assert end["inventory"] == D(-1500)
    assert len(worths(tables)) == 1


def test_a_deal_is_marked_at_the_middle_before_whatever_comes_later() -> None:
    desk = Desk().open()
    desk.market()
    desk.hit(desk.quoted())
    desk.after(999).market("1.10010", "1.10020")
    desk.after(2).market("1.10050", "1.10060")
    desk.after(998).market("1.10070", "1.10080")
    rows = {row["horizon_s"]: row["mid"] for row in rows_of(recorded(desk).tables()["markouts"])}
    assert rows[1] == 1_100_150_000
    assert rows[2] is None  # the record ended before: nobody knows


def test_a_running_engine_and_its_journal_give_the_same_record(tmp_path: Path) -> None:
    desk = hedged_day()
    engine = Engine(load_strategy)
    live = Recorder(EngineMarket(engine))
    for stamped in desk.stepped:
        if stamped.at_ns >= live.due_ns:
            live.mark(stamped.at_ns)
        live.take(stamped.at_ns, stamped.event, engine.step(stamped))
    live.finish(desk.at_ns)
    write_day(tmp_path / "journal", desk)
    read, segments = record_journal(tmp_path)
    assert read.tables() == live.tables()
    assert segments == ("20140501-0001",)


def test_tables_come_back_from_their_files_part_by_part(tmp_path: Path) -> None:
    desk = hedged_day()
    recorder, steps = Recorder(), list(zip(desk.stepped, desk.history, strict=True))
    for place, (stamped, effects) in enumerate(steps):
        record_one(recorder, stamped, effects)
        if place == len(steps) // 2:
            recorder.write(tmp_path)
    recorder.finish(desk.at_ns)
    recorder.write(tmp_path)
    assert read_tables(tmp_path) == recorded(desk).tables()


def test_a_part_that_is_written_again_takes_the_later_ones_with_it(tmp_path: Path) -> None:
    desk = hedged_day()
    for _ in range(2):
        recorder = recorded(desk)
        recorder.write(tmp_path)
    write_part(tmp_path, 2, recorded(desk).tables())
    recorded(desk).write(tmp_path)
    assert read_tables(tmp_path) == recorded(desk).tables()


def test_records_of_a_run_that_has_not_ended_are_told(tmp_path: Path) -> None:
    with pytest.raises(RobotError, match="no finished records there"):
        read_tables(tmp_path)


def test_a_record_taken_up_from_a_checkpoint_goes_on_as_if_nothing_had_been() -> None:
    desk = hedged_day()
    whole = recorded(desk).tables()
    steps = list(zip(desk.stepped, desk.history, strict=True))
    for cut in range(5, len(steps), 3):
        first = Recorder(FollowedMarket())
        for stamped, effects in steps[:cut]:
            record_one(first, stamped, effects)
        begun = first._rows.take()
        rest = Recorder(first._market, saved=first.snapshot())
        for stamped, effects in steps[cut:]:
            record_one(rest, stamped, effects)
        rest.finish(desk.at_ns)
        joined = {
            name: {column: begun[name][column] + rest.tables()[name][column] for column in columns}
            for name, columns in TABLES.items()
        }
        assert joined == whole


def test_positions_carried_into_a_day_are_valued_where_it_begins() -> None:
    desk = hedged_day()
    state = desk.engine.state
    recorder = Recorder(EngineMarket(desk.engine))
    recorder.begin(state)
    recorder.mark(desk.at_ns)
    recorder.finish(desk.at_ns)
    end = results_at_end(recorder.tables())["EUR/USD"]
    assert end["total"] == 0
    assert recorder.tables()["results"]["position"] == [-300_000_000]
    assert about(recorder.tables())["reporting_currency"] == "USD"


def test_a_deal_from_before_the_record_can_be_taken_back_in_it() -> None:
    desk = hedged_day()
    order = desk.history_of(SendOrder)[0]
    recorder = Recorder(EngineMarket(desk.engine))
    recorder.begin(desk.engine.state)
    recorder.mark(desk.at_ns)
    was = desk.state.ledger.result("EUR/USD", D("1.10035"), lambda day: None, desk.day).result
    desk.after(100)
    taker.report(desk, order, OrderReport.BUSTED, "X2", reference_exec_id="X1", ended=True)
    recorder.take(desk.at_ns, desk.stepped[-1].event, desk.effects)
    mid(desk, "1.10045")
    recorder.take(desk.at_ns, desk.stepped[-1].event, desk.effects)
    recorder.finish(desk.at_ns)
    end = results_at_end(recorder.tables())["EUR/USD"]
    now = desk.state.ledger.result("EUR/USD", D("1.10045"), lambda day: None, desk.day).result
    assert end["total"] == now - was
    assert end["inventory"] == end["total"]
    assert recorder.tables()["positions"]["amount"][0] == -50_000_000_000


@pytest.mark.parametrize("text", ["1.10005", "-0.000000001", "0", "7.0012"])
def test_prices_survive_their_column(text: str) -> None:
    kept = scaled(D(text), Kind.PRICE)
    assert kept is not None
    assert unscaled(kept, Kind.PRICE) == D(text)
