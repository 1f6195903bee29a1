"""Makers at the simulated venue: banks that answer the robot's own requests (R).

`styles.py` says how each behaves, `prices.py` what it quotes, `floor.py` who says what and when,
`wire.py` how it is written in FIX, `desk.py` puts the floor on the dealing session. `rows.py` has
what of it stands in the record.
"""
