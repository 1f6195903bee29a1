"""`python -m robot`: the same as the command `fxrobot`."""

from robot.cli import main

if __name__ == "__main__":
    main()
