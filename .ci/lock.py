"""Writes requirements/*.lock: exact versions with hashes, for every supported Python and platform.

QuickFIX is locked apart from the rest, because it comes in two flavours that own the same import
name; `.ci/bootstrap.py` installs the one that is asked for.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"
EXTRAS = ("--extra", "backtest", "--extra", "demo", "--extra", "postgres")
RESEARCH_EXTRAS = ("--extra", "backtest", "--extra", "research")
NO_QUICKFIX = ("--no-emit-package", "quickfix")

# lock file -> what it is resolved from, and the options of `uv pip compile`
TARGETS: dict[str, tuple[str, ...]] = {
    "uv.lock": ("requirements/uv.in",),
    "build.lock": ("--group", "build"),
    "dev.lock": ("pyproject.toml", *EXTRAS, "--group", "dev", "--group", "build", *NO_QUICKFIX),
    "run.lock": ("pyproject.toml", *EXTRAS),
    "quickfix.lock": ("requirements/quickfix.in", "--no-binary", "quickfix"),
    "quickfix-tls.lock": ("requirements/quickfix-tls.in",),
    # Complete in itself: vectorbt's numba may hold a package at an older version than ours.
    "research.lock": ("pyproject.toml", *RESEARCH_EXTRAS, *NO_QUICKFIX),
    "second-engine.lock": ("requirements/second-engine.in",),
}


def main() -> int:
    """Rewrites every lock; returns the exit code of the first resolution that fails."""
    for name, options in TARGETS.items():
        code = compile_lock(LOCKS / name, options)
        if code:
            print(f"{name}: could not be resolved, see above; it is unchanged", file=sys.stderr)
            return code
        print(f"requirements/{name}: written")
    return 0


def compile_lock(lock: Path, options: tuple[str, ...]) -> int:
    """Resolves one lock anew; no index address is written into it."""
    uv = str(Path(sys.executable).parent / "uv")
    command = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    command += ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"]
    command += ["--no-annotate", "--no-header", "--upgrade", "--output-file", str(lock), *options]
    return subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())
