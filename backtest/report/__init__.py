"""Tear sheets and comparisons of runs and of live days, all from their records."""
