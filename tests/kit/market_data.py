"""Small made markets as files, and stores to put them into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backtest.data.importing import Imported, import_file
from backtest.data.places import known_of
from backtest.data.reading import Stream
from backtest.data.wishes import Wish

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "fx_ticks"
"""Real ticks, on machines that have them."""
DAY_NS = 1_398_902_400_000_000_000
"""2014-05-01, a Thursday."""
SECOND_NS = 1_000_000_000


def ticks(count: int, *, at: str = "2014-05-01T{:02d}:{:02d}:{:02d}.000Z", begin: int = 0) -> str:
    """A CSV of quotes, one each second, walking up and down."""
    lines = ["time,bid,ask"]
    for index in range(begin, begin + count):
        hour, minute, second = index // 3600, index // 60 % 60, index % 60
        bid = 38_700 + index * 7 % 40
        lines.append(f"{at.format(hour, minute, second)},1.{bid},1.{bid + 20}")
    return "\n".join(lines) + "\n"


def written(folder: Path, text: str | bytes, name: str = "ticks.csv") -> Path:
    """The text as a file."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def imported(folder: Path, path: Path, **said: Any) -> Imported:
    """Import a file, as ALPHA's EUR/USD unless something else is said."""
    wish = Wish(**{"venue": "ALPHA", "pair": "EUR/USD", **said})
    return import_file(folder / "store", path, wish, known_of(None), now_ns=DAY_NS)


def rows(folder: Path, **asked: Any) -> Iterator[tuple[Any, ...]]:
    """All rows of the store, as a backtest reads them."""
    for batch in Stream(folder / "store", **asked):
        yield from batch.rows()


def files(folder: Path) -> dict[str, bytes]:
    """Everything in the store, but who wrote last."""
    store = folder / "store"
    return {
        str(path.relative_to(store)): path.read_bytes()
        for path in sorted(store.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }
