"""Strategies in a process of their own: the trader's end (`link`), the process, its tools."""
