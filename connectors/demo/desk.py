"""What a demo of more than spot writes into its desk.yaml, so that the robot deals all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.sim.profiles import Profile

EVERY = "*"
PROVISIONAL = ("CNY", "CNYMM")
"""Calendars whose computed days are dealt on: China says next year's only in November."""


def deal_products(desk: dict[str, Any], profiles: Mapping[str, Profile]) -> None:
    """Adds products, loan currencies and dialect to the venues, dealing hours of products without
    any, and the calendars that may be provisional.
    """
    for venue in desk["venues"]:
        profile = profiles[venue["id"]]
        venue["products"] = [str(product) for product in profile.products]
        if profile.loan_currencies:
            venue["currencies"] = list(profile.loan_currencies)
        venue["dialect"] = {"preset": profile.dialect.name}
    hours = desk["schedule"]["dealing"]
    template, listed = dict(hours[0]), {row["product"] for row in hours}
    if EVERY not in listed:
        dealt = dict.fromkeys(str(p) for profile in profiles.values() for p in profile.products)
        hours += [{**template, "venue": EVERY, "product": p} for p in dealt if p not in listed]
    calendars = desk.setdefault("calendars", {})
    allowed = list(calendars.get("provisional") or ())
    calendars["provisional"] = [*allowed, *(name for name in PROVISIONAL if name not in allowed)]
