"""The brain of fxrobot: types, decision core, books and limits; no socket, file or database below
`agent`.

Start reading at `robot/core/engine.py`; what enters and leaves it is in `robot/messages`.
"""

__version__ = "0.1.0"
