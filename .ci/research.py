"""Makes the environment of research, with vectorbt and JupyterLab; instant when nothing changed.

Run by `make research` and `make test` with the project's Python. vectorbt never stands beside the
product: it has an environment of its own under `build`, from a lock of its own with hashes, wheels
only. Beneath its packages it sees those of .venv, so that the project, QuickFIX and the test tools
are those of `make setup`.
"""

from __future__ import annotations

import hashlib
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "research.lock"
FOLDER = ROOT / "build" / "research"
PYTHON = FOLDER / "bin" / "python"
COMMAND = FOLDER / "bin" / "fxrobot"
HOW = "make research, make test, or: python .ci/research.py"

_STARTS = "import sys\n\nfrom robot.__main__ import main\n\nsys.exit(main())\n"


def is_ready() -> bool:
    """Whether the environment is complete and made from lock and interpreter as they are now."""
    try:
        return PYTHON.exists() and _stamp().read_text() == _key()
    except OSError:
        return False


def main() -> int:
    """Makes it; returns 0, or the exit code that tells what failed."""
    if is_ready():
        return 0
    # Beside this file: found by a script, not needed by the tests that ask whether it is ready.
    from bootstrap import Installer, SetupFailed, say

    say("installing vectorbt and JupyterLab into build/research")
    venv.create(FOLDER, clear=True, with_pip=False, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    uv = Path(sys.executable).parent / "uv"
    try:
        Installer(pip, str(uv) if uv.exists() else None, str(PYTHON)).add_wheels(LOCK)
    except SetupFailed as failure:
        print(f"the environment of research could not be made: {failure}", file=sys.stderr)
        return failure.code
    _packages().joinpath("beneath.pth").write_text(_beneath())
    COMMAND.write_text(f"#!{PYTHON}\n{_STARTS}")
    COMMAND.chmod(0o755)
    _stamp().write_text(_key())
    return 0


def _packages() -> Path:
    """Where the packages of the environment are."""
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(FOLDER)}))


def _beneath() -> str:
    """What adds the packages of the interpreter that runs this, behind the environment's own."""
    return f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"


def _stamp() -> Path:
    return FOLDER / "made-from"


def _key() -> str:
    made_from = [LOCK.read_bytes(), sys.version.encode(), _beneath().encode(), _STARTS.encode()]
    return hashlib.sha256(b"\0".join(made_from)).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
