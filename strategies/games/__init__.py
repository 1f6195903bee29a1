"""Game strategies (博弈策略): the mathematics of quoting against rivals, leaning, hedging,
bargaining and asking. Pure functions and values: no product, no clock, no files; chance comes as an
argument.

Floats are at home here. A price, an amount or a limit becomes a Decimal at the door, where a
strategy takes a figure of these over.
"""
