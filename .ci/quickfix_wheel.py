"""Compiles the official QuickFIX into a wheel, its source files side by side over the cores.

QuickFIX is published as source only, and its own set-up script compiles one file after the other.
`.ci/bootstrap.py` runs this with the interpreter of .venv as `quickfix_wheel.py SOURCE WHEELS`, two
folders. The compiler's own output goes to SOURCE/build.log; progress goes to standard error.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, TextIO

# Seconds between two progress lines where they cannot overwrite each other (a file, a CI log).
PLAIN_LINE_EVERY_S = 10.0
TERMINAL_LINE_EVERY_S = 0.5
LOG_LINES_SHOWN = 25

# These come last and win over what Python was built with: a Python compiled at home says -O3, at
# which the generated QuickfixPython.cpp alone was not done after eight minutes (at -O2: one and a
# half); Debian's says -g, which makes its object file seven times the size.
FLAGS = ["-O2", "-g0"]


def main(arguments: list[str]) -> int:
    """Builds the wheel; returns 0, or 1 after showing the end of the compiler's output."""
    source, wheels = Path(arguments[0]).resolve(), Path(arguments[1]).resolve()
    screen = os.fdopen(os.dup(2), "w", buffering=1)
    log = source / "build.log"
    with log.open("w") as sink:
        # The compilers are children: they inherit these two, so their warnings go to the log.
        os.dup2(sink.fileno(), 1)
        os.dup2(sink.fileno(), 2)
    os.chdir(source)
    try:
        build_wheel(wheels, Progress(screen, title_of(source)))
    except (Exception, SystemExit) as error:
        sys.stdout.flush()
        sys.stderr.flush()
        lines = log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
        screen.write("\n".join(["", *lines, f"QuickFIX did not compile: {error}", ""]))
        return 1
    return 0


def title_of(source: Path) -> str:
    """`quickfix 1.16.0` from the folder name of the source distribution."""
    return re.sub(r"-(?=\d)", " ", source.name)


def build_wheel(wheels: Path, progress: Progress) -> None:
    """Runs the set-up script of the source in the current folder."""
    from setuptools import build_meta

    # Importing setuptools puts its distutils in place; only under this name is it the one in use.
    compiler = importlib.import_module("distutils.ccompiler").CCompiler
    progress.start()
    compiler.compile = side_by_side(progress)
    build_meta.__legacy__.build_wheel(str(wheels))
    progress.finish()


def side_by_side(progress: Progress) -> Any:
    """A replacement for distutils' `CCompiler.compile`, which compiles one file at a time."""

    def compile_all(
        self: Any,
        sources: list[str],
        output_dir: str | None = None,
        macros: Any = None,
        include_dirs: Any = None,
        debug: bool = False,
        extra_preargs: Any = None,
        extra_postargs: Any = None,
        depends: Any = None,
    ) -> list[str]:
        _, objects, postargs, preprocessor, build = self._setup_compile(
            output_dir, macros, include_dirs, sources, depends, extra_postargs
        )
        arguments = self._get_cc_args(preprocessor, debug, extra_preargs)

        def compile_one(obj: str) -> None:
            source, extension = build[obj]
            self._compile(obj, source, extension, arguments, [*postargs, *FLAGS], preprocessor)

        # The biggest first: it alone takes about as long as half of all the others together.
        by_size = sorted(build, key=lambda obj: -os.path.getsize(build[obj][0]))
        run_all(compile_one, by_size, progress)
        return list(objects)

    return compile_all


def run_all(compile_one: Any, objects: list[str], progress: Progress) -> None:
    """Compiles every object on all cores; the first failure stops what has not begun."""
    progress.expect(len(objects))
    pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    try:
        for future in as_completed([pool.submit(compile_one, obj) for obj in objects]):
            future.result()
            progress.one_done()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class Progress:
    """One line that counts compiled files, on its own thread because one file takes minutes."""

    def __init__(self, screen: TextIO, title: str) -> None:
        self._screen = screen
        self._title = title
        self._terminal = screen.isatty()
        self._done = 0
        self._total = 0
        self._began_s = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begins to print."""
        self._thread.start()

    def expect(self, total: int) -> None:
        """Tells how many files there are."""
        self._total = total

    def one_done(self) -> None:
        """Counts one compiled file."""
        self._done += 1

    def finish(self) -> None:
        """Prints the last line and stops."""
        self._ended.set()
        self._thread.join()
        self._print("\n")

    def _run(self) -> None:
        every_s = TERMINAL_LINE_EVERY_S if self._terminal else PLAIN_LINE_EVERY_S
        while not self._ended.wait(every_s):
            if self._total:
                self._print("" if self._terminal else "\n")

    def _print(self, end: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._began_s), 60)
        self._screen.write(
            f"{chr(13) if self._terminal else ''}{self._title}: {self._done}/{self._total} files "
            f"compiled, {minutes}:{seconds:02d} elapsed; this happens once{end}"
        )
        self._screen.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
