"""Replaying history through the same core; grows with the backtesting issue."""
