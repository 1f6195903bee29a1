"""A function as it would be without one of its lines: whether somebody notices is tested.

The code of the function itself is exchanged, so whoever imported it runs the changed one, too.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def without(function: Callable[..., Any], text: str, instead: str) -> Iterator[None]:
    """While this lasts, `text` of the function's source is `instead`. It must stand there once."""
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(text) == 1, f"{source.count(text)} times in {function.__qualname__}: {text}"
    names: dict[str, Any] = {}
    exec(  # the source is the project's own
        compile(source.replace(text, instead), inspect.getsourcefile(function) or "", "exec"),
        function.__globals__,
        names,
    )
    before = function.__code__
    changed = names[function.__name__]
    function.__code__ = getattr(changed, "__wrapped__", changed).__code__
    try:
        yield
    finally:
        function.__code__ = before
