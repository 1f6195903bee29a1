"""A door in front of QuickFIX: only whole, bounded FIX frames of peers that log on come through.

`frames` cuts bytes into frames without any I/O, `relay` is the door, `process` runs doors in a
process of their own, so that what hostile peers cost is nobody else's time.
"""
