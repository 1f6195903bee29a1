"""`fxrobot doctor`: looks at the installation and at one desk's folder and says what to do.

Read `cli.py` for what is looked at in which order, `check.py` for what a check is; each other file
is a family of checks.
"""

from connectors.doctor.cli import app

__all__ = ["app"]
