"""What is known of each venue's sessions before any is logged on."""

from __future__ import annotations

from pathlib import Path

import msgspec
import quickfix as fix

from connectors.fix.dialect import Dialect, Version
from robot.basics.ids import VenueId

DEALING, MARKET_DATA, DROP_COPY = "DEAL", "MD", "DROP"
"""What the kinds of sessions add to the CompIDs."""
BEGIN_STRINGS = {Version.FIX44: "FIX.4.4", Version.FIX50SP2: "FIXT.1.1"}
"""BeginString (8) of a venue's sessions."""
APPLICATION_VERSION = "9"
"""DefaultApplVerID (1137) of FIX 5.0SP2."""


class VenueSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One venue's sessions."""

    id: VenueId
    host: str
    port: int
    sender: str
    """Our CompID prefix; `-MD`, `-DEAL` and `-DROP` are added."""
    target: str
    dialect: Dialect
    heartbeat_s: int = 30
    guard: bool = False
    """Come and go through a guard (`connectors/guard`) that cuts a venue's frames without end."""
    frame_bytes_max: int = 65_536
    drop_copy: bool = False
    """Whether there is a third session, on which the venue copies its reports."""

    @property
    def begin_string(self) -> str:
        """BeginString (8) of all of them."""
        return BEGIN_STRINGS[self.dialect.version]

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What is added to the CompIDs, a session each."""
        return (DEALING, MARKET_DATA, DROP_COPY) if self.drop_copy else (DEALING, MARKET_DATA)


class FixSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All venues, and where QuickFIX keeps its cache of the dealing sessions."""

    venues: tuple[VenueSettings, ...]
    store: Path
    dictionary: Path
    """Of FIX 4.4."""
    transport_dictionary: Path = Path()
    application_dictionary: Path = Path()
    """Of FIXT.1.1 and FIX 5.0SP2: needed where a venue speaks it."""
    venue_clock: bool
    """The simulated venue's time is the robot's: heed its CLOCK test requests."""
    inbound: dict[str, int]
    """Session name -> last inbound sequence in the journal, to rewind to."""
    outbound: dict[str, int]


def session_name(sender: str, target: str) -> str:
    """How a session is named in the journal."""
    return f"{sender}->{target}"


def dictionaries_of(settings: FixSettings, venue: VenueSettings) -> dict[str, str]:
    """By which dictionaries QuickFIX reads a venue's messages."""
    if venue.dialect.version is Version.FIX44:
        return {"DataDictionary": str(settings.dictionary)}
    return {
        "DefaultApplVerID": APPLICATION_VERSION,
        "TransportDataDictionary": str(settings.transport_dictionary),
        "AppDataDictionary": str(settings.application_dictionary),
    }


def loaded_dictionaries(settings: FixSettings, version: Version) -> tuple[fix.DataDictionary, ...]:
    """The same for the messages we build: one of FIX 4.4, transport's and application's of FIXT."""
    if version is Version.FIX44:
        paths = [settings.dictionary]
    else:
        paths = [settings.transport_dictionary, settings.application_dictionary]
    return tuple(fix.DataDictionary(str(path)) for path in paths)
