"""Effects to rows, without a database."""

from __future__ import annotations

from typing import cast, get_args

import pytest

from connectors.store import schema
from connectors.store.deals import NOT_STORED
from connectors.store.errors import ProjectionError
from connectors.store.rows import (
    CHECKS_IN_JOURNAL,
    HANDLERS,
    NOT_PROJECTED,
    QUOTE_TERMS_IN_JOURNAL,
    Batch,
)
from connectors.store.views import TERMS
from robot.deals.deal import Deal
from robot.messages.effects import (
    AlertRaised,
    AnyEffect,
    BreakFound,
    DealingStateChanged,
    Decided,
    SendQuote,
)
from tests.contract.store_data import booked, deal, encode, ended, quote, quote_id, turn, usual_turn


def test_every_effect_is_projected_or_known_to_stay_in_the_journal() -> None:
    assert set(get_args(AnyEffect)) == set(HANDLERS) | NOT_PROJECTED
    assert set() == set(HANDLERS) & NOT_PROJECTED


def test_an_effect_nobody_knows_is_refused() -> None:
    class Newer:
        pass

    with pytest.raises(ProjectionError, match="unknown effect Newer"):
        Batch(0, encode).add(turn(1, cast(AlertRaised, Newer())))


ELSEWHERE = {
    Deal: NOT_STORED,
    SendQuote: QUOTE_TERMS_IN_JOURNAL,
    Decided: CHECKS_IN_JOURNAL,
}
"""Fields that have tables of their own, or stay in the journal."""


@pytest.mark.parametrize(
    ("kind", "table", "further"),
    [
        (Deal, schema.deals, {"segment", "sequence", *TERMS}),
        (SendQuote, schema.quotes, {"at_ns", "ending", "ended_at_ns"}),
        (Decided, schema.decisions, {"segment", "sequence", "number", "at_ns"}),
        (
            BreakFound,
            schema.breaks,
            {"segment", "sequence", "number", "at_ns"}
            | {"resolved_by", "resolution", "resolved_at_ns"},
        ),
        (AlertRaised, schema.alerts, {"segment", "sequence", "number", "at_ns"}),
        (DealingStateChanged, schema.dealing_states, {"segment", "sequence", "number", "at_ns"}),
    ],
)
def test_no_field_is_left_out(kind: type, table: object, further: set[str]) -> None:
    fields = set(kind.__struct_fields__) - ELSEWHERE.get(kind, set())  # type: ignore[attr-defined]
    assert fields | further == {column.name for column in table.columns}  # type: ignore[attr-defined]


def test_outbox_rows_are_numbered_from_where_the_store_stands() -> None:
    batch = Batch(41, encode)
    batch.add(turn(1, booked(deal(1)), booked(deal(2))))
    assert [42, 43] == [row["sequence"] for row in batch.inserts["outbox"]]
    assert 43 == batch.outbox_sequence


def test_an_ending_goes_with_its_quote_when_both_are_in_the_batch() -> None:
    batch = Batch(0, encode)
    batch.add(turn(1, quote(1), ended(1, "DEALT"), ended(2, "EXPIRED")))
    assert "DEALT" == batch.quotes[quote_id(1)]["ending"]
    assert [quote_id(2)] == list(batch.quote_endings)


def test_a_quote_sent_after_an_ending_is_in_the_market() -> None:
    batch = Batch(0, encode)
    batch.add(turn(1, ended(1, "EXPIRED"), quote(1)))
    assert batch.quotes[quote_id(1)]["ending"] is None
    assert {} == batch.quote_endings


def test_rows_do_not_depend_on_what_came_before() -> None:
    first, second = Batch(0, encode), Batch(0, encode)
    first.add(usual_turn(1))
    second.add(usual_turn(1))
    assert first.inserts == second.inserts
    assert first.limits == second.limits
