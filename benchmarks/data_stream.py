"""How fast are quotes imported from CSV, and read as a backtest reads them, in how much memory?

    .venv/bin/python benchmarks/data_stream.py [--rows 10000000] [--keep FOLDER]

Made-up quotes with sizes of two venues in two pairs over five days. Import and reading each run in
a process of its own, so that the peak of memory is theirs. Read twice: batches only, and each row
as a tuple of whole numbers. The time is that of the wall and of this process's own threads; other
work on the machine shows in the difference.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import apart, machine, peak_mb
from made_up import write_quotes

from backtest.data.importing import import_file
from backtest.data.places import known_of
from backtest.data.reading import Stream
from backtest.data.wishes import Wish
from robot.basics.numbers import set_decimal_context

BEGIN_MS = 1_398_902_400_000
SPAN_MS = 5 * 86_400_000
SERIES = [(venue, pair) for venue in ("ALPHA", "BETA") for pair in ("EUR/USD", "GBP/USD")]

Figures = dict[str, float | int]


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--keep", type=Path, help="folder for file and store, kept for the next")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        figures: dict[str, object] = {"rows": options.rows}
        if not (folder / "store").exists():
            for number, (venue, pair) in enumerate(SERIES):
                file, rows = folder / f"{number}.csv", options.rows // len(SERIES)
                write_quotes(file, BEGIN_MS, SPAN_MS, rows, seed=number)
                wish = Wish(venue=venue, pair=pair)
                figures[f"import {venue} {pair}"] = apart(
                    _measured, _import, folder / "store", folder / f"{number}.csv", wish
                )
        figures["batches"] = apart(_measured, _batches, folder / "store")
        figures["tuples"] = apart(_measured, _tuples, folder / "store")
        print(json.dumps({**figures, "machine": machine()}))


def _import(store: Path, path: Path, wish: Wish) -> int:
    return import_file(store, path, wish, known_of(None), now_ns=time.time_ns()).rows


def _batches(store: Path) -> int:
    return sum(len(batch) for batch in Stream(store))


def _tuples(store: Path) -> int:
    count = 0
    for batch in Stream(store):
        for _at_ns, _series, _bid, _offer, _bid_size, _offer_size in batch.rows():
            count += 1
    return count


def _measured(what: Callable[..., int], *arguments: object) -> Figures:
    set_decimal_context()
    wall, own = time.perf_counter(), time.thread_time()
    rows = what(*arguments)
    seconds, own_seconds = time.perf_counter() - wall, time.thread_time() - own
    return {
        "rows": rows,
        "seconds": round(seconds, 2),
        "rows_per_second": round(rows / seconds),
        "rows_per_second_of_own_thread": round(rows / own_seconds),
        "peak_mb": peak_mb(),
    }


if __name__ == "__main__":
    main()
