"""These need vectorbt. `tests/test_research.py` runs them in the environment that has it."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("vectorbt") else ["test_*.py"]
