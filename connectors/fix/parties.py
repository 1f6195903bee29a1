"""Who is named in a message."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.fix.dialect import Dialect
from connectors.fix.encoded import Group
from connectors.fix.fields import Fields, identifier
from robot.basics.ids import CounterpartyId


def party(entry: Fields, roles: Iterable[str]) -> CounterpartyId | None:
    """The party (448) in the first of `roles` (452) that any party has; None when none has one."""
    found: dict[str, str] = {}
    name = ""
    for tag, value in entry:
        if tag == 448:
            name = value
        elif tag == 452 and name:
            found[value] = name
    for role in roles:
        if role in found:
            return CounterpartyId(identifier(found[role], 448))
    return None


def parties_group(counterparty: str, dialect: Dialect) -> Group:
    """Whose the message is, in the role that this venue uses for the client."""
    party: Fields = [
        (448, counterparty),
        (447, dialect.party_source),
        (452, dialect.counterparty_role_out),
    ]
    return Group(453, [party])
