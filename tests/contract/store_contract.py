"""What every `Store` on a database must do, seen through `queries.py`. Subclass `StoreContract` and
return the URL of a new, empty database from `create_url`."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from sqlalchemy import event, select

from connectors.store import schema
from connectors.store.database import Database, clear, open_database, open_read_only
from connectors.store.errors import ProjectionError, StoreError
from connectors.store.projection import SqlStore
from connectors.store.queries import Queries, open_queries
from connectors.store.views import DealingState, RefusalCount
from robot.basics.ids import LimitId, VenueId
from robot.deals.party import SELL
from robot.messages.effects import (
    AlertRaised,
    BreakFound,
    BreakResolved,
    DealBooked,
    DealingStateChanged,
    LimitMove,
    LimitsMoved,
)
from robot.ports import ProjectedTurn
from tests.contract import store_data as data
from tests.contract.store_data import (
    booked,
    deal,
    decided,
    encode,
    ended,
    limits_moved,
    quote,
    turn,
    usual_turns,
)
from tests.contract.store_journals import Fold, Journal, journals
from tests.kit.examples import few

Dump = dict[str, list[tuple[Any, ...]]]


def dump(url: str) -> Dump:
    """Every row of every table, in the order of the keys; the outbox without its delivery."""
    with open_read_only(url) as database, database.reading("dump") as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(
                    select(*_projected_columns(table)).order_by(*table.primary_key)
                )
            ]
            for table in schema.PROJECTED
        }


def _projected_columns(table: Any) -> list[Any]:
    delivery = schema.DELIVERY_COLUMNS if table is schema.outbox else ()
    return [column for column in table.columns if column.name not in delivery]


class StoreContract(ABC):
    """The behaviour the projector and the readers build on."""

    @abstractmethod
    def create_url(self) -> str:
        """A database with all tables and without rows."""

    @contextmanager
    def store(self, url: str, **options: Any) -> Iterator[SqlStore]:
        """An open store on `url`."""
        store = SqlStore(url, encode, **options)
        try:
            yield store
        finally:
            store.close()

    @contextmanager
    def projected(self, *batches: Sequence[ProjectedTurn]) -> Iterator[Queries]:
        """The answers after these batches were projected into a new database."""
        url = self.create_url()
        with self.store(url) as store:
            for batch in batches:
                store.project(batch)
        with open_queries(url) as queries:
            yield queries

    def dump_of(self, *batches: Sequence[ProjectedTurn]) -> Dump:
        """All rows after these batches were projected into a new database."""
        url = self.create_url()
        with self.store(url) as store:
            for batch in batches:
                store.project(batch)
        return dump(url)

    # What becomes of the effects

    def test_a_new_database_is_empty_and_has_nothing_applied(self) -> None:
        with self.projected() as queries:
            counts = queries.counts()
            assert ("", 0, 0) == (counts.segment, counts.sequence, counts.deals)
            assert queries.deals() == [] and queries.outbox_open() == []
            assert queries.dealing_state() is None

    def test_a_booked_deal_comes_back_exactly_with_its_entry(self) -> None:
        agreed = deal(7, side=SELL, rate="1.2512000")
        with self.projected([turn(1, booked(agreed))]) as queries:
            assert [agreed] == queries.deals()
            assert str(agreed.rate) == str(queries.deals()[0].rate)
            assert [booked(agreed).entry] == [row.entry for row in queries.entries(agreed.deal_id)]

    def test_the_flows_of_a_deal_are_what_we_receive_and_pay(self) -> None:
        rows = self.dump_of([turn(1, booked(deal(7, side=SELL)))])["flows"]
        paid = ("D20141103-000007", 1, 1, "EUR", Decimal("-1000000.00"), data.VALUE_DATE, 1)
        received = ("D20141103-000007", 1, 2, "USD", Decimal("1251200"), data.VALUE_DATE, 1)
        assert [paid, received] == rows

    def test_a_deal_is_in_the_outbox_with_the_payload_of_the_encoder(self) -> None:
        events = [booked(deal(1)), booked(deal(2))]
        with self.projected([turn(1, *events)]) as queries:
            rows = queries.outbox_open()
        assert [1, 2] == [row.sequence for row in rows]
        assert ["D20141103-000001.v1", "D20141103-000002.v1"] == [row.message_id for row in rows]

    def test_a_new_version_of_a_deal_stands_beside_the_old_one(self) -> None:
        first, second = deal(1), deal(1, version=2, rate="1.25130")
        with self.projected([turn(1, booked(first))], [turn(2, booked(second))]) as queries:
            assert [first, second] == queries.versions(first.deal_id)
            assert second == queries.deal(first.deal_id)
            assert 2 == queries.counts().outbox_open

    def test_the_newest_deals_come_oldest_first(self) -> None:
        with self.projected(usual_turns(1, 12)) as queries:
            assert [deal(11), deal(12)] == queries.deals(newest=2)
            assert [deal(n) for n in range(1, 13)] == queries.deals(data.DAY)
            assert [] == queries.deals(data.day_after(data.DAY))

    def test_the_last_position_and_result_win_within_a_batch_and_across(self) -> None:
        first = booked(deal(1), eur_position="1000000.00", result="50.00")
        second = booked(deal(2), eur_position="-250000.00", result="-3.10")
        together, apart = [[turn(1, first, second)]], [[turn(1, first)], [turn(2, second)]]
        for batches in (together, apart):
            with self.projected(*batches) as queries:
                assert [Decimal("-250000.00")] == [row.amount for row in queries.positions()]
                assert [Decimal("-3.10")] == [row.result for row in queries.pnl()]

    def test_positions_since_a_date_leave_out_settled_ones(self) -> None:
        with self.projected([turn(1, booked(deal(1)))]) as queries:
            assert 1 == len(queries.positions(since=data.VALUE_DATE))
            assert [] == queries.positions(since=data.day_after(data.VALUE_DATE))

    def test_the_last_movement_of_a_limit_wins(self) -> None:
        moves = [limits_moved("line/BANKA", "0", "7"), limits_moved("line/BANKA", "7", "0")]
        other = limits_moved("line/BANKB", "1", "2")
        with self.projected([turn(1, moves[0], other)], [turn(2, moves[1])]) as queries:
            banka, bankb = queries.limit_use()
        assert ("line/BANKA", Decimal(7), Decimal(0)) == (
            banka.limit_id,
            banka.utilisation,
            banka.reserved,
        )
        assert Decimal("4999993") == banka.headroom
        assert ("line/BANKB", Decimal(2)) == (bankb.limit_id, bankb.reserved)

    @pytest.mark.parametrize("batches", [1, 2])
    def test_a_quote_ends_in_its_own_batch_or_in_a_later_one(self, batches: int) -> None:
        turns = [turn(1, quote(1, bid=None)), turn(2, ended(1, "EXPIRED"))]
        split = [turns] if batches == 1 else [turns[:1], turns[1:]]
        with self.projected(*split) as queries:
            (life,) = queries.quotes("R1")
        assert (None, Decimal("1.25140")) == (life.bid, life.offer)
        assert ("EXPIRED", turns[1].at_ns) == (life.ending, life.ended_at_ns)

    def test_the_end_of_an_unknown_quote_changes_nothing(self) -> None:
        with self.projected([turn(1, quote(1), ended(2, "DEALT"))]) as queries:
            assert [None] == [life.ending for life in queries.quotes("R1")]

    def test_refusals_are_counted_by_kind_and_reason(self) -> None:
        refused = [
            decided("R1", outcome="REFUSED", reason="MARKET_STALE"),
            decided("R2", outcome="REFUSED", reason="HEADROOM_EXCEEDED"),
            decided("H3", outcome="REFUSED", reason="MARKET_STALE", kind="HIT"),
            decided("R4", outcome="REFUSED", reason="HEADROOM_EXCEEDED"),
            decided("R5"),
        ]
        with self.projected([turn(1, *refused)]) as queries:
            assert [
                RefusalCount(kind="RFQ", reason="HEADROOM_EXCEEDED", count=2),
                RefusalCount(kind="HIT", reason="MARKET_STALE", count=1),
                RefusalCount(kind="RFQ", reason="MARKET_STALE", count=1),
            ] == queries.refusals_by_reason()
            assert ["H3", "R4"] == [row.subject for row in queries.refusals(2)]
            kinds = ("HIT", "RFQ")
            told = [queries.decisions_of("HIT"), queries.decisions_of(*kinds, newest=2)]
            assert [["H3"], ["R4", "R5"]] == [[row.subject for row in rows] for rows in told]
            assert 5 == len(queries.decisions_of(*kinds))
            assert 4 == queries.counts().refusals

    def test_a_decision_comes_back_with_its_facts_and_reasons(self) -> None:
        with self.projected([turn(5, quote(1), decided("R1"))]) as queries:
            (decision,) = queries.decisions("R1")
        assert decided("R1").facts == decision.facts
        assert decided("R1").because == decision.because
        assert (data.SEGMENT, 5, 1) == (decision.segment, decision.sequence, decision.number)

    def test_the_decisions_of_a_deal_are_those_of_its_venue(self) -> None:
        hit = decided("H1", kind="HIT", outcome="DEALT")
        other_venue = msgspec.structs.replace(decided("R1"), venue=VenueId("BETA"))
        turns = [turn(1, decided("R1"), other_venue), turn(2, hit, booked(deal(1)))]
        with self.projected(turns) as queries:
            found = queries.decisions_of_deal(deal(1).deal_id)
            assert ["R1", "H1"] == [decision.subject for decision in found]
            assert {"ALPHA"} == {decision.venue for decision in found}
            assert 2 == len(queries.decisions("R1"))
            assert 1 == len(queries.decisions("R1", venue="BETA"))
            assert [] == queries.decisions_of_deal("D20990101-000001")

    def test_breaks_alerts_and_halts_are_kept_one_by_one(self) -> None:
        found = BreakFound(
            break_id="B1", venue=data.ALPHA, kind="ORPHAN", exec_id=deal(1).exec_id, detail="x"
        )
        alerts = [AlertRaised(code="BREAK", text="look"), AlertRaised(code="LAG", text="wait")]
        halts = DealingStateChanged(halts=("break B1", "kill switch"))
        with self.projected([turn(1, found, *alerts, halts)], [turn(2, found)]) as queries:
            assert ["B1", "B1"] == [row.break_id for row in queries.breaks()]
            assert ["BREAK", "LAG"] == [row.code for row in queries.alerts()]
            assert ["LAG"] == [row.code for row in queries.alerts(newest=1)]
            at_ns = turn(1).at_ns
            assert DealingState(at_ns=at_ns, halts=halts.halts) == queries.dealing_state()

    @pytest.mark.parametrize("batches", [1, 2, 3])
    def test_a_resolution_goes_to_the_break_that_was_open_then(self, batches: int) -> None:
        found = BreakFound(
            break_id="B1", venue=data.ALPHA, kind="ORPHAN", exec_id=deal(1).exec_id, detail="x"
        )
        resolved = BreakResolved(break_id="B1", actor="li", reason="booked")
        turns = [turn(1, found), turn(2, resolved), turn(3, found)]
        with self.projected(turns[:batches], turns[batches:]) as queries:
            first, second = queries.breaks_of("B1")
        resolution = (first.resolved_by, first.resolution, first.resolved_at_ns)
        assert ("li", "booked", turn(2).at_ns) == resolution
        assert second.resolved_at_ns is None

    def test_dealing_goes_on_when_the_last_halt_is_lifted(self) -> None:
        turns = [turn(1, DealingStateChanged(halts=("kill",))), turn(2, DealingStateChanged())]
        with self.projected(turns) as queries:
            state = queries.dealing_state()
        assert state is not None and () == state.halts

    def test_a_closed_day_keeps_its_positions_and_results(self) -> None:
        closed = data.day_closed(data.DAY, eur_position="5.00", result="9.99")
        again = data.day_closed(data.DAY, eur_position="6.00", result="10.00")
        for batches in ([[turn(1, closed, again)]], [[turn(1, closed)], [turn(2, again)]]):
            rows = self.dump_of(*batches)
            assert [data.DAY] == [row[0] for row in rows["days"]]
            assert [Decimal("6.00")] == [row[-1] for row in rows["day_positions"]]
            assert [Decimal("10.00")] == [row[2] for row in rows["day_pnl"]]
            assert [Decimal("6.00")] == [row[3] for row in rows["positions"]]

    # Exactness, and text from outside

    @pytest.mark.parametrize(
        "number",
        ["0", "-0.00", "100.00", "0.0000000001", "12345678901234567890.123456", "-1E+3", "7E-20"],
    )
    def test_numbers_come_back_exactly(self, number: str) -> None:
        value = Decimal(number)
        move = LimitMove(LimitId("l"), value, value, value, value)
        moved = LimitsMoved(verb="reserve", reservation_id="Q1", moves=(move,))
        with self.projected([turn(1, moved)]) as queries:
            (use,) = queries.limit_use()
        assert value == use.maximum
        assert format(value, "f") == str(format(use.maximum, "f"))

    @pytest.mark.parametrize("number", [Decimal("NaN"), Decimal("Infinity"), 1.5, 3])
    def test_what_is_no_exact_number_is_refused_and_nothing_stored(self, number: Any) -> None:
        url = self.create_url()
        move = LimitMove(LimitId("l"), Decimal(1), number, Decimal(0), Decimal(1))
        bad = LimitsMoved(verb="reserve", reservation_id="Q1", moves=(move,))
        with self.store(url) as store:
            with pytest.raises(ProjectionError, match=r"20141103-0001/3.*exact"):
                store.project([*usual_turns(1, 2), turn(3, bad)])
            assert ("", 0) == store.applied()
        assert [] == dump(url)["deals"]

    @pytest.mark.parametrize(
        ("given_text", "stored"),
        [
            ("询价 \u202e\tEUR", "询价 \u202e\tEUR"),
            ("a\x00b", "a\\x00b"),
            ("a\udc80b", "a\\udc80b"),
            ("x" * 70_000, "x" * 70_000),
        ],
    )
    def test_any_text_from_outside_is_stored_readably(self, given_text: str, stored: str) -> None:
        refused = decided(given_text, outcome="REFUSED", reason="UNKNOWN_PAIR")
        facts = msgspec.structs.replace(refused, facts={"text": given_text})
        with self.projected([turn(1, facts)]) as queries:
            (decision,) = queries.decisions(given_text)
        assert stored == decision.subject
        assert {"text": given_text} == decision.facts

    # Once, whole, and in order

    def test_turns_that_are_applied_already_are_passed_over(self) -> None:
        whole = self.dump_of(usual_turns(1, 6))
        overlapping = self.dump_of(usual_turns(1, 4), usual_turns(2, 4), usual_turns(3, 6), [])
        assert whole == overlapping

    def test_a_new_segment_may_count_from_one_again(self) -> None:
        tomorrow = turn(1, booked(deal(9)), segment="20141104-0001")
        url = self.create_url()
        with self.store(url) as store:
            store.project([*usual_turns(1, 2), tomorrow])
            store.project([tomorrow])
            assert ("20141104-0001", 1) == store.applied()
        with open_queries(url) as queries:
            assert [deal(1), deal(2), deal(9)] == queries.deals()

    def test_a_turn_of_an_earlier_segment_is_refused(self) -> None:
        with self.store(self.create_url()) as store:
            store.project(usual_turns(1, 2))
            with pytest.raises(
                ProjectionError, match=r"20141101-0001/9 is older than 20141103-0001/2"
            ):
                store.project([turn(9, segment="20141101-0001")])
            assert (data.SEGMENT, 2) == store.applied()

    def test_turns_out_of_order_are_refused(self) -> None:
        with self.store(self.create_url()) as store:
            for second in (1, 2):
                with pytest.raises(ProjectionError, match="not in order"):
                    store.project([turn(2), turn(second)])
            assert ("", 0) == store.applied()

    def test_a_deal_booked_twice_is_refused_with_its_whole_batch(self) -> None:
        url = self.create_url()
        with self.store(url) as store:
            store.project(usual_turns(1, 2))
            before = dump(url)
            with pytest.raises(ProjectionError, match="20141103-0001/3 to 20141103-0001/4"):
                store.project([turn(3, booked(deal(3))), turn(4, booked(deal(1)))])
            assert before == dump(url)
            store.project([turn(3, booked(deal(3)))])
            assert (data.SEGMENT, 3) == store.applied()

    def test_an_encoder_that_fails_stops_the_batch_and_names_the_turn(self) -> None:
        def failing(effect: DealBooked, sequence: int) -> data.Message:
            if sequence == 2:
                raise ValueError("topic part has a wildcard")
            return encode(effect, sequence)

        url = self.create_url()
        store = SqlStore(url, failing)
        with pytest.raises(ProjectionError, match=r"20141103-0001/2 .*wildcard"):
            store.project(usual_turns(1, 2))
        store.close()
        with open_queries(url) as queries:
            assert 0 == queries.counts().deals

    def test_a_failure_at_any_statement_leaves_nothing_of_the_batch(self) -> None:
        everything = [*usual_turns(3, 4), turn(5, ended(1, "X"), data.day_closed(data.DAY))]
        first, second = self.create_url(), self.create_url()
        with self.store(first) as store, failing_at_statement(store._database) as counting:
            store.project(usual_turns(1, 2))
            counting.arm(0)
            store.project(everything)
        assert counting.seen >= 12
        with self.store(second) as store, failing_at_statement(store._database) as failing:
            store.project(usual_turns(1, 2))
            before = dump(second)
            for at in range(1, counting.seen + 1):
                failing.arm(at)
                with pytest.raises(ProjectionFailed):
                    store.project(everything)
                assert before == dump(second)
            failing.arm(0)
            store.project(everything)
        assert dump(first) == dump(second)

    def test_two_projectors_at_once_apply_every_turn_once(self) -> None:
        url = self.create_url()
        turns = usual_turns(1, 40)
        barrier, errors = threading.Barrier(2), list[BaseException]()

        def run() -> None:
            try:
                with self.store(url) as store:
                    barrier.wait(10)
                    for start in range(0, len(turns), 5):
                        store.project(turns[start : start + 5])
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [] == errors
        assert self.dump_of(turns) == dump(url)

    # Rebuilding

    def test_a_cleared_database_is_rebuilt_to_the_same_rows(self) -> None:
        url = self.create_url()
        with self.store(url) as store:
            store.project(usual_turns(1, 20))
            before = dump(url)
            with open_database(url) as database:
                clear(database)
            assert ("", 0) == store.applied()
            store.project(usual_turns(1, 20))
        assert before == dump(url)

    @pytest.mark.slow
    def test_any_journal_in_any_batches_gives_the_same_rows(self) -> None:
        """Random journals, cut at random and handed over twice in part, against an obvious fold."""
        urls = [self.create_url(), self.create_url()]
        with self.store(urls[0]) as together, self.store(urls[1]) as apart:

            @few(self.examples)
            @given(journals())
            def check(journal: Journal) -> None:
                for store, batches in ((together, [journal.turns]), (apart, journal.batches())):
                    clear(store._database)
                    for batch in batches:
                        store.project(batch)
                assert dump(urls[0]) == dump(urls[1])
                assert journal.fold() == Fold.read(urls[1])

            check()

    examples = 20

    # Readers

    def test_answers_at_one_moment_are_of_the_same_state(self) -> None:
        url = self.create_url()
        with self.store(url) as store, open_queries(url) as queries:
            store.project(usual_turns(1, 2))
            with queries.at_one_moment():
                assert 2 == queries.counts().deals
                store.project(usual_turns(3, 5))
                assert 2 == len(queries.deals()) == len(queries.outbox_open())
            assert 5 == queries.counts().deals

    def test_a_reader_cannot_write(self) -> None:
        url = self.create_url()
        open_database(url).close()
        with (
            open_read_only(url) as database,
            pytest.raises(StoreError, match=r"read-?only|readonly|permission"),
            database.transaction("write") as connection,
        ):
            connection.execute(schema.applied.update().values(segment="x"))


class ProjectionFailed(Exception):
    """Raised by a test in the middle of a transaction."""


class Failing:
    """Counts the statements of a database, and fails one of them; `at` 0 = none."""

    def __init__(self) -> None:
        self.at = 0
        self.seen = 0

    def before(self, *arguments: object) -> None:
        """Called before each statement."""
        self.seen += 1
        if self.seen == self.at:
            raise ProjectionFailed(f"statement {self.at}")

    def arm(self, at: int) -> None:
        """Fail the statement number `at` from here."""
        self.at, self.seen = at, 0


@contextmanager
def failing_at_statement(database: Database) -> Iterator[Failing]:
    """Fails a statement of `database` that the test chooses."""
    fail = Failing()
    event.listen(database.engine, "before_cursor_execute", fail.before)
    try:
        yield fail
    finally:
        event.remove(database.engine, "before_cursor_execute", fail.before)
