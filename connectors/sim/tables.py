"""The tables of the record: which rows there are, their names and their keys."""

from __future__ import annotations

from connectors.sim.makers.rows import (
    AskLife,
    CounterLife,
    MakerDeal,
    MakerQuote,
    MakerRow,
    TakeLife,
)
from connectors.sim.order_rows import (
    OrderAnswer,
    OrderFill,
    OrderLife,
    OrderMessage,
    OrderRow,
)
from connectors.sim.rows import (
    Anomaly,
    CopyRow,
    CounterOffer,
    Duplicate,
    EntryLife,
    EventRow,
    Fill,
    HitLife,
    MassQuoteLife,
    QuoteLife,
    RefusalRow,
    RequestLife,
    StatusAsked,
    TradeReport,
)

Row = (
    RequestLife
    | EntryLife
    | QuoteLife
    | HitLife
    | CounterOffer
    | Fill
    | RefusalRow
    | Duplicate
    | EventRow
    | Anomaly
    | TradeReport
    | CopyRow
    | MassQuoteLife
    | StatusAsked
    | OrderRow
    | MakerRow
)

# Table name and primary key of each kind of row; a row put again replaces the one with its key.
TABLES: dict[type[Row], tuple[str, tuple[str, ...]]] = {
    RequestLife: ("requests", ("request_id",)),
    EntryLife: ("entries", ("request_id", "entry")),
    QuoteLife: ("quotes", ("venue", "quote_id")),
    HitLife: ("hits", ("hit_no",)),
    CounterOffer: ("counter_offers", ("counter_no",)),
    Fill: ("fills", ("venue", "exec_id")),
    RefusalRow: ("refusals", ("refusal_no",)),
    Duplicate: ("duplicates", ("duplicate_no",)),
    EventRow: ("events", ("event_no",)),
    Anomaly: ("anomalies", ("anomaly_no",)),
    TradeReport: ("trade_reports", ("report_no",)),
    CopyRow: ("drop_copies", ("copy_no",)),
    MassQuoteLife: ("mass_quotes", ("mass_no",)),
    StatusAsked: ("status_requests", ("venue", "status_id")),
    OrderMessage: ("order_messages", ("message_no",)),
    OrderLife: ("orders", ("venue", "venue_order_id")),
    OrderAnswer: ("order_answers", ("answer_no",)),
    OrderFill: ("order_fills", ("venue", "exec_id")),
    AskLife: ("asks", ("venue", "request_id")),
    MakerQuote: ("maker_quotes", ("venue", "quote_id")),
    TakeLife: ("takes", ("take_no",)),
    CounterLife: ("counters", ("counter_no",)),
    MakerDeal: ("maker_deals", ("venue", "exec_id")),
}
