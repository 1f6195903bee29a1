"""Streamed quotes: mass quotes (i) of the robot, what the venue answers (b), who hits them.

`words.py` says what is said, `wire.py` how FIX writes it, `floor.py` what becomes of each entry,
`desk.py` puts the floor on the dealing session.
"""
