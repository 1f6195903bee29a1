"""What happened, as tables: from a running backtest or from a journal of any day."""

from __future__ import annotations

from backtest.records.columns import TABLES, Columns, Kind, Tables, Value
from backtest.records.journal import record_journal
from backtest.records.market import EngineMarket, FollowedMarket, MarketSource
from backtest.records.recorder import HORIZONS_S, Recorder, RecordSettings

__all__ = [
    "HORIZONS_S",
    "TABLES",
    "Columns",
    "EngineMarket",
    "FollowedMarket",
    "Kind",
    "MarketSource",
    "RecordSettings",
    "Recorder",
    "Tables",
    "Value",
    "record_journal",
]
