"""The append-only journal file: writing, group sync, rotation, tailing."""
