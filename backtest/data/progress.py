"""How far long work is: on a terminal a line, in a pipe nothing."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from backtest.data.wishes import Progress, nothing


@contextlib.contextmanager
def shown(what: str) -> Iterator[Progress]:
    """Told the rows so far, shows them on standard error."""
    if not sys.stderr.isatty():
        yield nothing
        return
    from rich.console import Console

    with Console(stderr=True).status(what) as status:
        yield lambda rows: status.update(f"{what}: {rows:,} rows read")
