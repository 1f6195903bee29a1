"""A simulated trading venue with its clients, as a process of its own.

Read `venue.py` (what the venue and its clients do, pure) first, then `engine.py` (the loop and the
clock), `wire.py` and `dialects/` (its own FIX text) and `acceptor.py` (QuickFIX). Beyond spot,
`asking.py` draws what clients ask for, `curves.py` makes points and money-market rates, `quotes.py`
and `fills.py` judge what the robot says. It shares no code with the robot: a mistake in the robot's
message handling or arithmetic must not be hidden by the same mistake on the other side.
"""
