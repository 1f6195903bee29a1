"""`fxrobot calendars` and `fxrobot dates`: calendars from well-kept packages, and dates explained.

`recipes.py` says what each calendar is made of, `packages.py` asks the packages, `build.py` writes
the files of `config/calendars`, `compare.py` reports where the packages disagree and `known.py` why
they do. None of it is needed to deal: the robot reads the files.
"""
