"""Rule books over columns of market facts, in vectorbt: many values of parameters at once.

`facts`: what a book that looks by the clock sees, out of recorded quotes. `signals`: what it does
at each look. `grid`: which values of its parameters. `portfolio`: what that brings, by vectorbt.
`confirm`: the winner again, by the event-driven run. `sweep`: all of it, from a backtest's file.

vectorbt is in the extra `research`; only `portfolio` needs it.
"""
