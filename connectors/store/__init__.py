"""The database: a projection of the journal on SQLite or PostgreSQL, and the outbox beside it.

Read `schema.py` for the tables, `rows.py` for which effect becomes which rows, `projection.py` for
how they are written, `outbox.py` for the relay's side, `queries.py` for the readers; and
`docs/database.md`, which tells the same to users of SQL.
"""
