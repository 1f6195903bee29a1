"""The only things that enter and leave the core; all immutable."""
