"""What a demo of more than spot writes into its desk.yaml, so that the robot deals all of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.sim.profiles import Profile
from robot.errors import ConfigurationError

EVERY = "*"
PROVISIONAL = ("CNY", "CNYMM")
"""Calendars whose computed days are dealt on: China says next year's only in November."""
DEADLINE_MS = 500
"""How long a hosted strategy may take, of this machine's time: a demo shares it with all else."""
DEADLINE_MS_MAX = 60_000


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


def host_strategy(desk: dict[str, Any], folder: Path, file: Path, speed: str) -> None:
    """Has a strategy file of the user's answer: a rule book, `.rules`, in the core; else in a
    process of its own, whose deadline is on the venue's clock, `speed` times as fast as ours.
    """
    try:
        (folder / file.name).write_bytes(file.read_bytes())
    except OSError as problem:
        text = f"--strategy-file {file}: cannot be read: {problem.strerror}"
        raise ConfigurationError(text) from problem
    if file.suffix == ".rules":
        desk["strategy"] = {"name": file.stem, "version": "1", "rules": file.name}
        return
    faster = DEADLINE_MS_MAX if speed == "max" else max(1, round(float(speed)))
    desk["strategy"] = {
        "name": file.stem,
        "version": "1",
        "file": file.name,
        "host": {"deadline_ms": min(DEADLINE_MS * faster, DEADLINE_MS_MAX)},
    }
