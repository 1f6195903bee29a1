"""How a venue writes what is dealt: one class per dialect, all with the same methods.

`fix44.py` (FIX 4.4, a swap in one message) has what the dialects share; `fix50sp2.py` (FIXT.1.1
with FIX 5.0SP2, a swap as legs) and `cfets_like.py` (IMIX tags) change what differs there.
`choice.py` names them.
"""
