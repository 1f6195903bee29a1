"""Our negotiators at other people's tables. Nothing here is imported by the package or by a test:
the libraries belong into an environment of whoever measures (`README.md` beside this file).
"""
