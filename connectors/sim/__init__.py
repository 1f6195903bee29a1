"""A simulated trading venue with its clients, as a process of its own.

Read `venue.py` (what the venue and its clients do, pure) first, then `engine.py` (the loop and the
clock), `wire.py` (its own FIX text) and `acceptor.py` (QuickFIX). It shares no code with the robot:
a mistake in the robot's message handling must not be hidden by the same mistake on the other side.
"""
