"""Published market-making models, run here to test the simulation itself: their tables come out of
it, or it is wrong.
"""
