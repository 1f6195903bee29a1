"""Whom to ask for a price, and when to stop asking."""
