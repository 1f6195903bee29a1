"""Recorded and imported market data: a folder of Parquet tables with a catalogue.

Read `columns` for what is stored, `catalogue` for what the store knows of it, `reading` for how a
backtest reads it. `importing` and `recording` bring data in.
"""
