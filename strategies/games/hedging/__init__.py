"""Hold a position or hedge it."""
