"""Bargaining in turns: what to say next, when to take theirs, when to stop."""
