"""The trader's tools: rule books checked, formatted, explained, tested and run from files.

Nothing here decides live: `robot.rules` says what a book says, these modules read the files, make
up requests and tell people.
"""
