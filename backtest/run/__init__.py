"""The event-driven backtest: the live core over recorded or imported markets, in virtual time."""
