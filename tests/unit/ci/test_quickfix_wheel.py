"""Compiling side by side: .ci/quickfix_wheel.py."""

from __future__ import annotations

import importlib.util
import io
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / ".ci" / "quickfix_wheel.py"
spec = importlib.util.spec_from_file_location("ci_quickfix_wheel", SCRIPT)
assert spec is not None and spec.loader is not None
quickfix_wheel = importlib.util.module_from_spec(spec)
spec.loader.exec_module(quickfix_wheel)

SETUP = """
from setuptools import Extension, setup
setup(name="twice", version="1.0", ext_modules=[Extension("twice", ["twice.cpp", "by.cpp"])])
"""
MODULE = """
#include <Python.h>
int by();
static PyObject* of(PyObject*, PyObject* n) { return PyLong_FromLong(by() * PyLong_AsLong(n)); }
static PyMethodDef methods[] = {{"of", of, METH_O, ""}, {nullptr, nullptr, 0, nullptr}};
static PyModuleDef definition = {PyModuleDef_HEAD_INIT, "twice", "", -1, methods};
PyMODINIT_FUNC PyInit_twice() { return PyModule_Create(&definition); }
"""


def progress() -> tuple[quickfix_wheel.Progress, io.StringIO]:
    """A progress line that is not on a terminal."""
    screen = io.StringIO()
    return quickfix_wheel.Progress(screen, "quickfix 1.16.0"), screen


def source_of(folder: Path, by: str) -> Path:
    """A source distribution of two C++ files."""
    source = folder / "twice-1.0"
    source.mkdir()
    (source / "setup.py").write_text(SETUP)
    (source / "twice.cpp").write_text(MODULE)
    (source / "by.cpp").write_text(by)
    return source


def test_every_file_is_compiled_and_counted() -> None:
    line, screen = progress()
    line.start()
    compiled: list[str] = []
    quickfix_wheel.run_all(compiled.append, ["a.o", "b.o", "c.o"], line)
    line.finish()
    assert sorted(compiled) == ["a.o", "b.o", "c.o"]
    assert "quickfix 1.16.0: 3/3 files compiled, 0:00 elapsed" in screen.getvalue()


def test_the_first_failure_stops_what_has_not_begun() -> None:
    line, _ = progress()
    begun: list[str] = []
    failed = threading.Event()

    def compile_one(obj: str) -> None:
        begun.append(obj)
        if obj == "0.o":
            failed.set()
            raise RuntimeError("no memory")
        failed.wait(10)
        time.sleep(0.01)  # a compilation takes a while; time in which the rest is called off

    with pytest.raises(RuntimeError, match="no memory"):
        quickfix_wheel.run_all(compile_one, [f"{number}.o" for number in range(500)], line)
    assert len(begun) < 500


@pytest.mark.slow
def test_a_source_distribution_becomes_a_wheel(tmp_path: Path) -> None:
    source = source_of(tmp_path, "int by() { return 2; }\n")
    done = run_script(source, tmp_path)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("twice-1.0-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "site")
    asked = [sys.executable, "-c", "import twice; print(twice.of(21))"]
    answer = subprocess.run(
        asked, cwd=tmp_path / "site", capture_output=True, text=True, check=True
    )
    assert answer.stdout == "42\n"


@pytest.mark.slow
def test_a_file_that_does_not_compile_shows_what_the_compiler_said(tmp_path: Path) -> None:
    done = run_script(source_of(tmp_path, "int by() { return two; }\n"), tmp_path)
    assert done.returncode == 1
    assert "'two' was not declared" in done.stderr.replace("\u2018", "'").replace("\u2019", "'")
    assert list(tmp_path.glob("*.whl")) == []


def run_script(source: Path, wheels: Path) -> subprocess.CompletedProcess[str]:
    """Runs the script as the set-up does."""
    command = [sys.executable, str(SCRIPT), str(source), str(wheels)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
