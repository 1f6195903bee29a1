"""Builders in the desk's language, shared by the tests of the brain."""
