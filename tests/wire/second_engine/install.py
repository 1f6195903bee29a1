"""Makes the environment of the second FIX engine; instant when nothing changed.

Run by `make test` with the project's Python. The engine never stands beside the product: it has an
environment of its own under `build`, from a lock of its own with hashes, wheels only.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LOCK = ROOT / "requirements" / "second-engine.lock"
FOLDER = ROOT / "build" / "second-engine"
PYTHON = FOLDER / "bin" / "python"
HOW = f"make test, or: python {Path(__file__).relative_to(ROOT)}"


def is_ready() -> bool:
    """Whether the environment is complete and made from the lock as it is now."""
    try:
        return PYTHON.exists() and _stamp().read_text() == _key()
    except OSError:
        return False


def main() -> int:
    """Makes it; returns pip's exit code."""
    if is_ready():
        return 0
    venv.create(FOLDER, clear=True, with_pip=False, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(PYTHON)]
    pip += ["install", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes"]
    code = subprocess.run([*pip, "-r", str(LOCK)], check=False).returncode
    if code:
        print(f"the second FIX engine could not be installed into {FOLDER}: see above")
        return code
    _stamp().write_text(_key())
    return 0


def _stamp() -> Path:
    return FOLDER / "made-from"


def _key() -> str:
    return hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
