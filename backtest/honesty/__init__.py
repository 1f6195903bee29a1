"""How far a figure of a backtest may be believed: pure functions over results, splits and research.

`sharpe`: what a Sharpe ratio is worth after its length, its shape and the number of trials.
`overfitting`: how often the best of the trials is below the middle where it was not chosen.
`splits`: training, validation and walk-forward, purged by what was not known yet.
`lookahead`: research and runs done again with the future taken away.
"""
