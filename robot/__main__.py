"""The command `fxrobot`, also as `python -m robot`: what cannot wait first, then all the others."""

from __future__ import annotations

import sys

from robot import urgent


def main() -> None:
    """Entry point."""
    code = urgent.run(sys.argv[1:])
    if code is not None:
        sys.exit(code)
    from robot.cli import main as whole_command_line

    whole_command_line()


if __name__ == "__main__":
    main()
