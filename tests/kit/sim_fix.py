"""Messages of the simulated venue as the other side gets them, checked by its dictionary."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import quickfix as fix

from connectors.sim.dialects.choice import dialect_of
from connectors.sim.wire import Incoming

_FOLDER = Path(__file__).parents[2] / "config" / "fix"


@lru_cache
def _dictionaries(name: str) -> list[Any]:
    sp2 = dialect_of(name).application_version is not None
    files = ["FIXT11.xml", "FIX50SP2.xml"] if sp2 else ["FIX44.xml"]
    found = [fix.DataDictionary(str(_FOLDER / file)) for file in files]
    for dictionary in found:
        dictionary.checkUserDefinedFields(False)
    return found


def checked(name: str, kind: str, body: str) -> Incoming:
    """The message in a dialect; its dictionary has passed every field and lost none."""
    head = f"35={kind}\x0149=V-DEAL\x0156=B-DEAL\x0134=2\x0152=20260107-01:30:00.000\x01"
    text = f"8={dialect_of(name).begin_string}\x019={len(head + body)}\x01{head}{body}"
    text += f"10={sum(text.encode()) % 256:03d}\x01"
    dictionaries = _dictionaries(name)
    message = fix.Message(text, *dictionaries, True)
    if len(dictionaries) == 1:
        dictionaries[0].validate(message)
    else:
        fix.DataDictionary.validate(message, *dictionaries)
    assert sorted(text.split("\x01")[2:-2]) == sorted(message.toString().split("\x01")[2:-2])
    return Incoming(message.toString())
