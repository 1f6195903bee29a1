"""Evidence from the journal and the database: what was known, checked, agreed and sent.

Reads only. `records.py` finds turns in a segment, `linking.py` what belongs together, `case.py`
the chain of one deal or request, `days.py` what a day used of its limits, `whatif.py` the day again
under other limits; `page.py` makes HTML of it.
"""
