"""The numbered lines of a text file, plain or gzip, of bounded length.

Whatever keeps a file from being read comes as one kind of error, the reader's own, with the line.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path


def numbered_lines(path: Path, line_max: int, error: type[Exception]) -> Iterator[tuple[int, str]]:
    """Number and text of each line, without blanks at the ends; `error` where it goes wrong."""
    number = 0
    try:
        with path.open("rb") as probe:
            packed = probe.read(2) == b"\x1f\x8b"
        opener = gzip.open if packed else open
        with opener(path, "rt", encoding="utf-8", newline="") as file:
            while line := file.readline(line_max):
                number += 1
                if len(line) == line_max:
                    raise error(f"{path}:{number}: line longer than {line_max} characters")
                yield number, line.strip()
    except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
        raise error(f"{path}:{number + 1}: the gzip data is cut or damaged ({problem})") from None
    except UnicodeDecodeError as problem:
        raise error(f"{path}:{number + 1}: not UTF-8 text ({problem.reason})") from None
    except OSError as problem:
        raise error(f"{path}: cannot be read: {problem.strerror or problem}") from None
