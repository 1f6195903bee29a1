"""From an own log of requests to the numbers of a strategy, and what other numbers cost."""
