"""Coverage-guided fuzzing: `python -m tests.fuzz.atheris_targets NAME FOLDER [libFuzzer options]`.

Needs atheris, which is in no requirement of the project; see README.md beside this file.
"""

from __future__ import annotations

import sys
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
TIMEOUT_S = 1
MEMORY_MB_MAX = 1024


def main() -> None:
    """Run until something is found or `-max_total_time` is over."""
    import atheris

    with atheris.instrument_imports(include=["connectors", "robot", "ruamel"]):
        from robot.basics.numbers import set_decimal_context
        from tests.fuzz.targets import TARGETS

    set_decimal_context()
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        sys.exit(f"name one of: {', '.join(TARGETS)}")
    found = Path(sys.argv[2]) if len(sys.argv) > 2 else Path("fuzz-found")
    found.mkdir(parents=True, exist_ok=True)
    options = [f"-timeout={TIMEOUT_S}", f"-rss_limit_mb={MEMORY_MB_MAX}", *sys.argv[3:]]
    # libFuzzer adds what it finds to the first folder; the kept corpus is only read.
    atheris.Setup([sys.argv[0], str(found), str(CORPUS / name), *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
