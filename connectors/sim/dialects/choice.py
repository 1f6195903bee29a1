"""The dialects by name, and which one a venue speaks."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.sim.dialects.cfets_like import CfetsLike
from connectors.sim.dialects.fix44 import Fix44
from connectors.sim.dialects.fix50sp2 import Fix50Sp2

DIALECTS: dict[str, type[Fix44]] = {kind.name: kind for kind in (Fix44, Fix50Sp2, CfetsLike)}
_OF_VENUES = {"ALPHA": Fix44.name, "BETA": Fix50Sp2.name, "CFETS": CfetsLike.name}


def dialect_names(
    venues: Mapping[str, object] | list[str], chosen: Mapping[str, str], *, beyond_spot: bool
) -> dict[str, str]:
    """The name of each venue's dialect: the one chosen, else by venue when more than spot is dealt,
    else the plain one.
    """
    usual = _OF_VENUES if beyond_spot else {}
    return {name: chosen.get(name, usual.get(name, Fix44.name)) for name in venues}


def dialect_of(name: str) -> Fix44:
    """The dialect of that name."""
    return DIALECTS[name]()
