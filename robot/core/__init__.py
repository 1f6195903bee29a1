"""The deterministic machine: state in, event in, effects out. No I/O, no clock, no chance of its
own.
"""
